package resolve

import (
	"context"
	"math"

	"toxgen/internal/pep440"
)

// maximumRounds is when pip gives up. maximumDemands bounds what the rounds come to where each does much; pip has no
// such bound, and would take minutes to reach it.
const (
	maximumRounds  = 200_000
	maximumDemands = 5_000_000
)

// nodesPerDemand is how many nodes can be looked at in the time that a demand takes.
const nodesPerDemand = 64

// search is one resolution as resolvelib does it with pip's provider, round by round, so that of several solutions it
// finds pip's.
type search struct {
	problem *compiled
	trail
	byIdentifier map[*identifier]*node
	// careful says that a node whose demands were forgotten has to be pinned anew in any case. Pip's search is not.
	careful bool
	// optimistic says that backjumps may skip states that are perhaps at fault; saved is where to go back to if that
	// leads nowhere.
	optimistic bool
	saved      *snapshot
	// rounds counts those that have ended, conflicts those that were met, work the demands that were made.
	rounds, conflicts, work int
	// failed is what ended the search.
	failed *causes
}

// outcome says how a search ended.
type outcome int

const (
	solved outcome = iota
	impossible
	tooDeep
)

func newSearch(c *compiled) *search {
	return &search{problem: c, byIdentifier: map[*identifier]*node{}, optimistic: true}
}

// run searches until the end.
func (s *search) run(ctx context.Context) (outcome, error) {
	conflict, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	if conflict != nil {
		s.failed = s.causesOf([]*demands{conflict})
		return impossible, nil
	}
	s.push()
	end := 0 // the round in which optimism ends
	for ; s.rounds < maximumRounds && s.work < maximumDemands; s.rounds++ {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if s.optimistic && s.saved != nil {
			if end == 0 {
				end = s.rounds + int(float64(maximumRounds-s.rounds)*optimismRatio)
			}
			if s.rounds >= end {
				s.giveUpOptimism()
				continue
			}
		}
		if len(s.unsatisfied) == 0 {
			return solved, nil
		}
		if found, err := s.round(ctx); err != nil || !found {
			return impossible, err
		}
	}
	return tooDeep, nil
}

// begin makes the demands of the roots. If they are too many, it gives those on one node that are.
func (s *search) begin(ctx context.Context) (conflict *demands, err error) {
	s.push()
	s.problem.ahead.read(ctx, s.problem.roots)
	for i := range s.problem.roots {
		if conflict, err = s.ask(ctx, &s.problem.roots[i], nil, nil); conflict != nil || err != nil {
			break
		}
	}
	return conflict, err
}

// round pins the next node, or goes back to where another choice can be made; false if there is none.
func (s *search) round(ctx context.Context) (bool, error) {
	n := s.choose()
	conflicts, err := s.attempt(ctx, n)
	if err != nil {
		return false, err
	}
	if conflicts == nil {
		s.push()
		return true, nil
	}
	c := s.causesOf(conflicts)
	found, err := s.backjump(ctx, c)
	switch {
	case err != nil:
		return false, err
	case found:
		s.top().causes = c
	case s.optimistic && s.saved != nil:
		s.giveUpOptimism()
	default:
		s.failed = c
		return false, nil
	}
	return true, nil
}

// attempt pins the first candidate of a node whose demands leave every node a candidate. If there is none it gives the
// demands that were too many, of each candidate.
func (s *search) attempt(ctx context.Context, n *node) (conflicts []*demands, err error) {
	before := len(s.top().changes)
	criterion := n.criterion
	for c, err := range criterion.candidates(ctx) {
		if err != nil {
			return nil, s.failure(n, err)
		}
		conflict, err := s.askAll(ctx, n, c)
		if err != nil {
			return nil, err
		}
		if conflict == nil {
			s.pin(n, c, criterion.demands, before)
			return nil, nil
		}
		s.undo(before)
		conflicts = append(conflicts, conflict)
	}
	return conflicts, nil
}

// askAll makes all demands of a candidate, up to the first that leaves a node nothing.
func (s *search) askAll(ctx context.Context, n *node, c *candidate) (conflict *demands, err error) {
	if err := s.refusal(n, c); err != nil {
		return nil, err
	}
	list := c.demandsOf(n.identifier)
	s.problem.ahead.read(ctx, list)
	for i := range list {
		if conflict, err = s.ask(ctx, &list[i], n, c); conflict != nil || err != nil {
			break
		}
	}
	return conflict, err
}

// ask adds a demand. If it leaves its node no candidate, nothing changes and all demands on the node are returned.
func (s *search) ask(ctx context.Context, d *demand, parent *node, c *candidate) (conflict *demands, err error) {
	s.work++
	if d.source != nil && d.source.url != "" && !s.problem.provided[d.on.project] {
		return nil, s.refuseURL(d, parent, c)
	}
	n, err := s.node(ctx, d.on)
	if err != nil {
		return nil, s.failureOf(d, parent, c, err)
	}
	if n.provided {
		return nil, nil
	}
	var sum *demands
	var excluded fileSet
	if n.criterion != nil {
		sum, excluded = n.criterion.demands, n.criterion.matches.excluded
	}
	sum = sum.and(information{d, n, parent, c})
	criterion, err := newCriterion(ctx, n, sum, excluded)
	if err != nil {
		return nil, s.failureOf(d, parent, c, err)
	}
	if criterion.first == nil {
		return sum, nil
	}
	now := n.decided
	now.criterion = criterion
	now.unsatisfied = n.unsatisfied || n.pin == nil || !d.admits(n.pin)
	s.decide(n, now)
	return nil, nil
}

// pin chooses a candidate whose demands were made: they are the changes since a place in the topmost state. met is what
// the candidate was chosen for. Nodes whose pins the demands turned against will be decided anew.
func (s *search) pin(n *node, c *candidate, met *demands, since int) {
	unsatisfied := false
	for d := n.criterion.demands; d != met; d = d.earlier {
		unsatisfied = unsatisfied || !d.demand.admits(c) // it demands another release of its own project
	}
	top := s.top()
	var turned []*node
	for _, change := range top.changes[since:] {
		if change.node.unsatisfied && change.before.criterion != nil && !change.before.unsatisfied {
			turned = append(turned, change.node)
		}
	}
	s.decide(n, decided{criterion: n.criterion, pin: c, unsatisfied: unsatisfied})
	top.pinned = append(top.pinned, n)
	if len(turned) > 0 {
		s.forget(turned)
	}
}

// forget drops all demands that nodes make by pins that no longer hold. Pip does not make them again if it turns out
// that the pin holds after all, because what turned against it is forgotten in turn: then its answer may lack a release.
func (s *search) forget(turned []*node) {
	for _, n := range turned {
		now := n.decided
		now.forgotten = true
		s.decide(n, now)
	}
	for _, n := range s.nodes {
		if n.criterion == nil {
			continue
		}
		kept := n.criterion.demands.without(turned)
		if kept == n.criterion.demands {
			continue
		}
		criterion := *n.criterion
		criterion.demands, criterion.stale = kept, true
		now := n.decided
		now.criterion = &criterion
		now.unsatisfied = n.pin == nil || !kept.admit(n.pin) || s.careful && n.forgotten
		s.decide(n, now)
	}
}

// node is what one resolution knows of an identifier.
type node struct {
	identifier *identifier
	// place is the node's among those of the resolution.
	place int
	// project is the node of the project itself if the identifier has extras.
	project *node
	pool    *pool
	// interpreter is set for the node of the interpreter, which has no other candidate.
	interpreter *candidate
	// constraints bind wherever the project is demanded, but demand nothing by themselves.
	constraints []*clauses
	preference  pep440.Version
	// provided says that the project is there already: whatever is demanded of it is met.
	provided bool
	// order is the place among the roots.
	order uint32

	// decided is what the search decides, and takes back.
	decided

	// open is the node's place among the unsatisfied ones, if it is one.
	open int
	// conflicts counts how often the node was a cause of a conflict while it had no pin.
	conflicts int
	// blamedIn is the serial number of the causes that named the node last, blamedAt its place among those that they name.
	blamedIn, blamedAt int
}

// decided is the part of a node that changes.
type decided struct {
	// criterion is nil as long as nobody demands anything.
	criterion *criterion
	// pin is the candidate that was chosen last.
	pin *candidate
	// unsatisfied says that there is a criterion which the pin does not meet.
	unsatisfied bool
	// forgotten says that what the pin demands was forgotten.
	forgotten bool
}

// notRequested is the order of a node that no root asks for.
const notRequested = math.MaxUint32

// node gives the node of an identifier.
func (s *search) node(ctx context.Context, id *identifier) (*node, error) {
	if n := s.byIdentifier[id]; n != nil {
		return n, nil
	}
	n := &node{identifier: id, order: notRequested, provided: s.problem.provided[id.project]}
	if order, requested := s.problem.order[id]; requested {
		n.order = order
	}
	if id == pythonIdentifier {
		n.interpreter = s.problem.target.interpreter
	} else if !n.provided {
		if err := s.furnish(ctx, n); err != nil {
			return nil, err
		}
	}
	n.place = len(s.nodes)
	s.nodes = append(s.nodes, n)
	s.byIdentifier[id] = n
	return n, nil
}

// furnish gives a node what its project has.
func (s *search) furnish(ctx context.Context, n *node) (err error) {
	id := n.identifier
	n.constraints, n.preference = s.problem.constraints[id.project], s.problem.preferences[id.project]
	if len(id.extras) > 0 {
		if n.project, err = s.node(ctx, s.problem.target.universe.identify(id.project, nil)); err != nil {
			return err
		}
	}
	n.pool, err = s.problem.target.pool(ctx, id.project)
	return err
}

// conflictsToPromote is how many conflicts it takes to be decided before others.
const conflictsToPromote = 5

func (n *node) promoted() bool { return n.conflicts >= conflictsToPromote }

// choose gives the node to decide next (rule 1). There is one at least.
func (s *search) choose() *node {
	if len(s.unsatisfied) == 1 {
		return s.unsatisfied[0]
	}
	s.work += len(s.unsatisfied) / nodesPerDemand
	c := s.top().causes
	c.count()
	var best *node
	bestClass := 0
	for _, n := range s.unsatisfied {
		class := 2
		switch {
		case n.interpreter != nil:
			return n
		case c.name(n): // no solution can be found while the conflict lasts
			class = 0
		case n.promoted(): // so that what it demands takes effect before others choose
			class = 1
		}
		if best == nil || class < bestClass || class == bestClass && n.before(best) {
			best, bestClass = n, class
		}
	}
	return best
}

// before says whether n is to be decided before m.
func (n *node) before(m *node) bool {
	switch {
	case n.promoted() != m.promoted():
		return n.promoted()
	case n.rank() != m.rank():
		return n.rank() < m.rank()
	default:
		return n.identifier.name < m.identifier.name
	}
}

func (n *node) rank() uint64 {
	if d := n.criterion.demands; d != nil {
		return d.rank
	}
	return n.rankOfNothing()
}
