package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// TestPrereleaseOfPython keeps a project that tests on a pre-release of Python, on which one suite may fail, and then on the
// release.
func TestPrereleaseOfPython(t *testing.T) {
	configuration := strings.NewReplacer(
		`  - {version: "3.12", patch: 13}`+"\n", `  - {version: "3.12", patch: 13}`+"\n"+`  - {version: "3.15", patch: 0rc2}`+"\n",
		"test-path: tests/app}", "test-path: tests/app, may-fail: {pythons: [py3.15], reason: not released}}",
	).Replace(tiny)
	w := &week{t, pypitest.New(t), projectOf(t, configuration)}
	app := pypitest.Wheel("app", "1.0", "Classifier: Programming Language :: Python :: 3.12", "Classifier: Programming Language :: Python :: 3.15",
		"Requires-Dist: lib", "Requires-Dist: early; python_full_version < '3.15.0rc3'", "Requires-Dist: late; python_full_version >= '3.15'")
	app.RequiresPython = ">=3.12,!=3.14.*"
	lib := pypitest.Wheel("lib", "2.0")
	lib.RequiresPython = ">=3.15"
	w.set("app", aged(30, app))
	w.set("other", wheelOf("other", "1.0"))
	w.set("lib", wheelOf("lib", "1.0"), aged(30, lib))
	w.set("early", wheelOf("early", "1.0"))
	w.set("late", wheelOf("late", "1.0"))
	w.settled()
	w.has("tox.ini", "py3.15-app: lib==2.0", true)
	w.has("tox.ini", "py3.12-app: lib==1.0", true)
	w.has("tox.ini", "app: early==1.0", true)
	w.has("tox.ini", "late==", false)
	const group = ".github/workflows/test-integrations-main.yml"
	w.has(group, `{python: "3.15", release: "3.15.0rc2", label: "main-app-py3.15", serial-label: "", may-fail: true, tox-timeout: 10}`, true)
	w.has(group, `TOOL_PYTHON: "3.12.13"`, true)

	w.edit("toxgen.yaml", "patch: 0rc2", "patch: 0")
	w.edit("toxgen.yaml", ", may-fail: {pythons: [py3.15], reason: not released}", "")
	w.settled()
	w.has("tox.ini", "py3.15-app: late==1.0", true)
	w.has(group, `{python: "3.15", release: "3.15.0", label: "main-py3.15", serial-label: ""}`, true)
	w.has(group, "may-fail", false)
	w.has(group, `TOOL_PYTHON: "3.15.0"`, true)
}
