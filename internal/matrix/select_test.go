package matrix

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/reference"
	"toxgen/internal/registry"
)

// selected returns what the tests compare: the Pythons of each release, by suite and version.
func selected(m *Matrix) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for _, suite := range m.Suites {
		if suite.Static != nil {
			continue
		}
		all[suite.Name] = map[string][]string{}
		for _, pick := range suite.Picks {
			var pythons []string
			for _, p := range pick.Pythons {
				pythons = append(pythons, p.Short())
			}
			all[suite.Name][pick.Version.String()] = pythons
		}
	}
	return all
}

// TestReference selects for the reference configuration, and compares the result with that of another implementation of
// the rules on the same facts.
func TestReference(t *testing.T) {
	s := Select(reference.Config(t), reference.Facts(t), Before{})
	m, lacking, findings := s.Matrix, s.Lacking, s.Findings
	if len(lacking)+len(findings) > 0 {
		t.Fatal(lacking, findings)
	}
	got, want := selected(m), reference.Matrix(t)
	releases, environments, freeThreaded := 0, 0, 0
	for _, picks := range want {
		releases += len(picks)
		for _, pythons := range picks {
			environments += len(pythons)
			freeThreaded += strings.Count(strings.Join(pythons, " "), "t")
		}
	}
	if releases != 182 || environments != 564 || freeThreaded != 51 {
		t.Errorf("expected are %d releases, %d environments, %d of them free-threaded, not 182, 564 and 51", releases, environments, freeThreaded)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// project is the configuration that the tables below use, without the suite.
const project = `
project: {name: sdk}
pythons:
  - {version: "3.6", patch: 15}
  - {version: "3.7", patch: 17}
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.13", patch: 13, free-threaded: true}
  - {version: "3.14", patch: 4, free-threaded: true}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
testenv: {commands: [pytest]}
groups: [{name: G, suites: [a]}]
`

// selectOne selects for one suite. The suite is written in YAML, the releases as lines of the registry.
func selectOne(t *testing.T, suite string, releases ...string) (string, *Matrix, []Lacking, []string) {
	t.Helper()
	text := project + "suites:\n  a: {package: a, test-path: t" + suite + "}\n"
	c, faults := config.Parse("toxgen.yaml", []byte(text))
	if c == nil {
		t.Fatal(faults)
	}
	p, _, faults := registry.Parse("a", []byte(strings.Join(releases, "\n")+"\n"))
	if p == nil {
		t.Fatal(faults)
	}
	s := Select(c, registry.Facts{"a": p}, Before{})
	m, lacking, findings := s.Matrix, s.Lacking, s.Findings
	var messages []string
	for _, f := range findings {
		messages = append(messages, f.Severity.String()+": "+f.Message)
	}
	var picks []string
	for _, pick := range m.Suites[0].Picks {
		text := pick.Version.String() + ":"
		for _, p := range pick.Pythons {
			text += " " + p.Short()
		}
		picks = append(picks, text)
	}
	return strings.Join(picks, "; "), m, lacking, messages
}

// release returns a line of the registry with classifiers.
func release(version, classifiers string, more ...string) string {
	var quoted []string
	for c := range strings.FieldsSeq(classifiers) {
		quoted = append(quoted, fmt.Sprintf("%q", c))
	}
	line := fmt.Sprintf(`{"version":%q,`, version)
	if !strings.Contains(strings.Join(more, ""), `"wheels"`) {
		line += `"sdist":true,`
	}
	return line + strings.Join(append(more, fmt.Sprintf(`"metadata":[{"classifiers":[%s]}]}`, strings.Join(quoted, ","))), ",")
}

// ladder returns the lines of releases that support Python 3.8.
func ladder(versions string) (lines []string) {
	for v := range strings.FieldsSeq(versions) {
		lines = append(lines, release(v, "3.8"))
	}
	return lines
}

func TestSelect(t *testing.T) {
	requires := func(version, python string) string {
		return fmt.Sprintf(`{"version":%q,"requires-python":%q,"sdist":true,"metadata":[{"classifiers":[]}]}`, version, python)
	}
	for _, test := range []struct {
		name, suite string
		releases    []string
		want        string
	}{
		{"the greatest patch of a minor", "", ladder("1.0 1.0.1 1.1"), "1.0.1: 3.8; 1.1: 3.8"},
		{"a yanked release is never tested", "", []string{release("1.0", "3.8"), `{"version":"1.0.1","yanked":"broken","sdist":true,"metadata":[{"classifiers":["3.8"]}]}`}, "1.0: 3.8"},
		{"dev and post releases are never tested", "", ladder("1.0 1.0.post1 1.1.dev1"), "1.0: 3.8"},
		{"a version that tox cannot name is never tested", "", ladder("1.0 1.1+local 1.2.33333333333333333333333333333333333333333 1!2.0"), "1.0: 3.8"},
		{"below the minimum", `, minimum: "1.1"`, ladder("1.0 1.1 1.2"), "1.1: 3.8; 1.2: 3.8"},
		{"an exact minimum whose minor has a newer patch", `, minimum: {exact: "1.1.1"}`, ladder("1.0 1.1.0 1.1.1 1.1.2 1.1.3 1.2"), "1.1.1: 3.8; 1.1.3: 3.8; 1.2: 3.8"},
		{"an exact minimum besides thinned releases", `, versions: 2, minimum: {exact: "1.1.1"}`, ladder("1.1.1 1.1.2 1.2 1.3 1.4"), "1.1.1: 3.8; 1.1.2: 3.8; 1.4: 3.8"},
		{"an exact minimum that is the newest patch", `, versions: 2, minimum: {exact: "1.1.2"}`, ladder("1.1.1 1.1.2 1.2 1.3 1.4"), "1.1.2: 3.8; 1.4: 3.8"},
		{"an exact minimum before a pre-release", `, minimum: {exact: "1.1.1"}`, ladder("1.1.1 1.1.2rc1"), "1.1.1: 3.8; 1.1.2rc1: 3.8"},
		{"an exact minimum that is a post release", `, minimum: {exact: "1.1.1.post0"}`, ladder("1.0 1.1.1 1.1.1.post0 1.1.1.post1 1.1.2 1.2"), "1.1.1.post0: 3.8; 1.1.2: 3.8; 1.2: 3.8"},
		{"an exact minimum that is the last of its minor and a post release", `, minimum: {exact: "1.1.1.post0"}`, ladder("1.0 1.1.1 1.1.1.post0 1.2"), "1.1.1.post0: 3.8; 1.2: 3.8"},
		{"an exact minimum of several majors", `, minimum: {exact: "1.1.1"}`, ladder("1.1.1 1.1.2 1.2 2.0 3.0"), "1.1.1: 3.8; 1.1.2: 3.8; 1.2: 3.8; 2.0: 3.8; 3.0: 3.8"},
		{"a maximum", `, maximum: "3"`, ladder("1.0 2.9 3.0b8 3.0 3.1 4.0rc1"), "1.0: 3.8; 2.9: 3.8"},
		{"a maximum and a pre-release below it", `, maximum: "3"`, ladder("1.0 2.9b1 3.0b8"), "1.0: 3.8; 2.9b1: 3.8"},
		{"a maximum that is a pre-release", `, maximum: "3rc1"`, ladder("1.0 3.0b1 3.0"), "1.0: 3.8"},
		{"a hold of newer releases and their pre-releases", `, hold: [{exclude: ">=3"}]`, ladder("1.0 2.0 3.0b8 3.1rc1"), "1.0: 3.8; 2.0: 3.8"},
		{"a hold of older releases and a newer pre-release", `, hold: [{exclude: "<3"}]`, ladder("1.0 2.0 3.0b8"), "3.0b8: 3.8"},
		{"a hold of one release and its pre-releases", `, hold: [{exclude: "==3.0"}]`, ladder("1.0 3.0rc1 3.0"), "1.0: 3.8"},
		{"a hold of a release, but not of one of its pre-releases", `, hold: [{exclude: "==3.0.*,!=3.0rc1"}]`, ladder("1.0 3.0b1 3.0rc1 3.0rc2 3.0 3.0.1"), "1.0: 3.8; 3.0rc1: 3.8"},
		{"a hold of everything after a pre-release", `, hold: [{exclude: ">3.0rc1"}]`, ladder("1.0 3.0rc1 3.0rc2 3.0 3.1rc1 3.1"), "1.0: 3.8; 3.0rc1: 3.8"},
		{"a hold of a pre-release", `, hold: [{exclude: "==3.0rc1"}]`, ladder("1.0 3.0b1 3.0rc1"), "1.0: 3.8; 3.0b1: 3.8"},
		{"all Pythons", `, pythons: all`, []string{release("1.0", "3.6 3.7 3.8 3.12 3.13")}, "1.0: 3.6 3.7 3.8 3.12 3.13"},
		{"the first and the last Pythons", `, pythons: first-last`, []string{release("1.0", "3.6 3.7 3.8 3.12 3.13")}, "1.0: 3.6 3.12 3.13"},
		{"one Python", `, pythons: 1`, []string{release("1.0", "3.6 3.7 3.8 3.12 3.13")}, "1.0: 3.13"},
		{"two Pythons", `, pythons: 2`, []string{release("1.0", "3.6 3.7 3.8 3.12 3.13")}, "1.0: 3.6 3.13"},
		{"four Pythons", `, pythons: 4`, []string{release("1.0", "3.6 3.7 3.8 3.12 3.13")}, "1.0: 3.6 3.7 3.8 3.13"},
		{"more Pythons than there are", `, pythons: 9`, []string{release("1.0", "3.6 3.7")}, "1.0: 3.6 3.7"},
		{"a claim", `, claims: [{release: ">=1.1", python: "3.13"}]`, []string{release("1.0", "3.8 3.12"), release("1.1", "3.8 3.12")}, "1.0: 3.8 3.12; 1.1: 3.8 3.12 3.13"},
		{"a claim of every release", `, claims: [{python: "3.13"}]`, []string{release("1.0", "3.12")}, "1.0: 3.12 3.13"},
		{"a claim against requires-python", `, claims: [{python: "3.13"}]`, []string{release("1.0", "3.8", `"requires-python":"<3.13"`)}, "1.0: 3.8"},
		{"a claim for a release without a Python", `, claims: [{python: "3.13"}]`, []string{release("1.0", "2.7")}, "1.0: 3.13"},
		{"a claim against the suite's rule", `, python: "<3.13", claims: [{python: "3.13"}]`, []string{release("1.0", "3.8")}, "1.0: 3.8"},
		{"held", `, hold: [{exclude: "==1.1"}]`, ladder("1.0 1.1 1.2"), "1.0: 3.8; 1.2: 3.8"},
		{"a held patch gives way to the one before it", `, hold: [{exclude: "==1.1.2"}]`, ladder("1.0 1.1.1 1.1.2"), "1.0: 3.8; 1.1.1: 3.8"},
		{"one major: four, evenly", "", ladder("1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8"), "1.0: 3.8; 1.3: 3.8; 1.6: 3.8; 1.8: 3.8"},
		{"one major: as many as configured", ", versions: 2", ladder("1.0 1.1 1.2 1.3"), "1.0: 3.8; 1.3: 3.8"},
		{"majors: the first, and the greatest of each", "", ladder("1.0 1.1 1.2 2.0 2.1 3.0"), "1.0: 3.8; 1.2: 3.8; 2.1: 3.8; 3.0: 3.8"},
		{"majors: the first is the greatest of its own", "", ladder("1.0 2.0 2.1 3.0"), "1.0: 3.8; 2.1: 3.8; 3.0: 3.8"},
		{"majors: thinned", ", versions: 3", ladder("1.0 1.1 2.0 3.0 4.0 5.0"), "1.0: 3.8; 3.0: 3.8; 5.0: 3.8"},
		{"a prerelease newer than all is added", "", ladder("1.0 2.0a1 2.0b1"), "1.0: 3.8; 2.0b1: 3.8"},
		{"a prerelease of an old line is not tested", "", ladder("1.0rc1 1.0"), "1.0: 3.8"},
		{"prereleases are off", `, prereleases: off`, ladder("1.0 2.0a1"), "1.0: 3.8"},
		{"a prerelease without a Python gives way to the one before it", "", []string{release("1.0", "3.8"), release("2.0a1", "3.8"), release("2.0a2", "2.7")}, "1.0: 3.8; 2.0a1: 3.8"},
		{"only prereleases", "", ladder("1.0a1 1.0b1"), "1.0b1: 3.8"},
		{"Pythons: first, last but one, last", "", []string{release("1.0", "3.6 3.7 3.8 3.12 3.13")}, "1.0: 3.6 3.12 3.13"},
		{"two Pythons", "", []string{release("1.0", "3.6 3.13")}, "1.0: 3.6 3.13"},
		{"an undeclared Python is not tested", "", []string{release("1.0", "2.7 3.8 3.10")}, "1.0: 3.8"},
		{"classifiers and requires-python must agree", "", []string{release("1.0", "3.6 3.7 3.8", `"requires-python":">=3.8"`)}, "1.0: 3.8"},
		{"requires-python alone", "", []string{requires("1.0", ">=3.8,<3.13")}, "1.0: 3.8 3.12"},
		{"requires-python is matched with the patch release", "", []string{requires("1.0", ">=3.6.1,<3.7.17")}, "1.0: 3.6"},
		{"the bare classifier", "", []string{release("1.0", "3")}, "1.0: 3.6 3.13 3.14"},
		{"bare classifier and requires-python", "", []string{release("1.0", "3", `"requires-python":">=3.14"`)}, "1.0: 3.14"},
		{"no Python is claimed", "", []string{release("1.0", "")}, ""},
		{"only Python 2 is claimed", "", []string{release("1.0", "2.7", `"requires-python":">=2.7"`), release("1.1", "3.8")}, "1.1: 3.8"},
		{"an invalid requires-python excludes nothing", "", []string{release("1.0", "3.8", `"requires-python":">=3.5.*"`)}, "1.0: 3.8"},
		{"a release without a Python is dropped before picking", "", append(ladder("1.0 1.1"), release("1.2", "2.7"), release("2.0", "2.7")), "1.0: 3.8; 1.1: 3.8"},
		{"the suite's rule is matched with the minor line", `, python: ">3.7"`, []string{requires("1.0", ">=3.6")}, "1.0: 3.8 3.13 3.14"},
		{"the suite's rules by release: the first that matches", `, python: [{release: "<2", python: "<3.8"}, {release: ">=1", python: ">=3.12"}]`,
			[]string{requires("1.0", ">=3.6"), requires("2.0", ">=3.6"), requires("0.1a1", ">=3.6")}, "1.0: 3.6 3.7; 2.0: 3.12 3.13 3.14"},
		{"no rule matches: no limit", `, python: [{release: "<1", python: "<3.8"}]`, []string{requires("1.0", ">=3.12,<3.14")}, "1.0: 3.12 3.13"},
		{"a wheel of the free-threaded build", "", []string{release("1.0", "3.13 3.14", `"wheels":["cp314-cp314t-manylinux_2_17_x86_64"]`)}, "1.0: 3.13 3.14 3.14t"},
		{"the newest free-threaded build only", "", []string{release("1.0", "3.13 3.14", `"wheels":["cp313-cp313t-linux_x86_64","cp314-cp314t-linux_x86_64"]`)}, "1.0: 3.13 3.14 3.14t"},
		{"an older free-threaded build", "", []string{release("1.0", "3.13 3.14", `"wheels":["cp313-cp313t-linux_x86_64"]`)}, "1.0: 3.13 3.13t 3.14"},
		{"a free-threaded wheel of another machine", "", []string{release("1.0", "3.14", `"wheels":["cp314-cp314t-manylinux_2_17_aarch64","cp314-cp314t-manylinux_2_34_x86_64"]`)}, "1.0: 3.14"},
		{"abi3 does not support free-threaded builds", "", []string{release("1.0", "3.14", `"wheels":["cp38-abi3-linux_x86_64"]`)}, "1.0: 3.14"},
		{"a verdict that the build is supported", "", []string{strings.Replace(release("1.0", "3.14", `"wheels":["py3-none-any"]`), "]}]}", `]}],"verdicts":[{"python":"3.14t","supported":true,"reason":"r"}]}`, 1)}, "1.0: 3.14 3.14t"},
		{"a verdict that the build is not supported", "", []string{strings.Replace(release("1.0", "3.14", `"wheels":["py3-none-any"]`), "]}]}", `]}],"verdicts":[{"python":"3.14t","supported":false,"reason":"r"}]}`, 1)}, "1.0: 3.14"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, lacking, _ := selectOne(t, test.suite, test.releases...)
			if got != test.want || len(lacking) > 0 {
				t.Errorf("got %q, want %q; lacking %v", got, test.want, lacking)
			}
		})
	}
}

func TestSelectFindings(t *testing.T) {
	var many []string
	for i := range 14 {
		many = append(many, release(fmt.Sprintf("%d.0", i+1), "3.8"))
	}
	for _, test := range []struct {
		name, suite string
		releases    []string
		want        string
	}{
		{"a needless claim", `, claims: [{python: "3.8"}]`, ladder("1.0"), `warning: suite "a": the claim of Python 3.8 changes nothing`},
		{"an exact minimum that is held", `, minimum: {exact: "1.0"}, hold: [{exclude: "==1.0"}]`, ladder("1.0 1.1"), `warning: suite "a": 1.0, the exact minimum, is not tested: hold`},
		{"an exact minimum that is no release", `, minimum: {exact: "1.0.1"}`, ladder("1.0 1.1"), `warning: suite "a": the index has no release 1.0.1, the exact minimum`},
		{"a contradiction", "", []string{release("1.0", "3.6 3.8", `"requires-python":">=3.8"`)}, "warning: suite \"a\": a 1.0 claims Python 3.6 by its classifiers, which its requires-python excludes"},
		{"an invalid requires-python", "", []string{release("1.0", "3.8", `"requires-python":">=3.5.*"`)}, `warning: suite "a": a 1.0 has an invalid requires-python, which excludes nothing: >=3.5.*`},
		{"unreadable metadata", "", []string{release("1.0", "3.8"), `{"version":"1.1","sdist":true,"unreadable":"it has no PKG-INFO"}`}, `warning: suite "a": a 1.1 is not tested: it has no PKG-INFO`},
		{"no release is left", "", []string{release("1.0", "2.7")}, `warning: suite "a": no release is left to test`},
		{"too many", "", many, `error: suite "a": 14 releases would be tested, more than 12`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, _, messages := selectOne(t, test.suite, test.releases...)
			if diff := cmp.Diff([]string{test.want}, messages); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLackingMetadata(t *testing.T) {
	got, _, lacking, _ := selectOne(t, "", release("1.0", "3.8"), `{"version":"1.1","sdist":true}`, `{"version":"1.1.1","sdist":true}`)
	if got != "" || len(lacking) != 1 || lacking[0].String() != "the metadata of a 1.1.1" {
		t.Errorf("got %q and lacking %v", got, lacking)
	}
}

// TestLackingVerdict checks that a pure wheel needs a verdict for the same extras, and counts as not supported without
// one.
func TestLackingVerdict(t *testing.T) {
	pure := release("1.0", "3.14", `"wheels":["py3-none-any"]`)
	otherExtras := strings.Replace(pure, "]}]}", `]}],"verdicts":[{"python":"3.14t","extras":["x"],"supported":true,"reason":"r"}]}`, 1)
	for _, line := range []string{pure, otherExtras} {
		got, m, lacking, _ := selectOne(t, "", line)
		if got != "1.0: 3.14" || len(lacking) != 1 || lacking[0].String() != "the verdict whether a 1.0 supports Python 3.14t" {
			t.Errorf("got %q and lacking %v", got, lacking)
		}
		if judged := m.Suites[0].Judged; len(judged) != 1 || judged[0].Python.Short() != "3.14t" {
			t.Errorf("judged: %v", judged)
		}
	}
}

// TestKept checks that a suite whose facts are lacking keeps its environments.
func TestKept(t *testing.T) {
	c, faults := config.Parse("toxgen.yaml", []byte(project+"suites:\n  a: {package: a, test-path: t}\n"))
	if c == nil {
		t.Fatal(faults)
	}
	previous := []string{"py3.8-a-v1.0", "py3.6-a-v1.0", "py3.13t-a-v2.0rc1", "py3.8-a-latest", "py3.9-a-v1.0", "py3.8-ab-v1.0", "py3.8-a-v1.x"}
	s := Select(c, registry.Facts{}, Before{Environments: previous})
	m, lacking := s.Matrix, s.Lacking
	var names []string
	for _, e := range m.Environments() {
		names = append(names, e.Name())
	}
	want := []string{"py3.6-a-v1.0", "py3.8-a-v1.0", "py3.13t-a-v2.0rc1", "py3.6-a-latest", "py3.8-a-latest"}
	if diff := cmp.Diff(want, names); diff != "" || len(lacking) != 1 {
		t.Errorf("lacking %v (-want +got)\n%s", lacking, diff)
	}
}

// TestDecisions checks the decision about every release.
func TestDecisions(t *testing.T) {
	_, m, _, _ := selectOne(t, `, minimum: "1.1", versions: 2, hold: [{exclude: "==1.5", reason: broken}]`,
		release("1.0", "3.8"), release("1.1", "3.8"), release("1.2", "3.8"), release("1.2.1", "3.8"), release("1.3", "2.7"),
		release("1.4.post1", "3.8"), release("1.5", "3.8"), `{"version":"1.6","yanked":"bad","sdist":true}`, release("1.7", "3.8"), release("1.7.1.dev1", "3.8"), release("1.6rc1", "3.8"))
	var got []string
	for _, d := range m.Suites[0].Decisions {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", d.Version, d.Rule, d.Detail)))
	}
	want := []string{"1.0 minimum 1.1", "1.1 picked", "1.2 older patch", "1.2.1 thinned", "1.3 no Python classifiers 2.7", "1.4.post1 post release",
		"1.5 hold broken", "1.6rc1 pre-release", "1.6 yanked bad", "1.7 picked", "1.7.1.dev1 dev release"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRows checks which environments a row runs and what it needs.
func TestRows(t *testing.T) {
	m := Select(reference.Config(t), reference.Facts(t), Before{}).Matrix
	selectedBy := map[string]int{}
	for _, group := range m.Groups {
		for _, row := range group.Rows {
			for _, e := range slices.Concat(row.Parallel, row.Serial) {
				selectedBy[e.Name()]++
				if e.Alias {
					t.Errorf("%s is an alias", e.Name())
				}
			}
		}
		switch group.Slug {
		case "web-1":
			for _, row := range group.Rows {
				if len(row.Serial) > 0 != slices.Contains(row.Services, "postgres") || len(row.Services) > 1 {
					t.Errorf("web-1 on %s: %d serial environments, services %v", row.Python, len(row.Serial), row.Services)
				}
				if (row.Container != "") != (row.Python.Minor < 8) {
					t.Errorf("web-1 on %s: container %q", row.Python, row.Container)
				}
			}
		case "misc":
			if label := group.ParallelLabel(group.Rows[0]); label != "misc-py3.6" || group.SerialLabel(group.Rows[0]) != "" {
				t.Errorf("labels of the first row of misc: %q, %q", label, group.SerialLabel(group.Rows[0]))
			}
		}
	}
	for _, e := range m.Environments() {
		if want := 1; !e.Alias && selectedBy[e.Name()] != want {
			t.Errorf("%s is run %d times", e.Name(), selectedBy[e.Name()])
		}
	}
}

func BenchmarkSelect(b *testing.B) {
	c, facts := reference.Config(b), reference.Facts(b)
	b.ReportAllocs()
	for b.Loop() {
		Select(c, facts, Before{})
	}
}

// TestPrereleaseOfPython checks that a pre-release of Python counts as any declared Python: a release that claims it is
// tested on it, and Requires-Python is compared with the release that it leads to.
func TestPrereleaseOfPython(t *testing.T) {
	c, faults := config.Parse("toxgen.yaml", []byte(strings.Replace(project, "platform:", "  - {version: \"3.15\", patch: 0rc2}\nplatform:", 1)+
		"suites:\n  a: {package: a, test-path: t, versions: 4}\n"))
	if c == nil {
		t.Fatal(faults)
	}
	const pythons = `"requires-python":%q,"sdist":true,"metadata":[{"classifiers":[%s]}]}`
	lines := []string{
		release("1.0", "3.12 3.13"),
		release("1.1", "3.8 3.12 3.13 3.14 3.15"),
		fmt.Sprintf(`{"version":"1.2",`+pythons, ">=3.13", ""),
		fmt.Sprintf(`{"version":"1.3",`+pythons, ">=3.15", `"3.15"`),
		fmt.Sprintf(`{"version":"1.4",`+pythons, ">3.14.4,!=3.15.0", ""),
	}
	facts, _, findings := registry.Parse("a", []byte(strings.Join(lines, "\n")+"\n"))
	if facts == nil {
		t.Fatal(findings)
	}
	got := selected(Select(c, registry.Facts{"a": facts}, Before{}).Matrix)["a"]
	want := map[string][]string{"1.0": {"3.12", "3.13"}, "1.1": {"3.8", "3.14", "3.15"}, "1.2": {"3.13", "3.14", "3.15"}, "1.3": {"3.15"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestNeedlessHolds checks that a hold is needless if the same would be tested without it, but not if that is unknown.
func TestNeedlessHolds(t *testing.T) {
	for _, c := range []struct{ name, suite, releases, want string }{
		{"the newest", `, hold: [{exclude: "==1.2"}]`, "1.0 1.1 1.2", ""},
		{"a patch with a newer one after it", `, hold: [{exclude: "==1.1.2"}]`, "1.0 1.1.1 1.1.2 1.1.3", "==1.1.2"},
		{"a release that does not exist", `, hold: [{exclude: "==9"}]`, "1.0 1.1", "==9"},
		{"below the minimum", `, minimum: "1.1", hold: [{exclude: "<1.1"}]`, "1.0 1.1", "<1.1"},
		{"one of two", `, hold: [{exclude: "==1.2"}, {exclude: ">=1.2"}]`, "1.0 1.1 1.2", "==1.2 >=1.2"},
		{"each of two", `, hold: [{exclude: "==1.2"}, {exclude: "==1.1"}]`, "1.0 1.1 1.2", ""},
		{"one that thinning would leave out", `, versions: 2, hold: [{exclude: "==1.1"}]`, "1.0 1.1 1.2", "==1.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, faults := config.Parse("toxgen.yaml", []byte(project+"suites:\n  a: {package: a, test-path: t"+c.suite+"}\n"))
			if config == nil {
				t.Fatal(faults)
			}
			releases, _, findings := registry.Parse("a", []byte(strings.Join(ladder(c.releases), "\n")+"\n"))
			if releases == nil {
				t.Fatal(findings)
			}
			var got []string
			for _, f := range NeedlessHolds(config, registry.Facts{"a": releases}) {
				_, rest, _ := strings.Cut(f.Message, "the hold of ")
				got = append(got, strings.TrimSuffix(rest, " changes nothing any more"))
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}
