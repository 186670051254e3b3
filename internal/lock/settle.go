package lock

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// A Settlement is a lock whose pins are proved by the very facts that go along with it.
type Settlement struct {
	Proofs Proofs
	Lock   Lock
	// Environments are all but the aliases, each with what became of it; Pythons are those of the builds.
	Environments []matrix.Environment
	Outcomes     []Outcome
	Pythons      []python.Version
	Builds       []Outcome
	// pinned are the releases that the lock pins.
	pinned []Pinned
}

// Proofs are facts as resolutions see them, parsed once.
type Proofs struct {
	Facts    registry.Facts
	index    recorded
	universe *resolve.Universe
}

// Of returns the proofs of facts: the same ones, if the facts are.
func (p Proofs) Of(c *config.Config, facts registry.Facts) Proofs {
	if p.universe != nil && p.Facts.Is(facts) {
		return p
	}
	index := recorded{c, facts, p.index.pages} // the pages of projects that did not change serve again
	if index.pages == nil {
		index.pages = &sync.Map{}
	}
	if p.universe == nil {
		return Proofs{facts, index, resolve.NewUniverse(index, 0)}
	}
	return Proofs{facts, index, p.universe.Over(index)}
}

// Universe returns the facts as resolutions see them.
func (p Proofs) Universe() *resolve.Universe { return p.universe }

// A World does for a settlement what needs the index, and what its caller decides.
type World interface {
	Solver
	// Record returns facts with the lines that the index has of pinned releases, and why some have none. A release whose
	// line cannot be had keeps the one that it has.
	Record(ctx context.Context, facts registry.Facts, releases []Pinned) (registry.Facts, map[Release]error)
	// Reduce returns facts without what is needless if a lock is all that is pinned.
	Reduce(facts registry.Facts, l Lock) registry.Facts
	// Each calls work as an [Each] does.
	Each(names []string, work func(i int) (solved bool))
}

// A Question holds everything that a settlement depends on but the World.
type Question struct {
	Config *config.Config
	Matrix *matrix.Matrix
	Had    Lock
	// Before are the facts that lay in the registry before the run, Proofs those that it goes by.
	Before registry.Facts
	Proofs Proofs
	Policy Policy
	// Broken names the suites, and by [BuildsName] the builds, that keep what they had: no pins were found for what they
	// would test.
	Broken map[string]bool
}

// Settle pins the environments of a matrix. Pins and facts depend on each other: pins are proved from facts, and which
// facts are recorded depends on the pins. So both go round, until recording changes nothing that the proofs read.
//
// It ends: an answer of the solver is kept, so that an environment gets at most one; a release is recorded again only
// for a Python for which it was not, of which there are finitely many; and once for those that pin it at last.
func Settle(ctx context.Context, q Question, world World) (*Settlement, error) {
	w := &settling{Question: q, world: world, known: map[string]knownOutcome{}, done: map[Release][]python.Version{}, final: map[Release]bool{}, errs: map[Release]error{}}
	for {
		keeper := NewKeeper(q.Config, q.Matrix, q.Had, w.Proofs, q.Policy, world)
		result := w.round(ctx, keeper)
		for w.Proofs.Facts.Is(result.Proofs.Facts) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			releases := w.toRecord(ctx, keeper, result)
			facts := w.Proofs.Facts
			if len(releases) > 0 {
				var errs map[Release]error
				facts, errs = world.Record(ctx, facts, releases)
				maps.Copy(w.errs, errs)
			}
			facts = world.Reduce(w.recalled(facts, result), result.Lock)
			switch {
			case !facts.Same(w.Proofs.Facts):
				w.Proofs = w.Proofs.Of(q.Config, facts)
			case len(releases) == 0:
				w.conclude(result)
				w.checkouts(ctx, result)
				return result, ctx.Err()
			}
		}
	}
}

// settling is a settlement in the making.
type settling struct {
	Question
	world World
	// known are the outcomes of earlier rounds, by the environments' names.
	known map[string]knownOutcome
	// done are the Pythons for which releases were recorded, final the releases that were for those that pin them at last,
	// errs those that could not be.
	done  map[Release][]python.Version
	final map[Release]bool
	errs  map[Release]error
}

// round finds the pins of everything by the facts as they are. What was given up is asked for again if the run's budget
// has something left for it.
func (w *settling) round(ctx context.Context, keeper *Keeper) *Settlement {
	s := w.pass(ctx, keeper)
	if w.world.Extend(ctx) {
		s = w.pass(ctx, keeper)
	}
	return s
}

// pass finds the pins of everything with what the solver answers now.
func (w *settling) pass(ctx context.Context, keeper *Keeper) *Settlement {
	s := &Settlement{Proofs: w.Proofs, Lock: Lock{Environments: map[string]Pins{}}}
	s.Environments = slices.DeleteFunc(w.Matrix.Environments(), func(e matrix.Environment) bool { return e.Alias })
	s.Outcomes = make([]Outcome, len(s.Environments))
	names := matrix.Names(s.Environments)
	w.world.Each(names, func(i int) bool {
		e := s.Environments[i]
		known, found := w.known[names[i]]
		switch {
		case w.Broken[e.Suite.Name]:
			s.Outcomes[i] = Outcome{Pins: w.Had.Environments[e.Name()]}
		case found && known.stands(w.Proofs.Facts):
			s.Outcomes[i] = known.Outcome
		default:
			s.Outcomes[i] = keeper.Environment(ctx, e)
		}
		return s.Outcomes[i].Resolved
	})
	if len(w.Config.Build) > 0 {
		w.builds(ctx, keeper, s)
	}
	for i, e := range s.Environments {
		s.Lock.Environments[e.Name()] = s.Outcomes[i].Pins
		w.remember(e.Name(), s.Outcomes[i])
	}
	for i, p := range s.Pythons {
		s.Lock.Builds[p] = s.Builds[i].Pins
		w.remember(BuildsName(p), s.Builds[i])
	}
	s.pinned = s.Lock.Pinned(w.Matrix).List()
	return s
}

// builds finds the pins of builds.
func (w *settling) builds(ctx context.Context, keeper *Keeper, s *Settlement) {
	s.Lock.Builds = Builds{}
	for _, p := range w.Config.Interpreters() {
		if !p.FreeThreaded { // it shares the lines of its line
			s.Pythons = append(s.Pythons, p)
		}
	}
	s.Builds = make([]Outcome, len(s.Pythons))
	w.world.Each(buildsNames(s.Pythons), func(i int) bool {
		p := s.Pythons[i]
		known, found := w.known[BuildsName(p)]
		switch {
		case w.Broken[BuildsName(p)]:
			s.Builds[i] = Outcome{Pins: w.Had.Builds[p]}
		case found && known.stands(w.Proofs.Facts):
			s.Builds[i] = known.Outcome
		default:
			s.Builds[i] = keeper.Builds(ctx, p)
		}
		return s.Builds[i].Resolved
	})
}

// BuildsName returns the name of the builds for a Python.
func BuildsName(p python.Version) string { return "builds for " + p.Short() }

func buildsNames(pythons []python.Version) []string {
	names := make([]string, len(pythons))
	for i, p := range pythons {
		names[i] = BuildsName(p)
	}
	return names
}

// A knownOutcome is an outcome of an earlier round, with the facts of that round.
type knownOutcome struct {
	Outcome
	facts registry.Facts
}

// stands reports whether the outcome is the same by other facts: an answer of the solver, or pins that hold and whose
// projects have the same facts, as almost all have after the first round.
func (o knownOutcome) stands(facts registry.Facts) bool {
	for project := range o.held {
		if o.facts[project] != facts[project] {
			return false
		}
	}
	return o.Resolved || o.held != nil
}

// remember keeps an outcome for the next rounds.
func (w *settling) remember(name string, o Outcome) {
	w.known[name] = knownOutcome{o, w.Proofs.Facts}
}

// prove adds to the answers of the solver what the facts say against them. That is asked when no facts are lacking: before,
// they would say of nearly all that they are not known.
func (w *settling) prove(ctx context.Context, keeper *Keeper, s *Settlement) {
	w.world.Each(matrix.Names(s.Environments), func(i int) bool {
		e := s.Environments[i]
		s.Outcomes[i] = s.Outcomes[i].proved(ctx, keeper, Problem(w.Config, e), e.Python)
		return false
	})
	w.world.Each(buildsNames(s.Pythons), func(i int) bool {
		s.Builds[i] = s.Builds[i].proved(ctx, keeper, BuildProblem(w.Config), s.Pythons[i])
		return false
	})
}

// proved returns an answer of the solver with what the facts say against it. Another outcome it returns as it is.
func (o Outcome) proved(ctx context.Context, keeper *Keeper, problem *resolve.Problem, on python.Version) Outcome {
	if !o.Resolved {
		return o
	}
	o.Faults, o.Err = keeper.Prove(ctx, problem, on, o.Pins)
	return o
}

// toRecord returns the releases whose facts have to be recorded: those that are pinned and were not in the registry, or are
// not known for each of their Pythons, and in an update all that are pinned of the projects that it refreshes. If there are
// none left, it returns those of the environments that the index resolved and that do not hold by the facts, and at last
// those that were recorded for more Pythons than pin them: a line depends on the lock, not on what was tried before.
func (w *settling) toRecord(ctx context.Context, keeper *Keeper, s *Settlement) []Pinned {
	list := w.undone(s, func(p Pinned) bool {
		return w.Policy.Adopts(p.Project) || w.Before.Release(p.Project, p.Version) == nil || !keeper.Knows(ctx, p)
	})
	if len(list) == 0 {
		w.prove(ctx, keeper, s)
		doubtful := map[Release]bool{}
		for _, o := range slices.Concat(s.Outcomes, s.Builds) {
			if o.Resolved && len(o.Faults) > 0 {
				for project, v := range o.Pins {
					doubtful[ReleaseOf(project, v)] = true
				}
			}
		}
		list = w.undone(s, func(p Pinned) bool { return doubtful[ReleaseOf(p.Project, p.Version)] })
	}
	if len(list) == 0 {
		list = w.overdone(s)
	}
	return list
}

// overdone returns the pinned releases that were recorded for more Pythons than pin them now, each once.
func (w *settling) overdone(s *Settlement) []Pinned {
	var list []Pinned
	for _, p := range s.pinned {
		k := ReleaseOf(p.Project, p.Version)
		if len(w.done[k]) > len(p.Pythons) && !w.final[k] {
			w.final[k], w.done[k] = true, p.Pythons
			list = append(list, p)
		}
	}
	return list
}

// undone returns the pinned releases that have to be recorded and were not, for each of their Pythons, and marks them as
// done.
func (w *settling) undone(s *Settlement, needed func(Pinned) bool) []Pinned {
	var list []Pinned
	for _, p := range s.pinned {
		k := ReleaseOf(p.Project, p.Version)
		isDone := !slices.ContainsFunc(p.Pythons, func(on python.Version) bool { return !slices.Contains(w.done[k], on) })
		if !isDone && needed(p) {
			w.done[k] = p.Pythons
			list = append(list, p)
		}
	}
	return list
}

// recalled returns facts with the lines from before the run of pinned releases that are not among them: where a pin has
// to stay, though the index does not have the release any more, so do its facts.
func (w *settling) recalled(facts registry.Facts, s *Settlement) registry.Facts {
	for _, p := range s.pinned {
		if facts.Release(p.Project, p.Version) != nil {
			continue
		}
		old := w.Before.Release(p.Project, p.Version)
		if old == nil || !w.Policy.Withdrawn(p.Project, p.Version) {
			continue
		}
		facts = facts.With(facts.Project(p.Project).With(*old))
	}
	return facts
}

// conclude makes errors of answers that the facts do not prove, though everything that could be recorded was.
func (w *settling) conclude(s *Settlement) {
	finish := func(outcomes []Outcome) {
		for i := range outcomes {
			o := &outcomes[i]
			if lost := w.lost(*o); lost != "" {
				o.Err = &UnprovenError{lost}
				continue
			}
			if !o.Resolved || o.Err != nil || len(o.Faults) == 0 {
				continue
			}
			o.Err = &UnprovenError{"its pins do not hold by the facts that could be recorded: " + o.Faults[0].Message}
			for project, v := range o.Pins {
				if err := w.errs[ReleaseOf(project, v)]; err != nil && project == o.Faults[0].Name {
					o.Err = &UnprovenError{fmt.Sprintf("the facts of %s %s, which is pinned, cannot be fetched: %s", project, v, err)}
				}
			}
			o.Faults = nil
		}
	}
	finish(s.Outcomes)
	finish(s.Builds)
}

// checkouts finds what the environments install from checkouts. That one of these does not support a Python is an error.
func (w *settling) checkouts(ctx context.Context, s *Settlement) {
	s.Lock.Checkouts = map[string][]string{}
	for i, e := range s.Environments {
		o := &s.Outcomes[i]
		list, err := Checkouts(ctx, w.Config, w.Proofs.universe, e, o.Pins)
		if err != nil && o.Err == nil {
			o.Err = err
		}
		if len(list) > 0 {
			s.Lock.Checkouts[e.Name()] = list
		}
		for j := range w.Config.Packages {
			p := &w.Config.Packages[j]
			reached := slices.Contains(list, pep508.NormalizeName(p.Name.Text))
			if reached && !p.Supports(pep440.MustParse(e.Python.Full())) && o.Err == nil && !w.Broken[e.Suite.Name] {
				o.Err = fmt.Errorf("the checkout of %s, which it installs, does not support Python %s", p.Name.Text, e.Python.Short())
			}
		}
	}
}

// lost returns what is wrong with pins that stay, because nothing replaces a release that the index does not offer any more,
// if the facts of that release are lost too. It returns "" if nothing is.
func (w *settling) lost(o Outcome) string {
	if o.Stays == nil || o.Err != nil {
		return ""
	}
	for _, project := range slices.Sorted(maps.Keys(o.Pins)) {
		v := o.Pins[project]
		line := w.Proofs.Facts.Release(project, v)
		if w.Policy.Withdrawn(project, v) && (line == nil || !line.RequirementsKnown()) && Stated(w.Config, project, v) == nil {
			return fmt.Sprintf("the index does not offer %s %s any more, nothing else can be pinned, and its facts are lost: %s", project, v, o.Stays)
		}
	}
	return ""
}

// An UnprovenError is the error of pins that the facts do not prove.
type UnprovenError struct{ reason string }

// Error returns the reason.
func (e *UnprovenError) Error() string { return e.reason }
