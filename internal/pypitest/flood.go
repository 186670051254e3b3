package pypitest

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A Flood is a body that never ends. Its Answer method is a [Fault].
type Flood struct {
	// Status is the status of the answer, 200 if it is 0. Headers are its headers, such as `Content-Type: text/plain`.
	Status  int
	Headers []string
	// Begin is the beginning of the body. Repeat is repeated after it without end.
	Begin, Repeat string
	// Packed compresses the body with gzip, so that few bytes unpack to many.
	Packed bool
	// Sent counts the bytes that were sent.
	Sent atomic.Int64
}

// Answer sends the body until the client closes the connection.
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

// A countingWriter counts the bytes written.
type countingWriter struct {
	io.Writer
	count *atomic.Int64
}

// Write counts the bytes before it writes them, so that a byte that was read has always been counted.
func (w *countingWriter) Write(p []byte) (int, error) {
	w.count.Add(int64(len(p)))
	return w.Writer.Write(p)
}

// Drip answers correctly, with a number of bytes of the body at once and then one at a time. It never sends the last one.
func Drip(bytes int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&dripWriter{ResponseWriter: w, request: r, left: bytes}, r)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// A dripWriter writes one byte at a time and keeps back the last one.
type dripWriter struct {
	http.ResponseWriter
	request *http.Request
	left    int
	kept    []byte
}

// Write writes all bytes but one, until the client closes the connection.
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

// Raw answers with the given bytes, including the status line, and closes the HTTP/1 connection.
func Raw(answer string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer connection.Close()
		_, _ = io.WriteString(connection, answer) // the client may have closed the connection
	}
}
