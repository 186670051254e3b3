package resolve

import (
	"container/heap"
	"context"
	"slices"
)

// optimismRatio is the share of the remaining rounds that optimistic backjumping may use.
const optimismRatio = 0.1

// backjump goes back from the topmost state, in which no candidate could be pinned, to one in which another candidate
// can be tried. It reports whether there is one.
//
// A state below the topmost is taken back if its pin is involved in the conflict, that is if its candidate demands
// one of the nodes that the causes name. While the search is optimistic, all states above such a state are skipped,
// though one of them may be at fault too; the first time, the search saves its state. Otherwise states are taken back
// one by one; only a state whose own node is among the causes, without a demand on another of them, is skipped.
// Candidates that were found not to work in a state that is taken back stay excluded, and so does the candidate
// pinned in it.
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

// atFault reports whether the topmost state is the one to take back.
func (s *search) atFault(c *causes) bool {
	n := s.lastPinned()
	if !c.names(n) {
		if !s.optimistic {
			return true
		}
		if s.saved == nil {
			s.saved = s.snapshotBelow()
		}
	}
	list := s.demandsOf(n, n.pin)
	s.allowance.spend(len(list) * stepsPerLookup)
	for i := range list {
		if other := s.byIdentifier[list[i].on]; other != nil && c.names(other) {
			return true
		}
	}
	return s.pins == 1 // never go back to a state without a pin
}

func (s *search) lastPinned() *node {
	pinned := s.top().pinned
	return pinned[len(pinned)-1]
}

// exclusion is the files of a node that were found not to work, and the criterion of the node in the state that is
// taken back.
type exclusion struct {
	node      *node
	files     fileSet
	criterion *criterion
}

// retry takes back the topmost state and begins it anew, without its candidate and all files that it excluded. It
// reports false if that leaves a node no candidate; the new state must then be taken back, too.
func (s *search) retry(ctx context.Context) (bool, error) {
	last := s.lastPinned()
	last.givenUp++
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
			s.allowance.spend(len(files))
			list = append(list, exclusion{n, files, n.criterion})
		}
	}
	s.allowance.spend(len(s.nodes) * stepsPerNode)
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

// giveUpOptimism goes back to the state that was saved, for good.
func (s *search) giveUpOptimism() {
	s.optimistic = false
	s.restore(s.saved)
	s.saved = nil
}

// causes are the demands of one conflict, which could not be met together.
type causes struct {
	// serial distinguishes causes and starts at 1. The nodes and demands that were counted keep this number, not a
	// pointer to the causes: these may be large and must be freed when the search goes on.
	serial int
	// conflicts has one entry for each node left without a candidate: the demands on it.
	conflicts []*demands
	// blamed are the nodes that the demands are on and those that make them, and how often each is involved.
	blamed []blame
}

type blame struct {
	node  *node
	times int
}

// causesOf counts each demand of a conflict once and marks the nodes that are involved.
func (s *search) causesOf(conflicts []*demands) *causes {
	s.conflicts++
	c := &causes{serial: s.conflicts, conflicts: conflicts}
	for _, d := range conflicts {
		for ; d != nil && d.countedIn != c.serial; d = d.earlier {
			d.countedIn = c.serial
			s.allowance.spend(1)
			c.blame(d.on)
			if d.parent != nil {
				c.blame(d.parent)
			}
		}
	}
	return c
}

func (c *causes) blame(n *node) {
	if !c.names(n) {
		n.blamedIn, n.blamedAt = c.serial, len(c.blamed)
		c.blamed = append(c.blamed, blame{node: n})
	}
	c.blamed[n.blamedAt].times++
}

// names reports whether the causes name a node. The answer is right only if no other causes were made or counted
// since these were.
func (c *causes) names(n *node) bool { return c != nil && n.blamedIn == c.serial }

// count adds to the conflicts of the nodes that are involved in causes and have no pin, and renews the marks. It is
// called once per round.
func (s *search) count(c *causes) {
	s.allowance.spend(len(c.blamed))
	for _, b := range c.blamed {
		b.node.blamedIn = c.serial
		if b.node.pin == nil {
			s.addConflicts(b.node, b.times)
		}
	}
}

// frame is one state of the search: the changes since the state below it. Only the topmost frame changes.
type frame struct {
	// changes hold what was before, and are undone from the last to the first.
	changes []change
	// pinned are the nodes pinned in this state, in order. There is exactly one, except in the lowest frame and the
	// topmost, which have none, and in a frame that was the topmost when a search was restored, which may have two.
	pinned []*node
	// causes are those of the last conflict.
	causes *causes
}

type change struct {
	node   *node
	before decided
}

// trail is the states of the search and what is decided in the topmost one. Where resolvelib copies the whole state
// in each round, the trail records what the round changes.
type trail struct {
	frames []*frame
	nodes  []*node // in the order of their first demands
	// unsatisfied are the nodes that have a criterion and no pin that meets it.
	unsatisfied nodeHeap
	// pins is the number of nodes that have a pin.
	pins int
}

func (t *trail) top() *frame { return t.frames[len(t.frames)-1] }

// push begins a new state, which equals the topmost one.
func (t *trail) push() {
	f := &frame{}
	if len(t.frames) > 0 {
		f.causes = t.top().causes
	}
	t.frames = append(t.frames, f)
}

// pop goes back to the state below the topmost one. The frame that it removes does not change, because a snapshot may
// hold it.
func (t *trail) pop() {
	t.takeBack(t.top().changes)
	last := len(t.frames) - 1
	t.frames[last] = nil // so that its memory can be freed
	t.frames = t.frames[:last]
}

// undo takes back the changes of the topmost state from an index on.
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
	was := n.unsatisfied
	n.decided = d
	switch {
	case was && d.unsatisfied:
		heap.Fix(&t.unsatisfied, n.unsatisfiedAt) // its rank may be another one
	case d.unsatisfied:
		heap.Push(&t.unsatisfied, n)
	case was:
		heap.Remove(&t.unsatisfied, n.unsatisfiedAt)
	}
}

// addConflicts adds to the conflicts of a node.
func (t *trail) addConflicts(n *node, times int) {
	if n.conflicts += times; n.unsatisfied {
		heap.Fix(&t.unsatisfied, n.unsatisfiedAt)
	}
}

// nodeHeap implements heap.Interface: the node to decide first (rule 1) is at the top.
type nodeHeap []*node

// Len serves heap.Interface.
func (h nodeHeap) Len() int { return len(h) }

// Less serves heap.Interface.
func (h nodeHeap) Less(i, j int) bool { return h[i].before(h[j]) }

// Swap serves heap.Interface.
func (h nodeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].unsatisfiedAt, h[j].unsatisfiedAt = i, j
}

// Push serves heap.Interface.
func (h *nodeHeap) Push(n any) {
	n.(*node).unsatisfiedAt = len(*h)
	*h = append(*h, n.(*node))
}

// Pop serves heap.Interface.
func (h *nodeHeap) Pop() any {
	last := len(*h) - 1
	n := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return n
}

// snapshot is a state of a trail that can be restored.
type snapshot struct {
	frames  []*frame
	decided []decided // by the place of the node
}

// snapshotBelow returns a snapshot of the state below the topmost one.
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

// restore goes back to a snapshot. The frames of the snapshot have not changed, because none of them was the topmost
// since then.
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
