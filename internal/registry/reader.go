package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// reader reads the JSON values of one line after another, without reflection: a check reads the whole registry.
type reader struct {
	decoder jsontext.Decoder
	buffer  bytes.Buffer
	// line is the line's text, of which the texts that it holds are parts.
	line string
	// start is where the value begins that was read last, counted from 0.
	start int
	// scratch is room for the list that is being read.
	scratch []string
}

// placed is a fault at a column, counted from 1.
type placed struct {
	column  int
	message string
}

// Error is the message; whoever knows the line places it.
func (p *placed) Error() string { return p.message }

// reset begins a line; data and line are the same.
func (r *reader) reset(data []byte, line string) {
	r.line, r.start = line, 0
	r.buffer = *bytes.NewBuffer(data)
	r.decoder.Reset(&r.buffer)
}

// fail is a fault of the value that was read last.
func (r *reader) fail(format string, args ...any) error {
	return &placed{r.start + 1, fmt.Sprintf(format, args...)}
}

// syntax makes one sentence of an error of the JSON decoder.
func (r *reader) syntax(err error) error {
	column, text := len(r.line)+1, "the line ends before its value does"
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) && !errors.Is(err, io.ErrUnexpectedEOF) {
		column, text = int(syntactic.ByteOffset)+1, "not JSON: "+syntactic.Err.Error()
		if errors.Is(err, jsontext.ErrDuplicateName) {
			text = fmt.Sprintf("the key %s stands there twice", syntactic.JSONPointer.LastToken())
		}
	}
	return &placed{column, strings.Join(strings.Fields(text), " ")}
}

// value reads one value whole.
func (r *reader) value() (jsontext.Value, error) {
	v, err := r.decoder.ReadValue()
	if err != nil {
		return nil, r.syntax(err)
	}
	r.start = int(r.decoder.InputOffset()) - len(v)
	return v, nil
}

// token reads the beginning or the end of an object or a list.
func (r *reader) token(kind jsontext.Kind, what, expected string) error {
	if got := r.decoder.PeekKind(); got != kind && got != jsontext.KindInvalid {
		if _, err := r.value(); err != nil {
			return err
		}
		return r.fail("%s is not %s", what, expected)
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return r.syntax(err)
	}
	r.start = int(r.decoder.InputOffset()) - 1
	return nil
}

// object calls each for every key; what names the object in faults.
func (r *reader) object(what string, each func(key string) error) error {
	if err := r.token('{', what, "an object"); err != nil {
		return err
	}
	start := r.start
	for r.decoder.PeekKind() != '}' {
		key, err := r.text("a key")
		if err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
	}
	if err := r.token('}', what, "an object"); err != nil {
		return err
	}
	r.start = start
	return nil
}

// list calls each for every element, which reads it.
func (r *reader) list(what string, each func() error) error {
	if err := r.token('[', what, "a list"); err != nil {
		return err
	}
	start := r.start
	for r.decoder.PeekKind() != ']' {
		if err := each(); err != nil {
			return err
		}
	}
	if err := r.token(']', what, "a list"); err != nil {
		return err
	}
	r.start = start
	return nil
}

// text reads a text.
func (r *reader) text(what string) (string, error) {
	v, err := r.value()
	switch {
	case err != nil:
		return "", err
	case v.Kind() != '"':
		return "", r.fail("%s is not a text", what)
	}
	return r.unquoted(v), nil
}

// unquoted is the text that was read last: a part of the line where nothing in it is escaped.
func (r *reader) unquoted(v jsontext.Value) string {
	if bytes.IndexByte(v, '\\') < 0 {
		return r.line[r.start+1 : r.start+len(v)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, v) // the decoder has seen that it is a text
	return string(text)
}

// filled reads a text that is not empty: what says nothing is left out.
func (r *reader) filled(what string) (string, error) {
	text, err := r.text(what)
	if err == nil && text == "" {
		err = r.fail("%s is empty: what says nothing is left out", what)
	}
	return text, err
}

// texts reads a list of texts; it is never nil.
func (r *reader) texts(what string) ([]string, error) {
	r.scratch = r.scratch[:0]
	err := r.list(what, func() error {
		text, err := r.text(what)
		r.scratch = append(r.scratch, text)
		return err
	})
	return append(make([]string, 0, len(r.scratch)), r.scratch...), err
}

// ascending reads a list of texts that has some, each once, in ascending order.
func (r *reader) ascending(what string) ([]string, error) {
	all, err := r.texts(what)
	switch i := firstOutOfOrder(all); {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, r.fail("%s is empty: what says nothing is left out", what)
	case all[0] == "":
		return nil, r.fail("%s holds an empty text", what)
	case i > 0:
		return nil, r.fail("%s is not in order: %q stands after %q", what, all[i], all[i-1])
	}
	return all, nil
}

// firstOutOfOrder is the place of the first text that is not greater than the one before it, or 0.
func firstOutOfOrder(texts []string) int {
	for i := 1; i < len(texts); i++ {
		if texts[i] <= texts[i-1] {
			return i
		}
	}
	return 0
}

// truth reads true or false.
func (r *reader) truth(what string) (bool, error) {
	v, err := r.value()
	if err == nil && v.Kind() != 't' && v.Kind() != 'f' {
		err = r.fail("%s is neither true nor false", what)
	}
	return v.Kind() == 't', err
}

// end says that nothing follows.
func (r *reader) end() error {
	if r.decoder.PeekKind() == jsontext.KindInvalid {
		if _, err := r.decoder.ReadToken(); err == io.EOF {
			return nil
		}
	}
	return &placed{int(r.decoder.InputOffset()) + 1, "something follows the release: each has its own line"}
}
