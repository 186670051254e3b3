package support

import (
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// sampleConfig has suites of every kind, and everything that can hold something back.
const sampleConfig = `
project: {name: sdk}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.9", patch: 25}
  - {version: "3.13", patch: 13, free-threaded: true, platform: {system: windows, machine: amd64}, runs-on: windows-latest}
  - {version: "3.14", patch: 4, free-threaded: true}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
groups:
  - {name: Web, suites: [flask, quart]}
  - {name: Rest, suites: [odd, early, old, post, undated, off, common, idle]}
suites:
  flask:
    package: flask[async]
    minimum: "1.0"
    maximum: "4"
    test-path: t
    lowest: true
    hold: [{exclude: ">2", reason: 3.0 cannot be imported, issue: "https://example.org/1?a=b&c=d", until: 2027-01-31}]
    may-fail: {pythons: [py3.14, py3.14t], reason: too new}
  quart:
    package: quart
    test-path: t
    variants: {sync: {requires: ["greenlet<2"]}, async: {requires: ["greenlet>=2"]}}
  odd: {package: odd, test-path: t}
  early: {package: early, test-path: t}
  old: {package: old, test-path: t}
  post: {package: post, test-path: t}
  undated: {package: undated, test-path: t}
  off: {package: flask, test-path: t, disabled: {reason: flaky, until: 2027-02-28}}
static:
  common: {pythons: [py3.9, py3.14t], test-path: t, lowest: true}
  lint: {python: py3.14, ci: false, commands: [lint]}
  idle: {pythons: [py3.9], test-path: t, disabled: {reason: unused}}
constraints:
  - {requirement: "setuptools<82", when: [py3.8], reason: pkg_resources}
  - {requirement: "greenlet<3", suites: [quart], issue: "https://example.org/2"}
testenv: {commands: [pytest]}
`

// sampleFacts are the lines of the registry by project.
var sampleFacts = map[string][]string{
	"flask": {
		release("1.0", "2020-01-01T00:00:00Z", "3.8 3.9"),
		release("2.0", "2024-01-01T12:00:00Z", "3.8 3.9 3.13 3.14", `"verdicts":[{"python":"3.13t","extras":["async"],"supported":true,"reason":"all wheels"},`+
			`{"python":"3.14t","extras":["async"],"supported":false,"reason":"greenlet has no wheel for 3.14t"}]`),
		release("3.0", "2024-03-01T11:00:00Z", "3.9 3.14"),
		release("3.1", "2025-01-01T00:00:00Z", "3.9 3.14", `"yanked":"broken"`),
		release("3.2.dev1", "2025-01-02T00:00:00Z", "3.9 3.14"),
	},
	"quart":   {release("1.0", "2023-01-01T00:00:00Z", "3.9"), release("2.0", "2023-02-01T00:00:00Z", "3.9"), release("3.0rc1", "2023-03-01T00:00:00Z", "3.9")},
	"odd":     {release("1.0.9", "2025-06-02T00:00:00Z", "3.9"), release("2.0", "2025-06-01T00:00:00Z", "3.99")},
	"early":   {release("1.0a1", "2025-06-01T00:00:00Z", "3.9"), release("1.0a2", "2025-06-02T00:00:00Z", "3.9")},
	"old":     {release("1.0", "2020-01-01T00:00:00Z", "3.8 3.9"), release("2.0", "2022-01-01T00:00:00Z", "3.9")},
	"post":    {release("1.0", "2025-01-01T00:00:00Z", "3.9"), release("1.0.post1", "2025-01-03T00:00:00Z", "3.9")},
	"undated": {release("1.0", "", "3.9"), release("2.0", "2025-01-03T00:00:00Z", "3.9")},
}

// release returns a line of the registry.
func release(version, uploaded, pythons string, more ...string) string {
	line := `{"version":"` + version + `",`
	if uploaded != "" {
		line += `"uploaded":"` + uploaded + `",`
	}
	classifiers := `["` + strings.Join(strings.Fields(pythons), `","`) + `"]`
	return line + strings.Join(append([]string{`"wheels":["py3-none-any"],"metadata":[{"classifiers":` + classifiers + `}]`}, more...), ",") + "}"
}

// sample returns the table of the configuration and the facts above. quart-async passes over its newest release.
func sample(t *testing.T) *Table {
	t.Helper()
	c, faults := config.Parse("toxgen.yaml", []byte(sampleConfig))
	if c == nil {
		t.Fatal(faults)
	}
	facts := registry.Facts{}
	for name, lines := range sampleFacts {
		project, _, faults := registry.Parse(name, []byte(strings.Join(lines, "\n")+"\n"))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		facts[name] = project
	}
	two := pep440.MustParse("2.0")
	for _, e := range matrix.Select(c, facts, matrix.Before{}).Matrix.Environments() {
		if e.Suite.Name == "quart-async" && e.Pick.Version.Equal(two) && !e.Alias {
			passed := *facts.Release("quart", two)
			passed.Unresolvable = []registry.Unresolvable{{Suite: e.Suite.Name, Python: "3.9", Reason: "greenlet<2 and greenlet>=2", Roots: e.RootsDigest(c)}}
			facts = facts.With(facts["quart"].With(passed))
		}
	}
	return New(c, facts, matrix.Select(c, facts, matrix.Before{}).Matrix)
}
