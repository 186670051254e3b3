package fileset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
)

// journal says what a commit moves. Under the draft's name it says what may have been staged; under its own, that
// all of it was, and that to move it is all there is to do.
type journal struct {
	Moves []move `json:"moves"`
}

// move puts a staged file in its place, or removes the file there.
type move struct {
	Path string `json:"path"`
	// Staged is the name of the file that is staged: in the state folder, or in the tree's folder Beside.
	Staged string `json:"staged"`
	Beside string `json:"beside,omitempty"`
	// Old and New are the SHA-256 of the contents before and after; empty: no file.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// besidePrefix begins the names of staged files in the tree.
const besidePrefix = ".toxgen-"

// Suffixes of what is staged while a commit that failed is undone: the new content again, and the old one.
const (
	againSuffix = "-again"
	oldSuffix   = "-old"
)

func (t *Tree) draftPath() string   { return filepath.Join(t.state, "draft.json") }
func (t *Tree) journalPath() string { return filepath.Join(t.state, "journal.json") }

// staged is where a move's new content lies.
func (t *Tree) staged(m *move) string {
	if m.Beside == "" {
		return filepath.Join(t.state, m.Staged)
	}
	return t.place(path.Join(m.Beside, besidePrefix+m.Staged))
}

// beside is where a move's content lies on its last step, if it turns out to come from another file system.
func (t *Tree) beside(m *move) string {
	return t.place(path.Join(path.Dir(m.Path), besidePrefix+m.Staged))
}

// Interrupted says whether an earlier commit was not carried out to its end.
func (t *Tree) Interrupted() bool {
	_, err := os.Lstat(t.journalPath())
	return err == nil
}

// Recover carries out a commit that was interrupted, and removes what an interrupted staging left. A file that is
// not any more as either found or meant by that commit was edited since, and stays. The caller holds the lock.
func (t *Tree) Recover() error {
	data, err := os.ReadFile(t.journalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return t.sweep()
	}
	if err != nil {
		return err
	}
	j, err := parseJournal(data)
	if err != nil {
		return fmt.Errorf("%s: %w", t.journalPath(), err)
	}
	if err := t.carryOut(j, true); err != nil {
		return fmt.Errorf("completing an interrupted write: %w", err)
	}
	return t.finish(j)
}

var stagedName = regexp.MustCompile(`^staged-[0-9]+$`)

// parseJournal reads a journal. Every name in it has to be one that a commit gives.
func parseJournal(data []byte) (journal, error) {
	var j journal
	if err := json.Unmarshal(data, &j); err != nil {
		return journal{}, fmt.Errorf("it is no journal: %w", err)
	}
	for _, m := range j.Moves {
		if !stagedName.MatchString(m.Staged) || !local(m.Path) || m.Beside != "" && m.Beside != "." && !local(m.Beside) {
			return journal{}, fmt.Errorf("it is no journal: %q, %q, %q are not the names of a move", m.Path, m.Staged, m.Beside)
		}
	}
	return j, nil
}

// carryOut makes the moves that are not made yet. A target that was edited since the commit looked stays as it is,
// or is an error.
func (t *Tree) carryOut(j journal, editedStays bool) error {
	touched := map[string]bool{}
	for i := range j.Moves {
		m := &j.Moves[i]
		if err := t.carryOutOne(m, editedStays); err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		touched[filepath.Dir(t.place(m.Path))] = true
	}
	for folder := range touched {
		if err := t.flush(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (t *Tree) carryOutOne(m *move, editedStays bool) error {
	current, err := t.digest(m.Path)
	if err != nil {
		return err
	}
	if m.New != "" {
		if _, err := os.Lstat(t.staged(m)); errors.Is(err, fs.ErrNotExist) {
			return nil // it was moved before
		}
	}
	switch {
	case m.New == "" && current == "":
		return nil
	case current != m.Old && current != m.New && editedStays:
		return nil
	case current != m.Old && current != m.New:
		return errEdited
	case m.New == "":
		return t.remove(t.place(m.Path))
	}
	if err := t.mkdir(filepath.Dir(t.place(m.Path))); err != nil {
		return err
	}
	return t.put(t.staged(m), m)
}

// put moves a staged file to a move's path.
func (t *Tree) put(staged string, m *move) error {
	target := t.place(m.Path)
	err := t.rename(staged, target)
	if err == nil || m.Beside != "" {
		return err
	}
	// It may be another file system all the same, such as a mount of the same device.
	beside := t.beside(m)
	if t.duplicate(staged, beside) != nil || t.rename(beside, target) != nil {
		return errors.Join(err, t.remove(beside))
	}
	return t.remove(staged)
}

// duplicate copies a staged file with its mode.
func (t *Tree) duplicate(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return t.write(to, data, info.Mode().Perm())
}

// finish removes the journal of a commit that is carried out, and what it may have left.
func (t *Tree) finish(j journal) error {
	if err := t.discard(j); err != nil {
		return err
	}
	return t.remove(t.journalPath()) // a journal that comes back after a power failure finds nothing to move
}

// discard removes what may be left of staged files.
func (t *Tree) discard(j journal) error {
	var faults []error
	for i := range j.Moves {
		for _, name := range []string{t.staged(&j.Moves[i]), t.beside(&j.Moves[i])} {
			for _, suffix := range []string{"", againSuffix, oldSuffix} {
				faults = append(faults, t.remove(name+suffix))
			}
		}
	}
	return errors.Join(faults...)
}

// sweep removes what was staged for a commit that never began to move. The draft goes last: it names the rest.
func (t *Tree) sweep() error {
	data, err := os.ReadFile(t.draftPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	// A draft that was cut short is older than everything that it would name.
	if j, err := parseJournal(data); err == nil {
		if err := t.discard(j); err != nil {
			return err
		}
	}
	return t.remove(t.draftPath())
}

// digest is the SHA-256 of a file in the tree; empty if there is none.
func (t *Tree) digest(name string) (string, error) {
	data, err := t.onDisk(name)
	return digestOf(data), err
}

// digestOf is the SHA-256 of a content; empty for nil, which is no file.
func digestOf(data []byte) string {
	if data == nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
