package resolve

import (
	"fmt"
	"slices"

	"toxgen/internal/foreign"
	"toxgen/internal/pep440"
)

// removal is why a release is no candidate whatever version is asked for: the rule, and the case in words.
type removal struct {
	rule   rule
	reason string
}

// rule is what takes releases away.
type rule int

const (
	usable rule = iota
	prerelease
	yanked
	badMetadata
	unsuitable // another Python or platform
	unseen     // hidden by the index
)

// removals are the releases of a project by why they are no candidates, the newest first: all that are candidates, and
// those others that would matter.
func (c *clash) removals(matters func(pep440.Version) bool) (list []removal, versions map[removal][]string) {
	p := c.node.pool
	versions = map[removal][]string{}
	for i := range p.project.releases {
		version := p.project.releases[i].version
		r := p.removal(i, c.named)
		if r.rule != usable && !matters(version) {
			continue
		}
		if versions[r] == nil {
			list = append(list, r)
		}
		versions[r] = append(versions[r], version.String())
	}
	return list, versions
}

// meetsSome says whether a version meets all roots and constraints and, if others demand something, one of them: these
// need not all be made at a time.
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
	return c.constrained(v) && (met || !others)
}

func (c *clash) meetsAll(v pep440.Version) bool {
	return c.more == 0 && c.constrained(v) && !slices.ContainsFunc(c.demands, func(d demanded) bool { return !d.demand.admitsVersion(v) })
}

// constrained says whether a version meets the constraints.
func (c *clash) constrained(v pep440.Version) bool {
	return !slices.ContainsFunc(c.node.constraints, func(constraint *clauses) bool { return !constraint.Match(v) })
}

// releases tells which releases a project has, and which rule takes away others.
func (c *clash) releases() []string {
	name := c.name()
	switch p := c.node.pool.project; {
	case p.missing:
		return []string{"the index has no project " + name}
	case len(p.releases) == 0:
		return []string{"the index has no file of " + name + " that pip could install"}
	}
	var lines []string
	list, versions := c.removals(c.meetsSome)
	for i, r := range list {
		switch {
		case i == toldLines:
			return append(lines, fmt.Sprintf("more of %s are left out for %d other reasons", name, len(list)-i))
		case r.rule == usable:
			lines = append(lines, "releases of "+name+": "+enumerate(versions[r]))
		default:
			lines = append(lines, name+" "+enumerate(versions[r])+": "+r.reason)
		}
	}
	return lines
}

// attempts tells which releases were tried, if that was more than one or others could have been.
func (c *clash) attempts() []string {
	if c.node.interpreter != nil {
		return nil
	}
	versions := versionsOf(c.tried)
	lines := []string{"tried in vain: " + c.name() + " " + enumerate(versions)}
	list, removed := c.removals(c.meetsAll)
	for _, r := range list {
		if r.rule != usable && len(lines) < toldLines {
			lines = append(lines, "not tried: "+c.name()+" "+enumerate(removed[r])+": "+r.reason)
		}
	}
	if len(versions) == 1 && len(lines) == 1 {
		return nil
	}
	return lines
}

// removal says why a release is no candidate, as far as that is known without asking the index.
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
		case k != nil && k.fault == invalid:
			return removal{badMetadata, k.reason}
		case k != nil && k.fault == inconsistent:
			r = removal{badMetadata, k.reason}
		case c.file.Version.IsPrerelease() && !prereleasesNamed:
			return removal{prerelease, "a pre-release"}
		default:
			return removal{}
		}
	}
	return r
}

// yanked says that and why a file is yanked; nothing if it is not.
func (c *candidate) yanked() removal {
	switch {
	case !c.file.Yanked:
		return removal{}
	case c.file.YankedReason == "":
		return removal{yanked, "yanked"}
	default:
		return removal{yanked, "yanked (" + foreign.Text(c.file.YankedReason) + ")"}
	}
}

// unsuitable says what stands between the target and the files of a release; the obstacle that comes last.
func (p *pool) unsuitable(i int) removal {
	t := p.target
	worst, file := none, (*File)(nil)
	for _, place := range p.project.releases[i].places {
		f := &p.project.files[place]
		if o, _ := t.obstacle(f); worst == none || o > worst {
			worst, file = o, f
		}
	}
	switch worst {
	case hidden:
		return removal{unseen, foreign.Text(file.Hidden)}
	case requiresPython:
		return removal{unsuitable, fmt.Sprintf("needs Python %s, and this is %s", foreign.Text(file.RequiresPython), t.python.Install())}
	case otherPython:
		return removal{unsuitable, "a source distribution for Python " + foreign.Text(file.SdistPython)}
	default:
		reason := fmt.Sprintf("no file for Python %s on this platform, only such as %s", t.python.Install(), foreign.Text(file.Filename))
		return removal{unsuitable, reason}
	}
}

// cures are what would bring back releases that a rule takes away.
func (c *clash) cures() []string {
	if c.node.interpreter != nil {
		return nil
	}
	list, versions := c.removals(c.meetsAll)
	var cures []string
	for _, r := range list {
		newest := foreign.Text(versions[r][0])
		switch r.rule {
		case yanked:
			cures = append(cures, fmt.Sprintf("pin a yanked release: %s==%s", c.name(), newest))
		case prerelease:
			cures = append(cures, fmt.Sprintf("admit pre-releases by naming one: %s>=%s", c.name(), newest))
		}
	}
	return cures[:min(len(cures), 2)]
}
