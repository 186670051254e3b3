// Package update holds the targets that go with update.
package update

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
)

// Apply takes over the facts and pins that an update handed over in a folder, and makes everything else anew.
func Apply(ctx context.Context,
	folder string,
	summary *string, // a file for the summary: JSON if its name ends in .json, else Markdown
) error {
	if status := pipeline.TheWorld(time.Now()).Apply(ctx, folder, summary); status != pipeline.Done {
		return mg.Fatal(int(status), status)
	}
	return nil
}
