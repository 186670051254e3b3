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

// commit is one set of changes on its way to the disk.
type commit struct {
	tree    *Tree
	changes []Change
	// modes are those of the files that are replaced or removed; 0: there is none.
	modes []fs.FileMode
	// folders are those that have to be made, the upper first.
	folders []string
	journal journal
}

// Commit writes the run's changes to the disk, all or none, and returns them. The caller holds the lock, and has
// called [Tree.Recover]. Afterwards the run has written nothing, and sees the disk anew. After an error run and disk
// are as before, or, where even that fails, the error says that the next Recover completes the write.
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

// errEdited is a file that is not any more what the run read.
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
			return errors.Join(err, fmt.Errorf("putting back what was moved: %w; the next run completes the write", failed))
		}
		return err
	}
	if err := t.finish(c.journal); err != nil {
		return fmt.Errorf("everything is written, but the journal stays until the next run: %w", err)
	}
	return nil
}

// prepare finds out, before anything is written, what can be known of whether everything can be moved.
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
		return fmt.Errorf("%s is written as a file, and %s below it", file, change.Path)
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

// writable are the bits of a mode of which one is set if anybody may write. Who may do what he likes, like root, is
// told all the same.
const writable = 0o222

// above is the file that the commit writes where a change needs a folder, or empty.
func (c *commit) above(change *Change) string {
	for folder := path.Dir(change.Path); folder != "."; folder = path.Dir(folder) {
		if slices.ContainsFunc(c.changes, func(o Change) bool { return o.Path == folder && o.New != nil }) {
			return folder
		}
	}
	return ""
}

// existing is the nearest folder that is there; those below it are noted.
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

// stage writes the draft and what it names, and makes it the journal.
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
	for i := range c.journal.Moves {
		m := &c.journal.Moves[i]
		if m.New == "" {
			continue
		}
		if err := t.write(t.staged(m), c.changes[i].New, c.modes[i]); err != nil {
			return err
		}
		folders[filepath.Dir(t.staged(m))] = true
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

// undo puts back what was moved. Until all of it is, the journal stands, and what it names is staged again before
// its place is taken: who dies here leaves a commit that the next run completes.
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
		return nil // it was not moved, or is not ours any more
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

// abort makes a draft of the journal again, and removes it with all that it names.
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
