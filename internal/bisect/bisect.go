// Package bisect finds which of several moves make tests fail that passed before any of them was made.
//
// A move is one of two states of a thing that can be chosen, such as a project that went from one release to another. Moves
// depend on each other, so that not every set of them can be made: a [World] makes a [Mixture] of a wish, and runs the tests
// on it. What a mixture makes is what counts, not what was wished for.
//
// Where the moves begin may not be known: then there are several starts, each with a World of its own, and [Find] first looks
// for one at which the tests pass. It tries the newest one, the second, the fourth, the eighth and so on, so that one that is k
// places back is found, or an older one, with about log2(k) runs; and the others if all these fail, since an older start can
// fail for reasons of its own. The moves lie between that start and what all moves make, whatever failed in between: only of
// these something can be said that holds where all moves are made.
//
// [Find] finds the moves by delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002): it
// splits them, and goes on with a smaller mixture that fails, until no smaller one does. What is left is a [Cause]: one
// move, or several that fail only together. Then all moves but those of the cause are tested. If they fail, there is another
// cause among them, and so on. A cause of one move among n takes at most 2·log2(n) runs to find, one of several at most
// n²+3n; then come two runs of each end, and those that verify the answer.
//
// A mixture that cannot be made or installed, or in which no test runs, counts as one that does not fail: nothing is concluded
// from it, and what could not be separated because of it is named in the answer. No end of the moves can be such a one.
//
// The answer does not depend on how many runs go on at the same time, nor on what an earlier search remembered, as long as
// the tests do the same each time. Tests that do not are noticed where a mixture is tested more than once: both ends, each
// cause, and what is to be held back.
//
// The package is pure. Its non-goals are versions, environments and processes.
package bisect

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// An Outcome is what became of a run.
type Outcome string

// The outcomes. They are words, because they are remembered in a file.
const (
	Passed        Outcome = "passed"
	Failed        Outcome = "failed"
	NotInstalled  Outcome = "could not be installed"
	NothingTested Outcome = "nothing tested" // no test passed or failed
)

// A Mixture is a set of moves that can be made together.
type Mixture struct {
	// Made are the numbers of the moves that it makes, ascending.
	Made []int
	// Key is the same for the same mixture.
	Key string

	start *start // from which it was made
}

// A World makes mixtures of the moves that begin at one start, and runs the tests on them.
type World interface {
	// Moves returns how many moves there are.
	Moves() int
	// With returns a mixture that makes certain moves, and of the others those that follow from them. It returns nil if there
	// is none.
	With(ctx context.Context, moves []int) (*Mixture, error)
	// Without returns a mixture that does not make certain moves, nor those that depend on them, and makes the others. It
	// returns nil if there is none.
	Without(ctx context.Context, moves []int) (*Mixture, error)
	// Run runs the tests on a mixture. Several runs may go on at the same time, also of one mixture. An error ends the
	// search.
	Run(ctx context.Context, m *Mixture) (Outcome, error)
}

// A Question is what [Find] is asked.
type Question struct {
	// Parallel is how many runs may go on at the same time.
	Parallel int
	// Known are the outcomes of earlier runs, by the keys of their mixtures.
	Known map[string][]Outcome
}

// A Verdict says how a search ended.
type Verdict string

// The verdicts.
const (
	// Found means that the causes are known: the tests fail with each of them and pass without them.
	Found Verdict = "found"
	// Partly means that the tests fail with each of the causes, but it is not known whether they pass without them,
	// because that mixture cannot be made or installed, or nothing is tested in it.
	Partly Verdict = "partly found"
	// Green means that the tests pass with all moves.
	Green Verdict = "passes"
	// Red means that the tests pass at no start, and fail at one at least: moves are not what makes them fail.
	Red Verdict = "failed before"
	// Flaky means that two runs on one mixture had different outcomes.
	Flaky Verdict = "flaky"
	// Uninstallable means that all moves together could not be installed; or that no start passes or fails, and one at least could
	// not be installed. Untested means the same of an end in which nothing is tested.
	Uninstallable Verdict = "could not be installed"
	Untested      Verdict = "nothing tested"
)

// A Cause is a set of moves with which the tests fail, and of which no smaller part was seen to make them fail.
type Cause struct {
	// Moves are the numbers of the moves, ascending.
	Moves []int
	// Bound are those of several moves without which no mixture of the others could be tested, so that they may be innocent. The
	// tests passed without each of the other ones.
	Bound []int
	// Mixture makes these moves and no others; the tests fail on it.
	Mixture *Mixture
}

// A Try is the outcome of the tests at a start.
type Try struct {
	Start   int
	Outcome Outcome
}

// An Answer is what [Find] found out.
type Answer struct {
	Verdict Verdict
	// Start is the place of the start at which the moves begin, of which the rest speaks. Tried are those that were tried to find
	// it, in this order, as far as that is needed: it is the last of them, or else none passes.
	Start int
	Tried []Try
	// Causes are independent of each other: no move is in two of them.
	Causes []Cause
	// Hold are moves of the causes, as few as possible of each. The tests pass if these are not made. Along are the moves
	// that cannot be made then either.
	Hold, Along []int
	// At is the end or the flaky mixture of which a verdict without causes speaks, or nil. Outcomes are those of the runs of a flaky
	// one.
	At       *Mixture
	Outcomes []Outcome
	// Runs counts the runs that were made, Remembered those of an earlier search that were used in place of one. Skipped
	// counts the wishes of which no mixture could be made.
	Runs, Remembered, Skipped int
}

// times is how often the ends and the answer are tested.
const times = 2

// Find searches for the causes. The error is that of the world, or of a context that ended.
func Find(ctx context.Context, starts Starts, q Question) (*Answer, error) {
	s := &search{starts: starts, parallel: max(1, q.Parallel), seen: map[string]*tested{}, skipped: map[string]bool{}, known: q.Known}
	err := s.find(ctx)
	if at, flaky := errors.AsType[*flakyError](err); flaky {
		s.answer.Start = at.mixture.start.place
		s.answer.Verdict, s.answer.At, s.answer.Outcomes = Flaky, at.mixture, at.outcomes
		s.answer.Causes, s.answer.Hold, s.answer.Along = nil, nil, nil // nothing can be concluded
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return &s.answer, nil
}

// A search is one call of Find.
type search struct {
	starts   Starts
	start    *start // where the moves begin
	parallel int
	all      []int
	known    map[string][]Outcome
	seen     map[string]*tested
	skipped  map[string]bool
	answer   Answer
}

// find searches, and leaves the answer in the search.
func (s *search) find(ctx context.Context) error {
	if err := s.ends(ctx); err != nil || s.answer.Verdict != "" {
		return err
	}
	failing, err := s.with(ctx, s.all)
	if err != nil {
		return err
	}
	var found []int // the moves of all causes, of which no two have one in common
	for {
		cause, err := s.minimize(ctx, failing)
		if err != nil {
			return err
		}
		s.answer.Causes = append(s.answer.Causes, cause)
		found = append(found, cause.Moves...)
		slices.Sort(found)
		rest, outcome, err := s.testWithout(ctx, found)
		switch {
		case err != nil:
			return err
		case outcome == Passed:
			s.answer.Verdict = Found
			return s.verify(ctx, found)
		case outcome != Failed || len(rest.Made) == 0: // no moves pass, as was seen: this mixture is another one
			s.answer.Verdict = Partly
			return s.repeat(ctx)
		}
		failing = rest
	}
}

// ends tests the mixture with all moves, which should fail, and looks for a start at which the tests pass. What is otherwise is
// the answer.
func (s *search) ends(ctx context.Context) error {
	world, err := s.starts(ctx, 0)
	if err != nil {
		return err
	}
	s.begin(&start{world, 0})
	outcome, m, err := s.twice(ctx, s.all)
	if err != nil {
		return err
	}
	if outcome != Failed {
		s.answer.Verdict, s.answer.At = cmp.Or(unexpected[outcome], Green), m
		return nil
	}
	if err := s.passing(ctx); err != nil {
		return err
	}
	_, m, err = s.twice(ctx, nil)
	if err != nil {
		return err
	}
	if s.answer.Tried[len(s.answer.Tried)-1].Outcome == Passed {
		return nil
	}
	s.answer.At = m
	for _, o := range []Outcome{Failed, NotInstalled, NothingTested} {
		if s.answer.Verdict == "" && slices.ContainsFunc(s.answer.Tried, func(t Try) bool { return t.Outcome == o }) {
			s.answer.Verdict = unexpected[o]
		}
	}
	return nil
}

// unexpected are the verdicts of ends at which the tests should have passed.
var unexpected = map[Outcome]Verdict{Failed: Red, NotInstalled: Uninstallable, NothingTested: Untested}

// begin lets the moves begin at a start.
func (s *search) begin(at *start) {
	s.start, s.all, s.answer.Start = at, numbers(at.Moves()), at.place
}

// twice returns what becomes of two runs of a mixture that can always be made.
func (s *search) twice(ctx context.Context, moves []int) (Outcome, *Mixture, error) {
	m, err := s.with(ctx, moves)
	if err != nil {
		return "", nil, err
	}
	outcomes, err := s.run(ctx, []*Mixture{m}, times)
	if err != nil {
		return "", nil, err
	}
	return outcomes[0], m, nil
}

// minimize returns the cause in a mixture on which the tests fail.
func (s *search) minimize(ctx context.Context, failing *Mixture) (Cause, error) {
	parts := 2
	for len(failing.Made) > 1 {
		smaller, at, err := s.smaller(ctx, failing.Made, parts)
		switch {
		case err != nil:
			return Cause{}, err
		case at >= parts: // all but one part
			failing, parts = smaller, max(parts-1, 2)
		case at >= 0:
			failing, parts = smaller, 2
		case parts == len(failing.Made):
			return s.cause(ctx, failing)
		default:
			parts = 2 * parts
		}
		parts = min(parts, len(failing.Made))
	}
	return s.cause(ctx, failing)
}

// smaller tests each of some parts of a failing set, and then all but each of them. It returns the first mixture that fails and
// is smaller than the set, and its place in this order, or -1 if there is none.
func (s *search) smaller(ctx context.Context, failing []int, parts int) (*Mixture, int, error) {
	var wishes [][]int
	for i := range parts {
		wishes = append(wishes, part(failing, i, parts))
	}
	if parts > 2 { // of two parts, each is all but the other
		for i := range parts {
			wishes = append(wishes, without(failing, part(failing, i, parts)))
		}
	}
	for i := 0; i < len(wishes); i += s.parallel {
		var batch []*Mixture
		for _, wish := range wishes[i:min(i+s.parallel, len(wishes))] {
			m, err := s.with(ctx, wish)
			if err != nil {
				return nil, 0, err
			}
			if m != nil && !isPart(m.Made, failing) {
				m = nil
			}
			batch = append(batch, m)
		}
		outcomes, err := s.run(ctx, batch, 1)
		if err != nil {
			return nil, 0, err
		}
		if at := slices.Index(outcomes, Failed); at >= 0 {
			return batch[at], i + at, nil
		}
	}
	return nil, -1, nil
}

// cause returns the cause that a mixture is of which no smaller part fails.
func (s *search) cause(ctx context.Context, failing *Mixture) (Cause, error) {
	c := Cause{Moves: failing.Made, Mixture: failing}
	if len(c.Moves) == 1 {
		return c, nil
	}
	for _, one := range c.Moves {
		m, err := s.with(ctx, without(c.Moves, []int{one}))
		if err != nil {
			return c, err
		}
		if m == nil || !isPart(m.Made, c.Moves) || s.seen[m.Key].outcomes[0] != Passed {
			c.Bound = append(c.Bound, one)
		}
	}
	return c, nil
}

// verify looks for a smaller set of moves without which the tests pass than those of all causes: of moves that fail only
// together, one is enough. Then it tests that set and the causes again.
func (s *search) verify(ctx context.Context, hold []int) error {
	for _, cause := range s.answer.Causes {
		if len(cause.Moves) == 1 {
			continue
		}
		var err error
		if hold, err = s.fewer(ctx, hold, cause); err != nil {
			return err
		}
	}
	rest, _, err := s.testWithout(ctx, hold)
	if err != nil {
		return err
	}
	s.answer.Hold, s.answer.Along = hold, without(s.all, append(slices.Clone(rest.Made), hold...))
	return s.repeat(ctx, rest)
}

// fewer returns moves without which the tests pass, that have only one of a cause if there is such a one. Those that may be
// innocent are tried last, and before that those without which most moves can be made.
func (s *search) fewer(ctx context.Context, hold []int, cause Cause) ([]int, error) {
	type candidate struct{ hold, made []int }
	var candidates []candidate
	for _, list := range [][]int{without(cause.Moves, cause.Bound), cause.Bound} {
		first := len(candidates)
		for _, one := range list {
			c := candidate{hold: append(without(hold, cause.Moves), one)}
			slices.Sort(c.hold)
			m, err := s.leaving(ctx, c.hold)
			if err != nil {
				return nil, err
			}
			if m != nil {
				c.made = m.Made
				candidates = append(candidates, c)
			}
		}
		slices.SortStableFunc(candidates[first:], func(a, b candidate) int { return cmp.Compare(len(b.made), len(a.made)) })
	}
	for _, c := range candidates {
		if _, outcome, err := s.testWithout(ctx, c.hold); err != nil || outcome == Passed {
			return c.hold, err
		}
	}
	return hold, nil
}

// repeat tests the causes and other mixtures again, to notice tests that do not always do the same.
func (s *search) repeat(ctx context.Context, others ...*Mixture) error {
	var mixtures []*Mixture
	for _, c := range s.answer.Causes {
		mixtures = append(mixtures, c.Mixture)
	}
	_, err := s.run(ctx, append(mixtures, others...), times)
	return err
}

// numbers returns 0 to n-1.
func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// part returns one of n parts of a list, whose lengths differ by at most one.
func part(list []int, i, n int) []int { return list[len(list)*i/n : len(list)*(i+1)/n] }

// without returns a list without certain elements.
func without(list, elements []int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(e int) bool { return slices.Contains(elements, e) })
}

// isPart reports whether a list has fewer elements than another, and no others.
func isPart(list, of []int) bool {
	return len(list) < len(of) && !slices.ContainsFunc(list, func(e int) bool { return !slices.Contains(of, e) })
}
