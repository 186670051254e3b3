package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/concurrent"
	"toxgen/internal/display"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/initialize"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/update"
)

// Init writes a first toxgen.yaml and the workflows of a repository without Go, all or none, and says what it read, what it
// guessed and what it leaves to the person. Unless it is offline, it rehearses: it runs the graph on what it would write, and leaves
// out what cannot be resolved, so that the first run of the person ends well. A file that exists is not touched.
func (w World) Init(ctx context.Context) Status { return w.Explain(w.init(ctx)) }

func (w World) init(ctx context.Context) error {
	tree, err := fileset.At(w.Root, w.State)
	if err != nil {
		return err
	}
	unlock, err := tree.Lock(ctx, func(holder string) {
		fmt.Fprintf(w.Stderr, "waiting: another toxgen writes here (%s)\n", display.Line(holder))
	})
	if err != nil {
		return err
	}
	defer unlock()
	if err := tree.Recover(); err != nil {
		return err
	}
	if _, err := tree.Read(w.Config); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if err == nil {
		return finding.List{{Severity: finding.Error, File: w.Config, Message: "there is one already, which stays as it is",
			Hint: "run `mage`; to begin anew, rename it first"}}
	}
	absolute, err := filepath.Abs(w.Root)
	if err != nil {
		return err
	}
	proposal, err := initialize.Read(tree, filepath.Base(absolute))
	if err != nil {
		return finding.List{{Severity: finding.Error, Message: err.Error(), Hint: "run init in the root of the SDK's repository"}}
	}
	rehearsed, err := w.complete(ctx, proposal)
	if err != nil {
		return err
	}
	files, err := proposal.Files(w.Config)
	if err != nil {
		return err
	}
	var kept []string
	for _, f := range files {
		if tree.Exists(f.Path) {
			kept = append(kept, f.Path)
			continue
		}
		tree.Write(f.Path, f.Data)
	}
	changes, err := tree.Commit()
	if err != nil {
		return err
	}
	w.name(changes)
	w.tell(proposal, kept, rehearsed)
	return nil
}

// A rehearsal is what the graph found in what init would write.
type rehearsal struct {
	findings finding.List
	// offline is set if no index was asked.
	offline bool
}

// complete completes a proposal by what an index says, and rehearses it.
func (w World) complete(ctx context.Context, p *initialize.Proposal) (rehearsal, error) {
	if w.Offline {
		return rehearsal{offline: true}, nil
	}
	index, err := w.newIndex(nil)
	if err != nil {
		return rehearsal{}, err
	}
	w.ask(ctx, index, p)
	for range maximumRehearsals {
		changed, err := w.rehearse(ctx, index, p)
		if err != nil && ctx.Err() == nil {
			return rehearsal{findings: findingsOf(err)}, nil // the first run will end so, too
		}
		if err != nil {
			return rehearsal{}, err
		}
		if !changed {
			break
		}
	}
	findings, err := w.dress(ctx, index, p)
	return rehearsal{findings: findings}, err
}

// maximumRehearsals is how often a proposal is changed because something cannot be resolved.
const maximumRehearsals = 6

// ask asks an index for the projects of the suites. One that does not answer is as one that says nothing.
func (w World) ask(ctx context.Context, index live.Index, p *initialize.Proposal) {
	p.Answer(concurrent.Map(concurrentProjects, p.Asked(), func(s *initialize.Suite) initialize.Answer {
		page, err := index.Project(ctx, s.Package)
		if err != nil {
			return initialize.Answer{Missing: errors.Is(err, pypi.ErrNotFound)}
		}
		a := initialize.Answer{Newest: newest(page, func(pep440.Version) bool { return true })}
		if below, err := pep440.Parse(s.Below); err == nil {
			a.Below = newest(page, func(v pep440.Version) bool { return v.Compare(below) < 0 })
		}
		a.Missing = a.Newest == ""
		return a
	}))
}

// newest returns the newest stable release of a project that is admitted and not yanked, or "".
func newest(page *pypi.Project, admits func(pep440.Version) bool) string {
	for i := range page.Releases { // the newest is the first
		r := &page.Releases[i]
		if !r.Version.IsPrerelease() && admits(r.Version) && slices.ContainsFunc(page.Files(r), func(f *pypi.File) bool { return !f.Yanked }) {
			return r.Version.String()
		}
	}
	return ""
}

// stage begins a run on what init would write, of which nothing is committed.
func (w World) stage(index live.Index, p *initialize.Proposal) (*Run, error) {
	tree, err := fileset.At(w.Root, w.State)
	if err != nil {
		return nil, err
	}
	files, err := p.Files(w.Config)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !tree.Exists(f.Path) {
			tree.Write(f.Path, f.Data)
		}
	}
	quiet := w
	quiet.Stdout, quiet.Stderr, quiet.Commands = io.Discard, io.Discard, nil
	r := &Run{world: quiet, tree: tree, budget: lock.NewBudget(), meter: w.meter()}
	r.mode = mode{index: index, curable: finding.Warning, needless: finding.Warning}
	return r, r.load()
}

// rehearse runs the steps up to the pins as an update does, which passes over what cannot be resolved, and leaves that out of the
// proposal. It reports whether anything was left out.
func (w World) rehearse(ctx context.Context, index live.Index, p *initialize.Proposal) (changed bool, err error) {
	r, err := w.stage(index, p)
	if err != nil {
		return false, err
	}
	if len(p.Suites) > 0 {
		if err := r.Refresh(ctx, update.Options{}); err != nil {
			return false, err
		}
	}
	if err := r.Fetch(ctx); err != nil {
		return false, err
	}
	if r.withoutFacts(p) {
		return true, nil
	}
	changed, err = r.withoutPythons(ctx, p)
	if err != nil || changed {
		return changed, err
	}
	a, err := r.attempts(ctx)
	if err != nil {
		return false, err
	}
	for _, s := range p.Suites {
		changed = s.Disabled == "" && r.withoutReleases(a, s, p) || changed
	}
	for _, s := range p.Static {
		if why := r.failure(a, s); s.Disabled == "" && why != "" {
			s.Disabled, changed = why, true
		}
	}
	return changed, nil
}

// withoutFacts leaves out the suites of projects of which nothing could be fetched. A disabled suite would need their facts, too.
func (r *Run) withoutFacts(p *initialize.Proposal) bool {
	before := len(p.Suites)
	p.Suites = slices.DeleteFunc(p.Suites, func(s *initialize.Suite) bool {
		file := registry.Path(s.Package)
		i := slices.IndexFunc(r.findings, func(f finding.Finding) bool { return f.File == file })
		if r.state.facts[s.Package] != nil || i < 0 {
			return false
		}
		p.Left = append(p.Left, fmt.Sprintf("there is no suite %s, since the releases of %s are not known: %s", s.Name, s.Package, r.findings[i].Message))
		return true
	})
	return len(p.Suites) < before
}

// withoutPythons leaves out the Pythons on which not even the SDK can be installed with what its tests need.
func (r *Run) withoutPythons(ctx context.Context, p *initialize.Proposal) (bool, error) {
	if p.Core == nil || p.Core.Disabled != "" {
		return false, nil
	}
	a, err := r.selected(ctx, &attempt{state: r.state, broken: map[string]bool{}})
	if err != nil {
		return false, err
	}
	why := map[python.Version]string{}
	for _, e := range a.selection.Matrix.Environments() {
		if e.Suite.Name != p.Core.Name {
			continue
		}
		if _, err := a.online.Solve(ctx, lock.Problem(r.config, e), e.Python); err != nil && !isTransient(err) {
			why[e.Python] = withoutLines(r.unresolved(err).Message)
		}
	}
	if len(why) == 0 {
		return false, ctx.Err()
	}
	installable := func(v initialize.Python) bool { return why[v.Version] == "" }
	if !slices.ContainsFunc(p.Pythons, installable) {
		for _, reason := range why {
			p.Core.Disabled = max(p.Core.Disabled, reason)
		}
		return true, nil
	}
	p.Pythons = slices.DeleteFunc(p.Pythons, func(v initialize.Python) bool {
		reason, failed := why[v.Version]
		if failed {
			p.Left = append(p.Left, fmt.Sprintf("Python %s is left out: the SDK and what every environment has cannot be installed on it: %s", v.Short(), reason))
		}
		return failed
	})
	for i := range p.Pythons {
		threaded := p.Pythons[i].Version
		threaded.FreeThreaded = true
		if reason, failed := why[threaded]; failed {
			p.Pythons[i].FreeThreaded = false
			p.Left = append(p.Left, fmt.Sprintf("Python %s is left out: %s", threaded.Short(), reason))
		}
	}
	return true, nil
}

// withoutReleases leaves the releases out that an attempt passed over for a suite, or the suite if it was left without any.
func (r *Run) withoutReleases(a *attempt, s *initialize.Suite, p *initialize.Proposal) (changed bool) {
	var picks []pep440.Version
	for _, suite := range a.selection.Matrix.Suites {
		if suite.Name == s.Name {
			for _, pick := range suite.Picks {
				picks = append(picks, pick.Version)
			}
		}
	}
	reason := ""
	for _, passed := range a.passed {
		if passed.Suite != s.Name {
			continue
		}
		why := withoutLines(passed.Failed.Reason)
		reason = cmp.Or(reason, why)
		v, err := pep440.Parse(passed.Version)
		switch {
		case err != nil || len(picks) == 0:
		case v.Compare(picks[0]) < 0:
			s.Minimum, s.Raised, changed = picks[0].String(), v.String()+" cannot be resolved: "+why, true
		default:
			s.Holds, changed = append(s.Holds, initialize.Hold{Exclude: "==" + v.String(), Reason: "it cannot be resolved: " + why}), true
		}
	}
	if failed := r.failure(a, s); failed != "" || len(picks) == 0 {
		s.Disabled = cmp.Or(reason, failed, "no release of it can be tested on these Pythons")
		return true
	}
	if changed {
		p.Guesses = append(p.Guesses, fmt.Sprintf("suite %s leaves out releases that cannot be resolved: %s", s.Name, reason))
	}
	return changed
}

// failure returns why a suite cannot be resolved, as the errors of an attempt and of its run say, or "".
func (r *Run) failure(a *attempt, s *initialize.Suite) string {
	for _, suite := range a.selection.Matrix.Suites {
		for _, f := range slices.Concat(a.failures, r.findings) {
			if suite.Name == s.Name && f.Severity == finding.Error && f.File == r.config.File && f.Line == suite.Pos.Line {
				_, reason, found := strings.Cut(f.Message, " cannot be resolved: ")
				if !found {
					reason = f.Message
				}
				return withoutLines(reason)
			}
		}
	}
	return ""
}

// lineOfFile matches a position in the configuration, which moves when the configuration is changed.
var lineOfFile = regexp.MustCompile(` \(toxgen\.yaml:\d+\)`)

// withoutLines returns a reason without positions in the configuration.
func withoutLines(reason string) string { return lineOfFile.ReplaceAllString(reason, "") }

// dress runs the whole graph on what init would write, and returns what it finds.
func (w World) dress(ctx context.Context, index live.Index, p *initialize.Proposal) (finding.List, error) {
	r, err := w.stage(index, p)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{r.Fetch, r.Toxgen, r.Workflows, r.lint} {
		if err := step(ctx); err != nil {
			list, found := errors.AsType[finding.List](err)
			if !found {
				return nil, err
			}
			r.add(list...)
			break
		}
	}
	return r.findings, ctx.Err()
}

// disabled returns a sentence for each reason for which suites are disabled.
func disabled(suites []*initialize.Suite) []string {
	names := map[string][]string{}
	for _, s := range suites {
		if s.Disabled != "" {
			names[s.Disabled] = append(names[s.Disabled], s.Name)
		}
	}
	var sentences []string
	for _, reason := range slices.Sorted(maps.Keys(names)) {
		sentences = append(sentences, fmt.Sprintf("disabled until you find a cure and remove the line: %s: %s", strings.Join(names[reason], ", "), reason))
	}
	return sentences
}

// tell prints what init did.
func (w World) tell(p *initialize.Proposal, kept []string, rehearsed rehearsal) {
	say := func(title string, sentences []string) {
		if len(sentences) == 0 {
			return
		}
		fmt.Fprintf(w.Stdout, "\n%s\n", title)
		for _, sentence := range sentences {
			fmt.Fprintf(w.Stdout, "  - %s\n", display.Line(w.Program.Hint(sentence)))
		}
	}
	left := append(slices.Clone(p.Left), disabled(slices.Concat(p.Suites, p.Static))...)
	for _, name := range kept {
		left = append(left, name+" exists and stays as it is")
	}
	if p.Workflow != nil {
		left = append(left, "write the address and the SHA-256 of a released toxgen into .github/actions/toxgen/action.yml: the workflows fail until then",
			"create the environment `update` in the settings of the repository, for the default branch alone, before the weekly update runs")
	}
	if rehearsed.offline {
		left = append(left, "no index was asked: whether everything can be resolved, the first run tells")
	}
	say("read:", p.Sources)
	say("guessed:", p.Guesses)
	say("left to you:", left)
	if len(rehearsed.findings) > 0 {
		rehearsed.findings.Sort()
		fmt.Fprintf(w.Stdout, "\nthe first run will say:\n")
		folded := rehearsed.findings.Folded()
		for i := range folded {
			folded[i].Hint = w.Program.Hint(folded[i].Hint)
			fmt.Fprintln(w.Stdout, folded[i])
		}
	}
	suites := 0
	for _, s := range slices.Concat(p.Suites, p.Static) {
		if s.Disabled == "" {
			suites++
		}
	}
	fmt.Fprintf(w.Stdout, "\n%s on %s. Read %s, then run %s\n", display.Count(suites, "suite"), display.Count(len(p.Pythons), "Python"), display.Line(w.Config), w.Program.Hint("`mage`"))
}
