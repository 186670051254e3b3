package registry

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Format returns the file of a project. [Parse] parses it to an equal project, provided that the project's lists are in
// the order that their fields state. Bytes that are not valid UTF-8 are replaced by U+FFFD.
func Format(p *Project) []byte {
	var b []byte
	for i := range p.Releases {
		b = appendLine(b, &p.Releases[i])
	}
	return b
}

// SameLine reports whether two releases have the same line.
func SameLine(a, b *Release) bool { return bytes.Equal(appendLine(nil, a), appendLine(nil, b)) }

// A Difference is a key that two lines do not have alike. A and B are its values as JSON, empty where a line lacks it.
type Difference struct{ Key, A, B string }

// Differences returns what the lines of two releases differ in, sorted by key.
func Differences(a, b *Release) []Difference {
	x, y := members(a), members(b)
	keys := maps.Clone(x)
	maps.Copy(keys, y)
	var list []Difference
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if d := (Difference{key, string(x[key]), string(y[key])}); d.A != d.B {
			list = append(list, d)
		}
	}
	return list
}

// members returns the values of a line by their keys.
func members(r *Release) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(appendLine(nil, r), &all) // a formatted line is an object
	return all
}

// appendLine appends the line of a release, with its line end.
func appendLine(b []byte, r *Release) []byte {
	b = appendText(append(b, '{'), "version", r.Version.String())
	if !r.Uploaded.IsZero() {
		b = append(appendKey(b, "uploaded"), '"')
		b = append(r.Uploaded.UTC().AppendFormat(b, time.RFC3339Nano), '"')
	}
	b = appendYanked(b, r.Yanked)
	if r.RequiresPython != "" {
		b = appendText(b, "requires-python", r.RequiresPython)
	}
	if r.Sdist {
		b = append(appendKey(b, "sdist"), "true"...)
	}
	if len(r.Wheels) > 0 {
		b = appendTexts(b, "wheels", r.Wheels)
	}
	if len(r.Files) > 0 {
		b = appendObjects(b, "files", r.Files, appendFile)
	}
	if len(r.Metadata) > 0 {
		b = appendObjects(b, "metadata", r.Metadata, appendMetadata)
	}
	if r.Unreadable != "" {
		b = appendText(b, "unreadable", r.Unreadable)
	}
	if len(r.Verdicts) > 0 {
		b = appendObjects(b, "verdicts", r.Verdicts, appendVerdict)
	}
	if len(r.Unresolvable) > 0 {
		b = appendObjects(b, "unresolvable", r.Unresolvable, appendUnresolvable)
	}
	return append(b, '}', '\n')
}

// appendFile appends the content of an element of files.
func appendFile(b []byte, f *File) []byte {
	b = appendText(b, "file", f.File)
	b = appendOptional(b, "requires-python", f.RequiresPython)
	return appendYanked(b, f.Yanked)
}

// appendMetadata appends the content of an element of metadata.
func appendMetadata(b []byte, m *Metadata) []byte {
	if len(m.For) > 0 {
		b = appendTexts(b, "for", m.For)
	}
	if m.File != "" {
		b = appendText(b, "file", m.File)
	}
	if m.SHA256 != "" {
		b = appendText(b, "sha256", m.SHA256)
	}
	if m.Classifiers != nil {
		b = appendTexts(b, "classifiers", m.Classifiers.Pythons)
	}
	if r := m.Requirements; r != nil {
		b = appendOptional(b, "requires-python", r.Python)
		b = appendTexts(b, "requires", r.Dist)
		if len(r.Extras) > 0 {
			b = appendTexts(b, "extras", r.Extras)
		}
		if r.Source != "" {
			b = appendText(b, "source", r.Source)
		}
	}
	return b
}

// appendVerdict appends the content of an element of verdicts.
func appendVerdict(b []byte, v *Verdict) []byte {
	b = appendText(b, "python", v.Python)
	if len(v.Extras) > 0 {
		b = appendTexts(b, "extras", v.Extras)
	}
	b = strconv.AppendBool(appendKey(b, "supported"), v.Supported)
	return appendText(b, "reason", v.Reason)
}

// appendUnresolvable appends the content of an element of unresolvable.
func appendUnresolvable(b []byte, u *Unresolvable) []byte {
	b = appendText(b, "suite", u.Suite)
	b = appendText(b, "python", u.Python)
	b = appendText(b, "reason", u.Reason)
	return appendText(b, "roots", u.Roots)
}

// appendObjects appends a key with a list of objects, whose content appendOne appends.
func appendObjects[T any](b []byte, key string, all []T, appendOne func([]byte, *T) []byte) []byte {
	b = append(appendKey(b, key), '[')
	for i := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendOne(append(b, '{'), &all[i]), '}')
	}
	return append(b, ']')
}

// appendTexts appends a key with a list of strings.
func appendTexts(b []byte, key string, texts []string) []byte {
	b = append(appendKey(b, key), '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, text)
	}
	return append(b, ']')
}

// appendYanked appends the key yanked, if it is set.
func appendYanked(b []byte, y Yanked) []byte {
	switch {
	case !y.Is:
		return b
	case y.Reason == "":
		return append(appendKey(b, "yanked"), "true"...)
	default:
		return appendText(b, "yanked", y.Reason)
	}
}

// appendOptional appends a key with a string, unless it is nil.
func appendOptional(b []byte, key string, text *string) []byte {
	if text == nil {
		return b
	}
	return appendText(b, key, *text)
}

// appendText appends a key with a string.
func appendText(b []byte, key, text string) []byte { return appendQuoted(appendKey(b, key), text) }

// appendKey appends a key with its colon, and a comma before it unless it is the first key of its object.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), key...), '"', ':')
}

// appendQuoted appends a JSON string.
func appendQuoted(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text) // the error only reports that bytes were replaced
	return b
}
