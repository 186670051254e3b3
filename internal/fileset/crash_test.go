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

// killed is what a process thinks of that is killed: nothing that it meant to do later is done.
type killed struct{}

// interrupt commits, or with no changes recovers, until a deed begins with a prefix, and dies there.
func interrupt(tree *Tree, prefix string) {
	dies(tree, func(_ int, deed string) bool { return strings.HasPrefix(deed, prefix) })
}

// dies commits, or with no changes recovers, until it is to die; it says whether it did.
func dies(tree *Tree, here func(n int, deed string) bool) (died bool) {
	defer func() {
		if r := recover(); r != nil && r != any(killed{}) {
			panic(r)
		} else {
			died = r != nil
		}
	}()
	n := 0
	tree.before = func(deed string) error {
		if n++; here(n, deed) {
			panic(killed{})
		}
		return nil
	}
	_ = tree.Recover()
	_, _ = tree.Commit()
	return false
}

// TestKilled: a commit dies before any one deed, and the run that recovers dies before any one deed as well. The run
// after these has everything as before or as meant, and nothing is left.
func TestKilled(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n, died := 1, true; died; n++ {
				for m, diedAgain := 1, true; diedAgain; m++ {
					root, state, what := project(t, usualBefore), state(t), fmt.Sprintf("deed %d, then %d", n, m)
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

// TestKilledUndoing: as TestKilled, but the commit fails by itself and dies while it puts back what it moved.
func TestKilledUndoing(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n, died := 1, true; died; n++ {
				root, state, what := project(t, usualBefore), state(t), fmt.Sprintf("deed %d", n)
				failing := false
				k := 0
				died = failingAndDying(usual(root, state), func(deed string) error {
					if strings.HasSuffix(deed, " to "+filepath.Join(root, "tox.ini")) && !failing {
						failing = true
						return errors.New("made to fail")
					}
					if failing {
						if k++; k == n {
							panic(killed{})
						}
						if strings.HasSuffix(deed, " to "+filepath.Join(root, "tox.ini")) {
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

// TestCutDraft: a process died while it wrote the draft, or the power failed before its bytes were there.
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

// childRole makes this test binary another process with a part to play.
const childRole = "TOXGEN_FILESET_CHILD"

// slowTemporary is where temporary files usually lie; the tests have theirs in memory where they can, since thousands
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

// child is this test binary in a role.
func child(role string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), childRole+"="+role, "GORACE=atexit_sleep_ms=0") // else a child of -race lingers
	c.Stderr = os.Stderr
	return c
}

// commitUntilKilled makes the usual commit and kills its process before the n-th deed.
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

// TestSIGKILL: as TestKilled, with real processes.
func TestSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a process for each deed")
	}
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n := 1; ; n++ {
				root, state, what := project(t, usualBefore), state(t), fmt.Sprintf("deed %d", n)
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

// commitOnFullDisk commits a file that does not fit below the limit that it sets itself.
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

// TestFullDisk: a disk that takes no more bytes, here a limit of the process, is an error, and nothing is lost.
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
