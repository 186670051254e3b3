package explain

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/similar"
)

// suite explains a suite.
func (x *inquiry) suite(suite *matrix.Suite) Suite {
	s := Suite{Place: x.place(suite), Tested: []Tested{}}
	if suite.Lowest {
		for _, e := range suite.Environments() {
			s.Lowest = &Lowest{e.Name(), e.Lowest(x.Config)}
		}
	}
	for _, pick := range suite.Picks {
		t := Tested{Version: pick.Version.String(), Latest: pick.NewestStable && !suite.Lowest}
		for _, p := range pick.Pythons {
			t.Pythons = append(t.Pythons, p.Short())
		}
		s.Tested = append(s.Tested, t)
	}
	for _, d := range slices.Backward(suite.Decisions) {
		s.Decisions = append(s.Decisions, Decision{d.Version.String(), string(d.Rule), d.Detail})
	}
	s.Rules = x.rules(suite)
	if suite.Config != nil && !suite.Lowest {
		s.Changes = x.changes(suite)
	}
	return s
}

// rules returns the rules that apply to a suite.
func (x *inquiry) rules(suite *matrix.Suite) []Rule {
	var rules []Rule
	if c := suite.Config; c != nil && !suite.Lowest {
		if !c.Minimum.IsZero() {
			rules = append(rules, x.newRule(c.Minimum.Pos, config.Exception{}, "minimum %s", c.Minimum))
		}
		if !c.Maximum.IsZero() {
			rules = append(rules, x.newRule(c.Maximum.Pos, config.Exception{}, "maximum %s", c.Maximum))
		}
		for _, h := range c.Hold {
			rules = append(rules, x.newRule(h.Pos, h.Exception, "hold %s", h.Exclude))
		}
		for _, p := range c.Python {
			of := ""
			if p.Release != nil {
				of = " of releases " + p.Release.String()
			}
			rules = append(rules, x.newRule(p.Pos, config.Exception{}, "Pythons %s%s", p.Python, of))
		}
		rules = append(rules, x.metadata(c.Package.Key)...)
	}
	if may := suite.Own.MayFail; may != nil {
		rules = append(rules, x.mayFail(may))
	}
	rules = append(rules, x.platforms(suite)...)
	var seen []*config.Constraint
	for _, e := range suite.Environments() {
		for _, c := range x.binding(e) {
			if !slices.Contains(seen, c) {
				seen = append(seen, c)
				rules = append(rules, x.constraint(c))
			}
		}
	}
	for _, p := range suite.PassedOver {
		rules = append(rules, verdict(suite.Config.Package.Key, p.Reason, "%s is passed over, because no pins were found on Python %s", p.Version, p.Python))
	}
	return append(rules, x.unsupported(suite)...)
}

// platforms returns the platforms of a suite's Pythons that are not on the one that all share.
func (x *inquiry) platforms(suite *matrix.Suite) []Rule {
	var rules []Rule
	for _, p := range x.Config.Interpreters() {
		platform := lock.Platform(x.Config, p)
		isTested := slices.ContainsFunc(suite.Picks, func(pick matrix.Pick) bool { return slices.Contains(pick.Pythons, p) })
		if platform != "" && isTested {
			rules = append(rules, x.newRule(x.Config.Declared(p).Pos, config.Exception{}, "Python %s is on %s", p.Short(), platform))
		}
	}
	return rules
}

// binding returns the constraints of an environment that are about one of its pins.
func (x *inquiry) binding(e matrix.Environment) []*config.Constraint {
	pins := x.Lock.Environments[e.Release().Name()]
	return slices.DeleteFunc(e.Constraints(x.Config), func(c *config.Constraint) bool {
		_, pinned := pins[c.Requirement.Key()]
		return !pinned
	})
}

// unsupported returns the verdicts that the newest picks do not support a free-threaded build.
func (x *inquiry) unsupported(suite *matrix.Suite) []Rule {
	var rules []Rule
	for _, pick := range suite.Picks {
		if suite.Config == nil || !pick.IsCurrent() {
			continue
		}
		for _, p := range x.Config.Interpreters() {
			release := x.Facts.Release(suite.Config.Package.Key, pick.Version)
			if release == nil || !p.FreeThreaded {
				continue
			}
			if v := release.Verdict(p.Short(), suite.Config.Package.Extras); v != nil && !v.Supported {
				rules = append(rules, verdict(suite.Config.Package.Key, v.Reason, "%s is not tested on %s", pick.Version, p.Short()))
			}
		}
	}
	return rules
}

// changes returns what would make a suite test other releases: the releases that may come next, and what keeps known ones out.
func (x *inquiry) changes(suite *matrix.Suite) []Change {
	c := suite.Config
	now, known := matrix.Suppose(x.Config, x.Facts, suite, *c)
	if !known || len(suite.Picks) == 0 && c.Disabled == nil {
		return nil
	}
	var changes []Change
	add := func(change Change, then []pep440.Version, known bool) {
		change.In, change.Out, change.Unknown = without(then, now), without(now, then), !known
		if change.Unknown {
			change.In, change.Out = nil, nil
		}
		changes = append(changes, change)
	}
	for _, next := range x.next(suite) {
		project := x.Facts.Project(c.Package.Key)
		release := *project.Release(next.like)
		release.Version = next.version
		then, known := matrix.Suppose(x.Config, x.Facts.With(project.With(release)), suite, *c)
		add(Change{If: fmt.Sprintf("release %s, if it claims the Pythons of %s", next.version, next.like)}, then, known)
	}
	for i, h := range c.Hold {
		supposed := *c
		supposed.Hold = slices.Delete(slices.Clone(c.Hold), i, i+1)
		then, known := matrix.Suppose(x.Config, x.Facts, suite, supposed)
		add(Change{If: fmt.Sprintf("without the hold on %s", h.Exclude)}, then, known)
	}
	if !c.Maximum.IsZero() {
		supposed := *c
		supposed.Maximum = config.Version{}
		then, known := matrix.Suppose(x.Config, x.Facts, suite, supposed)
		add(Change{If: fmt.Sprintf("without the maximum %s", c.Maximum)}, then, known)
	}
	for _, p := range suite.PassedOver {
		changes = append(changes, Change{If: fmt.Sprintf("an update that finds pins for %s", p.Version), In: []string{p.Version.String()}})
	}
	return changes
}

// A successor is a release that may come next, and the one whose metadata it is supposed to have.
type successor struct{ version, like pep440.Version }

// next returns the releases that may follow the newest stable pick of a suite: the next patch, minor and major release.
func (x *inquiry) next(suite *matrix.Suite) []successor {
	i := slices.IndexFunc(suite.Picks, func(p matrix.Pick) bool { return p.NewestStable })
	if i < 0 {
		return nil
	}
	v := suite.Picks[i].Version
	if x.Facts.Release(suite.Config.Package.Key, v) == nil {
		return nil
	}
	var next []successor
	for _, text := range []string{
		fmt.Sprintf("%d.%d.%d", v.Major(), v.Minor(), v.Micro()+1),
		fmt.Sprintf("%d.%d", v.Major(), v.Minor()+1),
		fmt.Sprintf("%d.0", v.Major()+1),
	} {
		if version, err := pep440.Parse(text); err == nil && x.Facts.Release(suite.Config.Package.Key, version) == nil {
			next = append(next, successor{version, v})
		}
	}
	return next
}

// without returns the texts of the versions that other ones do not have.
func without(versions, others []pep440.Version) []string {
	var texts []string
	for _, v := range versions {
		if !slices.ContainsFunc(others, v.Equal) {
			texts = append(texts, v.String())
		}
	}
	return texts
}

// releases explains a release of a suite, and of its variants.
func (x *inquiry) releases(name, version string) (*Document, error) {
	d := &Document{}
	v, err := pep440.Parse(version)
	var unknown *matrix.Suite // a suite of the name that does not know the release
	for _, suite := range x.matrix.Suites {
		if !suite.IsNamed(name) || suite.Lowest {
			continue
		}
		i := slices.IndexFunc(suite.Decisions, func(d matrix.Decision) bool { return err == nil && d.Version.Equal(v) })
		if i < 0 {
			unknown = suite
			continue
		}
		d.Releases = append(d.Releases, x.release(suite, suite.Decisions[i]))
	}
	switch {
	case d.Releases != nil:
		return d, nil
	case unknown != nil:
		return nil, x.unknownRelease(unknown, version)
	default:
		return nil, x.unknown(name)
	}
}

// release explains a release of a suite.
func (x *inquiry) release(suite *matrix.Suite, d matrix.Decision) Release {
	r := Release{Place: x.place(suite), Decision: Decision{d.Version.String(), string(d.Rule), d.Detail}}
	if d.Rule != matrix.RulePicked && d.Rule != matrix.RuleThinned && d.Rule != matrix.RulePython {
		return r
	}
	claims, pythons := matrix.Pythons(x.Config, x.Facts, suite.Name, d.Version)
	r.Claims = claims
	for _, p := range pythons {
		r.Pythons = append(r.Pythons, Python{p.Python.Short(), lock.Platform(x.Config, p.Python), p.Tested && d.Rule == matrix.RulePicked, p.Why})
	}
	return r
}

// unknownRelease returns the error of a release that a suite does not know.
func (x *inquiry) unknownRelease(suite *matrix.Suite, version string) error {
	var known []string
	for _, d := range slices.Backward(suite.Decisions) {
		known = append(known, d.Version.String())
	}
	hint := fmt.Sprintf("`mage explain %s -all` has all of them", suite.Name)
	if near := similar.Names(version, known, few); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, ", ") + "? " + hint
	}
	return finding.List{{Severity: finding.Error, Message: fmt.Sprintf("no release %q of suite %q is known", display.Limit(version), suite.Name), Hint: hint}}
}
