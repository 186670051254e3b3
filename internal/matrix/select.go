package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
)

// Lacking is a fact that selection asked for and the registry does not have.
type Lacking struct {
	// Suite asked for it.
	Suite string
	Pos   config.Pos
	// Project is the normalised name. Without a Version its whole file is lacking; with one, the metadata of
	// that release, or its verdict if there is a Python.
	Project string
	Version pep440.Version
	Python  python.Version
}

// String says what is lacking.
func (l Lacking) String() string {
	switch {
	case l.Version.IsZero():
		return "the releases of " + l.Project
	case l.IsVerdict():
		return fmt.Sprintf("the verdict whether %s %s supports Python %s", l.Project, l.Version, l.Python.Short())
	default:
		return fmt.Sprintf("the metadata of %s %s", l.Project, l.Version)
	}
}

// IsVerdict says that a verdict is lacking. Until there is one a free-threaded build counts as not supported.
func (l Lacking) IsVerdict() bool { return l.Python.Major > 0 }

// maximumPicks is more than any suite means to test.
const maximumPicks = 12

// Select decides what is tested. Facts that it asked for in vain come back as lacking. A finding of severity
// Error concerns one suite. A suite of which either holds, verdicts aside, keeps what it has: its environments among
// previous, the names that tox.ini holds.
func Select(c *config.Config, facts registry.Facts, previous []string) (*Matrix, []Lacking, finding.List) {
	s := newSelection(c, facts)
	s.previous = previous
	m := s.matrix()
	s.findings.Sort()
	return m, s.lacking, s.findings
}

func newSelection(c *config.Config, facts registry.Facts) *selection {
	return &selection{config: c, facts: facts, interpreters: c.Interpreters(), metadata: metadataEntries(c), asked: map[string][]pep440.Version{}}
}

func (s *selection) matrix() *Matrix {
	c, m := s.config, &Matrix{Asked: s.asked}
	for i := range c.Suites {
		m.Suites = append(m.Suites, s.following(&c.Suites[i]))
	}
	for i := range c.Static {
		m.Suites = append(m.Suites, s.static(&c.Static[i]))
	}
	m.Groups = groups(c, m.Suites)
	return m
}

func metadataEntries(c *config.Config) map[string]*config.Metadata {
	entries := map[string]*config.Metadata{}
	for i := range c.Metadata {
		r := c.Metadata[i].Release
		entries[r.Key+"=="+r.Version.Canonical()] = &c.Metadata[i]
	}
	return entries
}

// following selects for a suite that follows a project.
func (s *selection) following(entry *config.Entry[config.Suite]) *Suite {
	c := &entry.Value
	suite := &Suite{Name: entry.Key, Config: c, Pos: entry.Pos, TestPath: c.TestPath, Rules: c.Requires, SetEnv: c.SetEnv,
		Services: c.Services, Serial: c.Serial()}
	if c.Disabled != nil {
		return suite
	}
	project := s.facts[c.Package.Key]
	if project == nil {
		s.lacking = append(s.lacking, Lacking{Suite: suite.Name, Pos: entry.Pos, Project: c.Package.Key})
		suite.Picks = Kept(s.config, suite, s.previous)
		return suite
	}
	known := len(s.lacking)
	one := &suiteSelection{selection: s, suite: suite, project: project}
	candidates := one.candidates()
	picked := one.pick(candidates)
	if len(picked) > maximumPicks {
		s.report(finding.Error, entry.Pos, "set `versions` of the suite", "suite %q: %d releases would be tested, more than %d",
			suite.Name, len(picked), maximumPicks)
	}
	if len(picked) > maximumPicks || len(s.lacking) > known {
		suite.Picks = Kept(s.config, suite, s.previous)
		return suite
	}
	if len(picked) == 0 {
		s.report(finding.Warning, entry.Pos, fmt.Sprintf("`mage explain %s` says why", suite.Name), "suite %q: no release is left to test", suite.Name)
	}
	for _, candidate := range picked {
		suite.Picks = append(suite.Picks, Pick{Version: candidate.release.Version, Pythons: one.supported(candidate)})
		one.warnings(candidate)
	}
	markNewest(suite.Picks)
	one.decide(candidates, picked)
	return suite
}

// markNewest marks the greatest stable pick, or where there is none the last.
func markNewest(picks []Pick) {
	for i := range slices.Backward(picks) {
		if !picks[i].Version.IsPrerelease() {
			picks[i].NewestStable = true
			return
		}
	}
}

// static is a suite as configured: one pick without a release.
func (s *selection) static(entry *config.Entry[config.Static]) *Suite {
	c := &entry.Value
	suite := &Suite{Name: entry.Key, Static: c, Pos: entry.Pos, TestPath: c.TestPath, Rules: c.Requires, SetEnv: c.SetEnv,
		Services: c.Services, Serial: c.Serial()}
	if c.Disabled != nil {
		return suite
	}
	wanted := c.Pythons
	if c.Python != nil {
		wanted = []config.Interpreter{*c.Python}
	}
	pick := Pick{}
	for _, v := range s.interpreters {
		if slices.ContainsFunc(wanted, func(i config.Interpreter) bool { return i.Short == v.Short() }) {
			pick.Pythons = append(pick.Pythons, v)
		}
	}
	if len(pick.Pythons) > 0 {
		suite.Picks = []Pick{pick}
	}
	return suite
}

// pick thins the candidates to what represents them; the result ascends.
func (s *suiteSelection) pick(candidates []candidate) []candidate {
	stable, prerelease := candidates, []candidate(nil)
	if n := len(candidates); n > 0 && candidates[n-1].release.Version.IsPrerelease() {
		stable, prerelease = candidates[:n-1], candidates[n-1:]
	}
	majors := greatestOfMajors(stable)
	versions := s.suite.Config.Versions
	switch {
	case len(majors) > 1:
		if !majors[0].release.Version.Equal(stable[0].release.Version) {
			majors = append([]candidate{stable[0]}, majors...)
		}
		if versions > 0 {
			majors = thin(majors, versions)
		}
	default:
		majors = thin(stable, cmp.Or(versions, 4))
	}
	return append(majors, prerelease...)
}

// greatestOfMajors keeps the greatest release of each (epoch, major).
func greatestOfMajors(ascending []candidate) []candidate {
	var kept []candidate
	for i, c := range ascending {
		if i+1 < len(ascending) && sameMajor(c.release.Version, ascending[i+1].release.Version) {
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

// Kept are the picks of a suite as the names of environments tell them.
func Kept(c *config.Config, suite *Suite, environments []string) []Pick {
	var picks []Pick
	for _, name := range environments {
		for _, p := range c.Interpreters() {
			text, found := strings.CutPrefix(name, p.Factor()+"-"+suite.Name+"-v")
			v, err := pep440.Parse(text)
			if !found || err != nil {
				continue
			}
			i, found := slices.BinarySearchFunc(picks, v, func(p Pick, v pep440.Version) int { return p.Version.Compare(v) })
			if !found {
				picks = slices.Insert(picks, i, Pick{Version: v})
			}
			picks[i].Pythons = append(picks[i].Pythons, p)
		}
	}
	for _, pick := range picks {
		slices.SortFunc(pick.Pythons, python.Version.Compare)
	}
	markNewest(picks)
	return picks
}

func sameMajor(a, b pep440.Version) bool { return a.Epoch() == b.Epoch() && a.Major() == b.Major() }

func sameMinor(a, b pep440.Version) bool { return sameMajor(a, b) && a.Minor() == b.Minor() }

// thin keeps at most n of a list: the first, the last, and evenly spaced ones between them.
func thin(list []candidate, n int) []candidate {
	if len(list) <= n {
		return slices.Clone(list)
	}
	kept := []candidate{list[0]}
	for i := 1; i <= n-2; i++ {
		if at := len(list) / (n - 1) * i; at > 0 && at < len(list)-1 {
			kept = append(kept, list[at])
		}
	}
	return append(kept, list[len(list)-1])
}

// decide records what became of the candidates.
func (s *suiteSelection) decide(candidates, picked []candidate) {
	for _, c := range candidates {
		is := func(p candidate) bool { return p.release == c.release }
		if slices.ContainsFunc(picked, is) {
			s.decision(c.release.Version, RulePicked, "")
		} else {
			s.decision(c.release.Version, RuleThinned, "")
		}
	}
	slices.SortFunc(s.suite.Decisions, func(a, b Decision) int { return a.Version.Compare(b.Version) })
}

func (s *suiteSelection) decision(v pep440.Version, rule Rule, detail string) {
	s.suite.Decisions = append(s.suite.Decisions, Decision{v, rule, detail})
}

// yankReason is why a release was yanked, for people.
func yankReason(r *registry.Release) string {
	if r.Yanked.Reason == "" {
		return ""
	}
	return foreign.Text(r.Yanked.Reason)
}
