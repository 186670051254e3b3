package pep440

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vectors reads one of the tables in testdata.
func vectors[T any](tb testing.TB, name string) T {
	tb.Helper()
	f, err := os.Open("testdata/" + name + ".json.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var table T
	if err := json.NewDecoder(unpacked).Decode(&table); err != nil {
		tb.Fatal(err)
	}
	return table
}

type versionRow struct {
	In, Str                 string
	Epoch                   string
	Release                 []string
	Pre                     []string
	Post, Dev, Local        *string
	Public, Base, Canonical string
	IsPrerelease            bool `json:"is_prerelease"`
}

func text(s string, present bool) *string {
	if !present {
		return nil
	}
	return &s
}

func rowOf(in string, v Version) versionRow {
	p := v.parts()
	row := versionRow{In: in, Str: v.String(), Epoch: p.epoch, Release: p.release, Post: text(p.post, p.hasPost), Dev: text(p.dev, p.hasDev),
		Local: text(v.Local(), v.HasLocal()), Public: v.Public(), Base: v.Base(), Canonical: v.Canonical(), IsPrerelease: v.IsPrerelease()}
	if p.pre != "" {
		row.Pre = []string{phaseNames[p.phase], p.pre}
	}
	return row
}

func TestVersionVectors(t *testing.T) {
	table := vectors[struct {
		Valid   []versionRow
		Invalid []string
	}](t, "versions")
	for _, want := range table.Valid {
		v, err := Parse(want.In)
		if err != nil {
			t.Errorf("Parse(%q): %v", want.In, err)
			continue
		}
		if diff := cmp.Diff(want, rowOf(want.In, v)); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", want.In, diff)
		}
		if (want.Post != nil) != v.IsPost() || (want.Dev != nil) != v.IsDev() {
			t.Errorf("Parse(%q): post %v, dev %v", want.In, v.IsPost(), v.IsDev())
		}
		for i := range 5 {
			number := uint64(0)
			if i < len(want.Release) {
				var err error
				if number, err = strconv.ParseUint(want.Release[i], 10, 64); err != nil {
					number = ^uint64(0)
				}
			}
			if got := v.Release(i); got != number {
				t.Errorf("Parse(%q).Release(%d) = %d, want %d", want.In, i, got, number)
			}
		}
	}
	for _, in := range table.Invalid {
		if v, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", in, v)
		}
	}
}

func TestCompareVectors(t *testing.T) {
	table := vectors[struct{ Versions, Rows []string }](t, "compare")
	versions := parseAll(t, table.Versions)
	signs := "<=>"
	for i, v := range versions {
		for j, w := range versions {
			if got := signs[v.Compare(w)+1]; got != table.Rows[i][j] {
				t.Errorf("%s ? %s: got %c, want %c", v, w, got, table.Rows[i][j])
			}
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
	table := vectors[struct {
		Valid []struct {
			In, Str string
			N       int
		}
		Invalid []string
	}](t, "specifiers")
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

func TestContainsVectors(t *testing.T) {
	table := vectors[struct {
		Specs, Versions []string
		Prereleases     map[string][]string
	}](t, "contains")
	for name, p := range map[string]Prereleases{"none": Default, "true": Allow, "false": Exclude} {
		for i, spec := range table.Specs {
			s := MustParseSpecifiers(spec)
			for j, version := range table.Versions {
				want := table.Prereleases[name][i][j] == '1'
				if got := s.ContainsText(version, p); got != want {
					t.Errorf("%q contains the text %q, pre-releases %s: got %v, want %v", spec, version, name, got, want)
				}
				v, err := Parse(version)
				if err != nil || arbitrary(s) {
					continue
				}
				if got := s.Contains(v, p); got != want {
					t.Errorf("%q contains %q, pre-releases %s: got %v, want %v", spec, version, name, got, want)
				}
			}
		}
	}
}

func arbitrary(s Specifiers) bool { return strings.Contains(s.String(), "===") }

// filterTexts is Filter for texts that need not be versions; one that is none counts as neither a final nor a
// pre-release.
func filterTexts(s Specifiers, texts []string, p Prereleases) []int {
	var all, finals []int
	hasFinal := false
	for i, text := range texts {
		if !s.ContainsText(text, Allow) {
			continue
		}
		all = append(all, i)
		v, err := Parse(text)
		if err != nil || !v.IsPrerelease() {
			finals = append(finals, i)
			hasFinal = hasFinal || err == nil
		}
	}
	return s.admitted(all, finals, hasFinal, p)
}

func TestFilterVectors(t *testing.T) {
	table := vectors[struct {
		Specs   []string
		Lists   [][]string
		Results [][][]int
	}](t, "filter")
	for i, spec := range table.Specs {
		s := MustParseSpecifiers(spec)
		for j, list := range table.Lists {
			versions, valid := parseValid(list)
			for p, want := range table.Results[i*len(table.Lists)+j] {
				if got := filterTexts(s, list, Prereleases(p)); !slices.Equal(got, want) {
					t.Errorf("%q filters the texts %v, pre-releases %d: got %v, want %v", spec, list, p, got, want)
				}
				if !valid || arbitrary(s) {
					continue
				}
				if got := s.Filter(versions, Prereleases(p)); !slices.Equal(got, want) {
					t.Errorf("%q filters %v, pre-releases %d: got %v, want %v", spec, list, p, got, want)
				}
			}
		}
	}
}

func parseValid(texts []string) (versions []Version, valid bool) {
	for _, text := range texts {
		v, err := Parse(text)
		if err != nil {
			return nil, false
		}
		versions = append(versions, v)
	}
	return versions, true
}

func TestUpstreamFilterVectors(t *testing.T) {
	type row struct {
		Spec                   string
		ConstructorPrereleases *bool `json:"ctor_prereleases"`
		Prereleases            *bool
		In, Out                []string
	}
	for _, r := range vectors[[]row](t, "filter_upstream") {
		p := Default
		for _, b := range []*bool{r.Prereleases, r.ConstructorPrereleases} {
			if b == nil {
				continue
			}
			if p = Exclude; *b {
				p = Allow
			}
			break
		}
		got := []string{}
		for _, i := range filterTexts(MustParseSpecifiers(r.Spec), r.In, p) {
			got = append(got, r.In[i])
		}
		if !slices.Equal(got, r.Out) {
			t.Errorf("%q filters %v, pre-releases %d: got %v, want %v", r.Spec, r.In, p, got, r.Out)
		}
	}
}
