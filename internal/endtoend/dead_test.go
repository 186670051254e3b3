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

// patience bounds a run whose index is dead: each request is made six times at most, with pauses of some seconds
// together, and few requests have to wait for each other.
const patience = 2 * time.Minute

// TestDeadIndex has an index that is dead from the start, or dies on the way. The run ends soon; what could not be
// refreshed is as it was, all of it where nothing could be; and the project is in sync.
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
	deaths := []*death{{name: "nobody listens"}, {name: "connections break", after: requests * 3 / 4, how: broken}}
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

// death is how an index dies, and the update that meets it.
type death struct {
	name string
	// after is how many requests are answered before; how the others are, nil: nobody listens.
	after int
	how   pypitest.Fault

	folder string
	took   time.Duration
	result
}

// update has the index die under an update.
func (d *death) update(t *testing.T, index *pypitest.Server) {
	if d.how == nil {
		index.Close()
	} else {
		dying := pypitest.After(d.after, d.how)
		index.Fault("/simple/*/", 0, dying)
		index.Fault("/files/*/*", 0, dying)
	}
	start := time.Now()
	d.result = execute(t, d.folder, against(index, t.TempDir()), nil, "update", "-before="+late)
	d.took = time.Since(start)
}

// partial expects that the facts of each project that a suite follows are those of before if the summary says so,
// and else those of a whole update.
func partial(t *testing.T, summary string, before, after, got map[string]string) {
	t.Helper()
	for _, name := range []string{"bottle", "flask", "typer", "werkzeug"} {
		path, want := filepath.Join("registry", name+".jsonl"), after
		if strings.Contains(summary, "\n"+name+" keeps what it had: ") {
			want = before
		}
		if strings.Contains(summary, "\n"+name+" ") && strings.Contains(summary, " is not adopted yet: ") {
			continue // some releases of it were adopted, and others were not
		}
		if got[path] != want[path] {
			t.Errorf("%s is not what the summary says:\n%s", path, summary)
		}
	}
	if len(got) != len(after) {
		t.Errorf("%d files, not %d", len(got), len(after))
	}
}

// TestDeadVerdict has a file that cannot be read and matters to nothing but a verdict of a new release: its release is
// not adopted yet, and everything else goes on.
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
