package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/runner"
)

// hostile are texts that no sink may show as they are, except for Markdown those that only Markdown obeys.
var hostile = []string{
	"one\ntwo\r\n::error::x", "::error::x", " \t ::stop-commands::t", "a ##[error file=b]c", "###[x]", "##", "[x]", ":", ":x::",
	"a\u0085b\u2028c\u2029d", "a\x1b[2Jb\x00\x7f\u009b31m", "a\u202eb\u2066c", "a\u200bb\ufeff\u00ad", "#\u034f#\ufe0f[x]", ":\ufe0f:\u3164x::",
	"a\u00a0b\u3000c", "a\xffb\xc3", "\xc0\xaf\xed\xa0\x80", "a\U000e0001b", "%0A::error::x", "50%250A%3A,a=b", "a,line=1::b]c;d",
	"`x` ``y", "```", "|a\\|b|", "<!-- a -->", "@team #123 GH-1 https://example.org [a](b) ![c](d)", "  a  ", "\\", "a\\`", "$`x`$", "<br>",
	strings.Repeat("ä", 201), strings.Repeat("a ", 2000), strings.Repeat("\n", 101), strings.Repeat("`|", 300),
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", `broken on Windows: "x" 'y' \z # [a] ::b: 5%`, `broken on Windows: "x" 'y' \z # [a] ::b: 5%`},
		{"beyond ASCII", "défectueux — cassé 壊れた 💥", "défectueux — cassé 壊れた 💥"},
		{"lines", "one\ntwo\r\n::error::x", `one\ntwo\r\n::error::x`},
		{"line separators", "a\u0085b\u2028c\u2029d", `a\u0085b\u2028c\u2029d`},
		{"terminal", "a\x1b[2Jb\x00\x7f\u009b", `a\x1b[2Jb\x00\u007f\u009b`},
		{"bidirectional", "a\u202eb\u2066c", `a\u202eb\u2066c`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"ignored", "a\ufe0f\u034f\u3164", `a\ufe0f\u034f\u3164`},
		{"beyond 16 bits", "a\U000e0001", `a\udb40\udc01`},
		{"blanks", "a\tb\u00a0c d", `a\tb\u00a0c d`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"replacement character", "a\ufffdb", "a\ufffdb"},
		{"the runner's first syntax", "##[a]###[b]#[c]# #[d]", `##\u005ba]###\u005bb]#[c]# #[d]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Escape(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"as long as can be", strings.Repeat("ä", 200), strings.Repeat("ä", 200)},
		{"too long", strings.Repeat("ä", 201), strings.Repeat("ä", 199) + "…"},
		{"escapes count", strings.Repeat("\n", 101), strings.Repeat("\n", 99) + "…"},
		{"an escape is whole", strings.Repeat("a", 197) + "\u202eb", strings.Repeat("a", 197) + "…"},
		{"an escape at the end", strings.Repeat("a", 198) + "\n", strings.Repeat("a", 198) + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Cut(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	long := strings.Repeat("1", 300)
	for _, c := range []struct{ name, in, want string }{
		{"short", "app 1.0 is yanked", "app 1.0 is yanked"},
		{"a long word", "app " + long + " is yanked", "app " + long[:199] + "… is yanked"},
		{"blanks stay", " " + long + "  a", " " + long[:199] + "…  a"},
		{"a line end is in a word", "a\n" + long, `a\n` + long[:196] + "…"},
		{"a long sentence", strings.Repeat("word ", 401), strings.Repeat("word ", 399) + "word…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Line(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWriter(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []string
		want  string
	}{
		{"lines stay", []string{"a\nb\n\n"}, "a\nb\n\n"},
		{"a table stays", []string{"a  b\nccc  d\n"}, "a  b\nccc  d\n"},
		{"terminal", []string{"\x1b[2J\r\n\t"}, `\x1b[2J\r` + "\n" + `\t`},
		{"second syntax", []string{"::a::\n  ::b::\n: :c\na ::d::\n"}, ":\\u003aa::\n  :\\u003ab::\n: :c\na ::d::\n"},
		{"second syntax in parts", []string{" ", ":", ":a::b"}, ` :\u003aa::b`},
		{"second syntax after what is escaped", []string{"\u00a0::a::\n\ufeff::a::"}, `\u00a0::a::` + "\n" + `\ufeff::a::`},
		{"first syntax", []string{"+ ##[a]b\n"}, "+ ##\\u005ba]b\n"},
		{"first syntax in parts", []string{"#", "#", "[a]"}, `##\u005ba]`},
		{"a new line ends a mark", []string{"##\n[a]\n:\n:b::\n"}, "##\n[a]\n:\n:b::\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			w := NewWriter(&out)
			for _, part := range c.parts {
				if n, err := io.WriteString(w, part); n != len(part) || err != nil {
					t.Errorf("wrote %d of %d: %v", n, len(part), err)
				}
			}
			if got := out.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		name  string
		file  string
		lines []string
		want  string
	}{
		{"plain", "a.yaml", []string{"m"}, "::error file=a.yaml::m"},
		{"two lines", "a", []string{"m: n, o", "hint: h"}, "::error file=a::m: n, o%0Ahint: h"},
		{"escapes", "a,b:c%\nd", []string{"50%\nm"}, `::error file=a%2Cb%3Ac%25\nd::50%25\nm`},
		{"escaped already", "%2C", []string{"%0A"}, `::error file=%252C::%250A`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Command("error", []Property{{"file", c.file}}, c.lines...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got, want := Command("warning", nil, "m"), "::warning::m"; got != want {
		t.Errorf("without properties: got %q, want %q", got, want)
	}
}

func TestCode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"blanks only", "  ", ""},
		{"plain", "a b", "`a b`"},
		{"blanks at the ends", "  a  ", "`a`"},
		{"a backtick", "a`b", "`` a`b ``"},
		{"runs of backticks", "`a```b``", "```` `a```b`` ````"},
		{"a bar", `a|b\|c`, "`a\\x7cb\\\\x7cc`"},
		{"a backslash at the end", `a\`, "`a\\`"},
		{"lines", "a\n\n# b\r\n", "`a\\n\\n# b\\r\\n`"},
		{"what Markdown obeys", "<!-- @team #1 [a](b) https://c -->", "`<!-- @team #1 [a](b) https://c -->`"},
		{"too long", strings.Repeat("a", 300), "`" + strings.Repeat("a", 199) + "…`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Code(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNothingMovesTheText(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if moves(r) && strings.ContainsRune(Escape(string(r)), r) {
			t.Errorf("%U is not escaped", r)
		}
	}
}

// moves reports whether a character affects the characters around it, or is not seen.
func moves(r rune) bool {
	return r != ' ' && (unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Cf, unicode.Zl,
		unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// dull matches texts that every sink shows as they are.
var dull = regexp.MustCompile(`^([!"$-9;-Z\\-_a-~](?:[ -9;-Z\\-~]*[!"$-9;-Z\\-_a-~])?)?$`)

// FuzzTerminal checks the laws of what terminals and logs get: one line remains one line, the runner obeys nothing, nothing
// moves the text, dull text stays, what was shown once stays, and JSON keeps its meaning.
func FuzzTerminal(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, s string, at int) {
		for name, show := range map[string]func(string) string{"Escape": Escape, "Line": Line} {
			got := show(s)
			if !utf8.ValidString(got) || strings.ContainsFunc(got, moves) || len(runner.Commands("a"+got)) > 0 {
				t.Errorf("%s(%q) = %q", name, s, got)
			}
			if again := show(got); again != got {
				t.Errorf("%s(%q) = %q, and then %q", name, s, got, again)
			}
			if len(s) <= maximumProse && dull.MatchString(s) && got != s {
				t.Errorf("%s(%q) = %q", name, s, got)
			}
		}
		if n := utf8.RuneCountInString(Line(s)); n > maximumSentence {
			t.Errorf("Line(%q) has %d characters", s, n)
		}
		if n := utf8.RuneCountInString(Escape(Cut(s))); n > maximumProse {
			t.Errorf("Cut(%q) is shown in %d characters", s, n)
		}
		var out bytes.Buffer
		w, at := NewWriter(&out), min(max(at, 0), len(s))
		fmt.Fprint(w, s[:at])
		fmt.Fprint(w, s[at:])
		got := out.String()
		if !utf8.ValidString(got) || strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), moves) || len(runner.Commands(got)) > 0 {
			t.Errorf("%q is written as %q", s, got)
		}
		if strings.Count(got, "\n") != strings.Count(s, "\n") {
			t.Errorf("%q is written as %q", s, got)
		}
		if dull.MatchString(s) && got != s {
			t.Errorf("%q is written as %q", s, got)
		}
		sameJSON(t, s)
	})
}

// sameJSON checks that a Writer writes JSON with a text so that it is read as the same.
func sameJSON(t *testing.T, text string) {
	value := map[string][]string{text: {text, "##" + text}}
	var out bytes.Buffer
	encoder := json.NewEncoder(NewWriter(&out))
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(value)
	var got, want map[string][]string
	if err == nil {
		err = json.Unmarshal(plain, &want)
	}
	if err == nil {
		err = json.Unmarshal(out.Bytes(), &got)
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v in %s (-want +got):\n%s", err, &out, diff)
	}
}

// FuzzCommand checks that a workflow command is one line that the runner reads as exactly this command, with the values
// as they are shown elsewhere.
func FuzzCommand(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, text, "b")
		f.Add("toxgen.yaml", "a", text)
	}
	f.Fuzz(func(t *testing.T, file, message, hint string) {
		if file == "" {
			return
		}
		got := Command("error", []Property{{"file", file}, {"line", "7"}}, message, hint)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, moves) || strings.Contains(got, "##[") {
			t.Errorf("%q", got)
		}
		want := []runner.Command{{Name: "error", Properties: map[string]string{"file": Escape(file), "line": "7"}, Data: Line(message) + "\n" + Line(hint)}}
		if diff := cmp.Diff(want, runner.Commands(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", got, diff)
		}
	})
}

// FuzzCode checks that a text becomes one span of code, which a cell of a table holds, and that the text is the span's.
func FuzzCode(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Code(s)
		if got == "" && strings.Trim(s, " ") == "" {
			return
		}
		fence := got[:len(got)-len(strings.TrimLeft(got, "`"))]
		inner, closed := strings.CutSuffix(strings.TrimPrefix(got, fence), fence)
		if fence == "" || !closed || strings.ContainsAny(got, "|\n") || strings.ContainsFunc(got, moves) || len(runner.Commands("a"+got)) > 0 {
			t.Fatalf("Code(%q) = %q", s, got)
		}
		for _, run := range regexp.MustCompile("`+").FindAllString(inner, -1) {
			if run == fence {
				t.Errorf("Code(%q) = %q, which ends early", s, got)
			}
		}
		if strings.HasPrefix(inner, "`") || strings.HasSuffix(inner, "`") {
			t.Errorf("Code(%q) = %q: a backtick is part of the fence", s, got)
		}
		if strings.HasPrefix(inner, " ") { // Markdown strips a blank at both ends, or none
			inner = strings.TrimSuffix(strings.TrimPrefix(inner, " "), " ")
		}
		if want := strings.ReplaceAll(strings.Trim(Escape(Cut(s)), " "), "|", `\x7c`); inner != want {
			t.Errorf("Code(%q) shows %q, want %q", s, inner, want)
		}
	})
}
