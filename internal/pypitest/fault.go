package pypitest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A Fault answers a request in place of the server. next is the answer of the server without the fault.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// An armed fault waits for its requests.
type armed struct {
	pattern string
	times   int
	fault   Fault
}

// Fault applies a fault to the next requests for paths that match a pattern of [path.Match]: to as many as times states,
// or to all of them if times is 0. If several faults match, the first one that is not used up applies.
func (s *Server) Fault(pattern string, times int, f Fault) {
	matches(pattern, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	if times == 0 {
		times = -1
	}
	s.faults = append(s.faults, &armed{pattern, times, f})
}

// fault returns the fault for a request, or nil. The caller must hold the lock.
func (s *Server) fault(name string) Fault {
	for _, a := range s.faults {
		if a.times != 0 && matches(a.pattern, name) {
			a.times--
			return a.fault
		}
	}
	return nil
}

// Status answers with a status and headers, such as `Retry-After: 0`.
func Status(status int, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	}
}

// Latency answers correctly, after a delay.
func Latency(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if d > 0 {
			select {
			case <-time.After(d):
			case <-r.Context().Done():
				panic(http.ErrAbortHandler) // the client closed the connection
			}
		}
		next.ServeHTTP(w, r)
	}
}

// After answers a number of requests correctly and applies a fault to all later ones, like an index that dies.
func After(requests int, f Fault) Fault {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if asked.Add(1) > int64(requests) {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// Reset breaks the connection without an answer.
func Reset() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// Cut breaks the connection after a number of bytes of the body.
func Cut(bytes int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&cutWriter{w, bytes}, r)
	}
}

// A cutWriter breaks the connection after a number of bytes.
type cutWriter struct {
	http.ResponseWriter
	left int
}

// Write writes the bytes that are left, and breaks the connection if there are more.
func (w *cutWriter) Write(p []byte) (int, error) {
	if w.left < len(p) {
		_, _ = w.ResponseWriter.Write(p[:w.left])
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}

// End ends the body after a number of bytes as if it were complete: it closes the connection of an HTTP/1 answer without
// a length.
func End(bytes int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		connection, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer connection.Close()
		next.ServeHTTP(&endWriter{connection, http.Header{}, bytes, false}, r)
		_ = buffered.Flush()
	}
}

// An endWriter answers on a hijacked connection.
type endWriter struct {
	connection net.Conn
	header     http.Header
	left       int
	begun      bool
}

// Header returns the header of the answer. It must not be modified after the status was written.
func (w *endWriter) Header() http.Header { return w.header }

// WriteHeader begins an answer without a length.
func (w *endWriter) WriteHeader(status int) {
	w.begun = true
	w.header.Del("Content-Length")
	_, _ = w.connection.Write([]byte("HTTP/1.0 " + decimal(status) + " " + http.StatusText(status) + "\r\n"))
	_ = w.header.Write(w.connection)
	_, _ = w.connection.Write([]byte("\r\n"))
}

// Write writes the bytes that are left, and drops the rest.
func (w *endWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.connection.Write(p[:min(w.left, len(p))])
	w.left -= n
	return len(p), err
}

// WithoutRange answers like a server that does not support Range requests.
func WithoutRange() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := r.Clone(r.Context())
		whole.Header.Del("Range")
		next.ServeHTTP(w, whole)
	}
}

// ContentRange answers Range requests with another Content-Range, or with none if it is empty. A and B stand for the first and
// the last byte.
func ContentRange(format string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&rangeWriter{w, format}, r)
	}
}

type rangeWriter struct {
	http.ResponseWriter
	format string
}

// WriteHeader changes the Content-Range.
func (w *rangeWriter) WriteHeader(status int) {
	var first, last int
	if _, err := fmt.Sscanf(w.Header().Get("Content-Range"), "bytes %d-%d", &first, &last); err == nil {
		w.Header().Del("Content-Range")
		if w.format != "" {
			w.Header().Set("Content-Range", strings.NewReplacer("A", fmt.Sprint(first), "B", fmt.Sprint(last)).Replace(w.format))
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Redirect answers with a redirect.
func Redirect(location string) Fault { return Status(http.StatusFound, "Location: "+location) }

// Body answers with 200 and a body of a content type.
func Body(contentType, body string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		content(w, r, []byte(body))
	}
}

// JSON answers with the given body as a page in JSON.
func JSON(body string) Fault { return Body(contentType, body) }

// HTML answers like an index that does not support JSON.
func HTML() Fault {
	return Body("text/html; charset=utf-8", `<!DOCTYPE html><a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>`)
}
