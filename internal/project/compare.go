package project

import (
	"cmp"
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// Declared is what toxgen.yaml says of the project. What it does not say has no place.
type Declared struct {
	Name     Side
	Requires []Requirement
	// RequiresPlace and BuildPlace are the places of the lists.
	RequiresPlace Place
	Build         []Requirement
	BuildPlace    Place
	Pythons       []Python
}

// A Python is a declared Python and its place.
type Python struct {
	Version python.Version
	Place   Place
}

// A Member is what a contradiction is about.
type Member string

// The members that are compared.
const (
	MemberName     Member = "name"
	MemberRequires Member = "requires"
	MemberBuild    Member = "build"
	MemberPythons  Member = "pythons"
)

// A Side is what one file says. Text is empty if the file does not have it; then the place is that of the list that lacks it.
type Side struct {
	Text  string
	Place Place
}

// A Contradiction is something that toxgen.yaml says otherwise than the project.
type Contradiction struct {
	Member Member
	// Name is the normalised name of the project that the requirements are about, or empty.
	Name             string
	Declared, Stated Side
}

// Compare returns the contradictions, in the order of [Member] and sorted by name. What one of both does not say, or what is
// unknown, contradicts nothing.
//
// Requirements of one project are compared as sets, by name, extras, specifiers and marker, in normal form: `A[y,X] >= 1.0` is
// `a[x,y]>=1`. Markers are the same if they are written alike, apart from blanks and quotes. The declared build requirements may
// name more projects than the project does, since they are also those of source distributions; with
// [Build.Default] any requirement on setuptools will do.
func (p *Project) Compare(d Declared) []Contradiction {
	var found []Contradiction
	if d.Name.Text != "" && p.Name.Key != "" && pep508.NormalizeName(d.Name.Text) != p.Name.Key {
		found = append(found, Contradiction{MemberName, "", d.Name, Side{p.Name.Text, p.Name.Place}})
	}
	if p.Requires.Unknown == "" && d.RequiresPlace != (Place{}) {
		found = append(found, compare(MemberRequires, d.Requires, p.Requires.Requires, d.RequiresPlace, p.Requires.Place)...)
	}
	if d.BuildPlace != (Place{}) {
		for _, c := range compare(MemberBuild, d.Build, p.Build.Requires.Requires, d.BuildPlace, p.Build.Requires.Place) {
			more := c.Stated.Text == ""
			if !more && (!p.Build.Default || c.Declared.Text == "" || c.Stated.Place != (Place{})) {
				found = append(found, c)
			}
		}
	}
	for _, declared := range d.Pythons {
		if !p.RequiresPython.Admits(pep440.MustParse(declared.Version.Final())) {
			found = append(found, Contradiction{MemberPythons, "", Side{declared.Version.Short(), declared.Place}, Side{p.RequiresPython.Text, p.RequiresPython.Place}})
		}
	}
	return found
}

// compare returns a contradiction for each project on which the lists demand something different.
func compare(m Member, declared, stated []Requirement, declaredPlace, statedPlace Place) []Contradiction {
	ours, theirs := byName(declared), byName(stated)
	var found []Contradiction
	for name, a := range ours {
		if b := theirs[name]; !slices.Equal(meanings(a), meanings(b)) {
			found = append(found, Contradiction{m, name, side(a, declaredPlace), side(b, statedPlace)})
		}
	}
	for name, b := range theirs {
		if len(ours[name]) == 0 {
			found = append(found, Contradiction{m, name, Side{"", declaredPlace}, side(b, statedPlace)})
		}
	}
	slices.SortFunc(found, func(a, b Contradiction) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

func byName(list []Requirement) map[string][]Requirement {
	names := map[string][]Requirement{}
	for _, q := range list {
		names[q.Key()] = append(names[q.Key()], q)
	}
	return names
}

// side returns the texts of requirements, and the place of the first, or that of the list that has none.
func side(list []Requirement, none Place) Side {
	s := Side{Place: none}
	for i, q := range list {
		if i == 0 {
			s = Side{q.Requirement.String(), q.Place}
		} else {
			s.Text += " and " + q.Requirement.String()
		}
	}
	return s
}

// meanings returns the normal forms of requirements, sorted and without repetitions.
func meanings(list []Requirement) []string {
	var all []string
	for _, q := range list {
		all = append(all, meaning(q.Requirement))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// meaning returns the normal form of a requirement.
func meaning(q pep508.Requirement) string {
	var extras, clauses []string
	for _, e := range q.Extras {
		extras = append(extras, pep508.NormalizeName(e))
	}
	for _, c := range q.Specifiers.Clauses() {
		clauses = append(clauses, c.Operator()+normalVersion(c))
	}
	slices.Sort(extras)
	slices.Sort(clauses)
	marker := ""
	if q.Marker != nil {
		marker = q.Marker.String()
	}
	return strings.Join([]string{q.Key(), strings.Join(slices.Compact(extras), ","), strings.Join(slices.Compact(clauses), ","), q.URL, marker}, "\x00")
}

// normalVersion returns the version of a clause in normal form. Zeros at the end count after ~= and before a wildcard.
func normalVersion(c pep440.Specifier) string {
	text, wildcard := strings.CutSuffix(c.Version(), ".*")
	v, err := pep440.Parse(text)
	switch {
	case err != nil || c.Operator() == "===":
		return c.Version()
	case wildcard:
		return v.String() + ".*"
	case c.Operator() == "~=":
		return v.String()
	default:
		return v.Canonical()
	}
}
