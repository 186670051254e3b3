package fileset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// journal says what a commit moves; it is complete as soon as it lies under its name.
type journal struct {
	Moves []move `json:"moves"`
}

// move puts a staged file in its place, or removes the file there.
type move struct {
	Path string `json:"path"`
	// Staged is the absolute path of the new content; empty: the file goes.
	Staged string `json:"staged,omitempty"`
	// SHA256 of the new content.
	SHA256 string `json:"sha256,omitempty"`
}

func (t *Tree) journalPath() string { return filepath.Join(t.state, "journal.json") }

// Interrupted says whether an earlier commit was not carried out to its end.
func (t *Tree) Interrupted() bool {
	_, err := os.Lstat(t.journalPath())
	return err == nil
}

// Commit writes the run's changes to the disk, all or none, and returns them. The caller holds the lock.
// Afterwards the run has written nothing.
func (t *Tree) Commit() ([]Change, error) {
	changes, err := t.Changes()
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		if err := t.commit(changes); err != nil {
			return nil, err
		}
	}
	clear(t.written)
	return changes, nil
}

func (t *Tree) commit(changes []Change) error {
	if err := t.writable(changes); err != nil {
		return err
	}
	j, err := t.stage(changes)
	if err == nil {
		err = t.writeJournal(j)
	}
	if err != nil {
		j.discard()
		return err
	}
	if err := t.carryOut(j); err != nil {
		// A place that was free a moment ago is not any more: put back what was moved, then give up.
		return errors.Join(err, t.restore(changes), t.finish(j))
	}
	return t.finish(j)
}

// writable finds out before anything is moved whether everything can be.
func (t *Tree) writable(changes []Change) error {
	var faults []error
	for _, c := range changes {
		if err := t.plain(c.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, err)
			continue
		}
		if c.Old != nil {
			if info, err := os.Lstat(t.place(c.Path)); err == nil && info.Mode().Perm()&0o222 == 0 {
				faults = append(faults, fmt.Errorf("%s is read-only", c.Path))
			}
		}
	}
	return errors.Join(faults...)
}

// stage writes and flushes the new contents. The journal names what was staged also when there is an error.
func (t *Tree) stage(changes []Change) (journal, error) {
	var j journal
	if err := os.MkdirAll(t.state, 0o777); err != nil {
		return j, err
	}
	for i, c := range changes {
		if c.New == nil {
			j.Moves = append(j.Moves, move{Path: c.Path})
			continue
		}
		target := t.place(c.Path)
		if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
			return j, err
		}
		staged := filepath.Join(t.state, "staged-"+strconv.Itoa(i))
		if !sameDevice(t.state, filepath.Dir(target)) {
			staged = filepath.Join(filepath.Dir(target), ".toxgen-staged-"+strconv.Itoa(i))
		}
		sum := sha256.Sum256(c.New)
		j.Moves = append(j.Moves, move{Path: c.Path, Staged: staged, SHA256: hex.EncodeToString(sum[:])})
		if err := writeFlushed(staged, c.New, modeOf(target)); err != nil {
			return j, err
		}
	}
	return j, nil
}

func (j journal) discard() {
	for _, m := range j.Moves {
		if m.Staged != "" {
			_ = os.Remove(m.Staged)
		}
	}
}

func (t *Tree) writeJournal(j journal) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	draft := t.journalPath() + ".draft"
	if err := writeFlushed(draft, data, 0o666); err != nil {
		return err
	}
	if err := os.Rename(draft, t.journalPath()); err != nil {
		return err
	}
	return flushFolder(t.state)
}

// carryOut moves what has not been moved yet.
func (t *Tree) carryOut(j journal) error {
	for _, m := range j.Moves {
		if err := t.carryOutOne(m); err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
	}
	return nil
}

func (t *Tree) carryOutOne(m move) error {
	target := t.place(m.Path)
	if m.Staged == "" {
		if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return flushFolder(filepath.Dir(target))
	}
	err := os.Rename(m.Staged, target)
	if errors.Is(err, fs.ErrNotExist) && contentIs(target, m.SHA256) {
		return nil // moved before the interruption
	}
	if err != nil {
		return err
	}
	return flushFolder(filepath.Dir(target))
}

func (t *Tree) finish(j journal) error {
	j.discard()
	if err := os.Remove(t.journalPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return flushFolder(t.state)
}

// restore puts the old contents back.
func (t *Tree) restore(changes []Change) error {
	var faults []error
	for _, c := range changes {
		target := t.place(c.Path)
		if c.Old == nil {
			if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
				faults = append(faults, err)
			}
			continue
		}
		if current, err := os.ReadFile(target); err == nil && string(current) == string(c.Old) {
			continue
		}
		if err := writeFlushed(target, c.Old, modeOf(target)); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Recover carries out a commit that was interrupted, and removes what an interrupted staging left. The caller
// holds the lock.
func (t *Tree) Recover() error {
	data, err := os.ReadFile(t.journalPath())
	if errors.Is(err, fs.ErrNotExist) {
		return t.sweep()
	}
	if err != nil {
		return err
	}
	var j journal
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("%s is not a journal: %w", t.journalPath(), err)
	}
	for _, m := range j.Moves {
		if err := t.plain(m.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := t.carryOut(j); err != nil {
		return err
	}
	return t.finish(j)
}

// sweep removes staged files that no journal names.
func (t *Tree) sweep() error {
	stray, err := filepath.Glob(filepath.Join(t.state, "staged-*"))
	if err != nil {
		return err
	}
	for _, name := range append(stray, t.journalPath()+".draft") {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func contentIs(name, sum string) bool {
	data, err := os.ReadFile(name)
	have := sha256.Sum256(data)
	return err == nil && hex.EncodeToString(have[:]) == sum
}

// modeOf is the mode of an existing file, or what the umask makes of the usual one.
func modeOf(name string) fs.FileMode {
	if info, err := os.Lstat(name); err == nil {
		return info.Mode().Perm()
	}
	return 0o666
}

func writeFlushed(name string, data []byte, mode fs.FileMode) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

func flushFolder(name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}
