package pypi

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pypitest"
)

// allocated returns how many bytes work allocates, including the allocations of the server.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// askAll fetches the page of demo and the metadata of its first file.
func askAll(tb testing.TB, c *Client, need Need) error {
	tb.Helper()
	p, err := c.Project(tb.Context(), "demo")
	if err == nil {
		_, err = c.Metadata(tb.Context(), p.All()[0], need)
	}
	return err
}

func TestUsualLimits(t *testing.T) {
	want := Limits{Concurrency: 48, Request: 30 * time.Second, Download: 5 * time.Minute, Tries: 6, Delay: 200 * time.Millisecond, RetryAfter: time.Minute,
		Page: 64 * mebibyte, Metadata: 8 * mebibyte, Archive: 64 * mebibyte, Unpacked: 1024 * mebibyte, Wheel: 256 * mebibyte}
	if diff := cmp.Diff(want, Limits{}.withDefaults()); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

// Each row answers a request with a body that never ends. The bytes read and allocated are limited, and the request is
// not retried.
func TestEndlessBodies(t *testing.T) {
	const (
		page, metadata, wheel, sdist = "/simple/demo/", "/files/demo/*.metadata", "/files/demo/*.whl", "/files/demo/*.tar.gz"
		json                         = "Content-Type: " + contentType
		gz                           = "Content-Encoding: gzip"
		noSdist                      = "the metadata of demo-1.0.tar.gz cannot be read: "
	)
	limits := Limits{Page: mebibyte, Metadata: mebibyte, Archive: mebibyte, Wheel: mebibyte, Unpacked: 2 * mebibyte}
	huge := string(tarBlock("demo-1.0/data", '0', "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"))
	tests := []struct {
		name, path string
		flood      pypitest.Flood
		want       string
		allocates  uint64 // MiB at most
	}{
		{"page", page, pypitest.Flood{Headers: []string{json}, Begin: `{"files": [`, Repeat: " "},
			"the page of demo is larger than 1048576 bytes", 8},
		{"page of one text", page, pypitest.Flood{Headers: []string{json}, Begin: `{"files": [{"url": "`, Repeat: "a"},
			"the page of demo is larger than 1048576 bytes", 16},
		{"page of files", page, pypitest.Flood{Headers: []string{json}, Begin: `{"files": [{}`, Repeat: `,{"url":"/"}`},
			"the page of demo is larger than 1048576 bytes", 32},
		{"page of other members", page, pypitest.Flood{Headers: []string{json}, Begin: `{"a": [0`, Repeat: `,{"b":[]}`},
			"the page of demo is larger than 1048576 bytes", 16},
		{"page, packed", page, pypitest.Flood{Headers: []string{json, gz}, Begin: `{"files": [`, Repeat: " ", Packed: true},
			"the page of demo is larger than 1048576 bytes", 8},
		{"no page", page, pypitest.Flood{Status: 404, Repeat: "no "}, "the page of demo: the server answered 404 Not Found", 8},
		{"no page, packed", page, pypitest.Flood{Status: 404, Headers: []string{gz}, Repeat: "no ", Packed: true},
			"the page of demo: the server answered 404 Not Found", 8},
		{"metadata", metadata, pypitest.Flood{Begin: "Name: demo\n", Repeat: "Requires-Dist: a\n"},
			"the metadata of demo-1.0-py3-none-any.whl is larger than 1048576 bytes", 16},
		{"metadata, packed", metadata, pypitest.Flood{Headers: []string{gz}, Begin: "Name: demo\n", Repeat: "a", Packed: true},
			"the metadata of demo-1.0-py3-none-any.whl is larger than 1048576 bytes", 16},
		{"wheel", wheel, pypitest.Flood{Repeat: "a"}, "demo-1.0-py3-none-any.whl is larger than 1048576 bytes", 16},
		{"part of a wheel", wheel, pypitest.Flood{Status: 206, Headers: []string{"Content-Range: bytes 0-99/100"}, Repeat: "a"},
			"demo-1.0-py3-none-any.whl is larger than 1048576 bytes", 16},
		{"source distribution", sdist, pypitest.Flood{Repeat: "a"}, noSdist + "the archive is damaged", 8},
		{"source distribution of one member", sdist, pypitest.Flood{Begin: huge, Repeat: "\x00", Packed: true},
			noSdist + "no PKG-INFO within the first 1 MiB", 8},
		{"source distribution of many members", sdist, pypitest.Flood{Repeat: string(tarBlock("demo-1.0/data", '0', "")), Packed: true},
			noSdist + "no PKG-INFO within the first 1 MiB", 32},
		{"source distribution of headers", sdist, pypitest.Flood{Repeat: string(tarBlock("x", 'x', "")), Packed: true},
			noSdist + "no PKG-INFO within the first 1 MiB", 32},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			file := wheelOf(core)
			if test.path == metadata {
				file = pypitest.Wheel("demo", "1.0")
			} else if test.path == sdist {
				file = pypitest.Sdist(pypitest.SdistRequires, "demo", "1.0")
			}
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{file}})
			index.Fault(test.path, 0, test.flood.Answer)
			c := client(t, index, Options{Limits: limits})
			var err error
			if got := allocated(func() { err = askAll(t, c, Requirements) }); got > test.allocates*mebibyte {
				t.Errorf("allocated %d MiB, want %d at most", got/mebibyte, test.allocates)
			}
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := index.Count(test.path); got != 1 {
				t.Errorf("%d requests, want 1", got)
			}
			if got, most := test.flood.Sent.Load(), int64(32*mebibyte); got > most { // including bytes in transit
				t.Errorf("%d bytes sent, want %d at most", got, most)
			}
		})
	}
}

// unended sends the beginning of a header and nothing more.
func unended(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Type: ")
	_, _ = io.Copy(io.Discard, connection) // until the client has gone
}

// Each row answers a request so slowly that only the time limit of the request ends it.
func TestDrips(t *testing.T) {
	const late = "the answer ended early: no answer in time"
	tests := []struct {
		name, path string
		fault      pypitest.Fault
		file       pypitest.File
		want       string
	}{
		{"page", "/simple/demo/", pypitest.Drip(0), wheelOf(core), "the page of demo: " + late},
		{"rest of a page", "/simple/demo/", pypitest.Drip(100), wheelOf(core), "the page of demo: " + late},
		{"metadata", "/files/demo/*.metadata", pypitest.Drip(10), pypitest.Wheel("demo", "1.0"), "the metadata of demo-1.0-py3-none-any.whl: " + late},
		{"wheel", "/files/demo/*", pypitest.Drip(10), wheelOf(core), "demo-1.0-py3-none-any.whl: " + late},
		{"source distribution", "/files/demo/*", pypitest.Drip(10), pypitest.Sdist(pypitest.SdistStatic, "demo", "1.0"), "demo-1.0.tar.gz: " + late},
		{"header", "/simple/demo/", unended, wheelOf(core), "the page of demo: no answer in time"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{test.file}})
			page := project(t, client(t, index, Options{}))
			index.Fault(test.path, 0, test.fault)
			short := 50 * time.Millisecond
			c := client(t, index, Options{Limits: Limits{Tries: 2, Request: short, Download: short}})
			var err error
			if test.path == "/simple/demo/" {
				_, err = c.Project(t.Context(), "demo")
			} else {
				_, err = c.Metadata(t.Context(), page.All()[0], Requirements)
			}
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := c.Stats().Requests; got != 2 {
				t.Errorf("%d requests, want 2", got)
			}
		})
	}
}

// Each row is the raw answer on a connection, which is then closed, and the number of requests of a client that tries
// three times.
func TestBrokenAnswers(t *testing.T) {
	const (
		page     = `{"files": []}`
		what     = "the page of demo: "
		early    = what + "the answer ended early"
		head     = "HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\n"
		inGzip   = head + "Content-Encoding: gzip\r\n\r\n"
		chunked  = head + "Transfer-Encoding: chunked\r\n\r\n"
		badBegin = what + "net/http: HTTP/1.x transport connection broken: "
	)
	length := func(n any) string { return head + fmt.Sprintf("Content-Length: %v\r\n\r\n", n) }
	gz := string(packed(page))
	tests := []struct {
		name, answer, want string
		count              int
	}{
		{"right length", length(len(page)) + page, "", 1},
		{"no length", head + "\r\n" + page, "", 1},
		{"longer than stated", length(len(page)) + page + "more", "", 1},
		{"much longer than stated", length(5) + page, early, 3},
		{"shorter than stated", length(1000) + page, early + ": unexpected EOF", 3},
		{"negative length", length(-1) + page, badBegin + `bad Content-Length "-1"`, 3},
		{"length beyond all bounds", length("99999999999999999999") + page, badBegin + `bad Content-Length "99999999999999999999"`, 3},
		{"length beyond the limit", length(int64(1<<62)) + page, early + ": unexpected EOF", 3},
		{"two lengths", head + "Content-Length: 5\r\n" + length(len(page))[len(head):] + page,
			badBegin + `http: message cannot contain multiple Content-Length headers; got ["5" "13"]`, 3},
		{"chunks", chunked + "d\r\n" + page + "\r\n0\r\n\r\n", "", 1},
		{"invalid chunk", chunked + "x\r\n" + page, early + ": invalid byte in chunk length", 3},
		{"chunks without an end", chunked + "d\r\n" + page + "\r\n", early + ": unexpected EOF", 3},
		{"packed", inGzip + gz, "", 1},
		{"packed, cut", inGzip + gz[:len(gz)-9], early + ": unexpected EOF", 3},
		{"packed, cut in the checksum", inGzip + gz[:len(gz)-1], early + ": unexpected EOF", 3},
		{"packed, other checksum", inGzip + gz[:len(gz)-5] + "\x00\x00\x00\x00\x00", early + ": gzip: invalid checksum", 3},
		{"not packed", inGzip + page, early + ": gzip: invalid header", 3},
		{"nothing", "", what + "EOF", 3},
		{"no HTTP", "SSH-2.0-OpenSSH_9.6\r\n", badBegin + `malformed HTTP response "SSH-2.0-OpenSSH_9.6"`, 3},
		{"escapes", "\x1b[2J\u202e\r\n", badBegin + `malformed HTTP response "\x1b[2J\u202e"`, 3},
		{"large header", head + "ETag: " + strings.Repeat("a", 2*mebibyte) + "\r\n\r\n" + page,
			badBegin + "net/http: server response headers exceeded 1048576 bytes; aborted", 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t)
			index.Fault("/simple/demo/", 0, pypitest.Raw(test.answer))
			c := client(t, index, Options{Limits: Limits{Tries: 3}})
			_, err := c.Project(t.Context(), "demo")
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := c.Stats().Requests; got != int64(test.count) {
				t.Errorf("%d requests, want %d", got, test.count)
			}
		})
	}
}
