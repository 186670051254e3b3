package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// floors is small with the lowest releases of one suite that follows a project and of a static one.
var floors = strings.NewReplacer(
	"requires: [certifi]}", `requires: [certifi, "markupsafe>=2.1.5"]}`,
	"flask-login]}]}", `"flask-login", "click>=8.1.8"]}], python: ">=3.12", lowest: true}`,
	"suites: [bottle, flask]", "suites: [bottle, flask, common]",
	"testenv:\n", "static:\n  common: {pythons: [py3.12, py3.14], test-path: tests/common, lowest: true}\ntestenv:\n",
).Replace(small)

// TestLowestSuite: an environment with the lowest releases of what the SDK and the suite bound.
func TestLowestSuite(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := projectOf(t, floors)
	online(t, folder, index, 0, "update", "-before="+early)
	green(t, folder)
	got := content(t, folder)["tox.ini"]
	hasLines(t, got, []wantedLine{
		{"one environment, of the oldest release on its oldest Python", `^    py3\.12-flask\.lowest-v2\.0\.3$`, true},
		{"a static one", `^    py3\.12-common\.lowest$`, true},
		{"the lowest release of a bound", `^    py3\.12-flask\.lowest: markupsafe==2\.1\.5$`, true},
		{"which other environments do not have", `-flask-.*: markupsafe==3\.`, true},
		{"a bound of the suite", `^    py3\.12-flask\.lowest: click==8\.1\.8$`, true},
		{"what is not bounded is the newest", `^    py3\.12-flask\.lowest: werkzeug==3\.1\.8$`, true},
		{"no alias", `flask\.lowest-latest`, false},
		{"a label", `^    flask\.lowest = \\$`, true},
		{"a row", `^    web-py3\.12 = \\$[\s\S]*^        py3\.12-flask\.lowest-v2\.0\.3`, true},
	})
	for what, want := range map[string]string{
		"flask":                      "py3.12-flask.lowest-v2.0.3 has the lowest releases of click, markupsafe",
		"common":                     "py3.12-common.lowest has the lowest releases of markupsafe",
		"py3.12-flask.lowest-v2.0.3": "8 pins, none older than it should be",
		"markupsafe":                 "2.1.5  in 7 environments of bottle, flask.lowest, ",
		"flask==2.0.3":               "tested",
	} {
		if r := execute(t, folder, nil, nil, "explain", what); r.status != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("explain %s: status %d\n%s%s", what, r.status, r.stdout, r.stderr)
		}
	}
	// a floor that rises moves the pin at once; what cannot be had is named, and nothing else stays behind
	put(t, folder, map[string]string{"toxgen.yaml": strings.Replace(floors, "markupsafe>=2.1.5", "markupsafe>=3", 1)})
	if r := execute(t, folder, nil, nil, "check"); r.status != 3 || !strings.Contains(r.stderr, "py3.12-common.lowest") {
		t.Errorf("check of a floor that rose: status %d\n%s", r.status, r.stderr)
	}
	// pins that hold stay where lower ones cannot be had
	lower := strings.Replace(floors, "click>=8.1.8", "click>=8.0.0", 1)
	put(t, folder, map[string]string{"toxgen.yaml": lower})
	if r := online(t, folder, index, 0, "update", "-before="+early); !strings.Contains(r.stdout, "flask.lowest keeps what it had: it cannot be resolved afresh: the requirements of click 8.0.0") {
		t.Errorf("the update does not say why pins stay:\n%s", r.stderr)
	}
	green(t, folder)
	// without such pins, the release is passed over
	folder = projectOf(t, lower)
	online(t, folder, index, 0, "update", "-before="+early)
	r := execute(t, folder, nil, nil, "check")
	if r.status != 0 || !strings.Contains(r.stderr, `suite "flask.lowest" passes over flask 2.0.3: on Python 3.12 the requirements of click 8.0.0`) {
		t.Errorf("check after an update that found no lowest releases: status %d\n%s", r.status, r.stderr)
	}
	if text := content(t, folder)["tox.ini"]; strings.Contains(text, "flask.lowest") || !strings.Contains(text, "common.lowest") {
		t.Errorf("tox.ini has an environment without pins, or lacks another one\n%s", text)
	}
}
