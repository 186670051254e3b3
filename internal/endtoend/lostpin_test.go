package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// TestLostPin checks what becomes of a pin that a person wrote and whose facts cannot be had: one that the index does not list is
// replaced with a warning; one that it lists without its file is an error, and stays.
func TestLostPin(t *testing.T) {
	index := pypitest.New(t,
		pypitest.Project{Name: "app", Files: []pypitest.File{wheelOf("app", "1.0", "dependency")}},
		pypitest.Project{Name: "dependency", Files: []pypitest.File{wheelOf("dependency", "1.0"), wheelOf("dependency", "1.5"), wheelOf("dependency", "2.0")}},
	)
	index.Fault("/files/*/dependency-1.5*", 0, pypitest.Status(404))
	for _, tt := range []struct {
		pin, stays string
		status     int
		says       string
	}{
		{"1.0", "1.0", 0, ""},
		{"1.7", "2.0", 0, "warning: the facts of the pin dependency==1.7 cannot be fetched: "},
		{"1.5", "1.5", 1, "cannot be resolved: the requirements of dependency 1.5, required by app==1.0 → app 1.0, cannot be known: the index does not have the file"},
	} {
		t.Run(tt.pin, func(t *testing.T) {
			folder := t.TempDir()
			put(t, folder, map[string]string{"toxgen.yaml": `project: {name: sdk}
pythons: [{version: "3.12", patch: 4}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
suites: {app: {package: app, minimum: "1", test-path: tests}}
testenv: {commands: [pytest]}
`})
			online(t, folder, index, 0)
			tox := content(t, folder)["tox.ini"]
			put(t, folder, map[string]string{"tox.ini": strings.Replace(tox, "dependency==2.0", "dependency=="+tt.pin, 1)})
			r := online(t, folder, index, tt.status, "toxgen")
			if !strings.Contains(r.stderr, tt.says) {
				t.Errorf("it does not say %q:\n%s", tt.says, r.stderr)
			}
			if got := content(t, folder)["tox.ini"]; !strings.Contains(got, "dependency=="+tt.stays+"\n") {
				t.Errorf("dependency==%s is not in\n%s", tt.stays, got)
			}
		})
	}
}
