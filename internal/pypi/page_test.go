package pypi

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep440"
	"toxgen/internal/pypitest"
)

const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// readPage parses a page as if it came from an index and decodes the resulting record.
func readPage(name, body string) (*keptPage, error) {
	from := &url.URL{Scheme: "https", Host: "index.example", Path: "/simple/" + name + "/"}
	a := &answer{url: from, header: http.Header{}, body: &limited{reader: strings.NewReader(body), left: 64 * mebibyte}}
	record, err := parsePage(name, a)
	if err != nil {
		return nil, err
	}
	return decodePage(name, record)
}

// Each row is a file of the project demo in the JSON of a page.
func TestPageFile(t *testing.T) {
	const (
		filename = "demo-1.0-py3-none-any.whl"
		place    = "https://index.example/" + filename
		name     = `"url": "/` + filename + `"`
	)
	demo := func(change func(*File)) File {
		f := File{Filename: filename, URL: place}
		f.classify("demo")
		if change != nil {
			change(&f)
		}
		return f
	}
	at := time.Date(2026, 8, 10, 4, 0, 0, 123456000, time.UTC)
	tests := []struct {
		name, in string
		want     File
	}{
		{"least", name, demo(nil)},
		{"unknown members", name + `, "filename": 5, "size": "x", "gpg-sig": true, "provenance": {"a": [1, {}]}`, demo(nil)},
		{"URL elsewhere", `"url": "https://files.example/` + filename + `"`, demo(func(f *File) { f.URL = "https://files.example/" + filename })},
		{"relative URL", `"url": "../../files/` + filename + `"`, demo(func(f *File) { f.URL = "https://index.example/files/" + filename })},
		{"URL without a scheme", `"url": "//files.example/` + filename + `"`, demo(func(f *File) { f.URL = "https://files.example/" + filename })},
		{"URL with escapes", `"url": "/a%2Fdemo%2d1.0-py3-none-any.whl"`, demo(func(f *File) { f.URL = "https://index.example/a%2Fdemo%2d1.0-py3-none-any.whl" })},
		{"URL with a query", `"url": "/` + filename + `?a=/b"`, demo(func(f *File) { f.URL = place + "?a=/b" })},
		{"URL that ends with a slash", `"url": "/` + filename + `/"`, demo(func(f *File) { f.URL = place + "/" })},
		{"URL with dots", `"url": "/a/../b/./` + filename + `"`, demo(func(f *File) { f.URL = "https://index.example/b/" + filename })},
		{"URL elsewhere with dots", `"url": "https://files.example/a/../` + filename + `"`, demo(func(f *File) { f.URL = "https://files.example/" + filename })},
		{"URL with a port", `"url": "https://files.example:8443/` + filename + `"`, demo(func(f *File) { f.URL = "https://files.example:8443/" + filename })},
		{"URL with credentials", `"url": "https://user:secret@index.example/` + filename + `"`, demo(nil)},
		{"URL twice", `"url": "/` + filename + `", "url": "/demo-2.0-py3-none-any.whl"`, demo(nil)},
		{"digest", name + `, "hashes": {"md5": "12", "sha256": "` + sum + `"}`, demo(func(f *File) { f.SHA256 = sum })},
		{"digest in upper case", name + `, "hashes": {"sha256": "` + strings.ToUpper(sum) + `"}`, demo(func(f *File) { f.SHA256 = sum })},
		{"digest twice", name + `, "hashes": {"sha256": "` + sum + `", "sha256": "12"}`, demo(func(f *File) { f.SHA256 = sum })},
		{"digest null", name + `, "hashes": {"sha256": null}`, demo(nil)},
		{"digest in the URL", `"url": "/` + filename + `#sha256=` + sum + `"`, demo(func(f *File) { f.SHA256 = sum })},
		{"digest in the URL, too", `"hashes": {"sha256": "` + strings.Repeat("0", 64) + `"}, "url": "/` + filename + `#a=b&sha256=` + strings.ToUpper(sum) + `&c"`,
			demo(func(f *File) { f.SHA256 = sum })},
		{"another digest in the URL", name[:len(name)-1] + `#md5=12&sha256=34", "hashes": {"sha256": "` + sum + `"}`, demo(func(f *File) { f.SHA256 = sum })},
		{"no digest in the URL", name[:len(name)-1] + `#egg=demo"`, demo(nil)},
		{"no digest", name + `, "hashes": {}`, demo(nil)},
		{"digests null", name + `, "hashes": null`, demo(nil)},
		{"requires-python", name + `, "requires-python": ">=3.8"`, demo(func(f *File) { f.RequiresPython = ">=3.8" })},
		{"escapes", name + `, "requires-python": "\u003e=3.8"`, demo(func(f *File) { f.RequiresPython = ">=3.8" })},
		{"escapes in a name", `"\u0075rl": "/` + filename + `"`, demo(nil)},
		{"requires-python null", name + `, "requires-python": null`, demo(nil)},
		{"requires-python false", name + `, "requires-python": false`, demo(nil)},
		{"requires-python twice", name + `, "requires-python": ">=3.8", "requires-python": 5`, demo(func(f *File) { f.RequiresPython = ">=3.8" })},
		{"yanked", name + `, "yanked": true`, demo(func(f *File) { f.Yanked = true })},
		{"yanked for a reason", name + `, "yanked": "broken \ud83d\udc0d"`, demo(func(f *File) { f.Yanked, f.YankedReason = true, "broken 🐍" })},
		{"half a character", name + `, "yanked": "\ud83d."`, demo(func(f *File) { f.Yanked, f.YankedReason = true, "\ufffd." })},
		{"not UTF-8", name + ", \"yanked\": \"\xff.\"", demo(func(f *File) { f.Yanked, f.YankedReason = true, "\ufffd." })},
		{"not yanked", name + `, "yanked": false`, demo(nil)},
		{"yanked for an empty reason", name + `, "yanked": ""`, demo(nil)},
		{"yanked null", name + `, "yanked": null`, demo(nil)},
		{"yanked 0", name + `, "yanked": -0.0e5`, demo(nil)},
		{"yanked 1", name + `, "yanked": 1`, demo(func(f *File) { f.Yanked = true })},
		{"yanked for a reason that says no", name + `, "yanked": "false"`, demo(func(f *File) { f.Yanked, f.YankedReason = true, "false" })},
		{"yanked, an empty list", name + `, "yanked": [ ]`, demo(nil)},
		{"yanked, an object", name + `, "yanked": {"a": 1}`, demo(func(f *File) { f.Yanked = true })},
		{"upload time", name + `, "upload-time": "2026-08-10T04:00:00.123456Z"`, demo(func(f *File) { f.Uploaded = at })},
		{"upload time elsewhere", name + `, "upload-time": "2026-08-10T06:00:00.123456+02:00"`, demo(func(f *File) { f.Uploaded = at })},
		{"upload time, finer", name + `, "upload-time": "2026-08-10T04:00:00.123456789Z"`, demo(func(f *File) { f.Uploaded = at })},
		{"upload time in the far future", name + `, "upload-time": "9999-12-31T23:59:59Z"`,
			demo(func(f *File) { f.Uploaded = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) })},
		{"invalid upload time", name + `, "upload-time": "yesterday"`, demo(nil)},
		{"upload time null", name + `, "upload-time": null`, demo(nil)},
		{"metadata", name + `, "core-metadata": true`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata with a digest", name + `, "core-metadata": {"sha256": "` + sum + `"}`,
			demo(func(f *File) { f.Core, f.CoreSHA256 = Advertised, sum })},
		{"metadata with other digests", name + `, "core-metadata": {"blake2b": "1"}`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata by the older name", name + `, "dist-info-metadata": {"sha256": "` + sum + `"}`,
			demo(func(f *File) { f.Core, f.CoreSHA256 = Advertised, sum })},
		{"metadata by both names", name + `, "dist-info-metadata": false, "core-metadata": true`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata by both names, other order", name + `, "core-metadata": true, "dist-info-metadata": false`,
			demo(func(f *File) { f.Core = Advertised })},
		{"metadata by the older name alone", name + `, "dist-info-metadata": {"sha256": "` + sum + `"}, "core-metadata": false`, demo(func(f *File) { f.Core = Absent })},
		{"metadata by the older name, the newer null", name + `, "dist-info-metadata": true, "core-metadata": null`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata by both names, the older unusable", name + `, "dist-info-metadata": {"sha256": 1}, "core-metadata": true`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata, a text", name + `, "core-metadata": "true"`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata, an empty text", name + `, "core-metadata": ""`, demo(func(f *File) { f.Core = Absent })},
		{"metadata, a blank", name + `, "core-metadata": " "`, demo(func(f *File) { f.Core = Advertised })},
		{"metadata with a digest null", name + `, "core-metadata": {"sha256": null}`, demo(func(f *File) { f.Core = Advertised })},
		{"no metadata", name + `, "core-metadata": false`, demo(func(f *File) { f.Core = Absent })},
		{"metadata null", name + `, "core-metadata": null`, demo(nil)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			kept, err := readPage("demo", `{"meta": {"api-version": "1.1"}, "name": "demo", "files": [{`+test.in+`}], "versions": ["1.0"]}`)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]*File{&test.want}, kept.project.All()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// Each row is an entry of the list of files that is unusable. The file beside it stays usable.
func TestUnusableFile(t *testing.T) {
	const name = `"url": "/demo-2.0-py3-none-any.whl"`
	for _, in := range []string{
		`5`, `null`, `"demo-2.0.tar.gz"`, `[]`, `{}`, `{"filename": "demo-2.0.tar.gz"}`,
		`{"url": null}`, `{"url": ""}`, `{"url": 5}`, `{"url": ["/demo-2.0.tar.gz"]}`, `{"url": "/"}`,
		`{"url": "/demo-2.0%zz.tar.gz"}`, `{"url": "https://index.example:x/demo-2.0.tar.gz"}`, `{"url": "https://[::1/demo-2.0.tar.gz"}`, `{"url": " /demo-2.0.tar.gz "}`, `{"url": "/a?b=/demo-2.0.tar.gz"}`, `{"url": "/a#/demo-2.0.tar.gz"}`,
		`{` + name + `, "hashes": "12"}`, `{` + name + `, "hashes": []}`, `{` + name + `, "hashes": {"sha256": 5}}`, `{` + name + `, "hashes": {"sha256": "12"}}`,
		`{` + name + `, "hashes": {"sha256": ""}}`, `{` + name + `, "hashes": {"sha256": "` + strings.Repeat("g", 64) + `"}}`, `{"url": "/demo-2.0-py3-none-any.whl#sha256=12"}`,
		`{` + name + `, "requires-python": 3}`, `{` + name + `, "upload-time": 5}`, `{` + name + `, "core-metadata": {"sha256": "12"}}`,
	} {
		kept, err := readPage("demo", `{"files": [`+in+`, {"url": "/demo-1.0.tar.gz"}]}`)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := filenames(kept.project); got != "demo-1.0.tar.gz" || kept.project.Ignored != 1 {
			t.Errorf("%s: the files are %s, %d ignored", in, got, kept.project.Ignored)
		}
	}
}

func TestPageFiles(t *testing.T) {
	in := `{"files": [
		{"url": "de_mo-1.0.tar.gz"}, {"url": "De.Mo-1.0-2b-py2.py3-none-any.whl"}, {"url": "de-mo-1.0-py3.9.tar.gz"},
		{"url": "de_mo-1.0-py2.7.egg"}, {"url": "de-mo-1.0.exe"}, {"url": "de-mo-1.0.tar.bz2"}, {"url": "de-mo-latest.zip"},
		{"url": "de_mo-x-py3-none-any.whl"}, {"url": "other-1.0-py3-none-any.whl"},
		{"url": "de_mo-1.0.post1.zip"}, {"url": "` + "de_mo-1.0+" + strings.Repeat("a", 300) + `.zip"}]}`
	kept, err := readPage("de-mo", in)
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ Version, Tags, Build, Python string }
	var got []row
	for _, f := range kept.project.All() {
		got = append(got, row{f.Version.String(), f.Tags, f.Build.Number + f.Build.Suffix, f.SdistPython})
		if f.Sdist != (f.Tags == "") {
			t.Errorf("%s: a source distribution: %t", f.Filename, f.Sdist)
		}
	}
	want := []row{{"1.0.post1", "", "", ""}, {"1.0", "", "", ""}, {"1.0", "py2.py3-none-any", "2b", ""}, {"1.0", "", "", "3.9"}, {"1.0", "", "", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got := kept.project.Ignored; got != 6 {
		t.Errorf("%d files ignored, want 6", got)
	}
}

// TestPageStatus checks the project status of PEP 792, stated or not.
func TestPageStatus(t *testing.T) {
	for _, c := range []struct{ in, status, reason string }{
		{`"files": []`, "", ""},
		{`"project-status": {"status": "quarantined", "reason": "mal\nware"}, "files": []`, "quarantined", "mal\nware"},
		{`"files": [], "project-status": {"reason": null, "status": "archived", "more": [1]}`, "archived", ""},
		{`"project-status": {}, "files": []`, "", ""},
		{`"project-status": null, "files": []`, "", ""},
		{`"project-status": "active", "files": []`, "", ""},
		{`"project-status": {"status": null, "reason": 1}, "files": []`, "", ""},
		{`"project-status": {"status": "archived", "status": "active"}, "project-status": {"status": "active"}`, "archived", ""},
	} {
		kept, err := readPage("demo", "{"+c.in+"}")
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if p := kept.project; p.Status != c.status || p.StatusReason != c.reason {
			t.Errorf("%s: got %q, %q", c.in, p.Status, p.StatusReason)
		}
	}
}

// Each row is a page that has a file, or none, in spite of its faults.
func TestOddPage(t *testing.T) {
	const file = `{"url": "/demo-1.0.tar.gz"}`
	for _, test := range []struct{ name, in, want string }{
		{"nothing", `{}`, ""},
		{"files null", `{"files": null}`, ""},
		{"files false", `{"files": {}}`, ""},
		{"files twice", `{"files": [` + file + `], "files": []}`, "demo-1.0.tar.gz"},
		{"a member twice", `{"a": 1, "files": [` + file + `], "a": 2}`, "demo-1.0.tar.gz"},
		{"a mark of the byte order", "\ufeff" + `{"files": [` + file + `]}`, "demo-1.0.tar.gz"},
		{"meta null", `{"meta": null, "files": [` + file + `]}`, "demo-1.0.tar.gz"},
		{"meta, a list", `{"meta": [5], "files": [` + file + `]}`, "demo-1.0.tar.gz"},
		{"version null", `{"meta": {"api-version": null}, "files": [` + file + `]}`, "demo-1.0.tar.gz"},
		{"version, a number", `{"meta": {"api-version": 1.0}, "files": [` + file + `]}`, "demo-1.0.tar.gz"},
		{"version that is none", `{"meta": {"api-version": "x"}, "files": [` + file + `]}`, "demo-1.0.tar.gz"},
		{"version twice", `{"meta": {"api-version": "1.4", "api-version": "2.0"}, "files": [` + file + `]}`, "demo-1.0.tar.gz"},
	} {
		t.Run(test.name, func(t *testing.T) {
			kept, err := readPage("demo", test.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := filenames(kept.project); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestInvalidPage(t *testing.T) {
	const not = "it is not what PEP 691 describes: "
	tests := []struct{ name, in, want string }{
		{"list", `[]`, not + "expected an object, found ["},
		{"string", `"files"`, not + "expected an object, found string"},
		{"files that are a text", `{"files": "demo-1.0.tar.gz"}`, not + "its files are not a list"},
		{"other version", `{"meta": {"api-version": "2.0"}, "files": []}`, not + `it has version "2.0" of the API, not 1`},
		{"other version, a number", `{"meta": {"api-version": 2}, "files": []}`, not + `it has version "2" of the API, not 1`},
		{"not JSON", `{"files": [}`, not + `jsontext: invalid character '}' at start of value within "/files/0" after offset 11`},
		{"too deep", `{"a": ` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
			not + `jsontext: exceeded max depth within "/a/` + strings.Repeat("0/", 23) + "…" + strings.Repeat("/0", 25) + `" after offset 10005`},
		{"more than a page", `{"files": []} {}`, not + "unexpected data after the page"},
		{"control characters", `{"files": [], "a": "` + "\x1b" + `"}`, not + `jsontext: invalid character '\x1b' in string (expecting non-control character) within "/a" after offset 20`},
		{"empty", ``, errTruncated.Error()},
		{"blank", ` `, errTruncated.Error()},
		{"cut in the middle", `{"files": [{"filename": "demo`, errTruncated.Error()},
		{"cut before the end", `{"files": []`, errTruncated.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readPage("demo", test.in)
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if errors.Is(err, errTruncated) != (test.want == errTruncated.Error()) {
				t.Errorf("%v: truncated: %t", err, errors.Is(err, errTruncated))
			}
		})
	}
}

func TestTooManyFiles(t *testing.T) {
	_, err := readPage("demo", `{"files": [{}`+strings.Repeat(",{}", maximumFiles)+`]}`)
	if got, want := errorText(err), "it is not what PEP 691 describes: it lists more than 500000 files"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A damaged record is an error, or has values within its limits.
func TestRecord(t *testing.T) {
	record := func(change func(*recordBuilder)) string {
		b := &recordBuilder{project: "demo", head: recordHead{"etag", "modified", "status", "reason"}}
		for _, one := range [][2]string{{"demo-1.0.tar.gz", ">=3.9"}, {"demo-2.0.zip", ">=3.9"}, {"demo-1.0.0.zip", ">=3.8"}, {"other-1.0.zip", ""}, {"demo-2.0.tar.gz", ">=3.9"}, {"demo-1.0.tgz", ">=3.9"}} {
			b.add(&fileRecord{filename: []byte(one[0]), url: []byte("https://a/" + one[0]), requiresPython: []byte(one[1]), uploaded: -1})
		}
		change(b)
		return b.record()
	}
	whole := record(func(*recordBuilder) {})
	kept, err := decodePage("demo", whole)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range kept.project.Releases {
		r := &kept.project.Releases[i]
		got = append(got, fmt.Sprintf("%s, mixed %t, %q, %d", r.Version, r.Mixed, r.RequiresPython, r.Count))
		for _, f := range kept.project.Files(r) {
			if want := time.UnixMicro(-1); !f.Uploaded.Equal(want) {
				t.Errorf("%s was uploaded %s, want %s", f.Filename, f.Uploaded, want)
			}
			got = append(got, f.Filename)
		}
	}
	want := []string{`2.0, mixed false, ">=3.9", 2`, "demo-2.0.zip", "demo-2.0.tar.gz", `1.0, mixed true, "", 3`, "demo-1.0.tar.gz", "demo-1.0.0.zip", "demo-1.0.tgz"}
	if diff := cmp.Diff(want, got); diff != "" || kept.project.Ignored != 1 || kept.etag != "etag" || kept.modified != "modified" {
		t.Errorf("%+v; releases (-want +got):\n%s", kept, diff)
	}
	one := func(b *recordBuilder) *releaseRecord { return b.releases["1"] }
	tests := []struct{ name, in string }{
		{"empty", ""},
		{"too many files", record(func(b *recordBuilder) { one(b).count = 1 << 30 })},
		{"more bytes", whole + "x"},
		{"cut", whole[:len(whole)-1]},
		{"releases out of order", record(func(b *recordBuilder) { one(b).version = pep440.MustParse("2.0") })},
		{"no version", strings.Replace(whole, "\x032.0", "\x03x.0", 1)},
		{"text longer than the record", strings.Replace(whole, "\x04etag", "\x7fetag", 1)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if kept, err := decodePage("demo", test.in); err == nil {
				t.Errorf("got %+v", kept.project)
			}
		})
	}
	for name, in := range map[string]string{
		"name longer than the URL": strings.Replace(whole, "\x0fdemo", "\x7fdemo", 1),
		"fewer files":              record(func(b *recordBuilder) { one(b).count = 1 }),
	} {
		kept, err := decodePage("demo", in)
		if err == nil && len(kept.project.All()) > 5 {
			t.Errorf("%s: got %d files", name, len(kept.project.All()))
		}
	}
}

// FuzzPage checks that a page from the cache is the same as the page itself.
func FuzzPage(f *testing.F) {
	f.Add("demo", `{"meta": {"api-version": "1.1"}, "files": [{"filename": "demo-1.0-py3-none-any.whl", "url": "/demo-1.0-py3-none-any.whl", "yanked": "why",
		"hashes": {"sha256": "`+sum+`"}, "core-metadata": {}, "upload-time": "2026-08-10T04:00:00Z", "requires-python": ">=3"}]}`)
	f.Add("demo", `{"files": [{"url": "/demo-1.0.tar.gz#sha256=`+sum+`", "url": 5, "yanked": [1], "core-metadata": null, "dist-info-metadata": "x"}, 7]}`)
	f.Add("demo", `{"files": [{"filename": "demo-1.0.tar.gz", "url": "https://a@b/demo-1.0.tar.gz", "dist-info-metadata": false}, {}]}`)
	for _, text := range pypitest.Recorded(f).Pages {
		f.Add(text.Project, string(text.Content))
	}
	f.Fuzz(func(t *testing.T, name, body string) {
		kept, err := readPage(name, body)
		if err != nil {
			return
		}
		var files []File
		for _, file := range kept.project.All() {
			if u, err := file.location(); err == nil && u.User != nil {
				t.Errorf("%s has credentials", file.URL)
			}
			if file.Version.IsZero() || file.Sdist == (file.Tags != "") || len(file.Filename) > maximumName ||
				file.SHA256 != "" && len(file.SHA256) != len(sum) {
				t.Errorf("%+v", file)
			}
			files = append(files, *file)
		}
		again := NewProject(name, files...)
		if diff := cmp.Diff(kept.project.All(), again.All()); diff != "" {
			t.Errorf("a page differs once it was kept (-before +after):\n%s", diff)
		}
		for i := range kept.project.Releases {
			if one := &kept.project.Releases[i]; len(kept.project.Files(one)) != one.Count {
				t.Errorf("release %s has %d files, not %d", one.Version, len(kept.project.Files(one)), one.Count)
			}
		}
	})
}

// FuzzRecord checks that a changed record is an error or a page that is not larger than the record.
func FuzzRecord(f *testing.F) {
	b := &recordBuilder{project: "demo", head: recordHead{etag: "etag", modified: "modified"}}
	f.Add(b.record())
	b.add(&fileRecord{[]byte("demo-1.0.tar.gz"), []byte("https://a/demo-1.0.tar.gz"), []byte(sum), nil, []byte(">=3"), []byte("why"), 1, true, Absent})
	f.Add(b.record())
	f.Add("")
	for _, text := range pypitest.Recorded(f).Pages {
		a := &answer{url: &url.URL{Scheme: "https", Host: "index.example"}, header: http.Header{}}
		a.body = &limited{reader: bytes.NewReader(text.Content), left: int64(len(text.Content))}
		record, err := parsePage(text.Project, a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record string) {
		kept, err := decodePage("demo", record)
		if err != nil {
			return
		}
		files := kept.project.All()
		if len(files) > len(record)/8 {
			t.Errorf("%d files in a record of %d bytes", len(files), len(record))
		}
		for _, file := range files {
			_, _ = file.location()
		}
	})
}
