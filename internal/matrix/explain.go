package matrix

import (
	"fmt"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
)

// A PythonDecision is the result of the selection for one release and one declared Python.
type PythonDecision struct {
	Python python.Version
	Tested bool
	// Why is the reason, as one clause.
	Why string
}

// Pythons returns what a release claims about the Pythons that it supports, and for each declared Python, in ascending
// order, whether and why the suite tests the release on it. Both are empty if the release's metadata are not known.
func Pythons(c *config.Config, facts registry.Facts, suite string, v pep440.Version) (claim string, decisions []PythonDecision) {
	configured := c.Suite(suite)
	project := facts[configured.Package.Key]
	if project == nil || project.Release(v) == nil {
		return "", nil
	}
	s := newSelection(c, facts)
	one := s.of(&Suite{Name: suite, Config: configured, Install: configured.Install}, project)
	release := project.Release(v)
	found, ok := one.candidate(release)
	if len(s.lacking) > 0 || release.Unreadable != "" && !ok {
		return "", nil
	}
	var tested []python.Version
	if ok {
		tested = one.supported(found)
	}
	for _, p := range s.interpreters {
		d := PythonDecision{Python: p, Tested: slices.Contains(tested, p)}
		if p.FreeThreaded {
			d.Why = one.whyFreeThreaded(found, p, d.Tested)
		} else {
			d.Why = one.why(found, p, d.Tested)
		}
		decisions = append(decisions, d)
	}
	return found.support.String(), decisions
}

// why returns the reason why a release is or is not tested on a Python with a global interpreter lock.
func (s *suiteSelection) why(c candidate, p python.Version, tested bool) string {
	limit := s.suite.Config.Python.Limit(c.release.Version)
	who := "claimed"
	if !c.support.admits(p) {
		who = "claimed by the suite"
	}
	switch {
	case !c.support.admits(p) && !s.claims(c, p):
		return "not claimed"
	case s.unsupported[p] != nil:
		return fmt.Sprintf("%s, which the suite installs, does not support it", s.unsupported[p].Name.Text)
	case limit != nil && !limit.Match(lineVersion(p)):
		return fmt.Sprintf("the suite's `python` is %s", limit)
	case tested:
		return who
	default:
		return who + "; the oldest and the two newest represent it"
	}
}

// whyFreeThreaded returns the reason why a release is or is not tested on a free-threaded build.
func (s *suiteSelection) whyFreeThreaded(c candidate, p python.Version, tested bool) string {
	line := p
	line.FreeThreaded = false
	if !slices.Contains(c.pythons, line) {
		return fmt.Sprintf("the release is not tested on %s either", line.Short())
	}
	if verdict := c.release.Verdict(p.Short(), s.suite.Config.Package.Extras); verdict != nil {
		return verdict.Reason
	}
	switch {
	case tested:
		return "the release has a wheel for it"
	case s.freeThreaded(c.release, p):
		return "the release has a wheel for it, but a newer free-threaded build represents it"
	default:
		return "the release has neither a wheel for it nor a pure one"
	}
}

// Suppose returns the versions that a suite would test by other facts or with another configuration of its own, ascending. ok is
// false if the facts are not enough to know them.
func Suppose(c *config.Config, facts registry.Facts, suite *Suite, supposed config.Suite) (versions []pep440.Version, ok bool) {
	project := facts[supposed.Package.Key]
	if project == nil {
		return nil, false
	}
	s := newSelection(c, facts)
	one := s.of(&Suite{Name: suite.Name, Config: &supposed, Install: suite.Install, Pos: suite.Pos}, project)
	for _, found := range one.pick(one.candidates()) {
		versions = append(versions, found.release.Version)
	}
	return versions, len(s.lacking) == 0
}
