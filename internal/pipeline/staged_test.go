package pipeline

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"toxgen/internal/fileset"
)

// seen are files that note which ones are read.
type seen struct {
	fileset.Files
	read map[string]bool
}

func (r seen) ReadFile(name string) ([]byte, error) {
	r.read[name] = true
	return r.Files.ReadFile(name)
}

// TestConcerns checks that the hook passes over no file that a check reads, and passes over the code of the project.
func TestConcerns(t *testing.T) {
	for example, others := range map[string][]string{
		"pyproject": {"lantern/__init__.py", "README.md", "tests/flask/test_flask.py", "registry/old/x", ".github/CODEOWNERS"},
		"services":  {"querywatch.py", "tests/new.py", "docs/tox.ini"},
		"monorepo":  {"core/src/x.py", "plugins/new/x.py", "tests/tox.ini"},
	} {
		t.Run(example, func(t *testing.T) {
			files := seen{os.DirFS(filepath.Join("..", "..", "examples", example)).(fileset.Files), map[string]bool{}}
			world := World{Root: "nowhere", Config: "toxgen.yaml", Stdout: io.Discard, Stderr: io.Discard}
			whole := overIndex(world, files)
			ctx := t.Context()
			if err := errors.Join(whole.load(), whole.Fetch(ctx), whole.Toxgen(ctx), whole.Workflows(ctx), whole.Check(ctx)); err != nil {
				t.Fatal(err)
			}
			hook := overIndex(world, files.Files)
			if err := hook.loadStaged(); err != nil {
				t.Fatal(err)
			}
			if len(files.read) < 10 {
				t.Errorf("a check reads only %q", slices.Sorted(maps.Keys(files.read)))
			}
			for name := range files.read {
				if !hook.concerns(name) {
					t.Errorf("a check reads %s, and the hook passes it over", name)
				}
			}
			for _, name := range []string{"toxgen.yaml", "registry/new.jsonl", "new/pyproject.toml", ".github/workflows/new.yml", ".github/actionlint.yaml"} {
				if !hook.concerns(name) {
					t.Errorf("the hook passes over %s", name)
				}
			}
			for _, name := range others {
				if hook.concerns(name) {
					t.Errorf("the hook checks everything because of %s", name)
				}
			}
		})
	}
}

// TestConcernsRemovedTests checks that the removal of a suite's tests concerns the hook.
func TestConcernsRemovedTests(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "examples", "pyproject"))); err != nil {
		t.Fatal(err)
	}
	concerns := func(name string) bool {
		t.Helper()
		r := overIndex(World{Root: "nowhere", Config: "toxgen.yaml", Stdout: io.Discard, Stderr: io.Discard}, os.DirFS(folder).(fileset.Files))
		if err := r.loadStaged(); err != nil {
			t.Fatal(err)
		}
		return r.concerns(name)
	}
	run := overIndex(World{Config: "toxgen.yaml"}, os.DirFS(folder).(fileset.Files))
	if err := run.load(); err != nil {
		t.Fatal(err)
	}
	tests := testPaths(run.config.Suites[0].Value.TestPath)[0]
	if concerns(tests + "/test_a.py") {
		t.Error("a test that is changed or removed concerns the hook")
	}
	if err := os.RemoveAll(filepath.Join(folder, filepath.FromSlash(tests))); err != nil {
		t.Fatal(err)
	}
	if !concerns(tests+"/test_a.py") || !concerns(tests) {
		t.Error("the hook passes over the removal of all tests of a suite")
	}
	if concerns("other/test_a.py") {
		t.Error("what was removed before holds up other commits")
	}
}
