package resolve

import (
	"context"
	"errors"
	"math"

	"toxgen/internal/pep440"
)

// maximumRounds is the number of rounds after which pip gives up. maximumSteps bounds the work where each round makes
// many demands; pip has no such bound and would take minutes to reach it.
const (
	maximumRounds = 200_000
	maximumSteps  = 10_000_000 * stepsPerDemand
)

// search is one resolution as resolvelib does it with pip's provider. It follows pip round by round, so that it finds
// the solution that pip finds if there are several.
type search struct {
	problem *compiled
	trail
	byIdentifier map[*identifier]*node
	// careful is set if a node whose demands were dropped must be pinned anew in any case. Pip's search does not do
	// that.
	careful bool
	// optimistic is set while backjumps may skip states that are perhaps at fault. saved is the state to go back to
	// if that leads nowhere.
	optimistic bool
	saved      *snapshot
	// rounds is the number of rounds that have ended, conflicts that of the conflicts so far.
	rounds, conflicts int
	allowance         *allowance
	// failed are the causes of the conflict that ended the search.
	failed *causes
}

// outcome is how a search ended.
type outcome int

const (
	solved outcome = iota
	impossible
	tooDeep
)

func newSearch(c *compiled, steps int) *search {
	return &search{problem: c, byIdentifier: map[*identifier]*node{}, optimistic: true, allowance: newAllowance(steps)}
}

// run searches until there is a solution, there is none, or the limits are reached.
func (s *search) run(ctx context.Context) (outcome, error) {
	how, err := s.search(ctx)
	if errors.Is(err, errAllowance) {
		return tooDeep, nil
	}
	return how, err
}

func (s *search) search(ctx context.Context) (outcome, error) {
	conflict, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	if conflict != nil {
		s.failed = s.causesOf([]*demands{conflict})
		return impossible, nil
	}
	s.push()
	end := 0 // the round in which optimistic backjumping ends
	for ; s.rounds < maximumRounds && !s.allowance.spent(); s.rounds++ {
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

// begin makes the demands of the roots. If they leave a node no candidate, it returns all demands on that node.
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

// round pins the next node, or goes back to a state in which another choice can be made. It reports whether the
// search can go on.
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

// attempt pins the first candidate of a node whose own demands leave every node a candidate. If there is no such
// candidate, it returns for each one that it tried the demands on the node that was left without a candidate.
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
		n.givenUp++
		conflicts = append(conflicts, conflict)
	}
	return conflicts, nil
}

// askAll makes all demands of a candidate. It stops at the first that leaves a node no candidate and returns all
// demands on that node.
func (s *search) askAll(ctx context.Context, n *node, c *candidate) (conflict *demands, err error) {
	if err := s.refuseUnreadable(n, c); err != nil {
		return nil, err
	}
	list := s.demandsOf(n, c)
	s.problem.ahead.read(ctx, list)
	for i := range list {
		if conflict, err = s.ask(ctx, &list[i], n, c); conflict != nil || err != nil {
			break
		}
	}
	return conflict, err
}

// demandsOf returns what a candidate demands as one of a node. What it takes to find that with extras is counted even if
// it was found before, so that the steps of a search do not depend on other searches.
func (s *search) demandsOf(n *node, c *candidate) []demand {
	if len(n.identifier.extras) > 0 {
		s.allowance.spend(c.extended(n.identifier).steps)
	}
	return s.problem.demandsOf(c, n.identifier)
}

// ask makes a demand. If it leaves its node no candidate, ask changes nothing and returns all demands on the node.
func (s *search) ask(ctx context.Context, d *demand, parent *node, c *candidate) (conflict *demands, err error) {
	s.allowance.spend(stepsPerDemand)
	if d.source != nil && d.source.url != "" {
		return nil, s.refuseURL(d, parent, c)
	}
	n, err := s.node(ctx, d.on)
	if err != nil {
		return nil, s.failureOf(d, parent, c, err)
	}
	var sum *demands
	if n.criterion != nil {
		sum = n.criterion.demands
	}
	sum = sum.and(information{d, n, parent, c})
	if s.allowance.spent() {
		return nil, errAllowance
	}
	criterion, err := n.criterion.with(ctx, n, sum)
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

// pin chooses a candidate of a node. The demands of the candidate have been made: they are the changes of the topmost
// state from the index since on. met are the demands on the node for which the candidate was found. Nodes whose pins
// do not meet the new demands will be decided anew.
func (s *search) pin(n *node, c *candidate, met *demands, since int) {
	unsatisfied := false
	for d := n.criterion.demands; d != met; d = d.earlier {
		unsatisfied = unsatisfied || !d.demand.admits(c) // the candidate demands another release of its own project
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

// forget drops all demands made by pins that are decided anew. Pip does not make them again if the same pin is kept
// because the demand that it did not meet is dropped in turn. Its answer may then lack a release.
func (s *search) forget(turned []*node) {
	for _, n := range turned {
		now := n.decided
		now.forgotten = true
		s.decide(n, now)
	}
	s.allowance.spend(len(s.nodes) * stepsPerNode)
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
		now.unsatisfied = n.pin == nil || !kept.admits(n.pin) || s.careful && n.forgotten
		s.decide(n, now)
	}
}

// node is what one resolution knows of an identifier.
type node struct {
	identifier *identifier
	// place is the index of the node among all nodes of the resolution.
	place int
	// project is the node of the project itself if the identifier has extras, else nil.
	project *node
	pool    *pool
	// allowance is that of the search.
	allowance *allowance
	// interpreter is the only candidate of the interpreter's node; nil for other nodes.
	interpreter *candidate
	// constraints restrict the candidates but are not demands: they do not cause the project to be installed.
	constraints []*clauses
	preference  pep440.Version
	// order is the position among the roots.
	order  uint32
	onward onward

	// decided is the part that the search changes and takes back.
	decided

	// unsatisfiedAt is the index of the node among the trail's unsatisfied nodes, if it is one of them.
	unsatisfiedAt int
	// conflicts is how often the node was a cause of a conflict while it had no pin.
	conflicts int
	// givenUp is how often a candidate of the node failed or was taken back.
	givenUp int
	// blamedIn is the serial number of the last causes that name the node, blamedAt the index of the node in their
	// list.
	blamedIn, blamedAt int
}

// decided is the part of a node that changes during the search.
type decided struct {
	// criterion is nil as long as there is no demand on the node.
	criterion *criterion
	// pin is the candidate that was chosen last.
	pin *candidate
	// unsatisfied is set if there is a criterion and the pin, if any, does not meet it.
	unsatisfied bool
	// forgotten is set if the demands of the pin were dropped.
	forgotten bool
}

// notRequested is the order of a node that is not among the roots.
const notRequested = math.MaxUint32

// node returns the node of an identifier, which it makes if need be.
func (s *search) node(ctx context.Context, id *identifier) (*node, error) {
	if n := s.byIdentifier[id]; n != nil {
		return n, nil
	}
	n := &node{identifier: id, order: notRequested, onward: onward{ahead: s.problem.ahead, last: -1}, allowance: s.allowance}
	if order, requested := s.problem.order[id]; requested {
		n.order = order
	}
	if id == pythonIdentifier {
		n.interpreter = s.problem.target.interpreter
	} else if err := s.load(ctx, n); err != nil {
		return nil, err
	}
	n.place = len(s.nodes)
	s.nodes = append(s.nodes, n)
	s.byIdentifier[id] = n
	return n, nil
}

// load sets what a node takes from its project.
func (s *search) load(ctx context.Context, n *node) (err error) {
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

// conflictsToPromote is how many conflicts a node causes before it is decided before others.
const conflictsToPromote = 5

func (n *node) promoted() bool { return n.conflicts >= conflictsToPromote }

// choose returns the node to decide next (rule 1): one of the causes of the last conflict, because there is no solution
// while the conflict lasts, else any. There must be an unsatisfied node.
func (s *search) choose() *node {
	best := s.unsatisfied[0]
	c := s.top().causes
	if c == nil || len(s.unsatisfied) == 1 {
		return best
	}
	if s.count(c); s.unsatisfied[0].interpreter != nil {
		return s.unsatisfied[0]
	}
	best = nil
	for _, b := range c.blamed {
		if b.node.unsatisfied && (best == nil || b.node.before(best)) {
			best = b.node
		}
	}
	if best == nil {
		best = s.unsatisfied[0]
	}
	return best
}

// before reports whether n is decided before m: the interpreter comes first, then what is promoted, so that its demands
// take effect before other nodes are decided.
func (n *node) before(m *node) bool {
	switch {
	case n.interpreter != nil || m.interpreter != nil:
		return m.interpreter == nil
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
