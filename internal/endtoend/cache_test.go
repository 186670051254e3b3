package endtoend

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// app is a configuration with one suite.
const app = `project: {name: my-sdk}
pythons: [{version: "3.13", patch: 14}]
` + around + `groups: [{name: Web, suites: [app]}]
suites:
  app: {package: app, minimum: "1.0", test-path: tests/app}
testenv:
  commands: ["python -m pytest {env:_TESTPATH}"]
`

// appIndex returns an index of the project app.
func appIndex(t *testing.T) *pypitest.Server {
	var files []pypitest.File
	for _, version := range []string{"1.0", "2.0"} {
		files = append(files, pypitest.Wheel("app", version, "Classifier: Programming Language :: Python :: 3.13"))
	}
	return pypitest.New(t, pypitest.Project{Name: "app", Files: files})
}

// TestTwoUsersOfACache lets two users with different credentials use one cache. The index shows only the first a release.
// Neither gets what the other was shown, in whatever order they come.
func TestTwoUsersOfACache(t *testing.T) {
	for _, header := range []string{"Cache-Control: private, max-age=600", "Cache-Control: max-age=600", "Vary: Authorization"} {
		t.Run(header, func(t *testing.T) {
			index := appIndex(t)
			name, value, _ := strings.Cut(header, ": ")
			index.Fault("/simple/app/", 0, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				w.Header().Set("Cache-Control", "max-age=600")
				w.Header().Set(name, value)
				version := "1.0"
				if user, _, _ := r.BasicAuth(); user == "me" {
					version = "2.0"
				}
				page := fmt.Sprintf(`{"files": [{"filename": "app-%[1]s-py3-none-any.whl", "url": "/files/app/app-%[1]s-py3-none-any.whl",
					"upload-time": "2020-01-01T00:00:00Z"}]}`, version)
				pypitest.JSON(page)(w, r, next)
			})
			cache := t.TempDir()
			for _, user := range []string{"me:s3cret", "", "me:s3cret", "other:s3cret"} {
				folder := projectOf(t, app)
				url := index.URL
				if user != "" {
					url = strings.Replace(url, "://", "://"+user+"@", 1)
				}
				environment := append(against(index, cache), "TOXGEN_INDEX_URL="+url)
				if r := execute(t, folder, environment, nil, "toxgen"); r.status != 0 {
					t.Fatalf("%q: status %d\n%s", user, r.status, r.stderr)
				}
				if got, want := strings.Contains(content(t, folder)["registry/app.jsonl"], "2.0"), user == "me:s3cret"; got != want {
					t.Errorf("%q sees the private release: %t, want %t", user, got, want)
				}
			}
		})
	}
}

// TestNoHome runs outside git without a folder for caches: nothing is cached, which is said once, and the state lies in a
// folder for the user alone.
func TestNoHome(t *testing.T) {
	index := appIndex(t)
	foreign := t.TempDir()
	if os.Geteuid() == 0 {
		if err := os.Chown(foreign, 4242, 4242); err != nil {
			t.Fatal(err)
		}
	}
	const said = "warning: nothing is cached: there is no folder of your own for it: name one in TOXGEN_CACHE\n"
	for name, home := range map[string][]string{
		"none":            {"HOME="},
		"not there":       {"HOME=" + filepath.Join(t.TempDir(), "nobody", "home")},
		"of another user": {"HOME=" + foreign},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "of another user" && os.Geteuid() != 0 {
				t.Skip("SKIPPED: only root can give a folder to another user")
			}
			folder, temporary := projectOf(t, app), t.TempDir()
			state := filepath.Join(temporary, "toxgen-"+strconv.Itoa(os.Geteuid()))
			environment := slices.Concat(against(index, ""), home, []string{"XDG_CACHE_HOME=", "TMPDIR=" + temporary, "LOCALAPPDATA="})
			if r := execute(t, folder, environment, nil); r.status != 0 || strings.Count(r.stderr, said) != 1 {
				t.Fatalf("status %d\n%s", r.status, r.stderr)
			}
			if info, err := os.Lstat(state); err != nil || info.Mode() != os.ModeDir|0o700 {
				t.Errorf("the folder of the state is %v, %v", info, err)
			}
			if r := execute(t, folder, environment, nil, "check"); r.status != 0 || strings.Contains(r.stderr, said) {
				t.Errorf("check: status %d\n%s", r.status, r.stderr)
			}
			if entries, err := os.ReadDir(temporary); err != nil || len(entries) != 1 {
				t.Errorf("the temporary folder holds %v, %v", entries, err)
			}
			if err := os.Chmod(state, 0o777); err != nil {
				t.Fatal(err)
			}
			before := content(t, folder)
			for _, target := range []string{"toxgen", "check"} {
				r := execute(t, folder, environment, nil, target)
				want := "the folder for the lock and the journal: other users can write to " + state + ": look at what lies there and `chmod go-w` it, or remove it"
				if r.status != 1 || !strings.Contains(r.stderr, want) {
					t.Errorf("%s: status %d\n%s", target, r.status, r.stderr)
				}
			}
			same(t, before, content(t, folder))
		})
	}
}

// TestCacheOfAnother names a folder in TOXGEN_CACHE that others can change. As a cache it is ignored with a warning; as the
// place of the state it is refused.
func TestCacheOfAnother(t *testing.T) {
	const said = "warning: nothing is cached: everybody can replace what lies in "
	index, cache := appIndex(t), t.TempDir()
	if err := os.Chmod(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	folder := projectOf(t, app)
	if r := execute(t, folder, against(index, cache), nil, "toxgen"); r.status != 1 || !strings.Contains(r.stderr, "the folder for the lock and the journal: everybody can replace what lies in "+cache) {
		t.Errorf("outside git: status %d\n%s", r.status, r.stderr)
	}
	if err := os.Mkdir(filepath.Join(folder, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r := execute(t, folder, against(index, cache), nil, "toxgen"); r.status != 0 || strings.Count(r.stderr, said) != 1 {
		t.Errorf("in git: status %d\n%s", r.status, r.stderr)
	}
	if entries, err := os.ReadDir(cache); err != nil || len(entries) != 0 {
		t.Errorf("the cache holds %v, %v", entries, err)
	}
}

// TestCacheMakesNoDifference runs with the cache that another run left, whose entries are damaged in some way or are no
// files. The files that it writes are the same.
func TestCacheMakesNoDifference(t *testing.T) {
	index := appIndex(t)
	index.Set(pypitest.Project{Name: "app", Files: []pypitest.File{
		pypitest.Wheel("app", "1.0", "Classifier: Programming Language :: Python :: 3.13", "Requires-Dist: missing; extra == 'x'"),
		pypitest.Wheel("app", "2.0", "Classifier: Programming Language :: Python :: 3.13", "Requires-Dist: dependency"),
		pypitest.Sdist(pypitest.SdistOld, "app", "3.0")}})
	index.Set(pypitest.Project{Name: "dependency", Files: []pypitest.File{pypitest.Wheel("dependency", "1.0")}})
	fill := func() string {
		cache := t.TempDir()
		online := execute(t, projectOf(t, app), against(index, cache), nil, "toxgen")
		if online.status != 0 {
			t.Fatalf("status %d\n%s", online.status, online.stderr)
		}
		return cache
	}
	want := projectOf(t, app)
	first := execute(t, want, against(index, t.TempDir()), nil, "toxgen")
	for name, damage := range map[string]func(path string) error{
		"kept":    func(string) error { return nil },
		"removed": os.Remove,
		"emptied": func(path string) error { return os.Truncate(path, 0) },
		"grown":   func(path string) error { return os.Truncate(path, 1<<31) },
		"folders": func(path string) error { _ = os.Remove(path); return os.Mkdir(path, 0o700) },
		"links":   func(path string) error { _ = os.Remove(path); return os.Symlink(os.DevNull, path) },
		"aged":    func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(0, 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			cache := fill()
			err := filepath.WalkDir(cache, func(path string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				return damage(path)
			})
			if err != nil {
				t.Fatal(err)
			}
			got := projectOf(t, app)
			if again := execute(t, got, against(index, cache), nil, "toxgen"); again.status != first.status || again.stdout != first.stdout || again.stderr != first.stderr {
				t.Errorf("status %d, want %d\n%s%s\nwant\n%s%s", again.status, first.status, again.stdout, again.stderr, first.stdout, first.stderr)
			}
			same(t, content(t, want), content(t, got))
		})
	}
}
