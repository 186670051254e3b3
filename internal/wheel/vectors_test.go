package wheel

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/python"
	"toxgen/internal/vectors"
)

func TestFilenameVectors(t *testing.T) {
	table := vectors.Read[struct {
		Wheels, Sdists [][]any
		WheelsInvalid  []string `json:"wheels_invalid"`
		SdistsInvalid  []string `json:"sdists_invalid"`
	}](t, "filenames")
	vectors.Rows(t, "wheels", table.Wheels, 1191)
	vectors.Rows(t, "invalid wheels", table.WheelsInvalid, 28)
	vectors.Rows(t, "sdists", table.Sdists, 10)
	vectors.Rows(t, "invalid sdists", table.SdistsInvalid, 9)
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
		if diff := cmp.Diff(want, []any{in, s.Name, s.Version.String()}); err != nil || diff != "" {
			t.Errorf("ParseSdist(%q): %v (-want +got):\n%s", in, err, diff)
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
		ABI          string
		Platforms    any      // a list in the first row, a word in the others
		Tags         []string `json:"tags_no_platform_expansion"`
		Count        int
	}
	table := vectors.Read[[]row](t, "tags")
	vectors.Rows(t, "rows", table, 13)
	var platforms []string
	for _, platform := range table[0].Platforms.([]any) {
		platforms = append(platforms, platform.(string))
	}
	vectors.Rows(t, "platforms", platforms, 36)
	for _, want := range table {
		v, _, err := python.Parse(want.Python)
		if err != nil {
			t.Fatal(err)
		}
		v.FreeThreaded = want.FreeThreaded
		t.Run(v.Short(), func(t *testing.T) {
			tags := Compatible(v.On(python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 36}})).List()
			vectors.Rows(t, "tags", tags, want.Count)
			if tags[0].ABI != want.ABI {
				t.Errorf("the first ABI is %s, want %s", tags[0].ABI, want.ABI)
			}
			compare(t, tags, want.Tags, platforms)
		})
	}
}

// compare compares tags with those of a table, in which PLAT stands for a list of platforms.
func compare(t *testing.T, tags []Tag, want, platforms []string) {
	t.Helper()
	var expanded, got []string
	for _, tag := range want {
		stem, expand := strings.CutSuffix(tag, "PLAT")
		if !expand {
			expanded = append(expanded, tag)
			continue
		}
		for _, platform := range platforms {
			expanded = append(expanded, stem+platform)
		}
	}
	for _, tag := range tags {
		got = append(got, tag.String())
	}
	if diff := cmp.Diff(expanded, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// TestPlatformVectors compares the tags on Windows and macOS with those of packaging.
func TestPlatformVectors(t *testing.T) {
	type interpreter struct {
		Python string
		Tags   []string
	}
	type row struct {
		System           python.System
		Machine, Version string
		Platforms        []string
		Pythons          []interpreter
	}
	table := vectors.Read[[]row](t, "platforms")
	vectors.Rows(t, "rows", table, 10)
	for _, want := range table {
		platform := python.Platform{System: want.System, Machine: want.Machine}
		if want.Version != "" {
			var err error
			if platform.Version, err = python.ParseMacOSVersion(want.Version); err != nil {
				t.Fatal(err)
			}
		}
		vectors.Rows(t, "Pythons", want.Pythons, 4)
		for _, p := range want.Pythons {
			v, _, err := python.Parse(p.Python)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(v.On(platform).String(), func(t *testing.T) { compare(t, Compatible(v.On(platform)).List(), p.Tags, want.Platforms) })
		}
	}
}
