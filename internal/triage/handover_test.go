package triage

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
)

func TestParse(t *testing.T) {
	r := hostile()
	got, err := Parse(r.JSON())
	r.Causes[0].Held = nil
	if d := cmp.Diff(r, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "not a report"},
		{"a list", "[]", "not a report"},
		{"another version", `{"version": 2, "outcomes": [], "compared": true, "causes": []}`, "the report has format 2, of a newer toxgen: this one knows format 1: update toxgen"},
		{"an unknown field", `{"version": 1, "command": "x"}`, "unknown field"},
		{"data after it", string(r.JSON()) + "{}", "unexpected data after it"},
		{"an unknown kind", `{"version": 1, "causes": [{"kind": "hold"}]}`, "unknown kind"},
		{"an unknown outcome", `{"version": 1, "causes": [{"kind": "flaky", "red": [{"outcome": "@team"}]}]}`, "unknown outcome"},
		{"a count of an unknown outcome", `{"version": 1, "outcomes": [{"outcome": "@team"}]}`, `no outcome is called "@team"`},
		{"many causes", `{"version": 1, "causes": [` + strings.Repeat(`{"kind": "flaky"},`, 1000) + `{"kind": "flaky"}]}`, "more than 1000 causes"},
		{"a large one", `{"version": 1, "run": "` + strings.Repeat("x", 8<<20) + `"}`, "more than 8388608 bytes"},
	} {
		if _, err := Parse([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, not %q", test.name, err, test.want)
		}
	}
}

// TestRefuse checks that a report which is handed over can hold what moved, and nothing else.
func TestRefuse(t *testing.T) {
	c, _ := config.Parse(config.FileName, []byte(configuration))
	q := Question{
		Before: stateOf(t, c, "py3.12-a-v1.0: dep=1.0 same=1.0\npy3.12-b-v1.0: dep=1.0\npy3.12-s: dep=1.0"),
		Now:    stateOf(t, c, "py3.12-a-v2.0: dep=2.0 same=1.0\npy3.12-b-v1.0: dep=1.0\npy3.12-s: dep=2.0"),
		Since:  func(string, pep440.Version) time.Time { return time.Time{} },
	}
	for _, test := range []struct {
		name  string
		cause Cause
		want  string // empty: it is accepted
	}{
		{"a release", Cause{Kind: Release, Suites: []string{"a"}, Release: "2.0"}, ""},
		{"a release on a Python", Cause{Kind: Python, Suites: []string{"a"}, Release: "2.0", Pythons: []string{"py3.12"}}, ""},
		{"a pin of two suites", Cause{Kind: Pins, Suites: []string{"a", "s"}, Pins: []Pin{{Project: "dep", To: "2.0"}}}, ""},
		{"what cannot be held", Cause{Kind: Flaky, Suites: []string{"b"}}, ""},
		{"a release that was tested before", Cause{Kind: Release, Suites: []string{"b"}, Release: "1.0"}, "did not move to release"},
		{"a release that there is not", Cause{Kind: Release, Suites: []string{"a"}, Release: "3.0"}, "did not move to release"},
		{"another text of the release", Cause{Kind: Release, Suites: []string{"a"}, Release: "2"}, "did not move to release"},
		{"a specifier", Cause{Kind: Release, Suites: []string{"a"}, Release: "2.0,>0"}, "did not move to release"},
		{"no release", Cause{Kind: Release, Suites: []string{"a"}}, "did not move to release"},
		{"a release of a static suite", Cause{Kind: Release, Suites: []string{"s"}, Release: "2.0"}, "did not move to release"},
		{"a release of two suites", Cause{Kind: Release, Suites: []string{"a", "b"}, Release: "2.0"}, "did not move to release"},
		{"a pin that stayed", Cause{Kind: Pins, Suites: []string{"a"}, Pins: []Pin{{Project: "same", To: "1.0"}}}, "no pin of it moved"},
		{"a pin that moved elsewhere", Cause{Kind: Pins, Suites: []string{"a", "b"}, Pins: []Pin{{Project: "dep", To: "2.0"}}}, `suite "b": no pin of it moved`},
		{"a requirement", Cause{Kind: Pins, Suites: []string{"a"}, Pins: []Pin{{Project: "dep", To: "2.0,>0"}}}, "no pin of it moved"},
		{"a Python that there is not", Cause{Kind: Pins, Suites: []string{"a"}, Pythons: []string{"py2.7"}, Pins: []Pin{{Project: "dep", To: "2.0"}}}, "not tested on"},
		{"an unknown suite", Cause{Kind: Flaky, Suites: []string{"x"}}, "nothing of it is tested"},
		{"no suite", Cause{Kind: Flaky}, "has no suite"},
	} {
		err := Refuse(q, &Report{Version: 1, Causes: []Cause{test.cause}})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, not %q", test.name, err, test.want)
		}
	}
}

// FuzzParse checks that a report that is handed over is written as it was read, and that no text of it breaks the table.
func FuzzParse(f *testing.F) {
	f.Add(hostile().JSON())
	f.Add([]byte(`{"version": 1, "causes": [{"kind": "pins", "suites": ["a"], "pins": [{"project": "|", "to": "` + "`" + `"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		again, err := Parse(r.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(r.JSON()), string(again.JSON())); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		for line := range strings.Lines(r.Markdown(60_000)) {
			if strings.HasPrefix(line, "| ") && strings.Count(line, "|") != 5 {
				t.Errorf("%q is no row of the table", line)
			}
		}
	})
}
