package update

import (
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/snapshot"
)

// A Claim is a line of the registry that a hand-over adds, changes or leaves out, with what it states about the index.
// Verdicts are no claims: they follow from what a project tests, not from what the index says. Nor is it one that a line
// lacks metadata which nothing needs any more.
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
			if c.Before == nil || c.After == nil || !statesNothingNew(c.Before, c.After) {
				claims = append(claims, c)
			}
		}
	}
	return claims
}

// statesNothingNew reports whether a line states what another does, less metadata that nothing needs.
func statesNothingNew(before, after *registry.Release) bool {
	stated := withoutVerdicts(after)
	for _, asked := range []bool{true, false} {
		for _, pinned := range []bool{true, false} {
			trimmed, _ := withoutVerdicts(before).Trim(asked, pinned)
			if registry.SameLine(&trimmed, &stated) {
				return true
			}
		}
	}
	return false
}

// KnownClassifiers returns the metadata with the classifiers that both lines of a claim have alike, if they are of a file
// that is among files: then they were true before, and still are. It returns nil otherwise.
func (c Claim) KnownClassifiers(targets snapshot.Targets, files []*pypi.File) *registry.Metadata {
	if c.Before == nil || c.After == nil {
		return nil
	}
	before, after := c.Before.Classified(), c.After.Classified()
	if before == nil || after == nil || before.File != after.File || before.SHA256 != after.SHA256 || !slices.Equal(before.Classifiers.Pythons, after.Classifiers.Pythons) {
		return nil
	}
	if now := targets.Source(*before, files); now == nil || now.SHA256 != before.SHA256 {
		return nil
	}
	return &registry.Metadata{File: before.File, SHA256: before.SHA256, Classifiers: before.Classifiers}
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
	added, omitted := unstated(&a, &b), unstated(&b, &a)
	for _, d := range registry.Differences(&a, &b) {
		switch {
		case d.Key == "metadata" && len(added)+len(omitted) > 0:
			for _, requirement := range added {
				list = append(list, fmt.Sprintf("it requires %q, which the index does not say", display.Cut(requirement)))
			}
			for _, requirement := range omitted {
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
