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
	return c, c.find(ctx, beginning)
}

// find finds the first candidate after a position.
func (c *criterion) find(ctx context.Context, from int) (err error) {
	c.first, c.next, err = c.matches.next(ctx, from)
	return err
}

// with returns the criterion with the demands d, which are those of c and one more. As far as it can it goes on from
// what was found for c: without that, the time for many demands on one node grows with the square of their number.
func (c *criterion) with(ctx context.Context, n *node, d *demands) (*criterion, error) {
	if c == nil {
		return newCriterion(ctx, n, d, nil)
	}
	more := &criterion{demands: d, matches: c.matches, first: c.first, next: c.next}
	m := &more.matches
	if exact := n.exact(d); c.stale || exact != m.only || exact != nil && !d.demand.admits(exact) {
		return newCriterion(ctx, n, d, m.excluded)
	} else if exact != nil {
		return more, nil
	}
	added, follows := m.follow(d, n.base())
	switch {
	case !follows:
		return newCriterion(ctx, n, d, m.excluded)
	case n.matchAll(added, c.first.file.Version):
		return more, nil
	case !m.advance():
		return newCriterion(ctx, n, d, m.excluded)
	default:
		return more, more.find(ctx, max(m.start, c.next-1)) // what comes before did not match or was excluded
	}
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
		err = less.find(ctx, less.next)
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

// base returns the current demands on the project of a node with extras. They bind the node, too.
func (n *node) base() *demands {
	if n.project == nil || n.project.criterion == nil {
		return nil
	}
	return n.project.criterion.demands
}

// exact returns the file that the demands on a node, its own and those on its project, leave of all files, or nil.
func (n *node) exact(own *demands) *candidate {
	if n.interpreter != nil {
		return n.interpreter
	}
	for _, d := range [...]*demands{own, n.base()} {
		if d != nil && d.exact != nil {
			return d.exact
		}
	}
	return nil
}

// matching returns the candidates that the demands on a node leave.
func (n *node) matching(own *demands) matches {
	base := n.base()
	switch exact := n.exact(own); {
	case exact != nil:
		return n.onlyIf(exact, own)
	case own == nil && base == nil:
		return nothing
	}
	m := matches{pool: n.pool, constraints: n.constraints, own: own.newestBound(), base: base.newestBound(), allowance: n.allowance}
	m.begin(n.preference)
	m.onward = &n.onward
	return m
}

// nothing has no candidates.
var nothing = matches{pool: &pool{project: &project{}}, preferred: -1}

// onlyIf returns matches with the one candidate c, if c meets the node's own demands and the constraints.
func (n *node) onlyIf(c *candidate, own *demands) matches {
	if !n.matchConstraints(c.file.Version) || c == n.interpreter && own == nil || !own.admits(c) {
		return nothing
	}
	return matches{only: c}
}

// matchConstraints reports whether a version meets the constraints on a node.
func (n *node) matchConstraints(v pep440.Version) bool { return n.matchAll(n.constraints, v) }

// matchAll reports whether a version matches all clauses of a list.
func (n *node) matchAll(list []*clauses, v pep440.Version) bool {
	return !slices.ContainsFunc(list, func(c *clauses) bool {
		n.allowance.spend(c.size)
		return !c.Match(v)
	})
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
	// constraints, and the clauses of own and of base, are the combined specifiers. own and base are the newest demands
	// with clauses of their own, on the node and on its project.
	constraints []*clauses
	own, base   *demands
	// only is the file that is demanded, or nil. If it is set, nothing else matches.
	only *candidate
	// finals is set if pre-releases are left out, yanked if yanked files are not.
	finals, yanked bool
	// start is the first release with a file that matches. No release from end on has one.
	start, end int
	// preferred is the release to try first, or -1.
	preferred int
	excluded  fileSet
	// onward reads ahead, unless it is nil.
	onward    *onward
	allowance *allowance
}

// newMatches returns the files that match specifiers.
func newMatches(p *pool, combined []*clauses, preference pep440.Version) matches {
	m := matches{pool: p, constraints: combined}
	m.begin(preference)
	return m
}

// clauses returns the combined specifiers.
func (m *matches) clauses() iter.Seq[*clauses] {
	return func(yield func(*clauses) bool) {
		for _, c := range m.constraints {
			if !yield(c) {
				return
			}
		}
		for _, d := range [...]*demands{m.own, m.base} {
			for ; d != nil; d = d.nextBound() {
				if !yield(d.demand.clauses) {
					return
				}
			}
		}
	}
}

// begin finds the first release that matches and applies the rules about pre-releases and yanked files.
func (m *matches) begin(preference pep440.Version) {
	m.preferred, m.end = -1, len(m.pool.project.page.Releases)
	named, pins := false, false
	for c := range m.clauses() {
		named = named || c.NamesPrerelease()
		pins = pins || c.pins
	}
	m.finals = !named
	if !m.settle(pins) && m.finals {
		m.finals = false
		m.settle(pins)
	}
	m.prefer(preference)
}

// settle finds the first release that matches under the current rule for pre-releases. It reports whether there is
// one; if all that match are yanked and pins is not set, it reports true and leaves no candidate.
func (m *matches) settle(pins bool) bool {
	usual, first := m.seek(0)
	switch m.start, m.yanked = usual, false; {
	case usual < m.end:
		return true
	case pins:
		m.start, m.yanked = first, true
	}
	return first < m.end
}

// follow sets the demands to own and base. It returns the clauses that come in by that, and whether what is known still
// holds: both lists must go on from the earlier ones, and the rule for pre-releases must be the same.
func (m *matches) follow(own, base *demands) (added []*clauses, follows bool) {
	toOwn, goesOn := own.boundsSince(m.own)
	toBase, goesOnToo := base.boundsSince(m.base)
	added = append(toOwn, toBase...)
	m.own, m.base = own.newestBound(), base.newestBound()
	named := slices.ContainsFunc(added, func(c *clauses) bool { return c.NamesPrerelease() })
	return added, goesOn && goesOnToo && !(named && m.finals)
}

// advance finds the first release that still matches after clauses were added. It reports false if there is none under
// the current rules: other rules for pre-releases and yanked files may then apply.
func (m *matches) advance() bool {
	usual, first := m.seek(m.start)
	if m.start = usual; m.yanked {
		m.start = first
	}
	return m.start < m.end
}

// manyMisses is the number of releases without a match after which it pays to narrow the range.
const manyMisses = 16

// seek returns the first release, from one on, with a file that matches and is not yanked, and the first with any file
// that matches, which is not after it. It returns end for a release that there is not.
func (m *matches) seek(from int) (usual, first int) {
	first = -1
	for i := from; i < m.end && !m.allowance.spent(); i++ {
		for _, c := range m.look(i) {
			if first < 0 {
				first = i
			}
			if !c.file.Yanked {
				return i, first
			}
		}
		if i-from == manyMisses {
			var next int
			next, m.end = m.narrow()
			i = max(i, next-1)
		}
	}
	if first < 0 {
		first = m.end
	}
	return m.end, first
}

// narrow returns the range of releases in which all clauses may match. It only ever makes the range smaller.
func (m *matches) narrow() (from, to int) {
	from, to = 0, m.end
	for c := range m.clauses() {
		m.allowance.spend(c.size * stepsPerSearch)
		low, high := m.pool.narrow(c)
		from, to = max(from, low), min(to, high)
	}
	return from, max(from, to)
}

// look returns the files of the i-th release that match, and takes that from the allowance.
func (m *matches) look(i int) []*candidate {
	list, steps := m.filter(i)
	m.allowance.spend(steps)
	return list
}

// usable returns the files of the i-th release that match, for reading ahead, which must not count.
func (m *matches) usable(i int) []*candidate {
	list, _ := m.filter(i)
	return list
}

// filter returns the files of the i-th release that match, and the steps that this takes. Most releases do not match, and
// their files are not looked at.
func (m *matches) filter(i int) (list []*candidate, steps int) {
	r := &m.pool.project.page.Releases[i]
	if r.Mixed { // only === distinguishes the texts of one version
		for _, c := range m.pool.candidates(i) {
			matches, one := m.match(c.file.Version)
			if steps += one; matches {
				list = append(list, c)
			}
		}
		return list, steps
	}
	matches, steps := m.match(r.Version)
	if !matches {
		return nil, steps
	}
	return m.pool.candidates(i), steps
}

// match reports whether a version matches, and the steps that this takes.
func (m *matches) match(v pep440.Version) (matches bool, steps int) {
	if m.finals && v.IsPrerelease() {
		return false, 1
	}
	for _, c := range m.constraints {
		if steps += c.size; !c.Match(v) {
			return false, steps
		}
	}
	for _, d := range [...]*demands{m.own, m.base} {
		for ; d != nil; d = d.nextBound() {
			if steps += d.demand.clauses.size; !d.demand.clauses.Match(v) {
				return false, steps
			}
		}
	}
	return true, steps
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
	for ; from < m.end && !m.allowance.spent(); from++ {
		if from == m.preferred {
			continue
		}
		if c, err := m.candidate(ctx, from); c != nil || err != nil {
			return c, from + 1, err
		}
	}
	if m.allowance.spent() {
		return nil, from, errAllowance
	}
	return nil, from, nil
}

// candidate returns the best file of the i-th release that may be used, or nil if there is none.
func (m *matches) candidate(ctx context.Context, i int) (*candidate, error) {
	for _, c := range m.look(i) {
		if c.file.Yanked && !m.yanked {
			continue
		}
		if m.excluded.has(c.place) {
			return nil, nil
		}
		m.onward.at(ctx, m, i, c)
		k, err := c.know(ctx)
		if err != nil {
			return nil, err
		}
		m.allowance.spendReading(c, k)
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
