package tox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/lock"
)

// lockConfig is a configuration with build requirements, or without.
func lockConfig(t *testing.T, build string) *config.Config {
	t.Helper()
	c, findings := config.Parse(config.FileName, []byte(`
project: {name: sdk}
pythons: [{version: "3.8", patch: 20}, {version: "3.14", patch: 4, free-threaded: true}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
`+build+`
testenv: {commands: [pytest]}
groups: [{name: G, suites: [app]}]
suites:
  app: {package: app, test-path: t}
`))
	if c == nil {
		t.Fatal(findings)
	}
	return c
}

// pinTexts returns what a lock pins, one environment a line, with its alternatives after bars.
func pinTexts(l lock.Lock) []string {
	text := func(pins lock.Pins) string {
		var words []string
		for _, project := range slices.Sorted(maps.Keys(pins)) {
			words = append(words, project+"=="+pins[project].String())
		}
		return strings.Join(words, " ")
	}
	var lines []string
	for _, name := range l.Names() {
		line := name + ": " + text(l.Environments[name])
		for _, pins := range l.Alternatives[name] {
			line += " | " + text(pins)
		}
		lines = append(lines, strings.TrimSuffix(line, " "))
	}
	return lines
}

func TestReadLock(t *testing.T) {
	const (
		marks    = "a git conflict marker: the valid pins of both sides are kept"
		essence  = "; its pins are kept"
		nothing  = "; none of its pins are kept"
		envList  = "[tox]\nenv_list =\n    py3.12-app-v1.0\n"
		deps     = "[testenv]\ndeps =\n"
		unclosed = "[broken\n"
	)
	for _, test := range []struct {
		name, text string
		want       []string
		line       int // of the fault
		message    string
	}{
		{name: "a file", text: "# a comment\n" + envList + "    py3.8-app-v1.0\n\n" + deps + "    py3.12-app: lib==2.0\n    app-v1.0: App==1.0\n    py3.8-app: lib==1.0\n    pytest\n    lib>=1\n",
			want: []string{"py3.12-app-v1.0: app==1.0 lib==2.0", "py3.8-app-v1.0: app==1.0 lib==1.0"}},
		{name: "environments without pins", text: envList, want: []string{"py3.12-app-v1.0:"}},
		{name: "an empty file", text: ""},

		{name: "no ini file", text: envList + deps + "    lib==1.0\n" + unclosed, want: []string{"py3.12-app-v1.0: lib==1.0"}, line: 1, message: essence},
		{name: "no ini file, comments and other keys between", text: "; c\n" + envList + "# c\n    py3.8-app-v1.0\nother = x\n    lib==9.0\n\n[testenv]\ndeps=\n\tlib==1.0\n\n    # c\n    py3.8: dep==1.0\n" + unclosed + "    dep==9.0\n",
			want: []string{"py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: dep==1.0 lib==1.0"}, line: 1, message: essence},
		{name: "no ini file, no deps", text: unclosed + envList, want: []string{"py3.12-app-v1.0:"}, line: 1, message: essence},
		{name: "no ini file at all", text: unclosed, line: 1, message: essence},
		{name: "a control character where it cannot be left out", text: "[tox]\nenv_list = a\x1fb\n", line: 1, message: nothing},

		{name: "both sides have other environments", text: "[tox]\nenv_list =\n<<<<<<< HEAD\n    py3.12-app-v1.0\n=======\n    py3.12-app-v2.0\n>>>>>>> other\n" + deps + "    lib==1.0\n",
			want: []string{"py3.12-app-v1.0: lib==1.0", "py3.12-app-v2.0: lib==1.0"}, line: 3, message: marks},
		{name: "without the base the newer pin counts, and each side is an alternative",
			text: envList + deps + "<<<<<<< HEAD\n    lib==1.0\n    dep==2.0\n=======\n    lib==2.0\n    dep==1.0\n>>>>>>> other\n    same==1.0\n",
			want: []string{"py3.12-app-v1.0: dep==2.0 lib==2.0 same==1.0 | dep==2.0 lib==1.0 same==1.0 | dep==1.0 lib==2.0 same==1.0"}, line: 6, message: marks},
		{name: "without the base both sides' projects count", text: envList + deps + "<<<<<<< HEAD\n    ours==1.0\n=======\n    theirs==1.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: ours==1.0 theirs==1.0 | ours==1.0 | theirs==1.0"}, line: 6, message: marks},
		{name: "the base tells which side moved a pin",
			text: envList + deps + "<<<<<<< HEAD\n    down==1.0\n    up==1.0\n    both==3.0\n    gone==1.0\n    ours==1.0\n||||||| base\n    down==2.0\n    up==1.0\n    both==1.0\n    gone==1.0\n    left==1.0\n=======\n    down==2.0\n    up==2.0\n    both==2.0\n    left==1.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: both==3.0 down==1.0 ours==1.0 up==2.0 | both==3.0 down==1.0 gone==1.0 ours==1.0 up==1.0 | both==2.0 down==2.0 left==1.0 up==2.0"}, line: 6, message: marks},
		{name: "one side dropped what the other moved", text: envList + deps + "<<<<<<< HEAD\n    lib==2.0\n    dep==1.0\n||||||| base\n    lib==1.0\n    dep==1.0\n=======\n    dep==2.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: dep==2.0 lib==2.0 | dep==1.0 lib==2.0 | dep==2.0"}, line: 6, message: marks},
		{name: "an environment that the base does not have", text: "[tox]\nenv_list =\n<<<<<<< HEAD\n    py3.12-app-v2.0\n||||||| base\n=======\n    py3.12-app-v2.0\n>>>>>>> other\n" + deps +
			"<<<<<<< HEAD\n    lib==2.0\n||||||| base\n    lib==1.0\n=======\n    lib==1.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v2.0: lib==2.0 | lib==2.0 | lib==1.0"}, line: 3, message: marks},
		{name: "sides that agree in the end", text: envList + deps + "<<<<<<< HEAD\n    lib==1.0\n    dep==1.0\n=======\n    dep==1.0.0\n    lib==1\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: dep==1.0 lib==1.0"}, line: 6, message: marks},
		{name: "one side without pins", text: envList + deps + "<<<<<<< HEAD\n    lib==1.0\n=======\n>>>>>>> other\n", want: []string{"py3.12-app-v1.0: lib==1.0"}, line: 6, message: marks},
		{name: "the other side without pins", text: envList + deps + "<<<<<<< HEAD\n=======\n    lib==1.0\n>>>>>>> other\n", want: []string{"py3.12-app-v1.0: lib==1.0"}, line: 6, message: marks},
		{name: "several conflicts", text: envList + deps + "    a==1.0\n<<<<<<< HEAD\n    b==1.0\n=======\n    b==2.0\n>>>>>>> other\n    c==1.0\n<<<<<<< HEAD\n    d==2.0\n=======\n    d==1.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: a==1.0 b==2.0 c==1.0 d==2.0 | a==1.0 b==1.0 c==1.0 d==2.0 | a==1.0 b==2.0 c==1.0 d==1.0"}, line: 7, message: marks},
		{name: "marks around the whole file", text: "<<<<<<< HEAD\n" + envList + deps + "    lib==1.0\n=======\n" + envList + deps + "    lib==2.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: lib==2.0 | lib==1.0 | lib==2.0"}, line: 1, message: marks},
		{name: "a side that is no ini file", text: "<<<<<<< HEAD\n" + envList + deps + "    lib==1.0\n" + unclosed + "=======\n" + envList + deps + "    lib==2.0\n>>>>>>> other\n",
			want: []string{"py3.12-app-v1.0: lib==2.0 | lib==1.0 | lib==2.0"}, line: 1, message: marks},
		{name: "marks without names", text: envList + deps + "<<<<<<<\n    lib==1.0\n=======\n    lib==2.0\n>>>>>>>\n",
			want: []string{"py3.12-app-v1.0: lib==2.0 | lib==1.0 | lib==2.0"}, line: 6, message: marks},
		{name: "a conflict without an end", text: envList + deps + "<<<<<<< HEAD\n    lib==1.0\n=======\n    lib==2.0\n",
			want: []string{"py3.12-app-v1.0: lib==2.0 | lib==1.0 | lib==2.0"}, line: 6, message: marks},
		{name: "what only looks like marks", text: envList + "# <<<<<<< HEAD\n" + deps + "    <<<<<<< HEAD\n    lib==1.0\n", want: []string{"py3.12-app-v1.0: lib==1.0"}},
	} {
		for name, text := range map[string]string{test.name: test.text, test.name + ", CRLF": strings.ReplaceAll(test.text, "\n", "\r\n")} {
			t.Run(name, func(t *testing.T) {
				l, _, fault := ReadLock(lockConfig(t, ""), []byte(text), nil)
				if diff := cmp.Diff(test.want, pinTexts(l)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if fault == nil {
					fault = &Fault{}
				}
				if fault.Line != test.line || !strings.HasSuffix(fault.Message, test.message) || test.message == "" && fault.Message != "" {
					t.Errorf("the fault is %d: %s, want %d: %s", fault.Line, fault.Message, test.line, test.message)
				}
				if (fault.Message == "") != (fault.Hint == "") {
					t.Errorf("the hint is %q", fault.Hint)
				}
			})
		}
	}
}

// TestReadLockMissing: where there is no tox.ini nothing is pinned, and nothing is wrong.
// TestPlatforms checks that the platforms of pins are read as they are written. After a merge of two platforms they are for
// neither.
func TestPlatforms(t *testing.T) {
	const (
		windows = "# The pins of py3.14 are for windows amd64.\n# The pins of py3.14t are for windows amd64.\n"
		other   = "# The pins of py3.14 are for windows arm64.\n# The pins of py3.14t are for windows arm64.\n"
		first   = string(mark) + "toxgen.yaml\n"
		rest    = "#\n[tox]\nenv_list =\n# The pins of py3.8 are for windows amd64.\n"
	)
	c := lockConfig(t, "")
	if got := string(withPlatforms(c, first+rest)); got != first+rest {
		t.Errorf("one platform: got\n%s", got)
	}
	c.Pythons[1].Platform = &config.Platform{System: "windows", Machine: "amd64"}
	if got := string(withPlatforms(c, first+rest)); got != first+windows+rest {
		t.Errorf("two platforms: got\n%s", got)
	}
	c.Platform = *c.Pythons[1].Platform
	if got := string(withPlatforms(c, first+rest)); got != first+"# The pins of py3.8 are for windows amd64.\n"+windows+rest {
		t.Errorf("Windows alone: got\n%s", got)
	}
	both := map[string]string{"py3.14": "windows amd64", "py3.14t": "windows amd64"}
	for _, test := range []struct {
		name, text string
		want       map[string]string
	}{
		{"none", first + rest, map[string]string{}},
		{"two", first + windows + rest, both},
		{"an invalid file", first + windows + rest + "]broken\n", both},
		{"a merge elsewhere", first + windows + "#\n<<<<<<< a\n#\n=======\n>>>>>>> b\n", both},
		{"a merge of two platforms", first + "<<<<<<< a\n" + windows + "=======\n" + other + ">>>>>>> b\n" + rest, map[string]string{}},
		{"a merge with the shared platform", first + "<<<<<<< a\n" + windows + "=======\n>>>>>>> b\n" + rest, map[string]string{}},
	} {
		l, _, _ := ReadLock(c, []byte(test.text), nil)
		if diff := cmp.Diff(test.want, l.Platforms); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

func TestReadLockMissing(t *testing.T) {
	if l, _, fault := ReadLock(lockConfig(t, ""), nil, nil); len(l.Names()) > 0 || l.Builds != nil || fault != nil {
		t.Errorf("got %v, %v", l, fault)
	}
}

// TestReadLockBuilds: build constraints are read for each Python if the configuration asks for builds.
func TestReadLockBuilds(t *testing.T) {
	constraints := []byte("# a comment\nhatch==2.0 ; python_version >= \"3.14\"\nhatch==1.0 ; python_version <= \"3.8\"\nDep==3.0\ndep>=1\n")
	for _, test := range []struct {
		name, build string
		constraints []byte
		want        []string
	}{
		{"with builds", "build: [hatch]", constraints, []string{"3.14: map[dep:3.0 hatch:2.0]", "3.8: map[dep:3.0 hatch:1.0]"}},
		{"without builds", "", constraints, nil},
		{"without a file", "build: [hatch]", nil, nil},
		{"an empty file", "build: [hatch]", []byte{}, []string{"3.14: map[]", "3.8: map[]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, _, fault := ReadLock(lockConfig(t, test.build), nil, test.constraints)
			var got []string
			for p, pins := range l.Builds {
				got = append(got, fmt.Sprintf("%s: %v", p.Short(), pins))
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" || fault != nil {
				t.Errorf("fault %v (-want +got)\n%s", fault, diff)
			}
		})
	}
}

// TestMergeIsSymmetric: which side is ours changes nothing but the order of the alternatives.
func TestMergeIsSymmetric(t *testing.T) {
	const file = "[tox]\nenv_list =\n    py3.12-app-v1.0\n[testenv]\ndeps =\n"
	sides := []string{"", "    lib==1.0\n", "    lib==2.0\n", "    lib==2.0\n    dep==1.0\n", "    dep==2.0\n"}
	for _, base := range append(sides, "no base") {
		middle := "||||||| base\n" + base
		if base == "no base" {
			middle = ""
		}
		for _, a := range sides {
			for _, b := range sides {
				read := func(ours, theirs string) lock.Lock {
					l, _, _ := ReadLock(lockConfig(t, ""), []byte(file+"<<<<<<< ours\n"+ours+middle+"=======\n"+theirs+">>>>>>> theirs\n"), nil)
					return l
				}
				one, other := read(a, b), read(b, a)
				one.Alternatives, other.Alternatives = nil, nil
				if diff := cmp.Diff(pinTexts(one), pinTexts(other)); diff != "" {
					t.Errorf("base %q, sides %q and %q:\n%s", base, a, b, diff)
				}
			}
		}
	}
}
