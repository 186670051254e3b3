//go:build unix

package fileset

import (
	"errors"
	"os"
	"syscall"
)

// sameDevice reports whether a rename from one folder to the other will probably work.
func sameDevice(a, b string) bool {
	one, errOne := os.Stat(a)
	two, errTwo := os.Stat(b)
	if errOne != nil || errTwo != nil {
		return false
	}
	statOne, okOne := one.Sys().(*syscall.Stat_t)
	statTwo, okTwo := two.Sys().(*syscall.Stat_t)
	return okOne && okTwo && statOne.Dev == statTwo.Dev
}

// flushFile flushes the content of a file.
func flushFile(name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// flushFolder flushes the entries of a folder, if the file system supports it.
func flushFolder(name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
