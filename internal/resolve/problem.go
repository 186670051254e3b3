package resolve

import (
	"fmt"
	"strings"

	"toxgen/internal/foreign"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// Root is a requirement that people made, and where.
type Root struct {
	Requirement pep508.Requirement
	// Origin is the place that a conflict names, such as `requirements.txt:3`; it may be empty.
	Origin string
}

// String is the requirement with its place.
func (r *Root) String() string {
	text := foreign.Text(r.Requirement.String())
	if r.Origin == "" {
		return text
	}
	return text + " (" + foreign.Text(r.Origin) + ")"
}

// Problem is what a resolution is asked.
type Problem struct {
	// Roots in the order in which pip would read them: of several solutions their order chooses one.
	Roots []Root
	// Constraints restrict projects wherever they are demanded and install nothing (pip's -c).
	Constraints []Root
	// Preferences are versions by normalised name that are tried first, wherever they would be candidates anyway.
	Preferences map[string]pep440.Version
	// Provided are normalised names of projects that are there already: what is demanded of them is met, and they get no
	// pin.
	Provided []string
}

// compiled is a problem in the terms of a target.
type compiled struct {
	target *Target
	// roots are the demands of the roots, those with extras last: so what others demand of the project is known when
	// its candidates with extras are looked for (rule 2).
	roots []demand
	// order is the place of an identifier among the roots.
	order map[*identifier]uint32
	// constraints are by project, with where they are from.
	constraints map[string][]*clauses
	constrained map[string][]*Root
	preferences map[string]pep440.Version
	provided    map[string]bool
	ahead       *ahead
}

// compile leaves out roots and constraints whose markers do not hold.
func (t *Target) compile(p *Problem) (*compiled, error) {
	c := &compiled{
		target: t, order: map[*identifier]uint32{}, constraints: map[string][]*clauses{}, constrained: map[string][]*Root{},
		preferences: p.Preferences, provided: map[string]bool{},
	}
	for _, name := range p.Provided {
		c.provided[pep508.NormalizeName(name)] = true
	}
	for i := range p.Constraints {
		if err := c.constrain(&p.Constraints[i]); err != nil {
			return nil, err
		}
	}
	var extended []demand
	for i := range p.Roots {
		root := &p.Roots[i]
		r, err := c.applying(root)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		list := r.demands(nil, root)
		if _, ordered := c.order[list[0].on]; !ordered {
			c.order[list[0].on] = uint32(i)
		}
		for _, d := range list {
			if len(d.on.extras) > 0 {
				extended = append(extended, d)
			} else {
				c.roots = append(c.roots, d)
			}
		}
	}
	c.roots = append(c.roots, extended...)
	return c, nil
}

// applying gives the requirement of a root, nil if its marker does not hold.
func (c *compiled) applying(root *Root) (*requirement, error) {
	if m := root.Requirement.Marker; m != nil {
		holds, err := m.Evaluate(c.target.environment, "")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", root, err)
		}
		if !holds {
			return nil, nil
		}
	}
	return c.target.universe.newRequirement(root.Requirement.String(), root.Requirement), nil
}

func (c *compiled) constrain(root *Root) error {
	r, err := c.applying(root)
	switch {
	case r == nil || err != nil:
		return err
	case r.url != "" || r.extended != nil:
		return fmt.Errorf("constraint %s: a constraint has neither a URL nor extras", root)
	case r.clauses != nil:
		name := r.project.project
		c.constraints[name], c.constrained[name] = append(c.constraints[name], r.clauses), append(c.constrained[name], root)
	}
	return nil
}

// identifier is what a resolution decides about: a project, or a project with extras, `gql[all]`. The latter has
// candidates of its own, each of which demands the very same file for the project, so that all of them agree; it
// stands for what the extras add.
type identifier struct {
	name    string
	project string
	// extras are normalised and sorted; a project has none.
	extras []string
}

// pythonIdentifier stands for the interpreter. Releases whose metadata state a Requires-Python demand it. It has one
// candidate and takes a round of its own, which counts when pip's search is to be followed.
var pythonIdentifier = &identifier{name: "<Python from Requires-Python>"}

// identify gives the one identifier of a project with extras, each of them normalised.
func (u *Universe) identify(project string, extras []string) *identifier {
	name := project
	if len(extras) > 0 {
		name += "[" + strings.Join(extras, ",") + "]"
	}
	if known, found := u.identifiers.Load(name); found {
		return known.(*identifier)
	}
	known, _ := u.identifiers.LoadOrStore(name, &identifier{name, project, extras})
	return known.(*identifier)
}
