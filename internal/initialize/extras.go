package initialize

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/pep508"
	"toxgen/internal/project"
)

// notSuites are the names of extras and groups that are for work on the project.
var notSuites = []string{"all", "docs", "doc", "lint", "linting", "typing", "types", "type-check", "mypy", "ci", "build", "release", "coverage", "cov", "format",
	"style", "examples", "benchmark", "benchmarks", "tools", "package", "packaging", "publish", "pre-commit", "full", "complete", "recommended", "standard"}

// An optional is an extra or a dependency group of the project.
type optional struct {
	project.Group
	isExtra bool
}

// optionals returns the extras and the dependency groups of the project.
func (r *reader) optionals() (all []optional) {
	if r.project == nil {
		return nil
	}
	for _, g := range r.project.Extras {
		all = append(all, optional{g, true})
	}
	for _, g := range r.project.Groups {
		all = append(all, optional{g, false})
	}
	return all
}

// String returns what it is and its name, as in `the extra web`.
func (o optional) String() string {
	if o.isExtra {
		return "the extra " + o.Name
	}
	return "the dependency group " + o.Name
}

// install lets the environments of a suite have it, unless they have another of its kind.
func (o optional) install(s *Suite) {
	if list := o.of(&s.Extras, &s.Groups); len(*list) == 0 {
		*list = []string{o.Name}
	}
}

// of returns the list of its kind.
func (o optional) of(extras, groups *[]string) *[]string {
	if o.isExtra {
		return extras
	}
	return groups
}

// collectEvidence notes the requirements by which projects are known.
func (r *reader) collectEvidence() {
	note := func(list []project.Requirement, name string) {
		for _, q := range list {
			if _, known := r.evidence[q.Key()]; known || q.Source != nil || r.isOwn(q.Key()) {
				continue
			}
			where := q.Place.String()
			if name != "" {
				where = name + " (" + where + ")"
			}
			r.evidence[q.Key()] = evidence{q.Requirement, where}
		}
	}
	for _, o := range r.optionals() {
		note(o.Requires, o.Name)
	}
	if r.project != nil {
		note(r.project.Requires.Requires, "")
	}
	if r.ini == nil {
		return
	}
	for _, d := range r.ini.deps {
		if key := d.requirement.Key(); len(d.factors) == 0 && d.file == "" && d.requirement.Marker == nil && r.evidence[key].where == "" && !r.isOwn(key) {
			r.evidence[key] = evidence{d.requirement, "tox.ini"}
		}
	}
}

// optionalSuites makes suites of extras and dependency groups that have the name of a project that they require.
func (r *reader) optionalSuites() {
	var without []string
	for _, o := range r.optionals() {
		if slices.Contains(notSuites, o.Key) || slices.Contains(forTests, o.Key) || r.isOwn(o.Key) {
			continue
		}
		q := r.ownRequirement(o)
		tests := r.tests.of(o.Key)
		switch {
		case q == nil && isIndexed(o.List) && tests != "" && validSuite(o.Key) && r.imports(tests, o.Key):
			pkg := projectOf(o.Key)
			s := &Suite{Name: o.Key, Package: pkg, TestPath: tests, Why: fmt.Sprintf("%s, and tests at %s", o, tests), searched: compact([]string{o.Key, pkg})}
			o.install(s)
			r.p.Maybe = r.append(r.p.Maybe, s)
		case q == nil && o.isExtra:
			without = append(without, o.Name)
		case q == nil:
		case !isIndexed(o.List):
			r.leave("%s requires something that comes from no index: it is no suite", o)
		default:
			s, added := r.suite(o.Key, q.Key(), fmt.Sprintf("%s requires %s", o, q.Requirement.String()))
			o.install(s)
			if added || o.isExtra {
				s.bound(q.Requirement, o.String()+" excludes it")
			}
		}
	}
	if len(without) > 0 {
		r.leave("these extras require no project of their name, so they are no suites: %s", strings.Join(without, ", "))
	}
}

// ownRequirement returns the requirement for which an extra or a group is named, or nil: one on the project of that name, or on one
// of a related name. An extra may have another name if there are tests of the only project that it requires.
func (r *reader) ownRequirement(o optional) *project.Requirement {
	var others []*project.Requirement
	for i := range o.Requires {
		if !r.isOwn(o.Requires[i].Key()) {
			others = append(others, &o.Requires[i])
		}
	}
	for _, matches := range []func(key string) bool{
		func(key string) bool { return key == o.Key },
		func(key string) bool { return key == projectOf(o.Key) },
		func(key string) bool { return isRelated(o.Key, key) },
		func(key string) bool { return o.isExtra && len(o.Requires) == 1 && r.tests.of(key) != "" },
	} {
		if i := slices.IndexFunc(others, func(q *project.Requirement) bool { return matches(q.Key()) }); i >= 0 {
			return others[i]
		}
	}
	return nil
}

// testSuites makes suites of tests that have the name of a project that something requires. Tests in a folder of integrations may
// have the name of a project that only an index knows.
func (r *reader) testSuites() {
	var unused []string
	for _, name := range slices.Sorted(maps.Keys(r.tests.byName)) {
		isSuite := func(s *Suite) bool { return slices.Contains(s.searched, name) }
		if slices.ContainsFunc(slices.Concat(r.p.Suites, r.p.Maybe), isSuite) || !validSuite(name) || r.isOwn(name) {
			continue
		}
		at := r.tests.of(name)
		pkg := projectOf(name)
		switch known, found := r.evidence[pkg]; {
		case found && name != "pytest":
			s, added := r.suite(name, pkg, fmt.Sprintf("tests at %s, and %s requires %s", at, known.where, known.requirement.String()))
			if added {
				s.bound(known.requirement, known.where+" excludes it")
			}
		case rank(at) == 0 && pep508.IsNormalizedName(name) && !r.imports(at, name):
			unused = append(unused, fmt.Sprintf("%s (%s)", name, at))
		case rank(at) == 0 && pep508.IsNormalizedName(name):
			r.p.Maybe = r.append(r.p.Maybe, &Suite{Name: name, Package: pkg, TestPath: at, Why: "tests at " + at, searched: compact([]string{name, pkg})})
		}
	}
	if len(unused) > 0 {
		r.leave("these tests import no module of their name from elsewhere, so there is no suite for: %s", shortened(unused))
	}
}
