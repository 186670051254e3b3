// Package git reads the files of a commit, or those that are staged for one, by the git program.
//
// git is asked by nine commands with fixed arguments: rev-parse, rev-list, ls-tree, ls-files, diff-index, diff-files, cat-file, tag and
// status. They run no hook, no filter, no pager and no other program that a configuration names, but that status, which [HeadOf] needs,
// runs the filters of changed files. They write nothing, and use no network: an object that a partial clone lacks is an error. Variables that would point git at another repository are not passed on, and replacements of
// objects do not count. The variable that says which index a commit is made from does count ([OpenIndex]).
//
// Files have the content that the commit has: no line ends are converted. Non-goals: writing, the work tree,
// submodules, whose folders are empty.
package git

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maximumListing is how many bytes the list of a commit's files may have, maximumFile how many a file that is read, and
// maximumMessage how many what git says of an error.
const (
	maximumListing = 256 << 20
	maximumFile    = 64 << 20
	maximumMessage = 1 << 16
)

// An Error is the reason why a commit cannot be read.
type Error struct {
	// Message is one sentence, and Hint is what would help.
	Message, Hint string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// A Commit is the files of one commit below a folder, or those that are staged for one. It is not safe for concurrent use.
type Commit struct {
	// ID is the full name of the commit. It is empty for the index.
	ID      string
	entries map[string]*entry
	reader  *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
	stderr  limited
}

// object matches the name of an object.
var object = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// OpenCommit opens the commit that a revision names, such as v1.0, main or HEAD~3, in the repository that a folder is in. Paths are
// relative to that folder. The commit has to be closed. The error is an [*Error], or that of ctx.
func OpenCommit(ctx context.Context, folder, revision string) (*Commit, error) {
	if revision == "" || strings.HasPrefix(revision, "-") || strings.ContainsAny(revision, "\x00\r\n") {
		return nil, &Error{fmt.Sprintf("%q is not a revision", revision), "name a commit, a branch or a tag"}
	}
	if _, err := run(ctx, folder, "rev-parse", "--git-dir"); err != nil {
		return nil, err
	}
	out, err := run(ctx, folder, "rev-parse", "--verify", "--quiet", revision+"^{commit}")
	id := strings.TrimSpace(string(out))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || !object.MatchString(id) {
		return nil, unknown(ctx, folder, revision)
	}
	listed, err := run(ctx, folder, "ls-tree", "-r", "-z", id)
	if err != nil {
		return nil, err
	}
	return open(ctx, folder, id, listed, 2)
}

// open opens files that a command of git listed, and starts the program that reads them. In each line the name of the object is
// the field with the given index.
func open(ctx context.Context, folder, id string, listed []byte, field int) (*Commit, error) {
	c := &Commit{ID: id, stderr: limited{maximum: maximumMessage}}
	var err error
	if c.entries, err = parse(listed, field); err != nil {
		return nil, err
	}
	c.reader = command(ctx, folder, "cat-file", "--batch")
	stdin, errIn := c.reader.StdinPipe()
	stdout, errOut := c.reader.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, err
	}
	c.ask, c.answers, c.reader.Stderr = stdin, bufio.NewReader(stdout), &c.stderr
	if err := c.reader.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

// Changes returns the commits that changed a file of a folder, the newest first: those that HEAD leads to by first parents. The
// error is an [*Error], or that of ctx.
func Changes(ctx context.Context, folder, name string) ([]string, error) {
	out, err := run(ctx, folder, "rev-list", "--first-parent", "HEAD", "--", "./"+name)
	return strings.Fields(string(out)), err
}

// unknown returns the error of a revision that names no commit here.
func unknown(ctx context.Context, folder, revision string) error {
	e := &Error{fmt.Sprintf("%q is not a commit of this repository", revision), "`git log --oneline` lists commits; `git fetch` brings those of others"}
	if IsShallow(ctx, folder) {
		e.Message += ", which is a shallow clone"
		e.Hint = "`git fetch --unshallow` brings the commits before"
	}
	return e
}

// IsShallow reports whether the repository that a folder is in is a shallow clone, whose history ends early.
func IsShallow(ctx context.Context, folder string) bool {
	out, err := run(ctx, folder, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(string(out)) == "true"
}

// Close ends the program that reads the files.
func (c *Commit) Close() {
	_ = c.ask.Close()
	_ = c.reader.Wait()
}

// An entry is a file or a folder of a commit. It is also what fs.FileInfo and fs.DirEntry say of it.
type entry struct {
	name string
	mode fs.FileMode
	id   string
	// entries are those of a folder, sorted by name.
	entries []fs.DirEntry
}

// The methods serve fs.FileInfo and fs.DirEntry.

func (e *entry) Name() string               { return e.name }
func (e *entry) Size() int64                { return 0 } // it is not listed
func (e *entry) Mode() fs.FileMode          { return e.mode }
func (e *entry) Type() fs.FileMode          { return e.mode.Type() }
func (e *entry) ModTime() time.Time         { return time.Time{} }
func (e *entry) IsDir() bool                { return e.mode.IsDir() }
func (e *entry) Sys() any                   { return nil }
func (e *entry) Info() (fs.FileInfo, error) { return e, nil }

// modes are the modes of git.
var modes = map[string]fs.FileMode{"100644": 0o644, "100755": 0o755, "120000": fs.ModeSymlink, "160000": fs.ModeDir}

// parse returns the files that ls-tree or ls-files lists, and their folders. The name of the object is the field with an index.
func parse(listed []byte, field int) (map[string]*entry, error) {
	entries := map[string]*entry{".": {name: ".", mode: fs.ModeDir}}
	for record := range strings.SplitSeq(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		if record == "" {
			continue
		}
		head, name, found := strings.Cut(record, "\t")
		fields := strings.Fields(head)
		if !found || len(fields) != 3 || !object.MatchString(fields[field]) {
			return nil, &Error{Message: "git lists the files of the commit in an unknown form"}
		}
		if name == "." || !fs.ValidPath(name) {
			continue // as on the disk, such a name cannot be asked for
		}
		mode, known := modes[fields[0]]
		if !known {
			mode = fs.ModeIrregular
		}
		add(entries, name, &entry{name: path.Base(name), mode: mode, id: fields[field]})
	}
	for _, e := range entries {
		slices.SortFunc(e.entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return entries, nil
}

// add adds an entry and the folders above it.
func add(entries map[string]*entry, name string, e *entry) {
	entries[name] = e
	folder := path.Dir(name)
	if above := entries[folder]; above == nil || !above.IsDir() {
		add(entries, folder, &entry{name: path.Base(folder), mode: fs.ModeDir})
	}
	entries[folder].entries = append(entries[folder].entries, e)
}

// Lstat describes what is at a path.
func (c *Commit) Lstat(name string) (fs.FileInfo, error) {
	e, found := c.entries[name]
	if !found {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return e, nil
}

// Stat describes what is at a path. Links are not followed.
func (c *Commit) Stat(name string) (fs.FileInfo, error) { return c.Lstat(name) }

// ReadDir returns the entries of a folder, sorted by name.
func (c *Commit) ReadDir(name string) ([]fs.DirEntry, error) {
	e, found := c.entries[name]
	if !found || !e.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return e.entries, nil
}

// ReadFile returns the content of a file.
func (c *Commit) ReadFile(name string) ([]byte, error) {
	e, found := c.entries[name]
	if !found || !e.mode.IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	data, err := c.object(e.id)
	if err != nil && c.ID == "" {
		return nil, fmt.Errorf("%s in the index: %w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s of commit %.12s: %w", name, c.ID, err)
	}
	return data, nil
}

// object returns the content of an object.
func (c *Commit) object(id string) ([]byte, error) {
	if _, err := io.WriteString(c.ask, id+"\n"); err != nil {
		return nil, c.ended()
	}
	head, err := c.answers.ReadString('\n')
	if err != nil {
		return nil, c.ended()
	}
	fields := strings.Fields(head)
	if len(fields) != 3 || fields[0] != id || fields[1] != "blob" {
		return nil, &Error{"this clone lacks it", refetch}
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("git states the size %q", fields[2])
	}
	if size > maximumFile {
		_, err := io.CopyN(io.Discard, c.answers, size+1)
		return nil, errors.Join(fmt.Errorf("it has %d bytes, more than %d", size, maximumFile), err)
	}
	data := make([]byte, size+1) // a line end follows
	if _, err := io.ReadFull(c.answers, data); err != nil {
		return nil, c.ended()
	}
	return data[:size], nil
}

// refetch is the hint for an object that is not there.
const refetch = "`git fetch --refetch` brings what a partial clone left out"

// ended returns the error of a program that ended although it was to read files. Some versions of git end when a partial clone
// lacks an object that may not be fetched.
func (c *Commit) ended() error {
	c.Close()
	return &Error{"git cannot read it: " + firstLine(&c.stderr, "git ended without an answer"), refetch}
}

// command returns a command of git that runs in a folder.
func command(ctx context.Context, folder string, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "git", append([]string{"--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs", "-c", "core.fsmonitor=false"}, arguments...)...)
	c.Dir = folder
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	// No protocol is allowed, so that nothing is fetched. Older versions of git know only that way.
	c.Env = append(c.Env, "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return c
}

// run runs a command of git and returns its output. The error is an [*Error], or that of ctx.
func run(ctx context.Context, folder string, arguments ...string) ([]byte, error) {
	return runWith(ctx, folder, nil, arguments...)
}

// runWith is like run, with additional environment variables.
func runWith(ctx context.Context, folder string, environment []string, arguments ...string) ([]byte, error) {
	c := command(ctx, folder, arguments...)
	c.Env = append(c.Env, environment...)
	out, stderr := &limited{maximum: maximumListing}, &limited{maximum: maximumMessage}
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
