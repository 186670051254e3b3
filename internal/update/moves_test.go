package update

import (
	"fmt"
	"testing"

	"toxgen/internal/lock"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/report"
)

// TestMoves: a pin that moved stands once, with the environments and suites in which it did; majors and pre-releases come
// first, and what only some environments got or lost comes last.
func TestMoves(t *testing.T) {
	c := configure(t)
	for _, test := range []struct {
		name             string
		before, now      []string
		moves, new, left []string
	}{
		{name: "nothing", before: []string{"py3.12-app-v1.0: lib==1.0"}, now: []string{"py3.12-app-v1.0: lib==1.0.0"}},
		{name: "one pin of several suites", before: []string{"py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: lib==1.0", "py3.12-other-v1.0: lib==1.0", "py3.12-tool: lib==1.0"},
			now:   []string{"py3.12-app-v1.0: lib==1.1", "py3.8-app-v1.0: lib==1.1", "py3.12-other-v1.0: lib==1.1", "py3.12-tool: lib==1.0"},
			moves: []string{"lib 1.0→1.1(3) : 3 of [app other]"}},
		{name: "one project from several releases", before: []string{"py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: lib==1.2"},
			now:   []string{"py3.12-app-v1.0: lib==1.3", "py3.8-app-v1.0: lib==1.3"},
			moves: []string{"lib 1.0→1.3(1) 1.2→1.3(1) : 2 of [app]"}},
		{name: "what needs attention first", before: []string{"py3.12-app-v1.0: a==1.0 b==1.0 c==1.0 d==1.0 x==1", "py3.12-other-v1.0: e==1.0"},
			now: []string{"py3.12-app-v1.0: a==1.1 b==2.0 c==1.1rc1 d==0.9 e==1.0", "py3.12-other-v1.0: e==1.0 x==1"},
			moves: []string{"b 1.0→2.0(1) major: 1 of [app]", "c 1.0→1.1rc1(1) pre-release: 1 of [app]", "d 1.0→0.9(1) backwards: 1 of [app]",
				"a 1.0→1.1(1) : 1 of [app]", "e →1.0(1) : 1 of [app]", "x →1(1) 1→(1) : 2 of [app other]"}},
		{name: "the gravest step of a project counts", before: []string{"py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: lib==1.2"},
			now:   []string{"py3.12-app-v1.0: lib==2.0", "py3.8-app-v1.0: lib==1.1"},
			moves: []string{"lib 1.0→2.0(1) 1.2→1.1(1) major: 2 of [app]"}},
		{name: "the newest release is compared with that of before", before: []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v2.0: lib==1.0"},
			now: []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v3.0: lib==1.1"}, moves: []string{"lib 1.0→1.1(1) : 1 of [app]"}},
		{name: "the suite's own project is not among them", before: []string{"py3.12-app-v1.0: app==1.0 lib==1.0"}, now: []string{"py3.12-app-v2.0: app==2.0 lib==1.0"}},
		{name: "nor is it new where tox.ini does not have it as a pin", before: []string{"py3.12-async-v1.0: lib==1.0"}, now: []string{"py3.12-async-v1.0: app==1.0 lib==1.0"}},
		{name: "it is new in the environments of another suite", before: []string{"py3.12-app-v1.0: app==1.0", "py3.12-other-v1.0: other==1.0"},
			now: []string{"py3.12-app-v1.0: app==1.0", "py3.12-other-v1.0: other==1.0 app==1.0"}, new: []string{"app [1.0] 1"}},
		{name: "projects that come and go", before: []string{"py3.12-app-v1.0: lib==1.0 old==1.0", "py3.8-app-v1.0: lib==1.0 old==2.0"},
			now: []string{"py3.12-app-v1.0: lib==1.0 new==1.9", "py3.8-app-v1.0: lib==1.0 new==1.10", "py3.12-other-v1.0: new==1.9"},
			new: []string{"new [1.9 1.10] 3"}, left: []string{"old"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := differenceOf(c, test.before, test.now)
			var moves, arrivals []string
			for _, m := range got.Moves {
				text := m.Project
				for _, s := range m.Steps {
					text += fmt.Sprintf(" %s→%s(%d)", s.From, s.To, s.Environments)
				}
				moves = append(moves, fmt.Sprintf("%s %s: %d of %v", text, m.Attention, m.Environments, m.Suites))
			}
			for _, a := range got.New {
				arrivals = append(arrivals, fmt.Sprintf("%s %v %d", a.Project, a.Versions, a.Environments))
			}
			equal(t, "moves", moves, test.moves)
			equal(t, "new", arrivals, test.new)
			equal(t, "left", got.Left, test.left)
		})
	}
}

// TestMovesOfBuilds: the builds for a Python count as one environment.
func TestMovesOfBuilds(t *testing.T) {
	c := configure(t)
	builds := func(text string) lock.Lock {
		return lock.Lock{Environments: map[string]lock.Pins{"py3.12-tool": pins("lib==1.0")}, Builds: lock.Builds{python.Version{Major: 3, Minor: 12}: pins(text)}}
	}
	now := State{Config: c, Matrix: testedBy(c), Lock: builds("setuptools==81.0")}
	got := Difference(now.Earlier(builds("setuptools==80.0"), nil), now, nil)
	want := []report.Move{{Project: "setuptools", Attention: report.Major, Steps: []report.Step{{From: "80.0", To: "81.0", Environments: 1}}, Environments: 1, Suites: []string{theBuilds}}}
	equalSummaries(t, &report.Summary{Moves: got.Moves}, &report.Summary{Moves: want})
	if len(got.Suites) > 0 {
		t.Errorf("the builds are no suite: %+v", got.Suites)
	}
}

// TestChanged: of releases that are pinned before and after, what the index has otherwise is named.
func TestChanged(t *testing.T) {
	metadata := func(sha, requires string) string {
		return `"metadata":[{"file":"sdist","sha256":"` + sha + `","requires":[` + requires + `]}]`
	}
	const aa, bb = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	for _, test := range []struct {
		name, before, now string
		want              []string
	}{
		{"nothing", `{"version":"1.0","sdist":true,` + metadata(aa, `"x"`) + `}`, `{"version":"1.0","sdist":true,` + metadata(aa, `"x"`) + `}`, nil},
		{"a file came", `{"version":"1.0","sdist":true}`, `{"version":"1.0","sdist":true,"wheels":["py3-none-any"]}`, []string{"new file py3-none-any"}},
		{"a file went", `{"version":"1.0","sdist":true,"wheels":["py3-none-any"]}`, `{"version":"1.0","wheels":["py3-none-any"]}`, []string{"no file sdist"}},
		{"another file under the name", `{"version":"1.0","sdist":true,` + metadata(aa, `"x"`) + `}`, `{"version":"1.0","sdist":true,` + metadata(bb, `"x"`) + `}`, []string{"another file under the name sdist"}},
		{"other requirements without digests", `{"version":"1.0","sdist":true,"metadata":[{"file":"sdist","requires":["x"]}]}`,
			`{"version":"1.0","sdist":true,"metadata":[{"file":"sdist","requires":["y"]}]}`, []string{"other requirements of sdist"}},
		{"another requires-python", `{"version":"1.0","sdist":true}`, `{"version":"1.0","requires-python":">=3.9","sdist":true}`, []string{"another requires-python of sdist"}},
		{"classifiers are not read any more", `{"version":"1.0","sdist":true,"metadata":[{"file":"sdist","sha256":"` + aa + `","classifiers":["3"],"requires":["x"]}]}`,
			`{"version":"1.0","sdist":true,` + metadata(aa, `"x"`) + `}`, nil},
		{"it is another release", `{"version":"0.9","sdist":true}`, `{"version":"1.0","wheels":["py3-none-any"]}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			pinned := locked("py3.12-app-v1.0: lib==1.0")
			before := State{Lock: pinned, Facts: registry.Facts{}.With(parsed(t, "lib", test.before))}
			now := State{Lock: pinned, Facts: registry.Facts{}.With(parsed(t, "lib", test.now))}
			var got []string
			for _, c := range changes(before, now) {
				if c.Project != "lib" || c.Version != "1.0" || c.Environments != 1 {
					t.Errorf("got %+v", c)
				}
				got = append(got, c.What...)
			}
			equal(t, "changes", got, test.want)
			if unpinned := changes(State{Facts: before.Facts}, now); len(unpinned) > 0 {
				t.Errorf("a release that was not pinned: %v", unpinned)
			}
		})
	}
}
