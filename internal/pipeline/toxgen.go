package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/tox"
	"toxgen/templates"
)

// maximumAttempts is how many times a run selects and settles anew. An attempt follows another because a suite passes
// releases over or keeps what it has, a release keeps its line, or recording changed what selection reads.
const maximumAttempts = 100

// An attempt is one pass through selection and settlement.
type attempt struct {
	state     state
	online    online
	selection matrix.Selection
	settled   *lock.Settlement
	// broken are the suites that keep what they had.
	broken map[string]bool
	// failures are the errors of attempts before this one, and passed the releases that suites passed over in them.
	failures finding.List
	passed   []report.PassedOver
}

// Toxgen is the second step: it decides what is tested, pins every environment, and writes tox.ini and the build
// constraints.
func (r *Run) Toxgen(ctx context.Context) error {
	free, err := r.free(generated{r.config.ToxFile(), tox.Owned, "set `outputs: {tox: NAME}` in " + r.config.File + " for another name"})
	if err != nil {
		return err
	}
	a, err := r.attempts(ctx)
	if err != nil {
		return err
	}
	s := a.state
	s.facts, s.proofs, s.matrix, s.lock = a.settled.Proofs.Facts, a.settled.Proofs, a.selection.Matrix, a.settled.Lock
	r.add(a.failures...)
	r.add(a.selection.Findings...)
	r.add(r.lacking(a.selection.Lacking)...)
	if free { // otherwise there is no lock, so that it is not known which facts the pins need
		r.add(r.unpinned(a.settled)...)
	}
	if len(a.failures) > 0 && !slices.ContainsFunc(a.settled.Environments, func(e matrix.Environment) bool { return !a.broken[e.Suite.Name] }) {
		return finding.List{{Severity: finding.Error, File: r.config.ToxFile(), Message: "no environment has pins, and none could be resolved: nothing is written"}}
	}
	if free {
		r.add(r.needless(s)...)
	}
	r.add(r.missingTests()...)
	r.add(matrix.NeedlessHolds(r.config, s.facts)...)
	r.add(matrix.NeedlessMayFail(r.config, s.matrix)...)
	r.add(lock.NeedlessConstraints(r.config, s.matrix, s.lock)...)
	r.add(lock.UnknownExtras(r.config, s.matrix, s.lock, s.facts)...)
	r.writeFacts(s.facts.Changed(r.state.facts), r.state.facts, s.facts) // fetch wrote the others
	r.state = s
	r.conclude(a)
	return r.writeTox(ctx, s, free)
}

// writeTox writes tox.ini, if its place is free, and the build constraints.
func (r *Run) writeTox(ctx context.Context, s state, free bool) error {
	r.meter.Doing("rendering tox.ini")
	data, err := tox.Render(ctx, r.config, s.matrix, s.lock, s.file, s.custom, r.template)
	if faults, found := errors.AsType[tox.Faults](err); found {
		return r.unusable(faults)
	}
	if err != nil {
		texts := textsOf(err)
		f := templates.Fault(r.config.Templates, tox.TemplateName, errors.New(texts[0]))
		f.Detail = texts[1:]
		return finding.List{f}
	}
	if free {
		r.tree.Write(r.config.ToxFile(), data)
	}
	if len(r.config.Build) > 0 {
		return r.write(generated{tox.BuildConstraints, tox.Owned, "rename it"}, tox.RenderBuild(r.config, s.lock.Builds))
	}
	old, err := r.readOwn(tox.BuildConstraints)
	if err == nil && old != nil {
		r.tree.Remove(tox.BuildConstraints)
	}
	return err
}

// unusable returns what is wrong with the sections that people wrote into tox.ini. As with toxgen.yaml, nothing is written.
func (r *Run) unusable(faults tox.Faults) finding.List {
	var findings finding.List
	for _, f := range faults {
		findings = append(findings, finding.Finding{Severity: finding.Error, File: r.config.ToxFile(), Line: f.Line, Message: f.Message, Hint: f.Hint})
	}
	return findings
}

// attempts selects and settles until nothing is left to be changed.
func (r *Run) attempts(ctx context.Context) (*attempt, error) {
	a := &attempt{state: r.state, broken: map[string]bool{}}
	passed := map[string]int{} // how many releases a suite has passed over in this run, and how often each
	for range maximumAttempts {
		var err error
		r.meter.Doing("selecting what is tested")
		if a, err = r.selected(ctx, a); err != nil {
			return nil, err
		}
		a.state.proofs = a.state.proofs.Of(r.config, a.state.facts)
		question := lock.Question{Config: r.config, Matrix: a.selection.Matrix, Had: a.state.had, Before: a.state.before,
			Proofs: a.state.proofs, Policy: a.state.policy, Broken: a.broken}
		if a.settled, err = lock.Settle(ctx, question, world{a.online, r, a}); err != nil {
			return nil, err
		}
		failed := r.failures(ctx, a)
		switch {
		case len(failed) > 0:
			a = r.afterFailures(a, failed, passed)
		case a.settled.Proofs.Facts.Is(a.state.facts) || sameChoice(a.selection, r.choice(a.settled.Proofs.Facts, a)):
			return a, nil
		default:
			a.state.facts = a.settled.Proofs.Facts // selection reads what was recorded
		}
	}
	return nil, finding.List{{Severity: finding.Error, File: r.config.File,
		Message: fmt.Sprintf("selection and pins did not settle in %d attempts: nothing is written", maximumAttempts)}}
}

// world serves what a settlement asks for.
type world struct {
	online  // serves Solve
	run     *Run
	attempt *attempt
}

// Record serves lock.World.
func (w world) Record(ctx context.Context, facts registry.Facts, releases []lock.Pinned) (registry.Facts, map[lock.Release]error) {
	needs := lock.NeedsOf(w.run.config, w.attempt.selection.Matrix, lock.Lock{})
	return w.online.Record(ctx, facts, releases, needs.Classifiers)
}

// Reduce serves lock.World.
func (w world) Reduce(facts registry.Facts, l lock.Lock) registry.Facts {
	return w.run.reduced(w.attempt.state, w.attempt.selection.Matrix, facts, l)
}

// Each serves lock.World.
func (w world) Each(names []string, work func(i int) (solved bool)) { w.run.each(names, work) }

// choice selects by certain facts.
func (r *Run) choice(facts registry.Facts, a *attempt) matrix.Selection {
	return matrix.Select(r.config, facts, matrix.Before{Environments: a.state.had.Names(), Keep: a.broken})
}

// sameChoice reports whether two selections test the same and lack the same.
func sameChoice(a, b matrix.Selection) bool {
	return slices.EqualFunc(a.Matrix.Environments(), b.Matrix.Environments(), func(a, b matrix.Environment) bool { return a.Name() == b.Name() }) &&
		slices.EqualFunc(a.Lacking, b.Lacking, func(a, b matrix.Lacking) bool { return a.String() == b.String() })
}

// selected selects what is tested, with verdicts as far as they can be had. While these are made, what is selected
// without them is resolved ahead: both wait for the index most of the time, and what it finds it remembers.
func (r *Run) selected(ctx context.Context, a *attempt) (*attempt, error) {
	next := *a
	r.look(&next)
	judged := map[string]bool{}
	for {
		next.selection = r.choice(next.state.facts, &next)
		if slices.ContainsFunc(next.selection.Lacking, func(l matrix.Lacking) bool { return l.Kind == matrix.Classifiers }) {
			var err error
			if next.state, err = r.missingMetadata(ctx, next.state, reading{}); err != nil {
				return &next, err
			}
			r.look(&next)
			next.selection = r.choice(next.state.facts, &next)
		}
		wanted := slices.DeleteFunc(unjudged(next.state, next.selection), func(l matrix.Lacking) bool { return judged[l.String()] })
		if r.mode.index == (live.None{}) || len(wanted) == 0 {
			return &next, ctx.Err()
		}
		for _, l := range wanted {
			judged[l.String()] = true
		}
		var ahead sync.WaitGroup
		ahead.Go(func() { r.ahead(ctx, &next) })
		verdicts := r.verdicts(ctx, next.online, wanted)
		ahead.Wait()
		if next.online.Extend(ctx) {
			verdicts = r.verdicts(ctx, next.online, wanted)
		}
		if ctx.Err() != nil {
			return &next, ctx.Err()
		}
		r.judge(&next, wanted, verdicts)
	}
}

// ahead resolves the environments of an attempt, so that the answers are known when they are asked for.
func (r *Run) ahead(ctx context.Context, a *attempt) {
	keeper := r.keeper(a.state, a.selection.Matrix, a.online.Solver)
	environments := slices.DeleteFunc(a.selection.Matrix.Environments(), func(e matrix.Environment) bool { return e.Alias })
	names := make([]string, len(environments))
	for i, e := range environments {
		names[i] = e.Name()
	}
	r.solving("resolving", names, func(i int) bool { return keeper.Ahead(ctx, environments[i]) })
}

// unjudged returns the verdicts to make: those that are lacking, and in an update those of the projects that it
// refreshed.
func unjudged(s state, selection matrix.Selection) []matrix.Lacking {
	wanted := slices.DeleteFunc(slices.Clone(selection.Lacking), func(l matrix.Lacking) bool { return l.Kind != matrix.SupportVerdict })
	for _, suite := range selection.Matrix.Suites {
		if suite.Config == nil || !s.policy.Adopts(suite.Config.Package.Key) {
			continue
		}
		for _, j := range suite.Judged {
			wanted = append(wanted, matrix.Lacking{Kind: matrix.SupportVerdict, Suite: suite.Name, Pos: suite.Pos,
				Project: suite.Config.Package.Key, Version: j.Version, Python: j.Python})
		}
	}
	return wanted
}

// A verdictOutcome holds a verdict, or why it cannot be made.
type verdictOutcome struct {
	verdict registry.Verdict
	err     error
}

// verdicts makes verdicts concurrently; one stands at its question's place.
func (r *Run) verdicts(ctx context.Context, o online, wanted []matrix.Lacking) []verdictOutcome {
	name := func(l matrix.Lacking) string {
		return l.Project + " " + l.Version.String() + " for " + l.Python.Short()
	}
	return counted(r.meter, "judging", "free-threaded build", live.Resolutions, wanted, name, func(l matrix.Lacking) (v verdictOutcome) {
		v.verdict, v.err = lock.Support(ctx, o.Solver, r.config, r.config.Suite(l.Suite).Package, l.Version, l.Python)
		return v
	})
}

// judge puts verdicts into the facts of an attempt. One that could not be made stays as it was. If there was none, that
// is an error; in an update the release counts as not supported, until the next one.
func (r *Run) judge(a *attempt, wanted []matrix.Lacking, verdicts []verdictOutcome) {
	for i, l := range wanted {
		v := verdicts[i]
		release := *a.state.facts.Release(l.Project, l.Version)
		same := func(w registry.Verdict) bool {
			return v.verdict.Python == w.Python && slices.Equal(v.verdict.Extras, w.Extras)
		}
		if v.err != nil {
			message := fmt.Sprintf("%s cannot be made: %s", l, v.err)
			if slices.ContainsFunc(release.Verdicts, same) {
				continue
			}
			if !a.state.policy.IsUpdate() {
				a.failures = append(a.failures, finding.Finding{Severity: finding.Error, File: r.config.File, Line: l.Pos.Line, Column: l.Pos.Column,
					Message: fmt.Sprintf("suite %q: %s", l.Suite, message)})
				continue
			}
			v.verdict.Reason = "whether it does could not be found out: the index did not answer"
		}
		release.Verdicts = append(slices.DeleteFunc(slices.Clone(release.Verdicts), same), v.verdict)
		slices.SortFunc(release.Verdicts, registry.Verdict.Compare)
		a.state.facts = a.state.facts.With(a.state.facts[l.Project].With(release))
	}
}
