package config

import (
	"strings"
	"unicode/utf8"
)

// A scanner splits a YAML text into tokens by the rules of yaml.v3's own scanner, whose errors have no column. It
// stops at the first fault. It takes one pass over the text.
type scanner struct {
	text string
	mark
	// lineBegin is the beginning of this line.
	lineBegin mark
	tokens    []token
	fault     *fault
	// indents are the columns of the open block collections, counted from 0; the outermost is -1.
	indents []int
	// open has an element for each open bracket, the outermost first.
	open []token
	// keys are the positions that may turn out to be keys, one for each open bracket and one for the block level.
	keys       []simpleKey
	keyAllowed bool
	runaways   []runaway
}

// A runaway is a bracket or a quote that goes on in a line that is indented no more than the block around it. yaml.v3
// allows it, but mostly the bracket or the quote was not closed, and a fault follows.
type runaway struct {
	opened token
	// from is the offset of that line's text. last is the line in which the bracket or quote is closed, or -1.
	from, last int
}

// A mark is a position in the text. Line and column count from 0.
type mark struct{ offset, index, line, column int }

// A tokenKind is the character that a token begins with where there is one.
type tokenKind byte

const (
	blockSequence tokenKind = 'S'
	blockMapping  tokenKind = 'M'
	blockEnd      tokenKind = 'E'
	keyToken      tokenKind = '?'
	valueToken    tokenKind = ':'
	entryToken    tokenKind = '-'
	aliasToken    tokenKind = '*'
	anchorToken   tokenKind = '&'
	tagToken      tokenKind = '!'
	scalarToken   tokenKind = 'a'
	directive     tokenKind = '%'
	documentStart tokenKind = 'D'
	documentEnd   tokenKind = '.'
	streamEnd     tokenKind = 0
	// cut marks the fault at which the scanner stopped.
	cut tokenKind = 'x'
)

// A token is a part of the text that has a meaning in YAML.
type token struct {
	kind tokenKind
	mark
	// end is the offset behind the token, and endLine its last line.
	end, endLine int
	// key is set if the token begins a key that has no `?`, and mapping if that key is the first of a block mapping.
	key, mapping bool
}

// A simpleKey is a token that is a key if a colon follows on its line.
type simpleKey struct {
	possible, required bool
	token              int
	mark
}

const (
	// maximumDepth is the limit of yaml.v3 for open brackets, and for open block collections.
	maximumDepth = 10_000
	// maximumKey is how many characters a key without `?` may have.
	maximumKey = 1024
)

// scan returns the tokens of a text up to its first fault, and the scanner that holds the fault.
func scan(text string) ([]token, *scanner) {
	s := &scanner{text: text, indents: []int{-1}, keys: make([]simpleKey, 1), keyAllowed: true}
	for s.fault == nil && (len(s.tokens) == 0 || s.tokens[len(s.tokens)-1].kind != streamEnd) {
		s.fetch()
	}
	var tokens []token
	for _, t := range s.tokens {
		if t.mapping {
			tokens = append(tokens, token{kind: blockMapping, mark: t.mark})
		}
		if t.key {
			tokens = append(tokens, token{kind: keyToken, mark: t.mark})
		}
		tokens = append(tokens, t)
	}
	if s.fault != nil {
		tokens = append(tokens, token{kind: cut, mark: s.mark})
	}
	return tokens, s
}

// peek returns the byte that is n bytes ahead, or 0 behind the end of the text.
func (s *scanner) peek(n int) byte {
	if s.offset+n >= len(s.text) {
		return 0
	}
	return s.text[s.offset+n]
}

// breakSize returns the size of the line break that is n bytes ahead, or 0 if there is none.
func (s *scanner) breakSize(n int) int {
	switch c := s.peek(n); {
	case c == '\r' && s.peek(n+1) == '\n':
		return 2
	case c == '\r' || c == '\n':
		return 1
	case c < utf8.RuneSelf:
		return 0
	}
	if r, size := utf8.DecodeRuneInString(s.text[s.offset+n:]); strings.ContainsRune(breaks, r) {
		return size
	}
	return 0
}

// endOfWord reports whether a blank, a line break or the end of the text is n bytes ahead.
func (s *scanner) endOfWord(n int) bool {
	return s.blank(n) || s.breakSize(n) > 0 || s.offset+n >= len(s.text)
}

// blank reports whether a space or a tab is n bytes ahead.
func (s *scanner) blank(n int) bool { return s.peek(n) == ' ' || s.peek(n) == '\t' }

// next moves past one character or line break.
func (s *scanner) next() {
	if size := s.breakSize(0); size > 0 {
		s.index += utf8.RuneCountInString(s.text[s.offset : s.offset+size])
		s.offset += size
		s.line, s.column = s.line+1, 0
		s.lineBegin = s.mark
		return
	}
	_, size := utf8.DecodeRuneInString(s.text[s.offset:])
	s.offset += size
	s.index++
	s.column++
}

// nextLine moves to the end of the line.
func (s *scanner) nextLine() {
	for s.offset < len(s.text) && s.breakSize(0) == 0 {
		s.next()
	}
}

// indent returns the column of the innermost block collection.
func (s *scanner) indent() int { return s.indents[len(s.indents)-1] }

// add appends a token that begins at start and ends here.
func (s *scanner) add(kind tokenKind, start mark) {
	s.addTo(kind, start, s.mark)
}

// addTo appends a token that begins at start and ends at end.
func (s *scanner) addTo(kind tokenKind, start, end mark) {
	s.tokens = append(s.tokens, token{kind: kind, mark: start, end: end.offset, endLine: end.line})
}

// addNext appends a token of size characters that begins here.
func (s *scanner) addNext(kind tokenKind, size int) {
	start := s.mark
	for range size {
		s.next()
	}
	s.add(kind, start)
}

// fail records a fault; only the first counts.
func (s *scanner) fail(at mark, message, hint string) {
	if s.fault == nil {
		s.fault = &fault{at, message, hint}
	}
}

// fetch reads the next token, or records a fault.
func (s *scanner) fetch() {
	s.skipBlanks()
	if len(s.open) == 0 {
		s.unroll(s.column)
	}
	c := s.peek(0)
	switch {
	case s.offset == len(s.text):
		s.endBlocks()
		s.addNext(streamEnd, 0)
	case s.column == 0 && c == '%':
		s.endBlocks()
		start := s.mark
		s.nextLine()
		if !version.MatchString(s.text[start.offset:s.offset]) {
			s.fail(start, cannotBegin(c), hintForStart(c))
		}
		s.add(directive, start)
	case s.documentMark("---"):
		s.endBlocks()
		s.addNext(documentStart, 3)
	case s.documentMark("..."):
		s.endBlocks()
		s.addNext(documentEnd, 3)
	case c == '[' || c == '{':
		s.openBracket(tokenKind(c))
	case c == ']' || c == '}':
		s.dropKey()
		if n := len(s.open); n > 0 {
			s.closed(s.open[n-1].offset)
			s.open, s.keys = s.open[:n-1], s.keys[:n]
		}
		s.keyAllowed = false
		s.addNext(tokenKind(c), 1)
	case c == ',':
		s.dropKey()
		s.keyAllowed = true
		s.addNext(',', 1)
	case c == '-' && s.endOfWord(1):
		s.entry()
	case c == '?' && (len(s.open) > 0 || s.endOfWord(1)):
		s.explicitKey()
	case c == ':' && (len(s.open) > 0 || s.endOfWord(1)):
		s.value()
	default:
		s.content(c)
	}
}

// content reads an alias, an anchor, a tag or a scalar.
func (s *scanner) content(c byte) {
	switch {
	case (c == '|' || c == '>') && len(s.open) == 0:
		s.dropKey()
		s.keyAllowed = true
		s.blockScalar()
		return
	case strings.IndexByte("|>@`%#\t", c) >= 0:
		s.fail(s.mark, cannotBegin(c), hintForStart(c))
		return
	}
	s.saveKey()
	s.keyAllowed = false
	switch c {
	case '*', '&':
		s.reference(tokenKind(c))
	case '!':
		s.tag()
	case '"', '\'':
		s.quotedScalar(c)
	default:
		s.plainScalar()
	}
}

// documentMark reports whether a line here begins with a mark like `---`.
func (s *scanner) documentMark(text string) bool {
	return s.column == 0 && strings.HasPrefix(s.text[s.offset:], text) && s.endOfWord(3)
}

// skipBlanks moves to the next token. A tab counts as a blank only where it cannot be taken for indentation.
func (s *scanner) skipBlanks() {
	for s.offset < len(s.text) {
		switch c := s.peek(0); {
		case c == ' ', c == '\t' && (len(s.open) > 0 || !s.keyAllowed):
			s.next()
		case c == '#':
			s.nextLine()
		case s.breakSize(0) > 0:
			s.next()
			if len(s.open) == 0 {
				s.keyAllowed = true
			}
		default:
			if len(s.open) > 0 && c != ']' && c != '}' {
				s.checkRunaway(s.open[len(s.open)-1])
			}
			return
		}
	}
}

// checkRunaway records an opened bracket or quote if the text here makes it a runaway.
func (s *scanner) checkRunaway(opened token) {
	if n := len(s.runaways); n > 0 && s.runaways[n-1].last < 0 {
		return
	}
	if s.line > opened.line && s.column <= max(s.indent(), 0) {
		s.runaways = append(s.runaways, runaway{opened, s.offset, -1})
	}
}

// closed notes that the bracket or quote that was opened at an offset is closed here.
func (s *scanner) closed(offset int) {
	if n := len(s.runaways); n > 0 && s.runaways[n-1].opened.offset == offset {
		s.runaways[n-1].last = s.line
	}
}

// unroll ends the block collections that are indented by more than a column.
func (s *scanner) unroll(column int) {
	for s.indent() > column {
		s.add(blockEnd, s.mark)
		s.indents = s.indents[:len(s.indents)-1]
	}
}

// endBlocks ends all block collections, before a mark of the document.
func (s *scanner) endBlocks() {
	if len(s.open) == 0 {
		s.unroll(-1)
	}
	s.dropKey()
	s.keyAllowed = false
}

// roll begins a block collection if a column is behind that of the innermost one, and reports whether it did.
func (s *scanner) roll(column int, at mark) bool {
	if len(s.open) > 0 || s.indent() >= column {
		return false
	}
	s.indents = append(s.indents, column)
	if len(s.indents) > maximumDepth+1 {
		s.fail(at, tooDeep, "")
	}
	return true
}

// saveKey notes that the token here may be a key.
func (s *scanner) saveKey() {
	if s.keyAllowed {
		s.dropKey()
		s.keys[len(s.keys)-1] = simpleKey{true, len(s.open) == 0 && s.indent() == s.column, len(s.tokens), s.mark}
	}
}

// dropKey gives up the key that was possible at this level. That is a fault if a key is required.
func (s *scanner) dropKey() {
	key := &s.keys[len(s.keys)-1]
	if key.possible && key.required {
		s.failKey(key.mark)
	}
	key.possible = false
}

// validKey reports whether a colon here belongs to the key that is possible at this level.
func (s *scanner) validKey() bool {
	key := &s.keys[len(s.keys)-1]
	if key.possible && (key.line < s.line || key.index+maximumKey < s.index) {
		s.dropKey()
	}
	return key.possible
}

// failKey reports the missing colon of a key, or the colon that no space follows.
func (s *scanner) failKey(at mark) {
	if f := tightColon(s.text, at); f != nil {
		s.fail(f.mark, f.message, f.hint)
		return
	}
	s.fail(at, "a key needs a colon after it", "write `key: value`; indent the line if it continues the text above")
}

// openBracket reads `[` or `{`.
func (s *scanner) openBracket(kind tokenKind) {
	s.saveKey()
	s.keys = append(s.keys, simpleKey{})
	s.keyAllowed = true
	start := s.mark
	s.addNext(kind, 1)
	if s.open = append(s.open, s.tokens[len(s.tokens)-1]); len(s.open) > maximumDepth {
		s.fail(start, tooDeep, "")
	}
}

// entry reads the `-` of a list item.
func (s *scanner) entry() {
	if len(s.open) == 0 {
		if !s.keyAllowed {
			s.fail(s.mark, "a list item cannot begin here", "begin the list on a line of its own, or quote a text that begins with `-`")
			return
		}
		if s.roll(s.column, s.mark) {
			s.add(blockSequence, s.mark)
		}
	}
	s.dropKey()
	s.keyAllowed = true
	s.addNext(entryToken, 1)
}

// explicitKey reads the `?` of a key.
func (s *scanner) explicitKey() {
	if len(s.open) == 0 {
		if !s.keyAllowed {
			s.fail(s.mark, "a key cannot begin here", "quote a text that begins with `?`")
			return
		}
		if s.roll(s.column, s.mark) {
			s.add(blockMapping, s.mark)
		}
	}
	s.dropKey()
	s.keyAllowed = len(s.open) == 0
	s.addNext(keyToken, 1)
}

// value reads the colon behind a key.
func (s *scanner) value() {
	key := &s.keys[len(s.keys)-1]
	switch {
	case s.validKey():
		t := &s.tokens[key.token]
		t.key = true
		t.mapping = s.roll(key.column, key.mark)
		key.possible = false
		s.keyAllowed = false
	case len(s.open) > 0:
		s.keyAllowed = false
	case !s.keyAllowed:
		s.failColon()
	default:
		if s.roll(s.column, s.mark) {
			s.add(blockMapping, s.mark)
		}
		s.keyAllowed = true
	}
	s.addNext(valueToken, 1)
}

// failColon reports a colon that does not belong to a key: it is within a value, or it follows a text that began on a line
// above.
func (s *scanner) failColon() {
	text := s.tokens[len(s.tokens)-1]
	if text.kind != scalarToken || text.line == text.endLine {
		s.fail(s.mark, "a colon with a space after it cannot stand within a value", "quote the whole value")
		return
	}
	key := s.lineStart()
	alone := len(s.tokens) == 1 || s.tokens[len(s.tokens)-2].line < text.line
	switch f := tightColon(s.text, text.mark); {
	case alone && f != nil:
		s.fail(f.mark, f.message, f.hint)
	case alone && text.column == key.column:
		s.failKey(text.mark)
	default:
		s.fail(key, "a key cannot continue the value of the line above", "indent it like the keys that it belongs to")
	}
}

// lineStart returns the position of the first character of this line that is not blank.
func (s *scanner) lineStart() mark {
	begin := s.lineBegin
	for s.text[begin.offset] == ' ' || s.text[begin.offset] == '\t' {
		begin.offset, begin.index, begin.column = begin.offset+1, begin.index+1, begin.column+1
	}
	return begin
}
