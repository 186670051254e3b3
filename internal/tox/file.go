package tox

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"gopkg.in/ini.v1"
)

// File is a parsed tox.ini. It is read as tox 4 does, as far as factors go: substitutions in braces stay as they
// stand, and ranges that are open at one end match nothing. The zero File is an empty one. It is immutable.
type File struct {
	sections []string
	// environments are the names in env_list.
	environments []string
	// values are those of [testenv].
	values map[string]*value
}

// maximumKeys bounds the keys and sections of a file: ini.v1 takes time by their square.
const maximumKeys = 10_000

// Parse reads a tox.ini. It is an error if the text is no ini file, or is larger than it looks: what its conditions
// expand to is bounded by its length.
func Parse(data []byte) (*File, error) {
	if bytes.Contains(data, []byte(lineBreak)) {
		return nil, errors.New("not an ini file: it holds a control character")
	}
	left := roomOf(data)
	data = normalized(data)
	if bytes.Count(data, []byte("\n")) > maximumKeys {
		return nil, fmt.Errorf("it has more than %d keys and sections", maximumKeys)
	}
	parsed, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment:     true,
		IgnoreContinuation:      true,
		PreserveSurroundedQuote: true,
		ReaderBufferSize:        len(data) + 1, // a longer value would be cut without an error
	}, data)
	if err != nil {
		return nil, fmt.Errorf("not an ini file: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	f := &File{sections: parsed.SectionStrings(), values: map[string]*value{}}
	for _, key := range parsed.Section("testenv").Keys() {
		f.values[key.Name()] = newValue(restored(key.Value()), &left)
	}
	f.environments = namesOf(restored(parsed.Section("tox").Key("env_list").Value()), &left)
	if left < 0 {
		return nil, errors.New("its conditions stand for far more than the file holds")
	}
	return f, nil
}

// lineBreak stands for a line break inside a value while ini.v1 reads it, which takes time by the square of a value's
// lines. It also stands before each value, so that none begins with a quote, which ini.v1 would take away, with all
// lines up to the next.
const lineBreak = "\x1f"

// restored is a value as it stands in the file.
func restored(value string) string { return strings.ReplaceAll(value, lineBreak, "\n") }

// normalized writes each value on one line, and drops blank lines and comments: Python's parser skips them inside a
// value, and ini.v1 takes them for its end.
func normalized(data []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(data) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 || text[0] == '#' || text[0] == ';' {
			continue
		}
		if indented := line[0] == ' ' || line[0] == '\t'; indented && b.Len() > 0 {
			b.WriteString(lineBreak)
		} else {
			b.WriteByte('\n')
			if end := bytes.IndexAny(text, "=:") + 1; end > 0 && text[0] != '[' {
				b.Write(text[:end])
				b.WriteString(lineBreak)
				text = text[end:]
			}
		}
		b.Write(text)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Environments are the names in env_list, in its order, each once. The slice is not to be changed.
func (f *File) Environments() []string { return f.environments }

// namesOf are the names in an env_list.
func namesOf(list string, left *room) []string {
	var names []string
	seen := map[string]bool{}
	for line := range strings.SplitSeq(list, "\n") {
		alternatives, _ := expand(withoutComment(strings.TrimSpace(line)), left)
		for _, c := range alternatives {
			if name := c.String(); name != "" && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// Lines are the lines of a key of [testenv] that apply to an environment, without their factors.
func (f *File) Lines(key, environment string) []string {
	if v := f.values[key]; v != nil {
		return v.filter(environment)
	}
	return nil
}

// Variables are what set_env says for an environment; a later line of a name wins.
func (f *File) Variables(environment string) map[string]string {
	values := map[string]string{}
	for _, line := range f.Lines("set_env", environment) {
		if name, value, found := strings.Cut(line, "="); found {
			values[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return values
}
