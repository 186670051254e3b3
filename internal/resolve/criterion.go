package resolve

import (
	"context"
	"iter"
	"slices"

	"toxgen/internal/pep440"
)

// criterion is all demands on a node and the candidates that they leave. It is immutable.
type criterion struct {
	demands *demands
	matches matches
	// stale is set if demands were dropped since matches were computed: like pip, the search does not widen the
	// choice before the next demand comes.
	stale bool
	// first is the first candidate, or nil; next is where matches continue after it.
	first *candidate
	next  int
}

// newCriterion computes the candidates that demands leave. The criterion's first is nil if there are none.
func newCriterion(ctx context.Context, n *node, d *demands, excluded fileSet) (*criterion, error) {
	c := &criterion{demands: d, matches: n.matching(d)}
	c.matches.excluded = excluded
	var err error
	c.first, c.next, err = c.matches.next(ctx, beginning)
	return c, err
}

// exclude returns the criterion without the files that e excludes. If the demands are the same as in the state that
// was taken back, the files before the first candidate of that state are known not to match and are not looked at
// again.
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

// candidates returns all candidates, the best first.
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

// matching returns the candidates that the demands on a node leave. A project with extras is bound by the current
// demands on the project, too.
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
	m := newMatches(n.pool, combined, n.preference)
	m.steps = &n.steps
	return m
}

// nothing has no candidates.
var nothing = matches{pool: &pool{project: &project{}}, preferred: -1}

// onlyIf returns matches with the one candidate c, if demanded is set and c meets the node's own demands and the
// constraints.
func (n *node) onlyIf(c *candidate, own *demands, demanded bool) matches {
	for _, constraint := range n.constraints {
		demanded = demanded && constraint.Match(c.file.Version)
	}
	if !demanded || !own.admits(c) {
		return nothing
	}
	return matches{only: c}
}

// matches are the candidates of an identifier that its demands leave. They are found one after another: to look at
// one means to read its metadata, and pip looks at no more than it needs.
//
// The rules 3 to 6 apply in this order: files that the target can use; then those whose version matches the combined
// specifiers, with pre-releases only if a clause names one or no final release is left; then those that are not
// yanked, unless all that are left are yanked and a clause pins. So a yanked final release still hides pre-releases.
// The newest comes first.
type matches struct {
	pool *pool
	// clauses are the combined specifiers.
	clauses []*clauses
	// only is the file that is demanded, or nil. If it is set, nothing else matches.
	only *candidate
	// finals is set if pre-releases are left out, yanked if yanked files are not.
	finals, yanked bool
	// start is the first release with a file that matches. No release from end on has one.
	start, end int
	// preferred is the release to try first, or -1.
	preferred int
	excluded  fileSet
	// steps reads ahead, unless it is nil.
	steps *steps
}

// newMatches finds the first release that matches and applies the rules about pre-releases and yanked files.
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

// manyMisses is the number of releases without a match after which it pays to narrow the range.
const manyMisses = 16

// settle finds the first release that matches under the current rule for pre-releases. It reports whether there is
// one; if all that match are yanked and pins is not set, it reports true and leaves no candidate.
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
	found := m.start < m.end // if so, all that match are yanked
	if m.yanked = pins; !pins {
		m.start = m.end
	}
	return found
}

// usable returns the files of the i-th release that match. Most releases do not match, and their files are not looked
// at.
func (m *matches) usable(i int) []*candidate {
	r := &m.pool.project.releases[i]
	if r.mixed { // only === distinguishes the texts of one version
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

// prefer moves the release of a version to the front if it is in the range of those that may match.
func (m *matches) prefer(v pep440.Version) {
	if v.IsZero() {
		return
	}
	if i, found := m.pool.release(v); found && m.start <= i && i < m.end {
		m.preferred = i
	}
}

// beginning is the position before the first candidate.
const beginning = -1

// next returns the candidate after a position, and the position to continue from; the candidate is nil at the end.
// Each release has at most one candidate: its best file whose metadata belong to it.
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
			if c, err := m.candidate(ctx, m.preferred); c != nil || err != nil {
				return c, from, err
			}
		}
	}
	for ; from < m.end; from++ {
		if from == m.preferred {
			continue
		}
		if c, err := m.candidate(ctx, from); c != nil || err != nil {
			return c, from + 1, err
		}
	}
	return nil, from, nil
}

// candidate returns the best file of the i-th release that may be used, or nil if there is none.
func (m *matches) candidate(ctx context.Context, i int) (*candidate, error) {
	for _, c := range m.usable(i) {
		if c.file.Yanked && !m.yanked {
			continue
		}
		if m.excluded.has(c.place) {
			return nil, nil
		}
		m.steps.at(ctx, m, i, c)
		k, err := c.know(ctx)
		if err != nil {
			return nil, err
		}
		switch k.defect {
		case badFile:
			continue
		case badRelease:
			return nil, nil
		default:
			return c, nil
		}
	}
	return nil, nil
}

// fileSet is an immutable set of the files of a project, by their positions on the page.
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
