// Package fileset is the tree of files that a run reads and writes.
//
// A [Tree] is what lies on disk, under what the steps of a run have written so far. A step that writes and a
// step that checks are the same code: after a write run the changes are committed to the disk, after a check
// they are compared and dropped. A run sees each file as it was when it first looked.
//
// [Tree.Commit] writes the whole set or nothing. A draft in the state folder says what is to be moved where;
// every new content is staged there and flushed; then the draft becomes the journal, and the files are moved. A
// process that dies before that has changed nothing, and the next writing run removes what it staged; one that
// dies later leaves the journal, which the next writing run carries out before it does anything else
// ([Tree.Recover]). A commit that fails, say because a file cannot be replaced, puts back what it moved.
//
// The state folder is `toxgen` in the git directory, or outside git a folder of the cache; never a place in the
// tree. Only where that is another file system is a file staged beside its target, under a name that the journal
// holds.
//
// Paths are slash-separated and stay below the root: a symbolic link on the way is an error, as is a folder in
// a file's place. A file keeps its mode; a new one gets what the umask leaves of the usual mode. Non-goals: owners,
// hard links, folders left empty by removals, and writers that do not take the lock, beyond noticing that a file is
// not any more what the run read.
package fileset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Tree is the files below one root. It is not safe for concurrent use.
type Tree struct {
	root  string
	state string
	// read holds what lay on disk when the run first looked, written what the run wrote; a nil value is no file.
	read, written map[string][]byte
	// before is called with what is done next to the disk; an error stands in place of the deed. Nil but in tests.
	before func(deed string) error
}

// Change is one file that a run would change. A nil Old is a file that is not there, a nil New one that goes.
type Change struct {
	Path     string
	Old, New []byte
}

// Open is the tree below root; state is its state folder, see [StateFolder]. Nothing is created.
func Open(root, state string) *Tree {
	return &Tree{root: root, state: state, read: map[string][]byte{}, written: map[string][]byte{}}
}

// Root is the folder that the tree's paths are relative to.
func (t *Tree) Root() string { return t.root }

// Read is a file's content as the run sees it; it is not to be changed. errors.Is(err, fs.ErrNotExist) says that
// there is none.
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

// first is what lay on disk when the run first looked; nil if there was no file.
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

// onDisk reads a regular file; nil if there is none.
func (t *Tree) onDisk(name string) ([]byte, error) {
	info, err := t.reach(name)
	switch {
	case err != nil || info == nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder where a file belongs", name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	data, err := os.ReadFile(t.place(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if data == nil && err == nil {
		data = []byte{}
	}
	return data, err
}

// Write sets a file's content in the run; data is not to be changed afterwards.
func (t *Tree) Write(name string, data []byte) {
	if data == nil {
		data = []byte{}
	}
	t.written[name] = data
}

// Remove drops a file in the run.
func (t *Tree) Remove(name string) { t.written[name] = nil }

// List names the files that lie directly in a folder as the run sees it, sorted; `.` is the root. A folder that is
// not there has none.
func (t *Tree) List(folder string) ([]string, error) {
	if folder != "." {
		info, err := t.reach(folder)
		if err != nil {
			return nil, err
		}
		if info != nil && !info.IsDir() {
			return nil, fmt.Errorf("%s is a file where a folder belongs", folder)
		}
	}
	entries, err := os.ReadDir(t.place(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		if _, changed := t.written[name]; !changed && !e.IsDir() {
			names = append(names, name)
		}
	}
	for name, data := range t.written {
		if data != nil && path.Dir(name) == folder {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Changes are the files whose content in the run is not that on disk, sorted by path.
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

// same compares contents; nil is no file, which an empty one is.
func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// reach is what lies at a path, nil if nothing does. It is an error if the path does not stay below the root, or
// leads over anything but folders, or to a symbolic link.
func (t *Tree) reach(name string) (fs.FileInfo, error) {
	if !local(name) {
		return nil, fmt.Errorf("%q is no path below the project's root", name)
	}
	parts := strings.Split(name, "/")
	for i := range parts {
		part := strings.Join(parts[:i+1], "/")
		info, err := os.Lstat(t.place(part))
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
			return nil, fmt.Errorf("%s is a file where a folder belongs", part)
		}
	}
	return nil, nil
}

// local says whether a path is clean and stays below the root, which is none itself.
func local(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && path.Clean(name) == name && name != "." && !strings.ContainsRune(name, 0)
}

func (t *Tree) place(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }
