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

// StateFolder is where the lock, the journal and staged files of the tree at root lie: `toxgen` in the git
// directory, which a worktree's or submodule's `.git` file names, or outside git a folder of cache by the
// root's path. It need not exist.
func StateFolder(root, cache string) (string, error) {
	absolute, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	git := filepath.Join(absolute, ".git")
	info, err := os.Stat(git)
	switch {
	case err == nil && info.IsDir():
		return filepath.Join(git, "toxgen"), nil
	case err == nil:
		data, err := os.ReadFile(git)
		if err != nil {
			return "", err
		}
		folder, found := strings.CutPrefix(strings.TrimSpace(string(data)), "gitdir: ")
		if !found {
			return "", fmt.Errorf("%s is neither a folder nor names one", git)
		}
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(absolute, folder)
		}
		return filepath.Join(folder, "toxgen"), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(cache, "checkouts", hex.EncodeToString(sum[:12])), nil
}

// Lock keeps other writing runs out of the tree until the returned function is called. While another process
// holds the lock, waiting is called once with what is known of that process; Lock goes on trying until ctx
// ends.
func (t *Tree) Lock(ctx context.Context, waiting func(holder string)) (unlock func(), err error) {
	if err := os.MkdirAll(t.state, 0o777); err != nil {
		return nil, err
	}
	name := filepath.Join(t.state, "lock")
	lock := flock.New(name)
	locked, err := lock.TryLock()
	if err == nil && !locked {
		holder, _ := os.ReadFile(filepath.Join(t.state, "holder"))
		waiting(strings.TrimSpace(string(holder)))
		_, err = lock.TryLockContext(ctx, 50*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", name, err)
	}
	// Informative only: the lock itself is the kernel's and goes with the process.
	_ = os.WriteFile(filepath.Join(t.state, "holder"), fmt.Appendf(nil, "process %d\n", os.Getpid()), 0o666)
	return func() { _ = lock.Unlock() }, nil
}
