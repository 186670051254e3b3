// Package setup has the targets of the namespace setup.
package setup

import (
	"context"
	"time"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// Undo removes what setup wrote: the git pre-commit hook and its program.
func Undo(ctx context.Context) error {
	return graph.Fatal(pipeline.TheWorld(time.Now()).RemoveHook(ctx))
}

// Precommit checks what is staged for the next commit: the git pre-commit hook runs it.
func Precommit(ctx context.Context) error { return graph.CheckStaged(ctx) }
