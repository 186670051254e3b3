package pypi

import (
	"bytes"
	"errors"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/metadata"
	"toxgen/internal/pypitest"
)

// answerOf returns the metadata of the only file of demo as one line: the source if they are not final, the requirements
// and the extras; or the error.
func answerOf(tb testing.TB, c *Client, need Need) string {
	tb.Helper()
	m, err := c.Metadata(tb.Context(), project(tb, c).All()[0], need)
	if err != nil {
		return err.Error()
	}
	words := append([]string{}, m.RequiresDist...)
	if m.Source != FromMetadata {
		words = append([]string{string(m.Source) + ":"}, words...)
	}
	for _, extra := range m.ProvidesExtra {
		words = append(words, "["+extra+"]")
	}
	return strings.Join(words, " ")
}

// filesAsked returns the requests for files: the ending of the name, whether it asks for the end or another part, and the
// status.
func filesAsked(index *pypitest.Server) string {
	var asked []string
	for _, r := range index.Requests() {
		if strings.HasPrefix(r.Path, "/files/") {
			words := []string{path.Ext(r.Path)}
			if bytes := r.Header.Get("Range"); bytes == "bytes=-65536" {
				words = append(words, "end")
			} else if bytes != "" {
				words = append(words, "part")
			}
			asked = append(asked, strings.Join(append(words, http.StatusText(r.Status)), " "))
		}
	}
	return strings.Join(asked, ", ")
}

const (
	served    = ".metadata OK"
	notServed = ".metadata Not Found"
	endOnly   = ".whl end Partial Content"
)

func TestServedMetadata(t *testing.T) {
	const what = "the metadata of demo-1.0-py3-none-any.whl"
	tests := []struct {
		name   string
		core   pypitest.Core
		digest string
		fault  pypitest.Fault // of FILENAME.metadata, once
		want   string
		asked  string
	}{
		{"advertised", pypitest.CoreAdvertised, "", nil, "six", served},
		{"advertised with a digest", pypitest.CoreDigest, "", nil, "six", served},
		{"with another digest", pypitest.CoreDigest, sum, nil, what + " does not have the SHA-256 that the index states", served},
		{"other content", pypitest.CoreDigest, "", pypitest.Body("", "Name: demo"), what + " does not have the SHA-256 that the index states", served},
		{"not advertised", pypitest.CoreUnsaid, "", nil, "six", endOnly},
		{"not advertised, missing", pypitest.CoreMissing, "", nil, "six", endOnly},
		{"denied", pypitest.CoreDenied, "", nil, "six", endOnly},
		{"advertised, missing", pypitest.CoreBroken, "", nil, "six", notServed + ", " + endOnly},
		{"advertised, forbidden", pypitest.CoreAdvertised, "", pypitest.Status(403),
			what + ": the server answered 403 Forbidden: check the credentials of the index", ".metadata Forbidden"},
		{"advertised, a page in its place", pypitest.CoreAdvertised, "", pypitest.HTML(), "six", served + ", " + endOnly},
		{"fails once", pypitest.CoreAdvertised, "", pypitest.Status(503), "six", ".metadata Service Unavailable, " + served},
		{"busy", pypitest.CoreAdvertised, "", pypitest.Status(429), "six", ".metadata Too Many Requests, " + served},
		{"ends early", pypitest.CoreAdvertised, "", pypitest.Cut(30), "six", served + ", " + served},
		{"moved", pypitest.CoreAdvertised, "", pypitest.Redirect("/files/demo/../demo/demo-1.0-py3-none-any.whl.metadata"), "six", ".metadata Found, " + served},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := demo("1.0", "Requires-Dist: six")
			p.Files[0].Core, p.Files[0].CoreSHA256 = test.core, test.digest
			index := pypitest.New(t, p)
			if test.fault != nil {
				index.Fault("/files/demo/*.metadata", 1, test.fault)
			}
			if got := answerOf(t, client(t, index, Options{}), Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := filesAsked(index); got != test.asked {
				t.Errorf("asked %s, want %s", got, test.asked)
			}
		})
	}
}

// Metadata that the index does not advertise are asked for where the wheel does not tell them, for whatever lasting reason,
// unless it has another digest.
func TestUnadvertisedMetadata(t *testing.T) {
	const (
		wheel  = "demo-1.0-py3-none-any.whl"
		cannot = "the metadata of " + wheel + " cannot be read: "
	)
	tests := []struct {
		name     string
		core     pypitest.Core
		content  string // of the wheel, if it is another
		digest   string
		wheel    pypitest.Fault // always
		metadata pypitest.Fault // once
		want     string
		asked    string
	}{
		{"no wheel", pypitest.CoreUnsaid, "", "", pypitest.Status(404), nil, "six", ".whl end Not Found, " + served},
		{"neither", pypitest.CoreMissing, "", "", pypitest.Status(404), nil, cannot + "the index does not have the file", ".whl end Not Found, " + notServed},
		{"denied", pypitest.CoreDenied, "", "", pypitest.Status(404), nil, cannot + "the index does not have the file", ".whl end Not Found"},
		{"forbidden", pypitest.CoreUnsaid, "", "", pypitest.Status(403), nil, "six", ".whl end Forbidden, " + served},
		{"damaged", pypitest.CoreUnsaid, "<html>", "", nil, nil, "six", endOnly + ", " + served},
		{"damaged, other digest", pypitest.CoreUnsaid, "<html>", sum, nil, nil, wheel + " does not have the SHA-256 that the index states", endOnly},
		{"too large", pypitest.CoreUnsaid, strings.Repeat(" ", 2000), "", pypitest.WithoutRange(), nil, "six", ".whl end OK, " + served},
		{"failing", pypitest.CoreUnsaid, "", "", pypitest.Status(503), nil, wheel + ": the server answered 503 Service Unavailable",
			".whl end Service Unavailable, .whl end Service Unavailable"},
		{"damaged, a page in its place", pypitest.CoreUnsaid, "<html>", "", nil, pypitest.HTML(), cannot + "the archive is damaged", endOnly + ", " + served},
		{"damaged, forbidden", pypitest.CoreUnsaid, "<html>", "", nil, pypitest.Status(403), cannot + "the archive is damaged", endOnly + ", .metadata Forbidden"},
		{"damaged, fails once", pypitest.CoreUnsaid, "<html>", "", nil, pypitest.Status(503), "six", endOnly + ", .metadata Service Unavailable, " + served},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := demo("1.0", "Requires-Dist: six")
			p.Files[0].Core, p.Files[0].SHA256 = test.core, test.digest
			if test.content != "" {
				p.Files[0].Content = []byte(test.content)
			}
			index := pypitest.New(t, p)
			if test.wheel != nil {
				index.Fault("/files/demo/*.whl", 0, test.wheel)
			}
			if test.metadata != nil {
				index.Fault("/files/demo/*.metadata", 1, test.metadata)
			}
			c := client(t, index, Options{Limits: Limits{Tries: 2, Wheel: 1000}})
			if got := answerOf(t, c, Requirements); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := filesAsked(index); got != test.asked {
				t.Errorf("asked %s, want %s", got, test.asked)
			}
		})
	}
}

func TestEscapedURL(t *testing.T) {
	p := demo("1.0", "Requires-Dist: six")
	p.Files[0].URL = "/files/demo%2F./demo-1.0-py3-none-any.whl"
	index := pypitest.New(t, p)
	index.Fault("/files/demo/./*.metadata", 0, pypitest.Body("", p.Files[0].Metadata))
	if got := answerOf(t, client(t, index, Options{}), Requirements); got != "six" {
		t.Errorf("got %q", got)
	}
}

// Metadata from any source are cached. Cached classifiers do not count as requirements.
func TestMetadataCache(t *testing.T) {
	tests := []struct {
		name  string
		file  pypitest.File
		needs []Need
		want  []string
		count int // of requests for files
	}{
		{"wheel", pypitest.Wheel("demo", "1.0", "Requires-Dist: six"), []Need{Classifiers, Requirements}, []string{"six", "six"}, 1},
		{"static source distribution", pypitest.Sdist(pypitest.SdistStatic, "demo", "1.0", "six"), []Need{Classifiers, Requirements},
			[]string{"six", "six"}, 1},
		{"requirements first", pypitest.Sdist(pypitest.SdistRequires, "demo", "1.0", "six"), []Need{Requirements, Classifiers},
			[]string{"requires.txt: six", "requires.txt: six"}, 1},
		{"classifiers first", pypitest.Sdist(pypitest.SdistRequires, "demo", "1.0", "six"), []Need{Classifiers, Requirements, Classifiers},
			[]string{"unknown:", "requires.txt: six", "requires.txt: six"}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{test.file}})
			folder := t.TempDir()
			var got []string
			for _, need := range test.needs {
				got = append(got, answerOf(t, client(t, index, Options{CacheDir: folder}), need))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if got := index.Count("/files/demo/*"); got != test.count {
				t.Errorf("%d requests, want %d", got, test.count)
			}
		})
	}
}

// Content with another digest is fetched once and not cached. The next client gets the right content.
func TestOtherContentIsNotKept(t *testing.T) {
	wheel, denied := pypitest.Wheel("demo", "1.0", "Requires-Dist: six"), pypitest.Wheel("demo", "1.0", "Requires-Dist: six")
	wheel.Core, denied.Core = pypitest.CoreDigest, pypitest.CoreDenied
	const text = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: evil\n"
	const differs = " does not have the SHA-256 that the index states"
	evil := pypitest.Body("", string(pypitest.Zip(member("demo-1.0.dist-info/METADATA", text))))
	tests := []struct {
		name string
		file pypitest.File
		evil pypitest.Fault // once
		want string
	}{
		{"metadata", wheel, pypitest.Body("", text), "the metadata of demo-1.0-py3-none-any.whl" + differs},
		{"wheel", denied, evil, "demo-1.0-py3-none-any.whl" + differs},
		{"part of a wheel that is all of it", denied, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			content := pypitest.Zip(member("demo-1.0.dist-info/METADATA", text))
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		}, "demo-1.0-py3-none-any.whl" + differs},
		{"source distribution", pypitest.Sdist(pypitest.SdistOld, "demo", "1.0", "six"),
			pypitest.Body("", string(pypitest.Tar(member("demo-1.0/PKG-INFO", strings.Replace(text, "2.2", "2.1", 1))))), "demo-1.0.tar.gz" + differs},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{test.file}})
			index.Fault("/files/demo/*", 1, test.evil)
			folder := t.TempDir()
			c := client(t, index, Options{CacheDir: folder})
			for range 2 {
				if got := answerOf(t, c, Requirements); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
			}
			_, err := c.Metadata(t.Context(), project(t, c).All()[0], Requirements)
			if !errors.As(err, new(*DigestError)) {
				t.Errorf("got %v, want a *DigestError", err)
			}
			if got := index.Count("/files/demo/*"); got != 1 {
				t.Errorf("asked %s, want one request", filesAsked(index))
			}
			if got := len(entries(t, folder)); got != 1 {
				t.Errorf("%d entries in the cache, want the page alone", got)
			}
			if got := strings.TrimPrefix(answerOf(t, client(t, index, Options{CacheDir: folder}), Requirements), "dynamic: "); got != "six" {
				t.Errorf("the next client got %q", got)
			}
		})
	}
}

func TestUnreadableStaysSo(t *testing.T) {
	index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{pypitest.Sdist(pypitest.SdistEmpty, "demo", "1.0")}})
	c := client(t, index, Options{})
	for range 3 {
		_, err := c.Metadata(t.Context(), project(t, c).All()[0], Requirements)
		if !errors.As(err, new(*UnreadableError)) {
			t.Errorf("got %v, want an *UnreadableError", err)
		}
	}
	if got := index.Count("/files/demo/*"); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}

// FuzzFormat checks that formatted metadata parse to the same metadata.
func FuzzFormat(f *testing.F) {
	f.Add([]byte("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: six\nRequires-Dist: a ;\n extra == 'b'\nProvides-Extra: b\n" +
		"Classifier: Programming Language :: Python :: 3\nDynamic: Requires-Dist\nRequires-Python: >=3\n\nDescription: none"))
	f.Add([]byte("Name: \xff\r\nRequires-Dist:\n a\r b\nVersion: 1\nVersion: 2\n"))
	for _, text := range pypitest.Recorded(f).Metadata {
		f.Add(text.Content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want := metadata.Parse(data)
		if diff := cmp.Diff(want, metadata.Parse([]byte(format(&want)))); diff != "" {
			t.Errorf("metadata differ once they were kept (-before +after):\n%s", diff)
		}
	})
}
