// Package fileset is the tree of files that a run reads and writes.
//
// A [Tree] is what lies on disk, under what the steps of a run have written so far. A step that writes and a
// step that checks are the same code: after a write run the changes are committed to the disk, after a check
// they are compared and dropped.
//
// [Tree.Commit] writes the whole set or nothing. Every changed file is staged in the state folder and flushed
// first; then one journal says what is to be moved where; then the files are moved. A process that dies
// before the journal is complete has changed nothing; one that dies later leaves a journal, which the next
// writing run carries out before it does anything else. The state folder is `toxgen` in the git directory, or
// outside git a folder of the cache; never a place in the tree. Only where that is another file system is a
// file staged beside its target, under a name that the journal holds.
//
// Paths are slash-separated and stay below the root: a symbolic link on the way is an error, as is a folder in
// a file's place. Non-goals: modes other than those that the files already have, and folders left empty.
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
	// written holds what the run wrote; a nil value is a removed file.
	written map[string][]byte
}

// Change is one file that a run would change. A nil Old is a file that is not there, a nil New one that goes.
type Change struct {
	Path     string
	Old, New []byte
}

// Open is the tree below root; state is its state folder, see [StateFolder]. Nothing is created.
func Open(root, state string) *Tree {
	return &Tree{root: root, state: state, written: map[string][]byte{}}
}

// Root is the folder that the tree's paths are relative to.
func (t *Tree) Root() string { return t.root }

// Read is a file's content as the run sees it. errors.Is(err, fs.ErrNotExist) says that there is none.
func (t *Tree) Read(name string) ([]byte, error) {
	if data, ok := t.written[name]; ok {
		if data == nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		}
		return data, nil
	}
	return t.onDisk(name)
}

// onDisk reads a regular file that no symbolic link leads to.
func (t *Tree) onDisk(name string) ([]byte, error) {
	if err := t.plain(name); err != nil {
		return nil, err
	}
	return os.ReadFile(t.place(name))
}

// Write sets a file's content in the run.
func (t *Tree) Write(name string, data []byte) {
	if data == nil {
		data = []byte{}
	}
	t.written[name] = data
}

// Remove drops a file in the run.
func (t *Tree) Remove(name string) { t.written[name] = nil }

// List names the files that lie directly in a folder as the run sees it, sorted. A folder that is not there
// has none.
func (t *Tree) List(folder string) ([]string, error) {
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
		if data != nil && path.Dir(name) == path.Clean(folder) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Changes are the files whose content in the run is not that on disk, sorted by path.
func (t *Tree) Changes() ([]Change, error) {
	var changes []Change
	for name, data := range t.written {
		old, err := t.onDisk(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			old = nil
		case err != nil:
			return nil, err
		case old == nil:
			old = []byte{}
		}
		if (old == nil) != (data == nil) || !bytes.Equal(old, data) {
			changes = append(changes, Change{name, old, data})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes, nil
}

// plain returns an error unless name is a regular file, or not there, reached through folders alone.
func (t *Tree) plain(name string) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return fmt.Errorf("%q is no path below the project's root", name)
	}
	parts := strings.Split(name, "/")
	for i := range parts {
		part := strings.Join(parts[:i+1], "/")
		info, err := os.Lstat(t.place(part))
		switch last := i == len(parts)-1; {
		case errors.Is(err, fs.ErrNotExist):
			return &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
		case err != nil:
			return err
		case info.Mode()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a symbolic link: toxgen reads and writes plain files only", part)
		case last && info.IsDir():
			return fmt.Errorf("%s is a folder where a file belongs", part)
		case last && !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file", part)
		case !last && !info.IsDir():
			return fmt.Errorf("%s is a file where a folder belongs", part)
		}
	}
	return nil
}

func (t *Tree) place(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }
