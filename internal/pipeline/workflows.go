package pipeline

import (
	"context"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/workflow"
)

// workflowFolder is where GitHub looks for workflows.
const workflowFolder = ".github/workflows"

// Workflows is the third step: the generated workflows and what `outputs` names.
func (r *Run) Workflows(ctx context.Context) error {
	owned, byHand, err := r.existingWorkflows()
	if err != nil {
		return err
	}
	actions, findings := workflow.ReadActions(byHand, r.config)
	r.add(findings...)
	r.doing("rendering the workflows")
	rendered, findings := workflow.Render(ctx, r.config, r.state.matrix, actions, r.template)
	r.add(findings...)
	if findings.Err() != nil {
		return findings
	}
	if err := occupied(rendered, byHand).Err(); err != nil {
		return err
	}
	claimed := map[string]bool{}
	for _, f := range rendered {
		claimed[f.Path] = true
		r.tree.Write(f.Path, f.Data)
	}
	for _, f := range owned {
		if !claimed[f.Path] {
			r.tree.Remove(f.Path)
		}
	}
	r.state.workflows = workflows{owned, rendered, actions}
	if path := r.config.Outputs.Schema; path != "" {
		r.tree.Write(path, config.Schema())
	}
	return ctx.Err()
}

// existingWorkflows returns the workflows in the tree: those that toxgen owns by their mark, and hand-written
// ones.
func (r *Run) existingWorkflows() (owned, byHand []workflow.File, err error) {
	names, err := r.tree.List(workflowFolder)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".yml") && !strings.HasSuffix(name, ".yaml") {
			continue
		}
		data, err := r.tree.Read(name)
		if err != nil {
			return nil, nil, err
		}
		if f := (workflow.File{Path: name, Data: data}); workflow.Owned(data) {
			owned = append(owned, f)
		} else {
			byHand = append(byHand, f)
		}
	}
	return owned, byHand, nil
}

// occupied reports hand-written files that stand where a generated one belongs.
func occupied(rendered, byHand []workflow.File) finding.List {
	var findings finding.List
	for _, f := range rendered {
		for _, other := range byHand {
			if f.Path == other.Path {
				findings = append(findings, finding.Finding{Severity: finding.Error, File: f.Path, Line: 1,
					Message: "a workflow that toxgen does not own stands where it would write one",
					Hint:    "rename it, or delete it if toxgen's mark in its first line was lost"})
			}
		}
	}
	return findings
}
