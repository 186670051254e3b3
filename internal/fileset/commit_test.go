//go:build unix

package fileset

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The usual commit of these tests: a change, a removal, an empty file, and new files in new folders.
var (
	usualBefore = map[string]string{"tox.ini": "old", "stays": "as it is", "registry/gone.jsonl": "old", "registry/kept.jsonl": "old"}
	usualAfter  = map[string]string{"tox.ini": "new", "stays": "as it is", "registry/kept.jsonl": "old", "new/folder/a": "new", "new/folder/b": "", "new/c": "new"}
)

func usual(root, state string) *Tree {
	tree := Open(root, state)
	tree.Write("tox.ini", []byte("new"))
	tree.Remove("registry/gone.jsonl")
	tree.Write("new/folder/a", []byte("new"))
	tree.Write("new/folder/b", nil)
	tree.Write("new/c", []byte("new"))
	return tree
}

// stateFolders returns functions that make a state folder on the file system of the project, and on another one if this
// machine has one.
func stateFolders(t testing.TB) map[string]func(t testing.TB) string {
	t.Helper()
	folders := map[string]func(t testing.TB) string{"same device": func(t testing.TB) string { return filepath.Join(t.TempDir(), "git", "toxgen") }}
	if elsewhere, err := os.MkdirTemp(slowTemporary, "toxgen-test-"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(elsewhere) })
		if !sameDevice(elsewhere, t.TempDir()) {
			folders["other device"] = func(t testing.TB) string {
				folder, err := os.MkdirTemp(elsewhere, "")
				if err != nil {
					t.Fatal(err)
				}
				return filepath.Join(folder, "toxgen")
			}
		}
	}
	return folders
}

func TestCommit(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			root, state := project(t, usualBefore), state(t)
			tree := usual(root, state)
			changes, err := tree.Commit()
			if err != nil || len(changes) != 5 {
				t.Fatalf("%v, %v", changes, err)
			}
			equal(t, "disk", usualAfter, snapshot(t, root))
			equal(t, "state", map[string]string{}, snapshot(t, state))
			if changes, err := tree.Changes(); len(changes) > 0 || err != nil {
				t.Errorf("afterwards: %v, %v", changes, err)
			}
			if data, err := tree.Read("tox.ini"); string(data) != "new" {
				t.Errorf("tox.ini: %q, %v", data, err)
			}
		})
	}
}

// TestCommitNothing checks that a commit without changes creates nothing.
func TestCommitNothing(t *testing.T) {
	root, state := project(t, usualBefore), filepath.Join(t.TempDir(), "state")
	tree := Open(root, state)
	tree.Write("tox.ini", []byte("old"))
	tree.Remove("none")
	if changes, err := tree.Commit(); len(changes) > 0 || err != nil {
		t.Errorf("%v, %v", changes, err)
	}
	if _, err := os.Lstat(state); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state folder was made: %v", err)
	}
}

// TestModes checks that a file keeps its mode, whatever the umask, and that the umask applies to a new file.
func TestModes(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			root := project(t, map[string]string{"script": "old", "private": "old", "shared": "old"})
			want := map[string]os.FileMode{"script": 0o755, "private": 0o600, "shared": 0o666, "new/file": 0o640}
			for file, mode := range want {
				if err := os.Chmod(filepath.Join(root, file), mode); err != nil && file != "new/file" {
					t.Fatal(err)
				}
			}
			defer syscall.Umask(syscall.Umask(0o027))
			tree := Open(root, state(t))
			for file := range want {
				tree.Write(file, []byte("new"))
			}
			if _, err := tree.Commit(); err != nil {
				t.Fatal(err)
			}
			want["new"] = os.ModeDir | 0o750
			for file, mode := range want {
				if info, err := os.Stat(filepath.Join(root, file)); err != nil || info.Mode() != mode {
					t.Errorf("%s: got %v, %v, want %v", file, info.Mode(), err, mode)
				}
			}
		})
	}
}

// TestRefused checks that an obstacle is reported before anything is written, and that nothing changes.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(root string, tree *Tree) error
		want  string
	}{
		{"read-only file", func(root string, _ *Tree) error { return os.Chmod(filepath.Join(root, "tox.ini"), 0o444) }, "tox.ini is read-only"},
		{"read-only file that goes", func(root string, _ *Tree) error {
			return os.Chmod(filepath.Join(root, "registry/gone.jsonl"), 0o400)
		}, "registry/gone.jsonl is read-only"},
		{"read-only folder", func(root string, _ *Tree) error { return os.Chmod(filepath.Join(root, "registry"), 0o555) }, "the folder of registry/gone.jsonl is read-only"},
		{"read-only folder above", func(root string, tree *Tree) error {
			tree.Write("closed/a/b", []byte("x"))
			return os.Mkdir(filepath.Join(root, "closed"), 0o555)
		}, "the folder of closed/a/b is read-only"},
		{"folder in place", func(root string, _ *Tree) error { return os.MkdirAll(filepath.Join(root, "new/c/d"), 0o755) }, "new/c is a folder, not a file"},
		{"file in a folder's place", func(root string, _ *Tree) error { return os.WriteFile(filepath.Join(root, "new"), nil, 0o644) }, "new is a file, not a folder"},
		{"symbolic link in place", func(root string, _ *Tree) error {
			return os.Symlink("/etc/passwd", filepath.Join(root, "new"))
		}, "new is a symbolic link"},
		{"dangling link in place", func(root string, tree *Tree) error {
			tree.Write("link", []byte("x"))
			return os.Symlink("nowhere", filepath.Join(root, "link"))
		}, "link is a symbolic link"},
		{"pipe in place", func(root string, tree *Tree) error {
			tree.Write("pipe", []byte("x"))
			return syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644)
		}, "pipe is not a regular file"},
		{"outside", func(_ string, tree *Tree) error { tree.Write("../out", []byte("x")); return nil }, `"../out" is not a path below the project's root`},
		{"a file and one below it", func(_ string, tree *Tree) error {
			tree.Write("new/c/d", []byte("x"))
			return nil
		}, "both new/c and new/c/d below it are written"},
		{"edited in between", func(root string, tree *Tree) error {
			_, err := tree.first("tox.ini") // like a run that reads the file before it writes it
			return errors.Join(err, os.WriteFile(filepath.Join(root, "tox.ini"), []byte("edited"), 0o644))
		}, "tox.ini: it was changed while toxgen ran: run it again"},
		{"made in between", func(root string, tree *Tree) error {
			_, _ = tree.Changes()
			return errors.Join(os.Mkdir(filepath.Join(root, "new"), 0o755), os.WriteFile(filepath.Join(root, "new/c"), nil, 0o644))
		}, "new/c: it was changed while toxgen ran: run it again"},
		{"removed in between", func(root string, tree *Tree) error {
			_, _ = tree.Changes()
			return os.Remove(filepath.Join(root, "registry/gone.jsonl"))
		}, "registry/gone.jsonl: it was changed while toxgen ran: run it again"},
		{"an interrupted write", func(root string, tree *Tree) error {
			return errors.Join(os.MkdirAll(tree.state, 0o755), os.WriteFile(tree.journalPath(), []byte(`{"moves":[]}`), 0o644))
		}, "an interrupted write has to be completed first"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := project(t, usualBefore)
			tree := usual(root, filepath.Join(t.TempDir(), "state"))
			if err := c.spoil(root, tree); err != nil {
				t.Fatal(err)
			}
			before, written := snapshot(t, root), maps.Clone(tree.written)
			changes, err := tree.Commit()
			if changes != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want %q", changes, err, c.want)
			}
			equal(t, "disk", before, snapshot(t, root))
			equal(t, "what the run wrote", written, tree.written)
			if staged, _ := filepath.Glob(filepath.Join(tree.state, "staged-*")); len(staged) > 0 {
				t.Errorf("left: %v", staged)
			}
		})
	}
}

// TestRefusedTogether checks that all obstacles are reported at once.
func TestRefusedTogether(t *testing.T) {
	root := project(t, usualBefore)
	tree := usual(root, t.TempDir())
	if err := errors.Join(os.Chmod(filepath.Join(root, "tox.ini"), 0o444), os.Chmod(filepath.Join(root, "registry"), 0o555)); err != nil {
		t.Fatal(err)
	}
	_, err := tree.Commit()
	equal(t, "faults", "the folder of registry/gone.jsonl is read-only\ntox.ini is read-only", fmt.Sprint(err))
}

// TestFailure lets each operation on the disk fail once. Afterwards everything is as before the commit, or as after it if
// only the removal of the journal failed. No other files are left.
func TestFailure(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			for n, failed := 1, true; failed; n++ {
				root, state := project(t, usualBefore), state(t)
				tree := usual(root, state)
				var operations []string
				tree.before = func(operation string) error {
					if operations = append(operations, operation); len(operations) == n {
						return syscall.ENOSPC
					}
					return nil
				}
				_, err := tree.Commit()
				if failed = len(operations) >= n; !failed {
					break
				}
				what, want := fmt.Sprintf("operation %d, %s", n, operations[n-1]), usualBefore
				if err == nil && strings.HasPrefix(operations[n-1], "rename ") || tree.Interrupted() {
					want = usualAfter // the file was copied instead, or only the journal could not be removed
				} else if !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("%s: got %v", what, err)
				}
				equal(t, what+": disk", want, snapshot(t, root))
				recovered(t, root, state, what)
				equal(t, what+": disk", want, snapshot(t, root))
			}
		})
	}
}

// TestLastingFailure lets all operations from each one on fail, so that nothing can be restored. After the next run, on a
// working disk, everything is as before or as after the commit.
func TestLastingFailure(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			outcomes := map[string]int{}
			for n, failed := 1, true; failed; n++ {
				root, state := project(t, usualBefore), state(t)
				tree := usual(root, state)
				count := 0
				tree.before = func(string) error {
					if count++; count >= n {
						return syscall.EIO
					}
					return nil
				}
				_, err := tree.Commit()
				if failed = count >= n; !failed {
					break
				}
				if !errors.Is(err, syscall.EIO) {
					t.Fatalf("operation %d: got %v", n, err)
				}
				recovered(t, root, state, fmt.Sprintf("operation %d", n))
				outcomes[outcome(t, root, fmt.Sprintf("operation %d", n))]++
			}
			if outcomes["before"] == 0 || outcomes["after"] == 0 {
				t.Errorf("outcomes: %v", outcomes)
			}
		})
	}
}

// recovered runs Recover in another tree and checks that the state folder is empty afterwards.
func recovered(t *testing.T, root, state, what string) {
	t.Helper()
	tree := Open(root, state)
	if err := tree.Recover(); err != nil {
		t.Fatalf("%s: recovering: %v", what, err)
	}
	if tree.Interrupted() {
		t.Errorf("%s: still interrupted", what)
	}
	if _, err := os.Lstat(state); err == nil {
		equal(t, what+": state", map[string]string{}, snapshot(t, state))
	}
}

// outcome returns "before" or "after", the state of the usual commit. It fails the test in any other state.
func outcome(t *testing.T, root, what string) string {
	t.Helper()
	got := snapshot(t, root)
	switch {
	case maps.Equal(got, usualBefore):
		return "before"
	case maps.Equal(got, usualAfter):
		return "after"
	}
	t.Fatalf("%s: neither as before nor as after the commit: %v", what, got)
	return ""
}

// TestMounted commits to a folder that seems to be on the file system of the state folder but is on another one.
func TestMounted(t *testing.T) {
	root, state := project(t, usualBefore), filepath.Join(t.TempDir(), "state")
	tree := usual(root, state)
	copied := 0
	tree.before = func(operation string) error {
		if strings.HasPrefix(operation, "rename "+state) && strings.Contains(operation, " to "+root) {
			copied++
			return syscall.EXDEV
		}
		return nil
	}
	if _, err := tree.Commit(); err != nil || copied != 4 {
		t.Fatalf("%d, %v", copied, err)
	}
	equal(t, "disk", usualAfter, snapshot(t, root))
	recovered(t, root, state, "afterwards")
}

// TestUndo checks that the moved files are restored, with their modes, if a path that was free when the commit prepared it
// is no longer free.
func TestUndo(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			root, state := project(t, usualBefore), state(t)
			if err := os.Chmod(filepath.Join(root, "registry/gone.jsonl"), 0o640); err != nil {
				t.Fatal(err)
			}
			tree := usual(root, state)
			tree.before = func(operation string) error {
				if strings.HasSuffix(operation, "to "+filepath.Join(root, "tox.ini")) {
					tree.before = nil
					return errors.Join(os.Remove(filepath.Join(root, "tox.ini")), os.MkdirAll(filepath.Join(root, "tox.ini", "taken"), 0o755))
				}
				return nil
			}
			_, err := tree.Commit()
			if err == nil || !strings.HasPrefix(err.Error(), "tox.ini: ") {
				t.Errorf("got %v", err)
			}
			want := maps.Clone(usualBefore)
			delete(want, "tox.ini")
			want["tox.ini/taken/"] = ""
			equal(t, "disk", want, snapshot(t, root))
			if info, err := os.Stat(filepath.Join(root, "registry/gone.jsonl")); err != nil || info.Mode() != 0o640 {
				t.Errorf("mode: %v, %v", info, err)
			}
			recovered(t, root, state, "afterwards")
			equal(t, "disk", want, snapshot(t, root))
		})
	}
}

func BenchmarkCommit(b *testing.B) {
	for n := 0; b.Loop(); n++ {
		tree := Open(b.TempDir(), filepath.Join(b.TempDir(), "state"))
		for i := range 60 {
			tree.Write(fmt.Sprintf("registry/project-%d.jsonl", i), slices.Repeat([]byte{byte(n)}, 40_000))
		}
		if _, err := tree.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFlushedBeforeJournal: every new content is flushed before the draft becomes the journal, which says that all of them
// are there, and so is the folder that holds it.
func TestFlushedBeforeJournal(t *testing.T) {
	for name, state := range stateFolders(t) {
		t.Run(name, func(t *testing.T) {
			tree := usual(project(t, usualBefore), state(t))
			var created []string
			flushed := map[string]bool{}
			journaled := false
			tree.before = func(operation string) error {
				what, names, _ := strings.Cut(operation, " ")
				switch {
				case what == "create":
					created = append(created, names)
				case what == "flush":
					for _, name := range strings.Split(names, ", ") {
						flushed[name] = true
					}
				case operation == "rename "+tree.draftPath()+" to "+tree.journalPath():
					journaled = true
					for _, name := range created {
						if !flushed[name] || !flushed[filepath.Dir(name)] {
							t.Errorf("%s may be lost: flushed were %v", name, slices.Sorted(maps.Keys(flushed)))
						}
					}
				}
				return nil
			}
			if _, err := tree.Commit(); err != nil || !journaled || len(created) != 5 {
				t.Errorf("%v; a journal: %t; created %q", err, journaled, created)
			}
		})
	}
}
