package foreign

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", `broken on Windows: "x" 'y' \z`, `broken on Windows: "x" 'y' \z`},
		{"beyond ASCII", "défectueux — cassé 壊れた 💥", "défectueux — cassé 壊れた 💥"},
		{"lines", "one\ntwo\r\n::error::x", `one\ntwo\r\n::error::x`},
		{"line separators", "a\u0085b\u2028c\u2029d", `a\u0085b\u2028c\u2029d`},
		{"terminal", "a\x1b[2Jb\x00\x7f\u009b", `a\x1b[2Jb\x00\x7f\u009b`},
		{"bidirectional", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"blanks", "a\tb\u00a0c d", `a\tb\u00a0c d`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"replacement character", "a\ufffdb", "a\ufffdb"},
		{"as long as can be", strings.Repeat("ä", 200), strings.Repeat("ä", 200)},
		{"too long", strings.Repeat("ä", 201), strings.Repeat("ä", 199) + "…"},
		{"escapes count", strings.Repeat("\n", 101), strings.Repeat(`\n`, 99) + "…"},
		{"an escape is whole", strings.Repeat("a", 197) + "\u202eb", strings.Repeat("a", 197) + "…"},
		{"an escape at the end", strings.Repeat("a", 198) + "\n", strings.Repeat("a", 198) + `\n`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNothingMovesTheText(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if moves(r) && strings.ContainsRune(Text(string(r)), r) {
			t.Errorf("%U is not escaped", r)
		}
	}
}

// moves reports whether a character affects the characters around it.
func moves(r rune) bool {
	return r != ' ' && (unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Cf, unicode.Zl,
		unicode.Zp))
}

// FuzzText checks that the result is one line of limited length without characters that affect others, and that
// Text leaves it unchanged.
func FuzzText(f *testing.F) {
	for _, reason := range []string{ // of yanked releases of urllib3, huggingface-hub, requests and importlib-metadata
		"Truncated response bodies when streaming a large compressed body. Upgrade to at least 2.0.2 (See: https://github.com/urllib3/urllib3/issues/3009)",
		"Companion `hf` CLI package was not published for this version. Please upgrade to 1.16.4 for a complete release.",
		"Yanked due to conflicts with CVE-2024-35195 mitigation ",
		"https://github.com/python/importlib_metadata/issues/348",
	} {
		f.Add(reason)
	}
	f.Add("yanked: see https://example.org\n")
	f.Add("\u202e\x00\xff")
	f.Add(strings.Repeat("ä", 198) + "\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maximum || strings.ContainsFunc(got, moves) {
			t.Errorf("Text(%q) = %q", s, got)
		}
		if again := Text(got); again != got {
			t.Errorf("Text(%q) = %q, and Text of that is %q", s, got, again)
		}
	})
}
