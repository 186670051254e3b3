package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// TestForeignToxIni runs in a project that has a hand-written tox.ini. The file stays; everything else is written.
func TestForeignToxIni(t *testing.T) {
	const theirs = "[tox]\nenvlist = py39\n[testenv]\ndeps =\n    py3.12-bottle: bottle==0.12.1\n"
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := smallProject(t)
	put(t, folder, map[string]string{"tox.ini": theirs})
	r := online(t, folder, index, 1, "update", "-before="+early)
	if want := "tox.ini:1: error: a file that toxgen does not own stands where it would write one, and stays as it is\n"; !strings.Contains(r.stderr, want) {
		t.Errorf("lacks %q:\n%s", want, r.stderr)
	}
	if c := execute(t, folder, nil, nil, "check"); c.status != 1 || strings.Count(c.stderr, ": error: ")+strings.Count(c.stderr, ": out of sync: ") != 1 {
		t.Errorf("check: status %d\n%s", c.status, c.stderr)
	}
	got := content(t, folder)
	for _, name := range []string{"registry/flask.jsonl", ".github/workflows/test.yml", ".github/workflows/test-integrations-web.yml"} {
		if got[filepath.FromSlash(name)] == "" {
			t.Errorf("%s was not written", name)
		}
	}
	put(t, folder, map[string]string{"toxgen.yaml": small + "outputs: {tox: tox-matrix.ini}\n"})
	online(t, folder, index, 0, "update", "-before="+early)
	green(t, folder)
	if got := content(t, folder); got["tox.ini"] != theirs || !strings.Contains(got["tox-matrix.ini"], "bottle==") {
		t.Errorf("tox.ini is now\n%s", got["tox.ini"])
	}

	t.Run("nothing but blanks", func(t *testing.T) {
		folder := smallProject(t)
		put(t, folder, map[string]string{"tox.ini": "\n"})
		online(t, folder, index, 0, "update", "-before="+early)
		green(t, folder)
	})
	t.Run("build constraints", func(t *testing.T) {
		folder := smallProject(t)
		put(t, folder, map[string]string{"build-constraints.txt": "setuptools<80\n"})
		online(t, folder, index, 0, "update", "-before="+early)
		green(t, folder) // this configuration has no build requirements: nothing belongs there
		if _, err := os.Stat(filepath.Join(folder, "build-constraints.txt")); err != nil {
			t.Error(err)
		}
	})
}

// TestNoWorkflows runs in projects whose configuration has no `workflow`: tox.ini is made, and nothing in .github/workflows.
func TestNoWorkflows(t *testing.T) {
	platform, _, _ := strings.Cut(around, "workflow:")
	without := strings.Replace(small, around, platform, 1)
	groups, suites := strings.Index(without, "groups:"), strings.Index(without, "suites:\n")
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	for name, configuration := range map[string]string{"with groups": without, "without groups": without[:groups] + without[suites:]} {
		t.Run(name, func(t *testing.T) {
			const byHand = "name: Theirs\non: [push]\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v6}]}}\n"
			folder := projectOf(t, configuration)
			put(t, folder, map[string]string{".github/workflows/test.yml": byHand})
			r := online(t, folder, index, 0, "update", "-before="+early)
			if strings.Contains(r.stderr, "workflow") {
				t.Error(r.stderr)
			}
			green(t, folder)
			for path, data := range content(t, folder) {
				if strings.HasPrefix(path, ".github") && data != byHand {
					t.Errorf("%s was written", path)
				}
			}
			if r := execute(t, folder, nil, nil); r.status != 0 || !strings.HasSuffix(r.stdout, "\nregistry/ and tox.ini are in sync\n") {
				t.Errorf("status %d, and it says %q\n%s", r.status, r.stdout, r.stderr)
			}
		})
	}
}

// TestMissingTests runs in projects that have a Python project, or none, and whose configuration names tests.
func TestMissingTests(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	beginning := smallProject(t)
	put(t, beginning, map[string]string{"tests/bottle/a.py": "", "tests/flask/a.py": "", "tests/typer/a.py": "", "tests/a/a.py": "", "tests/b/a.py": ""})
	online(t, beginning, index, 0, "update", "-before="+early)
	for _, test := range []struct {
		name        string
		put, remove string
		status      int
	}{
		{"all are there", "pyproject.toml", "", 0},
		{"one is gone", "pyproject.toml", "tests/flask", 1},
		{"one is gone, of another kind of project", "setup.py", "tests/flask", 1},
		{"no Python project", "README", "tests/flask", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := copyOf(t, beginning)
			put(t, folder, map[string]string{test.put: ""})
			if test.remove != "" {
				if err := os.RemoveAll(filepath.Join(folder, test.remove)); err != nil {
					t.Fatal(err)
				}
			}
			r := execute(t, folder, nil, nil, "check")
			said := strings.Contains(r.stderr, `: error: suite "flask": there is no tests/flask, which its test-path names`+"\n")
			if r.status != test.status || said != (test.status == 1) {
				t.Errorf("status %d\n%s", r.status, r.stderr)
			}
		})
	}
}
