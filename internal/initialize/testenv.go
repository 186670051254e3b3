package initialize

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
	"toxgen/internal/requirements"
)

// usualCommand runs the tests of an environment.
const usualCommand = "python -m pytest {env:TESTPATH:{env:_TESTPATH}} {posargs}"

// forTests are the names of extras and dependency groups that are for tests, the likeliest first.
var forTests = []string{"tests", "test", "testing", "test-requirements", "pytest", "unittest", "dev", "development"}

// testFiles are the usual names of requirements files for tests.
var testFiles = []string{"requirements-test.txt", "requirements-tests.txt", "test-requirements.txt", "tests/requirements.txt", "requirements/test.txt",
	"requirements/tests.txt", "requirements-testing.txt", "requirements-dev.txt", "dev-requirements.txt"}

// proposeTestenv decides what every environment has: what tox.ini has for all of its environments, or else what the project or a
// requirements file has for tests.
func (r *reader) proposeTestenv() {
	t := &r.p.Testenv
	t.Command = usualCommand
	if r.ini != nil {
		r.takeDeps()
		r.takeCommand()
		t.PassEnv = slices.DeleteFunc(compact(r.ini.passEnv), func(name string) bool { return !config.Accepts("variables", name) })
		t.SetEnv = usableVariables(r.ini.setEnv)
	}
	if t.isEmpty() {
		r.takeTestGroup()
	}
	if t.isEmpty() {
		r.takeTestFile()
	}
	if !r.hasPytest() {
		t.Requires = append(t.Requires, "pytest")
		r.guess("pytest runs the tests: nothing that every environment has requires it, so `testenv.requires` does")
	}
}

// isEmpty reports whether nothing is installed besides the project.
func (t *Testenv) isEmpty() bool {
	return len(t.Requires)+len(t.Groups)+len(t.Extras) == 0 && t.File == ""
}

// takeDeps takes what tox.ini installs in all environments, or in those of one Python.
func (r *reader) takeDeps() {
	t := &r.p.Testenv
	for _, d := range r.ini.deps {
		switch {
		case len(d.factors) > 0:
		case d.file != "" && len(d.pythons) == 0 && t.File == "" && r.isReadable(d.file):
			t.File = d.file
			r.guess("every environment has %s, as in tox.ini", d.file)
		case d.file != "":
			r.leave("tox.ini installs %s: `testenv` has one requirements file, which this is not", d.file)
		default:
			t.Requires = append(t.Requires, d.requirements()...)
		}
	}
	t.Requires = compact(t.Requires)
	if other := compact(r.ini.other); len(other) > 0 {
		r.leave("not taken over from `deps` of tox.ini: %s, such as %q", display.Count(len(other), "line"), other[0])
	}
	for _, o := range r.optionals() {
		names, list := o.of(&r.ini.extras, &r.ini.groups), o.of(&t.Extras, &t.Groups)
		others := slices.DeleteFunc(slices.Clone(*names), func(name string) bool { return pep508.NormalizeName(name) == o.Key })
		if len(others) < len(*names) && isIndexed(o.List) {
			*names, *list = others, append(*list, o.Name)
			r.guess("every environment has %s, as in tox.ini", o)
		}
	}
	for _, name := range compact(append(r.ini.extras, r.ini.groups...)) {
		r.leave("tox.ini installs the project with %s, which is not known or requires something that comes from no index", name)
	}
}

// takeCommand takes the command of tox.ini if it runs pytest.
func (r *reader) takeCommand() {
	commands := r.ini.commands
	if len(commands) == 0 {
		return
	}
	t := &r.p.Testenv
	options, runsPytest := pytestOptions(commands[0])
	t.Command = strings.Replace(usualCommand, "pytest ", "pytest "+options, 1)
	if !runsPytest || len(commands) > 1 {
		r.leave("tox.ini runs %q: correct `testenv.commands` if %q is not enough", strings.Join(commands, " && "), t.Command)
	}
}

// takeTestGroup takes the dependency group or the extra that is for tests.
func (r *reader) takeTestGroup() {
	if r.project == nil {
		return
	}
	t := &r.p.Testenv
	for _, key := range forTests {
		if g := find(r.project.Groups, key); g != nil && isIndexed(g.List) {
			t.Groups = []string{g.Name}
			r.guess("every environment has the dependency group %s", g.Name)
			return
		}
		if g := find(r.project.Extras, key); g != nil && isIndexed(g.List) {
			t.Extras = []string{g.Name}
			r.guess("every environment has the extra %s", g.Name)
			return
		}
	}
}

// takeTestFile takes the requirements file that is for tests.
func (r *reader) takeTestFile() {
	for _, name := range testFiles {
		if r.files.Exists(name) && r.isReadable(name) {
			r.p.Testenv.File = name
			r.guess("every environment has %s", name)
			return
		}
	}
}

// hasPytest reports whether every environment has pytest.
func (r *reader) hasPytest() bool {
	t := &r.p.Testenv
	if r.project != nil {
		for _, g := range slices.Concat(r.project.Groups, r.project.Extras) {
			if slices.Contains(slices.Concat(t.Groups, t.Extras), g.Name) && slices.ContainsFunc(g.Requires, func(q project.Requirement) bool { return q.Key() == "pytest" }) {
				return true
			}
		}
	}
	for _, text := range t.Requires {
		if q, err := pep508.ParseRequirement(text); err == nil && q.Key() == "pytest" {
			return true
		}
	}
	return t.File != "" && slices.ContainsFunc(r.requirementsOf(t.File).Requires, func(q requirements.Requirement) bool { return q.Key() == "pytest" })
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

// usableVariables returns the variables that toxgen does not set itself and that toxgen.yaml can state. Of one that is set twice
// the last value counts.
func usableVariables(all []Variable) (usable []Variable) {
	last := map[string]int{}
	for i, v := range all {
		last[v.Name] = i
	}
	for i, v := range all {
		installer := strings.HasPrefix(v.Name, "PIP_") || strings.HasPrefix(v.Name, "UV_")
		if last[v.Name] == i && !installer && v.Value != "" && !strings.ContainsAny(v.Value, "{#") && config.Accepts("setting", v.Name) && config.Accepts("value", v.Value) {
			usable = append(usable, v)
		}
	}
	return usable
}

// safeOption matches options of pytest that mean the same in every folder.
var safeOption = regexp.MustCompile(`^(?:-[vqsxl]+|-r[A-Za-z]+|--[a-z][a-z-]*(?:=[A-Za-z0-9_.:/,-]+)?)$`)

// pytestOptions returns the options with which a command runs pytest, each followed by a blank, and whether it does.
func pytestOptions(command string) (options string, runsPytest bool) {
	words, runsPytest := pytestWords(command)
	if !runsPytest {
		return "", false
	}
	for _, word := range words {
		if safeOption.MatchString(word) && !strings.HasPrefix(word, "--cov") && !strings.HasPrefix(word, "--doctest") {
			options += word + " "
		}
	}
	return options, true
}

// isReadable reports whether a requirements file can be used: it may name files and constraints, but no URL and no option.
func (r *reader) isReadable(name string) bool {
	list, faults := requirements.Read(r.files, name)
	return config.Accepts("path", name) && len(faults) == 0 && !slices.ContainsFunc(list.Requires, func(q requirements.Requirement) bool { return q.URL != "" })
}

// requirementsOf returns what a requirements file says; it is empty if the file cannot be read.
func (r *reader) requirementsOf(name string) requirements.List {
	list, _ := requirements.Read(r.files, name)
	return list
}
