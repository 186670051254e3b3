package pep440

import (
	"fmt"
	"strings"
)

// Specifier is one clause of a set: an operator and a version.
type Specifier struct {
	operator, version string
	match             matcher
	// prerelease says that the clause asks for pre-releases by naming one, as every clause but != does.
	prerelease bool
}

// Operator is one of ~=, ==, !=, <=, >=, <, > and ===.
func (s Specifier) Operator() string { return s.operator }

// Version is the version as it was written: `1.4.2`, `1.4.*`, or for === any text.
func (s Specifier) Version() string { return s.version }

// String is the clause without blanks.
func (s Specifier) String() string { return s.operator + s.version }

// IsExact says whether the clause pins: === or == without a wildcard.
func (s Specifier) IsExact() bool {
	return s.operator == "===" || s.operator == "==" && !strings.HasSuffix(s.version, ".*")
}

// Match says whether the clause matches, pre-releases admitted.
func (s Specifier) Match(v Version) bool { return s.matches(&v) }

// MatchText is Match for a text that need not be a version: === compares it as it stands, and no other clause
// matches one that is none.
func (s Specifier) MatchText(text string) bool {
	if s.operator == "===" {
		return sameText(text, s.version)
	}
	v, err := Parse(text)
	return err == nil && s.matches(&v)
}

// operators, each before those that it begins with.
var operators = [...]string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"}

func operatorOf(text string) string {
	for _, operator := range operators {
		if strings.HasPrefix(text, operator) {
			return operator
		}
	}
	return ""
}

// SpecifierPrefix is the length of the clause that text begins with, 0 if there is none. It serves grammars in
// which something else follows.
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

// endsArbitrary says whether a rune cannot stand in the text after ===.
func endsArbitrary(r rune) bool { return isSpace(r) || r == ';' || r == ')' }

// ParseSpecifier reads one clause.
func ParseSpecifier(text string) (Specifier, error) {
	text = strings.TrimFunc(text, isSpace)
	s := Specifier{operator: operatorOf(text)}
	s.version = strings.TrimLeftFunc(text[len(s.operator):], isSpace)
	fault := func(what string) (Specifier, error) {
		return Specifier{}, fmt.Errorf("%q is not a version specifier: %s", text, what)
	}
	if s.operator == "" {
		return fault("it begins with none of ~=, ==, !=, <=, >=, <, > and ===")
	}
	if s.operator == "===" {
		if strings.ContainsFunc(s.version, endsArbitrary) {
			return fault("a text after === has no blank, `;` or `)`")
		}
		v, err := Parse(s.version)
		s.prerelease = err == nil && v.IsPrerelease()
		return s, nil
	}
	base, wildcard := strings.CutSuffix(s.version, ".*")
	var p parts
	switch {
	case !p.scan(base):
		return fault("no PEP 440 version follows the operator")
	case wildcard && s.operator != "==" && s.operator != "!=":
		return fault("only == and != take a wildcard")
	case wildcard && !p.bare():
		return fault("a wildcard follows nothing but a release")
	case p.local != "" && s.operator != "==" && s.operator != "!=":
		return fault("only == and != take a local version label")
	case s.operator == "~=" && p.numbers() < 2:
		return fault("~= needs a release of two numbers or more")
	}
	s.match = compile(s.operator, &p, wildcard)
	s.prerelease = s.operator != "!=" && p.isPrerelease()
	return s, nil
}

// canonical is what clauses that mean the same share.
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
