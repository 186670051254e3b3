package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/git"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/results"
	"toxgen/internal/tox"
	"toxgen/internal/triage"
)

// A Triage is what `triage` is asked.
type Triage struct {
	// Results and Base are folders or files with results: of the tree, and of the commit before.
	Results, Base []string
	// Before is the revision whose pins are compared with those of the tree. If it is empty, it is the last commit with another
	// tox.ini.
	Before string
	// Hold reports whether holds and constraints are written, and Most how many at most.
	Hold bool
	Most int
	// Run is the https address of the run, or empty.
	Run string
	// Summary is a file for the report: JSON if its name ends in .json, otherwise Markdown; empty: none.
	Summary string
}

// usualHolds is how many holds and constraints are written if the configuration and the command state no other number.
const usualHolds = 10

// holdFor is how long a hold lasts that nobody decided.
const holdFor = 30 * 24 * time.Hour

// NewTriage returns what the arguments of a command ask for; nil is a flag that was not given.
func NewTriage(results string, base, before *string, hold *bool, most *int, run, summary *string) (Triage, error) {
	t := Triage{Results: listed(results), Base: listed(given(base)), Before: given(before), Hold: given(hold), Most: -1, Run: given(run), Summary: given(summary)}
	if most != nil {
		t.Most = *most
	}
	switch {
	case len(t.Results) == 0:
		return t, WrongUsage(errors.New("RESULTS names no folder or file with results"))
	case most != nil && t.Most < 0:
		return t, WrongUsage(fmt.Errorf("-most=%d is not a number of holds", t.Most))
	case t.Run != "" && !strings.HasPrefix(t.Run, "https://"):
		return t, WrongUsage(errors.New("-run is not an https URL"))
	}
	return t, nil
}

// listed returns the parts of a list that is separated by commas.
func listed(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// Triage sorts what is red in results of the tree by its cause. With Hold it writes holds and constraints into the
// configuration, which the steps of the graph that follow see; these prefer the pins that were there before.
func (r *Run) Triage(ctx context.Context, t Triage) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	before, err := r.lockBefore(ctx, t.Before)
	if err != nil {
		return err
	}
	suites := r.choice(s.facts, &attempt{state: s}).Matrix
	question := triage.Question{
		Now:    triage.State{Matrix: suites.Earlier(r.config, s.had.Names()), Lock: s.had},
		Before: triage.State{Matrix: suites.Earlier(r.config, before.Names()), Lock: before},
		Since: func(project string, v pep440.Version) time.Time {
			if release := s.facts.Release(project, v); release != nil {
				return release.Uploaded
			}
			return time.Time{}
		},
	}
	if question.Now.Results, err = readResults(t.Results, question.Now.Matrix); err != nil {
		return err
	}
	if len(t.Base) > 0 {
		if question.Before.Results, err = readResults(t.Base, question.Before.Matrix); err != nil {
			return err
		}
	}
	report := triage.Sort(question)
	report.Program, report.Run = r.world.Program, t.Run
	r.done.triage, r.done.file = report, t.Summary
	if !t.Hold {
		return r.report()
	}
	r.state = s
	return r.hold(t, report, before)
}

// readResults reads the results of one or more runs of the environments of a matrix.
func readResults(paths []string, m *matrix.Matrix) (*results.Run, error) {
	rows := results.Rows{}
	for _, e := range m.Environments() {
		if !e.Alias {
			rows[e.Name()] = ""
		}
	}
	for _, g := range m.Groups {
		for _, row := range g.Rows {
			for _, e := range slices.Concat(row.Parallel, row.Serial) {
				rows[e.Name()] = cmp.Or(g.ParallelLabel(row), g.SerialLabel(row))
			}
		}
	}
	var runs []results.Run
	for _, path := range paths {
		run, err := readRun(path, rows)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	merged := results.Merge(runs...)
	return &merged, nil
}

// readRun reads the results in a folder or a file. No link leads out of the folder.
func readRun(path string, rows results.Rows) (results.Run, error) {
	name := "."
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		path, name = filepath.Split(path)
	}
	if err != nil {
		return results.Run{}, err
	}
	folder, err := os.OpenRoot(cmp.Or(path, "."))
	if err != nil {
		return results.Run{}, err
	}
	defer folder.Close()
	return results.Read(folder.FS(), name, rows)
}

// lockBefore returns what a revision pins. If none is named, it is the last commit whose tox.ini is another one than the
// tree's.
func (r *Run) lockBefore(ctx context.Context, revision string) (lock.Lock, error) {
	commits := []string{revision}
	if revision == "" {
		commits = []string{"HEAD"}
		changes, err := git.Changes(ctx, r.world.Root, r.config.ToxFile())
		if err != nil {
			return lock.Lock{}, err
		}
		for _, commit := range changes {
			commits = append(commits, commit+"~1")
		}
	}
	now, err := r.readOwn(r.config.ToxFile())
	if err != nil {
		return lock.Lock{}, err
	}
	for _, one := range commits {
		then, constraints, err := lockFiles(ctx, r.world.Root, one, r.config.ToxFile())
		if _, unknown := errors.AsType[*git.Error](err); unknown && revision == "" {
			break // the first commit has none before it
		}
		if err != nil {
			return lock.Lock{}, hinted(err)
		}
		if then != nil && (revision != "" || string(then) != string(now)) {
			had, _, _ := tox.ReadLock(r.config, then, constraints)
			return had, nil
		}
	}
	if revision != "" {
		return lock.Lock{}, fmt.Errorf("commit %s has no %s", revision, r.config.ToxFile())
	}
	return lock.Lock{}, fmt.Errorf("no commit has another %s than the tree, so that nothing is known to have moved: name one with -before", r.config.ToxFile())
}

// lockFiles returns the tox.ini and the build constraints of a commit; one that it does not have is nil.
func lockFiles(ctx context.Context, root, revision, toxFile string) (ini, constraints []byte, err error) {
	commit, err := git.OpenCommit(ctx, root, revision)
	if err != nil {
		return nil, nil, err
	}
	defer commit.Close()
	if ini, err = commit.ReadFile(toxFile); err == nil {
		constraints, err = commit.ReadFile(tox.BuildConstraints)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return ini, constraints, err
}

// hold writes holds and constraints for the causes that can be held. A cause is held wholly or not at all.
func (r *Run) hold(t Triage, report *triage.Report, before lock.Lock) error {
	data, err := r.tree.Read(r.world.Config)
	if err != nil {
		return err
	}
	left := r.mostHolds(t)
	until := r.world.Now.UTC().Add(holdFor).Format(time.DateOnly)
	had, configured := r.state.had, map[string]bool{}
	had.Environments = maps.Clone(had.Environments)
	var tooMany finding.List
	for i := range report.Causes {
		cause := &report.Causes[i]
		holds := cause.Holds()
		if len(holds) > left {
			tooMany = append(tooMany, finding.Finding{Severity: finding.Warning, File: r.config.File,
				Message: fmt.Sprintf("what is red in %s is not held: that needs %d rules, and at most %d more may be written", strings.Join(cause.Suites, ", "), len(holds), left),
				Hint:    "look at it, and hold it by hand or with a higher -most"})
			continue
		}
		left -= len(holds)
		for _, h := range holds {
			if data, err = r.withHold(data, h, t.Run, until, configured); err != nil {
				return err
			}
			cause.Held = append(cause.Held, h.String()+" until "+until)
		}
		if len(holds) > 0 {
			restore(had.Environments, before.Environments, cause)
		}
	}
	r.tree.Write(r.world.Config, data)
	r.findings = slices.DeleteFunc(r.findings, func(f finding.Finding) bool { return f.File == r.config.File }) // they name lines of the text as it was
	if err := r.load(); err != nil {
		return err
	}
	r.add(tooMany...)
	r.state.had, r.state.configured = had, configured
	return nil
}

// mostHolds returns how many holds and constraints may be written.
func (r *Run) mostHolds(t Triage) int {
	switch configured := r.config.Workflow.Triage; {
	case t.Most >= 0:
		return t.Most
	case configured != nil:
		return cmp.Or(configured.Holds, usualHolds)
	default:
		return usualHolds
	}
}

// withHold returns the text of the configuration with one more hold or constraint.
func (r *Run) withHold(data []byte, h triage.Hold, run, until string, configured map[string]bool) ([]byte, error) {
	if h.IsConstraint() {
		return config.WithConstraint(r.world.Config, data,
			config.NewConstraint{Requirement: h.Requirement, When: h.When, Suites: h.Suites, Reason: h.Reason, Issue: run, Until: until})
	}
	suite := r.config.Suite(h.Suite)
	configured[suite.Package.Key] = true
	name := h.Suite
	if suite.Base != "" && !r.config.Suites.Get(suite.Base).Variants.Stated {
		name = suite.Base // its variants are those of testenv
	}
	return config.WithHold(r.world.Config, data, name, config.NewHold{Exclude: h.Exclude, Reason: h.Reason, Issue: run, Until: until})
}

// restore puts the pins of the red environments of a cause back into a lock, and the environments that the lock does not have any
// more: so what was green before is what is tested again, as far as it holds.
func restore(now, before map[string]lock.Pins, cause *triage.Cause) {
	for _, e := range cause.Red {
		if pins, there := before[e.Environment]; there {
			now[e.Environment] = pins
		}
	}
	for name, pins := range before {
		_, rest, _ := strings.Cut(name, "-")
		isOf := func(suite string) bool { return name == suite || rest == suite || strings.HasPrefix(rest, suite+"-v") }
		if _, there := now[name]; !there && slices.ContainsFunc(cause.Suites, isOf) {
			now[name] = pins
		}
	}
}
