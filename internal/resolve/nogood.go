package resolve

import (
	"context"
	"slices"

	"toxgen/internal/pep440"
)

// choice is a candidate for a node.
type choice struct {
	node      *node
	candidate *candidate
}

// decision is a choice that an exhaustive search made.
type decision struct {
	choice
	// level is how many states there were before.
	level   int
	attempt *attempt
}

// attempt is a node that is being decided: what was demanded of it when that began, and which candidates were tried.
type attempt struct {
	node      *node
	criterion *criterion
	asked     []asked
	begun     bool
	place     int
	vain      []tried
	// read is how many candidates may have been tried in vain until more are read on.
	read int
}

// next gives the candidate to try, nil at the end.
func (a *attempt) next(ctx context.Context) (c *candidate, err error) {
	if !a.begun {
		a.begun, a.place = true, a.criterion.next
		return a.criterion.first, nil
	}
	if vain := len(a.vain); vain > a.read {
		a.read = vain + a.criterion.matches.readOn(ctx, a.place, vain)
	}
	c, a.place, err = a.criterion.matches.next(ctx, a.place)
	return c, err
}

// nogood says which decisions cannot be together, and why: because what is demanded of a node leaves it nothing (a
// clash), because every candidate of a node has its own reason why not (a dead end), because a candidate must not be
// pinned (a refusal), or because one decision demands something else of the node of another.
type nogood struct {
	decisions []*decision
	node      *node
	// asked are the demands on the node that matter, of a clash and of a dead end.
	asked   []asked
	tried   []tried
	refusal *Refusal
}

// asked is a demand and the decision that makes it, nil for a root.
type asked struct {
	demand *demand
	maker  *decision
}

// tried is a candidate of a dead end.
type tried struct {
	candidate *candidate
	why       *nogood
}

// level is that of the decision behind a demand; roots come before all decisions.
func (a *asked) level() int {
	if a.maker == nil {
		return 0
	}
	return a.maker.level
}

// because gives the demand that first brought a decision about, by a root if one makes it; nil if that is not known.
func (d *decision) because() *asked {
	var first *asked
	if d.attempt == nil {
		return nil
	}
	for i := range d.attempt.asked { // the newest comes first; those on the project, not on the extras, do not count
		a := &d.attempt.asked[i]
		if a.demand.on == d.node.identifier && (first == nil || a.level() <= first.level()) {
			first = a
		}
	}
	return first
}

// relevant reduces the demands on a node to some that are enough to rule out every release but those that were tried;
// the earlier the decision behind a demand, the better. If it takes more than their specifiers to rule out all, because
// the rules about yanked files, pre-releases or metadata have a part in it, all demands stay.
func (x *exhaust) relevant(n *node, list []asked, vain []tried) []asked {
	if n.interpreter != nil {
		i := slices.IndexFunc(list, func(a asked) bool { return !a.demand.met })
		return list[i : i+1 : i+1]
	}
	if slices.ContainsFunc(list, func(a asked) bool { return a.demand.exact != nil }) {
		return list
	}
	ordered := slices.SortedStableFunc(slices.Values(firstOfEach(list)), func(a, b asked) int { return a.level() - b.level() })
	var enough []asked
	excluded := func(v pep440.Version) bool {
		return slices.ContainsFunc(n.constraints, func(c *clauses) bool { return !c.Match(v) }) ||
			slices.ContainsFunc(enough, func(a asked) bool { return !a.demand.admitsVersion(v) })
	}
	was := map[*candidate]bool{}
	for _, t := range vain {
		was[t.candidate] = true
	}
	for i := range n.pool.project.releases {
		r := &n.pool.project.releases[i]
		usable := n.pool.candidates(i)
		x.work++
		if len(usable) == 0 || excluded(r.version) || slices.ContainsFunc(usable, func(c *candidate) bool { return was[c] }) {
			continue
		}
		by := slices.IndexFunc(ordered, func(a asked) bool { return !a.demand.admitsVersion(r.version) })
		if by < 0 || r.mixed {
			return list
		}
		enough = append(enough, ordered[by])
	}
	if len(enough) == 0 {
		enough = ordered[:1:1] // whatever is demanded: the node has to be decided at all
	}
	return enough
}

// firstOfEach gives of demands with the same specifiers the one that came first.
func firstOfEach(list []asked) []asked {
	var firsts []asked
	places := map[*clauses]int{}
	for _, a := range list {
		i, known := places[a.demand.clauses]
		if !known {
			places[a.demand.clauses] = len(firsts)
			firsts = append(firsts, a)
		} else if a.level() < firsts[i].level() {
			firsts[i] = a
		}
	}
	return firsts
}
