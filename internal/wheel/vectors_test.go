package wheel

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/python"
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

func TestFilenameVectors(t *testing.T) {
	table := vectors[struct {
		Wheels, Sdists [][]any
		WheelsInvalid  []string `json:"wheels_invalid"`
		SdistsInvalid  []string `json:"sdists_invalid"`
	}](t, "filenames")
	for _, want := range table.Wheels {
		in := want[0].(string)
		w, err := ParseWheel(in)
		if err != nil {
			t.Errorf("ParseWheel: %v", err)
			continue
		}
		var build any
		if w.Build != (Build{}) {
			build = []any{w.Build.Number, w.Build.Suffix}
		}
		var texts []string
		for _, tag := range ParseTags(w.Tags) {
			texts = append(texts, tag.String())
		}
		slices.Sort(texts)
		tags := []any{}
		for _, text := range slices.Compact(texts) {
			tags = append(tags, text)
		}
		if diff := cmp.Diff(want, []any{in, w.Name, w.Version.String(), build, tags}); diff != "" {
			t.Errorf("ParseWheel(%q) (-want +got):\n%s", in, diff)
		}
	}
	for _, want := range table.Sdists {
		in := want[0].(string)
		s, err := ParseSdist(in)
		if err != nil || s.Name != want[1] || s.Version.String() != want[2] {
			t.Errorf("ParseSdist(%q) = %v, %v, want %v", in, s, err, want)
		}
	}
	for _, in := range table.WheelsInvalid {
		if w, err := ParseWheel(in); err == nil {
			t.Errorf("ParseWheel(%q) = %v, want an error", in, w)
		}
	}
	for _, in := range table.SdistsInvalid {
		if s, err := ParseSdist(in); err == nil {
			t.Errorf("ParseSdist(%q) = %v, want an error", in, s)
		}
	}
}

func TestTagVectors(t *testing.T) {
	type row struct {
		Python       string
		FreeThreaded bool `json:"free_threaded"`
		Platforms    any
		Tags         []string `json:"tags_no_platform_expansion"`
		Count        int
	}
	rows := vectors[[]row](t, "tags")
	var platforms []string
	for _, platform := range rows[0].Platforms.([]any) {
		platforms = append(platforms, platform.(string))
	}
	for _, r := range rows {
		v, _, err := python.Parse(r.Python)
		if err != nil {
			t.Fatal(err)
		}
		v.FreeThreaded = r.FreeThreaded
		tags := Compatible(v, python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 36}})
		var want, got []string
		for _, tag := range r.Tags {
			stem, expand := strings.CutSuffix(tag, "PLAT")
			if !expand {
				want = append(want, tag)
				continue
			}
			for _, platform := range platforms {
				want = append(want, stem+platform)
			}
		}
		for i, tag := range tags.List() {
			got = append(got, tag.String())
			if rank, ok := tags.Rank(tag); rank != i || !ok {
				t.Errorf("%s: Rank(%s) = %d, %v, want %d", v, tag, rank, ok, i)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != r.Count {
			t.Errorf("%s: %d tags, want %d (-want +got):\n%s", v, len(got), r.Count, diff)
		}
	}
}
