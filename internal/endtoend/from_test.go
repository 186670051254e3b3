package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// described is a configuration that leaves to pyproject.toml and to a requirements file what they say.
var described = strings.Replace(strings.Replace(strings.Replace(small, "testenv:\n", "testenv:\n  file: tests/all.txt\n", 1), "project: {name: some-sdk, requires: [certifi]}", "project: {from: pyproject.toml}", 1),
	"  bottle: {package: bottle, minimum: \"0.12\", test-path: tests/bottle}",
	"  bottle: {package: bottle, minimum: \"0.12\", test-path: tests/bottle, groups: [dev], extras: [All], requires: [{when: \"*\", file: tests/requirements.txt}]}", 1)

// sdkFiles are the files that it names.
var sdkFiles = map[string]string{
	"pyproject.toml": `[build-system]
requires = ["six"]
build-backend = "six"

[project]
name = "Some_SDK"
version = "1"
requires-python = ">=3.8"
dependencies = ["certifi"]

[project.optional-dependencies]
web = ["itsdangerous"]
all = ["some-sdk[web]"]

[dependency-groups]
base = ["iniconfig"]
dev = [{include-group = "base"}, "docopt"]
`,
	"tests/requirements.txt": "-r more.txt\n-c limits.txt\nzipp ; python_version < '3.9'\n",
	"tests/all.txt":          "-c all-limits.txt\npygments\n",
	"tests/all-limits.txt":   "pygments<2.20\n",
	"tests/more.txt":         "mdurl\n",
	"tests/limits.txt":       "itsdangerous<2\nrich<1\n",
	"tests/bottle/test_a.py": "",
	"tests/flask/test_a.py":  "",
	"tests/typer/test_a.py":  "",
	"tests/a/test_a.py":      "",
	"tests/b/test_a.py":      "",
}

// TestFrom makes a project whose requirements stand in pyproject.toml and in requirements files.
func TestFrom(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	folder := projectOf(t, described)
	put(t, folder, sdkFiles)
	online(t, folder, index, 0, "update", "-before="+early)
	green(t, folder)
	got := content(t, folder)
	for _, test := range []struct {
		name, file, part string
		want             bool
	}{
		{"a requirement of the project", "tox.ini", ": certifi==", true},
		{"a dependency group", "tox.ini", "bottle: docopt==", true},
		{"an included group", "tox.ini", "bottle: iniconfig==", true},
		{"an extra of the project's own extra, and an older release by a constraint", "tox.ini", "bottle: itsdangerous==1.", true},
		{"a requirements file", "tox.ini", "bottle: zipp; python_version", true},
		{"a requirements file that it names", "tox.ini", "bottle: mdurl==", true},
		{"a requirements file of every environment", "tox.ini", "\n    pygments\n", true},
		{"its pins, by a constraint", "tox.ini", "werkzeug-b-!v3.0.6: pygments==2.19.2", true},
		{"a constraint installs nothing", "tox.ini", "bottle: rich==", false},
		{"another suite uses none of these", "tox.ini", "-werkzeug-b: iniconfig==", false},
		{"a build requirement", "build-constraints.txt", "six==", true},
		{"the name of the project", "tox.ini", "Some", false},
	} {
		if strings.Contains(got[test.file], test.part) != test.want {
			t.Errorf("%s: %s has %q: %v", test.name, test.file, test.part, !test.want)
		}
	}

	for _, test := range []struct {
		name, file, old, new string
		status               int
		want                 string
	}{
		{"a new requirement", "pyproject.toml", `["certifi"]`, `["certifi", "blinker"]`, 3, "tox.ini:1: out of sync: environment py3.8-bottle-v"},
		{"a requirement dropped", "pyproject.toml", `"docopt"`, `"iniconfig"`, 3, "tox.ini:"},
		{"a Python dropped", "pyproject.toml", ">=3.8", ">=3.9", 3, `toxgen.yaml:3:5: out of sync: Python 3.8 is tested, and the project requires ">=3.9" (pyproject.toml:8:`},
		{"a group gone", "pyproject.toml", "dev = ", "test = ", 1, `error: suite "bottle" uses the dependency group "dev": the project has no dependency group "dev"`},
		{"an extra gone", "pyproject.toml", "all = ", "al = ", 1, `error: suite "bottle" uses the extra "All": the project has no extra "All"`},
		{"an unknown group inside", "pyproject.toml", `"base"`, `"bas"`, 1, "pyproject.toml:17:"},
		{"no TOML", "pyproject.toml", "[project]", "[project", 1, "pyproject.toml:5:"},
		{"requirements that only code knows", "pyproject.toml", `dependencies = ["certifi"]`, `dynamic = ["dependencies"]`, 1, "toxgen.yaml:1:"},
		{"an option in a requirements file", "tests/more.txt", "mdurl", "--index-url https://example.org", 1, "tests/more.txt:1:1: error: "},
		{"a path in a requirements file", "tests/more.txt", "mdurl", "./mdurl", 1, "tests/more.txt:1:1: error: "},
		{"a URL in a requirements file", "tests/more.txt", "mdurl", "mdurl @ https://example.org/mdurl.zip", 1, "tests/more.txt:1:1: error: mdurl @ https://example.org/mdurl.zip names a URL"},
		{"a URL in the file of every environment", "tests/all.txt", "pygments", "pygments @ https://example.org/p.zip", 1, "tests/all.txt:2:1: error: pygments @"},
		{"a file that is not there", "tests/requirements.txt", "more.txt", "moer.txt", 1, "tests/requirements.txt:1:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := copyOf(t, folder)
			text := strings.Replace(sdkFiles[test.file], test.old, test.new, 1)
			if text == sdkFiles[test.file] {
				t.Fatalf("%s has no %q", test.file, test.old)
			}
			put(t, folder, map[string]string{test.file: text})
			if r := execute(t, folder, nil, nil, "check"); r.status != test.status || !strings.Contains(r.stderr, test.want) {
				t.Errorf("status %d, and %q is not in\n%s", r.status, test.want, r.stderr)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		folder := copyOf(t, folder)
		if err := os.Remove(filepath.Join(folder, "pyproject.toml")); err != nil {
			t.Fatal(err)
		}
		if r := execute(t, folder, nil, nil, "check"); r.status != 1 || !strings.Contains(r.stderr, "pyproject.toml") {
			t.Errorf("status %d\n%s", r.status, r.stderr)
		}
	})
}

// TestContradictions has projects whose configuration says something and whose own files something else.
func TestContradictions(t *testing.T) {
	index := replay(t, pypitest.Options{Core: pypitest.ReplayReal})
	beginning := smallProject(t)
	for name, text := range sdkFiles {
		if strings.HasPrefix(name, "tests/") {
			put(t, beginning, map[string]string{name: text})
		}
	}
	online(t, beginning, index, 0, "update", "-before="+early)
	const head = "[project]\nversion = \"1\"\n"
	for _, test := range []struct {
		name, file, text string
		want             []string
	}{
		{"the same", "pyproject.toml", head + "name = \"Some.SDK\"\ndependencies = [\"Certifi\"]\n", nil},
		{"another name", "pyproject.toml", head + "name = \"other\"\ndependencies = [\"certifi\"]\n",
			[]string{`toxgen.yaml:1:17: out of sync: the project is called "some-sdk" here and "other" in pyproject.toml:3:8`}},
		{"other requirements", "pyproject.toml", head + "name = \"some-sdk\"\ndependencies = [\"certifi>=3\", \"six\"]\n", []string{
			`toxgen.yaml:1:38: out of sync: of certifi, project.requires says "certifi", and the project "certifi>=3" (pyproject.toml:4:17)`,
			`toxgen.yaml:1:38: out of sync: of six, project.requires says nothing, and the project "six" (pyproject.toml:4:31)`}},
		{"fewer Pythons", "pyproject.toml", head + "name = \"some-sdk\"\nrequires-python = \">=3.12\"\ndependencies = [\"certifi\"]\n",
			[]string{`toxgen.yaml:3:5: out of sync: Python 3.8 is tested, and the project requires ">=3.12" (pyproject.toml:4:19)`}},
		{"setup.cfg", "setup.cfg", "[metadata]\nname = other\n[options]\ninstall_requires =\n    certifi\n",
			[]string{`toxgen.yaml:1:17: out of sync: the project is called "some-sdk" here and "other" in setup.cfg:2:8`}},
		{"requirements that only code knows", "pyproject.toml", head + "name = \"some-sdk\"\ndynamic = [\"dependencies\"]\n", nil},
		{"tools alone", "pyproject.toml", "[tool.black]\nline-length = 100\n", nil},
		{"a file that is broken", "pyproject.toml", "[project\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := copyOf(t, beginning)
			put(t, folder, map[string]string{test.file: test.text})
			status := 0
			if len(test.want) > 0 {
				status = 3
			}
			r := execute(t, folder, nil, nil, "check")
			if r.status != status || strings.Count(r.stderr, ": out of sync: ") != len(test.want) {
				t.Errorf("status %d\n%s", r.status, r.stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(r.stderr, want+"\n") {
					t.Errorf("lacks %s\n%s", want, r.stderr)
				}
			}
		})
	}
}
