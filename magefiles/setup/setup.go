// Package setup has the targets of the namespace setup.
package setup

import (
	"context"
	"os"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// Undo removes what setup wrote: the project from the git pre-commit hook, which goes with its last project, and its program.
func Undo(ctx context.Context) error {
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status { return world.RemoveHook(ctx) })
}

// Precommit checks what is staged for the next commit: the git pre-commit hook runs it.
func Precommit(ctx context.Context) error {
	err := graph.CheckStaged(ctx)
	if mg.ExitStatus(err) == int(pipeline.Stale) {
		os.Exit(int(pipeline.Stale)) // it is for the hook, and mage would print it as an error
	}
	return err
}
