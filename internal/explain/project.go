package explain

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// project explains where a project is pinned, or returns nil if no environment or build pins it. The environments of suites
// that follow the project do not count: they pin what is tested.
func (x *inquiry) project(ctx context.Context, name string) (*Project, error) {
	name = pep508.NormalizeName(name)
	p := &Project{Name: name, Followed: slices.Contains(x.Config.Followed(), name)}
	versions := map[string]*gathered{}
	at := func(v pep440.Version) *gathered {
		one := versions[v.Canonical()]
		if one == nil {
			one = &gathered{version: v, requiredBy: map[string]int{}, kept: map[string]int{}}
			versions[v.Canonical()] = one
		}
		return one
	}
	var binding []*config.Constraint
	for _, e := range x.matrix.Environments() {
		v, pinned := x.Lock.Environments[e.Release().Name()][name]
		if !pinned || e.Alias || e.Suite.Config != nil && e.Suite.Config.Package.Key == name {
			continue
		}
		one := at(v)
		one.Environments = append(one.Environments, e.Name())
		if !slices.Contains(one.Suites, e.Suite.Name) {
			one.Suites = append(one.Suites, e.Suite.Name)
		}
		proved, err := x.prove(ctx, e)
		if err != nil {
			return nil, err
		}
		if err := one.add(ctx, proved, name); err != nil {
			return nil, err
		}
		for _, c := range x.binding(e) {
			if c.Requirement.Key() == name && !slices.Contains(binding, c) {
				binding = append(binding, c)
			}
		}
	}
	for _, python := range x.Config.Interpreters() {
		if v, pinned := x.Lock.Builds[python][name]; pinned {
			one := at(v)
			one.Builds = append(one.Builds, python.Short())
		}
	}
	if len(versions) == 0 {
		return nil, nil
	}
	all := slices.SortedFunc(maps.Values(versions), func(a, b *gathered) int { return b.version.Compare(a.version) })
	for _, one := range all {
		p.Versions = append(p.Versions, one.pinned())
	}
	if newest, found := x.newest(name, all[0].version.IsPrerelease()); found {
		p.Newest = newest.String()
	}
	for _, c := range binding {
		p.Rules = append(p.Rules, x.constraint(c))
	}
	p.Rules = append(p.Rules, x.metadata(name)...)
	return p, nil
}

// gathered is what is found of a pinned release while the environments are looked at.
type gathered struct {
	Pinned
	version          pep440.Version
	requiredBy, kept map[string]int
}

// add adds what an environment says of its pin of a project.
func (g *gathered) add(ctx context.Context, p *proved, project string) error {
	if p.required == nil {
		g.Unproven = append(g.Unproven, p.environment.Name())
		return nil
	}
	by := map[string]bool{}
	for _, required := range p.required {
		if required.Project != project {
			continue
		}
		for _, q := range required.By {
			by[cmp.Or(q.Project, q.Origin)+" requires "+display.Cut(q.Requirement)] = true
		}
	}
	for text := range by {
		g.requiredBy[text]++
	}
	newer, err := p.newer(ctx, project)
	if err != nil || newer == nil {
		return err
	}
	for _, why := range newer.Why {
		g.kept[why]++
	}
	if len(newer.Why) == 0 {
		g.Free++
	}
	return nil
}

// pinned returns what was gathered.
func (g *gathered) pinned() Pinned {
	p := g.Pinned
	p.Version, p.RequiredBy, p.Kept = g.version.String(), counted(g.requiredBy), counted(g.kept)
	return p
}

// counted returns texts by the number of their environments, the most first.
func counted(numbers map[string]int) []Counted {
	var all []Counted
	for _, text := range slices.Sorted(maps.Keys(numbers)) {
		all = append(all, Counted{text, numbers[text]})
	}
	slices.SortStableFunc(all, func(a, b Counted) int { return cmp.Compare(b.Environments, a.Environments) })
	return all
}
