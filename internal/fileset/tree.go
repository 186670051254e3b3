// Package fileset is the tree of files that a run reads and writes.
//
// A [Tree] is the files on disk, overlaid with what the steps of a run have written so far. Steps that write and steps
// that check are the same code: after a write run the changes are committed to the disk, after a check they are
// compared and dropped. A run sees each file as it was when the run first read it.
//
// [Tree.Commit] writes all changes or none. A draft in the state folder lists the planned moves; every new content is
// staged in the state folder and flushed; then the draft is renamed to the journal, and the files are moved. If the
// process dies before the rename, nothing has changed, and the next writing run removes the staged files. If it dies
// later, the journal remains, and the next writing run completes it before it does anything else ([Tree.Recover]). A
// commit that fails, for example because a file cannot be replaced, restores the files that it moved.
//
// The state folder is `toxgen` in the git directory, or lies in a folder of the user alone if the tree is outside git (see
// [At]). It is never in the tree. If it is on another file system than a target, the file is staged next to its target,
// under a name that is in the journal.
//
// Paths are slash-separated and stay below the root. A symbolic link in a path is an error, and so is a folder where a
// file is expected. A file keeps its mode; a new file gets the usual mode, reduced by the umask. Non-goals: owners, hard
// links, folders left empty by removals, and writers that do not take the lock, except that a commit detects files that
// changed since the run read them.
package fileset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Files are the files below a folder, as of a commit. Paths are slash-separated, and `.` is the folder itself. If there is
// nothing at a path, errors.Is(err, fs.ErrNotExist) reports true. What [os.DirFS] returns has these methods.
type Files interface {
	// Stat and Lstat describe what is at a path. Lstat does not follow a symbolic link.
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
}

// A Tree is the files below one root. It is not safe for concurrent use.
type Tree struct {
	root  string
	state string
	// files are the files that lie there.
	files Files
	// outside is the folder that must be private for the state to be, or empty if the state is in the git directory.
	outside string
	// read holds the files as the run first read them, written those that the run wrote. A nil value means that there
	// is no file.
	read, written map[string][]byte
	// before is called with the next operation on the disk. If it returns an error, the operation fails with it. It is
	// nil except in tests.
	before func(operation string) error
}

// A Change is one file that a run would change. Old is nil if the file does not exist yet, New is nil if it is removed.
type Change struct {
	Path     string
	Old, New []byte
}

// Open returns the tree below root. state is its state folder; see [At]. Open creates nothing.
func Open(root, state string) *Tree {
	t := Of(os.DirFS(root).(Files))
	t.root, t.state = root, state
	return t
}

// Of returns a tree of files that are not on the disk. It is for reading: nothing is to be committed from it.
func Of(files Files) *Tree {
	return &Tree{files: files, read: map[string][]byte{}, written: map[string][]byte{}}
}

// Settled returns a tree that takes what this one would leave on the disk for what lies there. It is for reading and
// comparing: nothing is to be committed from it.
func (t *Tree) Settled() *Tree {
	settled := Of(t.files)
	settled.root, settled.state = t.root, t.state
	maps.Copy(settled.read, t.read)
	maps.Copy(settled.read, t.written)
	return settled
}

// Root returns the folder that the paths of the tree are relative to.
func (t *Tree) Root() string { return t.root }

// State returns the state folder, which may not exist yet.
func (t *Tree) State() string { return t.state }

// Exists reports whether there is a file or a folder at a path on the disk, which may be a symbolic link. A path that leaves
// the root does not exist.
func (t *Tree) Exists(name string) bool {
	_, err := t.files.Stat(name)
	return local(name) && err == nil
}

// Read returns the content of a file as the run sees it. The caller must not modify it. If there is no file,
// errors.Is(err, fs.ErrNotExist) reports true.
func (t *Tree) Read(name string) ([]byte, error) {
	data, written := t.written[name]
	if !written {
		var err error
		if data, err = t.first(name); err != nil {
			return nil, err
		}
	}
	if data == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return data, nil
}

// first returns the content of a file on disk when the run first read it, or nil if there was no file.
func (t *Tree) first(name string) ([]byte, error) {
	if data, known := t.read[name]; known {
		return data, nil
	}
	data, err := t.onDisk(name)
	if err == nil {
		t.read[name] = data
	}
	return data, err
}

// onDisk returns the content of a regular file on disk, or nil if there is no file.
func (t *Tree) onDisk(name string) ([]byte, error) {
	info, err := t.reach(name)
	switch {
	case err != nil || info == nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder, not a file", name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	data, err := t.files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// Write sets the content of a file in the run. The caller must not modify data afterwards.
func (t *Tree) Write(name string, data []byte) {
	if data == nil {
		data = []byte{}
	}
	t.written[name] = data
}

// Remove removes a file in the run.
func (t *Tree) Remove(name string) { t.written[name] = nil }

// Folders returns the sorted paths of the folders directly in a folder on the disk; `.` is the root. Links are left out.
func (t *Tree) Folders(folder string) ([]string, error) {
	if folder != "." {
		if info, err := t.reach(folder); err != nil || info == nil || !info.IsDir() {
			return nil, err
		}
	}
	entries, err := t.files.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, path.Join(folder, e.Name()))
		}
	}
	return names, nil
}

// List returns the sorted paths of the files directly in a folder, as the run sees it; `.` is the root. The list is empty
// if the folder does not exist.
func (t *Tree) List(folder string) ([]string, error) {
	if folder != "." {
		info, err := t.reach(folder)
		if err != nil {
			return nil, err
		}
		if info != nil && !info.IsDir() {
			return nil, fmt.Errorf("%s is a file, not a folder", folder)
		}
	}
	entries, err := t.files.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	seen := maps.Clone(t.read)
	maps.Copy(seen, t.written)
	for name, data := range seen {
		if data != nil && path.Dir(name) == folder {
			names = append(names, name)
		}
	}
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		if _, known := seen[name]; !known && !e.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Changes returns the files whose content in the run differs from the disk, sorted by path.
func (t *Tree) Changes() ([]Change, error) {
	var changes []Change
	var faults []error
	for name, data := range t.written {
		old, err := t.first(name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if !same(old, data) {
			changes = append(changes, Change{name, old, data})
		}
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, errors.Join(faults...)
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

// same reports whether two contents are equal. nil, which means no file, differs from an empty file.
func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// reach returns the file or folder at a path, or nil if there is none. It returns an error if the path leaves the root,
// or if a parent is not a folder or any part of the path is a symbolic link.
func (t *Tree) reach(name string) (fs.FileInfo, error) {
	if !local(name) {
		return nil, fmt.Errorf("%q is not a path below the project's root", name)
	}
	parts := strings.Split(name, "/")
	for i := range parts {
		part := strings.Join(parts[:i+1], "/")
		info, err := t.files.Lstat(part)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case err != nil:
			return nil, err
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, fmt.Errorf("%s is a symbolic link: toxgen reads and writes plain files only", part)
		case i == len(parts)-1:
			return info, nil
		case !info.IsDir():
			return nil, fmt.Errorf("%s is a file, not a folder", part)
		}
	}
	return nil, nil
}

// local reports whether a path is clean and stays below the root. The root itself is not such a path.
func local(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && path.Clean(name) == name && name != "." && !strings.ContainsRune(name, 0)
}

// place returns the path of a file in the file system.
func (t *Tree) place(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }
