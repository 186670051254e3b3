package matrix

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/registry"
)

// rooted is a configuration of which TestRootsDigest changes one thing at a time.
const rooted = `
project: {name: sdk, requires: [urllib3]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.14", patch: 4, free-threaded: true}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
constraints:
  - {requirement: "everywhere<1"}
  - {requirement: "here<2", when: [py3.8], suites: [a]}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
testenv: {commands: [pytest], requires: [coverage]}
groups: [{name: G, suites: [a, b, tool]}]
suites:
  a: {package: "A[x]", test-path: t, requires: [{when: "*", add: [for-all]}, {when: "<2", add: [for-old]}, {when: [py3.8], add: [for-38]}]}
  b: {package: a, test-path: t, requires: [{when: "*", add: [other]}]}
static:
  tool: {test-path: t, pythons: [py3.8], requires: [{when: "*", add: [lib]}]}
`

// rootedConfig returns the configuration after replacements: pairs of an old text, which must be there, and a new one.
func rootedConfig(t *testing.T, replacements ...string) *config.Config {
	t.Helper()
	text := rooted
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(text, replacements[i]) {
			t.Fatalf("the configuration does not contain %q", replacements[i])
		}
		text = strings.Replace(text, replacements[i], replacements[i+1], 1)
	}
	c, faults := config.Parse("toxgen.yaml", []byte(text))
	if c == nil {
		t.Fatal(faults)
	}
	return c
}

// named returns the environment of a name, as far as suites without facts keep it.
func named(t *testing.T, c *config.Config, name string) Environment {
	t.Helper()
	for _, e := range Select(c, registry.Facts{}, Before{Environments: []string{name}}).Matrix.Environments() {
		if e.Name() == name {
			return e
		}
	}
	t.Fatalf("there is no environment %s", name)
	return Environment{}
}

func TestRoots(t *testing.T) {
	c := rootedConfig(t, "add: [lib]}]}", "add: [lib]}]}\n  bare: {test-path: t, pythons: [py3.8], skip-install: true, ci: false, requires: [{when: \"*\", add: [lint]}]}")
	for _, test := range []struct{ environment, requires, roots, constraints string }{
		{"py3.8-a-v1.0", "for-all for-old for-38", "urllib3 coverage", "everywhere<1 here<2"},
		{"py3.12-a-v1.0", "for-all for-old", "urllib3 coverage", "everywhere<1"},
		{"py3.12-a-v2.0", "for-all", "urllib3 coverage", "everywhere<1"},
		{"py3.12-a-v2.0a1", "for-all", "urllib3 coverage", "everywhere<1"},
		{"py3.8-b-v1.0", "other", "urllib3 coverage", "everywhere<1"},
		{"py3.8-tool", "lib", "urllib3 coverage", "everywhere<1"},
		{"py3.8-bare", "lint", "", "everywhere<1"},
	} {
		t.Run(test.environment, func(t *testing.T) {
			e := named(t, c, test.environment)
			var constraints []string
			for _, k := range e.Constraints(c) {
				constraints = append(constraints, k.Requirement.Text)
			}
			got := []string{requirementTexts(e.Requires()), requirementTexts(e.Roots(c)), strings.Join(constraints, " ")}
			want := []string{test.requires, strings.TrimSpace(test.requires + " " + test.roots), test.constraints}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func requirementTexts(list []config.Requirement) string {
	var words []string
	for _, r := range list {
		words = append(words, r.Text)
	}
	return strings.Join(words, " ")
}

// TestRootsDigest: the digest changes with everything that is asked of an environment, and with nothing else.
func TestRootsDigest(t *testing.T) {
	const name = "py3.8-a-v1.0"
	before := named(t, rootedConfig(t), name).RootsDigest(rootedConfig(t))
	if len(before) != 64 || strings.Trim(before, "0123456789abcdef") != "" {
		t.Fatalf("the digest is %q", before)
	}
	seen := map[string]string{before: "nothing"}
	for _, test := range []struct {
		name, old, new string
		same           bool
	}{
		{name: "a rule", old: "add: [for-all]", new: "add: [for-all>1]"},
		{name: "a rule for the release", old: "add: [for-old]", new: "add: [for-old>1]"},
		{name: "a rule for the Python", old: "add: [for-38]", new: "add: [for-38>1]"},
		{name: "a rule that matches no more", old: `when: "<2"`, new: `when: "<1"`},
		{name: "the order of rules", old: `{when: "*", add: [for-all]}, {when: "<2", add: [for-old]}`, new: `{when: "<2", add: [for-old]}, {when: "*", add: [for-all]}`},
		{name: "what the SDK requires", old: "[urllib3]", new: "[urllib3>1]"},
		{name: "what every environment has", old: "[coverage]", new: "[coverage>1]"},
		{name: "a constraint", old: `"everywhere<1"`, new: `"everywhere<3"`},
		{name: "a constraint for the Python and the suite", old: `"here<2"`, new: `"here<3"`},
		{name: "a constraint that is gone", old: `  - {requirement: "everywhere<1"}` + "\n", new: ""},
		{name: "the patch of the Python", old: "patch: 20", new: "patch: 19"},
		{name: "the machine", old: "x86_64", new: "aarch64"},
		{name: "the C library", old: "glibc-2.28", new: "glibc-2.17"},
		{name: "the name of the SDK, which is provided", old: "{name: sdk,", new: "{name: sdk-2,"},
		{name: "the extras", old: `"A[x]"`, new: `"A[x,y]"`},
		{name: "no extras", old: `"A[x]"`, new: "A"},

		{name: "a rule for other releases", old: `{when: "<2"`, new: `{when: ">2", add: [unrelated]}, {when: "<2"`, same: true},
		{name: "a rule for other Pythons", old: `{when: "<2"`, new: `{when: [py3.12], add: [unrelated]}, {when: "<2"`, same: true},
		{name: "another suite", old: "add: [other]", new: "add: [unrelated]", same: true},
		{name: "a static suite", old: "add: [lib]", new: "add: [unrelated]", same: true},
		{name: "a constraint for another Python", old: "constraints:\n", new: "constraints:\n  - {requirement: \"x<1\", when: [py3.12]}\n", same: true},
		{name: "a constraint for another suite", old: "constraints:\n", new: "constraints:\n  - {requirement: \"x<1\", suites: [b]}\n", same: true},
		{name: "the patch of another Python", old: "patch: 13", new: "patch: 12", same: true},
		{name: "one Python less", old: "  - {version: \"3.14\", patch: 4, free-threaded: true}\n", new: "", same: true},
		{name: "what is tested", old: "test-path: t, requires: [{when: \"*\", add: [for-all]}", new: "test-path: u, versions: 3, requires: [{when: \"*\", add: [for-all]}", same: true},
		{name: "the reason of a constraint", old: `"everywhere<1"`, new: `"everywhere<1", reason: r`, same: true},
		{name: "the spelling of a requirement", old: `"everywhere<1"`, new: `"everywhere < 1"`, same: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := rootedConfig(t, test.old, test.new)
			digest := named(t, c, name).RootsDigest(c)
			if same := digest == before; same != test.same {
				t.Errorf("it is the same: %v, want %v", same, test.same)
			}
			if other, found := seen[digest]; found && !test.same {
				t.Errorf("it is that of a change of %s", other)
			}
			seen[digest] = test.name
		})
	}
	c := rootedConfig(t)
	for _, other := range []string{"py3.12-a-v1.0", "py3.8-a-v1.1", "py3.8-b-v1.0", "py3.8-tool", "py3.14t-a-v1.0", "py3.14-a-v1.0"} {
		digest := named(t, c, other).RootsDigest(c)
		if seen[digest] != "" {
			t.Errorf("%s has the digest of %s", other, seen[digest])
		}
		seen[digest] = other
	}
}

// unresolvableBy returns a line of the registry with the verdict that a suite cannot have a release on a Python.
func unresolvableBy(version, suite, python, roots string) string {
	return strings.TrimSuffix(release(version, "3.8 3.12"), "}") +
		fmt.Sprintf(`,"unresolvable":[{"suite":%q,"python":%q,"reason":"six clashes","roots":%q}]}`, suite, python, roots)
}

// TestPassedOver: a suite passes a release over by a verdict of its own, as long as the same is asked on a Python that
// it admits.
func TestPassedOver(t *testing.T) {
	const none = "0000000000000000000000000000000000000000000000000000000000000000"
	plain := rootedConfig(t)
	roots := func(name string) string { return named(t, plain, name).RootsDigest(plain) }
	for _, test := range []struct {
		name         string
		replacements []string
		releases     []string
		// want are the picks of the suites a and b, and what a passes over.
		a, b, passed string
	}{
		{"the older patch takes its place", nil, []string{release("1.0", "3.8"), release("1.1.1", "3.8"), unresolvableBy("1.1.2", "a", "3.8", roots("py3.8-a-v1.1.2"))}, "1.0 1.1.1", "1.0 1.1.2", "1.1.2 3.8"},
		{"a minor line without another patch goes", nil, []string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.12", roots("py3.12-a-v1.1"))}, "1.0", "1.0 1.1", "1.1 3.12"},
		{"the pre-release before it", nil, []string{release("1.0", "3.8"), release("2.0a1", "3.8"), unresolvableBy("2.0a2", "a", "3.8", roots("py3.8-a-v2.0a2"))}, "1.0 2.0a1", "1.0 2.0a2", "2.0a2 3.8"},
		{"the verdict is of another suite", nil, []string{release("1.0", "3.8"), unresolvableBy("1.1", "b", "3.8", roots("py3.8-b-v1.1"))}, "1.0 1.1", "1.0", ""},
		{"something else was asked", nil, []string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.8", none)}, "1.0 1.1", "1.0 1.1", ""},
		{"the same was asked on another Python", nil, []string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.8", roots("py3.12-a-v1.1"))}, "1.0 1.1", "1.0 1.1", ""},
		{"the roots changed", []string{"add: [for-all]", "add: [for-all>1]"}, []string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.8", roots("py3.8-a-v1.1"))}, "1.0 1.1", "1.0 1.1", ""},
		{"roots of other Pythons changed", []string{`{when: "<2"`, `{when: [py3.12], add: [new]}, {when: "<2"`}, []string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.8", roots("py3.8-a-v1.1"))}, "1.0", "1.0 1.1", "1.1 3.8"},
		{"the suite does not admit the Python any more", []string{`{package: "A[x]",`, `{package: "A[x]", python: ">=3.12",`},
			[]string{release("1.0", "3.8 3.12"), unresolvableBy("1.1", "a", "3.8", roots("py3.8-a-v1.1"))}, "1.0 1.1", "1.0 1.1", ""},
		{"it does not for this release", []string{`{package: "A[x]",`, `{package: "A[x]", python: [{release: ">=1.1", python: ">=3.12"}],`},
			[]string{release("1.0", "3.8 3.12"), unresolvableBy("1.1", "a", "3.8", roots("py3.8-a-v1.1"))}, "1.0 1.1", "1.0 1.1", ""},
		{"the Python is not declared any more", []string{"  - {version: \"3.14\", patch: 4, free-threaded: true}\n", ""},
			[]string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.14", roots("py3.14-a-v1.1"))}, "1.0 1.1", "1.0 1.1", ""},
		{"a free-threaded build", nil, []string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.14t", roots("py3.14t-a-v1.1"))}, "1.0", "1.0 1.1", "1.1 3.14t"},
		{"what is held is not passed over too", []string{`{package: "A[x]",`, `{package: "A[x]", hold: [{exclude: "==1.1"}],`},
			[]string{release("1.0", "3.8"), unresolvableBy("1.1", "a", "3.8", roots("py3.8-a-v1.1"))}, "1.0", "1.0 1.1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, _, faults := registry.Parse("a", []byte(strings.Join(test.releases, "\n")+"\n"))
			if p == nil {
				t.Fatal(faults)
			}
			s := Select(rootedConfig(t, test.replacements...), registry.Facts{"a": p}, Before{})
			a, b := s.Matrix.Suites[0], s.Matrix.Suites[1]
			var passed, messages []string
			for _, one := range a.PassedOver {
				passed = append(passed, one.Version.String()+" "+one.Python)
				messages = append(messages, fmt.Sprintf("suite %q passes over a %s: on Python %s six clashes", "a", one.Version, one.Python))
			}
			got := []string{pickTexts(a.Picks), pickTexts(b.Picks), strings.Join(passed, "; ")}
			if diff := cmp.Diff([]string{test.a, test.b, test.passed}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, f := range s.Findings {
				if strings.HasPrefix(f.Message, `suite "a"`) && !slices.Contains(messages, f.Message) {
					t.Errorf("a finding is %q", f.Message)
				}
			}
			if len(s.Findings) != len(a.PassedOver)+len(b.PassedOver) {
				t.Errorf("the findings are %v", s.Findings)
			}
		})
	}
}

// pickTexts returns the versions of picks.
func pickTexts(picks []Pick) string {
	var words []string
	for _, p := range picks {
		words = append(words, p.Version.String())
	}
	return strings.Join(words, " ")
}

// TestTooMany: a suite that would test too many releases names them, and keeps what it has.
func TestTooMany(t *testing.T) {
	for _, test := range []struct {
		majors  int
		tooMany bool
		want    string
	}{
		{12, false, "1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0 9.0 10.0 11.0 12.0"},
		{13, true, "1.0 3.5"},
	} {
		var lines []string
		for i := range test.majors {
			lines = append(lines, release(fmt.Sprintf("%d.0", i+1), "3.8"))
		}
		p, _, faults := registry.Parse("a", []byte(strings.Join(lines, "\n")+"\n"))
		if p == nil {
			t.Fatal(faults)
		}
		suite := Select(rootedConfig(t), registry.Facts{"a": p}, Before{Environments: []string{"py3.8-a-v3.5", "py3.8-a-v1.0"}}).Matrix.Suites[0]
		if got := pickTexts(suite.Picks); got != test.want || (len(suite.TooMany) > 0) != test.tooMany || test.tooMany && len(suite.TooMany) != test.majors {
			t.Errorf("%d majors: picked are %s, too many %v", test.majors, got, suite.TooMany)
		}
	}
}

// TestKeep: a suite that is to keep what it has keeps the releases and Pythons that tox.ini names, and no others.
func TestKeep(t *testing.T) {
	c := rootedConfig(t, "pythons: [py3.8], requires", "pythons: [py3.8, py3.12, py3.14t], requires",
		"static:\n", "static:\n  single: {test-path: t, python: py3.12, ci: false}\n")
	p, _, faults := registry.Parse("a", []byte(release("1.0", "3.8")+"\n"+release("2.0", "3.8 3.12")+"\n"))
	if p == nil {
		t.Fatal(faults)
	}
	facts := registry.Facts{"a": p}
	before := []string{"py3.12-a-v0.9", "py3.12-a-v1.0", "py3.12-a-latest", "py3.14t-tool", "py3.8-tool", "py3.9-tool", "py3.12-b-v9"}
	for _, test := range []struct {
		name, keep string
		want       []string
	}{
		{"none", "", []string{"py3.8-a-v1.0", "py3.8-a-v2.0", "py3.12-a-v2.0", "py3.8-b-v1.0", "py3.8-b-v2.0", "py3.12-b-v2.0", "py3.12", "py3.8-tool", "py3.12-tool", "py3.14t-tool"}},
		{"one that follows a project", "a", []string{"py3.12-a-v0.9", "py3.12-a-v1.0", "py3.8-b-v1.0", "py3.8-b-v2.0", "py3.12-b-v2.0", "py3.12", "py3.8-tool", "py3.12-tool", "py3.14t-tool"}},
		{"a static one", "tool", []string{"py3.8-a-v1.0", "py3.8-a-v2.0", "py3.12-a-v2.0", "py3.8-b-v1.0", "py3.8-b-v2.0", "py3.12-b-v2.0", "py3.12", "py3.8-tool", "py3.14t-tool"}},
		{"one that there was nothing of", "single", []string{"py3.8-a-v1.0", "py3.8-a-v2.0", "py3.12-a-v2.0", "py3.8-b-v1.0", "py3.8-b-v2.0", "py3.12-b-v2.0", "py3.8-tool", "py3.12-tool", "py3.14t-tool"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := Select(c, facts, Before{Environments: before, Keep: map[string]bool{test.keep: true}}).Matrix
			var got []string
			for _, e := range m.Environments() {
				switch {
				case e.Suite.Name == "single":
					got = append(got, e.Python.Factor())
				case !e.Alias:
					got = append(got, e.Name())
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestEarlier: the names in a tox.ini tell what the suites tested, whatever they test now.
func TestEarlier(t *testing.T) {
	c := rootedConfig(t)
	now := Select(c, registry.Facts{}, Before{Environments: []string{"py3.8-a-v3.0"}}).Matrix
	var got []string
	earlier := now.Earlier(c, []string{"py3.8-a-v1.0", "py3.12-a-v2.0", "py3.12-gone-v1.0"})
	for _, e := range earlier.Environments() {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff([]string{"py3.8-a-v1.0", "py3.12-a-v2.0", "py3.12-a-latest"}, got); diff != "" || len(earlier.Groups[0].Rows) != 2 {
		t.Errorf("%d rows (-want +got)\n%s", len(earlier.Groups[0].Rows), diff)
	}
	if pickTexts(now.Suites[0].Picks) != "3.0" {
		t.Errorf("now it tests %s", pickTexts(now.Suites[0].Picks))
	}
}

// TestPicks: names of environments tell releases and Pythons; what is no name of a suite's release is passed over.
func TestPicks(t *testing.T) {
	names := []string{"py3.14t-a-v1.0", "py3.8-a-v1.0", "py3.12-a-v10.0", "py3.12-a-v9.0", "py3.12-a-v11.0a1", "py3.12-a-latest", "py3.9-a-v1.0", "py3.12-a-vx", "py3.8-tool", "a", "",
		"py3.8-pre-v1.0a1", "py3.8-pre-v1.0a2", "py3.12-two-words-v1.0", "py3.12-x-v1-v2.0"}
	var got []string
	for suite, picks := range Picks(rootedConfig(t), names) {
		for _, pick := range picks {
			line := suite + " " + pick.Version.String()
			for _, p := range pick.Pythons {
				line += " " + p.Short()
			}
			if pick.NewestStable {
				line += " newest"
			}
			got = append(got, line)
		}
	}
	want := []string{"a 1.0 3.8 3.14t", "a 9.0 3.12", "a 10.0 3.12 newest", "a 11.0a1 3.12", "pre 1.0a1 3.8", "pre 1.0a2 3.8", "two-words 1.0 3.12 newest", "x-v1 2.0 3.12 newest"}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
