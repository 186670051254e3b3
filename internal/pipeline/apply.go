package pipeline

import (
	"bytes"
	"context"
	"slices"

	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/tox"
)

// Apply takes over what an update handed over in a folder, and says what that changes, also in a file if summary, a flag,
// names one. It asks no index.
func (w World) Apply(ctx context.Context, folder string, summary *string) Status {
	r, err := locked(ctx, w)
	if err != nil {
		return w.Explain(err)
	}
	defer r.Close()
	if r.handed, err = readHandover(folder); err != nil {
		return w.Explain(err)
	}
	r.summaryName = given(summary)
	if status := r.Fail(r.takeOver(ctx)); status != Done {
		return status
	}
	return r.Commit()
}

// takeOver takes over the facts and pins that were handed over, and makes everything else anew from them. Of tox.ini it
// reads names and pins alone. Whatever a check would find in the result is an error, and so are facts that nothing needs.
func (r *Run) takeOver(ctx context.Context) error {
	said, err := r.handedSummary()
	if err != nil {
		return err
	}
	if err := r.readLock(); err != nil {
		return err
	}
	had := r.lock
	if err := r.overlay(); err != nil {
		return err
	}
	first, err := r.graph(ctx)
	if err != nil {
		return err
	}
	if rendered, err := r.tree.Read(toxFile); err == nil && !bytes.Equal(rendered, r.handed[toxFile]) {
		r.add(finding.Finding{Severity: finding.Warning, File: toxFile, Line: firstDifference(rendered, r.handed[toxFile]),
			Message: "what was handed over is not what its facts and pins give: nothing but these was taken over"})
	}
	second, err := r.graph(ctx) // of what the first wrote: as a check will
	if err != nil {
		return err
	}
	if !slices.EqualFunc(first, second, func(a, b fileset.Change) bool { return a.Path == b.Path && bytes.Equal(a.New, b.New) }) {
		return finding.List{{Severity: finding.Error, File: toxFile, Message: "the facts and pins that were handed over do not settle: a second run would change them again"}}
	}
	if err := r.lint(); err != nil {
		return err
	}
	if err := r.acceptable(); err != nil {
		return err
	}
	r.summary = r.changed(had)
	r.summary.HeldBack, r.summary.Withdrawn, r.summary.Replaced, r.summary.Failed = said.HeldBack, said.Withdrawn, said.Replaced, said.Failed
	return ctx.Err()
}

// handedSummary is what the update said; of it counts what cannot be found out here.
func (r *Run) handedSummary() (*report.Summary, error) {
	data, found := r.handed[summaryFile]
	if !found {
		return &report.Summary{}, nil
	}
	s, err := report.Parse(data)
	if err != nil {
		return nil, finding.List{{Severity: finding.Error, File: summaryFile, Message: foreign.Text(err.Error())}}
	}
	return s, nil
}

// overlay puts what was handed over in the place of what the tree has of it.
func (r *Run) overlay() error {
	names, err := r.tree.List(registry.Folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, isFacts := registry.NameOf(name); isFacts && r.handed[name] == nil {
			r.tree.Remove(name)
		}
	}
	for name, data := range r.handed {
		if name != summaryFile {
			r.tree.Write(name, data)
		}
	}
	if r.handed[tox.BuildConstraints] == nil {
		r.tree.Remove(tox.BuildConstraints)
	}
	return nil
}

// graph walks the whole line on the tree as it is, and gives what would be written.
func (r *Run) graph(ctx context.Context) ([]fileset.Change, error) {
	r.facts = nil
	for _, step := range []func(context.Context) error{r.Fetch, r.Toxgen, r.Workflows} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r.tree.Changes()
}

// acceptable is an error if anything is not as a check wants it; its findings are errors then.
func (r *Run) acceptable() error {
	if r.findings.Worst() < finding.OutOfSync {
		return nil
	}
	refused := finding.List{{Severity: finding.Error, Message: "what was handed over is not taken over: a check of it would fail, as follows"}}
	for _, f := range r.findings {
		if f.Severity == finding.OutOfSync {
			f.Severity, f.Hint = finding.Error, ""
		}
		refused = append(refused, f)
	}
	r.findings = nil
	return refused
}
