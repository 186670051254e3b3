package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/resolve"
	"toxgen/internal/update"
)

// What follows where no pins are found for an environment. In a plain run that is an error, and the suite keeps what
// tox.ini has of it. In an update everything else has to move all the same: a suite that follows a project passes the
// release over, or if the index did not answer the project keeps its facts; for a static suite and for builds, whose pins
// held before, the releases whose facts changed keep their lines.

// maximumPassed is how many releases a suite passes over one by one. If none of them can be resolved, it passes over
// all that it did not test before.
const maximumPassed = 12

// A failure is an environment, or the builds for a Python, that could not be resolved.
type failure struct {
	suite  *matrix.Suite // nil: builds
	pick   matrix.Pick
	python python.Version
	had    lock.Pins
	// roots is the digest of what was asked.
	roots   string
	finding finding.Finding
	reason  string
	// transient is set if the index did not answer, so that nothing is known of what was asked.
	transient bool
}

// release names the release of a suite that could not be resolved.
func (f *failure) release() string { return f.suite.Name + "==" + f.pick.Version.String() }

// failures returns what could not be resolved in an attempt: of several environments of one release the first, and in
// an update what selection would have too much of.
func (r *Run) failures(ctx context.Context, a *attempt) []failure {
	var list []failure
	seen := map[string]bool{}
	for i, e := range a.settled.Environments {
		err := a.settled.Outcomes[i].Err
		release := e.Suite.Name + "==" + e.Pick.Version.String()
		if err == nil || seen[release] {
			continue
		}
		seen[release] = true
		if a.state.policy.IsUpdate() && !e.Pick.IsStatic() {
			e, err = r.firstUnresolved(ctx, a.online, e, err)
		}
		f := r.unresolved(err)
		reason := f.Message
		f.Line, f.Column = e.Suite.Pos.Line, e.Suite.Pos.Column
		f.Message = fmt.Sprintf("environment %s cannot be resolved: %s", e.Name(), reason)
		switch {
		case e.Suite.Lowest:
			f.Hint = joinHints(f.Hint, "raise the lower bounds, or remove `lowest` from the suite")
		case !e.Pick.IsStatic():
			f.Hint = joinHints(f.Hint, leaveOut(r.config, e))
		}
		list = append(list, failure{e.Suite, e.Pick, e.Python, a.state.had.Environments[e.Name()], e.RootsDigest(r.config), f, reason, isTransient(err)})
	}
	for i, p := range a.settled.Pythons {
		if err := a.settled.Builds[i].Err; err != nil {
			f := r.unresolved(err)
			reason := f.Message
			f.Message = fmt.Sprintf("the build requirements cannot be resolved for Python %s: %s", p.Short(), reason)
			list = append(list, failure{python: p, had: a.state.had.Builds[p], finding: f, reason: reason})
		}
	}
	if a.state.policy.IsUpdate() {
		list = append(list, r.tooMany(a)...)
	}
	return list
}

// firstUnresolved returns the first environment with the release of one that failed which cannot be resolved, whatever
// pins there were: so a verdict does not depend on what was pinned before. Without one it returns the one that failed.
func (r *Run) firstUnresolved(ctx context.Context, o online, failed matrix.Environment, err error) (matrix.Environment, error) {
	for _, p := range failed.Pick.Pythons {
		e := failed
		e.Python = p
		if _, err := o.Solve(ctx, lock.Problem(r.config, e), p); err != nil && !isTransient(err) {
			return e, err
		}
	}
	return failed, err
}

// isTransient reports whether a resolution failed because the index did not answer.
func isTransient(err error) bool {
	var conflict *resolve.Conflict
	var refusal *resolve.Refusal
	return !errors.As(err, &conflict) && !errors.As(err, &refusal) && !errors.As(err, new(*lock.UnprovenError))
}

// tooMany returns the newest releases that suites would test beyond what they may.
func (r *Run) tooMany(a *attempt) []failure {
	var list []failure
	for _, suite := range a.selection.Matrix.Suites {
		untested := func(v pep440.Version) bool {
			return !slices.ContainsFunc(suite.Picks, func(p matrix.Pick) bool { return p.Version.Equal(v) })
		}
		for _, v := range slices.Backward(suite.TooMany) {
			if !untested(v) || len(suite.Picks) == 0 {
				continue
			}
			e := matrix.Environment{Suite: suite, Pick: matrix.Pick{Version: v}, Python: admitted(r.config, suite.Config, v)}
			reason := fmt.Sprintf("%d releases would be tested, which is too many: set `versions` of the suite", len(suite.TooMany))
			list = append(list, failure{suite: suite, pick: e.Pick, python: e.Python, roots: e.RootsDigest(r.config), reason: reason,
				finding: finding.Finding{Severity: finding.Error, File: r.config.File, Line: suite.Pos.Line, Column: suite.Pos.Column, Message: reason}})
			break
		}
	}
	return list
}

// admitted returns the newest declared Python that a suite admits for a release.
func admitted(c *config.Config, suite *config.Suite, v pep440.Version) python.Version {
	all := c.Interpreters()
	limit := suite.Python.Limit(v)
	for _, p := range slices.Backward(all) {
		if !p.FreeThreaded && (limit == nil || limit.Match(pep440.MustParse(p.MinorText()))) {
			return p
		}
	}
	return all[0]
}

// leaveOut returns the hint how a suite is kept from the release of an environment.
func leaveOut(c *config.Config, e matrix.Environment) string {
	specifier, minimum := "==", ""
	if e.Suite.Picks[0].Version.Equal(e.Pick.Version) && len(e.Suite.Picks) > 1 {
		specifier = "<="
		minimum = fmt.Sprintf("raise `minimum` of the suite (%s:%d), or ", c.File, e.Suite.Pos.Line)
	}
	return fmt.Sprintf("%sleave the release out: `mage hold %s '%s%s'`", minimum, e.Suite.Name, specifier, e.Pick.Version)
}

func joinHints(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; or " + b
}

// joined returns the lines of a finding's detail as the one text that a summary has: a line end in a line is escaped.
func joined(detail []string) string {
	lines := make([]string, len(detail))
	for i, line := range detail {
		lines[i] = display.Escape(line)
	}
	return strings.Join(lines, "\n")
}

// unresolved returns why a resolution failed, in words.
func (r *Run) unresolved(err error) finding.Finding { return unresolved(r.config.File, err) }

func unresolved(file string, err error) finding.Finding {
	f := finding.Finding{Severity: finding.Error, File: file, Message: err.Error()}
	if c, ok := errors.AsType[*resolve.Conflict](err); ok {
		f.Message, f.Hint = c.Message, c.Hint
		for _, line := range c.Detail {
			f.Detail = append(f.Detail, "  "+display.Limit(line))
		}
	}
	if refusal, ok := errors.AsType[*resolve.Refusal](err); ok {
		f.Message, f.Hint = refusal.Message, refusal.Hint
	}
	return f
}

// afterFailures returns the attempt that follows one in which something could not be resolved.
func (r *Run) afterFailures(a *attempt, failures []failure, passed map[string]int) *attempt {
	next := *a
	next.broken, next.failures = maps.Clone(a.broken), slices.Clone(a.failures)
	for _, f := range failures {
		switch {
		case !a.state.policy.IsUpdate():
			next.keep(f)
		case f.transient && f.suite != nil && !f.pick.IsStatic() && a.state.policy.Adopts(f.suite.Config.Package.Key):
			if project := f.suite.Config.Package.Key; next.state.policy.Adopts(project) {
				next.state = r.keepsFacts(next.state, r.sight(next.state), report.Failed{Name: project, Reason: f.finding.Message})
			}
		case !f.transient && f.suite != nil && !f.pick.IsStatic() && passed[f.release()] == 0 &&
			next.state.facts.Release(f.suite.Config.Package.Key, f.pick.Version) != nil: // else tox.ini alone knows of it
			r.passOver(&next, f, passed)
		case !next.freeze(f, a.state.policy):
			next.keep(f)
		}
	}
	return &next
}

// keep makes a suite, or the builds for a Python, keep what the lock has, which is an error.
func (a *attempt) keep(f failure) {
	a.failures = append(a.failures, f.finding)
	if f.suite != nil {
		a.broken[f.suite.Name] = true
	} else {
		a.broken[lock.BuildsName(f.python)] = true
	}
}

// passOver makes a suite pass a release over, by a verdict on its line.
func (r *Run) passOver(a *attempt, f failure, passed map[string]int) {
	project := f.suite.Config.Package.Key
	passed[f.release()]++
	a.unresolvable(project, f.pick.Version, registry.Unresolvable{Suite: f.suite.Name, Python: f.python.Short(), Reason: display.Limit(f.reason), Roots: f.roots})
	a.passed = append(a.passed, report.PassedOver{Suite: f.suite.Name, Release: report.Release{Project: project, Version: f.pick.Version.String()},
		Failed: report.Failed{Name: f.python.Short(), Reason: f.reason, Detail: joined(f.finding.Detail), Hint: f.finding.Hint}})
	if passed[f.suite.Name]++; passed[f.suite.Name] < maximumPassed {
		return
	}
	before := matrix.Picks(r.config, a.state.had.Names())[f.suite.Name]
	for _, d := range f.suite.Decisions {
		tested := slices.ContainsFunc(before, func(p matrix.Pick) bool { return p.Version.Equal(d.Version) })
		if tested || d.Rule != matrix.RulePicked && d.Rule != matrix.RuleThinned && d.Rule != matrix.RulePatch {
			continue
		}
		e := matrix.Environment{Suite: f.suite, Pick: matrix.Pick{Version: d.Version}, Python: admitted(r.config, f.suite.Config, d.Version)}
		a.unresolvable(project, d.Version, registry.Unresolvable{Suite: f.suite.Name, Python: e.Python.Short(),
			Reason: display.Limit("it was not tried, since others could not be resolved: " + f.reason), Roots: e.RootsDigest(r.config)})
	}
}

// unresolvable puts a verdict on the line of a release, in the place of that for the same suite and Python. If the same
// verdict stood there before, its reason stays: it may depend on facts that nothing needs any more, and a line does not
// change without need. -upgrade states it anew.
func (a *attempt) unresolvable(project string, v pep440.Version, u registry.Unresolvable) {
	if before := a.state.before.Release(project, v); before != nil && a.state.policy.Prefers() {
		for _, known := range before.Unresolvable {
			if known.Compare(u) == 0 && known.Roots == u.Roots {
				u.Reason = known.Reason
			}
		}
	}
	release := *a.state.facts.Release(project, v)
	release.Unresolvable = append(slices.DeleteFunc(slices.Clone(release.Unresolvable), func(o registry.Unresolvable) bool { return o.Compare(u) == 0 }), u)
	slices.SortFunc(release.Unresolvable, registry.Unresolvable.Compare)
	a.state.facts = a.state.facts.With(a.state.facts[project].With(release))
}

// freeze makes the releases keep their lines that pins had whose environment cannot be resolved any more, and whose
// facts changed. It reports whether there are any that did not under the policy of the attempt that failed.
func (a *attempt) freeze(f failure, policy update.Policy) bool {
	frozen := false
	for _, project := range slices.Sorted(maps.Keys(f.had)) {
		v := f.had[project]
		k := lock.ReleaseOf(project, v)
		old := a.state.before.Release(project, v)
		_, already := policy.Frozen[k]
		gone := policy.Withdrawn(project, v) || policy.Before != nil && old != nil && old.Uploaded.After(*policy.Before)
		if already || old == nil || gone {
			continue
		}
		if now := a.settled.Proofs.Facts.Release(project, v); now != nil && registry.SameLine(old, now) {
			continue
		}
		if frozen = true; a.isFrozen(k) {
			continue
		}
		a.state.policy = a.state.policy.WithFrozen(project, v, "with its present facts "+f.finding.Message)
		a.state.facts = a.state.facts.With(a.state.facts.Project(project).With(*old))
	}
	return frozen
}

func (a *attempt) isFrozen(k lock.Release) bool {
	_, frozen := a.state.policy.Frozen[k]
	return frozen
}
