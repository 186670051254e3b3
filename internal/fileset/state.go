package fileset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// stateName is the state folder's name in the git directory.
const stateName = "toxgen"

// StateFolder is where the lock, the journal and staged files of the tree at root lie: `toxgen` in the git
// directory, which a worktree's or submodule's `.git` file names, or outside git a folder of cache by the
// root's path. A root below the top of a checkout counts as outside git: several projects may lie in one. The
// folder need not exist.
func StateFolder(root, cache string) (string, error) {
	absolute, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = real // one checkout has one state, by whatever name it is called
	}
	git, err := gitFolder(absolute)
	switch {
	case err != nil:
		return "", err
	case git != "":
		return filepath.Join(git, stateName), nil
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(cache, "checkouts", hex.EncodeToString(sum[:12])), nil
}

// gitFolder is the git directory of the checkout at root; empty if it is none, or its git directory is elsewhere
// and not there.
func gitFolder(root string) (string, error) {
	git := filepath.Join(root, ".git")
	info, err := os.Stat(git)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case info.IsDir():
		return git, nil
	}
	data, err := os.ReadFile(git)
	if err != nil {
		return "", err
	}
	folder, found := strings.CutPrefix(strings.TrimSpace(string(data)), "gitdir:")
	if !found {
		return "", fmt.Errorf("%s is neither a folder nor names one", git)
	}
	folder = filepath.FromSlash(strings.TrimSpace(folder))
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(root, folder)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", nil
	}
	return folder, nil
}

// Lock keeps other writing runs out of the tree until the returned function is called. While another process
// holds the lock, waiting is called once with what is known of that process; Lock goes on trying until ctx
// ends, and then says so with ctx's error.
func (t *Tree) Lock(ctx context.Context, waiting func(holder string)) (unlock func(), err error) {
	if err := os.MkdirAll(t.state, 0o777); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(t.state, "lock"))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		waiting(t.holder())
		_, err = lock.TryLockContext(ctx, 50*time.Millisecond)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("waiting for %s, which holds %s: %w", t.holder(), lock.Path(), err)
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	// Informative only: the lock itself is the kernel's and goes with the process.
	_ = os.WriteFile(t.holderPath(), fmt.Appendf(nil, "process %d\n", os.Getpid()), 0o666)
	return func() {
		_ = os.Remove(t.holderPath())
		_ = lock.Unlock()
	}, nil
}

func (t *Tree) holderPath() string { return filepath.Join(t.state, "holder") }

// holder is what the process that holds the lock wrote of itself.
func (t *Tree) holder() string {
	data, err := os.ReadFile(t.holderPath())
	if text := strings.TrimSpace(string(data)); err == nil && text != "" {
		return text
	}
	return "another process"
}
