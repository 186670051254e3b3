package endtoend

import (
	"regexp"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// monorepo is a repository of several packages. `itsdangerous` is one of them, which releases of Flask require.
const monorepo = `project: {name: monorepo}
packages:
  - {path: plugins/*}
  - {path: core}
  - {name: its_dangerous.renamed, path: other, repository: example/other, ref: v1.0.0, checkout: beside, requires: [six]}
  - {name: ItsDangerous, path: danger, requires: [docopt]}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
` + around + `groups:
  - {name: Web, suites: [bottle, flask, typer, tools]}
suites:
  bottle: {package: bottle, minimum: "0.12", test-path: tests/bottle, install: [plugins/bottle]}
  flask: {package: Flask, minimum: "2.0", maximum: "3", test-path: tests/flask, install: ["plugin-flask[fast]", core]}
  typer: {package: typer, minimum: "0.15", test-path: tests/typer, install: none}
static:
  tools: {pythons: [py3.12], test-path: tests/tools, install: [core]}
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
  not-editable: [py3.8]
`

// built is how the packages are built.
const built = "[build-system]\nrequires = [\"six\"]\nbuild-backend = \"six\"\n"

// monorepoFiles are the files of its packages.
var monorepoFiles = map[string]string{
	"plugins/bottle/pyproject.toml": built + "[project]\nname = \"plugin_bottle\"\ndependencies = [\"core>=99\"]\n[tool.uv.sources]\ncore = {workspace = true}\n",
	"plugins/flask/pyproject.toml": built + "[project]\nname = \"plugin.flask\"\ndependencies = [\"core[web]\", \"its-dangerous-renamed; python_version >= '3.10'\"]\n" +
		"requires-python = \">=3.8\"\n[project.optional-dependencies]\nfast = [\"iniconfig\"]\n",
	"plugins/README.md":      "",
	"plugins/docs/conf.py":   "",
	"core/pyproject.toml":    built + "[project]\nname = \"core\"\ndependencies = [\"certifi\"]\n[project.optional-dependencies]\nweb = [\"mdurl\"]\nurl = [\"x @ https://example.org/x.zip\"]\n",
	"danger/setup.py":        "",
	"tests/bottle/test_a.py": "", "tests/flask/test_a.py": "", "tests/typer/test_a.py": "", "tests/tools/test_a.py": "",
}

// TestPackages makes the matrix of a repository of several packages.
func TestPackages(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := projectOf(t, monorepo)
	put(t, folder, monorepoFiles)
	online(t, folder, index, 0, "update", "-before="+early)
	green(t, folder)
	got := content(t, folder)
	root := regexp.QuoteMeta("{env:SDK_ROOT:{tox_root}}")
	hasLines(t, got["tox.ini"], []wantedLine{
		{"a package by its path, with what it requires", `^    !py3\.8-bottle: -e ` + root + `/plugins/bottle$`, true},
		{"not editable on an old Python", `^    py3\.8-bottle: ` + root + `/plugins/bottle$`, true},
		{"a package that another one requires, whatever version", `bottle.*: -e ` + root + `/core$`, true},
		{"its requirements", `bottle.*: certifi==`, true},
		{"an extra of a package that install names", `flask.*: -e ` + root + `/plugins/flask\[fast\]$`, true},
		{"the requirements of the extra", `flask.*: iniconfig==`, true},
		{"an extra that another package asks for", `flask.*: mdurl==`, true},
		{"not in other suites", `bottle.*: mdurl==`, false},
		{"a package of another repository, by a marker", `^    !py3\.8-flask: -e \{tox_root\}/beside/other$`, true},
		{"its requirements, by the marker", `py3\.12-flask.*: six==`, true},
		{"and not where it does not hold", `py3\.8.*-flask.*: six==`, false},
		{"a package that a release requires", `flask.*: -e ` + root + `/danger$`, true},
		{"its requirements instead of those of the index", `flask.*: docopt==`, true},
		{"it is not pinned", `itsdangerous==`, false},
		{"no sources of uv", `^    UV_NO_SOURCES = 1$`, true},
		{"nothing is installed", `typer.*: -e`, false},
		{"a static suite", `^    tools: -e ` + root + `/core$`, true},
		{"the project itself is nowhere", `-e ` + root + `$`, false},
	})
	if constraints := got["build-constraints.txt"]; !strings.Contains(constraints, "six==") {
		t.Errorf("the build requirements of the packages are not pinned:\n%s", constraints)
	}
	workflow := got[".github/workflows/test-integrations-web.yml"]
	for _, want := range []string{"name: \"Check out example/other\"", "repository: \"example/other\"", "ref: \"v1.0.0\"", "path: \"beside\""} {
		if !strings.Contains(workflow, want) {
			t.Errorf("the workflow lacks %s", want)
		}
	}
	if r := execute(t, folder, nil, nil, "explain", "py3.12-flask-v2.3.3", "-all"); r.status != 0 || !strings.Contains(r.stdout, "plugins/flask/pyproject.toml:9") {
		t.Errorf("explain: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}

	for _, test := range []struct {
		name, file, old, new string
		status               int
		want                 string
	}{
		{"a new requirement of a package", "core/pyproject.toml", `["certifi"]`, `["certifi", "blinker"]`, 3, "blinker"},
		{"a new requirement of one that a release requires", "toxgen.yaml", "requires: [docopt]", "requires: [docopt, zipp]", 3, "zipp"},
		{"a package that needs a newer Python", "plugins/flask/pyproject.toml", ">=3.8", ">=3.9", 3, "py3.8-flask"},
		{"a static suite whose package needs another Python", "core/pyproject.toml", "[project]\n", "[project]\nrequires-python = \"<3.12\"\n", 1,
			`static suite "tools" is tested on Python 3.12, which the package core that it installs does not support`},
		{"a package that is gone", "toxgen.yaml", "  - {path: core}\n", "", 1, `install names "core", which is neither the project nor one of packages`},
		{"a folder without packages", "toxgen.yaml", "plugins/*", "plugin/*", 1, "toxgen.yaml:3:5: error: no folder at plugin/* has a pyproject.toml or a setup.cfg"},
		{"a file that is not there", "toxgen.yaml", "path: core", "path: cores", 1, "toxgen.yaml:4:5: error: there is no cores/pyproject.toml or setup.cfg"},
		{"two of one name", "core/pyproject.toml", `"core"`, `"plugin-flask"`, 1, "error: the packages at plugins/flask and core are both called plugin-flask\n  hint: rename one of them"},
		{"requirements that only code knows", "core/pyproject.toml", `dependencies = ["certifi"]`, `dynamic = ["dependencies"]`, 1, "toxgen.yaml:4:5: error: the requirements of the package at core are not known"},
		{"a marker that cannot be evaluated", "core/pyproject.toml", `"certifi"`, `"certifi; os_name ~= 'posix'"`, 1, "core/pyproject.toml:6:17: error: the marker of"},
		{"a URL in an extra that is used", "plugins/flask/pyproject.toml", "core[web]", "core[web,url]", 1, "core/pyproject.toml:9:8: error: x comes from https://example.org/x.zip"},
		{"a suite that would install the project", "toxgen.yaml", ", install: none", "", 1, `suite "typer" would install the project itself`},
		{"build requirements that do not name one that all packages have", "toxgen.yaml", "groups:", "build: [docopt]\ngroups:", 3, "out of sync: `build` lacks \"six\", with which the package at plugins/bottle is built"},
		{"no TOML", "core/pyproject.toml", "[project]", "[project", 1, "core/pyproject.toml:4:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := copyOf(t, folder)
			before := content(t, folder)[test.file]
			text := strings.Replace(before, test.old, test.new, 1)
			if text == before {
				t.Fatalf("%s has no %q", test.file, test.old)
			}
			put(t, folder, map[string]string{test.file: text})
			if r := execute(t, folder, nil, nil, "check"); r.status != test.status || !strings.Contains(r.stderr, test.want) {
				t.Errorf("status %d, and %q is not in\n%s", r.status, test.want, r.stderr)
			}
		})
	}
	t.Run("what several packages are built with is lacking once", func(t *testing.T) {
		folder := copyOf(t, folder)
		put(t, folder, map[string]string{"toxgen.yaml": "build: [hatchling]\n" + monorepo})
		r := execute(t, folder, nil, nil, "check")
		if got := strings.Count(r.stderr, "`build` lacks \"six\""); r.status != 3 || got != 1 {
			t.Errorf("status %d, reported %d times\n%s", r.status, got, r.stderr)
		}
	})
	t.Run("a checkout of another repository is compared", func(t *testing.T) {
		folder := copyOf(t, folder)
		put(t, folder, map[string]string{"beside/other/pyproject.toml": built + "[project]\nname = \"its-dangerous-renamed\"\ndependencies = [\"six>=1\"]\n"})
		if r := execute(t, folder, nil, nil, "check"); r.status != 3 || !strings.Contains(r.stderr, "package other: of six, `requires` here says \"six\", and the project \"six>=1\"") {
			t.Errorf("status %d\n%s", r.status, r.stderr)
		}
	})
}
