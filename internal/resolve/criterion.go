package resolve

import (
	"context"
	"iter"
	"slices"

	"toxgen/internal/pep440"
)

// criterion is all that is demanded of a node, and what that leaves of its candidates. It is immutable.
type criterion struct {
	demands *demands
	matches matches
	// stale says that demands have become fewer since matches were computed: pip does not widen a choice again before
	// the next demand comes.
	stale bool
	// first is the first that matches; next is where to go on from.
	first *candidate
	next  int
}

// newCriterion computes what demands leave; its first is nil if that is nothing.
func newCriterion(ctx context.Context, n *node, d *demands, excluded fileSet) (*criterion, error) {
	c := &criterion{demands: d, matches: n.matching(d)}
	c.matches.excluded = excluded
	var err error
	c.first, c.next, err = c.matches.next(ctx, beginning)
	return c, err
}

// exclude leaves out files of a node. If what is demanded is the same as in the state that is taken back, all that comes
// before the first candidate there is known not to match.
func (c *criterion) exclude(ctx context.Context, n *node, e exclusion) (*criterion, error) {
	excluded := c.matches.excluded.union(e.files)
	later := e.criterion
	if n.project != nil || later.stale || later.demands != c.demands {
		return newCriterion(ctx, n, c.demands, excluded)
	}
	less := *later
	less.matches.excluded = excluded
	var err error
	if less.first != nil && excluded.has(less.first.place) {
		less.first, less.next, err = less.matches.next(ctx, less.next)
	}
	return &less, err
}

// candidates gives all that match, the first first.
func (c *criterion) candidates(ctx context.Context) iter.Seq2[*candidate, error] {
	return func(yield func(*candidate, error) bool) {
		var err error
		for candidate, next := c.first, c.next; candidate != nil || err != nil; candidate, next, err = c.matches.next(ctx, next) {
			if !yield(candidate, err) || err != nil {
				return
			}
		}
	}
}

// matching combines the demands on a node. A project with extras is bound by the demands on the project as well, as
// they are at this time.
func (n *node) matching(own *demands) matches {
	if n.interpreter != nil {
		return n.onlyIf(n.interpreter, own, own != nil)
	}
	var base *demands
	if n.project != nil && n.project.criterion != nil {
		base = n.project.criterion.demands
	}
	switch {
	case own != nil && own.exact != nil:
		return n.onlyIf(own.exact, own, true)
	case base != nil && base.exact != nil:
		return n.onlyIf(base.exact, own, true)
	case own == nil && base == nil:
		return nothing
	}
	combined := n.constraints
	for _, d := range [...]*demands{own, base} {
		switch {
		case d == nil || len(d.clauses) == 0:
		case len(combined) == 0:
			combined = d.clauses
		default:
			combined = append(slices.Clip(combined), d.clauses...)
		}
	}
	return newMatches(n.pool, combined, n.preference)
}

// nothing are no candidates.
var nothing = matches{pool: &pool{project: &project{}}, preferred: -1}

// onlyIf leaves one file, if it meets the demands and the constraints.
func (n *node) onlyIf(c *candidate, own *demands, asked bool) matches {
	for _, constraint := range n.constraints {
		asked = asked && constraint.Match(c.file.Version)
	}
	if !asked || !own.admit(c) {
		return nothing
	}
	return matches{only: c}
}

// matches are the candidates that what is asked of an identifier leaves, found one after the other: looking at one
// means reading its metadata, and pip does not look at more than it needs.
//
// The rules, in their order (3 to 6): files that are usable, then those whose version the combined specifiers match,
// with pre-releases only if a clause names one or if no final release is left, then those not yanked, unless all that
// are left are and a clause pins. So a yanked final release still hides pre-releases. Then the newest first.
type matches struct {
	pool *pool
	// clauses are the combined specifiers.
	clauses []*clauses
	// only is the file that is demanded; nothing else matches then.
	only *candidate
	// finals says that pre-releases are left out, yanked that yanked files are not.
	finals, yanked bool
	// start is the first release with a file that matches; at end and after it none does.
	start, end int
	// preferred is the release to try first, or -1.
	preferred int
	excluded  fileSet
}

// newMatches looks for the first release and decides what becomes of pre-releases and yanked files.
func newMatches(p *pool, combined []*clauses, preference pep440.Version) matches {
	m := matches{pool: p, clauses: combined, preferred: -1, end: len(p.project.releases)}
	named, pins := false, false
	for _, c := range combined {
		named = named || c.NamesPrerelease()
		pins = pins || c.pins
	}
	m.finals = !named
	if !m.settle(pins) && m.finals {
		m.finals = false
		m.settle(pins)
	}
	m.prefer(preference)
	return m
}

// manyMisses is after how many releases that do not match it pays to look for the next that may.
const manyMisses = 16

// settle finds the start under the rule for pre-releases that is set; false if nothing matches.
func (m *matches) settle(pins bool) bool {
	m.start = m.end
	for i := 0; i < m.end; i++ {
		for _, c := range m.usable(i) {
			if !c.file.Yanked {
				m.start = i
				return true
			}
			m.start = min(m.start, i)
		}
		if i == manyMisses {
			var next int
			next, m.end = m.pool.narrow(m.clauses)
			i = max(i, next-1)
			m.start = min(m.start, m.end)
		}
	}
	found := m.start < m.end // and all that was found is yanked
	if m.yanked = pins; !pins {
		m.start = m.end
	}
	return found
}

// usable gives the files of a release that match. Most releases do not, and no file of theirs is looked at.
func (m *matches) usable(i int) []*candidate {
	r := &m.pool.project.releases[i]
	if r.mixed { // only === tells apart the texts of one version
		return slices.DeleteFunc(slices.Clone(m.pool.candidates(i)), func(c *candidate) bool { return !m.match(c.file.Version) })
	}
	if !m.match(r.version) {
		return nil
	}
	return m.pool.candidates(i)
}

func (m *matches) match(v pep440.Version) bool {
	if m.finals && v.IsPrerelease() {
		return false
	}
	for _, c := range m.clauses {
		if !c.Match(v) {
			return false
		}
	}
	return true
}

// prefer moves the release of a version to the front. Only what would be a candidate anyway is one then too.
func (m *matches) prefer(v pep440.Version) {
	if v.IsZero() {
		return
	}
	if i, found := m.pool.release(v); found && m.start <= i && i < m.end {
		m.preferred = i
	}
}

// beginning is where next starts.
const beginning = -1

// next gives the candidate that follows a place in the order, and the place to go on from; nil at the end. There is
// one candidate a release at most: the best file whose metadata are those of the release.
func (m *matches) next(ctx context.Context, from int) (*candidate, int, error) {
	if m.only != nil {
		if from == beginning && !m.excluded.has(m.only.place) {
			return m.only, 0, nil
		}
		return nil, 0, nil
	}
	if from == beginning {
		from = m.start
		if m.preferred >= 0 {
			if c, err := m.of(ctx, m.preferred); c != nil || err != nil {
				return c, from, err
			}
		}
	}
	for ; from < m.end; from++ {
		if from == m.preferred {
			continue
		}
		if c, err := m.of(ctx, from); c != nil || err != nil {
			return c, from + 1, err
		}
	}
	return nil, from, nil
}

// of gives the candidate of a release, nil if there is none.
func (m *matches) of(ctx context.Context, i int) (*candidate, error) {
	for _, c := range m.usable(i) {
		if c.file.Yanked && !m.yanked {
			continue
		}
		if m.excluded.has(c.place) {
			return nil, nil
		}
		k, err := c.know(ctx)
		if err != nil {
			return nil, err
		}
		switch k.fault {
		case inconsistent:
			continue
		case invalid:
			return nil, nil
		default:
			return c, nil
		}
	}
	return nil, nil
}

// fileSet is a set of a project's files by place. It is immutable.
type fileSet []uint64

func (s fileSet) has(place int) bool { return place/64 < len(s) && s[place/64]>>(place%64)&1 != 0 }

func (s fileSet) with(place int) fileSet {
	grown := make(fileSet, max(len(s), place/64+1))
	copy(grown, s)
	grown[place/64] |= 1 << (place % 64)
	return grown
}

func (s fileSet) union(t fileSet) fileSet {
	if len(s) < len(t) {
		s, t = t, s
	}
	if len(t) == 0 {
		return s
	}
	both := slices.Clone(s)
	for i, word := range t {
		both[i] |= word
	}
	return both
}
