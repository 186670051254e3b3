package endtoend

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"toxgen/internal/workflow"
)

// contributed is the configuration of the SDK in the examples of CONTRIBUTING.md.
var contributed = strings.Replace(`project: {name: some-sdk, requires: [certifi]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.14", patch: 4, free-threaded: true}
`+around+`groups:
  - {name: Web, suites: [bottle, flask]}
  - {name: Tools, suites: [typer]}
suites:
  bottle:
    package: bottle
    minimum: "0.12"
    test-path: tests/bottle
  flask:
    package: flask
    minimum: "2.3"
    test-path: tests/flask
    requires:
      - {when: [py3.8], add: ["click<8.2"]}
  typer:
    package: typer
    minimum: "0.15"
    test-path: tests/typer
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
`, "{dispatch: true}", "{push: {branches: [main]}, pull-request: {}}", 1)

// brokenTox is a script in place of tox: the tests of an environment fail with the newest werkzeug.
const brokenTox = `if grep -q 'werkzeug==3\.1\.9' "$2"; then
  printf '{"testenvs": {"%s": {"result": {"success": false}, "test": [{"output": "1 failed, 211 passed in 4.05s\\n", "retcode": 1}]}}}' "$5" >"$TOX_RESULT_JSON"
  exit 1
fi
printf '{"testenvs": {"%s": {"result": {"success": true}, "test": [{"output": "212 passed in 4.11s\\n", "retcode": 0}]}}}' "$5" >"$TOX_RESULT_JSON"
`

// contributing returns the stages of CONTRIBUTING.md: a small SDK whose last update was some weeks ago.
func contributing() map[string]func(*testing.T, *stage) {
	// set returns a stage after some commands, which a reader does not see.
	set := func(commands ...string) func(*testing.T, *stage) {
		return func(t *testing.T, s *stage) {
			s.index = shelf(t, late)
			s.script(t, "tox", brokenTox)
			put(t, s.folder, map[string]string{"toxgen.yaml": contributed, "tests/bottle/test_a.py": "", "tests/flask/test_a.py": "", "tests/typer/test_a.py": ""})
			begin := []string{"toxgen update -before=" + early, "git init --quiet && git checkout --quiet -b main && git add . && git commit --quiet -m begin"}
			s.prepare(t, append(begin, commands...)...)
		}
	}
	suite := func(name, minimum string) string {
		return `sed -i 's/suites: \[typer\]/suites: [` + name + `, typer]/; s/^  typer:/  ` + name + `:\n    package: ` + name + `\n    minimum: "` + minimum + `"\n    test-path: tests\/` + name + `\n  typer:/' toxgen.yaml` +
			` && mkdir -p tests/` + name + ` && touch tests/` + name + `/test_a.py && toxgen && git add . && git commit --quiet -m ` + name
	}
	const week = "toxgen update && git add . && git commit --quiet -m 'Update the test matrix'"
	return map[string]func(*testing.T, *stage){
		"the-first-time": func(t *testing.T, s *stage) {
			referred(t, s)
			put(t, s.folder, map[string]string{"go.mod": "module toxgen\n\ngo 1.26.0\n", "go.sum": "", "magefiles/magefile.go": "", "internal/internal.go": ""})
			s.prepare(t, "git init --quiet")
			for name, script := range tools {
				s.script(t, name, script)
			}
		},
		"add-a-suite":    set(),
		"hold-a-release": set(),
		"several-packages": func(t *testing.T, s *stage) {
			set()(t, s)
			put(t, s.folder, map[string]string{
				"setup.py":                     "",
				"core/pyproject.toml":          "[build-system]\nrequires = []\n[project]\nname = \"core\"\ndependencies = [\"certifi\"]\n",
				"plugins/flask/pyproject.toml": "[build-system]\nrequires = []\n[project]\nname = \"plugin-flask\"\ndependencies = [\"core\"]\n[project.optional-dependencies]\nfast = [\"blinker\"]\n",
			})
		},
		"another-index":         set(),
		"rows-of-their-own":     set(),
		"pull-requests":         set(),
		"drop-and-add-a-python": set(),
		"move-a-pin":            set(),
		"resolve-conflicts":     set("git checkout --quiet -b add-rich", suite("rich", "14"), "git checkout --quiet main", suite("huey", "2.5")),
		"custom-sections":       set(),
		"review-the-week":       set("git checkout --quiet -b toxgen/update", week),
		"hand-over": set("mkdir ../handover && toxgen update -summary=../handover/summary.json",
			"cp -R registry tox.ini ../handover && git add . && git reset --quiet --hard"),
		"bisect": set(week),
		"triage": func(t *testing.T, s *stage) {
			set()(t, s)
			s.results(t, "../before", regexp.MustCompile(`^$`))
			s.prepare(t, week)
			s.results(t, "../results", regexp.MustCompile(`-typer-v0\.27\.3$|-flask-v3\.1\.3$`))
		},
	}
}

// tools are stand-ins for the tools that setup asks for their versions, and for interpreters that do not run.
var tools = map[string]string{
	"git":       `[ "$*" != --version ] || exec echo git version 2.51.0; PATH=${PATH#*:} exec git "$@"`,
	"python3":   "echo Python 3.14.4",
	"python3.6": "exit 127",
	"python3.7": "exit 127",
	"tox":       "echo 4.67.15 from /tools/tox; echo 'registered plugins:'; echo '    tox-uv-1.37.1 at /tools/tox_uv'",
	"uv": `[ "$*" != --version ] || exec echo uv 0.13.9
one='"implementation": "cpython", "variant": "default", "version"'
echo "[{$one: \"3.7.9\", \"url\": \"https://example.org/3.7.9\"},"
for version in 3.8.20 3.9.25 3.10.20 3.11.15 3.12.13 3.13.13 3.14.4; do echo "{$one: \"$version\", \"path\": \"/tools/$version\"},"; done
echo '{"implementation": "cpython", "variant": "freethreaded", "version": "3.14.4", "path": "/tools/3.14.4t"}]'`,
}

// results writes into a folder what a run of CI hands over for triage. The environments whose names match have a test that fails.
func (s *stage) results(t *testing.T, folder string, red *regexp.Regexp) {
	t.Helper()
	var all workflow.Exported
	if err := json.Unmarshal([]byte(s.run(t, "toxgen rows")), &all); err != nil {
		t.Fatal(err)
	}
	for _, row := range all.Rows {
		var results []string
		for _, name := range row.Parallel.Environments {
			result := `{"result": {"success": true}, "test": [{"output": "212 passed in 4.11s\n", "retcode": 0}]}`
			if red.MatchString(name) {
				result = `{"result": {"success": false}, "test": [{"output": "1 failed, 211 passed in 4.05s\n", "retcode": 1}]}`
			}
			results = append(results, fmt.Sprintf("%q: %s", name, result))
		}
		put(t, s.folder, map[string]string{folder + "/" + row.Name + "/parallel.json": `{"testenvs": {` + strings.Join(results, ", ") + "}}"})
	}
}
