// Package python names the interpreters and the platform that a matrix is made for.
//
// A [Version] is one CPython: its line, its patch release, and whether it is the free-threaded build (PEP 703).
// It has a text for each who asks: configuration and reports (`3.14t`), tox (`py3.14t`), markers (`3.14` and
// `3.14.4`, where the build does not show) and installers (`3.14.4t`). A [Platform] is the machine that
// environments are resolved for, whatever machine runs the program.
//
// Only CPython on Linux is known. Pre-releases of an interpreter have no text here.
package python

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
)

// Version is one declared CPython.
type Version struct {
	Major, Minor, Patch int
	// FreeThreaded marks the build without the global interpreter lock (`3.14t`).
	FreeThreaded bool
}

var versionText = regexp.MustCompile(`^([1-9])\.(0|[1-9][0-9]{0,2})(?:\.(0|[1-9][0-9]{0,2}))?(t?)$`)

// Parse reads `3.10`, `3.10.4`, `3.14t` or `3.14.0t`. hasPatch tells whether a patch release was named;
// without one Patch is 0.
func Parse(text string) (v Version, hasPatch bool, err error) {
	m := versionText.FindStringSubmatch(text)
	if m == nil {
		return Version{}, false, fmt.Errorf("%q is not a Python version like 3.10, 3.10.4 or 3.14t", text)
	}
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	v.Patch, _ = strconv.Atoi(m[3])
	v.FreeThreaded = m[4] == "t"
	return v, m[3] != "", nil
}

// Short is the line with the build: `3.10`, `3.14t`.
func (v Version) Short() string { return v.MinorText() + v.suffix() }

// MinorText is the line alone, the marker variable python_version: `3.14` for `3.14t` too.
func (v Version) MinorText() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Full is the exact release, the marker variable python_full_version: `3.14.4` for `3.14.4t` too.
func (v Version) Full() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Install is the exact release and build, as an installer of interpreters names it: `3.14.4t`.
func (v Version) Install() string { return v.Full() + v.suffix() }

// Factor is the tox factor: `py3.10`, `py3.14t`.
func (v Version) Factor() string { return "py" + v.Short() }

// String is Install.
func (v Version) String() string { return v.Install() }

func (v Version) suffix() string {
	if v.FreeThreaded {
		return "t"
	}
	return ""
}

// Compare orders by line; of one line the free-threaded build follows the other, then the patch decides.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.suffix(), w.suffix()),
		cmp.Compare(v.Patch, w.Patch))
}

// Platform is the machine that environments run on.
type Platform struct {
	// System is `linux`.
	System string
	// Machine is the architecture, as platform.machine() says: `x86_64`, `aarch64`.
	Machine string
	Libc    Libc
}

// Libc is the C library and its version: glibc 2.28 is {"glibc", 2, 28}.
type Libc struct {
	Family       string
	Major, Minor int
}

var libcText = regexp.MustCompile(`^(glibc|musl)-([1-9])\.(0|[1-9][0-9]{0,2})$`)

// ParseLibc reads `glibc-2.28` or `musl-1.2`.
func ParseLibc(text string) (Libc, error) {
	m := libcText.FindStringSubmatch(text)
	if m == nil {
		return Libc{}, fmt.Errorf("%q is not a C library like glibc-2.28 or musl-1.2", text)
	}
	major, _ := strconv.Atoi(m[2])
	minor, _ := strconv.Atoi(m[3])
	return Libc{Family: m[1], Major: major, Minor: minor}, nil
}

// String is `glibc-2.28`.
func (l Libc) String() string { return fmt.Sprintf("%s-%d.%d", l.Family, l.Major, l.Minor) }
