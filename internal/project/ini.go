package project

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An ini is a file in the format of Python's configparser, as setuptools reads setup.cfg: full-line comments with `#` and `;`, values
// of several lines by indentation, no interpolation, and no repeated sections or options.
type ini struct {
	sections []*section
	defaults *section // [DEFAULT], whose options every section has, or nil
}

type section struct {
	name    string
	place   Place
	options []*option
	index   map[string]*option
}

// An option is a key with the lines of its value.
type option struct {
	name  string
	place Place
	lines []line
}

// A line is a part of a value without blanks at its ends.
type line struct {
	text  string
	place Place
}

// value returns the lines of the value as one text.
func (o *option) value() string {
	texts := make([]string, len(o.lines))
	for i, l := range o.lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}

// section returns the section of a name, or nil.
func (f *ini) section(name string) *section {
	for _, s := range f.sections {
		if s.name == name {
			return s
		}
	}
	return nil
}

// isBlank reports whether Python's strip removes a character.
func isBlank(c rune) bool { return unicode.IsSpace(c) || 0x1c <= c && c <= 0x1f }

func trim(text string) string { return strings.TrimFunc(text, isBlank) }

// iniParser is the state of reading a file, line by line.
type iniParser struct {
	r       *reader
	file    *ini
	section *section
	option  *option // whose value the next line may continue
	indent  int     // of the last line that was a section or an option
	keys    int     // sections and options so far
}

// parseINI reads a file. It reports every fault.
func (r *reader) parseINI(name string, data []byte) *ini {
	p := &iniParser{r: r, file: &ini{}}
	text := strings.TrimPrefix(string(data), "\ufeff")
	for i, raw := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		if p.keys > maximumKeys {
			r.fail(Place{File: name}, "at most 20,000 keys are read", "the file has too many keys")
			break
		}
		left := raw[:len(raw)-len(strings.TrimLeftFunc(raw, isBlank))]
		p.line(utf8.RuneCountInString(left), line{trim(raw), Place{File: name, Line: i + 1, Column: utf8.RuneCountInString(left) + 1}})
	}
	p.end()
	return p.file
}

// end ends a value: blank lines at its end do not belong to it.
func (p *iniParser) end() {
	if p.option == nil {
		return
	}
	for n := len(p.option.lines); n > 1 && p.option.lines[n-1].text == ""; n-- {
		p.option.lines = p.option.lines[:n-1]
	}
	p.option = nil
}

func (p *iniParser) line(indent int, l line) {
	switch {
	case strings.HasPrefix(l.text, "#"), strings.HasPrefix(l.text, ";"):
	case l.text == "":
		if p.option != nil {
			p.option.lines = append(p.option.lines, l)
		}
	case p.option != nil && indent > p.indent:
		p.option.lines = append(p.option.lines, l)
	default:
		p.end()
		p.indent = indent
		p.keys++
		if last := strings.LastIndexByte(l.text, ']'); l.text[0] == '[' && last > 1 {
			p.begin(l, l.text[1:last])
		} else if p.section == nil {
			p.r.fail(l.place, "begin with a section, as in [metadata]", "an option stands before the first section")
			p.section = &section{index: map[string]*option{}}
		} else {
			p.assign(l)
		}
	}
}

// begin begins a section.
func (p *iniParser) begin(l line, name string) {
	if name == "DEFAULT" {
		if p.file.defaults == nil {
			p.file.defaults = &section{name: name, place: l.place, index: map[string]*option{}}
		}
		p.section = p.file.defaults
		return
	}
	if before := p.file.section(name); before != nil {
		p.r.fail(l.place, "join them", "the section %q stands twice, first in line %d", name, before.place.Line)
	}
	p.section = &section{name: name, place: l.place, index: map[string]*option{}}
	p.file.sections = append(p.file.sections, p.section)
}

// assign begins an option.
func (p *iniParser) assign(l line) {
	at := strings.IndexAny(l.text, "=:")
	if at <= 0 {
		p.r.fail(l.place, "write `key = value`; indent a line that continues a value", "the line is neither a section nor an option")
		return
	}
	name, value := strings.TrimRightFunc(l.text[:at], isBlank), strings.TrimLeftFunc(l.text[at+1:], isBlank)
	if before := p.section.index[name]; before != nil {
		p.r.fail(l.place, "join them", "the option %q stands twice, first in line %d", name, before.place.Line)
	}
	at = len(l.text) - len(value)
	place := l.place
	place.Column += utf8.RuneCountInString(l.text[:at])
	p.option = &option{name: name, place: l.place, lines: []line{{value, place}}}
	p.section.options = append(p.section.options, p.option)
	p.section.index[name] = p.option
}
