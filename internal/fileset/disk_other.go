//go:build !unix

package fileset

import (
	"path/filepath"
	"strings"
)

// sameDevice reports whether a rename from one folder to the other will probably work.
func sameDevice(a, b string) bool {
	return strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b))
}

// flushFolder does nothing: these systems flush folders themselves.
func flushFolder(string) error { return nil }
