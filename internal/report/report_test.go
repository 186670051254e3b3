package report

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
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
			{Name: "flask", In: []string{"3.1.4", "4.0"}, Out: []string{"3.1.3"}, Notable: []string{"4.0"}, Newest: 12, Older: 1,
				Holds: []string{"mage hold flask '==3.1.4'", "mage hold flask '==4.0'"}, Constraints: []string{`- {requirement: "lib!=2.0"}`}},
			{Name: "gevent", Newest: 3, Constraints: []string{`- {requirement: "lib!=2.0", suites: ["gevent"]}`}},
			{Name: "started", Change: Began, In: []string{"1.0"}},
			{Name: "tool", Change: Ended},
		},
		New: []Arrival{{Project: "flsak", Versions: []string{"1.0", "1.1"}, Environments: 3, RequiredBy: []string{"flask 3.1.4"}, Since: uploaded},
			{Project: "many", Versions: []string{"1"}, Environments: 1, RequiredBy: []string{"a 1", "b 1", "c 1", "d 1", "e 1", "f 1"}}},
		Left: []string{"old"},
		Moves: []Move{
			{Project: "lib", Attention: Major, Steps: []Step{{"1.9", "2.0", 412}}, Environments: 412, Suites: []string{"a", "b", "c", "d", "e"}},
			{Project: "next", Attention: Prerelease, Steps: []Step{{"1.0", "1.1rc1", 1}}, Environments: 1, Suites: []string{"flask"}},
			{Project: "down", Attention: Backwards, Steps: []Step{{"1.1", "1.0", 1}}, Environments: 1, Suites: []string{"flask"}},
			{Project: "opt", Steps: []Step{{"", "1.0", 1}, {"1.0", "", 2}}, Environments: 3, Suites: []string{"flask", "gevent"}}},
		HeldBack: []HeldBack{{Release{"boto3", "1.43.5"}, "", uploaded, uploaded.Add(72 * time.Hour)}, {Release: Release{"odd", "1.0"}},
			{Release{"lib", "1.0"}, "lib-1.0-py3-none-any.whl", uploaded, uploaded.Add(72 * time.Hour)}},
		Withdrawn: []Withdrawn{
			{Release: Release{"certifi", "2026.8.1"}, Yanked: true, Reason: "broken bundle", Environments: 624, By: []string{"2026.8.9"}},
			{Release: Release{"gone", "1.0"}, Environments: 2, By: []string{"0.9"}, Stays: 1, Why: "nothing else fits"},
			{Release: Release{"needless", "1.0"}, Environments: 1},
			{Release: Release{"stuck", "1.0"}, Yanked: true, Environments: 3, Stays: 3, Why: "the suite asks for ==1.0"},
		},
		Changed: []Changed{{Release: Release{"swapped", "2.0"}, What: []string{"another file under the name sdist", "new file cp39-cp39-linux_x86_64"}, Environments: 5}},
		PassedOver: []PassedOver{
			{Suite: "huey", Release: Release{"huey", "3.0"}, Failed: Failed{Name: "3.8", Reason: "no release of lib fits", Detail: "lib>=3 is required by huey", Hint: "mage hold huey '==3.0'"}},
			{Suite: "rq", Release: Release{"rq", "3.0"}, Before: true, Failed: Failed{Name: "3.9", Reason: "no release of lib fits"}},
		},
		NotAdopted: []Failed{{Name: "slow 1.0", Reason: "its metadata cannot be fetched now"}},
		Failed:     []Failed{{Name: "django", Reason: "the server answered 503", Detail: "first\nsecond", Hint: "run it again"}},
		Warnings:   []Warning{{"toxgen.yaml:7:3", "the hold expired", "remove it"}},
		Before:     Size{181, 623, 126},
		After:      Size{182, 624, 126},
	}
}

// TestAsk checks what is asked of the reader: to decide about what stays, to look at what moved far or is new, or nothing.
func TestAsk(t *testing.T) {
	small := Move{Project: "lib", Steps: []Step{{"1.0", "1.1", 2}}, Environments: 2, Suites: []string{"a"}}
	stays := Withdrawn{Release: Release{"lib", "1.0"}, Yanked: true, Environments: 1, Stays: 1}
	for _, c := range []struct {
		name string
		of   Summary
		want string
	}{
		{"nothing moved", Summary{}, "Nothing is asked of you: no release and no pin moved."},
		{"one small move", Summary{Moves: []Move{small}}, "Nothing is asked of you: only pins of 1 project moved, to a release of the same major."},
		{"small moves", Summary{Moves: []Move{small, small}, Suites: []Suite{{Name: "a", Newest: 2}}}, "Nothing is asked of you: only pins of 2 projects moved, to releases of the same majors."},
		{"releases that left", Summary{Suites: []Suite{{Name: "a", Out: []string{"1.0"}}}, Left: []string{"lib"}}, "Nothing is asked of you: only releases and projects left."},
		{"what is too young", Summary{HeldBack: []HeldBack{{Release: Release{"lib", "1.0"}}}}, "Nothing is asked of you: no release and no pin moved."},
		{"a release that was passed over before", Summary{PassedOver: []PassedOver{{Suite: "a", Release: Release{"a", "2"}, Before: true}}}, "Nothing is asked of you: no release and no pin moved."},
		{"a release that is passed over", Summary{PassedOver: []PassedOver{{Suite: "a", Release: Release{"b", "2"}}}}, "Decide these: passed over: b 2 by a."},
		{"what a temporary rule kept out", Summary{Retried: []Retried{{Rule: "a ==2", Until: "2027-01-31", Environments: 2}, {Rule: "b!=1 for a", Until: "2027-01-31"}}}, "Look at these: tested again: a ==2."},
		{"what kept what it had", Summary{Failed: []Failed{{Name: "a"}, {Name: "b"}}}, "Decide these: kept what they had: a, b."},
		{"a yanked pin that stays", Summary{Withdrawn: []Withdrawn{stays}}, "Decide these: withdrawn and still pinned: lib 1.0."},
		{"a yanked pin that was replaced", Summary{Withdrawn: []Withdrawn{{Release: Release{"lib", "1.0"}, By: []string{"0.9"}}}}, "Look at these: withdrawn and replaced: lib 1.0."},
		{"pins that moved back", Summary{Moves: []Move{{Project: "lib", Attention: Backwards}}}, "Look at these: pins to an older release: lib."},
		{"pins that moved back since the release was withdrawn", Summary{Withdrawn: []Withdrawn{{Release: Release{"lib", "1.0"}}}, Moves: []Move{{Project: "lib", Attention: Backwards}}},
			"Look at these: withdrawn and replaced: lib 1.0."},
		{"a release", Summary{Suites: []Suite{{Name: "a", In: []string{"1.1"}, Out: []string{"1.0"}}}}, "Look at these: releases in: a 1.1."},
		{"many releases, the notable ones first", Summary{Suites: []Suite{{Name: "a", In: []string{"1.1", "1.2", "1.3", "1.4", "2.0"}, Notable: []string{"2.0"}}}},
			"Look at these: releases in: a 2.0, a 1.1, a 1.2, a 1.3 and 1 more."},
		{"everything", *week(), "Decide these: passed over: huey 3.0; kept what they had: django; withdrawn and still pinned: gone 1.0, stuck 1.0. " +
			"Look at these: new in the lock: flsak, many; other files under known releases: swapped 2.0; withdrawn and replaced: certifi 2026.8.1, needless 1.0; " +
			"suites that began: started; suites that ended: tool; releases in: flask 4.0, flask 3.1.4; pins to a new major: lib; pins to a pre-release: next; " +
			"pins to an older release: down; not adopted yet: slow 1.0; 1 warning."},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			c.of.Print(&b)
			if got, _, _ := strings.Cut(b.String(), "\n"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			markdown, _, _ := strings.Cut(c.of.Markdown(60_000), "\n")
			if got := strings.NewReplacer("`", "", "**", "").Replace(markdown); got != c.want {
				t.Errorf("the Markdown begins with %q, want %q", got, c.want)
			}
		})
	}
}

func TestPrint(t *testing.T) {
	var b strings.Builder
	week().Print(&b)
	_, got, _ := strings.Cut(b.String(), "\n") // the first line is of TestAsk
	want := `huey passes over huey 3.0: on Python 3.8 no release of lib fits
  | lib>=3 is required by huey
  hint: mage hold huey '==3.0'
rq passes over rq 3.0, as before: on Python 3.9 no release of lib fits
django keeps what it had: the server answered 503
  | first
  | second
  hint: run it again
certifi 2026.8.1 (yanked: broken bundle), pinned in 624 environments: replaced by 2026.8.9
gone 1.0 (gone from the index), pinned in 2 environments: replaced by 0.9; stays in 1: nothing else fits
needless 1.0 (gone from the index), pinned in 1 environment: no longer needed
stuck 1.0 (yanked), pinned in 3 environments: stays in 3: the suite asks for ==1.0
slow 1.0 is not adopted yet: its metadata cannot be fetched now
new in the lock: flsak 1.0, 1.1, pinned in 3 environments, required by flask 3.1.4, on the index since 2026-08-09 10:00 UTC
new in the lock: many 1, pinned in 1 environment, required by a 1, b 1, c 1, d 1 and 2 more, on the index since unknown
swapped 2.0, pinned in 5 environments, has other files: another file under the name sdist, new file cp39-cp39-linux_x86_64
flask: in 3.1.4, 4.0; out 3.1.3
started (began): in 1.0; out none
tool (ended): in none; out none
to hold it back: mage hold flask '==3.1.4'
to hold it back: mage hold flask '==4.0'
lib 1.9 → 2.0 (major): 412 environments of 5 suites
next 1.0 → 1.1rc1 (pre-release): 1 environment of flask
down 1.1 → 1.0 (backwards): 1 environment of flask
opt none → 1.0, 1.0 → none: 3 environments of flask, gevent
gone from the lock: old
held back: boto3 1.43.5, uploaded 2026-08-09 10:00 UTC, adopted after 2026-08-12 10:00 UTC
held back: odd 1.0, uploaded unknown, adopted after unknown
held back: lib-1.0-py3-none-any.whl of lib 1.0, uploaded 2026-08-09 10:00 UTC, adopted after 2026-08-12 10:00 UTC
15 pins moved in environments of newest releases, 1 in others
182 releases in 624 environments and 126 rows; before: 181 in 623 and 126
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.Reset()
	(&Summary{Before: Size{1, 2, 3}, After: Size{1, 2, 3}}).Print(&b)
	if want := "0 pins moved in environments of newest releases, 0 in others\n1 release in 2 environments and 3 rows, as before\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("nothing happened: got %q, want %q", b.String(), want)
	}
}

// A part is a section of a Markdown text as a reader sees it.
type part struct {
	heading string
	folded  bool
	rows    []string
}

// partsOf reads a Markdown text. It checks that each folded section is closed and that each table is complete.
func partsOf(t *testing.T, text string) []part {
	t.Helper()
	var parts []part
	head, open := 0, 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		isHeading, isSummary := strings.HasPrefix(line, "### "), strings.HasPrefix(line, "<summary>")
		switch {
		case line == "<details>":
			open++
		case line == "</details>":
			open--
		case isHeading || isSummary:
			heading := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(line, "### "), "<summary>"), "</summary>")
			parts, head = append(parts, part{heading: heading, folded: open > 0}), 2
		case strings.HasPrefix(line, "|") && head > 0:
			head--
		case strings.HasPrefix(line, "|"):
			parts[len(parts)-1].rows = append(parts[len(parts)-1].rows, line)
		}
		if open < 0 || open > 1 || isHeading && open > 0 || isSummary && open == 0 {
			t.Errorf("%q is at the wrong place", line)
		}
	}
	if open != 0 {
		t.Error("a folded section is not closed")
	}
	for _, p := range parts {
		if len(p.rows) == 0 {
			t.Errorf("%q has no row", p.heading)
		}
	}
	return parts
}

// TestMarkdown checks the order of the sections, which of them are folded, and what each row says.
func TestMarkdown(t *testing.T) {
	want := []part{
		{"Stayed as it was, and why", false, []string{
			"| 'huey' passes over 'huey 3.0' on Python '3.8' | 'no release of lib fits'<br>'lib>=3 is required by huey' | 'mage hold huey \"==3.0\"' |",
			"| 'rq' passes over 'rq 3.0' on Python '3.9', as before | 'no release of lib fits' |  |",
			"| 'django' keeps what it had | 'the server answered 503'<br>'first'<br>'second' | 'run it again' |",
			"| 'slow 1.0' is not adopted yet | 'its metadata cannot be fetched now' | the next update tries again |"}},
		{"Yanked or gone", false, []string{
			"| 'certifi 2026.8.1' | yanked: 'broken bundle' | 624 | replaced by '2026.8.9' |",
			"| 'gone 1.0' | gone from the index | 2 | replaced by '0.9'; stays in 1: 'nothing else fits' |",
			"| 'needless 1.0' | gone from the index | 1 | no longer needed |",
			"| 'stuck 1.0' | yanked | 3 | stays in 3: 'the suite asks for ==1.0' |"}},
		{"Warnings", false, []string{"| 'toxgen.yaml:7:3' | 'the hold expired' | 'remove it' |"}},
		{"New in the lock: never installed before", false, []string{
			"| 'flsak' | '1.0', '1.1' | 3 | 'flask 3.1.4' | 2026-08-09 10:00 UTC |",
			"| 'many' | '1' | 1 | 'a 1', 'b 1', 'c 1', 'd 1' and 2 more | unknown |"}},
		{"Pinned releases whose files changed", false, []string{"| 'swapped 2.0' | 'another file under the name sdist', 'new file cp39-cp39-linux_x86_64' | 5 |"}},
		{"Releases in and out", false, []string{
			"| 'flask' | '3.1.4', **'4.0'** | '3.1.3' |", "| 'started' (began) | '1.0' |  |", "| 'tool' (ended) |  |  |"}},
		{"Pins that moved to a new major, a pre-release or an older release", false, []string{
			"| 'lib' | '1.9' → '2.0'<br>to a new major | 412 environments of 5 suites |",
			"| 'next' | '1.0' → '1.1rc1'<br>to a pre-release | 1 environment of 'flask' |",
			"| 'down' | '1.1' → '1.0'<br>to an older release | 1 environment of 'flask' |"}},
		{"Other pins that moved, by project", false, []string{"| 'opt' | none → '1.0' (1)<br>'1.0' → none (2) | 3 environments of 'flask', 'gevent' |"}},
		{"Gone from the lock", false, []string{"| 'old' |"}},
		{"Too young, and until when", false, []string{
			"| 'boto3 1.43.5' |  | 2026-08-09 10:00 UTC | 2026-08-12 10:00 UTC |", "| 'odd 1.0' |  | unknown | unknown |",
			"| 'lib 1.0' | 'lib-1.0-py3-none-any.whl' | 2026-08-09 10:00 UTC | 2026-08-12 10:00 UTC |"}},
		{"If the tests of a suite fail: the command that holds a release back, or the lines for <code>constraints:</code> in toxgen.yaml (2)", true, []string{
			"| 'flask' | 'mage hold flask \"==3.1.4\"'<br>'mage hold flask \"==4.0\"'<br>'- {requirement: \\\"lib!=2.0\\\"}' |",
			"| 'gevent' | '- {requirement: \\\"lib!=2.0\\\", suites: [\\\"gevent\\\"]}' |"}},
	}
	marks := strings.NewReplacer(`\"`, `"`, `"`, "'", "'", "`")
	for _, p := range want {
		for i := range p.rows {
			p.rows[i] = marks.Replace(p.rows[i])
		}
	}
	text := week().Markdown(20_000)
	if diff := cmp.Diff(want, partsOf(t, text), cmp.AllowUnexported(part{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if sizes := "\n182 releases in 624 environments and 126 rows; before: 181 in 623 and 126. 15 pins moved in environments of newest releases, 1 in others.\n"; !strings.Contains(text, sizes) {
		t.Errorf("the text lacks %q", sizes)
	}
}

// TestFolded checks that what only moved is folded where it is long, and that what needs a reader never is.
func TestFolded(t *testing.T) {
	s := &Summary{}
	for i := range 2 * maximumOpen {
		name := fmt.Sprint("p", i)
		s.Failed = append(s.Failed, Failed{Name: name})
		s.New = append(s.New, Arrival{Project: name})
		s.Suites = append(s.Suites, Suite{Name: name, In: []string{"1"}})
		s.Withdrawn = append(s.Withdrawn, Withdrawn{Release: Release{name, "1"}})
		s.Moves = append(s.Moves, Move{Project: name, Attention: Major}, Move{Project: name})
		s.HeldBack = append(s.HeldBack, HeldBack{Release: Release{name, "1"}})
		s.Left = append(s.Left, name)
	}
	folded := map[string]bool{}
	for _, p := range partsOf(t, s.Markdown(1<<20)) {
		folded[p.heading] = p.folded
		if len(p.rows) != 2*maximumOpen {
			t.Errorf("%q has %d rows", p.heading, len(p.rows))
		}
	}
	want := map[string]bool{"Stayed as it was, and why": false, "New in the lock: never installed before": false, "Releases in and out": false, "Yanked or gone": false,
		"Pins that moved to a new major, a pre-release or an older release": false,
		"Other pins that moved, by project (24)":                            true, "Too young, and until when (24)": true, "Gone from the lock (24)": true}
	if diff := cmp.Diff(want, folded); diff != "" {
		t.Errorf("folded (-want +got):\n%s", diff)
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

// TestMarkdownLimit checks that what does not fit is left out in whole rows and counted, whether characters or bytes count.
func TestMarkdownLimit(t *testing.T) {
	s := week()
	for i := range 200 {
		s.HeldBack = append(s.HeldBack, HeldBack{Release: Release{fmt.Sprintf("ünüsual-%d", i), "1.0"}})
		s.Suites = append(s.Suites, Suite{Name: fmt.Sprintf("sü-%d", i), Holds: []string{"mage hold"}})
	}
	rowsOf := func(text string) (rows int) {
		for _, p := range partsOf(t, text) {
			rows += len(p.rows)
		}
		return rows
	}
	for name, form := range map[string]struct {
		render func(int) string
		size   func(string) int
	}{
		"characters": {s.Markdown, utf8.RuneCountInString},
		"bytes":      {s.StepSummary, func(text string) int { return len(text) }},
	} {
		t.Run(name, func(t *testing.T) {
			whole := form.render(1 << 20)
			rows := rowsOf(whole)
			for limit := 200; limit < form.size(whole)+300; limit += 101 {
				got := form.render(limit)
				if n := form.size(got); n > limit {
					t.Fatalf("limit %d: its size is %d", limit, n)
				}
				left := 0
				text, _, cut := strings.Cut(got, " more rows do not fit here")
				if cut {
					if _, err := fmt.Sscan(text[strings.LastIndexByte(text, '\n')+1:], &left); err != nil || left == 0 {
						t.Fatalf("limit %d: %d rows are left out, %v", limit, left, err)
					}
				}
				for line := range strings.Lines(text) {
					if strings.HasPrefix(line, "| ") && !strings.HasSuffix(line, " |\n") {
						t.Fatalf("limit %d: the row %q is cut", limit, line)
					}
				}
				if shown := rowsOf(got); shown+left != rows {
					t.Fatalf("limit %d: %d rows shown and %d left out, of %d", limit, shown, left, rows)
				}
			}
		})
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
		{"[]", "not a summary: json: cannot unmarshal array into Go value of type report.document"},
		{`{"before": {}, "after": {}, "body": "x"}`, `not a summary: json: unknown field "body"`},
		{`{} {}`, "not a summary: unexpected data after it"},
		{`{"before": {"rows": "many"}}`, "not a summary: json: cannot unmarshal string into Go struct field Size.Summary.before.rows of type int"},
		{`{"before": {}}`, "a summary of format 0: this toxgen reads format 1"},
		{`{"format": 2}`, "a summary of format 2: this toxgen reads format 1"},
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
			Suites:     []Suite{{Name: "suite", In: []string{version, text}, Out: []string{text}, Notable: []string{text}, Holds: []string{text}, Constraints: []string{text}}},
			HeldBack:   []HeldBack{{Release: r, File: text}},
			Withdrawn:  []Withdrawn{{Release: r, Yanked: true, Reason: text, Environments: 2, By: []string{version}, Stays: 1, Why: text}},
			New:        []Arrival{{Project: name, Versions: []string{version}, RequiredBy: []string{text, text, text, text, text}}},
			Left:       []string{text},
			Moves:      []Move{{Project: name, Attention: Major, Steps: []Step{{version, text, 1}, {text, version, 1}}, Suites: []string{text}}},
			PassedOver: []PassedOver{{Suite: name, Release: r, Failed: Failed{Name: text, Reason: text, Hint: text}}},
			NotAdopted: []Failed{{Name: text, Reason: text}},
			Changed:    []Changed{{Release: r, What: []string{text}}},
			Failed:     []Failed{{Name: name, Reason: text, Detail: text, Hint: text}},
			Warnings:   []Warning{{name, text, version}},
		}
		for i, line := range slices.Collect(strings.Lines(s.Markdown(1 << 20))) {
			if i == 0 {
				if words := strings.ReplaceAll(outsideCode(t, line), "**", ""); strings.ContainsAny(words, "@#<>[]\\*_\u202e") {
					t.Errorf("%q is outside of code in %q", words, line)
				}
			}
			if !strings.HasPrefix(line, "| ") {
				continue
			}
			cells := cellsOf(strings.TrimSuffix(line, "\n"))
			if want := map[int]bool{3: true, 4: true, 1: true, 5: true, 2: true}; !want[len(cells)] {
				t.Errorf("a row of %d cells: %q", len(cells), line)
			}
			for _, cell := range cells {
				for piece := range strings.SplitSeq(strings.ReplaceAll(outsideCode(t, cell), "**", ""), "<br>") {
					if strings.ContainsAny(piece, "@#<>[]\\*_\u202e") {
						t.Errorf("%q is outside of code in %q", piece, line)
					}
				}
			}
		}
		var b strings.Builder
		s.Print(&b)
		if lines, details := strings.Count(b.String(), "\n"), strings.Count(strings.TrimSuffix(text, "\n")+"\n", "\n"); text != "" && lines != 16+details {
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

// TestDocumented checks that docs/summary.md has a table for each part of the data, with exactly its fields.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/summary.md")
	if err != nil {
		t.Fatal(err)
	}
	got, part := map[string][]string{}, ""
	for line := range strings.Lines(string(page)) {
		if heading, found := strings.CutPrefix(line, "### "); found {
			part = strings.TrimSpace(heading)
		}
		if first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | "); part != "" && strings.HasPrefix(line, "| `") {
			for name := range strings.SplitSeq(first, ", ") {
				got[part] = append(got[part], strings.Trim(name, "`"))
			}
		}
	}
	want := map[string][]string{}
	fieldsOf(want, reflect.TypeFor[document]())
	for _, lists := range []map[string][]string{got, want} {
		for _, list := range lists {
			slices.Sort(list)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-data +documented):\n%s", diff)
	}
	if !strings.Contains(string(page), fmt.Sprintf("JSON of format %d.", Format)) {
		t.Errorf("format %d is not documented", Format)
	}
}

// fieldsOf adds the fields of a type of the data, and of those below it, by the names of the types.
func fieldsOf(all map[string][]string, of reflect.Type) {
	for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if _, known := all[of.Name()]; known || of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() {
		return
	}
	all[of.Name()] = nil
	for _, field := range reflect.VisibleFields(of) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			all[of.Name()] = append(all[of.Name()], name)
			fieldsOf(all, field.Type)
		}
	}
}

// TestLiveWeek reads the summary of an update of the reference configuration against the public index on 2026-11-29: six days after the
// one before, 43 files changed. Its reader learns in the first line what to decide and what to look at, and finds the moved pins of 92
// projects once each.
func TestLiveWeek(t *testing.T) {
	data, err := os.ReadFile("testdata/week.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.JSON(); !bytes.Equal(got, data) {
		t.Errorf("the data are not what was read: %s", cmp.Diff(string(data), string(got)))
	}
	markdown := s.Markdown(60_000)
	first, rest, _ := strings.Cut(markdown, "\n")
	want := "**Decide these:** passed over: `pydantic-ai 2.66.0 by pydantic_ai`, `starlette 1.7.0`, `starlette 1.8.0`, `starlette 1.9.0` and 1 more. " +
		"**Look at these:** new in the lock: `logfire-sdk`; releases in: `pydantic_ai 1.107.10`, `pydantic_ai 2.62.0`, `anthropic 2.14.0`; " +
		"pins to a new major: `anthropic`, `cachetools`, `fastmcp-slim`, `google-genai` and 5 more."
	if first != want {
		t.Errorf("the first line is\n%s\nnot\n%s", first, want)
	}
	open, _, _ := strings.Cut(rest, "<details>")
	if rows := strings.Count(open, "\n| `"); rows != 5+1+2+9 {
		t.Errorf("%d rows are not folded:\n%s", rows, open)
	}
	_, pins, _ := strings.Cut(markdown, "### Pins that moved")
	pins, _, _ = strings.Cut(pins, "<summary>If the tests")
	for _, m := range s.Moves {
		if n := strings.Count(pins, "\n| `"+m.Project+"` | "); n != 1 {
			t.Errorf("%s has %d rows", m.Project, n)
		}
	}
	if strings.Contains(markdown, "do not fit here") {
		t.Error("it was cut")
	}
}
