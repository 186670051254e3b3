package resolve

import (
	"context"
	"errors"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// lowest answers a problem with the lowest releases of the projects that [Problem].Lowest names, and the newest of all
// others. Pip has no such mode; uv has it as `--resolution lowest-direct`.
//
// If the lowest releases that the roots admit go together, they are the answer. Otherwise one project after the other gets the
// lowest release with which there is an answer.
func (t *Target) lowest(ctx context.Context, p *Problem) (*Result, error) {
	one := *p
	one.Lowest = nil
	answer := func(p *Problem) (*Result, error) {
		if p.Steps < 0 {
			return nil, &Conflict{Message: "the search for the lowest releases took too many steps", Undecided: true}
		}
		result, steps, err := t.resolve(ctx, p)
		one.Steps -= steps
		return result, err
	}
	if one.Steps <= 0 || one.Steps > MaximumSteps {
		one.Steps = MaximumSteps
	}
	found, err := answer(&one)
	if err != nil {
		return nil, err
	}
	chosen := func(name string) (pep440.Version, bool) {
		for _, pin := range found.Pins {
			if pin.Name == name {
				return pin.Version, true
			}
		}
		return pep440.Version{}, false
	}
	lower := map[string][]pep440.Version{}
	all := one
	for _, name := range p.Lowest {
		if v, pinned := chosen(name); pinned {
			if lower[name], err = t.below(ctx, p, name, v); err != nil {
				return nil, err
			}
			if len(lower[name]) > 0 {
				all.Constraints = append(all.Constraints[:len(all.Constraints):len(all.Constraints)], exactly(name, lower[name][0]))
			}
		}
	}
	var conflict *Conflict
	switch result, err := answer(&all); {
	case err == nil:
		return result, nil
	case !errors.As(err, &conflict) || conflict.Undecided:
		return nil, err
	}
	for _, name := range p.Lowest {
		v, pinned := chosen(name)
		if !pinned {
			continue
		}
		before := one.Constraints[:len(one.Constraints):len(one.Constraints)]
		for _, lower := range append(lower[name], v) {
			one.Constraints = append(before, exactly(name, lower))
			result, err := answer(&one)
			if err == nil {
				found = result
				break
			}
			if !errors.As(err, &conflict) || conflict.Undecided {
				return nil, err
			}
		}
	}
	return found, nil
}

// exactly returns a constraint to one version of a project.
func exactly(name string, v pep440.Version) Root {
	return Root{Requirement: pep508.Requirement{Name: name, Specifiers: pep440.MustParseSpecifiers("==" + v.String())}}
}

// below returns the final releases of a project, in ascending order, that are lower than one which was found, and that the roots
// and constraints admit and the target can use.
func (t *Target) below(ctx context.Context, p *Problem, name string, found pep440.Version) ([]pep440.Version, error) {
	c, err := t.compile(p)
	if err != nil {
		return nil, err
	}
	pool, err := t.pool(ctx, name)
	if err != nil {
		return nil, err
	}
	admitted := func(v pep440.Version) bool {
		for i := range c.roots {
			if d := &c.roots[i]; d.on.project == name && !d.admitsVersion(v) {
				return false
			}
		}
		for _, constraint := range c.constraints[name] {
			if !constraint.Match(v) {
				return false
			}
		}
		return true
	}
	var list []pep440.Version
	releases := pool.project.page.Releases
	for i := len(releases) - 1; i >= 0; i-- {
		v := releases[i].Version
		if v.Compare(found) >= 0 {
			break
		}
		if v.IsPrerelease() || !admitted(v) {
			continue
		}
		for _, c := range pool.candidates(i) {
			if !c.file.Yanked {
				list = append(list, v)
				break
			}
		}
	}
	return list, nil
}
