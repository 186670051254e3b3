package matrix

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// support is what a release says of the Pythons that it runs on.
type support struct {
	// lines are the X.Y classifiers; empty if there are none.
	lines []string
	// anyThree is the bare classifier `Python :: 3`.
	anyThree bool
	// requirements are the Requires-Python texts of the files, those that parse; a Python needs to satisfy one.
	requirements []pep440.Specifiers
	// stated says that a file states a valid Requires-Python; unlimited that a file states none.
	stated, unlimited bool
	// invalid are Requires-Python texts that do not parse.
	invalid []string
}

// supportOf reads a release's facts, over them an entry of the configuration. known is false if the classifiers
// were never read and the entry says nothing of Pythons either.
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

// admits says whether a Python is among those that the release claims.
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

// required says whether the patch release that is declared satisfies what some file requires.
func (s *support) required(p python.Version) bool {
	if s.unlimited {
		return true
	}
	full := fullVersion(p)
	return slices.ContainsFunc(s.requirements, func(r pep440.Specifiers) bool { return r.Match(full) })
}

// String says what the release claims.
func (s *support) String() string {
	var parts []string
	if len(s.lines) > 0 {
		parts = append(parts, "classifiers "+foreign.Text(strings.Join(s.lines, ", ")))
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

// warnings says where the metadata of a picked release contradict themselves.
func (s *suiteSelection) warnings(c candidate) {
	for _, text := range c.support.invalid {
		s.report(finding.Warning, s.suite.Pos, "", "suite %q: %s %s has an invalid requires-python, which excludes nothing: %s",
			s.suite.Name, s.project.Name, c.release.Version, foreign.Text(text))
	}
	var contradicted []string
	for _, p := range s.interpreters {
		if !p.FreeThreaded && slices.Contains(c.support.lines, p.MinorText()) && !c.support.required(p) {
			contradicted = append(contradicted, p.MinorText())
		}
	}
	if len(contradicted) > 0 {
		s.report(finding.Warning, s.suite.Pos, "", "suite %q: %s %s claims Python %s by its classifiers, which its requires-python excludes",
			s.suite.Name, s.project.Name, c.release.Version, strings.Join(contradicted, ", "))
	}
}

// supported are the Pythons that a picked release is tested on: the first, the one before the last, the last, and the
// newest free-threaded build that it supports.
func (s *suiteSelection) supported(c candidate) []python.Version {
	all := c.pythons
	picked := []python.Version{all[0]}
	if len(all) > 2 {
		picked = append(picked, all[len(all)-2])
	}
	if len(all) > 1 {
		picked = append(picked, all[len(all)-1])
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

// freeThreaded says whether a release supports a free-threaded build: it has a wheel of that build's ABI, or a pure
// wheel and a verdict says that its whole closure does too.
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

// lineVersion is the bare minor line as a version: what a suite's own python rule is compared with.
func lineVersion(p python.Version) pep440.Version { return pep440.MustParse(p.MinorText()) }

// fullVersion is the declared patch release as a version: what requires-python is compared with.
func fullVersion(p python.Version) pep440.Version { return pep440.MustParse(p.Full()) }
