// Package foreign makes untrusted text safe to display.
//
// Versions, yank reasons, metadata and error bodies come from whoever publishes a package. Printed unchanged, they
// could move a terminal's cursor, forge lines of a log or reverse the direction of the text around them.
package foreign

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maximum is how many characters of a text are displayed.
const maximum = 200

// Text returns s as one line of at most 200 characters. If s is longer, the last of them is `…`. Characters that do not
// print (control, format and bidirectional characters, line separators, white space other than the space) and bytes that
// are not valid UTF-8 are escaped as in a Go string.
func Text(s string) string {
	var text []byte
	count, beforeLast := 0, 0
	for i, r := range s {
		piece := escape(s[i:], r)
		if count += utf8.RuneCountInString(piece); count > maximum {
			return string(text[:beforeLast]) + "…"
		}
		text = append(text, piece...)
		if count < maximum {
			beforeLast = len(text)
		}
	}
	return string(text)
}

// escape returns the rune that s begins with, escaped if necessary.
func escape(s string, r rune) string {
	_, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return `\x` + strconv.FormatUint(uint64(s[0]), 16)
	case unicode.IsPrint(r):
		return s[:size]
	default:
		return strings.Trim(strconv.QuoteRuneToASCII(r), "'")
	}
}
