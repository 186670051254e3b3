package pypi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pypitest"
)

// listing answers with a page of files with the given names, which are percent-encoded in their URLs.
func listing(tb testing.TB, names ...string) pypitest.Fault {
	tb.Helper()
	page := struct {
		Files []map[string]string `json:"files"`
	}{}
	for _, name := range names {
		page.Files = append(page.Files, map[string]string{"url": "/" + url.PathEscape(name)})
	}
	body, err := json.Marshal(page)
	if err != nil {
		tb.Fatal(err)
	}
	return pypitest.JSON(string(body))
}

// Each row is the name of a file and the version that is read from it, or "" if the file is ignored.
func TestHostileNames(t *testing.T) {
	tests := []struct{ name, want string }{
		{"demo-1.0.tar.gz", "1.0"},
		{"Demo-V1.0.RC1.zip", "1.0rc1"},
		{"demo-1!2.0+Local.1.tar.gz", "1!2.0+local.1"},
		{"demo-1.0-1_g12-py3-none-any.whl", "1.0"},
		{"../demo-1.0.tar.gz", ""},
		{"/demo-1.0.tar.gz", ""},
		{"demo-1.0/../../x.tar.gz", ""},
		{"demo-1.0/.tar.gz", ""},
		{`demo-1.0\..\x.tar.gz`, ""},
		{"demo-..tar.gz", ""},
		{"demo-../../etc/passwd-1.0-py3-none-any.whl", ""},
		{"demo-1.0-1/../x-py3-none-any.whl", ""},
		{"demo-1.0-py3-none-any/x.whl", ""},
		{"demo-1.0 .tar.gz", ""},
		{"demo- 1.0.tar.gz", ""},
		{"demo-1.0\n.tar.gz", ""},
		{"demo-\u00a01.0.tar.gz", ""},
		{"demo-1.0\n-py3-none-any.whl", ""},
		{"demo-1.0\x00.tar.gz", ""},
		{"demo-1.0\u202e.tar.gz", ""},
		{"demo-\u0661.0.tar.gz", ""},
		{"\u212aombu-1.0-py3-none-any.whl", ""},
		{"demo-1.0-1\x1b[2J-py3-none-any.whl", ""},
		{"demo-1.0-py3-none-\u2066any.whl", ""},
		{"demo-1.0-py\u00e9-none-any.whl", ""},
		{"demo-1.0-1$(id)-py3-none-any.whl", ""},
		{"demo-1.0-1`id`-py3-none-any.whl", ""},
		{"demo-1.0-1;id-py3-none-any.whl", ""},
		{"demo-1.0+$(id).tar.gz", ""},
		{"demo-${x}.tar.gz", ""},
		{"demo-1.0-py3-none-any|linux.whl", ""},
		{"demo-1.0-py3-none-{a,b}linux.whl", ""},
		{"demo-1.0-py3-none-linux:x.whl", ""},
		{"demo-1.0-py3-none-linux#x.whl", ""},
		{`demo-1.0-py3-none-linux"x.whl`, ""},
		{"demo-1.0-py3-none-<b>linux.whl", ""},
		{"demo-1.0-py3-none-[linux](x).whl", ""},
		{"demo-" + strings.Repeat("1", 300) + ".tar.gz", ""},
		{"demo-1.0-1" + strings.Repeat("a", 300) + "-py3-none-any.whl", ""},
		{"demo-" + strings.Repeat("1", 200) + ".tar.gz", strings.Repeat("1", 200)},
	}
	var names []string
	for _, test := range tests {
		names = append(names, test.name)
	}
	index := pypitest.New(t)
	for _, name := range []string{"demo", "kombu"} {
		index.Fault("/simple/"+name+"/", 0, listing(t, names...))
		folder := t.TempDir()
		for _, state := range []string{"asked", "kept"} {
			p, err := client(t, index, Options{CacheDir: folder}).Project(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			for _, test := range tests {
				var got string
				if i := slices.IndexFunc(p.All(), func(f *File) bool { return f.Filename == test.name }); i >= 0 {
					got = p.All()[i].Version.String()
				}
				if want := test.want; name == "demo" && got != want || name == "kombu" && got != "" {
					t.Errorf("%s: %q of %s is taken for %q, want %q", state, test.name, name, got, want)
				}
			}
		}
	}
}

// An invalid project name is not sent to the index.
func TestHostileProjects(t *testing.T) {
	index := pypitest.New(t)
	c := client(t, index, Options{CacheDir: t.TempDir()})
	for _, name := range []string{"", ".", "..", "../demo", "a/b", `a\b`, "a%2fb", "a b", "a\n", "a\x00", "a?b", "a#b", "$(id)", "{a,b}", "a|b", "a:b", "-a", "a-", "a--b",
		"a_b", "A", "é", "a\u202e", strings.Repeat("-", 1<<20)} {
		if _, err := c.Project(t.Context(), name); err == nil || !strings.HasSuffix(err.Error(), " is not the normalised name of a project") || len(err.Error()) > 500 {
			t.Errorf("%.20q: got %.100v", name, err)
		}
	}
	if got := len(index.Requests()); got != 0 {
		t.Errorf("%d requests, want none", got)
	}
}

// Untrusted texts stay unchanged, fetched or cached, and are never part of a file name in the cache.
func TestHostileTexts(t *testing.T) {
	const text = "../../x\x1b[2J\u202e\n::error::$(id)`id`|{a,b}: #'\"\\"
	p := demo("1.0", "Requires-Dist: six", "Summary: "+strings.ReplaceAll(text, "\n", " "))
	p.Files[0].Yanked, p.Files[0].Reason, p.Files[0].RequiresPython = true, text, text
	p.Files[0].URL = "../../../../../../etc/../files/demo/demo-1.0-py3-none-any.whl"
	index := pypitest.New(t, p)
	folder := t.TempDir()
	for _, state := range []string{"asked", "kept"} {
		c := client(t, index, Options{CacheDir: folder})
		f := project(t, c).All()[0]
		if f.YankedReason != text || f.RequiresPython != text {
			t.Errorf("%s: got %q and %q, want %q", state, f.YankedReason, f.RequiresPython, text)
		}
		if want := index.Origin + "/files/demo/demo-1.0-py3-none-any.whl"; f.URL != want {
			t.Errorf("%s: the URL is %s, want %s", state, f.URL, want)
		}
		if got := answerOf(t, c, Requirements); got != "six" {
			t.Errorf("%s: got %q", state, got)
		}
	}
	var got []string
	for _, name := range entries(t, folder) {
		if relative, err := filepath.Rel(folder, name); err != nil || !regexp.MustCompile(`^(pages/[0-9a-f]{32}|metadata-[0-9]+)$`).MatchString(relative) {
			got = append(got, name)
		}
	}
	if got != nil {
		t.Errorf("the cache holds %q", got)
	}
}

// Each row is a page that a server sends.
func TestHostilePages(t *testing.T) {
	const not = "the page of demo: it is not what PEP 691 describes: "
	tests := []struct{ name, body, want, err string }{
		{"nested lists", `{"files": [], "a": ` + strings.Repeat("[", 1<<20), "", not + `jsontext: exceeded max depth within "/a/` +
			strings.Repeat("0/", 23) + "…" + strings.Repeat("/0", 25) + `" after offset 10018`},
		{"nested objects", `{"files": [{"hashes": ` + strings.Repeat(`{"a":`, 1<<20), "", not + `jsontext: exceeded max depth within "/files/0/hashes/` +
			strings.Repeat("a/", 17) + "…" + strings.Repeat("/a", 25) + `" after offset 50007`},
		{"names in another case", `{"FILES": 1, "files": [{"URL": 1, "url": "demo-1.0.tar.gz"}]}`, "demo-1.0.tar.gz", ""},
		{"the same name with an escape", `{"files": [{"url": "demo-1.0.tar.gz", "\u0075rl": "demo-2.0.tar.gz"}]}`, "demo-1.0.tar.gz", ""},
		{"not UTF-8", "{\"files\": [{\"url\": \"demo-1.0\xff.tar.gz\"}, {\"url\": \"demo-2.0.tar.gz\", \"yanked\": \"\xc3(\"}]}", "demo-2.0.tar.gz", ""},
		{"half a character", `{"files": [{"url": "demo-1.0\ud800.tar.gz"}, {"url": "demo-2.0.tar.gz"}]}`, "demo-2.0.tar.gz", ""},
		{"large number", `{"files": [], "a": ` + strings.Repeat("9", 1<<20) + "}", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t)
			index.Fault("/simple/demo/", 0, pypitest.JSON(test.body))
			p, err := client(t, index, Options{}).Project(t.Context(), "demo")
			if got := errorText(err); got != test.err {
				t.Errorf("error %q, want %q", got, test.err)
			}
			if err == nil && filenames(p) != test.want {
				t.Errorf("got %q, want %q", filenames(p), test.want)
			}
			if got := len(index.Requests()); got != 1 {
				t.Errorf("%d requests, want 1", got)
			}
		})
	}
}

func TestManyFiles(t *testing.T) {
	const many = 100_000
	var b strings.Builder
	b.WriteString(`{"files": [{}`)
	for i := range many {
		fmt.Fprintf(&b, `,{"url":"/demo-%d-py3-none-any.whl"}`, i)
	}
	b.WriteString("]}")
	index := pypitest.New(t)
	index.Fault("/simple/demo/", 0, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Cache-Control", "max-age=600")
		pypitest.JSON(b.String())(w, r, next)
	})
	folder := t.TempDir()
	for _, state := range []string{"asked", "kept"} {
		c := client(t, index, Options{CacheDir: folder})
		var p *Project
		if bytes := allocated(func() { p = project(t, c) }); bytes > 256*mebibyte {
			t.Errorf("%s: allocated %d MiB", state, bytes/mebibyte)
		}
		last := p.Files(&p.Releases[0])[0]
		got := []any{len(p.All()), p.Ignored, last.Version.String(), last.URL}
		if diff := cmp.Diff([]any{many, 1, fmt.Sprint(many - 1), fmt.Sprintf("%s/demo-%d-py3-none-any.whl", index.Origin, many-1)}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
	}
	if got := len(index.Requests()); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}

// Relative URLs become longer by the URL of the page.
func TestGrowingPage(t *testing.T) {
	moved := "/simple/demo/" + strings.Repeat("a", 10_000) + "/"
	index := pypitest.New(t)
	index.Fault("/simple/demo/", 0, pypitest.Redirect(moved))
	index.Fault(moved, 0, pypitest.JSON(`{"files": [{}`+strings.Repeat(`,{"url":"demo-1.0.zip"}`, 10_000)+`]}`))
	c := client(t, index, Options{Limits: Limits{Page: mebibyte}})
	var err error
	if bytes := allocated(func() { _, err = c.Project(t.Context(), "demo") }); bytes > 32*mebibyte {
		t.Errorf("allocated %d MiB", bytes/mebibyte)
	}
	if got, want := errorText(err), "the page of demo is larger than 1048576 bytes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
