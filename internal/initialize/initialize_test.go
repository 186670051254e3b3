package initialize

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
)

// folder is a folder in memory: contents by path.
type folder map[string]string

// Read serves Files.
func (f folder) Read(name string) ([]byte, error) {
	if text, found := f[name]; found {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

// Exists serves Files.
func (f folder) Exists(name string) bool {
	for at := range f {
		if at == name || strings.HasPrefix(at, name+"/") {
			return true
		}
	}
	return false
}

// List serves Files.
func (f folder) List(in string) (names []string, err error) {
	for at := range f {
		if path.Dir(at) == in {
			names = append(names, at)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Folders serves Files.
func (f folder) Folders(in string) (names []string, err error) {
	for at := range f {
		for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
			if path.Dir(dir) == in && !slices.Contains(names, dir) {
				names = append(names, dir)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// proposed returns the text of the toxgen.yaml for a folder, which must be a configuration.
func proposed(t *testing.T, files folder) (*Proposal, string) {
	t.Helper()
	p, err := Read(files, "my-sdk")
	if err != nil {
		t.Fatal(err)
	}
	written, err := p.Files(config.FileName)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.text())
	}
	return p, string(written[0].Data)
}

// pyproject is a project without requirements.
const pyproject = "[project]\nname = \"my-sdk\"\nversion = \"1\"\nrequires-python = \">=3.12\"\n"

func TestProposal(t *testing.T) {
	tests := []struct {
		name  string
		files folder
		// want are lines of toxgen.yaml, left are parts of what is left to the person.
		want, left []string
	}{
		{"names that tox cannot tell apart", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\nmysql = [\"mysql\"]\nmysql-connector = [\"mysql-connector\"]\n"},
			[]string{"  mysql:", "  mysql_connector:"}, nil},
		{"a name that tox takes for an interpreter", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\npy3 = [\"py3\"]\n"},
			[]string{"  suite_py3:"}, nil},
		{"an extra named for a part of a project", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\nkafka = [\"kafka-python>=2\"]\n"},
			[]string{"    package: kafka-python", `    minimum: "2"`, "    extras: [kafka]"}, nil},
		{"extras named for a module", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\ngrpc = [\"protobuf\", \"grpcio>=1.60\"]\nyaml = [\"protobuf\"]\ngoogle = [\"protobuf\"]\n",
			"tests/test_yaml.py": "import yaml\n", "tests/test_google.py": "import google.cloud\n"},
			[]string{"    package: grpcio", `    minimum: "1.60"`, "  #   package: pyyaml"}, []string{"so they are no suites: google"}},
		{"an extra from elsewhere", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\nflask = [\"flask @ https://example.org/f.whl\"]\n"},
			nil, []string{"the extra flask requires something that comes from no index"}},
		{"versions 0", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\nhttpx = [\"httpx~=0.27.1\"]\n"},
			[]string{`    minimum: "0.27.1"`}, nil},
		{"tox in pyproject.toml", folder{"pyproject.toml": pyproject + "[tool.tox]\nlegacy_tox_ini = \"\"\n"},
			[]string{`outputs: {tox: tox-matrix.ini}`}, []string{"to move over, delete your own configuration of tox"}},
		{"a free-threaded build", folder{"pyproject.toml": pyproject, "tox.ini": "[tox]\nenvlist = py312,py314,py314t\n"},
			[]string{`  - {version: "3.14", patch: 4, free-threaded: true}`, "    pythons: [py3.12, py3.14, py3.14t]"}, nil},
		{"Pythons in containers", folder{"setup.py": "", "tox.ini": "[tox]\nenvlist = py36,py37,py313\n"},
			[]string{`  - {version: "3.6", patch: 15, container: "` + containers[6] + `"}`}, nil},
		{"a matrix of workflows", folder{"pyproject.toml": pyproject, ".github/workflows/a.yml": "jobs: {a: {strategy: {matrix: {python: [\"3.12\", \"3.13\", \"2.7\", \"3.99\"]}}}}"},
			[]string{`  - {version: "3.12", patch: 13}`, `  - {version: "3.13", patch: 13}`}, nil},
		{"two pins of an action", folder{"pyproject.toml": pyproject,
			".github/workflows/a.yml": "jobs: {a: {steps: [{uses: actions/checkout@0000000000000000000000000000000000000001}]}}",
			".github/workflows/b.yml": "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@0000000000000000000000000000000000000002 # v5.0.0\n"},
			[]string{`    actions/checkout: {sha: "0000000000000000000000000000000000000002", version: "v5.0.0"}`}, []string{"your workflows pin actions/checkout to 2 commits"}},
		{"rules by release and by Python", folder{"pyproject.toml": pyproject, "tox.ini": "[tox]\nenvlist = py312-flask-v{2,3}\n[testenv]\ndeps =\n  flask-v2: flask~=2.0\n  flask-v3: flask~=3.0\n  flask-v2: werkzeug<3\n  flask: blinker\n  py312: tomli\n"},
			[]string{`    minimum: "2.0"`, `      - {when: "~=2.0", add: ["werkzeug<3"]}`, `      - {when: "*", add: [blinker]}`, `  requires: ["tomli; python_version == \"3.12\"", pytest]`}, nil},
		{"extras and groups of tox.ini", folder{"pyproject.toml": pyproject + "[project.optional-dependencies]\nTest = [\"pytest\"]\n[dependency-groups]\nmocks = [\"responses\"]\n",
			"tox.ini": "[testenv]\nextras = test, other\ndependency_groups =\n  mocks\nsetenv =\n  A = b\n  django: C = d\ncommands = pytest --doctest-modules -q\ncommands_pre = make\nallowlist_externals = make\n"},
			[]string{"  extras: [Test]", "  groups: [mocks]", `    - {name: A, value: "b"}`, `  commands: ["python -m pytest -q {env:TESTPATH:{env:_TESTPATH}} {posargs}"]`},
			[]string{"these settings and sections of tox.ini are not read: commands_pre, allowlist_externals, setenv of some environments", "tox.ini installs the project with other, which is not known"}},
		{"the tests of a factor", folder{"pyproject.toml": pyproject, "tests/test_a.py": "", "tests/integrations/test_b.py": "", "tests/test_flask.py": "",
			"tox.ini": "[tox]\nenvlist = py312-{requests,flask,django3,bottle}\n[testenv]\ndeps =\n  requests: requests\n  flask: flask\n  django3: django>=3\n  bottle: bottle\ncommands =\n  requests: pytest -q --ignore=tests/integrations tests tests/integrations/test_b.py\n  flask: pytest tests/gone.py\n  django3: py.test -k x tests/test_a.py\n  py312-bottle: pytest tests/../tests/test_a.py\n"},
			[]string{`    test-path: "--ignore=tests/integrations tests tests/integrations/test_b.py"`, "    test-path: tests/test_flask.py",
				`    test-path: "tests --ignore=tests/integrations/test_b.py --ignore=tests/test_flask.py"`}, []string{"so they run all of tests; correct test-path, as in `tests -m django`: django, bottle"}},
		{"tests in the package", folder{"pyproject.toml": pyproject, "sdk/__init__.py": "", "sdk/tests/contrib/test_flask.py": "import flask\n", "docs/tests/a.py": ""},
			[]string{`    test-path: "sdk/tests --ignore=sdk/tests/contrib/test_flask.py"`}, nil},
		{"a command without pytest", folder{"pyproject.toml": pyproject, "tox.ini": "[testenv]\ncommands = python runtests.py\n"},
			nil, []string{`tox.ini runs "python runtests.py": correct`}},
		{"factors that multiply without end", folder{"pyproject.toml": pyproject, "tox.ini": "[tox]\nenvlist = " + strings.Repeat("{a,b,c,d,e,f,g,h}", 40) + "\n"},
			nil, []string{"tox.ini: its factors expand to far more than the size of the file"}},
		{"a broken tox.ini", folder{"pyproject.toml": pyproject, "tox.ini": "envlist = py312\n"}, nil, []string{"tox.ini:1: an option comes before the first section"}},
		{"a tox.ini of odd bytes", folder{"pyproject.toml": pyproject, "tox.ini": "\xff\xfe[tox]\n"}, nil, []string{"tox.ini is too large or not UTF-8"}},
		{"services that cannot be stated", folder{"pyproject.toml": pyproject, ".github/workflows/a.yml": `jobs: {a: {services: {"a b": {image: redis}, up: {image: "UP:1"}, ok: {image: "redis:7", ports: ["${{ x }}", "1:1"], options: "--a ${{ x }}", env: {"a b": c, D: "e{f}", G: h}}}, env: {PIP_CONSTRAINT: redis, N: "redis 1"}}}`},
			[]string{`    ports: ["1:1"]`, `    env: {G: "h"}`, `    test-env: {"N": "redis 1"}`}, []string{`the service "a b" of the workflows cannot be taken over`, `the service "up" of`}},
		{"quotes and control characters", folder{"pyproject.toml": pyproject, "tests/integrations/a\"b/test_x.py": "", "tests/integrations/ok: {}/test_y.py": ""}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, text := proposed(t, tt.files)
			for _, line := range tt.want {
				if !strings.Contains("\n"+text, "\n"+line+"\n") {
					t.Errorf("no line %q in\n%s", line, text)
				}
			}
			for _, part := range tt.left {
				if !slices.ContainsFunc(p.Left, func(s string) bool { return strings.Contains(s, part) }) {
					t.Errorf("%q is not left to the person: %q", part, p.Left)
				}
			}
		})
	}
}

func TestBounds(t *testing.T) {
	tests := []struct{ specifier, lower, upper, excluded string }{
		{"", "", "", ""},
		{">=1.1,<4", "1.1", "4", ""},
		{">=1,>=2,<5,<4", "2", "4", ""},
		{"~=2.0", "2.0", "", ""},
		{"==3.*", "3", "", ""},
		{"==3.1", "3.1", "", ""},
		{">=1,!=1.5,!=2.*", "1", "", "==1.5 ==2.*"},
		{"<=3", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.specifier, func(t *testing.T) {
			lower, upper, excluded := bounds(pep440.MustParseSpecifiers(tt.specifier))
			if lower != tt.lower || upper != tt.upper || strings.Join(excluded, " ") != tt.excluded {
				t.Errorf("got %q, %q, %q", lower, upper, excluded)
			}
		})
	}
}

func TestPythonOf(t *testing.T) {
	tests := []struct{ factor, want string }{
		{"py39", "3.9"}, {"py310", "3.10"}, {"py3.10", "3.10"}, {"3.12", "3.12"}, {"py314t", "3.14t"}, {"py27", "2.7"},
		{"django32", ""}, {"32", ""}, {"pypy3", ""}, {"py", ""}, {"310", ""},
	}
	for _, tt := range tests {
		if got, _ := pythonOf(tt.factor); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.factor, got, tt.want)
		}
	}
}

// FuzzRead checks that whatever files say, what is proposed is a configuration, or an error that writes nothing.
func FuzzRead(f *testing.F) {
	f.Add(pyproject+"[project.optional-dependencies]\nflask = [\"flask>=2\"]\n", "[tox]\nenvlist = py3{8,9}-{a,b}\n[testenv]\ndeps =\n a: a>=1\nsetenv =\n A = {b}: #\npassenv = *\n", "jobs: {a: {services: {\"x y\": z, r: {image: redis, options: --a b}}}}", "flask")
	f.Add("[project]\nname = \"x\"\n", "[testenv]\ncommands = pytest --a=b\ndeps =\n  x: -r ../y\n", "name: Test", "a.b_c-d")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, toml, ini, yml, name string) {
		files := folder{"pyproject.toml": toml, "tox.ini": ini, ".github/workflows/a.yml": yml}
		if name != "" && !strings.Contains(name, "/") && name != "." && name != ".." {
			files["tests/integrations/"+name+"/test_a.py"] = ""
			files["tests/test_"+name+".py"] = ""
			files[name+"/pyproject.toml"] = packageOf("a", ">=3.12")
			files[name+"/tests/test_a.py"] = ""
		}
		p, err := Read(files, name)
		if err != nil {
			return
		}
		if _, err := p.Files(config.FileName); err != nil {
			t.Errorf("%v\n%s", err, p.text())
		}
		answers := make([]Answer, len(p.Asked()))
		for i := range answers {
			answers[i].Newest = "1.2"
		}
		p.Answer(answers)
		if _, err := p.Files(config.FileName); err != nil {
			t.Errorf("answered: %v\n%s", err, p.text())
		}
	})
}

func TestEndsWith(t *testing.T) {
	for _, tt := range []struct {
		word, key string
		want      bool
	}{
		{"flask", "flask", true},
		{"framework-flask", "flask", true},
		{"messagebroker-kafkapython", "kafka-python", true},
		{"component-flask-rest", "flask-rest", true},
		{"component-flaskrestx", "flask-restx", true},
		{"myflask", "flask", false},
		{"flask-web", "flask", false},
		{"lask", "flask", false},
		{"", "flask", false},
		{"flask", "", false},
		{"a-b", "ab", true},
	} {
		if got := endsWith(tt.word, tt.key); got != tt.want {
			t.Errorf("%q ends with %q: %t", tt.word, tt.key, got)
		}
	}
}
