package matrix

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// A Kind is a kind of fact.
type Kind int

// The kinds of facts that selection asks for.
const (
	// Releases is the list of a project's releases.
	Releases Kind = iota
	// Classifiers is the list of one release's classifiers.
	Classifiers
	// SupportVerdict is the verdict whether a release supports a free-threaded build. Without a verdict the build
	// counts as not supported.
	SupportVerdict
)

// A Lacking is a fact that the selection asked for and the registry does not have.
type Lacking struct {
	Kind Kind
	// Suite is the suite that needs the fact; Pos is its place in the configuration.
	Suite string
	Pos   config.Pos
	// Project is the normalised name. Version is zero if Kind is Releases. Python is set if Kind is SupportVerdict.
	Project string
	Version pep440.Version
	Python  python.Version
}

// String returns a description of the fact.
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

// maximumPicks is the most releases that one suite may test.
const maximumPicks = 12

// A Before describes what was tested before a selection.
type Before struct {
	// Environments are the names of the environments in tox.ini.
	Environments []string
	// Keep has the names of the suites that keep their picks, because no pins were found for what would be picked.
	Keep map[string]bool
}

// A Selection is the result of [Select].
type Selection struct {
	Matrix *Matrix
	// Lacking are the facts that the selection asked for and the registry does not have.
	Lacking []Lacking
	// Findings are sorted.
	Findings finding.List
}

// Select decides what is tested. A suite that lacks facts other than verdicts, that would have too many picks, or that
// before.Keep names keeps its earlier picks, which before.Environments states.
func Select(c *config.Config, facts registry.Facts, before Before) Selection {
	s := newSelection(c, facts)
	s.before = before
	m := s.selectAll()
	s.findings.Sort()
	return Selection{m, s.lacking, s.findings}
}

// newSelection returns a selection without anything tested before.
func newSelection(c *config.Config, facts registry.Facts) *selection {
	return &selection{config: c, facts: facts, interpreters: c.Interpreters(), metadata: metadataEntries(c),
		compatible: map[python.Version]*wheel.Tags{}, asked: map[string][]pep440.Version{}}
}

// selectAll selects for all suites.
func (s *selection) selectAll() *Matrix {
	c, m := s.config, &Matrix{Asked: s.asked}
	for _, e := range c.Variations() {
		suite := s.selectSuite(&e)
		m.Suites = append(m.Suites, suite)
		if e.Value.Lowest {
			m.Suites = append(m.Suites, s.lowest(suite))
		}
	}
	for _, e := range c.StaticVariations() {
		suite := s.staticSuite(&e)
		m.Suites = append(m.Suites, suite)
		if e.Value.Lowest {
			m.Suites = append(m.Suites, s.lowest(suite))
		}
	}
	m.Groups = groups(c, m.Suites)
	return m
}

// metadataEntries returns the entries of `metadata` by `project==version`, both in normal form.
func metadataEntries(c *config.Config) map[string]*config.Metadata {
	entries := map[string]*config.Metadata{}
	for i := range c.Metadata {
		r := c.Metadata[i].Release
		entries[r.Key+"=="+r.Version.Canonical()] = &c.Metadata[i]
	}
	return entries
}

// selectSuite selects for a suite that follows a project.
func (s *selection) selectSuite(entry *config.Entry[config.Suite]) *Suite {
	c := &entry.Value
	suite := &Suite{Name: entry.Key, Base: c.Base, Config: c, Pos: entry.Pos, TestPath: c.TestPath, Rules: c.Requires, Uses: c.Uses, Install: c.Install, SetEnv: config.Hosted(c.SetEnv),
		Services: c.Services, Serial: s.config.Serial(c.Parallel, c.Services), Own: c.OwnRows, Commands: c.Commands, Around: c.Around, MinTests: c.MinTests}
	if c.Disabled != nil {
		return suite
	}
	project := s.facts[c.Package.Key]
	if project == nil {
		s.lacking = append(s.lacking, Lacking{Kind: Releases, Suite: suite.Name, Pos: entry.Pos, Project: c.Package.Key})
		suite.Picks = s.kept(suite)
		return suite
	}
	known := len(s.lacking)
	one := s.of(suite, project)
	candidates := one.candidates()
	one.reportPassedOver()
	picked := one.pick(candidates)
	if len(picked) > maximumPicks {
		for _, candidate := range picked {
			suite.TooMany = append(suite.TooMany, candidate.release.Version)
		}
		s.findings = append(s.findings, finding.Finding{Severity: finding.Error, File: s.config.File, Line: entry.Pos.Line, Column: entry.Pos.Column,
			Message: fmt.Sprintf("suite %q: %d releases would be tested, more than %d", suite.Name, len(picked), maximumPicks), Hint: "set `versions` of the suite"})
	}
	if len(picked) > maximumPicks || len(s.lacking) > known || s.before.Keep[suite.Name] {
		suite.Picks = s.kept(suite)
		return suite
	}
	if len(picked) == 0 {
		s.warn("suites without releases", entry.Pos, fmt.Sprintf("`mage explain %s` lists the reasons", suite.Name), "suite %q: no release is left to test", suite.Name)
	}
	for _, candidate := range picked {
		suite.Picks = append(suite.Picks, Pick{Version: candidate.release.Version, Pythons: one.supported(candidate)})
		one.warnings(candidate)
	}
	markNewest(suite.Picks)
	one.decide(candidates, picked)
	one.needless()
	return suite
}

// lowest returns the suite of the environment of another suite with the lowest releases: of its oldest release on its oldest
// Python.
func (s *selection) lowest(of *Suite) *Suite {
	suite := *of
	suite.Name, suite.Base, suite.Lowest = of.Name+config.LowestSuffix, cmp.Or(of.Base, of.Name), true
	suite.Judged, suite.PassedOver, suite.TooMany, suite.Decisions, suite.Picks = nil, nil, nil, nil, nil
	if s.before.Keep[suite.Name] {
		suite.Picks = of.Picks
		suite.Picks = s.kept(&suite)
		return &suite
	}
	if len(of.Picks) == 0 {
		return &suite
	}
	pick := of.Picks[0]
	pick.Pythons, pick.NewestStable = pick.Pythons[:1], !pick.IsStatic()
	if project := s.project(of); project != nil && project.Release(pick.Version) != nil {
		one := &suiteSelection{selection: s, suite: &suite, project: project}
		if u := one.unresolvable(project.Release(pick.Version)); u != nil && u.Python == pick.Pythons[0].Short() {
			suite.PassedOver = []PassedOver{{pick.Version, *u}}
			one.reportPassedOver()
			return &suite
		}
	}
	suite.Picks = []Pick{pick}
	return &suite
}

// project returns the facts of the project that a suite follows, or nil.
func (s *selection) project(suite *Suite) *registry.Project {
	if suite.Config == nil {
		return nil
	}
	return s.facts[suite.Config.Package.Key]
}

// markNewest marks the greatest stable pick, if there is one.
func markNewest(picks []Pick) {
	for i := range slices.Backward(picks) {
		if !picks[i].Version.IsPrerelease() {
			picks[i].NewestStable = true
			return
		}
	}
}

// staticSuite returns a static suite as configured, with one pick without a release.
func (s *selection) staticSuite(entry *config.Entry[config.Static]) *Suite {
	c := &entry.Value
	suite := &Suite{Name: entry.Key, Base: c.Base, Static: c, Pos: entry.Pos, TestPath: c.TestPath, Rules: c.Requires, Uses: c.Uses, Install: c.Install, SetEnv: config.Hosted(c.SetEnv),
		Services: c.Services, Serial: s.config.Serial(c.Parallel, c.Services), Own: c.OwnRows, Commands: c.Commands, Around: c.Around, MinTests: c.MinTests}
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
		suite.Picks = s.kept(suite)
	}
	return suite
}

// pick returns the candidates that represent all of them, in ascending order, and an exact minimum.
func (s *suiteSelection) pick(candidates []candidate) []candidate {
	if len(candidates) > 1 && s.isExact(candidates[0].release) && sameMinor(candidates[0].release.Version, candidates[1].release.Version) {
		return append(candidates[:1:1], s.pick(candidates[1:])...) // a newer patch release represents its minor line
	}
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

// greatestOfMajors returns the greatest release of each pair of epoch and major version.
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

// Picks returns the picks that the names of environments stand for, in ascending order, by the names of the suites that
// follow projects.
func Picks(c *config.Config, environments []string) map[string][]Pick {
	interpreters := map[string]python.Version{}
	for _, p := range c.Interpreters() {
		interpreters[p.Factor()] = p
	}
	picks := map[string][]Pick{}
	for _, name := range environments {
		factor, rest, _ := strings.Cut(name, "-")
		p, declared := interpreters[factor]
		at := strings.LastIndex(rest, "-v")
		if !declared || at < 0 {
			continue
		}
		suite := rest[:at]
		v, err := pep440.Parse(rest[at+2:])
		if err != nil {
			continue
		}
		all := picks[suite]
		i, found := slices.BinarySearchFunc(all, v, func(p Pick, v pep440.Version) int { return p.Version.Compare(v) })
		if !found {
			all = slices.Insert(all, i, Pick{Version: v})
		}
		all[i].Pythons = append(all[i].Pythons, p)
		picks[suite] = all
	}
	for _, all := range picks {
		for _, pick := range all {
			slices.SortFunc(pick.Pythons, python.Version.Compare)
		}
		markNewest(all)
	}
	return picks
}

// kept returns those picks of a suite that the names of environments stand for; a static suite keeps its pick on those
// Pythons. picks are those of all suites.
func kept(suite *Suite, environments []string, picks map[string][]Pick) []Pick {
	if suite.Static != nil {
		return keptStatic(suite, environments)
	}
	return picks[suite.Name]
}

// kept returns the picks that a suite had before the selection.
func (s *selection) kept(suite *Suite) []Pick {
	if s.picksBefore == nil {
		s.picksBefore = Picks(s.config, s.before.Environments)
	}
	return kept(suite, s.before.Environments, s.picksBefore)
}

// keptStatic returns the picks of a static suite on those Pythons whose environments are among the given names.
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

// sameMajor reports whether two versions have the same epoch and major version.
func sameMajor(a, b pep440.Version) bool { return a.Epoch() == b.Epoch() && a.Major() == b.Major() }

// sameMinor reports whether two versions have the same epoch, major and minor version.
func sameMinor(a, b pep440.Version) bool { return sameMajor(a, b) && a.Minor() == b.Minor() }

// thin returns at most n elements of a list: the first, the last, and evenly spaced ones between them. If n is 1, it is the
// last.
func thin[T any](list []T, n int) []T {
	if len(list) <= n {
		return slices.Clone(list)
	}
	if n == 1 {
		return []T{list[len(list)-1]}
	}
	kept := []T{list[0]}
	for i := 1; i <= n-2; i++ {
		if at := len(list) / (n - 1) * i; at > 0 && at < len(list)-1 {
			kept = append(kept, list[at])
		}
	}
	return append(kept, list[len(list)-1])
}

// decide records the decisions about the candidates and sorts all decisions.
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

// decision records the decision about a release.
func (s *suiteSelection) decision(v pep440.Version, rule Rule, detail string) {
	s.suite.Decisions = append(s.suite.Decisions, Decision{v, rule, detail})
}
