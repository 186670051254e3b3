package pipeline

import (
	"context"
	"errors"

	"toxgen/internal/explain"
)

// Explain writes why a suite, a release of one (`flask==3.1.4`) or an environment is tested as it is.
func (r *Run) Explain(ctx context.Context, what string) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	x := explain.Explanation{Config: r.config, Facts: s.facts, Lock: s.had, Out: r.world.Stdout}
	err = x.Write(ctx, what)
	if unknown, ok := errors.AsType[*explain.UnknownError](err); ok {
		return WrongUsage(unknown)
	}
	return err
}
