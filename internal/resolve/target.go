package resolve

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"toxgen/internal/display"
	"toxgen/internal/memo"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
	"toxgen/internal/wheel"
)

// Target is what one python.Target sees in a Universe, whatever machine runs the program. It keeps for each project which
// files it can use, in what order, and what each of them demands. Many resolutions may use it at once.
type Target struct {
	universe *Universe
	python   python.Version
	// version is the version that a Requires-Python is compared with.
	version     pep440.Version
	environment *pep508.Environment
	tags        *wheel.Tags
	pools       memo.Map[string, *pool]
	admitted    sync.Map // text of a Requires-Python to bool
	// interpreter is the only candidate of pythonIdentifier.
	interpreter *candidate
}

func newTarget(u *Universe, p python.Target) *Target {
	version := pep440.MustParse(p.Final())
	return &Target{
		universe: u, python: p.Version, version: version,
		environment: pep508.NewEnvironment(p),
		tags:        wheel.Compatible(p),
		interpreter: &candidate{file: &File{Version: version}},
	}
}

// obstacle is why a target cannot use a file.
type obstacle int

const (
	noObstacle obstacle = iota
	hidden
	otherTags
	otherPython // a source distribution for another Python line
	requiresPython
)

// obstacle returns why the target cannot use a file. If it can use a wheel, rank is the position of the wheel's best
// tag among those of the target.
func (t *Target) obstacle(f *File) (o obstacle, rank int) {
	if f.Hidden != "" {
		return hidden, 0
	}
	if f.Sdist {
		rank = sdistRank
		if f.SdistPython != "" && f.SdistPython != t.python.MinorText() {
			return otherPython, 0
		}
	} else {
		var ok bool
		if rank, ok = t.tags.Best(f.Tags); !ok {
			return otherTags, 0
		}
	}
	if !t.satisfies(f.RequiresPython) {
		return requiresPython, 0
	}
	return noObstacle, rank
}

// satisfies reports whether the interpreter satisfies a Requires-Python. An invalid text excludes nothing (rule 8).
// The answers are kept: files have few different texts.
func (t *Target) satisfies(requiresPython string) bool {
	if requiresPython == "" {
		return true
	}
	if known, found := t.admitted.Load(requiresPython); found {
		return known.(bool)
	}
	python, err := pep440.ParseSpecifiers(requiresPython)
	admitted := err != nil || python.Match(t.version)
	t.admitted.Store(requiresPython, admitted)
	return admitted
}

// pool is the files of a project that a target can use.
type pool struct {
	target  *Target
	project *project
	// usable are the candidates of each release. They are computed when they are first needed: of the thousands of
	// files of a large project most never are.
	usable []atomic.Pointer[[]*candidate]
}

// pool returns the pool of a project.
func (t *Target) pool(ctx context.Context, name string) (*pool, error) {
	return t.pools.Get(ctx, name, func() (*pool, error) {
		p, err := t.universe.project(ctx, name)
		if err != nil {
			return nil, err
		}
		return &pool{target: t, project: p, usable: make([]atomic.Pointer[[]*candidate], len(p.page.Releases))}, nil
	})
}

// newest returns the newest final release with a file that the target can use and that is not yanked, and whether there is one.
func (p *pool) newest() (pep440.Version, bool) {
	for i := range p.project.page.Releases {
		if v := p.project.page.Releases[i].Version; !v.IsPrerelease() && slices.ContainsFunc(p.candidates(i), func(c *candidate) bool { return !c.file.Yanked }) {
			return v, true
		}
	}
	return pep440.Version{}, false
}

// release returns the index of the release of a version, and whether there is one.
func (p *pool) release(v pep440.Version) (int, bool) {
	return slices.BinarySearchFunc(p.project.page.Releases, v, func(r Release, v pep440.Version) int { return v.Compare(r.Version) })
}

// stepsPerSearch is how many releases a binary search looks at, about.
const stepsPerSearch = 16

// narrow returns a range of releases. Outside of it the clauses match nothing; it is as narrow as binary search can
// find.
func (p *pool) narrow(c *clauses) (from, to int) {
	releases := p.project.page.Releases
	to = len(releases)
	// first returns the index of the first release, from the newest to the oldest, for which holds is true.
	first := func(holds func(pep440.Version) bool) int {
		return sort.Search(len(releases), func(i int) bool { return holds(releases[i].Version) })
	}
	for _, clause := range c.Clauses() {
		switch clause.Operator() {
		case ">=", ">":
			to = min(to, first(func(v pep440.Version) bool { return !clause.Match(v) }))
		case "<=", "<":
			from = max(from, first(clause.Match))
		case "==":
			if pinned, err := pep440.Parse(clause.Version()); err == nil { // it is not a version if it has a wildcard
				from = max(from, first(func(v pep440.Version) bool { return clause.Match(v) || v.Compare(pinned) <= 0 }))
				to = min(to, first(func(v pep440.Version) bool { return v.Compare(pinned) < 0 }))
			}
		}
	}
	return from, to
}

// candidates returns the usable files of the i-th release, the best first (rule 6): by tag, wheels before source
// distributions, then by build tag, then the file listed later.
func (p *pool) candidates(i int) []*candidate {
	if list := p.usable[i].Load(); list != nil {
		return *list
	}
	list := []*candidate{}
	var files []File
	if p.target.satisfies(p.project.page.Releases[i].RequiresPython) { // an old Python passes over all that is new
		files = p.project.filesOf(i)
	}
	for k := range files {
		if o, rank := p.target.obstacle(&files[k]); o == noObstacle {
			list = append(list, &candidate{pool: p, file: &files[k], place: p.project.places[i] + k, rank: rank})
		}
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), b.file.Build.Compare(a.file.Build), cmp.Compare(b.place, a.place))
	})
	if !p.usable[i].CompareAndSwap(nil, &list) {
		return *p.usable[i].Load() // the list of another goroutine: candidates are compared by their addresses
	}
	return list
}

// candidate is a file that a target can use.
type candidate struct {
	pool *pool
	file *File
	// place is the position of the file among those of its project, rank that of its best tag among those of the target.
	place, rank int
	// known is nil until the metadata are needed.
	known atomic.Pointer[knowledge]
	// extensions is a list of what the candidate demands for each set of extras that was needed so far.
	extensions atomic.Pointer[extendedDemands]
}

// sdistRank is worse than the rank of any tag.
const sdistRank = math.MaxInt

// knowledge is the facts of a file and what it therefore demands on the target.
type knowledge struct {
	*facts
	demands []demand
}

type extendedDemands struct {
	by      *identifier
	demands []demand
	// steps is what it took to find the demands.
	steps int
	next  *extendedDemands
}

// know returns what the metadata of the candidate say, reading them if need be.
func (c *candidate) know(ctx context.Context) (*knowledge, error) {
	if k := c.known.Load(); k != nil {
		return k, nil
	}
	t := c.pool.target
	f, err := t.universe.facts(ctx, c.pool.project.name, c.file)
	if err != nil {
		return nil, err
	}
	k := &knowledge{facts: f}
	if f.defect == sound {
		if f.python != nil {
			k.demands = append(k.demands, demand{on: pythonIdentifier, met: f.python.Match(t.version), python: f.python.String()})
		}
		if k.demands, _, err = t.demands(k.demands, f.requirements, []string{""}); err != nil {
			k = &knowledge{facts: &facts{defect: badRelease, stated: f.stated, reason: "invalid marker: " + display.Cut(err.Error())}}
		}
	}
	if !c.known.CompareAndSwap(nil, k) {
		k = c.known.Load()
	}
	return k, nil
}

// demands appends the demands of requirements to list. A requirement counts if its marker holds for one of the
// extras; without a marker it always does. steps is what that takes.
func (t *Target) demands(list []demand, requirements []*requirement, extras []string) (all []demand, steps int, err error) {
	for _, r := range requirements {
		holds := r.marker == nil
		for _, extra := range distinguished(r.marker, extras) {
			if holds {
				break
			}
			steps += r.marker.Comparisons() * stepsPerComparison
			if holds, err = r.marker.Evaluate(t.environment, extra); err != nil {
				return nil, steps, err
			}
		}
		if steps++; holds {
			list = r.demands(list, nil)
		}
	}
	return list, steps, nil
}

// distinguished returns those of the extras, which must be sorted, with which a marker has to be evaluated: it holds
// alike with all that it does not name.
func distinguished(m *pep508.Marker, extras []string) []string {
	names, open := m.Extras()
	if open || len(extras) == 1 {
		return extras
	}
	var list []string
	for _, name := range names {
		if _, found := slices.BinarySearch(extras, name); found {
			list = append(list, name)
		}
	}
	for _, extra := range extras {
		if _, found := slices.BinarySearch(names, extra); !found {
			return append(list, extra)
		}
	}
	return list
}

// demandsOf returns what the candidate, which must be known, demands as a candidate of id. With extras the first
// demand is the same file for the project (rule 2). Extras that the release does not provide are ignored.
func (c *candidate) demandsOf(id *identifier) []demand {
	switch {
	case c.pool == nil:
		return nil // the interpreter
	case len(id.extras) == 0:
		return c.known.Load().demands
	default:
		return c.extended(id).demands
	}
}

// extended returns what the candidate demands with extras.
func (c *candidate) extended(id *identifier) *extendedDemands {
	for {
		head := c.extensions.Load()
		for e := head; e != nil; e = e.next {
			if e.by == id {
				return e
			}
		}
		made := c.extend(id)
		if made.next = head; c.extensions.CompareAndSwap(head, made) {
			return made
		}
	}
}

func (c *candidate) extend(id *identifier) *extendedDemands {
	t, k := c.pool.target, c.known.Load()
	list := []demand{{on: t.universe.identify(id.project, nil), exact: c}}
	extras := make([]string, 0, len(id.extras))
	for _, extra := range id.extras {
		if _, provided := slices.BinarySearch(k.extras, extra); provided {
			extras = append(extras, extra)
		}
	}
	if len(extras) == 0 {
		extras = []string{""}
	}
	// A marker that cannot be evaluated fails with any extra, so know would have found it.
	list, steps, _ := t.demands(list, k.requirements, extras)
	return &extendedDemands{by: id, demands: list, steps: steps}
}
