package pep508

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

var simpleEscapes = map[byte]byte{'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// unescape reads the body of a Python string literal. Names of characters (\N{…}) are not known here.
func unescape(body string) (string, bool) {
	if !strings.ContainsAny(body, "\\\n\r\x00") {
		return body, true
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\n' || c == '\r' || c == 0:
			return "", false
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(body):
			return "", false
		default:
			length, ok := escape(&b, body[i+1:])
			if !ok {
				return "", false
			}
			i += length
		}
	}
	return b.String(), true
}

// escape writes what stands for the text after a backslash and returns how much of it that was.
func escape(b *strings.Builder, text string) (length int, ok bool) {
	c := text[0]
	if plain, found := simpleEscapes[c]; found {
		b.WriteByte(plain)
		return 1, true
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	switch {
	case c == '\n':
		return 1, true
	case '0' <= c && c <= '7':
		n := 1
		for n < 3 && n < len(text) && '0' <= text[n] && text[n] <= '7' {
			n++
		}
		value, _ := strconv.ParseUint(text[:n], 8, 32)
		b.WriteRune(rune(value))
		return n, true
	case digits > 0:
		if len(text) <= digits {
			return 0, false
		}
		value, err := strconv.ParseUint(text[1:1+digits], 16, 32)
		if err != nil || value > utf8.MaxRune {
			return 0, false
		}
		b.WriteRune(rune(value))
		return 1 + digits, true
	case c == 'N':
		return 0, false
	default: // no escape: the backslash stands for itself
		b.WriteByte('\\')
		return 0, true
	}
}
