package fileset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"toxgen/internal/formats"
)

// A journal lists the moves of a commit. As a draft it lists files that may have been staged. As the journal it means
// that all of them are staged and only the moves remain to be done.
type journal struct {
	// Format is 0 in the first format, which does not state it.
	Format int    `json:"format,omitempty"`
	Moves  []move `json:"moves"`
}

// A move replaces the file at Path by a staged file, or removes it.
type move struct {
	Path string `json:"path"`
	// Staged is the name of the staged file. It is in the state folder, or in the folder Beside of the tree if that
	// is set.
	Staged string `json:"staged"`
	Beside string `json:"beside,omitempty"`
	// Old and New are the SHA-256 of the contents before and after, or "" if there is no file.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// journalFormat is the format of the journals that this program understands. Keys that it does not know are errors: a journal whose
// moves are only understood in part must not be carried out.
const journalFormat = 1

// besidePrefix is the prefix of the names of staged files in the tree.
const besidePrefix = ".toxgen-"

// The suffixes of files that are staged while a failed commit is undone: the new content again, and the old content.
const (
	againSuffix = "-again"
	oldSuffix   = "-old"
)

func (t *Tree) draftPath() string   { return filepath.Join(t.state, "draft.json") }
func (t *Tree) journalPath() string { return filepath.Join(t.state, "journal.json") }

// staged returns the path of the new content of a move.
func (t *Tree) staged(m *move) string {
	if m.Beside == "" {
		return filepath.Join(t.state, m.Staged)
	}
	return t.place(path.Join(m.Beside, besidePrefix+m.Staged))
}

// beside returns the path next to the target to which the content is copied if it turns out to be on another file
// system.
func (t *Tree) beside(m *move) string {
	return t.place(path.Join(path.Dir(m.Path), besidePrefix+m.Staged))
}

// Interrupted reports whether an earlier commit was not completed.
func (t *Tree) Interrupted() bool {
	_, err := os.Lstat(t.journalPath())
	return err == nil
}

// Recover completes an interrupted commit, and removes the files of an interrupted staging. A file that has neither the
// old nor the new content of that commit was edited since and is left unchanged. The caller must hold the lock.
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

// parseJournal parses a journal. It rejects names that a commit cannot have written.
func parseJournal(data []byte) (journal, error) {
	var j journal
	if err := formats.DecodeJSON("journal", data, "format", journalFormat, &j); err != nil {
		return journal{}, err
	}
	for _, m := range j.Moves {
		if !stagedName.MatchString(m.Staged) || !local(m.Path) || m.Beside != "" && m.Beside != "." && !local(m.Beside) {
			return journal{}, fmt.Errorf("not a journal: %q, %q, %q are not the names of a move", m.Path, m.Staged, m.Beside)
		}
	}
	return j, nil
}

// carryOut makes the moves that were not made yet. If a target was edited since the commit read it, it is left unchanged
// if editedStays is set; otherwise this is an error.
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
			return nil // it was moved already
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

// put moves a staged file to the path of a move.
func (t *Tree) put(staged string, m *move) error {
	target := t.place(m.Path)
	err := t.rename(staged, target)
	if err == nil || m.Beside != "" {
		return err
	}
	// It may still be another file system, such as a second mount of the same device.
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

// finish removes the journal of a completed commit, and any files that were left.
func (t *Tree) finish(j journal) error {
	if err := t.discard(j); err != nil {
		return err
	}
	return t.remove(t.journalPath()) // a journal that comes back after a power failure finds nothing to move
}

// discard removes all staged files that are left.
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

// sweep removes the files staged by a commit that did not begin to move them. The draft is removed last, because it names
// the others.
func (t *Tree) sweep() error {
	data, err := os.ReadFile(t.draftPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	// A draft that was written only in part is older than every file that it would name.
	if j, err := parseJournal(data); err == nil {
		if err := t.discard(j); err != nil {
			return err
		}
	}
	return t.remove(t.draftPath())
}

// digest returns the SHA-256 of a file in the tree, or "" if there is no file.
func (t *Tree) digest(name string) (string, error) {
	data, err := t.onDisk(name)
	return digestOf(data), err
}

// digestOf returns the SHA-256 of a content, or "" for nil, which means no file.
func digestOf(data []byte) string {
	if data == nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
