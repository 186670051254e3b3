package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/foreign"
	"toxgen/internal/matrix"
	"toxgen/internal/python"
	"toxgen/internal/registry"
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

// verdicts are made concurrently; one stands at its question's place.
func (r *Run) verdicts(ctx context.Context, wanted []matrix.Lacking) []*registry.Verdict {
	return concurrently(concurrentResolutions, wanted, func(l matrix.Lacking) *registry.Verdict { return r.verdict(ctx, l) })
}

// judge puts verdicts into the facts. One that could not be made is left as it was.
func (r *Run) judge(wanted []matrix.Lacking, verdicts []*registry.Verdict) {
	for i, l := range wanted {
		if verdicts[i] == nil {
			continue
		}
		release := r.facts[l.Project].Release(l.Version)
		same := func(v registry.Verdict) bool {
			return v.Python == verdicts[i].Python && slices.Equal(v.Extras, verdicts[i].Extras)
		}
		release.Verdicts = append(slices.DeleteFunc(slices.Clone(release.Verdicts), same), *verdicts[i])
		slices.SortFunc(release.Verdicts, registry.Verdict.Compare)
	}
}

// verdict says whether a release's closure alone can be installed on a free-threaded build without building
// anything; nil if the index could not be asked.
func (r *Run) verdict(ctx context.Context, l matrix.Lacking) *registry.Verdict {
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
		return nil
	default:
		v.Supported, v.Reason = fitFor(result, l.Python)
	}
	return v
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
