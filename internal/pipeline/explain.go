package pipeline

import (
	"context"
	"errors"

	"toxgen/internal/explain"
	"toxgen/internal/workflow"
)

// Rows writes what another CI system has to know to run the matrix, as JSON. Facts that selection lacks are findings.
func (r *Run) Rows(context.Context) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	selected := r.choice(s.facts, &attempt{state: s})
	r.add(r.lacking(selected.Lacking)...)
	r.add(selected.Findings...)
	data, err := workflow.Export(r.config, selected.Matrix)
	if err != nil {
		return err
	}
	_, err = r.world.Stdout.Write(data)
	return err
}

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
