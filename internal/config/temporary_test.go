package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"toxgen/internal/finding"
)

// TestWithoutRule removes a rule from a text, of which nothing else changes.
func TestWithoutRule(t *testing.T) {
	const rule = `{exclude: "==2", until: 2027-01-31, temporary: true}`
	for _, test := range []struct{ name, before, after string }{
		{"the only hold", "    hold:\n      - " + rule + "\n    parallel: false\n", "    parallel: false\n"},
		{"the only hold, with a comment above", "    # why\n    hold:\n      - " + rule + "  # gone\n    # next\n    parallel: false\n", "    # why\n    # next\n    parallel: false\n"},
		{"the first", "    hold:\n      - " + rule + "\n      - {exclude: \"==1\"}\n", "    hold:\n      - {exclude: \"==1\"}\n"},
		{"the last", "    hold:\n      - {exclude: \"==1\"}\n      - " + rule + "\n", "    hold:\n      - {exclude: \"==1\"}\n"},
		{"one in the middle, over lines",
			"    hold:\n    - exclude: \"==1\"\n      reason: a\n    # about the next\n    - exclude: \"==2\"\n      until: 2027-01-31\n      temporary: true\n    - exclude: \"==3\"\n",
			"    hold:\n    - exclude: \"==1\"\n      reason: a\n    # about the next\n    - exclude: \"==3\"\n"},
		{"the first of a list in brackets", "    hold: [" + rule + ", {exclude: \"==1\"}]\n", "    hold: [{exclude: \"==1\"}]\n"},
		{"the last of a list in brackets", "    hold: [{exclude: \"==1\"}, " + rule + "]\n", "    hold: [{exclude: \"==1\"}]\n"},
		{"the only one of a list in brackets", "    hold: [" + rule + "]\n    parallel: false\n", "    parallel: false\n"},
		{"of a variant", "    variants:\n      slow:\n        hold: [" + rule + "]\n", "    variants:\n      slow:\n        hold: []\n"},
		{"of a variant, in a list over lines", "    variants:\n      slow:\n        hold:\n          - " + rule + "\n", "    variants:\n      slow:\n        hold: []\n"},
		{"of a variant in braces", "    variants: {slow: {requires: [six], hold: [" + rule + "]}}\n", "    variants: {slow: {requires: [six]}}\n"},
		{"of a variant in braces, the first key", "    variants: {slow: {hold: [" + rule + "], requires: [six]}}\n", "    variants: {slow: {requires: [six]}}\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			suite := "  flask:\n    package: flask\n    test-path: tests/flask\n"
			for _, end := range []string{"\n", "\r\n"} {
				text := func(rest string) string { return strings.ReplaceAll(withSuites(suite+rest), "\n", end) }
				c, findings := Parse(FileName, []byte(text(test.before)))
				if c == nil || len(c.Temporary()) != 1 {
					t.Fatal(findings)
				}
				got, err := WithoutRule(FileName, []byte(text(test.before)), c.Temporary()[0])
				if err != nil || string(got) != text(test.after) {
					t.Errorf("%v\n%s\nwant\n%s", err, got, text(test.after))
				}
			}
		})
	}
}

// TestWithoutAddedRule removes each rule that was added, whatever the layout of the file: the holds are as before.
func TestWithoutAddedRule(t *testing.T) {
	holds := func(data []byte) (texts []string) {
		c, findings := Parse(FileName, data)
		if c == nil {
			t.Fatal(findings)
		}
		for _, h := range c.Suite("flask").Hold {
			texts = append(texts, h.Exclude.String())
		}
		return texts
	}
	for _, c := range holdCases {
		t.Run(c.name, func(t *testing.T) {
			text := added.ReplaceAllString(withSuites(c.suites[1:]), "")
			more, err := WithHold(FileName, []byte(text), "flask", NewHold{Exclude: "==2", Until: "2027-01-31", Temporary: true})
			if err != nil {
				t.Fatal(err)
			}
			read, _ := Parse(FileName, more)
			got, err := WithoutRule(FileName, more, read.Temporary()[0])
			if err != nil {
				t.Fatal(err)
			}
			if want, got := holds([]byte(text)), holds(got); !slices.Equal(want, got) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestTemporary lists the rules as triage names them, and says when they expire.
func TestTemporary(t *testing.T) {
	c, findings := Parse(FileName, []byte(withSuites(`  flask:
    package: flask
    test-path: tests/flask
    hold: [{exclude: "==1"}, {exclude: "==2", until: 2027-01-31, temporary: true}]
    variants: {slow: {hold: [{exclude: "==3", until: 2027-02-01, temporary: true}]}}
constraints:
  - {requirement: "six<1", until: 2027-01-31}
  - {requirement: "six!=2", suites: [flask, lint], when: [py3.10], until: 2027-02-02, temporary: true}
  - {requirement: "six!=3", until: 2027-02-02, temporary: true}
`)))
	if c == nil {
		t.Fatal(findings)
	}
	now := time.Date(2027, 2, 2, 0, 0, 0, 0, time.UTC)
	var got []string
	for _, r := range c.Temporary() {
		word := "lasts"
		if r.Expired(now) {
			word = "expired"
		}
		got = append(got, r.String()+": "+word)
	}
	want := "flask ==2: expired\nflask-slow ==3: expired\nsix!=2 for flask, lint on py3.10: lasts\nsix!=3: lasts"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if warned := lines(c.Expired(now)); strings.Count(warned, "temporary rule") != 2 || strings.Count(warned, "\n") != 3 {
		t.Errorf("warnings:\n%s", warned)
	}
	data := []byte(withSuites("  flask: {package: flask, test-path: tests}\n"))
	if _, err := WithoutRule(FileName, data, c.Temporary()[0]); !strings.Contains(errorsText(err), `there is no temporary rule "flask ==2"`) {
		t.Errorf("a rule that is not there: %v", err)
	}
}

func errorsText(err error) string {
	list, _ := errors.AsType[finding.List](err)
	return lines(list)
}
