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
	var m Metadata
	once := map[string]*string{"metadata-version": &m.MetadataVersion, "name": &m.Name, "version": &m.Version, "requires-python": &m.RequiresPython}
	many := map[string]*[]string{"requires-dist": &m.RequiresDist, "provides-extra": &m.ProvidesExtra, "dynamic": &m.Dynamic, "classifier": &m.Classifiers}
	seen := map[string]bool{}
	headers, _ := Headers(data)
	for _, h := range headers {
		if list := many[h.Name]; list != nil {
			*list = append(*list, h.Value)
		} else if text := once[h.Name]; text != nil {
			*text = h.Value
			if seen[h.Name] {
				delete(once, h.Name)
				*text = ""
			}
			seen[h.Name] = true
		}
	}
	return m
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
// folding inside. A value that is not UTF-8 is read as Latin-1, and Encoded says that it was UTF-8.
type Header struct {
	Name, Value string
	Encoded     bool
}

// Headers splits core metadata into its headers, in their order, and what follows them.
func Headers(data []byte) (headers []Header, body []byte) {
	for first := true; len(data) > 0; first = false {
		line, rest := cutLine(data)
		if blank(line) {
			return headers, rest
		}
		if isFolded(line) && first || first && bytes.HasPrefix(line, []byte("From ")) {
			data = rest
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
			text, encoded := decode(bytes.TrimRight(value, "\r\n"))
			headers = append(headers, Header{strings.ToLower(name), text, encoded})
		}
	}
	return headers, nil
}

// cutLine splits after the first line end: LF, CR LF or CR.
func cutLine(data []byte) (line, rest []byte) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0:
		return data, nil
	case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
		i++
	}
	return data[:i+1], data[i+1:]
}

func blank(line []byte) bool { return len(bytes.TrimRight(line, "\r\n")) == 0 }

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

func decode(value []byte) (text string, encoded bool) {
	if utf8.Valid(value) {
		return string(value), true
	}
	runes := make([]rune, len(value))
	for i, c := range value {
		runes[i] = rune(c)
	}
	return string(runes), false
}
