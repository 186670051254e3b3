package lock

import (
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
	p := &resolve.Problem{Provided: []string{c.Project.Name.Text}}
	if !e.Pick.IsStatic() {
		// No origin: the release was picked, so that nowhere in the configuration it could be changed.
		p.Roots = append(p.Roots, resolve.Root{Requirement: Exactly(e.Suite.Config.Package, e.Pick.Version)})
	}
	p.Roots = append(p.Roots, roots(c, e.Roots(c))...)
	for _, k := range e.Constraints(c) {
		p.Constraints = append(p.Constraints, root(c, k.Requirement))
	}
	return p
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
	for _, name := range slices.Sorted(maps.Keys(p.Preferences)) {
		b.WriteString(name + " " + p.Preferences[name].String() + "\n")
	}
	return b.String()
}
