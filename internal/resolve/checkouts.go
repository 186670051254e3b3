package resolve

import (
	"context"
	"maps"
	"slices"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// checkouts are the provided projects of a problem.
type checkouts struct {
	// provided are the projects by normalised name.
	provided map[string]*Provided
	// reached are the names of those on which something was demanded.
	reached map[string]bool
	// replaced are the lists of demands in which others have been replaced, by their first elements: a search compares
	// demands by their addresses.
	replaced map[*demand][]demand
}

// newCheckouts returns provided projects.
func newCheckouts(list []Provided) checkouts {
	c := checkouts{provided: map[string]*Provided{}, reached: map[string]bool{}, replaced: map[*demand][]demand{}}
	for i := range list {
		c.provided[pep508.NormalizeName(list[i].Name)] = &list[i]
	}
	return c
}

// replace calls each for a root whose marker holds or, if the root is on a provided project, for what that project requires.
// seen holds the provided projects, and their extras, that have been followed.
func (c *compiled) replace(root *Root, seen map[string]bool, each func(*Root, *requirement)) error {
	r, err := c.applicable(root)
	if r == nil || err != nil {
		return err
	}
	p := c.checkouts.provided[r.project.project]
	if p == nil {
		each(root, r)
		return nil
	}
	return c.reach(p, r.on(), seen, each)
}

// reach calls each for what a provided project requires with the extras of an identifier.
func (c *compiled) reach(p *Provided, id *identifier, seen map[string]bool, each func(*Root, *requirement)) error {
	c.checkouts.reached[id.project] = true
	if err := c.follow(p, "", seen, each); err != nil {
		return err
	}
	for _, extra := range id.extras {
		if err := c.follow(p, extra, seen, each); err != nil {
			return err
		}
	}
	return nil
}

// follow calls each for what one extra of a provided project requires or, if the extra is empty, the project itself.
func (c *compiled) follow(p *Provided, extra string, seen map[string]bool, each func(*Root, *requirement)) error {
	key := pep508.NormalizeName(p.Name) + "[" + extra + "]"
	if seen[key] {
		return nil
	}
	seen[key] = true
	list := p.Requires
	if extra != "" {
		list = p.Extras[extra]
	}
	for i := range list {
		if err := c.replace(&list[i], seen, each); err != nil {
			return err
		}
	}
	return nil
}

// demandsOf returns what a candidate, which must be known, demands as a candidate of id. Demands on provided projects are
// replaced by what these require.
func (c *compiled) demandsOf(of *candidate, id *identifier) []demand {
	list := of.demandsOf(id)
	provided := func(d demand) bool { return c.checkouts.provided[d.on.project] != nil }
	if !slices.ContainsFunc(list, provided) {
		return list
	}
	if known, found := c.checkouts.replaced[&list[0]]; found {
		return known
	}
	made := []demand{}
	seen := map[string]bool{}
	for _, d := range list {
		p := c.checkouts.provided[d.on.project]
		if p == nil {
			made = append(made, d)
			continue
		}
		// a requirement whose marker cannot be evaluated is left out with those after it: Provided excludes such markers
		_ = c.reach(p, d.on, seen, func(root *Root, r *requirement) { made = r.demands(made, root) })
	}
	c.checkouts.replaced[&list[0]] = made
	return made
}

// Checkouts returns the names of the provided projects that roots and pins demand, normalised and sorted.
func (t *Target) Checkouts(ctx context.Context, p *Problem, pins map[string]pep440.Version) ([]string, error) {
	v, err := t.walk(ctx, p, pins, nil)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(v.checkouts.reached)), nil
}
