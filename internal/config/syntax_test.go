package config

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// brokenTexts holds texts with one syntax error each; want has the form that lines returns.
var brokenTexts = []struct{ name, text, want string }{
	{"a tab indents a key", "project:\n  name: x\n\tindex: y\n",
		`3:1: error: not YAML: a tab cannot indent a line [indent with spaces]`},
	{"a tab indents a nested key", "project:\n\tname: x\n",
		`2:1: error: not YAML: a tab cannot indent a line [indent with spaces]`},
	{"a tab indents a block text", "a: |\n  x\n\ty\n",
		`3:1: error: not YAML: a tab cannot indent a line [indent with spaces]`},
	{"a double quote is not closed", "project:\n  name: \"x\nindex: y\n",
		"2:9: error: not YAML: the quote is not closed [end the text with `\"`; write `\\\"` for a double quote in it]"},
	{"a single quote is not closed", "project: {name: 'x}\npythons: []\n",
		"1:17: error: not YAML: the quote is not closed [end the text with `'`; write `''` for a single quote in it]"},
	{"a later quote closes a quote", "project: {name: \"x}\npythons: []\nindex: \"y\"\n",
		"1:17: error: not YAML: the quote is not closed [end the text with `\"`; write `\\\"` for a double quote in it]"},
	{"a bracket is not closed at the end", "a:\n  - [b, c\n",
		"2:5: error: not YAML: the bracket is not closed [end the list with `]`]"},
	{"a bracket is not closed before the next key", "project: {name: x\npythons: [a]\n",
		"1:10: error: not YAML: the bracket is not closed [end the mapping with `}`]"},
	{"a bracket is closed by another", "groups:\n  - {name: Web, suites: [a, b}\nsuites: {}\n",
		"2:30: error: not YAML: `}` does not match a bracket before it [close the inner bracket first, or quote the text]"},
	{"a bracket too many", "a: [b]]\n",
		"1:7: error: not YAML: `]` does not match a bracket before it [close the inner bracket first, or quote the text]"},
	{"a comma is missing", "project: {name: \"x\" source: y}\n",
		"1:21: error: not YAML: a comma or a closing bracket is expected here [put commas between elements; quote a text that holds `: `, a comma or a bracket]"},
	{"a comma is missing between lines", "groups: [\n  {name: a}\n  {name: b}\n]\n",
		"3:3: error: not YAML: a comma or a closing bracket is expected here [put commas between elements; quote a text that holds `: `, a comma or a bracket]"},
	{"a comma too many", "a: [b, , c]\n",
		`1:8: error: not YAML: a value in brackets cannot begin with "," [remove it, or quote the text]`},
	{"a list item in brackets", "a: [- b]\n",
		`1:5: error: not YAML: a value in brackets cannot begin with "-" [remove it, or quote the text]`},
	{"no space after the first colon", "a:\n  key:value\n  other: b\n",
		"2:6: error: not YAML: the colon of a key needs a space after it [write `key: value`]"},
	{"no space after a later colon", "a:\n  x: 1\n  key:value\n  other: b\n",
		"3:6: error: not YAML: the colon of a key needs a space after it [write `key: value`]"},
	{"no colon after the first key", "timeout 30\nother: b\n",
		"1:1: error: not YAML: a key needs a colon after it [write `key: value`; indent the line if it continues the text above]"},
	{"no colon after a later key", "a:\n  x: 1\n  timeout 30\n  other: b\n",
		"3:3: error: not YAML: a key needs a colon after it [write `key: value`; indent the line if it continues the text above]"},
	{"an asterisk", "when: *\n",
		`1:7: error: not YAML: a plain text cannot begin with "*" [quote the text]`},
	{"a glob", "é: [x, *.py]\n",
		`1:8: error: not YAML: a plain text cannot begin with "*" [quote the text]`},
	{"an alias without an anchor", "a: *where\n",
		`1:4: error: not YAML: "*where" refers to no anchor [quote the text if it is not an alias; toxgen reads no aliases]`},
	{"an at sign", "a: @x\n",
		`1:4: error: not YAML: a plain text cannot begin with "@" [quote the text]`},
	{"a percent sign", "a: %x\n",
		`1:4: error: not YAML: a plain text cannot begin with "%" [quote the text]`},
	{"a percent sign begins a line", "%x: y\n",
		`1:1: error: not YAML: a plain text cannot begin with "%" [quote the text]`},
	{"a backquote", "a: `x`\n",
		"1:4: error: not YAML: a plain text cannot begin with \"`\" [quote the text]"},
	{"an ampersand", "a: & b\n",
		`1:4: error: not YAML: a plain text cannot begin with "&" [quote the text]`},
	{"an exclamation mark", "a: !!\n",
		`1:4: error: not YAML: a plain text cannot begin with "!" [quote the text]`},
	{"a greater-than sign in brackets", "a: [>=1, b]\n",
		`1:5: error: not YAML: a plain text cannot begin with ">" [quote the text]`},
	{"a greater-than sign", "when: >=1\n",
		`1:7: error: not YAML: a plain text cannot begin with ">" [quote the text]`},
	{"a colon within a text", "name: Web: one\n",
		`1:10: error: not YAML: a colon with a space after it cannot stand within a value [quote the whole value]`},
	{"a colon within a quoted text", "a: \"x\": y\n",
		`1:7: error: not YAML: a colon with a space after it cannot stand within a value [quote the whole value]`},
	{"a quote within a quoted text", "a: 'it's'\n",
		`1:8: error: not YAML: text follows a value that has ended [quote the whole text]`},
	{"a backslash", "a: \"C:\\dir\"\n",
		`1:7: error: not YAML: a text in double quotes has an unknown escape [double the backslash, or use single quotes]`},
	{"a key indented too little", "a:\n    b: 1\n  c: 2\n",
		"3:3: error: not YAML: the indentation matches no line above [indent the line like the lines that it belongs to; a list item begins with `- `]"},
	{"a key indented too much", "a:\n  b: 1\n    c: 2\n",
		`3:5: error: not YAML: a key cannot continue the value of the line above [indent it like the keys that it belongs to]`},
	{"a list item indented too little", "a:\n  - b\n - c\n",
		"3:2: error: not YAML: the indentation matches no line above [indent the line like the lines that it belongs to; a list item begins with `- `]"},
	{"a key among list items", "a:\n  - b\n  c: d\n",
		"3:3: error: not YAML: the indentation matches no line above [indent the line like the lines that it belongs to; a list item begins with `- `]"},
	{"a list item among keys", "a: 1\n- b\n",
		"2:1: error: not YAML: the indentation matches no line above [indent the line like the lines that it belongs to; a list item begins with `- `]"},
	{"a list item on the line of its key", "a: - b\n",
		"1:4: error: not YAML: a list item cannot begin here [begin the list on a line of its own, or quote a text that begins with `-`]"},
	{"a block text indented too little", "a: |\n   x\n  y\n",
		"3:3: error: not YAML: the indentation matches no line above [indent the line like the lines that it belongs to; a list item begins with `- `]"},
	{"carriage returns", "a: b\r\nc: 'd\r\ne: f\r\n",
		"2:4: error: not YAML: the quote is not closed [end the text with `'`; write `''` for a single quote in it]"},
	{"a line separator", "a: \"b\u2028c: d\n",
		"1:4: error: not YAML: the quote is not closed [end the text with `\"`; write `\\\"` for a double quote in it]"},
	{"text on the line of a block text", "a: | b\n",
		`1:4: error: not YAML: a plain text cannot begin with "|" [quote the text]`},
	{"no space after a colon in a continued value", "a: b\n  c:d\n  e: f\n",
		"2:4: error: not YAML: the colon of a key needs a space after it [write `key: value`]"},
}

func TestSyntax(t *testing.T) {
	for _, c := range brokenTexts {
		t.Run(c.name, func(t *testing.T) {
			config, findings := Parse("toxgen.yaml", []byte(c.text))
			if got := lines(findings); config != nil || got != c.want+"\n" {
				t.Fatalf("config %v, got %s want %s", config != nil, got, c.want)
			}
			f := findings[0]
			shown, caret := f.Detail[0], f.Detail[1]
			line := lineBreak.Split(c.text, -1)[f.Line-1]
			if tabs := strings.ReplaceAll(line, "\t", `\t`); shown != "  "+tabs || caret != strings.Repeat(" ", f.Column+1)+"^" {
				t.Errorf("got detail\n%s", strings.Join(f.Detail, "\n"))
			}
		})
	}
}

// TestSyntaxBehindGoodLines checks that valid lines above a fault change its line and nothing else.
func TestSyntaxBehindGoodLines(t *testing.T) {
	const above = "project:\n  name: x # é\n  requires: [\"a\", 'b']\nbuild:\n- |\n  {[\n- c\n"
	for _, c := range brokenTexts {
		_, alone := Parse("toxgen.yaml", []byte(c.text))
		_, below := Parse("toxgen.yaml", []byte(above+c.text))
		alone[0].Line += strings.Count(above, "\n")
		if diff := cmp.Diff(alone, below); diff != "" {
			t.Errorf("%s (-alone +below):\n%s", c.name, diff)
		}
	}
}

// TestUnknownFault checks that a fault without an explanation is reported in yaml.v3's words.
func TestUnknownFault(t *testing.T) {
	_, findings := Parse("toxgen.yaml", []byte("# a\n%YAML 1.1\n%YAML 1.1\n---\na: b\n"))
	if got, want := lines(findings), "3:1: error: not YAML: found duplicate %YAML directive\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("ä", 300)
	for _, c := range []struct {
		name, line string
		column     int
		want       string
	}{
		{"nothing", "", 0, "  |  ^"},
		{"behind the end", "abc", 3, "  abc|     ^"},
		{"escapes", "\ta\u202eb", 3, "  \\ta\\u202eb|           ^"},
		{"as long as can be", long[:400], 5, "  " + long[:400] + "|       ^"},
		{"too long", long, 0, "  " + long[:398] + "…|  ^"},
		{"far right", long, 290, "  …" + long[:260] + "|" + strings.Repeat(" ", 123) + "^"},
		{"credentials", `a: "https://user:secret@example.org": x`, 36, "  a: \"https://***************************|" + strings.Repeat(" ", 38) + "^"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := excerpt(c.line, c.column)
			if want := strings.Split(c.want, "|"); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if n := utf8.RuneCountInString(got[0]) - len("  "); n > 200 {
				t.Errorf("%d characters", n)
			}
		})
	}
}

// TestSyntaxOfLargeFiles checks that the time for a hostile file of the maximum size is bounded.
func TestSyntaxOfLargeFiles(t *testing.T) {
	for _, part := range []string{"[", "a: {b: [c,\n", "&a ", "a:b\n", "\"a\n\" ", "é: ["} {
		data := []byte(strings.Repeat(part, (maximumBytes-1)/len(part)) + "\t")
		config, findings := Parse("toxgen.yaml", data)
		if config != nil || len(findings) == 0 || findings[0].Line < 1 || findings[0].Column < 1 {
			t.Errorf("%q: config %v, findings %.200v", part, config != nil, findings)
		}
	}
}
