package laws

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// owned are the files that a tree may hold. Anything else is something that a run left behind.
var owned = regexp.MustCompile(`^(toxgen\.yaml|tox\.ini|build-constraints\.txt|registry/[a-z0-9-]+\.jsonl|\.github/workflows/[a-z-]+\.yml|docs/support\.(md|json))$`)

// explained matches a line of stderr that says what is wrong.
var explained = regexp.MustCompile(`(?m)^(\S+: )?(error|out of sync): \S`)

// staysInSync is law 1.
func (t *Trial) staysInSync() []Finding {
	var findings []Finding
	add := func(what string, details ...string) {
		findings = append(findings, Finding{What: what, Details: details})
	}
	if strings.Contains(t.Stderr, "panic:") || strings.Contains(t.Stderr, "goroutine ") {
		add("the command must not panic", t.Stderr)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Tree)) {
		if !owned.MatchString(name) {
			add("nothing is left half-written", name)
		}
	}
	switch {
	case t.Status == killed: // law 6
	case t.Status < 0 || t.Status > 3 || t.Status == 2:
		add("the exit status is 0, 1 or 3", fmt.Sprintf("exit status %d", t.Status), t.Stderr)
	case t.Status != 0:
		if !explained.MatchString(t.Stderr) {
			add("a run that does not end 0 says why", t.Stderr)
		}
		if strings.Contains(t.Stderr, "no project could be refreshed") {
			if changes := t.Before.differences(t.Tree); len(changes) > 0 {
				add("an update that could refresh no project writes nothing", changes...)
			}
		}
	default:
		findings = append(findings, t.isGreen()...)
		findings = append(findings, t.isFixed()...)
	}
	return findings
}

// isGreen looks at what check says of the tree.
func (t *Trial) isGreen() []Finding {
	check := Start{Arguments: []string{"check"}, Tree: t.Tree}.run()
	if changes := t.Tree.differences(check.Tree); len(changes) > 0 {
		return []Finding{{What: "check writes nothing", Details: changes}}
	}
	if check.Status == 0 || check.Status == 3 && len(t.Command) == 1 && t.Command[0] == "toxgen" && onlyLater(check.Stderr) {
		return nil
	}
	return []Finding{{What: "after a run that ends 0, check ends 0", Details: []string{fmt.Sprintf("exit status %d", check.Status), check.Stderr}}}
}

// onlyLater reports whether all that is out of sync are workflows and outputs, which `toxgen` does not write.
func onlyLater(stderr string) bool {
	for _, m := range regexp.MustCompile(`(?m)^(\S+): (?:error|out of sync): `).FindAllStringSubmatch(stderr, -1) {
		if !strings.HasPrefix(m[1], ".github/") && !strings.HasPrefix(m[1], "docs/") {
			return false
		}
	}
	return true
}

// isFixed runs the command a second time.
func (t *Trial) isFixed() []Finding {
	arguments := t.Arguments
	if len(arguments) > 0 && arguments[0] == "hold" {
		arguments = nil
	}
	second := Start{Arguments: arguments, Tree: t.Tree, Index: t.plain.URL}.run()
	if second.Status != 0 {
		return []Finding{{What: "after a run that ends 0, the same run ends 0", Details: []string{fmt.Sprintf("exit status %d", second.Status), second.Stderr}}}
	}
	if changes := t.Tree.differences(second.Tree); len(changes) > 0 {
		return []Finding{{What: "after a run that ends 0, the same run changes nothing", Details: changes}}
	}
	return nil
}
