package pypitest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ask makes a request with headers, such as `Range: bytes=-10`. It returns the text of the error if there is no answer.
func ask(tb testing.TB, s *Server, path string, headers ...string) (*http.Response, string) {
	tb.Helper()
	q, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, s.Origin+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		q.Header.Set(name, value)
	}
	client := s.http.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(q)
	if err != nil {
		return nil, "no answer"
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return response, string(body) + " and no more"
	}
	return response, string(body)
}

// pageOf returns the files of the page of a project.
func pageOf(tb testing.TB, s *Server, name string) []map[string]any {
	tb.Helper()
	_, body := ask(tb, s, "/simple/"+name+"/")
	var page struct{ Files []map[string]any }
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		tb.Fatalf("%s: %v", body, err)
	}
	return page.Files
}

func TestAnswers(t *testing.T) {
	wheel := Wheel("de-mo", "1.0", "Requires-Dist: six")
	size := len(Zip(wheel.Members...))
	s := New(t, Project{Name: "de-mo", Files: []File{wheel, Sdist(SdistStatic, "de-mo", "1.0")}})
	page, _ := ask(t, s, "/simple/de-mo/")
	tag := page.Header.Get("ETag")
	const file = "/files/de-mo/de_mo-1.0-py3-none-any.whl"
	tests := []struct {
		name, path, header string
		status             int
		want               []string // headers
	}{
		{"page", "/simple/de-mo/", "", 200, []string{"Content-Type: application/vnd.pypi.simple.v1+json", "Cache-Control: max-age=600, public"}},
		{"page of another spelling", "/simple/De.Mo", "", 200, nil},
		{"page that did not change", "/simple/de-mo/", "If-None-Match: " + tag, 304, []string{"ETag: " + tag}},
		{"page that changed", "/simple/de-mo/", `If-None-Match: "1"`, 200, []string{"ETag: " + tag}},
		{"packed page", "/simple/de-mo/", "Accept-Encoding: gzip", 200, []string{"Content-Encoding: gzip"}},
		{"plain page", "/simple/de-mo/", "Accept-Encoding: identity", 200, []string{"Content-Encoding: "}},
		{"no page", "/simple/other/", "", 404, nil},
		{"metadata", file + ".metadata", "", 200, []string{fmt.Sprint("Content-Length: ", len(wheel.Metadata))}},
		{"metadata that are not served", "/files/de-mo/de_mo-1.0.tar.gz.metadata", "", 404, nil},
		{"metadata of no file", "/files/de-mo/de_mo-2.0.tar.gz.metadata", "", 404, nil},
		{"file", file, "", 200, []string{"Accept-Ranges: bytes", fmt.Sprint("Content-Length: ", size)}},
		{"end of a file", file, "Range: bytes=-10", 206, []string{fmt.Sprintf("Content-Range: bytes %d-%d/%d", size-10, size-1, size)}},
		{"more than a file", file, "Range: bytes=-100000", 206, []string{fmt.Sprintf("Content-Range: bytes 0-%d/%d", size-1, size)}},
		{"part of a file", file, "Range: bytes=1-2", 206, []string{fmt.Sprintf("Content-Range: bytes 1-2/%d", size)}},
		{"beyond a file", file, "Range: bytes=100000-", 416, nil},
		{"no file", "/files/de-mo/none.whl", "", 404, nil},
		{"no project", "/files/none/none.whl", "", 404, nil},
		{"nothing", "/", "", 404, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var headers []string
			if test.header != "" {
				headers = append(headers, test.header)
			}
			response, _ := ask(t, s, test.path, headers...)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			for _, want := range test.want {
				name, value, _ := strings.Cut(want, ": ")
				if got := response.Header.Get(name); got != value {
					t.Errorf("%s: %s, want %s", name, got, value)
				}
			}
		})
	}
	want := []string{"/", "/files/de-mo/de_mo-2.0.tar.gz.metadata", "/files/de-mo/none.whl", "/files/none/none.whl", "/simple/other/"}
	if diff := cmp.Diff(want, s.Misses()); diff != "" {
		t.Errorf("misses (-want +got):\n%s", diff)
	}
}

func TestPage(t *testing.T) {
	const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	at := time.Date(2026, 8, 10, 4, 0, 0, 123456000, time.UTC)
	files := []File{
		{Filename: "demo-1.0-py3-none-any.whl", RequiresPython: ">=3", Yanked: true, Reason: `so "be" it`, Uploaded: at, Core: CoreDigest, Metadata: "Name: demo\n"},
		{Filename: "demo-2.0-py3-none-any.whl", Yanked: true, SHA256: sum, Core: CoreAdvertised, URL: "https://files.example/a"},
		{Filename: "demo-3.0-py3-none-any.whl", SHA256: "none", Core: CoreMissing},
		{Filename: "demo-4.0-py3-none-any.whl", SHA256: "none", Core: CoreDenied},
		{Filename: "demo-5.0-py3-none-any.whl", SHA256: "none", Core: CoreBroken},
		{Filename: "demo-6.0-py3-none-any.whl", SHA256: "none", Core: CoreDigest, CoreSHA256: sum},
		{Filename: "demo-7.0-py3-none-any.whl", SHA256: "none", Core: CoreUnsaid},
	}
	s := New(t, Project{Name: "demo", Files: files})
	none, url := map[string]any{}, func(version string) string { return "/files/demo/demo-" + version + "-py3-none-any.whl" }
	digests := func(sum string) map[string]any { return map[string]any{"sha256": sum} }
	want := []map[string]any{
		{"filename": files[0].Filename, "url": url("1.0"), "hashes": digests(digest(Zip())), "requires-python": ">=3", "yanked": `so "be" it`,
			"upload-time": "2026-08-10T04:00:00.123456Z", "core-metadata": digests(digest([]byte("Name: demo\n"))), "dist-info-metadata": digests(digest([]byte("Name: demo\n")))},
		{"filename": files[1].Filename, "url": "https://files.example/a", "hashes": digests(sum), "yanked": true, "core-metadata": true, "dist-info-metadata": true},
		{"filename": files[2].Filename, "url": url("3.0"), "hashes": none, "yanked": false},
		{"filename": files[3].Filename, "url": url("4.0"), "hashes": none, "yanked": false, "core-metadata": false, "dist-info-metadata": false},
		{"filename": files[4].Filename, "url": url("5.0"), "hashes": none, "yanked": false, "core-metadata": true, "dist-info-metadata": true},
		{"filename": files[5].Filename, "url": url("6.0"), "hashes": none, "yanked": false, "core-metadata": digests(sum), "dist-info-metadata": digests(sum)},
		{"filename": files[6].Filename, "url": url("7.0"), "hashes": none, "yanked": false},
	}
	if diff := cmp.Diff(want, pageOf(t, s, "demo")); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for i, served := range []bool{true, true, false, false, false, true, true} {
		response, _ := ask(t, s, url(fmt.Sprint(i+1, ".0"))+".metadata")
		if got := response.StatusCode == http.StatusOK; got != served {
			t.Errorf("the metadata of file %d are served: %t, want %t", i+1, got, served)
		}
	}
}

func TestSet(t *testing.T) {
	s := New(t, Project{Name: "demo"})
	pageOf(t, s, "demo")
	s.Set(Project{Name: "demo", Files: []File{Wheel("demo", "1.0")}})
	s.Set(Project{Name: "other", Files: []File{Wheel("other", "1.0"), Wheel("other", "2.0")}})
	if got := len(pageOf(t, s, "demo")); got != 1 {
		t.Errorf("demo has %d files, want 1", got)
	}
	if got := len(pageOf(t, s, "other")); got != 2 {
		t.Errorf("other has %d files, want 2", got)
	}
}

func TestFaults(t *testing.T) {
	const page = "/simple/demo/"
	tests := []struct {
		name  string
		fault Fault
		want  string // status, a header, the beginning of the body
	}{
		{"none", nil, `200 {"meta":`},
		{"status", Status(503, "Retry-After: 7"), "503 7 "},
		{"latency", Latency(time.Millisecond), `200 {"meta":`},
		{"reset", Reset(), "no answer"},
		{"cut", Cut(5), `200 {"met and no more`},
		{"cut beyond the end", Cut(1 << 20), `200 {"meta":`},
		{"end", End(5), `200 {"met`},
		{"body", Body("text/plain", "text"), "200 text"},
		{"JSON", JSON("{}"), "200 {}"},
		{"HTML", HTML(), "200 <!DOCTYPE html>"},
		{"redirect", Redirect("/other"), "302 /other "},
		{"without range", WithoutRange(), `200 {"meta":`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := New(t, Project{Name: "demo"})
			if test.fault != nil {
				s.Fault("/simple/*/", 1, test.fault)
			}
			response, body := ask(t, s, page, "Accept-Encoding: identity")
			got := body
			if response != nil {
				header := response.Header.Get("Retry-After") + response.Header.Get("Location")
				if header != "" {
					header += " "
				}
				got = fmt.Sprint(response.StatusCode, " ", header, body)
			}
			if !strings.HasPrefix(got, test.want) || strings.HasPrefix(test.name, "cut ") && strings.HasSuffix(got, "no more") {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if _, again := ask(t, s, page, "Accept-Encoding: identity"); !strings.HasPrefix(again, `{"meta":`) {
				t.Errorf("the second request got %q", again)
			}
		})
	}
}

func TestFaultsInTurn(t *testing.T) {
	s := New(t, Project{Name: "demo"}, Project{Name: "other"})
	s.Fault("/simple/demo/", 2, Status(500))
	s.Fault("/simple/*/", 1, Status(501))
	s.Fault("/simple/demo/", 0, Status(502))
	var got []int
	for range 5 {
		response, _ := ask(t, s, "/simple/demo/")
		got = append(got, response.StatusCode)
	}
	response, _ := ask(t, s, "/simple/other/")
	if diff := cmp.Diff([]int{500, 500, 501, 502, 502, 200}, append(got, response.StatusCode)); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	s.Reset()
	if response, _ := ask(t, s, "/simple/demo/"); response.StatusCode != 200 {
		t.Errorf("after Reset: %d", response.StatusCode)
	}
}

func TestAfter(t *testing.T) {
	s := New(t, Project{Name: "demo"})
	s.Fault("/*/*/", 0, After(2, Status(502)))
	var got []int
	for _, path := range []string{"/simple/demo/", "/simple/other/", "/simple/demo/", "/simple/demo/"} {
		response, _ := ask(t, s, path)
		got = append(got, response.StatusCode)
	}
	if diff := cmp.Diff([]int{200, 404, 502, 502}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestLog(t *testing.T) {
	s := New(t, Project{Name: "demo"})
	s.Fault("/broken", 0, Reset())
	ask(t, s, "/simple/demo/", "Range: bytes=1-2")
	ask(t, s, "/simple/demo/")
	ask(t, s, "/broken")
	var got []string
	for _, r := range s.Requests() {
		got = append(got, fmt.Sprint(r.Method, " ", r.Path, " ", r.Protocol, " ", r.Header.Get("Range"), " ", r.Status))
	}
	want := []string{"GET /simple/demo/ HTTP/1.1 bytes=1-2 200", "GET /simple/demo/ HTTP/1.1  200", "GET /broken HTTP/1.1  0"}
	if diff := cmp.Diff(want, got[:3]); diff != "" { // a client may ask a third time once the connection breaks
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if got := s.Count("/simple/*/"); got != 2 {
		t.Errorf("%d requests for pages, want 2", got)
	}
	s.Reset()
	if got := len(s.Requests()); got != 0 {
		t.Errorf("%d requests after Reset", got)
	}
}

// The statuses are fixed for the seed.
func TestFailRate(t *testing.T) {
	s := Start(t, Options{FailRate: 0.3, Seed: 7}, Project{Name: "demo"})
	var got strings.Builder
	for range 30 {
		response, _ := ask(t, s, "/simple/demo/")
		got.WriteByte(map[int]byte{200: '.', 503: 'x'}[response.StatusCode])
	}
	if want := "x......x...xx.x.....x.....x.x."; got.String() != want {
		t.Errorf("got  %s\nwant %s", got.String(), want)
	}
}

func TestAsOfAndShuffle(t *testing.T) {
	p := Project{Name: "demo"}
	for i := range 20 {
		f := Wheel("demo", fmt.Sprint(i))
		f.Uploaded = time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
		p.Files = append(p.Files, f)
	}
	p.Files[0].Uploaded = time.Time{}
	names := func(o Options) (names []string) {
		for _, f := range pageOf(t, Start(t, o, p), "demo") {
			names = append(names, f["filename"].(string))
		}
		return names
	}
	want := []string{"demo-0-py3-none-any.whl", "demo-1-py3-none-any.whl", "demo-2-py3-none-any.whl"}
	if diff := cmp.Diff(want, names(Options{AsOf: p.Files[2].Uploaded})); diff != "" {
		t.Errorf("as of a date (-want +got):\n%s", diff)
	}
	plain, one, same, other := names(Options{}), names(Options{Shuffle: true}), names(Options{Shuffle: true}), names(Options{Shuffle: true, Seed: 1})
	if cmp.Equal(plain, one) || !cmp.Equal(one, same) || cmp.Equal(one, other) {
		t.Errorf("the order has to depend on the seed alone: %v, %v, %v, %v", plain, one, same, other)
	}
}

func TestLatency(t *testing.T) {
	s := Start(t, Options{Latency: 20 * time.Millisecond}, Project{Name: "demo"})
	start := time.Now()
	pageOf(t, s, "demo")
	if got := time.Since(start); got < 20*time.Millisecond {
		t.Errorf("answered after %s", got)
	}
}

// TestJitter checks that the delay depends on the seed, the path and the number of earlier requests for it.
func TestJitter(t *testing.T) {
	const most = 400 * time.Millisecond
	s := Start(t, Options{Latency: 5 * time.Millisecond, Jitter: most, Seed: 1}, Project{Name: "demo"})
	for nth := 1; nth <= 2; nth++ {
		start := time.Now()
		pageOf(t, s, "demo")
		least := 5*time.Millisecond + time.Duration(s.chance("/simple/demo/ late", nth)*float64(most))
		if got := time.Since(start); got < least || least == 5*time.Millisecond {
			t.Errorf("answered after %s, not %s", got, least)
		}
	}
	if s.chance("/simple/demo/ late", 1) == s.chance("/simple/demo/ late", 2) {
		t.Error("the second answer is as late as the first")
	}
}

func TestTLS(t *testing.T) {
	s := Start(t, Options{TLS: true}, Project{Name: "demo"})
	pageOf(t, s, "demo")
	if got := s.Requests()[0].Protocol; got != "HTTP/2.0" || s.Certificate() == nil {
		t.Errorf("spoke %s", got)
	}
}

// Each kind of source distribution has the members that its name states.
func TestSdist(t *testing.T) {
	tests := []struct {
		name string
		kind SdistKind
		want map[string]string
	}{
		{"static", SdistStatic, map[string]string{"PKG-INFO": "Metadata-Version: 2.2\nName: de-mo\nVersion: 1.0\nRequires-Dist: six\n"}},
		{"dynamic", SdistDynamic, map[string]string{"PKG-INFO": "Metadata-Version: 2.2\nName: de-mo\nVersion: 1.0\nRequires-Dist: six\nDynamic: Requires-Dist\n"}},
		{"old", SdistOld, map[string]string{"PKG-INFO": "Metadata-Version: 2.1\nName: de-mo\nVersion: 1.0\nRequires-Dist: six\n"}},
		{"requires.txt", SdistRequires, map[string]string{"PKG-INFO": "Metadata-Version: 1.2\nName: de-mo\nVersion: 1.0\n",
			"de_mo.egg-info/PKG-INFO": "Metadata-Version: 1.2\nName: de-mo\nVersion: 1.0\n", "de_mo.egg-info/requires.txt": "six\n"}},
		{"egg-info", SdistEgg, map[string]string{"PKG-INFO": "Metadata-Version: 1.2\nName: de-mo\nVersion: 1.0\n",
			"de_mo.egg-info/PKG-INFO": "Metadata-Version: 1.2\nName: de-mo\nVersion: 1.0\n"}},
		{"empty", SdistEmpty, map[string]string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := Sdist(test.kind, "de-mo", "1.0", "six")
			s := New(t, Project{Name: "de-mo", Files: []File{f}})
			_, body := ask(t, s, "/files/de-mo/de_mo-1.0.tar.gz")
			got := untar(t, body)
			if got["de_mo-1.0/setup.py"] == "" {
				t.Error("there is no setup.py")
			}
			delete(got, "de_mo-1.0/setup.py")
			want := map[string]string{}
			for name, text := range test.want {
				want["de_mo-1.0/"+name] = text
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

// untar returns the members of a .tar.gz. The content of a link is its target.
func untar(tb testing.TB, content string) map[string]string {
	tb.Helper()
	unpacked, err := gzip.NewReader(strings.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	members := map[string]string{}
	for reader := tar.NewReader(unpacked); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return members
		}
		if err != nil {
			tb.Fatal(err)
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			tb.Fatal(err)
		}
		members[header.Name] = string(data) + header.Linkname
	}
}

func TestArchives(t *testing.T) {
	members := []Member{{Name: "a", Text: "text"}, {Name: "b", Text: "text", Padding: 1000}, {Name: "empty"}}
	z, err := zip.NewReader(bytes.NewReader(Zip(members...)), int64(len(Zip(members...))))
	if err != nil {
		t.Fatal(err)
	}
	unpacked := untar(t, string(Tar(append(members, Member{Name: "c", Link: "/etc/passwd"})...)))
	for i, m := range members {
		content, err := z.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(content)
		if err != nil || len(got) != len(m.Text)+m.Padding || !strings.HasPrefix(string(got), m.Text) || z.File[i].Name != m.Name {
			t.Errorf("%s: %q, %v", m.Name, got, err)
		}
		if unpacked[m.Name] != string(got) {
			t.Errorf("%s differs between the archives", m.Name)
		}
	}
	if got := unpacked["c"]; got != "/etc/passwd" {
		t.Errorf("the link leads to %q", got)
	}
}
