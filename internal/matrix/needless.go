package matrix

import (
	"cmp"
	"fmt"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
)

// A needlessHold is a hold that changes nothing, and its suite.
type needlessHold struct {
	*config.Hold
	suite string
}

// NeedlessHolds returns a warning for each hold without which the same would be tested. While facts of a suite are lacking, it
// returns none for it: what would be tested is not known.
func NeedlessHolds(c *config.Config, facts registry.Facts) finding.List {
	warnings := newSelection(c, facts)
	needed := map[config.Pos]bool{} // holds that change something in one variant
	var needless []needlessHold
	for _, entry := range c.Variations() {
		holds := entry.Value.Hold
		if len(holds) == 0 || entry.Value.Disabled != nil {
			continue
		}
		with, lacking := warnings.alone(entry)
		for h := range holds {
			entry.Value.Hold = slices.Delete(slices.Clone(holds), h, h+1)
			without, more := warnings.alone(entry)
			if lacking+more > 0 || !samePicks(with.Picks, without.Picks) {
				needed[holds[h].Exclude.Pos] = true
			} else if !slices.ContainsFunc(needless, func(n needlessHold) bool { return n.Exclude.Pos == holds[h].Exclude.Pos }) {
				needless = append(needless, needlessHold{&holds[h], cmp.Or(entry.Value.Base, entry.Key)})
			}
		}
	}
	for _, n := range needless {
		if !needed[n.Exclude.Pos] {
			warnings.warn("needless holds", n.Exclude.Pos, "remove it", "suite %q: the hold of %s changes nothing any more", n.suite, n.Exclude.String())
		}
	}
	return warnings.findings
}

// NeedlessMayFail returns a warning for each Python on which a suite may fail and has no environment to fail.
func NeedlessMayFail(c *config.Config, m *Matrix) finding.List {
	var warnings finding.List
	for _, suite := range m.Suites {
		if suite.Own.MayFail == nil || len(suite.Picks) == 0 {
			continue
		}
		for _, i := range suite.Own.MayFail.Pythons {
			declared := slices.ContainsFunc(c.Interpreters(), func(p python.Version) bool { return p.Short() == i.Short })
			tested := slices.ContainsFunc(suite.Environments(), func(e Environment) bool { return e.Python.Short() == i.Short })
			if declared && !tested {
				warnings = append(warnings, finding.Finding{Severity: finding.Warning, Kind: "needless may-fail", File: c.File,
					Line: i.Line, Column: i.Column, Hint: "remove it",
					Message: fmt.Sprintf("suite %q: `may-fail` names py%s, where it has no environment: that changes nothing", suite.Name, i.Short)})
			}
		}
	}
	return warnings
}

// alone selects for one suite only, and adds nothing to s. It also returns the number of facts that were lacking.
func (s *selection) alone(entry config.Entry[config.Suite]) (*Suite, int) {
	one := *s
	one.asked, one.lacking, one.findings = map[string][]pep440.Version{}, nil, nil
	suite := one.selectSuite(&entry)
	return suite, len(one.lacking)
}

// samePicks reports whether two lists have the same releases with the same Pythons.
func samePicks(a, b []Pick) bool {
	return slices.EqualFunc(a, b, func(a, b Pick) bool { return a.Version.Equal(b.Version) && slices.Equal(a.Pythons, b.Pythons) })
}
