package support

import (
	"bytes"
	"encoding/json"
	"fmt"

	"toxgen/internal/display"
)

// Version is the version of the format of [Table.JSON]. It changes with every change that a reader could notice.
const Version = 1

// markJSON begins the first line of every support table in JSON.
const markJSON display.Mark = "{\"generated-by\": \"toxgen (`mage workflows`)"

// IsJSON reports whether toxgen made a file as a support table in JSON. Only its first line decides.
func IsJSON(data []byte) bool { return markJSON.Begins(data) }

// JSON returns the table as JSON. Each suite is one line, so that a change of a few suites is a change of as many lines.
func (t *Table) JSON() []byte {
	var b bytes.Buffer
	out := display.NewWriter(&b) // its escapes are those of JSON
	fmt.Fprintf(out, "%s: edits are not kept\",\n", markJSON.By(t.Program))
	fmt.Fprintf(out, "\"version\": %d,\n\"project\": %s,\n", Version, encoded(t.Project))
	if !t.NewestUpload.IsZero() {
		fmt.Fprintf(out, "\"newest-upload\": %s,\n", encoded(t.NewestUpload))
	}
	fmt.Fprintf(out, "\"pythons\": %s,\n\"held\": %s,\n\"suites\": %s\n}\n", list(t.Pythons), list(t.Held), list(t.Suites))
	return b.Bytes()
}

// list returns a list as JSON, each element on a line of its own.
func list[T any](elements []T) string {
	text, end := "[", "]"
	for i, element := range elements {
		if i > 0 {
			text += ","
		}
		text += "\n" + encoded(element)
		end = "\n]"
	}
	return text + end
}

// encoded returns a value as JSON on one line.
func encoded(value any) string {
	data, _ := json.Marshal(value) // no type of a table can fail: years of uploads have four digits
	return string(data)
}
