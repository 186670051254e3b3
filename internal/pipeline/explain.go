package pipeline

import (
	"context"
	"errors"

	"toxgen/internal/explain"
	"toxgen/internal/finding"
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

// Explain writes why a suite, a release of one (`flask==3.1.4`), an environment or a project of the lock is tested as it is:
// what a person reads first, everything, or everything as JSON. nil is a flag that was not given.
func (r *Run) Explain(ctx context.Context, what string, all, asJSON *bool) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	answer, err := explain.Explain(ctx, explain.Question{Config: r.config, Facts: s.facts, Lock: s.had}, what)
	switch {
	case err != nil:
		if _, unknown := errors.AsType[finding.List](err); unknown {
			return WrongUsage(err)
		}
		return err
	case given(asJSON):
		_, err = r.world.Stdout.Write(answer.JSON())
		return err
	default:
		answer.Print(r.world.Stdout, explain.How{All: given(all), What: what, Program: r.world.Program})
		return nil
	}
}
