// Package git reads files of earlier commits, by the git on PATH.
//
// It uses plumbing commands, whose output does not depend on settings of the user. It changes nothing: neither the working
// tree nor the index nor a reference. A revision is never taken for an option. Paths are slash-separated and relative to the
// folder of the repository that was opened, which may lie below the top of a checkout.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
)

// A Repository is the repository that a folder belongs to.
type Repository struct{ folder string }

// Open returns the repository of a folder. Whether there is one shows when it is asked.
func Open(folder string) Repository { return Repository{folder} }

// Commit returns the full name of the commit that a revision, such as `HEAD~1` or a branch, names.
func (r Repository) Commit(ctx context.Context, revision string) (string, error) {
	out, err := r.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if exit, failed := errors.AsType[*exec.ExitError](err); failed && exit.ExitCode() == 1 {
		return "", fmt.Errorf("%q is no commit of this repository", revision)
	}
	return strings.TrimSpace(string(out)), err
}

// Read returns the content of a file in a commit. If there is no such file, errors.Is(err, fs.ErrNotExist) reports true.
func (r Repository) Read(ctx context.Context, commit, name string) ([]byte, error) {
	entry, err := r.run(ctx, "ls-tree", "--end-of-options", commit, "./"+name)
	if err != nil {
		return nil, err
	}
	if kind := strings.Fields(string(entry)); len(kind) < 3 || kind[1] != "blob" {
		return nil, &fs.PathError{Op: "read", Path: commit + ":" + name, Err: fs.ErrNotExist}
	}
	return r.run(ctx, "cat-file", "blob", commit+":./"+name)
}

// Changes returns the commits that changed a file, the newest first: those that HEAD leads to by first parents.
func (r Repository) Changes(ctx context.Context, name string) ([]string, error) {
	out, err := r.run(ctx, "rev-list", "--first-parent", "HEAD", "--", "./"+name)
	return strings.Fields(string(out)), err
}

// run runs a command of git and returns its standard output.
func (r Repository) run(ctx context.Context, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "git", append([]string{"--literal-pathspecs"}, arguments...)...)
	var stderr bytes.Buffer
	command.Dir, command.Stderr = r.folder, &stderr
	out, err := command.Output()
	if message, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n"); err != nil && message != "" {
		err = fmt.Errorf("git %s: %s: %w", arguments[0], message, err)
	}
	return out, err
}
