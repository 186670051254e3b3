package pep440

import (
	"cmp"
	"slices"
	"strings"
)

// Specifiers is a set of clauses, all of which a version has to match. The zero Specifiers is empty and matches
// everything. It is immutable.
type Specifiers struct {
	clauses []Specifier
	// prereleases says that a clause asks for pre-releases by naming one.
	prereleases bool
}

// Prereleases says what becomes of pre-releases that match.
type Prereleases int

const (
	// Default keeps them as PEP 440 has it: if a clause names one, or if nothing else matches.
	Default Prereleases = iota
	// Allow keeps them.
	Allow
	// Exclude drops them.
	Exclude
)

// usualClauses bounds what is set aside before clauses are read, since nothing needs to stand between commas.
const usualClauses = 8

// ParseSpecifiers reads a comma separated list of clauses; an empty text is an empty set.
func ParseSpecifiers(s string) (Specifiers, error) {
	var set Specifiers
	if s != "" {
		set.clauses = make([]Specifier, 0, min(strings.Count(s, ",")+1, usualClauses))
	}
	for text := range strings.SplitSeq(s, ",") {
		text = strings.TrimFunc(text, isSpace)
		if text == "" {
			continue
		}
		clause, err := ParseSpecifier(text)
		if err != nil {
			return Specifiers{}, err
		}
		set.add(clause)
	}
	return set, nil
}

// MustParseSpecifiers is ParseSpecifiers for texts that are known to be right; it panics on others.
func MustParseSpecifiers(s string) Specifiers {
	set, err := ParseSpecifiers(s)
	if err != nil {
		panic(err)
	}
	return set
}

func (s *Specifiers) add(clause Specifier) {
	s.clauses = append(s.clauses, clause)
	s.prereleases = s.prereleases || clause.prerelease
}

// String is the clauses, sorted and joined by commas; of those that mean the same, the first in that order.
func (s Specifiers) String() string {
	if len(s.clauses) == 1 {
		return s.clauses[0].String()
	}
	sorted := slices.SortedFunc(slices.Values(s.clauses), func(a, b Specifier) int { return cmp.Compare(a.String(), b.String()) })
	seen := make(map[string]bool, len(sorted))
	var texts []string
	for _, c := range sorted {
		if canonical := c.canonical(); !seen[canonical] {
			seen[canonical] = true
			texts = append(texts, c.String())
		}
	}
	return strings.Join(texts, ",")
}

// Clauses are the clauses in the order in which they were written. The slice is not to be changed.
func (s Specifiers) Clauses() []Specifier { return s.clauses }

// IsEmpty says that there is no clause.
func (s Specifiers) IsEmpty() bool { return len(s.clauses) == 0 }

// NamesPrerelease says whether a clause other than != names a pre-release, which asks for pre-releases.
func (s Specifiers) NamesPrerelease() bool { return s.prereleases }

// And is the set of the clauses of both.
func (s Specifiers) And(t Specifiers) Specifiers {
	switch {
	case s.IsEmpty():
		return t
	case t.IsEmpty():
		return s
	}
	both := s
	both.clauses = slices.Clone(s.clauses)
	for _, clause := range t.clauses {
		both.add(clause)
	}
	return both
}

// Match says whether every clause matches, pre-releases admitted.
func (s Specifiers) Match(v Version) bool {
	for i := range s.clauses {
		if !s.clauses[i].matches(&v) {
			return false
		}
	}
	return true
}

// Contains says whether v matches and is admitted by p. By default a single pre-release is admitted, since
// nothing else is there to match.
func (s Specifiers) Contains(v Version, p Prereleases) bool {
	return (p != Exclude || !v.IsPrerelease()) && s.Match(v)
}

// ContainsText is Contains for a text that need not be a version: === compares it as it stands, and no other
// clause matches one that is none.
func (s Specifiers) ContainsText(text string, p Prereleases) bool {
	v, err := Parse(text)
	if err == nil && p == Exclude && v.IsPrerelease() {
		return false
	}
	for i := range s.clauses {
		if !s.clauses[i].MatchText(text) {
			return false
		}
	}
	return true
}

// Filter gives the places of the versions that match and are admitted by p, in their order.
func (s Specifiers) Filter(versions []Version, p Prereleases) []int {
	var all, finals []int
	for i, v := range versions {
		if !s.Match(v) {
			continue
		}
		all = append(all, i)
		if !v.IsPrerelease() {
			finals = append(finals, i)
		}
	}
	if p == Exclude || p == Default && !s.prereleases && len(finals) > 0 {
		return finals
	}
	return all
}
