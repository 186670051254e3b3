package pipeline

import (
	"context"
	"fmt"
	"os"

	"toxgen/internal/display"
	"toxgen/internal/distribution"
	"toxgen/internal/finding"
	"toxgen/internal/setup"
)

// Build builds what a release consists of, for the platforms that only lists or for all, and prints the names of the files.
func (w World) Build(ctx context.Context, only *string) Status {
	if setup.NeedsGo(os.DirFS(w.Root)) == "" {
		return w.Explain(WrongUsage(finding.List{{Severity: finding.Error, Message: "build compiles toxgen itself, and this folder does not hold its sources",
			Hint: "run `go tool mage build` in a clone of the repository of toxgen"}}))
	}
	platforms, err := distribution.ParsePlatforms(given(only))
	if err != nil {
		return w.Explain(WrongUsage(err))
	}
	names, err := distribution.Build(ctx, w.Root, platforms, w.meter().Doing, w.Stderr)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	for _, name := range names {
		fmt.Fprintln(w.Stdout, display.Line(name))
	}
	return w.Explain(hinted(err))
}
