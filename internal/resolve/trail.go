package resolve

import "slices"

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
