package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"toxgen/internal/explain"
	"toxgen/internal/finding"
	"toxgen/internal/git"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
	"toxgen/internal/trial"
)

// usualLimit is how long the tests of an environment may take if the configuration states no limit for jobs.
const usualLimit = time.Hour

// Bisection is what [World.Bisect] is asked.
type Bisection struct {
	// Environment is the name of the environment.
	Environment string
	// Good is a revision in which its tests passed. If it is empty, it is the last commit with other pins.
	Good string
	// Command is the command that tests it, as [trial.Trial] has it.
	Command []string
	// Parallel is how many runs may go on at the same time.
	Parallel int
	// JSON reports whether the result is printed as JSON.
	JSON bool
}

// NewBisection returns what the arguments of a command ask for; nil is a flag that was not given.
func NewBisection(environment string, good, command *string, parallel *int, json *bool) (Bisection, error) {
	words, err := trial.Words(cmp.Or(given(command), trial.DefaultCommand))
	if err != nil {
		return Bisection{}, WrongUsage(err)
	}
	b := Bisection{Environment: environment, Good: given(good), Command: words, Parallel: 1, JSON: given(json)}
	if parallel != nil {
		b.Parallel = *parallel
	}
	if b.Parallel < 1 {
		return Bisection{}, WrongUsage(fmt.Errorf("-j=%d is not a number of runs", b.Parallel))
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
	to := lock.WithOwn(pins, e)
	good, from, err := r.good(ctx, b.Good, e, to)
	if err != nil {
		return hinted(err)
	}
	defer good.Close()
	earlier, err := factsAt(good, slices.Sorted(maps.Keys(from)))
	if err != nil {
		return hinted(err)
	}
	mixtures, err := lock.NewMixtures(ctx, r.config, e, from, to, s.facts, earlier)
	if err != nil {
		return fmt.Errorf("the pins of commit %.12s cannot be mixed with those of the tree: %w: name another commit with -good", good.ID, err)
	}
	if len(mixtures.Moves) == 0 {
		return fmt.Errorf("no pin of %s moved since commit %.12s: name an earlier one with -good", e.Name(), good.ID)
	}
	search := &search{run: r, bisection: b, environment: e, good: good.ID, mixtures: mixtures, builds: s.had.Builds, limit: r.limitOf(e), mixed: map[string]*lock.Mixture{}}
	if err := search.checkEnds(ctx, from, to); err != nil {
		return err
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

// good returns the commit that a revision names, and the pins that it has for an environment. If there is no revision, the
// commit is the last one in which they are not those of the tree. It has to be closed.
func (r *Run) good(ctx context.Context, revision string, e matrix.Environment, now lock.Pins) (*git.Commit, lock.Pins, error) {
	if revision != "" {
		commit, pins, err := r.pinsAt(ctx, revision, e)
		if err == nil && pins == nil {
			commit.Close()
			err = fmt.Errorf("commit %.12s has no environment of suite %q for Python %s: name another one with -good", commit.ID, e.Suite.Name, e.Python.Short())
		}
		return commit, pins, err
	}
	changes, err := git.Changes(ctx, r.world.Root, r.config.ToxFile())
	if err != nil {
		return nil, nil, err
	}
	for _, revision := range changes {
		commit, pins, err := r.pinsAt(ctx, revision, e)
		if err != nil {
			return nil, nil, err
		}
		if pins != nil && !maps.EqualFunc(pins, now, pep440.Version.Equal) {
			return commit, pins, nil
		}
		commit.Close()
	}
	return nil, nil, fmt.Errorf("no commit has other pins for %s than the tree: name one in which its tests passed with -good", e.Name())
}

// pinsAt returns the commit that a revision names, and the pins that it has for an environment, or else for the suite's nearest
// older release on the same Python, or else for the nearest newer one. They are nil if there are none.
func (r *Run) pinsAt(ctx context.Context, revision string, e matrix.Environment) (*git.Commit, lock.Pins, error) {
	commit, err := git.OpenCommit(ctx, r.world.Root, revision)
	if err != nil {
		return nil, nil, err
	}
	data, err := commit.ReadFile(r.config.ToxFile())
	if errors.Is(err, fs.ErrNotExist) {
		return commit, nil, nil
	}
	if err != nil {
		commit.Close()
		return nil, nil, err
	}
	l, _, _ := tox.ReadLock(r.config, data, nil) // of a file that has a fault, the pins that could be read count
	return commit, nearestPins(l, matrix.Picks(r.config, l.Names())[e.Suite.Name], e), nil
}

// nearestPins returns the pins that a lock has for an environment, or else for another pick of its suite, or nil.
func nearestPins(l lock.Lock, picks []matrix.Pick, e matrix.Environment) lock.Pins {
	candidates := []matrix.Environment{e}
	var newer []matrix.Environment
	for _, pick := range picks {
		other := matrix.Environment{Suite: e.Suite, Pick: pick, Python: e.Python}
		if pick.Version.Compare(e.Pick.Version) < 0 {
			candidates = slices.Insert(candidates, 1, other)
		} else {
			newer = append(newer, other)
		}
	}
	for _, candidate := range append(candidates, newer...) {
		if pins := l.Environments[candidate.Name()]; len(pins) > 0 {
			return lock.WithOwn(pins, candidate)
		}
	}
	return nil
}

// factsAt returns the facts that a commit has of projects. What is wrong with a file costs its facts.
func factsAt(commit *git.Commit, projects []string) (registry.Facts, error) {
	facts := registry.Facts{}
	for _, name := range projects {
		data, err := commit.ReadFile(registry.Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if project, _, faults := registry.Parse(name, data); len(faults) == 0 && project != nil {
			facts[name] = project
		}
	}
	return facts, nil
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
