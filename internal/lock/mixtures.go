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
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// A Move is a project that two sets of pins have in different releases.
type Move struct {
	// Project is the normalised name.
	Project  string
	From, To pep440.Version
}

// Mixtures are the sets of pins between two others, each with the release of the suite's own project: each project is pinned
// as in one or the other. They are answers of the resolver to the problem of the environment, so that each is complete and
// valid; what only one set pins follows from the rest.
type Mixtures struct {
	// Moves are the projects that can be chosen, by name.
	Moves       []Move
	config      *config.Config
	environment matrix.Environment
	from, to    Pins
	universe    *resolve.Universe
}

// A Mixture is one of them.
type Mixture struct {
	// Environment is the environment with the release of the mixture.
	Environment matrix.Environment
	Pins        Pins
	// Made are the places of the moves that it makes, ascending.
	Made []int
	// Checkouts are what is installed from checkouts, as [Checkouts] returns it.
	Checkouts []string
}

// NewMixtures returns the mixtures between two sets of pins of an environment. A release has the facts of the first registry by
// which the environment's Python can install it. An error lists the releases of which none has these.
func NewMixtures(ctx context.Context, c *config.Config, e matrix.Environment, from, to Pins, registries ...registry.Facts) (*Mixtures, error) {
	x := &Mixtures{config: c, environment: e, from: from, to: to}
	var sources []source
	for _, facts := range registries {
		sources = append(sources, source{facts, resolve.NewUniverse(Recorded(c, facts), 0).Target(c.Target(e.Python))})
	}
	facts := registry.Facts{}
	var missing []string
	for _, project := range slices.Sorted(maps.Keys(union(from, to))) {
		one := &registry.Project{Name: project}
		for _, pins := range []Pins{from, to} {
			v, pinned := pins[project]
			if !pinned || one.Release(v) != nil {
				continue
			}
			known := offered(ctx, project, v, sources)
			if known == nil {
				missing = append(missing, fmt.Sprintf("%s==%s", project, v))
				continue
			}
			one = one.With(*known)
		}
		facts[project] = one
		if a, b := from[project], to[project]; !a.IsZero() && !b.IsZero() && !a.Equal(b) {
			x.Moves = append(x.Moves, Move{project, a, b})
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("registry/ does not have what is needed to install %s", strings.Join(missing, ", "))
	}
	x.universe = resolve.NewUniverse(Recorded(c, facts), 0)
	return x, nil
}

// union returns the pins of two sets. Of a project that is in both it has the release of the second.
func union(a, b Pins) Pins {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// A source is a registry, and what it lets a Python install.
type source struct {
	facts  registry.Facts
	target *resolve.Target
}

// offered returns a release as the first of some sources has it that lets it be installed, or nil. It is offered although it
// was yanked since: it is what was pinned.
func offered(ctx context.Context, project string, v pep440.Version, sources []source) *registry.Release {
	for _, s := range sources {
		if _, err := s.target.Install(ctx, project, v); err != nil {
			continue
		}
		r := *s.facts.Release(project, v)
		if r.Yanked.Is {
			r.Yanked, r.Files = registry.Yanked{}, slices.Clone(r.Files)
			for i := range r.Files {
				r.Files[i].Yanked = registry.Yanked{}
			}
		}
		return &r
	}
	return nil
}

// All returns the places of all moves.
func (x *Mixtures) All() []int {
	all := make([]int, len(x.Moves))
	for i := range all {
		all[i] = i
	}
	return all
}

// New returns the pins of a mixture, such as `attrs==26.1`, of projects that the first set does not have.
func (x *Mixtures) New(m *Mixture) []string {
	var list []string
	for _, project := range slices.Sorted(maps.Keys(m.Pins)) {
		if x.from[project].IsZero() {
			list = append(list, fmt.Sprintf("%s==%s", project, m.Pins[project]))
		}
	}
	return list
}

// With returns the mixture that makes certain moves, given by their places, and of the others those that follow from them. If
// there is none, [IsUnsolvable] reports true of the error.
func (x *Mixtures) With(ctx context.Context, moves []int) (*Mixture, error) {
	return x.mix(ctx, moves, x.to, x.from)
}

// Without returns the mixture that does not make certain moves, nor those that depend on them, and makes the others. If there
// is none, [IsUnsolvable] reports true of the error.
func (x *Mixtures) Without(ctx context.Context, moves []int) (*Mixture, error) {
	return x.mix(ctx, moves, x.from, x.to)
}

// mix returns the mixture in which the projects of certain moves are as in one set, and of the others as many as possible as in
// the other.
func (x *Mixtures) mix(ctx context.Context, moves []int, fixed, preferred Pins) (*Mixture, error) {
	own := ""
	if !x.environment.Pick.IsStatic() {
		own = x.environment.Suite.Config.Package.Key
	}
	bound, preferences := Pins{}, union(fixed, preferred)
	for _, i := range moves {
		project := x.Moves[i].Project
		bound[project], preferences[project] = fixed[project], fixed[project]
	}
	releases := []pep440.Version{preferences[own]}
	if other := fixed[own]; own != "" && bound[own].IsZero() && !other.Equal(preferences[own]) {
		releases = append(releases, other)
	}
	var first error
	for _, release := range releases {
		m, err := x.solve(ctx, x.testing(release), bound, preferences)
		if err == nil {
			return m, nil
		}
		if !IsUnsolvable(err) {
			return nil, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// IsUnsolvable reports whether an error of a resolution says that there is no solution.
func IsUnsolvable(err error) bool {
	_, conflict := errors.AsType[*resolve.Conflict](err)
	_, refusal := errors.AsType[*resolve.Refusal](err)
	return conflict || refusal
}

// testing returns the environment for a release of its suite, of which it is the only one.
func (x *Mixtures) testing(release pep440.Version) matrix.Environment {
	e, suite := x.environment, *x.environment.Suite
	e.Pick = matrix.Pick{Version: release, Pythons: []python.Version{e.Python}}
	suite.Picks = []matrix.Pick{e.Pick}
	e.Suite = &suite
	return e
}

// solve returns the mixture for a release.
func (x *Mixtures) solve(ctx context.Context, e matrix.Environment, bound, preferences Pins) (*Mixture, error) {
	problem := Problem(x.config, e)
	problem.Lowest = nil // there is nothing lower than what is preferred
	plain := *problem
	for _, project := range slices.Sorted(maps.Keys(bound)) {
		exactly := Exactly(config.Package{Name: project}, bound[project])
		problem.Constraints = append(slices.Clip(problem.Constraints), resolve.Root{Requirement: exactly})
	}
	problem.Preferences = preferences
	target := x.universe.Target(x.config.Target(e.Python))
	result, err := target.Resolve(ctx, problem)
	if err != nil {
		return nil, err
	}
	m := &Mixture{Environment: e, Pins: pinsOf(result)}
	faults, err := target.Verify(ctx, &plain, m.Pins)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("the resolver made an invalid mixture: %s", faults[0].Message)
	}
	for i, move := range x.Moves {
		if v, pinned := m.Pins[move.Project]; pinned && v.Equal(move.To) {
			m.Made = append(m.Made, i)
		}
	}
	m.Checkouts, err = Checkouts(ctx, x.config, x.universe, e, m.Pins)
	return m, err
}
