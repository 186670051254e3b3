package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
	"toxgen/internal/report"
)

// tiny is the configuration of a project with two suites that follow invented projects.
const tiny = `project: {name: some-sdk}
pythons:
  - {version: "3.12", patch: 13}
update: {cooldown: 72h}
` + around + `groups:
  - {name: Main, suites: [app, other]}
suites:
  app: {package: app, minimum: "1.0", test-path: tests/app}
  other: {package: other, minimum: "1.0", test-path: tests/other}
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
`

// now is the time when the tests started. Ages are in days, so that the duration of the tests does not matter.
var now = time.Now()

// aged returns a file that was uploaded some days ago.
func aged(days int, f pypitest.File) pypitest.File {
	f.Uploaded = now.Add(-time.Duration(days) * 24 * time.Hour).Truncate(time.Second)
	return f
}

// wheelOf returns a wheel that was uploaded a month ago.
func wheelOf(project, version string, requires ...string) pypitest.File {
	headers := []string{"Classifier: Programming Language :: Python :: 3.12"}
	for _, r := range requires {
		headers = append(headers, "Requires-Dist: "+r)
	}
	return aged(30, pypitest.Wheel(project, version, headers...))
}

// yanked returns a file that is yanked.
func yanked(reason string, f pypitest.File) pypitest.File {
	f.Yanked, f.Reason = true, reason
	return f
}

// A week is an index with the projects of tiny, and a folder with a project that was updated from it.
type week struct {
	*testing.T
	index  *pypitest.Server
	folder string
}

// newWeek returns a week with a project in sync.
func newWeek(t *testing.T) *week {
	w := &week{t, pypitest.New(t), projectOf(t, tiny)}
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"))
	w.set("other", wheelOf("other", "1.0", "lib"))
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"))
	online(t, w.folder, w.index, 0, "update")
	w.green("")
	w.has("tox.ini", "lib==1.5", true)
	return w
}

// configure writes toxgen.yaml.
func (w *week) configure(text string) {
	w.Helper()
	put(w.T, w.folder, map[string]string{"toxgen.yaml": text})
}

// set replaces the files of a project in the index.
func (w *week) set(name string, files ...pypitest.File) {
	w.index.Set(pypitest.Project{Name: name, Files: files})
}

// green checks that `check` succeeds and prints the given warning, or nothing if the warning is empty.
func (w *week) green(warning string) {
	w.Helper()
	r := execute(w.T, w.folder, nil, nil, "check")
	if r.status != 0 || (warning == "") != (r.stderr == "") || !strings.Contains(r.stderr, warning) {
		w.Errorf("check: status %d, and the output is %q, not %q", r.status, r.stderr, warning)
	}
}

// update runs `update` and checks the exit status and that the summary has lines that begin with the given texts.
func (w *week) update(status int, lines ...string) result {
	w.Helper()
	r := online(w.T, w.folder, w.index, status, "update")
	for _, line := range lines {
		if !strings.Contains("\n"+r.stdout, "\n"+line) {
			w.Errorf("the summary lacks a line that begins with %q:\n%s", line, r.stdout)
		}
	}
	return r
}

// has checks that a file contains a text, or does not contain it if want is false.
func (w *week) has(file, text string, want bool) {
	w.Helper()
	if got := strings.Contains(content(w.T, w.folder)[file], text); got != want {
		w.Errorf("%s contains %q: %v, want %v", file, text, got, want)
	}
}

// TestCooldown checks that a release that is too young is only in the summary, and that an older or exempt one is adopted.
func TestCooldown(t *testing.T) {
	w := newWeek(t)
	young := aged(1, wheelOf("app", "2.1", "lib"))
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), young)
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), aged(2, wheelOf("lib", "1.6")), aged(4, wheelOf("lib", "1.5.1")))
	w.update(0, "held back: app 2.1, uploaded "+young.Uploaded.UTC().Format("2006-01-02 15:04 UTC")+", adopted after "+
		young.Uploaded.Add(72*time.Hour).UTC().Format("2006-01-02 15:04 UTC"), "held back: lib 1.6, ")
	w.has("registry/app.jsonl", `"2.1"`, false)
	w.has("tox.ini", "lib==1.5.1", true)
	w.has("tox.ini", "lib==1.6", false)
	w.green("")
	w.configure(strings.Replace(tiny, "cooldown: 72h", "cooldown: 72h, cooldown-exempt: [APP]", 1))
	w.update(0, "app: in 2.1; out 2.0", "to hold it back: toxgen hold app '==2.1' ", "held back: lib 1.6, ")
	w.green("")
}

// TestYanked checks that a yanked pin is replaced in all environments, and that the summary gives the reason.
func TestYanked(t *testing.T) {
	w := newWeek(t)
	w.set("lib", wheelOf("lib", "1.4"), yanked("broken\n::error::bundle", wheelOf("lib", "1.5")))
	w.update(0, `lib 1.5 (yanked: broken\n::error::bundle), pinned in 3 environments: replaced by 1.4`)
	w.has("tox.ini", "lib==1.5", false)
	w.has("registry/lib.jsonl", `"1.5"`, false)
	w.green("")
}

// TestYankedBuild checks that a yanked pin of the build requirements is replaced, even if nothing else is refreshed.
func TestYankedBuild(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.NewReplacer("cooldown: 72h", "cooldown: 72h, refresh: none", "groups:", "build: [setuptools]\ngroups:").Replace(tiny))
	w.set("setuptools", wheelOf("setuptools", "80.0"), wheelOf("setuptools", "81.0"))
	online(t, w.folder, w.index, 0)
	w.has("build-constraints.txt", "setuptools==81.0", true)
	w.set("setuptools", wheelOf("setuptools", "80.0"), yanked("broken", wheelOf("setuptools", "81.0")), wheelOf("setuptools", "81.1"))
	w.update(0, "setuptools 81.0 (yanked: broken), pinned in 1 environment: replaced by 81.1")
	w.has("build-constraints.txt", "setuptools==81.1", true)
	w.green("")
}

// TestGone checks that a pin that is gone from the index is replaced.
func TestGone(t *testing.T) {
	w := newWeek(t)
	w.set("lib", wheelOf("lib", "1.4"))
	w.update(0, "lib 1.5 (gone from the index), pinned in 3 environments: replaced by 1.4")
	w.has("tox.ini", "lib==1.5", false)
	w.has("registry/lib.jsonl", `"1.5"`, false)
	w.green("")
}

// TestStuck checks that a withdrawn pin that cannot be replaced stays with its facts, that the suite's other environments
// are updated, and that -strict fails.
func TestStuck(t *testing.T) {
	for _, c := range []struct{ name, line, warning string }{
		{"yanked", "lib 1.5 (yanked: broken), pinned in 3 environments: replaced by 1.4; stays in 1: ", "lib 1.5 is yanked (broken)"},
		{"gone", "lib 1.5 (gone from the index), pinned in 3 environments: replaced by 1.4; stays in 1: ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWeek(t)
			w.configure(strings.Replace(tiny, "test-path: tests/app", `test-path: tests/app, requires: [{when: "<2", add: ["lib>=1.5"]}]`, 1))
			online(t, w.folder, w.index, 0)
			if c.name == "gone" {
				w.set("lib", wheelOf("lib", "1.4"))
			} else {
				w.set("lib", wheelOf("lib", "1.4"), yanked("broken", wheelOf("lib", "1.5")))
			}
			w.update(0, c.line)
			w.has("tox.ini", "lib==1.5", true)
			w.has("tox.ini", "lib==1.4", true)
			w.has("registry/lib.jsonl", `"1.5"`, true)
			w.green(c.warning)
			r := online(t, w.folder, w.index, 1, "update", "-strict")
			if !strings.Contains(r.stderr, "-strict was given") {
				t.Error(r.stderr)
			}
			w.green(c.warning)
		})
	}
}

// TestAskedFor checks that a yanked release that a rule requires by `==` stays, and that the summary says so.
func TestAskedFor(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.Replace(tiny, "test-path: tests/app", `test-path: tests/app, requires: [{when: "*", add: ["lib==1.5"]}]`, 1))
	online(t, w.folder, w.index, 0)
	w.set("lib", wheelOf("lib", "1.4"), yanked("", wheelOf("lib", "1.5")))
	w.update(0, "lib 1.5 (yanked), pinned in 3 environments: replaced by 1.4; stays in 2: something asks for exactly this release")
	w.green("lib 1.5 is yanked")
}

// TestShrunken checks that a page that has lost implausibly many releases does not change the project's facts, but that
// one that has lost a single release does.
func TestShrunken(t *testing.T) {
	w := newWeek(t)
	versions := []string{"1.0", "1.1", "1.2", "1.3", "1.4", "2.0"}
	var files []pypitest.File
	for _, v := range versions {
		files = append(files, wheelOf("app", v, "lib"))
	}
	w.set("app", files...)
	w.update(0)
	w.set("app", files[2:]...)
	w.update(0, "app keeps what it had: 2 of the 6 releases known are gone from its page", "  hint: if they are gone for good, delete registry/app.jsonl")
	w.has("registry/app.jsonl", `"1.1"`, true)
	w.green("")
	w.set("app", files[1:]...)
	w.update(0, "app: in 1.1; out 1.0")
	w.has("registry/app.jsonl", `"1.0"`, false)
	w.green("")
	w.set("app")
	w.update(0, "app keeps what it had: the index has no file of it")
	w.has("registry/app.jsonl", `"1.1"`, true)
	w.green("")
}

// TestNothingLeft checks that a project whose releases are all yanked keeps its facts.
func TestNothingLeft(t *testing.T) {
	w := newWeek(t)
	w.set("app", yanked("x", wheelOf("app", "1.0", "lib")), yanked("x", wheelOf("app", "2.0", "lib")))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	w.update(0, "other: in 2.0; out none", "app keeps what it had: every release on its page is yanked")
	w.has("registry/app.jsonl", `"yanked"`, false)
	w.green("")
}

// TestContradiction checks that a new release that its suite cannot test is explained, and that only this suite keeps its
// old releases.
func TestContradiction(t *testing.T) {
	w := newWeek(t)
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib>=9"))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	w.update(0, "other: in 2.0; out none", "app passes over app 3.0: on Python 3.12 no release of lib meets all that is required of it\n",
		"  | lib>=9 is required by app==3.0 → app 3.0\n", "  hint: leave the release out: `toxgen hold app '==3.0'`\n")
	w.has("registry/app.jsonl", `"3.0"`, true)
	w.has("tox.ini", "app-v3.0", false)
	w.has("tox.ini", "app-v2.0", true)
	w.green(`suite "app" passes over app 3.0: on Python 3.12 no release of lib`)
	online(t, w.folder, w.index, 0) // the verdict applies as long as the roots are the same
	w.has("tox.ini", "app-v3.0", false)
	w.set("lib", wheelOf("lib", "1.4"), wheelOf("lib", "1.5"), wheelOf("lib", "9.0"))
	w.update(0, "app: in 3.0; out none") // an update tries again
	w.green("")
}

// TestBrokenDependency checks that a dependency whose page cannot be fetched keeps its facts, and that everything else is
// updated with its known releases.
func TestBrokenDependency(t *testing.T) {
	for _, status := range []int{404, 403} {
		w := newWeek(t)
		w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib"))
		w.index.Fault("/simple/lib/", -1, pypitest.Status(status))
		w.update(0, "app: in 3.0; out none", "lib keeps what it had: ")
		w.has("tox.ini", "lib==1.5", true)
		w.green("")
	}
}

// TestQuarantined checks that a quarantined project keeps its facts, and that everything else is updated.
func TestQuarantined(t *testing.T) {
	w := newWeek(t)
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	w.index.Fault("/simple/app/", -1, pypitest.JSON(`{"meta": {"api-version": "1.4"}, "name": "app", "files": [], "project-status": {"status": "quarantined", "reason": "mal\nware"}}`))
	w.update(0, "other: in 2.0; out none", `app keeps what it had: the index has quarantined it: mal\nware`)
	w.green("")
}

// TestTimeless checks that an index without upload times is reported by one error, and that nothing is written.
func TestTimeless(t *testing.T) {
	w := newWeek(t)
	before := content(t, w.folder)
	for _, name := range []string{"app", "other", "lib"} {
		var files []pypitest.File
		for _, v := range []string{"1.0", "1.4", "1.5", "2.0"} {
			f := wheelOf(name, v)
			f.Uploaded = time.Time{}
			files = append(files, f)
		}
		w.set(name, files...)
	}
	r := online(t, w.folder, w.index, 1, "update")
	if strings.Count(r.stderr, "error: ") != 1 || !strings.Contains(r.stderr, "the index states no upload times") {
		t.Error(r.stderr)
	}
	same(t, before, content(t, w.folder))
}

// TestSummaryFile checks that the summary is written as Markdown and as JSON, and that both are complete.
func TestSummaryFile(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.Replace(tiny, "test-path: tests/app", `test-path: tests/app, hold: [{exclude: "==9"}]`, 1))
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "3.0", "lib>=9"))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	w.set("lib", wheelOf("lib", "1.4"), yanked("see | <b>@you</b>", wheelOf("lib", "1.5")), aged(1, wheelOf("lib", "1.6")))
	folder := t.TempDir()
	markdown, data := filepath.Join(folder, "summary"), filepath.Join(folder, "summary.json")
	before := content(t, w.folder)
	online(t, w.folder, w.index, 0, "update", "-summary="+markdown)
	text, err := os.ReadFile(markdown)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"**Decide these:** passed over: `app 3.0`. **Look at these:** withdrawn and replaced: `lib 1.5`; releases in: `other 2.0`; 1 warning.\n\n",
		"4 releases in 4 environments and 1 row; before: 3 in 3 and 1. ",
		"| `lib 1.5` | yanked: `see \\x7c <b>@you</b>` | 3 | replaced by `1.4` |\n",
		"| `other` | **`2.0`** |  |\n",
		"| `lib` | `1.5` → `1.4`<br>to an older release | 4 environments of `app`, `other` |\n",
		"| `other` | `toxgen hold other '==2.0' -reason='…' -issue=URL` |\n",
		"| `lib 1.6` | ",
		"| `app` passes over `app 3.0` on Python `3.12` | `no release of lib meets all that is required of it`<br>",
		"the hold of ==9 changes nothing any more` | `remove it` |\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the summary lacks %q:\n%s", want, text)
		}
	}
	put(t, w.folder, before)
	online(t, w.folder, w.index, 0, "update", "-summary="+data)
	raw, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	s, err := report.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Markdown(1 << 20); got != string(text) {
		t.Errorf("the JSON has a different summary:\n%s", got)
	}
}

// TestNeedlessExceptions checks that `check` warns of holds and constraints that have no effect, and of no others.
func TestNeedlessExceptions(t *testing.T) {
	w := newWeek(t)
	w.configure(strings.Replace(strings.Replace(tiny, "test-path: tests/app", `test-path: tests/app, hold: [{exclude: "==2.0"}, {exclude: "==9"}]`, 1),
		"groups:", "constraints:\n  - {requirement: lib<9}\n  - {requirement: lib<9, suites: [other], when: [py3.12]}\n  - {requirement: nothing<9}\ngroups:", 1))
	w.update(0)
	r := execute(t, w.folder, nil, nil, "check")
	want := `toxgen.yaml:18:19: warning: no environment that the constraint "nothing<9" is for pins nothing: it changes nothing
  hint: remove it
toxgen.yaml:22:98: warning: suite "app": the hold of ==9 changes nothing any more
  hint: remove it
`
	if r.status != 0 || r.stderr != want {
		t.Errorf("status %d, and the output is\n%s", r.status, r.stderr)
	}
}

// TestHold runs the command that the summary of an update suggests: the suite goes back, and the others stay.
func TestHold(t *testing.T) {
	w := newWeek(t)
	w.set("app", wheelOf("app", "1.0", "lib"), wheelOf("app", "2.0", "lib"), wheelOf("app", "2.1", "lib"))
	w.set("other", wheelOf("other", "1.0", "lib"), wheelOf("other", "2.0", "lib"))
	r := w.update(0, "app: in 2.1; out 2.0", "other: in 2.0; out none")
	_, command, found := strings.Cut(r.stdout, "to hold it back: toxgen ")
	command, _, _ = strings.Cut(command, "\n")
	if !found || command != "hold app '==2.1' -reason='…' -issue=URL" {
		t.Fatalf("the command is %q", command)
	}
	online(t, w.folder, w.index, 0, "hold", "app", "==2.1", "-reason=its tests fail", "-issue=https://example.org/1")
	w.has("toxgen.yaml", `hold: [{exclude: "==2.1", reason: "its tests fail", issue: "https://example.org/1"}]`, true)
	w.has("tox.ini", "app-v2.0", true)
	w.has("tox.ini", "app-v2.1", false)
	w.has("tox.ini", "other-v2.0", true)
	w.green("")
}
