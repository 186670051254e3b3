package update

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/report"
)

// suites returns the suites in which something changed: those of the later state, then those that only the earlier one has.
func suites(before, after State, all []pair, movements []movement) []report.Suite {
	had, has := byName(before.Matrix), byName(after.Matrix)
	inSuite := map[string][]pair{}
	for _, p := range all {
		inSuite[p.suite] = append(inSuite[p.suite], p)
	}
	widespread := map[string]movement{}
	for _, m := range movements {
		widespread[m.project] = m
	}
	var changed []report.Suite
	add := func(s report.Suite) {
		if s.Change != "" || len(s.In)+len(s.Out)+s.Newest+s.Older > 0 {
			changed = append(changed, s)
		}
	}
	for _, suite := range after.Matrix.Suites {
		if suite.Lowest && has[suite.Configured()] != nil {
			continue // its releases are those of the other, which has its pins too
		}
		s := releases(cmp.Or(had[suite.Name], &matrix.Suite{}), suite)
		for _, p := range inSuite[suite.Configured()] {
			p.moved(func(string, pep440.Version, pep440.Version) {
				if p.current {
					s.Newest++
				} else {
					s.Older++
				}
			})
		}
		for _, version := range s.In {
			s.Holds = append(s.Holds, fmt.Sprintf("mage hold %s '==%s' -reason='…' -issue=URL", holder(after.Config, suite), version))
		}
		s.Constraints = constraints(suite.Configured(), inSuite[suite.Configured()], widespread)
		add(s)
	}
	for _, suite := range before.Matrix.Suites {
		if has[suite.Name] == nil && !suite.Lowest {
			s := releases(suite, &matrix.Suite{Name: suite.Name})
			add(s)
		}
	}
	return changed
}

// releases returns the releases that a suite began and stopped to test, and whether it began or ended itself.
func releases(before, after *matrix.Suite) report.Suite {
	s := report.Suite{Name: after.Name}
	switch {
	case len(before.Picks) == 0 && len(after.Picks) > 0:
		s.Change = report.Began
	case len(before.Picks) > 0 && len(after.Picks) == 0:
		s.Change = report.Ended
	}
	tested := func(s *matrix.Suite, v pep440.Version) bool {
		return slices.ContainsFunc(s.Picks, func(p matrix.Pick) bool { return p.Version.Equal(v) })
	}
	for _, pick := range before.Picks {
		if !pick.IsStatic() && !tested(after, pick.Version) {
			s.Out = append(s.Out, pick.Version.String())
		}
	}
	for _, pick := range after.Picks {
		if !pick.IsStatic() && !tested(before, pick.Version) {
			s.In = append(s.In, pick.Version.String())
			if pick.Version.IsPrerelease() || len(before.Picks) > 0 && !slices.ContainsFunc(before.Picks, func(p matrix.Pick) bool { return sameMajor(p.Version, pick.Version) }) {
				s.Notable = append(s.Notable, pick.Version.String())
			}
		}
	}
	return s
}

// holder returns the name of the suite that has the holds of a suite: variants that all suites have have none of their own.
func holder(c *config.Config, suite *matrix.Suite) string {
	if base := c.Suites.Get(suite.Base); base != nil && !base.Variants.Stated {
		return suite.Base
	}
	return suite.Name
}

// maximumConstraints is how many constraints are shown of a suite: a reader tries the likeliest, and no more than a few.
const maximumConstraints = 5

// constraints returns the entries that keep a suite from the releases that its pins moved to, by the pairs of the suite:
// those first that need attention, then those that moved in the fewest suites, which are likeliest to break this one alone.
func constraints(suite string, of []pair, widespread map[string]movement) []string {
	newest := map[string]pep440.Version{}
	for _, p := range of {
		for project, v := range p.after {
			if v.Compare(newest[project]) > 0 {
				newest[project] = v
			}
		}
	}
	movements := slices.DeleteFunc(movementsOf(of, nil), func(m movement) bool {
		_, counts := widespread[m.project] // else it is new in the lock, or gone
		return !counts || m.restriction(newest[m.project]) == ""
	})
	slices.SortStableFunc(movements, func(a, b movement) int {
		return cmp.Or(cmp.Compare(a.weight(), b.weight()), cmp.Compare(len(widespread[a.project].suites), len(widespread[b.project].suites)))
	})
	var entries []string
	for _, m := range movements[:min(len(movements), maximumConstraints)] {
		entries = append(entries, fmt.Sprintf(`- {requirement: %q, suites: [%s], reason: "…"}`, m.project+m.restriction(newest[m.project]), strconv.Quote(suite)))
	}
	return entries
}

// restriction returns the specifiers that take the pins of a suite back from the releases that they moved forward to, or "" if
// there are none. newest is the newest release that the suite pins: if they all moved there, what is older remains. Otherwise
// other environments would have to move back too, and only these very releases are excluded.
func (m movement) restriction(newest pep440.Version) string {
	var releases []string
	for _, s := range m.steps {
		forward := !s.from.IsZero() && s.to.Compare(s.from) > 0
		if text := s.to.String(); forward && !slices.Contains(releases, text) {
			releases = append(releases, text)
		}
	}
	switch {
	case len(releases) == 0:
		return ""
	case len(releases) == 1 && pep440.MustParse(releases[0]).Equal(newest):
		return "<" + releases[0]
	default:
		return "!=" + strings.Join(releases, ",!=")
	}
}
