package lock

import (
	"context"
	"errors"
	"sync"

	"toxgen/internal/python"
	"toxgen/internal/resolve"
)

// A Solver finds pins.
type Solver interface {
	// Solve returns the releases that meet a problem on a Python. The error is ErrNotAsked, a *resolve.Conflict, a
	// *resolve.Refusal, or a failure of the index.
	Solve(ctx context.Context, p *resolve.Problem, on python.Version) (*resolve.Result, error)
	// Extend tries problems again that were given up, if the budget of the run allows that. It reports whether they may
	// have another answer now. No problem may be solved meanwhile.
	Extend(ctx context.Context) bool
}

// ErrNotAsked is the error of a solver that may not ask an index.
var ErrNotAsked = errors.New("no index may be asked")

// Offline is the solver of a run that asks no index: it finds nothing.
type Offline struct{}

// Solve returns ErrNotAsked.
func (Offline) Solve(context.Context, *resolve.Problem, python.Version) (*resolve.Result, error) {
	return nil, ErrNotAsked
}

// Extend reports false.
func (Offline) Extend(context.Context) bool { return false }

// Online is a solver that asks an index. It answers equal problems once.
type Online struct {
	universe *resolve.Universe
	targets  func(python.Version) python.Target
	each     Each
	answers  sync.Map // question to *answer
	budget   *Budget
	// counted are the steps of the universe that the budget has.
	counted int64
}

// An Each calls work for each of some items, by their names, some at the same time, and returns when all have returned. work
// reports whether the solver was asked.
type Each func(names []string, work func(i int) (solved bool))

// NewOnline returns a solver, which no other solver asks the universe beside. targets returns the platform of a Python. The
// budget is that of the run.
func NewOnline(u *resolve.Universe, targets func(python.Version) python.Target, each Each, budget *Budget) *Online {
	return &Online{universe: u, targets: targets, each: each, budget: budget, counted: u.Steps()}
}

type question struct {
	python  python.Version
	problem string
}

// An answer is shared by all environments with the same problem.
type answer struct {
	question question
	asked    *resolve.Problem
	once     sync.Once
	result   *resolve.Result
	err      error
	// extended is set if the problem had its share of what is left of the budget.
	extended bool
}

// Solve resolves a problem.
func (s *Online) Solve(ctx context.Context, p *resolve.Problem, on python.Version) (*resolve.Result, error) {
	q := question{on, key(p)}
	known, _ := s.answers.LoadOrStore(q, &answer{question: q, asked: p})
	a := known.(*answer)
	a.once.Do(func() { a.solve(ctx, s, s.budget.first()) })
	return a.result, a.err
}

// solve answers with some steps.
func (a *answer) solve(ctx context.Context, s *Online, steps int) {
	p := *a.asked
	p.Steps = steps
	a.result, a.err = s.universe.Target(s.targets(a.question.python)).Resolve(ctx, &p)
}

// pinsOf returns the pins of a solution.
func pinsOf(result *resolve.Result) Pins {
	pins := Pins{}
	for _, pin := range result.Pins {
		pins[pin.Name] = pin.Version
	}
	return pins
}
