package sdktest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// An SDK is a project with its index.
type SDK struct {
	testing.TB
	// Folder is that of the project, which git knows, and Index has the projects that it installs.
	Folder string
	Index  *pypitest.Server
	// Pythons are the factors of the Pythons, ascending: one or two.
	Pythons []string

	tox     string
	folders []string // of the interpreters
	runs    int
}

// uploaded is when the releases of the first week were uploaded, and Published those of the second one.
var uploaded = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// Published is when the releases of the second week were uploaded.
var Published = time.Date(2026, 1, 12, 0, 0, 0, 0, time.UTC)

// configuration is the toxgen.yaml: the Pythons and the index are inserted.
const configuration = `project: {name: tiny-sdk}
pythons:
%s
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
index: %s

# Nothing breaks in the first week.
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 10
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
  actions:
    actions/checkout: {sha: 3d3c42e5aac5ba805825da76410c181273ba90b1, version: v7.0.1}
    astral-sh/setup-uv: {sha: 20cfd1bf945f4377ade1205e4dbc17946fc9a30d, version: v10.0.1}
groups:
  - {name: All, suites: [release, one, two, three, pair, flaky, snake, unbuilt, before]}
suites:
  release: {package: release, test-path: tests/test_release.py}
  one: {package: one, test-path: tests/test_shared.py}
  two: {package: two, test-path: tests/test_shared.py}
  pair: {package: pair, test-path: tests/test_pair.py}
  flaky: {package: flaky, test-path: tests/test_flaky.py}
  snake: {package: snake, test-path: tests/test_snake.py}
  unbuilt: {package: unbuilt, test-path: tests/test_unbuilt.py}
  before: {package: before, test-path: tests/test_before.py}
static:
  three: {pythons: [%s], test-path: tests/test_shared.py, requires: [{when: "*", add: [shared]}]}
testenv:
  commands: ["python -m pytest {env:_TESTPATH} --junitxml={work_dir}/coverage/junit-{env_name}.xml"]
  requires: [pytest]
`

// files are those of the SDK, and the tests of its suites.
var files = map[string]string{
	".gitignore":     "/.tox/\n/state/\n__pycache__/\n",
	"pyproject.toml": "[project]\nname = \"tiny-sdk\"\nversion = \"1.0\"\n\n[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
	"backend.py": `import os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "tiny_sdk-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as z:
        z.writestr("tiny_sdk.py", "")
        z.writestr("tiny_sdk-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-sdk\nVersion: 1.0\n")
        z.writestr("tiny_sdk-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr("tiny_sdk-1.0.dist-info/RECORD", "")
    return name

build_editable = build_wheel
`,
	"tests/test_release.py": "import release\n\ndef test_release():\n    assert release.VERSION == 1\n",
	"tests/test_shared.py":  "import shared\n\ndef test_shared():\n    assert shared.VERSION == 1\n",
	"tests/test_pair.py":    "import left, right\n\ndef test_pair():\n    assert (left.VERSION, right.VERSION) != (2, 2)\n",
	"tests/test_snake.py":   "import snake, sys\n\ndef test_snake():\n    assert snake.VERSION == 1 or sys.version_info[:2] < (%s)\n",
	"tests/test_unbuilt.py": "import unbuilt\n\ndef test_unbuilt():\n    assert unbuilt.VERSION\n",
	"tests/test_before.py":  "def test_before():\n    assert not 'it was always red'\n",
	"tests/test_flaky.py": `import os, sys

def test_flaky():
    os.makedirs("state", exist_ok=True)
    with open("state/%d" % sys.version_info[1], "a+") as state:
        state.write("x")
        state.seek(0)
        assert len(state.read()) != 2
`,
}

// New returns the SDK in its first week. Nothing is generated yet.
func New(tb testing.TB) *SDK {
	tb.Helper()
	pythons := interpreters(tb)
	newest := filepath.Join(pythons[len(pythons)-1].folder, "python3")
	s := &SDK{TB: tb, Folder: filepath.Join(tb.TempDir(), "sdk"), tox: tools(tb, newest)}
	s.Index = pypitest.New(tb, pytest(tb, newest)...)
	var declared []string
	for _, p := range pythons {
		declared = append(declared, fmt.Sprintf("  - {version: %q, patch: %s}", p.minor, p.patch))
		s.Pythons = append(s.Pythons, "py"+p.minor)
		s.folders = append(s.folders, p.folder)
	}
	broken := "99,"
	if len(pythons) == 2 {
		broken = strings.ReplaceAll(pythons[1].minor, ".", ", ")
	}
	for name, text := range files {
		s.write(name, strings.Replace(text, "(%s)", "("+broken+")", 1))
	}
	s.write("toxgen.yaml", fmt.Sprintf(configuration, strings.Join(declared, "\n"), s.Index.URL, strings.Join(s.Pythons, ", ")))
	for _, name := range []string{"release", "shared", "left", "right", "snake", "unbuilt", "flaky", "before"} {
		s.Index.Set(pypitest.Project{Name: name, Files: []pypitest.File{s.wheel(name, 1)}})
	}
	for name, requires := range map[string][]string{"one": {"shared"}, "two": {"shared"}, "pair": {"left", "right"}} {
		s.Index.Set(pypitest.Project{Name: name, Files: []pypitest.File{s.wheel(name, 1, requires...)}})
	}
	return s
}

// Publish adds the releases of the second week to the index.
func (s *SDK) Publish() {
	for _, name := range []string{"release", "shared", "left", "right", "snake", "unbuilt"} {
		second := s.wheel(name, 2)
		if name == "unbuilt" {
			second.Content = []byte("this is no wheel")
		}
		s.Index.Set(pypitest.Project{Name: name, Files: []pypitest.File{s.wheel(name, 1), second}})
	}
}

// wheel returns a wheel of a project, whose module knows the number of its version.
func (s *SDK) wheel(name string, version int, requires ...string) pypitest.File {
	headers := []string{"Requires-Python: >=3." + fmt.Sprint(oldest)}
	for _, factor := range s.Pythons {
		headers = append(headers, "Classifier: Programming Language :: Python :: "+strings.TrimPrefix(factor, "py"))
	}
	for _, r := range requires {
		headers = append(headers, "Requires-Dist: "+r)
	}
	f := pypitest.Wheel(name, fmt.Sprintf("%d.0", version), headers...)
	f.Uploaded = uploaded
	if version > 1 {
		f.Uploaded = Published
	}
	for i := range f.Members {
		if strings.HasSuffix(f.Members[i].Name, "/WHEEL") {
			f.Members[i].Text = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
		}
	}
	f.Members = append([]pypitest.Member{{Name: name + ".py", Text: fmt.Sprintf("VERSION = %d\n", version)}}, f.Members...)
	return f
}

// write writes a file of the project.
func (s *SDK) write(name, text string) {
	s.Helper()
	place := filepath.Join(s.Folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(place, []byte(text), 0o666); err != nil {
		s.Fatal(err)
	}
}

// Commit commits everything that the project has.
func (s *SDK) Commit(message string) {
	s.Helper()
	for _, arguments := range [][]string{{"init", "--quiet"}, {"add", "--all"}, {"-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", message}} {
		command := exec.Command("git", arguments...)
		command.Dir = s.Folder
		if out, err := command.CombinedOutput(); err != nil {
			s.Fatalf("git %s: %v\n%s", arguments[0], err, out)
		}
	}
}

// Tox returns the path of tox.
func (s *SDK) Tox() string { return s.tox }

// Environ returns the variables with which a tool finds the interpreters, and installs from the index alone.
func (s *SDK) Environ() []string {
	path := append(slices.Clone(s.folders), os.Getenv("PATH"))
	return append(os.Environ(), "PATH="+strings.Join(path, string(os.PathListSeparator)), "HOME="+filepath.Dir(s.Folder), "NETRC="+os.DevNull, "PIP_FIND_LINKS=",
		"PIP_NO_CACHE_DIR=1", "UV_NO_CACHE=1", "UV_PYTHON_DOWNLOADS=never", "PYTHONDONTWRITEBYTECODE=1")
}

// Environments returns the environments that tox.ini declares, without aliases.
func (s *SDK) Environments() []string {
	s.Helper()
	command := exec.Command(s.tox, "list", "--no-desc", "-q")
	command.Dir, command.Env = s.Folder, s.Environ()
	out, err := command.Output()
	if err != nil {
		s.Fatalf("tox list: %v", err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool { return strings.HasSuffix(name, "-latest") })
}

// Run runs all environments with tox, and returns a folder with the results as the rows of the workflows hand them over, but
// for the folders of the rows.
func (s *SDK) Run() string {
	s.Helper()
	s.runs++
	results := filepath.Join(filepath.Dir(s.Folder), fmt.Sprintf("results-%d", s.runs))
	coverage := filepath.Join(s.Folder, ".tox", "coverage")
	if err := os.RemoveAll(coverage); err != nil {
		s.Fatal(err)
	}
	if err := os.MkdirAll(results, 0o777); err != nil {
		s.Fatal(err)
	}
	command := exec.Command(s.tox, "run-parallel", "-p", "auto", "-e", strings.Join(s.Environments(), ","), "--result-json", filepath.Join(results, "parallel.json"))
	command.Dir, command.Env = s.Folder, s.Environ()
	out, err := command.CombinedOutput() // it fails as soon as one environment does
	if command.ProcessState == nil {
		s.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(results, "parallel.json")); err != nil {
		s.Fatalf("tox wrote no results: %v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(results, "coverage"), os.DirFS(coverage)); err != nil {
		s.Fatal(err)
	}
	return results
}
