package pep508

import (
	"slices"
	"strings"

	"toxgen/internal/pep440"
)

// A Requirement is a parsed dependency specifier.
type Requirement struct {
	// Name is the name as it was written. Key returns its normal form.
	Name string
	// Extras holds the extras as they were written, sorted and without duplicates.
	Extras     []string
	Specifiers pep440.Specifiers
	// URL is set for a direct reference, which has no specifiers.
	URL string
	// Marker is nil if the requirement has no marker.
	Marker *Marker
}

// Key returns the normalised name.
func (r Requirement) Key() string { return NormalizeName(r.Name) }

// String returns the requirement in the form in which packaging prints it: `name[a,b]<2,>=1; marker`.
func (r Requirement) String() string {
	var b strings.Builder
	b.WriteString(r.Name)
	if len(r.Extras) > 0 {
		b.WriteString("[" + strings.Join(r.Extras, ",") + "]")
	}
	b.WriteString(r.Specifiers.String())
	if r.URL != "" {
		b.WriteString(" @ " + r.URL)
		if r.Marker != nil {
			b.WriteByte(' ')
		}
	}
	if r.Marker != nil {
		b.WriteString("; " + r.Marker.String())
	}
	return b.String()
}

// ParseRequirement parses one requirement. An error is a [*SyntaxError], or names the specifier that is wrong.
func ParseRequirement(text string) (Requirement, error) {
	s := &scanner{text: text}
	var r Requirement
	s.blanks()
	name, found := s.identifier()
	if !found {
		return r, s.fail("a package name was expected")
	}
	r.Name = name
	s.blanks()
	if err := s.extras(&r); err != nil {
		return Requirement{}, err
	}
	s.blanks()
	var err error
	if s.take('@') {
		err = s.url(&r)
	} else {
		err = s.specifiers(&r)
	}
	if err != nil {
		return Requirement{}, err
	}
	return r, nil
}

// extras reads a list of extras, `[a, b]`, if there is one here.
func (s *scanner) extras(r *Requirement) error {
	if !s.take('[') {
		return nil
	}
	s.blanks()
	for more := true; more; {
		extra, found := s.identifier()
		if !found {
			if len(r.Extras) > 0 {
				return s.fail("the name of an extra was expected after the comma")
			}
			break
		}
		r.Extras = append(r.Extras, extra)
		s.blanks()
		if more = s.take(','); more {
			s.blanks()
		}
	}
	if !s.take(']') {
		return s.fail("a comma or `]` was expected")
	}
	slices.Sort(r.Extras)
	r.Extras = slices.Compact(r.Extras)
	return nil
}

// url reads the URL and the marker that follow an @.
func (s *scanner) url(r *Requirement) error {
	s.blanks()
	length := strings.IndexAny(s.rest(), " \t")
	if length < 0 {
		length = len(s.rest())
	}
	if length == 0 {
		return s.fail("a URL was expected after `@`")
	}
	r.URL = s.rest()[:length]
	s.at += length
	s.blanks()
	return s.marker(r, "a space and a semicolon were expected after the URL")
}

// specifiers reads the version specifiers, which may be in parentheses, and the marker.
func (s *scanner) specifiers(r *Requirement) error {
	parenthesis := s.take('(')
	s.blanks()
	start := s.at
	for {
		length := pep440.SpecifierPrefix(s.rest())
		s.at += length
		s.blanks()
		if length == 0 || !s.take(',') {
			break
		}
		s.blanks()
	}
	text := s.text[start:s.at]
	if parenthesis && !s.take(')') {
		return s.fail("a version specifier, a comma or `)` was expected")
	}
	s.blanks()
	if err := s.marker(r, "a version specifier or a semicolon was expected"); err != nil {
		return err
	}
	var err error
	r.Specifiers, err = pep440.ParseSpecifiers(text)
	return err
}

// marker reads a semicolon and a marker, unless the text ends here.
func (s *scanner) marker(r *Requirement, expected string) error {
	if s.atEnd() {
		return nil
	}
	if !s.take(';') {
		return s.fail(expected)
	}
	m, err := s.wholeMarker()
	if err != nil {
		return err
	}
	r.Marker = m
	return nil
}
