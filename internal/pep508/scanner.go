package pep508

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A SyntaxError describes why a text is not a valid requirement or marker.
type SyntaxError struct {
	Input string
	// Offset is the byte offset of the error in Input.
	Offset int
	// Msg says what was expected.
	Msg string
}

// Error returns the error on one line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%q, column %d: %s", e.Input, utf8.RuneCountInString(e.Input[:e.Offset])+1, e.Msg)
}

// A scanner reads a text from left to right.
type scanner struct {
	text string
	at   int
}

// fail returns a SyntaxError at the current position.
func (s *scanner) fail(msg string) error { return &SyntaxError{s.text, s.at, msg} }

func (s *scanner) atEnd() bool { return s.at == len(s.text) }

func (s *scanner) rest() string { return s.text[s.at:] }

// blanks skips spaces and tabs, and reports whether there were any.
func (s *scanner) blanks() bool {
	start := s.at
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
	return s.at > start
}

// take skips c if it is the next byte, and reports whether it was.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// isWord reports whether the byte at i is part of a word. Keywords and names must end at a word boundary.
func (s *scanner) isWord(i int) bool {
	if i < 0 || i >= len(s.text) {
		return false
	}
	if c := s.text[i]; c < utf8.RuneSelf {
		return isAlphanumeric(c) || c == '_'
	}
	for i > 0 && !utf8.RuneStart(s.text[i]) {
		i--
	}
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// keyword skips word if it is the next word, and reports whether it was.
func (s *scanner) keyword(word string) bool {
	end := s.at + len(word)
	if !strings.HasPrefix(s.rest(), word) || s.isWord(s.at-1) || s.isWord(end) {
		return false
	}
	s.at = end
	return true
}

// identifier reads the longest name here that ends at a word boundary. `_` may therefore be its last character.
func (s *scanner) identifier() (string, bool) {
	if s.atEnd() || !isAlphanumeric(s.text[s.at]) || s.isWord(s.at-1) {
		return "", false
	}
	end := s.at
	for end < len(s.text) && (isAlphanumeric(s.text[end]) || strings.IndexByte("._-", s.text[end]) >= 0) {
		end++
	}
	for end > s.at && s.isWord(end-1) == s.isWord(end) {
		end--
	}
	if end == s.at {
		return "", false
	}
	name := s.text[s.at:end]
	s.at = end
	return name, true
}

// quoted reads a quoted string with the escape sequences of Python, if there is one here.
func (s *scanner) quoted() (string, bool, error) {
	if s.atEnd() || s.text[s.at] != '"' && s.text[s.at] != '\'' {
		return "", false, nil
	}
	length := strings.IndexByte(s.text[s.at+1:], s.text[s.at])
	if length < 0 {
		return "", false, nil
	}
	body := s.text[s.at+1 : s.at+1+length]
	value, ok := unescape(body)
	if !ok {
		return "", false, s.fail("the quoted string is invalid")
	}
	s.at += length + 2
	return value, true, nil
}
