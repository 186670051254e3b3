//go:build unix

package fileset

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// killed is the panic value that stands for the death of the process: nothing is done after it.
type killed struct{}

// interrupt recovers and commits, and dies before the first operation that begins with a prefix.
func interrupt(tree *Tree, prefix string) {
	dies(tree, func(_ int, operation string) bool { return strings.HasPrefix(operation, prefix) })
}

// dies recovers and commits, and dies before the operation for which here returns true. It reports whether it died.
func dies(tree *Tree, here func(n int, operation string) bool) (died bool) {
	defer func() {
		if r := recover(); r != nil && r != any(killed{}) {
			panic(r)
		} else {
			died = r != nil
		}
	}()
	n := 0
	tree.before = func(operation string) error {
		if n++; here(n, operation) {
			panic(killed{})
		}
		return nil
	}
	_ = tree.Recover()
	_, _ = tree.Commit()
	return false
}

// TestKilled lets a commit die before each operation, and the run that recovers die before each operation as well. After
// the next run everything is as before or as after the commit, and no other files are left.
func TestKilled(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n, died := 1, true; died; n++ {
				for m, diedAgain := 1, true; diedAgain; m++ {
					root, state, what := project(t, usualBefore), state(t), fmt.Sprintf("operation %d, then %d", n, m)
					died = dies(usual(root, state), func(k int, _ string) bool { return k == n })
					diedAgain = dies(Open(root, state), func(k int, _ string) bool { return k == m })
					recovered(t, root, state, what)
					outcomes[outcome(t, root, what)]++
				}
			}
			if outcomes["before"] == 0 || outcomes["after"] == 0 {
				t.Errorf("outcomes: %v", outcomes)
			}
		})
	}
}

// TestKilledUndoing is like TestKilled, but the commit fails and dies while it restores the files that it moved.
func TestKilledUndoing(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n, died := 1, true; died; n++ {
				root, state, what := project(t, usualBefore), state(t), fmt.Sprintf("operation %d", n)
				failing := false
				k := 0
				died = failingAndDying(usual(root, state), func(operation string) error {
					if strings.HasSuffix(operation, " to "+filepath.Join(root, "tox.ini")) && !failing {
						failing = true
						return errors.New("made to fail")
					}
					if failing {
						if k++; k == n {
							panic(killed{})
						}
						if strings.HasSuffix(operation, " to "+filepath.Join(root, "tox.ini")) {
							return errors.New("made to fail")
						}
					}
					return nil
				})
				recovered(t, root, state, what)
				outcomes[outcome(t, root, what)]++
			}
			if outcomes["before"] == 0 || outcomes["after"] == 0 {
				t.Errorf("outcomes: %v", outcomes)
			}
		})
	}
}

func failingAndDying(tree *Tree, before func(string) error) (died bool) {
	defer func() {
		if r := recover(); r != nil && r != any(killed{}) {
			panic(r)
		} else {
			died = r != nil
		}
	}()
	tree.before = before
	_, _ = tree.Commit()
	return false
}

// TestCutDraft checks drafts that are left if the process dies while it writes the draft, or if the power fails before
// the bytes are on disk.
func TestCutDraft(t *testing.T) {
	for _, draft := range []string{"", "{", `{"moves":[{"path":"tox.ini","staged":"staged-0"`, "\x00\x00\x00"} {
		root, state := project(t, usualBefore), t.TempDir()
		if err := os.WriteFile(Open(root, state).draftPath(), []byte(draft), 0o644); err != nil {
			t.Fatal(err)
		}
		recovered(t, root, state, draft)
		equal(t, "disk", usualBefore, snapshot(t, root))
	}
}

// childRole is the environment variable that makes this test binary act as another process.
const childRole = "TOXGEN_FILESET_CHILD"

// slowTemporary is the usual folder for temporary files. The tests use a folder in memory if they can, because thousands
// of commits flush tens of thousands of files.
var slowTemporary = os.TempDir()

func TestMain(m *testing.M) {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		_ = os.Setenv("TMPDIR", "/dev/shm")
	}
	switch role := os.Getenv(childRole); role {
	case "":
		os.Exit(m.Run())
	case "commit":
		os.Exit(commitUntilKilled(os.Args[1], os.Args[2], os.Args[3]))
	case "full":
		os.Exit(commitOnFullDisk(os.Args[1], os.Args[2]))
	default:
		os.Exit(holdLock(os.Args[1], os.Args[2]))
	}
}

// child returns a command that runs this test binary in a role.
func child(role string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), childRole+"="+role, "GORACE=atexit_sleep_ms=0") // otherwise a child of -race waits before it exits
	c.Stderr = os.Stderr
	return c
}

// commitUntilKilled makes the usual commit and kills its process before the n-th operation.
func commitUntilKilled(root, state, at string) int {
	tree, n := usual(root, state), 0
	tree.before = func(string) error {
		if n++; strconv.Itoa(n) == at {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	if _, err := tree.Commit(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestSIGKILL is like TestKilled, with real processes.
func TestSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for each operation")
	}
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n := 1; ; n++ {
				root, state, what := project(t, usualBefore), state(t), fmt.Sprintf("operation %d", n)
				err := child("commit", root, state, strconv.Itoa(n)).Run()
				var exit *exec.ExitError
				if err != nil && (!errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
					t.Fatalf("%s: %v", what, err)
				}
				recovered(t, root, state, what)
				outcomes[outcome(t, root, what)]++
				if err == nil {
					break
				}
			}
			if outcomes["before"] == 0 || outcomes["after"] == 0 {
				t.Errorf("outcomes: %v", outcomes)
			}
		})
	}
}

// commitOnFullDisk limits the size of files and commits a larger file.
func commitOnFullDisk(root, state string) int {
	if err := limitFileSize(1000); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	tree := usual(root, state)
	tree.Write("new/large", make([]byte, 2000))
	if _, err := tree.Commit(); !errors.Is(err, syscall.EFBIG) {
		fmt.Fprintf(os.Stderr, "got %v\n", err)
		return 1
	}
	return 0
}

// TestFullDisk checks that a full disk, simulated by a limit of the process, is an error and that nothing is lost.
func TestFullDisk(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			root, state := project(t, usualBefore), state(t)
			if err := child("full", root, state).Run(); err != nil {
				t.Fatal(err)
			}
			equal(t, "disk", usualBefore, snapshot(t, root))
			equal(t, "state", map[string]string{}, snapshot(t, state))
		})
	}
}

func limitFileSize(bytes uint64) error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: bytes})
}
