package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"toxgen/internal/private"
)

// A Memory is a folder of the state folder in which a long command keeps what it would otherwise have to do again after an
// interruption. It must be closed.
type Memory struct {
	folder string
	lock   *flock.Flock
}

// Memory returns the memory of a command, which name distinguishes from others. It is locked: two processes cannot have it at
// the same time.
func (t *Tree) Memory(name string) (*Memory, error) {
	if t.outside != "" {
		if err := private.Folder(t.outside); err != nil {
			return nil, untrusted(err)
		}
	}
	m := &Memory{folder: filepath.Join(t.state, name)}
	if err := os.MkdirAll(m.folder, 0o777); err != nil {
		return nil, err
	}
	m.lock = flock.New(m.Path("lock"))
	switch locked, err := m.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", m.lock.Path(), err)
	case !locked:
		return nil, fmt.Errorf("the same command runs in another process, which holds %s", m.lock.Path())
	}
	return m, nil
}

// Close lets other processes have the memory.
func (m *Memory) Close() { _ = m.lock.Unlock() }

// Path returns the path of a file of the memory.
func (m *Memory) Path(name string) string { return filepath.Join(m.folder, name) }

// Read returns the content of a file, or nil if there is none.
func (m *Memory) Read(name string) ([]byte, error) {
	data, err := os.ReadFile(m.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Write writes a file. After an interruption it has the old content or the new one.
func (m *Memory) Write(name string, data []byte) error {
	next := m.Path(name + "-next")
	if err := os.WriteFile(next, data, 0o666); err != nil {
		return err
	}
	return os.Rename(next, m.Path(name))
}

// Clear removes all files.
func (m *Memory) Clear() error {
	entries, err := os.ReadDir(m.folder)
	if err != nil {
		return err
	}
	var faults []error
	for _, e := range entries {
		if name := m.Path(e.Name()); name != m.lock.Path() {
			faults = append(faults, os.RemoveAll(name))
		}
	}
	return errors.Join(faults...)
}
