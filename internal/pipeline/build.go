package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"

	"toxgen/internal/finding"
	"toxgen/internal/python"
	"toxgen/internal/resolve"
	"toxgen/internal/tox"
)

// buildConstraints pins what builds need, for each Python, and writes the file; without `build:` there is none. Its
// lines are a lock as the pins are: only an update resolves them afresh.
func (r *Run) buildConstraints(ctx context.Context) (tox.BuildPins, error) {
	data, err := r.tree.Read(tox.BuildConstraints)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(r.config.Build) == 0 {
		if err == nil {
			r.tree.Remove(tox.BuildConstraints)
		}
		return nil, nil
	}
	had := tox.ParseBuild(data, r.config.Interpreters(), r.config.Target())
	pins := tox.BuildPins{}
	universe := resolve.NewUniverse(recorded{r}, 0)
	for p := range had {
		if pins[p], err = r.buildPins(ctx, universe, p, had[p]); err != nil {
			f := unresolved(err)
			f.File, f.Message = r.config.File, fmt.Sprintf("the build requirements cannot be resolved for Python %s: %s", p.Short(), f.Message)
			if r.update == nil {
				r.add(f)
			} else {
				r.update.kept["build"] = failedFor("build", f)
			}
		}
	}
	r.tree.Write(tox.BuildConstraints, tox.RenderBuild(r.config.File, pins))
	return pins, nil
}

// buildPins keeps the build pins of one Python while they hold.
func (r *Run) buildPins(ctx context.Context, universe *resolve.Universe, p python.Version, had tox.Pins) (tox.Pins, error) {
	problem := &resolve.Problem{}
	for _, b := range r.config.Build {
		problem.Roots = append(problem.Roots, resolve.Root{Requirement: b.Requirement, Origin: origin(r.config, b.Pos)})
	}
	if len(had) > 0 && (r.update == nil || !r.update.whole() || r.config.Update.Refresh == "none") {
		faults, err := universe.Target(p, r.config.Target()).Verify(ctx, problem, had)
		if err != nil {
			return had, err
		}
		kept, lasting := settled(had, faults)
		if len(lasting) == 0 && !r.mustReplace(kept) {
			return kept, nil
		}
		problem.Preferences = had
	}
	if r.index == nil {
		r.add(finding.Finding{Severity: finding.OutOfSync, File: tox.BuildConstraints, Line: 1,
			Message: fmt.Sprintf("the build requirements have no valid pins for Python %s", p.Short()), Hint: "run `mage toxgen`"})
		return had, nil
	}
	result, err := r.universe.Target(p, r.config.Target()).Resolve(ctx, problem)
	if err != nil {
		return had, err
	}
	return pinsOf(result), nil
}

// pinsOf are the pins of a solution.
func pinsOf(result *resolve.Result) tox.Pins {
	pins := tox.Pins{}
	for _, pin := range result.Pins {
		pins[pin.Name] = pin.Version
	}
	return pins
}

// settled drops superfluous pins, and tells the faults that a resolution has to mend.
func settled(had tox.Pins, faults []resolve.Fault) (kept tox.Pins, lasting []resolve.Fault) {
	kept = maps.Clone(had)
	for _, f := range faults {
		switch f.Kind {
		case resolve.Superfluous:
			delete(kept, f.Name)
		case resolve.Yanked:
		default:
			lasting = append(lasting, f)
		}
	}
	return kept, lasting
}
