package pipeline

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/pypitest"
	"toxgen/internal/update"
)

// shop is a project in a folder, with an index in the process of the test.
type shop struct {
	*testing.T
	index  *pypitest.Server
	folder string
	now    time.Time
	// out and errors are what the last run printed.
	out, errors bytes.Buffer
}

// newShop returns a project of which nothing is generated yet.
func newShop(t *testing.T) *shop {
	s := &shop{T: t, index: pypitest.New(t), folder: t.TempDir(), now: time.Date(2026, 8, 10, 4, 0, 0, 0, time.UTC)}
	put(t, s.folder, map[string]string{config.FileName: strings.Replace(handedProject, "minimum: \"1.0\"", `minimum: "1.0", requires: [{when: "*", add: [core<2]}]`, 1)})
	s.set("app", s.wheel(30, "app", "1.0", "lib"), s.wheel(30, "app", "2.0", "lib"))
	s.set("lib", s.wheel(30, "lib", "1.0"))
	s.set("core", s.wheel(30, "core", "1.0"), s.wheel(30, "core", "2.0"))
	s.set("setuptools", s.wheel(30, "setuptools", "80.0"))
	return s
}

// wheel is a wheel for Python 3.12 that is some days old.
func (s *shop) wheel(days int, project, version string, requires ...string) pypitest.File {
	headers := []string{"Classifier: Programming Language :: Python :: 3.12"}
	for _, r := range requires {
		headers = append(headers, "Requires-Dist: "+r)
	}
	f := pypitest.Wheel(project, version, headers...)
	f.Uploaded = s.now.AddDate(0, 0, -days)
	return f
}

func (s *shop) set(name string, files ...pypitest.File) {
	s.index.Set(pypitest.Project{Name: name, Files: files})
}

func (s *shop) world() World {
	s.out.Reset()
	s.errors.Reset()
	return World{Root: s.folder, Config: config.FileName, Now: s.now, IndexURL: s.index.URL, Cache: s.TempDir(), State: filepath.Join(s.TempDir(), "states"), Netrc: os.DevNull, Stdout: &s.out, Stderr: &s.errors}
}

// write does steps of a writing run and commits them.
func (s *shop) write(want Status, steps func(*Run) []func(context.Context) error) {
	s.Helper()
	run, err := Writing(s.Context(), s.world())
	if err != nil {
		s.Fatal(err)
	}
	defer run.Close()
	status := run.Fail(walk(s.Context(), steps(run)...))
	if status == Done {
		status = run.Commit()
	}
	if status != want {
		s.Fatalf("status %v, not %v\n%s%s", status, want, &s.out, &s.errors)
	}
}

// generate is what `toxgen workflows` does.
func generate(run *Run) []func(context.Context) error {
	return []func(context.Context) error{run.Fetch, run.Toxgen, run.Workflows}
}

// updated is what `toxgen update` does.
func updated(o update.Options) func(*Run) []func(context.Context) error {
	return func(run *Run) []func(context.Context) error {
		refresh := func(ctx context.Context) error { return run.Refresh(ctx, o) }
		return []func(context.Context) error{refresh, run.Fetch, run.Toxgen, run.Workflows, run.Moved}
	}
}

// check does what `toxgen check` does, and returns what it prints.
func (s *shop) check(want Status) string {
	s.Helper()
	run, err := Verifying(s.world())
	if err != nil {
		s.Fatal(err)
	}
	status := run.Fail(walk(s.Context(), run.Fetch, run.Toxgen, run.Workflows, run.Check))
	if status == Done {
		status = run.Finish()
	}
	if status != want {
		s.Fatalf("check: status %v, not %v\n%s", status, want, &s.errors)
	}
	return s.errors.String()
}

// holds expects that a file holds texts, and none of those that begin with `!`.
func (s *shop) holds(file string, texts ...string) {
	s.Helper()
	data, err := os.ReadFile(filepath.Join(s.folder, filepath.FromSlash(file)))
	if err != nil {
		s.Fatal(err)
	}
	for _, text := range texts {
		text, not := strings.CutPrefix(text, "!")
		if strings.Contains(string(data), text) == not {
			s.Errorf("%s: %q is expected: %v\n%s", file, text, !not, data)
		}
	}
}

// TestWeek walks the whole line: a first run, an update with a release that the suite cannot have, one whose metadata
// the index does not hand out, a young one and a yanked pin, then a hold.
func TestWeek(t *testing.T) {
	s := newShop(t)
	s.write(Done, generate)
	if said := s.check(Done); said != "" {
		t.Errorf("check says %q", said)
	}
	s.holds("tox.ini", "py3.12-app-v1.0", "lib==1.0", "core==1.0")
	s.holds("build-constraints.txt", "setuptools==80.0")

	yanked := s.wheel(30, "lib", "1.0")
	yanked.Yanked, yanked.Reason = true, "broken"
	s.set("lib", yanked, s.wheel(20, "lib", "1.1"), s.wheel(1, "lib", "1.2"))
	s.set("app", s.wheel(30, "app", "1.0", "lib"), s.wheel(30, "app", "2.0", "lib"), s.wheel(20, "app", "2.1", "lib"), s.wheel(10, "app", "3.0", "core>=2"), s.wheel(9, "app", "4.0"))
	s.index.Fault("/files/app/app-4.0*", -1, pypitest.Status(404))
	s.write(Done, updated(update.Options{}))
	for _, line := range []string{"app: in 2.1; out 2.0\n", "lib 1.0 (yanked: broken), pinned in 2 environments: replaced by 1.1\n", "held back: lib 1.2, ",
		"app passes over app 3.0: on Python 3.12 no release of core meets all that is required of it\n", "app 4.0 is not adopted yet: "} {
		if !strings.Contains(s.out.String(), line) {
			t.Errorf("the summary lacks %q:\n%s", line, &s.out)
		}
	}
	if said := s.check(Done); !strings.Contains(said, `suite "app" passes over app 3.0`) {
		t.Errorf("check says %q", said)
	}
	s.holds("tox.ini", "py3.12-app-v2.1", "!app-v3.0", "lib==1.1")
	s.holds("registry/app.jsonl", `"unresolvable":[{"suite":"app"`, `!"4.0"`)
	s.write(Failed, updated(update.Options{Strict: true}))

	s.write(Done, func(run *Run) []func(context.Context) error {
		hold := func(context.Context) error { return run.Hold("app", config.NewHold{Exclude: "==2.1"}) }
		return append([]func(context.Context) error{hold}, generate(run)...)
	})
	s.holds("tox.ini", "py3.12-app-v2.0", "!app-v2.1")
	before := s.now.AddDate(0, 0, -15)
	s.write(Done, updated(update.Options{Before: &before}))
	s.holds("registry/app.jsonl", `"2.1"`, `!"3.0"`)
	s.check(Done)
}

// TestSilentIndex: an index that does not answer changes nothing of what there is, and is an error where facts lack.
func TestSilentIndex(t *testing.T) {
	s := newShop(t)
	s.index.Fault("/simple/lib/", -1, pypitest.Status(503, "Retry-After: 0"))
	s.write(Failed, generate)
	if !strings.Contains(s.errors.String(), "lib") {
		t.Error(s.errors.String())
	}
	s = newShop(t)
	s.write(Done, generate)
	s.set("app", s.wheel(30, "app", "1.0", "lib"), s.wheel(30, "app", "2.0", "lib"), s.wheel(20, "app", "3.0", "lib", "other"))
	s.index.Fault("/simple/other/", -1, pypitest.Status(503, "Retry-After: 0"))
	s.write(Done, updated(update.Options{Upgrade: true}))
	if !strings.Contains(s.out.String(), "app keeps what it had: environment py3.12-app-v3.0 cannot be resolved: ") {
		t.Error(s.out.String())
	}
	s.check(Done)
	s.index.Fault("/simple/*/", -1, pypitest.Status(503, "Retry-After: 0"))
	s.write(Failed, updated(update.Options{}))
	s.check(Done)
}

// TestFrozen: a late file makes the only release that a static suite and the builds can have impossible. Its line and
// pins stay; the suite that can move does.
func TestFrozen(t *testing.T) {
	s := newShop(t)
	put(t, s.folder, map[string]string{config.FileName: strings.NewReplacer(
		"build: [setuptools]", "build: [\"lib==1.0\"]\nstatic:\n  common: {pythons: [py3.12], test-path: t, requires: [{when: \"*\", add: [\"lib==1.0\"]}]}",
		"suites: [app]", "suites: [app, common]").Replace(handedProject)})
	s.write(Done, generate)
	late := s.wheel(5, "lib", "1.0", "nowhere")
	late.Filename = "lib-1.0-py312-none-any.whl"
	s.set("lib", s.wheel(30, "lib", "1.0"), late)
	s.set("app", s.wheel(30, "app", "1.0"), s.wheel(20, "app", "2.0"), s.wheel(20, "app", "2.1"))
	s.write(Done, updated(update.Options{}))
	if !strings.Contains(s.out.String(), "lib 1.0 keeps what it had: with its present facts ") {
		t.Error(s.out.String())
	}
	s.holds("tox.ini", "py3.12-app-v2.1", "common: lib==1.0")
	s.holds("build-constraints.txt", "lib==1.0")
	s.check(Done)
}

// TestTooMany: an update that brings more releases than a suite may test passes the newest over.
func TestTooMany(t *testing.T) {
	s := newShop(t)
	var files []pypitest.File
	for _, v := range []string{"1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "8.0", "9.0", "10.0", "11.0", "12.0"} {
		files = append(files, s.wheel(30, "app", v))
	}
	s.set("app", files...)
	s.write(Done, generate)
	s.set("app", append(files, s.wheel(20, "app", "13.0"))...)
	s.write(Done, updated(update.Options{}))
	s.holds("tox.ini", "app-v12.0", "!app-v13.0")
	if said := s.check(Done); !strings.Contains(said, "passes over app 13.0: on Python 3.12 13 releases would be tested, which is too many") {
		t.Errorf("check says %q", said)
	}
}

// TestCommands: what only reads prints what it is asked for, and refuses what it does not know.
func TestCommands(t *testing.T) {
	s := newShop(t)
	s.write(Done, generate)
	run, err := Verifying(s.world())
	if err != nil {
		t.Fatal(err)
	}
	all := true
	for what, want := range map[string]string{"app": "1.0", "app==1.0": "it claims: ", "py3.12-app-v1.0": "lib==1.0"} {
		if err := run.Explain(t.Context(), what, &all, nil); err != nil || !strings.Contains(s.out.String(), want) {
			t.Errorf("explain %s: %v, %s", what, err, &s.out)
		}
	}
	if err := run.Explain(t.Context(), "nothing", nil, nil); s.world().Explain(err) != Usage {
		t.Errorf("explain nothing: %v", err)
	}
	requirements := filepath.Join(t.TempDir(), "requirements.txt")
	if err := os.WriteFile(requirements, []byte("app<2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := s.world().Resolve(t.Context(), "3.12", requirements); status != Done || s.out.String() != "app==1.0\nlib==1.0\n" {
		t.Errorf("resolve: %v, %s%s", status, &s.out, &s.errors)
	}
	if status := s.world().Resolve(t.Context(), "2.7", requirements); status != Usage {
		t.Errorf("resolve for 2.7: %v, %s", status, &s.errors)
	}
	put(t, s.folder, map[string]string{"tox.ini": "# Made by `mage toxgen` from nothing\n"})
	if said := s.check(OutOfSync); !strings.Contains(said, "tox.ini:1: out of sync: the file is not what toxgen would write") {
		t.Errorf("check says %s", said)
	}
}

// TestRemovedFile: the facts of a pin are lost, and the file that the classifiers of its release were read of is gone
// from the index. A plain run reads both again, of the file that is there now.
func TestRemovedFile(t *testing.T) {
	s := newShop(t)
	s.write(Done, generate)
	other := s.wheel(30, "app", "2.0", "lib", "other")
	other.Filename = "app-2.0-py312-none-any.whl"
	s.set("app", s.wheel(30, "app", "1.0", "lib"), other)
	s.set("other", s.wheel(30, "other", "1.0"))
	path := filepath.Join(s.folder, "registry", "app.jsonl")
	facts, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(facts), "\n")
	lines[1] = strings.Replace(lines[1], `,"requires":["lib"]`, "", 1)
	put(t, s.folder, map[string]string{"registry/app.jsonl": strings.Join(lines, "")})
	s.write(Done, generate)
	s.check(Done)
	s.holds("registry/app.jsonl", `"wheels":["py312-none-any"],"metadata":[{"file":"py312-none-any"`, `"classifiers":["3.12"],"requires":["lib","other"]`)
	s.holds("tox.ini", "other==1.0")
}

// TestLostAndSilent: a project whose facts are lost keeps its pins while the index does not answer for it.
func TestLostAndSilent(t *testing.T) {
	s := newShop(t)
	s.write(Done, generate)
	if err := os.Remove(filepath.Join(s.folder, "registry", "app.jsonl")); err != nil {
		t.Fatal(err)
	}
	s.index.Fault("/simple/app/", -1, pypitest.Status(503, "Retry-After: 0"))
	s.write(Failed, updated(update.Options{}))
	if !strings.Contains(s.errors.String(), "registry/app.jsonl: error: ") {
		t.Error(s.errors.String())
	}
	s.holds("tox.ini", "py3.12-app-v2.0")
}
