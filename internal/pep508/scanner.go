package pep508

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError is a text that is no requirement or no marker.
type SyntaxError struct {
	Input string
	// Offset is the byte at which the fault was seen.
	Offset int
	// Msg says what was expected.
	Msg string
}

// Error is one line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%q, column %d: %s", e.Input, utf8.RuneCountInString(e.Input[:e.Offset])+1, e.Msg)
}

// scanner walks over a text once.
type scanner struct {
	text string
	at   int
}

func (s *scanner) fail(msg string) error { return &SyntaxError{s.text, s.at, msg} }

func (s *scanner) atEnd() bool { return s.at == len(s.text) }

func (s *scanner) rest() string { return s.text[s.at:] }

// blanks skips spaces and tabs and says whether there were any.
func (s *scanner) blanks() bool {
	start := s.at
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
	return s.at > start
}

// take skips a byte if it stands here.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// isWord says whether a word reaches over the byte at i: the boundaries that the grammar's keywords need.
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

// keyword skips a word that stands here by itself.
func (s *scanner) keyword(word string) bool {
	end := s.at + len(word)
	if !strings.HasPrefix(s.rest(), word) || s.isWord(s.at-1) || s.isWord(end) {
		return false
	}
	s.at = end
	return true
}

// identifier reads a name as far as one goes: it ends where a word ends, so that `_` may be its last character.
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

// quoted reads a text in quotes with the escapes of a Python string.
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
		return "", false, s.fail("an invalid text in quotes")
	}
	s.at += length + 2
	return value, true, nil
}
