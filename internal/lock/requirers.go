package lock

import (
	"cmp"
	"context"
	"fmt"
	"maps"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/resolve"
)

// A Required is a pin of an environment, and what requires it.
type Required struct {
	Project string
	Version pep440.Version
	By      []Requirer
}

// A Requirer is a requirement with its origin.
type Requirer struct {
	// Requirement is the requirement as it was written.
	Requirement string
	// Project is the project that states it, or "" if the configuration does.
	Project string
	// Origin is the release that states it, as `name version`, or its place in the configuration.
	Origin string
}

// Requirers returns the pins of an environment, sorted by name, with what requires each. The project that the suite
// follows is among them. The pins must be an answer to what the environment requires by the facts of the universe.
func Requirers(ctx context.Context, c *config.Config, facts *resolve.Universe, e matrix.Environment, pins Pins) ([]Required, error) {
	problem := Problem(c, e.Release())
	result, err := facts.Target(c.Target(e.Python)).Result(ctx, problem, WithOwn(pins, e))
	if err != nil {
		return nil, err
	}
	places := map[string]string{}
	place := func(roots []resolve.Root) {
		for _, root := range roots {
			places[root.Requirement.String()] = cmp.Or(root.Origin, fmt.Sprintf("%s:%d", c.File, e.Suite.Pos.Line))
		}
	}
	for _, checkout := range problem.Provided {
		place(checkout.Requires)
		for _, list := range checkout.Extras {
			place(list)
		}
	}
	place(problem.Roots)
	all := make([]Required, len(result.Pins))
	for i, pin := range result.Pins {
		all[i] = Required{Project: pin.Name, Version: pin.Version}
		for _, q := range pin.RequiredBy {
			origin := places[q.Requirement]
			if q.Name != "" {
				origin = fmt.Sprintf("%s %s", q.Name, q.Version)
			}
			all[i].By = append(all[i].By, Requirer{q.Requirement, q.Name, origin})
		}
	}
	return all, nil
}

// WithOwn returns the pins of an environment with the release of the project that its suite follows.
func WithOwn(pins Pins, e matrix.Environment) Pins {
	if e.Pick.IsStatic() {
		return pins
	}
	pins = maps.Clone(pins)
	if pins == nil {
		pins = Pins{}
	}
	pins[e.Suite.Config.Package.Key] = e.Pick.Version
	return pins
}
