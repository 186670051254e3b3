// Package pypitest provides a package index for tests, on loopback and in the process of the test.
//
// [New] serves projects that are given as Go values. [Replay] serves a recorded slice of a public index, optionally with
// latency, failures or the state of an earlier date. Both serve the Simple API in JSON (PEP 691, 658, 700), answer Range
// and conditional requests, keep a log, and fail as [Server.Fault] requests.
//
//	index := pypitest.New(t, pypitest.Project{Name: "demo", Files: []pypitest.File{
//		pypitest.Wheel("demo", "1.0", "Requires-Dist: six"),
//	}})
//	client, err := pypi.New(pypi.Options{URL: index.URL})
//
// Paths: /simple/NAME/ is a page, /files/NAME/FILENAME a file, /files/NAME/FILENAME.metadata its metadata. A request for
// a path that does not exist is a miss; [Server.Misses] returns them.
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

// Options configures a server.
type Options struct {
	// TLS serves https, including HTTP/2.
	TLS bool
	// Latency is the delay of each answer, Jitter the maximum additional delay, which changes the order of the answers.
	// The delay depends on Seed, the path and the number of earlier requests for it.
	Latency, Jitter time.Duration
	// FailRate is the fraction of requests that are answered with 503 and `Retry-After: 0`. Which ones depends on Seed,
	// the path and the number of earlier requests for it, not on the order of requests for different paths.
	FailRate float64
	Seed     int
	// AsOf hides the files that were uploaded later, unless it is zero.
	AsOf time.Time
	// Shuffle lists the files of each page in an order that depends on Seed.
	Shuffle bool
	// Core tells how a replay serves metadata. The default is ReplayYes.
	Core ReplayCore
	// Stubs makes a replay serve archives with the recorded metadata, without digests.
	Stubs bool
	// StandIns makes a replay list an additional wheel for each release that has only an sdist for all platforms. The
	// index never had this wheel; it has the metadata of the sdist. It is for installers that would build the sdist.
	StandIns bool
}

// Refused is the host and port of a server that refuses connections. The port is none that a system gives to a server which
// asks for any free port, as it could give the port of a closed [Server] to the server of another test.
const Refused = "127.0.0.1:1"

// A Server is a package index. It is safe for concurrent use.
type Server struct {
	// URL is the root of the index, Origin the URL of the server without a trailing slash.
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

// A source provides the content of a server.
type source interface {
	// listing returns the files of a project. ok is false if there is no such project.
	listing(name string) (files []listed, ok bool)
	// metadata returns the content of FILENAME.metadata. missing is set if it is missing on purpose.
	metadata(name, filename string) (text string, ok, missing bool)
	// archive returns the content of a file.
	archive(name, filename string) (content []byte, ok bool)
}

// A Request is one entry of the log of a server.
type Request struct {
	Method, Path, Protocol string
	Header                 http.Header
	// Status is the status of the answer, or 0 if there is no answer yet or the connection broke before it.
	Status int
}

// New starts an index with the given projects, and stops it when the test ends.
func New(tb testing.TB, projects ...Project) *Server {
	tb.Helper()
	return Start(tb, Options{}, projects...)
}

// Start is like [New] with options.
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

// Certificate returns the certificate that a client of a TLS server must trust.
func (s *Server) Certificate() *x509.Certificate { return s.http.Certificate() }

// Close stops the server before the test ends.
func (s *Server) Close() { s.http.Close() }

// Connections returns the number of connections that clients made.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// Set adds or replaces a project of a server of [New] or [Start].
func (s *Server) Set(p Project) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source.(*memory).set(p)
	delete(s.pages, p.Name)
}

// Requests returns the log so far, in the order of the requests.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, len(s.log))
	for i, r := range s.log {
		requests[i] = *r
	}
	return requests
}

// Count returns the number of requests for paths that match a pattern of [path.Match].
func (s *Server) Count(pattern string) int {
	count := 0
	for _, r := range s.Requests() {
		if matches(pattern, r.Path) {
			count++
		}
	}
	return count
}

// Misses returns the requested paths that do not exist, sorted, without failures and faults.
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

// Reset clears the log, the misses, the faults and the counts of requests.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.faults = nil, nil
	clear(s.asked)
	clear(s.misses)
}

// ServeHTTP implements [http.Handler].
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

// chance returns a pseudorandom number from 0 to 1 for the nth request for a path.
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
		panic(err) // a mistake in the test
	}
	return ok
}

// A statusWriter records the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	note func(status int)
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *statusWriter) Write(p []byte) (int, error) {
	w.note(http.StatusOK) // unless there was another
	return w.ResponseWriter.Write(p)
}

// Unwrap returns the underlying writer for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
