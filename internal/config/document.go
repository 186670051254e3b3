package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maximumBytes is far more than people write: the reference configuration has 30,000.
const maximumBytes = 1 << 20

// byteOrderMark is what some editors put at the beginning of a file.
const byteOrderMark = "\ufeff"

// document reads the one document of a file, or reports why it cannot.
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
		d.syntax(err, data)
		return nil
	}
	switch err := reader.Decode(&second); {
	case err == nil:
		d.fail(&second, "a second document: only one is read")
	case !errors.Is(err, io.EOF):
		d.syntax(err, data)
	}
	root := document.Content[0]
	root.Line = min(root.Line, 1+bytes.Count(data, []byte("\n"))) // yaml.v3 has the nothing behind `---` on a line of its own
	return root
}

// readable reports the first character that YAML does not admit: yaml.v3 does not say where one stands.
func (d *decoder) readable(data []byte) bool {
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			d.failAt(Pos{line, column}, "save it as UTF-8", "the byte %#02x is not UTF-8", data[i])
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', 0x7f <= r && r < 0xa0 && r != 0x85, r == '\ufeff', r == 0xfffe, r == 0xffff:
			d.failAt(Pos{line, column}, "in double quotes it can be escaped", "the character %U cannot stand in YAML", r)
			return false
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		i += size
	}
	return true
}

var (
	yamlError    = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	yamlAlias    = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	indentingTab = regexp.MustCompile(`^ *\t`)
)

// syntax gives an error of yaml.v3, which is a text, the best place that can be told.
func (d *decoder) syntax(err error, data []byte) {
	text, pos, hint := err.Error(), Pos{Line: 1}, ""
	if m := yamlError.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if line, err := strconv.Atoi(m[1]); err == nil {
			pos.Line = line
		}
	}
	lines := strings.Split(string(data), "\n")
	if m := yamlAlias.FindStringSubmatch(text); m != nil {
		if at := strings.Index(string(data), "*"+m[1]); at >= 0 {
			before := string(data[:at])
			pos.Line = strings.Count(before, "\n") + 1
			pos.Column = utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
		}
		text = fmt.Sprintf("*%s refers to no anchor, and anchors are not read either", m[1])
	}
	// A tab that indents is reported for the line itself or, in the wake of the one before, for a neighbour.
	for _, number := range []int{pos.Line, pos.Line + 1, pos.Line - 1} {
		if 1 <= number && number <= len(lines) && indentingTab.MatchString(lines[number-1]) {
			pos = Pos{number, strings.IndexByte(lines[number-1], '\t') + 1}
			hint = "YAML is indented by blanks, not by tabs"
			break
		}
	}
	d.failAt(pos, hint, "not YAML: %s", text)
}
