// Package wheel parses the file names of distributions and the compatibility tags in them.
//
// The specifications are "Binary distribution format" (PEP 427), "Platform compatibility tags" (PEP 425, 600,
// 656) and "Source distribution format" of the Python packaging guide (https://packaging.python.org/), in the
// reading of pypa/packaging 26 and, for source distributions on a project's page, of pip:
//
//	name-version[-build]-python-abi-platform.whl
//	name-version.tar.gz, name-version.zip, and the other archives that pip reads
//
// Each of the last three parts of a wheel's name may be a set, such as `py2.py3`. Errors name the file and say what is
// wrong with it. Non-goals: eggs, installers and other obsolete formats; platforms other than Linux, Windows and macOS.
package wheel

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// A Wheel is a parsed file name of a wheel.
type Wheel struct {
	// Name is normalised (PEP 503).
	Name    string
	Version pep440.Version
	Build   Build
	// Tags is the compressed tag set in lower case: `py2.py3-none-any`. ParseTags expands it.
	Tags string
}

// A Build is the build tag of a wheel, which breaks ties between wheels with the same tags. The zero Build means that
// there is no build tag. It is less than all others.
type Build struct {
	// Number holds decimal digits without leading zeros, Suffix the text after them.
	Number, Suffix string
}

// Compare returns -1, 0 or 1 if b is less than, equal to or greater than c: by number, then by suffix.
func (b Build) Compare(c Build) int {
	return cmp.Or(cmp.Compare(len(b.Number), len(c.Number)), cmp.Compare(b.Number, c.Number), cmp.Compare(b.Suffix, c.Suffix))
}

// An Sdist is a parsed file name of a source distribution.
type Sdist struct {
	// Name is normalised (PEP 503).
	Name    string
	Version pep440.Version
	// Python is the only Python line that the file is for, `3.9` of `name-1.0-py3.9.tar.gz`. It is usually empty.
	Python string
}

func invalid(filename, what string) error { return fmt.Errorf("%q: %s", filename, what) }

// ParseWheel parses the file name of a wheel.
func ParseWheel(filename string) (Wheel, error) {
	stem, found := strings.CutSuffix(filename, ".whl")
	if !found {
		return Wheel{}, invalid(filename, "the name of a wheel must end with .whl")
	}
	dashes := strings.Count(stem, "-")
	if dashes != 4 && dashes != 5 {
		return Wheel{}, invalid(filename, "the name of a wheel must have five or six parts")
	}
	name, rest, _ := strings.Cut(stem, "-")
	if !isWheelName(name) {
		return Wheel{}, invalid(filename, "the project's name is invalid")
	}
	version, rest, _ := strings.Cut(rest, "-")
	v, err := pep440.Parse(version)
	if err != nil {
		return Wheel{}, invalid(filename, "the version is invalid")
	}
	w := Wheel{Name: pep508.NormalizeName(name), Version: v}
	if dashes == 5 {
		var build string
		build, rest, _ = strings.Cut(rest, "-")
		if w.Build, found = parseBuild(build); !found {
			return Wheel{}, invalid(filename, "the build tag does not begin with a digit")
		}
	}
	w.Tags = strings.ToLower(rest)
	if _, ok := splitTags(w.Tags); !ok {
		return Wheel{}, invalid(filename, "a tag is invalid")
	}
	return w, nil
}

// isWheelName reports whether s is valid as the first part of a wheel's name.
func isWheelName(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '.' && r != '_' {
			return false
		}
	}
	return s != "" && !strings.Contains(s, "__")
}

// parseBuild parses a build tag and reports whether it is valid.
func parseBuild(s string) (Build, bool) {
	digits := 0
	for digits < len(s) && '0' <= s[digits] && s[digits] <= '9' {
		digits++
	}
	number := strings.TrimLeft(s[:digits], "0")
	if number == "" {
		number = "0"
	}
	return Build{number, s[digits:]}, digits > 0
}

// sdistEndings are the endings of the source distributions that pip takes from a page.
var sdistEndings = [...]string{".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar", ".tbz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"}

// CutSdist cuts the name of a source distribution into its stem, such as `name-1.0`, and its ending, which is empty if pip
// does not take files with that name for source distributions.
func CutSdist(filename string) (stem, ending string) {
	for _, ending := range sdistEndings {
		if stem, found := strings.CutSuffix(filename, ending); found {
			return stem, ending
		}
	}
	return filename, ""
}

// ParseSdist parses the file name of a source distribution of an unknown project, a .tar.gz or .zip. The version begins
// after the last dash.
func ParseSdist(filename string) (Sdist, error) {
	stem, ending := CutSdist(filename)
	if ending != ".tar.gz" && ending != ".zip" {
		return Sdist{}, invalid(filename, "the name of a source distribution must end with .tar.gz or .zip")
	}
	dash := strings.LastIndexByte(stem, '-')
	if dash <= 0 {
		return Sdist{}, invalid(filename, "the name of a source distribution must have a project and a version")
	}
	v, err := pep440.Parse(stem[dash+1:])
	if err != nil {
		return Sdist{}, invalid(filename, "the version is invalid")
	}
	return Sdist{Name: pep508.NormalizeName(stem[:dash]), Version: v}, nil
}

// ParseSdistOf parses the file name of a source distribution on the page of a project. As in pip, the version begins
// after the normalised name of the project.
func ParseSdistOf(project, filename string) (Sdist, error) {
	stem, ending := CutSdist(filename)
	if ending == "" || ending == ".zip" && strings.Contains(stem, "macosx10") { // pip's mark of an old binary
		return Sdist{}, invalid(filename, "the name of a source distribution must end as that of an archive, such as .tar.gz or .zip")
	}
	dash := nameEnd(project, stem)
	if dash < 0 || stem[dash] != '-' || pep508.NormalizeName(stem[:dash]) != project {
		return Sdist{}, invalid(filename, "the file does not belong to the project "+project)
	}
	version, python := cutPython(stem[dash+1:])
	v, err := pep440.Parse(version)
	if err != nil {
		return Sdist{}, invalid(filename, "the version is invalid")
	}
	return Sdist{project, v, python}, nil
}

// nameEnd returns the index at which the project's name ends in a file's name: that of the first separator that the
// normalised name does not have, or -1 if there is no such separator.
func nameEnd(project, stem string) int {
	separators := strings.Count(project, "-") + 1
	for i := range len(stem) {
		if !isSeparator(stem[i]) || i > 0 && isSeparator(stem[i-1]) {
			continue
		}
		if separators--; separators == 0 {
			return i
		}
	}
	return -1
}

func isSeparator(c byte) bool { return c == '-' || c == '_' || c == '.' }

// pythonMark is the mark by which pip recognises a source distribution for a single Python line.
var pythonMark = regexp.MustCompile(`-py([123]\.?[0-9]?)$`)

// cutPython cuts the mark of a Python line, `-py3.9`, off a version. python is empty if there is no mark.
func cutPython(text string) (version, python string) {
	m := pythonMark.FindStringSubmatchIndex(text)
	if m == nil {
		return text, ""
	}
	return text[:m[0]], text[m[2]:m[3]]
}
