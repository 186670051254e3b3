package update

import (
	"fmt"
	"testing"

	"toxgen/internal/registry"
)

// TestClaims: a line that came, changed or went is a claim, whatever became of its verdicts.
func TestClaims(t *testing.T) {
	const verdict = `,"unresolvable":[{"suite":"app","python":"3.12","reason":"r","roots":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]`
	facts := func(lines map[string][]string) registry.Facts {
		f := registry.Facts{}
		for name, text := range lines {
			f = f.With(parsed(t, name, text...))
		}
		return f
	}
	before := facts(map[string][]string{
		"app":  {`{"version":"1.0","sdist":true}`, `{"version":"2.0","sdist":true}`},
		"gone": {`{"version":"1.0","sdist":true}`},
		"lib":  {`{"version":"1.9","sdist":true}`, `{"version":"1.10","sdist":true}`},
		"less": {`{"version":"1.0","sdist":true,"metadata":[{"file":"sdist","classifiers":["3"],"requires":["a"]}]}`, `{"version":"2.0","sdist":true,"metadata":[{"file":"sdist","requires":["a"]}]}`},
	})
	after := facts(map[string][]string{
		"app":  {`{"version":"1.0","sdist":true` + verdict + `}`, `{"version":"2.0","sdist":true}`},
		"lib":  {`{"version":"1.9","sdist":true,"wheels":["py3-none-any"]}`, `{"version":"1.10","yanked":true,"sdist":true}`, `{"version":"2.0","sdist":true}`},
		"new":  {`{"version":"1.0","sdist":true}`},
		"less": {`{"version":"1.0","sdist":true,"metadata":[{"file":"sdist","classifiers":["3"]}]}`, `{"version":"2.0","sdist":true,"metadata":[{"file":"sdist","requires":[]}]}`},
	})
	var got []string
	for _, c := range Claims(before, after) {
		got = append(got, fmt.Sprint(c.Project, " ", c.Version, " ", c.Before != nil, " ", c.After != nil))
	}
	equal(t, "claims", got, []string{"gone 1.0 true false", "less 2.0 true true", "lib 1.9 true true", "lib 1.10 true true", "lib 2.0 false true", "new 1.0 false true"})
	if again := Claims(before, before); len(again) > 0 {
		t.Errorf("the same facts claim %v", again)
	}
	if all := Claims(nil, after); len(all) != 8 {
		t.Errorf("to no facts, %d lines are claims, want 8", len(all))
	}
}

// TestContradictions: everything that a line states is compared, and requirements are named.
func TestContradictions(t *testing.T) {
	const stated = `{"version":"1.0","uploaded":"2026-01-01T00:00:00Z","sdist":true,"metadata":[{"file":"sdist","requires":["a","b"]}]}`
	for _, test := range []struct {
		name, claimed string
		want          []string
	}{
		{"the same", stated, nil},
		{"verdicts", `{"version":"1.0","uploaded":"2026-01-01T00:00:00Z","sdist":true,"metadata":[{"file":"sdist","requires":["a","b"]}],"verdicts":[{"python":"3.14t","supported":true,"reason":"r"}]}`, nil},
		{"a requirement more and one less", `{"version":"1.0","uploaded":"2026-01-01T00:00:00Z","sdist":true,"metadata":[{"file":"sdist","requires":["a","evil"]}]}`,
			[]string{`it requires "evil", which the index does not say`, `it leaves out that it requires "b"`}},
		{"requirements in another order", `{"version":"1.0","uploaded":"2026-01-01T00:00:00Z","sdist":true,"metadata":[{"file":"sdist","requires":["b","a"]}]}`,
			[]string{`its metadata is [{"file":"sdist","requires":["b","a"]}], and by the index [{"file":"sdist","requires":["a","b"]}]`}},
		{"the time and a yank", `{"version":"1.0","uploaded":"2025-01-01T00:00:00Z","yanked":"y","sdist":true,"metadata":[{"file":"sdist","requires":["a","b"]}]}`,
			[]string{`its uploaded is "2025-01-01T00:00:00Z", and by the index "2026-01-01T00:00:00Z"`, `its yanked is "y", and the index states none`}},
		{"no sdist", `{"version":"1.0","uploaded":"2026-01-01T00:00:00Z"}`,
			[]string{`it leaves out that it requires "a"`, `it leaves out that it requires "b"`, `it leaves out sdist, which is true`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Contradictions(&parsed(t, "lib", test.claimed).Releases[0], &parsed(t, "lib", stated).Releases[0])
			equal(t, "contradictions", got, test.want)
		})
	}
}
