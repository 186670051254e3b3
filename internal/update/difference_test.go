package update

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/python"
	"toxgen/internal/report"
)

func equalSummaries(tb testing.TB, got, want *report.Summary) {
	tb.Helper()
	if diff := cmp.Diff(string(want.JSON()), string(got.JSON())); diff != "" {
		tb.Errorf("(-want +got)\n%s", diff)
	}
}

// differenceOf returns what two locks differ in, which are lines like those of locked. The static suite does not move unless
// they name it.
func differenceOf(c *config.Config, before, now []string) *report.Summary {
	had, has := locked(before...), locked(now...)
	for _, l := range []lock.Lock{had, has} {
		if l.Environments["py3.12-tool"] == nil {
			l.Environments["py3.12-tool"] = pins("lib==0.1")
		}
	}
	state := State{Config: c, Matrix: testedBy(c, has.Names()...), Lock: has}
	return Difference(state.Earlier(had, nil), state, nil)
}

// TestDifference: releases come and go by suite; pins are counted where an environment had pins before, those of the
// newest release compared with those of the release that was the newest.
func TestDifference(t *testing.T) {
	c := configure(t)
	for _, test := range []struct {
		name        string
		before, now []string
		want        []report.Suite
	}{
		{"nothing", []string{"py3.12-app-v1.0: app==1.0 lib==1.0", "py3.12-tool: lib==1.0"}, []string{"py3.12-app-v1.0: app==1.0 lib==1.0.0", "py3.12-tool: lib==1.0"}, nil},
		{"a new newest release", []string{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0", "py3.8-app-v1.0: app==1.0"},
			[]string{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0", "py3.8-app-v1.0: app==1.0", "py3.12-app-v2.0: app==2.0 lib==2.0 dep==1.0"},
			[]report.Suite{{Name: "app", In: []string{"2.0"}, Notable: []string{"2.0"}, Newest: 1}}},
		{"one release gives way to another", []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v2.0: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v3.0: lib==1.0"},
			[]report.Suite{{Name: "app", In: []string{"3.0"}, Out: []string{"2.0"}, Notable: []string{"3.0"}}}},
		{"a release of the same major", []string{"py3.12-app-v1.0: lib==1.0"}, []string{"py3.12-app-v1.1: lib==1.0"},
			[]report.Suite{{Name: "app", In: []string{"1.1"}, Out: []string{"1.0"}}}},
		{"a suite that began", nil, []string{"py3.12-app-v1.0: lib==1.0"}, []report.Suite{{Name: "app", Change: report.Began, In: []string{"1.0"}}}},
		{"a suite that ended", []string{"py3.12-app-v1.0: lib==1.0"}, nil, []report.Suite{{Name: "app", Change: report.Ended, Out: []string{"1.0"}}}},
		{"pins of older and newest releases", []string{"py3.12-app-v1.0: lib==1.0 old==1.0", "py3.12-app-v2.0: lib==1.0", "py3.8-app-v2.0: lib==1.0 dep==1.0"},
			[]string{"py3.12-app-v1.0: lib==2.0 new==1.0", "py3.12-app-v2.0: lib==2.0", "py3.8-app-v2.0: lib==2.0 dep==2.0"},
			[]report.Suite{{Name: "app", Newest: 3, Older: 3}}},
		{"pins of a pre-release are among the newest", []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v2.0a1: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v2.0a1: lib==2.0"},
			[]report.Suite{{Name: "app", Newest: 1}}},
		{"a new pre-release has no pins to compare", []string{"py3.12-app-v1.0: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v2.0a1: lib==2.0"},
			[]report.Suite{{Name: "app", In: []string{"2.0a1"}, Notable: []string{"2.0a1"}}}},
		{"a new Python has none either", []string{"py3.12-app-v1.0: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: lib==2.0"}, nil},
		{"a static suite", []string{"py3.12-tool: lib==1.0"}, []string{"py3.12-tool: lib==2.0"}, []report.Suite{{Name: "tool", Newest: 1}}},
		{"several suites, in their order", []string{"py3.12-other-v1.0: lib==1.0", "py3.12-async-v1.0: lib==1.0"}, []string{"py3.12-other-v1.0: lib==2.0", "py3.12-async-v1.0: lib==2.0"},
			[]report.Suite{{Name: "async", Newest: 1}, {Name: "other", Newest: 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := differenceOf(c, test.before, test.now)
			for i := range got.Suites {
				got.Suites[i].Holds, got.Suites[i].Constraints = nil, nil // of another test
			}
			equalSummaries(t, &report.Summary{Suites: got.Suites}, &report.Summary{Suites: test.want})
		})
	}
}

// TestDifferenceWarnings: the summary has the warnings, sorted, and neither notes nor errors.
func TestDifferenceWarnings(t *testing.T) {
	c := configure(t)
	state := State{Matrix: testedBy(c)}
	findings := finding.List{
		{Severity: finding.Warning, File: "toxgen.yaml", Line: 9, Message: "second", Hint: "h"},
		{Severity: finding.Note, Message: "a note"},
		{Severity: finding.Error, Message: "an error"},
		{Severity: finding.Warning, File: "toxgen.yaml", Line: 2, Column: 3, Message: "first"},
	}
	unsorted := slices.Clone(findings)
	got := Difference(state, state, findings).Warnings
	if diff := cmp.Diff([]report.Warning{{Place: "toxgen.yaml:2:3", Text: "first"}, {Place: "toxgen.yaml:9", Text: "second", Hint: "h"}}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(unsorted, findings); diff != "" {
		t.Errorf("the findings were changed\n%s", diff)
	}
}

// TestSize: static suites have environments and rows, and no releases; aliases count nowhere.
func TestSize(t *testing.T) {
	c := configure(t)
	for _, test := range []struct {
		environments []string
		want         report.Size
	}{
		{nil, report.Size{Environments: 1, Rows: 1}},
		{[]string{"py3.12-app-v1.0", "py3.12-app-latest", "py3.8-app-v1.0", "py3.12-other-v1.0", "py3.12-other-v2.0"}, report.Size{Releases: 3, Environments: 5, Rows: 2}},
	} {
		if got := Size(testedBy(c, test.environments...)); got != test.want {
			t.Errorf("%v: got %+v, want %+v", test.environments, got, test.want)
		}
	}
}

// TestPinnedIn: environments that pin a release are listed by project and canonical version, builds among them.
func TestPinnedIn(t *testing.T) {
	l := locked("py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: lib==1.0.0 dep==2", "py3.12-app-latest: lib==1.0")
	l.Builds = lock.Builds{python.Version{Major: 3, Minor: 12}: pins("lib==2.0")}
	var got []string
	by := PinnedIn(l)
	for _, project := range slices.Sorted(maps.Keys(by)) {
		for _, v := range slices.Sorted(maps.Keys(by[project])) {
			got = append(got, fmt.Sprint(project, " ", v, " ", by[project][v]))
		}
	}
	equal(t, "pinned", got, []string{"dep 2 [py3.8-app-v1.0]", "lib 1 [py3.12-app-v1.0 py3.8-app-v1.0]", "lib 2 [builds for 3.12]"})
}
