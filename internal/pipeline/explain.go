package pipeline

import (
	"context"
	"errors"

	"toxgen/internal/explain"
	"toxgen/internal/finding"
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
	if len(r.config.Groups) == 0 {
		return finding.List{{Severity: finding.Error, File: r.config.File, Message: "there are no groups, whose rows these would be: no environment would be run",
			Hint: "add `groups: [{name: …, suites: […]}]` with every suite"}}
	}
	data, err := workflow.Export(r.config, m)
	if err != nil {
		return err
	}
	_, err = r.world.Stdout.Write(data)
	return err
}

// Report writes the support table: as a page of HTML, or as JSON or Markdown, which are those that `outputs` can name.
func (r *Run) Report(asJSON, asMarkdown *bool) error {
	form := (*support.Table).HTML
	switch {
	case given(asJSON) && given(asMarkdown):
		return WrongUsage(errors.New("-json and -markdown exclude each other"))
	case given(asJSON):
		form = (*support.Table).JSON
	case given(asMarkdown):
		form = (*support.Table).Markdown
	}
	facts, m, err := r.selection()
	if err != nil {
		return err
	}
	_, err = r.world.Stdout.Write(form(support.New(r.config, facts, m)))
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
