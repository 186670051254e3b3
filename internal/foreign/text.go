// Package foreign makes texts of strangers fit to be shown.
//
// Versions, yank reasons, metadata and error bodies come from whoever publishes a package. Shown as they are
// they could move a terminal's cursor, forge lines of a log or reverse the direction of a text.
package foreign

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maximum is how many characters of a text are shown.
const maximum = 200

// Text is s as one line of at most 200 characters, the last of them `…` where s is longer. What does not print
// (control, format and bidirectional characters, line separators, blanks other than the space) and bytes that are
// no UTF-8 are escaped as in a Go string.
func Text(s string) string {
	var text []byte
	count, beforeLast := 0, 0
	for i, r := range s {
		piece := shown(s[i:], r)
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

// shown is the rune that s begins with, escaped if need be.
func shown(s string, r rune) string {
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
