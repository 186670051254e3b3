// Package pypitest is a package index for tests, on loopback and in the process of the test.
//
// [New] serves projects that are Go values; [Replay] serves a recorded slice of a public index, by the rules of
// the recording: latency, failures, a date of the past. Both speak the Simple API in JSON (PEP 691, 658, 700),
// answer Range and conditional requests, keep a log, and misbehave as told by [Server.Fault].
//
//	index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{
//		pypitest.Wheel("demo", "1.0", "Requires-Dist: six"),
//	}})
//	client, err := pypi.New(pypi.Options{URL: index.URL})
//
// Paths: /simple/NAME/ is a page, /files/NAME/FILENAME a file, /files/NAME/FILENAME.metadata its metadata. What
// is asked for and is in none of the projects is a miss, which a test may want to know of: [Server.Misses].
package pypitest

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync"
	"testing"
	"time"
)

// Options are the rules of a server.
type Options struct {
	// TLS serves https, HTTP/2 too.
	TLS bool
	// Latency is how long each answer waits, Jitter up to how much longer: so answers come in another order than the
	// questions. How much depends on Seed, the path and how often it was asked for.
	Latency, Jitter time.Duration
	// FailRate is the share of requests, from 0 to 1, that are answered with 503 and `Retry-After: 0`. Which ones
	// depends on Seed, the path and how often it was asked for, not on the order of requests.
	FailRate float64
	Seed     int
	// AsOf hides the files that were uploaded later; zero: none.
	AsOf time.Time
	// Shuffle lists the files of each page in an order that depends on Seed.
	Shuffle bool
	// Core is what a replay says of metadata: yes (the usual), no or real.
	Core ReplayCore
	// Stubs makes a replay serve archives that hold the recorded metadata, without digests.
	Stubs bool
	// StandIns makes a replay list, for each release whose only form for every platform is an sdist, a wheel that the
	// index never had, with what was read from the sdist: for installers that would have to build it.
	StandIns bool
}

// Server is an index. It is safe for concurrent use.
type Server struct {
	// URL is the root of the index, Origin the URL of the server without a slash at its end.
	URL, Origin string

	options Options
	source  source
	http    *httptest.Server

	mu     sync.Mutex
	pages  map[string]func() *page
	asked  map[string]int
	log    []*Request
	misses map[string]bool
	faults []*armed

	connections int
}

// source is where answers come from.
type source interface {
	// listing is what the page of a project lists; ok is false if there is none.
	listing(name string) (files []listed, ok bool)
	// metadata is the answer to FILENAME.metadata; missing says that its absence is meant.
	metadata(name, filename string) (text string, ok, missing bool)
	// archive is the content of a file.
	archive(name, filename string) (content []byte, ok bool)
}

// Request is one line of a server's log.
type Request struct {
	Method, Path, Protocol string
	Header                 http.Header
	// Status is the status of the answer, 0 if there is none yet or the connection broke before there was one.
	Status int
}

// New starts an index that has the given projects, and stops it when the test ends.
func New(tb testing.TB, projects ...Project) *Server {
	tb.Helper()
	return Start(tb, Options{}, projects...)
}

// Start is New with other rules than the usual ones.
func Start(tb testing.TB, o Options, projects ...Project) *Server {
	tb.Helper()
	m := &memory{projects: map[string]Project{}, archives: map[*File][]byte{}}
	for _, p := range projects {
		m.set(p)
	}
	return start(tb, o, m)
}

// Replay starts an index that replays a recorded slice: the files NAME.jsonl.gz of a folder. See [Slice] for
// the format.
func Replay(tb testing.TB, folder fs.FS, o Options) *Server {
	tb.Helper()
	return start(tb, o, &recording{folder: folder, core: o.Core, stubs: o.Stubs, standIns: o.StandIns, projects: map[string]*recorded{}})
}

func start(tb testing.TB, o Options, from source) *Server {
	s := &Server{options: o, source: from, pages: map[string]func() *page{}, asked: map[string]int{}, misses: map[string]bool{}}
	s.http = httptest.NewUnstartedServer(s)
	s.http.Config.ErrorLog = log.New(tb.Output(), "", 0)
	s.http.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.connections++
			s.mu.Unlock()
		}
	}
	if o.TLS {
		s.http.EnableHTTP2 = true
		s.http.StartTLS()
	} else {
		s.http.Start()
	}
	tb.Cleanup(s.http.Close)
	s.Origin = s.http.URL
	s.URL = s.Origin + "/simple/"
	return s
}

// Certificate is what a client of a TLS server has to trust.
func (s *Server) Certificate() *x509.Certificate { return s.http.Certificate() }

// Close stops the server before the test ends.
func (s *Server) Close() { s.http.Close() }

// Connections is how many connections clients made.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// Set adds or replaces a project of a server that New or Start made.
func (s *Server) Set(p Project) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source.(*memory).set(p)
	delete(s.pages, p.Name)
}

// Requests is the log so far, in the order in which the requests came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, len(s.log))
	for i, r := range s.log {
		requests[i] = *r
	}
	return requests
}

// Count is how many requests there were for paths that match a pattern of [path.Match].
func (s *Server) Count(pattern string) int {
	count := 0
	for _, r := range s.Requests() {
		if matches(pattern, r.Path) {
			count++
		}
	}
	return count
}

// Misses are the paths that were asked for and do not exist, sorted; failures and faults aside.
func (s *Server) Misses() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var paths []string
	for p := range s.misses {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// Reset forgets the log, the misses, the faults and how often paths were asked for.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.faults = nil, nil
	clear(s.asked)
	clear(s.misses)
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := &Request{Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, Header: r.Header}
	s.mu.Lock()
	s.log = append(s.log, entry)
	s.asked[r.URL.Path]++
	var fault Fault
	nth := s.asked[r.URL.Path]
	if s.chance(r.URL.Path, nth) < s.options.FailRate {
		fault = Status(http.StatusServiceUnavailable, "Retry-After: 0")
	} else {
		fault = s.fault(r.URL.Path)
	}
	s.mu.Unlock()
	noted := &statusWriter{ResponseWriter: w, note: func(status int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		entry.Status = cmp.Or(entry.Status, status)
	}}
	if fault == nil {
		fault = Latency(0)
	}
	delay := Latency(s.options.Latency + time.Duration(s.chance(r.URL.Path+" late", nth)*float64(s.options.Jitter)))
	delay(noted, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault(w, r, http.HandlerFunc(s.answer)) }))
}

// chance is a number from 0 to 1 that decides something of the nth request for a path.
func (s *Server) chance(path string, nth int) float64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d|%s|%d", s.options.Seed, path, nth))
	return float64(binary.BigEndian.Uint64(sum[:])) / (1 << 64)
}

func (s *Server) miss(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.misses[path] = true
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	if err != nil {
		panic(err) // the test's own mistake
	}
	return ok
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	note func(status int)
}

// WriteHeader serves [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write serves [http.ResponseWriter].
func (w *statusWriter) Write(p []byte) (int, error) {
	w.note(http.StatusOK) // unless there was another
	return w.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
