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
