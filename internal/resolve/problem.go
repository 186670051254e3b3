package resolve

import (
	"fmt"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// Root is a requirement written by a user, and its place.
type Root struct {
	Requirement pep508.Requirement
	// Origin is the place that a conflict names, such as `requirements.txt:3`. It is empty for a root that stands nowhere:
	// no hint proposes to change it.
	Origin string
}

// String returns the requirement with its place.
func (r *Root) String() string {
	text := display.Cut(r.Requirement.String())
	if r.Origin == "" {
		return text
	}
	return text + " (" + r.Origin + ")"
}

// Problem is the input of a resolution.
type Problem struct {
	// Roots are in the order in which pip would read them. Their order decides which of several solutions is found.
	Roots []Root
	// Constraints restrict projects wherever they are demanded and install nothing (pip's -c).
	Constraints []Root
	// Preferences are the versions to try first, by normalised name. They do not make a release a candidate.
	Preferences map[string]pep440.Version
	// Lowest are the normalised names of projects whose lowest releases are wanted, the most important ones first.
	Lowest []string
	// Provided are projects that are installed from checkouts.
	Provided []Provided
	// Steps bounds the work of the resolution. If it is 0, only [MaximumSteps] does. A lower bound never leads to other
	// pins; it leads to a [Conflict] that is Undecided where more steps are needed.
	Steps int
}

// Provided is a project that is installed from a checkout and gets no pin. A demand on it is met, whatever version it asks
// for. In its place, what the project requires itself is demanded. Its markers can be evaluated on the target.
type Provided struct {
	Name string
	// Requires are its requirements, Extras those of its extras, by normalised name.
	Requires []Root
	Extras   map[string][]Root
}

// compiled is a problem as a target sees it.
type compiled struct {
	target *Target
	// roots are the demands of the roots. Those with extras come last, so that the demands on the project itself are
	// known when its candidates with extras are computed (rule 2).
	roots []demand
	// order is the position of an identifier among the roots.
	order map[*identifier]uint32
	// constraints are the specifiers that bind a project, by its name; constrained are the constraints that they come
	// from, in the same order.
	constraints map[string][]*clauses
	constrained map[string][]*Root
	preferences map[string]pep440.Version
	checkouts   checkouts
	ahead       *ahead
}

// compile parses a problem for the target. It leaves out roots and constraints whose markers do not hold.
func (t *Target) compile(p *Problem) (*compiled, error) {
	c := &compiled{
		target: t, order: map[*identifier]uint32{}, constraints: map[string][]*clauses{}, constrained: map[string][]*Root{},
		preferences: p.Preferences, checkouts: newCheckouts(p.Provided),
	}
	for i := range p.Constraints {
		if err := c.constrain(&p.Constraints[i]); err != nil {
			return nil, err
		}
	}
	var extended []demand
	position := uint32(0)
	add := func(root *Root, r *requirement) {
		list := r.demands(nil, root)
		if _, ordered := c.order[list[0].on]; !ordered {
			c.order[list[0].on] = position
		}
		position++
		for _, d := range list {
			if len(d.on.extras) > 0 {
				extended = append(extended, d)
			} else {
				c.roots = append(c.roots, d)
			}
		}
	}
	seen := map[string]bool{}
	for i := range p.Roots {
		if err := c.replace(&p.Roots[i], seen, add); err != nil {
			return nil, err
		}
	}
	c.roots = append(c.roots, extended...)
	return c, nil
}

// applicable returns the requirement of a root, or nil if its marker does not hold.
func (c *compiled) applicable(root *Root) (*requirement, error) {
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
	r, err := c.applicable(root)
	switch {
	case r == nil || err != nil:
		return err
	case r.url != "" || r.extended != nil:
		return fmt.Errorf("constraint %s: a constraint must not have a URL or extras", root)
	case r.clauses != nil:
		name := r.project.project
		c.constraints[name], c.constrained[name] = append(c.constraints[name], r.clauses), append(c.constrained[name], root)
	}
	return nil
}

// identifier is what a resolution decides about: a project, or a project with extras such as `gql[all]`. A project
// with extras has candidates of its own; each demands the same file for the project itself, so that both agree, and
// adds the requirements of the extras.
type identifier struct {
	name    string
	project string
	// extras are normalised and sorted; they are empty for a project.
	extras []string
}

// pythonIdentifier stands for the interpreter. Releases whose metadata state a Requires-Python demand it. It has one
// candidate. Deciding it takes a round, as it does in pip, whose rounds are counted.
var pythonIdentifier = &identifier{name: "<Python from Requires-Python>"}

// identify returns the only identifier of a project with extras, which must be normalised and sorted.
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
