package resolve

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
