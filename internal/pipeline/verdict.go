package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/matrix"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/resolve"
)

// unjudged are the verdicts to make: those that are lacking, and in an update those of the projects that it
// refreshed.
func (r *Run) unjudged(m *matrix.Matrix, lacking []matrix.Lacking) []matrix.Lacking {
	if r.index == nil {
		return nil
	}
	wanted := slices.DeleteFunc(slices.Clone(lacking), func(l matrix.Lacking) bool { return !l.IsVerdict() })
	for _, suite := range m.Suites {
		if suite.Config == nil || r.update == nil || !r.update.adopts(suite.Config.Package.Key) {
			continue
		}
		for _, j := range suite.Judged {
			wanted = append(wanted, matrix.Lacking{Suite: suite.Name, Pos: suite.Pos, Project: suite.Config.Package.Key, Version: j.Version, Python: j.Python})
		}
	}
	return wanted
}

// judgement is a verdict, or why there is none: the index could not be asked. The verdict then is of whom it would have
// been.
type judgement struct {
	verdict *registry.Verdict
	err     error
}

// judgements are made concurrently; one stands at its question's place.
func (r *Run) judgements(ctx context.Context, wanted []matrix.Lacking) []judgement {
	return concurrently(concurrentResolutions, wanted, func(l matrix.Lacking) (j judgement) {
		j.verdict, j.err = r.verdict(ctx, l)
		return j
	})
}

// judge puts verdicts into the facts. One that could not be made is left as it was; in an update a project that has
// none then goes back to the facts that it had.
func (r *Run) judge(wanted []matrix.Lacking, judgements []judgement) {
	for i, l := range wanted {
		o := judgements[i]
		release := r.facts[l.Project].Release(l.Version)
		same := func(v registry.Verdict) bool {
			return v.Python == o.verdict.Python && slices.Equal(v.Extras, o.verdict.Extras)
		}
		if o.err == nil {
			release.Verdicts = append(slices.DeleteFunc(slices.Clone(release.Verdicts), same), *o.verdict)
			slices.SortFunc(release.Verdicts, registry.Verdict.Compare)
		} else if !slices.ContainsFunc(release.Verdicts, same) {
			r.withoutVerdict(l, o.err)
		}
	}
}

// withoutVerdict says why a verdict that is lacking cannot be made.
func (r *Run) withoutVerdict(l matrix.Lacking, err error) {
	message := foreign.Text(fmt.Sprintf("%s cannot be made: %s", l, err))
	if r.update != nil && r.update.adopts(l.Project) {
		r.update.back[l.Project] = report.Failed{Name: l.Project, Reason: message}
		return
	}
	r.add(finding.Finding{Severity: finding.Error, File: r.config.File, Line: l.Pos.Line, Column: l.Pos.Column,
		Message: fmt.Sprintf("suite %q: %s", l.Suite, message)})
}

// verdict says whether a release's closure alone can be installed on a free-threaded build without building
// anything. An error says that the index could not be asked; the verdict then is of whom it would have been.
func (r *Run) verdict(ctx context.Context, l matrix.Lacking) (*registry.Verdict, error) {
	suite := r.config.Suites.Get(l.Suite)
	v := &registry.Verdict{Python: l.Python.Short(), Extras: suite.Package.Extras}
	problem := &resolve.Problem{Roots: []resolve.Root{{Requirement: exactly(suite.Package, l.Version)}}}
	result, err := r.universe.Target(l.Python, r.config.Target()).Resolve(ctx, problem)
	conflict, impossible := errors.AsType[*resolve.Conflict](err)
	refusal, refused := errors.AsType[*resolve.Refusal](err)
	switch {
	case impossible:
		v.Reason = conflict.Message
	case refused:
		v.Reason = refusal.Message
	case err != nil:
		return v, err
	default:
		v.Supported, v.Reason = fitFor(result, l.Python)
	}
	return v, nil
}

// fitFor looks for a release of a closure that would have to be built.
func fitFor(result *resolve.Result, p python.Version) (supported bool, reason string) {
	var built []string
	for _, pin := range result.Pins {
		if pin.File.Sdist {
			built = append(built, foreign.Text(pin.Name+" "+pin.Version.String()))
		}
	}
	if len(built) > 0 {
		return false, fmt.Sprintf("for %s there is no wheel of %s", p.Short(), strings.Join(built, ", "))
	}
	return true, fmt.Sprintf("each of the %d releases of its closure has a wheel for %s", len(result.Pins), p.Short())
}
