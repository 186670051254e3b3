package lock

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// Support returns the verdict whether a release's closure alone can be installed on a free-threaded build without
// building anything but what is installed from checkouts. An error means that the index could not be asked; the verdict then only names what it would be of.
func Support(ctx context.Context, solver Solver, c *config.Config, p config.Package, v pep440.Version, on python.Version) (registry.Verdict, error) {
	verdict := registry.Verdict{Python: on.Short(), Extras: p.Extras}
	result, err := solver.Solve(ctx, &resolve.Problem{Roots: []resolve.Root{{Requirement: Exactly(p, v)}}, Provided: packages(c)}, on)
	conflict, impossible := errors.AsType[*resolve.Conflict](err)
	refusal, refused := errors.AsType[*resolve.Refusal](err)
	switch {
	case impossible:
		verdict.Reason = conflict.Message
	case refused:
		verdict.Reason = refusal.Message
	case err != nil:
		return verdict, err
	default:
		verdict.Supported, verdict.Reason = fitFor(result, on)
	}
	verdict.Reason = display.Limit(verdict.Reason)
	return verdict, nil
}

// fitFor looks for a release of a closure that would have to be built.
func fitFor(result *resolve.Result, p python.Version) (supported bool, reason string) {
	var built []string
	for _, pin := range result.Pins {
		if pin.File.Sdist {
			built = append(built, pin.Name+" "+pin.Version.String())
		}
	}
	if len(built) > 0 {
		return false, fmt.Sprintf("for %s there is no wheel of %s", p.Short(), strings.Join(built, ", "))
	}
	return true, fmt.Sprintf("each of the %d releases of its closure has a wheel for %s", len(result.Pins), p.Short())
}
