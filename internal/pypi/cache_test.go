package pypi

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pypitest"
)

// page answers with headers and, unless the client has it already, a page.
func page(headers ...string) pypitest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		conditional := r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") != ""
		answer := pypitest.JSON(`{"files": [{"url": "demo-1.0.tar.gz"}]}`)
		if conditional {
			answer = pypitest.Status(http.StatusNotModified)
		}
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Add(name, value)
		}
		answer(w, r, next)
	}
}

// Each row fetches a page with one client after the other, with the same cache, and states the expected requests.
func TestPageCache(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		want    string
	}{
		{"fresh", []string{"Cache-Control: max-age=600, public", `ETag: "1"`}, "whole"},
		{"stale, entity tag", []string{"Cache-Control: max-age=0", `ETag: "1"`}, `whole, "1", "1"`},
		{"stale, modification time", []string{"Last-Modified: Mon, 02 Jan 2023 00:00:00 GMT"},
			"whole, Mon, 02 Jan 2023 00:00:00 GMT, Mon, 02 Jan 2023 00:00:00 GMT"},
		{"stale, nothing to go by", nil, "whole, whole, whole"},
		{"no-cache", []string{"Cache-Control: no-cache, max-age=600", `ETag: "1"`}, `whole, "1", "1"`},
		{"no-store", []string{"Cache-Control: no-store", "Cache-Control: max-age=600", `ETag: "1"`}, "whole, whole, whole"},
		{"aged", []string{"Cache-Control: max-age=600", "Age: 600", `ETag: "1"`}, `whole, "1", "1"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t)
			index.Fault("/simple/demo/", 0, page(test.headers...))
			folder := t.TempDir()
			for range 3 {
				c := client(t, index, Options{CacheDir: folder})
				for range 2 {
					if got := filenames(project(t, c)); got != "demo-1.0.tar.gz" {
						t.Errorf("the page lists %q", got)
					}
				}
			}
			var asked []string
			for _, r := range index.Requests() {
				asked = append(asked, r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since"))
				if asked[len(asked)-1] == "" {
					asked[len(asked)-1] = "whole"
				}
			}
			if got := strings.Join(asked, ", "); got != test.want {
				t.Errorf("asked %s, want %s", got, test.want)
			}
		})
	}
}

func TestPageCacheRefresh(t *testing.T) {
	index := pypitest.New(t)
	index.Fault("/simple/demo/", 1, page("Cache-Control: max-age=0", `ETag: "1"`))
	index.Fault("/simple/demo/", 0, page("Cache-Control: max-age=600", `ETag: "1"`))
	folder := t.TempDir()
	for range 3 {
		project(t, client(t, index, Options{CacheDir: folder}))
	}
	if got := len(index.Requests()); got != 2 {
		t.Errorf("%d requests, want 2: the second answer made the page fresh", got)
	}
}

func TestPageChanges(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	folder := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for _, version := range []string{"1.0", "2.0"} {
		index.Set(demo(version))
		if got, want := filenames(project(t, client(t, index, Options{CacheDir: folder}))), "demo-"+version+"-py3-none-any.whl"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for _, name := range entries(t, folder) { // time passes
			if err := os.Chtimes(name, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// entries returns the files of a cache.
func entries(tb testing.TB, folder string) []string {
	tb.Helper()
	var names []string
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

func TestDamagedCache(t *testing.T) {
	damages := []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"cut", func(data []byte) []byte { return data[:len(data)/2] }},
		{"a bit", func(data []byte) []byte { data[len(data)/2] ^= 1; return data }},
		{"zeros", func(data []byte) []byte { return make([]byte, len(data)) }},
	}
	for _, test := range damages {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t, demo("1.0"))
			folder := t.TempDir()
			ask := func() {
				c := client(t, index, Options{CacheDir: folder})
				p := project(t, c)
				m, err := c.Metadata(t.Context(), &p.Files[0], Requirements)
				if err != nil || m.Name != "demo" {
					t.Errorf("got %v, %v", m, err)
				}
			}
			ask()
			names := entries(t, folder)
			if len(names) != 2 {
				t.Fatalf("the cache holds %d entries, want 2", len(names))
			}
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err == nil {
					err = os.WriteFile(name, test.damage(data), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			ask()
			if got := len(index.Requests()); got != 4 {
				t.Errorf("%d requests, want 4: damaged entries are not used", got)
			}
		})
	}
}

// An entry that is fresh for too long was not written by the cache, so its page is revalidated.
func TestCacheOfTomorrow(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	folder := t.TempDir()
	project(t, client(t, index, Options{CacheDir: folder}))
	tomorrow := time.Now().Add(24 * time.Hour)
	for _, name := range entries(t, folder) {
		if err := os.Chtimes(name, tomorrow, tomorrow); err != nil {
			t.Fatal(err)
		}
	}
	project(t, client(t, index, Options{CacheDir: folder}))
	if got := index.Requests(); len(got) != 2 || got[1].Status != http.StatusNotModified {
		t.Errorf("requests %v, want a second that says 304", got)
	}
}

func TestUnwritableCache(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	project(t, client(t, index, Options{CacheDir: file}))
}

func TestCacheHoldsNoCredentials(t *testing.T) {
	index := pypitest.New(t)
	index.Set(pypitest.Project{Name: "demo", Files: []pypitest.File{
		{Filename: "demo-1.0-py3-none-any.whl", URL: strings.Replace(index.Origin, "://", "://other:secret@", 1) + "/files/demo/demo-1.0-py3-none-any.whl"},
		{Filename: "demo-2.0-py3-none-any.whl", URL: "//other:secret@host/demo-2.0-py3-none-any.whl"},
		{Filename: "demo-3.0-py3-none-any.whl", URL: "https://other:secret@ho st/demo-3.0-py3-none-any.whl"},
	}})
	folder := t.TempDir()
	url := strings.Replace(index.URL, "://", "://user:secret@", 1)
	p := project(t, client(t, index, Options{URL: url, CacheDir: folder}))
	var got []string
	for _, f := range p.Files {
		got = append(got, f.URL)
	}
	want := []string{index.Origin + "/files/demo/demo-1.0-py3-none-any.whl", "http://host/demo-2.0-py3-none-any.whl"} // the last one is unusable
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("URLs (-want +got):\n%s", diff)
	}
	for _, name := range entries(t, folder) {
		data, err := os.ReadFile(name)
		if err != nil || strings.Contains(string(data), "secret") {
			t.Errorf("%s holds the secret (%v)", name, err)
		}
	}
}

// A file whose digest the index does not state may be replaced. Its metadata are cached as long as its page is fresh.
func TestCacheWithoutDigest(t *testing.T) {
	for _, test := range []struct {
		name, control, digest, want string
	}{
		{"page that is not fresh", "no-cache", "none", "six, seven"},
		{"fresh page", "max-age=600", "none", "six, six"},
		{"digest", "no-cache", "", "six, seven"},
	} {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t)
			index.Fault("/simple/demo/", -1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				next.ServeHTTP(headers{w, test.control}, r)
			})
			folder := t.TempDir()
			var got []string
			for _, requirement := range []string{"six", "seven"} {
				wheel := pypitest.Wheel("demo", "1.0", "Requires-Dist: "+requirement)
				wheel.SHA256 = test.digest
				index.Set(pypitest.Project{Name: "demo", Files: []pypitest.File{wheel}})
				c := client(t, index, Options{CacheDir: folder})
				m, err := c.Metadata(t.Context(), &project(t, c).Files[0], Requirements)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, m.RequiresDist...)
			}
			if got := strings.Join(got, ", "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// headers replaces the Cache-Control that a handler sets.
type headers struct {
	http.ResponseWriter
	control string
}

// WriteHeader implements [http.ResponseWriter].
func (h headers) WriteHeader(status int) {
	h.Header().Set("Cache-Control", h.control)
	h.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (h headers) Write(data []byte) (int, error) {
	h.Header().Set("Cache-Control", h.control)
	return h.ResponseWriter.Write(data)
}
