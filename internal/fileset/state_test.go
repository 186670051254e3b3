//go:build unix

package fileset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stateFolder returns the state folder of the tree at root.
func stateFolder(root, outside string) (string, error) {
	tree, err := At(root, outside)
	if err != nil {
		return "", err
	}
	return tree.state, nil
}

func TestStateFolder(t *testing.T) {
	base := project(t, map[string]string{
		"repository/.git/HEAD":                  "ref: refs/heads/main\n",
		"repository/below/toxgen.yaml":          "",
		"repository/.git/worktrees/tree/HEAD":   "",
		"repository/.git/modules/sub/HEAD":      "",
		"repository/sub/.git":                   "gitdir: ../.git/modules/sub\n",
		"worktree/.git":                         "gitdir: ROOT/repository/.git/worktrees/tree\n",
		"moved/.git":                            "gitdir: /nowhere/.git/worktrees/moved\n",
		"strange/.git":                          "something else\n",
		"outside/toxgen.yaml":                   "",
		"linked -> outside":                     "",
		"git-elsewhere/.git -> ../separate.git": "",
		"separate.git/HEAD":                     "",
	})
	if real, err := filepath.EvalSymlinks(base); err == nil {
		base = real
	}
	worktree := filepath.Join(base, "worktree/.git")
	if err := os.WriteFile(worktree, fmt.Appendf(nil, "gitdir: %s/repository/.git/worktrees/tree\n", base), 0o644); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(base, "states")
	for root, want := range map[string]string{
		"repository":     "repository/.git/toxgen",
		"repository/sub": "repository/.git/modules/sub/toxgen",
		"worktree":       "repository/.git/worktrees/tree/toxgen",
		"git-elsewhere":  "git-elsewhere/.git/toxgen",
	} {
		got, err := stateFolder(filepath.Join(base, root), outside)
		if err != nil || got != filepath.Join(base, want) {
			t.Errorf("%s: got %s, %v, want %s", root, got, err, want)
		}
	}
	folders := map[string]string{}
	for _, root := range []string{"outside", "linked", "repository/below", "moved"} {
		got, err := stateFolder(filepath.Join(base, root), outside)
		if err != nil || filepath.Dir(got) != outside {
			t.Errorf("%s: got %s, %v", root, got, err)
		}
		folders[root] = got
	}
	if folders["outside"] != folders["linked"] || folders["outside"] == folders["moved"] {
		t.Errorf("not one for each checkout: %v", folders)
	}
	if got, err := stateFolder(filepath.Join(base, "strange"), outside); err == nil || !strings.Contains(err.Error(), "names one") {
		t.Errorf("strange: got %s, %v", got, err)
	}
	t.Chdir(filepath.Join(base, "repository"))
	if got, err := stateFolder(".", outside); err != nil || got != filepath.Join(base, "repository/.git/toxgen") {
		t.Errorf(".: got %s, %v", got, err)
	}
	if _, err := os.Lstat(outside); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("asking made a folder: %v", err)
	}
}

// holdLock takes the lock, prints that it did, and holds it until its standard input is closed.
func holdLock(root, state string) int {
	unlock, err := Open(root, state).Lock(context.Background(), func(holder string) { fmt.Println("waiting for " + holder) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	unlock()
	return 0
}

// A holder is another process that holds the lock.
type holder struct {
	release func() error
	kill    func() error
	lines   *bufio.Reader
	pid     int
}

func startHolder(t *testing.T, root, state string) *holder {
	t.Helper()
	c := child("lock", root, state)
	input, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return &holder{
		release: func() error { return errors.Join(input.Close(), c.Wait()) },
		kill:    func() error { return errors.Join(c.Process.Kill(), ignore(c.Wait())) },
		lines:   bufio.NewReader(output), pid: c.Process.Pid,
	}
}

func ignore(error) error { return nil }

// expect reads the next line of the process and checks it.
func (h *holder) expect(t *testing.T, want string) {
	t.Helper()
	if line, err := h.lines.ReadString('\n'); err != nil || strings.TrimSpace(line) != want {
		t.Fatalf("got %q, %v, want %q", line, err, want)
	}
}

// TestLock checks that the second of two processes names the first, waits for it, and continues when it releases the lock
// or dies.
func TestLock(t *testing.T) {
	for name, end := range map[string]func(*holder) error{
		"releases": func(h *holder) error { return h.release() },
		"dies":     func(h *holder) error { return h.kill() },
	} {
		t.Run(name, func(t *testing.T) {
			root, state := t.TempDir(), filepath.Join(t.TempDir(), "git", "toxgen")
			first := startHolder(t, root, state)
			first.expect(t, "locked")
			second := startHolder(t, root, state)
			second.expect(t, fmt.Sprintf("waiting for process %d", first.pid))
			if err := end(first); err != nil {
				t.Fatal(err)
			}
			second.expect(t, "locked")
			if err := second.release(); err != nil {
				t.Fatal(err)
			}
			unlock, err := Open(root, state).Lock(context.Background(), func(holder string) { t.Errorf("waiting for %s", holder) })
			if err != nil {
				t.Fatal(err)
			}
			unlock()
		})
	}
}

// TestLockCancelled checks that waiting ends with the context, and that the error names the holder.
func TestLockCancelled(t *testing.T) {
	root, state := t.TempDir(), t.TempDir()
	first := startHolder(t, root, state)
	first.expect(t, "locked")
	ctx, cancel := context.WithCancel(context.Background())
	waited := 0
	began := time.Now()
	_, err := Open(root, state).Lock(ctx, func(string) { waited++; cancel() })
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", first.pid)) || waited != 1 {
		t.Errorf("got %v, waited %d times", err, waited)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 120*time.Millisecond)
	defer cancel()
	if _, err := Open(root, state).Lock(ctx, func(string) {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestLockNowhere checks that a state folder that cannot be created is an error, not a run without a lock.
func TestLockNowhere(t *testing.T) {
	state := filepath.Join(project(t, map[string]string{"file": ""}), "file", "state")
	if unlock, err := Open(t.TempDir(), state).Lock(context.Background(), func(string) {}); err == nil {
		unlock()
		t.Error("it locked")
	}
}

// TestStateOfOthers checks that a state folder outside git that others can write to is refused, when the tree is opened and
// when it is locked, and that one that is made is the user's alone.
func TestStateOfOthers(t *testing.T) {
	root, outside := t.TempDir(), filepath.Join(t.TempDir(), "states")
	want := "the folder for the lock and the journal: other users can write to " + outside
	tree, err := At(root, outside)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(outside, 0o700), os.Chmod(outside, 0o777)); err != nil {
		t.Fatal(err)
	}
	if unlock, err := tree.Lock(context.Background(), func(string) {}); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("locked: %v, %v", unlock != nil, err)
	}
	if _, err := At(root, outside); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("opened: %v", err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("it holds %v, %v", entries, err)
	}
	if err := os.Remove(outside); err != nil {
		t.Fatal(err)
	}
	unlock, err := tree.Lock(context.Background(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if info, err := os.Lstat(outside); err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("the folder is %v, %v", info, err)
	}
}
