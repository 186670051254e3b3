package pypi

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/metadata"
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

// answers returns what a client with the cache in a folder is told.
func answers(tb testing.TB, index *pypitest.Server, folder string) string {
	tb.Helper()
	return told(tb, client(tb, index, Options{CacheDir: folder}))
}

// told returns what a client is told of demo and of its first file, and of a project that does not exist.
func told(tb testing.TB, c *Client) string {
	tb.Helper()
	p := project(tb, c)
	m, err := c.Metadata(tb.Context(), p.All()[0], Requirements)
	if err != nil {
		tb.Fatal(err)
	}
	_, unreadable := c.Metadata(tb.Context(), p.All()[1], Requirements)
	_, missing := c.Project(tb.Context(), "missing")
	return fmt.Sprintln(filenames(p), m.Name, m.RequiresDist, unreadable, missing)
}

// answering returns an index for answers.
func answering(tb testing.TB) *pypitest.Server {
	return pypitest.New(tb, pypitest.Project{Name: "demo", Files: []pypitest.File{
		pypitest.Wheel("demo", "2.0", "Requires-Dist: six"), pypitest.Sdist(pypitest.SdistOld, "demo", "1.0")}})
}

// The answers are the same whatever happens to the entries of the cache.
func TestDamagedCache(t *testing.T) {
	index := answering(t)
	folder := t.TempDir()
	want := answers(t, index, folder)
	names := entries(t, folder)
	if len(names) != 3 {
		t.Fatalf("the cache holds %d entries, want 3: two pages and the log", len(names))
	}
	index.Reset()
	if got := answers(t, index, folder); got != want || len(index.Requests()) != 0 {
		t.Errorf("kept: %d requests, got %s, want %s", len(index.Requests()), got, want)
	}
	damage := func(what string, change func(data []byte) []byte) {
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(name, change(bytes.Clone(data)), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if later := time.Now().Add(time.Minute); os.Chtimes(name, later, later) != nil {
				t.Fatal("the time cannot be set")
			}
			index.Reset()
			if got := answers(t, index, folder); got != want || len(index.Requests()) == 0 {
				t.Errorf("%s of %s: %d requests, got %s, want %s", what, filepath.Base(name), len(index.Requests()), got, want)
			}
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range names {
			if later := time.Now().Add(time.Minute); os.Chtimes(name, later, later) != nil {
				t.Fatal("the time cannot be set")
			}
		}
	}
	damage("nothing", func([]byte) []byte { return nil })
	damage("zeros", func(data []byte) []byte { return make([]byte, len(data)) })
	for i := range 16 {
		damage(fmt.Sprint("sixteenth ", i), func(data []byte) []byte { return data[:len(data)*i/16] })
	}
	longest := 0
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, int(info.Size()))
	}
	for i := range longest {
		damage(fmt.Sprint("byte ", i), func(data []byte) []byte { data[i%len(data)] ^= 1 << (i % 8); return data })
	}
}

// The entry of one page in the place of another is not used.
func TestSwappedPages(t *testing.T) {
	index := pypitest.New(t, demo("1.0"), pypitest.Project{Name: "other"})
	folder := t.TempDir()
	ask := func() string {
		c := client(t, index, Options{CacheDir: folder})
		other, err := c.Project(t.Context(), "other")
		if err != nil {
			t.Fatal(err)
		}
		return filenames(project(t, c)) + "," + filenames(other)
	}
	want := ask()
	names := entries(t, folder)
	aside := filepath.Join(folder, "aside")
	for _, move := range [][2]string{{names[0], aside}, {names[1], names[0]}, {aside, names[1]}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCacheOfAnotherVersion checks that a cache does not use what one of another version kept in the same folder, and leaves it there.
func TestCacheOfAnotherVersion(t *testing.T) {
	index, folder := answering(t), t.TempDir()
	want := answers(t, index, folder)
	all := len(index.Requests())
	index.Reset()
	next := client(t, index, Options{})
	next.cache = newCache("next", folder, nil, next.limits.Page)
	if got := told(t, next); got != want || len(index.Requests()) != all {
		t.Errorf("another version: %d requests, want %d; got %s, want %s", len(index.Requests()), all, got, want)
	}
	index.Reset()
	if got := answers(t, index, folder); got != want || len(index.Requests()) != 0 {
		t.Errorf("this version after it: %d requests, got %s, want %s", len(index.Requests()), got, want)
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
	for _, f := range p.All() {
		got = append(got, f.URL)
	}
	want := []string{"http://host/demo-2.0-py3-none-any.whl", index.Origin + "/files/demo/demo-1.0-py3-none-any.whl"} // the last one is unusable
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
				m, err := c.Metadata(t.Context(), project(t, c).All()[0], Requirements)
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

// What is not there is remembered for a while, unless the index forbids it, and is asked for again then.
func TestMissingProjectIsKept(t *testing.T) {
	tests := []struct {
		name, header string
		user         string
		requests     int
		want         time.Duration
	}{
		{"unstated", "X: y", "", 1, notFoundFreshness},
		{"shorter", "Cache-Control: max-age=60", "", 1, time.Minute},
		{"longer", "Cache-Control: max-age=86400", "", 1, notFoundFreshness},
		{"not to be reused", "Cache-Control: no-cache", "", 2, 0},
		{"not to be kept", "Cache-Control: no-store", "", 2, 0},
		{"for one user", "Cache-Control: private, max-age=60", "me:secret@", 1, time.Minute},
		{"for nobody known", "Cache-Control: private, max-age=60", "", 2, 0},
		{"for this request", "Vary: *", "", 2, 0},
	}
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		for _, test := range tests {
			t.Run(fmt.Sprint(status, " ", test.name), func(t *testing.T) {
				index := pypitest.New(t)
				index.Fault("/simple/demo/", 2, pypitest.Status(status, test.header))
				folder := t.TempDir()
				url := strings.Replace(index.URL, "://", "://"+test.user, 1)
				var texts []string
				for range 2 {
					_, err := client(t, index, Options{URL: url, CacheDir: folder}).Project(t.Context(), "demo")
					if !errors.Is(err, ErrNotFound) {
						t.Errorf("got %v, want ErrNotFound", err)
					}
					texts = append(texts, errorText(err))
				}
				if texts[0] != texts[1] {
					t.Errorf("first %q, then %q", texts[0], texts[1])
				}
				if got := len(index.Requests()); got != test.requests {
					t.Errorf("%d requests, want %d", got, test.requests)
				}
				for _, name := range entries(t, folder) {
					info, err := os.Stat(name)
					if err != nil {
						t.Fatal(err)
					}
					if left := time.Until(info.ModTime()); left > test.want || left < test.want-time.Minute {
						t.Errorf("it lasts %s, want %s", left, test.want)
					}
					if err := os.Chtimes(name, time.Time{}, time.Now()); err != nil { // time passes
						t.Fatal(err)
					}
				}
				index.Set(demo("1.0"))
				index.Fault("/simple/demo/", 0, pypitest.JSON(`{"files": [{"filename": "demo-1.0.tar.gz", "url": "demo-1.0.tar.gz"}]}`))
				for len(index.Requests()) < 2 { // those that the fault still waits for
					_, _ = client(t, index, Options{URL: url}).Project(t.Context(), "demo")
				}
				if got := filenames(project(t, client(t, index, Options{URL: url, CacheDir: folder}))); got != "demo-1.0.tar.gz" {
					t.Errorf("once it is there, the page lists %q", got)
				}
			})
		}
	}
}

// Metadata, and that they cannot be read, are kept as long as nothing can make the answer another.
func TestMetadataLast(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Now()
	digest, page := &File{SHA256: sum}, &File{Expires: now.Add(5 * time.Minute)}
	core, stale, long := &File{CoreSHA256: sum}, &File{Expires: now}, &File{Expires: now.Add(30 * time.Minute)}
	readable := &Metadata{metadata.Metadata{Name: "demo"}, FromMetadata}
	minute := storage{true, now.Add(time.Minute)}
	unreadable := &UnreadableError{Reason: "it has no PKG-INFO"}
	missing, other := &UnreadableError{Missing: true, Reason: "gone"}, &UnreadableError{passing: true, Reason: "the archive is damaged"}
	const never, forever = 0, day
	tests := []struct {
		name string
		file *File
		may  storage
		m    *Metadata
		err  error
		want time.Duration
	}{
		{"metadata, digest", digest, anyStorage, readable, nil, forever},
		{"metadata, digest, stated for a minute", digest, minute, readable, nil, forever},
		{"metadata, their digest", core, anyStorage, readable, nil, forever},
		{"metadata, no digest", page, anyStorage, readable, nil, 5 * time.Minute},
		{"metadata, no digest, stated for a minute", page, minute, readable, nil, time.Minute},
		{"metadata, no digest, page not fresh", stale, anyStorage, readable, nil, never},
		{"metadata, not to be kept", digest, storage{}, readable, nil, never},
		{"unreadable, digest", digest, anyStorage, nil, unreadable, forever},
		{"unreadable, no digest", page, anyStorage, nil, unreadable, 5 * time.Minute},
		{"unreadable, no digest, page not fresh", stale, anyStorage, nil, unreadable, never},
		{"missing, digest", digest, anyStorage, nil, missing, notFoundFreshness},
		{"missing, no digest", page, anyStorage, nil, missing, 5 * time.Minute},
		{"missing, no digest, page fresh for long", long, anyStorage, nil, missing, notFoundFreshness},
		{"damaged, digest", digest, anyStorage, nil, other, notFoundFreshness},
		{"damaged, no digest, page not fresh", stale, anyStorage, nil, other, never},
		{"other digest", digest, anyStorage, nil, &DigestError{"demo"}, never},
		{"no answer", digest, anyStorage, nil, errTruncated, never},
		{"too large", digest, anyStorage, nil, &overError{"demo", 1}, never},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			newCache(cacheVersion, folder, nil, 0).putMetadata("key", test.file, Requirements, test.may, test.m, test.err)
			m, err, known := newCache(cacheVersion, folder, nil, 0).metadataOf("key", test.file, Requirements)
			if known != (test.want > 0) {
				t.Fatalf("kept: %t", known)
			}
			if !known {
				return
			}
			want := &UnreadableError{}
			if _ = errors.As(test.err, &want); errorText(err) != errorText(test.err) || err != nil && err.(*UnreadableError).Missing != want.Missing {
				t.Errorf("got %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.m, m); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
			c := newCache(cacheVersion, folder, nil, 0)
			c.metadata.load()
			for _, entry := range c.metadata.entries {
				head, _, _ := strings.Cut(entry, "\n")
				_, until, _ := strings.Cut(head, " ")
				seconds, _ := strconv.ParseInt(until, 10, 64)
				if left := time.Unix(seconds, 0).Sub(now); (until == "") != (test.want == forever) || until != "" && (left > test.want+time.Second || left < test.want-time.Second) {
					t.Errorf("it lasts until %q, which is %s, want %s", until, left, test.want)
				}
			}
		})
	}
}

// That requirements cannot be read does not mean that classifiers cannot, in whatever order they are asked for.
func TestUnreadableForOneNeed(t *testing.T) {
	const unreadable = "the metadata of demo-1.0.tar.gz cannot be read: its requirements are known only to its build: no requires.txt, and PKG-INFO does not state them"
	want := map[Need]string{Classifiers: "unknown:", Requirements: unreadable}
	for _, needs := range [][]Need{{Requirements, Classifiers}, {Classifiers, Requirements}} {
		index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{pypitest.Sdist(pypitest.SdistOld, "demo", "1.0")}})
		folder := t.TempDir()
		for range 2 {
			for _, need := range needs {
				if got := answerOf(t, client(t, index, Options{CacheDir: folder}), need); got != want[need] {
					t.Errorf("%v: got %q, want %q", need, got, want[need])
				}
			}
		}
		if got := index.Count("/files/demo/*"); got != 2 {
			t.Errorf("%d requests, want 2: one for each need", got)
		}
	}
}

// What an index begins to advertise, or takes back, counts at once.
func TestAdvertisedLater(t *testing.T) {
	folder := t.TempDir()
	sdist := pypitest.Sdist(pypitest.SdistStatic, "demo", "1.0", "six")
	index := pypitest.New(t)
	for i, core := range []pypitest.Core{pypitest.CoreMissing, pypitest.CoreAdvertised, pypitest.CoreMissing} {
		sdist.Core, sdist.Metadata = core, "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: seven\n"
		index.Set(pypitest.Project{Name: "demo", Files: []pypitest.File{sdist}})
		for _, name := range entries(t, folder) {
			if err := os.Chtimes(name, time.Time{}, time.Unix(0, 0)); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"six", "seven", "six"}[i]
		if got := answerOf(t, client(t, index, Options{CacheDir: folder}), Requirements); got != want {
			t.Errorf("step %d: got %s, want %s", i, got, want)
		}
	}
}

// Clients with different credentials share no entry. The keys are not the credentials.
func TestCredentialsAreKeys(t *testing.T) {
	index := answering(t)
	folder := t.TempDir()
	users := []string{"", "me:s3cret@", "me:other@", "me@", "you:s3cret@", "m:es3cret@"}
	for range 2 {
		for _, user := range users {
			c := client(t, index, Options{URL: strings.Replace(index.URL, "://", "://"+user, 1), CacheDir: folder})
			if got := answerOf(t, c, Requirements); got != "six" {
				t.Errorf("%q: got %q", user, got)
			}
		}
	}
	if got, want := len(index.Requests()), 2*len(users); got != want {
		t.Errorf("%d requests, want %d: each user asks once for the page and once for the metadata", got, want)
	}
	for _, name := range entries(t, folder) {
		data, err := os.ReadFile(name)
		if err != nil || strings.Contains(name+string(data), "s3cret") {
			t.Errorf("%s holds a password (%v)", name, err)
		}
	}
}
