package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"toxgen/internal/concurrent"
)

// do performs one operation on the disk.
func (t *Tree) do(operation string, f func() error) error {
	if t.before != nil {
		if err := t.before(operation); err != nil {
			return err
		}
	}
	return f()
}

// write creates a new file and flushes it.
func (t *Tree) write(name string, data []byte, mode fs.FileMode) error {
	if err := t.create(name, data, mode); err != nil {
		return err
	}
	return t.flushFiles(name)
}

// create creates a new file. A mode of 0 means the usual mode, reduced by the umask.
func (t *Tree) create(name string, data []byte, mode fs.FileMode) (err error) {
	if err := t.remove(name); err != nil {
		return err
	}
	var f *os.File
	if err := t.do("create "+name, func() (err error) {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := t.do("write "+name, func() error { _, err := f.Write(data); return err }); err != nil {
		return err
	}
	if mode == 0 {
		return nil
	}
	return t.do("mode of "+name, func() error { return f.Chmod(mode) })
}

// concurrentFlushes is how many files are flushed at once. A file system writes those that wait together to its journal as
// one: 480 files took 300 ms one after the other as they were written, and take 50 to 100 ms so. A flush of the whole file
// system would be faster still, but would wait for what other programs wrote.
const concurrentFlushes = 16

// flushFiles makes the contents of files permanent.
func (t *Tree) flushFiles(names ...string) error {
	return t.do("flush "+strings.Join(names, ", "), func() error {
		return errors.Join(concurrent.Map(concurrentFlushes, names, flushFile)...)
	})
}

// remove removes a file if it exists.
func (t *Tree) remove(name string) error {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return t.do("remove "+name, func() error { return os.Remove(name) })
}

// removeFolder removes a folder if it exists and is empty.
func (t *Tree) removeFolder(name string) error {
	if entries, err := os.ReadDir(name); err != nil || len(entries) > 0 {
		return nil
	}
	return t.do("remove "+name, func() error { return os.Remove(name) })
}

func (t *Tree) rename(from, to string) error {
	return t.do("rename "+from+" to "+to, func() error { return os.Rename(from, to) })
}

// flush makes the creations, renames and removals in a folder permanent.
func (t *Tree) flush(folder string) error {
	return t.do("flush "+folder, func() error { return flushFolder(folder) })
}

// mkdir creates a folder and its missing parents, and flushes the folders in which one was created.
func (t *Tree) mkdir(folder string) error {
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		return nil
	}
	above := filepath.Dir(folder)
	if above != folder {
		if err := t.mkdir(above); err != nil {
			return err
		}
	}
	if err := t.do("make "+folder, func() error { return os.Mkdir(folder, 0o777) }); err != nil {
		return err
	}
	return t.flush(above)
}

// Export writes a file outside the tree whose path the user gave.
func Export(name string, data []byte) error { return os.WriteFile(name, data, 0o666) }

// Append appends to a file outside the tree whose path the user gave.
func Append(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
