package project

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/finding"
	"toxgen/internal/python"
)

// A folder is files by name.
type folder map[string]string

func (f folder) Read(name string) ([]byte, error) {
	if text, found := f[name]; found {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

// projects are folders, the file that is read, and what it says, or the findings.
var projects = []struct {
	name  string
	file  string
	files folder
	want  string
}{
	{"PEP 621", "pyproject.toml", folder{"pyproject.toml": `[build-system]
requires = ["hatchling>=1"]
build-backend = "hatchling.build"
[project]
name = "My.SDK"
requires-python = ">=3.8"
dependencies = [
  "a[y,x]>=1; python_version < '3'", 'b @ https://host.invalid/b.zip',
]
optional-dependencies.Web_App = ["c"]
`}, `name My.SDK 5:8
python >=3.8 6:19
requires 7:1
  a[x,y]>=1; python_version < "3" 8:3
  b @ https://host.invalid/b.zip 8:38 url
extra web-app 10:23
  c 10:34
build hatchling.build 2:1
  hatchling>=1 2:13`},
	{"nothing but a name", "d/pyproject.toml", folder{"d/pyproject.toml": "project = {name = 'a'}"}, `name a 1:19
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"a dynamic member is unknown", "pyproject.toml", folder{"pyproject.toml": `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "a"
dynamic = ["dependencies", "optional-dependencies", "requires-python", "version"]
`}, `name a 5:8
python ? dynamic: hatchling.build computes it, and is not executed
requires ? dynamic: hatchling.build computes it, and is not executed
extras ? dynamic: hatchling.build computes it, and is not executed
build hatchling.build 2:1
  hatchling 2:13`},
	{"setuptools reads dynamic members from files", "d/pyproject.toml", folder{"d/pyproject.toml": `[project]
name = "a"
dynamic = ["dependencies", "optional-dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["r.txt", "s/t.txt"]}
optional-dependencies.x = {file = "x.txt"}
optional-dependencies.y = {attr = "a.y"}
`, "d/r.txt": "# one\nb>=1 # two\n", "d/s/t.txt": "\n  c", "d/x.txt": "e"}, `name a 2:8
requires 5:16
  b>=1 r.txt:2:1
  c s/t.txt:2:3
extra x 6:27
  e x.txt:1:1
extra y ? dynamic: setuptools.build_meta:__legacy__ computes it, and is not executed
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"dynamic members in setup.cfg", "pyproject.toml", folder{"pyproject.toml": `[project]
name = "a"
dynamic = ["dependencies", "requires-python"]
`, "setup.cfg": "[metadata]\nname = z\n[options]\ninstall_requires = b; c\nsetup_requires = w\n", "setup.py": ""}, `name a 2:8
python ? setup.py may decide it, and is not executed
requires setup.cfg:4:1
  b setup.cfg:4:20
  c setup.cfg:4:23
build setuptools.build_meta:__legacy__, default
  setuptools
  w setup.cfg:5:18`},
	{"setup.cfg", "setup.cfg", folder{"setup.cfg": `[metadata]
name: a
[options]
python-requires = >=3.6, !=3.7.*
install_requires =
    # one
    b >= 1   # two
    c; python_version < "3"

[options.extras_require]
Web =
  d
file = file: e.txt, s/f.txt
`, "e.txt": "e", "s/f.txt": "f", "pyproject.toml": "[build-system]\nrequires=['setuptools>=61']\n[dependency-groups]\nt=['pytest']"}, `name a 2:7
python >=3.6, !=3.7.* 4:19
requires 5:1
  b>=1 7:5
  c; python_version < "3" 8:5
extra web 11:1
  d 12:3
extra file 13:1
  e e.txt:1:1
  f s/f.txt:1:1
group t pyproject.toml:4:1
  pytest pyproject.toml:4:4
build setuptools.build_meta:__legacy__ pyproject.toml:2:1
  setuptools>=61 pyproject.toml:2:11`},
	{"a setup.py decides what setup.cfg leaves open", "setup.cfg", folder{"setup.cfg": "[metadata]\nname = a\n", "setup.py": "raise SystemExit"}, `name a 2:8
python ? setup.py may decide it, and is not executed
requires ? setup.py may decide it, and is not executed
extras ? setup.py may decide it, and is not executed
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"only a setup.py", "pyproject.toml", folder{"pyproject.toml": "[tool.black]\n", "setup.py": ""}, `name ? setup.py may decide it, and is not executed
python ? setup.py may decide it, and is not executed
requires ? setup.py may decide it, and is not executed
extras ? setup.py may decide it, and is not executed
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"groups include groups", "pyproject.toml", folder{"pyproject.toml": `[project]
name = "a"
[dependency-groups]
all = [{include-group = "Test_One"}, "z", {include-group = "lint"}]
test-one = ["b", {include-group = "lint"}]
lint = ["c"]
`}, `name a 2:8
group all 4:1
  b 5:13
  c 6:9
  z 4:38
  c 6:9
group test-one 5:1
  b 5:13
  c 6:9
group lint 6:1
  c 6:9
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"poetry", "pyproject.toml", folder{"pyproject.toml": `[tool.poetry]
name = "a"
[tool.poetry.dependencies]
python = "^3.8"
b = "^1.2"
c = {version = "~2.0", optional = true, extras = ["x"], markers = "os_name == 'nt'"}
d = [{version = "1.*", python = "<3.9"}, {version = ">=2", python = "^3.9", platform = "linux || darwin"}]
e = {path = "../e", develop = true}
f = {git = "https://host.invalid/f.git", rev = "1", subdirectory = "/s"}
g = "*"
i = [{version = "1", python = "<3.9", optional = true}]
[tool.poetry.extras]
web = ["C", "i"]
[tool.poetry.group.test.dependencies]
pytest = "8.1"
[tool.poetry.group.all]
include-groups = ["test"]
[tool.poetry.dev-dependencies]
h = ">=1 <2"
`}, `name a 2:8
python ^3.8 4:10
requires 3:14
  b<2.0,>=1.2 5:5
  d==1.*; python_version < "3.9" 7:6
  d>=2; (python_version >= "3.9" and python_version < "4.0") and (sys_platform == "linux" or sys_platform == "darwin") 7:42
  e 8:5 path
  f 9:5 git
  g 10:5
extra web 13:1
  c[x]<2.1,>=2.0; os_name == "nt" 6:5
  i==1; python_version < "3.9" 11:6
group dev 18:14
  h<2,>=1 19:5
group test 14:20
  pytest==8.1 15:10
group all 16:20
  pytest==8.1 15:10
build setuptools.build_meta:__legacy__, default
  setuptools
source e path ../e 8:13
source f git https://host.invalid/f.git 9:12 1/s`},
	{"alternatives of poetry", "pyproject.toml", folder{"pyproject.toml": `[tool.poetry]
name = "a"
[tool.poetry.dependencies]
python = "~2.7 || ^3.6"
b = "^4 || ^5.0 | >=6"
c = "^1 || ^3"
`}, `name a 2:8
python ~2.7 || ^3.6 4:10
requires ? c accepts alternatives (^1 || ^3), which no requirement can state
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"poetry states what is dynamic", "pyproject.toml", folder{"pyproject.toml": `[project]
name = "a"
requires-python = ">=3.9"
dynamic = ["dependencies"]
[tool.poetry.dependencies]
python = "^3.9"
b = "^4 || ^5.0 | >=6"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`}, `name a 2:8
python >=3.9 3:19
requires 5:14
  b>=4 7:5
build poetry.core.masonry.api 9:1
  poetry-core 9:13`},
	{"flit", "pyproject.toml", folder{"pyproject.toml": `[tool.flit.metadata]
module = "a"
dist-name = "A-B"
requires = ["b"]
requires-python = ">=3"
dev-requires = ["d"]
[tool.flit.metadata.requires-extra]
x = ["c"]
`}, `name A-B 3:13
python >=3 5:19
requires 4:1
  b 4:13
extra x 8:1
  c 8:6
extra dev 6:1
  d 6:17
build setuptools.build_meta:__legacy__, default
  setuptools`},
	{"sources of uv", "d/pyproject.toml", folder{"d/pyproject.toml": `[project]
name = "a"
dependencies = ["b>=1", "Core", "e"]
[tool.uv.sources]
b = {path = "../b", editable = true}
core = [{index = "x", marker = "os_name == 'nt'"}, {workspace = true}]
e = {index = "x"}
unnamed = {workspace = true}
[tool.uv.workspace]
members = ["packages/*", "core"]
`, "d/core/pyproject.toml": "[project]\nname = 'CORE'"}, `name a 2:8
requires 3:1
  b>=1 3:17 path
  Core 3:25 workspace
  e 3:33
build setuptools.build_meta:__legacy__, default
  setuptools
source b path b 5:13
source core workspace d/core 6:65
source unnamed workspace  8:24`},
	{"all faults at once", "pyproject.toml", folder{"pyproject.toml": `[project]
name = "-a"
requires-python = "3.8"
dynamic = ["dependencies", 1]
dependencies = ["b=1", 2]
[project.optional-dependencies]
A_b = []
a-B = ["c"]
x = "c"
[dependency-groups]
p = [{include-group = "q"}, {include-group = "none"}, {other = 1}]
q = [{include-group = "p"}]
P = []
[build-system]
build-backend = 3
`}, `pyproject.toml:2:8: error: "-a" is not a name of a project
  hint: a name has letters, digits, ` + "`.`, `_` and `-`" + `, and begins and ends with a letter or digit
pyproject.toml:3:19: error: invalid requires-python: "3.8" is not a version specifier: it does not begin with ~=, ==, !=, <=, >=, <, > or ===
pyproject.toml:4:12: error: dependencies is dynamic and stated in line 5
  hint: remove one of them
pyproject.toml:4:28: error: an item of project.dynamic is a number, not a text
pyproject.toml:5:17: error: invalid requirement: "b=1", column 2: a version specifier or a semicolon was expected
pyproject.toml:5:24: error: an item of project.dependencies is a number, not a text
pyproject.toml:8:1: error: "a-B" is the same name as "A_b", in line 7: case, ` + "`-`, `_` and `.`" + ` do not count
  hint: join them
pyproject.toml:9:5: error: project.optional-dependencies.x is a text, not a list
  hint: write it in brackets
pyproject.toml:11:46: error: there is no dependency group "none"
pyproject.toml:11:55: error: an item of dependency-groups.p is neither a requirement nor an include
  hint: write a requirement or {include-group = "NAME"}
pyproject.toml:12:23: error: the dependency group "p" includes itself, directly or over others
  hint: remove one of the includes
pyproject.toml:13:1: error: "P" is the same name as "p", in line 11: case, ` + "`-`, `_` and `.`" + ` do not count
  hint: join them
pyproject.toml:14:2: error: build-system has no requires
  hint: list what the build needs, as in requires = ["setuptools"]
pyproject.toml:15:17: error: build-system.build-backend is a number, not a text`},
	{"faults of setup.cfg", "setup.cfg", folder{"setup.cfg": `x = y
[metadata]
name = a
name = b
nothing
[options]
install_requires = b=1; python_version < "3"
python_requires = >=x
[options.extras_require]
x = file: ../x.txt
y = file: none.txt
[options]
`}, `setup.cfg:1:1: error: an option comes before the first section
  hint: begin with a section, as in [metadata]
setup.cfg:4:1: error: the option "name" appears twice, first in line 3
  hint: join them
setup.cfg:5:1: error: the line is neither a section nor an option
  hint: write ` + "`key = value`" + `; indent a line that continues a value
setup.cfg:7:20: error: invalid requirement: "b=1", column 2: a version specifier or a semicolon was expected
setup.cfg:7:25: error: the marker python_version < "3" stands alone: on one line a semicolon separates requirements
  hint: put the requirements on lines of their own, below the key
setup.cfg:8:19: error: invalid requires-python: ">=x" is not a version specifier: the operator is not followed by a PEP 440 version
setup.cfg:10:5: error: ../x.txt lies outside the project
  hint: setuptools reads only files of the project
setup.cfg:11:5: error: there is no file none.txt
setup.cfg:12:1: error: the section "options" appears twice, first in line 6
  hint: join them`},
	{"a repeated key", "pyproject.toml", folder{"pyproject.toml": "[a]\nb = 1\nb = 2\n"}, "pyproject.toml:3:1: error: not TOML: key b is already defined"},
	{"not TOML", "pyproject.toml", folder{"pyproject.toml": "[a]\nb = {c = 'éé', d = 01}\n"}, "pyproject.toml:2:20: error: not TOML: integers cannot have leading zeroes"},
	{"a byte order mark", "pyproject.toml", folder{"pyproject.toml": "\ufeff[a]\n"},
		"pyproject.toml:1:1: error: the file begins with a byte order mark, which TOML does not allow\n  hint: save the file without it"},
	{"not UTF-8", "pyproject.toml", folder{"pyproject.toml": "# a\n# é\xe9\n"}, "pyproject.toml:2:4: error: the file is not UTF-8\n  hint: save the file as UTF-8"},
	{"no file", "pyproject.toml", folder{}, "pyproject.toml: error: there is no file pyproject.toml"},
	{"another file", "setup.py", folder{"setup.py": ""}, "setup.py: error: the file is neither a pyproject.toml nor a setup.cfg\n  hint: name pyproject.toml or setup.cfg"},
	{"setup.cfg beside [project]", "setup.cfg", folder{"setup.cfg": "", "pyproject.toml": "[project]\nname='a'"},
		"pyproject.toml:1:2: error: pyproject.toml has [project], which setuptools reads in place of setup.cfg\n  hint: name pyproject.toml instead of setup.cfg"},
	{"an extra of poetry without a dependency", "pyproject.toml", folder{"pyproject.toml": "[tool.poetry]\nname='a'\ndependencies={b='1 2 ^x', c=1}\nextras={x=['d']}"},
		`pyproject.toml:3:17: error: b: "x" is not a PEP 440 version
pyproject.toml:3:29: error: c is a number, not a constraint
pyproject.toml:4:12: error: "d" is not in tool.poetry.dependencies
  hint: add it there, with optional = true`},
}

func TestRead(t *testing.T) {
	for _, test := range projects {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, shown(test.file, test.files)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// shown reads a project and returns what it says, or the findings. Places name the file unless it is the one that is read.
func shown(file string, files Files) string {
	p, findings := Read(files, file)
	if p == nil {
		return findings.Error()
	}
	dir := strings.TrimSuffix(file, file[strings.LastIndexByte(file, '/')+1:])
	place := func(at Place) string {
		return strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(at.String(), file+":"), dir), ":")
	}
	var lines []string
	add := func(format string, args ...any) {
		lines = append(lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	list := func(what string, l List) {
		if l.Unknown != "" {
			add("%s ? %s", what, l.Unknown)
			return
		}
		add("%s %s", what, place(l.Place))
		for _, q := range l.Requires {
			source := ""
			if q.Source != nil {
				source = string(q.Source.Kind)
			}
			add("  %s %s %s", q.Requirement, place(q.Place), source)
		}
	}
	known := func(what, text string, at Place, unknown string) {
		if unknown != "" {
			add("%s ? %s", what, unknown)
		} else if text != "" {
			add("%s %s %s", what, text, place(at))
		}
	}
	known("name", p.Name.Text, p.Name.Place, p.Name.Unknown)
	known("python", p.RequiresPython.Text, p.RequiresPython.Place, p.RequiresPython.Unknown)
	if p.Requires.Unknown != "" || p.Requires.Place != (Place{}) {
		list("requires", p.Requires)
	}
	known("extras", "", Place{}, p.ExtrasUnknown)
	for _, g := range p.Extras {
		list("extra "+g.Key, g.List)
	}
	for _, g := range p.Groups {
		list("group "+g.Key, g.List)
	}
	backend := "build " + p.Build.Backend
	if p.Build.Default {
		backend += ", default"
	}
	list(backend, p.Build.Requires)
	for _, name := range []string{"b", "core", "e", "f", "unnamed"} {
		if s, found := p.Sources[name]; found {
			add("source %s %s %s %s %s%s", name, s.Kind, s.Location, place(s.Place), s.Ref, s.Subdirectory)
		}
	}
	return strings.Join(lines, "\n")
}

// A Python is supported if one alternative matches its exact release.
func TestAdmits(t *testing.T) {
	p, findings := Read(folder{"pyproject.toml": "[tool.poetry]\nname='a'\ndependencies.python='~2.7 || ^3.6.2'"}, "pyproject.toml")
	if p == nil {
		t.Fatal(findings)
	}
	for text, want := range map[string]bool{"2.6.9": false, "2.7.18": true, "3.6.1": false, "3.6.15": true, "3.14.4t": true} {
		v, _, err := python.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(p.Compare(Declared{Pythons: []Python{{v, Place{}}}})) == 0; got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// Files that want much work are refused, or cost little.
func TestBounds(t *testing.T) {
	var many, doubled, chain strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&many, "a%d=1\n", i)
	}
	doubled.WriteString("[dependency-groups]\ng0=['a']\n")
	for i := range 100 {
		fmt.Fprintf(&doubled, "g%d=[{include-group='g%d'},{include-group='g%d'}]\n", i+1, i, i)
	}
	chain.WriteString("[project]\nname='a'\n[dependency-groups]\n")
	for i := range 9_000 {
		fmt.Fprintf(&chain, "g%d=[{include-group='g%d'}]\n", i, i+1)
	}
	chain.WriteString("g9000=['a']")
	for _, c := range []struct{ name, text, want string }{
		{"size", strings.Repeat("#", 1<<20), "at most 1048575 are read"},
		{"keys", many.String(), "too many keys or levels"},
		{"levels of lists", "a=" + strings.Repeat("[", 500_000), "not TOML"},
		{"levels of closed lists", "a=" + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000), "too many keys or levels"},
		{"levels of tables", "a=" + strings.Repeat("{a=", 1_000), "not TOML"},
		{"levels of keys", strings.Repeat("a.", 10_000) + "a=1", "too many keys or levels"},
		{"doubled groups", doubled.String(), "has too many requirements"},
		{"a chain of groups", chain.String(), ""},
		{"one long line", "[project]\nname='a'\ndependencies=[" + strings.Repeat("'é',", 100_000) + "]", "invalid requirement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, findings := Read(folder{"pyproject.toml": c.text}, "pyproject.toml")
			if (len(findings) == 0) != (c.want == "") || len(findings) > 0 && !strings.Contains(findings[0].Message, c.want) {
				t.Errorf("got %d findings, the first %v; want %q", len(findings), findings[:min(1, len(findings))], c.want)
			}
		})
	}
}

// The same holds for setup.cfg.
func TestBoundsOfSetupCfg(t *testing.T) {
	for _, line := range []string{"[s%d]\n", "o%d=\n", "no option %d\n"} {
		var text strings.Builder
		text.WriteString("[options.extras_require]\n")
		for i := range 50_000 {
			fmt.Fprintf(&text, line, i)
		}
		_, findings := Read(folder{"setup.cfg": text.String()}, "setup.cfg")
		if len(findings) == 0 || !strings.Contains(findings[0].Message, "too many keys") {
			t.Errorf("%q: got %d findings, want one of too many keys", line, len(findings))
		}
	}
}

// FuzzRead checks that any two files end without a panic, and that each finding names a line of a file.
func FuzzRead(f *testing.F) {
	for _, test := range projects {
		f.Add(test.files["pyproject.toml"], test.files["setup.cfg"])
		f.Add(test.files["d/pyproject.toml"], test.files["setup.cfg"])
	}
	f.Fuzz(func(t *testing.T, pyproject, setupcfg string) {
		files := folder{"pyproject.toml": pyproject, "setup.cfg": setupcfg, "r.txt": "a"}
		for _, name := range []string{"pyproject.toml", "setup.cfg"} {
			p, findings := Read(files, name)
			if (p == nil) != (len(findings) > 0) {
				t.Fatalf("%v, %v", p, findings)
			}
			for _, fault := range findings {
				text := files[fault.File]
				if fault.Severity != finding.Error || fault.Message == "" || fault.Line > strings.Count(strings.ReplaceAll(text, "\r", "\n"), "\n")+1 {
					t.Errorf("%#v", fault)
				}
			}
		}
	})
}
