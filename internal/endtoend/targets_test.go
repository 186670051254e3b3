package endtoend

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestMistypedTargets checks that for each target that is listed, a mistyped name is refused with the right one.
func TestMistypedTargets(t *testing.T) {
	list := execute(t, project, nil, nil, "-l")
	targets := regexp.MustCompile(`(?m)^  ([\w:]+)`).FindAllStringSubmatch(list.stdout, -1)
	if list.status != 0 || len(targets) < 10 {
		t.Fatalf("status %d, targets %q", list.status, targets)
	}
	for _, target := range targets {
		mistyped := target[1] + "x"
		r := execute(t, project, nil, nil, mistyped, "argument")
		want := fmt.Sprintf("error: there is no target %q\n  hint: did you mean %s", mistyped, strings.ToLower(target[1]))
		if r.status != 2 || !strings.HasPrefix(r.stderr, want) {
			t.Errorf("status %d, got %q, want %q", r.status, r.stderr, want)
		}
	}
}

// TestFlags checks the flags that stand before a target: mage itself ends with 0 if there is no such flag.
func TestFlags(t *testing.T) {
	for _, test := range []struct {
		arguments      []string
		status         int
		stdout, stderr string // regular expressions
	}{
		{[]string{"-version"}, 0, `^toxgen \(not a release\)\ncommit unknown\ngo1\S+ \w+/\w+\n$`, `^$`},
		{[]string{"-v", "-version", "nonsense"}, 0, `^toxgen `, `^$`},
		{[]string{"-help"}, 0, `-l  +list targets`, `^$`},
		{[]string{"-h"}, 0, `-l  +list targets`, `^$`},
		{[]string{"-verison"}, 2, `^$`, `^error: flag provided but not defined: -verison\n$`},
		{[]string{"-t", "soon", "check"}, 2, `^$`, `^error: invalid value "soon" for flag -t: parse error\n$`},
	} {
		t.Run(strings.Join(test.arguments, " "), func(t *testing.T) {
			r := execute(t, t.TempDir(), nil, nil, test.arguments...)
			if r.status != test.status || !regexp.MustCompile(test.stdout).MatchString(r.stdout) || !regexp.MustCompile(test.stderr).MatchString(r.stderr) {
				t.Errorf("got status %d\n%s%s", r.status, r.stdout, r.stderr)
			}
		})
	}
}

// TestBuildElsewhere checks that the binary builds toxgen only where its sources are.
func TestBuildElsewhere(t *testing.T) {
	r := execute(t, project, nil, nil, "build")
	const want = "error: build compiles toxgen itself, and this folder does not hold its sources\n  hint: run `go tool mage build` in a clone of the repository of toxgen\n"
	if r.status != 2 || !strings.HasPrefix(r.stderr, want) {
		t.Errorf("got status %d\n%s", r.status, r.stderr)
	}
}
