package endtoend

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"toxgen/internal/pypitest"
)

// shelf returns the recorded index as it was at a time, with what builds and tests need besides.
func shelf(t *testing.T, at string) *pypitest.Server {
	t.Helper()
	until, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	recorded := fstest.MapFS{}
	names, err := fs.Glob(pypitest.Slice(), "*.gz")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(pypitest.Slice(), name)
		if err != nil {
			t.Fatal(err)
		}
		recorded[name] = &fstest.MapFile{Data: data}
	}
	for project, version := range map[string]string{"pytest": "9.0.2", "setuptools": "80.9.0", "hatchling": "1.28.0"} {
		wheel := project + "-" + version + "-py3-none-any.whl"
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		fmt.Fprintf(w, "{\"name\":%q,\"serial\":\"1\",\"status\":200}\n", project)
		fmt.Fprintf(w, "[\"f\",%q,null,false,\"2026-02-01T12:00:00Z\",1000,\"%064d\",1]\n", wheel, len(project))
		fmt.Fprintf(w, "[\"m\",[%q],\"wheel\",\"Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n\"]\n", wheel, project, version)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		recorded[project+".jsonl.gz"] = &fstest.MapFile{Data: packed.Bytes()}
	}
	return pypitest.Replay(t, recorded, pypitest.Options{Core: pypitest.ReplayReal, AsOf: until, Stubs: true})
}

// adopting returns the stages of docs/adopting.md. After a story, tox and zizmor read what was made.
func adopting() map[string]func(*testing.T, *stage) {
	set := func(ini string, tests ...string) func(*testing.T, *stage) {
		return func(t *testing.T, s *stage) {
			s.index = shelf(t, late)
			for _, name := range tests {
				put(t, s.folder, map[string]string{name: "def test() -> None: ...\n"})
			}
			s.then = func(t *testing.T) {
				t.Run("tox", func(t *testing.T) { readByTox(t, s.folder, ini) })
				if content(t, s.folder)[".github/workflows/test.yml"] != "" {
					t.Run("zizmor", func(t *testing.T) { audit(t, s.folder) })
				}
				if misses := s.index.Misses(); len(misses) > 0 {
					t.Errorf("the recorded index lacks %v", misses)
				}
			}
		}
	}
	return map[string]func(*testing.T, *stage){
		"one-package":   set("tox.ini", "tests/bottle/test_a.py", "tests/common/test_a.py", "tests/flask/test_a.py", "tests/huey/test_a.py"),
		"many-packages": set("tox.ini", "instrumentation/bottle/tests/test_a.py", "instrumentation/flask/tests/test_a.py"),
		"small-library": set("tox-matrix.ini", "tests/test_bottle.py", "tests/test_jinja2.py"),
	}
}
