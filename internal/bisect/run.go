package bisect

import (
	"context"
	"fmt"
	"slices"

	"toxgen/internal/concurrent"
)

// tested holds what became of a mixture so far.
type tested struct {
	mixture  *Mixture
	outcomes []Outcome
}

// A flakyError ends a search because two runs on one mixture had different outcomes.
type flakyError struct{ tested }

// Error returns what happened.
func (*flakyError) Error() string { return "two runs on one mixture had different outcomes" }

// with asks the world for a mixture of certain moves.
func (s *search) with(ctx context.Context, moves []int) (*Mixture, error) {
	m, err := s.start.with(ctx, moves)
	if m == nil && err == nil {
		s.skip("with", moves)
	}
	return m, err
}

// leaving asks the world for a mixture without certain moves.
func (s *search) leaving(ctx context.Context, moves []int) (*Mixture, error) {
	m, err := s.start.made(s.start.Without(ctx, moves))
	if err == nil && (m == nil || len(without(m.Made, moves)) < len(m.Made)) {
		s.skip("without", moves)
		return nil, nil
	}
	return m, err
}

// skip counts a wish that the world cannot fulfil, once.
func (s *search) skip(kind string, moves []int) {
	if wish := fmt.Sprint(kind, moves); !s.skipped[wish] {
		s.skipped[wish] = true
		s.answer.Skipped++
	}
}

// testWithout returns the mixture of all moves but certain ones, and what becomes of it. If there is none, it could not be
// installed.
func (s *search) testWithout(ctx context.Context, moves []int) (*Mixture, Outcome, error) {
	m, err := s.leaving(ctx, moves)
	if err != nil {
		return nil, "", err
	}
	outcomes, err := s.run(ctx, []*Mixture{m}, 1)
	if err != nil {
		return nil, "", err
	}
	return m, outcomes[0], nil
}

// run returns what becomes of mixtures that are tested a number of times, as far as they were not before. Of one that is
// nil that is NotInstalled.
func (s *search) run(ctx context.Context, mixtures []*Mixture, times int) ([]Outcome, error) {
	type result struct {
		outcome Outcome
		err     error
	}
	due := s.due(mixtures, times)
	results := concurrent.Map(s.parallel, due, func(t *tested) (r result) {
		if r.err = ctx.Err(); r.err == nil {
			r.outcome, r.err = t.mixture.start.Run(ctx, t.mixture)
		}
		return r
	})
	for i, r := range results {
		if r.err != nil {
			return nil, r.err
		}
		due[i].outcomes = append(due[i].outcomes, r.outcome)
		s.answer.Runs++
	}
	outcomes := make([]Outcome, len(mixtures))
	for i, m := range mixtures {
		if outcomes[i] = NotInstalled; m == nil {
			continue
		}
		all := s.seen[m.Key].outcomes
		if outcomes[i] = all[0]; slices.ContainsFunc(all, func(o Outcome) bool { return o != all[0] }) {
			return nil, &flakyError{*s.seen[m.Key]}
		}
	}
	return outcomes, nil
}

// due returns the mixtures that have to be run so that each is tested a number of times, each as often as it has to be. What
// is known of a mixture counts.
func (s *search) due(mixtures []*Mixture, times int) []*tested {
	var due []*tested
	runs := map[*tested]int{} // those that are known or due
	for _, m := range mixtures {
		if m == nil {
			continue
		}
		t := s.seen[m.Key]
		if t == nil {
			known := s.known[m.Key]
			t = &tested{outcomes: slices.Clone(known[:min(len(known), 2)])}
			s.seen[m.Key] = t
			s.answer.Remembered += len(t.outcomes)
		}
		t.mixture = m // what it makes depends on the start
		for runs[t] = max(runs[t], len(t.outcomes)); runs[t] < times; runs[t]++ {
			due = append(due, t)
		}
	}
	return due
}
