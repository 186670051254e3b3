package pep440

import (
	"fmt"
	"strings"
)

// A Specifier is one clause of a set: an operator and a version.
type Specifier struct {
	operator, version string
	match             matcher
	// prerelease is set if the version is a pre-release and the operator is not !=. Such a clause allows pre-releases.
	prerelease bool
}

// Operator returns one of ~=, ==, !=, <=, >=, <, > and ===.
func (s Specifier) Operator() string { return s.operator }

// Version returns the version as it was written: `1.4.2`, `1.4.*`, or for === any text.
func (s Specifier) Version() string { return s.version }

// String returns the clause without white space.
func (s Specifier) String() string { return s.operator + s.version }

// IsExact reports whether the clause pins a version: with === or with == without a wildcard.
func (s Specifier) IsExact() bool {
	return s.operator == "===" || s.operator == "==" && !strings.HasSuffix(s.version, ".*")
}

// Match reports whether the clause matches v, which may be a pre-release.
func (s Specifier) Match(v Version) bool { return s.matches(&v) }

// MatchText is like Match for a text that may not be a version. === compares the text itself; all other operators match
// versions only.
func (s Specifier) MatchText(text string) bool {
	if s.operator == "===" {
		return sameText(text, s.version)
	}
	v, err := Parse(text)
	return err == nil && s.matches(&v)
}

// operators lists the operators, longer ones before their prefixes.
var operators = [...]string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"}

// operatorOf returns the operator that text begins with, or "".
func operatorOf(text string) string {
	for _, operator := range operators {
		if strings.HasPrefix(text, operator) {
			return operator
		}
	}
	return ""
}

// SpecifierPrefix returns the length of the clause that text begins with, or 0 if it does not begin with one. It is for
// grammars in which a clause is followed by something else.
func SpecifierPrefix(text string) int {
	operator := operatorOf(text)
	if operator == "" {
		return 0
	}
	rest := strings.TrimLeftFunc(text[len(operator):], isSpace)
	begin := len(text) - len(rest)
	if operator == "===" {
		end := strings.IndexFunc(rest, endsArbitrary)
		if end < 0 {
			end = len(rest)
		}
		return begin + end
	}
	var p parts
	s := scanner{text: rest}
	if !s.public(&p) || operator == "~=" && p.numbers() < 2 {
		return 0
	}
	if operator == "==" || operator == "!=" {
		switch before := s.at; {
		case p.bare() && strings.HasPrefix(rest[s.at:], ".*"):
			s.at += len(".*")
		case !s.localLabel(&p):
			s.at = before
		}
	}
	return begin + s.at
}

// endsArbitrary reports whether r ends the text after ===.
func endsArbitrary(r rune) bool { return isSpace(r) || r == ';' || r == ')' }

// ParseSpecifier parses one clause.
func ParseSpecifier(text string) (Specifier, error) {
	text = strings.TrimFunc(text, isSpace)
	s := Specifier{operator: operatorOf(text)}
	s.version = strings.TrimLeftFunc(text[len(s.operator):], isSpace)
	fault := func(what string) (Specifier, error) {
		return Specifier{}, fmt.Errorf("%q is not a version specifier: %s", text, what)
	}
	if s.operator == "" {
		return fault("it does not begin with ~=, ==, !=, <=, >=, <, > or ===")
	}
	if s.operator == "===" {
		if strings.ContainsFunc(s.version, endsArbitrary) {
			return fault("the text after === must not contain white space, `;` or `)`")
		}
		v, err := Parse(s.version)
		s.prerelease = err == nil && v.IsPrerelease()
		return s, nil
	}
	base, wildcard := strings.CutSuffix(s.version, ".*")
	var p parts
	switch {
	case !p.scan(base):
		return fault("the operator is not followed by a PEP 440 version")
	case wildcard && s.operator != "==" && s.operator != "!=":
		return fault("only == and != allow a wildcard")
	case wildcard && !p.bare():
		return fault("a wildcard is allowed only after a release, such as 1.2.*")
	case p.local != "" && s.operator != "==" && s.operator != "!=":
		return fault("only == and != allow a local version label")
	case s.operator == "~=" && p.numbers() < 2:
		return fault("~= needs a release with at least two numbers")
	}
	s.match = compile(s.operator, &p, wildcard)
	s.prerelease = s.operator != "!=" && p.isPrerelease()
	return s, nil
}

// canonical returns a form that is the same for clauses with the same meaning.
func (s Specifier) canonical() string {
	if s.operator == "===" || strings.HasSuffix(s.version, ".*") {
		return s.String()
	}
	v := MustParse(s.version)
	if s.operator == "~=" {
		return s.operator + v.String()
	}
	return s.operator + v.Canonical()
}
