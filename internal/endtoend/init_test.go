package endtoend

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"gopkg.in/yaml.v3"
)

// initialized returns the folder of an SDK after init, offline, with the workflows that it wrote.
func initialized(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	put(t, folder, map[string]string{
		"pyproject.toml":      "[project]\nname = \"my-sdk\"\nversion = \"1\"\n[project.optional-dependencies]\nflask = [\"flask>=2\"]\n",
		"tests/test_flask.py": "",
		".git/HEAD":           "ref: refs/heads/main\n",
	})
	if r := execute(t, folder, []string{"TOXGEN_OFFLINE=1"}, nil, "init"); r.status != 0 {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	return folder
}

// TestInitActionlint checks that actionlint finds nothing in the workflows that init writes.
func TestInitActionlint(t *testing.T) {
	folder := initialized(t)
	paths, err := filepath.Glob(filepath.Join(folder, ".github", "workflows", "*.yml"))
	if err != nil || len(paths) != 3 {
		t.Fatalf("%d workflows, %v", len(paths), err)
	}
	project, err := actionlint.NewProject(folder)
	if err != nil {
		t.Fatal(err)
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := linter.LintFiles(paths, project)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}

// TestInitZizmor checks that zizmor finds nothing in the workflows and the action that init writes.
func TestInitZizmor(t *testing.T) {
	zizmor, err := exec.LookPath("zizmor")
	if err != nil {
		t.Skip("NOT CHECKED: zizmor is not on PATH, so nobody audits the workflows that init writes here (pip install zizmor)")
	}
	out, err := exec.Command(zizmor, "--offline", "--strict-collection", "--persona=auditor", initialized(t)).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInitAction checks that the action which fetches the program refuses to run without an address and a digest, and a file with
// another digest.
func TestInitAction(t *testing.T) {
	folder := initialized(t)
	action := stepOf(t, filepath.Join(folder, ".github", "actions", "toxgen", "action.yml"))
	tests := []struct{ name, url, sha, want string }{
		{"left to the person", "", "", "::error file=.github/actions/toxgen/action.yml::write the address"},
		{"no digest", "file:///x", "", "and its SHA-256 in SHA256"},
		{"not https", "http://127.0.0.1:1/toxgen", "00", "http"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			command := exec.Command("bash", "-e", "-c", action)
			command.Env = append(command.Environ(), "RUNNER_TEMP="+t.TempDir(), "URL="+tt.url, "SHA256="+tt.sha)
			out, err := command.CombinedOutput()
			if err == nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v\n%s\nwant %q", err, out, tt.want)
			}
		})
	}
}

// stepOf returns the command of the only step of an action.
func stepOf(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Runs struct{ Steps []struct{ Run string } }
	}
	if err := yaml.Unmarshal(data, &action); err != nil || len(action.Runs.Steps) != 1 {
		t.Fatalf("%d steps, %v", len(action.Runs.Steps), err)
	}
	return action.Runs.Steps[0].Run
}
