// Package lock decides which pins each environment has: those that it had, as long as they hold, else others.
//
// A [Lock] is what tox.ini and the build constraints pin. [Problem] is the question that an environment asks of the
// resolver. A [Keeper] answers it for one environment at a time: it proves the pins that the lock before the run has
// from the facts in registry/ ([Recorded]), keeps them if they hold and nothing asks that they move, and has a [Solver]
// find others if not. What became of an environment is a value, an [Outcome]; nothing is written or reported here.
//
// Results depend on nothing but the arguments and what the solver answers.
package lock

import (
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// Pins are the releases of one environment's closure by the normalised names of their projects.
type Pins map[string]pep440.Version

// Builds are the pins of what builds need, by Python.
type Builds map[python.Version]Pins

// A Lock holds everything that is pinned.
type Lock struct {
	// Environments are the pins of environments by their names in tox; an alias has none of its own.
	Environments map[string]Pins
	// Alternatives are other pins of environments, which count where those in Environments do not hold: what the sides
	// of an unresolved merge say.
	Alternatives map[string][]Pins
	// Undeclared returns the pins that tox.ini would give to an environment that it does not declare: a line that leaves
	// out the older releases of a suite applies to a new one too. It may be nil.
	Undeclared func(environment string) Pins
	// Builds are the pins of builds; nil if there are none.
	Builds Builds
	// Checkouts are what environments install from checkouts, as [Checkouts] returns it. They follow from the pins: a
	// settlement finds them, and tox.ini is not read for them.
	Checkouts map[string][]string
	// Platforms are the platforms that the pins of Pythons are for, by factor, as [Platform] returns them.
	Platforms map[string]string
}

// Platform returns the platform that the pins of a Python are for, or "" if that is the Linux that all Pythons share: tox.ini
// does not state that one.
func Platform(c *config.Config, p python.Version) string {
	if platform := c.Target(p).Platform; platform != c.Platform.Python() || platform.System != python.Linux {
		return platform.String()
	}
	return ""
}

// Names returns the names of the environments, sorted.
func (l Lock) Names() []string { return slices.Sorted(maps.Keys(l.Environments)) }

// Sets returns all pins by the names of their environments, of which the builds for a Python count as one.
func (l Lock) Sets() map[string]Pins {
	sets := maps.Clone(l.Environments)
	if sets == nil {
		sets = map[string]Pins{}
	}
	for p, pins := range l.Builds {
		sets["builds for "+p.Short()] = pins
	}
	return sets
}

// Release is one release of a project.
type Release struct {
	// Project is the normalised name.
	Project string
	// Version is the canonical text, which is the same for 1.0 and 1.0.0.
	Version string
}

// ReleaseOf returns the release of a version.
func ReleaseOf(project string, v pep440.Version) Release { return Release{project, v.Canonical()} }

// Pinned is a release that some environments pin.
type Pinned struct {
	Project string
	Version pep440.Version
	// Pythons are those of the environments and builds that pin it, ascending.
	Pythons []python.Version
}

// PinnedBy collects the releases that sets of pins have, each set with the Python that it is for.
type PinnedBy map[Release]*Pinned

// Add counts in the pins of an environment or of builds.
func (s PinnedBy) Add(pins Pins, on python.Version) {
	for project, v := range pins {
		k := ReleaseOf(project, v)
		one := s[k]
		if one == nil {
			one = &Pinned{Project: project, Version: v}
			s[k] = one
		}
		if !slices.Contains(one.Pythons, on) {
			one.Pythons = append(one.Pythons, on)
		}
	}
}

// List returns the releases by project and version.
func (s PinnedBy) List() []Pinned {
	list := make([]Pinned, 0, len(s))
	for _, one := range s {
		slices.SortFunc(one.Pythons, python.Version.Compare)
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Pinned) int {
		if c := strings.Compare(a.Project, b.Project); c != 0 {
			return c
		}
		return a.Version.Compare(b.Version)
	})
	return list
}

// Pinned returns the releases that the environments of a matrix and the builds pin.
func (l Lock) Pinned(m *matrix.Matrix) PinnedBy {
	set := PinnedBy{}
	for _, e := range m.Environments() {
		set.Add(l.Environments[e.Name()], e.Python)
	}
	for p, pins := range l.Builds {
		set.Add(pins, p)
	}
	return set
}
