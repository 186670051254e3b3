package resolve

import (
	"context"
	"iter"
	"slices"
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
