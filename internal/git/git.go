// Package git reads earlier commits by the program git.
//
// git is asked for objects alone, by commands of its plumbing with fixed arguments: rev-parse, rev-list, ls-tree and cat-file. They
// run no hook, no filter, no pager and no other program that a configuration names, write nothing, and use no network: an object that
// a partial clone lacks is an error. Variables that would point git at another repository are not passed on, and replacements
// of objects do not count. A revision is never taken for an option.
//
// Paths are slash-separated and relative to the folder that was opened, which may lie below the top of a checkout. Files have the
// content that the commit has: no line ends are converted. Non-goals: writing, the index, the work tree, submodules, whose
// folders are empty.
package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// maximumOutput is how many bytes a command may print, and maximumMessage how many of what it says of an error are read.
const (
	maximumOutput  = 256 << 20
	maximumMessage = 1 << 16
)

// An Error is the reason why a commit cannot be read.
type Error struct {
	// Message is one sentence, and Hint is what would help.
	Message, Hint string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// A Repository is the repository that a folder belongs to.
type Repository struct{ folder string }

// Open returns the repository of a folder. Whether there is one shows when it is asked.
func Open(folder string) Repository { return Repository{folder} }

// object matches the name of an object.
var object = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// Commit returns the full name of the commit that a revision, such as `HEAD~1` or a branch, names. The error is an [*Error], or
// that of ctx.
func (r Repository) Commit(ctx context.Context, revision string) (string, error) {
	if revision == "" || strings.HasPrefix(revision, "-") || strings.ContainsAny(revision, "\x00\r\n") {
		return "", &Error{fmt.Sprintf("%q is not a revision", revision), "name a commit, a branch or a tag"}
	}
	if _, err := r.run(ctx, "rev-parse", "--git-dir"); err != nil {
		return "", err
	}
	out, err := r.run(ctx, "rev-parse", "--verify", "--quiet", revision+"^{commit}")
	id := strings.TrimSpace(string(out))
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil || !object.MatchString(id):
		return "", r.unknown(ctx, revision)
	default:
		return id, nil
	}
}

// unknown returns the error of a revision that names no commit here.
func (r Repository) unknown(ctx context.Context, revision string) error {
	e := &Error{fmt.Sprintf("%q is not a commit of this repository", revision), "`git log --oneline` lists commits; `git fetch` brings those of others"}
	if out, err := r.run(ctx, "rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(string(out)) == "true" {
		e.Message += ", which is a shallow clone"
		e.Hint = "`git fetch --unshallow` brings the commits before"
	}
	return e
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

// command returns a command of git.
func (r Repository) command(ctx context.Context, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "git", append([]string{"--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"}, arguments...)...)
	c.Dir = r.folder
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	// No protocol is allowed, so that nothing is fetched. Older versions of git know only that way.
	c.Env = append(c.Env, "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return c
}

// run runs a command of git and returns its output. The error is an [*Error], or that of ctx.
func (r Repository) run(ctx context.Context, arguments ...string) ([]byte, error) {
	c := r.command(ctx, arguments...)
	out, stderr := &limited{maximum: maximumOutput}, &limited{maximum: maximumMessage}
	c.Stdout, c.Stderr = out, stderr
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, &Error{"the program git is not on the PATH, and only it can read a commit", "install git"}
	case err != nil:
		return nil, &Error{"git " + arguments[0] + ": " + firstLine(stderr, err.Error()), "run toxgen in a clone of the repository"}
	}
	return out.Bytes(), nil
}

// firstLine returns the first line of what git said, or other words if it said nothing.
func firstLine(stderr *limited, other string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	return cmp.Or(line, other)
}

// limited is a buffer that takes no more than a maximum.
type limited struct {
	bytes.Buffer
	maximum int
}

// Write appends to the buffer.
func (l *limited) Write(data []byte) (int, error) {
	if l.Len()+len(data) > l.maximum {
		return 0, fmt.Errorf("it has more than %d bytes", l.maximum)
	}
	return l.Buffer.Write(data)
}
