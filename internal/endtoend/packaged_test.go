package endtoend

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// packagedBackend is the build backend of an SDK that tox builds in one of its ways. Its wheels require what requires.txt
// lists, and name the version of the build requirement.
const packagedBackend = `import importlib.metadata, io, os, tarfile, zipfile

def write(folder, name):
    with open("requires.txt") as f:
        requires = "".join("Requires-Dist: " + line for line in f)
    version = importlib.metadata.version("builder")
    metadata = "Metadata-Version: 2.1\nName: my-sdk\nVersion: 1.0\nSummary: built by builder %s\nProvides-Extra: web\n%s" % (version, requires)
    with zipfile.ZipFile(os.path.join(folder, name), "w") as z:
        z.writestr("my_sdk.py", "")
        z.writestr("my_sdk-1.0.dist-info/METADATA", metadata)
        z.writestr("my_sdk-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr("my_sdk-1.0.dist-info/RECORD", "")
    return name

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return write(wheel_directory, "my_sdk-1.0-py3-none-any.whl")

build_editable = build_wheel

def build_sdist(sdist_directory, config_settings=None):
    name = "my_sdk-1.0.tar.gz"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz") as t:
        for file in ("backend.py", "pyproject.toml", "requires.txt"):
            t.add(file, "my_sdk-1.0/" + file)
        info = tarfile.TarInfo("my_sdk-1.0/PKG-INFO")
        text = b"Metadata-Version: 2.1\nName: my-sdk\nVersion: 1.0\n"
        info.size = len(text)
        t.addfile(info, io.BytesIO(text))
    return name
`

// packaged is the project of TestPackaged: its index, version, patch release and way of packaging are inserted.
const packaged = `project: {from: pyproject.toml, source: {repository: some/sdk, ref: v1.0, path: sdk}}
pythons:
  - {version: "%[2]s", patch: %[3]s}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
index: %[1]s
build: [builder]
suites:
  app: {package: app, test-path: tests, extras: [web]}
static:
  old: {pythons: [py%[2]s], test-path: tests, package: skip, ci: false, commands-pre: [], commands-post: []}
testenv:
  commands: ["python show.py {envname}"]
  commands-pre: ['python -c "print(\"before\")"']
  commands-post: ["true"]
  allowlist-externals: ["true"]
  package: %[4]s
`

// packagedProject is the pyproject.toml of the SDK: what it requires is inserted.
const packagedProject = `[project]
name = "my-sdk"
version = "1.0"
dependencies = ["%s"]
optional-dependencies = {web = ["extra"]}

[build-system]
requires = ["builder"]
build-backend = "backend"
backend-path = ["."]
`

// show prints the versions of what is installed, and by what the SDK was built.
const show = `import importlib.metadata as m, sys
found = {d.metadata["Name"]: d.version for d in m.distributions() if d.metadata["Name"] in ("app", "lib", "extra", "builder")}
print(sys.argv[1], "has", sorted(found.items()), m.metadata("my-sdk")["Summary"])
`

// TestPackaged lets the tox on PATH build the SDK, in each of its ways, and install what is pinned, although the index has
// newer releases. The requirements of the package move nothing: what does not fit them is an error.
func TestPackaged(t *testing.T) {
	tox, err := exec.LookPath("tox")
	if err != nil {
		t.Skip("SKIPPED: tox is not on PATH, so what it installs of a package that it builds is not tested")
	}
	version, err := exec.Command("python3", "-c", "import sys; print('%d.%d %d' % sys.version_info[:3])").Output()
	if err != nil {
		t.Fatal(err)
	}
	minor, patch, _ := strings.Cut(strings.TrimSpace(string(version)), " ")
	wheel := func(name, version string, requires ...string) pypitest.File {
		headers := []string{"Requires-Python: >=3.9", "Classifier: Programming Language :: Python :: " + minor}
		for _, r := range requires {
			headers = append(headers, "Requires-Dist: "+r)
		}
		return aged(30, pypitest.Wheel(name, version, headers...))
	}
	for _, kind := range []string{"wheel", "sdist", "editable"} {
		t.Run(kind, func(t *testing.T) {
			index := pypitest.New(t)
			releases := func(versions ...string) {
				for _, name := range []string{"app", "lib", "extra", "builder"} {
					var files []pypitest.File
					for _, v := range versions {
						files = append(files, wheel(name, v))
					}
					index.Set(pypitest.Project{Name: name, Files: files})
				}
			}
			folder := projectOf(t, fmt.Sprintf(packaged, index.URL, minor, patch, kind))
			put(t, folder, map[string]string{
				"sdk/backend.py": packagedBackend, "sdk/show.py": show, "sdk/tests/test_a.py": "",
				"sdk/requires.txt": "lib\nextra ; extra == \"web\"\n", "sdk/pyproject.toml": fmt.Sprintf(packagedProject, "lib")})
			releases("1.0")
			online(t, folder, index, 0)
			green(t, folder)
			releases("1.0", "2.0")
			run := func(environments string, more ...string) (string, error) {
				command := exec.Command(tox, append([]string{"run", "-e", environments}, more...)...)
				command.Dir = folder
				command.Env = append(os.Environ(), "UV_CACHE_DIR="+t.TempDir(), "PIP_NO_CACHE_DIR=1", "SDK_ROOT=sdk", "HOME="+folder, "NETRC="+os.DevNull)
				out, err := command.CombinedOutput()
				return string(out), err
			}
			out, err := run("py" + minor + "-app-latest,py" + minor + "-old")
			for _, want := range []string{
				"before\n", "app-latest: commands_post[0] ",
				"py" + minor + "-app-latest has [('app', '1.0'), ('extra', '1.0'), ('lib', '1.0')] built by builder 1.0\n",
				"py" + minor + "-old has [('lib', '1.0')] built by builder 1.0\n",
			} {
				if err != nil || strings.Count(out, want) != 1 {
					t.Fatalf("%v, without %q once\n%s", err, want, out)
				}
			}
			put(t, folder, map[string]string{"sdk/pyproject.toml": fmt.Sprintf(packagedProject, "lib>=2")})
			out, err = run("py" + minor + "-app-latest")
			if err == nil || strings.Contains(out, "app-latest has") || !strings.Contains(out, "lib>=2") {
				t.Errorf("%v, although the package requires another release than the pinned one\n%s", err, out)
			}
			// Without the constraints, the pin would move.
			out, err = run("py"+minor+"-app-latest", "-r", "-x", "testenv.constrain_package_deps=false")
			if err != nil || !strings.Contains(out, "('lib', '2.0')") {
				t.Errorf("without constraints: %v\n%s", err, out)
			}
		})
	}
}
