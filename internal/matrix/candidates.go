package matrix

import (
	"fmt"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// A selection is the state that the selections of all suites share.
type selection struct {
	config       *config.Config
	facts        registry.Facts
	before       Before
	picksBefore  map[string][]Pick
	interpreters []python.Version
	metadata     map[string]*config.Metadata
	compatible   map[python.Version]*wheel.Tags
	// asked lists the releases whose metadata were consulted, by project.
	asked    map[string][]pep440.Version
	lacking  []Lacking
	findings finding.List
}

// tags returns the wheel tags that an interpreter accepts.
func (s *selection) tags(p python.Version) *wheel.Tags {
	if s.compatible[p] == nil {
		s.compatible[p] = wheel.Compatible(s.config.Target(p))
	}
	return s.compatible[p]
}

// report adds a finding at a place of the configuration.
// warn adds a warning of a kind, of which there may be many.
func (s *selection) warn(kind string, pos config.Pos, hint, format string, args ...any) {
	s.findings = append(s.findings, finding.Finding{Severity: finding.Warning, Kind: kind, File: s.config.File, Line: pos.Line, Column: pos.Column,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// A suiteSelection is the selection of one suite.
type suiteSelection struct {
	*selection
	suite   *Suite
	project *registry.Project
	// unsupported are the checkouts of the suite that do not support a Python, by the Python.
	unsupported map[python.Version]*config.Checkout
	// claimed are the claims of the suite without which a candidate would not have a Python.
	claimed map[*config.Claim]bool
}

// of returns the selection of a suite that follows a project.
func (s *selection) of(suite *Suite, project *registry.Project) *suiteSelection {
	one := &suiteSelection{selection: s, suite: suite, project: project, claimed: map[*config.Claim]bool{}, unsupported: map[python.Version]*config.Checkout{}}
	for _, p := range s.interpreters {
		if checkout := suite.Unsupported(s.config, p); checkout != nil {
			one.unsupported[p] = checkout
		}
	}
	return one
}

// A candidate is a release that may be picked, with the declared Pythons that both the release and the suite admit,
// except free-threaded builds.
type candidate struct {
	release *registry.Release
	support support
	pythons []python.Version
}

// candidates returns the releases to pick from, in ascending order: the greatest stable release of each minor line and an
// exact minimum, if they have a Python, and the newest prerelease that has one, if it is greater than all of those.
func (s *suiteSelection) candidates() []candidate {
	var stable []*registry.Release
	var prereleases []*registry.Release
	for i := range s.project.Releases {
		r := &s.project.Releases[i]
		if rule, detail := s.excluded(r); rule != "" {
			s.decision(r.Version, rule, detail)
			continue
		}
		if r.Version.IsPrerelease() {
			prereleases = append(prereleases, r)
			continue
		}
		if n := len(stable); n > 0 && sameMinor(stable[n-1].Version, r.Version) && !s.isExact(stable[n-1]) {
			s.decision(stable[n-1].Version, RulePatch, "")
			stable[n-1] = r
			continue
		}
		stable = append(stable, r)
	}
	var list []candidate
	var newest *registry.Release // the greatest stable release that is a candidate, or may be once its metadata are known
	for _, r := range stable {
		known := len(s.lacking)
		c, ok := s.candidate(r)
		if ok {
			list = append(list, c)
		}
		if ok || len(s.lacking) > known {
			newest = r
		}
	}
	return s.withPrerelease(list, newest, prereleases)
}

// withPrerelease returns the list and the newest prerelease that has a Python, if it is greater than every stable
// candidate.
func (s *suiteSelection) withPrerelease(list []candidate, newest *registry.Release, prereleases []*registry.Release) []candidate {
	looking := s.suite.Config.Prereleases != "off"
	for _, r := range slices.Backward(prereleases) {
		newer := newest == nil || r.Version.Compare(newest.Version) > 0
		if !looking || !newer {
			s.decision(r.Version, RulePrerelease, "")
			continue
		}
		if c, ok := s.candidate(r); ok {
			list = append(list, c)
			looking = false
		}
	}
	return list
}

// isExact reports whether a release is the exact minimum of the suite.
func (s *suiteSelection) isExact(r *registry.Release) bool {
	m := s.suite.Config.Minimum
	return m.Exact && r.Version.Equal(m.Version.Version)
}

// excluded returns the rule that excludes a release and its detail, or "" if no rule does.
func (s *suiteSelection) excluded(r *registry.Release) (Rule, string) {
	v, c := r.Version, s.suite.Config
	switch {
	case r.Yanked.Is:
		return RuleYanked, display.Cut(r.Yanked.Reason)
	case v.IsDev():
		return RuleDev, ""
	case v.IsPost() && !s.isExact(r):
		return RulePost, ""
	case !nameable(v):
		return RuleName, "tox cannot parse an environment's name with an epoch, a local version or a version of more than 40 characters"
	case !c.Minimum.IsZero() && v.Compare(c.Minimum.Version.Version) < 0:
		return RuleMinimum, c.Minimum.String()
	case !c.Maximum.IsZero() && pep440.MustParse(v.Base()).Compare(c.Maximum.Version) >= 0:
		return RuleMaximum, c.Maximum.String()
	}
	for _, h := range c.Hold {
		if h.Excludes(v) {
			return RuleHeld, h.Reason
		}
	}
	if u := s.unresolvable(r); u != nil {
		s.asked[s.project.Name] = append(s.asked[s.project.Name], v) // what an update asked for, and will ask for again
		s.suite.PassedOver = append(s.suite.PassedOver, PassedOver{v, *u})
		return RuleUnresolvable, u.Reason
	}
	return "", ""
}

// nameable reports whether tox can parse the name of an environment with this version. A name that tox cannot parse
// breaks the whole file.
func nameable(v pep440.Version) bool {
	return v.Epoch() == 0 && !v.HasLocal() && len(v.String()) <= 40
}

// candidate determines the Pythons of a release. ok is false if the release has no Python or its metadata are not known.
func (s *suiteSelection) candidate(r *registry.Release) (c candidate, ok bool) {
	c.release = r
	s.asked[s.project.Name] = append(s.asked[s.project.Name], r.Version)
	entry := s.metadata[s.project.Name+"=="+r.Version.Canonical()]
	known := false
	c.support, known = supportOf(r, entry)
	switch {
	case !known && r.Unreadable != "":
		s.decision(r.Version, RuleUnreadable, r.Unreadable)
		s.warn("releases that are not tested", s.suite.Pos,
			fmt.Sprintf(`add to metadata: {release: "%s==%s", classifiers: ["3.8"], requires: [], reason: …}`, s.project.Name, r.Version),
			"suite %q: %s %s is not tested: %s", s.suite.Name, s.project.Name, r.Version, r.Unreadable)
		return c, false
	case !known:
		s.decision(r.Version, RuleLacking, "")
		s.lacking = append(s.lacking, Lacking{Kind: Classifiers, Suite: s.suite.Name, Pos: s.suite.Pos, Project: s.project.Name, Version: r.Version})
		return c, false
	}
	limit := s.suite.Config.Python.Limit(r.Version)
	for _, p := range s.interpreters {
		if p.FreeThreaded {
			continue
		}
		if (c.support.admits(p) || s.claims(c, p)) && s.unsupported[p] == nil && (limit == nil || limit.Match(lineVersion(p))) {
			c.pythons = append(c.pythons, p)
		}
	}
	if len(c.pythons) == 0 {
		detail := c.support.String()
		for _, p := range s.interpreters {
			if checkout := s.unsupported[p]; checkout != nil && c.support.admits(p) {
				detail += fmt.Sprintf("; %s, which is installed, does not support %s", checkout.Name.Text, p.Short())
			}
		}
		s.decision(r.Version, RulePython, detail)
		return c, false
	}
	return c, true
}

// claims reports whether the configuration adds a Python to those that a release claims to support.
func (s *suiteSelection) claims(r candidate, p python.Version) bool {
	for i := range s.suite.Config.Claims {
		if c := &s.suite.Config.Claims[i]; c.Matches(r.release.Version) && c.Python.Major == p.Major && c.Python.Minor == p.Minor {
			s.claimed[c] = true
			return r.support.required(p)
		}
	}
	return false
}

// needless reports what the configuration says of releases and what changes nothing: claims, and an exact minimum that is
// not tested.
func (s *suiteSelection) needless() {
	c := s.suite.Config
	for i := range c.Claims {
		if claim := &c.Claims[i]; !s.claimed[claim] {
			s.warn("needless claims", claim.Pos, "remove it", "suite %q: the claim of Python %s changes nothing", s.suite.Name, claim.Python)
		}
	}
	exact := func(d Decision) bool { return d.Version.Equal(c.Minimum.Version.Version) }
	switch i := slices.IndexFunc(s.suite.Decisions, exact); {
	case !c.Minimum.Exact:
	case i < 0:
		s.warn("exact minimum", c.Minimum.Pos, "", "suite %q: the index has no release %s, the exact minimum", s.suite.Name, c.Minimum)
	case s.suite.Decisions[i].Rule != RulePicked:
		s.warn("exact minimum", c.Minimum.Pos, fmt.Sprintf("`mage explain %s` lists the reasons", s.suite.Name), "suite %q: %s, the exact minimum, is not tested: %s",
			s.suite.Name, c.Minimum, s.suite.Decisions[i].Rule)
	}
}
