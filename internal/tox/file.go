package tox

import (
	"bytes"
	"fmt"
	"strings"

	"gopkg.in/ini.v1"
)

// File is a parsed tox.ini. It is read as tox 4 does, as far as factors go: substitutions in braces stay as they
// stand, and ranges that are open at one end match nothing. It is not safe for concurrent use.
type File struct {
	sections map[string]map[string]string
	// lines are those of the keys of [testenv], split when they are asked for.
	lines map[string][]line
}

// Parse reads a tox.ini. It is an error if the text is no ini file.
func Parse(data []byte) (*File, error) {
	data = normalized(data)
	parsed, err := ini.LoadSources(ini.LoadOptions{
		AllowPythonMultilineValues: true,
		IgnoreInlineComment:        true,
		IgnoreContinuation:         true,
		PreserveSurroundedQuote:    true,
		ReaderBufferSize:           len(data) + 1, // a longer value would be cut without an error
	}, data)
	if err != nil {
		return nil, fmt.Errorf("not an ini file: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	f := &File{sections: map[string]map[string]string{}, lines: map[string][]line{}}
	for _, section := range parsed.Sections() {
		values := map[string]string{}
		for _, key := range section.Keys() {
			values[key.Name()] = key.Value()
		}
		f.sections[section.Name()] = values
	}
	return f, nil
}

// normalized drops blank lines and comments, which Python's parser skips inside a value and ini.v1 takes for its
// end.
func normalized(data []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(data) {
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' && text[0] != ';' {
			b.Write(bytes.TrimRight(line, "\r\n"))
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// Environments are the names in env_list, in its order, each once.
func (f *File) Environments() []string {
	var names []string
	seen := map[string]bool{}
	for line := range strings.SplitSeq(f.sections["tox"]["env_list"], "\n") {
		alternatives, _ := expand(withoutComment(strings.TrimSpace(line)))
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
	split, known := f.lines[key]
	if !known {
		split = lines(f.sections["testenv"][key])
		f.lines[key] = split
	}
	return filter(split, environment)
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
