package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"toxgen/internal/registry"
	"toxgen/internal/results"
	"toxgen/internal/tox"
	"toxgen/internal/triage"
)

// A Triage is what `triage` is asked.
type Triage struct {
	// Report is a file with a report that another job made. If it is empty, Results and Base are sorted: they are folders
	// or files with results: of the tree, and of the commit before.
	Report        string
	Results, Base []string
	// Before is the revision whose pins are compared with those of the tree. If it is empty, it is the last commit with another
	// tox.ini.
	Before string
	// Hold reports whether holds and constraints are written, and Most how many at most; nil: as the configuration says.
	Hold bool
	Most *int
	// Run is the https address of the run, or empty.
	Run string
	// Summary is a file for the report: JSON if its name ends in .json, otherwise Markdown; empty: none.
	Summary string
	// Issues is a file for the issues that are to be opened, as JSON; empty: none.
	Issues string
}

// holdFor is how long a hold lasts that nobody decided.
const holdFor = 30 * 24 * time.Hour

// NewTriage returns what the arguments of a command ask for; nil is a flag that was not given.
func NewTriage(results string, base, before *string, hold *bool, most *int, run, summary *string) (Triage, error) {
	t := Triage{Results: listed(results), Base: listed(given(base)), Before: given(before), Hold: given(hold), Most: most, Run: given(run), Summary: given(summary)}
	if len(t.Results) == 0 {
		return t, WrongUsage(errors.New("RESULTS names no folder or file with results"))
	}
	return t, t.refuse()
}

// TakenOver returns what the arguments of a command ask for that takes over a report.
func TakenOver(report string, before *string, most *int, run, summary, issues *string) (Triage, error) {
	t := Triage{Report: report, Before: given(before), Hold: true, Most: most, Run: given(run), Summary: given(summary), Issues: given(issues)}
	return t, t.refuse()
}

// refuse returns an error if something is asked that cannot be.
func (t *Triage) refuse() error {
	switch {
	case t.Most != nil && *t.Most < 0:
		return WrongUsage(fmt.Errorf("-most=%d is not a number of holds", *t.Most))
	case t.Run != "" && !strings.HasPrefix(t.Run, "https://"):
		return WrongUsage(errors.New("-run is not an https URL"))
	}
	return nil
}

// listed returns the parts of a list that is separated by commas.
func listed(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// Triage sorts what is red in results of the tree by its cause, or takes over a report of that. With Hold it writes holds and
// constraints into the configuration, which the steps of the graph that follow see; these prefer the pins that were there before.
func (r *Run) Triage(ctx context.Context, t Triage) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	before, err := r.pinsBefore(ctx, t.Before)
	if err != nil {
		return err
	}
	suites := r.choice(s.facts, &attempt{state: s}).Matrix
	question := triage.Question{
		Now:    triage.State{Matrix: suites.Earlier(r.config, s.had.Names()), Lock: s.had},
		Before: triage.State{Matrix: suites.Earlier(r.config, before.lock.Names()), Lock: before.lock},
		Since: func(project string, v pep440.Version) time.Time {
			if release := s.facts.Release(project, v); release != nil {
				return release.Uploaded
			}
			return time.Time{}
		},
	}
	report, err := t.report(question)
	if err != nil {
		return err
	}
	report.Program, report.Run = r.world.Program, t.Run
	r.done.triage, r.done.file, r.done.issues = report, t.Summary, t.Issues
	if !t.Hold {
		return r.report()
	}
	r.state = s
	return r.hold(ctx, t, report, before)
}

// report sorts what is red, or reads the report that was handed over.
func (t *Triage) report(question triage.Question) (*triage.Report, error) {
	if t.Report != "" {
		return readReport(t.Report, question)
	}
	var err error
	if question.Now.Results, err = readResults(t.Results, question.Now.Matrix); err != nil {
		return nil, err
	}
	if len(t.Base) > 0 {
		if question.Before.Results, err = readResults(t.Base, question.Before.Matrix); err != nil {
			return nil, err
		}
	}
	return triage.Sort(question), nil
}

// readReport reads a report that was handed over, which is refused if it would hold anything but what moved.
func readReport(name string, question triage.Question) (*triage.Report, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, triage.MaximumReport+1))
	if err != nil {
		return nil, err
	}
	report, err := triage.Parse(data)
	if err == nil {
		err = triage.Refuse(question, report)
	}
	if err != nil {
		return nil, finding.List{{Severity: finding.Error, File: name, Message: err.Error()}}
	}
	return report, nil
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
		for i, fault := range run.Faults {
			run.Faults[i] = path + ": " + fault
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

// earlier is what an earlier commit pins. The commit is named by a revision.
type earlier struct {
	revision string
	lock     lock.Lock
}

// pinsBefore returns what a revision pins. If none is named, it is the last commit whose tox.ini is another one than the tree's.
func (r *Run) pinsBefore(ctx context.Context, revision string) (earlier, error) {
	commits := []string{revision}
	if revision == "" {
		commits = []string{"HEAD"}
		changes, err := git.Changes(ctx, r.world.Root, r.config.ToxFile())
		if err != nil {
			return earlier{}, err
		}
		for _, commit := range changes {
			commits = append(commits, commit+"~1")
		}
	}
	now, err := r.readOwn(r.config.ToxFile())
	if err != nil {
		return earlier{}, err
	}
	for _, one := range commits {
		then, constraints, err := lockFiles(ctx, r.world.Root, one, r.config.ToxFile())
		if _, unknown := errors.AsType[*git.Error](err); unknown && revision == "" {
			break // the first commit has none before it
		}
		if err != nil {
			return earlier{}, hinted(err)
		}
		if then != nil && (revision != "" || string(then) != string(now)) {
			had, _, _ := tox.ReadLock(r.config, then, constraints)
			return earlier{one, had}, nil
		}
	}
	if revision != "" {
		return earlier{}, fmt.Errorf("commit %s has no %s", revision, r.config.ToxFile())
	}
	return earlier{}, fmt.Errorf("no commit has another %s than the tree, so that nothing is known to have moved: name one with -before", r.config.ToxFile())
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
func (r *Run) hold(ctx context.Context, t Triage, report *triage.Report, before earlier) error {
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
			restore(had.Environments, before.lock.Environments, cause, holds, configured)
		}
	}
	if err := r.reconfigure(data); err != nil {
		return err
	}
	r.add(tooMany...)
	r.state.had, r.state.configured = had, configured
	r.state.facts, err = r.factsBefore(ctx, before, configured)
	return err
}

// factsBefore returns the facts with those that an earlier commit has of projects: what its pins were proved from. Releases that
// nothing needs any more are removed again, and what the registry says of a release counts before what it said then.
func (r *Run) factsBefore(ctx context.Context, before earlier, projects map[string]bool) (registry.Facts, error) {
	facts := r.state.facts
	pinned := before.lock.Sets()
	commit, err := git.OpenCommit(ctx, r.world.Root, before.revision)
	if err != nil {
		return nil, hinted(err)
	}
	defer commit.Close()
	earlier, err := factsAt(commit, slices.Sorted(maps.Keys(projects)))
	if err != nil {
		return nil, err
	}
	for name, then := range earlier { // of any other project, the lines were resolved by hand since
		project := facts.Project(name)
		for _, line := range then.Releases {
			now := project.Release(line.Version)
			wasPinned := func(pins lock.Pins) bool { v, found := pins[name]; return found && v.Equal(line.Version) }
			switch {
			case now == nil && slices.ContainsFunc(slices.Collect(maps.Values(pinned)), wasPinned):
				project = project.With(line)
			case now != nil && len(now.Metadata) == 0 && len(line.Metadata) > 0:
				known := *now
				known.Metadata, known.Verdicts = line.Metadata, line.Verdicts
				project = project.With(known)
			}
		}
		facts = facts.With(project)
	}
	return facts, nil
}

// mostHolds returns how many holds and constraints may be written.
func (r *Run) mostHolds(t Triage) int {
	switch configured := r.config.Workflow.Triage; {
	case t.Most != nil:
		return *t.Most
	case configured != nil:
		return cmp.Or(configured.Holds, config.UsualHolds)
	default:
		return config.UsualHolds
	}
}

// issues returns the issues about what a triage held as JSON, if the configuration wants some.
func (r *Run) issues(limit int) []byte {
	issues := []triage.Issue{}
	if configured := r.config.Workflow.Triage; configured != nil && configured.Issues {
		issues = r.done.triage.Issues(limit)
	}
	data, _ := json.MarshalIndent(issues, "", "  ") // texts cannot fail
	return append(data, '\n')
}

// withHold returns the text of the configuration with one more hold or constraint.
func (r *Run) withHold(data []byte, h triage.Hold, run, until string, configured map[string]bool) ([]byte, error) {
	if h.IsConstraint() {
		return config.WithConstraint(r.world.Config, data,
			config.NewConstraint{Requirement: h.Requirement, When: h.When, Suites: h.Suites, Reason: h.Reason, Issue: run, Until: until, Temporary: true})
	}
	suite := r.config.Suite(h.Suite)
	configured[suite.Package.Key] = true
	name := h.Suite
	if suite.Base != "" && !r.config.Suites.Get(suite.Base).Variants.Stated {
		name = suite.Base // its variants are those of testenv
	}
	return config.WithHold(r.world.Config, data, name, config.NewHold{Exclude: h.Exclude, Reason: h.Reason, Issue: run, Until: until, Temporary: true})
}

// restore puts the pins before back into a lock, for the environments of the suites of a cause that its holds concern and for
// those that the lock does not have any more: so what was green before is what is tested again, as far as it holds.
// projects has the projects that have pins in it.
func restore(now, before map[string]lock.Pins, cause *triage.Cause, holds []triage.Hold, projects map[string]bool) {
	isHeld := func(pins lock.Pins) bool {
		return slices.ContainsFunc(holds, func(h triage.Hold) bool {
			project, version, _ := strings.Cut(h.Requirement, "!=")
			v, pinned := pins[project]
			return pinned && v.String() == version
		})
	}
	for name, pins := range before {
		_, rest, _ := strings.Cut(name, "-")
		isOf := func(suite string) bool { return name == suite || rest == suite || strings.HasPrefix(rest, suite+"-v") }
		if current, there := now[name]; slices.ContainsFunc(cause.Suites, isOf) && (!there || isHeld(current)) {
			now[name] = pins
			for project := range pins {
				projects[project] = true
			}
			for project := range current {
				projects[project] = true
			}
		}
	}
}
