package tox

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/ini.v1"
)

// A File is a parsed tox.ini. Factors have the meaning that they have in tox 4, but substitutions in braces are not
// replaced, and ranges that are open at one end match nothing. A File is immutable. The zero File is an empty file.
type File struct {
	// source is the text of which the file was parsed, with what people wrote.
	source   []byte
	sections []string
	// environments are the names in env_list.
	environments []string
	// testenv are the values of [testenv] by key, pkgenv those of [pkgenv], which holds for the environments in which tox
	// builds the SDK.
	testenv, pkgenv map[string]*value
	// labels are the environments that each label selects.
	labels map[string][]string
}

// maximumKeys is the maximum number of keys and sections of a file: the time of ini.v1 grows with their square.
const maximumKeys = 10_000

// Parse parses the generated part of a tox.ini. It returns an error if the text is not an ini file, or if its conditions expand to far more
// than the size of the text.
func Parse(data []byte) (*File, error) {
	source := data
	data = generated(data)
	if bytes.Contains(data, []byte(lineBreak)) {
		return nil, errors.New("not an ini file: it contains a control character")
	}
	s := newSplitter(data)
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
	values := func(section string) map[string]*value {
		all := map[string]*value{}
		for _, key := range parsed.Section(section).Keys() {
			all[key.Name()] = s.newValue(restored(key.Value()))
		}
		return all
	}
	f := &File{source: source, sections: parsed.SectionStrings(), testenv: values("testenv"), pkgenv: values("pkgenv")}
	f.environments = s.names(restored(parsed.Section("tox").Key("env_list").Value()))
	f.labels = s.labels(restored(parsed.Section("tox").Key("labels").Value()))
	if s.left < 0 {
		return nil, errors.New("its conditions expand to far more than the size of the file")
	}
	return f, nil
}

// lineBreak replaces the line breaks inside a value for ini.v1, whose time grows with the square of the number of a
// value's lines. It is also put before each value, so that no value starts with a quote: ini.v1 would remove the quote
// and join all lines up to the next one.
const lineBreak = "\x1f"

// restored returns a value as it is in the file.
func restored(value string) string { return strings.ReplaceAll(value, lineBreak, "\n") }

// normalized returns a file with each value on one line and without blank lines and comments: Python's parser skips them
// inside a value, but for ini.v1 they end it.
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

// Environments returns the names in env_list, in its order, each only once. The caller must not change the slice.
func (f *File) Environments() []string { return f.environments }

// names returns the names in an env_list, each only once.
func (s *splitter) names(list string) []string {
	var names []string
	seen := map[string]bool{}
	for line := range strings.SplitSeq(list, "\n") {
		alternatives, _ := expand(withoutComment(strings.TrimSpace(line)), &s.left)
		for _, c := range alternatives {
			if name := c.String(); name != "" && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// labels returns the environments that each label of a value of [tox] selects. The last line for a label wins. A line
// without `=`, because of which tox refuses the whole file, is among the environments of the label "".
func (s *splitter) labels(value string) map[string][]string {
	labels := map[string][]string{}
	for _, row := range s.newValue(value).filter("") {
		if name, list, found := strings.Cut(row, "="); found {
			labels[strings.TrimSpace(name)] = s.names(list)
		} else {
			labels[""] = append(labels[""], row)
		}
	}
	return labels
}

// Labels returns the names of the environments that each label selects, by [tox] or by [testenv]. Lines of [tox] that are
// no labels are under "".
func (f *File) Labels() map[string][]string {
	all := maps.Clone(f.labels)
	for _, environment := range f.environments {
		for _, label := range f.labelsOf(environment) {
			if !slices.Contains(all[label], environment) {
				all[label] = append(slices.Clip(all[label]), environment)
			}
		}
	}
	return all
}

// Lines returns the lines of a key of [testenv] that apply to an environment, without their conditions.
func (f *File) Lines(key, environment string) []string {
	if v := f.testenv[key]; v != nil {
		return v.filter(environment)
	}
	return nil
}

// packageEnvironment is the environment in which tox builds the SDK, and the first factor of those in which it builds
// wheels for other Pythons than its own.
const packageEnvironment = ".pkg"

// PackageLines returns the lines of a key that apply to an environment in which tox builds the SDK.
func (f *File) PackageLines(key, environment string) []string {
	if v := f.pkgenv[key]; v != nil {
		return v.filter(environment)
	}
	return nil
}

// Variables returns the variables that set_env sets in an environment. The last line for a name wins.
func (f *File) Variables(environment string) map[string]string {
	return variablesOf(f.Lines("set_env", environment))
}

// PackageVariables returns the variables that are set where tox builds the SDK.
func (f *File) PackageVariables() map[string]string {
	return variablesOf(f.PackageLines("set_env", packageEnvironment))
}

// variablesOf returns the variables that lines of set_env set.
func variablesOf(lines []string) map[string]string {
	values := map[string]string{}
	for _, line := range lines {
		if name, value, found := strings.Cut(line, "="); found {
			values[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return values
}
