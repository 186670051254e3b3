package pipeline

import (
	"context"
	"strings"
	"sync"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/support"
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
	r.meter.Doing("rendering the workflows")
	rendered, findings := workflow.Render(ctx, r.config, r.state.matrix, actions, r.template)
	r.add(findings...)
	if findings.Err() != nil {
		return findings
	}
	claimed := map[string]bool{}
	for _, f := range rendered {
		claimed[f.Path] = true
		if err := r.write(generated{f.Path, workflow.Owned, "set `workflow.file` or `workflow.prefix` in " + r.config.File + " for another name"}, f.Data); err != nil {
			return err
		}
	}
	for _, f := range owned {
		if !claimed[f.Path] {
			r.tree.Remove(f.Path)
		}
	}
	r.state.workflows = workflows{owned, rendered, actions}
	if err := r.outputs(); err != nil {
		return err
	}
	return ctx.Err()
}

// outputs writes the files that `outputs` names besides tox.ini.
func (r *Run) outputs() error {
	table := sync.OnceValue(func() *support.Table { return support.New(r.config, r.state.facts, r.state.matrix) })
	for _, o := range []struct {
		key, path string
		owned     func([]byte) bool
		data      func() []byte
	}{
		{"schema", r.config.Outputs.Schema, config.IsSchema, config.Schema},
		{"report-markdown", r.config.Outputs.ReportMarkdown, support.IsMarkdown, func() []byte { return table().Markdown() }},
		{"report-json", r.config.Outputs.ReportJSON, support.IsJSON, func() []byte { return table().JSON() }},
	} {
		if o.path == "" {
			continue
		}
		if err := r.write(generated{o.path, o.owned, "name another file in `outputs." + o.key + "`"}, o.data()); err != nil {
			return err
		}
	}
	return nil
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

// A generated is a file that toxgen makes.
type generated struct {
	path string
	// owned reports whether toxgen made a content.
	owned func(data []byte) bool
	// otherwise is a hint how to keep a file of somebody else.
	otherwise string
}

// write writes a generated file, unless its place is occupied.
func (r *Run) write(g generated, data []byte) error {
	free, err := r.free(g)
	if free {
		r.tree.Write(g.path, data)
	}
	return err
}

// free reports whether a generated file may be written. A file that toxgen does not own in its place is an error of the run.
func (r *Run) free(g generated) (bool, error) {
	old, err := r.readIfThere(g.path)
	if err != nil {
		return false, err
	}
	if old != nil && !g.owned(old) {
		f := occupied(g.path)
		f.Hint = g.otherwise + "; " + f.Hint
		r.add(f)
		return false, nil
	}
	return true, nil
}

// occupied is the finding of a file that stands where toxgen would write one.
func occupied(path string) finding.Finding {
	return finding.Finding{Severity: finding.Error, File: path, Line: 1,
		Message: "toxgen did not write this file, and does not overwrite it",
		Hint:    "if the file was toxgen's and its first line was lost, delete it or put the line back"}
}
