package pep440

import "unicode"

// isSpace reports whether Python counts r as white space.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// scan reads the components of a version, without white space around it. It reports whether text is a version.
func (p *parts) scan(text string) bool {
	s := scanner{text: text}
	return s.public(p) && s.localLabel(p) && s.atEnd()
}

// A scanner reads a text from left to right.
type scanner struct {
	text string
	at   int
}

func (s *scanner) atEnd() bool { return s.at == len(s.text) }

// peek returns the next byte in lower case, or 0 at the end.
func (s *scanner) peek() byte {
	if s.atEnd() {
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

// digits reads a number and returns its digits unchanged, or "" if there is no number here.
func (s *scanner) digits() string {
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.text[start:s.at]
}

// word reads the first of words that the remaining text begins with, and returns it.
func (s *scanner) word(words ...string) (string, bool) {
	for _, w := range words {
		if end := s.at + len(w); end <= len(s.text) && equalFold(s.text[s.at:end], w) {
			s.at = end
			return w, true
		}
	}
	return "", false
}

// equalFold reports whether text is word, ignoring the case of ASCII letters. word is in lower case and of the same
// length.
func equalFold(text, word string) bool {
	for i := range len(word) {
		if lower(text[i]) != word[i] {
			return false
		}
	}
	return true
}

// separator skips a separator if there is one here.
func (s *scanner) separator() {
	if isSeparator(s.peek()) {
		s.at++
	}
}

// public reads everything before a local version label. It reports whether there is a version here.
func (s *scanner) public(p *parts) bool {
	*p = parts{epoch: "0", phase: phaseFinal}
	if s.peek() == 'v' {
		s.at++
	}
	start := s.at
	number := s.digits()
	if number != "" && s.peek() == '!' {
		p.epoch = withoutZeros(number)
		s.at++
		start = s.at
		number = s.digits()
	}
	if number == "" {
		return false
	}
	for s.at+1 < len(s.text) && s.text[s.at] == '.' && isDigit(s.text[s.at+1]) {
		s.at++
		s.digits()
	}
	p.release = s.text[start:s.at]
	if s.atEnd() {
		return true
	}
	s.pre(p)
	s.post(p)
	s.dev(p)
	if p.phase == phaseFinal && p.dev != "" && p.post == "" {
		p.phase = phaseDev
	}
	return true
}

// pre reads a pre-release segment if there is one here.
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
	p.pre = withoutZeros(s.digits())
}

// post reads a post-release segment, in either spelling, if there is one here.
func (s *scanner) post(p *parts) {
	start := s.at
	if s.peek() == '-' {
		s.at++
		if number := s.digits(); number != "" {
			p.post = withoutZeros(number)
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
	p.post = withoutZeros(s.digits())
}

// dev reads a development release segment if there is one here.
func (s *scanner) dev(p *parts) {
	start := s.at
	s.separator()
	if _, found := s.word("dev"); !found {
		s.at = start
		return
	}
	s.separator()
	p.dev = withoutZeros(s.digits())
}

// localLabel reads a local version label if there is one here. It returns false if the label is malformed.
func (s *scanner) localLabel(p *parts) bool {
	if s.peek() != '+' {
		return true
	}
	start := s.at + 1
	for first := true; first || isSeparator(s.peek()); first = false {
		s.at++
		before := s.at
		for c := s.peek(); isDigit(c) || 'a' <= c && c <= 'z'; c = s.peek() {
			s.at++
		}
		if s.at == before {
			return false
		}
	}
	p.local = s.text[start:s.at]
	return true
}
