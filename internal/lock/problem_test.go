package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/resolve"
)

// described returns what a problem asks, one root or constraint a line, each with where it comes from.
func described(p *resolve.Problem) []string {
	var lines []string
	add := func(mark string, roots []resolve.Root) {
		for _, r := range roots {
			lines = append(lines, strings.TrimSpace(mark+r.Requirement.String()+"  "+r.Origin))
		}
	}
	add("", p.Roots)
	add("-c ", p.Constraints)
	for _, checkout := range p.Provided {
		lines = append(lines, "provided "+checkout.Name)
		add(checkout.Name+": ", checkout.Requires)
	}
	return lines
}

// TestProblem: the release comes first, then the rules of the suite, the SDK's requirements and those of every
// environment; constraints apply by Python and suite.
func TestProblem(t *testing.T) {
	c := configure(t,
		"{name: sdk}", "{name: sdk, requires: [urllib3]}",
		"build: [hatch]", `build: [hatch]
constraints:
  - {requirement: "everywhere<1"}
  - {requirement: "here<2", when: [py3.8]}
  - {requirement: "app-only<3", suites: [app]}
  - {requirement: "tool-on-312<4", when: [py3.12], suites: [tool]}`,
		"[pytest]}", "[pytest], requires: [coverage]}",
		"{package: app, test-path: t}", `{package: "App[b,a]", test-path: t, requires: [{when: ">=2", add: [for-two]}, {when: [py3.8], add: [for-38]}, {when: "*", add: [for-all]}]}`,
		"add: [lib]}]}", "add: [lib]}]}\n  bare: {test-path: t, pythons: [py3.12], skip-install: true, ci: false, requires: [{when: \"*\", add: [lint]}]}")
	m := testedBy(c, "py3.8-app-v1.0", "py3.12-app-v2.0")
	for _, test := range []struct {
		environment string
		want        []string
	}{
		{"py3.8-app-v1.0", []string{"App[a,b]==1.0", "for-38", "for-all", "urllib3", "coverage", "-c everywhere<1", "-c here<2", "-c app-only<3"}},
		{"py3.12-app-v2.0", []string{"App[a,b]==2.0", "for-two", "for-all", "urllib3", "coverage", "-c everywhere<1", "-c app-only<3"}},
		{"py3.12-tool", []string{"lib", "urllib3", "coverage", "-c everywhere<1", "-c tool-on-312<4"}},
		{"py3.12-bare", []string{"lint", "-c everywhere<1"}},
	} {
		t.Run(test.environment, func(t *testing.T) {
			var got []string
			for _, line := range described(Problem(c, environment(t, m, test.environment))) {
				requirement, origin, _ := strings.Cut(line, "  ")
				got = append(got, requirement)
				release := strings.HasPrefix(requirement, "App[")
				if !strings.HasPrefix(requirement, "provided") && strings.HasPrefix(origin, "toxgen.yaml:") == release {
					t.Errorf("%s comes from %q", requirement, origin)
				}
			}
			if diff := cmp.Diff(append(test.want, "provided sdk"), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestBuildProblem(t *testing.T) {
	want := []string{"hatch  toxgen.yaml:9"}
	if diff := cmp.Diff(want, described(BuildProblem(configure(t)))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestKey: problems have the same key if and only if they have the same answer on one Python.
func TestKey(t *testing.T) {
	c := configure(t, "build: [hatch]", "build: [hatch]\nconstraints: [{requirement: \"lib<2\", suites: [tool]}]")
	m := testedBy(c, "py3.8-app-v1.0", "py3.12-app-v1.0", "py3.12-app-v2.0")
	problem := func(name string) *resolve.Problem { return Problem(c, environment(t, m, name)) }
	if a, b := key(problem("py3.8-app-v1.0")), key(problem("py3.12-app-v1.0")); a != b {
		t.Errorf("the same release has the keys %q and %q", a, b)
	}
	constrained, plain, preferring, otherwise := problem("py3.12-tool"), problem("py3.12-tool"), problem("py3.12-tool"), problem("py3.12-tool")
	plain.Constraints = nil
	preferring.Preferences, otherwise.Preferences = pins("lib==1.0 a==1"), pins("lib==1.1 a==1")
	seen := map[string]bool{}
	for _, p := range []*resolve.Problem{problem("py3.8-app-v1.0"), problem("py3.12-app-v2.0"), constrained, plain, preferring, otherwise} {
		if k := key(p); seen[k] {
			t.Errorf("another problem has the key %q too", k)
		} else {
			seen[k] = true
		}
	}
}
