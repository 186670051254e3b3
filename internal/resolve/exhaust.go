package resolve

import (
	"context"
	"errors"
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
