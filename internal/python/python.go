// Package python describes the interpreters that a matrix is made for, and the platforms that they run on.
//
// A [Version] is one CPython: its line (3.14), its patch release, and whether it is the free-threaded build (PEP 703).
// It has one text for each purpose: configuration and reports (`3.14t`), tox (`py3.14t`), markers (`3.14` and `3.14.4`,
// which do not show the build) and installers (`3.14.4t`). A pre-release of an interpreter (`3.15.0rc2`) is a Version, too. A
// [Platform] is a machine with its operating system; it need not be the machine that runs the program. A [Target] is a
// Version on a Platform: what environments are resolved for.
//
// Only CPython on Linux, Windows and macOS is supported.
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
	// Prerelease is the stage before the patch release (`3.15.0rc2`). It is zero if v is released.
	Prerelease Prerelease
	// FreeThreaded marks the build without the global interpreter lock (`3.14t`).
	FreeThreaded bool
}

// A Prerelease is a stage before a release: rc2 is {"rc", 2}. The zero Prerelease stands for the release.
type Prerelease struct {
	// Stage is `a`, `b`, `rc` or empty.
	Stage  string
	Number int
}

// String returns the form that [ParsePatch] parses behind a number: `rc2`, or nothing for a release.
func (p Prerelease) String() string {
	if p.Stage == "" {
		return ""
	}
	return p.Stage + strconv.Itoa(p.Number)
}

// compare returns a negative number, 0 or a positive number if p is before, equal to or after q. The release is last.
func (p Prerelease) compare(q Prerelease) int {
	if p.Stage == "" || q.Stage == "" {
		return cmp.Compare(q.Stage, p.Stage)
	}
	return cmp.Or(cmp.Compare(p.Stage, q.Stage), cmp.Compare(p.Number, q.Number))
}

// patchPattern matches a patch release, or a pre-release of one: `4`, `0rc2`.
const patchPattern = `(0|[1-9][0-9]{0,2})(?:(a|b|rc)([1-9][0-9]{0,2}))?`

var (
	versionText = regexp.MustCompile(`^([1-9])\.(0|[1-9][0-9]{0,2})(?:\.` + patchPattern + `)?(t?)$`)
	patchText   = regexp.MustCompile(`^` + patchPattern + `$`)
)

// ParsePatch parses a patch release, or a pre-release of one: `4`, `0rc2`.
func ParsePatch(text string) (patch int, p Prerelease, err error) {
	m := patchText.FindStringSubmatch(text)
	if m == nil {
		return 0, Prerelease{}, fmt.Errorf("%q is not a patch release like 4, nor a pre-release like 0rc2", text)
	}
	patch, _ = strconv.Atoi(m[1])
	p.Stage = m[2]
	p.Number, _ = strconv.Atoi(m[3])
	return patch, p, nil
}

// Parse parses `3.10`, `3.10.4`, `3.15.0rc2`, `3.14t` or `3.14.0t`. hasPatch reports whether the text names a patch
// release; if not, Patch is 0.
func Parse(text string) (v Version, hasPatch bool, err error) {
	m := versionText.FindStringSubmatch(text)
	if m == nil && strings.HasPrefix(text, "pypy") {
		return Version{}, false, fmt.Errorf("%q is a PyPy, and only CPython is supported", text)
	}
	if m == nil {
		return Version{}, false, fmt.Errorf("%q is not a Python version like 3.10, 3.10.4, 3.15.0rc2 or 3.14t", text)
	}
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	v.Patch, _ = strconv.Atoi(m[3])
	v.Prerelease.Stage = m[4]
	v.Prerelease.Number, _ = strconv.Atoi(m[5])
	v.FreeThreaded = m[6] == "t"
	return v, m[3] != "", nil
}

// Short returns the line with the build: `3.10`, `3.14t`.
func (v Version) Short() string { return v.MinorText() + v.suffix() }

// MinorText returns the line alone, as in the marker variable python_version: `3.14`, also for `3.14t`.
func (v Version) MinorText() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// IsPrerelease reports whether v is a pre-release of an interpreter.
func (v Version) IsPrerelease() bool { return v.Prerelease.Stage != "" }

// Final returns the patch release, also of a pre-release: `3.15.0` for `3.15.0rc2`. Requires-Python is compared with it, as
// pip does, which takes sys.version_info[:3].
func (v Version) Final() string { return v.MinorText() + "." + strconv.Itoa(v.Patch) }

// Full returns the exact release, as in the marker variable python_full_version: `3.14.4`, also for `3.14.4t`, and
// `3.15.0rc2`.
func (v Version) Full() string { return v.Final() + v.Prerelease.String() }

// Implementation returns the exact release as in the marker variable implementation_version, which is made of the first
// letter of sys.implementation.version.releaselevel: `3.14.4`, and `3.15.0c2` for the candidate `3.15.0rc2`.
func (v Version) Implementation() string {
	return v.Final() + strings.TrimPrefix(v.Prerelease.String(), "r")
}

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
		cmp.Compare(v.Patch, w.Patch), v.Prerelease.compare(w.Prerelease))
}
