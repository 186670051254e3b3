package update

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/registry"
)

func TestParseOptions(t *testing.T) {
	text := func(s string) *string { return &s }
	yes, no := true, false
	moment := time.Date(2026, 8, 10, 4, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name                        string
		only, skip, before, summary *string
		upgrade, strict             *bool
		want                        Options
		err                         string
	}{
		{name: "no flag"},
		{name: "lists", only: text("a,b"), skip: text("c, d e,"), want: Options{Only: []string{"a", "b"}, Skip: []string{"c", "d", "e"}}},
		{name: "empty lists", only: text(""), skip: text(" ,"), want: Options{Only: []string{}, Skip: []string{}}},
		{name: "switches", upgrade: &yes, strict: &yes, want: Options{Upgrade: true, Strict: true}},
		{name: "switches that are off", upgrade: &no, strict: &no},
		{name: "a time", before: text("2026-08-10T04:00:00Z"), want: Options{Before: &moment}},
		{name: "a time elsewhere", before: text("2026-08-10T06:00:00+02:00"), want: Options{Before: &moment}},
		{name: "a day", before: text("2026-08-10"), err: "-before=2026-08-10 is not a time like 2026-08-10T04:00:00Z"},
		{name: "an empty time", before: text(""), err: "-before= is not a time like 2026-08-10T04:00:00Z"},
		{name: "a file", summary: text("s.json"), want: Options{Summary: "s.json"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseOptions(test.only, test.skip, test.before, test.upgrade, test.strict, test.summary)
			if message := messageOf(err); message != test.err {
				t.Fatalf("the error is %q, want %q", message, test.err)
			}
			if diff := cmp.Diff(test.want, got); err == nil && diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestProjects: an update of everything refreshes all projects that there are facts of; one of some suites their
// packages alone, with all suites of these.
func TestProjects(t *testing.T) {
	c := configure(t)
	facts := registry.Facts{"lib": {Name: "lib"}, "app": {Name: "app"}}
	const unknown = `no suite that follows a project is called %q in toxgen.yaml`
	for _, test := range []struct{ name, only, skip, want, err string }{
		{"everything", "", "", "app lib other", ""},
		{"one suite", "app", "", "app", ""},
		{"another suite of the same project", "async", "", "app", ""},
		{"two suites", "other app", "", "app other", ""},
		{"all but one suite", "", "async", "lib other", ""},
		{"only and skip", "app other", "async", "other", ""},
		{"an unknown suite", "app nobody", "", "", strings.Replace(unknown, "%q", `"nobody"`, 1)},
		{"an unknown suite to skip", "", "no\x1bbody", "", strings.Replace(unknown, "%q", `"no\x1bbody"`, 1)},
		{"a static suite", "tool", "", "", strings.Replace(unknown, "%q", `"tool"`, 1)},
		{"a project that is no suite", "", "lib", "", strings.Replace(unknown, "%q", `"lib"`, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Options{Only: strings.Fields(test.only), Skip: strings.Fields(test.skip)}
			projects, err := o.Projects(c, facts)
			if got := strings.Join(projects, " "); got != test.want || messageOf(err) != test.err {
				t.Errorf("got %q, %v; want %q, %q", got, err, test.want, test.err)
			}
		})
	}
}
