package resolve

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
