package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// TestResolvePrerelease resolves for a pre-release of Python: Requires-Python is compared with the release that it leads to,
// markers see the pre-release.
func TestResolvePrerelease(t *testing.T) {
	index := pypitest.New(t)
	wheel := func(name, version, requiresPython string, headers ...string) pypitest.File {
		f := pypitest.Wheel(name, version, headers...)
		f.RequiresPython = requiresPython
		return f
	}
	index.Set(pypitest.Project{Name: "app", Files: []pypitest.File{
		wheel("app", "1.0", ">=3.8"), wheel("app", "3.0", ">=3.15.1"),
		wheel("app", "2.0", ">=3.15", "Requires-Dist: dependency; python_full_version < '3.15.0rc3'", "Requires-Dist: other; python_full_version >= '3.15'"),
	}})
	for _, name := range []string{"dependency", "other"} {
		index.Set(pypitest.Project{Name: name, Files: []pypitest.File{pypitest.Wheel(name, "1.0")}})
	}
	folder := t.TempDir()
	put(t, folder, map[string]string{"in.txt": "app\n"})
	for _, c := range []struct {
		python string
		status int
		want   string
	}{
		{"3.15.0rc2", 0, "app==2.0\ndependency==1.0\n"},
		{"3.15.0rc2t", 0, "app==2.0\ndependency==1.0\n"},
		{"3.15.0", 0, "app==2.0\nother==1.0\n"},
		{"3.15.1rc1", 0, "app==3.0\n"},
		{"3.14.4", 0, "app==1.0\n"},
		{"3.15.0rc", 2, ""},
	} {
		t.Run(c.python, func(t *testing.T) {
			r := execute(t, folder, against(index, t.TempDir()), nil, "resolve", c.python, "in.txt")
			if r.status != c.status || r.stdout != c.want {
				t.Errorf("got %d\n%s%s, want %d\n%s", r.status, r.stdout, r.stderr, c.status, c.want)
			}
		})
	}
}

// TestResolveFiles resolves a requirements file that names another one and constraints.
func TestResolveFiles(t *testing.T) {
	index := pypitest.New(t)
	for _, name := range []string{"app", "dependency"} {
		index.Set(pypitest.Project{Name: name, Files: []pypitest.File{pypitest.Wheel(name, "1.0"), pypitest.Wheel(name, "2.0")}})
	}
	folder := t.TempDir()
	put(t, folder, map[string]string{
		"tests/in.txt": "app\n-r more.txt\n-c ../constraints.txt\n", "tests/more.txt": "dependency>=1 # here\n", "constraints.txt": "dependency<2\n",
		"wrong.txt": "app\n  -e .\n",
	})
	for _, c := range []struct {
		file           string
		status         int
		stdout, stderr string
	}{
		{"tests/in.txt", 0, "app==2.0\ndependency==1.0\n", "index: "},
		{"wrong.txt", 1, "", "wrong.txt:2:3: error: the option -e is not supported\n  hint: require a release by its version, or declare a package of the repository under `packages:` of toxgen.yaml\n"},
		{"missing.txt", 1, "", "missing.txt: error: there is no file missing.txt\n"},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := execute(t, folder, against(index, t.TempDir()), nil, "resolve", "3.12", c.file)
			if r.status != c.status || r.stdout != c.stdout || !strings.Contains(r.stderr, c.stderr) {
				t.Errorf("got %d\n%s%s, want %d\n%s%s", r.status, r.stdout, r.stderr, c.status, c.stdout, c.stderr)
			}
		})
	}
}
