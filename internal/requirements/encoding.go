package requirements

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"toxgen/internal/finding"
)

// The byte order marks that pip knows. That of UTF-32 begins like that of UTF-16.
const (
	utf8Mark, utf32Little, utf32Big = "\xef\xbb\xbf", "\xff\xfe\x00\x00", "\x00\x00\xfe\xff"
	utf16Little, utf16Big           = "\xff\xfe", "\xfe\xff"
)

// encodingComment matches the declaration of PEP 263, in a comment in one of the first two lines.
var encodingComment = regexp.MustCompile(`coding[:=]\s*([-\w.]+)`)

// Decode returns the text of a file: after a byte order mark as this says (UTF-8, UTF-16, UTF-32), else as a comment of
// PEP 263 says (UTF-8, ASCII or Latin-1), else as UTF-8. If it cannot, it returns a fault.
func Decode(name string, data []byte) (string, *finding.Finding) {
	file := Place{File: name}
	fail := func(at Place, hint, format string, args ...any) (string, *finding.Finding) {
		fault := at.Fault(hint, format, args...)
		return "", &fault
	}
	if len(data) >= MaximumSize {
		return fail(file, "", "the file has %d bytes: at most %d are read", len(data), MaximumSize-1)
	}
	text := string(data)
	switch {
	case strings.HasPrefix(text, utf32Little):
		return decode32(data[4:], binary.LittleEndian), nil
	case strings.HasPrefix(text, utf32Big):
		return decode32(data[4:], binary.BigEndian), nil
	case strings.HasPrefix(text, utf16Little):
		return decode16(data[2:], binary.LittleEndian), nil
	case strings.HasPrefix(text, utf16Big):
		return decode16(data[2:], binary.BigEndian), nil
	}
	text, marked := strings.CutPrefix(text, utf8Mark)
	if encoding, at := declaredEncoding(data); !marked && encoding != "" {
		switch strings.ReplaceAll(strings.ToLower(encoding), "_", "-") {
		case "utf-8", "utf8", "ascii", "us-ascii":
		case "latin-1", "latin1", "iso-8859-1", "iso8859-1":
			runes := make([]rune, len(data))
			for i, b := range data {
				runes[i] = rune(b)
			}
			return string(runes), nil
		default:
			return fail(Place{name, at, 0}, "save the file as UTF-8 and remove the comment", "the encoding %s is not known", encoding)
		}
	}
	if fault := CheckUTF8(name, text); fault != nil {
		return "", fault
	}
	return text, nil
}

// CheckUTF8 returns a fault at the first byte of a file's text that is not UTF-8, or nil.
func CheckUTF8(name, text string) *finding.Finding {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			start := strings.LastIndexByte(text[:i], '\n') + 1
			at := Place{name, strings.Count(text[:i], "\n") + 1, utf8.RuneCountInString(text[start:i]) + 1}
			fault := at.Fault("save the file as UTF-8", "the file is not UTF-8")
			return &fault
		}
	}
	return nil
}

// declaredEncoding returns what a comment of PEP 263 says and its line, or "".
func declaredEncoding(data []byte) (encoding string, line int) {
	for i, text := range bytes.SplitN(data, []byte("\n"), 3) {
		if i < 2 && bytes.HasPrefix(text, []byte("#")) {
			if found := encodingComment.FindSubmatch(text); found != nil {
				return string(found[1]), i + 1
			}
		}
	}
	return "", 0
}

func decode16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

func decode32(data []byte, order binary.ByteOrder) string {
	runes := make([]rune, len(data)/4)
	for i := range runes {
		runes[i] = rune(order.Uint32(data[4*i:]))
	}
	return string(runes)
}
