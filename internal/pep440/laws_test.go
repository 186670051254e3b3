package pep440

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// seed is the seed of the random samples. Every failure prints it.
const seed = 20260810

// A sample draws versions and clauses near the limits of a key.
type sample struct{ *rand.Rand }

func newSample() sample { return sample{rand.New(rand.NewPCG(seed, seed))} }

// Numbers for each field of a key: common ones, and those on both sides of its limit.
var (
	common         = []string{"0", "0", "1", "2", "9", "10", "18446744073709551615", "18446744073709551616", "99999999999999999999999"}
	releaseNumbers = [][]string{
		append([]string{"67108862", "67108863", "67108864"}, common...),
		append([]string{"524286", "524287", "524288"}, common...),
		append([]string{"524286", "524287", "524288"}, common...),
		append([]string{"268435454", "268435455", "268435456"}, common...),
		common,
	}
	preNumbers  = append([]string{"1022", "1023", "1024"}, common...)
	postNumbers = append([]string{"1021", "1022", "1023", "1024"}, common...)
	devNumbers  = append([]string{"8189", "8190", "8191", "8192"}, common...)
	labels      = []string{"+a", "+a.1", "+1", "+01", "+1.a", "+10", "+A"}
)

// pick returns a random member of the list.
func (s sample) pick(list []string) string { return list[s.IntN(len(list))] }

// oneIn returns true with a probability of 1/n.
func (s sample) oneIn(n int) bool { return s.IntN(n) == 0 }

func (s sample) release() string {
	var b strings.Builder
	if s.oneIn(12) {
		b.WriteString("1!")
	}
	for i := range 1 + s.IntN(len(releaseNumbers)) {
		if i > 0 {
			b.WriteByte('.')
		}
		if s.oneIn(2) {
			b.WriteString(s.pick(common[:4]))
		} else {
			b.WriteString(s.pick(releaseNumbers[i]))
		}
	}
	return b.String()
}

func (s sample) version() string {
	text := s.release()
	if s.oneIn(3) {
		text += s.pick([]string{"a", "b", "rc"}) + s.pick(preNumbers)
	}
	if s.oneIn(3) {
		text += ".post" + s.pick(postNumbers)
	}
	if s.oneIn(3) {
		text += ".dev" + s.pick(devNumbers)
	}
	return text
}

func (s sample) local() string {
	if s.oneIn(6) {
		return s.pick(labels)
	}
	return ""
}

// clause returns a clause with v, with its base version, or with any version.
func (s sample) clause(v Version) Specifier {
	text := s.version()
	if s.oneIn(2) {
		text = v.Public()
	}
	if s.oneIn(4) {
		text = v.Base()
	}
	for {
		operator := operators[s.IntN(len(operators))]
		suffix := ""
		if operator == "==" || operator == "!=" {
			suffix = s.pick([]string{"", "", ".*", s.local()})
		}
		if clause, err := ParseSpecifier(operator + text + suffix); err == nil {
			return clause
		}
	}
}

func (s sample) specifiers(v Version) Specifiers {
	var set Specifiers
	for range s.IntN(4) {
		set.add(s.clause(v))
	}
	return set
}

func (s sample) versions(n int) []Version {
	versions := make([]Version, n)
	for i := range versions {
		versions[i] = MustParse(s.version() + s.local())
	}
	return versions
}

func TestOrderIsTotal(t *testing.T) {
	versions := newSample().versions(600)
	slices.SortFunc(versions, Version.Compare)
	for i, v := range versions {
		for j, w := range versions {
			order := v.Compare(w)
			if order != -w.Compare(v) {
				t.Errorf("seed %d: %s ? %s is %d, the other way round %d", seed, v, w, order, w.Compare(v))
			}
			if i < j && order > 0 {
				t.Errorf("seed %d: %s sorted before %s, which is less", seed, v, w)
			}
			if equal := v.Canonical() == w.Canonical(); v.Equal(w) != equal || (order == 0) != equal {
				t.Errorf("seed %d: %s ? %s is %d, Equal %v, canonical forms equal %v", seed, v, w, order, v.Equal(w), equal)
			}
		}
	}
}

func TestKeysOrderAsParts(t *testing.T) {
	versions := newSample().versions(600)
	keyed := 0
	for _, v := range versions {
		for _, w := range versions {
			p, q := v.parts(), w.parts()
			if got, want := v.Compare(w), p.compare(&q); got != want {
				t.Errorf("seed %d: %s ? %s is %d by key, %d by parts", seed, v, w, got, want)
			}
			if v.unkeyed == nil && w.unkeyed == nil {
				keyed++
			}
		}
	}
	if keyed < len(versions)*len(versions)/20 {
		t.Errorf("seed %d: only %d pairs of %d have keys", seed, keyed, len(versions)*len(versions))
	}
}

func TestKeysMatchAsParts(t *testing.T) {
	s := newSample()
	compared, matched := 0, 0
	for range 40_000 {
		v := MustParse(s.version())
		w := v
		if s.oneIn(4) {
			w = MustParse(s.version())
		}
		clause := s.clause(w)
		if clause.match.keyed && v.unkeyed == nil {
			compared++
		}
		got, want := clause.Match(v), clause.matchesSlowly(&v)
		if got != want {
			t.Errorf("seed %d: %s matches %s: %v by key, %v by parts", seed, clause, v, got, want)
		}
		if got {
			matched++
		}
	}
	if compared < 4_000 || matched < 4_000 {
		t.Errorf("seed %d: the sample proves little: %d have keys, %d match", seed, compared, matched)
	}
}

func TestSetAlgebra(t *testing.T) {
	s := newSample()
	for range 6_000 {
		v := MustParse(s.version() + s.local())
		a, b := s.specifiers(v), s.specifiers(v)
		both := a.And(b)
		if got, want := both.Match(v), a.Match(v) && b.Match(v); got != want {
			t.Errorf("seed %d: %q matches %s: %v, want %v", seed, both, v, got, want)
		}
		if got, want := both.NamesPrerelease(), a.NamesPrerelease() || b.NamesPrerelease(); got != want {
			t.Errorf("seed %d: %q names a pre-release: %v, want %v", seed, both, got, want)
		}
		if got, want := both.String(), b.And(a).String(); got != want {
			t.Errorf("seed %d: both print as %q, the other way round as %q", seed, got, want)
		}
		every := true
		for _, clause := range both.Clauses() {
			every = every && clause.Match(v)
		}
		if both.Match(v) != every {
			t.Errorf("seed %d: %q matches %s: %v, its clauses %v", seed, both, v, !every, every)
		}
		if again := MustParseSpecifiers(both.String()); again.Match(v) != every {
			t.Errorf("seed %d: %q matches %s: %v, printed and read again %v", seed, both, v, every, !every)
		}
	}
}

func TestFilterLaws(t *testing.T) {
	s := newSample()
	for range 2_000 {
		versions := s.versions(1 + s.IntN(12))
		set := s.specifiers(versions[0])
		for _, p := range []Prereleases{Default, Allow, Exclude} {
			places := set.Filter(versions, p)
			if !slices.IsSorted(places) || len(slices.Compact(slices.Clone(places))) != len(places) {
				t.Fatalf("seed %d: %q filters %v, %d: %v is not an ordered subset", seed, set, versions, p, places)
			}
			kept := make([]Version, len(places))
			for i, place := range places {
				kept[i] = versions[place]
				if !set.Contains(kept[i], p) {
					t.Errorf("seed %d: %q filters %v, %d: it keeps %s and does not contain it", seed, set, versions, p, kept[i])
				}
			}
			if again := set.Filter(kept, p); len(again) != len(kept) {
				t.Errorf("seed %d: %q filters %v, %d: it keeps %v, then %v of them", seed, set, versions, p, kept, again)
			}
		}
	}
}

func TestKeysHoldTheirLimits(t *testing.T) {
	for _, c := range []struct {
		text string
		held bool
	}{
		{"67108862.524286.524286.268435454rc1022.post1021.dev8189", true},
		{"1.2.3.4.0.0", true},
		{"67108863", false},
		{"0.524287", false},
		{"0.0.524287", false},
		{"0.0.0.268435455", false},
		{"0.0.0.0.1", false},
		{"1rc1023", false},
		{"1.post1022", false},
		{"1.dev8190", false},
		{"1!1", false},
		{"1+a", false},
	} {
		t.Run(c.text, func(t *testing.T) {
			if v := MustParse(c.text); (v.unkeyed == nil) != c.held {
				t.Errorf("held by a key: got %v, want %v", !c.held, c.held)
			}
		})
	}
}
