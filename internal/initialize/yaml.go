package initialize

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/display"
)

// A writer writes YAML line by line.
type writer struct{ strings.Builder }

// line writes a line.
func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// comment writes a comment as lines of some width.
func (w *writer) comment(indent, text string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(display.Line(text)) {
		if len(line)+len(word) > 118 && len(line) > len(indent)+1 {
			w.line("%s", line)
			line = indent + "#"
		}
		line += " " + word
	}
	w.line("%s", line)
}

// plain matches texts that mean themselves in YAML wherever they stand.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`)

// words are texts that YAML may take for something else.
var words = []string{"y", "n", "yes", "no", "true", "false", "on", "off", "null"}

// quoted returns a text as a YAML scalar. YAML understands every escape of Go's quoting.
func quoted(text string) string {
	if plain.MatchString(text) && !slices.Contains(words, strings.ToLower(text)) {
		return text
	}
	return strconv.Quote(text)
}

// list returns texts as a flow sequence.
func list(texts []string) string { return sequence(texts, quoted) }

// sequence returns texts as a flow sequence of the scalars that a function makes of them.
func sequence(texts []string, scalar func(text string) string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = scalar(text)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// pairsOf returns the entries of a flow mapping, sorted.
func pairsOf(m map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, quoted(name)+": "+strconv.Quote(m[name]))
	}
	return strings.Join(all, ", ")
}
