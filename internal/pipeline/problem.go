package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/resolve"
)

// problem is what has to be resolved for an environment: its release, the rules that match, what the SDK requires and
// what every environment has, in that order, under the constraints.
func problem(c *config.Config, e matrix.Environment) *resolve.Problem {
	p := &resolve.Problem{Provided: []string{c.Project.Name.Text}}
	root := func(r pep508.Requirement, pos config.Pos) {
		p.Roots = append(p.Roots, resolve.Root{Requirement: r, Origin: origin(c, pos)})
	}
	roots := func(requirements []config.Requirement) {
		for _, r := range requirements {
			root(r.Requirement, r.Pos)
		}
	}
	if !e.Pick.IsStatic() {
		root(exactly(e.Suite.Config.Package, e.Pick.Version), e.Suite.Pos)
	}
	roots(e.Requires())
	if e.Suite.Static == nil || !e.Suite.Static.SkipInstall {
		roots(c.Project.Requires)
		roots(c.Testenv.Requires)
	}
	for i := range c.Constraints {
		if k := &c.Constraints[i]; constrains(k, e) {
			p.Constraints = append(p.Constraints, resolve.Root{Requirement: k.Requirement.Requirement, Origin: origin(c, k.Requirement.Pos)})
		}
	}
	return p
}

// constrains says whether a constraint is for an environment.
func constrains(k *config.Constraint, e matrix.Environment) bool {
	when := config.When{Pythons: k.When}
	return when.MatchesPython(e.Python.Short()) &&
		(len(k.Suites) == 0 || slices.ContainsFunc(k.Suites, func(n config.Name) bool { return n.Text == e.Suite.Name }))
}

// exactly is the requirement of one release of a package.
func exactly(p config.Package, v pep440.Version) pep508.Requirement {
	return pep508.Requirement{Name: p.Name, Extras: p.Extras, Specifiers: pep440.MustParseSpecifiers("==" + v.String())}
}

func origin(c *config.Config, pos config.Pos) string { return fmt.Sprintf("%s:%d", c.File, pos.Line) }

// key is the same for problems that have the same answer on one Python.
func key(p *resolve.Problem) string {
	var b strings.Builder
	list := func(mark string, roots []resolve.Root) {
		for _, r := range roots {
			b.WriteString(mark + r.Requirement.String() + "\n")
		}
	}
	list("", p.Roots)
	list("-c ", p.Constraints)
	for _, name := range sortedKeys(p.Preferences) {
		b.WriteString(name + " " + p.Preferences[name].String() + "\n")
	}
	return b.String()
}
