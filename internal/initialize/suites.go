package initialize

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// maximumSuites is how many suites are proposed of each kind: those that the folder tells, and those that an index must confirm.
const maximumSuites = 1000

// proposeSuites decides which suites there are.
func (r *reader) proposeSuites() {
	if len(r.members) > 0 {
		r.packageSuites()
	} else {
		r.collectEvidence()
		r.factorSuites()
		r.optionalSuites()
		r.testSuites()
		r.factorRules()
		r.sharedProjects()
	}
	if r.surplus > 0 {
		r.leave("%s more than %d could be suites: they are left out", display.Count(r.surplus, "project"), maximumSuites)
	}
	ignored := r.completePaths()
	r.coreSuite(ignored)
	slices.SortFunc(r.p.Suites, func(a, b *Suite) int { return cmp.Compare(a.Name, b.Name) })
	if len(r.p.Asked()) == 0 {
		r.leave(noSuites)
	}
}

// noSuites is what is left to the person if there is no suite.
const noSuites = "nothing names a framework that a suite could follow: write `suites`, as the comment in toxgen.yaml shows"

// suite returns the suite of a name or of a package, which it adds if there is none. One that is too many is not part of the proposal.
func (r *reader) suite(name, pkg, why string) (s *Suite, added bool) {
	for _, s := range r.p.Suites {
		if s.Name == name || s.Package == pkg {
			return s, false
		}
	}
	s = &Suite{Name: name, Package: pkg, Why: why, searched: compact([]string{name, pep508.NormalizeName(pkg)})}
	r.p.Suites = r.append(r.p.Suites, s)
	return s, true
}

// append adds a suite unless there are too many.
func (r *reader) append(suites []*Suite, s *Suite) []*Suite {
	if len(suites) >= maximumSuites {
		r.surplus++
		return suites
	}
	return append(suites, s)
}

// bound takes the bounds of a requirement of the project's own.
func (s *Suite) bound(q pep508.Requirement, why string) {
	low, high, excluded := bounds(q.Specifiers)
	s.Minimum, s.Maximum = cmp.Or(low, s.Minimum), high
	for _, text := range excluded {
		s.Holds = append(s.Holds, Hold{text, why})
	}
}

// bounds returns the greatest lower bound of a specifier and the least upper one, or "", and what it excludes.
func bounds(specifiers pep440.Specifiers) (lower, upper string, excluded []string) {
	var low, high *pep440.Version
	for _, c := range specifiers.Clauses() {
		v, err := pep440.Parse(strings.TrimSuffix(c.Version(), ".*"))
		switch {
		case c.Operator() == "!=":
			excluded = append(excluded, "=="+c.Version())
		case err != nil:
		case slices.Contains([]string{">=", "~=", "==", ">"}, c.Operator()):
			if low == nil || v.Compare(*low) > 0 {
				low, lower = &v, v.String()
			}
		case c.Operator() == "<":
			if high == nil || v.Compare(*high) < 0 {
				high, upper = &v, v.String()
			}
		}
	}
	return lower, upper, excluded
}

// sharedProjects notes the projects that every environment installs although they have suites of their own.
func (r *reader) sharedProjects() {
	var shared []string
	for _, text := range r.p.Testenv.Requires {
		if q, err := pep508.ParseRequirement(text); err == nil && slices.ContainsFunc(r.p.Suites, func(s *Suite) bool { return s.Package == q.Key() }) {
			shared = append(shared, q.Name)
		}
	}
	if len(shared) > 0 {
		r.leave("every environment installs these, which have suites: delete them from `testenv.requires` if no other tests need them: %s", strings.Join(compact(shared), ", "))
	}
}

// testRoot returns the folder with the tests of the project, or `.` if there is none.
func (r *reader) testRoot() string { return cmp.Or(r.tests.root, ".") }

// completePaths completes the paths of the tests of the suites, and returns those that tests have by the names of suites.
func (r *reader) completePaths() (named []string) {
	var whole []string
	for _, s := range r.p.Suites {
		switch at, told := r.tests.of(s.searched...), r.toldTests(s); {
		case s.TestPath != "":
		case told != "":
			s.TestPath = told
			for _, at := range strings.Fields(told) {
				if !strings.HasPrefix(at, ignoring) && at != r.testRoot() {
					named = append(named, at)
				}
			}
		case at != "":
			s.TestPath, named = at, append(named, at)
		default:
			s.TestPath, whole = r.testRoot(), append(whole, s.Name)
		}
	}
	if len(whole) > 0 {
		r.leave("no tests have the names of these suites, so they run all of %s; correct test-path, as in `%s -m %s`: %s", r.testRoot(), r.testRoot(), whole[0], strings.Join(whole, ", "))
	}
	for _, s := range r.p.Maybe {
		named = append(named, s.TestPath)
	}
	return named
}

// toldTests returns the tests that tox.ini runs for the factor of a suite, or "" if it does not say so by paths that exist.
func (r *reader) toldTests(s *Suite) string {
	if r.ini == nil || len(s.searched) == 0 {
		return ""
	}
	told := r.ini.tests[s.searched[0]]
	for _, word := range strings.Fields(told) {
		if at := strings.TrimPrefix(word, ignoring); !usablePath.MatchString(at) || path.Clean(at) != at || !r.files.Exists(at) {
			return ""
		}
	}
	return told
}

// coreSuite makes the static suite of the tests that no suite has. In a repository of several packages it installs all of them, and is
// there only if there is no other suite.
func (r *reader) coreSuite(ignored []string) {
	slices.Sort(ignored)
	testPath := r.testRoot()
	for _, at := range slices.Compact(ignored) {
		testPath += " --ignore=" + at
	}
	name := "core"
	if slices.ContainsFunc(r.p.Suites, func(s *Suite) bool { return s.Name == name }) {
		name = "common"
	}
	r.p.core = &Suite{Name: name, TestPath: testPath, Install: r.folders(), Why: "the tests that no other suite has, with nothing else installed"}
	if len(r.members) > 0 && len(r.p.Static)+len(r.p.Suites) > 0 {
		return
	}
	if r.tests.root == "" {
		r.leave("there is no folder tests/: correct the test-path of each suite")
	}
	r.p.useCore()
}

// useCore makes the core the only static suite.
func (p *Proposal) useCore() { p.Core, p.Static = p.core, []*Suite{p.core} }

// validSuite reports whether a suite may have a name.
func validSuite(name string) bool { return config.Accepts("suite", name) }

// oddLetters matches what a name may not have, or may not have everywhere.
var oddLetters = regexp.MustCompile(`[^A-Za-z0-9_]`)

// rename gives other names to suites until tox can name them and tell them apart.
func (p *Proposal) rename() {
	all := slices.Concat(p.Suites, p.Static)
	for renamed := true; renamed; {
		renamed = false
		change := func(s *Suite, name string) { s.Name, renamed = name, true }
		taken := map[string]bool{}
		for _, s := range all {
			for taken[s.Name] {
				change(s, s.Name+"_package")
			}
			taken[s.Name] = true
		}
		for _, s := range all {
			covered := func(o *Suite) bool { return o != s && isCovered(o.Name, s.Name) }
			if !validSuite(s.Name) {
				change(s, "suite_"+oddLetters.ReplaceAllString(s.Name, "_"))
			} else if strings.Contains(s.Name, "-") && slices.ContainsFunc(all, covered) {
				change(s, strings.ReplaceAll(s.Name, "-", "_"))
			}
		}
	}
}

// isCovered reports whether all factors of a name are in another one.
func isCovered(name, other string) bool {
	factors := strings.Split(other, "-")
	for factor := range strings.SplitSeq(name, "-") {
		if !slices.Contains(factors, factor) {
			return false
		}
	}
	return true
}
