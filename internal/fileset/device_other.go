//go:build !unix

package fileset

import (
	"path/filepath"
	"strings"
)

// sameDevice says whether a file can be moved from one folder to the other in one step: on the same volume.
func sameDevice(a, b string) bool {
	return strings.EqualFold(filepath.VolumeName(a), filepath.VolumeName(b))
}
