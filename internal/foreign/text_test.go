package foreign

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "broken on Windows", "broken on Windows"},
		{"beyond ASCII", "défectueux — cassé", "défectueux — cassé"},
		{"lines", "one\ntwo\r\n::error::x", `one\ntwo\r\n::error::x`},
		{"terminal", "a\x1b[2Jb", `a\x1b[2Jb`},
		{"bidirectional", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"zero width", "a\u200bb", `a\u200bb`},
		{"not UTF-8", "a\xffb", `a\xffb`},
		{"long", strings.Repeat("ä", 300), strings.Repeat("ä", 200) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	f.Add("yanked: see https://example.org\n")
	f.Add("\u202e\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Text(%q) = %q", s, got)
		}
	})
}
