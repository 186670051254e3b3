//go:build !unix

package fileset

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// sameDevice reports whether a rename from one folder to the other will probably work.
func sameDevice(a, b string) bool {
	return strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b))
}

// flushFile flushes the content of a file, which these systems do only for one that is open to be written.
func flushFile(name string) (err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// flushFolder does nothing: these systems flush folders themselves.
func flushFolder(string) error { return nil }
