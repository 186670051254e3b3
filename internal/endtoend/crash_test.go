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

	"toxgen/internal/pypitest"
)

// crash is an update from one date to a later one that is killed on its way, time after time.
type crash struct {
	index *pypitest.Server
	// beginning is the project before the update; before and after are its files then and after a whole update.
	beginning     string
	before, after map[string]string
	// changed are the files that the update changes, sorted.
	changed []string
	// takes is how long a whole update takes.
	takes  time.Duration
	random *rand.Rand
	// found counts what kills left.
	found map[string]int
}

// TestCrash kills updates, every second one at a random moment of its whole duration, the others while they commit.
// Each time no file is anything but old or new, and the next run ends as an undisturbed one.
//
// TOXGEN_CRASHES is how often; TOXGEN_CRASH_SEED repeats the moments, as far as the machine does.
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

// number is what an environment variable holds.
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
		t.Fatalf("the update changes %v only", c.changed)
	}
	return c
}

// tree is what a project holds, the git folder aside.
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

// phases are those of a commit in which updates are killed.
var phases = []string{moving, begun, staged}

// committing kills an update in a phase of its commit. The kill may come late, and then counts as one of another phase:
// so there are several, but one of them has to be in time for any.
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

// reached says when an update begins a phase of its commit.
func (c *crash) reached(r *running, phase string) func() bool {
	switch phase {
	case staged:
		name := filepath.Join(r.state(), fmt.Sprint("staged-", c.random.IntN(len(c.changed))))
		return func() bool { return there(name) }
	case begun:
		name := filepath.Join(r.state(), "journal.json")
		return func() bool { return there(name) }
	default:
		name := filepath.Join(r.folder, c.changed[0])
		was, _ := os.Lstat(name) // nil if there is none
		return func() bool {
			is, err := os.Lstat(name)
			return (err == nil) != (was != nil) || err == nil && !os.SameFile(was, is)
		}
	}
}

func there(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// running is an update under way in a copy of the project.
type running struct {
	folder, cache string
	command       *exec.Cmd
	done          chan struct{}
}

func (r *running) state() string { return filepath.Join(r.folder, ".git", "toxgen") }

// begin starts an update.
func (c *crash) begin(t *testing.T) *running {
	t.Helper()
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

func (r *running) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

func (r *running) kill(t *testing.T) {
	t.Helper()
	if err := r.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-r.done
}

// What a kill leaves of a commit.
const (
	nothing = "no trace of a commit"
	staged  = "staged files"
	begun   = "a journal"
	moving  = "a journal and some files moved"
	moved   = "a journal and all files moved"
)

// left is what a kill left, where the tree holds these files.
func (c *crash) left(r *running, files map[string]string) string {
	switch {
	case !there(filepath.Join(r.state(), "journal.json")):
		if there(filepath.Join(r.state(), "draft.json")) {
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

// examine looks at what a kill left, and has another run end what it began.
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
	interrupted := "out of sync: a write was interrupted and is not complete\n  hint: run `mage`\n"
	switch check := execute(t, r.folder, nil, nil, "check"); {
	case journal && (check.status != 3 || !strings.Contains(check.stderr, interrupted)), !journal && (check.status != 0 || check.stderr != ""):
		t.Errorf("%s: check: status %d\n%s", left, check.status, check.stderr)
	}
	same(t, got, tree(t, r.folder))

	want, arguments := got, []string{} // the default graph completes what has a journal, and else has nothing to do
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

// wholeFiles expects each file to be as before or as after, and no other file to be there.
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
