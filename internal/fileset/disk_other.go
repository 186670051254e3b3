//go:build !unix

package fileset

import (
	"path/filepath"
	"strings"
)

// sameDevice says whether a file can probably be moved from one folder to the other in one step.
func sameDevice(a, b string) bool {
	return strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b))
}

// flushFolder does nothing: such a system flushes folders itself.
func flushFolder(string) error { return nil }
