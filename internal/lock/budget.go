package lock

import (
	"context"
	"errors"
	"slices"
	"strings"

	"toxgen/internal/resolve"
)

// A Budget bounds the work of all resolutions of one run, in the steps of package resolve. It is a rule without a clock:
//
//  1. A problem may take ordinary steps first, and once the run has taken all of its steps only least.
//  2. When everything that is asked at one time was tried, the problems without an answer share in equal parts what is
//     left of the run's steps ([Online.Extend]). Each gets such a share once.
//
// So what a run answers depends on the problems alone, not on the order or the time in which they are answered. A hard
// project that every environment requires costs what the run may take, and not a long search for each environment. A
// problem that is answered at first does not depend on others: what makes some suites hard takes nothing from a suite
// that is not.
//
// A Budget must not be used while resolutions run.
type Budget struct {
	// ordinary and least are steps of one problem.
	ordinary, least int
	// run are the steps that the run may take, taken those that it took. They need not fit into an int.
	run, taken int64
}

// NewBudget returns the budget of a run. Of the reference configuration no problem needs more than 4 million steps, and a
// whole update takes 100 million. 30 million steps take up to a fifth of a second.
func NewBudget() *Budget {
	return &Budget{ordinary: 30_000_000, least: 8_000_000, run: 10 * resolve.MaximumSteps}
}

// first returns the steps that a problem may take first.
func (b *Budget) first() int {
	if b.taken >= b.run {
		return b.least
	}
	return b.ordinary
}

// share returns what each of some problems gets of what is left.
func (b *Budget) share(problems int) int {
	return int(min(max(b.run-b.taken, 0)/int64(problems), resolve.MaximumSteps))
}

// Extend tries the problems that were given up until now again, with more steps, if there are any left. It reports whether
// it tried some, so that asking for them may return an answer. It must not be called while problems are solved.
func (s *Online) Extend(ctx context.Context) bool {
	defer s.settle()
	s.settle()
	hard := s.undecided()
	if len(hard) == 0 {
		return false
	}
	share := s.budget.share(len(hard))
	for _, a := range hard {
		a.extended = true
	}
	if share <= s.budget.first() {
		return false
	}
	names := make([]string, len(hard))
	for i, a := range hard {
		names[i] = a.name()
	}
	s.each(names, func(i int) bool {
		hard[i].solve(ctx, s, share)
		return true
	})
	return true
}

// name names the problem for people: several may have the same name.
func (a *answer) name() string {
	name := "a problem for " + a.question.python.Factor()
	if len(a.asked.Roots) > 0 {
		name = a.question.python.Factor() + " with " + a.asked.Roots[0].Requirement.String()
	}
	return name
}

// settle adds the steps that were taken since the last time to those of the run.
func (s *Online) settle() {
	taken := s.universe.Steps()
	s.budget.taken += taken - s.counted
	s.counted = taken
}

// undecided returns the answers that lack only steps, each once in a run, in the order of their questions.
func (s *Online) undecided() []*answer {
	var list []*answer
	s.answers.Range(func(_, known any) bool {
		if a := known.(*answer); !a.extended && isUndecided(a.err) {
			list = append(list, a)
		}
		return true
	})
	slices.SortFunc(list, func(a, b *answer) int {
		return strings.Compare(a.question.python.Full()+a.question.problem, b.question.python.Full()+b.question.problem)
	})
	return list
}

func isUndecided(err error) bool {
	conflict, is := errors.AsType[*resolve.Conflict](err)
	return is && conflict.Undecided
}
