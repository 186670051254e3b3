package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A reader reads the JSON values of one line after another. It uses no reflection, because a check reads the whole
// registry.
type reader struct {
	decoder jsontext.Decoder
	buffer  bytes.Buffer
	// line is the text of the line. Strings that are read from it are substrings where possible.
	line string
	// start is the offset of the value that was read last.
	start int
	// scratch is the buffer for the list that is being read.
	scratch []string
}

// A columnError is an error at a column of a line, counted from 1.
type columnError struct {
	column  int
	message string
	// perhapsNewer is set if a newer toxgen may have written what is an error here.
	perhapsNewer bool
}

// Error returns the message without the place.
func (e *columnError) Error() string { return e.message }

// reset starts the reading of a line; data and line are the same text.
func (r *reader) reset(data []byte, line string) {
	r.line, r.start = line, 0
	r.buffer = *bytes.NewBuffer(data)
	r.decoder.Reset(&r.buffer)
}

// fail returns an error at the value that was read last.
func (r *reader) fail(format string, args ...any) error {
	return &columnError{column: r.start + 1, message: fmt.Sprintf(format, args...)}
}

// syntax returns an error of the JSON decoder as one sentence with its column.
func (r *reader) syntax(err error) error {
	column, text := len(r.line)+1, "the line ends before its value does"
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) && !errors.Is(err, io.ErrUnexpectedEOF) {
		column, text = int(syntactic.ByteOffset)+1, "not JSON: "+syntactic.Err.Error()
		if errors.Is(err, jsontext.ErrDuplicateName) {
			text = fmt.Sprintf("the key %s appears twice", syntactic.JSONPointer.LastToken())
		}
	}
	return &columnError{column: column, message: strings.Join(strings.Fields(text), " ")}
}

// value reads one whole value.
func (r *reader) value() (jsontext.Value, error) {
	v, err := r.decoder.ReadValue()
	if err != nil {
		return nil, r.syntax(err)
	}
	r.start = int(r.decoder.InputOffset()) - len(v)
	return v, nil
}

// token reads the start or the end of an object or a list.
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

// object reads an object. It calls each for every key, which has to read the value. what names the object in errors.
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

// list reads a list. It calls each for every element, which has to read it. what names the list in errors.
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

// text reads a string.
func (r *reader) text(what string) (string, error) {
	v, err := r.value()
	switch {
	case err != nil:
		return "", err
	case v.Kind() != '"':
		return "", r.fail("%s is not a string", what)
	}
	return r.unquoted(v), nil
}

// unquoted returns the string that was read last. It is a substring of the line if it has no escapes.
func (r *reader) unquoted(v jsontext.Value) string {
	if bytes.IndexByte(v, '\\') < 0 {
		return r.line[r.start+1 : r.start+len(v)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, v) // the decoder has checked that it is a string
	return string(text)
}

// nonEmptyText reads a string that must not be empty: a key without a value is left out.
func (r *reader) nonEmptyText(what string) (string, error) {
	text, err := r.text(what)
	if err == nil && text == "" {
		err = r.fail("%s is empty: leave the key out instead", what)
	}
	return text, err
}

// texts reads a list of strings. The result is never nil.
func (r *reader) texts(what string) ([]string, error) {
	r.scratch = r.scratch[:0]
	err := r.list(what, func() error {
		text, err := r.text(what)
		r.scratch = append(r.scratch, text)
		return err
	})
	return append(make([]string, 0, len(r.scratch)), r.scratch...), err
}

// ascending reads a list of strings that must not be empty, and whose strings are in ascending order, each only once.
func (r *reader) ascending(what string) ([]string, error) {
	all, err := r.texts(what)
	switch i := firstOutOfOrder(all); {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, r.fail("%s is empty: leave the key out instead", what)
	case all[0] == "":
		return nil, r.fail("%s contains an empty string", what)
	case i > 0:
		return nil, r.fail("%s is not in order: %q comes after %q", what, all[i], all[i-1])
	}
	return all, nil
}

// firstOutOfOrder returns the index of the first string that is not greater than the one before it, or 0.
func firstOutOfOrder(texts []string) int {
	for i := 1; i < len(texts); i++ {
		if texts[i] <= texts[i-1] {
			return i
		}
	}
	return 0
}

// boolean reads true or false.
func (r *reader) boolean(what string) (bool, error) {
	v, err := r.value()
	if err == nil && v.Kind() != 't' && v.Kind() != 'f' {
		err = r.fail("%s is neither true nor false", what)
	}
	return v.Kind() == 't', err
}

// end returns an error if anything follows the value that was read last.
func (r *reader) end() error {
	if r.decoder.PeekKind() == jsontext.KindInvalid {
		if _, err := r.decoder.ReadToken(); err == io.EOF {
			return nil
		}
	}
	return &columnError{column: int(r.decoder.InputOffset()) + 1, message: "unexpected data after the release: each release has its own line"}
}
