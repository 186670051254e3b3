package update

import (
	"context"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// Verify asks the index whether what an update handed over in a folder is true, and prints the digest of what it confirms.
func Verify(ctx context.Context, folder string) error {
	return graph.Reading(ctx, pipeline.Confirming, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "verify", func(ctx context.Context) error { return run.Confirm(ctx, folder) }, nil)
	})
}
