package display

import (
	"io"
	"sync"
	"unicode/utf8"
)

// A Writer writes lines of text to a terminal or a log. It escapes what must not be shown as it is, except the ends of
// lines, wherever the text comes from. It may be used by several goroutines at once.
type Writer struct {
	mu   sync.Mutex
	out  io.Writer
	line line
}

// NewWriter returns a Writer that writes to out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Write implements [io.Writer]. A line may be written in parts, but a character may not.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := make([]byte, 0, len(p))
	for i, size := 0, 0; i < len(p); i += size {
		if _, size = utf8.DecodeRune(p[i:]); p[i] == '\n' {
			w.line = line{}
			b = append(b, '\n')
			continue
		}
		b = w.line.append(b, string(p[i:i+size]))
	}
	if _, err := w.out.Write(b); err != nil {
		return 0, err
	}
	return len(p), nil
}
