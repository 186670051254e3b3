package triage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/results"
)

// configuration has three suites that follow projects, one with variants, and a static one.
const configuration = `project: {name: sdk}
pythons: [{version: "3.12", patch: 1}, {version: "3.13", patch: 1}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
build: [setuptools]
suites:
  a: {package: a, test-path: a, lowest: true}
  b: {package: b, test-path: b}
  c: {package: c, test-path: c, variants: {one: {}, two: {}}}
static:
  s: {pythons: [py3.12, py3.13], test-path: s}
testenv: {commands: [pytest]}
`

// stateOf returns a state. Each line is an environment, its pins, and its outcome, if it is known:
//
//	py3.12-a-v1.0: dep=1.0 other=2.0 | failed
//
// The builds of a Python are a line for `build py3.12`.
func stateOf(t *testing.T, c *config.Config, text string) State {
	t.Helper()
	s := State{Lock: lock.Lock{Environments: map[string]lock.Pins{}, Builds: lock.Builds{}}, Results: &results.Run{Environments: map[string]results.Environment{}}}
	for line := range strings.Lines(text) {
		name, rest, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found {
			continue
		}
		words, outcome, _ := strings.Cut(rest, "|")
		pins := lock.Pins{}
		for _, word := range strings.Fields(words) {
			project, version, _ := strings.Cut(word, "=")
			pins[project] = pep440.MustParse(version)
		}
		if factor, isBuild := strings.CutPrefix(name, "build py"); isBuild {
			v, _, err := python.Parse(factor)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range c.Interpreters() {
				if p.Major == v.Major && p.Minor == v.Minor {
					s.Lock.Builds[p] = pins
				}
			}
			continue
		}
		s.Lock.Environments[name] = pins
		outcome = strings.TrimSpace(outcome)
		e := results.Environment{Outcome: results.Passed}
		if steady, unsteady := strings.CutSuffix(outcome, " or passed"); unsteady {
			outcome, e.Unsteady = steady, true
		}
		if outcome != "" {
			e.Outcome = results.Outcome(outcome)
		}
		s.Results.Environments[name] = e
	}
	none := matrix.Select(c, nil, matrix.Before{}).Matrix
	s.Matrix = none.Earlier(c, s.Lock.Names())
	return s
}

func TestSort(t *testing.T) {
	c, findings := config.Parse(config.FileName, []byte(configuration))
	if c == nil {
		t.Fatal(findings)
	}
	for _, test := range []struct {
		name, before, now string
		// want are the causes: the kind and what is red, then the holds.
		want []string
	}{
		{"nothing is red", "py3.12-a-v1.0: dep=1", "py3.12-a-v2.0: dep=2", nil},
		{"a release in all environments that moved to it",
			"py3.12-a-v1.0: dep=1\npy3.13-a-v1.0: dep=1",
			"py3.12-a-v1.0: dep=1\npy3.12-a-v2.0: dep=2 | failed\npy3.13-a-v2.0: dep=2 | could not be installed",
			[]string{"release [a] 2.0: py3.12-a-v2.0 py3.13-a-v2.0", "a ==2.0"}},
		{"a release in the one environment that ran",
			"py3.12-a-v1.0:\npy3.13-a-v1.0:", "py3.12-a-v2.0: | failed\npy3.13-a-v2.0: | not run",
			[]string{"release [a] 2.0: py3.12-a-v2.0", "a ==2.0"}},
		{"a release that is green on another Python",
			"py3.12-a-v1.0:\npy3.13-a-v1.0:", "py3.12-a-v2.0:\npy3.13-a-v2.0: | failed",
			[]string{"python [a] 2.0 [py3.13]: py3.13-a-v2.0", "a ==2.0"}},
		{"a release that is new on a Python", "py3.12-a-v1.0:", "py3.12-a-v2.0:\npy3.13-a-v2.0: | failed",
			[]string{"python [a] 2.0 [py3.13]: py3.13-a-v2.0", "a ==2.0"}},
		{"a Python that is new to a release", "py3.12-a-v1.0:", "py3.12-a-v1.0:\npy3.13-a-v1.0: | failed",
			[]string{"python [a] [py3.13]: py3.13-a-v1.0"}},
		{"a Python that is new to a static suite", "py3.12-s:", "py3.12-s:\npy3.13-s: | failed", []string{"python [s] [py3.13]: py3.13-s"}},
		{"an older release that is tested now", "py3.12-a-v2.0: dep=1", "py3.12-a-v1.0: dep=1 | failed\npy3.12-a-v2.0: dep=1",
			[]string{"release [a] 1.0: py3.12-a-v1.0", "a ==1.0"}},
		{"a pin", "py3.12-a-v1.0: dep=1.0 other=1.0\npy3.13-a-v1.0: dep=1.0 other=1.0",
			"py3.12-a-v1.0: dep=2.0 other=1.0 | failed\npy3.13-a-v1.0: dep=2.0 other=1.0 | failed",
			[]string{"pins [a] dep 1.0→2.0: py3.12-a-v1.0 py3.13-a-v1.0", "dep!=2.0 for a"}},
		{"a pin of three suites, one of them static",
			"py3.12-a-v1.0: dep=1.0\npy3.12-b-v1.0: dep=1.1\npy3.12-s: dep=1.0",
			"py3.12-a-v1.0: dep=2.0 | failed\npy3.12-b-v1.0: dep=2.0 only=1.0 | failed\npy3.12-s: dep=2.0 mine=1.0 | failed",
			[]string{"pins [a b s] dep 1.0, 1.1→2.0: py3.12-a-v1.0 py3.12-b-v1.0 py3.12-s", "dep!=2.0 for a, b, s"}},
		{"a pin that moved in something green of the suite, too",
			"py3.12-a-v1.0: dep=1.0 x=1\npy3.13-a-v1.0: dep=1.0 x=1",
			"py3.12-a-v1.0: dep=2.0 x=2 | failed\npy3.13-a-v1.0: dep=1.0 x=2",
			[]string{"pins [a] dep 1.0→2.0: py3.12-a-v1.0", "dep!=2.0 for a"}},
		{"a pin that moved in something green of another suite, too",
			"py3.12-a-v1.0: dep=1.0 x=1\npy3.13-b-v1.0: x=1", "py3.12-a-v1.0: dep=2.0 x=2 | failed\npy3.13-b-v1.0: x=2",
			[]string{"pins [a] dep 1.0→2.0: py3.12-a-v1.0", "dep!=2.0 for a"}},
		{"two pins that moved elsewhere by themselves",
			"py3.12-a-v1.0: left=1 right=1\npy3.12-b-v1.0: left=1\npy3.12-s: right=1", "py3.12-a-v1.0: left=2 right=2 | failed\npy3.12-b-v1.0: left=2\npy3.12-s: right=2",
			[]string{"pins [a] left 1→2, right 1→2: py3.12-a-v1.0", "left!=2 for a", "right!=2 for a"}},
		{"a pin that is green on another Python",
			"py3.12-a-v1.0: dep=1.0\npy3.13-a-v1.0: dep=1.0", "py3.12-a-v1.0: dep=2.0 | failed\npy3.13-a-v1.0: dep=2.0",
			[]string{"pins [a] [py3.12] dep 1.0→2.0: py3.12-a-v1.0", "dep!=2.0 for a on py3.12"}},
		{"a pin that is green with another release",
			"py3.12-a-v1.0: dep=1.0\npy3.12-a-v2.0: dep=1.0", "py3.12-a-v1.0: dep=2.0 | failed\npy3.12-a-v2.0: dep=2.0",
			[]string{"pins [a] [py3.12] dep 1.0→2.0: py3.12-a-v1.0", "dep!=2.0 for a on py3.12"}},
		{"a project that is new", "py3.12-a-v1.0:", "py3.12-a-v1.0: dep=2.0 | failed", []string{"pins [a] dep →2.0: py3.12-a-v1.0", "dep!=2.0 for a"}},
		{"other pins on each Python", "py3.12-a-v1.0: x=1\npy3.13-a-v1.0: y=1", "py3.12-a-v1.0: x=2 | failed\npy3.13-a-v1.0: y=2 | failed",
			[]string{"pins [a] x 1→2: py3.12-a-v1.0", "x!=2 for a", "pins [a] y 1→2: py3.13-a-v1.0", "y!=2 for a"}},
		{"a release that pins explain",
			"py3.12-a-v1.0: dep=1.0\npy3.12-b-v1.0: dep=1.0", "py3.12-a-v2.0: dep=2.0 | failed\npy3.12-b-v1.0: dep=2.0 | failed",
			[]string{"pins [a b] dep 1.0→2.0: py3.12-b-v1.0 py3.12-a-v2.0", "dep!=2.0 for a, b"}},
		{"a release on a Python, by a pin that moved on that one only",
			"py3.12-a-v1.0: dep=1.0\npy3.13-a-v1.0: dep=1.0", "py3.12-a-v2.0: dep=1.0\npy3.13-a-v2.0: dep=2.0 | failed",
			[]string{"pins [a] dep 1.0→2.0: py3.13-a-v2.0", "dep!=2.0 for a"}},
		{"flaky: nothing moved", "py3.12-a-v1.0: dep=1.0", "py3.12-a-v1.0: dep=1.0 | failed", []string{"flaky [a]: py3.12-a-v1.0"}},
		{"flaky: green in another run", "py3.12-a-v1.0: dep=1.0", "py3.12-a-v2.0: dep=2.0 | failed or passed", []string{"flaky [a]: py3.12-a-v2.0"}},
		{"flaky before", "py3.12-a-v1.0: dep=1.0 | failed or passed", "py3.12-a-v1.0: dep=2.0 | failed", []string{"flaky [a]: py3.12-a-v1.0"}},
		{"red before", "py3.12-a-v1.0: dep=1.0 | failed", "py3.12-a-v1.0: dep=2.0 | failed", []string{"before [a]: py3.12-a-v1.0"}},
		{"red before with another release", "py3.12-a-v1.0: dep=1.0 | failed", "py3.12-a-v2.0: dep=1.0 | failed", []string{"before [a]: py3.12-a-v2.0"}},
		{"an installation, although nothing moved", "py3.12-a-v1.0: dep=1.0", "py3.12-a-v1.0: dep=1.0 | could not be installed", []string{"installation [a]: py3.12-a-v1.0"}},
		{"an installation, by what builds need",
			"py3.12-a-v1.0:\nbuild py3.12: setuptools=81", "py3.12-a-v1.0: | could not be installed\nbuild py3.12: setuptools=82",
			[]string{"pins [a] setuptools 81→82: py3.12-a-v1.0"}},
		{"what builds need does not fail a test",
			"py3.12-a-v1.0:\nbuild py3.12: setuptools=81", "py3.12-a-v1.0: | failed\nbuild py3.12: setuptools=82", []string{"flaky [a]: py3.12-a-v1.0"}},
		{"nothing tested is not red", "py3.12-a-v1.0:", "py3.12-a-v2.0: | nothing tested", nil},
		{"a variant", "py3.12-c-one-v1.0:\npy3.12-c-two-v1.0:", "py3.12-c-one-v2.0: | failed\npy3.12-c-two-v2.0:",
			[]string{"release [c-one] 2.0: py3.12-c-one-v2.0", "c-one ==2.0"}},
		{"the lowest releases of a suite", "py3.12-a.lowest-v1.0: dep=1.0", "py3.12-a.lowest-v1.0: dep=1.1 | failed",
			[]string{"pins [a] dep 1.0→1.1: py3.12-a.lowest-v1.0", "dep!=1.1 for a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := Question{Now: stateOf(t, c, test.now), Before: stateOf(t, c, test.before), Since: func(string, pep440.Version) time.Time { return time.Time{} }}
			var got []string
			for _, cause := range Sort(q).Causes {
				got = append(got, describe(&cause))
				for _, h := range cause.Holds() {
					got = append(got, h.String())
				}
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// describe returns a cause in one line.
func describe(c *Cause) string {
	parts := []string{string(c.Kind), fmt.Sprint(c.Suites)}
	if c.Release != "" {
		parts = append(parts, c.Release)
	}
	if c.Pythons != nil {
		parts = append(parts, fmt.Sprint(c.Pythons))
	}
	var pins, red []string
	for _, p := range c.Pins {
		pins = append(pins, p.Project+" "+strings.Join(p.From, ", ")+"→"+p.To)
	}
	if pins != nil {
		parts = append(parts, strings.Join(pins, ", "))
	}
	for _, e := range c.Red {
		red = append(red, e.Environment)
	}
	return strings.Join(parts, " ") + ": " + strings.Join(red, " ")
}

// TestWithoutBase sorts without results of the state before: what is red counts as new, and the report says so.
func TestWithoutBase(t *testing.T) {
	c, _ := config.Parse(config.FileName, []byte(configuration))
	before := stateOf(t, c, "py3.12-a-v1.0: dep=1.0 | failed")
	before.Results = nil
	q := Question{Now: stateOf(t, c, "py3.12-a-v1.0: dep=2.0 | failed"), Before: before, Since: func(string, pep440.Version) time.Time { return time.Time{} }}
	r := Sort(q)
	if len(r.Causes) != 1 || r.Causes[0].Kind != Pins || r.Compared || !strings.Contains(r.Markdown(1000), "what is red can have been red before") {
		t.Errorf("got %+v", r)
	}
}

// report returns a report with a cause of each kind, and with texts that Markdown and terminals would obey.
func hostile() *Report {
	const bad = "1 failed | @team #1 <!-- [a](b) `x` \x1b[2J ::error::x\n\u202e"
	red := []Evidence{{"py3.12-a-v2.0", results.Failed, bad}, {"py3.13-a-v2.0", results.NotInstalled, ""}}
	r := &Report{Version: 1, Outcomes: []Count{{results.Failed, 1}, {results.NotInstalled, 1}, {results.Passed, 7}}, Faults: []string{bad}}
	since := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for _, kind := range kinds {
		r.Causes = append(r.Causes, Cause{Kind: kind, Suites: []string{"a"}, Red: red})
	}
	r.Causes[0].Release, r.Causes[0].Since, r.Causes[0].Held = "2.0", since, []string{"a ==2.0"}
	r.Causes[1].Suites, r.Causes[1].Pins = []string{"a", "b"}, []Pin{{Project: "dep", From: []string{"1.0"}, To: "2.0", Since: since}, {Project: "new", To: "1.0", Green: 2}}
	r.Causes[1].Others = []Pin{{Project: "other", From: []string{"1"}, To: "2", Green: 3}}
	r.Causes[2].Pythons = []string{"py3.13"}
	return r
}

func TestTexts(t *testing.T) {
	r := hostile()
	var lines strings.Builder
	r.Print(&lines)
	markdown := r.Markdown(100_000)
	for _, want := range []string{
		"environments: 1 failed, 1 could not be installed, 7 passed",
		"release: suite a: release 2.0 is red in all 2 environments that moved to it (on the index since 2026-11-25)\n",
		"pins: suites a, b: in all 2 environments that are red moved dep 1.0 → 2.0, in no green one (on the index since 2026-11-25) and new new → 1.0, in 2 green ones, too\n",
		"  also: other 1 → 2, in 3 green ones, too\n",
		"  py3.13-a-v2.0 could not be installed\n",
		"  held: a ==2.0\n", "  hint: under constraints: dep!=2.0 for a, b\n", "  hint: run it again\n",
		"python: suite a is red on py3.13, where it was not tested before\n",
		`  py3.12-a-v2.0 failed: 1 failed | @team #1 <!-- [a](b) ` + "`x`" + ` \x1b[2J ::error::x\n\u202e` + "\n",
	} {
		if !strings.Contains(lines.String(), want) {
			t.Errorf("the lines lack %q:\n%s", want, &lines)
		}
	}
	for _, want := range []string{
		"| release | suite `a`: release `2.0` is red in all 2 environments that moved to it (on the index since 2026-11-25) | `py3.12-a-v2.0` failed: `` 1 failed \\x7c @team",
		"| `a ==2.0` |\n", "no: `under constraints: dep!=2.0 for a, b`",
	} {
		if !strings.Contains(markdown, want) {
			t.Errorf("the Markdown lacks %q:\n%s", want, markdown)
		}
	}
	for _, text := range []string{markdown, string(r.JSON())} {
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("not escaped: %q", text)
		}
	}
	if n := strings.Count(markdown, "\n"); n != 3+len(kinds)+1+1+1 {
		t.Errorf("%d lines:\n%s", n, markdown)
	}
	for limit := 200; limit < 3000; limit += 50 {
		cut := r.Markdown(limit)
		if n := len([]rune(cut)); n > limit+len(r.size()) || !slices.Contains([]string{"|", ".", ")", "`", "n"}, string(cut[len(cut)-2])) {
			t.Errorf("limit %d: %d characters, ending with %q", limit, n, cut[max(0, len(cut)-40):])
		}
	}
}

// TestIssues checks that there is an issue for each rule that was written, with a title that stays the same and a body that GitHub takes.
func TestIssues(t *testing.T) {
	r := &Report{Compared: true, Run: "https://example.org/runs/1", Program: display.Mage, Causes: []Cause{
		{Kind: Release, Suites: []string{"flask"}, Release: "3.1", Red: []Evidence{{Environment: "py3.12-flask-v3.1", Outcome: results.Failed, Line: "@everyone fixes #1"}}, Held: []string{"flask ==3.1 until 2027-01-31"}},
		{Kind: Flaky, Suites: []string{"django"}},
		{Kind: Pins, Suites: []string{"a", "b"}, Held: []string{"left!=2.0 for a, b until 2027-01-31", "right!=2.0 for a, b until 2027-01-31"}},
	}}
	issues := r.Issues(2_000)
	var titles []string
	for _, issue := range issues {
		titles = append(titles, issue.Title)
		if len(issue.Body) > 2_000 || !strings.HasPrefix(issue.Body, "Held back after [this run](https://example.org/runs/1): `") {
			t.Errorf("%s: %s", issue.Title, issue.Body)
		}
	}
	if want := []string{"Held back: flask ==3.1", "Held back: left!=2.0 for a, b", "Held back: right!=2.0 for a, b"}; !slices.Equal(titles, want) {
		t.Errorf("got %q, want %q", titles, want)
	}
	if body := issues[0].Body; !strings.Contains(body, "`@everyone fixes #1`") || !strings.Contains(body, "The first update after that day tests without it.") || strings.Contains(body, "django") {
		t.Errorf("%s", body)
	}
	if none := (&Report{}).Issues(2_000); none == nil || len(none) > 0 {
		t.Errorf("%q", none)
	}
}
