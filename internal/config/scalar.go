package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// scalar is a value that is written as one text.
type scalar interface {
	// parse reads the text that stands at pos; its error begins with the text's fault.
	parse(text string, pos Pos) error
	// pattern is a regular expression for the JSON Schema that admits at least what parse admits.
	pattern() string
}

const namePattern = `^[A-Za-z0-9][A-Za-z0-9._-]*$`

var nameText = regexp.MustCompile(namePattern)

// Name names a suite, a service or a project.
type Name struct {
	Pos
	Text string
}

func (n *Name) parse(text string, pos Pos) error {
	if !nameText.MatchString(text) {
		return fmt.Errorf("%q is not a name: letters, digits, `.`, `_` and `-`, beginning with a letter or digit", text)
	}
	*n = Name{pos, text}
	return nil
}

func (*Name) pattern() string { return namePattern }

// Package is a project of the index, possibly with extras.
type Package struct {
	Pos
	// Name as written, Key normalised (PEP 503).
	Name, Key string
	// Extras in their normalised, sorted form.
	Extras []string
}

func (p *Package) parse(text string, pos Pos) error {
	r, err := pep508.ParseRequirement(text)
	if err != nil {
		return fmt.Errorf("%q is not a package like gql[all]: %w", text, err)
	}
	if r.URL != "" || r.Marker != nil || !r.Specifiers.IsEmpty() {
		return fmt.Errorf("%q is more than a package: the release comes from the index, rules go into requires", text)
	}
	*p = Package{Pos: pos, Name: r.Name, Key: r.Key(), Extras: r.Extras}
	return nil
}

func (*Package) pattern() string { return `^[A-Za-z0-9]` }

// String is the package as a requirement without a version: `gql[all]`.
func (p Package) String() string {
	if len(p.Extras) == 0 {
		return p.Name
	}
	return p.Name + "[" + strings.Join(p.Extras, ",") + "]"
}

// Version is a PEP 440 version.
type Version struct {
	Pos
	pep440.Version
}

func (v *Version) parse(text string, pos Pos) (err error) {
	v.Pos = pos
	v.Version, err = pep440.Parse(text)
	return err
}

func (*Version) pattern() string { return `^[vV0-9]` }

// Specifiers is a PEP 440 specifier set; an empty text is refused.
type Specifiers struct {
	Pos
	pep440.Specifiers
}

func (s *Specifiers) parse(text string, pos Pos) (err error) {
	s.Pos = pos
	if s.Specifiers, err = pep440.ParseSpecifiers(text); err != nil {
		return err
	}
	if s.IsEmpty() {
		return fmt.Errorf("an empty specifier matches everything: leave it out")
	}
	return nil
}

func (*Specifiers) pattern() string { return `^\s*[<>=!~]` }

// Requirement is a PEP 508 requirement without a URL.
type Requirement struct {
	Pos
	pep508.Requirement
	// Text as written, with blanks at its ends removed.
	Text string
}

func (r *Requirement) parse(text string, pos Pos) (err error) {
	r.Pos, r.Text = pos, strings.TrimSpace(text)
	if r.Requirement, err = pep508.ParseRequirement(text); err != nil {
		return err
	}
	if r.URL != "" {
		return fmt.Errorf("%q names a URL: only releases of the index can be pinned", text)
	}
	if strings.ContainsAny(text, "\r\n#") {
		return fmt.Errorf("%q holds a line break or a `#`", text)
	}
	return nil
}

func (*Requirement) pattern() string { return `^\s*[A-Za-z0-9]` }

// Release is one release of a project: `pyspark==3.0.3`.
type Release struct {
	Pos
	// Key is the normalised name of the project.
	Key     string
	Version pep440.Version
}

func (r *Release) parse(text string, pos Pos) error {
	name, version, found := strings.Cut(text, "==")
	if !found || !pep508.ValidName(strings.TrimSpace(name)) {
		return fmt.Errorf("%q is not a release like pyspark==3.0.3", text)
	}
	v, err := pep440.Parse(strings.TrimSpace(version))
	if err != nil {
		return err
	}
	*r = Release{pos, pep508.NormalizeName(strings.TrimSpace(name)), v}
	return nil
}

func (*Release) pattern() string { return `^[A-Za-z0-9._-]+\s*==` }

// MinorVersion is a Python line without a patch release: `3.10`.
type MinorVersion struct {
	Pos
	Major, Minor int
}

func (m *MinorVersion) parse(text string, pos Pos) error {
	v, hasPatch, err := python.Parse(text)
	if err != nil || hasPatch || v.FreeThreaded {
		return fmt.Errorf("%q is not a Python line like 3.10", text)
	}
	*m = MinorVersion{pos, v.Major, v.Minor}
	return nil
}

func (*MinorVersion) pattern() string { return `^[1-9]\.(0|[1-9][0-9]*)$` }

// String is `3.10`.
func (m MinorVersion) String() string { return fmt.Sprintf("%d.%d", m.Major, m.Minor) }

// Interpreter is a declared interpreter, written as tox's factor: `py3.10`, `py3.14t`.
type Interpreter struct {
	Pos
	// Short is `3.10` or `3.14t`.
	Short string
}

func (i *Interpreter) parse(text string, pos Pos) error {
	rest, found := strings.CutPrefix(text, "py")
	v, hasPatch, err := python.Parse(rest)
	if !found || err != nil || hasPatch {
		return fmt.Errorf("%q is not an interpreter like py3.10 or py3.14t", text)
	}
	*i = Interpreter{pos, v.Short()}
	return nil
}

func (*Interpreter) pattern() string { return `^py[1-9]\.(0|[1-9][0-9]*)t?$` }

// Libc is a C library and its version.
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

// Duration is a time span such as `72h`; it is never negative.
type Duration struct {
	Pos
	time.Duration
}

func (d *Duration) parse(text string, pos Pos) (err error) {
	d.Pos = pos
	if d.Duration, err = time.ParseDuration(text); err != nil || d.Duration < 0 {
		return fmt.Errorf("%q is not a time span like 72h", text)
	}
	return nil
}

func (*Duration) pattern() string { return `^[0-9]` }

// Date is a day, `2027-01-31`; the zero Date is none.
type Date struct {
	Pos
	time.Time
}

func (d *Date) parse(text string, pos Pos) (err error) {
	d.Pos = pos
	if d.Time, err = time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%q is not a date like 2027-01-31", text)
	}
	return nil
}

func (*Date) pattern() string { return `^[0-9]{4}-[0-9]{2}-[0-9]{2}$` }

// quoted is how the value of an unquoted YAML scalar should have been written.
func quoted(text string) string { return strconv.Quote(text) }
