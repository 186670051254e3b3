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
}

// ErrNotAsked is the error of a solver that may not ask an index.
var ErrNotAsked = errors.New("no index may be asked")

// Offline is the solver of a run that asks no index: it finds nothing.
type Offline struct{}

// Solve returns ErrNotAsked.
func (Offline) Solve(context.Context, *resolve.Problem, python.Version) (*resolve.Result, error) {
	return nil, ErrNotAsked
}

// Online is a solver that asks an index. It answers equal problems once.
type Online struct {
	universe *resolve.Universe
	platform python.Platform
	answers  sync.Map // question to *answer
}

// NewOnline returns a solver for environments on one platform.
func NewOnline(u *resolve.Universe, platform python.Platform) *Online {
	return &Online{universe: u, platform: platform}
}

type question struct {
	python  python.Version
	problem string
}

// An answer is shared by all environments with the same problem.
type answer struct {
	once   sync.Once
	result *resolve.Result
	err    error
}

// Solve resolves a problem.
func (s *Online) Solve(ctx context.Context, p *resolve.Problem, on python.Version) (*resolve.Result, error) {
	known, _ := s.answers.LoadOrStore(question{on, key(p)}, &answer{})
	a := known.(*answer)
	a.once.Do(func() { a.result, a.err = s.universe.Target(on, s.platform).Resolve(ctx, p) })
	return a.result, a.err
}

// pinsOf returns the pins of a solution.
func pinsOf(result *resolve.Result) Pins {
	pins := Pins{}
	for _, pin := range result.Pins {
		pins[pin.Name] = pin.Version
	}
	return pins
}
