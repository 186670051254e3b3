package fileset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMemory: what one process writes into a memory, a later one reads; no two have it at once; other memories and the rest of
// the state folder are left alone.
func TestMemory(t *testing.T) {
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, ".git"), 0o777))
	tree, err := At(root, filepath.Join(root, "unused"))
	must(t, err)
	open := func(name string) *Memory {
		t.Helper()
		m, err := tree.Memory(name)
		must(t, err)
		return m
	}
	read := func(m *Memory, name string) string {
		t.Helper()
		data, err := m.Read(name)
		must(t, err)
		return string(data)
	}
	a, b := open("a"), open("b")
	if got := read(a, "runs"); got != "" {
		t.Errorf("a new memory has %q", got)
	}
	must(t, a.Write("runs", []byte("1")))
	must(t, a.Write("runs", []byte("2")))
	must(t, b.Write("runs", []byte("3")))
	must(t, os.WriteFile(a.Path("log"), nil, 0o666))
	if _, err := tree.Memory("a"); err == nil || !strings.Contains(err.Error(), "runs in another process, which holds "+a.Path("lock")) {
		t.Errorf("a memory that is in use: %v", err)
	}
	a.Close()
	a = open("a")
	if got := read(a, "runs"); got != "2" {
		t.Errorf("a later process reads %q", got)
	}
	must(t, a.Clear())
	left, err := filepath.Glob(a.Path("*"))
	must(t, err)
	if got := read(b, "runs"); len(left) != 1 || left[0] != a.Path("lock") || got != "3" {
		t.Errorf("after a was cleared it has %v, and b %q", left, got)
	}
	if want := filepath.Join(root, ".git", stateName, "a", "log"); a.Path("log") != want {
		t.Errorf("a log is %s, not %s", a.Path("log"), want)
	}
	a.Close()
	b.Close()
}

// TestMemoryOutside: outside git, a memory is as private as the lock.
func TestMemoryOutside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "state")
	tree, err := At(t.TempDir(), outside)
	must(t, err)
	m, err := tree.Memory("a")
	must(t, err)
	m.Close()
	if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

// must ends the test if there is an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
