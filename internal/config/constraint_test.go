package config

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/finding"
)

// constraintCases holds parts of files, from the constraints to the suites. The text between « and » is what a new constraint
// adds to them.
var constraintCases = []struct{ name, text string }{
	{"no constraints", `
# The platform.
platform: {system: linux, machine: x86_64, libc: glibc-2.28} # of all Pythons«
constraints:
  - {requirement: "dep!=2.0", suites: [flask]}»

# What is tested
`},
	{"constraints", `
constraints:
  # Old
  - {requirement: "setuptools<82", when: [py3.10], reason: "old"} # really«
  - {requirement: "dep!=2.0", suites: [flask]}»

  # Nothing more
build: [wheel]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
`},
	{"constraints without indentation", `
constraints:
- requirement: setuptools<82
  # the last«
- {requirement: "dep!=2.0", suites: [flask]}»
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
`},
	{"an empty list", `
constraints: [«{requirement: "dep!=2.0", suites: [flask]}»]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
`},
	{"a list in brackets", `
constraints: [{requirement: setuptools<82}«, {requirement: "dep!=2.0", suites: [flask]}»]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
`},
	{"a list in brackets over lines", `
constraints: [
  {requirement: setuptools<82}, # old«
  {requirement: "dep!=2.0", suites: [flask]},»
]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
`},
}

// around returns a configuration with a part of a file.
func around(text string) string {
	return `project: {name: example-sdk}
pythons: [{version: "3.10", patch: 4}]
` + text + `suites:
  flask: {package: flask, test-path: tests/flask}
static:
  lint: {python: py3.10, commands: [ruff], ci: false}
testenv: {commands: [pytest]}
`
}

// TestWithConstraint checks that a constraint is added where it belongs and that nothing else changes, with any line ends.
func TestWithConstraint(t *testing.T) {
	constraint := NewConstraint{Requirement: "dep!=2.0", Suites: []string{"flask"}}
	for _, c := range constraintCases {
		for _, newline := range []string{"\n", "\r\n"} {
			for _, mark := range []string{"", byteOrderMark} {
				t.Run(c.name, func(t *testing.T) {
					text := mark + strings.ReplaceAll(around(c.text[1:]), "\n", newline)
					before, want := added.ReplaceAllString(text, ""), marks.Replace(text)
					got, err := WithConstraint(FileName, []byte(before), constraint)
					if err != nil || string(got) != want {
						t.Fatalf("%v, got\n%s\nwant\n%s", err, got, want)
					}
					checkConstraint(t, []byte(before), got, constraint)
				})
			}
		}
	}
}

// checkConstraint checks the law of WithConstraint.
func checkConstraint(t *testing.T, before, after []byte, constraint NewConstraint) {
	t.Helper()
	_, wanted, findings := constraint.read()
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	checkAddition(t, before, after, func(c *Config) { c.Constraints = append(c.Constraints, wanted) })
}

// TestWithConstraintTexts checks how the keys are written, and that no text can end its quotes.
func TestWithConstraintTexts(t *testing.T) {
	before := []byte(around("platform: {system: linux, machine: x86_64, libc: glibc-2.28}\n"))
	for _, c := range []struct {
		constraint NewConstraint
		want       string
	}{
		{NewConstraint{Requirement: " dep != 2.0 "}, `{requirement: "dep != 2.0"}`},
		{NewConstraint{Requirement: "dep!=2.0", When: []string{"py3.10"}, Suites: []string{"lint", "flask"}, Reason: `"}, # '`, Issue: "https://example.org/2", Until: "2027-01-31"},
			`{requirement: "dep!=2.0", when: [py3.10], suites: [lint, flask], reason: "\"}, # '", issue: "https://example.org/2", until: 2027-01-31}`},
	} {
		got, err := WithConstraint(FileName, before, c.constraint)
		if err != nil || !strings.Contains(string(got), "\nconstraints:\n  - "+c.want+"\n") {
			t.Errorf("%+v: %v, got\n%s", c.constraint, err, got)
			continue
		}
		checkConstraint(t, before, got, c.constraint)
	}
}

// TestWithConstraintRefuses checks that all errors are reported together and that no text is returned.
func TestWithConstraintRefuses(t *testing.T) {
	text := around(`platform: {system: linux, machine: x86_64, libc: glibc-2.28}
constraints:
  - {requirement: "dep!=2.0", suites: [lint, flask], when: [py3.10], reason: broken}
`)
	for _, c := range []struct {
		name, text string
		constraint NewConstraint
		want       string
	}{
		{"nothing", text, NewConstraint{}, `0:0: error: constraint lacks the key "requirement"` + "\n"},
		{"everything", text, NewConstraint{Requirement: "dep=2", When: []string{"3.10"}, Suites: []string{"-"}, Issue: "http://example.org", Until: "x"},
			"0:0: error: constraint.issue is not an https URL\n0:0: error: constraint.requirement: "},
		{"no specifier", text, NewConstraint{Requirement: "dep"}, `0:0: error: constraint "dep" needs a specifier and no extras: it restricts, and installs nothing` + "\n"},
		{"an unknown suite", text, NewConstraint{Requirement: "dep!=2.0", Suites: []string{"flsk"}},
			`0:0: error: the constraint "dep!=2.0" names the unknown suite "flsk" [did you mean "flask"?]` + "\n"},
		{"not UTF-8", text, NewConstraint{Requirement: "dep!=2.0", Suites: []string{"\xff"}}, "0:0: error: constraint.suites is not UTF-8\n"},
		{"there already", text, NewConstraint{Requirement: "dep != 2.0", Suites: []string{"flask", "lint"}, When: []string{"py3.10"}, Reason: "slow"},
			`5:5: error: there already is a constraint "dep!=2.0" for the same suites and Pythons [change its reason there]` + "\n"},
		{"a faulty file", strings.Replace(text, "flask, test", "'-', test", 1), NewConstraint{Requirement: "dep!=2.0"}, "7:20: error: suites.flask.package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := WithConstraint(FileName, []byte(c.text), c.constraint)
			list, found := errors.AsType[finding.List](err)
			if !found || got != nil || !strings.HasPrefix(lines(list), c.want) {
				t.Errorf("%q and\n%v\nwant\n%s", got, lines(list), c.want)
			}
		})
	}
	t.Run("there for other suites", func(t *testing.T) {
		constraint := NewConstraint{Requirement: "dep!=2.0", Suites: []string{"flask"}}
		got, err := WithConstraint(FileName, []byte(text), constraint)
		if err != nil {
			t.Fatal(err)
		}
		checkConstraint(t, []byte(text), got, constraint)
	})
}

// TestWithConstraintOfFiles adds constraints to complete configurations, one after another.
func TestWithConstraintOfFiles(t *testing.T) {
	for _, path := range []string{"testdata/ok/full.yaml", "testdata/ok/minimal.yaml", "../../" + FileName} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, requirement := range []string{"one!=1.0", "two!=2.0"} {
			constraint := NewConstraint{Requirement: requirement, Suites: parsed(t, data).Suites.keys()[:1], Reason: "broken", Until: "2027-01-31"}
			got, err := WithConstraint(FileName, data, constraint)
			if err != nil {
				t.Fatal(err)
			}
			checkConstraint(t, data, got, constraint)
			data = got
		}
	}
}

// FuzzWithConstraint checks that WithConstraint returns an error, or a text with the meaning of the text before plus the
// constraint.
func FuzzWithConstraint(f *testing.F) {
	for _, c := range constraintCases {
		text := added.ReplaceAllString(c.text[1:], "")
		f.Add(text, "dep!=3.0,<4", "py3.10", "flask", "it's \"broken\"", "https://example.org/1", "2027-01-31")
		f.Add(strings.ReplaceAll(text, "\n", "\r\n"), "dep===a", "", "null", "", "", "")
	}
	f.Fuzz(func(t *testing.T, text, requirement, when, suite, reason, issue, until string) {
		constraint := NewConstraint{Requirement: requirement, Reason: reason, Issue: issue, Until: until}
		if when != "" {
			constraint.When = []string{when}
		}
		if suite != "" {
			constraint.Suites = []string{suite, "lint"}
		}
		before := []byte(around(text))
		given := slices.Clone(before)
		after, err := WithConstraint(FileName, given, constraint)
		if !slices.Equal(before, given) {
			t.Fatal("the text that was given was changed")
		}
		if err == nil {
			checkConstraint(t, before, after, constraint)
			return
		}
		if list, found := errors.AsType[finding.List](err); after != nil || !found || list.Err() == nil {
			t.Errorf("a text: %v, and the error %v", after != nil, err)
		}
	})
}
