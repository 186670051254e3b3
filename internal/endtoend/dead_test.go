package endtoend

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// patience is the maximum duration of a run whose index is dead: each request is made at most six times, with pauses of a
// few seconds in all, and few requests wait for each other.
const patience = 2 * time.Minute

// TestDeadIndex updates from an index that is dead from the start or dies during the update. It checks that the run ends
// soon, that facts that could not be refreshed are unchanged, and that the project is in sync.
func TestDeadIndex(t *testing.T) {
	options := pypitest.Options{Core: pypitest.ReplayReal}
	index := replay(t, options)
	beginning := smallProject(t)
	online(t, beginning, index, 0, "update", "-before="+early)
	before := content(t, beginning)
	index.Reset()
	full := copyOf(t, beginning)
	online(t, full, index, 0, "update", "-before="+late)
	after, requests := content(t, full), len(index.Requests())

	unavailable, broken := pypitest.Status(503, "Retry-After: 0"), pypitest.Reset()
	deaths := []*death{{name: "connections are refused"}, {name: "connections break", after: requests * 3 / 4, how: broken}}
	for _, n := range []int{0, 1, requests / 8, requests / 4, requests / 2, requests * 5 / 8, requests * 3 / 4, requests - 1} {
		deaths = append(deaths, &death{name: fmt.Sprintf("unavailable after %d requests", n), after: n, how: unavailable})
	}
	var runs sync.WaitGroup // each waits most of the time
	for _, d := range deaths {
		d.folder = copyOf(t, beginning)
		runs.Go(func() { d.update(t, replay(t, options)) })
	}
	runs.Wait()

	partly := 0
	for _, d := range deaths {
		t.Run(d.name, func(t *testing.T) {
			if d.took > patience {
				t.Errorf("it took %s", d.took)
			}
			switch got := content(t, d.folder); {
			case d.status == 1 && strings.Contains(d.stderr, "error: no project could be refreshed\n"):
				same(t, before, got)
			case d.status == 0 && d.after > 0:
				partly++
				partial(t, d.stdout, before, after, got)
			default:
				t.Errorf("status %d\n%s%s", d.status, d.stdout, d.stderr)
			}
			green(t, d.folder)
		})
	}
	if partly == 0 {
		t.Error("no index died late enough for a part of an update")
	}
}

// A death describes how an index dies, and the update during which it dies.
type death struct {
	name string
	// after is the number of requests that are answered. how is the fault of the others; if it is nil, connections
	// are refused from the start.
	after int
	how   pypitest.Fault

	folder string
	took   time.Duration
	result
}

// update runs an update during which the index dies.
func (d *death) update(t *testing.T, index *pypitest.Server) {
	environment := against(index, t.TempDir())
	if d.how == nil {
		environment = append(environment, "TOXGEN_INDEX_URL=http://"+pypitest.Refused+"/simple/")
	} else {
		dying := pypitest.After(d.after, d.how)
		index.Fault("/simple/*/", 0, dying)
		index.Fault("/files/*/*", 0, dying)
	}
	start := time.Now()
	d.result = execute(t, d.folder, environment, nil, "update", "-before="+late)
	d.took = time.Since(start)
}

// partial checks that the facts of each project that a suite follows are the old ones if the summary says so, and
// otherwise those of a complete update.
func partial(t *testing.T, summary string, before, after, got map[string]string) {
	t.Helper()
	for _, name := range []string{"bottle", "flask", "typer", "werkzeug"} {
		path, want := filepath.Join("registry", name+".jsonl"), after
		if strings.Contains(summary, "\n"+name+" keeps what it had: ") {
			want = before
		}
		if strings.Contains(summary, "\n"+name+" ") && strings.Contains(summary, " is not adopted yet: ") {
			continue // some of its releases were adopted and others were not
		}
		if strings.Contains(got[path], "could not be found out: the index did not answer") {
			continue // a verdict, for want of which a release counts as not supported
		}
		if got[path] != want[path] {
			t.Errorf("%s is not what the summary says:\n%s", path, summary)
		}
	}
	if len(got) != len(after) {
		t.Errorf("%d files, not %d", len(got), len(after))
	}
}

// TestDeadVerdict updates from an index with an unreadable file that only a verdict of a new release needs. The release
// of that file is not adopted, and everything else is updated.
func TestDeadVerdict(t *testing.T) {
	headers := []string{"Classifier: Programming Language :: Python :: 3.12", "Classifier: Programming Language :: Python :: 3.14"}
	alpha := append(slices.Clone(headers), "Requires-Dist: dependency")
	index := pypitest.New(t,
		pypitest.Project{Name: "alpha", Files: []pypitest.File{on(1, pypitest.Wheel("alpha", "1.0", alpha...)), on(3, pypitest.Wheel("alpha", "1.1", alpha...))}},
		pypitest.Project{Name: "beta", Files: []pypitest.File{on(1, pypitest.Wheel("beta", "1.0", headers...)), on(3, pypitest.Wheel("beta", "1.1", headers...))}},
		pypitest.Project{Name: "dependency", Files: []pypitest.File{on(1, pypitest.Wheel("dependency", "1.0")), on(3, pypitest.Wheel("dependency", "2.0"))}})
	configuration := strings.NewReplacer(
		`{version: "3.8", patch: 20}`, `{version: "3.12", patch: 13}`,
		`{version: "3.12", patch: 13}`, `{version: "3.14", patch: 4, free-threaded: true}`,
		`, python: "==3.8"`, "", `, python: "==3.12"`, "",
		"testenv:", "constraints:\n  - {requirement: dependency<2, reason: a verdict has none}\ntestenv:").Replace(twins)
	folder := projectOf(t, configuration)
	online(t, folder, index, 0, "update", "-before="+day(2).Format(time.RFC3339))
	index.Fault("/files/dependency/dependency-2.0-*", -1, pypitest.Status(403))
	r := online(t, folder, index, 0, "update", "-before="+day(4).Format(time.RFC3339))
	for _, line := range []string{"a: in 1.1; out none", "b: in 1.1; out none"} {
		if !strings.Contains(r.stdout, line) {
			t.Error(r.stdout)
		}
	}
	after := content(t, folder)
	if !strings.Contains(after["registry/alpha.jsonl"], `"reason":"each of the 2 releases of its closure has a wheel for 3.14t"`) || strings.Contains(after["registry/dependency.jsonl"], `"2.0"`) {
		t.Errorf("%s%s", after["registry/alpha.jsonl"], after["registry/dependency.jsonl"])
	}
	green(t, folder)
}
