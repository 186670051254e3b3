package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pypitest"
)

// between returns the text of README.md between a mark and the next end.
func between(t *testing.T, mark string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(data), "<!-- "+mark+" -->\n")
	text, _, ended := strings.Cut(text, "<!-- end -->")
	if !found || !ended {
		t.Fatalf("README.md has no %s", mark)
	}
	return text
}

// TestReadme does what the README tells a new user to do, in an SDK that is as the README describes it. The session leaves out the
// names of the files that are added.
func TestReadme(t *testing.T) {
	var flask []pypitest.File
	for _, version := range []string{"2.0.2", "2.0.3", "2.3.3", "3.0.3", "3.1.2", "3.1.3"} {
		flask = append(flask, aged(30, pypitest.Wheel("flask", version, "Requires-Dist: werkzeug>=2",
			"Classifier: Programming Language :: Python :: 3.9", "Classifier: Programming Language :: Python :: 3.14")))
	}
	index := pypitest.New(t,
		pypitest.Project{Name: "flask", Files: flask},
		pypitest.Project{Name: "pytest", Files: []pypitest.File{wheelOf("pytest", "9.0.2")}},
		pypitest.Project{Name: "setuptools", Files: []pypitest.File{wheelOf("setuptools", "80.9.0")}},
		pypitest.Project{Name: "urllib3", Files: []pypitest.File{wheelOf("urllib3", "2.6.2")}},
		pypitest.Project{Name: "werkzeug", Files: []pypitest.File{wheelOf("werkzeug", "2.3.8"), wheelOf("werkzeug", "3.1.4")}},
	)
	configuration := strings.TrimSuffix(strings.TrimPrefix(between(t, "the example"), "```yaml\n"), "```\n")
	folder := projectOf(t, configuration)
	put(t, folder, map[string]string{
		"pyproject.toml":                         "[build-system]\nrequires = [\"setuptools\"]\n[project]\nname = \"my-sdk\"\nversion = \"1\"\ndependencies = [\"urllib3\"]\n",
		"tests/integrations/flask/test_flask.py": "import flask\n",
	})
	session := between(t, "the session")
	var got strings.Builder
	for _, line := range strings.Split(session, "\n") {
		command, isCommand := strings.CutPrefix(line, "    $ ./toxgen")
		if !isCommand {
			continue
		}
		r := online(t, folder, index, 0, strings.Fields(strings.ReplaceAll(command, "'", ""))...)
		got.WriteString(line + "\n")
		for printed := range strings.Lines(r.stdout) {
			if !strings.HasPrefix(printed, "added ") {
				got.WriteString("    " + printed)
			}
		}
	}
	if diff := cmp.Diff(session, got.String()); diff != "" {
		t.Errorf("the session in README.md (-README +program)\n%s", diff)
	}
	green(t, folder)
	for _, name := range []string{"registry/flask.jsonl", "tox.ini", "build-constraints.txt", ".github/workflows/test.yml", ".github/workflows/test-integrations-web.yml"} {
		if content(t, folder)[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	t.Run("tox", func(t *testing.T) { readByTox(t, folder, "tox.ini") })
	t.Run("zizmor", func(t *testing.T) { audit(t, folder) })
}
