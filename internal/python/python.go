// Package python describes the interpreters that a matrix is made for, and the platforms that they run on.
//
// A [Version] is one CPython: its line (3.14), its patch release, and whether it is the free-threaded build (PEP 703).
// It has one text for each purpose: configuration and reports (`3.14t`), tox (`py3.14t`), markers (`3.14` and `3.14.4`,
// which do not show the build) and installers (`3.14.4t`). A [Platform] is a machine with its operating system; it need
// not be the machine that runs the program. A [Target] is a Version on a Platform: what environments are resolved for.
//
// Only CPython on Linux, Windows and macOS is supported. Pre-releases of an interpreter are not.
package python

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Version is one declared CPython.
type Version struct {
	Major, Minor, Patch int
	// FreeThreaded marks the build without the global interpreter lock (`3.14t`).
	FreeThreaded bool
}

var versionText = regexp.MustCompile(`^([1-9])\.(0|[1-9][0-9]{0,2})(?:\.(0|[1-9][0-9]{0,2}))?(t?)$`)

// Parse parses `3.10`, `3.10.4`, `3.14t` or `3.14.0t`. hasPatch reports whether the text names a patch release; if not,
// Patch is 0.
func Parse(text string) (v Version, hasPatch bool, err error) {
	m := versionText.FindStringSubmatch(text)
	if m == nil && strings.HasPrefix(text, "pypy") {
		return Version{}, false, fmt.Errorf("%q is a PyPy, and only CPython is supported", text)
	}
	if m == nil {
		return Version{}, false, fmt.Errorf("%q is not a Python version like 3.10, 3.10.4 or 3.14t", text)
	}
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	v.Patch, _ = strconv.Atoi(m[3])
	v.FreeThreaded = m[4] == "t"
	return v, m[3] != "", nil
}

// Short returns the line with the build: `3.10`, `3.14t`.
func (v Version) Short() string { return v.MinorText() + v.suffix() }

// MinorText returns the line alone, as in the marker variable python_version: `3.14`, also for `3.14t`.
func (v Version) MinorText() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// Full returns the exact release, as in the marker variable python_full_version: `3.14.4`, also for `3.14.4t`.
func (v Version) Full() string { return v.MinorText() + "." + strconv.Itoa(v.Patch) }

// Install returns the exact release and build, as installers of interpreters name it: `3.14.4t`.
func (v Version) Install() string { return v.Full() + v.suffix() }

// Factor returns the tox factor: `py3.10`, `py3.14t`.
func (v Version) Factor() string { return "py" + v.Short() }

// String returns the same text as [Version.Install].
func (v Version) String() string { return v.Install() }

func (v Version) suffix() string {
	if v.FreeThreaded {
		return "t"
	}
	return ""
}

// Compare returns a negative number, 0 or a positive number if v is before, equal to or after w: by line, then the
// free-threaded build after the other, then by patch release.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.suffix(), w.suffix()),
		cmp.Compare(v.Patch, w.Patch))
}
