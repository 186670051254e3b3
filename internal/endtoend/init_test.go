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
func TestInitZizmor(t *testing.T) { audit(t, initialized(t)) }

// TestInitAction checks that the action which fetches the program takes only a file with the right digest, over https, and says what to
// write if it is not told which.
func TestInitAction(t *testing.T) {
	needs(t, "bash")
	folder := initialized(t)
	action := stepOf(t, filepath.Join(folder, ".github", "actions", "toxgen", "action.yml"))
	put(t, folder, map[string]string{"bin/curl": standInCurl, "release/toxgen-1": standInToxgen})
	if err := os.Chmod(filepath.Join(folder, "bin", "curl"), 0o777); err != nil {
		t.Fatal(err)
	}
	right, wrong := digestOf(standInToxgen), digestOf("")
	tests := []struct {
		name, url, sha string
		// path is the PATH, with the stand-in of curl or without.
		path, want string
	}{
		{"left to the person", "", "", "", "::error file=.github/actions/toxgen/action.yml::write the address"},
		{"no digest", "https://example.org/toxgen-1", "", "", "and its SHA-256 in SHA256"},
		{"no address", "", right, "", "write the address"},
		{"not https", "http://127.0.0.1:1/toxgen", right, "", "::error title=toxgen::cannot download http://127.0.0.1:1/toxgen"},
		{"no such file", "https://example.org/toxgen-2", right, "bin", "::error title=toxgen::cannot download https://example.org/toxgen-2"},
		{"another digest", "https://example.org/toxgen-1", wrong, "bin", "::error title=toxgen::the SHA-256 of toxgen-1 is " + right + ", and must be " + wrong},
		{"the right one", "https://example.org/toxgen-1", right, "bin", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := t.TempDir()
			command := exec.Command("bash", "-e", "-o", "pipefail", "-c", action)
			command.Dir = folder
			command.Env = append(os.Environ(), "RUNNER_TEMP="+temp, "URL="+tt.url, "SHA256="+tt.sha, "ASKED="+filepath.Join(temp, "asked"),
				"RELEASE="+filepath.Join(folder, "release"), "PATH="+filepath.Join(folder, tt.path)+string(filepath.ListSeparator)+os.Getenv("PATH"))
			out, err := command.CombinedOutput()
			if (err == nil) != (tt.want == "") || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v\n%s\nwant %q", err, out, tt.want)
			}
			info, err := os.Stat(filepath.Join(temp, "toxgen"))
			if tt.want != "" && err == nil {
				t.Error("the file is there although it was refused")
			}
			if tt.want == "" && (err != nil || info.Mode()&0o100 == 0) {
				t.Errorf("toxgen cannot be run: %v", err)
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
