package initialize

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/config"
)

// packageOf returns the pyproject.toml of a package that supports some Pythons.
func packageOf(name, pythons string) string {
	return fmt.Sprintf("[project]\nname = %q\nversion = \"1\"\nrequires-python = %q\ndependencies = []\n", name, pythons)
}

// linesOf returns a line for each number below n, which stands for `#`.
func linesOf(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// TestOdd checks folders that are odd or hostile. Whatever they hold, what is proposed is a configuration, and what it cannot state is
// left to the person.
func TestOdd(t *testing.T) {
	const (
		extras   = "[project.optional-dependencies]\n"
		workflow = "on: push\njobs: {a: {runs-on: x, steps: [{run: x}]}}\n"
	)
	tests := []struct {
		name  string
		files folder
		// want are lines of toxgen.yaml, without are beginnings of lines that it must not have, left are parts of what is left to
		// the person.
		want, without, left []string
	}{
		{name: "no project table", files: folder{"pyproject.toml": "[tool.black]\n"},
			want: []string{"project: {name: my-sdk, requires: []}"}, left: []string{"no file says what the project is called and what it requires"}},
		{name: "dependency groups alone", files: folder{"pyproject.toml": "[dependency-groups]\nweb = [\"web>=2\"]\n"},
			want: []string{"project: {from: pyproject.toml, name: my-sdk, requires: []}", "    groups: [web]"}, left: []string{"`project.name` is a guess"}},
		{name: "a setup.cfg for tools", files: folder{"setup.cfg": "[flake8]\nmax-line-length = 3\n"}, want: []string{"project: {name: my-sdk, requires: []}"}},
		{name: "a setup.cfg without a name", files: folder{"setup.py": "", "setup.cfg": "[options]\ninstall_requires =\n    certifi\n"},
			want: []string{"project: {from: setup.cfg, name: my-sdk}"}, left: []string{"`project.name` is a guess"}},
		{name: "a dynamic version", files: folder{"pyproject.toml": "[project]\nname = \"a\"\ndynamic = [\"version\"]\n"}, want: []string{"project: {from: pyproject.toml}"}},
		{name: "dynamic requirements", files: folder{"pyproject.toml": "[project]\nname = \"a\"\ndynamic = [\"version\", \"dependencies\"]\n"},
			want: []string{"project: {from: pyproject.toml, requires: []}"}, left: []string{"the requirements of the project are not known"}},
		{name: "an extra like a path", files: folder{"pyproject.toml": pyproject + extras + "\"../x\" = [\"web\"]\n"},
			want: []string{"project: {name: my-sdk, requires: []}"}, left: []string{`pyproject.toml cannot be read ("../x" is not a name of an extra)`}},
		{name: "extras of one name", files: folder{"pyproject.toml": pyproject + extras + "a_b = [\"a-b\"]\na-b = [\"a-b\"]\n"}, left: []string{`"a-b" is the same name as "a_b"`}},
		{name: "an extra and a group of one name", files: folder{"pyproject.toml": pyproject + extras + "A_b = [\"a-b\"]\n[dependency-groups]\n\"a.B\" = [\"a.b>=1\"]\n"},
			want: []string{"  a-b:", "    extras: [A_b]", "    groups: [a.B]"}},
		{name: "not UTF-8", files: folder{"pyproject.toml": pyproject + "# \xff\xfe\n"}, left: []string{"pyproject.toml cannot be read (the file is not UTF-8)"}},
		{name: "ends of lines of Windows", files: folder{"pyproject.toml": strings.ReplaceAll(pyproject+extras+"web = [\"web>=2\"]\n", "\n", "\r\n"),
			"tox.ini": "[tox]\r\nenvlist = py312-web{2,3}\r\n[testenv]\r\ndeps =\r\n  web2: web~=2.0\r\n  web2: old<3\r\nsetenv =\r\n  A = b\r\ncommands = pytest -ra\r\n"},
			want: []string{`    minimum: "2"`, `      - {when: "~=2.0", add: ["old<3"]}`, `    - {name: A, value: "b"}`,
				`  commands: ["python -m pytest -ra {env:TESTPATH:{env:_TESTPATH}} {posargs}"]`}},
		{name: "generative sections", files: folder{"pyproject.toml": pyproject, "tox.ini": "[tox]\nenv_list =\n  py{312,313}-web{2,3}-{linux,macos}\n  3.1{2,4}-sql{4,5}\n[testenv:py{312,313}-web{2,3}]\ndeps = other\n" +
			"[testenv]\ndeps =\n  web{2,3}: web\n  {py312,py3.12}-sql4: SQL~=4.0\n  sql5: SQL~=5.0\n  py312-py3.12-sql5: old\n  !web2: new\n  -r{toxinidir}/{envname}.txt\n"},
			want: []string{"  web:", "  sql:", "    package: sql", `    minimum: "4.0"`, `  - {version: "3.14", patch: 4}`}, left: []string{"not taken over from `deps` of tox.ini: 2 lines"}},
		{name: "an extra of 5,000 requirements", files: folder{"pyproject.toml": pyproject + extras + "test = [\n" + linesOf(5000, "\"p#\",") + "]\nweb = [\n" + linesOf(5000, "\"p#\",") + "\"web>=2\"]\n"},
			want: []string{"  extras: [test]", "    extras: [web]", `    minimum: "2"`}},
		{name: "8,000 extras", files: folder{"pyproject.toml": pyproject + extras + linesOf(8000, "p-x# = [\"p-x#\"]")}, left: []string{"7000 projects more than 1000 could be suites"}},
		{name: "lines of deps without end", files: folder{"pyproject.toml": pyproject, "tox.ini": "[testenv]\ndeps =\n" + linesOf(55_000, "  a#: a#")}, left: []string{"tox.ini: its deps have more than 50000 lines"}},
		{name: "the project itself", files: folder{"pyproject.toml": pyproject + extras + "my-sdk = [\"my-sdk[all]\"]\nsdk = [\"my-sdk\"]\n", "tests/integrations/test_my_sdk.py": "",
			"tox.ini": "[testenv]\ndeps =\n  sdk1: my-sdk\n"}, without: []string{"  my-sdk:", "  sdk:", "    package:", "  # my-sdk:"}},
		{name: "a requirement from elsewhere", files: folder{"pyproject.toml": strings.Replace(packageOf("my-sdk", ">=3.12"), "[]", `["a @ git+https://example.org/a", "b"]`, 1) +
			"[tool.uv.sources]\nb = {path = \"../b\"}\n"}, without: []string{"packages:"}, left: []string{"a (pyproject.toml:5:17) comes from no index", "b (pyproject.toml:5:"}},
		{name: "packages of a workspace", files: folder{"pyproject.toml": strings.Replace(packageOf("my-sdk", ">=3.12"), "[]", `["a"]`, 1) +
			"[tool.uv.sources]\na = {workspace = true}\n[tool.uv.workspace]\nmembers = [\"packages/*\"]\n",
			"packages/a/pyproject.toml": strings.Replace(packageOf("a", ">=3.12"), "[]", `["b"]`, 1) + "[tool.uv.sources]\nb = {path = \"../b\"}\n",
			"packages/b/pyproject.toml": packageOf("b", ">=3.12"), "packages/c/pyproject.toml": packageOf("c", ">=3.12")},
			want: []string{"project: {from: pyproject.toml}", "  - {path: packages/a}", "  - {path: packages/b}"}, without: []string{"  - {path: packages/c}"}},
		{name: "variables set twice", files: folder{"pyproject.toml": pyproject, "tox.ini": "[testenv]\nsetenv =\n  A = 1\n  A = 2\n  B = 1\n  B = {posargs}\n  _TESTPATH = x\n"},
			want: []string{`    - {name: A, value: "2"}`}, without: []string{"    - {name: B", "    - {name: _TESTPATH"}},
		{name: "requirements files of odd names", files: folder{"pyproject.toml": pyproject, "a:b.txt": "pytest\n", ".git/x.txt": "pytest\n",
			"tox.ini": "[testenv]\ndeps =\n  -r a:b.txt\n  -r .git/x.txt\n  -r ../c.txt\n  web: -r a:b.txt\n"}, without: []string{"  file:"}, left: []string{"not taken over from `deps` of tox.ini: 3 lines"}},
		{name: "constraints for some releases", files: folder{"pyproject.toml": pyproject, "a.txt": "-c b.txt\nold\n", "b.txt": "new<2\n",
			"tox.ini": "[testenv]\ndeps =\n  web2: web<3\n  web2: -r a.txt\n  py312-web3: -r b.txt\n  web: -r a.txt\n"}, want: []string{`      - {when: "*", file: a.txt}`},
			without: []string{`      - {when: "<3"`}, left: []string{"suite web: a.txt, which tox.ini installs, cannot be taken over", "suite web: b.txt, which"}},
		{name: "names that are taken", files: folder{"pyproject.toml": pyproject, "tox.ini": "[tox]\n", "tox-matrix.ini": "[tox]\n", ".github/workflows/test.yml": workflow,
			".github/workflows/mine.yml": "name: Test matrix 2\n" + workflow, ".github/workflows/test-matrix-x.yml": workflow},
			want: []string{"  file: test-matrix-3.yml", "  prefix: test-matrix-3-", `  name: "Test matrix 3"`, "outputs: {tox: tox-matrix-2.ini}"}},
		{name: "a name of a group's workflow that is taken", files: folder{"pyproject.toml": pyproject, ".github/workflows/test-integrations-core.yml": workflow},
			want: []string{"  file: test-matrix.yml"}},
		{name: "pins in tox.ini", files: folder{"pyproject.toml": pyproject,
			"tox.ini": "[tox]\nenvlist = py312-flask-v{2.0.1,3.0}\n[testenv]\ndeps =\n  flask-v2.0.1: flask==2.0.1\n  flask-v3.0: flask==3.0\n  py312-flask-v2.0.1: markupsafe==2.0.1\n  py312-flask-v3.0: markupsafe>=2\n  flask-v3.0: jinja2==3.1\n"},
			want:    []string{`    minimum: "2.0.1"`, `      - {when: "==3.0", add: ["markupsafe>=2; python_version == \"3.12\"", "jinja2==3.1"]}`},
			without: []string{`markupsafe==2.0.1`}},
		{name: "an empty tox.ini", files: folder{"pyproject.toml": pyproject, "tox.ini": ""}, without: []string{"outputs:"}},
		{name: "services of one port", files: folder{"pyproject.toml": pyproject + extras + "mariadb = [\"mariadb\"]\nmysqlclient = [\"mysqlclient\"]\nredis = [\"redis\"]\n", ".github/workflows/a.yml": `jobs:
  a: {env: {DB: localhost/a, GROUPS: "2"}, services: {mysql: {image: "mysql:8", ports: ["3306:3306"]}}}
  b: {env: {DB: localhost/b, GROUPS: "3"}, services: {mariadb: {image: "mariadb:8", ports: ["127.0.0.1:3306:3306/tcp"]}}}
  c: {env: {DB: localhost/c}, services: {redis: {image: "redis:8", ports: ["6379"]}}}
`}, want: []string{`  - {name: "Frameworks 1", suites: [mariadb, redis]}`, `  - {name: "Frameworks 2", suites: [mysqlclient]}`,
			"    services: [mariadb]", "    services: [mysql]", "    services: [redis]", `    test-env: {DB: "{host}/a"}`},
			without: []string{`    test-env: {DB: "{host}/b"}`, `    test-env: {DB: "{host}/c"}`},
			left:    []string{"the services mysql and mariadb give DB different values", "the services mysql and redis give DB different values"}},
		{name: "a suite with two services of one port", files: folder{"pyproject.toml": pyproject + extras + "mysqlclient = [\"mysqlclient\"]\n",
			"tox.ini":                 "[tox]\nenvlist = old-mysqlclient-py312, new-mysqlclient-py312\n[testenv]\ndeps = mysqlclient: mysqlclient\n",
			".github/workflows/a.yml": `jobs: {a: {services: {old: {image: "mysql:5", ports: ["3306:3306"]}, new: {image: "mysql:8", ports: ["3306:3306"]}}}}`},
			want: []string{"    services: [old]"}, left: []string{"suite mysqlclient seems to need the services old and new, which publish the same port: it has old"}},
		{name: "a service of tests that an index must confirm", files: folder{"pyproject.toml": pyproject, "tests/integrations/test_redis.py": "",
			".github/workflows/a.yml": "jobs: {a: {services: {redis: {image: \"redis:8\"}}}}\n"}, want: []string{"  redis:"}},
		{name: "packages in folders of odd names", files: folder{"a b/pyproject.toml": packageOf("a", ">=3.12"), "a b/tests/x.py": "", "b/pyproject.toml": packageOf("b", ">=3.12"), "b/tests/x.py": ""},
			want: []string{"  - {path: b}", "    install: [b]"}, left: []string{`the package in "a b" is left out`}},
		{name: "packages of one name", files: folder{"x/a/pyproject.toml": packageOf("a", ">=3.12"), "x/a/tests/x.py": "", "x/b/pyproject.toml": packageOf("A", ">=3.12"), "x/b/tests/x.py": ""},
			want: []string{"  - {path: x/a}"}, without: []string{"  - {path: x/b}", `  - {path: "x/*"}`}, left: []string{"the packages in x/a and x/b are both called A: the second is left out"}},
		{name: "a package that cannot be read", files: folder{"x/a/pyproject.toml": packageOf("a", ">=3.12"), "x/b/pyproject.toml": "[", "x/c/pyproject.toml": packageOf("c", ">=3.12")},
			want: []string{"  - {path: x/a}", "  - {path: x/c}"}, without: []string{`  - {path: "x/*"}`}},
		{name: "a package for other Pythons", files: folder{"a/pyproject.toml": packageOf("a", "<3.9"), "a/tests/x.py": "", "b/pyproject.toml": packageOf("b", ">=3.12"), "b/tests/x.py": ""},
			want: []string{"    install: [b]"}, left: []string{"the package in a supports none of `pythons`"}},
		{name: "packages without tests", files: folder{"a/pyproject.toml": packageOf("a", ">=3.12"), "b/pyproject.toml": packageOf("b", ">=3.12")}, want: []string{"    install: [a, b]"}},
		{name: "packages whose suites have one name", files: folder{"x/a/pyproject.toml": packageOf("a-instrumentation-web", ">=3.12") + extras + "instruments = [\"web\"]\n", "x/a/tests/x.py": "",
			"x/b/pyproject.toml": packageOf("b-instrumentation-web", ">=3.12") + extras + "instruments = [\"web\"]\ninstruments-any = [\"web\", \"sql\"]\n", "x/b/tests/x.py": "",
			"y/Web/pyproject.toml": packageOf("c", ">=3.12"), "y/Web/tests/x.py": "", "z/web/pyproject.toml": packageOf("d", ">=3.12"), "z/web/tests/x.py": ""},
			want: []string{"  web:", "  web_package:", "  web_package_package:"}, left: []string{"the package also instruments sql, which needs a suite of its own"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, text := proposed(t, tt.files)
			text = "\n" + text
			for _, line := range tt.want {
				if !strings.Contains(text, "\n"+line+"\n") {
					t.Errorf("no line %q in\n%s", line, text)
				}
			}
			for _, beginning := range tt.without {
				if strings.Contains(text, "\n"+beginning) {
					t.Errorf("a line begins with %q in\n%s", beginning, text)
				}
			}
			for _, part := range tt.left {
				if !slices.ContainsFunc(p.Left, func(s string) bool { return strings.Contains(s, part) }) {
					t.Errorf("%q is not left to the person: %q", part, p.Left)
				}
			}
			answers := make([]Answer, len(p.Asked()))
			for i := range answers {
				answers[i].Missing = true
			}
			p.Answer(answers)
			if _, err := p.Files(config.FileName); err != nil {
				t.Errorf("if the index knows no project: %v", err)
			}
		})
	}
}

// TestNoConfiguration checks that a proposal that is no configuration is an error, and no file.
func TestNoConfiguration(t *testing.T) {
	files, err := (&Proposal{Name: "a"}).Files(config.FileName)
	if err == nil || len(files) > 0 || !strings.Contains(err.Error(), "so it writes nothing: toxgen.yaml:") {
		t.Errorf("got %d files, %v", len(files), err)
	}
}
