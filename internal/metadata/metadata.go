// Package metadata reads the core metadata of distributions: METADATA, PKG-INFO, and setuptools' requires.txt.
//
// The specification is "Core metadata specifications" of the Python packaging guide
// (https://packaging.python.org/en/latest/specifications/core-metadata/); the header syntax is read as
// pypa/packaging 26 and Python's email package do, which never fails: headers end at the first line that is
// none, a name may be in any case, a value may be folded. Values are handed over as texts: whether a
// requirement is valid is for whoever asks for it.
//
// requires.txt is described nowhere but in setuptools: sections `[extra]`, `[:marker]` and `[extra:marker]`
// whose lines are requirements.
package metadata

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Metadata are the fields of core metadata that resolution and selection ask for.
type Metadata struct {
	MetadataVersion, Name, Version, RequiresPython string
	// RequiresDist, ProvidesExtra, Dynamic and Classifiers are nil if the field does not occur.
	RequiresDist, ProvidesExtra, Dynamic, Classifiers []string
}

// Parse reads METADATA or PKG-INFO. A field that may stand there once counts as absent if it stands there more
// often.
func Parse(data []byte) Metadata {
	headers, _ := Headers(data)
	return Metadata{
		MetadataVersion: single(headers, "metadata-version"),
		Name:            single(headers, "name"),
		Version:         single(headers, "version"),
		RequiresPython:  single(headers, "requires-python"),
		RequiresDist:    all(headers, "requires-dist"),
		ProvidesExtra:   all(headers, "provides-extra"),
		Dynamic:         all(headers, "dynamic"),
		Classifiers:     all(headers, "classifier"),
	}
}

// all are the values of a field.
func all(headers []Header, name string) (values []string) {
	for _, h := range headers {
		if h.Name == name {
			values = append(values, h.Value)
		}
	}
	return values
}

// single is the value of a field that stands there once.
func single(headers []Header, name string) string {
	if values := all(headers, name); len(values) == 1 {
		return values[0]
	}
	return ""
}

// IsDynamic says whether a field, such as Requires-Dist, is declared to be computed at build time.
func (m *Metadata) IsDynamic(field string) bool {
	for _, name := range m.Dynamic {
		if strings.EqualFold(strings.TrimSpace(name), field) {
			return true
		}
	}
	return false
}

// Header is one field. Name is in lower case; Value is as it stands, with the line ends and blanks of its
// folding inside. A value that is not UTF-8 is read as Latin-1.
type Header struct{ Name, Value string }

// Headers splits core metadata into its headers, in their order, and what follows them.
func Headers(data []byte) (headers []Header, body []byte) {
	for len(data) > 0 {
		line, rest := cutLine(data)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return headers, rest
		}
		if isFolded(line) || bytes.HasPrefix(line, []byte("From ")) {
			data = rest // a fold without a header, or the mark of a mailbox
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

// cutLine splits after the first line end: LF, CR LF or CR.
func cutLine(data []byte) (line, rest []byte) {
	for i, c := range data {
		if c == '\n' || c == '\r' && !bytes.HasPrefix(data[i+1:], []byte("\n")) {
			return data[:i+1], data[i+1:]
		}
	}
	return data, nil
}

func isFolded(line []byte) bool { return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') }

// headerName is what stands before the colon if that is printable ASCII without blanks.
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
