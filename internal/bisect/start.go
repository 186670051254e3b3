package bisect

import (
	"context"
	"iter"
	"math/bits"
)

// Starts returns the world whose moves begin at the start with a place, 0 being the newest one, or nil if there are fewer. There is
// one at least. With all moves, all these worlds make the same mixture; it and that without moves can always be made.
type Starts func(ctx context.Context, place int) (World, error)

// A start is a world with its place among the starts.
type start struct {
	World
	place int
}

// with returns a mixture of the world with certain moves.
func (at *start) with(ctx context.Context, moves []int) (*Mixture, error) {
	return at.made(at.With(ctx, moves))
}

// made returns a mixture that the world made.
func (at *start) made(m *Mixture, err error) (*Mixture, error) {
	if m != nil {
		m.start = at
	}
	return m, err
}

// passing lets the moves begin at the first start at which the tests pass, in the order of places, or at the newest one.
func (s *search) passing(ctx context.Context) error {
	worlds := map[int]World{}
	var failed error
	next, stop := iter.Pull(places(func(place int) bool {
		if worlds[place] == nil && failed == nil {
			worlds[place], failed = s.starts(ctx, place)
		}
		return worlds[place] != nil && failed == nil
	}))
	defer stop()
	for {
		var batch []*Mixture
		for len(batch) < s.parallel {
			place, more := next()
			if !more {
				break
			}
			m, err := (&start{worlds[place], place}).with(ctx, nil)
			if err != nil {
				return err
			}
			batch = append(batch, m)
		}
		if failed != nil || len(batch) == 0 {
			return failed
		}
		outcomes, err := s.run(ctx, batch, 1)
		if err != nil {
			return err
		}
		for i, m := range batch {
			s.answer.Tried = append(s.answer.Tried, Try{m.start.place, outcomes[i]})
			if outcomes[i] == Passed {
				s.begin(m.start)
				return nil
			}
		}
	}
}

// places returns the places of starts in the order in which they are tried, as far as there are such starts: the first, second,
// fourth, eighth and so on, those older than the last one of these, and then those in between, the newest first.
func places(there func(place int) bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		step := 1
		for ; there(step - 1); step *= 2 {
			if !yield(step - 1) {
				return
			}
		}
		for place := step / 2; there(place); place++ {
			if !yield(place) {
				return
			}
		}
		for place := 2; place < step/2 && there(place); place++ {
			if bits.OnesCount(uint(place)+1) > 1 && !yield(place) {
				return
			}
		}
	}
}
