package pypi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// client returns a client of a test server with short delays.
func client(tb testing.TB, index *pypitest.Server, o Options) *Client {
	tb.Helper()
	if o.URL == "" {
		o.URL = index.URL
	}
	if o.Limits.Delay == 0 {
		o.Limits.Delay = time.Millisecond
	}
	c, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// demo returns a project with one wheel.
func demo(version string, headers ...string) pypitest.Project {
	return pypitest.Project{Name: "demo", Files: []pypitest.File{pypitest.Wheel("demo", version, headers...)}}
}

// filenames returns the names of the files of a page.
func filenames(p *Project) string {
	var names []string
	for _, f := range p.All() {
		names = append(names, f.Filename)
	}
	return strings.Join(names, " ")
}

// project returns the page of demo, which must exist.
func project(tb testing.TB, c *Client) *Project {
	tb.Helper()
	p, err := c.Project(tb.Context(), "demo")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestNew(t *testing.T) {
	tests := []struct{ name, url, want string }{
		{"https", "https://index.example/simple/", "https://index.example/simple/"},
		{"http", "http://localhost:3141/root/pypi/+simple", "http://localhost:3141/root/pypi/+simple/"},
		{"no path", "https://index.example", "https://index.example/"},
		{"escaped path", "https://index.example/a%2Fb", "https://index.example/a%2Fb/"},
		{"credentials", "https://user:secret@index.example/simple?token=secret#secret", "https://index.example/simple/"},
		{"control characters", "https://index.example/%1b/\u202e", "https://index.example/%1B/%E2%80%AE/"},
		{"file", "file:///srv/index", "the index URL is not an http or https URL"},
		{"no host", "https:///simple", "the index URL is not an http or https URL"},
		{"only a port", "https://:443/simple", "the index URL is not an http or https URL"},
		{"empty", "", "the index URL is not an http or https URL"},
		{"invalid, with a password", "https://user:secret@index.example:port/", "the index URL is not an http or https URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got string
			if c, err := New(Options{URL: test.url}); err != nil {
				got = err.Error()
			} else {
				got = c.Name()
			}
			if !strings.EqualFold(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestProject(t *testing.T) {
	index := pypitest.New(t, demo("1.0"), pypitest.Project{Name: "empty"})
	c := client(t, index, Options{})
	tests := []struct{ name, project, want, err string }{
		{"found", "demo", "demo-1.0-py3-none-any.whl", ""},
		{"without files", "empty", "", ""},
		{"not found", "none", "", "the page of none: the server answered 404 Not Found"},
		{"not normalised", "De.mo", "", `"De.mo" is not the normalised name of a project`},
		{"path", "../demo", "", `"../demo" is not the normalised name of a project`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := c.Project(t.Context(), test.project)
			if got := errorText(err); got != test.err {
				t.Fatalf("error %q, want %q", got, test.err)
			}
			if err == nil && filenames(p) != test.want {
				t.Errorf("got %q, want %q", filenames(p), test.want)
			}
			if notFound := test.project == "none"; errors.Is(err, ErrNotFound) != notFound {
				t.Errorf("%v: ErrNotFound is %t", err, !notFound)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestProjectFailsAlone(t *testing.T) {
	index := pypitest.New(t, demo("1.0"), pypitest.Project{Name: "broken"})
	index.Fault("/simple/broken/", 0, pypitest.Status(http.StatusBadGateway))
	c := client(t, index, Options{Limits: Limits{Tries: 2, Concurrency: 1}})
	if _, err := c.Project(t.Context(), "broken"); err == nil {
		t.Error("broken gave a page")
	}
	project(t, c)
	if _, err := c.Project(t.Context(), "broken"); err == nil {
		t.Error("broken gave a page")
	}
	if got := index.Count("/simple/broken/"); got != 2 {
		t.Errorf("the broken page was asked for %d times, want 2: a failure is remembered", got)
	}
}

func TestNotJSON(t *testing.T) {
	const prefix = "the page of demo: the index does not support the JSON form of the Simple API (PEP 691, application/vnd.pypi.simple.v1+json): "
	tests := []struct {
		name  string
		fault pypitest.Fault
		want  string
	}{
		{"HTML", pypitest.HTML(), prefix + `it answered with "text/html; charset=utf-8"`},
		{"no type", pypitest.Body("", `{"files": []}`), prefix + `it answered with ""`},
		{"not acceptable", pypitest.Status(http.StatusNotAcceptable), prefix + "the server answered 406 Not Acceptable"},
		{"version 2", pypitest.Body("application/vnd.pypi.simple.v2+json", "{}"), prefix + `it answered with "application/vnd.pypi.simple.v2+json"`},
		{"parameters", pypitest.Body(contentType+"; charset=UTF-8", `{"files": []}`), ""},
		{"other case", pypitest.Body("Application/vnd.PyPI.simple.v1+JSON", `{"files": []}`), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			index := pypitest.New(t, demo("1.0"))
			index.Fault("/simple/*/", 0, test.fault)
			_, err := client(t, index, Options{}).Project(t.Context(), "demo")
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := len(index.Requests()); got != 1 {
				t.Errorf("%d requests, want 1", got)
			}
		})
	}
}

func TestOffline(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	folder := t.TempDir()
	page := project(t, client(t, index, Options{CacheDir: folder}))
	index.Reset()
	tests := []struct {
		name string
		ask  func(*Client) error
		want string
	}{
		{"kept page", func(c *Client) error { _, err := c.Project(t.Context(), "demo"); return err }, ""},
		{"page", func(c *Client) error { _, err := c.Project(t.Context(), "other"); return err },
			"TOXGEN_OFFLINE forbids fetching the page of other"},
		{"metadata", func(c *Client) error { _, err := c.Metadata(t.Context(), page.All()[0], Classifiers); return err },
			"TOXGEN_OFFLINE forbids fetching the metadata of demo-1.0-py3-none-any.whl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.ask(client(t, index, Options{CacheDir: folder, Offline: true}))
			if got := errorText(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if is := errors.As(err, new(*OfflineError)); is != (test.want != "") {
				t.Errorf("%v: an *OfflineError: %t", err, is)
			}
		})
	}
	if got := len(index.Requests()); got != 0 {
		t.Errorf("%d requests, want none", got)
	}
}

func TestSameQuestionOnce(t *testing.T) {
	index := pypitest.Start(t, pypitest.Options{Latency: 20 * time.Millisecond}, demo("1.0"))
	c := client(t, index, Options{})
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			p, err := c.Project(t.Context(), "demo")
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := c.Metadata(t.Context(), p.All()[0], Requirements); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := len(index.Requests()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
}

// Three callers query the same page: the first gives up, the second waits and gets it, and the third gives up too.
func TestGivingUp(t *testing.T) {
	index := pypitest.New(t, demo("1.0"))
	asked, proceed := make(chan bool, 2), make(chan bool)
	index.Fault("/simple/demo/", 0, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		asked <- true
		select {
		case <-proceed:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
	c := client(t, index, Options{})
	gone := errors.New("gone for lunch")
	first, giveUp := context.WithCancelCause(t.Context())
	third, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, err := c.Project(first, "demo"); !errors.Is(err, gone) {
			t.Errorf("the first got %v, want %v", err, gone)
		}
	})
	<-asked
	wait.Go(func() { project(t, c) })
	if _, err := c.Project(third, "demo"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the third got %v, want context.DeadlineExceeded", err)
	}
	giveUp(gone)
	<-asked
	close(proceed)
	wait.Wait()
	if got := len(index.Requests()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
}
