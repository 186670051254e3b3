package update

import (
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// A Claim is a line of the registry that a hand-over adds, changes or leaves out, with what it states about the index.
// Verdicts are no claims: they follow from what a project tests, not from what the index says.
type Claim struct {
	Project string
	Version pep440.Version
	// Before is the line that the project has, After the line that was handed over. One of them may be nil.
	Before, After *registry.Release
}

// Claims returns what the facts that were handed over state otherwise than those that a project has, by project and
// version.
func Claims(before, after registry.Facts) []Claim {
	projects := maps.Clone(before)
	if projects == nil {
		projects = registry.Facts{}
	}
	maps.Copy(projects, after)
	var claims []Claim
	for _, name := range slices.Sorted(maps.Keys(projects)) {
		was, is := before.Project(name), after.Project(name)
		if was == is {
			continue
		}
		var versions []pep440.Version
		for _, p := range []*registry.Project{was, is} {
			for i := range p.Releases {
				versions = append(versions, p.Releases[i].Version)
			}
		}
		slices.SortFunc(versions, pep440.Version.Compare)
		for _, v := range slices.CompactFunc(versions, pep440.Version.Equal) {
			c := Claim{Project: name, Version: v, Before: was.Release(v), After: is.Release(v)}
			if c.Before == nil || c.After == nil || !sameFacts(c.Before, c.After) {
				claims = append(claims, c)
			}
		}
	}
	return claims
}

// sameFacts reports whether two lines state the same about the index.
func sameFacts(a, b *registry.Release) bool {
	x, y := withoutVerdicts(a), withoutVerdicts(b)
	return registry.SameLine(&x, &y)
}

func withoutVerdicts(r *registry.Release) registry.Release {
	line := *r
	line.Verdicts, line.Unresolvable = nil, nil
	return line
}

// Contradictions returns what a claimed line states otherwise than the line that the index gives, each as half a sentence.
// Lines that state the same have none.
func Contradictions(claimed, stated *registry.Release) []string {
	a, b := withoutVerdicts(claimed), withoutVerdicts(stated)
	if registry.SameLine(&a, &b) {
		return nil
	}
	var list []string
	for _, d := range registry.Differences(&a, &b) {
		switch {
		case d.Key == "metadata" && len(unstated(&a, &b))+len(unstated(&b, &a)) > 0:
			for _, requirement := range unstated(&a, &b) {
				list = append(list, fmt.Sprintf("it requires %q, which the index does not say", display.Cut(requirement)))
			}
			for _, requirement := range unstated(&b, &a) {
				list = append(list, fmt.Sprintf("it leaves out that it requires %q", display.Cut(requirement)))
			}
		case d.A == "":
			list = append(list, fmt.Sprintf("it leaves out %s, which is %s", d.Key, display.Cut(d.B)))
		case d.B == "":
			list = append(list, fmt.Sprintf("its %s is %s, and the index states none", d.Key, display.Cut(d.A)))
		default:
			list = append(list, fmt.Sprintf("its %s is %s, and by the index %s", d.Key, display.Cut(d.A), display.Cut(d.B)))
		}
	}
	return list
}

// unstated returns the requirements of any file of a release that no file of another has.
func unstated(a, b *registry.Release) []string {
	stated := map[string]bool{}
	for _, m := range b.Metadata {
		if m.Requirements != nil {
			for _, text := range m.Requirements.Dist {
				stated[text] = true
			}
		}
	}
	var list []string
	for _, m := range a.Metadata {
		if m.Requirements == nil {
			continue
		}
		for _, text := range m.Requirements.Dist {
			if !stated[text] {
				stated[text] = true
				list = append(list, text)
			}
		}
	}
	return list
}
