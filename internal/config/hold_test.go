package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"toxgen/internal/finding"
)

// withSuites returns a configuration that ends with the given suites: flask, and possibly django.
func withSuites(suites string) string {
	group := "flask"
	if strings.Contains(suites, "django:") {
		group = "flask, django"
	}
	return `project: {name: example-sdk}
pythons: [{version: "3.10", patch: 4}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 30
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
groups: [{name: Web, suites: [` + group + `]}]
testenv: {commands: [pytest]}
static:
  lint: {python: py3.10, commands: [ruff], ci: false}
suites:
` + suites
}

// holdCases holds suites of files. The text between « and » is what a new hold adds to them.
var holdCases = []struct{ name, suites string }{
	{"a suite without holds", `
  flask:
    package: flask
    test-path: tests/flask«
    hold:
      - {exclude: "==2"}»
`},
	{"the keys that come behind a hold stay there", `
  flask:
    package: flask
    test-path: tests/flask
    versions: 3  # few«
    hold:
      - {exclude: "==2"}»
    # They share a database.
    parallel: false
    disabled: {}
`},
	{"the keys in another order", `
  flask:
    parallel: false
    test-path: tests/flask
    disabled: {}
    package: flask«
    hold:
      - {exclude: "==2"}»
`},
	{"another suite follows", `
  flask:
    package: flask
    test-path: tests/flask«
    hold:
      - {exclude: "==2"}»

  # Others
  django:
    package: django
    test-path: tests/django
    hold:
      - {exclude: "==2"}
`},
	{"comments of the suite and of the next one", `
  flask:
    package: flask
    test-path: tests/flask  # here
    # This path is odd.
      # Really.«
    hold:
      - {exclude: "==2"}»
  # Others

# At the margin
`},
	{"comments at the margin", `
  flask:
    package: flask
    test-path: tests/flask«
    hold:
      - {exclude: "==2"}»
# At the margin
    # As deep as a key, but behind the margin
`},
	{"no end of the last line", `
  flask:
    package: flask
    test-path: tests/flask«
    hold:
      - {exclude: "==2"}»`},
	{"no end of the last line, which is a comment", `
  flask:
    package: flask
    test-path: tests/flask
    # nothing more«
    hold:
      - {exclude: "==2"}»`},
	{"blanks at the ends", "\n  flask:\n    package: flask\n    test-path: tests/flask  «\n    hold:\n      - {exclude: \"==2\"}»\n  \n \n"},
	{"an end of document", `
  flask:
    package: flask
    test-path: tests/flask«
    hold:
      - {exclude: "==2"}»
...
`},
	{"other indentation", `
  flask:
        package: flask
        test-path: tests/flask«
        hold:
          - {exclude: "==2"}»
`},
	{"quoted keys", `
  "flask":
    'package': flask
    "test-path": tests/flask«
    hold:
      - {exclude: "==2"}»
`},
	{"a quoted hold", `
  flask:
    package: flask
    test-path: tests/flask
    "hold":
      - {exclude: "==1"}«
      - {exclude: "==2"}»
`},
	{"explicit keys", `
  ? flask
  : package: flask
    ? test-path
    : tests/flask
    ? hold
    : - exclude: "==1"«
      - {exclude: "==2"}»
    services: []
`},
	{"explicit keys of a suite without holds", `
  ? flask
  : ? package
    : flask
    ? test-path
    : tests/flask«
    hold:
      - {exclude: "==2"}»
`},
	{"the last value in double quotes, over lines", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      - exclude: ==1
        reason: "\"a\"
          one
          # no comment \\"  # a comment«
      - {exclude: "==2"}»
    services: []
`},
	{"the last value in single quotes, over lines", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      - exclude: ==1
        reason: 'it''s
          one
          # no comment \'«
      - {exclude: "==2"}»
    services: []
`},
	{"the last value plain, over lines", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      - exclude: ==1
        reason: one
          two é
          three# no comment # a comment«
      - {exclude: "==2"}»
    services: []
`},
	{"the last value a folded block", `
  flask:
    package: flask
    test-path: >-  # tests/a tests/b
      tests/a
      tests/b
    # a comment«
    hold:
      - {exclude: "==2"}»
`},
	{"the last value a literal block", `
  flask:
    package: flask
    test-path: tests/flask
    python: |2

        >=3.8,
        <4«
    hold:
      - {exclude: "==2"}»

    services: []
`},
	{"the last value a list over lines", `
  flask:
    package: flask
    test-path: tests/flask
    requires: [  # all
      {when: "*", add: ["six[b]", 'c[d]']},  # ] }
      # ]
    ]  # done«
    hold:
      - {exclude: "==2"}»
    services: []
`},
	{"the last value an empty list over lines", `
  flask:
    package: flask
    test-path: tests/flask
    requires: [
      # ]
    ]«
    hold:
      - {exclude: "==2"}»
    services: []
`},
	{"items", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      # The first
      - {exclude: "==1"}  # one
      # - {exclude: "==1.1"}«
      - {exclude: "==2"}»
    # They share a database.
    parallel: false
`},
	{"items at the end", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      - {exclude: "==1"}«
      - {exclude: "==2"}»
    # The end

  # Others
`},
	{"items in blocks", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      - exclude: ==1
        reason: >-
          # this is
          no comment
        issue: https://example.org/1#2«
      - {exclude: "==2"}»

  # Others
`},
	{"items as deep as their key", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
    - {exclude: "==1"}
      # one«
    - {exclude: "==2"}»
    # They share a database.
    parallel: false
`},
	{"items as deep as their key, at the end of the file", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
    -   exclude: "==1"«
    - {exclude: "==2"}»`},
	{"an empty list", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [«{exclude: "==2"}»]  # none
`},
	{"an empty list over lines", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [  # ]
      # none
    «{exclude: "==2"}»]
`},
	{"a list in brackets", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [{exclude: "==1", reason: ']'}«, {exclude: "==2"}»]  # one
`},
	{"a list in brackets with a comma at its end", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [{exclude: "==0"}, {exclude: "==1",}«, {exclude: "==2"}» , ]
`},
	{"a list of a pair without braces", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [exclude: ==1«, {exclude: "==2"}»]
`},
	{"a list over lines", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [
      {exclude: "==0"},
      {exclude: "==1"}«,»  # one«
      {exclude: "==2"}»
      # more
    ]
`},
	{"a list over lines with a comma at its end", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [
      {exclude: "==1"} , # one«
      {exclude: "==2"},»
    ]
`},
	{"a list over lines with the comma on another", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [
      {
        exclude: "==1",
      }«,»«
      {exclude: "==2"}»
      ,
    ]
`},
	{"a list over lines with commas before the items", `
  flask:
    package: flask
    test-path: tests/flask
    hold: [ {exclude: "==0"}
          , {exclude: "==1"}«, {exclude: "==2"}»
          ]
`},
	{"a list over lines that ends with its last item", `
  flask:
    package: flask
    test-path: tests/flask
    hold:
      [{exclude: "==0"},
       {exclude: "==1"}«, {exclude: "==2"}»]
`},
	{"a suite in braces", `
  flask: {package: flask, test-path: tests/flask«, hold: [{exclude: "==2"}]»}
`},
	{"a suite in braces with a comma at its end", `
  flask: {"package":"flask","test-path":"tests/flask"«, hold: [{exclude: "==2"}]»,}
`},
	{"a suite in braces with other keys", `
  flask: {package: flask, test-path: tests/flask«, hold: [{exclude: "==2"}]», services: []}
`},
	{"a suite in braces with holds", `
  flask: {package: flask, test-path: tests/flask, hold: [{exclude: ==1}«, {exclude: "==2"}»], services: []}
`},
	{"a suite in braces without an end of the line", `
  flask: {package: flask, test-path: tests/flask«, hold: [{exclude: "==2"}]»}`},
	{"a suite in braces over lines", `
  flask: {
    package: flask,
    test-path: tests/flask«,»«
    hold: [{exclude: "==2"}]»
  }
`},
	{"a suite in braces over lines with other keys", "\n  flask: {\n\tpackage: flask,\n\ttest-path: tests/flask,  # here«\n\thold: [{exclude: \"==2\"}],»\n\tservices: [] }\n"},
	{"letters of more than a byte", `
  flask: {test-path: "tests/é/日本/😀", package: "flask"«, hold: [{exclude: "==2"}]»} # é
`},
	{"letters of more than a byte at the end", `
  flask: {package: flask, test-path: tests/é«, hold: [{exclude: "==2"}]»}
`},
}

// TestWithHold checks that a hold is added where it belongs and that nothing else changes, with any line ends.
func TestWithHold(t *testing.T) {
	for _, c := range holdCases {
		t.Run(c.name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n"} {
				marked := strings.ReplaceAll(withSuites(c.suites[1:]), "\n", end)
				for _, mark := range []string{"", byteOrderMark} {
					before, after := mark+added.ReplaceAllString(marked, ""), mark+marks.Replace(marked)
					got, err := WithHold(FileName, []byte(before), "flask", NewHold{Exclude: "==2"})
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(after, string(got)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					checkHold(t, []byte(before), got, "flask", NewHold{Exclude: "==2"})
				}
			}
		})
	}
}

var (
	added = regexp.MustCompile(`(?s)«.*?»`)
	marks = strings.NewReplacer("«", "", "»", "")
)

// checkHold checks the law of WithHold.
func checkHold(t *testing.T, before, after []byte, suite string, hold NewHold) {
	t.Helper()
	var h Hold
	h.Reason, h.Issue = hold.Reason, hold.Issue
	if err := h.Exclude.parse(hold.Exclude, Pos{}); err != nil {
		t.Error(err)
	}
	if err := h.Until.parse(hold.Until, Pos{}); err != nil && hold.Until != "" {
		t.Error(err)
	}
	checkAddition(t, before, after, func(c *Config) {
		target := c.Suites.Get(suite)
		target.Hold = append(target.Hold, h)
	})
}

// checkAddition checks that after holds the lines of before in their order, with additions only, and has the meaning of before
// after an addition.
func checkAddition(t *testing.T, before, after []byte, add func(*Config)) {
	t.Helper()
	rest := lineBreak.Split(string(after), -1)
	for _, line := range lineBreak.Split(string(before), -1) {
		at := slices.IndexFunc(rest, func(l string) bool { return addsTo(line, l) })
		if at < 0 {
			t.Fatalf("the line %q is not there, or not in its place:\n%s", line, after)
		}
		rest = rest[at+1:]
	}
	want, _ := Parse(FileName, before)
	got, findings := Parse(FileName, after)
	if want == nil || got == nil {
		t.Fatalf("%s in\n%s", findings, after)
	}
	add(want)
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	if diff := cmp.Diff(want, got, everything, cmpopts.IgnoreTypes(Pos{})); diff != "" {
		t.Errorf("the configuration (-want +got):\n%s", diff)
	}
}

// addsTo reports whether a line is another line with a text inserted at one place.
func addsTo(line, longer string) bool {
	i := 0
	for i < len(line) && i < len(longer) && line[i] == longer[i] {
		i++
	}
	return strings.HasSuffix(longer, line[i:]) && len(longer) >= len(line)
}

// TestWithHoldOfVariant checks that a variant of which nothing else is said gets a hold of its own.
func TestWithHoldOfVariant(t *testing.T) {
	const suites = "  flask: {package: flask, test-path: tests, variants: {a: %s, b: {}}}\n"
	for _, empty := range []string{"{}", "{ }"} {
		t.Run(empty, func(t *testing.T) {
			got, err := WithHold(FileName, []byte(withSuites(fmt.Sprintf(suites, empty))), "flask-a", NewHold{Exclude: "==2"})
			want := withSuites(fmt.Sprintf(suites, strings.Replace(empty, "}", `hold: [{exclude: "==2"}]}`, 1)))
			if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// TestWithHoldTexts checks that no text of a hold can end its quotes.
func TestWithHoldTexts(t *testing.T) {
	before := []byte(withSuites("  flask:\n    package: flask\n    test-path: tests/flask\n"))
	for _, c := range []struct {
		hold NewHold
		want string
	}{
		{NewHold{Exclude: " >= 1.0 ,< 2"}, `{exclude: ">=1.0,<2"}`},
		{NewHold{Exclude: "==3.0.1", Reason: "broken", Issue: "https://example.org/2", Until: "2027-01-31"},
			`{exclude: "==3.0.1", reason: "broken", issue: "https://example.org/2", until: 2027-01-31}`},
		{NewHold{Exclude: `===a"b\c#`, Until: "2028-02-29"}, `{exclude: "===a\"b\\c#", until: 2028-02-29}`},
		{NewHold{Exclude: "==1", Reason: `"}, {exclude: ">0"}, # ' \" \`}, `{exclude: "==1", reason: "\"}, {exclude: \">0\"}, # ' \\\" \\"}`},
		{NewHold{Exclude: "==1", Reason: "é 日本 😀"}, `{exclude: "==1", reason: "é 日本 😀"}`},
		{NewHold{Exclude: "==1", Reason: "a\u202eb\u00a0\ufeff\ufffe\U000e0001"}, `{exclude: "==1", reason: "a\u202eb\u00a0\ufeff\ufffe\U000e0001"}`},
		{NewHold{Exclude: "==1", Reason: " "}, `{exclude: "==1", reason: " "}`},
		{NewHold{Exclude: "==1", Reason: "null"}, `{exclude: "==1", reason: "null"}`},
		{NewHold{Exclude: "==1", Reason: "2027-01-31"}, `{exclude: "==1", reason: "2027-01-31"}`},
		{NewHold{Exclude: "==1", Reason: "&a *b !!c <<: |"}, `{exclude: "==1", reason: "&a *b !!c <<: |"}`},
		{NewHold{Exclude: "==1", Issue: `https://example.org/?a="}&b={c},[#d`}, `{exclude: "==1", issue: "https://example.org/?a=\"}&b={c},[#d"}`},
		{NewHold{Exclude: "==1", Reason: strings.Repeat("x: ", 5_000)}, `{exclude: "==1", reason: "` + strings.Repeat("x: ", 5_000) + `"}`},
	} {
		got, err := WithHold(FileName, before, "flask", c.hold)
		if err != nil {
			t.Errorf("%v: %v", c.hold, err)
			continue
		}
		if want := string(before) + "    hold:\n      - " + c.want + "\n"; string(got) != want {
			t.Errorf("%v: got\n%s", c.hold, got)
		}
		checkHold(t, before, got, "flask", c.hold)
	}
}

// TestWithHoldRefuses checks that all errors are reported together and that no text is returned.
func TestWithHoldRefuses(t *testing.T) {
	suites := withSuites(`  flask:
    package: flask
    test-path: tests/flask
    hold:
      - {exclude: ">=1,<2", reason: broken, issue: "https://example.org/2", until: 2027-01-31}
`)
	for _, c := range []struct {
		name, text, suite string
		hold              NewHold
		want              string
	}{
		{"nothing", suites, "flask", NewHold{}, `0:0: error: hold lacks the key "exclude"` + "\n"},
		{"blanks", suites, "flask", NewHold{Exclude: " \n"}, `0:0: error: hold lacks the key "exclude"` + "\n"},
		{"no clause", suites, "flask", NewHold{Exclude: ","}, "0:0: error: hold.exclude: an empty specifier matches everything: leave it out\n"},
		{"a version", suites, "flask", NewHold{Exclude: "3.0.1"},
			`0:0: error: hold.exclude: "3.0.1" is not a version specifier: it does not begin with ~=, ==, !=, <=, >=, <, > or === [did you mean "==3.0.1"?]` + "\n"},
		{"everything", suites, "flsk", NewHold{Exclude: "=1", Reason: "a\nb", Issue: "ftp://user:secret@example.org", Until: "2027-02-30"}, `0:0: error: hold.exclude: "=1" is not a version specifier: it does not begin with ~=, ==, !=, <=, >=, <, > or ===
0:0: error: hold.issue is not an https URL
0:0: error: hold.reason is "a\nb", not a single line without control characters
0:0: error: hold.until: "2027-02-30" is not a date like 2027-01-31
0:0: error: no suite that follows a project is called "flsk" [did you mean "flask"?]
`},
		{"control characters", suites, "flask", NewHold{Exclude: "==1", Reason: "a\x1bb"},
			`0:0: error: hold.reason is "a\x1bb", not a single line without control characters` + "\n"},
		{"a line separator", suites, "flask", NewHold{Exclude: "==1", Reason: "a\u2028b"},
			`0:0: error: hold.reason is "a\u2028b", not a single line without control characters` + "\n"},
		{"not UTF-8", suites, "flask", NewHold{Exclude: "==1", Reason: "a\xff", Issue: "https://example.org/\xff"},
			"0:0: error: hold.issue is not UTF-8\n0:0: error: hold.reason is not UTF-8\n"},
		{"http", suites, "flask", NewHold{Exclude: "==1", Issue: "http://example.org"}, "0:0: error: hold.issue is not an https URL\n"},
		{"no host", suites, "flask", NewHold{Exclude: "==1", Issue: "https:///a"}, "0:0: error: hold.issue is not an http or https URL\n"},
		{"two lines for an issue", suites, "flask", NewHold{Exclude: "==1", Issue: "https://example.org/a\nb"},
			"0:0: error: hold.issue is not an http or https URL\n"},
		{"credentials", suites, "flask", NewHold{Exclude: "==1", Issue: "https://user:secret@example.org"},
			"0:0: error: hold.issue holds credentials, which everyone who can read this file could read " +
				"[remove them here, and revoke them if they were pushed; those of an index belong in a .netrc file, for CI see workflow.netrc]\n"},
		{"not a day", suites, "flask", NewHold{Exclude: "==1", Until: "2027-1-31"},
			`0:0: error: hold.until: "2027-1-31" is not a date like 2027-01-31` + "\n"},
		{"a moment", suites, "flask", NewHold{Exclude: "==1", Until: "2027-01-31T00:00:00Z"},
			`0:0: error: hold.until: "2027-01-31T00:00:00Z" is not a date like 2027-01-31` + "\n"},
		{"a suite like no other", suites, "x\n", NewHold{Exclude: "==1"},
			`0:0: error: no suite that follows a project is called "x\n"` + "\n"},
		{"a static suite", suites, "lint", NewHold{Exclude: "==1"},
			`13:9: error: static suite "lint" follows no project, so it has no releases to hold [restrict what it installs: constraints: [{requirement: "PROJECT<VERSION", suites: [lint]}]]` + "\n"},
		{"there already", suites, "flask", NewHold{Exclude: "<2, >=1"},
			`19:9: error: suite "flask" already has a hold of <2,>=1` + "\n"},
		{"there already, the same", suites, "flask", NewHold{">=1,<2", "broken", "https://example.org/2", "2027-01-31", false},
			`19:9: error: suite "flask" already has a hold of <2,>=1` + "\n"},
		{"there already, until another day", suites, "flask", NewHold{Exclude: ">=1,<2", Reason: "broken", Until: "2027-02-01"},
			`19:9: error: suite "flask" already has a hold of <2,>=1 [change its until there]` + "\n"},
		{"there already, all else different", suites, "flask", NewHold{">=1,<2", "slow", "https://example.org/3", "2027-02-01", false},
			`19:9: error: suite "flask" already has a hold of <2,>=1 [change its reason, issue, until there]` + "\n"},
		{"a faulty file", strings.Replace(suites, "package: flask", "package: '-'", 1), "flask", NewHold{},
			`16:14: error: suites.flask.package: "-" is not a package like gql[all]: `},
		{"a hold of nothing", withSuites("  flask:\n    package: flask\n    test-path: tests/flask\n    hold:\n"), "flask", NewHold{Exclude: "==1"},
			"18:10: error: suites.flask.hold is empty, not a list\n"},
		{"an anchor", withSuites("  flask: &a\n    package: flask\n    test-path: tests/flask\n"), "flask", NewHold{Exclude: "==1"},
			"15:10: error: suites.flask uses an anchor or an alias: write the value out\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := WithHold(FileName, []byte(c.text), c.suite, c.hold)
			list, found := errors.AsType[finding.List](err)
			if got := lines(list); !found || text != nil || !strings.HasPrefix(got, c.want) {
				t.Errorf("%q and %v, want\n%s", text, err, c.want)
			}
			if strings.Contains(list.Error(), "secret") {
				t.Errorf("the credentials are shown: %v", err)
			}
		})
	}
}

// TestWithHoldByHand checks that a hold that cannot be added is shown. Here the empty lines at the end of a value are part
// of it.
func TestWithHoldByHand(t *testing.T) {
	text := withSuites("  flask:\n    package: flask\n    test-path: tests/flask\n    python: |+\n      >=3.8\n\n")
	got, err := WithHold("a/toxgen.yaml", []byte(text), "flask", NewHold{Exclude: "==1", Reason: `"`})
	want := `a/toxgen.yaml:16:5: error: suite "flask": the hold cannot be added automatically
hold:
  - {exclude: "==1", reason: "\""}
  hint: add it by hand`
	if got != nil || err == nil || err.Error() != want {
		t.Errorf("got %q and\n%v\nwant\n%s", got, err, want)
	}
}

// TestSame checks which texts have the same meaning.
func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{a: "b", c: [1]}`, "'a': b\nc:\n# one\n- 1\n", true},
		{"a: b", "a: c", false},
		{"a: b", "b: b", false},
		{"a: 1", `a: "1"`, false},
		{"a: [b]", "a: [b, c]", false},
		{"a: [b]", "a: [[b]]", false},
		{"a: []", "a: {}", false},
		{"a: b", "a: b\nc: d", false},
		{"a: b\nc: d", "c: d\na: b", false},
	} {
		a, b := tree([]byte(c.a)), tree([]byte(c.b))
		if same(a, b) != c.want || same(b, a) != c.want {
			t.Errorf("%q and %q: want %v", c.a, c.b, c.want)
		}
	}
}

// TestWithHoldOfFiles adds holds to some suites of complete configurations, one after another.
func TestWithHoldOfFiles(t *testing.T) {
	hold := NewHold{Exclude: "==0.0.0.1", Reason: "broken", Issue: "https://example.org/2", Until: "2027-01-31"}
	for _, path := range []string{"testdata/ok/full.yaml", "testdata/ok/minimal.yaml", "../../" + FileName} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		suites := parsed(t, data).Suites.keys()
		for i := 0; i < len(suites); i += 1 + len(suites)/6 {
			suite := suites[i]
			got, err := WithHold(FileName, data, suite, hold)
			if err != nil {
				t.Fatal(err)
			}
			checkHold(t, data, got, suite, hold)
			data = got
		}
	}
}

// FuzzWithHold checks that WithHold returns an error, or a text with the meaning of the text before plus the hold.
func FuzzWithHold(f *testing.F) {
	for _, c := range holdCases {
		suites := marks.Replace(c.suites[1:])
		f.Add(suites, "==3.0,<4", "it's \"broken\"", "https://example.org/1", "2027-01-31")
		f.Add(strings.ReplaceAll(suites, "\n", "\r\n"), "===a\"b", "", "", "")
	}
	f.Fuzz(func(t *testing.T, suites, exclude, reason, issue, until string) {
		hold := NewHold{exclude, reason, issue, until, false}
		before := []byte(withSuites(suites))
		given := slices.Clone(before)
		after, err := WithHold(FileName, given, "flask", hold)
		if !slices.Equal(before, given) {
			t.Fatal("the text that was given was changed")
		}
		if err == nil {
			checkHold(t, before, after, "flask", hold)
			return
		}
		if list, found := errors.AsType[finding.List](err); after != nil || !found || list.Err() == nil {
			t.Errorf("a text: %v, and the error %v", after != nil, err)
		}
	})
}
