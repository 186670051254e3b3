package config

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maximumBytes is the maximum size of a file. The reference configuration has 30,000 bytes.
const maximumBytes = 1 << 20

// byteOrderMark is a mark that some editors write at the beginning of a file.
const byteOrderMark = "\ufeff"

// document returns the root node of a file's only document, or reports an error and returns nil.
func (d *decoder) document(data []byte) *yaml.Node {
	if len(data) > maximumBytes {
		d.failAt(Pos{1, 1}, "", "the file has %d bytes, more than %d", len(data), maximumBytes)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !d.readable(data) {
		return nil
	}
	reader := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	if err := reader.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			d.failAt(Pos{1, 1}, "", "the file is empty")
			return nil
		}
		d.syntax(string(data))
		return nil
	}
	switch err := reader.Decode(&second); {
	case err == nil:
		d.fail(&second, "the file has a second document: only one is read")
	case !errors.Is(err, io.EOF):
		d.syntax(string(data))
	}
	root := document.Content[0]
	root.Line = min(root.Line, 1+bytes.Count(data, []byte("\n"))) // yaml.v3 places an empty value after `---` on the line below
	return root
}

// readable reports whether YAML allows all characters of a text. It adds a finding for the first one that is not
// allowed, since yaml.v3's own error has no position.
func (d *decoder) readable(data []byte) bool {
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			d.failAt(Pos{line, column}, "save it as UTF-8", "the byte %#02x is not UTF-8", data[i])
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', 0x7f <= r && r < 0xa0 && r != 0x85, r == '\ufeff', r == 0xfffe, r == 0xffff:
			d.failAt(Pos{line, column}, "escape it in double quotes", "the character %U is not allowed in YAML", r)
			return false
		}
		column++
		if strings.ContainsRune(breaks, r) && !bytes.HasPrefix(data[i:], []byte("\r\n")) {
			line, column = line+1, 1
		}
		i += size
	}
	return true
}
