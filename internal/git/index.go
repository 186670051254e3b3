package git

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// indexVariable is the variable by which git tells a hook which index the commit is made from: that of `git commit FILE` and
// `git commit -a` is a temporary one.
const indexVariable = "GIT_INDEX_FILE"

// OpenIndex opens the files that are staged for the next commit, in the repository that a folder is in. Paths are relative to that
// folder. The index is the one that GIT_INDEX_FILE names, as in a hook. It has to be closed. The error is an [*Error], or that of ctx.
func OpenIndex(ctx context.Context, folder string) (*Commit, error) {
	listed, err := runOnIndex(ctx, folder, "ls-files", "--stage", "-z")
	if err != nil {
		return nil, err
	}
	return open(ctx, folder, "", listed, 1)
}

// Staged returns the paths of the files that the next commit would add, change or remove. Paths are relative to a folder, and
// files outside of it are left out. The error is an [*Error], or that of ctx.
func Staged(ctx context.Context, folder string) ([]string, error) {
	if _, err := run(ctx, folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		return names(runOnIndex(ctx, folder, "ls-files", "-z")) // there is no commit yet
	}
	return names(runOnIndex(ctx, folder, "diff-index", "--cached", "--name-only", "--no-renames", "--relative", "-z", "HEAD", "--"))
}

// Unstaged returns the paths of the files in the folder that are not as the next commit would have them: those that were changed or
// removed, and new ones that are not ignored. The error is an [*Error], or that of ctx.
func Unstaged(ctx context.Context, folder string) ([]string, error) {
	changed, err := names(runOnIndex(ctx, folder, "diff-files", "--name-only", "--relative", "-z", "--"))
	if err != nil {
		return nil, err
	}
	added, err := names(runOnIndex(ctx, folder, "ls-files", "--others", "--exclude-standard", "-z"))
	return append(changed, added...), err
}

// Hooks returns the folder in which git looks for the hooks of the repository that a folder is in, and the value of core.hooksPath, which
// is empty unless it is set. A relative one is given as seen from the folder. The error is an [*Error], or that of ctx.
func Hooks(ctx context.Context, folder string) (hooks, configured string, err error) {
	out, err := run(ctx, folder, "rev-parse", "--git-path", "hooks")
	if err != nil {
		return "", "", err
	}
	common, err := CommonFolder(ctx, folder)
	if err != nil {
		return "", "", err
	}
	hooks = absolute(folder, out)
	if own := filepath.Join(common, "hooks"); hooks == own {
		return hooks, "", nil
	}
	return hooks, strings.TrimSuffix(string(out), "\n"), nil
}

// CommonFolder returns the absolute path of the git directory that all worktrees share. The error is an [*Error], or that of ctx.
func CommonFolder(ctx context.Context, folder string) (string, error) {
	out, err := run(ctx, folder, "rev-parse", "--git-common-dir")
	return absolute(folder, out), err
}

// Place returns where a folder is: the absolute path of the git directory of its checkout, and its path below the root of the checkout,
// with slashes; that of the root is ".". The error is an [*Error], or that of ctx.
func Place(ctx context.Context, folder string) (directory, below string, err error) {
	out, err := run(ctx, folder, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return "", "", err
	}
	prefix, err := run(ctx, folder, "rev-parse", "--show-prefix")
	return absolute(folder, out), path.Clean(strings.TrimSuffix(string(prefix), "\n")), err
}

// absolute returns a path that git printed, relative to a folder, as an absolute one.
func absolute(folder string, printed []byte) string {
	name := filepath.FromSlash(strings.TrimSuffix(string(printed), "\n"))
	if !filepath.IsAbs(name) {
		name = filepath.Join(folder, name)
	}
	if whole, err := filepath.Abs(name); err == nil {
		name = whole
	}
	return filepath.Clean(name)
}

// names returns the paths that a command of git printed, each with a null byte behind it.
func names(out []byte, err error) ([]string, error) {
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

// runOnIndex runs a command of git like [run], on the index that git names to a hook.
func runOnIndex(ctx context.Context, folder string, arguments ...string) ([]byte, error) {
	var environment []string
	if index := os.Getenv(indexVariable); index != "" {
		whole, err := filepath.Abs(index) // git gives it relative to the folder in which it starts a hook
		if err != nil {
			return nil, err
		}
		environment = append(environment, indexVariable+"="+whole)
	}
	return runWith(ctx, folder, environment, arguments...)
}
