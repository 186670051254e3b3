package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// week returns a summary in which most fields are set.
func week() *Summary {
	uploaded := time.Date(2026, 8, 9, 10, 0, 0, 0, time.UTC)
	return &Summary{
		Suites: []Suite{
			{Name: "flask", In: []string{"3.1.4"}, Out: []string{"3.1.3"}, Newest: 12, Older: 1},
			{Name: "gevent", Newest: 3},
		},
		New: []Arrival{{Project: "flsak", Versions: []string{"1.0", "1.1"}, Environments: 3, RequiredBy: []string{"flask 3.1.4"}, Since: uploaded},
			{Project: "many", Versions: []string{"1"}, Environments: 1, RequiredBy: []string{"a 1", "b 1", "c 1", "d 1", "e 1", "f 1"}}},
		Left: []string{"old"},
		Moves: []Move{{Project: "lib", From: "1.9", To: "2.0", Environments: 412, Suites: 66}, {Project: "opt", To: "1.0", Environments: 1, Suites: 1},
			{Project: "opt", From: "1.0", Environments: 2, Suites: 1}},
		HeldBack: []HeldBack{{Release{"boto3", "1.43.5"}, "", uploaded, uploaded.Add(72 * time.Hour)}, {Release: Release{"odd", "1.0"}},
			{Release{"lib", "1.0"}, "lib-1.0-py3-none-any.whl", uploaded, uploaded.Add(72 * time.Hour)}},
		Withdrawn: []Withdrawn{
			{Release: Release{"certifi", "2026.8.1"}, Yanked: true, Reason: "broken bundle", Environments: 624, By: []string{"2026.8.9"}},
			{Release: Release{"gone", "1.0"}, Environments: 2, By: []string{"0.9"}, Stays: 1, Why: "nothing else fits"},
			{Release: Release{"needless", "1.0"}, Environments: 1},
			{Release: Release{"stuck", "1.0"}, Yanked: true, Environments: 3, Stays: 3, Why: "the suite asks for ==1.0"},
		},
		Changed:  []Changed{{Release: Release{"swapped", "2.0"}, What: []string{"another file under the name sdist", "new file cp39-cp39-linux_x86_64"}, Environments: 5}},
		Failed:   []Failed{{Name: "django", Reason: "the server answered 503", Detail: "first\nsecond", Hint: "run it again"}},
		Warnings: []Warning{{"toxgen.yaml:7:3", "the hold expired", "remove it"}},
		Before:   Size{181, 623, 126},
		After:    Size{182, 624, 126},
	}
}

func TestPrint(t *testing.T) {
	var b strings.Builder
	week().Print(&b)
	want := `flask: in 3.1.4; out 3.1.3
to hold it back: mage hold flask '==3.1.4' -reason='…' -issue=URL
15 pins moved in environments of newest releases, 1 in others
certifi 2026.8.1 (yanked: broken bundle), pinned in 624 environments: replaced by 2026.8.9
gone 1.0 (gone from the index), pinned in 2 environments: replaced by 0.9; stays in 1: nothing else fits
needless 1.0 (gone from the index), pinned in 1 environment: no longer needed
stuck 1.0 (yanked), pinned in 3 environments: stays in 3: the suite asks for ==1.0
new in the lock: flsak 1.0, 1.1, pinned in 3 environments, required by flask 3.1.4, on the index since 2026-08-09 10:00 UTC
new in the lock: many 1, pinned in 1 environment, required by a 1, b 1, c 1, d 1 and 2 more, on the index since unknown
gone from the lock: old
lib: 1.9 → 2.0 in 412 environments of 66 suites
opt: none → 1.0 in 1 environment of 1 suite
opt: 1.0 → none in 2 environments of 1 suite
swapped 2.0, pinned in 5 environments, has other files: another file under the name sdist, new file cp39-cp39-linux_x86_64
held back: boto3 1.43.5, uploaded 2026-08-09 10:00 UTC, adopted after 2026-08-12 10:00 UTC
held back: odd 1.0, uploaded unknown, adopted after unknown
held back: lib-1.0-py3-none-any.whl of lib 1.0, uploaded 2026-08-09 10:00 UTC, adopted after 2026-08-12 10:00 UTC
django keeps what it had: the server answered 503
  | first
  | second
  hint: run it again
182 releases in 624 environments and 126 rows; before: 181 in 623 and 126
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	(&Summary{Before: Size{1, 2, 3}, After: Size{1, 2, 3}}).Print(&b)
	if want := "0 pins moved in environments of newest releases, 0 in others\n1 release in 2 environments and 3 rows, as before\n"; b.String() != want {
		t.Errorf("nothing happened: got %q, want %q", b.String(), want)
	}
}

func TestMarkdown(t *testing.T) {
	want := "182 releases in 624 environments and 126 rows; before: 181 in 623 and 126\n" + `
### New in the lock: never installed before

| project | pinned | environments | required by | on the index since |
| --- | --- | --- | --- | --- |
| 'flsak' | '1.0', '1.1' | 3 | 'flask 3.1.4' | 2026-08-09 10:00 UTC |
| 'many' | '1' | 1 | 'a 1', 'b 1', 'c 1', 'd 1' and 2 more | unknown |

### Pinned releases whose files changed

| release | what | environments |
| --- | --- | --- |
| 'swapped 2.0' | 'another file under the name sdist', 'new file cp39-cp39-linux_x86_64' | 5 |

### Kept what they had

| name | why | what would help |
| --- | --- | --- |
| 'django' | 'the server answered 503'<br>'first'<br>'second' | 'run it again' |

### Yanked or gone

| release | why | environments | what became of it |
| --- | --- | --- | --- |
| 'certifi 2026.8.1' | yanked: 'broken bundle' | 624 | replaced by '2026.8.9' |
| 'gone 1.0' | gone from the index | 2 | replaced by '0.9'; stays in 1: 'nothing else fits' |
| 'needless 1.0' | gone from the index | 1 | no longer needed |
| 'stuck 1.0' | yanked | 3 | stays in 3: 'the suite asks for ==1.0' |

### Suites that moved

| suite | in | out | pins of its newest | pins of the others |
| --- | --- | --- | --- | --- |
| 'flask' | '3.1.4' | '3.1.3' | 12 | 1 |
| 'gevent' |  |  | 3 | 0 |

### To hold one back, on this branch

| suite | command |
| --- | --- |
| 'flask' | 'mage hold flask "==3.1.4" -reason="…" -issue=URL' |

### Pins that moved

| project | from | to | environments | suites |
| --- | --- | --- | --- | --- |
| 'lib' | '1.9' | '2.0' | 412 | 66 |
| 'opt' |  | '1.0' | 1 | 1 |
| 'opt' | '1.0' |  | 2 | 1 |

### Gone from the lock

| project |
| --- |
| 'old' |

### Held back until it is old enough

| release | file | uploaded | adopted after |
| --- | --- | --- | --- |
| 'boto3 1.43.5' |  | 2026-08-09 10:00 UTC | 2026-08-12 10:00 UTC |
| 'odd 1.0' |  | unknown | unknown |
| 'lib 1.0' | 'lib-1.0-py3-none-any.whl' | 2026-08-09 10:00 UTC | 2026-08-12 10:00 UTC |

### Warnings

| where | what | what would help |
| --- | --- | --- |
| 'toxgen.yaml:7:3' | 'the hold expired' | 'remove it' |
`
	want = strings.ReplaceAll(strings.ReplaceAll(want, "'", "`"), `"`, "'")
	if diff := cmp.Diff(want, week().Markdown(10_000)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCode checks that any foreign text becomes one piece of code in one cell.
func TestCode(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"blanks", " \t", "`\\t`"},
		{"plain", "1.0", "`1.0`"},
		{"mention and closing words", "@everyone fixes #1", "`@everyone fixes #1`"},
		{"cell", "a | b", "`a \\x7c b`"},
		{"lines", "a\n| b |\n\n# c", "`a\\n\\x7c b \\x7c\\n\\n# c`"},
		{"backtick", "a`b", "`` a`b ``"},
		{"backticks", "``` x", "```` ``` x ````"},
		{"HTML", "<img src=x>", "`<img src=x>`"},
		{"workflow command", "\n::set-env name=x::y", "`\\n::set-env name=x::y`"},
		{"right to left", "a\u202eb", "`a\\u202eb`"},
	} {
		if got := code(c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestMarkdownLimit checks that what does not fit is left out in whole rows and counted.
func TestMarkdownLimit(t *testing.T) {
	s := week()
	for i := range 500 {
		s.HeldBack = append(s.HeldBack, HeldBack{Release: Release{fmt.Sprintf("ünüsual-%d", i), "1.0"}})
	}
	whole := s.Markdown(1 << 20)
	rows := strings.Count(whole, "\n| ")
	for limit := 200; limit < utf8.RuneCountInString(whole)+300; limit += 101 {
		got := s.Markdown(limit)
		if n := utf8.RuneCountInString(got); n > limit {
			t.Fatalf("limit %d: %d characters", limit, n)
		}
		var left int
		text, note, cut := strings.Cut(got, " more rows do not fit here")
		if cut {
			_, _ = fmt.Sscan(text[strings.LastIndexByte(text, '\n')+1:], &left)
			if left == 0 || note == "" {
				t.Fatalf("limit %d: the note is %q", limit, note)
			}
		}
		// Each table starts with two rows of heading, which are shown together with its first row.
		shown := 0
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "| ") {
				shown++
				if !strings.HasSuffix(line, " |\n") {
					t.Fatalf("limit %d: the row %q is cut", limit, line)
				}
			}
		}
		if heads := 2 * strings.Count(text, "\n### "); shown-heads+left != rows-2*10 {
			t.Fatalf("limit %d: %d rows shown and %d left out, of %d", limit, shown-heads, left, rows-2*10)
		}
	}
}

func TestParse(t *testing.T) {
	got, err := Parse(week().JSON())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(week(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct{ text, want string }{
		{"", "not a summary: EOF"},
		{"[]", "not a summary: json: cannot unmarshal array into Go value of type report.Summary"},
		{`{"before": {}, "after": {}, "body": "x"}`, `not a summary: json: unknown field "body"`},
		{`{} {}`, "not a summary: unexpected data after it"},
		{`{"before": {"rows": "many"}}`, "not a summary: json: cannot unmarshal string into Go struct field Size.before.rows of type int"},
	} {
		if _, err := Parse([]byte(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzSummary checks that no text of a summary breaks out of its cell in Markdown or its line in a terminal.
func FuzzSummary(f *testing.F) {
	f.Add("flask", "3.1.4", "broken: see https://example.org")
	f.Add("0", "\x1b", "0")
	f.Add("::", "\x8e00", "::set-output name=x::y")
	f.Add("a|b", "`1`", "\n::error::x\n| x | y |\n# h")
	f.Add("\u202e", "``", "@you closes #1")
	f.Fuzz(func(t *testing.T, name, version, text string) {
		r := Release{name, version}
		s := &Summary{
			Suites:    []Suite{{Name: "suite", In: []string{version}, Out: []string{text}}},
			HeldBack:  []HeldBack{{Release: r, File: text}},
			Withdrawn: []Withdrawn{{Release: r, Yanked: true, Reason: text, Environments: 2, By: []string{version}, Stays: 1, Why: text}},
			New:       []Arrival{{Project: name, Versions: []string{version}, RequiredBy: []string{text, text, text, text, text}}},
			Left:      []string{text},
			Moves:     []Move{{Project: name, From: version, To: text}},
			Changed:   []Changed{{Release: r, What: []string{text}}},
			Failed:    []Failed{{Name: name, Reason: text, Detail: text, Hint: text}},
			Warnings:  []Warning{{name, text, version}},
		}
		for line := range strings.Lines(s.Markdown(1 << 20)) {
			if !strings.HasPrefix(line, "| ") {
				continue
			}
			cells := cellsOf(strings.TrimSuffix(line, "\n"))
			if want := map[int]bool{3: true, 4: true, 1: true, 5: true, 2: true}; !want[len(cells)] {
				t.Errorf("a row of %d cells: %q", len(cells), line)
			}
			for _, cell := range cells {
				for piece := range strings.SplitSeq(outsideCode(t, cell), "<br>") {
					if strings.ContainsAny(piece, "@#<>[]\\*_\u202e") {
						t.Errorf("%q is outside of code in %q", piece, line)
					}
				}
			}
		}
		var b strings.Builder
		s.Print(&b)
		if lines, details := strings.Count(b.String(), "\n"), strings.Count(strings.TrimSuffix(text, "\n")+"\n", "\n"); text != "" && lines != 12+details {
			t.Errorf("%d lines, %d of them details:\n%s", lines, details, &b)
		}
	})
}

// cellsOf splits a row at its bars: none of them is escaped.
func cellsOf(line string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|")
}

// outsideCode returns a cell without its code spans. By the rule of CommonMark, a code span that begins with a run of
// backticks ends at the next run of the same length.
func outsideCode(t *testing.T, cell string) string {
	var out strings.Builder
	for cell != "" {
		before, _, found := strings.Cut(cell, "`")
		out.WriteString(before)
		if !found {
			break
		}
		cell = cell[len(before):]
		n := len(cell) - len(strings.TrimLeft(cell, "`"))
		rest, closed := cell[n:], false
		for i := 0; i < len(rest); {
			if rest[i] != '`' {
				i++
				continue
			}
			m := len(rest[i:]) - len(strings.TrimLeft(rest[i:], "`"))
			if m == n {
				cell, closed = rest[i+m:], true
				break
			}
			i += m
		}
		if !closed {
			t.Errorf("code is not closed in %q", cell)
			break
		}
	}
	return out.String()
}
