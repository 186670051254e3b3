package pipeline

import (
	"bytes"
	"context"
	"time"

	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
	"toxgen/internal/update"
)

// TakingOver begins a run that takes over what an update handed over in a folder, of which it asks no index. verified is
// the digest that the hand-over must have; nil: any. summary names a file for the summary; nil or empty: none.
func TakingOver(ctx context.Context, world World, folder string, verified, summary *string) (*Run, error) {
	r, err := locked(ctx, world)
	if err != nil {
		return nil, err
	}
	r.mode = mode{index: live.None{}, curable: finding.OutOfSync, needless: finding.Error}
	if err := r.takeOver(folder, verified, summary); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// takeOver puts what was handed over in the place of what the tree has of it. Of tox.ini the run then reads names and
// pins alone.
func (r *Run) takeOver(folder string, verified, summary *string) error {
	h, err := update.ReadHandover(folder, r.config.ToxFile())
	if err != nil {
		return err
	}
	if verified != nil && *verified != h.Digest() {
		return finding.List{{Severity: finding.Error, Message: "what was handed over is not what `update:verify` confirmed: its digest is " + h.Digest(),
			Hint: "take over the folder that it confirmed"}}
	}
	if r.done.summary, err = h.Summary(); err != nil {
		return err
	}
	if summary != nil {
		r.done.file = *summary
	}
	if err := r.retryHanded(r.done.summary.Retried); err != nil {
		return err
	}
	// What is wrong with the files that are replaced does not matter.
	if r.handed.had, _, _, err = r.readLock(); err != nil {
		return err
	}
	custom, err := r.readCustom()
	if err != nil {
		return err
	}
	r.handed.custom = &custom
	if facts, _, _, err := r.readFacts(); err == nil {
		r.handed.facts = facts
	}
	r.handed.tox = h[r.config.ToxFile()]
	names, err := r.tree.List(registry.Folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, isFacts := registry.NameOf(name); isFacts && h[name] == nil {
			r.tree.Remove(name)
		}
	}
	for _, name := range []string{r.config.ToxFile(), tox.BuildConstraints} {
		old, err := r.readIfThere(name)
		switch {
		case err != nil:
			return err
		case !tox.Owned(old):
			r.add(occupied(name))
		case h[name] != nil:
			r.tree.Write(name, h[name])
		default:
			r.tree.Remove(name)
		}
	}
	for name, data := range h {
		if _, isFacts := registry.NameOf(name); isFacts {
			r.tree.Write(name, data)
		}
	}
	return nil
}

// Again returns a verifying run over what this run would leave on the disk.
func (r *Run) Again() *Run {
	return &Run{world: r.world, tree: r.tree.Settled(), meter: r.meter, config: r.config,
		mode: mode{index: live.None{}, curable: finding.OutOfSync, needless: r.mode.needless}}
}

// Accept ends the work of a run that takes over a hand-over: it is an error if a check of what the run leaves found
// anything. Else it finds out what the hand-over changes.
func (r *Run) Accept(ctx context.Context, check *Run) error {
	found := append(r.findings, check.findings...)
	r.findings = nil
	if found.Worst() >= finding.OutOfSync {
		refused := finding.List{{Severity: finding.Error, Message: "what was handed over is not taken over: a check of it would fail, as follows"}}
		for _, f := range found {
			if f.Severity == finding.OutOfSync {
				f.Severity, f.Hint = finding.Error, ""
			}
			refused = append(refused, f)
		}
		return refused
	}
	r.findings = found
	if rendered, err := r.tree.Read(r.config.ToxFile()); err == nil && !bytes.Equal(rendered, r.handed.tox) {
		r.add(finding.Finding{Severity: finding.Warning, File: r.config.ToxFile(), Line: firstDifference(rendered, r.handed.tox),
			Message: "the file that was handed over differs from what the facts and pins give: only facts and pins were taken over"})
	}
	r.findings.Sort()
	summary, err := r.difference(ctx, r.handed.had, r.handed.facts)
	if err != nil {
		return err
	}
	said := r.done.summary
	since := map[string]time.Time{} // the index alone knows it, and update:verify confirmed it
	for _, a := range said.New {
		since[a.Project] = a.Since
	}
	for i := range summary.New {
		summary.New[i].Since = since[summary.New[i].Project]
	}
	summary.Asked, summary.HeldBack, summary.Withdrawn, summary.Retried = said.Asked, said.HeldBack, said.Withdrawn, r.retried()
	summary.NotAdopted, summary.Failed = said.NotAdopted, said.Failed
	update.Explain(summary, said.PassedOver)
	r.done.summary = summary
	return nil
}
