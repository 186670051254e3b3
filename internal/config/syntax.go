package config

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"toxgen/internal/finding"
)

// A fault is a syntax error with its position.
type fault struct {
	mark
	message, hint string
}

const (
	tooDeep   = "nested deeper than 10000 levels"
	quoteText = "quote the text"
	tagPart   = `[0-9A-Za-z_;/?:@&=+$,.!~*'()\[\]-]|%[0-9A-Fa-f]{2}`
)

var (
	yamlError   = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	tightKey    = regexp.MustCompile(`^[A-Za-z0-9_.-]+:`)
	tagText     = regexp.MustCompile(`^!(?:<(?:` + tagPart + `)+>|(?:` + tagPart + `)*)`)
	tagHandle   = regexp.MustCompile(`^!(?:[0-9A-Za-z_-]+!|!$)`)
	version     = regexp.MustCompile(`^%YAML[ \t]+1\.1[ \t]*(?:#.*)?$`)
	escapeText  = regexp.MustCompile(`^\\(?:[0abt\tnvfre "'\\N_LP]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})`)
	blockHeader = regexp.MustCompile(`^[|>](?:[+-][1-9]?|[1-9][+-]?)?`)
	address     = regexp.MustCompile(`://[^` + breaks + `]*`)
)

// cannotBegin returns the message for a character that cannot begin a text.
func cannotBegin(c byte) string {
	switch c {
	case '\t':
		return "a tab cannot indent a line"
	case '`':
		return "a plain text cannot begin with a backquote"
	default:
		return "a plain text cannot begin with `" + string(rune(c)) + "`"
	}
}

// tightColon returns the fault of a key at a position whose colon has no space after it, or nil if there is no such key.
func tightColon(text string, at mark) *fault {
	found := tightKey.FindString(text[at.offset:])
	size := len(found) - 1
	if size < 1 || strings.HasPrefix(text[at.offset+size:], "://") {
		return nil
	}
	colon := mark{at.offset + size, at.index + size, at.line, at.column + size}
	return &fault{colon, "the colon of a key needs a space after it", "write `key: value`"}
}

// hintForStart returns the hint for a character that cannot begin a text.
func hintForStart(c byte) string {
	if c == '\t' {
		return "indent with spaces"
	}
	return quoteText
}

// closeQuote returns the hint for a quote that is not closed.
func closeQuote(quote byte) string {
	if quote == '"' {
		return "end the text with `\"`; write `\\\"` for a double quote in it"
	}
	return "end the text with `'`; write `''` for a single quote in it"
}

// syntax reports an error of yaml.v3, whose text has no column and sometimes a wrong line. It uses the position and the
// message of the scanner or the grammar for the bytes that yaml.v3 has read. If they find no fault it uses the message
// and the line of yaml.v3.
func (d *decoder) syntax(err error, text string, read int) {
	f := findFault(text[:read])
	if f == nil {
		f = &fault{message: err.Error()}
		if m := yamlError.FindStringSubmatch(f.message); m != nil {
			f.message = f.message[len(m[0]):]
			f.line, _ = strconv.Atoi(m[1])
			f.line = max(f.line-1, 0)
		}
	}
	lines := lineBreak.Split(text, -1)
	f.line = min(f.line, len(lines)-1)
	line := lines[f.line]
	f.column = min(f.column, utf8.RuneCountInString(line))
	d.errors++
	d.findings = append(d.findings, finding.Finding{Severity: finding.Error, File: d.file, Line: f.line + 1, Column: f.column + 1,
		Message: "not YAML: " + f.message, Detail: excerpt(line, f.column), Hint: f.hint})
}

// findFault returns the first fault of a text, or nil if the scanner and the grammar find no fault.
func findFault(text string) *fault {
	tokens, s := scan(text)
	g := &grammar{tokens: tokens, text: text, anchors: map[string]bool{}}
	f := g.stream()
	if f == nil || s.fault != nil && s.fault.offset <= f.offset {
		f = s.fault
	}
	if f == nil {
		return nil
	}
	for _, r := range s.runaways {
		if r.from <= f.offset && (r.last < 0 || f.line <= r.last) {
			return unclosed(r.opened)
		}
	}
	return f
}

// unclosed returns the fault of a bracket or a quote that is not closed.
func unclosed(t token) *fault {
	switch t.kind {
	case '[':
		return &fault{t.mark, "the bracket is not closed", "end the list with `]`"}
	case '{':
		return &fault{t.mark, "the bracket is not closed", "end the mapping with `}`"}
	default:
		return &fault{t.mark, "the quote is not closed", closeQuote(byte(t.kind))}
	}
}

const (
	excerptWidth = 200
	excerptLead  = 120
)

// excerpt returns a line of the text, escaped and cut to 200 characters, and below it a caret under a column that
// counts from 0. What follows `://` is hidden, since it may hold credentials.
func excerpt(line string, column int) string {
	line = address.ReplaceAllStringFunc(line, func(s string) string {
		return "://" + strings.Repeat("*", utf8.RuneCountInString(s)-len("://"))
	})
	runes := []rune(line)
	from := max(column-excerptLead, 0)
	var shown strings.Builder
	width, caret := 0, 0
	if from > 0 {
		shown.WriteString("…")
		width++
	}
	for i := from; i < len(runes); i++ {
		if i == column {
			caret = width
		}
		piece := string(runes[i])
		if !strconv.IsPrint(runes[i]) {
			piece = strings.Trim(strconv.QuoteRuneToASCII(runes[i]), "'")
		}
		size := utf8.RuneCountInString(piece)
		if width+size >= excerptWidth && i+1 < len(runes) || width+size > excerptWidth {
			shown.WriteString("…")
			break
		}
		shown.WriteString(piece)
		width += size
	}
	if column >= len(runes) {
		caret = width
	}
	return "  " + shown.String() + "\n  " + strings.Repeat(" ", caret) + "^"
}
