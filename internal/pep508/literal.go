package pep508

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

var literalEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\x00", `\x00`)

// quote returns text as a literal that parses to the same text: in double quotes, or in single quotes if it contains a
// double quote. The grammar ends a literal at the next quote of the same kind, even after a backslash.
func quote(text string) string {
	text = literalEscapes.Replace(text)
	if !strings.Contains(text, `"`) {
		return `"` + text + `"`
	}
	return "'" + strings.ReplaceAll(text, "'", `\x27`) + "'"
}

// unescape returns the value of the body of a Python string literal, and whether it is valid. Character names (\N{…})
// are not supported.
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

// escape writes the value of the escape sequence that text begins with, without its backslash. It returns the length of
// the sequence and whether it is valid.
func escape(b *strings.Builder, text string) (length int, ok bool) {
	switch c := text[0]; c {
	case '\n':
		return 1, true
	case '0', '1', '2', '3', '4', '5', '6', '7':
		for length < 3 && length < len(text) && '0' <= text[length] && text[length] <= '7' {
			length++
		}
		return length, writeRune(b, text[:length], 8)
	case 'x', 'u', 'U':
		length = map[byte]int{'x': 3, 'u': 5, 'U': 9}[c]
		return length, length <= len(text) && writeRune(b, text[1:length], 16)
	case 'N':
		return 0, false
	default:
		i := strings.IndexByte(`\'"abfnrtv`, c)
		if i < 0 { // not an escape sequence: the backslash is literal
			b.WriteByte('\\')
			return 0, true
		}
		b.WriteByte("\\'\"\a\b\f\n\r\t\v"[i])
		return 1, true
	}
}

// writeRune writes the character with a code point. It returns false if there is no such character.
func writeRune(b *strings.Builder, digits string, base int) bool {
	value, err := strconv.ParseUint(digits, base, 32)
	if err != nil || value > utf8.MaxRune {
		return false
	}
	b.WriteRune(rune(value))
	return true
}
