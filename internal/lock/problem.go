package lock

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/resolve"
)

// Problem returns what has to be resolved for an environment: its release and everything that people require of it,
// under the constraints.
func Problem(c *config.Config, e matrix.Environment) *resolve.Problem {
	p := &resolve.Problem{Provided: provided(c, e.Suite)}
	if !e.Pick.IsStatic() {
		// No origin: the release was picked, so that nowhere in the configuration it could be changed.
		p.Roots = append(p.Roots, resolve.Root{Requirement: Exactly(e.Suite.Config.Package, e.Pick.Version)})
	}
	p.Roots = append(p.Roots, roots(c, e.Roots(c))...)
	p.Lowest = e.Lowest(c)
	for _, k := range e.Constraints(c) {
		p.Constraints = append(p.Constraints, root(c, k.Requirement))
	}
	return p
}

// provided returns the projects that a suite installs from checkouts. The SDK's own requirements are roots where it is
// installed anyway.
func provided(c *config.Config, suite *matrix.Suite) []resolve.Provided {
	sdk := resolve.Provided{Name: c.Project.Name.Text}
	if suite.Install.Stated {
		sdk.Requires = roots(c, c.Project.Requires)
		if c.Project.Optional != nil {
			sdk.Extras = extras(c, c.Project.Optional.Extras)
		}
	}
	return append([]resolve.Provided{sdk}, packages(c)...)
}

// packages returns the packages of the configuration.
func packages(c *config.Config) []resolve.Provided {
	var list []resolve.Provided
	for i := range c.Packages {
		p := &c.Packages[i]
		list = append(list, resolve.Provided{Name: p.Name.Text, Requires: roots(c, *p.Requires), Extras: extras(c, p.Extras)})
	}
	return list
}

// extras returns the requirements of extras as roots.
func extras(c *config.Config, optional map[string][]config.Requirement) map[string][]resolve.Root {
	all := map[string][]resolve.Root{}
	for name, list := range optional {
		all[name] = roots(c, list)
	}
	return all
}

// Checkouts returns the names of the projects that an environment with these pins installs from checkouts, besides an SDK
// that it installs anyway: those that its suite names, in that order, then the others that they or pins require, in the order
// of the configuration, the SDK last. facts are what the pins are proved from.
func Checkouts(ctx context.Context, c *config.Config, facts *resolve.Universe, e matrix.Environment, pins Pins) ([]string, error) {
	if len(c.Packages) == 0 && !e.Suite.Install.Stated {
		return nil, nil
	}
	reached, err := facts.Target(c.Target(e.Python)).Checkouts(ctx, Problem(c, e), pins)
	if err != nil {
		return nil, err
	}
	var list []string
	add := func(name string) {
		if name = pep508.NormalizeName(name); slices.Contains(reached, name) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	for i := range e.Suite.Install.Packages {
		add(c.Installation(&e.Suite.Install.Packages[i]).Name)
	}
	for i := range c.Packages {
		add(c.Packages[i].Name.Text)
	}
	if e.Suite.Install.Stated {
		add(c.Project.Name.Text)
	}
	return list, nil
}

// BuildProblem returns what has to be resolved for the builds of any Python.
func BuildProblem(c *config.Config) *resolve.Problem {
	return &resolve.Problem{Roots: roots(c, c.Build)}
}

func roots(c *config.Config, requirements []config.Requirement) []resolve.Root {
	var list []resolve.Root
	for _, r := range requirements {
		list = append(list, root(c, r))
	}
	return list
}

func root(c *config.Config, r config.Requirement) resolve.Root {
	return resolve.Root{Requirement: r.Requirement, Origin: fmt.Sprintf("%s:%d", c.FileOf(r), r.Line)}
}

// Exactly returns the requirement of one release of a package.
func Exactly(p config.Package, v pep440.Version) pep508.Requirement {
	return pep508.Requirement{Name: p.Name, Extras: p.Extras, Specifiers: pep440.MustParseSpecifiers("==" + v.String())}
}

// key returns a text that is the same for problems that have the same answer on one Python.
func key(p *resolve.Problem) string {
	var b strings.Builder
	list := func(mark string, roots []resolve.Root) {
		for _, r := range roots {
			b.WriteString(mark + r.Requirement.String() + "\n")
		}
	}
	list("", p.Roots)
	list("-c ", p.Constraints)
	for _, name := range p.Lowest {
		b.WriteString("lowest " + name + "\n")
	}
	for _, checkout := range p.Provided {
		list(checkout.Name+": ", checkout.Requires)
		for _, extra := range slices.Sorted(maps.Keys(checkout.Extras)) {
			list(checkout.Name+"["+extra+"]: ", checkout.Extras[extra])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Preferences)) {
		b.WriteString(name + " " + p.Preferences[name].String() + "\n")
	}
	return b.String()
}
