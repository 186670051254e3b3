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

	"toxgen/internal/private"
)

// stateName is the name of the state folder in the git directory.
const stateName = "toxgen"

// At returns the tree below root. Its state folder, for the lock, the journal and the staged files, is `toxgen` in the git
// directory, which the `.git` file of a worktree or submodule names. Outside git it lies in the folder outside and is named
// by the path of the root; outside must be private, because what the journal says is done. A root below the top of a
// checkout is treated as outside git, because a checkout may contain several projects. At creates nothing.
func At(root, outside string) (*Tree, error) {
	absolute, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = real // a checkout has one state folder, whatever path leads to it
	}
	git, err := gitFolder(absolute)
	switch {
	case err != nil:
		return nil, err
	case git != "":
		return Open(root, filepath.Join(git, stateName)), nil
	}
	sum := sha256.Sum256([]byte(absolute))
	t := Open(root, filepath.Join(outside, hex.EncodeToString(sum[:12])))
	t.outside = outside
	if err := private.Check(outside); err != nil {
		return nil, untrusted(err)
	}
	return t, nil
}

func untrusted(err error) error {
	return fmt.Errorf("the folder for the lock and the journal: %w", err)
}

// gitFolder returns the git directory of the checkout at root. It returns "" if root is not a checkout, or if its `.git`
// file names a folder that does not exist.
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
		return "", fmt.Errorf("%s is neither a folder nor a file that names one", git)
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

// Lock locks the tree against other writing runs until the returned function is called. If another process holds the
// lock, Lock calls waiting once with a description of that process, and tries again until ctx ends. It then returns an
// error that wraps the error of ctx.
func (t *Tree) Lock(ctx context.Context, waiting func(holder string)) (unlock func(), err error) {
	if t.outside != "" {
		if err := private.Folder(t.outside); err != nil {
			return nil, untrusted(err)
		}
	}
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
	// The file is only informative: the kernel keeps the lock itself and releases it when the process ends.
	_ = os.WriteFile(t.holderPath(), fmt.Appendf(nil, "process %d\n", os.Getpid()), 0o666)
	return func() {
		_ = os.Remove(t.holderPath())
		_ = lock.Unlock()
	}, nil
}

func (t *Tree) holderPath() string { return filepath.Join(t.state, "holder") }

// holder returns the description that the process that holds the lock wrote.
func (t *Tree) holder() string {
	data, err := os.ReadFile(t.holderPath())
	if text := strings.TrimSpace(string(data)); err == nil && text != "" {
		return text
	}
	return "another process"
}
