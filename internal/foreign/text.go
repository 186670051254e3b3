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

// Text is s as one line of at most 200 characters: control, format and bidirectional characters, and bytes that
// are no UTF-8, are escaped as in a Go string.
func Text(s string) string {
	var b strings.Builder
	count := 0
	for i, r := range s {
		if count == maximum {
			b.WriteString("…")
			break
		}
		count++
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i]), 16))
		case r == ' ' || unicode.IsPrint(r) && !unicode.Is(unicode.Bidi_Control, r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}
