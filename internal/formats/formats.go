// Package formats knows the formats of files that one toxgen writes and another one reads. A file that states no format has the first
// one. A program that meets a greater format than it knows reports that, and nothing else about the file.
package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Hint is what helps against a file that a newer toxgen wrote.
const Hint = "update toxgen"

// A NewerError reports a format that is greater than the one that this build knows.
type NewerError struct {
	// What is the kind of the file.
	What          string
	Format, Known int
}

// Error returns the error as one sentence, without [Hint].
func (e *NewerError) Error() string {
	return fmt.Sprintf("the %s has format %d, of a newer toxgen: this one knows format %d", e.What, e.Format, e.Known)
}

// Generated is the format of the files that toxgen generates and marks in their first line.
const Generated = 1

// stated matches the line by which a generated file states another format than the first one.
var stated = regexp.MustCompile(`^# toxgen format ([1-9][0-9]{0,8})\s*$`)

// CheckGenerated returns a [NewerError] and the number of the line, if a comment at the beginning of a generated file states
// a greater format than [Generated]. Conflict markers of git do not end the comments.
func CheckGenerated(data []byte) (line int, err error) {
	for text := range bytes.Lines(data) {
		line++
		switch m := stated.FindSubmatch(text); {
		case m != nil:
			if format, _ := strconv.Atoi(string(m[1])); format > Generated {
				return line, &NewerError{"file", format, Generated}
			}
		case !bytes.ContainsRune([]byte("#<|=>"), rune(text[0])):
			return 0, nil
		}
	}
	return 0, nil
}

// DecodeJSON decodes a JSON object, of which what is the kind, and which may state its format under a key. A greater format than the
// known one is the first and only error, whatever else is in the object. Unknown keys are errors, and so is data after the object.
func DecodeJSON(what string, data []byte, key string, known int, object any) error {
	var all map[string]json.RawMessage
	if json.Unmarshal(data, &all) == nil {
		if format, err := strconv.Atoi(string(all[key])); err == nil && format > known {
			return fmt.Errorf("%w: %s", &NewerError{what, format, known}, Hint)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(object); err != nil {
		if strings.HasPrefix(err.Error(), "json: unknown field ") { // encoding/json has no type for it
			return fmt.Errorf("not a %s: %w: if a newer toxgen wrote it, %s", what, err, Hint)
		}
		return fmt.Errorf("not a %s: %w", what, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("not a %s: unexpected data after it", what)
	}
	return nil
}
