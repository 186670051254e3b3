package pypitest

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// begin makes a request and reads a number of bytes of an endless body.
func begin(tb testing.TB, s *Server, bytes int) (response *http.Response, body string, rest io.Reader) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	tb.Cleanup(cancel)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Origin+"/simple/demo/", nil)
	if err != nil {
		tb.Fatal(err)
	}
	q.Header.Set("Accept-Encoding", "identity")
	response, err = s.http.Client().Do(q)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = response.Body.Close() })
	data := make([]byte, bytes)
	if _, err := io.ReadFull(response.Body, data); err != nil {
		tb.Fatal(err)
	}
	return response, string(data), response.Body
}

func TestFlood(t *testing.T) {
	tests := []struct {
		name  string
		flood Flood
		want  string // the beginning of the body
	}{
		{"plain", Flood{Headers: []string{"X: y"}, Begin: "<", Repeat: "ab"}, "<ababababab"},
		{"with a status", Flood{Status: http.StatusNotFound, Headers: []string{"X: y"}, Repeat: "no "}, "no no no no"},
		{"packed", Flood{Headers: []string{"X: y"}, Begin: "<", Repeat: "a", Packed: true}, "\x1f\x8b\b"},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			s := New(t)
			s.Fault("/simple/*/", 0, test.flood.Answer)
			response, body, _ := begin(t, s, len(test.want))
			if body != test.want || response.StatusCode != max(test.flood.Status, http.StatusOK) || response.Header.Get("X") != "y" {
				t.Errorf("got %d %v %q, want %q", response.StatusCode, response.Header, body, test.want)
			}
			if got := test.flood.Sent.Load(); got < int64(len(test.want)) {
				t.Errorf("%d bytes sent, want %d at least", got, len(test.want))
			}
		})
	}
	t.Run("unpacked", func(t *testing.T) {
		s := New(t)
		flood := Flood{Begin: "<", Repeat: "a", Packed: true}
		s.Fault("/simple/*/", 0, flood.Answer)
		_, _, rest := begin(t, s, 0)
		unpacked, err := gzip.NewReader(rest)
		if err != nil {
			t.Fatal(err)
		}
		const much = 1 << 20
		data := make([]byte, much)
		if _, err := io.ReadFull(unpacked, data); err != nil || string(data) != "<"+strings.Repeat("a", much-1) {
			t.Errorf("got %.10q, %v", data, err)
		}
	})
}

// All bytes of a page but the last arrive, however they are divided.
func TestDrip(t *testing.T) {
	s := New(t, Project{Name: "demo"})
	_, want := ask(t, s, "/simple/demo/", "Accept-Encoding: identity")
	for _, atOnce := range []int{0, 5, len(want)} {
		s.Fault("/simple/*/", 1, Drip(atOnce))
		response, got, _ := begin(t, s, len(want)-1)
		if got != want[:len(want)-1] || response.ContentLength != int64(len(want)) {
			t.Errorf("%d at once: got %d bytes of %d: %q, want %q", atOnce, len(got), response.ContentLength, got, want)
		}
	}
}

func TestRaw(t *testing.T) {
	s := New(t)
	s.Fault("/simple/*/", 0, Raw("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nabc"))
	response, body := ask(t, s, "/simple/demo/")
	if response.Header.Get("X") != "y" || body != "abc and no more" {
		t.Errorf("got %v, %q", response.Header, body)
	}
}
