package endtoend

import (
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

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
