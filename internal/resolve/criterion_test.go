package resolve

import (
	"math/rand/v2"
	"slices"
	"testing"

	"toxgen/internal/pep440"
)

var (
	someVersions = []string{
		"0.9", "1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0+a", "1.0+b.2", "1.0.post1.dev1", "1.0.post1", "1.0.post1+a", "1.0.1", "1.1.dev0", "1.1",
		"1.1+a", "1.2", "2.0b1", "2.0", "2.0.0", "2.0.post0", "2.1", "3.0rc1", "3.0", "10", "1!0.1", "1!1.0",
	}
	someOperators = []string{">=", ">", "<=", "<", "==", "!=", "~=", "==="}
)

// The range of releases that matches finds agrees with looking at every release.
func TestMatchesAgreesWithLookingAtEach(t *testing.T) {
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 3))
		b := newBook()
		for range 1 + random.IntN(3*manyMisses) {
			b.add("a %s%s", someVersions[random.IntN(len(someVersions))], []string{"", "", "", " yanked=", " python=<3"}[random.IntN(5)])
		}
		pool, err := b.target(t).pool(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		var list []*clauses
		for range random.IntN(3) {
			text := someOperators[random.IntN(len(someOperators))] + someVersions[random.IntN(len(someVersions))]
			if s, err := pep440.ParseSpecifiers(text); err == nil {
				list = append(list, newClauses(s))
			}
		}
		got := matchingPlaces(newMatches(pool, list, pep440.Version{}))
		if want := placesByRule(pool, list); !slices.Equal(got, want) {
			t.Errorf("seed %d: got releases %v, want %v", seed, got, want)
		}
	}
}

// matchingPlaces returns the indexes of the releases that have candidates.
func matchingPlaces(m matches) []int {
	var places []int
	for i := m.start; i < m.end; i++ {
		if slices.ContainsFunc(m.usable(i), func(c *candidate) bool { return !c.file.Yanked || m.yanked }) {
			places = append(places, i)
		}
	}
	return places
}

// placesByRule returns the same by the letter of the rules 3 to 5.
func placesByRule(p *pool, list []*clauses) []int {
	type match struct {
		place int
		file  *File
	}
	var all []match
	named, pins := false, false
	for _, c := range list {
		named, pins = named || c.NamesPrerelease(), pins || c.pins
	}
	for i := range p.project.page.Releases {
		for _, c := range p.candidates(i) {
			if !slices.ContainsFunc(list, func(l *clauses) bool { return !l.Match(c.file.Version) }) {
				all = append(all, match{i, c.file})
			}
		}
	}
	isPrerelease := func(m match) bool { return m.file.Version.IsPrerelease() }
	isYanked := func(m match) bool { return m.file.Yanked }
	if finals := slices.DeleteFunc(slices.Clone(all), isPrerelease); !named && len(finals) > 0 {
		all = finals
	}
	if kept := slices.DeleteFunc(slices.Clone(all), isYanked); len(kept) > 0 || !pins {
		all = kept
	}
	var places []int
	for _, m := range all {
		places = append(places, m.place)
	}
	return slices.Compact(places)
}
