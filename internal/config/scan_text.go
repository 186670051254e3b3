package config

import (
	"strings"
	"unicode/utf8"
)

// reference reads an alias or an anchor.
func (s *scanner) reference(kind tokenKind) {
	start := s.mark
	s.next()
	for isNameByte(s.peek(0)) {
		s.next()
	}
	if s.offset == start.offset+1 || !s.endOfWord(0) && strings.IndexByte("?:,]}%@`", s.peek(0)) < 0 {
		s.fail(start, cannotBegin(byte(kind)), quoteText)
	}
	s.add(kind, start)
}

// isNameByte reports whether the name of an anchor may hold a byte.
func isNameByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || c == '-'
}

// tag reads a tag. Its meaning does not matter, since no value of the file may have a tag.
func (s *scanner) tag() {
	start := s.mark
	found := tagText.FindString(s.text[s.offset:])
	for s.offset < start.offset+len(found) {
		s.next()
	}
	if !s.endOfWord(0) || tagHandle.MatchString(found) {
		s.fail(start, cannotBegin('!'), quoteText)
	}
	s.add(tagToken, start)
}

// quotedScalar reads a text in quotes.
func (s *scanner) quotedScalar(quote byte) {
	start := s.mark
	opened := token{kind: tokenKind(quote), mark: start}
	s.next()
	for fresh := false; ; {
		switch c := s.peek(0); {
		case s.offset == len(s.text), s.documentMark("---"), s.documentMark("..."):
			s.fail(start, "the quote is not closed", closeQuote(quote))
			return
		case c == quote && quote == '\'' && s.peek(1) == '\'':
			s.next()
		case c == quote:
			s.next()
			s.closed(start.offset)
			s.add(scalarToken, start)
			return
		case c == '\\' && quote == '"':
			if !s.escape() {
				return
			}
			continue
		case s.breakSize(0) > 0:
			fresh = true
		case fresh && c != ' ' && c != '\t':
			s.checkRunaway(opened)
			fresh = false
		}
		s.next()
	}
}

// escape moves past an escape sequence of a text in double quotes. It reports whether the sequence is valid.
func (s *scanner) escape() bool {
	found := escapeText.FindString(s.text[s.offset:])
	switch {
	case s.breakSize(1) > 0:
		s.next()
		s.next()
	case found == "":
		s.fail(s.mark, "a text in double quotes has an unknown escape", "double the backslash, or use single quotes")
		return false
	default:
		for range utf8.RuneCountInString(found) {
			s.next()
		}
	}
	return true
}

// plainScalar reads a text without quotes, which may go on in further lines.
func (s *scanner) plainScalar() {
	start, end := s.mark, s.mark
	var broken bool // there is a line break after end
	for !s.documentMark("---") && !s.documentMark("...") && s.peek(0) != '#' {
		for !s.endOfWord(0) && !s.endOfPlain() {
			s.next()
			end, broken = s.mark, false
		}
		if !s.blank(0) && s.breakSize(0) == 0 {
			break
		}
		for s.blank(0) || s.breakSize(0) > 0 {
			if broken && s.column < s.indent()+1 && s.peek(0) == '\t' {
				s.fail(s.mark, cannotBegin('\t'), hintForStart('\t'))
				return
			}
			broken = broken || !s.blank(0)
			s.next()
		}
		if len(s.open) == 0 && s.column < s.indent()+1 {
			break
		}
		if c := s.peek(0); len(s.open) > 0 && broken && c != ']' && c != '}' && c != '#' {
			s.checkRunaway(s.open[len(s.open)-1])
		}
	}
	s.addTo(scalarToken, start, end)
	if broken {
		s.keyAllowed = true
	}
}

// endOfPlain reports whether the character here ends a plain text.
func (s *scanner) endOfPlain() bool {
	c := s.peek(0)
	return c == ':' && s.endOfWord(1) || len(s.open) > 0 && strings.IndexByte(",?[]{}", c) >= 0
}

// blockScalar reads `|` or `>` and the text in the indented lines below.
func (s *scanner) blockScalar() {
	start := s.mark
	header := blockHeader.FindString(s.text[s.offset:])
	for range len(header) {
		s.next()
	}
	if !s.endOfWord(0) {
		s.fail(start, cannotBegin(header[0]), quoteText)
		return
	}
	for s.blank(0) {
		s.next()
	}
	if s.peek(0) == '#' {
		s.nextLine()
	}
	if s.offset < len(s.text) && s.breakSize(0) == 0 {
		s.fail(s.mark, "a block text begins on the line below", "break the line here, or quote the text")
		return
	}
	indent := 0
	if digit := strings.Trim(header, "|>+-"); digit != "" {
		indent = max(s.indent(), 0) + int(digit[0]-'0')
	}
	s.next()
	end := s.mark
	for indent = s.blockIndent(indent, &end); s.fault == nil && s.column == indent && s.offset < len(s.text); {
		s.nextLine()
		if s.offset < len(s.text) {
			s.next()
		}
		s.blockIndent(indent, &end)
	}
	s.addTo(scalarToken, start, end)
}

// blockIndent moves to the next line of a block text that is not empty. It returns the given indentation, or that of the
// line if the given one is 0. It sets end to the end of the lines before.
func (s *scanner) blockIndent(indent int, end *mark) int {
	*end = s.mark
	for deepest := 0; ; {
		for (indent == 0 || s.column < indent) && s.peek(0) == ' ' {
			s.next()
		}
		deepest = max(deepest, s.column)
		if (indent == 0 || s.column < indent) && s.peek(0) == '\t' {
			s.fail(s.mark, cannotBegin('\t'), hintForStart('\t'))
		}
		if s.breakSize(0) == 0 {
			if indent == 0 {
				return max(deepest, s.indent()+1, 1)
			}
			return indent
		}
		s.next()
		*end = s.mark
	}
}
