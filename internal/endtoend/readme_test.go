package endtoend

import (
	"testing"

	"toxgen/internal/pypitest"
)

// readme returns the stages of README.md.
func readme() map[string]func(*testing.T, *stage) {
	return map[string]func(*testing.T, *stage){"the-whole-graph": referred, "out-of-sync": referred, "first-steps": firstSteps}
}

// firstSteps sets a stage with an SDK that is as the README describes it.
func firstSteps(t *testing.T, s *stage) {
	var flask []pypitest.File
	for _, version := range []string{"2.0.2", "2.0.3", "2.3.3", "3.0.3", "3.1.2", "3.1.3"} {
		flask = append(flask, aged(30, pypitest.Wheel("flask", version, "Requires-Dist: werkzeug>=2",
			"Classifier: Programming Language :: Python :: 3.9", "Classifier: Programming Language :: Python :: 3.14")))
	}
	s.index = pypitest.New(t,
		pypitest.Project{Name: "flask", Files: flask},
		pypitest.Project{Name: "pytest", Files: []pypitest.File{wheelOf("pytest", "9.0.2")}},
		pypitest.Project{Name: "setuptools", Files: []pypitest.File{wheelOf("setuptools", "80.9.0")}},
		pypitest.Project{Name: "urllib3", Files: []pypitest.File{wheelOf("urllib3", "2.6.2")}},
		pypitest.Project{Name: "werkzeug", Files: []pypitest.File{wheelOf("werkzeug", "2.3.8"), wheelOf("werkzeug", "3.1.4")}},
	)
	put(t, s.folder, map[string]string{
		"pyproject.toml":                         "[build-system]\nrequires = [\"setuptools\"]\n[project]\nname = \"my-sdk\"\nversion = \"1\"\ndependencies = [\"urllib3\"]\n",
		"tests/integrations/flask/test_flask.py": "import flask\n",
	})
	s.link(t)
	s.then = func(t *testing.T) {
		for _, name := range []string{"registry/flask.jsonl", "tox.ini", "build-constraints.txt", ".github/workflows/test.yml", ".github/workflows/test-integrations-web.yml"} {
			if content(t, s.folder)[name] == "" {
				t.Errorf("there is no %s", name)
			}
		}
		t.Run("tox", func(t *testing.T) { readByTox(t, s.folder, "tox.ini") })
		t.Run("zizmor", func(t *testing.T) { audit(t, s.folder) })
	}
}
