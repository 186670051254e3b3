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

// Kind is a kind of fact.
type Kind int

// The kinds of facts that selection asks for.
const (
	// Releases are the releases of a project.
	Releases Kind = iota
	// Classifiers are those of one release.
	Classifiers
	// SupportVerdict is the verdict whether a release supports a free-threaded build. As long as there is no verdict
	// the build counts as not supported.
	SupportVerdict
)

// Lacking is a fact that selection asked for and the registry does not have.
type Lacking struct {
	Kind Kind
	// Suite asked for it.
	Suite string
	Pos   config.Pos
	// Project is the normalised name. Version is zero if Kind is Releases; Python is set if it is SupportVerdict.
	Project string
	Version pep440.Version
	Python  python.Version
}

// String names the fact.
func (l Lacking) String() string {
	switch l.Kind {
	case Releases:
		return "the releases of " + l.Project
	case SupportVerdict:
		return fmt.Sprintf("the verdict whether %s %s supports Python %s", l.Project, l.Version, l.Python.Short())
	default:
		return fmt.Sprintf("the metadata of %s %s", l.Project, l.Version)
	}
}

// maximumPicks is more than any suite means to test.
const maximumPicks = 12

// Before is what was tested before a selection.
type Before struct {
	// Environments are the names that tox.ini holds.
	Environments []string
	// Keep names the suites that keep what they have, because no pins were found for what selection would pick.
	Keep map[string]bool
}

// Selection is what is tested, and what there is to say of it.
type Selection struct {
	Matrix *Matrix
	// Lacking are the facts that selection asked for without result.
	Lacking []Lacking
	// Findings are sorted.
	Findings finding.List
}

// Select decides what is tested. A suite that lacks facts, verdicts aside, or that would have too many picks keeps
// what it has: its environments among those before. So does each suite that before names.
func Select(c *config.Config, facts registry.Facts, before Before) Selection {
	s := newSelection(c, facts)
	s.before = before
	m := s.matrix()
	s.findings.Sort()
	return Selection{m, s.lacking, s.findings}
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
		s.lacking = append(s.lacking, Lacking{Kind: Releases, Suite: suite.Name, Pos: entry.Pos, Project: c.Package.Key})
		suite.Picks = Kept(s.config, suite, s.before.Environments)
		return suite
	}
	known := len(s.lacking)
	one := &suiteSelection{selection: s, suite: suite, project: project}
	candidates := one.candidates()
	one.reportPassedOver()
	picked := one.pick(candidates)
	if len(picked) > maximumPicks {
		for _, candidate := range picked {
			suite.TooMany = append(suite.TooMany, candidate.release.Version)
		}
		s.report(finding.Error, entry.Pos, "set `versions` of the suite", "suite %q: %d releases would be tested, more than %d",
			suite.Name, len(picked), maximumPicks)
	}
	if len(picked) > maximumPicks || len(s.lacking) > known || s.before.Keep[suite.Name] {
		suite.Picks = Kept(s.config, suite, s.before.Environments)
		return suite
	}
	if len(picked) == 0 {
		s.report(finding.Warning, entry.Pos, fmt.Sprintf("`mage explain %s` gives the reasons", suite.Name), "suite %q: no release is left to test", suite.Name)
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
	if s.before.Keep[suite.Name] {
		suite.Picks = Kept(s.config, suite, s.before.Environments)
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

// Kept returns the picks of a suite that the names of environments tell: of a static suite, the Pythons of its pick.
func Kept(c *config.Config, suite *Suite, environments []string) []Pick {
	if suite.Static != nil {
		return keptStatic(suite, environments)
	}
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

func keptStatic(suite *Suite, environments []string) []Pick {
	var picks []Pick
	for _, pick := range suite.Picks {
		pick.Pythons = slices.DeleteFunc(slices.Clone(pick.Pythons), func(p python.Version) bool {
			return !slices.Contains(environments, Environment{Suite: suite, Pick: pick, Python: p}.Name())
		})
		if len(pick.Pythons) > 0 {
			picks = append(picks, pick)
		}
	}
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
