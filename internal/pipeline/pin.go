package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/resolve"
	"toxgen/internal/tox"
)

// readAhead is how many questions a resolution may have open at the index ahead of its search.
const readAhead = 8

// concurrentResolutions is more than there are processors: a resolution waits for the index most of the time, as
// long as facts have to be fetched.
var concurrentResolutions = 16 * runtime.GOMAXPROCS(0)

// pinning finds the pins of every environment.
type pinning struct {
	run *Run
	// lock is tox.ini as it was before the run.
	lock *tox.File
	// recorded knows the facts of registry/; live asks the index, and is nil in a verifying run.
	recorded, live *resolve.Universe
	problems       sync.Map // key to *solution
}

// solution is one answer that all environments with the same problem share.
type solution struct {
	once   sync.Once
	result *resolve.Result
	err    error
}

// outcome is what became of one environment.
type outcome struct {
	pins tox.Pins
	// faults say why the pins that were there do not hold; err, why others could not be found.
	faults []resolve.Fault
	err    error
	// stuck says why pins stay whose releases are withdrawn.
	stuck error
}

// newPinning begins with what tox.ini and the registry hold.
func (r *Run) newPinning() *pinning {
	return &pinning{run: r, lock: r.lock, recorded: resolve.NewUniverse(recorded{r}, 0), live: r.universe}
}

// pinAll pins the environments of a matrix; an outcome stands at its environment's place.
func (p *pinning) pinAll(ctx context.Context, m *matrix.Matrix) ([]matrix.Environment, []outcome) {
	environments := slices.DeleteFunc(m.Environments(), func(e matrix.Environment) bool { return e.Alias })
	return environments, concurrently(concurrentResolutions, environments, func(e matrix.Environment) outcome { return p.pin(ctx, e) })
}

// pins are those of all environments by name. A suite of which an environment has none keeps what tox.ini has of it.
func (p *pinning) pins(ctx context.Context) (map[string]tox.Pins, error) {
	environments, outcomes := p.pinAll(ctx, p.run.matrix)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pins := map[string]tox.Pins{}
	for i, e := range environments {
		pins[e.Name()] = outcomes[i].pins
	}
	p.unpinned(environments, outcomes)
	p.stuck(outcomes)
	p.failed(environments, outcomes, pins)
	if p.live != nil && len(environments) > 0 && !slices.ContainsFunc(slices.Collect(maps.Values(pins)), func(p tox.Pins) bool { return len(p) > 0 }) {
		return nil, finding.List{{Severity: finding.Error, File: toxFile, Message: "no environment has pins, and none could be resolved: nothing is written"}}
	}
	return pins, nil
}

// pin keeps an environment's pins while they hold, and finds others where they do not.
func (p *pinning) pin(ctx context.Context, e matrix.Environment) outcome {
	problem := problem(p.run.config, e)
	had := p.had(e)
	var faults []resolve.Fault
	mayStay := false
	if len(had) > 0 && !p.run.refreshes(e) {
		var err error
		if faults, err = p.recorded.Target(e.Python, p.run.config.Target()).Verify(ctx, problem, had); err != nil {
			return outcome{pins: had, err: err}
		}
		kept, lasting := settled(had, faults)
		if len(lasting) == 0 && !p.run.mustReplace(kept) {
			return outcome{pins: kept, faults: yanked(faults)}
		}
		mayStay = p.run.onlyWithdrawn(had, lasting)
		faults = lasting
	}
	if p.live == nil {
		return outcome{pins: had, faults: faults}
	}
	problem.Preferences = p.preferences(e, had)
	result, err := p.solve(ctx, problem, e.Python)
	switch {
	case err != nil && mayStay:
		return outcome{pins: had, stuck: err}
	case err != nil:
		return outcome{pins: had, err: err}
	}
	return outcome{pins: pinsOf(result)}
}

// yanked are the faults that say so.
func yanked(faults []resolve.Fault) []resolve.Fault {
	return slices.DeleteFunc(faults, func(f resolve.Fault) bool { return f.Kind != resolve.Yanked })
}

// mustReplace says whether there is a withdrawn release among pins: in an update it does not hold.
func (r *Run) mustReplace(pins tox.Pins) bool {
	for project, v := range pins {
		if r.withdrawal(project, v) != nil {
			return true
		}
	}
	return false
}

// onlyWithdrawn says whether nothing is wrong with pins but that releases are withdrawn. What follows from the requirements
// of one that is gone cannot be told.
func (r *Run) onlyWithdrawn(pins tox.Pins, faults []resolve.Fault) bool {
	return r.update != nil && !slices.ContainsFunc(faults, func(f resolve.Fault) bool { return r.withdrawal(f.Name, pins[f.Name]) == nil })
}

// withdrawal is what an update knows of a release that the index does not offer any more, else nil.
func (r *Run) withdrawal(project string, v pep440.Version) *withdrawn {
	if r.update == nil {
		return nil
	}
	return r.update.withdrawn[project+"=="+v.Canonical()]
}

// had are the pins that tox.ini has for an environment; its own release goes without saying.
func (p *pinning) had(e matrix.Environment) tox.Pins {
	pins := p.lock.Pins(e.Name())
	if len(pins) > 0 && !e.Pick.IsStatic() {
		pins[e.Suite.Config.Package.Key] = e.Pick.Version
	}
	return pins
}

// preferences are the versions to try first: those that the environment has, or else those of the nearest older
// release of its suite on the same Python, else of the nearest newer. The newest releases prefer none, unless they have
// pins that only broke: what users install today is what is tested.
func (p *pinning) preferences(e matrix.Environment, had tox.Pins) map[string]pep440.Version {
	if p.run.upgrades() || p.run.refreshes(e) {
		return nil
	}
	if len(had) > 0 {
		return had
	}
	if e.Pick.IsCurrent() {
		return nil
	}
	older, newer := tox.Pins(nil), tox.Pins(nil)
	for _, pick := range matrix.Kept(p.run.config, e.Suite, p.lock.Environments()) {
		pins := p.lock.Pins(matrix.Environment{Suite: e.Suite, Pick: pick, Python: e.Python}.Name())
		switch order := pick.Version.Compare(e.Pick.Version); {
		case len(pins) == 0:
		case order < 0:
			older = pins
		case order > 0 && newer == nil:
			newer = pins
		}
	}
	if older != nil {
		return older
	}
	return newer
}

// solve answers equal problems once.
func (p *pinning) solve(ctx context.Context, problem *resolve.Problem, on python.Version) (*resolve.Result, error) {
	known, _ := p.problems.LoadOrStore(on.Install()+"\n"+key(problem), &solution{})
	s := known.(*solution)
	s.once.Do(func() { s.result, s.err = p.live.Target(on, p.run.config.Target()).Resolve(ctx, problem) })
	return s.result, s.err
}

// unpinned reports pins that do not hold and cannot be replaced without the index, and those that were yanked. What
// is wrong with many environments alike is one finding.
func (p *pinning) unpinned(environments []matrix.Environment, outcomes []outcome) {
	type fault struct {
		name, message string
		line          int
		yanked        bool
	}
	pinLine := p.run.pinLine()
	var order []fault
	affected := map[fault][]string{}
	for i, e := range environments {
		o := &outcomes[i]
		faults := o.faults
		if len(o.pins) == 0 && o.err == nil {
			faults = []resolve.Fault{{Message: "it has no pins"}}
		}
		for _, f := range faults {
			one := fault{f.Name, f.Message, pinLine(e, f.Name), f.Kind == resolve.Yanked && f.Name != ""}
			if affected[one] == nil {
				order = append(order, one)
			}
			affected[one] = append(affected[one], e.Name())
		}
	}
	for _, f := range order {
		names := affected[f]
		who := "environment " + names[0]
		if len(names) > 1 {
			who += fmt.Sprintf(" and %d more", len(names)-1)
		}
		if f.yanked {
			p.run.add(finding.Finding{Severity: finding.Warning, File: toxFile, Line: f.line, Message: who + ": " + f.message,
				Hint: "`mage update` replaces it"})
			continue
		}
		p.run.add(finding.Finding{Severity: finding.OutOfSync, File: toxFile, Line: f.line, Message: who + ": " + f.message,
			Hint: "run `mage toxgen`, which resolves it"})
	}
}

// stuck notes why withdrawn releases stay.
func (p *pinning) stuck(outcomes []outcome) {
	for _, o := range outcomes {
		if o.stuck == nil {
			continue
		}
		for project, v := range o.pins {
			if w := p.run.withdrawal(project, v); w != nil && w.Why == "" {
				w.Why = unresolved(o.stuck).Message
			}
		}
	}
}

// failed reports environments that could not be resolved, and makes their suites keep what tox.ini has.
func (p *pinning) failed(environments []matrix.Environment, outcomes []outcome, pins map[string]tox.Pins) {
	reported := map[string]bool{}
	back := map[*matrix.Suite]bool{}
	for i, e := range environments {
		err := outcomes[i].err
		if err == nil {
			continue
		}
		back[e.Suite] = true
		f := unresolved(err)
		f.File, f.Line, f.Column = p.run.config.File, e.Suite.Pos.Line, e.Suite.Pos.Column
		if reported[e.Suite.Name+f.Message] {
			continue
		}
		reported[e.Suite.Name+f.Message] = true
		f.Message = fmt.Sprintf("environment %s cannot be resolved: %s", e.Name(), f.Message)
		if p.run.update != nil {
			if !e.Pick.IsStatic() {
				hold := fmt.Sprintf("leave the release out: `mage hold %s '==%s'`", e.Suite.Name, e.Pick.Version)
				if f.Hint != "" {
					hold = f.Hint + "; or " + hold
				}
				f.Hint = hold
			}
			p.run.update.holdBack(e.Suite, f)
		} else {
			p.run.add(f)
		}
	}
	for suite := range back {
		p.run.keep(suite, pins)
	}
}

// unresolved is why a resolution failed, in words.
func unresolved(err error) finding.Finding {
	f := finding.Finding{Severity: finding.Error, Message: err.Error()}
	if c, ok := errors.AsType[*resolve.Conflict](err); ok {
		f.Message, f.Detail, f.Hint = c.Message, "  "+strings.Join(c.Detail, "\n  "), c.Hint
	}
	if r, ok := errors.AsType[*resolve.Refusal](err); ok {
		f.Hint = r.Hint
	}
	return f
}

// keep makes a suite keep the environments and pins that tox.ini has of it.
func (r *Run) keep(suite *matrix.Suite, pins map[string]tox.Pins) {
	for _, e := range suite.Environments() {
		delete(pins, e.Name())
	}
	suite.Picks = r.picksBefore(suite, r.lock)
	for _, e := range suite.Environments() {
		if held := r.lock.Pins(e.Name()); !e.Alias && len(held) > 0 {
			pins[e.Name()] = held
		}
	}
	r.matrix.Regroup(r.config)
}

// pinLine tells the line of tox.ini that pins a project for an environment: 1 if there is none, 0 if there is no file.
// The file is read when the first line is asked for.
func (r *Run) pinLine() func(e matrix.Environment, project string) int {
	read := sync.OnceValues(func() (tox.PinLines, error) {
		data, err := r.tree.Read(toxFile)
		return tox.FindPins(data), err
	})
	return func(e matrix.Environment, project string) int {
		lines, err := read()
		if err != nil {
			return 0
		}
		return max(1, lines.Line(e.Name(), project))
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
