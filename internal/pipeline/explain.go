package pipeline

import (
	"context"
	"errors"

	"toxgen/internal/explain"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/support"
	"toxgen/internal/workflow"
)

// Rows writes what another CI system has to know to run the matrix, as JSON.
func (r *Run) Rows(context.Context) error {
	_, m, err := r.selection()
	if err != nil {
		return err
	}
	data, err := workflow.Export(r.config, m)
	if err != nil {
		return err
	}
	_, err = r.world.Stdout.Write(data)
	return err
}

// Report writes the support table as a page of HTML.
func (r *Run) Report(context.Context) error {
	facts, m, err := r.selection()
	if err != nil {
		return err
	}
	_, err = r.world.Stdout.Write(support.New(r.config, facts, m).HTML())
	return err
}

// selection returns the facts, and what is selected by them. Facts that selection lacks are findings.
func (r *Run) selection() (registry.Facts, *matrix.Matrix, error) {
	s, err := r.inputs(r.state)
	if err != nil {
		return nil, nil, err
	}
	selected := r.choice(s.facts, &attempt{state: s})
	r.add(r.lacking(selected.Lacking)...)
	r.add(selected.Findings...)
	return s.facts, selected.Matrix, nil
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
