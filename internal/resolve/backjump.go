package resolve

import (
	"context"
	"slices"
)

// optimismRatio is the share of the rounds that are left which optimistic backjumping may use.
const optimismRatio = 0.1

// backjump goes back from the topmost state, in which nothing could be pinned, to one where another candidate can be;
// false if there is none.
//
// A state below the topmost is taken back if its pin has to do with the causes, that is if its candidate demands one of
// the nodes among them. As long as the search is optimistic, all states above such a one are skipped, though one of them
// may be at fault too; the first time, all is remembered. Otherwise states are taken back one by one, and only those
// whose own node is among the causes without demanding another of them are skipped. What was found not to work in the
// states that are taken back stays excluded, as does the candidate itself.
func (s *search) backjump(ctx context.Context, c *causes) (bool, error) {
	for len(s.frames) >= 3 {
		s.pop()
		for !s.atFault(c) {
			s.pop()
			if len(s.frames) <= 1 {
				return false, nil
			}
		}
		if ok, err := s.retry(ctx); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// atFault says whether the topmost state is the one to take back.
func (s *search) atFault(c *causes) bool {
	n := s.lastPinned()
	if !c.name(n) {
		if !s.optimistic {
			return true
		}
		if s.saved == nil {
			s.saved = s.snapshotBelow()
		}
	}
	list := n.pin.demandsOf(n.identifier)
	for i := range list {
		if other := s.byIdentifier[list[i].on]; other != nil && c.name(other) {
			return true
		}
	}
	return s.pins == 1 // never go back to where there is no pin
}

func (s *search) lastPinned() *node {
	pinned := s.top().pinned
	return pinned[len(pinned)-1]
}

// exclusion is files of a node that were found not to work, and its criterion in the state that is taken back.
type exclusion struct {
	node      *node
	files     fileSet
	criterion *criterion
}

// retry takes back the topmost state and begins it anew, with its candidate and all that it excluded left out. It
// is false if that leaves some node nothing; then the state is still to be taken back.
func (s *search) retry(ctx context.Context) (bool, error) {
	last := s.lastPinned()
	var list []exclusion
	for _, n := range s.nodes {
		if n.criterion == nil {
			continue
		}
		files := n.criterion.matches.excluded
		if n == last {
			files = files.with(n.pin.place)
		}
		if len(files) > 0 {
			list = append(list, exclusion{n, files, n.criterion})
		}
	}
	s.work += len(s.nodes) / nodesPerDemand
	s.pop()
	s.push()
	for _, e := range list {
		n := e.node
		if n.criterion == nil {
			continue
		}
		criterion, err := n.criterion.exclude(ctx, n, e)
		if err != nil {
			return false, s.failure(n, err)
		}
		if criterion.first == nil {
			return false, nil
		}
		now := n.decided
		now.criterion = criterion
		s.decide(n, now)
	}
	return true, nil
}

// giveUpOptimism goes back to where it began, for good.
func (s *search) giveUpOptimism() {
	s.optimistic = false
	s.restore(s.saved)
	s.saved = nil
}

// causes are the demands that together were too many, of one conflict.
type causes struct {
	// serial tells causes apart, from 1. Nodes and demands that were counted bear it, and not the causes themselves, which
	// may be large and have to go when the search goes on.
	serial int
	// conflicts are the demands on one node each.
	conflicts []*demands
	// blamed are the nodes that make the demands or are their object, and how often.
	blamed []blame
}

type blame struct {
	node  *node
	times int
}

// causesOf counts each demand once, and leaves its mark on the nodes.
func (s *search) causesOf(conflicts []*demands) *causes {
	s.conflicts++
	c := &causes{serial: s.conflicts, conflicts: conflicts}
	for _, d := range conflicts {
		for ; d != nil && d.countedIn != c.serial; d = d.earlier {
			d.countedIn = c.serial
			c.blame(d.on)
			if d.parent != nil {
				c.blame(d.parent)
			}
		}
	}
	return c
}

func (c *causes) blame(n *node) {
	if !c.name(n) {
		n.blamedIn, n.blamedAt = c.serial, len(c.blamed)
		c.blamed = append(c.blamed, blame{node: n})
	}
	c.blamed[n.blamedAt].times++
}

// name says whether the causes name a node, provided that no others were made or counted since they were.
func (c *causes) name(n *node) bool { return c != nil && n.blamedIn == c.serial }

// count notes which nodes were to blame while they had no pin, and renews the marks. It does so once a round.
func (c *causes) count() {
	if c == nil {
		return
	}
	for _, b := range c.blamed {
		b.node.blamedIn = c.serial
		if b.node.pin == nil {
			b.node.conflicts += b.times
		}
	}
}

// frame is one state of the search: what it changed since the one below. The topmost is being worked on; the others
// do not change any more.
type frame struct {
	// changes restore what was before, undone from the end.
	changes []change
	// pinned are the nodes that were given a pin, in order. There is one, but for the lowest frame and the topmost (none),
	// and one that was on top when a search was restored (two).
	pinned []*node
	// causes are those of the last conflict.
	causes *causes
}

type change struct {
	node   *node
	before decided
}

// trail is the states of the search, and with them what is decided now. Where resolvelib copies a state for each
// round, this one remembers what the round changed.
type trail struct {
	frames []*frame
	nodes  []*node // in the order in which they were first demanded
	// unsatisfied are the nodes that have a criterion and no pin that meets it, in no order.
	unsatisfied []*node
	// pins is how many nodes have a pin.
	pins int
}

func (t *trail) top() *frame { return t.frames[len(t.frames)-1] }

// push begins a new state that is like the topmost one.
func (t *trail) push() {
	f := &frame{}
	if len(t.frames) > 0 {
		f.causes = t.top().causes
	}
	t.frames = append(t.frames, f)
}

// pop goes back to the state before the topmost one. The frame stays as it is: a snapshot may hold it.
func (t *trail) pop() {
	t.takeBack(t.top().changes)
	last := len(t.frames) - 1
	t.frames[last] = nil // or all that it knew would stay in memory
	t.frames = t.frames[:last]
}

// undo takes back the changes of the topmost state from a place on.
func (t *trail) undo(from int) {
	f := t.top()
	t.takeBack(f.changes[from:])
	f.changes = f.changes[:from]
}

func (t *trail) takeBack(changes []change) {
	for _, c := range slices.Backward(changes) {
		t.set(c.node, c.before)
	}
}

// decide changes a node in the topmost state.
func (t *trail) decide(n *node, d decided) {
	f := t.top()
	f.changes = append(f.changes, change{n, n.decided})
	t.set(n, d)
}

func (t *trail) set(n *node, d decided) {
	if (n.pin == nil) != (d.pin == nil) {
		if d.pin != nil {
			t.pins++
		} else {
			t.pins--
		}
	}
	if n.unsatisfied != d.unsatisfied {
		if d.unsatisfied {
			n.open = len(t.unsatisfied)
			t.unsatisfied = append(t.unsatisfied, n)
		} else {
			last := len(t.unsatisfied) - 1
			moved := t.unsatisfied[last]
			t.unsatisfied[n.open], moved.open = moved, n.open
			t.unsatisfied = t.unsatisfied[:last]
		}
	}
	n.decided = d
}

// snapshot is a trail to come back to.
type snapshot struct {
	frames  []*frame
	decided []decided // by the place of the node
}

// snapshotBelow remembers the state below the topmost one, and all below that.
func (t *trail) snapshotBelow() *snapshot {
	s := &snapshot{frames: slices.Clone(t.frames[:len(t.frames)-1]), decided: make([]decided, len(t.nodes))}
	for i, n := range t.nodes {
		s.decided[i] = n.decided
	}
	for _, c := range slices.Backward(t.top().changes) {
		s.decided[c.node.place] = c.before
	}
	return s
}

// restore goes back to a snapshot. The states that it shares with the present are as they were, since they were never
// on top in between.
func (t *trail) restore(s *snapshot) {
	t.frames = s.frames
	for i, n := range t.nodes {
		if i < len(s.decided) {
			t.set(n, s.decided[i])
		} else {
			t.set(n, decided{})
		}
	}
}
