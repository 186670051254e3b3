//go:build unix

package endtoend

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnly runs in a read-only folder: a check works, a writing run reports what it could not write, and nothing
// changes.
func TestReadOnly(t *testing.T) {
	folder := copied(t)
	touch(t, filepath.Join(folder, "tox.ini"))
	edited, err := os.ReadFile(filepath.Join(folder, "tox.ini"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(folder, "tox.ini"), 0o444); err != nil {
		t.Fatal(err)
	}
	readable := func(path string) {
		for ; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
			_ = os.Chmod(path, 0o755)
		}
	}
	readable(folder)
	readable(filepath.Dir(program))
	if err := os.Chmod(folder, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o755) })
	unprivileged := func(c *exec.Cmd) {
		if os.Getuid() == 0 { // root may write everywhere
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
	}
	trial := exec.Command("/bin/true")
	if unprivileged(trial); errors.Is(trial.Run(), syscall.EPERM) {
		t.Skip("SKIPPED: root here cannot become another user, and root may write everywhere")
	}
	environment := []string{"TOXGEN_CACHE=" + filepath.Join(folder, "..", "nowhere")}
	if r := execute(t, folder, environment, unprivileged, "check"); r.status != 3 || !strings.Contains(r.stderr, "out of sync: the file is not what toxgen would write") {
		t.Errorf("check: status %d\n%s", r.status, r.stderr)
	}
	if err := os.Chmod(filepath.Dir(folder), 0o777); err != nil {
		t.Fatal(err)
	}
	r := execute(t, folder, environment, unprivileged, "toxgen")
	if r.status != 1 || !strings.Contains(r.stderr, "tox.ini") {
		t.Errorf("toxgen: status %d\n%s", r.status, r.stderr)
	}
	data, err := os.ReadFile(filepath.Join(folder, "tox.ini"))
	if err != nil || !bytes.Equal(data, edited) {
		t.Errorf("tox.ini changed, %v", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".toxgen") {
			t.Errorf("%s was left behind", entry.Name())
		}
	}
}
