package endtoend

import (
	"strings"
	"testing"
)

// contributed is the configuration of the SDK in the examples of CONTRIBUTING.md.
const contributed = `project: {name: some-sdk, requires: [certifi]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.14", patch: 4, free-threaded: true}
` + around + `groups:
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
`

// brokenTox is a script in place of tox: the tests of an environment fail with the newest werkzeug.
const brokenTox = `if grep -q 'werkzeug==3\.1\.9' "$2"; then
  printf '{"testenvs": {"%s": {"result": {"success": false}, "test": [{"output": "1 failed, 211 passed in 4.05s\\n", "retcode": 1}]}}}' "$5" >"$TOX_RESULT_JSON"
  exit 1
fi
printf '{"testenvs": {"%s": {"result": {"success": true}, "test": [{"output": "212 passed in 4.11s\\n", "retcode": 0}]}}}' "$5" >"$TOX_RESULT_JSON"
`

// TestContributing does what the worked examples of CONTRIBUTING.md say, in a small SDK whose last update was some weeks ago.
func TestContributing(t *testing.T) {
	// set returns a stage after some commands, which a reader does not see.
	set := func(commands ...string) func(*testing.T, *stage) {
		return func(t *testing.T, s *stage) {
			s.index = shelf(t, late)
			s.script(t, "tox", brokenTox)
			put(t, s.folder, map[string]string{"toxgen.yaml": contributed, "tests/bottle/test_a.py": "", "tests/flask/test_a.py": "", "tests/typer/test_a.py": ""})
			for _, command := range append([]string{"toxgen update -before=" + early, "git init --quiet && git checkout --quiet -b main && git add . && git commit --quiet -m begin"}, commands...) {
				if out := s.run(t, command); strings.Contains(out, "exit status") {
					t.Fatalf("%s\n%s", command, out)
				}
			}
		}
	}
	suite := func(name, minimum string) string {
		return `sed -i 's/suites: \[typer\]/suites: [` + name + `, typer]/; s/^  typer:/  ` + name + `:\n    package: ` + name + `\n    minimum: "` + minimum + `"\n    test-path: tests\/` + name + `\n  typer:/' toxgen.yaml` +
			` && mkdir -p tests/` + name + ` && touch tests/` + name + `/test_a.py && toxgen && git add . && git commit --quiet -m ` + name
	}
	openGuide(t, "CONTRIBUTING.md").play(map[string]func(*testing.T, *stage){
		"add-a-suite":           set(),
		"hold-a-release":        set(),
		"drop-and-add-a-python": set(),
		"resolve-conflicts":     set("git checkout --quiet -b add-rich", suite("rich", "14"), "git checkout --quiet main", suite("huey", "2.5")),
		"review-the-week":       set("git checkout --quiet -b toxgen/update", "toxgen update && git add . && git commit --quiet -m 'Update the test matrix'"),
		"bisect":                set("toxgen update && git add . && git commit --quiet -m 'Update the test matrix'"),
	})
}
