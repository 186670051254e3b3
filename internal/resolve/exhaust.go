package resolve

import (
	"context"
	"errors"
	"slices"

	"toxgen/internal/pep440"
)

// exhaust is the search that is asked when pip's has ended without a solution. Pip's is not complete: it may overlook
// solutions, it may go on for years, and its last conflict need not be the one that matters. This one is the textbook's:
// a pin is never replaced, a dead end goes back to the latest decision that is at fault (conflict-directed backjumping),
// and what was found not to go together is never tried again. It ends with a solution, with the proof that there is
// none, which is what a conflict is explained by, or with its allowance used up. A release that is admitted only by a
// demand that comes later (rules 4 and 5) is not among its choices.
type exhaust struct {
	*search
	made    map[*node]*decision
	learned map[choice][]*nogood
}

// maximumWork bounds the demands that are made and looked at, and the nogoods: a second or two.
const maximumWork = 4_000_000

var errAllowance = errors.New("the allowance for an exhaustive search is used up")

func newExhaust(c *compiled) *exhaust {
	return &exhaust{search: newSearch(c), made: map[*node]*decision{}, learned: map[choice][]*nogood{}}
}

// run ends with nil if there is a solution, else with the proof that there is none.
func (x *exhaust) run(ctx context.Context) (*nogood, error) {
	conflict, err := x.begin(ctx)
	switch {
	case err != nil:
		return nil, err
	case conflict != nil:
		return x.clash(conflict.on, asked{demand: conflict.demand}), nil
	}
	for len(x.unsatisfied) > 0 {
		proof, err := x.decideOn(ctx, x.next())
		if proof != nil || err != nil {
			return proof, err
		}
	}
	return nil, nil
}

// decideOn pins a node, taking back others if need be; it gives the proof if that cannot be.
func (x *exhaust) decideOn(ctx context.Context, n *node) (*nogood, error) {
	a := &attempt{node: n, criterion: n.criterion, asked: x.asked(n)}
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if x.work > maximumWork {
			return nil, errAllowance
		}
		dead, err := x.pinNext(ctx, a)
		if err != nil || dead == nil {
			return nil, err
		}
		if len(dead.decisions) == 0 {
			return dead, nil
		}
		x.learn(dead)
		a = x.takeBackTo(dead)
	}
}

// next gives the node to decide.
func (x *exhaust) next() *node {
	var best *node
	for _, n := range x.unsatisfied {
		if n.interpreter != nil {
			return n
		}
		if best == nil || n.before(best) {
			best = n
		}
	}
	return best
}

// pinNext pins the next candidate of an attempt that can be; if none is left it gives the reason.
func (x *exhaust) pinNext(ctx context.Context, a *attempt) (*nogood, error) {
	n := a.node
	level := len(x.frames)
	x.push()
	for {
		c, err := a.next(ctx)
		if err != nil {
			return nil, x.failure(n, err)
		}
		if c == nil {
			break
		}
		d := &decision{choice{n, c}, level, a}
		x.made[n] = d
		why, err := x.try(ctx, d)
		if err != nil {
			return nil, err
		}
		if why == nil {
			x.decide(n, decided{criterion: n.criterion, pin: c})
			x.top().pinned = append(x.top().pinned, n)
			return nil, nil
		}
		x.undo(0)
		a.vain = append(a.vain, tried{c, why})
	}
	x.pop()
	delete(x.made, n)
	dead := &nogood{node: n, asked: x.relevant(n, a.asked, a.vain), tried: a.vain}
	x.blame(dead)
	return dead, nil
}

// try makes the demands of a decision; if they cannot be met it gives the reason.
func (x *exhaust) try(ctx context.Context, d *decision) (*nogood, error) {
	for _, known := range x.learned[d.choice] {
		x.work++
		if x.holds(known, d.node) {
			return known, nil
		}
	}
	var refusal *Refusal
	if err := x.refusal(d.node, d.candidate); errors.As(err, &refusal) {
		return &nogood{node: d.node, decisions: []*decision{d}, refusal: refusal}, nil
	}
	list := d.candidate.demandsOf(d.node.identifier)
	for i := range list {
		conflict, err := x.ask(ctx, &list[i], d.node, d.candidate)
		switch {
		case errors.As(err, &refusal):
			return &nogood{node: d.node, decisions: []*decision{d}, refusal: refusal}, nil
		case err != nil:
			return nil, err
		case conflict != nil:
			return x.clash(conflict.on, asked{&list[i], d}), nil
		}
		on := x.byIdentifier[list[i].on]
		switch {
		case on == d.node && !list[i].admits(d.candidate):
			return &nogood{node: on, asked: []asked{{&list[i], d}}, decisions: []*decision{d}}, nil
		case on.pin != nil && on.unsatisfied:
			return &nogood{node: on, decisions: []*decision{d, x.made[on]}}, nil
		}
	}
	return nil, nil
}

// holds says whether all decisions of a nogood stand, but for the one about a node that is being decided.
func (x *exhaust) holds(known *nogood, n *node) bool {
	for _, d := range known.decisions {
		if d.node != n && d.node.pin != d.candidate {
			return false
		}
	}
	return true
}

// clash is the reason why what is demanded of a node leaves it nothing once one more demand comes.
func (x *exhaust) clash(n *node, last asked) *nogood {
	g := &nogood{node: n, asked: x.relevant(n, append(x.asked(n), last), nil)}
	x.blame(g)
	return g
}

// asked gives all that bears on a node's candidates, its own demands first and the newest of them first.
func (x *exhaust) asked(n *node) []asked {
	var list []asked
	for _, n := range [...]*node{n, n.project} {
		if n == nil || n.criterion == nil {
			continue
		}
		for d := n.criterion.demands; d != nil; d = d.earlier {
			list = append(list, asked{d.demand, x.made[d.parent]})
		}
	}
	x.work += len(list)
	return list
}

// blame collects the decisions behind a nogood: those that make its demands, and those that rule out what was tried.
func (x *exhaust) blame(g *nogood) {
	seen := map[*decision]bool{nil: true}
	add := func(d *decision) {
		if !seen[d] {
			seen[d] = true
			g.decisions = append(g.decisions, d)
		}
	}
	for _, a := range g.asked {
		add(a.maker)
	}
	for _, t := range g.tried {
		for _, d := range t.why.decisions {
			add(x.made[d.node]) // one that was learned may know an earlier decision of the same choice; nil is g's own node
		}
	}
	g.node.conflicts++
}

// learn remembers a nogood by each of its choices.
func (x *exhaust) learn(g *nogood) {
	for _, d := range g.decisions {
		x.learned[d.choice] = append(x.learned[d.choice], g)
	}
	x.work += len(g.decisions)
}

// takeBackTo takes back decisions up to the latest of a nogood, which is taken back too and was in vain. What was tried
// before it stays so, for the state is the one in which it was tried.
func (x *exhaust) takeBackTo(g *nogood) *attempt {
	latest := g.decisions[0]
	for _, d := range g.decisions {
		if d.level > latest.level {
			latest = d
		}
	}
	for len(x.frames) > latest.level {
		delete(x.made, x.lastPinned())
		x.pop()
	}
	latest.attempt.vain = append(latest.attempt.vain, tried{latest.candidate, g})
	return latest.attempt
}

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
