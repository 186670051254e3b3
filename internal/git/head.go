package git

import (
	"context"
	"strings"
)

// A Head is what is checked out.
type Head struct {
	// Commit is its full id, and Tags are the names of the tags of the commit, sorted.
	Commit string
	Tags   []string
	// Changed is set if a file differs from that of the commit, or is new and not ignored.
	Changed bool
}

// HeadOf returns what is checked out in a folder. The error is an [*Error], or that of ctx.
func HeadOf(ctx context.Context, folder string) (Head, error) {
	var h Head
	commit, err := run(ctx, folder, "rev-parse", "--verify", "HEAD^{commit}")
	if err != nil {
		return h, err
	}
	tags, err := run(ctx, folder, "tag", "--points-at", "HEAD", "--sort=refname")
	if err != nil {
		return h, err
	}
	changes, err := run(ctx, folder, "status", "--porcelain", "--untracked-files=normal")
	if err != nil {
		return h, err
	}
	return Head{Commit: strings.TrimSpace(string(commit)), Tags: strings.Fields(string(tags)), Changed: len(changes) > 0}, nil
}
