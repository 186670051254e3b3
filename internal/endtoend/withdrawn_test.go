package endtoend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// TestYankedAndLost yanks a pinned release of a dependency whose file in registry/ is lost. The update replaces the pin in every
// environment, as if the file was there.
func TestYankedAndLost(t *testing.T) {
	const classifier = "Classifier: Programming Language :: Python :: 3.12"
	core := func(version string, yanked bool) pypitest.File {
		f := on(1, pypitest.Wheel("core", version))
		f.Yanked = yanked
		return f
	}
	index := pypitest.New(t,
		pypitest.Project{Name: "alpha", Files: []pypitest.File{on(1, pypitest.Wheel("alpha", "1.0", classifier, "Requires-Dist: core")), on(1, pypitest.Wheel("alpha", "2.0", classifier, "Requires-Dist: core"))}},
		pypitest.Project{Name: "beta", Files: []pypitest.File{on(1, pypitest.Wheel("beta", "1.0", classifier))}},
		pypitest.Project{Name: "core", Files: []pypitest.File{core("1.0", false), core("2.0", false)}})
	folder := projectOf(t, strings.ReplaceAll(twins, `"==3.8"`, `"==3.12"`))
	online(t, folder, index, 0, "update")
	index.Set(pypitest.Project{Name: "core", Files: []pypitest.File{core("1.0", false), core("2.0", true)}})
	if err := os.Remove(filepath.Join(folder, "registry", "core.jsonl")); err != nil {
		t.Fatal(err)
	}
	online(t, folder, index, 0, "update")
	green(t, folder)
	if text := content(t, folder)["tox.ini"]; strings.Contains(text, "core==2.0") || !strings.Contains(text, "core==1.0") {
		t.Errorf("the yanked pin stays:\n%s", text)
	}
}

// TestDroppedSuite drops one of two suites of a project, the other one of which has an extra. What nothing needs any more is left
// to an update: the same run again changes nothing.
func TestDroppedSuite(t *testing.T) {
	const both = "  a: {package: alpha, minimum: \"1\", test-path: tests/a}\n  b: {package: \"alpha[more]\", minimum: \"1\", test-path: tests/b}\n"
	head, _, _ := strings.Cut(strings.Replace(twins, `patch: 13}`, `patch: 13}`+"\n"+`  - {version: "3.14", patch: 4, free-threaded: true}`, 1), "groups:")
	rest := func(groups, suites string) string {
		return head + "groups: [{name: Main, suites: " + groups + "}]\nsuites:\n" + suites + "testenv: {commands: [pytest]}\n"
	}
	index := pypitest.New(t, pypitest.Project{Name: "alpha", Files: []pypitest.File{
		on(1, pypitest.Wheel("alpha", "1.0", "Classifier: Programming Language :: Python :: 3.14", "Provides-Extra: more"))}})
	folder := projectOf(t, rest("[a, b]", both))
	online(t, folder, index, 0, "update")
	_, second, _ := strings.Cut(both, "\n")
	put(t, folder, map[string]string{"toxgen.yaml": rest("[b]", second)})
	online(t, folder, index, 0, "toxgen")
	before := content(t, folder)
	online(t, folder, index, 0, "toxgen")
	same(t, before, content(t, folder))
}
