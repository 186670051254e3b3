package pypitest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/pypitest"
)

// The reasons for another answer than pip's.
const (
	contained   = "a fault of one file is that file's: it is ignored, where pip ends"
	nullAbsent  = "null is the same as absence, everywhere"
	noTime      = "an invalid time counts as not stated, so that the file is too young for an update, where pip ends"
	noDigest    = "an invalid digest makes its file unusable; pip looks at it only when it installs the file, and then ends"
	firstOne    = "of a member that stands twice the first counts; Python's parser takes the last"
	fallsBack   = "the metadata are read out of the wheel instead"
	onPath      = ".metadata is appended to the path, before the query"
	strongest   = "only SHA-256 is verified"
	newMajor    = "PEP 629 tells clients to refuse a greater major version; pip does not look"
	notJSON     = "this is not JSON: the index has a fault, and an error says which; Python's parser takes it"
	onlyJSON    = "only the JSON form is read, which an error says; to pip the project then has no releases"
	tolerant    = "invalid UTF-8 is replaced or read as Latin-1, since it affects one text, where pip ends"
	noFiles     = "a page without files is a project without releases, where pip ends"
	notStatic   = "the requirements are known only to the build, which is never run: a person states them under metadata:"
	notRun      = "the static metadata are read; pip runs the build, which fails"
	leavesOut   = "nothing is unpacked, so that a member which would lie outside is left out; pip refuses the archive"
	notLZMA     = "the format before xz is not read, and no index takes it: a release with unreadable metadata"
	dotted      = "a leading ./ means nothing; pip takes it for a folder and finds no project"
	notFollowed = "only links between PKG-INFO and requires.txt are followed, since other members are not kept"
	staticOnly  = "requires.txt is what is read; pip runs setup.py, which states something else"
)

// text is a text of a table and the reason for another answer than pip's, if it is one.
type text struct{ served, why string }

// with returns texts with one reason.
func with(why string, served ...string) []text {
	var texts []text
	for _, s := range served {
		texts = append(texts, text{s, why})
	}
	return texts
}

// files are the members of the file demo 2.0 on the page of demo. Their macros are those of the function expand. Members
// that are not mentioned are as usual, unless the row begins with `only `.
var files = slices.Concat(with("",
	// the URL and the name
	`only "hashes": {}`, `"url": null`, `"url": ""`, `only "filename": "$F", "url": "$U"`, `only "url": "$U"`, `"url": "../../files/demo/$F"`, `"url": "$O$U"`,
	`"url": "$U/"`, `"url": " $U "`, `"url": "/files/demo/demo%2D2.0-py3-none-any.whl"`, `"url": "/files/demo/./$F"`, `"url": "/files/demo/"`,
	`"url": "$U#"`, `"url": "$U#sha256=$S"`, `"url": "$U#sha256=$S", "hashes": {}`, `"url": "$U#sha256=$S", "hashes": null`, `"url": "$U#sha256=$S", "hashes": {"sha256": "$Z"}`,
	`"url": "$U#md5=12"`, `"url": "$U#egg=demo-2.0"`, `"url": "$U#a=b&sha256=$S"`, `"url": "/files/demo/demo-2.0.exe"`, `"url": "/files/demo/demo-2.0-py3-none-any.WHL"`,
	`"url": "/files/demo/other-2.0-py3-none-any.whl"`, `"url": "/files/demo/demo-x-py3-none-any.whl"`, `"url": "/files/demo/demo-2.0-py2-none-any.whl"`,
	`"filename": null, "url": "$U"`, `"filename": 5`, `"filename": "other-9.0-py3-none-any.whl"`, `"filename": "demo-3.0-py3-none-any.whl"`, `"filename": ""`, `"URL": 5, "url": "$U"`,
	// digests
	`"hashes": null`, `"hashes": {}`, `"hashes": {"sha256": "$S"}`, `"hashes": {"md5": "x"}`, `"hashes": {"SHA256": "x"}`, `"hashes": {"blake2b": 5}`,
	`"hashes": {"sha256": "$Z"}`,
	// requires-python
	`"requires-python": null`, `"requires-python": ""`, `"requires-python": ">=3"`, `"requires-python": "<3"`, `"requires-python": " >=3 "`, `"requires-python": ">=3,"`,
	`"requires-python": ">=4.*"`, `"requires-python": "nonsense"`, `"requires-python": ">=3 <4"`, `"requires-python": false`, `"requires-python": 0`, `"requires-python": []`,
	`"requires-python": {}`, `"requires-python": "~=3.8"`, `"requires-python": "==2.7.*"`, `"requires-python": ">=4 || <3"`,
	// yanked
	`"yanked": null`, `"yanked": true`, `"yanked": false`, `"yanked": ""`, `"yanked": " "`, `"yanked": "true"`, `"yanked": "false"`, `"yanked": 0`, `"yanked": 0.0`, `"yanked": 1`,
	`"yanked": []`, `"yanked": [ ]`, `"yanked": ["x"]`, `"yanked": {}`, `"yanked": {"reason": ""}`, `"yanked": "\u0000\u202e"`,
	// metadata beside the file
	`"core-metadata": null`, `"core-metadata": true`, `"core-metadata": false`, `"core-metadata": "true"`, `"core-metadata": "false"`, `"core-metadata": ""`, `"core-metadata": " "`,
	`"core-metadata": 0`, `"core-metadata": 1`, `"core-metadata": []`, `"core-metadata": ["x"]`, `"core-metadata": {}`, `"core-metadata": {"md5": "$M"}`,
	`"core-metadata": {"blake2b": "x"}`, `"core-metadata": {"sha256": "$C"}`, `only "url": "$U", "dist-info-metadata": null`, `only "url": "$U", "dist-info-metadata": "true"`,
	`only "url": "$U", "dist-info-metadata": {"sha256": "$C"}`, `only "url": "$U", "data-dist-info-metadata": {"sha256": "$Z"}`, `"core-metadata": null, "dist-info-metadata": {"sha256": "$C"}`,
	`"core-metadata": {"sha256": "$C"}, "dist-info-metadata": {"sha256": "$Z"}`, `"dist-info-metadata": {"sha256": 5}, "core-metadata": {"sha256": "$C"}`,
	`"core-metadata": false, "dist-info-metadata": {"sha256": "$Z"}`, `"dist-info-metadata": {"sha256": "$Z"}, "core-metadata": false`, `"core-metadata": {"sha256": "$Z"}`,
	// the rest
	`"upload-time": null`, `"upload-time": ""`, `"upload-time": false`, `"upload-time": 0`, `"upload-time": "2020-01-01"`, `"upload-time": "2020-01-01T00:00:00"`,
	`"upload-time": "2020-01-01T00:00:00Z"`, `"upload-time": "2020-01-01T00:00:00+02:00"`, `"upload-time": "2020-01-01 00:00:00.123456789Z"`,
	`"size": null`, `"size": "x"`, `"size": -1`, `"size": 1e400`, `"gpg-sig": null`, `"gpg-sig": 5`, `"provenance": {"a": [{}]}`, `"unknown": null`, `"": 5`,
	`"yanked": false, "yanked": false`, `"url": "$U", "url": "$U"`,
),
	with(contained, `"url": 5`, `"url": false`, `"url": ["$U"]`, `"url": {}`, `"url": "https://[::1/$F"`, `"hashes": "sha256=$S"`, `"hashes": []`, `"hashes": 5`, `"hashes": true`, `"hashes": false`,
		`"requires-python": 3`, `"requires-python": true`, `"requires-python": {"a": 1}`, `"upload-time": 5`, `"upload-time": {"a": 1}`,
		`"core-metadata": {"sha256": 5}`),
	with(noDigest, `"hashes": {"sha256": "12"}`, `"hashes": {"sha256": ""}`, `"hashes": {"sha256": 5}`, `"hashes": {"sha256": ["$S"]}`, `"url": "$U#sha256=12"`, `"core-metadata": {"sha256": "12"}`,
		`"core-metadata": {"sha256": ""}`, `"core-metadata": {"sha256": ["$C"]}`),
	with(firstOne, `"requires-python": "<3", "requires-python": ">=3"`, `"requires-python": ">=3", "requires-python": "<3"`, `"yanked": true, "yanked": false`,
		`"url": "$U", "url": "/files/demo/demo-3.0-py3-none-any.whl"`, `"core-metadata": {"sha256": "$C", "sha256": "$Z"}`, `"core-metadata": {"sha256": "$C"}, "core-metadata": {"sha256": "$Z"}`,
		`"url": "$U", "url": null`),
	with(nullAbsent, `"hashes": {"sha256": null}`),
	with(noTime, `"upload-time": "yesterday"`),
	with(onPath, `"url": "$U?a=1"`),
	with(fallsBack, `"core-metadata": true, "url": "/files/bare/$F"`),
	with(strongest, `"core-metadata": {"sha512": "12"}`),
	with("", `"core-metadata": {"sha512": "12", "sha256": "$C"}`, `"url": "http://127.0.0.2:1/$F"`, `"url": "ftp://127.0.0.1:1/$F"`, `"url": "file:///nowhere/$F"`),
)

// entries are entries of the list of files in place of demo 2.0.
var entries = slices.Concat(with("", `{}`, `{"filename": "$F"}`, `{"url": null, "url": null}`),
	with(contained, `null`, `5`, `"$F"`, `[]`, `[{}]`, `true`))

// pages are whole pages. $L and $N are the usual entries of demo 1.0 and 2.0.
var pages = slices.Concat(with("",
	`{"files": [$L, $N]}`, `{"meta": null, "name": null, "files": [$L, $N]}`, `{"meta": {}, "files": [$L, $N]}`, `{"meta": [], "files": [$L, $N]}`, `{"meta": "1.0", "files": [$L, $N]}`,
	`{"meta": {"api-version": null}, "files": [$L, $N]}`, `{"meta": {"api-version": 1}, "files": [$L, $N]}`, `{"meta": {"api-version": 1.0}, "files": [$L, $N]}`,
	`{"meta": {"api-version": "1.99"}, "files": [$L, $N]}`, `{"meta": {"api-version": "x"}, "files": [$L, $N]}`, `{"meta": {"api-version": true}, "files": [$L, $N]}`,
	`{"meta": {"api-version": [2]}, "files": [$L, $N]}`, `{"meta": {"api-version": "0.1"}, "files": [$L, $N]}`,
	`{"meta": {"api-version": "1.0", "_last-serial": "x"}, "files": [$L, $N]}`, `{"name": "other", "files": [$L, $N]}`, `{"name": 5, "files": [$L, $N]}`,
	`{"versions": null, "files": [$L, $N]}`, `{"versions": "x", "files": [$L, $N]}`, `{"versions": ["9.0"], "files": [$L, $N]}`, `{"alternate-locations": null, "files": [$L, $N]}`,
	`{"project-status": null, "files": [$L, $N]}`, `{"project-status": "active", "files": [$L, $N]}`, `{"project-status": {"status": null}, "files": [$L, $N]}`,
	`{"project-status": {"status": 5, "reason": []}, "files": [$L, $N]}`, `{"project-status": {"status": "archived"}, "files": [$L, $N]}`, `{"project-status": [], "files": [$L, $N]}`,
	`{"unknown": [{}], "files": [$L, $N], "unknown": 5}`, "{\"files\": [$L, $N]}\n \t", "\ufeff{\"files\": [$L, $N]}", `{"files": []}`, `{}`, `{"meta": {"api-version": "1.0"}}`,
	`{"files": {}}`, `{"files": ""}`, `{"files": [$L, $N, $N]}`, `{"files": [$N, $L]}`, `{"FILES": [], "files": [$L, $N]}`, `{"\u0066iles": [$L, $N]}`,
),
	with("", ``, ` `, `null`, `5`, `"x"`, `[]`, `[$L, $N]`, `{"files": [$L, $N]`, `{"files": [$L, $N],}`, `{"files": [$L $N]}`, `{"files": [$L, $N]} {}`, `{'files': []}`, `{"files": "x"}`,
		`{"files": 5}`, `{"files": true}`, `{"files": {"a": 1}}`, "{\"files\": [$L, $N], \"a\": \"\x01\"}", `<!DOCTYPE html>`, `{"files": [$L, $N], "a": "\x"}`),
	with(notJSON, `{"files": [$L, $N], "a": NaN}`, `{"files": [$L, $N], "a": -Infinity}`),
	with(noFiles, `{"files": null}`, `{"files": false}`),
	with(newMajor, `{"meta": {"api-version": "2.0"}, "files": [$L, $N]}`, `{"meta": {"api-version": 2}, "files": [$L, $N]}`, `{"meta": {"api-version": "10"}, "files": [$L, $N]}`),
	with(firstOne, `{"files": [$L, $N], "files": [$L]}`, `{"files": [$L], "files": [$L, $N]}`),
	with(tolerant, "{\"files\": [$L, $N], \"a\": \"\xff\"}"),
)

// contentTypes are the values of Content-Type of the page, separated by newlines if there are several.
var contentTypes = slices.Concat(with("",
	json1, json1+";", json1+"; charset", json1+"; charset=", json1+`; charset="utf-8`, json1+"; =x", json1+";;", json1+"; a=b; a=c", json1+", text/html", json1+"\ntext/html",
	strings.ToUpper(json1), json1+" ", json1+"x", json1+"; charset=latin-1"),
	with(onlyJSON, "", "text/html", "text/html\n"+json1, "application/json", "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+json", "x/y"),
)

const json1 = "application/vnd.pypi.simple.v1+json"

// metadata are texts of the METADATA of demo 2.0. Those that do not begin with Metadata-Version follow one.
var metadata = slices.Concat(with("",
	"Name: demo\nVersion: 2.0\nRequires-Dist: six\n", "Name: Demo\nVersion: 2\nRequires-Dist: six\n", "Name: demo\nName: other\nVersion: 2.0\nRequires-Dist: six\n",
	"Name: other\nName: demo\nVersion: 2.0\n", "Name:\nVersion: 2.0\n", "Name: \nName: demo\nVersion: 2.0\n", "Name: other\nVersion: 2.0\n", "Name: demo \nVersion: 2.0\n", "Name: d_e\nVersion: 2.0\n",
	"Name: demo\nVersion: 2.0\nVersion: 3.0\n", "Name: demo\nVersion: 3.0\nVersion: 2.0\n", "Name: demo\nVersion: 3.0\n", "Name: demo\nVersion: v2.0.0\n", "Name: demo\nVersion:  2.0 \n",
	"Name: demo\nVersion: 2.0+local\n", "Name: demo\nVersion: 2.0\nRequires-Python: <3\nRequires-Python: >=3\n", "Name: demo\nVersion: 2.0\nRequires-Python: >=3\nRequires-Python: <3\n",
	"Name: demo\nVersion: 2.0\nRequires-Python:\nRequires-Python: <3\n", "Name: demo\nVersion: 2.0\nRequires-Python: nonsense\n", "Name: demo\nVersion: 2.0\nRequires-Python: >=3 \n <4\n",
	"Name: demo\nVersion: 2.0\nRequires-Python: <3\n", "Name: demo\nVersion: 2.0\nRequires-Dist: b_>=1\n", "Name: demo\nVersion: 2.0\nRequires-Dist: b.\n", "Name: demo\nVersion: 2.0\nRequires-Dist: s.i-x_\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: SIX\n", "Name: demo\nVersion: 2.0\nRequires-Dist: _six\n", "Name: demo\nVersion: 2.0\nRequires-Dist: nowhere\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six>dev\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: six (>=1)\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six>=1,\n", "Name: demo\nVersion: 2.0\nRequires-Dist:\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six;\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: six; python_version<'3'\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six; extra=='x'\n", "Name: demo\nVersion: 2.0\nRequires-Dist: a b; extra=='x'\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: six\n  >=1\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six\nRequires-Dist: six\n", "Name: demo\nVersion: 2.0\nRequires-Dist: demo\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: demo[x]\nProvides-Extra: x\nRequires-Dist: six; extra == 'x'\n", "NAME: demo\nVERSION: 2.0\nREQUIRES-DIST: six\n",
	"Name: demo\r\nVersion: 2.0\r\nRequires-Dist: six\r\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six", "Name: demo\nVersion: 2.0\n\nRequires-Dist: six\n", "Name: demo\nVersion: 2.0\nno header\nRequires-Dist: six\n",
	"Name: demo\nVersion: 2.0\nDynamic: Requires-Dist\nRequires-Dist: six\n", "Name: demo\nVersion: 2.0\nRequires: six\n",
	"Metadata-Version: 99.0\nName: demo\nVersion: 2.0\nRequires-Dist: six\n", "Metadata-Version: x\nName: demo\nVersion: 2.0\nRequires-Dist: six\n", "Metadata-Version:\nName: demo\nVersion: 2.0\nRequires-Dist: six\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: six\nMetadata-Version: 2.1\nMetadata-Version: 2.1\n", "Name: demo\nVersion: 2.0\nRequires-Dist: six; os.name=='posix'\n",
	"Name: demo\nVersion: 2.0\nRequires-Dist: six; unknown=='x'\n", "<!DOCTYPE html>\n", ""),
	with(contained, "Name: demo\nVersion: banana\n", "Name: demo\nVersion:\n", "Name: demo\n", "\ufeffName: demo\nVersion: 2.0\n", "Version: 2.0\nRequires-Dist: six\n"),
	with(tolerant, "Name: demo\nVersion: 2.0\nSummary: \xe9\nRequires-Dist: six\n"),
)

// allQuirks returns the quirks of all kinds.
func allQuirks() []quirk {
	var all []quirk
	add := func(kind, where string, t text, serve func(tb testing.TB) *pypitest.Server) {
		all = append(all, quirk{kind, where, t.served, t.why, serve})
	}
	for _, t := range files {
		for _, where := range []string{"newest", "only", "older"} {
			add("file", where, t, func(tb testing.TB) *pypitest.Server { return servePage(tb, placed(where, fileEntry(t.served))) })
		}
	}
	for _, t := range entries {
		for _, where := range []string{"newest", "only", "older"} {
			add("entry", where, t, func(tb testing.TB) *pypitest.Server { return servePage(tb, placed(where, t.served)) })
		}
	}
	for _, t := range pages {
		add("page", "whole", t, func(tb testing.TB) *pypitest.Server { return servePage(tb, t.served) })
	}
	for _, t := range contentTypes {
		add("Content-Type", "page", t, func(tb testing.TB) *pypitest.Server {
			return servePage(tb, `{"files": [$L, $N]}`, strings.Split(t.served, "\n")...)
		})
	}
	for _, t := range metadata {
		for _, where := range []string{"served", "in the wheel"} {
			add("metadata", where, t, func(tb testing.TB) *pypitest.Server { return serveMetadata(tb, where, t.served) })
		}
	}
	for _, s := range sdists() {
		add("sdist", s.where, s.text, func(tb testing.TB) *pypitest.Server { return pypitest.New(tb, demoOf(s.files...), six) })
	}
	for _, r := range ranges {
		add("range", "wheel", r.text, func(tb testing.TB) *pypitest.Server {
			wheel := pypitest.Wheel("demo", "2.0", "Requires-Dist: six")
			wheel.Core = pypitest.CoreDenied
			wheel.Members = slices.Insert(wheel.Members, 0, pypitest.Member{Name: "demo/data", Padding: 200_000})
			if r.first {
				slices.Reverse(wheel.Members)
			}
			index := pypitest.New(tb, demoOf(wheel), six)
			index.Fault("/files/demo/demo-2.0-*", 0, r.fault)
			return index
		})
	}
	return all
}

// six is a project that demo 2.0 requires.
var six = pypitest.Project{Name: "six", Files: []pypitest.File{pypitest.Wheel("six", "1.0")}}

// demoOf returns demo with a usual release 1.0 and other files.
func demoOf(files ...pypitest.File) pypitest.Project {
	return pypitest.Project{Name: "demo", Files: append([]pypitest.File{pypitest.Wheel("demo", "1.0")}, files...)}
}

// usual members of an entry. They are added where an entry does not mention them.
var usual = []struct{ name, member string }{
	{`"filename"`, `"filename": "$F"`}, {`"url"`, `"url": "$U"`}, {`"hashes"`, `"hashes": {"sha256": "$S"}`}, {`"core-metadata"`, `"core-metadata": {"sha256": "$C"}`},
}

// fileEntry returns an entry with the given members and the usual ones.
func fileEntry(members string) string {
	if rest, only := strings.CutPrefix(members, "only "); only {
		return "{" + rest + "}"
	}
	for _, u := range usual {
		if !strings.Contains(members, u.name) {
			members += ", " + u.member
		}
	}
	return "{" + members + "}"
}

// placed returns a page with an entry for demo 2.0, or for 1.0 if it is the older one.
func placed(where, entry string) string {
	entry = strings.NewReplacer("$F", "demo-2.0-py3-none-any.whl").Replace(entry)
	switch where {
	case "newest":
		return `{"files": [$L, ` + entry + `]}`
	case "only":
		return `{"files": [` + entry + `]}`
	default:
		return `{"files": [` + entry + `, $3]}`
	}
}

// servePage serves a page of demo. Its macros: of the wheel 2.0 $F is the name, $U the path, $S the digest, $C that of its
// metadata and $M their MD5; $L, $N and $3 are the usual entries of 1.0, 2.0 and 3.0, $O is the origin, $Z another digest.
func servePage(tb testing.TB, page string, contentTypes ...string) *pypitest.Server {
	demo := demoOf(pypitest.Wheel("demo", "2.0", "Requires-Dist: six"), pypitest.Wheel("demo", "3.0"))
	bare := pypitest.Project{Name: "bare", Files: []pypitest.File{pypitest.Wheel("demo", "2.0", "Requires-Dist: six")}}
	bare.Files[0].Core = pypitest.CoreMissing
	index := pypitest.New(tb, demo, bare, six)
	expand := func(version, s string) string {
		f := pypitest.Wheel("demo", version)
		if version == "2.0" {
			f = demo.Files[1]
		}
		return strings.NewReplacer("$F", f.Filename, "$U", "/files/demo/"+f.Filename, "$S", digest(pypitest.Zip(f.Members...)), "$C", digest([]byte(f.Metadata)),
			"$M", md5sum(f.Metadata), "$O", index.Origin, "$Z", strings.Repeat("0", 64)).Replace(s)
	}
	for macro, version := range map[string]string{"$L": "1.0", "$N": "2.0", "$3": "3.0"} {
		page = strings.ReplaceAll(page, macro, expand(version, fileEntry(`"size": 1000`)))
	}
	page = expand("2.0", page)
	if contentTypes == nil {
		contentTypes = []string{json1}
	}
	index.Fault("/simple/demo/", 0, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header()["Content-Type"] = contentTypes
		_, _ = w.Write([]byte(page))
	})
	return index
}

// serveMetadata serves metadata of demo 2.0, beside the wheel or in it.
func serveMetadata(tb testing.TB, where, text string) *pypitest.Server {
	if !strings.HasPrefix(text, "Metadata-Version") && text != "" && !strings.HasPrefix(text, "<") {
		text = "Metadata-Version: 2.1\n" + text
	}
	wheel := pypitest.Wheel("demo", "2.0")
	wheel.Metadata, wheel.Members[0].Text, wheel.Core = text, text, pypitest.CoreDigest
	if where == "in the wheel" {
		wheel.Core = pypitest.CoreDenied
	}
	return pypitest.New(tb, demoOf(wheel), six)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// A rangeQuirk is a server that is odd about Range requests. first tells that the metadata come first in the wheel.
type rangeQuirk struct {
	text
	first bool
	fault pypitest.Fault
}

// refusing answers range requests with a status.
func refusing(status int) pypitest.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Header.Get("Range") != "" {
			w.WriteHeader(status)
			return
		}
		next.ServeHTTP(w, r)
	}
}

var ranges = []rangeQuirk{
	{text{"as usual", ""}, false, pypitest.Latency(0)}, {text{"as usual, metadata first", ""}, true, pypitest.Latency(0)},
	{text{"the whole file", ""}, false, pypitest.WithoutRange()}, {text{"the whole file, metadata first", ""}, true, pypitest.WithoutRange()},
	{text{"Content-Range: bytes A-B/*", ""}, false, pypitest.ContentRange("bytes A-B/*")}, {text{"Content-Range: bytes A-B/*, metadata first", ""}, true, pypitest.ContentRange("bytes A-B/*")},
	{text{"no Content-Range", ""}, false, pypitest.ContentRange("")}, {text{"no Content-Range, metadata first", ""}, true, pypitest.ContentRange("")},
	{text{"Content-Range: x", ""}, false, pypitest.ContentRange("x")}, {text{"Content-Range: bytes A-B", ""}, false, pypitest.ContentRange("bytes A-B")},
	{text{"Content-Range: bytes */200000", ""}, false, pypitest.ContentRange("bytes */200000")}, {text{"Content-Range: bytes B-A/9", ""}, false, pypitest.ContentRange("bytes B-A/9")},
	{text{"Content-Range: items A-B/9", ""}, false, pypitest.ContentRange("items A-B/9")},
	{text{"400", ""}, false, refusing(400)}, {text{"405", ""}, false, refusing(405)}, {text{"406", ""}, false, refusing(406)}, {text{"416", ""}, false, refusing(416)}, {text{"501", ""}, false, refusing(501)},
}
