package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// A scalar is a value that is written as a single text.
type scalar interface {
	// parse sets the value from a text whose position is pos. The text of its error can follow a path and a colon.
	parse(text string, pos Pos) error
	// pattern returns a regular expression for the JSON Schema. It matches at least the texts that parse accepts.
	pattern() string
}

// A Name is the name of a suite, a service or a project.
type Name struct {
	Pos
	Text string
}

func (n *Name) parse(text string, pos Pos) error {
	if !nameText.MatchString(text) {
		return fmt.Errorf("%s is not %s", quoted(text), nameMeaning)
	}
	*n = Name{pos, text}
	return nil
}

func (*Name) pattern() string { return namePattern }

// A Package is a project of the index, possibly with extras.
type Package struct {
	Pos
	// Name is the name as written, and Key the normalised name (PEP 503).
	Name, Key string
	// Extras are normalised and sorted.
	Extras []string
}

func (p *Package) parse(text string, pos Pos) error {
	r, err := pep508.ParseRequirement(text)
	if err != nil {
		return fmt.Errorf("%s is not a package like gql[all]: %w", quoted(text), err)
	}
	if r.URL != "" || r.Marker != nil || !r.Specifiers.IsEmpty() {
		return fmt.Errorf("%s is more than a package: the release comes from the index, rules go into requires", quoted(text))
	}
	if slices.ContainsFunc(append(slices.Clip(r.Extras), r.Name), func(name string) bool { return !pep508.ValidName(name) }) {
		return fmt.Errorf("%s is not a package like gql[all]: a name begins and ends with a letter or digit", quoted(text))
	}
	*p = Package{Pos: pos, Name: r.Name, Key: r.Key()}
	for _, extra := range r.Extras {
		p.Extras = append(p.Extras, pep508.NormalizeName(extra))
	}
	slices.Sort(p.Extras)
	p.Extras = slices.Compact(p.Extras)
	return nil
}

func (*Package) pattern() string { return `^\s*[A-Za-z0-9]` }

// String returns the package as a requirement without a version: `gql[all]`.
func (p Package) String() string {
	if len(p.Extras) == 0 {
		return p.Name
	}
	return p.Name + "[" + strings.Join(p.Extras, ",") + "]"
}

// A Version is a PEP 440 version.
type Version struct {
	Pos
	pep440.Version
}

func (v *Version) parse(text string, pos Pos) (err error) {
	v.Pos = pos
	v.Version, err = pep440.Parse(text)
	return err
}

func (*Version) pattern() string { return `^\s*[vV0-9]` }

// Specifiers is a PEP 440 specifier set that is not empty.
type Specifiers struct {
	Pos
	pep440.Specifiers
}

func (s *Specifiers) parse(text string, pos Pos) (err error) {
	s.Pos = pos
	if s.Specifiers, err = pep440.ParseSpecifiers(text); err != nil {
		if v, bare := pep440.Parse(text); bare == nil {
			return hinted{err, fmt.Sprintf("did you mean %s?", quoted("=="+v.String()))}
		}
		return err
	}
	if s.IsEmpty() {
		return fmt.Errorf("an empty specifier matches everything: leave it out")
	}
	return nil
}

func (*Specifiers) pattern() string { return `^[\s,]*[<>=!~]` }

// A Requirement is a PEP 508 requirement without a URL.
type Requirement struct {
	Pos
	// File is the file that holds it if that is not toxgen.yaml.
	File string
	pep508.Requirement
	// Text is the requirement as written, without blanks at its ends.
	Text string
}

func (r *Requirement) parse(text string, pos Pos) (err error) {
	r.Pos, r.Text = pos, strings.TrimSpace(text)
	if r.Requirement, err = pep508.ParseRequirement(text); err != nil {
		return err
	}
	if r.URL != "" {
		return fmt.Errorf("%s names a URL: only releases of the index can be pinned", quoted(text))
	}
	if strings.ContainsAny(text, "\r\n#") {
		return fmt.Errorf("%s holds a line break or a `#`", quoted(text))
	}
	return nil
}

func (*Requirement) pattern() string { return `^\s*[A-Za-z0-9]` }

// A Release is one release of a project: `pyspark==3.0.3`.
type Release struct {
	Pos
	// Key is the normalised name of the project.
	Key     string
	Version pep440.Version
}

func (r *Release) parse(text string, pos Pos) error {
	name, version, found := strings.Cut(text, "==")
	if !found || !pep508.ValidName(strings.TrimSpace(name)) {
		return fmt.Errorf("%s is not a release like pyspark==3.0.3", quoted(text))
	}
	v, err := pep440.Parse(strings.TrimSpace(version))
	if err != nil {
		return err
	}
	*r = Release{pos, pep508.NormalizeName(strings.TrimSpace(name)), v}
	return nil
}

func (*Release) pattern() string { return `^\s*[A-Za-z0-9._-]+\s*==` }

// A MinorVersion is a Python line without a patch release: `3.10`.
type MinorVersion struct {
	Pos
	Major, Minor int
}

func (m *MinorVersion) parse(text string, pos Pos) error {
	v, hasPatch, err := python.Parse(text)
	switch {
	case err == nil && v.FreeThreaded:
		return hinted{fmt.Errorf("%s is not a Python line like 3.10", quoted(text)), "write `free-threaded: true` for a free-threaded build"}
	case err == nil && hasPatch:
		return hinted{fmt.Errorf("%s is not a Python line like 3.10", quoted(text)), "write the patch release under `patch`"}
	case err != nil:
		return hinted{fmt.Errorf("%s is not a Python line like 3.10", quoted(text)), onlyCPython(text)}
	}
	*m = MinorVersion{pos, v.Major, v.Minor}
	return nil
}

// onlyCPython returns a hint if a text names another implementation of Python.
func onlyCPython(text string) string {
	if strings.HasPrefix(text, "pypy") {
		return "only CPython can be declared"
	}
	return ""
}

func (*MinorVersion) pattern() string { return `^[1-9]\.(0|[1-9][0-9]*)$` }

// String returns the version in the form `3.10`.
func (m MinorVersion) String() string { return fmt.Sprintf("%d.%d", m.Major, m.Minor) }

// An Interpreter is a declared interpreter, written as a factor of tox: `py3.10`, `py3.14t`.
type Interpreter struct {
	Pos
	// Short is the version in the form `3.10` or `3.14t`.
	Short string
}

func (i *Interpreter) parse(text string, pos Pos) error {
	rest, found := strings.CutPrefix(text, "py")
	v, hasPatch, err := python.Parse(rest)
	switch {
	case err != nil || hasPatch:
		return hinted{fmt.Errorf("%s is not an interpreter like py3.10 or py3.14t", quoted(text)), onlyCPython(text)}
	case !found:
		return hinted{fmt.Errorf("%s is not an interpreter like py3.10 or py3.14t", quoted(text)), "write py" + text}
	}
	*i = Interpreter{pos, v.Short()}
	return nil
}

func (*Interpreter) pattern() string { return `^py[1-9]\.(0|[1-9][0-9]*)t?$` }

// A Libc is a C library with its version.
type Libc struct {
	Pos
	python.Libc
}

func (l *Libc) parse(text string, pos Pos) (err error) {
	l.Pos = pos
	l.Libc, err = python.ParseLibc(text)
	return err
}

func (*Libc) pattern() string { return `^(glibc|musl)-[1-9]\.(0|[1-9][0-9]*)$` }

// A MacOSVersion is the version of a macOS.
type MacOSVersion struct {
	Pos
	python.MacOSVersion
}

func (v *MacOSVersion) parse(text string, pos Pos) (err error) {
	v.Pos = pos
	v.MacOSVersion, err = python.ParseMacOSVersion(text)
	return err
}

func (*MacOSVersion) pattern() string { return `^[1-9][0-9]\.(0|[1-9][0-9]?)$` }

// A Duration is a time span such as `72h`; it is never negative.
type Duration struct {
	Pos
	time.Duration
}

func (d *Duration) parse(text string, pos Pos) (err error) {
	d.Pos = pos
	if d.Duration, err = time.ParseDuration(text); err != nil || strings.HasPrefix(text, "-") {
		return fmt.Errorf("%s is not a time span like 72h", quoted(text))
	}
	return nil
}

func (*Duration) pattern() string { return `^\+?[0-9.]` }

// A Date is a day in the form `2027-01-31`. The zero Date means that there is no date.
type Date struct {
	Pos
	time.Time
}

func (d *Date) parse(text string, pos Pos) (err error) {
	d.Pos = pos
	if d.Time, err = time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%s is not a date like 2027-01-31", quoted(text))
	}
	return nil
}

func (*Date) pattern() string { return `^[0-9]{4}-[0-9]{2}-[0-9]{2}$` }

// quotedLimit is the maximum number of characters of a text that a message repeats.
const quotedLimit = 200

// quoted returns a text in double quotes for messages. YAML reads the result as the same text.
func quoted(text string) string {
	count := 0
	for i := range text {
		if count++; count > quotedLimit {
			return strconv.Quote(text[:i]) + "…"
		}
	}
	return strconv.Quote(text)
}
