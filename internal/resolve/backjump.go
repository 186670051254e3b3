package resolve

import "context"

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
