package laws

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// These are how many worlds a test plays, and from which seed, unless the environment says so.
const (
	fewWorlds = 24
	firstSeed = 1
)

// TestLaws plays worlds and looks at the laws. TOXGEN_LAWS_COUNT says how many worlds, TOXGEN_LAWS_SEED which is the
// first. Of each kind of finding one is made smaller and printed.
func TestLaws(t *testing.T) {
	count, seed := number(t, "TOXGEN_LAWS_COUNT", fewWorlds), number(t, "TOXGEN_LAWS_SEED", firstSeed)
	effort := 2 * time.Second // for making one finding smaller
	if os.Getenv("TOXGEN_LAWS_COUNT") != "" {
		effort = 20 * time.Second
	}
	tally := newTally()
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(count); i = next.Add(1) - 1 {
				examine(t, tally, Generate(uint64(seed)+uint64(i)), effort)
			}
		})
	}
	workers.Wait()
	t.Logf("worlds of the seeds %d to %d:\n%s", seed, seed+count-1, tally)
	if count >= fewWorlds && tally.zero*100 < tally.all*70 {
		t.Errorf("only %d of %d commands end 0: the laws assert little", tally.zero, tally.all)
	}
}

// examine plays one world and reports what it finds.
func examine(t *testing.T, tally *Tally, w World, effort time.Duration) {
	for _, found := range w.play(t, 0, tally.add) {
		if !tally.found(found) {
			t.Errorf("seed %d, step %d: %s", w.Seed, found.Trial.Number, found.Kind())
			continue
		}
		small := shrink(found, time.Now().Add(effort), func(candidate World) (Finding, bool) {
			for _, f := range candidate.play(t, found.Law, func(*Trial) {}) {
				if f.Kind() == found.Kind() {
					return f, true
				}
			}
			return Finding{}, false
		})
		t.Errorf("seed %d, step %d: %s\n%s", w.Seed, found.Trial.Number, found.Kind(), small.reproduction())
	}
}

// number returns what an environment variable says, or something else if it is not set.
func number(t *testing.T, variable string, otherwise int) int {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is no number: %q", variable, text)
	}
	return n
}

// TestLock reads the pins of a small tox.ini, conditions of all forms in it.
func TestLock(t *testing.T) {
	lock := lockOf(`[tox]
env_list =

    # app
    {py3.9,py3.14}-app-v1.0
    py3.9-app-latest
[testenv]
deps =

    # app
    app-v1.0: app==1.0
    app-!v1.0: app[more]==2.0
    app: lib>=1.0
    {py3.9,py3.10}-app-v1.0, py3.14-app-!v1.0: lib==1.0
    py3.14-app-v1.0: lib==2.0
set_env =
    util==3.0
`)
	for environment, want := range map[string]map[string]string{
		"py3.9-app-v1.0":   {"app": "1.0", "lib": "1.0"},
		"py3.14-app-v1.0":  {"app": "1.0", "lib": "2.0"},
		"py3.9-app-latest": {"app": "2.0"},
	} {
		for _, project := range []string{"app", "lib", "util"} {
			if got := lock[environment][project]; got != want[project] {
				t.Errorf("%s: %s is pinned to %q, want %q", environment, project, got, want[project])
			}
		}
	}
}
