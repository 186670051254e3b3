package pypitest

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Fault answers a request in place of the server, which would have answered as next does.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// armed is a fault that waits for its requests.
type armed struct {
	pattern string
	times   int
	fault   Fault
}

// Fault makes the next requests for paths that match a pattern of [path.Match] meet a fault, so many times, or
// always if times is 0. Of several the first that was told and is not used up applies.
func (s *Server) Fault(pattern string, times int, f Fault) {
	matches(pattern, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	if times == 0 {
		times = -1
	}
	s.faults = append(s.faults, &armed{pattern, times, f})
}

// fault is what a request meets, or nil. The caller holds the lock.
func (s *Server) fault(name string) Fault {
	for _, a := range s.faults {
		if a.times != 0 && matches(a.pattern, name) {
			a.times--
			return a.fault
		}
	}
	return nil
}

// Status answers with a status and headers: `Retry-After: 0`.
func Status(status int, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	}
}

// Latency answers rightly, but late.
func Latency(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if d > 0 {
			select {
			case <-time.After(d):
			case <-r.Context().Done():
				panic(http.ErrAbortHandler) // the client has gone
			}
		}
		next.ServeHTTP(w, r)
	}
}

// After lets so many requests pass, and has all others meet a fault: an index that dies.
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

// Cut breaks the connection after so many bytes of the body.
func Cut(bytes int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&cutWriter{w, bytes}, r)
	}
}

// cutWriter breaks the connection after so many bytes.
type cutWriter struct {
	http.ResponseWriter
	left int
}

// Write passes on what is left to write, then breaks the connection.
func (w *cutWriter) Write(p []byte) (int, error) {
	if w.left < len(p) {
		_, _ = w.ResponseWriter.Write(p[:w.left])
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}

// End ends the body after so many bytes as if that were all, by closing the connection of an answer of HTTP/1
// that states no length.
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

// endWriter answers on a connection that was taken over.
type endWriter struct {
	connection net.Conn
	header     http.Header
	left       int
	begun      bool
}

// Header is that of the answer, until its status was written.
func (w *endWriter) Header() http.Header { return w.header }

// WriteHeader begins an answer that states no length.
func (w *endWriter) WriteHeader(status int) {
	w.begun = true
	w.header.Del("Content-Length")
	_, _ = w.connection.Write([]byte("HTTP/1.0 " + decimal(status) + " " + http.StatusText(status) + "\r\n"))
	_ = w.header.Write(w.connection)
	_, _ = w.connection.Write([]byte("\r\n"))
}

// Write passes on what is left to write, and drops the rest.
func (w *endWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.connection.Write(p[:min(w.left, len(p))])
	w.left -= n
	return len(p), err
}

// WithoutRange answers as a server that knows no Range requests.
func WithoutRange() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := r.Clone(r.Context())
		whole.Header.Del("Range")
		next.ServeHTTP(w, whole)
	}
}

// Redirect answers with a redirect.
func Redirect(location string) Fault { return Status(http.StatusFound, "Location: "+location) }

// Body answers with 200 and a body of some type.
func Body(contentType, body string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		content(w, r, []byte(body))
	}
}

// JSON answers a page with a body of its own.
func JSON(body string) Fault { return Body(contentType, body) }

// HTML answers as an index that does not speak JSON.
func HTML() Fault {
	return Body("text/html; charset=utf-8", `<!DOCTYPE html><a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>`)
}
