package matrix

import (
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// NeedlessHolds returns a warning for each hold without which the same would be tested. While facts of a suite are lacking, it
// returns none for it: what would be tested is not known.
func NeedlessHolds(c *config.Config, facts registry.Facts) finding.List {
	warnings := newSelection(c, facts)
	for i := range c.Suites {
		entry := c.Suites[i]
		holds := entry.Value.Hold
		if len(holds) == 0 || entry.Value.Disabled != nil {
			continue
		}
		with, lacking := warnings.alone(entry)
		for h := range holds {
			entry.Value.Hold = slices.Delete(slices.Clone(holds), h, h+1)
			without, more := warnings.alone(entry)
			if lacking+more == 0 && samePicks(with.Picks, without.Picks) {
				warnings.warn("needless holds", holds[h].Exclude.Pos, "remove it", "suite %q: the hold of %s changes nothing any more",
					entry.Key, holds[h].Exclude.String())
			}
		}
	}
	return warnings.findings
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
