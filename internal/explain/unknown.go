package explain

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/similar"
)

// few is how many of a list are shown where not everything is.
const few = 3

// unknown returns the error of a name that names nothing, with the names that may be meant.
func (x *inquiry) unknown(what string) error {
	hint := ofSuite(x.matrix, what)
	if hint == "" {
		hint = meant(what, x.names())
	}
	return finding.List{{Severity: finding.Error, Hint: hint,
		Message: fmt.Sprintf("%q is not a suite, a release of one as in `flask==3.1.4`, an environment of tox.ini, or a project that one pins", what)}}
}

// MeantEnvironments returns a hint with the environments of a matrix that a name may mean, or "".
func MeantEnvironments(m *matrix.Matrix, name string) string {
	if hint := ofSuite(m, name); hint != "" {
		return hint
	}
	return meant(name, matrix.Names(m.Environments()))
}

// meant returns a hint with the known names that are similar to a name, or "".
func meant(name string, known []string) string {
	near := similar.Names(name, known, few)
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", strings.Join(near, ", "))
}

// names returns everything that can be explained: suites, projects and environments.
func (x *inquiry) names() []string {
	var suites []string
	projects := map[string]bool{}
	for _, suite := range x.matrix.Suites {
		suites = append(suites, suite.Name, suite.Configured())
		if suite.Base != "" {
			suites = append(suites, suite.Base)
		}
	}
	for _, pins := range x.Lock.Sets() {
		for name := range pins {
			projects[name] = true
		}
	}
	return slices.Concat(suites, slices.Sorted(maps.Keys(projects)), matrix.Names(x.matrix.Environments()))
}

// environmentFactor matches the factors by which the environments of a suite differ.
var environmentFactor = regexp.MustCompile(`^(py|v)[0-9]`)

// ofSuite returns a hint with environments of a suite, if a name has all factors of the suite and more, or "".
func ofSuite(m *matrix.Matrix, what string) string {
	factors := strings.Split(what, "-")
	has := func(f string) bool { return slices.Contains(factors, f) }
	isOwn := func(f string) bool { return f == matrix.Latest || environmentFactor.MatchString(f) }
	if !slices.ContainsFunc(factors, isOwn) {
		return ""
	}
	var suite *matrix.Suite
	for _, s := range m.Suites {
		own := strings.Split(s.Name, "-")
		lacks := slices.ContainsFunc(own, func(f string) bool { return !has(f) })
		if !lacks && len(own) < len(factors) && (suite == nil || len(s.Name) > len(suite.Name)) {
			suite = s
		}
	}
	if suite == nil {
		return ""
	}
	var release, python, all []string
	for _, e := range suite.Environments() {
		all = append(all, e.Name())
		if has("v"+e.Pick.Version.String()) && !e.Alias || has(matrix.Latest) && e.Alias {
			release = append(release, e.Name())
		}
		if has(e.Python.Factor()) && !e.Alias {
			python = append(python, e.Name())
		}
	}
	var parts []string
	if len(release) > 0 {
		parts = append(parts, "of this release "+some(release))
	}
	if len(python) > 0 {
		parts = append(parts, "on this Python "+some(python))
	}
	if len(all) == 0 {
		return fmt.Sprintf("suite %s has no environments", suite.Name)
	}
	if len(parts) == 0 {
		parts = append(parts, some(all))
	}
	return fmt.Sprintf("suite %s has %s", suite.Name, strings.Join(parts, "; "))
}

// some returns the first texts of a list, and how many more there are.
func some(texts []string) string {
	if len(texts) <= few+1 {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %s", strings.Join(texts[:few], ", "), display.Count(len(texts)-few, "other"))
}
