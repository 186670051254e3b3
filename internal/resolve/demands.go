package resolve

import "slices"

// information is a demand on a node and who makes it.
type information struct {
	demand *demand
	on     *node
	// parent is the node whose candidate makes it; nil for a root.
	parent    *node
	candidate *candidate
}

// demands are what is asked of a node, all together. The list shares its tail with the ones that it grew from; the
// newest comes first. Demands do not change; nil are none.
type demands struct {
	information
	earlier *demands
	// clauses are the specifiers of all, each once; exact is the file that is demanded, if one is.
	clauses []*clauses
	exact   *candidate
	rank    uint64
	// countedIn is the serial number of the causes that the demand was counted in last.
	countedIn int
}

// The rank is what demands mean for the order of decisions: the least goes first (rule 1). Each bit is cleared as soon
// as one demand says otherwise. Between them stands the place among the roots, 32 bits wide.
const (
	rankAnyFile   = 1 << 36
	rankUnpinned  = 1 << 35
	rankUnbounded = 1 << 34
	rankFree      = 1 << 0

	rankOrderShift = 1
)

// rankOfNothing is the rank of a node of which nothing is demanded.
func (n *node) rankOfNothing() uint64 {
	return rankAnyFile | rankUnpinned | rankUnbounded | uint64(n.order)<<rankOrderShift | rankFree
}

// and adds a demand.
func (d *demands) and(i information) *demands {
	sum := &demands{information: i, earlier: d, rank: i.on.rankOfNothing()}
	if d != nil {
		sum.clauses, sum.exact, sum.rank = d.clauses, d.exact, d.rank
	}
	if i.demand.exact != nil {
		sum.exact = i.demand.exact
		sum.rank &^= rankAnyFile
	}
	if c := i.demand.clauses; c != nil {
		sum.rank &^= rankFree
		if c.pinned {
			sum.rank &^= rankUnpinned
		}
		if c.bounded {
			sum.rank &^= rankUnbounded
		}
		if !slices.Contains(sum.clauses, c) {
			sum.clauses = append(slices.Clip(sum.clauses), c)
		}
	}
	return sum
}

// admit says whether a candidate meets all demands.
func (d *demands) admit(c *candidate) bool {
	for ; d != nil; d = d.earlier {
		if !d.demand.admits(c) {
			return false
		}
	}
	return true
}

// without drops the demands of some parents; it gives d itself if there are none.
func (d *demands) without(parents []*node) *demands {
	var kept []information
	dropped := false
	for e := d; e != nil; e = e.earlier {
		if e.parent != nil && slices.Contains(parents, e.parent) {
			dropped = true
		} else {
			kept = append(kept, e.information)
		}
	}
	if !dropped {
		return d
	}
	var rest *demands
	for _, i := range slices.Backward(kept) {
		rest = rest.and(i)
	}
	return rest
}
