package resolve

import (
	"fmt"
	"slices"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
)

// removal is why a release is not a candidate whatever version is demanded: the rule that excludes it, and the reason
// in words.
type removal struct {
	rule   rule
	reason string
}

// rule is what excludes a release.
type rule int

const (
	ruleNone rule = iota
	rulePrerelease
	ruleYanked
	ruleMetadata
	ruleInvalid    // by an invalid requirement
	ruleUnsuitable // by its files or its Requires-Python
	ruleHidden     // hidden by the index
)

// removals groups the releases of a project by why they are excluded, the newest first. Releases that are not
// excluded are all included, others only if their versions matter.
func (c *clash) removals(matters func(pep440.Version) bool) (list []removal, versions map[removal][]string) {
	p := c.node.pool
	versions = map[removal][]string{}
	for i := range p.project.page.Releases {
		version := p.project.page.Releases[i].Version
		r := p.removal(i, c.named)
		if r.rule != ruleNone && !matters(version) {
			continue
		}
		if versions[r] == nil {
			list = append(list, r)
		}
		versions[r] = append(versions[r], version.String())
	}
	return list, versions
}

// meetsSome reports whether a version meets all roots and constraints and, if releases make demands too, at least one
// of these: not all of them are made at the same time.
func (c *clash) meetsSome(v pep440.Version) bool {
	others, met := false, false
	for _, d := range c.demands {
		matches := d.demand.admitsVersion(v)
		if d.demand.root != nil && !matches {
			return false
		}
		if d.demand.root == nil {
			others, met = true, met || matches
		}
	}
	return c.node.matchConstraints(v) && (met || !others)
}

func (c *clash) meetsAll(v pep440.Version) bool {
	return c.more == 0 && c.node.matchConstraints(v) && !slices.ContainsFunc(c.demands, func(d clashingDemand) bool { return !d.demand.admitsVersion(v) })
}

// unusable groups the releases that meet all demands by why they are excluded. It returns nothing if one of them is not.
func (c *clash) unusable() (list []removal, versions map[removal][]string) {
	p := c.node.pool
	for i := range p.project.page.Releases {
		if c.meetsAll(p.project.page.Releases[i].Version) && p.removal(i, c.named).rule == ruleNone {
			return nil, nil
		}
	}
	list, versions = c.removals(c.meetsAll)
	return slices.DeleteFunc(list, func(r removal) bool { return r.rule == ruleNone }), versions
}

// releases returns which releases the project has, and why others are excluded.
func (c *clash) releases() []string {
	name := c.name()
	switch p := c.node.pool.project; {
	case p.missing:
		return []string{"the index has no project " + name}
	case len(p.page.Releases) == 0:
		return []string{"the index has no file of " + name + " that pip could install"}
	}
	var lines []string
	list, versions := c.removals(c.meetsSome)
	for i, r := range list {
		switch {
		case i == shownLines:
			return append(lines, fmt.Sprintf("more releases of %s are left out for %d other reasons", name, len(list)-i))
		case r.rule == ruleNone:
			lines = append(lines, "releases of "+name+": "+enumerate(versions[r]))
		default:
			lines = append(lines, name+" "+enumerate(versions[r])+": "+r.reason)
		}
	}
	return lines
}

// attempts returns which releases were tried. It returns nil if that was only one and no other could have been tried.
func (c *clash) attempts() []string {
	if c.node.interpreter != nil {
		return nil
	}
	versions := versionsOf(c.tried)
	lines := []string{"tried without result: " + c.name() + " " + enumerate(versions)}
	list, removed := c.removals(c.meetsAll)
	for _, r := range list {
		if r.rule != ruleNone && len(lines) < shownLines {
			lines = append(lines, "not tried: "+c.name()+" "+enumerate(removed[r])+": "+r.reason)
		}
	}
	if len(versions) == 1 && len(lines) == 1 {
		return nil
	}
	return lines
}

// removal returns why a release is excluded, as far as that is known without asking the index.
func (p *pool) removal(i int, prereleasesNamed bool) removal {
	list := p.candidates(i)
	if len(list) == 0 {
		return p.unsuitable(i)
	}
	var r removal
	for _, c := range list {
		k := c.known.Load()
		switch {
		case c.file.Yanked:
			r = c.yanked()
		case k != nil && k.defect == badRelease:
			return removal{ruleInvalid, k.reason}
		case k != nil && k.defect == badFile:
			r = removal{ruleMetadata, k.reason}
		case c.file.Version.IsPrerelease() && !prereleasesNamed:
			return removal{rulePrerelease, "a pre-release"}
		default:
			return removal{}
		}
	}
	return r
}

// yanked returns the removal of a yanked file, or the zero removal if the file is not yanked.
func (c *candidate) yanked() removal {
	switch {
	case !c.file.Yanked:
		return removal{}
	case c.file.YankedReason == "":
		return removal{ruleYanked, "yanked"}
	default:
		return removal{ruleYanked, "yanked (" + display.Cut(c.file.YankedReason) + ")"}
	}
}

// unsuitable returns why the target can use no file of a release. If the files have different obstacles, the last one
// of the list counts.
func (p *pool) unsuitable(i int) removal {
	t := p.target
	worst, file := noObstacle, (*File)(nil)
	files := p.project.filesOf(i)
	for k := range files {
		f := &files[k]
		if o, _ := t.obstacle(f); worst == noObstacle || o > worst {
			worst, file = o, f
		}
	}
	switch worst {
	case hidden:
		return removal{ruleHidden, file.Hidden}
	case requiresPython:
		return removal{ruleUnsuitable, fmt.Sprintf("needs Python %s, and this is %s", display.Cut(file.RequiresPython), t.python.Install())}
	case otherPython:
		return removal{ruleUnsuitable, "a source distribution for Python " + file.SdistPython}
	default:
		reason := fmt.Sprintf("no file for Python %s on this platform, only files such as %s", t.python.Install(), file.Filename)
		return removal{ruleUnsuitable, reason}
	}
}

// cures returns hints that would make excluded releases candidates.
func (c *clash) cures() []string {
	if c.node.interpreter != nil {
		return nil
	}
	list, versions := c.removals(c.meetsAll)
	var cures []string
	for _, r := range list {
		newest := versions[r][0]
		switch r.rule {
		case ruleYanked:
			cures = append(cures, fmt.Sprintf("pin a yanked release: %s==%s", c.name(), newest))
		case rulePrerelease:
			cures = append(cures, fmt.Sprintf("admit pre-releases by naming one: %s>=%s", c.name(), newest))
		case ruleInvalid:
			cures = append(cures, stateMetadata+metadataEntry(c.name(), newest))
		}
	}
	return cures[:min(len(cures), 2)]
}
