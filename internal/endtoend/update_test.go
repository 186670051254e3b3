package endtoend

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
	"toxgen/internal/report"
)

// around is the part that the configurations of these tests have in common.
const around = `platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 10
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
  actions:
    actions/checkout: {sha: 3d3c42e5aac5ba805825da76410c181273ba90b1, version: v7.0.1}
    astral-sh/setup-uv: {sha: 20cfd1bf945f4377ade1205e4dbc17946fc9a30d, version: v10.0.1}
`

// small is the configuration of a project whose suites follow projects of the recorded slice.
const small = `project: {name: some-sdk, requires: [certifi]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.14", patch: 4, free-threaded: true}
` + around + `groups:
  - {name: Web, suites: [bottle, flask]}
  - {name: Other, suites: [typer, werkzeug-a, werkzeug-b]}
suites:
  bottle: {package: bottle, minimum: "0.12", test-path: tests/bottle}
  flask: {package: Flask, minimum: "1.1.4", test-path: tests/flask, requires: [{when: "*", add: [flask-login]}]}
  typer: {package: typer, minimum: "0.15", test-path: tests/typer}
  werkzeug-a: {package: werkzeug, minimum: "3.0", test-path: tests/a}
  werkzeug-b: {package: werkzeug, minimum: "3.0", test-path: tests/b, versions: 2}
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
`

// smallProject returns a folder with only the configuration small.
func smallProject(t *testing.T) string { return projectOf(t, small) }

// projectOf returns a folder with only a configuration.
func projectOf(t *testing.T, configuration string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "project")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	put(t, folder, map[string]string{"toxgen.yaml": configuration})
	return folder
}

// put writes files into a folder; [content] reads them back.
func put(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		place := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(place, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	early = "2026-08-10T04:00:00Z"
	late  = "2026-10-19T04:00:00Z"
)

// against returns the environment variables for a run with an index and a cache.
func against(index *pypitest.Server, cache string) []string {
	return []string{"TOXGEN_OFFLINE=", "TOXGEN_INDEX_URL=" + index.URL, "NETRC=" + os.DevNull, "TOXGEN_CACHE=" + cache}
}

// online runs the program with an index and an empty cache, and expects an exit status.
func online(t *testing.T, folder string, index *pypitest.Server, status int, arguments ...string) result {
	t.Helper()
	r := execute(t, folder, against(index, t.TempDir()), nil, arguments...)
	if r.status != status {
		t.Fatalf("%s: status %d, not %d\n%s%s", strings.Join(arguments, " "), r.status, status, r.stdout, r.stderr)
	}
	return r
}

// content returns the files of a folder by their paths below it.
func content(t *testing.T, folder string) map[string]string {
	t.Helper()
	m, err := remember(folder)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for path, data := range m.files {
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			t.Fatal(err)
		}
		files[relative] = data
	}
	return files
}

// same reports the differences between two folders.
func same(t *testing.T, want, got map[string]string) {
	t.Helper()
	for path, data := range want {
		if got[path] != data {
			t.Errorf("%s differs", path)
		}
	}
	for path := range got {
		if _, there := want[path]; !there {
			t.Errorf("%s is new", path)
		}
	}
}

// green checks that `check` succeeds and prints nothing.
func green(t *testing.T, folder string) {
	t.Helper()
	if r := execute(t, folder, nil, nil, "check"); r.status != 0 || r.stderr != "" {
		t.Fatalf("check: status %d\n%s", r.status, r.stderr)
	}
}

// replay returns an index with the recorded slice.
func replay(t *testing.T, o pypitest.Options) *pypitest.Server {
	o.Stubs = true
	return pypitest.Replay(t, pypitest.Slice(), o)
}

// TestUpdateForthAndBack updates from one date to another and back: after each update the project is in sync, and the
// last one restores the same files.
func TestUpdateForthAndBack(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := smallProject(t)
	online(t, folder, index, 0, "update", "-before="+early)
	first := content(t, folder)
	green(t, folder)
	r := online(t, folder, index, 0, "update", "-before="+late)
	if !strings.Contains(r.stdout, "typer: in 0.27.3; out 0.27.1\n") || !strings.Contains(r.stdout, "12 releases in 34 environments and 8 rows, as before\n") {
		t.Errorf("the summary is %q", r.stdout)
	}
	green(t, folder)
	if content(t, folder)["tox.ini"] == first["tox.ini"] {
		t.Error("ten weeks changed nothing")
	}
	online(t, folder, index, 0, "update", "-before="+early)
	same(t, first, content(t, folder))
	if misses := index.Misses(); len(misses) > 0 {
		t.Errorf("there were requests for what the slice does not have: %v", misses)
	}
}

// TestUpdateUndisturbed checks that the files are the same, after a first update and after the next, if the index answers
// in another order or late, or fails every fifth request.
func TestUpdateUndisturbed(t *testing.T) {
	dates := []string{early, late}
	var want []map[string]string
	folder, index := smallProject(t), replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	for _, date := range dates {
		online(t, folder, index, 0, "update", "-before="+date)
		want = append(want, content(t, folder))
	}
	for name, o := range map[string]pypitest.Options{
		"shuffled":     {Core: pypitest.ReplayReal, Shuffle: true, Seed: 1},
		"late":         {Core: pypitest.ReplayReal, Shuffle: true, Seed: 2, Jitter: 40 * time.Millisecond},
		"failing":      {Core: pypitest.ReplayReal, FailRate: 0.2, Seed: 3, Jitter: 10 * time.Millisecond},
		"all metadata": {Core: pypitest.ReplayYes, Shuffle: true, Seed: 4},
	} {
		t.Run(name, func(t *testing.T) {
			folder, index := smallProject(t), replay(t, o)
			for i, date := range dates {
				online(t, folder, index, 0, "update", "-before="+date)
				same(t, want[i], content(t, folder))
			}
		})
	}
}

// TestFetchThenUpdate checks that fetch adds the facts that are lacking, and asks for nothing else.
func TestFetchThenUpdate(t *testing.T) {
	moment, err := time.Parse(time.RFC3339, late)
	if err != nil {
		t.Fatal(err)
	}
	index := replay(t, pypitest.Options{AsOf: moment})
	folder := smallProject(t)
	online(t, folder, index, 0)
	asked := len(index.Requests())
	online(t, folder, index, 0)
	if again := len(index.Requests()); again != asked {
		t.Errorf("a second run made %d requests", again-asked)
	}
	if err := os.Remove(filepath.Join(folder, "registry", "typer.jsonl")); err != nil {
		t.Fatal(err)
	}
	before := content(t, folder)["tox.ini"]
	index.Reset()
	r := online(t, folder, index, 0, "fetch")
	if !strings.Contains(r.stderr, "added registry/typer.jsonl") || content(t, folder)["tox.ini"] != before {
		t.Error(r.stderr)
	}
	for _, request := range index.Requests() {
		if !strings.Contains(request.Path, "typer") {
			t.Errorf("there was a request for %s", request.Path)
		}
	}
}

// TestUpdateOnly checks that -only and -skip apply to all suites of the project, and to no other project.
func TestUpdateOnly(t *testing.T) {
	index := replay(t, pypitest.Options{})
	folder := smallProject(t)
	online(t, folder, index, 0, "update", "-before="+early)
	before := content(t, folder)
	index.Reset()
	online(t, folder, index, 0, "update", "-before="+late, "-only=werkzeug-b")
	after := content(t, folder)
	if after["registry/werkzeug.jsonl"] == before["registry/werkzeug.jsonl"] {
		t.Error("werkzeug was not refreshed")
	}
	for path := range before {
		for _, other := range []string{"bottle", "flask", "typer"} {
			if path == "registry/"+other+".jsonl" && after[path] != before[path] {
				t.Errorf("%s changed", path)
			}
		}
	}
	online(t, folder, index, 0, "update", "-before="+early, "-skip=werkzeug-a")
	if got := content(t, folder)["registry/werkzeug.jsonl"]; got != after["registry/werkzeug.jsonl"] {
		t.Error("werkzeug was refreshed though it was to be skipped")
	}
}

// TestUpdateIsolates checks that a project that cannot be fetched keeps its facts, and that the others are updated.
func TestUpdateIsolates(t *testing.T) {
	index := replay(t, pypitest.Options{})
	folder := smallProject(t)
	online(t, folder, index, 0, "update", "-before="+early)
	before := content(t, folder)
	index.Fault("/simple/werkzeug/", -1, pypitest.Status(404))
	index.Fault("/simple/flask/", -1, pypitest.HTML())
	r := online(t, folder, index, 0, "update", "-before="+late)
	after := content(t, folder)
	for _, name := range []string{"werkzeug", "flask"} {
		path := "registry/" + name + ".jsonl"
		if after[path] != before[path] {
			t.Errorf("%s changed", path)
		}
		if !strings.Contains(r.stdout, name+" keeps what it had: ") {
			t.Errorf("the summary does not name %s:\n%s", name, r.stdout)
		}
	}
	if after["registry/typer.jsonl"] == before["registry/typer.jsonl"] {
		t.Error("typer was not refreshed")
	}
	green(t, folder)
}

// TestUpdateWithoutIndex checks that nothing is written if no project could be refreshed.
func TestUpdateWithoutIndex(t *testing.T) {
	index := replay(t, pypitest.Options{})
	folder := smallProject(t)
	online(t, folder, index, 0, "update", "-before="+early)
	before := content(t, folder)
	index.Fault("/simple/*/", -1, pypitest.Status(403))
	r := online(t, folder, index, 1, "update", "-before="+late)
	if !strings.Contains(r.stderr, "no project could be refreshed") {
		t.Error(r.stderr)
	}
	same(t, before, content(t, folder))

	t.Run("pages only", func(t *testing.T) {
		folder := smallProject(t)
		index.Reset()
		index.Fault("/files/*/*", -1, pypitest.Status(403))
		r := online(t, folder, index, 1, "update", "-before="+late)
		if !strings.Contains(r.stderr, "no project could be refreshed") {
			t.Error(r.stderr)
		}
		same(t, map[string]string{"toxgen.yaml": small}, content(t, folder))
	})
}

// TestWeeks updates to each date of the whole recorded slice: each time the project is in sync, the summary can be read and is
// what diff says, and an update back to the first date restores the same files. It needs the folder of the slice in TOXGEN_INDEX_SLICE.
func TestWeeks(t *testing.T) {
	slice := os.Getenv("TOXGEN_INDEX_SLICE")
	if slice == "" {
		t.Skip("TOXGEN_INDEX_SLICE names no folder with a recorded slice of the index")
	}
	var recorded fs.FS = os.DirFS(slice)
	index := pypitest.Replay(t, recorded, pypitest.Options{Stubs: true})
	folder := copied(t)
	files := func() map[string]string {
		all := content(t, folder)
		maps.DeleteFunc(all, func(path, _ string) bool { return strings.HasPrefix(path, ".git/") })
		return all
	}
	first := files()
	start, err := time.Parse(time.RFC3339, early)
	if err != nil {
		t.Fatal(err)
	}
	previous := first
	repository := committed(t, folder)
	for week := range 11 {
		date := start.AddDate(0, 0, 7*week).Format(time.RFC3339)
		shown, data := summarized(t, folder, index, "-before="+date)
		legible(t, shown, data)
		t.Log(shown.first)
		if got, err := report.Parse([]byte(execute(t, folder, nil, nil, "diff", "HEAD", "-json").stdout)); err != nil {
			t.Error(err)
		} else {
			sameMoves(t, data, got)
		}
		if week > 0 {
			repository.commit(date)
		}
		if r := execute(t, folder, nil, nil, "check"); r.status != 0 || !onlyPassesOver(r.stderr) {
			t.Errorf("check: status %d\n%s", r.status, r.stderr)
		}
		now := files()
		t.Logf("%s: %d lines of tox.ini differ, %d workflows", date, changedLines(previous["tox.ini"], now["tox.ini"]), changedWorkflows(previous, now))
		if week == 0 {
			same(t, first, now)
		}
		previous = now
	}
	online(t, folder, index, 0, "update", "-before="+early)
	same(t, first, files())
}

// onlyPassesOver reports whether all that a check says is which releases are passed over.
func onlyPassesOver(stderr string) bool {
	for line := range strings.Lines(stderr) {
		if !strings.Contains(line, " passes over ") && !strings.HasPrefix(line, "  hint: ") && !strings.Contains(line, " more like these (releases passed over)") {
			return false
		}
	}
	return true
}

// changedLines returns the number of lines that only one of two texts has.
func changedLines(a, b string) int {
	count := map[string]int{}
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	changed := 0
	for _, n := range count {
		changed += max(n, -n)
	}
	return changed
}

// changedWorkflows returns the number of files in .github that are new or changed in b.
func changedWorkflows(a, b map[string]string) int {
	changed := 0
	for path, data := range b {
		if strings.HasPrefix(path, ".github/") && a[path] != data {
			changed++
		}
	}
	return changed
}
