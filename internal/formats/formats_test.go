package formats

import (
	"errors"
	"testing"
)

func TestCheckGenerated(t *testing.T) {
	const mark = "# Made by `mage toxgen` from toxgen.yaml\n"
	for _, c := range []struct {
		name, in string
		line     int
		want     string
	}{
		{"nothing", "", 0, ""},
		{"no format", mark + "\n[tox]\n", 0, ""},
		{"the known one", mark + "# toxgen format 1\n\n[tox]\n", 0, ""},
		{"a newer one", mark + "# toxgen format 2\n\n[tox]\n", 2, "the file has format 2, of a newer toxgen: this one knows format 1"},
		{"behind another comment", mark + "# The pins of py3.12 are for macos.\n# toxgen format 31\r\n", 3, "the file has format 31, of a newer toxgen: this one knows format 1"},
		{"without a line end", mark + "# toxgen format 2", 2, "the file has format 2, of a newer toxgen: this one knows format 1"},
		{"in a conflict", "<<<<<<< ours\n" + mark + "=======\n" + mark + "# toxgen format 2\n>>>>>>> theirs\n", 5, "the file has format 2, of a newer toxgen: this one knows format 1"},
		{"below the first comments", mark + "\n# toxgen format 2\n", 0, ""},
		{"other words", mark + "# toxgen format 2 is not this one\n# toxgen format 0\n# toxgen format x\n", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, err := CheckGenerated([]byte(c.in))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if line != c.line || got != c.want {
				t.Errorf("line %d: %q, want line %d: %q", line, got, c.line, c.want)
			}
		})
	}
}

func TestDecodeJSON(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		newer          bool
	}{
		{"the known format", `{"format": 3, "text": "a"}`, "", false},
		{"an older format", `{"format": 2, "text": "a"}`, "", false},
		{"no format", `{"text": "a"}`, "", false},
		{"a newer format", `{"format": 4}`, "the note has format 4, of a newer toxgen: this one knows format 3: update toxgen", true},
		{"a newer format behind an unknown key and another type", `{"text": {"a": 1}, "new": 1, "format": 4}`, "the note has format 4, of a newer toxgen: this one knows format 3: update toxgen", true},
		{"an unknown key", `{"format": 3, "new": 1}`, `not a note: json: unknown field "new": if a newer toxgen wrote it, update toxgen`, false},
		{"a format that is no number", `{"format": "4"}`, "not a note: json: cannot unmarshal string into Go struct field note.format of type int", false},
		{"two objects", `{"format": 3} {"format": 4}`, "not a note: unexpected data after it", false},
		{"nothing", "", "not a note: EOF", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			type note struct {
				Format int    `json:"format"`
				Text   string `json:"text"`
			}
			err := DecodeJSON("note", []byte(c.in), "format", 3, &note{})
			got := ""
			if err != nil {
				got = err.Error()
			}
			if _, newer := errors.AsType[*NewerError](err); got != c.want || newer != c.newer {
				t.Errorf("%q, newer %t, want %q, newer %t", got, newer, c.want, c.newer)
			}
		})
	}
}
