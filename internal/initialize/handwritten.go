package initialize

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/configparser"
	"toxgen/internal/pep508"
	"toxgen/internal/requirements"
	"toxgen/internal/tox"
)

// A handwritten is a tox.ini that a person wrote, as far as it is understood.
type handwritten struct {
	// environments are the factors of each environment.
	environments [][]string
	deps         []dependency
	// extras and groups are those of the project with which all environments install it.
	extras, groups []string
	// unread are the settings of all environments that are not understood.
	unread []string
	// other are lines of deps that are not understood.
	other []string
	// tests are the options and paths with which pytest is run for a normalised factor without a release.
	tests map[string]string
	// commands, passEnv and setEnv are those of all environments.
	commands []string
	passEnv  []string
	setEnv   []Variable
	// fault is what is wrong with the file, or "".
	fault string
	// sections are the names of those that some environments have for themselves.
	sections []string
	// pythons are short versions, in the order of the file.
	pythons []string
	// followed are the projects that factors of deps stand for.
	followed followed
}

// A dependency is a line of deps: a requirement or a requirements file, with one alternative of its condition.
type dependency struct {
	requirement pep508.Requirement
	file        string
	// factors are those that are no Python; pythons are those that are.
	factors, pythons []string
}

// requirements returns the requirement of a dependency, once for each of its Pythons.
func (d *dependency) requirements() []string {
	if len(d.pythons) == 0 {
		return []string{d.requirement.String()}
	}
	var all []string
	for _, version := range d.pythons {
		all = append(all, marked(d.requirement, version))
	}
	return all
}

// maximumDependencies is how many lines of deps are read, each alternative of a condition counted.
const maximumDependencies = 50_000

var (
	pythonFactor = regexp.MustCompile(`^(?:py|python)?([23])\.?([0-9]{1,2})(t?)$`)
	anyPython    = regexp.MustCompile(`^(?:py|pypy|cpython|jython|graalpy)[0-9.t]*$`)
)

// pythonOf returns the version that a factor of an environment stands for: `3.10` for py310 and for py3.10.
func pythonOf(factor string) (string, bool) {
	m := pythonFactor.FindStringSubmatch(factor)
	if m == nil || !strings.HasPrefix(factor, "py") && !strings.Contains(factor, ".") {
		return "", false
	}
	return m[1] + "." + m[2] + m[3], true
}

// readHandwritten reads a tox.ini. What is wrong with it is noted.
func readHandwritten(name string, data []byte) *handwritten {
	h := &handwritten{tests: map[string]string{}}
	if len(data) >= requirements.MaximumSize || requirements.CheckUTF8(name, string(data)) != nil {
		h.fault = name + " is too large or not UTF-8: it is not read"
		return h
	}
	file, faults := configparser.Parse(name, string(data))
	if len(faults) > 0 {
		h.fault = fmt.Sprintf("%s:%d: %s: what follows is read as far as possible", name, faults[0].Line, faults[0].Message)
	}
	reader := tox.NewReader(data)
	for _, environment := range reader.Names(withoutSemicolons(value(file.Section("tox"), "envlist", "env_list"))) {
		h.environment(environment)
	}
	h.takeSettings(file.Section("testenv"), reader)
	for _, s := range file.Sections {
		if strings.HasPrefix(s.Name, "testenv:") {
			h.sections = append(h.sections, "["+s.Name+"]")
		}
	}
	if len(h.deps)+len(h.other) > maximumDependencies {
		h.deps, h.other = nil, nil
		h.fault = fmt.Sprintf("%s: its deps have more than %d lines: they are not read", name, maximumDependencies)
	}
	if reader.Exceeded() {
		h.fault = name + ": its factors expand to far more than the size of the file: they are not read"
	}
	h.followed = followedBy(h.deps)
	return h
}

// value returns the value of the first option of a section that has one of some names, or "".
func value(section *configparser.Section, names ...string) string {
	for _, name := range names {
		if o := section.Option(name); o != nil {
			return o.Value()
		}
	}
	return ""
}

// takeSettings takes the settings of all environments. Each value is read once, since what a reader reads is bounded.
func (h *handwritten) takeSettings(section *configparser.Section, reader *tox.Reader) {
	if section == nil {
		return
	}
	for _, o := range section.Options {
		if !slices.Contains(understood, o.Name) {
			h.unread = append(h.unread, o.Name)
		}
	}
	for _, line := range reader.Lines(withoutSemicolons(value(section, "deps"))) {
		h.dependency(line)
	}
	for _, line := range reader.Lines(value(section, "commands")) {
		if len(line.Alternatives) == 0 {
			h.commands = append(h.commands, line.Content)
		}
		h.takeTests(line)
	}
	shared := func(names ...string) (contents []string) {
		conditional := false
		for _, line := range reader.Lines(value(section, names...)) {
			if len(line.Alternatives) == 0 {
				contents = append(contents, line.Content)
			} else {
				conditional = true
			}
		}
		if conditional {
			h.unread = append(h.unread, names[0]+" of some environments")
		}
		return contents
	}
	for _, content := range shared("passenv", "pass_env") {
		h.passEnv = append(h.passEnv, slices.DeleteFunc(names(content), func(word string) bool { return !variableName.MatchString(word) })...)
	}
	for _, content := range shared("setenv", "set_env") {
		key, text, found := strings.Cut(content, "=")
		if key = strings.TrimSpace(key); found && plainVariable.MatchString(key) && !strings.Contains(text, "{[") {
			h.setEnv = append(h.setEnv, Variable{key, strings.TrimSpace(text)})
		}
	}
	for _, content := range shared("extras") {
		h.extras = append(h.extras, names(content)...)
	}
	for _, content := range shared("dependency_groups") {
		h.groups = append(h.groups, names(content)...)
	}
}

// takeTests takes what pytest is run on for factors.
func (h *handwritten) takeTests(line tox.Conditional) {
	words, runsPytest := pytestWords(line.Content)
	if !runsPytest {
		return
	}
	var tests []string
	for _, word := range words {
		if !strings.HasPrefix(word, "-") || strings.HasPrefix(word, ignoring) {
			tests = append(tests, word)
		}
	}
	for _, alternative := range line.Alternatives {
		var d dependency
		base := ""
		if d.take(alternative) {
			base = pep508.NormalizeName(baseOf(d.factors))
		}
		if h.tests[base] == "" && base != "" {
			h.tests[base] = strings.Join(tests, " ")
		}
	}
}

// ignoring begins the option of pytest that leaves out a path.
const ignoring = "--ignore="

// pytestWords returns the words with which a command runs pytest, and whether it does.
func pytestWords(command string) (words []string, runsPytest bool) {
	words = strings.Fields(command)
	at := slices.IndexFunc(words, func(word string) bool { return word == "pytest" || word == "py.test" })
	return words[at+1:], at >= 0
}

// environment takes the name of an environment.
func (h *handwritten) environment(name string) {
	factors := strings.Split(name, "-")
	h.environments = append(h.environments, factors)
	for _, factor := range factors {
		if version, is := pythonOf(factor); is && !slices.Contains(h.pythons, version) {
			h.pythons = append(h.pythons, version)
		}
	}
}

// understood are the settings of environments that are read, and those that say nothing that a matrix needs.
var understood = []string{"deps", "commands", "passenv", "pass_env", "setenv", "set_env", "extras", "dependency_groups",
	"description", "usedevelop", "use_develop", "basepython", "base_python", "package", "skip_install", "ignore_errors", "parallel_show_output"}

// names returns the words of a list that commas or blanks separate.
func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

var (
	variableName  = regexp.MustCompile(`^[A-Za-z_*?][A-Za-z0-9_*?]*$`)
	plainVariable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// withoutSemicolons returns a value without the lines that are comments by their semicolon.
func withoutSemicolons(value string) string {
	lines := strings.Split(value, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), ";") }), "\n")
}

// itself matches a line of deps that installs the project, with its extras.
var itself = regexp.MustCompile(`^(?:(?:-e|--editable)[ =]*)?(?:\.|\{toxinidir\}|\{tox_root\})/?(?:\[([A-Za-z0-9._, -]*)\])?$`)

// dependency takes a line of deps.
func (h *handwritten) dependency(line tox.Conditional) {
	content := strings.TrimSpace(line.Content)
	if m := itself.FindStringSubmatch(content); m != nil && (len(line.Alternatives) == 0 || m[1] == "") {
		h.extras = append(h.extras, names(m[1])...)
		return
	}
	d, understood := parseDependency(content)
	if !understood {
		h.other = append(h.other, content)
		return
	}
	if len(line.Alternatives) == 0 {
		h.deps = append(h.deps, d)
	}
	for _, alternative := range line.Alternatives {
		one := d
		if one.take(alternative) {
			h.deps = append(h.deps, one)
		} else {
			h.other = append(h.other, content)
		}
	}
}

// parseDependency parses the content of a line of deps: a requirement of an index, or a requirements file below the folder.
func parseDependency(content string) (d dependency, understood bool) {
	file, is := strings.CutPrefix(content, "-r")
	if !is {
		parsed, err := pep508.ParseRequirement(content)
		d.requirement = parsed
		return d, err == nil && parsed.URL == ""
	}
	file = strings.TrimSpace(file)
	for _, root := range []string{"{toxinidir}", "{tox_root}"} {
		file = strings.TrimPrefix(file, root)
	}
	d.file = path.Clean(strings.TrimLeft(file, "/"))
	return d, config.Accepts("path", d.file) && !strings.ContainsAny(d.file, "{}")
}

// take takes the factors of a condition. It reports whether they are understood: one that an environment must not have, and one of
// another interpreter, are not.
func (d *dependency) take(factors []string) bool {
	for _, factor := range factors {
		switch version, is := pythonOf(factor); {
		case strings.HasPrefix(factor, "!"):
			return false
		case is:
			d.pythons = append(d.pythons, version)
		case anyPython.MatchString(factor):
			return false
		default:
			d.factors = append(d.factors, factor)
		}
	}
	return true
}
