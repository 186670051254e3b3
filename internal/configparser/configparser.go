// Package configparser reads files in the format of Python's configparser
// (https://docs.python.org/3/library/configparser.html), as setuptools reads setup.cfg and tox reads tox.ini: full-line
// comments with `#` and `;`, values of several lines by indentation, and no repeated sections or options. Everything that
// is read has its position. The names of options keep their case.
//
// Non-goals are interpolation and writing.
package configparser

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A File is a parsed file.
type File struct {
	Sections []*Section
	Defaults *Section // [DEFAULT], whose options every section has, or nil
}

// A Section is a section with its options, in their order.
type Section struct {
	Name string
	Place
	Options []*Option
	index   map[string]*Option
}

// An Option is a key with the lines of its value. It has at least one line, which may be empty.
type Option struct {
	Name string
	Place
	Lines []Line
}

// A Line is a part of a value without blanks at its ends.
type Line struct {
	Text string
	Place
}

// A Place is a position in a file. Line and Column count from 1.
type Place struct {
	File         string
	Line, Column int
}

// A Fault is an error in a file. Python's configparser refuses a file with a fault.
type Fault struct {
	Place
	// Message is one sentence, and Hint is how to fix the fault.
	Message, Hint string
}

// Value returns the lines of the value as one text.
func (o *Option) Value() string {
	texts := make([]string, len(o.Lines))
	for i, l := range o.Lines {
		texts[i] = l.Text
	}
	return strings.Join(texts, "\n")
}

// Section returns the section of a name, or nil.
func (f *File) Section(name string) *Section {
	for _, s := range f.Sections {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Option returns the option of a name, or nil. A nil section has no options.
func (s *Section) Option(name string) *Option {
	if s == nil {
		return nil
	}
	return s.index[name]
}

// isBlank reports whether Python's strip removes a character.
func isBlank(c rune) bool { return unicode.IsSpace(c) || 0x1c <= c && c <= 0x1f }

// Trim returns a text without the characters at its ends that Python's strip removes.
func Trim(text string) string { return strings.TrimFunc(text, isBlank) }

// maximumKeys is the maximum number of sections and options of a file: each section is compared with those before.
const maximumKeys = 20_000

// parser is the state of reading a file, line by line.
type parser struct {
	file    *File
	faults  []Fault
	section *Section
	option  *Option // whose value the next line may continue
	indent  int     // of the last line that was a section or an option
	keys    int     // sections and options so far
}

// Parse reads a text. name is the name of its file in places. The File is what could be read if there are faults.
func Parse(name, text string) (*File, []Fault) {
	p := &parser{file: &File{}}
	text = strings.TrimPrefix(text, "\ufeff")
	for i, raw := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		if p.keys > maximumKeys {
			p.fail(Place{File: name}, "at most 20,000 keys are read", "the file has too many keys")
			break
		}
		left := raw[:len(raw)-len(strings.TrimLeftFunc(raw, isBlank))]
		p.line(utf8.RuneCountInString(left), Line{Trim(raw), Place{File: name, Line: i + 1, Column: utf8.RuneCountInString(left) + 1}})
	}
	p.end()
	return p.file, p.faults
}

// fail adds a fault.
func (p *parser) fail(at Place, hint, format string, args ...any) {
	p.faults = append(p.faults, Fault{Place: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// end ends a value: blank lines at its end do not belong to it.
func (p *parser) end() {
	if p.option == nil {
		return
	}
	for n := len(p.option.Lines); n > 1 && p.option.Lines[n-1].Text == ""; n-- {
		p.option.Lines = p.option.Lines[:n-1]
	}
	p.option = nil
}

func (p *parser) line(indent int, l Line) {
	switch {
	case strings.HasPrefix(l.Text, "#"), strings.HasPrefix(l.Text, ";"):
	case l.Text == "":
		if p.option != nil {
			p.option.Lines = append(p.option.Lines, l)
		}
	case p.option != nil && indent > p.indent:
		p.option.Lines = append(p.option.Lines, l)
	default:
		p.end()
		p.indent = indent
		p.keys++
		if last := strings.LastIndexByte(l.Text, ']'); l.Text[0] == '[' && last > 1 {
			p.begin(l, l.Text[1:last])
		} else if p.section == nil {
			p.fail(l.Place, "begin with a section, as in [metadata]", "an option comes before the first section")
			p.section = &Section{index: map[string]*Option{}}
		} else {
			p.assign(l)
		}
	}
}

// begin begins a section.
func (p *parser) begin(l Line, name string) {
	if name == "DEFAULT" {
		if p.file.Defaults == nil {
			p.file.Defaults = &Section{Name: name, Place: l.Place, index: map[string]*Option{}}
		}
		p.section = p.file.Defaults
		return
	}
	if before := p.file.Section(name); before != nil {
		p.fail(l.Place, "join them", "the section %q appears twice, first in line %d", name, before.Line)
	}
	p.section = &Section{Name: name, Place: l.Place, index: map[string]*Option{}}
	p.file.Sections = append(p.file.Sections, p.section)
}

// assign begins an option.
func (p *parser) assign(l Line) {
	at := strings.IndexAny(l.Text, "=:")
	if at <= 0 {
		p.fail(l.Place, "write `key = value`; indent a line that continues a value", "the line is neither a section nor an option")
		return
	}
	name, value := strings.TrimRightFunc(l.Text[:at], isBlank), strings.TrimLeftFunc(l.Text[at+1:], isBlank)
	if before := p.section.index[name]; before != nil {
		p.fail(l.Place, "join them", "the option %q appears twice, first in line %d", name, before.Line)
	}
	at = len(l.Text) - len(value)
	place := l.Place
	place.Column += utf8.RuneCountInString(l.Text[:at])
	p.option = &Option{Name: name, Place: l.Place, Lines: []Line{{value, place}}}
	p.section.Options = append(p.section.Options, p.option)
	p.section.index[name] = p.option
}
