package endtoend

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// backend is the build backend of an SDK. It is in the SDK's own folder, but needs a project of the index.
const backend = `import importlib.metadata, os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    importlib.metadata.version("private-build")
    name = "my_sdk-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as z:
        z.writestr("my_sdk.py", "")
        z.writestr("my_sdk-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: my-sdk\nVersion: 1.0\n")
        z.writestr("my_sdk-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr("my_sdk-1.0.dist-info/RECORD", "")
    return name

build_editable = build_wheel
`

// private is the project of TestDeclaredIndex: its index, version and patch release are inserted.
const private = `project: {name: my-sdk}
pythons:
  - {version: "%[2]s", patch: %[3]s}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
index: %[1]s
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 30
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
  netrc: INDEX_NETRC
  actions:
    actions/checkout: {sha: 3d3c42e5aac5ba805825da76410c181273ba90b1, version: v7.0.1}
    astral-sh/setup-uv: {sha: 20cfd1bf945f4377ade1205e4dbc17946fc9a30d, version: v10.0.1}
groups:
  - {name: All, suites: [private]}
suites:
  private: {package: private-lib, test-path: tests}
static:
  packaged: {python: py%[2]s, package: wheel, ci: false, commands: ['python -c "import my_sdk"']}
testenv:
  commands: ['python -c "import importlib.metadata as m, my_sdk; print(m.version(\"private-lib\"), m.version(\"private-dependency\"))"']
`

// projects returns the files of the projects of TestDeclaredIndex.
func projects() []pypitest.Project {
	wheel := func(name string, headers ...string) pypitest.Project {
		file := pypitest.Wheel(name, "1.0", append(headers, "Requires-Python: >=3.9")...)
		file.RequiresPython = ">=3.9"
		return pypitest.Project{Name: name, Files: []pypitest.File{file}}
	}
	return []pypitest.Project{wheel("private-lib", "Requires-Dist: private-dependency"), wheel("private-dependency"), wheel("private-build")}
}

// login is a fault of an index that demands a user and a password.
func login(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if user, password, _ := r.BasicAuth(); user != "user" || password != "secret" {
		pypitest.Status(http.StatusUnauthorized, `WWW-Authenticate: Basic realm="index"`)(w, r, next)
		return
	}
	next.ServeHTTP(w, r)
}

// TestDeclaredIndex installs, with the tox on PATH, an environment of projects that only the declared index has, which
// demands credentials. Everything comes from there, the build requirements of the SDK too, and nothing is asked of another
// index that the surroundings name.
func TestDeclaredIndex(t *testing.T) {
	tox, err := exec.LookPath("tox")
	if err != nil {
		t.Skip("SKIPPED: tox is not on PATH, so what it installs from a declared index is not tested")
	}
	version, err := exec.Command("python3", "-c", "import sys; print('%d.%d %d' % sys.version_info[:3])").Output()
	if err != nil {
		t.Fatal(err)
	}
	minor, patch, _ := strings.Cut(strings.TrimSpace(string(version)), " ")
	index, other := pypitest.New(t, projects()...), pypitest.New(t, projects()...)
	for _, pattern := range []string{"/simple/*/", "/files/*/*"} {
		index.Fault(pattern, 0, login)
	}
	folder, home := projectOf(t, fmt.Sprintf(private, index.URL, minor, patch)), t.TempDir()
	put(t, folder, map[string]string{"backend.py": backend, "tests/test_a.py": "",
		"pyproject.toml": "[build-system]\nrequires = [\"private-build\"]\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"})
	put(t, home, map[string]string{
		".netrc":               "machine 127.0.0.1 login user password secret\n",
		".config/uv/uv.toml":   "[[index]]\nurl = \"" + other.URL + "\"\n",
		"uv.toml":              "[[index]]\nurl = \"" + other.URL + "\"\n",
		".config/pip/pip.conf": "[global]\nextra-index-url = " + other.URL + "\n",
	})
	surroundings := []string{"HOME=" + home, "NETRC=" + filepath.Join(home, ".netrc"), "XDG_CONFIG_HOME=", "PIP_FIND_LINKS=", "UV_CACHE_DIR=" + t.TempDir(), "PIP_NO_CACHE_DIR=1",
		"TOXGEN_OFFLINE=", "TOXGEN_INDEX_URL=", "TOXGEN_CACHE=" + t.TempDir()}
	for _, arguments := range [][]string{nil, {"check"}} {
		if r := execute(t, folder, surroundings, nil, arguments...); r.status != 0 {
			t.Fatalf("%q: status %d\n%s", arguments, r.status, r.stderr)
		}
	}
	for path, text := range content(t, folder) {
		if strings.Contains(text, "secret") && !strings.HasPrefix(path, ".github") {
			t.Errorf("%s holds the password", path)
		}
	}
	before := len(index.Requests())
	command := exec.Command(tox, "run", "-e", "py"+minor+"-private-latest,packaged")
	command.Dir = folder
	command.Env = append(os.Environ(), append(surroundings, "UV_INDEX="+other.URL, "UV_EXTRA_INDEX_URL="+other.URL, "UV_INDEX_URL="+other.URL,
		"UV_CONFIG_FILE="+filepath.Join(home, "uv.toml"), "PIP_INDEX_URL="+other.URL, "PIP_EXTRA_INDEX_URL="+other.URL)...)
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1.0 1.0\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if asked := other.Requests(); len(asked) > 0 {
		t.Errorf("another index was asked for %s and %d more", asked[0].Path, len(asked)-1)
	}
	if len(index.Requests()) == before || index.Count("/files/private-build/*") == 0 {
		t.Errorf("the declared index was not asked for all: %v", index.Requests()[before:])
	}
}
