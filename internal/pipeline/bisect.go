package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"toxgen/internal/explain"
	"toxgen/internal/finding"
	"toxgen/internal/git"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/results"
	"toxgen/internal/trial"
)

// usualLimit is how long the tests of an environment may take if the configuration states no limit for jobs.
const usualLimit = time.Hour

// Bisection is what [World.Bisect] is asked.
type Bisection struct {
	// Environment is the name of the environment.
	Environment string
	// Good is a revision in which its tests passed. Base is a folder with results of such a one. If both are empty, the commits
	// with other pins are tried.
	Good, Base string
	// Command is the command that tests it, as [trial.Trial] has it.
	Command []string
	// Parallel is how many runs may go on at the same time.
	Parallel int
	// JSON reports whether the result is printed as JSON.
	JSON bool
}

// NewBisection returns what the arguments of a command ask for; nil is a flag that was not given.
func NewBisection(environment string, good, base, command *string, parallel *int, json *bool) (Bisection, error) {
	words, err := trial.Words(cmp.Or(given(command), trial.DefaultCommand))
	if err != nil {
		return Bisection{}, WrongUsage(err)
	}
	b := Bisection{Environment: environment, Good: given(good), Base: given(base), Command: words, Parallel: 1, JSON: given(json)}
	if parallel != nil {
		b.Parallel = *parallel
	}
	if b.Parallel < 1 {
		return Bisection{}, WrongUsage(fmt.Errorf("-j=%d is not a number of runs", b.Parallel))
	}
	if b.Good != "" && b.Base != "" {
		return Bisection{}, WrongUsage(errors.New("-good and -base both name the commit in which the tests passed: leave one out"))
	}
	return b, nil
}

// Bisect finds the moved pins that make the tests of an environment fail, and prints them. The tree is not changed.
func (w World) Bisect(ctx context.Context, b Bisection) Status {
	r, err := Verifying(w)
	if err == nil {
		err = r.bisect(ctx, b)
	}
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted: the same command goes on where this one stopped")
	}
	return w.Explain(err)
}

func (r *Run) bisect(ctx context.Context, b Bisection) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	e, err := r.environmentNamed(s, b.Environment)
	if err != nil {
		return err
	}
	pins, pinned := s.had.Environments[e.Name()]
	if !pinned {
		return finding.List{{Severity: finding.Error, File: r.config.ToxFile(), Message: fmt.Sprintf("environment %s has no pins", e.Name()), Hint: "run `mage toxgen`"}}
	}
	search := &search{run: r, bisection: b, environment: e, pins: lock.WithOwn(pins, e), facts: s.facts, builds: s.had.Builds, limit: r.limitOf(e),
		mixed: map[string]mixed{}, looked: map[string]bool{}}
	if err := search.proveTree(ctx); err != nil {
		return err
	}
	if err := search.lookBack(ctx); err != nil {
		return hinted(err)
	}
	return search.find(ctx)
}

// limitOf returns how long the tests of an environment may take.
func (r *Run) limitOf(e matrix.Environment) time.Duration {
	minutes := cmp.Or(e.Suite.Own.Timeout, r.config.Workflow.Timeout)
	if minutes == 0 {
		return usualLimit
	}
	return time.Duration(minutes) * time.Minute
}

// environmentNamed returns an environment of the matrix; an alias is the environment that it stands for. It is wrong usage to
// name no environment.
func (r *Run) environmentNamed(s state, name string) (matrix.Environment, error) {
	m := r.choice(s.facts, &attempt{state: s}).Matrix
	for _, e := range m.Environments() {
		if e.Name() == name {
			return e.Release(), nil
		}
	}
	return matrix.Environment{}, WrongUsage(finding.List{{Severity: finding.Error,
		Message: fmt.Sprintf("%s has no environment %q", r.config.ToxFile(), name), Hint: explain.MeantEnvironments(m, name)}})
}

// proveTree returns an error if the pins of the tree are not valid. What has these pins is no start.
func (s *search) proveTree(ctx context.Context) error {
	invalid := finding.Finding{Severity: finding.Error, File: s.run.config.ToxFile(), Message: fmt.Sprintf("the pins of environment %s do not hold", s.environment.Name()),
		Hint: "run `mage toxgen`"}
	itself, err := lock.NewMixtures(ctx, s.run.config, s.environment, s.pins, s.pins, s.facts)
	if err != nil {
		invalid.Message = fmt.Sprintf("the pins of environment %s cannot be proved: %v", s.environment.Name(), err)
		return finding.List{invalid}
	}
	m, err := itself.With(ctx, nil)
	if err != nil && !lock.IsUnsolvable(err) {
		return err
	}
	if err != nil || !maps.EqualFunc(m.Pins, s.pins, pep440.Version.Equal) {
		return finding.List{invalid}
	}
	made, err := s.mixture(ctx, m, nil)
	if err == nil {
		s.looked[made.Key], s.looked[textOf(s.pins)] = true, true
	}
	return err
}

// lookBack finds the first start, or the only one if a commit is named.
func (s *search) lookBack(ctx context.Context) (err error) {
	if s.bisection.Base != "" {
		if s.bisection.Good, err = s.run.passedIn(ctx, s.bisection.Base, s.environment); err != nil {
			return err
		}
	}
	if good := s.bisection.Good; good != "" {
		begin, err := s.startAt(ctx, good)
		if begin == nil && err == nil {
			err = unmoved
		}
		if unusable, is := errors.AsType[*unusableError](err); is {
			return fmt.Errorf("the pins of commit %.12s cannot be compared with those of the tree: %s: name another one with -good", good, unusable.reason)
		}
		s.starts = []*start{begin}
		return err
	}
	if s.commits, err = git.Changes(ctx, s.run.world.Root, s.run.config.ToxFile()); err != nil {
		return err
	}
	if first, err := s.at(ctx, 0); first != nil || err != nil {
		return err
	}
	return finding.List{{Severity: finding.Error, Message: fmt.Sprintf("no commit has other pins for %s than the tree, or none that can be tested", s.environment.Name()), Hint: s.older(ctx)}}
}

// older returns a hint for a search that found no commit in which the tests passed.
func (s *search) older(ctx context.Context) string {
	switch {
	case s.bisection.Base != "":
		return "they passed in another place: another Python patch, platform or service may be the cause"
	case s.bisection.Good != "":
		return "name another commit with -good, or leave it out: then earlier commits are tried"
	case len(s.commits) == 0 && git.IsShallow(ctx, s.run.world.Root):
		return "this clone is shallow: `git fetch --unshallow` brings older commits"
	default:
		return fmt.Sprintf("name a commit in which they passed: `mage bisect %s -good=REV`", s.environment.Name())
	}
}

// passedIn returns the commit that results in a folder are of, in which an environment passed, or that which is nearest to it.
func (r *Run) passedIn(ctx context.Context, folder string, e matrix.Environment) (string, error) {
	refused := finding.Finding{Severity: finding.Error, File: folder, Hint: "name a commit in which the tests passed with -good, or leave -base out: then earlier commits are tried"}
	refuse := func(format string, args ...any) error {
		refused.Message = fmt.Sprintf(format, args...)
		return finding.List{refused}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	defer root.Close()
	commit, err := results.Commit(root.FS())
	if err != nil {
		return "", refuse("the results do not name their commit: %v", err)
	}
	had, err := r.pinsAt(ctx, commit, e)
	if unknown, is := errors.AsType[*git.Error](err); is {
		refused.Hint = unknown.Hint
		return "", refuse("the results are those of another commit than this clone has: %v", err)
	}
	if err != nil {
		return "", err
	}
	had.commit.Close()
	if had.pins == nil {
		return "", refuse("commit %.12s, which the results are of, has %s", commit, noEnvironment(e))
	}
	name := had.environment.Name()
	run, err := results.Read(root.FS(), ".", results.Rows{name: ""})
	if err != nil {
		return "", err
	}
	switch result := run.Environments[name]; {
	case result.Outcome == results.NotRun:
		return "", refuse("the results do not say that %s passed at commit %.12s: they do not have it", name, commit)
	case result.Untested:
		return "", refuse("the results do not say that %s passed at commit %.12s: %s", name, commit, results.NothingTested)
	case result.Outcome != results.Passed:
		return "", refuse("the results do not say that %s passed at commit %.12s: %s", name, commit, result.Outcome)
	}
	return commit, nil
}

// logName returns the name of the file with what a run printed.
func logName(run int) string { return fmt.Sprintf("run-%03d.log", run) }

// shown returns a path as it is shown: relative to the working directory, if it lies below it.
func shown(path string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(relative) {
		return filepath.ToSlash(relative)
	}
	return path
}
