// Package display encodes text for the place where it is shown: a terminal, a workflow command of GitHub Actions, Markdown.
//
// Versions, yank reasons, metadata, files and arguments may hold anything. Shown unchanged, they could move a terminal's
// cursor, forge lines of a log, reverse the direction of the text around them, or be obeyed by the runner of GitHub Actions.
// The program passes them on as they are, in facts, findings and errors, and encodes them once, where they leave it:
//
//   - A [Writer] is standard output or standard error. Everything printed passes through one: no caller can forget it.
//   - [Command] returns a workflow command. It must not pass through a Writer, whose output holds none.
//   - [Code] returns Markdown.
//
// Files that the program writes (tox.ini, workflows, registry/, JSON) are encoded by what renders them.
//
// # What is escaped
//
// Characters that do not print are escaped: control, format and bidirectional characters, line separators, white space other
// than the space, characters that Unicode says to ignore, and bytes that are not valid UTF-8.
//
// What the runner would obey is escaped too. It reads each line of a step's output by two rules (ActionCommand.cs in
// https://github.com/actions/runner): a line is a command if `::` follows the blanks at its start, or if `##[` stands
// anywhere in it. The comparison skips the characters that Unicode says to ignore. `::` is shown as `:\u003a`, and `##[` as
// `##\u005b`. A Writer does so everywhere, so that the output does not depend on the machine.
//
// The escapes are those of JSON, except for \x1b or \xff, which stand for bytes that no JSON text holds. So JSON that passes
// through a Writer keeps its meaning.
//
// # Lines
//
// A Writer cannot distinguish the line ends of the program from those in a value. [Line] and [Escape] escape line ends too:
// the caller uses one of them for everything that must be one line. A finding does so by the types of its fields.
//
// # Length
//
// [Line] cuts each word of a sentence to 200 characters, and the sentence to 2,000. That bounds names, versions, paths and
// URLs without a thought of the caller. Prose of others, such as the reason of a yank, has blanks: [Cut] cuts it to 200
// characters where it enters a sentence, so that the words after it are still read. The lines of a diff are not cut.
package display

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The maximum numbers of characters of a word or of prose, and of a sentence, as they are displayed.
const (
	maximumProse    = 200
	maximumSentence = 2000
)

// Line returns a sentence as one line, with long words and a long end cut off.
func Line(s string) string { return Escape(Limit(s)) }

// Limit returns a sentence, unescaped, whose words have at most 200 characters when they are displayed, and which has at
// most 2,000. Where something is left out stands `…`.
func Limit(s string) string {
	if len(s) <= maximumProse/len(`\x00`) {
		return s
	}
	words := strings.Split(s, " ")
	for i, word := range words {
		words[i] = cut(word, maximumProse)
	}
	return cut(strings.Join(words, " "), maximumSentence)
}

// Cut returns prose, unescaped, that has at most 200 characters when it is displayed. If something is left out, the last of
// them is `…`.
func Cut(s string) string { return cut(s, maximumProse) }

// cut returns the part of a text that is displayed in at most that many characters.
func cut(s string, maximum int) string {
	l := line{inside: true}
	count, end := 0, 0
	var shown []byte
	for i, size := 0, 0; i < len(s); i += size {
		_, size = utf8.DecodeRuneInString(s[i:])
		shown = l.append(shown[:0], s[i:i+size])
		if count += utf8.RuneCount(shown); count > maximum {
			return s[:end] + "…"
		}
		if count < maximum {
			end = i + size
		}
	}
	return s
}

// Escape returns a text as part of one line: what must not be shown as it is, line ends too, is escaped. Nothing is left out.
func Escape(s string) string {
	l := line{inside: true}
	b := make([]byte, 0, len(s))
	for i, size := 0, 0; i < len(s); i += size {
		_, size = utf8.DecodeRuneInString(s[i:])
		b = l.append(b, s[i:i+size])
	}
	return string(b)
}

// A line is what a line holds before the next character, as far as the runner's rules depend on it.
type line struct {
	// inside is set if something other than blanks and one colon precedes, colon if one colon does.
	inside, colon bool
	// hashes is the number of `#` directly before.
	hashes int
}

// append appends the next character as it is displayed.
func (l *line) append(b []byte, character string) []byte {
	before := *l
	*l = line{inside: before.inside || before.colon || character != " " && character != ":", colon: character == ":"}
	if character == "#" {
		l.hashes = before.hashes + 1
	}
	switch {
	case character == "[" && before.hashes >= 2:
		return append(b, `\u005b`...)
	case character == ":" && before.colon && !before.inside:
		return append(b, `\u003a`...)
	default:
		return appendEscaped(b, character)
	}
}

// ignored are the characters that are not displayed although [unicode.IsPrint] reports them.
var ignored = []*unicode.RangeTable{unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}

// appendEscaped appends a character, escaped if it does not print.
func appendEscaped(b []byte, character string) []byte {
	r, size := utf8.DecodeRuneInString(character)
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Appendf(b, `\x%02x`, character[0])
	case unicode.IsPrint(r) && (r < utf8.RuneSelf || !unicode.In(r, ignored...)):
		return append(b, character...)
	case r == '\n':
		return append(b, `\n`...)
	case r == '\r':
		return append(b, `\r`...)
	case r == '\t':
		return append(b, `\t`...)
	case r < ' ':
		return fmt.Appendf(b, `\x%02x`, r)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
	default:
		return fmt.Appendf(b, `\u%04x`, r)
	}
}
