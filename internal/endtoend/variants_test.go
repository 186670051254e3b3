package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// varied is small with variants of one suite.
var varied = strings.Replace(small, `  flask: {package: Flask, minimum: "1.1.4", test-path: tests/flask, requires: [{when: "*", add: [flask-login]}]}
`, `  flask:
    package: Flask
    minimum: "2.0"
    test-path: tests/flask
    requires: [{when: "*", add: [flask-login]}]
    variants:
      old: {requires: ["click<8.2"], set-env: [{name: OLD, value: "1"}]}
      new: {requires: ["click>=8"], hold: [{exclude: "<2.2"}]}
`, 1)

// TestVariants: a suite with variants is a suite for each: environments, pins, labels, rows, explain and holds know them.
func TestVariants(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := projectOf(t, varied)
	online(t, folder, index, 0, "update", "-before="+early)
	green(t, folder)
	got := content(t, folder)["tox.ini"]
	hasLines(t, got, []wantedLine{
		{"an environment", `^    \{py3\.8,py3\.12,py3\.14,py3\.14t\}-flask-new-v2\.3\.3$`, true},
		{"a hold of one variant", `-flask-new-v2\.0`, false},
		{"which the other does not have", `-flask-old-v2\.0`, true},
		{"the suite itself", `-flask-v2`, false},
		{"a requirement", `^    flask-old: click<8\.2$`, true},
		{"a requirement of the suite", `^    flask-new: flask-login$`, true},
		{"a pin", `^    .*flask-old.*: click==8\.1\.8$`, true},
		{"a variable", `^    flask-old: OLD = 1$`, true},
		{"a label of all variants", `^    flask = \\\n        # flask-old\n        \{py3\.8,.*-flask-old-v3\.1\.3, \\\n        # flask-new\n        \{py3\.8,.*-flask-new-v3\.1\.3$`, true},
		{"a label of one variant", `^    flask-old = \\$`, true},
		{"a row", `^    web-py3\.8 = \\$[\s\S]*^        py3\.8-flask-old-v2\.0\.3, .*\n.*\n        py3\.8-flask-new-v2\.2\.5, py3\.8-flask-new-v2\.3\.3`, true},
	})
	for what, want := range map[string]string{
		"flask":                   "suite flask-old (toxgen.yaml:",
		"flask-new":               "suite flask-new (toxgen.yaml:",
		"flask-new==2.3.3":        "2.3.3",
		"py3.12-flask-old-v2.3.3": "click==8.1.8",
	} {
		if r := execute(t, folder, nil, nil, "explain", what); r.status != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("explain %s: status %d\n%s%s", what, r.status, r.stdout, r.stderr)
		}
	}
	online(t, folder, index, 0, "update", "-only=flask-old", "-before="+early)
	green(t, folder)
	online(t, folder, index, 0, "hold", "flask-old", "<2.2", "-reason=broken")
	green(t, folder)
	after := content(t, folder)
	if !strings.Contains(after["toxgen.yaml"], `{requires: ["click<8.2"], hold: [{exclude: "<2.2", reason: "broken"}], set-env:`) {
		t.Errorf("the hold is not where it should be:\n%s", after["toxgen.yaml"])
	}
	if strings.Contains(after["tox.ini"], "flask-old-v2.0.3") || !strings.Contains(after["tox.ini"], "flask-old-v2.2.5") {
		t.Error("the hold has no effect")
	}
	// a suite that gets variants keeps the pins that it had
	shared := strings.Replace(small, "  commands:", "  variants: {one: {}}\n  commands:", 1)
	put(t, folder, map[string]string{"toxgen.yaml": shared})
	online(t, folder, index, 0)
	green(t, folder)
	if r := execute(t, folder, nil, nil, "hold", "bottle-one", "<1"); r.status != 2 || !strings.Contains(r.stderr, `suite "bottle" has its variants from testenv`) {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
}
