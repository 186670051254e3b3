package pep440

import (
	"cmp"
	"slices"
	"strings"
)

// Specifiers is a set of clauses. A version matches the set if it matches every clause. It is immutable. The zero
// Specifiers is empty and matches every version.
type Specifiers struct {
	clauses []Specifier
	// prereleases is set if one of the clauses allows pre-releases; see Specifier.
	prereleases bool
}

// Prereleases selects what happens to pre-releases that match.
type Prereleases int

const (
	// Default keeps them under the conditions of PEP 440: if a clause names a pre-release, or if nothing else matches.
	Default Prereleases = iota
	// Allow keeps them always.
	Allow
	// Exclude drops them always.
	Exclude
)

// usualClauses limits the capacity that is allocated before the clauses are read: a text may be all commas.
const usualClauses = 8

// ParseSpecifiers parses a comma-separated list of clauses. An empty text is an empty set.
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

// MustParseSpecifiers is like [ParseSpecifiers] but panics if s is not valid.
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

// String returns the clauses, sorted and joined by commas. Of clauses with the same meaning only the first is kept.
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

// Clauses returns the clauses in the order in which they were written. The caller must not modify the slice.
func (s Specifiers) Clauses() []Specifier { return s.clauses }

// IsEmpty reports whether the set has no clauses.
func (s Specifiers) IsEmpty() bool { return len(s.clauses) == 0 }

// NamesPrerelease reports whether a clause other than != names a pre-release. Such a set allows pre-releases.
func (s Specifiers) NamesPrerelease() bool { return s.prereleases }

// And returns the set with the clauses of both s and t.
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

// Match reports whether every clause matches v, which may be a pre-release.
func (s Specifiers) Match(v Version) bool {
	for i := range s.clauses {
		if !s.clauses[i].matches(&v) {
			return false
		}
	}
	return true
}

// Contains reports whether v matches and p allows it. [Default] allows a pre-release here, because there is no other
// version that could match.
func (s Specifiers) Contains(v Version, p Prereleases) bool {
	return (p != Exclude || !v.IsPrerelease()) && s.Match(v)
}

// ContainsText is like Contains for a text that may not be a version. === compares the text itself; all other operators
// match versions only.
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

// Filter returns the indexes of the versions that match and that p allows, in ascending order.
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
