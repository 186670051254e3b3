package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"

	"toxgen/internal/concurrent"
	"toxgen/internal/display"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/update"
)

// conclude notes for the summary of an update what only the second step knows: which releases were passed over, and
// why pins stay that should have moved.
func (r *Run) conclude(a *attempt) {
	if r.done.summary == nil {
		return
	}
	r.done.summary.PassedOver = a.passed
	var order []report.Failed
	environments := map[report.Failed]int{}
	note := func(name string, o lock.Outcome) {
		if o.Stays == nil {
			return
		}
		f := r.unresolved(o.Stays)
		withdrawn := false
		for project, v := range o.Pins {
			if g := a.state.policy.Gone[lock.ReleaseOf(project, v)]; g != nil {
				withdrawn = true
				if g.Why == "" || g.Why > f.Message {
					g.Why = f.Message
				}
			}
		}
		if withdrawn {
			return
		}
		stays := report.Failed{Name: name, Reason: "it cannot be resolved afresh: " + f.Message, Detail: joined(f.Detail), Hint: f.Hint}
		if environments[stays]++; environments[stays] == 1 {
			order = append(order, stays)
		}
	}
	for i, e := range a.settled.Environments {
		note(e.Suite.Name, a.settled.Outcomes[i])
	}
	for i, p := range a.settled.Pythons {
		note(lock.BuildsName(p), a.settled.Builds[i])
	}
	for _, stays := range order {
		if n := environments[stays]; n > 1 {
			stays.Name += fmt.Sprintf(" (%d environments)", n)
		}
		r.done.summary.Failed = append(r.done.summary.Failed, stays)
	}
}

// Moved finds out what an update changed. It is reported when the changes are on the disk.
func (r *Run) Moved(ctx context.Context) error {
	s := r.state
	summary, err := r.difference(ctx, s.had, s.before)
	if err != nil {
		return err
	}
	for i := range summary.New {
		if page, err := r.mode.index.Project(ctx, summary.New[i].Project); err == nil { // else it is not known
			summary.New[i].Since = page.Since
		}
	}
	known := r.done.summary
	summary.Asked, summary.HeldBack, summary.Retried = known.Asked, known.HeldBack, r.retried()
	update.Explain(summary, known.PassedOver)
	summary.Withdrawn = s.policy.WithdrawnNow(s.lock)
	summary.NotAdopted = s.policy.NotAdopted()
	summary.Failed = slices.Concat(s.policy.Failures(), known.Failed)
	r.done.summary = summary
	stays := slices.ContainsFunc(summary.Withdrawn, func(w report.Withdrawn) bool { return w.Stays > 0 })
	if s.policy.Strict && (stays || len(summary.Failed)+len(summary.NotAdopted)+len(summary.PassedOver) > 0) {
		r.add(finding.Finding{Severity: finding.Error, Message: "not everything could be updated, and -strict was given: the summary says what and why"})
	}
	return nil
}

// difference returns what the run changed of a lock and facts.
func (r *Run) difference(ctx context.Context, had lock.Lock, facts registry.Facts) (*report.Summary, error) {
	now := update.State{Config: r.config, Matrix: r.state.matrix, Lock: r.state.lock, Facts: r.state.facts}
	return between(ctx, now.Earlier(had, facts), now, r.state.proofs, r.findings)
}

// between returns what two states differ in, with what requires the projects that are new in the later one, as far as its pins
// answer what is required.
func between(ctx context.Context, before, now update.State, proofs lock.Proofs, findings finding.List) (*report.Summary, error) {
	summary := update.Difference(before, now, findings)
	isNew := map[string]*report.Arrival{}
	for i := range summary.New {
		isNew[summary.New[i].Project] = &summary.New[i]
	}
	arriving := slices.DeleteFunc(now.Matrix.Environments(), func(e matrix.Environment) bool {
		for project := range now.Lock.Environments[e.Name()] {
			if isNew[project] != nil {
				return false
			}
		}
		return true
	})
	for _, required := range concurrent.Map(runtime.GOMAXPROCS(0), arriving, func(e matrix.Environment) []lock.Required {
		required, err := lock.Requirers(ctx, now.Config, proofs.Universe(), e, now.Lock.Environments[e.Name()])
		if err != nil {
			return nil
		}
		return required
	}) {
		for _, pin := range required {
			if a := isNew[pin.Project]; a != nil {
				for _, by := range pin.By {
					a.RequiredBy = append(a.RequiredBy, by.Origin)
				}
			}
		}
	}
	for _, a := range isNew {
		slices.Sort(a.RequiredBy)
		a.RequiredBy = slices.Compact(a.RequiredBy)
	}
	return summary, ctx.Err()
}

// A document is what a run says of its result, for people and for programs.
type document interface {
	Print(w io.Writer)
	JSON() []byte
	Markdown(limit int) string
	StepSummary(limit int) string
}

// report prints the summary of a run whose changes are on the disk, or what a triage found. It writes it to the file that was
// asked for, and under GitHub Actions into the summary of the step.
func (r *Run) report() error {
	var d document
	switch {
	case r.done.triage != nil:
		d = r.done.triage
	case r.done.summary != nil:
		d = r.done.summary.For(r.world.Program)
	default:
		return nil
	}
	d.Print(r.world.Stdout)
	if r.done.summary != nil && r.mode.index != (live.None{}) {
		stats := r.mode.index.Stats()
		fmt.Fprintf(r.world.Stderr, "the index was asked %s, %d of them again, for %d MB; %s came from the cache\n",
			display.Count(int(stats.Requests), "time"), stats.Retries, stats.Bytes/1_000_000, display.Count(int(stats.Cached), "answer"))
	}
	limits := r.config.Workflow.Limits.OrDefault()
	var err error
	switch name := r.done.file; {
	case name == "":
	case path.Ext(name) == ".json":
		err = fileset.Export(name, d.JSON())
	default:
		err = fileset.Export(name, []byte(d.Markdown(limits.PullRequest)))
	}
	if r.done.issues != "" {
		err = errors.Join(err, fileset.Export(r.done.issues, r.issues(limits.PullRequest)))
	}
	if r.world.StepSummary != "" {
		err = errors.Join(err, fileset.Append(r.world.StepSummary, []byte(d.StepSummary(limits.StepSummary))))
	}
	return err
}
