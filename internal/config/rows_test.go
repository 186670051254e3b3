package config

import (
	"strings"
	"testing"
)

// TestRowLabels checks that labels of rows that do not exist cannot be shared.
func TestRowLabels(t *testing.T) {
	text := strings.NewReplacer(
		"{project}", "{name: example-sdk}",
		"{suites}", "\n  flask: {package: flask, test-path: t}\n  celery: {package: celery, test-path: t, timeout: 5}",
	).Replace(`project: {project}
pythons: [{version: "3.10", patch: 4}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, rows: ROWS, triggers: {dispatch: true}, runs-on: ubuntu-24.04, timeout: 30, tools: {uv: "1", tox: "4", tox-uv: "1"}}
testenv: {commands: [pytest]}
groups: [{name: Web, suites: [flask]}, {name: Web flask, suites: [celery]}]
suites: {suites}
`)
	const shared = `6:31: error: suite "flask" of group "Web" and group "Web flask"`
	for _, c := range []struct{ name, edit, with, want string }{
		{"of groups", "", "", ""},
		{"of suites", "ROWS", "suite", ""}, // the rows of the group do not exist
		{"of a suite beside those of a group", "package: flask", "package: flask, timeout: 5", shared},
		{"of a suite with another name", "{name: Web flask", "{name: Flask", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			edited := strings.ReplaceAll(strings.Replace(text, c.edit, c.with, 1), "ROWS", "group")
			_, findings := Parse("toxgen.yaml", []byte(edited))
			if got := lines(findings); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
