package endtoend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/display"
	"toxgen/internal/sdktest"
)

// A sorted is the part of a report of triage that the tests compare.
type sorted struct {
	Causes []struct {
		Kind    string
		Suites  []string
		Release string
		Pythons []string
		Pins    []struct{ Project, To string }
		Red     []struct{ Environment, Outcome, Line string }
		Held    []string
	}
	Faults []string
}

// causes returns the causes of a report in a line each.
func (s sorted) causes() []string {
	var list []string
	for _, c := range s.Causes {
		words := []string{c.Kind, strings.Join(c.Suites, ",")}
		if c.Release != "" {
			words = append(words, c.Release)
		}
		for _, p := range c.Pins {
			words = append(words, p.Project+"=="+p.To)
		}
		if len(c.Pythons) > 0 {
			words = append(words, "on a Python")
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

// triaged runs triage on results and returns its report.
func triaged(t *testing.T, sdk *sdktest.SDK, arguments ...string) sorted {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	r := execute(t, sdk.Folder, append(sdk.Environ(), "TOXGEN_OFFLINE=", "TOXGEN_CACHE="+t.TempDir()), nil,
		append([]string{"triage"}, append(arguments, "-summary="+file)...)...)
	if r.status != 0 {
		t.Fatalf("triage: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	t.Log(r.stdout)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s sorted
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// configured returns the configuration of an SDK.
func configured(t *testing.T, sdk *sdktest.SDK) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sdk.Folder, "toxgen.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestTriage updates a small SDK in whose second week each kind of cause breaks something, and runs its tests with a real tox
// and a real pytest: triage names each cause, and what it holds makes the next run green, but for what was red before.
func TestTriage(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it installs some fifty environments")
	}
	sdk := sdktest.New(t)
	program := func(arguments ...string) {
		t.Helper()
		if r := execute(t, sdk.Folder, append(sdk.Environ(), "TOXGEN_OFFLINE=", "TOXGEN_CACHE="+t.TempDir()), nil, arguments...); r.status != 0 {
			t.Fatalf("%v: status %d\n%s%s", arguments, r.status, r.stdout, r.stderr)
		}
	}
	program()
	sdk.Commit("The first week")
	base := sdk.Run()

	sdk.Publish()
	program("update")
	configuration := configured(t, sdk)
	results := sdk.Run()
	want := []string{"release release 2.0", "release unbuilt 2.0", "pins one,three,two shared==2.0", "pins pair left==2.0 right==2.0", "flaky flaky", "before before"}
	if len(sdk.Pythons) == 2 {
		want = slices.Insert(want, 4, "python snake 2.0 on a Python")
	} else {
		t.Log("NOT TESTED: there is one Python only, so that none is red by itself")
	}
	report := triaged(t, sdk, results, "-base="+base)
	if d := cmp.Diff(want, report.causes()); d != "" || len(report.Faults) > 0 {
		t.Fatalf("%q, causes (-want +got):\n%s", report.Faults, d)
	}
	for _, c := range report.Causes {
		for _, e := range c.Red {
			if c.Suites[0] == "unbuilt" != (e.Outcome == "could not be installed") || c.Suites[0] != "unbuilt" && !strings.HasPrefix(e.Line, "1 failed in ") {
				t.Errorf("%s: %s: %s", e.Environment, e.Outcome, e.Line)
			}
		}
	}
	if configured(t, sdk) != configuration {
		t.Error("triage without -hold changed the configuration")
	}
	bisectEach(t, sdk)

	// What another job takes over of the report, without the index, is the same as what -hold writes.
	handed, taken := filepath.Join(t.TempDir(), "report.json"), copyOf(t, sdk.Folder)
	program("triage", results, "-base="+base, "-summary="+handed)
	r := execute(t, taken, sdk.Environ(), nil, "triage:apply", handed, "-run=https://example.org/runs/1")
	if r.status != 0 {
		t.Fatalf("triage:apply: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	report = triaged(t, sdk, results, "-base="+base, "-hold", "-run=https://example.org/runs/1")
	for _, name := range []string{"toxgen.yaml", "tox.ini", "registry/shared.jsonl", "registry/release.jsonl"} {
		want, err := os.ReadFile(filepath.Join(sdk.Folder, name))
		got, err2 := os.ReadFile(filepath.Join(taken, name))
		if d := cmp.Diff(string(want), string(got)); d != "" || err != nil || err2 != nil {
			t.Errorf("%s that is taken over (-want +got): %v %v\n%s", name, err, err2, d)
		}
	}
	var held []string
	for _, c := range report.Causes {
		for _, h := range c.Held {
			rule, until, _ := strings.Cut(h, " until ")
			if len(until) != len("2027-01-31") {
				t.Errorf("held: %s", h)
			}
			held = append(held, rule)
		}
	}
	wantHeld := []string{"release ==2.0", "unbuilt ==2.0", "shared!=2.0 for one, three, two", "left!=2.0 for pair", "right!=2.0 for pair"}
	if len(sdk.Pythons) == 2 {
		wantHeld = append(wantHeld, "snake ==2.0")
	}
	if d := cmp.Diff(wantHeld, held); d != "" {
		t.Errorf("held (-want +got):\n%s", d)
	}
	if n := strings.Count(configured(t, sdk), `issue: "https://example.org/runs/1"`); n != len(wantHeld) {
		t.Errorf("%d rules name the run:\n%s", n, configured(t, sdk))
	}
	if n := strings.Count(configured(t, sdk), "temporary: true"); n != len(wantHeld) {
		t.Errorf("%d rules are temporary:\n%s", n, configured(t, sdk))
	}
	green(t, sdk.Folder)
	retries(t, copyOf(t, sdk.Folder), sdk)

	// Another comparison with the same base: what is red now was red before.
	if d := cmp.Diff([]string{"before before"}, triaged(t, sdk, sdk.Run(), "-base="+base, "-before=HEAD").causes()); d != "" {
		t.Errorf("after what was held (-want +got):\n%s", d)
	}
}

// retries lets what triage held expire, and updates: what was held is tested again. Of a rule that keeps nothing out the update says
// that it is not needed any more. Whoever takes the update over removes the same rules, and no other.
func retries(t *testing.T, folder string, sdk *sdktest.SDK) {
	t.Helper()
	run := func(in string, arguments ...string) result {
		return execute(t, in, append(sdk.Environ(), "TOXGEN_OFFLINE=", "TOXGEN_CACHE="+t.TempDir()), nil, arguments...)
	}
	name := filepath.Join(folder, "toxgen.yaml")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`until: [0-9-]{10}`).ReplaceAllString(string(data), "until: 2026-01-31")
	text = strings.Replace(text, "constraints:\n", `constraints:
  - {requirement: "right!=0.1", until: 2026-01-31, temporary: true}
  - {requirement: "left!=0.1"}
`, 1)
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := run(folder, "check"); r.status != 0 || !strings.Contains(r.stderr, `the temporary rule "shared!=2.0 for one, three, two" expired on 2026-01-31 and still applies`) {
		t.Fatalf("check: status %d\n%s", r.status, r.stderr)
	}
	taken, handed := copyOf(t, folder), t.TempDir()
	r := run(folder, "update", "-summary="+filepath.Join(handed, "summary.json"))
	if r.status != 0 {
		t.Fatalf("update: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	for _, want := range []string{
		"tested again: release ==2.0, ",
		"the temporary rule release ==2.0 expired on 2026-01-31 and was removed: tested again in " + display.Count(len(sdk.Pythons), "environment") + ": what is red there can be held back again\n",
		"the temporary rule shared!=2.0 for one, three, two expired on 2026-01-31 and was removed: tested again in ",
		"the temporary rule right!=0.1 expired on 2026-01-31 and was removed: not needed any more: nothing of it is tested\n",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("update does not say %q:\n%s", want, r.stdout)
		}
	}
	after, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(after), "temporary") || !strings.Contains(string(after), `requirement: "left!=0.1"`) {
		t.Errorf("after the update:\n%s", after)
	}
	green(t, folder)

	if err := os.CopyFS(filepath.Join(handed, "registry"), os.DirFS(filepath.Join(folder, "registry"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tox.ini", "build-constraints.txt"} {
		if data, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			if err := os.WriteFile(filepath.Join(handed, name), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r := run(taken, "update:apply", handed); r.status != 0 {
		t.Fatalf("update:apply: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	applied, err := os.ReadFile(filepath.Join(taken, "toxgen.yaml"))
	if d := cmp.Diff(string(after), string(applied)); d != "" || err != nil {
		t.Errorf("what is taken over (-want +got): %v\n%s", err, d)
	}
	if r := run(taken, "update:apply", handed); r.status != 1 || !strings.Contains(r.stderr, `it removes the rule "release ==2.0", which is no temporary rule of toxgen.yaml`) {
		t.Errorf("a rule that is not there: status %d\n%s", r.status, r.stderr)
	}
}
