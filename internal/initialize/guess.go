package initialize

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
	"toxgen/internal/python"
	"toxgen/internal/workflow"
)

// tests are the names of the tests: the paths of folders and files by what they may be tests of.
type tests struct {
	root   string
	byName map[string][]string
	seen   int
}

// maximumEntries is how many files and folders are looked at for names of tests.
const maximumEntries = 5000

// integrationFolders are folders whose parts are named by what they integrate with.
var integrationFolders = []string{"integrations", "integration", "instrumentation", "instrumentations", "contrib", "plugins", "frameworks", "adapters", "backends", "ext"}

var testFile = regexp.MustCompile(`^(?:tests?_(.+)|(.+)_tests?)\.py$`)

// readTests looks for tests by their names.
func (r *reader) readTests() {
	r.tests = &tests{byName: map[string][]string{}}
	for _, root := range []string{"tests", "test"} {
		if folders, err := r.files.Folders(root); err == nil && (len(folders) > 0 || r.hasFiles(root)) {
			r.tests.root = root
			break
		}
	}
	level := []string{r.tests.root}
	for depth := 0; depth < 4 && r.tests.root != ""; depth++ {
		var below []string
		for _, folder := range level {
			folders, _ := r.files.Folders(folder)
			files, _ := r.files.List(folder)
			for _, child := range folders {
				if r.tests.seen++; r.tests.seen > maximumEntries {
					break
				}
				if base := path.Base(child); usablePath.MatchString(child) && base[0] != '.' && base[0] != '_' && r.holdsTests(child) {
					r.tests.add(base, child)
					below = append(below, child)
				}
			}
			for _, file := range files {
				if r.tests.seen++; r.tests.seen > maximumEntries {
					break
				}
				if m := testFile.FindStringSubmatch(path.Base(file)); m != nil && usablePath.MatchString(file) {
					r.tests.add(cmp.Or(m[1], m[2]), file)
				}
			}
		}
		level = below
	}
	if r.tests.seen > maximumEntries {
		r.leave("%s has more than %d files and folders: the names of the others are not looked at", r.tests.root, maximumEntries)
	}
	if r.tests.root != "" {
		r.read("%s/: the names of %d folders and files of tests", r.tests.root, len(r.tests.byName))
	}
}

// usablePath matches paths that need no quoting in a command.
var usablePath = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// hasFiles reports whether a folder has a file.
func (r *reader) hasFiles(folder string) bool {
	files, err := r.files.List(folder)
	return err == nil && len(files) > 0
}

// holdsTests reports whether a folder has a file of tests, or a folder that may.
func (r *reader) holdsTests(folder string) bool {
	files, _ := r.files.List(folder)
	if slices.ContainsFunc(files, func(f string) bool { return testFile.MatchString(path.Base(f)) || path.Base(f) == "tests.py" }) {
		return true
	}
	folders, _ := r.files.Folders(folder)
	return slices.ContainsFunc(folders, func(f string) bool {
		return !strings.HasPrefix(path.Base(f), "_") && !strings.HasPrefix(path.Base(f), ".")
	})
}

// add adds a path under a name.
func (t *tests) add(name, at string) {
	key := pep508.NormalizeName(name)
	t.byName[key] = append(t.byName[key], at)
}

// of returns the path of the tests with one of some names: one in a folder of integrations first, then the shortest.
func (t *tests) of(keys ...string) string {
	for _, key := range keys {
		paths := slices.Clone(t.byName[key])
		slices.SortFunc(paths, func(a, b string) int {
			return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
		})
		if len(paths) > 0 {
			return paths[0]
		}
	}
	return ""
}

// rank is 0 for a path directly in a folder of integrations.
func rank(at string) int {
	if slices.Contains(integrationFolders, path.Base(path.Dir(at))) {
		return 0
	}
	return 1
}

// versionOf parses a version of Python as people write it.
func versionOf(text string) (python.Version, bool) {
	v, _, err := python.Parse(text)
	return v, err == nil
}

// classifierText matches the classifier of a line of CPython.
var classifierText = regexp.MustCompile(`^Programming Language :: Python :: (3\.[0-9]+)$`)

// pythons decides which Pythons are tested.
func (r *reader) pythons() {
	offered := map[int]bool{}
	threaded := map[int]bool{}
	var from []string
	take := func(what string, texts []string) {
		before := len(offered)
		for _, text := range texts {
			v, valid := versionOf(text)
			if _, known := python.KnownPatch(v.Minor); !valid || v.Major != 3 || !known {
				continue
			}
			offered[v.Minor] = true
			threaded[v.Minor] = threaded[v.Minor] || v.FreeThreaded
		}
		if len(offered) > before {
			from = compact(append(from, what))
		}
	}
	if r.ini != nil {
		take("envlist of tox.ini", r.ini.pythons)
	}
	var classifiers []string
	everyMember := r.projects()
	for _, p := range everyMember {
		for _, text := range p.Classifiers {
			if m := classifierText.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
				classifiers = append(classifiers, m[1])
			}
		}
	}
	take("classifiers", classifiers)
	if len(offered) == 0 {
		for _, s := range r.surveys {
			take("workflows", s.Pythons)
		}
	} else {
		for _, s := range r.surveys { // a free-threaded build is named in a matrix alone
			for _, text := range s.Pythons {
				if v, valid := versionOf(text); valid && v.FreeThreaded && offered[v.Minor] {
					threaded[v.Minor] = true
				}
			}
		}
	}
	if len(offered) == 0 {
		for minor := oldestSupported; minor <= python.NewestKnown; minor++ {
			offered[minor] = true
		}
		from = append(from, "what still gets releases")
	}
	for _, minor := range slices.Sorted(maps.Keys(offered)) {
		patch, _ := python.KnownPatch(minor)
		v := python.Version{Major: 3, Minor: minor, Patch: patch}
		full, err := pep440.Parse(v.Final())
		admits := err == nil
		for _, p := range everyMember {
			admits = admits && p.RequiresPython.Admits(full)
		}
		if admits {
			r.p.Pythons = append(r.p.Pythons, Python{v, threaded[minor] && minor >= 13})
		}
	}
	if len(r.p.Pythons) == 0 {
		patch, _ := python.KnownPatch(python.NewestKnown)
		r.p.Pythons = []Python{{python.Version{Major: 3, Minor: python.NewestKnown, Patch: patch}, false}}
		r.leave("no Python that toxgen knows is admitted by requires-python: correct `pythons`")
	}
	var names []string
	for _, p := range r.p.Pythons {
		names = append(names, p.MinorText())
	}
	r.guess("Python %s: %s, as far as requires-python admits them", strings.Join(names, ", "), strings.Join(from, " and "))
}

// oldestSupported is the oldest line that still gets releases, from which on a project is tested that names none.
const oldestSupported = 10

// projects returns what is known of the project, or of the packages of a repository that has several.
func (r *reader) projects() (all []*project.Project) {
	if r.project != nil {
		all = append(all, r.project)
	}
	some := slices.ContainsFunc(slices.Collect(maps.Values(r.members)), isInstrumentation)
	for _, folder := range slices.Sorted(maps.Keys(r.members)) {
		if p := r.members[folder]; !some || isInstrumentation(p) {
			all = append(all, p)
		}
	}
	return all
}

// isInstrumentation reports whether a package names what it instruments.
func isInstrumentation(p *project.Project) bool {
	return slices.ContainsFunc(p.Extras, func(g project.Group) bool { return isInstruments(g.Key) })
}

// forTests are the names of extras and dependency groups that are for tests, the likeliest first.
var forTests = []string{"tests", "test", "testing", "test-requirements", "pytest", "unittest", "dev", "development"}

// testFiles are the usual names of requirements files for tests.
var testFiles = []string{"requirements-test.txt", "requirements-tests.txt", "test-requirements.txt", "tests/requirements.txt", "requirements/test.txt",
	"requirements/tests.txt", "requirements-testing.txt", "requirements-dev.txt", "dev-requirements.txt"}

// testenv decides what every environment has.
func (r *reader) testenv() {
	t := &r.p.Testenv
	t.Command = "python -m pytest {env:TESTPATH:{env:_TESTPATH}} {posargs}"
	runsPytest := false
	if r.ini != nil {
		for _, d := range r.ini.deps {
			switch {
			case len(d.factors) > 0:
			case d.file != "" && len(d.pythons) == 0 && t.File == "" && r.readable(d.file):
				t.File = d.file
				r.guess("every environment has %s, as in tox.ini", d.file)
			case d.file != "":
				r.leave("tox.ini installs %s: `testenv` has one requirements file, which this is not", d.file)
			case len(d.pythons) == 0:
				t.Requires = append(t.Requires, d.requirement.String())
			default:
				for _, version := range d.pythons {
					t.Requires = append(t.Requires, marked(d.requirement, version))
				}
			}
		}
		t.Requires = compact(t.Requires)
		if other := compact(r.ini.other); len(other) > 0 {
			r.leave("%s of `deps` in tox.ini are not taken over, such as %q", display.Count(len(other), "line"), other[0])
		}
		t.PassEnv = slices.DeleteFunc(compact(r.ini.passEnv), func(name string) bool { return !config.Accepts("variables", name) })
		t.SetEnv = usableVariables(r.ini.setEnv)
		if len(r.ini.commands) > 0 {
			t.Command, runsPytest = commandLike(r.ini.commands[0], t.Command)
			if !runsPytest || len(r.ini.commands) > 1 {
				r.leave("tox.ini runs %q: correct `testenv.commands` if %q is not enough", strings.Join(r.ini.commands, " && "), t.Command)
			}
		}
	}
	if len(t.Requires) == 0 && t.File == "" && r.project != nil {
		for _, key := range forTests {
			if g := find(r.project.Groups, key); g != nil && indexed(g.List) {
				t.Groups = []string{g.Name}
				r.guess("every environment has the dependency group %s", g.Name)
				break
			}
			if g := find(r.project.Extras, key); g != nil && indexed(g.List) {
				t.Extras = []string{g.Name}
				r.guess("every environment has the extra %s", g.Name)
				break
			}
		}
	}
	if len(t.Requires)+len(t.Groups)+len(t.Extras) == 0 && t.File == "" {
		for _, name := range testFiles {
			if r.files.Exists(name) && r.readable(name) {
				t.File = name
				r.guess("every environment has %s", name)
				break
			}
		}
	}
	named := func(q project.Requirement) bool { return q.Key() == "pytest" }
	has := t.File != "" && r.fileNames(t.File, "pytest")
	if r.project != nil {
		for _, g := range slices.Concat(r.project.Groups, r.project.Extras) {
			if slices.Contains(slices.Concat(t.Groups, t.Extras), g.Name) {
				has = has || slices.ContainsFunc(g.Requires, named)
			}
		}
	}
	has = has || slices.ContainsFunc(t.Requires, func(text string) bool {
		q, err := pep508.ParseRequirement(text)
		return err == nil && q.Key() == "pytest"
	})
	if !has {
		t.Requires = append(t.Requires, "pytest")
		r.guess("pytest runs the tests: nothing that every environment has requires it, so `testenv.requires` does")
	}
}

// marked returns a requirement with a marker for one Python, which a `t` at its end does not change.
func marked(q pep508.Requirement, version string) string {
	condition := fmt.Sprintf("python_version == %q", strings.TrimSuffix(version, "t"))
	if q.Marker != nil {
		condition = "(" + q.Marker.String() + ") and " + condition
	}
	q.Marker = nil
	return q.String() + "; " + condition
}

// usableVariables returns the variables that toxgen does not set itself.
func usableVariables(all []Variable) []Variable {
	return slices.DeleteFunc(all, func(v Variable) bool {
		return strings.HasPrefix(v.Name, "PIP_") || strings.HasPrefix(v.Name, "UV_") || strings.Contains(v.Value, "{") || v.Value == "" || strings.Contains(v.Value, "#") ||
			!config.Accepts("setting", v.Name) || !config.Accepts("value", v.Value)
	})
}

var safeOption = regexp.MustCompile(`^(?:-[vqsxl]+|-r[A-Za-z]+|--[a-z][a-z-]*(?:=[A-Za-z0-9_.:/,-]+)?)$`)

// commandLike returns the usual command with the options of another one, and whether that runs pytest.
func commandLike(command, usual string) (string, bool) {
	words := strings.Fields(command)
	at := slices.IndexFunc(words, func(w string) bool { return w == "pytest" || w == "py.test" })
	if at < 0 {
		return usual, false
	}
	var options []string
	for _, word := range words[at+1:] {
		if safeOption.MatchString(word) && !strings.HasPrefix(word, "--cov") {
			options = append(options, word)
		}
	}
	if len(options) == 0 {
		return usual, true
	}
	return strings.Replace(usual, "pytest ", "pytest "+strings.Join(options, " ")+" ", 1), true
}

// find returns the extra or group of a normalised name, or nil.
func find(groups []project.Group, key string) *project.Group {
	for i := range groups {
		if groups[i].Key == key {
			return &groups[i]
		}
	}
	return nil
}

// indexed reports whether everything that a list requires comes from an index.
func indexed(list project.List) bool {
	return list.Unknown == "" && !slices.ContainsFunc(list.Requires, func(q project.Requirement) bool { return q.Source != nil || q.URL != "" })
}

// compact returns a list without repetitions.
func compact(list []string) (all []string) {
	for _, text := range list {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// notSuites are the names of extras and groups that are for work on the project.
var notSuites = []string{"all", "docs", "doc", "lint", "linting", "typing", "types", "type-check", "mypy", "ci", "build", "release", "coverage", "cov", "format",
	"style", "examples", "benchmark", "benchmarks", "tools", "package", "packaging", "publish", "pre-commit", "full", "complete", "recommended", "standard"}

// suites decides which suites there are.
func (r *reader) suites() {
	r.collectEvidence()
	if len(r.members) > 0 {
		r.instrumented()
	} else {
		r.fromTox()
		r.fromGroups()
		r.fromTests()
		r.rules()
	}
	r.core()
	slices.SortFunc(r.p.Suites, func(a, b *Suite) int { return cmp.Compare(a.Name, b.Name) })
	if len(r.p.Suites) == 0 {
		r.leave("nothing names a framework that a suite could follow: write `suites`, as the comment in toxgen.yaml shows")
	}
}

// suite returns the suite of a name, which it adds if there is none.
func (r *reader) suite(name, pkg, why string) (s *Suite, added bool) {
	for _, s := range r.p.Suites {
		if s.Name == name || s.Package == pkg {
			return s, false
		}
	}
	s = &Suite{Name: name, Package: pkg, Why: why, searched: compact([]string{name, pep508.NormalizeName(pkg)})}
	r.p.Suites = append(r.p.Suites, s)
	return s, true
}

// collectEvidence notes the requirements by which projects are known.
func (r *reader) collectEvidence() {
	if r.project == nil {
		return
	}
	for _, g := range slices.Concat(r.project.Extras, r.project.Groups) {
		for _, q := range g.Requires {
			if _, known := r.evidence[q.Key()]; !known && q.URL == "" && q.Source == nil {
				r.evidence[q.Key()] = evidence{q.Requirement, g.Name + " (" + q.Place.String() + ")"}
			}
		}
	}
	for _, q := range r.project.Requires.Requires {
		if _, known := r.evidence[q.Key()]; !known && q.URL == "" && q.Source == nil {
			r.evidence[q.Key()] = evidence{q.Requirement, q.Place.String()}
		}
	}
}

// fromTox makes suites of the factors of tox.ini that stand for releases of a project.
func (r *reader) fromTox() {
	if r.ini == nil {
		return
	}
	lows := map[string][]string{}
	for _, d := range r.ini.deps {
		base := baseFactor(d.factors)
		if key := r.ini.projectOfFactor[base]; base != "" && key != "" && d.file == "" && d.requirement.Key() == key {
			s, _ := r.suite(base, key, "factors of tox.ini, whose requirement is "+d.requirement.String())
			if low, _, _ := bounds(d.requirement.Specifiers); low != "" {
				lows[s.Name] = append(lows[s.Name], low)
			}
		}
	}
	for _, s := range r.p.Suites {
		s.Minimum = least(lows[s.Name])
	}
}

// rules takes what tox.ini installs for the factors of a suite besides its project.
func (r *reader) rules() {
	if r.ini == nil {
		return
	}
	var without []string
	for _, d := range r.ini.deps {
		base := baseFactor(d.factors)
		i := slices.IndexFunc(r.p.Suites, func(s *Suite) bool { return base != "" && slices.Contains(s.searched, base) })
		if i < 0 && base != "" {
			without = compact(append(without, base))
		}
		if i < 0 || d.file == "" && d.requirement.Key() == r.p.Suites[i].Package {
			continue
		}
		s := r.p.Suites[i]
		rule := Rule{When: "*", File: d.file}
		if specifier := r.ini.specifierOfFactor[strings.Join(d.factors, "-")]; specifier != "" {
			rule.When = specifier
		}
		switch {
		case d.file != "" && !r.readable(d.file):
			r.leave("suite %s: %s, which tox.ini installs, cannot be read", s.Name, d.file)
			continue
		case d.file == "" && len(d.pythons) > 0:
			for _, version := range d.pythons {
				rule.Add = append(rule.Add, marked(d.requirement, version))
			}
		case d.file == "":
			rule.Add = []string{d.requirement.String()}
		}
		s.addRule(rule)
	}
	if len(without) > 0 {
		r.leave("%s of tox.ini are no suites, and what `deps` has for them is not taken over: %s", display.Count(len(without), "factor"), shortened(without))
	}
}

// shortened returns the first of some words.
func shortened(words []string) string {
	const most = 8
	if len(words) > most {
		return strings.Join(words[:most], ", ") + ", …"
	}
	return strings.Join(words, ", ")
}

// addRule adds a rule, to one with the same condition if there is one.
func (s *Suite) addRule(rule Rule) {
	for i := range s.Rules {
		if other := &s.Rules[i]; other.When == rule.When && (other.File == "") == (rule.File == "") && (rule.File == "" || rule.File == other.File) {
			other.Add = compact(append(other.Add, rule.Add...))
			return
		}
	}
	s.Rules = append(s.Rules, rule)
}

// least returns the least of some versions, or "".
func least(texts []string) string {
	slices.SortFunc(texts, func(a, b string) int { return pep440.MustParse(a).Compare(pep440.MustParse(b)) })
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// fromGroups makes suites of extras and dependency groups that have the name of a project that they require.
func (r *reader) fromGroups() {
	if r.project == nil {
		return
	}
	var without []string
	take := func(g project.Group, what string, of func(*Suite) *[]string) {
		if slices.Contains(notSuites, g.Key) || slices.Contains(forTests, g.Key) {
			return
		}
		q := r.ownRequirement(g)
		if q == nil && what == "extra" && len(g.Requires) == 1 && r.tests.of(g.Requires[0].Key()) != "" {
			q = &g.Requires[0]
		}
		switch {
		case q == nil && indexed(g.List) && r.tests.of(g.Key) != "" && validSuite(g.Key):
			s := &Suite{Name: g.Key, Package: g.Key, TestPath: r.tests.of(g.Key), Why: fmt.Sprintf("the %s %s, and tests at %s", what, g.Name, r.tests.of(g.Key)), searched: []string{g.Key}}
			*of(s) = []string{g.Name}
			r.p.Maybe = append(r.p.Maybe, s)
			return
		case q == nil && what == "extra":
			without = append(without, g.Name)
			return
		case q == nil:
			return
		case !indexed(g.List):
			r.leave("the %s %s requires something that comes from no index: it is no suite", what, g.Name)
			return
		}
		s, added := r.suite(g.Key, q.Key(), fmt.Sprintf("the %s %s requires %s", what, g.Name, q.Requirement.String()))
		if list := of(s); len(*list) == 0 {
			*list = []string{g.Name}
		}
		if added || what == "extra" {
			s.bound(q.Requirement, "the "+what+" "+g.Name+" excludes it")
		}
	}
	for _, g := range r.project.Extras {
		take(g, "extra", func(s *Suite) *[]string { return &s.Extras })
	}
	for _, g := range r.project.Groups {
		take(g, "dependency group", func(s *Suite) *[]string { return &s.Groups })
	}
	if len(without) > 0 {
		r.leave("these extras require no project of their name, so they are no suites: %s", strings.Join(without, ", "))
	}
}

// bound takes the bounds of a requirement of the project's own.
func (s *Suite) bound(q pep508.Requirement, why string) {
	low, high, excluded := bounds(q.Specifiers)
	s.Minimum, s.Maximum = cmp.Or(low, s.Minimum), high
	for _, text := range excluded {
		s.Holds = append(s.Holds, Hold{text, why})
	}
}

// ownRequirement returns the requirement that a group is named for, or nil.
func (r *reader) ownRequirement(g project.Group) *project.Requirement {
	for i := range g.Requires {
		if g.Requires[i].Key() == g.Key {
			return &g.Requires[i]
		}
	}
	var near []*project.Requirement
	for i := range g.Requires {
		if q := &g.Requires[i]; related(g.Key, q.Key()) && (r.project == nil || q.Key() != r.project.Name.Key) {
			near = append(near, q)
		}
	}
	if len(near) > 0 {
		return near[0]
	}
	return nil
}

// fromTests makes suites of tests that have the name of a project: one that something requires, or, in a folder of integrations, one
// that an index may know.
func (r *reader) fromTests() {
	for _, name := range slices.Sorted(maps.Keys(r.tests.byName)) {
		at := r.tests.of(name)
		known, found := r.evidence[name]
		if slices.ContainsFunc(slices.Concat(r.p.Suites, r.p.Maybe), func(s *Suite) bool { return slices.Contains(s.searched, name) }) || !validSuite(name) {
			continue
		}
		switch {
		case found && known.requirement.Key() != "pytest":
			s, added := r.suite(name, name, fmt.Sprintf("tests at %s, and %s requires %s", at, known.where, known.requirement.String()))
			if added {
				s.bound(known.requirement, known.where+" excludes it")
			}
		case rank(at) == 0 && pep508.IsNormalizedName(name):
			r.p.Maybe = append(r.p.Maybe, &Suite{Name: name, Package: name, TestPath: at, Why: "tests at " + at, searched: []string{name}})
		}
	}
}

// instrumented makes suites of the packages of a repository: of what they instrument, and of their tests.
func (r *reader) instrumented() {
	for _, folder := range slices.Sorted(maps.Keys(r.members)) {
		p := r.members[folder]
		tests := r.testsOf(folder)
		if tests == "" {
			continue
		}
		var own *project.Requirement
		var others []string
		for _, g := range p.Extras {
			if !isInstruments(g.Key) {
				continue
			}
			for i := range g.Requires {
				q := &g.Requires[i]
				switch {
				case own == nil || strings.HasSuffix(p.Name.Key, "-"+q.Key()) && !strings.HasSuffix(p.Name.Key, "-"+own.Key()):
					if own != nil {
						others = append(others, own.Name)
					}
					own = q
				default:
					others = append(others, q.Name)
				}
			}
		}
		if own == nil {
			r.packaged(folder, tests)
			continue
		}
		short := p.Name.Key
		if _, rest, found := strings.Cut(short, "instrumentation-"); found {
			short = rest
		}
		s := &Suite{Name: short, Package: own.Key(), TestPath: tests, Install: []string{folder}, Why: fmt.Sprintf("%s instruments %s", folder, own.Requirement.String())}
		s.bound(own.Requirement, "the package excludes it")
		if len(others) > 0 {
			r.leave("suite %s: the package also instruments %s, which needs a suite of its own", s.Name, strings.Join(compact(others), ", "))
		}
		r.p.Suites = append(r.p.Suites, s)
	}
}

// testsOf returns the folder with the tests of a package, or "".
func (r *reader) testsOf(folder string) string {
	for _, name := range []string{"tests", "test"} {
		if at := folder + "/" + name; usablePath.MatchString(at) && r.files.Exists(at) {
			return at
		}
	}
	return ""
}

// packaged makes a static suite of a package that instruments nothing.
func (r *reader) packaged(folder, tests string) {
	p := r.members[folder]
	s := &Suite{Name: pep508.NormalizeName(path.Base(folder)), TestPath: tests, Install: []string{folder}, Why: folder + " instruments nothing", supports: p.RequiresPython.Admits}
	r.p.Static = append(r.p.Static, s)
}

// core makes the static suite of the tests that no suite has, and completes the paths of the others.
func (r *reader) core() {
	root := cmp.Or(r.tests.root, ".")
	var ignored, whole []string
	for _, s := range r.p.Suites {
		if s.TestPath != "" {
			continue
		}
		if s.TestPath = r.tests.of(s.searched...); s.TestPath != "" {
			ignored = append(ignored, s.TestPath)
			continue
		}
		s.TestPath = root
		whole = append(whole, s.Name)
	}
	if len(whole) > 0 {
		r.leave("no tests have the names of these suites, so they run all of %s; correct test-path, as in `%s -m %s`: %s", root, root, whole[0], strings.Join(whole, ", "))
	}
	if len(r.p.Static) > 0 || len(r.members) > 0 && len(r.p.Suites) > 0 {
		return
	}
	if r.tests.root == "" {
		r.leave("there is no folder tests/: correct the test-path of each suite")
	}
	for _, s := range r.p.Maybe {
		ignored = append(ignored, s.TestPath)
	}
	slices.Sort(ignored)
	testPath := root
	for _, at := range slices.Compact(ignored) {
		testPath += " --ignore=" + at
	}
	name := "core"
	if slices.ContainsFunc(r.p.Suites, func(s *Suite) bool { return s.Name == name }) {
		name = "common"
	}
	r.p.Core = &Suite{Name: name, TestPath: testPath, Why: "the tests that no other suite has, with nothing else installed"}
	r.p.Static = []*Suite{r.p.Core}
}

// validSuite reports whether a suite may have a name.
func validSuite(name string) bool { return config.Accepts("suite", name) }

// rename gives other names to suites that tox could not tell apart, or could not name.
func (p *Proposal) rename() {
	all := slices.Concat(p.Suites, p.Static)
	taken := map[string]bool{}
	for _, s := range all {
		for taken[s.Name] {
			s.Name += "_package"
		}
		taken[s.Name] = true
	}
	for _, s := range all {
		if !validSuite(s.Name) {
			s.Name = "suite_" + strings.NewReplacer("-", "_", config.LowestSuffix, "_lowest").Replace(s.Name)
		}
	}
	for _, s := range all {
		for _, o := range all {
			if s != o && strings.Contains(s.Name, "-") && coveredBy(o.Name, s.Name) {
				s.Name = strings.ReplaceAll(s.Name, "-", "_")
			}
		}
	}
}

// coveredBy reports whether all factors of a name are in another one.
func coveredBy(name, other string) bool {
	factors := strings.Split(other, "-")
	for factor := range strings.SplitSeq(name, "-") {
		if !slices.Contains(factors, factor) {
			return false
		}
	}
	return true
}

// clients are the projects whose tests usually need a service, by the name of its image.
var clients = map[string][]string{
	"postgres":      {"psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "pg8000", "aiopg"},
	"mysql":         {"pymysql", "mysqlclient", "mysql-connector-python", "aiomysql", "asyncmy"},
	"mariadb":       {"mariadb", "pymysql", "mysqlclient"},
	"redis":         {"redis", "rq", "aioredis", "arq", "huey"},
	"valkey":        {"valkey", "redis"},
	"mongo":         {"pymongo", "motor"},
	"rabbitmq":      {"pika", "aio-pika", "kombu"},
	"memcached":     {"pymemcache", "pylibmc", "python-memcached"},
	"elasticsearch": {"elasticsearch"},
	"cassandra":     {"cassandra-driver", "scylla-driver"},
	"kafka":         {"kafka-python", "confluent-kafka", "aiokafka"},
	"clickhouse":    {"clickhouse-driver", "clickhouse-connect"},
}

// usable returns a service without what toxgen.yaml cannot state, such as an expression. It reports whether it can state the rest.
func usable(s workflow.SurveyedService) (workflow.SurveyedService, bool) {
	s.Ports = slices.DeleteFunc(slices.Clone(s.Ports), func(port string) bool { return !config.Accepts("port", port) })
	s.Env = accepted(s.Env, "container", "line")
	s.TestEnv = accepted(s.TestEnv, "setting", "line")
	if strings.Contains(s.Options, "${{") || !config.Accepts("line", strings.Join(strings.Fields(s.Options), " ")) {
		s.Options = ""
	}
	return s, config.Accepts("service", s.Name) && config.Accepts("image", s.Image)
}

// accepted returns the entries whose keys and values are of some kinds. A value with braces would be a substitution of tox.
func accepted(m map[string]string, keys, values string) map[string]string {
	all := map[string]string{}
	for name, text := range m {
		if config.Accepts(keys, name) && config.Accepts(values, text) && !strings.ContainsAny(text, "{}#\\") {
			all[name] = text
		}
	}
	return all
}

// services takes the containers of the workflows, and decides which suites need them.
func (r *reader) services() {
	seen := map[string]bool{}
	for _, s := range r.surveys {
		for _, one := range s.Services {
			one, can := usable(one)
			if seen[one.Name] {
				continue
			}
			if !can {
				r.leave("the service %q of the workflows cannot be taken over", one.Name)
				continue
			}
			seen[one.Name] = true
			image, _, _ := strings.Cut(path.Base(one.Image), "@")
			image, _, _ = strings.Cut(image, ":")
			service := Service{SurveyedService: one, Unpinned: !strings.Contains(one.Image, "@sha256:")}
			used := false
			for _, suite := range r.p.Suites {
				if suite.Package == one.Name || suite.Name == one.Name || slices.Contains(clients[image], suite.Package) || slices.Contains(clients[one.Name], suite.Package) {
					suite.Services, used = append(suite.Services, one.Name), true
				}
			}
			r.p.Services = append(r.p.Services, service)
			if used {
				r.guess("service %s from the workflows, for the suites whose clients need it", one.Name)
			} else {
				r.leave("no suite is known to need the service %s: add it to the `services` of those that do", one.Name)
			}
			if service.Unpinned {
				r.leave("the image of the service %s has no digest: add it, as in %s@sha256:…", one.Name, one.Image)
			}
		}
	}
}

// defaults are the pins of the actions that toxgen's workflows use, and the tools that rows install.
var defaults = map[string]Pin{
	"actions/checkout":                {"3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"},
	"actions/upload-artifact":         {"043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"},
	"actions/download-artifact":       {"3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"},
	"actions/create-github-app-token": {"bcd2ba49218906704ab6c1aa796996da409d3eb1", "v3.2.0"},
	"astral-sh/setup-uv":              {"20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"},
}

// workflow decides on the workflows. A repository that is on GitLab alone gets none.
func (r *reader) workflow() {
	if !r.files.Exists(".github") && r.files.Exists(".gitlab-ci.yml") {
		r.read(".gitlab-ci.yml: recognised, not read")
		r.leave("no workflow is written: `toxgen rows` prints the rows of the matrix for other CI systems than GitHub's")
		return
	}
	w := &Workflow{Name: "Test", Branch: "main", Pins: map[string]Pin{}}
	r.p.Workflow = w
	taken := r.files.Exists(workflowFolder+"/test.yml") || slices.ContainsFunc(r.surveys, func(s *workflow.Survey) bool { return s.Name == w.Name })
	if taken {
		w.Name, w.File, w.Prefix = "Test matrix", "test-matrix.yml", "test-matrix-"
		r.guess("your workflows stay as they are, so the matrix is in test-matrix*.yml (`workflow.file`)")
		r.leave("when the matrix replaces your own test jobs, delete these")
	}
	for _, s := range r.surveys {
		for _, branch := range []string{"master", "develop", "trunk"} {
			if slices.Contains(s.Branches, branch) && !slices.ContainsFunc(r.surveys, func(s *workflow.Survey) bool { return slices.Contains(s.Branches, "main") }) {
				w.Branch = branch
			}
		}
	}
	for _, action := range slices.Sorted(maps.Keys(defaults)) {
		byHand := map[string]Pin{}
		for _, s := range r.surveys {
			if p, found := s.Pinned[action]; found {
				byHand[p.SHA] = Pin{p.SHA, p.Version}
			}
		}
		pin := defaults[action]
		if len(byHand) > 0 {
			pin = newestPin(slices.Collect(maps.Values(byHand)))
		}
		w.Pins[action] = pin
		if len(byHand) > 1 {
			w.Stated = append(w.Stated, action)
			r.leave("your workflows pin %s to %d commits: those of toxgen use %s", action, len(byHand), cmp.Or(pin.Version, pin.SHA))
		} else if len(byHand) == 0 && action == "astral-sh/setup-uv" {
			w.Stated = append(w.Stated, action)
		}
	}
	r.guess("the default branch is %s", w.Branch)
	slices.Sort(r.p.Left)
}

// newestPin returns the pin with the greatest version; those without one come first.
func newestPin(pins []Pin) Pin {
	return slices.MaxFunc(pins, func(a, b Pin) int {
		v, errV := pep440.Parse(a.Version)
		w, errW := pep440.Parse(b.Version)
		switch {
		case errV == nil && errW == nil:
			return cmp.Or(v.Compare(w), cmp.Compare(a.SHA, b.SHA))
		case errV != nil && errW != nil:
			return cmp.Compare(a.SHA, b.SHA)
		case errV != nil:
			return -1
		default:
			return 1
		}
	})
}

// An Answer is what an index says of the project that a suite follows.
type Answer struct {
	// Newest is the newest stable release, or "". Missing reports whether there is no such project, or no such release.
	Newest  string
	Missing bool
}

// Asked returns the suites whose projects an index can tell more of.
func (p *Proposal) Asked() []*Suite { return slices.Concat(p.Suites, p.Maybe) }

// Answer completes the proposal by what an index says of [Proposal.Asked]. Suites without a lower bound begin with the line of the
// newest release. Those whose project is missing are left out.
func (p *Proposal) Answer(answers []Answer) {
	var missing, unbound []string
	var suites []*Suite
	for i, s := range p.Asked() {
		a := answers[i]
		isMaybe := slices.Contains(p.Maybe, s)
		v, err := pep440.Parse(a.Newest)
		if a.Missing || isMaybe && err != nil {
			missing = append(missing, fmt.Sprintf("%s (%s)", s.Name, cmp.Or(s.TestPath, s.Package)))
			continue
		}
		if err == nil && s.Minimum == "" {
			s.Minimum = lineOf(v)
			unbound = append(unbound, s.Name+" "+s.Minimum)
		}
		s.Holds = nil // a rehearsal finds those that change something
		suites = append(suites, s)
	}
	p.Suites, p.Maybe = suites, nil
	if len(missing) > 0 {
		p.Left = append(p.Left, "the index has no project of these names, so there is no suite for: "+strings.Join(missing, ", "))
	}
	if len(unbound) > 0 {
		p.Left = append(p.Left, "nothing says which releases are supported of these, so they begin with the line of the newest one; correct `minimum`: "+strings.Join(unbound, ", "))
	}
	p.rename()
	slices.SortFunc(p.Suites, func(a, b *Suite) int { return cmp.Compare(a.Name, b.Name) })
}

// lineOf returns the first number of a version, or of 0.3.1 the first two.
func lineOf(v pep440.Version) string {
	parts := strings.SplitN(v.String(), ".", 3)
	if first, err := strconv.Atoi(parts[0]); err == nil && first > 0 || len(parts) < 2 {
		return parts[0]
	}
	return parts[0] + "." + parts[1]
}

// readable reports whether a requirements file can be used: it may name files and constraints, but no URL and no option.
func (r *reader) readable(name string) bool {
	list, faults := requirementsOf(r.files, name)
	return len(faults) == 0 && !slices.ContainsFunc(list, func(q pep508.Requirement) bool { return q.URL != "" })
}

// fileNames reports whether a requirements file requires a project.
func (r *reader) fileNames(name, key string) bool {
	list, _ := requirementsOf(r.files, name)
	return slices.ContainsFunc(list, func(q pep508.Requirement) bool { return q.Key() == key })
}
