package resolve

import (
	"context"
	"errors"
	"slices"

	"toxgen/internal/pep440"
)

// exhaust is the exhaustive search, which runs when pip's search has ended without a solution. Pip's search is not
// complete: it may overlook solutions, it may run practically forever, and its last conflict need not be the one that
// matters. This search is the textbook's: a pin is never replaced, a dead end goes back to the latest decision that
// is at fault (conflict-directed backjumping), and a combination of decisions that was found impossible is never
// tried again. It ends with a solution, with a proof that there is none, from which the conflict is explained, or
// when its allowance is used up. Unlike pip, it does not consider a release that becomes a candidate only through a
// later demand (rules 4 and 5).
type exhaust struct {
	*search
	// build is set if a release whose requirements are unknown is taken, as if it required nothing: pip would build it.
	// Such a solution must be refused, but to look for one without such releases would not be what pip does either.
	build     bool
	decisions map[*node]*decision
	learned   map[choice][]*nogood
}

// maximumExhaustiveSteps bounds the exhaustive search. It takes a second or two.
const maximumExhaustiveSteps = 4_000_000 * stepsPerDemand

func newExhaust(c *compiled, steps int) *exhaust {
	return &exhaust{search: newSearch(c, steps), decisions: map[*node]*decision{}, learned: map[choice][]*nogood{}}
}

// run returns nil if it finds a solution, else the proof that there is none.
func (x *exhaust) run(ctx context.Context) (*nogood, error) {
	conflict, err := x.begin(ctx)
	switch {
	case err != nil:
		return nil, err
	case conflict != nil:
		return x.complete(x.newClash(conflict.on, madeDemand{demand: conflict.demand}))
	}
	for len(x.unsatisfied) > 0 {
		proof, err := x.decideOn(ctx, x.unsatisfied[0])
		if err != nil {
			return nil, err
		}
		if proof != nil {
			return x.complete(proof)
		}
	}
	return nil, nil
}

// complete returns the proof, unless the allowance was used up before it was complete.
func (x *exhaust) complete(proof *nogood) (*nogood, error) {
	if x.allowance.spent() {
		return nil, errAllowance
	}
	return proof, nil
}

// decideOn pins a node, for which it takes back other decisions if need be. If that is impossible, it returns the
// proof.
func (x *exhaust) decideOn(ctx context.Context, n *node) (*nogood, error) {
	a := &attempt{node: n, criterion: n.criterion, demands: x.demandsOn(n)}
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if x.allowance.spent() {
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

// pinNext pins the next candidate of an attempt whose demands can be met. If none is left, it returns the reason.
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
		x.decisions[n] = d
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
		a.fail(c, why)
	}
	x.pop()
	delete(x.decisions, n)
	dead := &nogood{node: n, demands: x.relevant(n, a.demands, a.failed), tried: a.failed}
	x.blame(dead)
	return dead, nil
}

// try makes the demands of a decision. If they cannot be met, it returns the reason.
func (x *exhaust) try(ctx context.Context, d *decision) (*nogood, error) {
	for _, known := range x.learned[d.choice] {
		if x.holds(known, d.node) {
			return known, nil
		}
	}
	var refusal *Refusal
	if err := x.refuseUnreadable(d.node, d.candidate); !x.build && errors.As(err, &refusal) {
		return &nogood{node: d.node, decisions: []*decision{d}, refusal: refusal}, nil
	}
	list := x.demandsOf(d.node, d.candidate)
	for i := range list {
		conflict, err := x.ask(ctx, &list[i], d.node, d.candidate)
		switch {
		case errors.As(err, &refusal):
			return &nogood{node: d.node, decisions: []*decision{d}, refusal: refusal}, nil
		case err != nil:
			return nil, err
		case conflict != nil:
			return x.newClash(conflict.on, madeDemand{&list[i], d}), nil
		}
		on := x.byIdentifier[list[i].on]
		switch {
		case on == d.node && !list[i].admits(d.candidate):
			return &nogood{node: on, demands: []madeDemand{{&list[i], d}}, decisions: []*decision{d}}, nil
		case on.pin != nil && on.unsatisfied:
			return &nogood{node: on, decisions: []*decision{d, x.decisions[on]}}, nil
		}
	}
	return nil, nil
}

// holds reports whether all decisions of a nogood are made, except the one about n, which is being decided.
func (x *exhaust) holds(known *nogood, n *node) bool {
	for _, d := range known.decisions {
		x.allowance.spend(1)
		if d.node != n && d.node.pin != d.candidate {
			return false
		}
	}
	return true
}

// newClash returns the reason why the demands on a node leave it no candidate once the demand last is added.
func (x *exhaust) newClash(n *node, last madeDemand) *nogood {
	g := &nogood{node: n, demands: x.relevant(n, append(x.demandsOn(n), last), nil)}
	x.blame(g)
	return g
}

// demandsOn returns all demands that restrict the candidates of a node: its own first, then those on its project; the
// newest first.
func (x *exhaust) demandsOn(n *node) []madeDemand {
	var list []madeDemand
	for _, n := range [...]*node{n, n.project} {
		if n == nil || n.criterion == nil {
			continue
		}
		for d := n.criterion.demands; d != nil; d = d.earlier {
			list = append(list, madeDemand{d.demand, x.decisions[d.parent]})
		}
	}
	x.allowance.spend(len(list) * stepsPerLookup)
	return list
}

// blame collects the decisions behind a nogood: those that make its demands, and those that rule out the candidates
// that were tried.
func (x *exhaust) blame(g *nogood) {
	seen := map[*decision]bool{nil: true}
	add := func(d *decision) {
		if !seen[d] {
			seen[d] = true
			g.decisions = append(g.decisions, d)
		}
	}
	for _, a := range g.demands {
		add(a.maker)
	}
	for _, t := range g.tried {
		for _, d := range t.why.decisions {
			// Not d itself: a learned nogood may hold an earlier decision of the same choice. It is nil for g's own node.
			add(x.decisions[d.node])
		}
	}
	x.addConflicts(g.node, 1)
}

// learn records a nogood under each of its choices.
func (x *exhaust) learn(g *nogood) {
	for _, d := range g.decisions {
		x.learned[d.choice] = append(x.learned[d.choice], g)
	}
	x.allowance.spend(len(g.decisions) * stepsPerLookup)
}

// takeBackTo takes back all decisions down to the latest one of a nogood, including that one, whose candidate has
// failed. The candidates that failed before it in the same attempt still fail, because the state is the one in which
// they were tried.
func (x *exhaust) takeBackTo(g *nogood) *attempt {
	latest := g.decisions[0]
	for _, d := range g.decisions {
		if d.level > latest.level {
			latest = d
		}
	}
	for len(x.frames) > latest.level {
		delete(x.decisions, x.lastPinned())
		x.pop()
	}
	latest.attempt.fail(latest.candidate, g)
	return latest.attempt
}

// choice is a node and one of its candidates.
type choice struct {
	node      *node
	candidate *candidate
}

// decision is a choice made by the exhaustive search.
type decision struct {
	choice
	// level is the number of states below the one in which the decision was made.
	level   int
	attempt *attempt
}

// attempt is a node that is being decided: the demands on it at the beginning, and the candidates that have failed.
type attempt struct {
	node      *node
	criterion *criterion
	demands   []madeDemand
	begun     bool
	place     int
	failed    []tried
}

// fail notes that a candidate failed, and why.
func (a *attempt) fail(c *candidate, why *nogood) {
	a.node.givenUp++
	a.failed = append(a.failed, tried{c, why})
}

// next returns the next candidate to try, or nil if there is none.
func (a *attempt) next(ctx context.Context) (c *candidate, err error) {
	if !a.begun {
		a.begun, a.place = true, a.criterion.next
		return a.criterion.first, nil
	}
	c, a.place, err = a.criterion.matches.next(ctx, a.place)
	return c, err
}

// nogood is a set of decisions that cannot be combined, and the reason, which is one of four: the demands on a node
// leave it no candidate (a clash); each candidate of a node fails for its own reason (a dead end); a candidate must
// not be pinned (a refusal); or a decision demands another file of the node of another decision.
type nogood struct {
	decisions []*decision
	node      *node
	// demands are the demands on the node that matter, for a clash or a dead end.
	demands []madeDemand
	tried   []tried
	refusal *Refusal
}

// madeDemand is a demand and the decision that makes it; maker is nil if a root makes it.
type madeDemand struct {
	demand *demand
	maker  *decision
}

// tried is a candidate of a dead end and why it failed.
type tried struct {
	candidate *candidate
	why       *nogood
}

// level returns the level of the decision that makes the demand. Roots come before all decisions.
func (a *madeDemand) level() int {
	if a.maker == nil {
		return 0
	}
	return a.maker.level
}

// firstDemand returns the demand that first caused the node of the decision to be decided; one of a root, if there is
// one. It returns nil if that is not known.
func (d *decision) firstDemand() *madeDemand {
	var first *madeDemand
	if d.attempt == nil {
		return nil
	}
	for i := range d.attempt.demands { // the newest comes first; demands on the project do not count if the node has extras
		a := &d.attempt.demands[i]
		if a.demand.on == d.node.identifier && (first == nil || a.level() <= first.level()) {
			first = a
		}
	}
	return first
}

// relevant returns demands from list that suffice to rule out every release of a node except those that failed. It
// prefers demands whose decisions were made early. If specifiers alone do not rule out all releases, because the
// rules about yanked files, pre-releases or metadata matter, it returns the whole list. When the allowance ends, what it
// returns means nothing.
func (x *exhaust) relevant(n *node, list []madeDemand, failed []tried) []madeDemand {
	if n.interpreter != nil {
		i := slices.IndexFunc(list, func(a madeDemand) bool { return !a.demand.met })
		return list[i : i+1 : i+1]
	}
	if slices.ContainsFunc(list, func(a madeDemand) bool { return a.demand.exact != nil }) {
		return list
	}
	ordered := slices.SortedStableFunc(slices.Values(firstOfEach(list)), func(a, b madeDemand) int { return a.level() - b.level() })
	var enough []madeDemand
	excludedBy := func(list []madeDemand, v pep440.Version) int {
		return slices.IndexFunc(list, func(a madeDemand) bool {
			x.allowance.spend(a.demand.size())
			return !a.demand.admitsVersion(v)
		})
	}
	was := map[*candidate]bool{}
	for _, t := range failed {
		was[t.candidate] = true
	}
	for i := range n.pool.project.page.Releases {
		r := &n.pool.project.page.Releases[i]
		usable := n.pool.candidates(i)
		if x.allowance.spend(1); x.allowance.spent() {
			break
		}
		if len(usable) == 0 || !n.matchConstraints(r.Version) || excludedBy(enough, r.Version) >= 0 || slices.ContainsFunc(usable, func(c *candidate) bool { return was[c] }) {
			continue
		}
		by := excludedBy(ordered, r.Version)
		if by < 0 || r.Mixed {
			return list
		}
		enough = append(enough, ordered[by])
	}
	if len(enough) == 0 {
		enough = ordered[:1:1] // any demand: it is why the node has to be decided at all
	}
	return enough
}

// firstOfEach returns, of each group of demands with the same specifiers, the one with the lowest level.
func firstOfEach(list []madeDemand) []madeDemand {
	var firsts []madeDemand
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
