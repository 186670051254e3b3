package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/sdktest"
)

// needs skips a test if the machine lacks a program that it runs.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv(sdktest.Required) != "" {
				t.Fatalf("%s is not on PATH", name)
			}
			t.Skipf("SKIPPED: %s is not on PATH", name)
		}
	}
}

// said runs a command, expects an exit status, and returns what it prints. Settings of installers do not affect it.
func said(t *testing.T, folder string, status int, command ...string) string {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir = folder
	c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PIP_") || strings.HasPrefix(v, "UV_") || strings.HasPrefix(v, "GITHUB_")
	}), "UV_CACHE_DIR="+t.TempDir(), "TOXGEN_CACHE="+t.TempDir())
	out, err := c.CombinedOutput()
	if c.ProcessState == nil || c.ProcessState.ExitCode() != status {
		t.Fatalf("%s: %v, want status %d\n%s", c, err, status, out)
	}
	return string(out)
}

// TestRelease tries what a release has for this machine: by the script that the workflow of a release runs, which installs the wheel by
// the real pip, and by the real uv.
func TestRelease(t *testing.T) {
	sources := filepath.Join(t.TempDir(), "toxgen")
	commit := clonedRelease(t, sources)
	build(t, sources)
	dist := filepath.Join(sources, "dist")
	want := "toxgen " + released + "\ncommit " + commit + "\n"
	t.Run("pip", func(t *testing.T) {
		needs(t, "bash", "python3")
		try := filepath.Join("..", "..", ".ci", "try")
		if got := said(t, ".", 0, "bash", try, dist, runtime.GOOS+"-"+runtime.GOARCH); !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %q", got, want)
		}
		if got := said(t, ".", 1, "bash", try, dist, "plan9-mips"); !strings.Contains(got, "there is no binary for plan9-mips") {
			t.Errorf("another platform\n%s", got)
		}
		changed := filepath.Join(t.TempDir(), "dist")
		if err := os.CopyFS(changed, os.DirFS(dist)); err != nil {
			t.Fatal(err)
		}
		for name := range content(t, changed) {
			if strings.HasSuffix(name, ".whl") {
				put(t, changed, map[string]string{name: "another"})
			}
		}
		if got := said(t, ".", 1, "bash", try, changed, runtime.GOOS+"-"+runtime.GOARCH); !strings.Contains(got, ".whl: FAILED") || strings.Contains(got, want) {
			t.Errorf("a changed wheel\n%s", got)
		}
	})
	t.Run("uv", func(t *testing.T) {
		needs(t, "python3", "uv")
		venv := filepath.Join(t.TempDir(), "venv")
		said(t, t.TempDir(), 0, "uv", "venv", "--offline", "--python", "python3", venv)
		said(t, t.TempDir(), 0, "uv", "pip", "install", "--offline", "--no-index", "--find-links", dist, "--python", venv, "toxgen=="+released)
		installed := filepath.Join(venv, "bin", "toxgen")
		if runtime.GOOS == "windows" {
			installed = filepath.Join(venv, "Scripts", "toxgen")
		}
		if got := said(t, t.TempDir(), 0, installed, "-version"); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		example := copyOf(t, exampleFolder("pyproject"))
		if got := said(t, example, 0, installed, "check"); got != "" {
			t.Errorf("check in an example says\n%s", got)
		}
		put(t, example, map[string]string{"tox.ini": content(t, example)["tox.ini"] + "#\n"})
		if got := said(t, example, 3, installed, "check"); !strings.Contains(got, "tox.ini:") {
			t.Errorf("a file is out of sync\n%s", got)
		}
	})
	t.Run("uvx", func(t *testing.T) {
		needs(t, "python3", "uv")
		if got := said(t, t.TempDir(), 0, "uv", "tool", "run", "--offline", "--no-index", "--find-links", dist, "--python", "python3", "toxgen@"+released, "-version"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
