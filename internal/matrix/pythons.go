package matrix

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// A support is what a release claims about the Pythons that it runs on.
type support struct {
	// lines are the X.Y classifiers.
	lines []string
	// anyThree reports whether the release has the bare classifier `Python :: 3`.
	anyThree bool
	// requirements are the valid Requires-Python values of the files; a Python needs to satisfy one of them.
	requirements []pep440.Specifiers
	// stated reports whether a file has a valid Requires-Python, unlimited whether a file has none or an invalid one.
	stated, unlimited bool
	// invalid are the Requires-Python values that do not parse.
	invalid []string
}

// supportOf returns the support that the facts of a release state, overridden by its entry in the configuration, which
// may be nil. known is false if the classifiers were never read and the entry does not state any Pythons either.
func supportOf(r *registry.Release, entry *config.Metadata) (s support, known bool) {
	var classifiers []string
	if m := r.Classified(); m != nil {
		known, classifiers = true, m.Classifiers.Pythons
	}
	texts := r.PythonRequirements()
	if entry != nil && entry.Classifiers != nil {
		known, classifiers = true, nil
		for _, line := range *entry.Classifiers {
			classifiers = append(classifiers, line.String())
		}
	}
	for _, classifier := range classifiers {
		if strings.Contains(classifier, ".") {
			if v, hasPatch, err := python.Parse(classifier); err == nil && !hasPatch && !v.FreeThreaded {
				s.lines = append(s.lines, classifier)
			}
		}
		s.anyThree = s.anyThree || classifier == "3"
	}
	if entry != nil && entry.RequiresPython != nil {
		s.stated, s.requirements = true, []pep440.Specifiers{entry.RequiresPython.Specifiers}
		return s, true
	}
	for _, text := range texts {
		specifiers, err := pep440.ParseSpecifiers(text)
		switch {
		case err != nil:
			s.invalid = append(s.invalid, text)
			s.unlimited = true
		case specifiers.IsEmpty():
			s.unlimited = true
		default:
			s.stated = true
			s.requirements = append(s.requirements, specifiers)
		}
	}
	return s, known
}

// admits reports whether the release claims to run on a Python.
func (s *support) admits(p python.Version) bool {
	switch {
	case len(s.lines) > 0:
		return slices.Contains(s.lines, p.MinorText()) && s.required(p)
	case s.stated:
		return s.required(p)
	default:
		return s.anyThree && p.Major == 3
	}
}

// required reports whether the declared patch release of a Python satisfies the Requires-Python of some file.
func (s *support) required(p python.Version) bool {
	if s.unlimited {
		return true
	}
	full := fullVersion(p)
	return slices.ContainsFunc(s.requirements, func(r pep440.Specifiers) bool { return r.Match(full) })
}

// String describes what the release claims.
func (s *support) String() string {
	var parts []string
	if len(s.lines) > 0 {
		parts = append(parts, "classifiers "+strings.Join(s.lines, ", "))
	} else if s.anyThree {
		parts = append(parts, "classifier 3")
	}
	for _, r := range s.requirements {
		parts = append(parts, "requires-python "+r.String())
	}
	if len(parts) == 0 {
		return "no Python"
	}
	return strings.Join(parts, ", ")
}

// warnings reports where the metadata of a picked release are invalid or contradict themselves.
func (s *suiteSelection) warnings(c candidate) {
	for _, text := range c.support.invalid {
		s.warn("contradictory metadata", s.suite.Pos, "", "suite %q: %s %s has an invalid requires-python, which excludes nothing: %s",
			s.suite.Name, s.project.Name, c.release.Version, display.Cut(text))
	}
	var contradicted []string
	for _, p := range s.interpreters {
		if !p.FreeThreaded && slices.Contains(c.support.lines, p.MinorText()) && !c.support.required(p) {
			contradicted = append(contradicted, p.MinorText())
		}
	}
	if len(contradicted) > 0 {
		s.warn("contradictory metadata", s.suite.Pos, "", "suite %q: %s %s claims Python %s by its classifiers, which its requires-python excludes",
			s.suite.Name, s.project.Name, c.release.Version, strings.Join(contradicted, ", "))
	}
}

// supported returns the Pythons that a picked release is tested on: the first, the last but one and the last, unless the
// suite wants another number of them, and the newest free-threaded build that the release supports.
func (s *suiteSelection) supported(c candidate) []python.Version {
	all := c.pythons
	var picked []python.Version
	switch count := s.suite.Config.Pythons; {
	case count.All:
		picked = slices.Clone(all)
	case count.Number > 0:
		picked = thin(all, count.Number)
	case len(all) > 3:
		picked = []python.Version{all[0], all[len(all)-2], all[len(all)-1]}
	default:
		picked = slices.Clone(all)
	}
	for _, p := range slices.Backward(s.interpreters) {
		if p.FreeThreaded && slices.ContainsFunc(all, func(o python.Version) bool { return o.Minor == p.Minor && o.Major == p.Major }) &&
			s.freeThreaded(c.release, p) {
			picked = append(picked, p)
			break
		}
	}
	slices.SortFunc(picked, python.Version.Compare)
	return picked
}

// freeThreaded reports whether a release supports a free-threaded build. It does if it has a wheel for the build's ABI,
// or if it has a pure wheel and a verdict confirms that its whole closure supports the build too.
func (s *suiteSelection) freeThreaded(r *registry.Release, p python.Version) bool {
	abi := fmt.Sprintf("cp%d%dt", p.Major, p.Minor)
	tags := s.tags(p)
	pure := false
	for _, set := range r.Wheels {
		for _, tag := range wheel.ParseTags(set) {
			_, compatible := tags.Rank(tag)
			if tag.ABI == abi && compatible {
				return true
			}
			pure = pure || tag.ABI == "none" && tag.Platform == "any" && compatible
		}
	}
	if !pure {
		return false
	}
	s.suite.Judged = append(s.suite.Judged, Judged{r.Version, p})
	verdict := r.Verdict(p.Short(), s.suite.Config.Package.Extras)
	if verdict == nil {
		s.lacking = append(s.lacking, Lacking{Kind: SupportVerdict, Suite: s.suite.Name, Pos: s.suite.Pos, Project: s.project.Name, Version: r.Version, Python: p})
		return false
	}
	return verdict.Supported
}

// lineVersion returns the minor line of a Python, such as 3.12, as a version: the `python` of a suite is matched with it.
func lineVersion(p python.Version) pep440.Version { return pep440.MustParse(p.MinorText()) }

// fullVersion returns the declared patch release, or that which a pre-release leads to, of a Python as a version: requires-python is matched with it.
func fullVersion(p python.Version) pep440.Version { return pep440.MustParse(p.Final()) }
