package pypi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// Each row lets the first requests for a page fail, as often as times states, and counts the requests of a client that
// tries three times.
func TestRetry(t *testing.T) {
	const what = "the page of demo: "
	tests := []struct {
		name  string
		fault pypitest.Fault
		times int
		want  string
		count int
	}{
		{"500", pypitest.Status(500), 2, "", 3},
		{"502", pypitest.Status(502), 1, "", 2},
		{"503 asks to come back", pypitest.Status(503, "Retry-After: 0"), 2, "", 3},
		{"503 asks to come back at a time", pypitest.Status(503, "Retry-After: Mon, 02 Jan 2023 00:00:00 GMT"), 2, "", 3},
		{"503 asks for nonsense", pypitest.Status(503, "Retry-After: soon"), 2, "", 3},
		{"429", pypitest.Status(429), 2, "", 3},
		{"408", pypitest.Status(408), 2, "", 3},
		{"no answer", pypitest.Reset(), 2, "", 3},
		{"broken body", pypitest.Cut(20), 2, "", 3},
		{"body that ends early", pypitest.End(40), 2, "", 3},
		{"empty body", pypitest.JSON(""), 2, "", 3},
		{"late", pypitest.Latency(time.Hour), 1, "", 2},
		{"always 503", pypitest.Status(503), 0, what + "the server answered 503 Service Unavailable", 3},
		{"always a broken body", pypitest.Cut(20), 0, what + "the answer ended early: unexpected EOF", 3},
		{"always a body that ends early", pypitest.End(40), 0, what + "the answer ended early: unexpected EOF", 3},
		{"always half a page", pypitest.JSON(`{"files": [{"filename": "de`), 0, what + "the answer ended early", 3},
		{"always late", pypitest.Latency(time.Hour), 0, what + "no answer in time", 3},
		{"404", pypitest.Status(404), 0, what + "the server answered 404 Not Found", 1},
		{"410", pypitest.Status(410), 0, what + "the server answered 410 Gone", 1},
		{"401", pypitest.Status(401), 0, what + "the server answered 401 Unauthorized: check the credentials of the index", 1},
		{"403", pypitest.Status(403), 0, what + "the server answered 403 Forbidden: check the credentials of the index", 1},
		{"400", pypitest.Status(400), 0, what + "the server answered 400 Bad Request", 1},
		{"407", pypitest.Status(407), 0, what + "the server answered 407 Proxy Authentication Required: check the credentials of the proxy", 1},
		{"unasked 304", pypitest.Status(304), 0, what + "the server answered 304 Not Modified", 1},
		{"unasked 206", pypitest.Status(206), 0, what + "the server answered 206 Partial Content", 1},
		{"503 asks to come back much later", pypitest.Status(503, "Retry-After: 3600"), 0,
			what + "the server answered 503 Service Unavailable and asks to retry after 1h0m0s", 1},
		{"429 asks to come back", pypitest.Status(429, "Retry-After: 0"), 2, "", 3},
		{"429 asks to come back at a time", pypitest.Status(429, "Retry-After: Mon, 02 Jan 2023 00:00:00 GMT"), 2, "", 3},
		{"429 asks to come back in another age", pypitest.Status(429, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"), 0,
			what + "the server answered 429 Too Many Requests and asks to retry after 2562047h47m16.854775807s", 1},
		{"429 asks to come back in an age", pypitest.Status(429, "Retry-After: 99999999999999999999"), 0,
			what + "the server answered 429 Too Many Requests and asks to retry after 298261h37m4s", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			index := pypitest.New(t, demo("1.0"))
			index.Fault("/simple/demo/", test.times, test.fault)
			limits := Limits{Tries: 3}
			switch test.name {
			case "late":
				limits.Request = 2 * time.Second // enough for the second answer on a busy machine
			case "always late":
				limits.Request = 50 * time.Millisecond
			}
			c := client(t, index, Options{Limits: limits})
			_, err := c.Project(t.Context(), "demo")
			if got := errorText(err); got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
			if got := index.Count("/simple/demo/"); got != test.count {
				t.Errorf("%d requests, want %d", got, test.count)
			}
			if got := c.Stats(); got.Retries != int64(test.count-1) || got.Requests != int64(test.count) {
				t.Errorf("stats %+v, want %d requests", got, test.count)
			}
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	index.Fault("/simple/demo/", 1, pypitest.Status(503, "Retry-After: 1"))
	start := time.Now()
	project(t, client(t, index, Options{}))
	if got := time.Since(start); got < time.Second {
		t.Errorf("came back after %s, want a second at least", got)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		text   string
		want   time.Duration
		stated bool
	}{
		{"0", 0, true},
		{"120", 2 * time.Minute, true},
		{"Thu, 01 Jan 2026 00:01:00 GMT", time.Minute, true},
		{"Wed, 31 Dec 2025 00:01:00 GMT", 0, true},
		{"18446744073709551616", 1 << 30 * time.Second, true},
		{"-1", 0, false},
		{"1.5", 0, false},
		{"", 0, false},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got, stated := retryAfter(test.text, now)
			if stated != test.stated || stated && got != test.want {
				t.Errorf("got %s, %t, want %s, %t", got, stated, test.want, test.stated)
			}
		})
	}
}

// unstated stands for a duration that the server does not state.
const unstated = -1

func TestStorage(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		control, age, vary string
		personal, keep     bool
		want               time.Duration
	}{
		{"", "", "", false, true, unstated},
		{"", "60", "", false, true, unstated},
		{"public, s-maxage=600", "", "", false, true, unstated},
		{"max-age=600, public", "", "", false, true, 10 * time.Minute},
		{"MAX-AGE=600", "", "", false, true, 10 * time.Minute},
		{`max-age="600"`, "", "", false, true, 10 * time.Minute},
		{"max-age=600", "60", "", false, true, 9 * time.Minute},
		{"max-age=600", "6000", "", false, true, 0},
		{"max-age=600", "old", "", false, true, 10 * time.Minute},
		{"max-age=365000000, immutable", "", "", false, true, time.Hour},
		{"max-age=99999999999999999999", "", "", false, true, time.Hour},
		{"max-age=-1", "", "", false, true, 0},
		{"max-age=soon", "", "", false, true, 0},
		{"max-age=600, max-age=60", "", "", false, true, time.Minute},
		{"no-cache", "", "", false, true, 0},
		{"no-cache, max-age=600", "", "", false, true, 0},
		{"max-age=600, no-cache", "", "", false, true, 0},
		{`no-cache="set-cookie, max-age=600"`, "", "", false, true, 0},
		{`max-age=600, extension="a, max-age=1, no-store"`, "", "", false, true, 10 * time.Minute},
		{"max-age=600, no-store", "", "", true, false, unstated},
		{"no-cache, no-store", "", "", true, false, unstated},
		{"No-Store", "", "", false, false, unstated},
		{"private, max-age=600", "", "", false, false, unstated},
		{"private, max-age=600", "", "", true, true, 10 * time.Minute},
		{`private="set-cookie", max-age=600`, "", "", false, false, unstated},
		{"max-age=600", "", "Accept, Accept-Encoding", false, true, 10 * time.Minute},
		{"max-age=600", "", "authorization", true, true, 10 * time.Minute},
		{"max-age=600", "", "*", true, false, unstated},
		{"max-age=600", "", "Accept, *", true, false, unstated},
	}
	for _, test := range tests {
		t.Run(strings.Join([]string{test.control, test.age, test.vary, fmt.Sprint(test.personal)}, " "), func(t *testing.T) {
			h := http.Header{"Cache-Control": {test.control}, "Age": {test.age}, "Vary": {test.vary}}
			want := storage{keep: test.keep}
			if test.want != unstated {
				want.expires = now.Add(test.want)
			}
			if got := storageOf(h, test.personal, now); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	index := pypitest.New(t)
	var now, most atomic.Int64
	index.Fault("/simple/*/", 0, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		most.Store(max(most.Load(), now.Add(1))) // close enough: it can only be too small
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
		pypitest.JSON(`{"files": []}`)(w, r, next)
	})
	c := client(t, index, Options{Limits: Limits{Concurrency: 3}})
	var wait sync.WaitGroup
	for i := range 30 {
		wait.Go(func() {
			if _, err := c.Project(t.Context(), fmt.Sprint("p", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := most.Load(); got > 3 || got < 2 {
		t.Errorf("%d requests at a time, want 3 at most and more than one", got)
	}
}

// The context ends whatever a client does: waiting for an answer, for the next try, or for a slot.
func TestContext(t *testing.T) {
	tests := []struct {
		name  string
		fault pypitest.Fault
	}{
		{"waiting for an answer", pypitest.Latency(time.Minute)},
		{"waiting for another try", pypitest.Status(503, "Retry-After: 30")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			index := pypitest.New(t, demo("1.0"))
			index.Fault("/simple/*/", 0, test.fault)
			c := client(t, index, Options{Limits: Limits{Concurrency: 1}})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var wait sync.WaitGroup
			for _, name := range []string{"demo", "other"} {
				wait.Go(func() {
					_, err := c.Project(ctx, name)
					if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "the page of "+name+": ") {
						t.Errorf("%s: got %v, want that its time is over", name, err)
					}
				})
			}
			wait.Wait()
		})
	}
}

func TestNoServer(t *testing.T) {
	_, err := client(t, nil, Options{URL: "http://" + pypitest.Refused + "/simple/", Limits: Limits{Tries: 2}}).Project(t.Context(), "demo")
	if err == nil || !strings.HasPrefix(err.Error(), "the page of demo: dial tcp "+pypitest.Refused+": ") || !strings.HasSuffix(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
}

func TestLargeBodies(t *testing.T) {
	index := pypitest.New(t, demo("1.0", "Summary: "+strings.Repeat("long ", 100)))
	page := project(t, client(t, index, Options{}))
	tests := []struct {
		name   string
		limits Limits
		want   string
	}{
		{"page", Limits{Page: 100}, "the page of demo is larger than 100 bytes"},
		{"metadata", Limits{Metadata: 100}, "the metadata of demo-1.0-py3-none-any.whl is larger than 100 bytes"},
		{"neither", Limits{Page: 10_000, Metadata: 10_000}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, index, Options{Limits: test.limits})
			_, err := c.Project(t.Context(), "demo")
			if err == nil {
				_, err = c.Metadata(t.Context(), page.All()[0], Requirements)
			}
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A page of exactly the limit is read, a page with one more byte is not. The connection is reused in both cases.
func TestLimited(t *testing.T) {
	tests := []struct {
		limit int64
		want  string
		over  bool
	}{{9, "123456789", true}, {10, "1234567890", false}, {11, "1234567890", false}, {0, "", true}}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.limit), func(t *testing.T) {
			l := &limited{reader: strings.NewReader("1234567890"), left: test.limit}
			var got []byte
			p := make([]byte, 4)
			for {
				n, err := l.Read(p)
				got = append(got, p[:n]...)
				if err != nil {
					break
				}
			}
			if string(got) != test.want || l.over != test.over || l.failed != nil || l.read != int64(len(got)) {
				t.Errorf("got %q, over %t, failed %v, read %d", got, l.over, l.failed, l.read)
			}
		})
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	c := client(t, index, Options{Limits: Limits{Concurrency: 1}})
	for i := range 20 {
		_, _ = c.Project(t.Context(), fmt.Sprint("none", i))
	}
	if got := index.Connections(); got != 1 {
		t.Errorf("%d connections for 20 answers of 404, want 1", got)
	}
}

func TestHTTP2(t *testing.T) {
	index := pypitest.Start(t, pypitest.Options{TLS: true}, demo("1.0"))
	c := client(t, index, Options{})
	trust(c, index)
	project(t, c)
	if got := index.Requests()[0].Protocol; got != "HTTP/2.0" {
		t.Errorf("spoke %s, want HTTP/2.0", got)
	}
}

func TestGzip(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	p := project(t, client(t, index, Options{}))
	if got := index.Requests()[0].Header.Get("Accept-Encoding"); got != "gzip" || len(p.All()) != 1 {
		t.Errorf("asked for %q and got %d files", got, len(p.All()))
	}
}

// TestDeadServer checks that a server that does not answer is finally tried once for each query, and that retries resume
// when it answers again.
func TestDeadServer(t *testing.T) {
	index := pypitest.New(t)
	dead := pypitest.Status(503)
	for i := range maximumUnanswered + 10 {
		index.Set(pypitest.Project{Name: fmt.Sprint("p", i)})
	}
	index.Fault("/simple/*/", -1, dead)
	c := client(t, index, Options{Limits: Limits{Tries: 3}})
	requests := func(first, count int) int {
		before := c.Stats().Requests
		for i := range count {
			_, _ = c.Project(t.Context(), fmt.Sprint("p", first+i))
		}
		return int(c.Stats().Requests - before)
	}
	if got := requests(0, maximumUnanswered); got != 3*maximumUnanswered {
		t.Errorf("%d requests for the first %d questions, want %d", got, maximumUnanswered, 3*maximumUnanswered)
	}
	if got := requests(maximumUnanswered, 5); got != 5 {
		t.Errorf("%d requests for 5 questions more, want 5", got)
	}
	index.Reset()
	if got := requests(maximumUnanswered+5, 1); got != 1 {
		t.Errorf("%d requests for a question that is answered, want 1", got)
	}
	index.Fault("/simple/*/", -1, dead)
	if got := requests(maximumUnanswered+6, 1); got != 3 {
		t.Errorf("%d requests after it had answered, want 3", got)
	}
}
