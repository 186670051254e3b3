package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// systems is pair with a static suite on the newer Python.
var systems = strings.Replace(pair, "suites: [app, other]", "suites: [app, other, common]", 1) + `static:
  common: {pythons: [py3.14], test-path: tests, requires: [{when: "*", add: [mixed]}]}
`

// windows makes the newer Python of systems one on Windows.
var windows = strings.NewReplacer(`{version: "3.14", patch: 4}`,
	`{version: "3.14", patch: 4, platform: {system: windows, machine: amd64}, runs-on: windows-2025}`)

// newPlatforms returns a project in sync whose release installs other projects on each system, and of lib another wheel on
// each. Its configuration is systems, edited.
func newPlatforms(t *testing.T, edit *strings.Replacer) *week {
	w := &week{t, pypitest.New(t), projectOf(t, edit.Replace(systems))}
	both := []string{"Classifier: Programming Language :: Python :: 3.12", "Classifier: Programming Language :: Python :: 3.14", "Requires-Dist: lib",
		`Requires-Dist: colorama; sys_platform == "win32"`, `Requires-Dist: uvloop; platform_system != "Windows"`, `Requires-Dist: mac; platform_machine == "arm64"`}
	w.set("app", aged(30, pypitest.Wheel("app", "1.0", both...)))
	w.set("other", wheelOf("other", "1.0"))
	w.set("lib", tagged(30, "cp312-cp312-manylinux_2_17_x86_64", "lib", "1.0", "old"), tagged(30, "cp314-cp314-manylinux_2_17_x86_64", "lib", "1.0", "new"),
		tagged(30, "cp314-cp314-win_amd64", "lib", "1.0", "native"), tagged(30, "cp314-cp314-macosx_11_0_arm64", "lib", "1.0", "aqua"))
	w.set("mixed", tagged(30, "py3-none-any", "mixed", "1.0", "pure"), tagged(30, "cp314-cp314-win_amd64", "mixed", "1.0", "compiled"))
	for _, name := range []string{"pure", "compiled", "old", "new", "native", "colorama", "uvloop"} {
		w.set(name, wheelOf(name, "1.0"))
	}
	w.settled()
	return w
}

// TestPlatforms resolves one Python for Linux and the other for Windows: markers, wheels and their metadata are those of each.
func TestPlatforms(t *testing.T) {
	w := newPlatforms(t, windows)
	const app = `{py3.12,py3.14}-app: lib==1.0`
	for _, line := range []string{"py3.12-app: uvloop==1.0", "py3.12-app: old==1.0", "py3.14-app: colorama==1.0", "py3.14-app: native==1.0", "py3.14-common: compiled==1.0", app} {
		w.has("tox.ini", "    "+line+"\n", true)
	}
	for _, name := range []string{"new==", "mac==", "aqua=="} {
		w.has("tox.ini", name, false)
	}
	w.has("registry/lib.jsonl", `"wheels":["cp312-cp312-manylinux_2_17_x86_64","cp314-cp314-manylinux_2_17_x86_64","cp314-cp314-win_amd64"]`, true)
	w.has("registry/lib.jsonl", `"requires":["native"]`, true)
	w.has("registry/lib.jsonl", `"requires":["new"]`, false)
	w.has(".github/workflows/test-integrations-main.yml", `release: "cpython-3.14.4-windows-x86_64-none"`, true)
	w.has(".github/workflows/test-integrations-main.yml", `runs-on: "windows-2025"`, true)
	w.settled("update")
	if r := execute(t, w.folder, nil, nil, "explain", "py3.14-app-latest"); r.status != 0 || !strings.Contains(r.stdout, " on CPython 3.14.4 on windows amd64\n") {
		t.Errorf("explain: status %d\n%s", r.status, r.stdout)
	}
}

// TestPlatformIsChanged gives a Python another platform. An update then leaves what a new project would have.
func TestPlatformIsChanged(t *testing.T) {
	linux := strings.NewReplacer()
	for _, test := range []struct {
		name             string
		before, after    *strings.Replacer
		platform         string
		pinned, unpinned []string
	}{
		{"from Linux to Windows", linux, windows, "windows amd64", []string{"py3.14-app: native", "py3.14-common: compiled"}, []string{"new==", "pure=="}},
		{"from Windows to Linux", windows, linux, "linux x86_64 glibc-2.28", []string{"py3.14-app: new", "py3.14-common: pure"}, []string{"native==", "compiled=="}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newPlatforms(t, test.before)
			w.configure(test.after.Replace(systems))
			if r := execute(t, w.folder, nil, nil, "check"); r.status != 3 || !strings.Contains(r.stderr, "its pins are for another platform than "+test.platform) {
				t.Errorf("check: status %d\n%s", r.status, r.stderr)
			}
			w.settled()
			for _, text := range test.pinned {
				w.has("tox.ini", "    "+text+"==1.0\n", true)
			}
			for _, text := range test.unpinned {
				w.has("tox.ini", text, false)
			}
			w.settled("update")
			same(t, content(t, newPlatforms(t, test.after).folder), content(t, w.folder))
		})
	}
}
