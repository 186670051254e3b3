package tox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/templates"
)

// TemplateName is the file name of the template.
const TemplateName = "tox.ini.tmpl"

// A Content is the data that the template is executed with. Its texts are whole lines, with conditions in front.
type Content struct {
	// Mark is how the first line has to begin.
	Mark string
	// Config is the name of the configuration file. Tox is the command that runs tox on the rendered file.
	Config, Tox string
	// Root is the folder of the SDK, with tox's substitutions.
	Root string
	// Requires are the requirements that every environment has. SDK has the lines that install the SDK.
	Requires, SDK []string
	// Commands, SetEnv and PassEnv are those that all environments share. Commands also has those of suites that have
	// their own.
	Commands, SetEnv, PassEnv []string
	// PackageEnv are the variables of the environments in which tox builds the SDK. They are empty if no suite needs
	// such an environment or none of the shared variables concerns it.
	PackageEnv []string
	// DisallowEnv are the variables of the surroundings that do not pass, even if a tool lets them.
	DisallowEnv []string
	// Package has the lines that make tox package the SDK for some suites and not for the others.
	Package []string
	// BasePython has the interpreters of environments whose names do not include one.
	BasePython []string
	// Virtualenv has the releases of virtualenv for interpreters that newer releases do not support.
	Virtualenv []string
	// Suites are in the order of the matrix. Suites without environments are left out.
	Suites []Block
	// Rows are the labels that the rows of the workflows run.
	Rows []Label
}

// A Block has the lines that one suite adds to each key. Selected are the lines of its label, which has its name.
type Block struct {
	Name                                     string
	Environments, Requires, SetEnv, Selected []string
}

// A Label has the lines that say what a label selects, one for each suite.
type Label struct {
	Name  string
	Lines []Selection
}

// A Selection is the line of one suite in a label. Each line of a label but the last one ends with a comma and the
// backslash by which tox joins it with the next line.
type Selection struct{ Suite, Text string }

// Render executes the template of tox.ini, parses the result as tox does and compares every environment with what was
// intended. If they differ, the error has a line for each difference. An alias has the pins of its release, whatever the
// lock has for the alias. before is the file as it was, or nil. If the result has the same text, it is not parsed again: a File
// is a function of its text, and every environment is compared all the same. A context that ends interrupts the template.
func Render(ctx context.Context, c *config.Config, m *matrix.Matrix, l lock.Lock, before *File, source func(name string) (string, error)) ([]byte, error) {
	text, err := source(TemplateName)
	if err != nil {
		return nil, err
	}
	rendered, err := templates.NewBudget(ctx).Execute(templates.Template{Name: TemplateName, Text: text}, content(c, m, l))
	if err != nil {
		return nil, err
	}
	data := []byte(rendered)
	if !Owned(data) {
		return nil, fmt.Errorf("the first line does not begin with toxgen's mark `%s`: without it the file would be taken for a hand-written one", mark)
	}
	file := before
	if before == nil || !bytes.Equal(before.source, data) {
		if file, err = Parse(data); err != nil {
			return nil, err
		}
	}
	if err := verify(c, m, l, file); err != nil {
		return nil, err
	}
	return data, nil
}

// content returns the data for the template.
func content(c *config.Config, m *matrix.Matrix, l lock.Lock) Content {
	page := Content{Mark: mark, Config: c.File, Tox: command(c), Root: root(c), PassEnv: passEnv(c)}
	var skipping, own, packaged []string
	for _, suite := range m.Suites {
		if isPackaged(suite) {
			packaged = append(packaged, suite.Name)
			page.Package = append(page.Package, when(suite.Name, suite.Static.Package))
		}
		if skipsInstall(suite) {
			skipping = append(skipping, suite.Name)
		}
		if len(suite.Commands) > 0 {
			own = append(own, suite.Name)
			for _, command := range suite.Commands {
				page.Commands = append(page.Commands, when(suite.Name, command))
			}
		}
		if suite.Static != nil && suite.Static.Python != nil && len(suite.Picks) > 0 {
			page.BasePython = append(page.BasePython, when(suite.Name, "py"+suite.Static.Python.Short))
		}
		if len(suite.Picks) > 0 {
			page.Suites = append(page.Suites, block(suite, l))
		}
	}
	for _, r := range c.Testenv.Requires {
		page.Requires = append(page.Requires, when(outside(skipping, ""), r.Text))
	}
	for _, command := range c.Testenv.Commands {
		page.Commands = append(page.Commands, when(outside(own, ""), command))
	}
	page.Package = append(page.Package, when(outside(packaged, ""), "skip"))
	page.SDK = sdkLines(c, slices.Concat(skipping, packaged))
	for _, r := range c.Testenv.SetEnv {
		page.SetEnv = append(page.SetEnv, when(pythons(r.When), variable(r)))
	}
	page.SetEnv = append(page.SetEnv, buildVariables(c, l.Builds)...)
	page.SetEnv = append(page.SetEnv, indexVariables(c)...)
	page.DisallowEnv = disallowed(c)
	if len(packaged) > 0 {
		page.PackageEnv = indexVariables(c)
	}
	page.Virtualenv = virtualenvs(c)
	page.Rows = rows(m)
	return page
}

// sdkLines returns the lines that install the SDK, as editable where that works.
func sdkLines(c *config.Config, skipping []string) []string {
	var not []string
	for _, p := range c.Interpreters() {
		if !editable(c, p) {
			not = append(not, p.Factor())
		}
	}
	lines := []string{when(outside(skipping, noneOf(not)), sdk(c, true))}
	if len(not) > 0 {
		lines = append(lines, when(outside(skipping, anyOf(not)), sdk(c, false)))
	}
	return lines
}

// variable returns the line of set_env for a rule, without its condition.
func variable(r config.EnvRule) string { return r.Name + " = " + r.Value }

// indexVariables returns the lines of set_env that name the declared index.
func indexVariables(c *config.Config) []string {
	var lines []string
	for _, v := range c.IndexVariables() {
		lines = append(lines, strings.TrimSpace(v.Key+" = "+v.Value))
	}
	return lines
}

// pythons returns the condition for the interpreters that a rule names. It is empty if the rule names no interpreters.
func pythons(w config.When) string {
	if len(w.Pythons) == 0 {
		return ""
	}
	factors := make([]string, len(w.Pythons))
	for i, p := range w.Pythons {
		factors[i] = "py" + p.Short
	}
	return anyOf(factors)
}

// block returns the lines of one suite.
func block(suite *matrix.Suite, l lock.Lock) Block {
	names, aliases := environments(suite)
	b := Block{Name: suite.Name, Environments: slices.Concat(names, aliases), Selected: continued(names)}
	for _, pick := range suite.Picks {
		if !pick.IsStatic() {
			only := picked(suite, func(p matrix.Pick) bool { return p.Version == pick.Version })
			b.Requires = append(b.Requires, when(only, release(suite, pick)))
		}
	}
	for _, rule := range suite.Rules {
		if condition, applies := ruleCondition(suite, rule.When); applies {
			for _, r := range rule.Add {
				b.Requires = append(b.Requires, when(condition, r.Text))
			}
		}
	}
	b.Requires = append(b.Requires, pinLines(suite, l.Environments)...)
	if suite.TestPath != "" {
		b.SetEnv = append(b.SetEnv, when(suite.Name, config.TestPathVariable+" = "+suite.TestPath))
	}
	for _, rule := range suite.SetEnv {
		if condition, applies := ruleCondition(suite, rule.When); applies {
			b.SetEnv = append(b.SetEnv, when(condition, variable(rule)))
		}
	}
	b.SetEnv = append(b.SetEnv, unconstrained(suite, l)...)
	return b
}

// ruleCondition returns the condition for the environments that a rule of a suite applies to. applies is false if it
// applies to no environment.
func ruleCondition(suite *matrix.Suite, w config.When) (condition string, applies bool) {
	meant := func(p matrix.Pick) bool { return w.MatchesRelease(p.Release()) }
	if !slices.ContainsFunc(suite.Picks, meant) {
		return "", false
	}
	return join(pythons(w), picked(suite, meant)), true
}

// environments returns the suite's lines of env_list: one for each release, and that of the alias.
func environments(suite *matrix.Suite) (lines, aliases []string) {
	if suite.Static != nil && suite.Static.Python != nil {
		return []string{suite.Name}, nil
	}
	for _, pick := range suite.Picks {
		name := join(anyOf(factorsOf(pick.Pythons)), suite.Name)
		if pick.IsStatic() {
			lines = append(lines, name)
			continue
		}
		lines = append(lines, name+"-v"+pick.Version.String())
		if pick.NewestStable {
			aliases = append(aliases, name+"-"+matrix.Latest)
		}
	}
	return lines, aliases
}

// rows returns the labels of the rows of all groups.
func rows(m *matrix.Matrix) []Label {
	var all []Label
	for _, group := range m.Groups {
		for _, row := range group.Rows {
			if label := group.ParallelLabel(row); label != "" {
				all = append(all, rowLabel(label, row.Parallel))
			}
			if label := group.SerialLabel(row); label != "" {
				all = append(all, rowLabel(label, row.Serial))
			}
		}
	}
	return all
}

// rowLabel returns the label of some environments of a row, which are in the order of their suites.
func rowLabel(name string, environments []matrix.Environment) Label {
	label := Label{Name: name}
	var texts []string
	for of := range chunks(environments) {
		label.Lines = append(label.Lines, Selection{Suite: of[0].Suite.Name})
		texts = append(texts, strings.Join(namesOf(of), ", "))
	}
	for i, text := range continued(texts) {
		label.Lines[i].Text = text
	}
	return label
}

// chunks yields the environments of each suite.
func chunks(environments []matrix.Environment) iter.Seq[[]matrix.Environment] {
	return func(yield func([]matrix.Environment) bool) {
		for len(environments) > 0 {
			suite := environments[0].Suite
			end := slices.IndexFunc(environments, func(e matrix.Environment) bool { return e.Suite != suite })
			if end < 0 {
				end = len(environments)
			}
			if !yield(environments[:end]) {
				return
			}
			environments = environments[end:]
		}
	}
}

// continued returns parts of a list as lines that tox joins again.
func continued(parts []string) []string {
	lines := slices.Clone(parts)
	for i := range len(lines) - 1 {
		lines[i] += ", \\"
	}
	return lines
}

// virtualenvLimits has, for each old interpreter, the first release of virtualenv that no longer supports it
// (https://virtualenv.pypa.io/en/latest/changelog.html).
var virtualenvLimits = []struct {
	minor int
	below string
}{{6, "20.22"}, {7, "20.27"}}

// virtualenvs returns the requirements of virtualenv for the declared interpreters that need an old one.
func virtualenvs(c *config.Config) []string {
	var lines []string
	for _, old := range virtualenvLimits {
		for _, p := range c.Interpreters() {
			if p.Major == 3 && p.Minor == old.minor {
				lines = append(lines, when(p.Factor(), "virtualenv<"+old.below))
			}
		}
	}
	return lines
}

// maximumFaults is the maximum number of differences that an error lists.
const maximumFaults = 5

// verify returns an error if a parsed rendering differs from what was intended.
func verify(c *config.Config, m *matrix.Matrix, l lock.Lock, file *File) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, name := range file.sections {
		if strings.HasPrefix(name, "testenv:") {
			fault("section [%s] would override [testenv]", name)
		}
	}
	wanted := m.Environments()
	names := namesOf(wanted)
	if got := file.Environments(); !sameSet(got, names) {
		fault("env_list differs from the selected environments: %s", difference(got, names))
	}
	for _, e := range wanted {
		if len(faults) > maximumFaults {
			break // a large file with a fault in every environment is not read to its end
		}
		compare := func(key string, got, want []string) {
			if !slices.Equal(got, want) {
				fault("environment %s: tox would read different %s: %s", e.Name(), key, difference(got, want))
			}
		}
		compare("deps", file.Lines("deps", e.Name()), dependencies(c, e, l.Environments[e.Release().Name()]))
		compare("commands", file.Lines("commands", e.Name()), unescaped(commands(c, e.Suite)))
		compare("package", file.Lines("package", e.Name()), []string{packaging(e.Suite)})
		for _, f := range environmentFaults(file.Variables(e.Name()), variables(c, e, contradictsBuild(e, l), len(l.Builds) > 0),
			file.Lines("disallow_pass_env", e.Name()), disallowed(c)) {
			fault("environment %s: %s", e.Name(), f)
		}
	}
	for _, f := range labelFaults(file.Labels(), labels(m)) {
		fault("%s", f)
	}
	if slices.ContainsFunc(m.Suites, isPackaged) {
		set := map[string]string{}
		for _, v := range c.IndexVariables() {
			set[v.Key] = v.Value
		}
		for _, f := range environmentFaults(file.PackageVariables(), set, file.PackageLines("disallow_pass_env"), disallowed(c)) {
			fault("section [pkgenv]: %s", f)
		}
	}
	if len(faults) > maximumFaults {
		faults = append(faults[:maximumFaults], errors.New("and more"))
	}
	return errors.Join(faults...)
}

// labelFaults returns what is wrong with the environments that labels select.
func labelFaults(got, want map[string][]string) (faults []string) {
	if lines := got[""]; len(lines) > 0 {
		faults = append(faults, fmt.Sprintf("tox would not read the labels because of the line %q", lines[0]))
	}
	for _, label := range slices.Sorted(maps.Keys(want)) {
		if !sameSet(got[label], want[label]) {
			faults = append(faults, fmt.Sprintf("tox would select different environments by the label %s: %s", label, difference(got[label], want[label])))
		}
	}
	for _, label := range slices.Sorted(maps.Keys(got)) {
		if _, meant := want[label]; !meant && label != "" {
			faults = append(faults, fmt.Sprintf("the label %s is unexpected", label))
		}
	}
	return faults
}

// environmentFaults returns what is wrong with the variables that tox would set, and with those that it would not let pass.
// A template may have more of both.
func environmentFaults(got, want map[string]string, kept, keep []string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value := strings.ReplaceAll(want[name], `\#`, "#")
		if set, found := got[name]; !found || set != value {
			faults = append(faults, fmt.Sprintf("tox would set %s to %q, not %q", name, set, value))
		}
	}
	for _, name := range keep {
		if !slices.Contains(kept, name) {
			faults = append(faults, fmt.Sprintf("tox would let %s pass from outside", name))
		}
	}
	return faults
}

// namesOf returns the names of environments.
func namesOf(environments []matrix.Environment) []string {
	names := make([]string, len(environments))
	for i, e := range environments {
		names[i] = e.Name()
	}
	return names
}

// unescaped returns texts of the configuration as tox reads them: in both, `\#` stands for a `#` that does not start a
// comment.
func unescaped(texts []string) []string {
	plain := slices.Clone(texts)
	for i := range plain {
		plain[i] = strings.ReplaceAll(plain[i], `\#`, "#")
	}
	return plain
}

// sameSet reports whether two lists have the same elements in any order.
func sameSet(a, b []string) bool { return slices.Equal(sorted(a), sorted(b)) }

// sorted returns a sorted copy of a list.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// difference describes the first difference between two lists that are not equal.
func difference(got, want []string) string {
	for _, text := range want {
		if !slices.Contains(got, text) {
			return fmt.Sprintf("%q is missing", text)
		}
	}
	for _, text := range got {
		if !slices.Contains(want, text) {
			return fmt.Sprintf("%q is unexpected", text)
		}
	}
	return "the order or the number of repetitions"
}
