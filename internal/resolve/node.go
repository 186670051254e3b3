package resolve

import (
	"context"
	"math"

	"toxgen/internal/pep440"
)

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
