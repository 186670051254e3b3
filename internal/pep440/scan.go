package pep440

import (
	"strings"
	"unicode"
)

// isSpace is Python's notion of white space in a text.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// scan reads the components of a version without white space around it; false if text is none.
func (p *parts) scan(text string) bool {
	s := scanner{text: text}
	return s.public(p) && s.localLabel(p) && s.at == len(text)
}

// scanner walks over a text once.
type scanner struct {
	text string
	at   int
}

// peek is the next byte in lower case, or 0.
func (s *scanner) peek() byte {
	if s.at >= len(s.text) {
		return 0
	}
	return lower(s.text[s.at])
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSeparator(c byte) bool { return c == '.' || c == '-' || c == '_' }

// digits reads a number, without its leading zeros; found is false if there is none.
func (s *scanner) digits() (number string, found bool) {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	if s.at == start {
		return "", false
	}
	for start < s.at-1 && s.text[start] == '0' {
		start++
	}
	return s.text[start:s.at], true
}

// digitsOrZero reads a number that may be left out.
func (s *scanner) digitsOrZero() string {
	if number, found := s.digits(); found {
		return number
	}
	return "0"
}

// word reads the first of words that stands here.
func (s *scanner) word(words ...string) (string, bool) {
	for _, w := range words {
		if end := s.at + len(w); end <= len(s.text) && equalFold(s.text[s.at:end], w) {
			s.at = end
			return w, true
		}
	}
	return "", false
}

// equalFold compares with a word in lower case, ASCII letters only.
func equalFold(text, word string) bool {
	for i := range len(word) {
		if lower(text[i]) != word[i] {
			return false
		}
	}
	return true
}

func (s *scanner) separator() {
	if isSeparator(s.peek()) {
		s.at++
	}
}

// public reads everything before a local version label.
func (s *scanner) public(p *parts) bool {
	if s.peek() == 'v' {
		s.at++
	}
	number, found := s.digits()
	if !found {
		return false
	}
	p.epoch = "0"
	if s.peek() == '!' {
		s.at++
		p.epoch = number
		if number, found = s.digits(); !found {
			return false
		}
	}
	p.release = append(p.release, number)
	for s.peek() == '.' && s.at+1 < len(s.text) && isDigit(s.text[s.at+1]) {
		s.at++
		number, _ = s.digits()
		p.release = append(p.release, number)
	}
	p.phase = phaseFinal
	s.pre(p)
	s.post(p)
	s.dev(p)
	if p.phase == phaseFinal && p.hasDev && !p.hasPost {
		p.phase = phaseDev
	}
	return true
}

// pre reads a pre-release segment if one stands here.
func (s *scanner) pre(p *parts) {
	start := s.at
	s.separator()
	word, found := s.word("alpha", "beta", "preview", "pre", "a", "b", "c", "rc")
	if !found {
		s.at = start
		return
	}
	switch word[0] {
	case 'a':
		p.phase = phaseAlpha
	case 'b':
		p.phase = phaseBeta
	default:
		p.phase = phaseRC
	}
	s.separator()
	p.pre = s.digitsOrZero()
}

// post reads a post-release segment if one stands here, in either spelling.
func (s *scanner) post(p *parts) {
	start := s.at
	if s.peek() == '-' {
		s.at++
		if number, found := s.digits(); found {
			p.hasPost, p.post = true, number
			return
		}
		s.at = start
	}
	s.separator()
	if _, found := s.word("post", "rev", "r"); !found {
		s.at = start
		return
	}
	s.separator()
	p.hasPost, p.post = true, s.digitsOrZero()
}

// dev reads a development release segment if one stands here.
func (s *scanner) dev(p *parts) {
	start := s.at
	s.separator()
	if _, found := s.word("dev"); !found {
		s.at = start
		return
	}
	s.separator()
	p.hasDev, p.dev = true, s.digitsOrZero()
}

// localLabel reads a local version label if one stands here; false if it is malformed.
func (s *scanner) localLabel(p *parts) bool {
	if s.peek() != '+' {
		return true
	}
	for first := true; first || isSeparator(s.peek()); first = false {
		s.at++
		start := s.at
		for c := s.peek(); isDigit(c) || 'a' <= c && c <= 'z'; c = s.peek() {
			s.at++
		}
		if s.at == start {
			return false
		}
		p.local = append(p.local, localPart(s.text[start:s.at]))
	}
	return true
}

// localPart is one part of a local version label in normal form.
func localPart(text string) string {
	if !allDigits(text) {
		return strings.ToLower(text)
	}
	trimmed := strings.TrimLeft(text, "0")
	if trimmed == "" {
		return "0"
	}
	return trimmed
}

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return true
}
