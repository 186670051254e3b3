package pipeline

import (
	"context"
	"fmt"
	"slices"

	"toxgen/internal/foreign"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// A settlement is a lock whose pins are proved by the very facts that go along with it.
type settlement struct {
	facts registry.Facts
	lock  lock.Lock
	// environments are all but the aliases, each with what became of it; pythons are those of the builds.
	environments []matrix.Environment
	outcomes     []lock.Outcome
	pythons      []python.Version
	builds       []lock.Outcome
}

// settling is the way to a settlement. Pins and facts depend on each other: pins are proved from facts, and which facts
// are recorded depends on the pins. So both go round, until recording changes nothing that the proofs read.
//
// It ends: an environment is resolved at most once, for what the solver finds is not looked for again; and a release is
// recorded again only for a Python for which it was not, of which there are finitely many.
type settling struct {
	run    *Run
	online online
	state  state
	matrix *matrix.Matrix
	// broken are the suites that keep what they had, since no pins were found for what selection would pick.
	broken map[string]bool
	// resolved are the answers of the solver, by the environments' names.
	resolved map[string]lock.Outcome
	// done are the Pythons for which releases were recorded, errs the releases that could not be.
	done map[lock.Release][]python.Version
	errs map[lock.Release]error
}

// settle pins the environments of a matrix.
func (r *Run) settle(ctx context.Context, o online, s state, m *matrix.Matrix, broken map[string]bool) (*settlement, error) {
	w := &settling{run: r, online: o, state: s, matrix: m, broken: broken, resolved: map[string]lock.Outcome{},
		done: map[lock.Release][]python.Version{}, errs: map[lock.Release]error{}}
	for {
		keeper := lock.NewKeeper(r.config, m, s.had, w.state.facts, s.policy, o.solver)
		result := w.round(ctx, keeper)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		recorded := w.run.record(ctx, o, w.state, w.toRecord(ctx, keeper, result))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for k, err := range recorded.errs {
			w.errs[k] = err
		}
		facts := w.recalled(recorded.facts, result)
		facts = r.reduced(w.state, facts, m, result.lock)
		if same(facts, w.state.facts) {
			w.conclude(result)
			return result, nil
		}
		w.state.facts = facts
	}
}

// round finds the pins of everything by the facts as they are.
func (w *settling) round(ctx context.Context, keeper *lock.Keeper) *settlement {
	s := &settlement{facts: w.state.facts, lock: lock.Lock{Environments: map[string]lock.Pins{}}}
	s.environments = slices.DeleteFunc(w.matrix.Environments(), func(e matrix.Environment) bool { return e.Alias })
	s.outcomes = concurrently(concurrentResolutions, s.environments, func(e matrix.Environment) lock.Outcome {
		if w.broken[e.Suite.Name] {
			return lock.Outcome{Pins: w.state.had.Environments[e.Name()]}
		}
		known, found := w.resolved[e.Name()]
		if !found {
			return keeper.Environment(ctx, e)
		}
		return proved(ctx, keeper, lock.Problem(w.run.config, e), e.Python, known)
	})
	if len(w.run.config.Build) > 0 {
		s.lock.Builds = lock.Builds{}
		for _, p := range w.run.config.Interpreters() {
			if !p.FreeThreaded { // it shares the lines of its line
				s.pythons = append(s.pythons, p)
			}
		}
		s.builds = concurrently(concurrentResolutions, s.pythons, func(p python.Version) lock.Outcome {
			if w.broken[buildsName(p)] {
				return lock.Outcome{Pins: w.state.had.Builds[p]}
			}
			known, found := w.resolved[buildsName(p)]
			if !found {
				return keeper.Builds(ctx, p)
			}
			return proved(ctx, keeper, lock.BuildProblem(w.run.config), p, known)
		})
	}
	for i, e := range s.environments {
		s.lock.Environments[e.Name()] = s.outcomes[i].Pins
		w.remember(e.Name(), s.outcomes[i])
	}
	for i, p := range s.pythons {
		s.lock.Builds[p] = s.builds[i].Pins
		w.remember(buildsName(p), s.builds[i])
	}
	return s
}

func buildsName(p python.Version) string { return "builds for " + p.Short() }

func (w *settling) remember(name string, o lock.Outcome) {
	if o.Resolved {
		w.resolved[name] = o
	}
}

// proved returns an answer of the solver with what the facts say against it.
func proved(ctx context.Context, keeper *lock.Keeper, problem *resolve.Problem, on python.Version, o lock.Outcome) lock.Outcome {
	faults, err := keeper.Prove(ctx, problem, on, o.Pins)
	o.Faults, o.Err = faults, err
	return o
}

// toRecord returns the releases whose facts have to be recorded: those that are pinned and not known for each of their
// Pythons; in an update, all that are pinned of the projects that it refreshes; and those of environments that were
// resolved by the index and do not hold by the facts.
func (w *settling) toRecord(ctx context.Context, keeper *lock.Keeper, s *settlement) []lock.Pinned {
	unproven := map[lock.Release]bool{}
	doubt := func(outcomes []lock.Outcome) {
		for _, o := range outcomes {
			if o.Resolved && len(o.Faults) > 0 {
				for project, v := range o.Pins {
					unproven[lock.ReleaseOf(project, v)] = true
				}
			}
		}
	}
	doubt(s.outcomes)
	doubt(s.builds)
	var list []lock.Pinned
	for _, p := range s.lock.Pinned(w.matrix).List() {
		k := lock.ReleaseOf(p.Project, p.Version)
		if all := w.done[k]; !slices.ContainsFunc(p.Pythons, func(on python.Version) bool { return !slices.Contains(all, on) }) {
			continue
		}
		if unproven[k] || w.state.policy.Adopts(p.Project) || !keeper.Knows(ctx, p) {
			w.done[k] = p.Pythons
			list = append(list, p)
		}
	}
	return list
}

// recalled returns facts with the lines from before the run of pinned releases that are not among them: where a pin has
// to stay, though the index does not have the release any more, so do its facts.
func (w *settling) recalled(facts registry.Facts, s *settlement) registry.Facts {
	for _, p := range s.lock.Pinned(w.matrix).List() {
		if facts.Release(p.Project, p.Version) != nil {
			continue
		}
		old := w.state.before.Release(p.Project, p.Version)
		if old == nil || !w.state.policy.IsUpdate() {
			continue
		}
		project := facts[p.Project]
		if project == nil {
			project = &registry.Project{Name: p.Project}
		}
		facts = facts.With(project.With(*old))
	}
	return facts
}

// same reports whether two states of the facts have the same lines.
func same(a, b registry.Facts) bool {
	if len(a) != len(b) {
		return false
	}
	for name, p := range a {
		q := b[name]
		if p == q {
			continue
		}
		if q == nil || len(p.Releases) != len(q.Releases) {
			return false
		}
		for i := range p.Releases {
			if !registry.SameLine(&p.Releases[i], &q.Releases[i]) {
				return false
			}
		}
	}
	return true
}

// conclude makes errors of answers that the facts do not prove, though everything that could be recorded was.
func (w *settling) conclude(s *settlement) {
	finish := func(outcomes []lock.Outcome) {
		for i := range outcomes {
			o := &outcomes[i]
			if !o.Resolved || o.Err != nil || len(o.Faults) == 0 {
				continue
			}
			o.Err = &unprovenError{"its pins do not hold by the facts that could be recorded: " + o.Faults[0].Message}
			for project, v := range o.Pins {
				if err := w.errs[lock.ReleaseOf(project, v)]; err != nil && project == o.Faults[0].Name {
					o.Err = &unprovenError{foreign.Text(fmt.Sprintf("the facts of %s %s, which is pinned, cannot be had: %s", project, v, err))}
				}
			}
			o.Faults = nil
		}
	}
	finish(s.outcomes)
	finish(s.builds)
}

// An unprovenError is the error of pins that the facts do not prove.
type unprovenError struct{ reason string }

// Error returns the reason.
func (e *unprovenError) Error() string { return e.reason }
