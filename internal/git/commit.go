package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maximumFile is how many bytes a file may have that is read.
const maximumFile = 64 << 20

// A Commit is the files of one commit below a folder. It is not safe for concurrent use.
type Commit struct {
	// ID is the full name of the commit.
	ID      string
	entries map[string]*entry
	reader  *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
	stderr  limited
}

// OpenCommit opens the commit that a revision names, such as v1.0, main or HEAD~3, in the repository of a folder. The commit has to
// be closed. The error is an [*Error], or that of ctx.
func OpenCommit(ctx context.Context, folder, revision string) (*Commit, error) {
	r := Open(folder)
	id, err := r.Commit(ctx, revision)
	if err != nil {
		return nil, err
	}
	listed, err := r.run(ctx, "ls-tree", "-r", "-z", id)
	if err != nil {
		return nil, err
	}
	c := &Commit{ID: id, stderr: limited{maximum: maximumMessage}}
	if c.entries, err = parse(listed); err != nil {
		return nil, err
	}
	c.reader = r.command(ctx, "cat-file", "--batch")
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

// parse returns the files that ls-tree lists, and their folders.
func parse(listed []byte) (map[string]*entry, error) {
	entries := map[string]*entry{".": {name: ".", mode: fs.ModeDir}}
	for record := range strings.SplitSeq(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		if record == "" {
			continue
		}
		head, name, found := strings.Cut(record, "\t")
		fields := strings.Fields(head)
		if !found || len(fields) != 3 || !object.MatchString(fields[2]) {
			return nil, &Error{Message: "git lists the files of the commit in an unknown form"}
		}
		if name == "." || !fs.ValidPath(name) {
			continue // as on the disk, such a name cannot be asked for
		}
		mode, known := modes[fields[0]]
		if !known {
			mode = fs.ModeIrregular
		}
		add(entries, name, &entry{name: path.Base(name), mode: mode, id: fields[2]})
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
	return &Error{"git cannot read it: " + firstLine(&c.stderr, "it ended"), refetch}
}
