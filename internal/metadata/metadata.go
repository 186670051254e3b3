// Package metadata reads the core metadata of distributions: METADATA, PKG-INFO, and setuptools' requires.txt.
//
// The specification is "Core metadata specifications" of the Python packaging guide
// (https://packaging.python.org/en/latest/specifications/core-metadata/). The header syntax is that of pypa/packaging
// 26 and Python's email package, which never fails: the headers end at the first line that is not a header, names may
// be in any case, values may be folded. Values are returned as texts; whether a requirement is valid is for the caller
// to check.
//
// The only description of requires.txt is the source of setuptools: the file has sections `[extra]`, `[:marker]` and
// `[extra:marker]`, and their lines are requirements.
package metadata

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Metadata holds the fields of core metadata that resolution and selection need.
type Metadata struct {
	MetadataVersion, Name, Version, RequiresPython string
	// RequiresDist, ProvidesExtra, Dynamic and Classifiers are nil if the field does not occur.
	RequiresDist, ProvidesExtra, Dynamic, Classifiers []string
}

// Parse parses METADATA or PKG-INFO. Of a field that may occur only once the first counts, as in pip.
func Parse(data []byte) Metadata {
	headers, _ := Headers(data)
	return Metadata{
		MetadataVersion: first(headers, "metadata-version"),
		Name:            first(headers, "name"),
		Version:         first(headers, "version"),
		RequiresPython:  first(headers, "requires-python"),
		RequiresDist:    all(headers, "requires-dist"),
		ProvidesExtra:   all(headers, "provides-extra"),
		Dynamic:         all(headers, "dynamic"),
		Classifiers:     all(headers, "classifier"),
	}
}

// all returns the values of a field.
func all(headers []Header, name string) (values []string) {
	for _, h := range headers {
		if h.Name == name {
			values = append(values, h.Value)
		}
	}
	return values
}

// first returns the first value of a field, and "" if it does not occur.
func first(headers []Header, name string) string {
	for _, h := range headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// IsDynamic reports whether a field, such as Requires-Dist, is declared to be computed at build time.
func (m *Metadata) IsDynamic(field string) bool {
	for _, name := range m.Dynamic {
		if strings.EqualFold(strings.TrimSpace(name), field) {
			return true
		}
	}
	return false
}

// A Header is one field. Name is in lower case. Value is unchanged and contains the line ends and white space of its
// folding. A value that is not UTF-8 is read as Latin-1.
type Header struct{ Name, Value string }

// Headers returns the headers of core metadata, in their order, and the body that follows them.
func Headers(data []byte) (headers []Header, body []byte) {
	for len(data) > 0 {
		line, rest := cutLine(data)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return headers, rest
		}
		if isFolded(line) || bytes.HasPrefix(line, []byte("From ")) {
			data = rest // a folded line without a header, or the first line of a mailbox
			continue
		}
		name, ok := headerName(line)
		if !ok {
			return headers, data
		}
		end := len(line)
		for next, _ := cutLine(data[end:]); isFolded(next); next, _ = cutLine(data[end:]) {
			end += len(next)
		}
		value := bytes.TrimLeft(data[len(name)+1:end], " \t")
		data = data[end:]
		if name != "" {
			headers = append(headers, Header{strings.ToLower(name), decode(bytes.TrimRight(value, "\r\n"))})
		}
	}
	return headers, nil
}

// cutLine splits data after the first line end: LF, CR LF or CR.
func cutLine(data []byte) (line, rest []byte) {
	for i, c := range data {
		if c == '\n' || c == '\r' && !bytes.HasPrefix(data[i+1:], []byte("\n")) {
			return data[:i+1], data[i+1:]
		}
	}
	return data, nil
}

func isFolded(line []byte) bool { return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') }

// headerName returns the text before the first colon, and whether it is a valid name: printable ASCII without spaces.
func headerName(line []byte) (string, bool) {
	for i, c := range line {
		if c == ':' {
			return string(line[:i]), true
		}
		if c <= ' ' || c > '~' {
			break
		}
	}
	return "", false
}

// decode returns a value as text: UTF-8 if it is valid, else Latin-1.
func decode(value []byte) string {
	if utf8.Valid(value) {
		return string(value)
	}
	runes := make([]rune, len(value))
	for i, c := range value {
		runes[i] = rune(c)
	}
	return string(runes)
}
