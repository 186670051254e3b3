package endtoend

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	compiler "toxgen/internal/program"
	"toxgen/internal/sdktest"
)

// TestPreCommit lets the real pre-commit run the hook of .pre-commit-hooks.yaml: it clones a repository with the sources of toxgen, and
// compiles the program there.
func TestPreCommit(t *testing.T) {
	for _, name := range []string{"pre-commit", "git", "go", "sh"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv(sdktest.Required) != "" && name != "sh" {
				t.Fatalf("%s is not on PATH", name)
			}
			t.Skipf("SKIPPED: %s is not on PATH", name)
		}
	}
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	hooks, sdk := filepath.Join(folder, "hooks"), filepath.Join(folder, "sdk")
	copySources(t, hooks)
	if err := os.CopyFS(sdk, os.DirFS(filepath.Join("..", "..", "examples", "pyproject"))); err != nil {
		t.Fatal(err)
	}
	for variable, value := range map[string]string{"PRE_COMMIT_HOME": filepath.Join(folder, "cache"), "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name",
		"GIT_CONFIG_VALUE_0": "A", "GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "a@example.org"} {
		t.Setenv(variable, value)
	}
	in := func(folder string, status int, command ...string) string {
		t.Helper()
		c := exec.Command(command[0], command[1:]...)
		c.Dir = folder
		out, err := c.CombinedOutput()
		if c.ProcessState == nil || c.ProcessState.ExitCode() != status {
			t.Fatalf("%s: %v, want status %d\n%s", c, err, status, out)
		}
		return string(out)
	}
	for _, each := range []string{hooks, sdk} {
		in(each, 0, "git", "init", "-q")
		in(each, 0, "git", "add", "-A")
		in(each, 0, "git", "commit", "-q", "-m", "first")
	}
	revision := strings.TrimSpace(in(hooks, 0, "git", "rev-parse", "HEAD"))
	configuration := "repos:\n  - repo: " + hooks + "\n    rev: " + revision + "\n    hooks: [{id: toxgen-check}]\n"
	put(t, sdk, map[string]string{".pre-commit-config.yaml": configuration})
	in(sdk, 0, "git", "add", "-A")
	in(sdk, 0, "pre-commit", "install")
	if got := in(sdk, 0, "pre-commit", "run", "--all-files"); !strings.Contains(got, "Passed") {
		t.Errorf("in sync:\n%s", got)
	}
	if got := in(sdk, 0, "git", "commit", "-m", "no file of toxgen"); !strings.Contains(got, "Skipped") {
		t.Errorf("a file that toxgen does not read:\n%s", got)
	}
	before := content(t, sdk)["tox.ini"]
	put(t, sdk, map[string]string{"tox.ini": before + "#\n"})
	in(sdk, 0, "git", "add", "-A")
	if got := in(sdk, 1, "git", "commit", "-m", "red"); !strings.Contains(got, "tox.ini:") || !strings.Contains(got, "out of sync") {
		t.Errorf("out of sync:\n%s", got)
	}
	put(t, sdk, map[string]string{"tox.ini": before})
	if got := in(sdk, 1, "git", "commit", "-m", "red"); !strings.Contains(got, "out of sync") {
		t.Errorf("what is staged is out of sync, and the folder is not:\n%s", got)
	}
	// several projects, in folders that the arguments of the hook name
	for _, name := range []string{"python", "of others"} {
		if err := os.CopyFS(filepath.Join(sdk, name), os.DirFS(filepath.Join("..", "..", "examples", "pyproject"))); err != nil {
			t.Fatal(err)
		}
	}
	put(t, sdk, map[string]string{".pre-commit-config.yaml": strings.Replace(configuration, "toxgen-check", "toxgen-check, args: [., of others, python]", 1)})
	in(sdk, 0, "git", "add", "-A")
	in(sdk, 0, "git", "commit", "-m", "green")
	put(t, sdk, map[string]string{"of others/tox.ini": before + "#\n"})
	in(sdk, 0, "git", "add", "-A")
	if got := in(sdk, 1, "git", "commit", "-m", "red"); strings.Count(got, "out of sync:") != 1 || !strings.Contains(got, "the project in the folder of others,") {
		t.Errorf("one of three projects is out of sync:\n%s", got)
	}
}

// copySources copies what the program is built from, and the hook of pre-commit.
func copySources(t *testing.T, to string) {
	t.Helper()
	from, err := os.OpenRoot(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	for _, start := range []string{"go.mod", "go.sum", "magefiles", "internal", "templates", ".ci/pre-commit", ".pre-commit-hooks.yaml", ".gitignore", "LICENSE"} {
		err := fs.WalkDir(from.FS(), start, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case entry.IsDir() || strings.HasSuffix(name, "_test.go") || entry.Name() == "mage_output_file.go":
				return nil
			}
			data, err := from.ReadFile(name)
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			target := filepath.Join(to, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
				return err
			}
			return os.WriteFile(target, data, info.Mode())
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
