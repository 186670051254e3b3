package initialize

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/configparser"
	"toxgen/internal/finding"
	"toxgen/internal/pep508"
	"toxgen/internal/requirements"
	"toxgen/internal/tox"
)

// A handwritten is a tox.ini that a person wrote, as far as it is understood.
type handwritten struct {
	environments []string
	deps         []dependency
	// other are lines of deps that are not understood.
	other             []string
	commands          []string
	passEnv           []string
	setEnv            []Variable
	fault             string
	pythons           []string // short versions, in the order of the file
	projectOfFactor   map[string]string
	specifierOfFactor map[string]string
}

// A dependency is a line of deps: a requirement or a requirements file, with one alternative of its condition.
type dependency struct {
	requirement pep508.Requirement
	file        string
	// factors are those that are no Python; pythons are those that are.
	factors, pythons []string
}

var (
	pythonFactor  = regexp.MustCompile(`^(?:py|python)?([23])\.?([0-9]{1,2})(t?)$`)
	anyPython     = regexp.MustCompile(`^(?:py|pypy|cpython|jython|graalpy)[0-9.t]*$`)
	versionEnd    = regexp.MustCompile(`[-_]?v?[0-9][0-9._]*$`)
	releaseFactor = regexp.MustCompile(`^v?[0-9][0-9.]*$|^(?:latest|newest|oldest|lowest|main|master)$`)
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
	h := &handwritten{projectOfFactor: map[string]string{}, specifierOfFactor: map[string]string{}}
	if len(data) >= requirements.MaximumSize || requirements.CheckUTF8(name, string(data)) != nil {
		h.fault = name + " is too large or not UTF-8: it is not read"
		return h
	}
	file, faults := configparser.Parse(name, string(data))
	if len(faults) > 0 {
		h.fault = fmt.Sprintf("%s:%d: %s: what follows is read as far as possible", name, faults[0].Line, faults[0].Message)
	}
	reader := tox.NewReader(data)
	value := func(section string, keys ...string) string {
		for _, key := range keys {
			if o := file.Section(section).Option(key); o != nil {
				return o.Value()
			}
		}
		return ""
	}
	for _, text := range reader.Names(withoutSemicolons(value("tox", "envlist", "env_list"))) {
		h.environments = append(h.environments, text)
		for factor := range strings.SplitSeq(text, "-") {
			if version, is := pythonOf(factor); is && !slices.Contains(h.pythons, version) {
				h.pythons = append(h.pythons, version)
			}
		}
	}
	for _, line := range reader.Lines(withoutSemicolons(value("testenv", "deps"))) {
		h.dependency(line)
	}
	for _, line := range reader.Lines(value("testenv", "commands")) {
		if len(line.Alternatives) == 0 {
			h.commands = append(h.commands, line.Content)
		}
	}
	for _, line := range reader.Lines(value("testenv", "passenv", "pass_env")) {
		for _, word := range strings.FieldsFunc(line.Content, func(r rune) bool { return r == ',' || r == ' ' }) {
			if len(line.Alternatives) == 0 && variableName.MatchString(word) {
				h.passEnv = append(h.passEnv, word)
			}
		}
	}
	for _, line := range reader.Lines(value("testenv", "setenv", "set_env")) {
		key, text, found := strings.Cut(line.Content, "=")
		if key = strings.TrimSpace(key); found && len(line.Alternatives) == 0 && plainVariable.MatchString(key) && !strings.Contains(text, "{[") {
			h.setEnv = append(h.setEnv, Variable{key, strings.TrimSpace(text)})
		}
	}
	if reader.Exceeded() {
		h.fault = name + ": its factors expand to far more than the size of the file: they are not read"
	}
	h.factorProjects()
	return h
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

// dependency takes a line of deps.
func (h *handwritten) dependency(line tox.Conditional) {
	d := dependency{}
	content := strings.TrimSpace(line.Content)
	if file, is := strings.CutPrefix(content, "-r"); is {
		for _, root := range []string{"{toxinidir}", "{tox_root}"} {
			file = strings.TrimPrefix(strings.TrimSpace(file), root)
		}
		d.file = path.Clean(strings.TrimLeft(strings.TrimSpace(file), "/"))
		if strings.ContainsAny(d.file, "{}") || strings.HasPrefix(d.file, "..") {
			h.other = append(h.other, content)
			return
		}
	} else {
		parsed, err := pep508.ParseRequirement(content)
		if err != nil || parsed.URL != "" {
			h.other = append(h.other, content)
			return
		}
		d.requirement = parsed
	}
	if len(line.Alternatives) == 0 {
		h.deps = append(h.deps, d)
	}
	for _, alternative := range line.Alternatives {
		one := d
		negated := false
		for _, factor := range alternative {
			switch version, is := pythonOf(factor); {
			case strings.HasPrefix(factor, "!"):
				negated = true
			case is:
				one.pythons = append(one.pythons, version)
			case anyPython.MatchString(factor):
				negated = true // another interpreter
			default:
				one.factors = append(one.factors, factor)
			}
		}
		if negated {
			h.other = append(h.other, content)
			continue
		}
		h.deps = append(h.deps, one)
	}
}

// factorProjects finds the factors that stand for releases of a project: `django32` if `Django>=3.2,<3.3` is its requirement.
func (h *handwritten) factorProjects() {
	for _, d := range h.deps {
		if d.file != "" || len(d.factors) == 0 {
			continue
		}
		base := baseFactor(d.factors)
		if base == "" || !related(base, d.requirement.Key()) {
			continue
		}
		if _, known := h.projectOfFactor[base]; !known {
			h.projectOfFactor[base] = d.requirement.Key()
		}
		if h.projectOfFactor[base] == d.requirement.Key() && !d.requirement.Specifiers.IsEmpty() {
			h.specifierOfFactor[strings.Join(d.factors, "-")] = d.requirement.Specifiers.String()
		}
	}
}

// baseFactor returns the name that factors stand for without what is a release: `django` for django32, flask for flask-v1.
func baseFactor(factors []string) string {
	for _, factor := range factors {
		if !releaseFactor.MatchString(factor) {
			return pep508.NormalizeName(versionEnd.ReplaceAllString(factor, ""))
		}
	}
	return ""
}

// related reports whether a word names a project: it is its name, or its first or last part.
func related(word, key string) bool {
	return word != "" && (word == strings.TrimRight(key, "0123456789") || word == key || key == "py"+word || strings.HasPrefix(key, word+"-") || strings.HasSuffix(key, "-"+word))
}

// requirementsOf returns what a requirements file requires.
func requirementsOf(files Files, name string) ([]pep508.Requirement, finding.List) {
	read, faults := requirements.Read(files, name)
	var list []pep508.Requirement
	for _, q := range read.Requires {
		list = append(list, q.Requirement)
	}
	return list, faults
}
