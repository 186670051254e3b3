package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// TestRecorded: the registry is an index that has the releases whose requirements are known, or stated by the
// configuration, each file with what it says otherwise than its release.
func TestRecorded(t *testing.T) {
	c := configure(t, "build: [hatch]", `build: [hatch]
metadata:
  - {release: "lib==1.0", requires: ["stated>=1"], requires-python: ">=3.7", reason: r}
  - {release: "lib==1.1", requires: [], reason: r}
  - {release: "lib==2.0", classifiers: ["3.8"], reason: r}`)
	facts := registry.Facts{"lib": parsed(t, "lib",
		`{"version":"0.9","sdist":true}`,
		`{"version":"1.0.0","sdist":true,"metadata":[{"requires":["recorded"],"requires-python":">=3.99"}]}`,
		`{"version":"1.1","sdist":true}`,
		`{"version":"2.0","requires-python":">=3.8","sdist":true,"wheels":["cp38-cp38-linux_x86_64","cp39-cp39-linux_x86_64","py3-none-any"],`+
			`"files":[{"file":"cp38-cp38-linux_x86_64","requires-python":"==3.8.*"},{"file":"py3-none-any","yanked":"broken"}],`+
			`"metadata":[{"for":["cp38-cp38-linux_x86_64"],"requires":["old"]},{"for":["cp39-cp39-linux_x86_64"],"classifiers":["3.9"]},`+
			`{"for":["py3-none-any"],"requires":["new"],"requires-python":">=3.9","extras":["x"]}]}`,
		`{"version":"3.0","yanked":true,"sdist":true,"metadata":[{"requires":[]}]}`,
		`{"version":"4.0","sdist":true,"metadata":[{"classifiers":["3.8"]}],"unreadable":"no PKG-INFO"}`)}
	index := Recorded(c, facts)
	page, err := index.Project(t.Context(), "lib")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var files []resolve.File
	for i := range slices.Backward(page.Releases) {
		files = append(files, page.Files(i)...)
	}
	for i := range files {
		f := &files[i]
		line := fmt.Sprintf("%s %q", f.Filename, f.RequiresPython)
		if f.Sdist != strings.HasSuffix(f.Filename, registry.SdistFile) || !f.Sdist && !strings.HasSuffix(f.Filename, f.Tags) {
			t.Errorf("%s is a source distribution: %v; its tags are %q", f.Filename, f.Sdist, f.Tags)
		}
		if f.Yanked {
			line += strings.TrimRight(" yanked "+f.YankedReason, " ")
		}
		m, err := index.Metadata(t.Context(), f)
		var unreadable *resolve.UnreadableError
		switch {
		case errors.As(err, &unreadable):
			line += ": " + err.Error()
		case err != nil:
			t.Error(err)
		default:
			line += fmt.Sprintf(": %s %s %q requires %q extras %q", m.Name, m.Version, m.RequiresPython, m.RequiresDist, m.ProvidesExtra)
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		`lib-1.0.0-sdist "": lib 1.0.0 ">=3.7" requires ["stated>=1"] extras []`,
		`lib-1.1-sdist "": lib 1.1 "" requires [] extras []`,
		`lib-2.0-cp38-cp38-linux_x86_64 "==3.8.*": lib 2.0 "" requires ["old"] extras []`,
		`lib-2.0-cp39-cp39-linux_x86_64 ">=3.8": its requirements were not recorded`,
		`lib-2.0-py3-none-any ">=3.8" yanked broken: lib 2.0 ">=3.9" requires ["new"] extras ["x"]`,
		`lib-2.0-sdist ">=3.8": its requirements were not recorded`,
		`lib-3.0-sdist "" yanked: lib 3.0 "" requires [] extras []`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := index.Project(t.Context(), "stranger"); !errors.Is(err, resolve.ErrNoProject) {
		t.Errorf("a project without facts gives %v", err)
	}
}

// TestStated: an entry of the configuration states requirements only if it says so, of one release alone.
func TestStated(t *testing.T) {
	c := configure(t, "build: [hatch]", "build: [hatch]\nmetadata: [{release: \"Lib==1.0\", requires: [], reason: r}, {release: \"lib==2.0\", classifiers: [\"3.8\"], reason: r}]")
	for _, test := range []struct {
		project, version string
		want             bool
	}{{"lib", "1.0", true}, {"lib", "1.0.0", true}, {"lib", "1.0.1", false}, {"lib", "2.0", false}, {"other", "1.0", false}} {
		if got := Stated(c, test.project, pep440.MustParse(test.version)) != nil; got != test.want {
			t.Errorf("%s %s: got %v", test.project, test.version, got)
		}
	}
	if Stated(nil, "lib", pep440.MustParse("1.0")) != nil {
		t.Error("without a configuration something is stated")
	}
}
