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
	w := Wheel{Name: pep508.NormalizeName(name), Version: v, Tags: strings.ToLower(rest)}
	if dashes == 5 {
		var build string
		build, w.Tags, _ = strings.Cut(w.Tags, "-")
		if w.Build, found = parseBuild(build); !found {
			return Wheel{}, invalid(filename, "the build tag does not begin with a digit")
		}
	}
	if !validTags(w.Tags) {
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
	for i := range len(stem) {
		if stem[i] != '-' || pep508.NormalizeName(stem[:i]) != project {
			continue
		}
		version, python := cutPython(stem[i+1:])
		v, err := pep440.Parse(version)
		if err != nil {
			return Sdist{}, invalid(filename, "the version is invalid")
		}
		return Sdist{project, v, python}, nil
	}
	return Sdist{}, invalid(filename, "the file is not of the project "+project)
}

// cutPython removes the mark of a source distribution that is for one Python line only: `-py3.9`.
func cutPython(text string) (version, python string) {
	i := strings.LastIndex(text, "-py")
	if i < 0 {
		return text, ""
	}
	python = text[i+len("-py"):]
	for j := range len(python) {
		if c := python[j]; c != '.' && (c < '0' || c > '9') {
			return text, ""
		}
	}
	return text[:i], python
}
