// Package update holds the targets that go with update.
package update

import (
	"context"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// Apply takes over the facts and pins that an update handed over in a folder, and makes everything else anew.
func Apply(ctx context.Context,
	folder string,
	summary *string, // a file for the summary: JSON if its name ends in .json, else Markdown
) error {
	begin := func(ctx context.Context, world pipeline.World) (*pipeline.Run, error) {
		return pipeline.TakingOver(ctx, world, folder, summary)
	}
	return graph.Committing(ctx, begin, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "apply", func(ctx context.Context) error {
			again := run.Again() // a check of what the run leaves, before that is on the disk
			mg.CtxDeps(ctx, graph.Check(again))
			return run.Accept(again)
		}, graph.Workflows(run))
	})
}
