package endtoend

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	compiler "toxgen/internal/program"
	"toxgen/internal/pypitest"
)

// A crash is an update from one date to a later one that is killed again and again.
type crash struct {
	index *pypitest.Server
	// beginning is the folder of the project before the update. before and after are the project's files before and after
	// a complete update.
	beginning     string
	before, after map[string]string
	// changed are the files that the update changes, sorted.
	changed []string
	// takes is the duration of a complete update.
	takes  time.Duration
	random *rand.Rand
	// found counts the states that the kills left.
	found map[string]int
}

// TestCrash kills updates: every second one at a random moment, the others while they commit. It checks that every file
// is either the old or the new one, and that the result of the next run is that of a run without a kill.
//
// TOXGEN_CRASHES is the number of kills. TOXGEN_CRASH_SEED repeats the random moments of an earlier test.
func TestCrash(t *testing.T) {
	kills := number(t, "TOXGEN_CRASHES", 5)
	seed := number(t, "TOXGEN_CRASH_SEED", int(time.Now().UnixNano()))
	t.Logf("TOXGEN_CRASH_SEED=%d", seed)
	c := newCrash(t, rand.New(rand.NewPCG(uint64(seed), 0)))
	for i := range kills {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			if i%2 == 0 {
				c.anywhere(t)
			} else {
				c.committing(t, phases[i/2%len(phases)])
			}
		})
	}
	t.Logf("what the kills left: %v", c.found)
}

// number returns the value of an environment variable, or the usual value if it is not set.
func number(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// newCrash updates a project to the early date, and a copy of it to the late date.
func newCrash(t *testing.T, random *rand.Rand) *crash {
	c := &crash{index: replay(t, pypitest.Options{Core: pypitest.ReplayReal}), beginning: smallProject(t), random: random, found: map[string]int{}}
	if err := os.Mkdir(filepath.Join(c.beginning, ".git"), 0o777); err != nil {
		t.Fatal(err)
	}
	online(t, c.beginning, c.index, 0, "update", "-before="+early)
	c.before = tree(t, c.beginning)
	folder, start := copyOf(t, c.beginning), time.Now()
	online(t, folder, c.index, 0, "update", "-before="+late)
	c.takes, c.after = time.Since(start), tree(t, folder)
	for path, data := range c.after {
		if c.before[path] != data {
			c.changed = append(c.changed, path)
		}
	}
	slices.Sort(c.changed)
	if len(c.changed) < 3 {
		t.Fatalf("the update changes only %v", c.changed)
	}
	return c
}

// tree returns the files of a project without its .git folder.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := content(t, folder)
	for path := range files {
		if strings.HasPrefix(path, ".git"+string(filepath.Separator)) {
			delete(files, path)
		}
	}
	return files
}

// anywhere kills an update at a random moment.
func (c *crash) anywhere(t *testing.T) {
	r := c.begin(t)
	select {
	case <-time.After(time.Duration(c.random.Int64N(int64(c.takes)))):
	case <-r.done:
	}
	r.kill(t)
	c.examine(t, r)
}

// phases are the phases of a commit in which updates are killed.
var phases = []string{moving, begun, staged}

// committing kills an update in a phase of its commit. A kill may be too late and hit a later phase, so it tries several
// times. At least one kill has to hit a phase of the commit.
func (c *crash) committing(t *testing.T, phase string) {
	missed := true
	for range 20 {
		r := c.begin(t)
		for reached := c.reached(r, phase); !reached() && !r.ended(); {
		}
		r.kill(t)
		left := c.examine(t, r)
		if left == phase || t.Failed() {
			return
		}
		missed = missed && left == nothing
	}
	if missed {
		t.Error("each time the update was faster than the kill")
	}
}

// reached returns a function that reports whether an update has begun a phase of its commit.
func (c *crash) reached(r *running, phase string) func() bool {
	switch phase {
	case staged:
		name := filepath.Join(r.state(), fmt.Sprint("staged-", c.random.IntN(len(c.changed))))
		return func() bool { return exists(name) }
	case begun:
		name := filepath.Join(r.state(), "journal.json")
		return func() bool { return exists(name) }
	default:
		name := filepath.Join(r.folder, c.changed[0])
		was, _ := os.Lstat(name) // nil if there is no such file
		return func() bool {
			is, err := os.Lstat(name)
			return (err == nil) != (was != nil) || err == nil && !os.SameFile(was, is)
		}
	}
}

// exists reports whether there is a file with a name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// A running is a running update of a copy of the project.
type running struct {
	folder, cache string
	command       *exec.Cmd
	done          chan struct{}
}

// state returns the program's state folder.
func (r *running) state() string { return filepath.Join(r.folder, ".git", "toxgen") }

// begin starts an update.
func (c *crash) begin(t *testing.T) *running {
	t.Helper()
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	r := &running{folder: copyOf(t, c.beginning), cache: t.TempDir(), done: make(chan struct{})}
	r.command = exec.Command(program, "update", "-before="+late)
	r.command.Dir, r.command.Env = r.folder, append(os.Environ(), against(c.index, r.cache)...)
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = r.command.Wait() // how it ended does not matter
		close(r.done)
	}()
	return r
}

// ended reports whether the update has ended.
func (r *running) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// kill kills the update and waits for its end.
func (r *running) kill(t *testing.T) {
	t.Helper()
	if err := r.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-r.done
}

// The states of a commit that a kill can leave.
const (
	nothing = "no trace of a commit"
	staged  = "staged files"
	begun   = "a journal"
	moving  = "a journal and some files moved"
	moved   = "a journal and all files moved"
)

// left returns the state that a kill left. files are the project's files.
func (c *crash) left(r *running, files map[string]string) string {
	switch {
	case !exists(filepath.Join(r.state(), "journal.json")):
		if exists(filepath.Join(r.state(), "draft.json")) {
			return staged
		}
		return nothing
	case maps.Equal(files, c.before):
		return begun
	case maps.Equal(files, c.after):
		return moved
	default:
		return moving
	}
}

// examine checks what a kill left, and that another run completes it. It returns the state that the kill left.
func (c *crash) examine(t *testing.T, r *running) (left string) {
	t.Helper()
	got := tree(t, r.folder)
	left = c.left(r, got)
	c.found[left]++
	c.wholeFiles(t, got)
	journal := left != nothing && left != staged
	if !journal && !maps.Equal(got, c.before) && !maps.Equal(got, c.after) {
		t.Errorf("%s: some files are old and some new", left)
	}
	interrupted := "out of sync: a write was interrupted and is not complete\n  hint: run `toxgen`\n"
	switch check := execute(t, r.folder, nil, nil, "check"); {
	case journal && (check.status != 3 || !strings.Contains(check.stderr, interrupted)), !journal && (check.status != 0 || check.stderr != ""):
		t.Errorf("%s: check: status %d\n%s", left, check.status, check.stderr)
	}
	same(t, got, tree(t, r.folder))

	want, arguments := got, []string{} // the default graph completes a commit that has a journal, and otherwise has nothing to do
	if journal {
		want = c.after
	}
	if c.random.IntN(2) == 0 {
		want, arguments = c.after, []string{"update", "-before=" + late}
	}
	if again := execute(t, r.folder, against(c.index, r.cache), nil, arguments...); again.status != 0 {
		t.Fatalf("%s: the next run: status %d\n%s", left, again.status, again.stderr)
	}
	same(t, want, tree(t, r.folder))
	green(t, r.folder)
	entries, err := os.ReadDir(r.state())
	if err != nil || len(entries) != 1 || entries[0].Name() != "lock" {
		t.Errorf("%s: the state folder holds %v, %v", left, entries, err)
	}
	return left
}

// wholeFiles checks that each file is either the old or the new one, and that there is no other file.
func (c *crash) wholeFiles(t *testing.T, got map[string]string) {
	t.Helper()
	for path, data := range got {
		before, was := c.before[path]
		after, will := c.after[path]
		if !(was && data == before) && !(will && data == after) {
			t.Errorf("%s is neither old nor new", path)
		}
	}
	for path := range c.before {
		_, is := got[path]
		if _, will := c.after[path]; will && !is {
			t.Errorf("%s is lost", path)
		}
	}
}
