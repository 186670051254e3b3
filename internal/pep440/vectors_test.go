package pep440

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/vectors"
)

type versionRow struct {
	In, Str                 string
	Epoch                   string
	Release                 []string
	Pre                     []string
	Post, Dev, Local        *string
	Public, Base, Canonical string
	IsPrerelease            bool `json:"is_prerelease"`
}

func rowOf(in string, v Version) versionRow {
	present := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	p := v.parts()
	row := versionRow{In: in, Str: v.String(), Epoch: p.epoch, Release: strings.Split(p.release, "."),
		Post: present(p.post), Dev: present(p.dev), Local: present(v.Local()),
		Public: v.Public(), Base: v.Base(), Canonical: v.Canonical(), IsPrerelease: v.IsPrerelease()}
	if p.pre != "" {
		row.Pre = []string{phaseNames[p.phase], p.pre}
	}
	return row
}

func TestVersionVectors(t *testing.T) {
	table := vectors.Read[struct {
		Valid   []versionRow
		Invalid []string
	}](t, "versions")
	vectors.Rows(t, "valid", table.Valid, 5369)
	vectors.Rows(t, "invalid", table.Invalid, 63)
	for _, want := range table.Valid {
		v, err := Parse(want.In)
		if err != nil {
			t.Errorf("Parse(%q): %v", want.In, err)
			continue
		}
		if diff := cmp.Diff(want, rowOf(want.In, v)); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", want.In, diff)
		}
		if (want.Post != nil) != v.IsPost() || (want.Dev != nil) != v.IsDev() || (want.Local != nil) != v.HasLocal() {
			t.Errorf("Parse(%q): post %v, dev %v, local %v", want.In, v.IsPost(), v.IsDev(), v.HasLocal())
		}
		if got, want := v.Epoch(), number(want.Epoch); got != want {
			t.Errorf("Parse(%q).Epoch() = %d, want %d", v, got, want)
		}
		for i, digits := range append(slices.Clone(want.Release), "0") {
			if got, want := v.Release(i), number(digits); got != want {
				t.Errorf("Parse(%q).Release(%d) = %d, want %d", v, i, got, want)
			}
		}
	}
	for _, in := range table.Invalid {
		if v, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", in, v)
		}
	}
}

// number returns the value that Release and Epoch must return for digits.
func number(digits string) uint64 {
	n, _ := new(big.Int).SetString(digits, 10)
	if !n.IsUint64() {
		return math.MaxUint64
	}
	return n.Uint64()
}

func TestCompareVectors(t *testing.T) {
	table := vectors.Read[struct{ Versions, Rows []string }](t, "compare")
	vectors.Rows(t, "versions", table.Versions, 526)
	vectors.Rows(t, "rows", table.Rows, 526)
	versions := parseAll(t, table.Versions)
	for i, v := range versions {
		var got strings.Builder
		for _, w := range versions {
			got.WriteByte("<=>"[v.Compare(w)+1])
		}
		if got.String() != table.Rows[i] {
			t.Errorf("%s compared with each version:\ngot  %s\nwant %s", v, &got, table.Rows[i])
		}
	}
}

func parseAll(tb testing.TB, texts []string) []Version {
	tb.Helper()
	versions := make([]Version, len(texts))
	for i, text := range texts {
		v, err := Parse(text)
		if err != nil {
			tb.Fatal(err)
		}
		versions[i] = v
	}
	return versions
}

func TestSpecifierVectors(t *testing.T) {
	table := vectors.Read[struct {
		Valid []struct {
			In, Str string
			N       int
		}
		Invalid []string
	}](t, "specifiers")
	vectors.Rows(t, "valid", table.Valid, 1983)
	vectors.Rows(t, "invalid", table.Invalid, 54)
	for _, want := range table.Valid {
		s, err := ParseSpecifiers(want.In)
		if err != nil {
			t.Errorf("ParseSpecifiers(%q): %v", want.In, err)
			continue
		}
		if s.String() != want.Str || len(s.Clauses()) != want.N {
			t.Errorf("ParseSpecifiers(%q) = %q of %d clauses, want %q of %d", want.In, s, len(s.Clauses()), want.Str, want.N)
		}
	}
	for _, in := range table.Invalid {
		if s, err := ParseSpecifiers(in); err == nil {
			t.Errorf("ParseSpecifiers(%q) = %q, want an error", in, s)
		}
	}
}

// admissions maps the values of packaging's prereleases argument in the tables.
var admissions = map[string]Prereleases{"none": Default, "true": Allow, "false": Exclude}

func TestContainsVectors(t *testing.T) {
	table := vectors.Read[struct {
		Specs, Versions []string
		Prereleases     map[string][]string
	}](t, "contains")
	vectors.Rows(t, "specs", table.Specs, 599)
	vectors.Rows(t, "versions", table.Versions, 141)
	for name, p := range admissions {
		t.Run(name, func(t *testing.T) {
			results := table.Prereleases[name]
			vectors.Rows(t, "results", results, len(table.Specs))
			for i, spec := range table.Specs {
				s := MustParseSpecifiers(spec)
				vectors.Rows(t, spec, []byte(results[i]), len(table.Versions))
				for j, version := range table.Versions {
					want := results[i][j] == '1'
					if got := s.ContainsText(version, p); got != want {
						t.Errorf("%q contains the text %q: got %v, want %v", spec, version, got, want)
					}
					if v, alike := asVersion(s, version); alike && s.Contains(v, p) != want {
						t.Errorf("%q contains %q: got %v, want %v", spec, version, !want, want)
					}
				}
			}
		})
	}
}

// asVersion parses a version. alike is false if the set may treat the version and the text differently: === compares the
// spelling.
func asVersion(s Specifiers, text string) (v Version, alike bool) {
	v, err := Parse(text)
	arbitrary := slices.ContainsFunc(s.Clauses(), func(c Specifier) bool { return c.Operator() == "===" })
	return v, err == nil && (!arbitrary || v.String() == text)
}

// filterTexts is like Filter for texts that may not be versions. A text that is not a version is kept if it matches,
// whatever p is.
func filterTexts(t *testing.T, s Specifiers, texts []string, p Prereleases) []int {
	var versions []Version
	var places, kept []int
	for i, text := range texts {
		v, alike := asVersion(s, text)
		switch {
		case alike:
			versions, places = append(versions, v), append(places, i)
		case !v.IsZero():
			t.Fatalf("%q asks for the spelling of %q", s, text)
		case s.ContainsText(text, p):
			kept = append(kept, i)
		}
	}
	for _, i := range s.Filter(versions, p) {
		kept = append(kept, places[i])
	}
	slices.Sort(kept)
	return kept
}

func TestFilterVectors(t *testing.T) {
	table := vectors.Read[struct {
		Specs   []string
		Lists   [][]string
		Results [][][]int
	}](t, "filter")
	vectors.Rows(t, "specs", table.Specs, 599)
	vectors.Rows(t, "lists", table.Lists, 12)
	vectors.Rows(t, "results", table.Results, 599*12)
	for i, spec := range table.Specs {
		s := MustParseSpecifiers(spec)
		for j, list := range table.Lists {
			results := table.Results[i*len(table.Lists)+j]
			vectors.Rows(t, spec, results, 3)
			for k, p := range []Prereleases{Default, Allow, Exclude} {
				if got := filterTexts(t, s, list, p); !slices.Equal(got, results[k]) {
					t.Errorf("%q filters %v, pre-releases %d: got %v, want %v", spec, list, p, got, results[k])
				}
			}
		}
	}
}

func TestUpstreamFilterVectors(t *testing.T) {
	type row struct {
		Spec                   string
		ConstructorPrereleases *bool `json:"ctor_prereleases"`
		Prereleases            *bool
		In, Out                []string
	}
	table := vectors.Read[[]row](t, "filter_upstream")
	vectors.Rows(t, "rows", table, 110)
	for _, r := range table {
		p := Default
		admits := r.Prereleases
		if admits == nil {
			admits = r.ConstructorPrereleases
		}
		switch {
		case admits == nil:
		case *admits:
			p = Allow
		default:
			p = Exclude
		}
		got := []string{}
		for _, i := range filterTexts(t, MustParseSpecifiers(r.Spec), r.In, p) {
			got = append(got, r.In[i])
		}
		if !slices.Equal(got, r.Out) {
			t.Errorf("%q filters %v, pre-releases %d: got %v, want %v", r.Spec, r.In, p, got, r.Out)
		}
	}
}
