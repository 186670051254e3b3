package resolve

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"sync/atomic"

	"toxgen/internal/pep440"
)

// pool is the files of a project that a target can use.
type pool struct {
	target  *Target
	project *project
	// usable are the candidates of each release, made when somebody first looks at it: of the thousands of files of a
	// large project most are never looked at.
	usable []atomic.Pointer[[]*candidate]
}

// pool gives what the target can use of a project.
func (t *Target) pool(ctx context.Context, name string) (*pool, error) {
	return t.pools.get(ctx, name, func() (*pool, error) {
		p, err := t.universe.project(ctx, name)
		if err != nil {
			return nil, err
		}
		return &pool{target: t, project: p, usable: make([]atomic.Pointer[[]*candidate], len(p.releases))}, nil
	})
}

// release gives the place of a version.
func (p *pool) release(v pep440.Version) (int, bool) {
	return slices.BinarySearchFunc(p.project.releases, v, func(r release, v pep440.Version) int { return v.Compare(r.version) })
}

// narrow gives the range of releases outside of which some clause matches nothing, as far as that can be told by
// halving.
func (p *pool) narrow(list []*clauses) (from, to int) {
	releases := p.project.releases
	to = len(releases)
	// first gives the place of the first release, in the order from new to old, for which what is asked holds.
	first := func(holds func(pep440.Version) bool) int {
		return sort.Search(len(releases), func(i int) bool { return holds(releases[i].version) })
	}
	for _, c := range list {
		for _, clause := range c.Clauses() {
			switch clause.Operator() {
			case ">=", ">":
				to = min(to, first(func(v pep440.Version) bool { return !clause.Match(v) }))
			case "<=", "<":
				from = max(from, first(clause.Match))
			case "==":
				if pinned, err := pep440.Parse(clause.Version()); err == nil { // else it has a wildcard
					from = max(from, first(func(v pep440.Version) bool { return clause.Match(v) || v.Compare(pinned) <= 0 }))
					to = min(to, first(func(v pep440.Version) bool { return v.Compare(pinned) < 0 }))
				}
			}
		}
	}
	return from, max(from, to)
}

// candidates gives the usable files of the i-th release, the best first: by tag, wheels before source
// distributions, then by build tag; of equals the one listed later (rule 6).
func (p *pool) candidates(i int) []*candidate {
	if list := p.usable[i].Load(); list != nil {
		return *list
	}
	list := []*candidate{}
	for _, place := range p.project.releases[i].places {
		file := &p.project.files[place]
		if o, rank := p.target.obstacle(file); o == none {
			list = append(list, &candidate{pool: p, file: file, place: place, rank: rank})
		}
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), b.file.Build.Compare(a.file.Build), cmp.Compare(b.place, a.place))
	})
	if !p.usable[i].CompareAndSwap(nil, &list) {
		return *p.usable[i].Load() // somebody else's list: a candidate is known by its address
	}
	return list
}
