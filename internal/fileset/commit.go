package fileset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
)

// A commit is one set of changes that is being written to the disk.
type commit struct {
	tree    *Tree
	changes []Change
	// modes holds the mode of each file that is replaced or removed, or 0 if the file does not exist yet.
	modes []fs.FileMode
	// folders lists the folders to create, parents first.
	folders []string
	journal journal
}

// Commit writes all changes of the run to the disk, or none, and returns them. The caller must hold the lock and must
// have called [Tree.Recover]. Afterwards the tree has no changes and reads files from the disk again. After an error, the
// tree and the disk are as before. If the disk cannot be restored, the error says that the next Recover completes the
// write.
func (t *Tree) Commit() ([]Change, error) {
	changes, err := t.Changes()
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		c := &commit{tree: t, changes: changes}
		if err := c.run(); err != nil {
			return nil, err
		}
	}
	clear(t.written)
	clear(t.read)
	return changes, nil
}

// errEdited is the error for a file that changed since the run read it.
var errEdited = errors.New("it was changed while toxgen ran: run it again")

func (c *commit) run() error {
	t := c.tree
	if t.Interrupted() {
		return errors.New("an interrupted write has to be completed first")
	}
	if err := t.sweep(); err != nil {
		return err
	}
	if err := t.mkdir(t.state); err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if err := c.stage(); err != nil {
		return errors.Join(err, c.abort())
	}
	if err := t.carryOut(c.journal, false); err != nil {
		if failed := c.undo(); failed != nil {
			return errors.Join(err, fmt.Errorf("restoring the moved files: %w; the next run completes the write", failed))
		}
		return err
	}
	if err := t.finish(c.journal); err != nil {
		return fmt.Errorf("everything is written, but the journal could not be removed; the next run removes it: %w", err)
	}
	return nil
}

// prepare checks, before anything is written, whether the changes can be made, as far as this can be known.
func (c *commit) prepare() error {
	var faults []error
	for i := range c.changes {
		faults = append(faults, c.prepareOne(i))
	}
	return errors.Join(faults...)
}

func (c *commit) prepareOne(i int) error {
	change, t := &c.changes[i], c.tree
	current, err := t.onDisk(change.Path)
	switch {
	case err != nil:
		return err
	case !same(current, change.Old):
		return fmt.Errorf("%s: %w", change.Path, errEdited)
	}
	if file := c.above(change); file != "" {
		return fmt.Errorf("both %s and %s below it are written", file, change.Path)
	}
	mode := fs.FileMode(0)
	if info, err := os.Lstat(t.place(change.Path)); err == nil {
		if mode = info.Mode().Perm(); mode&writable == 0 {
			return fmt.Errorf("%s is read-only", change.Path)
		}
	}
	folder := c.existing(path.Dir(change.Path))
	info, err := os.Stat(t.place(folder))
	if err != nil {
		return err
	}
	if info.Mode().Perm()&writable == 0 {
		return fmt.Errorf("the folder of %s is read-only", change.Path)
	}
	m := move{Path: change.Path, Staged: "staged-" + strconv.Itoa(i), Old: digestOf(change.Old), New: digestOf(change.New)}
	if !sameDevice(t.state, t.place(folder)) {
		m.Beside = folder
	}
	c.modes = append(c.modes, mode)
	c.journal.Moves = append(c.journal.Moves, m)
	return nil
}

// writable holds the mode bits of which at least one is set if someone may write. A file or folder without any of them
// is reported even if the user could write to it, as root can.
const writable = 0o222

// above returns the path of a file that the commit writes where a change needs a folder, or "" if there is none.
func (c *commit) above(change *Change) string {
	for folder := path.Dir(change.Path); folder != "."; folder = path.Dir(folder) {
		if slices.ContainsFunc(c.changes, func(o Change) bool { return o.Path == folder && o.New != nil }) {
			return folder
		}
	}
	return ""
}

// existing returns the nearest parent folder that exists, and adds the missing folders below it to c.folders.
func (c *commit) existing(folder string) string {
	if folder == "." {
		return folder
	}
	if _, err := os.Lstat(c.tree.place(folder)); !errors.Is(err, fs.ErrNotExist) {
		return folder
	}
	nearest := c.existing(path.Dir(folder))
	if !slices.Contains(c.folders, folder) {
		c.folders = append(c.folders, folder)
	}
	return nearest
}

// stage writes the draft and the files that it names, and renames the draft to the journal.
func (c *commit) stage() error {
	t := c.tree
	draft, err := json.Marshal(c.journal)
	if err != nil {
		return err
	}
	if err := t.write(t.draftPath(), draft, 0); err != nil {
		return err
	}
	if err := t.flush(t.state); err != nil {
		return err
	}
	folders := map[string]bool{t.state: true}
	var staged []string
	for i := range c.journal.Moves {
		m := &c.journal.Moves[i]
		if m.New == "" {
			continue
		}
		if err := t.create(t.staged(m), c.changes[i].New, c.modes[i]); err != nil {
			return err
		}
		staged = append(staged, t.staged(m))
		folders[filepath.Dir(t.staged(m))] = true
	}
	if err := t.flushFiles(staged...); err != nil {
		return err
	}
	for folder := range folders {
		if err := t.flush(folder); err != nil {
			return err
		}
	}
	if err := t.rename(t.draftPath(), t.journalPath()); err != nil {
		return err
	}
	return t.flush(t.state)
}

// undo restores the files that were moved. The journal remains until all of them are restored, and each new content is
// staged again before the old content replaces it. If the process dies here, the next run completes the commit.
func (c *commit) undo() error {
	for i := range slices.Backward(c.journal.Moves) {
		if err := c.undoOne(i); err != nil {
			return err
		}
	}
	for _, folder := range slices.Backward(c.folders) {
		if err := c.tree.removeFolder(c.tree.place(folder)); err != nil {
			return err
		}
	}
	return c.abort()
}

func (c *commit) undoOne(i int) error {
	t, m, change := c.tree, &c.journal.Moves[i], &c.changes[i]
	current, err := t.digest(m.Path)
	if err != nil || current != m.New {
		return nil // it was not moved, or it was edited since
	}
	if m.New != "" {
		if err := t.write(t.staged(m)+againSuffix, change.New, c.modes[i]); err != nil {
			return err
		}
		if err := t.rename(t.staged(m)+againSuffix, t.staged(m)); err != nil {
			return err
		}
	}
	if change.Old == nil {
		return t.remove(t.place(m.Path))
	}
	if err := t.write(t.staged(m)+oldSuffix, change.Old, c.modes[i]); err != nil {
		return err
	}
	return t.put(t.staged(m)+oldSuffix, m)
}

// abort renames the journal back to a draft, and removes it and all files that it names.
func (c *commit) abort() error {
	t := c.tree
	if t.Interrupted() {
		if err := t.rename(t.journalPath(), t.draftPath()); err != nil {
			return err
		}
		if err := t.flush(t.state); err != nil {
			return err
		}
	}
	return t.sweep()
}
