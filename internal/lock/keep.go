package lock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/resolve"
)

// A Policy decides which pins move although they hold.
type Policy interface {
	// Afresh reports whether an environment is resolved afresh, without preference for the pins that it had.
	Afresh(e matrix.Environment) bool
	// AfreshBuilds reports the same of builds.
	AfreshBuilds() bool
	// Prefers reports whether an environment that has to be resolved prefers the pins that it, or one near to it, had.
	Prefers() bool
	// Adopts reports whether the facts of a project are taken anew from the index.
	Adopts(project string) bool
	// Withdrawn reports whether a pin of a release has to be replaced, because the index does not offer it any more.
	Withdrawn(project string, v pep440.Version) bool
}

// A Keeper decides about the pins of environments, one at a time. It may be used by many goroutines at once.
type Keeper struct {
	config *config.Config
	had    Lock
	// picks are the picks in the names of had, by suite. left holds the names whose suites the matrix does not have, by
	// what they test.
	picks  map[string][]matrix.Pick
	left   map[tested][]string
	policy Policy
	facts  *resolve.Universe
	solver Solver
}

// tested is a release on a Python; of a static suite the version is empty.
type tested struct{ factor, version string }

// NewKeeper returns a keeper for the environments of a matrix. had is the lock before the run, proofs are the facts that
// pins are proved from.
func NewKeeper(c *config.Config, m *matrix.Matrix, had Lock, proofs Proofs, policy Policy, solver Solver) *Keeper {
	names := had.Names()
	k := &Keeper{config: c, had: had, picks: matrix.Picks(c, names), left: map[tested][]string{}, policy: policy, solver: solver, facts: proofs.universe}
	suites := map[string]bool{}
	for _, suite := range m.Suites {
		suites[suite.Name] = true
	}
	for _, name := range names {
		factor, rest, _ := strings.Cut(name, "-")
		suite, version := rest, ""
		if i := strings.LastIndex(rest, "-v"); i >= 0 {
			if v, err := pep440.Parse(rest[i+2:]); err == nil {
				suite, version = rest[:i], v.Canonical()
			}
		}
		if !suites[suite] && !suites[name] && !strings.HasSuffix(name, "-"+matrix.Latest) {
			t := tested{factor, version}
			k.left[t] = append(k.left[t], name)
		}
	}
	return k
}

// An Outcome holds the pins of one environment, or why it has none.
type Outcome struct {
	Pins Pins
	// Resolved is set if the pins are an answer of the solver.
	Resolved bool
	// Faults of pins that are kept say which of them are yanked. Of pins that do not hold and that no solver replaced,
	// they are all that is wrong.
	Faults []resolve.Fault
	// Stays is why pins stay that should have moved.
	Stays error
	// Err is why there are no pins that hold.
	Err error
	// held are the pins that were there before and hold, among others that nothing requires, if they were the first to be
	// proved: the outcome then depends on the facts of their projects alone.
	held Pins
}

// Environment keeps the pins of an environment while they hold, and finds others where they do not.
func (k *Keeper) Environment(ctx context.Context, e matrix.Environment) Outcome {
	problem := Problem(k.config, e)
	sets := k.sets(e)
	prefer := func() map[string]pep440.Version { return k.preferences(e, sets) }
	return k.outcome(ctx, problem, e.Python, sets, k.policy.Afresh(e), prefer)
}

// Ahead has the solver answer what Environment will ask for sure, so that the answer is known by then. It reports whether there
// is something.
func (k *Keeper) Ahead(ctx context.Context, e matrix.Environment) (solved bool) {
	sets := k.sets(e)
	if len(sets) > 0 && !k.policy.Afresh(e) {
		return false
	}
	problem := Problem(k.config, e)
	problem.Preferences = k.preferences(e, sets)
	_, _ = k.solver.Solve(ctx, problem, e.Python) // an error comes back when the answer is asked for
	return true
}

// Builds decides in the same way about the pins of the builds for one Python.
func (k *Keeper) Builds(ctx context.Context, on python.Version) Outcome {
	var sets []Pins
	if had := k.had.Builds[on]; len(had) > 0 {
		sets = []Pins{had}
	}
	prefer := func() map[string]pep440.Version {
		if len(sets) == 0 || k.policy.AfreshBuilds() {
			return nil
		}
		return sets[0]
	}
	return k.outcome(ctx, BuildProblem(k.config), on, sets, k.policy.AfreshBuilds(), prefer)
}

// outcome decides about one problem. sets are the pins that were there, the first ones first.
func (k *Keeper) outcome(ctx context.Context, problem *resolve.Problem, on python.Version, sets []Pins, afresh bool,
	preferences func() map[string]pep440.Version) Outcome {
	var first proof // of the first set
	if !afresh {
		for i, had := range sets {
			p, err := k.prove(ctx, problem, on, had)
			if err != nil {
				return Outcome{Pins: had, Err: err}
			}
			holds := len(p.lasting) == 0 && !k.withdrawn(p.kept)
			switch {
			case holds && i == 0:
				return Outcome{Pins: p.kept, Faults: p.yanked, held: had}
			case holds:
				return Outcome{Pins: p.kept, Faults: p.yanked}
			case i == 0:
				first = p
			}
		}
	}
	problem.Preferences = preferences()
	result, err := k.solver.Solve(ctx, problem, on)
	switch {
	case err == nil:
		return Outcome{Pins: pinsOf(result), Resolved: true}
	case len(sets) == 0 && errors.Is(err, ErrNotAsked):
		return Outcome{Faults: []resolve.Fault{{Message: "it has no pins"}}}
	case errors.Is(err, ErrNotAsked):
		return Outcome{Pins: sets[0], Faults: first.lasting}
	case len(sets) == 0 || ctx.Err() != nil:
		return Outcome{Err: err}
	}
	if afresh {
		if first, _ = k.prove(ctx, problem, on, sets[0]); ctx.Err() != nil {
			return Outcome{Err: ctx.Err()}
		}
	}
	if k.onlyWithdrawn(sets[0], first.lasting) {
		return Outcome{Pins: first.stay(sets[0]), Faults: first.yanked, Stays: err}
	}
	return Outcome{Pins: sets[0], Err: err}
}

// Prove returns what is wrong with pins that the solver found, by the facts: nothing, or what makes them unfit to be
// written. That a release is yanked does not.
func (k *Keeper) Prove(ctx context.Context, problem *resolve.Problem, on python.Version, pins Pins) ([]resolve.Fault, error) {
	faults, err := k.target(on).Verify(ctx, problem, pins)
	return slices.DeleteFunc(faults, func(f resolve.Fault) bool { return f.Kind == resolve.Yanked }), err
}

// Knows reports whether the facts have the requirements of a pinned release, of the file that each of its Pythons takes.
func (k *Keeper) Knows(ctx context.Context, p Pinned) bool {
	for _, on := range p.Pythons {
		if _, err := k.target(on).Install(ctx, p.Project, p.Version); err != nil {
			return false
		}
	}
	return true
}

func (k *Keeper) target(on python.Version) *resolve.Target {
	return k.facts.Target(k.config.Target(on))
}

// A proof holds what the facts say of pins.
type proof struct {
	// kept are the pins without those that nothing requires.
	kept Pins
	// yanked are faults that say so, lasting those that only a resolution removes.
	yanked, lasting []resolve.Fault
}

// stay returns the pins that stay although a resolution should have replaced some.
func (p proof) stay(had Pins) Pins {
	if len(p.lasting) > 0 {
		return had // what follows from the requirements of a release that is gone cannot be known
	}
	return p.kept
}

// prove proves pins that were there. Those of a Python that has got another platform never hold. The facts could not say so:
// what was read of one file of a release counts for others, on which another platform may depend.
func (k *Keeper) prove(ctx context.Context, problem *resolve.Problem, on python.Version, had Pins) (proof, error) {
	if k.had.Platforms[on.Factor()] != Platform(k.config, on) {
		message := fmt.Sprintf("its pins are for another platform than %s", k.config.Target(on).Platform)
		return proof{kept: had, lasting: []resolve.Fault{{Kind: resolve.Unusable, Message: message}}}, nil
	}
	faults, err := k.target(on).Verify(ctx, problem, had)
	p := proof{kept: maps.Clone(had)}
	for _, f := range faults {
		switch f.Kind {
		case resolve.Superfluous:
			delete(p.kept, f.Name)
		case resolve.Yanked:
			p.yanked = append(p.yanked, f)
		default:
			p.lasting = append(p.lasting, f)
		}
	}
	return p, err
}

// withdrawn reports whether a release among pins is withdrawn.
func (k *Keeper) withdrawn(pins Pins) bool {
	for project, v := range pins {
		if k.policy.Withdrawn(project, v) {
			return true
		}
	}
	return false
}

// onlyWithdrawn reports whether nothing is wrong with pins but that releases are withdrawn, and so not among the facts.
func (k *Keeper) onlyWithdrawn(pins Pins, faults []resolve.Fault) bool {
	return !slices.ContainsFunc(faults, func(f resolve.Fault) bool {
		v, pinned := pins[f.Name]
		return !pinned || f.Kind != resolve.Unknown || !k.policy.Withdrawn(f.Name, v)
	})
}

// sets returns the pins that the lock has for an environment, the first ones first: its own, or those of an environment
// of a suite that is called otherwise now. The environment's own release is always among them.
func (k *Keeper) sets(e matrix.Environment) []Pins {
	var sets []Pins
	add := func(pins Pins) { sets = append(sets, WithOwn(pins, e)) }
	if pins, declared := k.had.Environments[e.Name()]; declared {
		add(pins)
	}
	for _, pins := range k.had.Alternatives[e.Name()] {
		add(pins)
	}
	if len(sets) > 0 {
		return sets
	}
	t := tested{factor: e.Python.Factor()}
	if !e.Pick.IsStatic() {
		t.version = e.Pick.Version.Canonical()
	}
	for _, name := range k.left[t] {
		pins := k.had.Environments[name]
		if e.Pick.IsStatic() {
			add(pins)
		} else if v, pinned := pins[e.Suite.Config.Package.Key]; pinned && v.Equal(e.Pick.Version) {
			add(pins)
		}
	}
	return sets
}

// preferences returns the versions to try first: those that the environment had. The newest releases prefer none but
// these: what users install today is what is tested. Others prefer what the lines of the lock give to them though they were
// not declared, else the pins of the nearest older release of the suite on the same Python, else of the nearest newer.
func (k *Keeper) preferences(e matrix.Environment, sets []Pins) map[string]pep440.Version {
	switch {
	case !k.policy.Prefers() || k.policy.Afresh(e):
		return nil
	case len(sets) > 0:
		return sets[0]
	case e.Pick.IsCurrent():
		return nil
	}
	if k.had.Undeclared != nil {
		if pins := k.had.Undeclared(e.Name()); len(pins) > 0 {
			return pins
		}
	}
	var older, newer Pins
	for _, pick := range k.picks[e.Suite.Name] {
		pins := k.had.Environments[matrix.Environment{Suite: e.Suite, Pick: pick, Python: e.Python}.Name()]
		switch order := pick.Version.Compare(e.Pick.Version); {
		case len(pins) == 0:
		case order < 0:
			older = pins
		case order > 0 && newer == nil:
			newer = pins
		}
	}
	if older != nil {
		return older
	}
	return newer
}
