// Package update has the targets of the namespace update.
package update

import (
	"context"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// Apply takes over the facts and pins that an update handed over in a folder, and generates everything else from them.
func Apply(ctx context.Context,
	folder string,
	verified *string, // the digest that update:verify printed: anything else is refused
	summary *string, // a file for the summary: JSON if its name ends in .json, otherwise Markdown
) error {
	begin := func(ctx context.Context, world pipeline.World) (*pipeline.Run, error) {
		return pipeline.TakingOver(ctx, world, folder, verified, summary)
	}
	return graph.Committing(ctx, begin, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "apply", func(ctx context.Context) error {
			again := run.Again() // a check of the result of the run, before it is on the disk
			mg.CtxDeps(ctx, graph.Check(again))
			return run.Accept(ctx, again)
		}, graph.Workflows(run))
	})
}
