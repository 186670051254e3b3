package pipeline

import (
	"context"
	"fmt"
	"path"
	"slices"

	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/lock"
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
func (r *Run) Moved(context.Context) error {
	s := r.state
	now := update.State{Matrix: s.matrix, Lock: s.lock}
	summary := update.Difference(now.Earlier(r.config, s.had), now, r.findings)
	known := r.done.summary
	summary.HeldBack, summary.Replaced, summary.PassedOver = known.HeldBack, known.Replaced, known.PassedOver
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

// report prints the summary of a run whose changes are on the disk, and writes it to the file that was asked for.
func (r *Run) report() error {
	s := r.done.summary
	if s == nil {
		return nil
	}
	s.Print(r.world.Stdout)
	if r.mode.index != (live.None{}) {
		stats := r.mode.index.Stats()
		fmt.Fprintf(r.world.Stderr, "the index was asked %d times, %d of them again, for %d MB; %d answers were at hand\n",
			stats.Requests, stats.Retries, stats.Bytes/1_000_000, stats.Cached)
	}
	switch name := r.done.file; {
	case name == "":
		return nil
	case path.Ext(name) == ".json":
		return fileset.Export(name, s.JSON())
	default:
		return fileset.Export(name, []byte(s.Markdown(r.config.Workflow.Limits.OrDefault().PullRequest)))
	}
}
