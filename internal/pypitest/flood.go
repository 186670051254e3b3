package pypitest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Flood is a body that never ends. Its Answer is a [Fault].
type Flood struct {
	// Status of the answer, 200 if it is 0, and its headers: `Content-Type: text/plain`.
	Status  int
	Headers []string
	// Begin is what the body begins with, Repeat what follows again and again.
	Begin, Repeat string
	// Packed says that the body is compressed by gzip: a little of it is much.
	Packed bool
	// Sent counts the bytes that were sent.
	Sent atomic.Int64
}

// Answer sends the body until the client has gone.
func (f *Flood) Answer(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	for _, header := range f.Headers {
		name, value, _ := strings.Cut(header, ": ")
		w.Header().Set(name, value)
	}
	w.WriteHeader(max(f.Status, http.StatusOK))
	var body io.Writer = &countingWriter{w, &f.Sent}
	if f.Packed {
		body, _ = gzip.NewWriterLevel(body, gzip.BestSpeed) // the level is valid
	}
	_, err := io.WriteString(body, f.Begin)
	const some = 32 << 10 // bytes at a time
	for piece := []byte(strings.Repeat(f.Repeat, some/len(f.Repeat))); err == nil; {
		_, err = body.Write(piece)
	}
}

// countingWriter counts what was written.
type countingWriter struct {
	io.Writer
	count *atomic.Int64
}

// Write counts before it passes on, so that whoever has read a byte finds it counted.
func (w *countingWriter) Write(p []byte) (int, error) {
	w.count.Add(int64(len(p)))
	return w.Writer.Write(p)
}

// Drip answers rightly, so many bytes of the body at once, then one at a time; the last one never comes.
func Drip(bytes int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&dripWriter{ResponseWriter: w, request: r, left: bytes}, r)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// dripWriter passes on one byte at a time, and keeps the last one.
type dripWriter struct {
	http.ResponseWriter
	request *http.Request
	left    int
	kept    []byte
}

// Write passes on all but a byte until the client has gone.
func (w *dripWriter) Write(p []byte) (int, error) {
	for _, c := range p {
		if w.left--; w.left < 0 && len(w.kept) > 0 {
			_ = http.NewResponseController(w.ResponseWriter).Flush()
			select {
			case <-time.After(time.Millisecond):
			case <-w.request.Context().Done():
				panic(http.ErrAbortHandler)
			}
		}
		if _, err := w.ResponseWriter.Write(w.kept); err != nil {
			panic(http.ErrAbortHandler)
		}
		w.kept = append(w.kept[:0], c)
	}
	return len(p), nil
}

// Raw answers with bytes as they are, `HTTP/1.1 200 OK` first, and closes the connection of HTTP/1.
func Raw(answer string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer connection.Close()
		_, _ = io.WriteString(connection, answer) // the client may have gone
	}
}
