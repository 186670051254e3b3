package tox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/python"
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
	// CommandsPre, Commands and CommandsPost are those that all environments share, and those of suites that have their own.
	// Externals are the programs outside the environment that they may run.
	CommandsPre, Commands, CommandsPost, Externals []string
	// SetEnv and PassEnv are those that all environments share.
	SetEnv, PassEnv []string
	// Packaged reports whether tox builds the SDK for some suite. PackageEnv are the variables of the environments in which
	// it does, and Extras the extras with which the result is installed.
	Packaged           bool
	PackageEnv, Extras []string
	// DisallowEnv are the variables of the surroundings that do not pass, even if a tool lets them.
	DisallowEnv []string
	// Package has the lines of `package`: how tox packages the SDK for which suites.
	Package []string
	// BasePython has the interpreters of environments whose names do not include one.
	BasePython []string
	// Virtualenv has the releases of virtualenv for interpreters that newer releases do not support, PackageVirtualenv those
	// for the environments in which tox builds the SDK.
	Virtualenv, PackageVirtualenv []string
	// Suites are in the order of the matrix. Suites without environments are left out.
	Suites []Block
	// Variants are the labels of suites with variants, which select all of these. Rows are those that the rows of the
	// workflows run.
	Variants, Rows []Label
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
// custom is what people wrote, which the result has at its end; what is wrong with it are [Faults].
func Render(ctx context.Context, c *config.Config, m *matrix.Matrix, l lock.Lock, before *File, custom Custom, source func(name string) (string, error)) ([]byte, error) {
	text, err := source(TemplateName)
	if err != nil {
		return nil, err
	}
	rendered, err := templates.NewBudget(ctx).Execute(templates.Template{Name: TemplateName, Text: text}, content(c, m, l))
	if err != nil {
		return nil, err
	}
	if !Owned([]byte(rendered)) {
		return nil, fmt.Errorf("the first line does not begin with toxgen's mark `%s`: without it the file would be taken for a hand-written one", mark.By(c.Program()))
	}
	data := withPlatforms(c, rendered)
	if marks := findCustom(data); marks.line > 0 || len(marks.faults) > 0 {
		return nil, errors.New("a line begins with `# toxgen:`, as the marks around the sections that people write")
	}
	data = custom.after(data)
	file := before
	if before == nil || !bytes.Equal(before.source, data) {
		if file, err = Parse(data); err != nil {
			return nil, err
		}
	}
	if err := verify(c, m, l, file); err != nil {
		return nil, err
	}
	if faults := custom.check(m, file); len(faults) > 0 {
		return nil, faults
	}
	return data, nil
}

// content returns the data for the template.
func content(c *config.Config, m *matrix.Matrix, l lock.Lock) Content {
	page := Content{Mark: mark.By(c.Program()), Config: c.File, Tox: command(c), Root: root(c), PassEnv: passEnv(c), Packaged: anyPackaged(c, m)}
	var skipping []string
	for _, suite := range m.Suites {
		if skipsInstall(suite) {
			skipping = append(skipping, suite.Name)
		}
		if isSingle(suite) && len(suite.Picks) > 0 {
			page.BasePython = append(page.BasePython, when(suite.Name, "py"+suite.Static.Python.Short))
		}
		if len(suite.Picks) > 0 {
			page.Suites = append(page.Suites, block(c, m, suite, l))
		}
	}
	for _, r := range c.Testenv.Requires {
		page.Requires = append(page.Requires, outside(m, skipping)("", r.Text)...)
	}
	page.Package = packageLines(c, m)
	if !hasInstalls(m) {
		page.SDK = sdkLines(c, m)
	}
	page.CommandsPre, page.Commands, page.CommandsPost = commandsPre.lines(c, m), commands.lines(c, m), commandsPost.lines(c, m)
	page.Externals = externalLines(c, m)
	for _, r := range c.Testenv.SetEnv {
		page.SetEnv = append(page.SetEnv, when(onPythons(m, pythons(r.When), r.When.MatchesPython), variable(r)))
	}
	if c.Sourced {
		page.SetEnv = append(page.SetEnv, uvNoSources+" = 1")
	}
	page.SetEnv = append(page.SetEnv, buildVariables(c, m, l.Builds)...)
	page.SetEnv = append(page.SetEnv, indexVariables(c)...)
	page.DisallowEnv = disallowed(c)
	var virtualenv []string
	page.Virtualenv, virtualenv = virtualenvs(c, m)
	if page.Packaged {
		page.PackageEnv = slices.Concat(packageBuildVariables(l.Builds), indexVariables(c))
		page.Extras, page.PackageVirtualenv = extraLines(c, m), virtualenv
	}
	page.Variants, page.Rows = bases(m), rows(m)
	return page
}

// hasInstalls reports whether a suite says what it installs. The SDK then stands in the blocks of the suites that install it: a
// line for all others would name most suites.
func hasInstalls(m *matrix.Matrix) bool {
	return slices.ContainsFunc(m.Suites, func(s *matrix.Suite) bool { return s.Install.Stated })
}

// externalLines returns the lines of allowlist_externals.
func externalLines(c *config.Config, m *matrix.Matrix) []string {
	lines := slices.Clone(c.Testenv.AllowlistExternals)
	for _, suite := range m.Suites {
		for _, program := range suite.Around.AllowlistExternals {
			lines = append(lines, when(suite.Name, program))
		}
	}
	return lines
}

// lines returns the lines of a key: those of suites that have their own, and the shared ones for the others.
func (k *commandKey) lines(c *config.Config, m *matrix.Matrix) []string {
	var lines, others []string
	for _, suite := range m.Suites {
		own := k.own(suite)
		if own == nil {
			continue
		}
		others = append(others, suite.Name)
		for _, command := range *own {
			lines = append(lines, when(suite.Name, command))
		}
	}
	for _, command := range k.shared(&c.Testenv) {
		lines = append(lines, outside(m, others)("", command)...)
	}
	return lines
}

// isSingle reports whether a suite has a single environment, whose name is that of the suite and has no Python.
func isSingle(suite *matrix.Suite) bool { return suite.Static != nil && suite.Static.Python != nil }

// extraLines returns the lines of `extras`.
func extraLines(c *config.Config, m *matrix.Matrix) []string {
	var lines []string
	for _, extra := range c.Testenv.Extras {
		lines = append(lines, extra.Text)
	}
	for _, suite := range m.Suites {
		if isPackaged(c, suite) {
			for _, extra := range suite.Uses.Extras {
				lines = append(lines, when(suite.Name, extra.Text))
			}
		}
	}
	return lines
}

// packageLines returns the lines of `package`: those of suites that have their own way, and those of the others.
func packageLines(c *config.Config, m *matrix.Matrix) []string {
	usual := cmp.Or(c.Testenv.Package, "skip")
	var lines, others []string
	add := func(kind string, limited limit) {
		if kind == "editable" {
			lines = append(lines, byEditable(c, limited, kind, "wheel")...)
		} else {
			lines = append(lines, limited("", kind)...)
		}
	}
	for _, suite := range m.Suites {
		kind := packageOf(c, suite)
		if isSingle(suite) {
			kind = packaging(c, suite, suite.Static.Python.Short)
			if kind != usual {
				lines, others = append(lines, when(suite.Name, kind)), append(others, suite.Name)
			}
		} else if kind != usual {
			add(kind, ofSuite(suite))
			others = append(others, suite.Name)
		}
	}
	add(usual, outside(m, others))
	return lines
}

// sdkLines returns the lines that install the SDK with everything else, as editable where that works.
func sdkLines(c *config.Config, m *matrix.Matrix) []string {
	var lines, skipping, others []string
	usual := cmp.Or(c.Testenv.Package, "skip") == "skip"
	add := func(limited limit) {
		lines = append(lines, byEditable(c, limited, sdk(c, true), sdk(c, false))...)
	}
	for _, suite := range m.Suites {
		switch {
		case skipsInstall(suite):
			skipping = append(skipping, suite.Name)
		case isPackaged(c, suite):
			others = append(others, suite.Name)
		case isSingle(suite):
			if is := editable(c, suite.Static.Python.Short); !is || !usual {
				lines, others = append(lines, when(suite.Name, sdk(c, is))), append(others, suite.Name)
			}
		case !usual:
			add(ofSuite(suite))
		}
	}
	if usual {
		add(outside(m, slices.Concat(skipping, others)))
	}
	return lines
}

// byEditable returns a line for the Pythons on which the SDK is installed as editable, and one for the others.
func byEditable(c *config.Config, limited limit, line, other string) []string {
	var not []string
	for _, p := range c.Interpreters() {
		if !editable(c, p.Short()) {
			not = append(not, p.Factor())
		}
	}
	lines := limited(noneOf(not), line)
	if len(not) > 0 {
		lines = append(lines, limited(anyOf(not), other)...)
	}
	return lines
}

// uvNoSources is the variable that makes uv ignore [tool.uv.sources], by which it would install something else than what is
// pinned.
const uvNoSources = "UV_NO_SOURCES"

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

// onPythons returns the condition for the environments of some Pythons in all suites: those with their factors, for which
// there is a condition already, and those whose names have no Python. has takes a Python such as 3.14t.
func onPythons(m *matrix.Matrix, factors string, has func(short string) bool) string {
	if factors == "" {
		return ""
	}
	for _, suite := range m.Suites {
		if isSingle(suite) && has(suite.Static.Python.Short) {
			factors += ", " + suite.Name
		}
	}
	return factors
}

// block returns the lines of one suite.
func block(c *config.Config, m *matrix.Matrix, suite *matrix.Suite, l lock.Lock) Block {
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
	b.Requires = append(b.Requires, checkoutLines(c, suite, l.Checkouts)...)
	if hasInstalls(m) && installsSDK(c, suite) {
		every := func(matrix.Environment) bool { return true }
		b.Requires = append(b.Requires, installLines(c, suite, every, func(editable bool) string { return sdk(c, editable) })...)
	}
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
	if isSingle(suite) {
		return suite.Name, w.MatchesPython(suite.Static.Python.Short)
	}
	return join(pythons(w), picked(suite, meant)), true
}

// environments returns the suite's lines of env_list: one for each release, and that of the alias.
func environments(suite *matrix.Suite) (lines, aliases []string) {
	if isSingle(suite) {
		return []string{suite.Name}, nil
	}
	for _, pick := range suite.Picks {
		name := join(anyOf(factorsOf(pick.Pythons)), suite.Name)
		if pick.IsStatic() {
			lines = append(lines, name)
			continue
		}
		lines = append(lines, name+"-v"+pick.Version.String())
		if pick.NewestStable && !suite.Lowest {
			aliases = append(aliases, name+"-"+matrix.Latest)
		}
	}
	return lines, aliases
}

// bases returns the labels of suites with variants.
func bases(m *matrix.Matrix) []Label {
	var all []Label
	for _, suite := range m.Suites {
		if suite.Base == "" || suite.Lowest || len(suite.Picks) == 0 {
			continue
		}
		last := len(all) - 1
		if last < 0 || all[last].Name != suite.Base {
			all, last = append(all, Label{Name: suite.Base}), last+1
		} else {
			all[last].Lines[len(all[last].Lines)-1].Text += separator
		}
		names, _ := environments(suite)
		all[last].Lines = append(all[last].Lines, Selection{suite.Name, strings.Join(names, ", ")})
	}
	return all
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

// separator follows each part of a list but the last. tox joins the next line because of the backslash.
const separator = ", \\"

// rowLabel returns the label of some environments of a row, which are in the order of their suites.
func rowLabel(name string, environments []matrix.Environment) Label {
	label := Label{Name: name}
	for _, e := range environments {
		last := len(label.Lines) - 1
		switch {
		case last >= 0 && label.Lines[last].Suite == e.Suite.Name:
			label.Lines[last].Text += ", " + e.Name()
			continue
		case last >= 0:
			label.Lines[last].Text += separator
		}
		label.Lines = append(label.Lines, Selection{e.Suite.Name, e.Name()})
	}
	return label
}

// continued returns parts of a list as lines that tox joins again.
func continued(parts []string) []string {
	lines := slices.Clone(parts)
	for i := range len(lines) - 1 {
		lines[i] += separator
	}
	return lines
}

// virtualenvLimits has, for each old interpreter, the first release of virtualenv that no longer supports it
// (https://virtualenv.pypa.io/en/latest/changelog.html).
var virtualenvLimits = []struct {
	minor int
	below string
}{{6, "20.22"}, {7, "20.27"}}

// virtualenvFor returns the requirement of virtualenv for an interpreter that needs an old one, or "".
func virtualenvFor(p python.Version) string {
	for _, old := range virtualenvLimits {
		if p.Major == 3 && p.Minor == old.minor {
			return "virtualenv<" + old.below
		}
	}
	return ""
}

// virtualenvs returns the requirements of virtualenv for the declared interpreters that need an old one: those of
// environments, and those of the environments in which tox builds the SDK for them.
func virtualenvs(c *config.Config, m *matrix.Matrix) (own, packages []string) {
	for _, p := range c.Interpreters() {
		if requirement := virtualenvFor(p); requirement != "" {
			own = append(own, when(onPythons(m, p.Factor(), func(short string) bool { return short == p.Short() }), requirement))
			packages = append(packages, when(packageFactor(p), requirement))
		}
	}
	return own, packages
}

// packageFactor returns the last factor of the environment in which tox builds a wheel for an interpreter: that of 3.7 is
// `.pkg-cpython37`.
func packageFactor(p python.Version) string {
	return fmt.Sprintf("cpython%d%d", p.Major, p.Minor)
}
