// Package wheel reads the file names of distributions and the compatibility tags in them.
//
// The specifications are "Binary distribution format" (PEP 427), "Platform compatibility tags" (PEP 425, 600,
// 656) and "Source distribution format" of the Python packaging guide (https://packaging.python.org/), in the
// reading of pypa/packaging 26 and, for source distributions on a project's page, of pip:
//
//	name-version[-build]-python-abi-platform.whl
//	name-version.tar.gz, name-version.zip
//
// where each of the last three parts of a wheel's name may be a set: `py2.py3`. Errors name the file and what
// is wrong with it. Non-goals: eggs, installers and the other formats of old; platforms other than Linux.
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

// Wheel is what the file name of a wheel says.
type Wheel struct {
	// Name is normalised (PEP 503).
	Name    string
	Version pep440.Version
	Build   Build
	// Tags is the compressed tag set in lower case: `py2.py3-none-any`. ParseTags expands it.
	Tags string
}

// Build is the build tag of a wheel, which breaks ties; the zero Build is none and less than any.
type Build struct {
	// Number is decimal digits without leading zeros, Suffix what follows them.
	Number, Suffix string
}

// Compare orders build tags: by number, then by the text of the suffix.
func (b Build) Compare(c Build) int {
	return cmp.Or(cmp.Compare(len(b.Number), len(c.Number)), cmp.Compare(b.Number, c.Number), cmp.Compare(b.Suffix, c.Suffix))
}

// Sdist is what the file name of a source distribution says.
type Sdist struct {
	// Name is normalised (PEP 503).
	Name    string
	Version pep440.Version
	// Python is the Python line that the file is for, `3.9` of `name-1.0-py3.9.tar.gz`; empty for all but a few.
	Python string
}

func invalid(filename, what string) error { return fmt.Errorf("%q: %s", filename, what) }

// ParseWheel reads the file name of a wheel.
func ParseWheel(filename string) (Wheel, error) {
	stem, found := strings.CutSuffix(filename, ".whl")
	if !found {
		return Wheel{}, invalid(filename, "a wheel's name ends with .whl")
	}
	dashes := strings.Count(stem, "-")
	if dashes != 4 && dashes != 5 {
		return Wheel{}, invalid(filename, "a wheel's name has five or six parts")
	}
	name, rest, _ := strings.Cut(stem, "-")
	if !wheelName(name) {
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

// wheelName says whether a text can be the first part of a wheel's name.
func wheelName(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '.' && r != '_' {
			return false
		}
	}
	return s != "" && !strings.Contains(s, "__")
}

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

// cutSdist removes the ending of a source distribution's name.
func cutSdist(filename string) (stem string, found bool) {
	if stem, found = strings.CutSuffix(filename, ".tar.gz"); found {
		return stem, true
	}
	return strings.CutSuffix(filename, ".zip")
}

// ParseSdist reads the file name of a source distribution whose project is not known: the version begins after
// the last dash.
func ParseSdist(filename string) (Sdist, error) {
	stem, found := cutSdist(filename)
	if !found {
		return Sdist{}, invalid(filename, "a source distribution's name ends with .tar.gz or .zip")
	}
	dash := strings.LastIndexByte(stem, '-')
	if dash <= 0 {
		return Sdist{}, invalid(filename, "a source distribution's name has a project and a version")
	}
	v, err := pep440.Parse(stem[dash+1:])
	if err != nil {
		return Sdist{}, invalid(filename, "the version is invalid")
	}
	return Sdist{Name: pep508.NormalizeName(stem[:dash]), Version: v}, nil
}

// ParseSdistOf reads the file name of a source distribution on the page of a project, whose normalised name
// tells where the version begins, as pip does.
func ParseSdistOf(project, filename string) (Sdist, error) {
	stem, found := cutSdist(filename)
	if !found {
		return Sdist{}, invalid(filename, "a source distribution's name ends with .tar.gz or .zip")
	}
	dash := nameEnd(project, stem)
	if dash < 0 || stem[dash] != '-' || pep508.NormalizeName(stem[:dash]) != project {
		return Sdist{}, invalid(filename, "the file is not of the project "+project)
	}
	version, python := cutPython(stem[dash+1:])
	v, err := pep440.Parse(version)
	if err != nil {
		return Sdist{}, invalid(filename, "the version is invalid")
	}
	return Sdist{project, v, python}, nil
}

// nameEnd is where a project's name would end in a file's name: before the first separator that the normalised name
// does not have, -1 if there is none.
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

// pythonMark is how pip knows a source distribution that is for one Python line only.
var pythonMark = regexp.MustCompile(`-py([123]\.?[0-9]?)$`)

// cutPython removes the mark of a Python line: `-py3.9`.
func cutPython(text string) (version, python string) {
	m := pythonMark.FindStringSubmatchIndex(text)
	if m == nil {
		return text, ""
	}
	return text[:m[0]], text[m[2]:m[3]]
}
