package tox

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep508"
)

// The functions below return what is intended for an environment: they use the configuration and the matrix directly,
// without factors. A rendering is compared with their results.

// dependencies returns the lines of deps of an environment: the pins are sorted, and the checkouts and the SDK come last.
func dependencies(c *config.Config, e matrix.Environment, pins lock.Pins, checkouts []string) []string {
	var lines []string
	if !skipsInstall(e.Suite) {
		for _, r := range c.Testenv.Requires {
			lines = append(lines, r.Text)
		}
	}
	if !e.Pick.IsStatic() {
		lines = append(lines, release(e.Suite, e.Pick))
	}
	for _, r := range e.Requires() {
		lines = append(lines, r.Text)
	}
	for _, project := range slices.Sorted(maps.Keys(pins)) {
		if e.Suite.Config == nil || project != e.Suite.Config.Package.Key {
			lines = append(lines, project+"=="+pins[project].String())
		}
	}
	for _, name := range checkouts {
		lines = append(lines, checkout(c, e.Suite, name, editable(c, e.Python.Short())))
	}
	if installsSDK(c, e.Suite) {
		lines = append(lines, sdk(c, editable(c, e.Python.Short())))
	}
	return lines
}

// installsSDK reports whether the environments of a suite install the SDK by a line of deps that they share.
func installsSDK(c *config.Config, suite *matrix.Suite) bool {
	return !skipsInstall(suite) && !isPackaged(c, suite) && !suite.Install.Stated
}

// release returns the requirement for a pick, such as `gql[all]==3.4.1`.
func release(suite *matrix.Suite, pick matrix.Pick) string {
	return suite.Config.Package.String() + "==" + pick.Version.String()
}

// skipsInstall reports whether a suite installs neither the SDK nor the requirements that every environment has.
func skipsInstall(suite *matrix.Suite) bool { return suite.Static != nil && suite.Static.SkipInstall }

// isPackaged reports whether tox builds the SDK for a suite and installs the result.
func isPackaged(c *config.Config, suite *matrix.Suite) bool { return packageOf(c, suite) != "skip" }

// anyPackaged reports whether tox builds the SDK for some suite.
func anyPackaged(c *config.Config, m *matrix.Matrix) bool {
	return slices.ContainsFunc(m.Suites, func(s *matrix.Suite) bool { return isPackaged(c, s) })
}

// packageOf returns how tox packages the SDK for a suite, or "skip" if it does not.
func packageOf(c *config.Config, suite *matrix.Suite) string {
	switch {
	case skipsInstall(suite), suite.Install.Stated:
		return "skip"
	case suite.Static != nil:
		return cmp.Or(suite.Static.Package, c.Testenv.Package, "skip")
	default:
		return cmp.Or(c.Testenv.Package, "skip")
	}
}

// packaging returns the value of tox's `package` for a suite on a Python, such as 3.14t. Where the SDK is not installed as
// editable, it is a wheel.
func packaging(c *config.Config, suite *matrix.Suite, short string) string {
	kind := packageOf(c, suite)
	if kind == "editable" && !editable(c, short) {
		return "wheel"
	}
	return kind
}

// extras returns the extras of the SDK with which tox installs the package that it builds. Where it builds none, it ignores
// them.
func extras(c *config.Config, suite *matrix.Suite) []string {
	names := slices.Clone(c.Testenv.Extras)
	if isPackaged(c, suite) {
		names = append(names, suite.Uses.Extras...)
	}
	var texts []string
	for _, name := range names {
		texts = append(texts, name.Text)
	}
	return texts
}

// root returns the folder of the SDK, with tox's substitutions.
func root(c *config.Config) string {
	folder := "{tox_root}"
	if c.Project.Source != nil {
		folder += "/" + c.Project.Source.Path
	}
	return "{env:SDK_ROOT:" + folder + "}"
}

// sdk returns the line of deps that installs the SDK.
func sdk(c *config.Config, editable bool) string { return installed(root(c), editable) }

// installed returns the line of deps that installs a folder.
func installed(folder string, editable bool) string {
	if editable {
		return "-e " + folder
	}
	return folder
}

// checkout returns the line of deps that installs the checkout with a normalised name, with the extras that the suite names.
func checkout(c *config.Config, suite *matrix.Suite, name string, editable bool) string {
	folder := root(c)
	for i := range c.Packages {
		if p := &c.Packages[i]; pep508.NormalizeName(p.Name.Text) == name {
			if p.Repository != "" {
				folder = "{tox_root}"
			}
			folder += "/" + p.Root()
		}
	}
	var extras []string
	for i := range suite.Install.Packages {
		if r := c.Installation(&suite.Install.Packages[i]); r.Key() == name {
			extras = append(extras, r.Extras...)
		}
	}
	if len(extras) > 0 {
		folder += "[" + strings.Join(extras, ",") + "]"
	}
	return installed(folder, editable)
}

// editable reports whether the SDK is installed as editable on a Python, such as 3.14t.
func editable(c *config.Config, short string) bool {
	return !slices.ContainsFunc(c.Testenv.NotEditable, func(i config.Interpreter) bool { return i.Short == short })
}

// variables returns the environment variables of an environment. The last rule for a name wins. builds reports whether
// there are build constraints, contradicted whether the environment's pins contradict them.
func variables(c *config.Config, e matrix.Environment, contradicted, builds bool) map[string]string {
	values := map[string]string{}
	set := func(rules []config.EnvRule) {
		for _, r := range rules {
			if r.When.Matches(e.Pick.Release(), e.Python.Short()) {
				values[r.Name] = r.Value
			}
		}
	}
	set(c.Testenv.SetEnv)
	if e.Suite.TestPath != "" {
		values[config.TestPathVariable] = e.Suite.TestPath
	}
	set(e.Suite.SetEnv)
	for _, v := range c.IndexVariables() {
		values[v.Key] = v.Value
	}
	if c.Sourced {
		values[uvNoSources] = "1"
	}
	if builds {
		values[uvBuildConstraint], values[pipBuildConstraint] = buildConstraints, buildConstraints
		if oldPip(e.Python) {
			values[pipConstraint] = buildConstraints
		}
		if contradicted {
			values[pipConstraint] = ""
		}
	}
	return values
}

// packageVariables returns the environment variables where tox builds the SDK. There, what the SDK needs for a build is
// installed like anything else, so that the build constraints are constraints. builds reports whether there are any.
func packageVariables(c *config.Config, builds bool) map[string]string {
	values := map[string]string{}
	for _, v := range c.IndexVariables() {
		values[v.Key] = v.Value
	}
	if builds {
		for _, name := range packageConstraints {
			values[name] = buildConstraints
		}
	}
	return values
}

// labels returns the names of the environments that each label selects: that of a suite, and that of a row of a workflow.
// No label selects an alias.
func labels(m *matrix.Matrix) map[string][]string {
	all := map[string][]string{}
	add := func(label string, environments []matrix.Environment) {
		for _, e := range environments {
			if !e.Alias {
				all[label] = append(all[label], e.Name())
			}
		}
	}
	for _, suite := range m.Suites {
		add(suite.Name, suite.Environments())
		if suite.Base != "" && !suite.Lowest {
			add(suite.Base, suite.Environments())
		}
	}
	for _, group := range m.Groups {
		for _, row := range group.Rows {
			add(group.ParallelLabel(row), row.Parallel)
			add(group.SerialLabel(row), row.Serial)
		}
	}
	return all
}

// A commandKey is a key of tox with commands. Those of a suite take the place of the shared ones.
type commandKey struct {
	name string
	// shared returns those of testenv, and own those of a suite, or nil if it has the shared ones.
	shared func(*config.Testenv) []string
	own    func(*matrix.Suite) *[]string
}

// The keys with commands, in the order in which tox runs them.
var (
	commandsPre = commandKey{"commands_pre", func(t *config.Testenv) []string { return listOf(t.CommandsPre) },
		func(s *matrix.Suite) *[]string { return s.Around.CommandsPre }}
	commands = commandKey{"commands", func(t *config.Testenv) []string { return t.Commands }, func(s *matrix.Suite) *[]string {
		if len(s.Commands) == 0 {
			return nil
		}
		return &s.Commands
	}}
	commandsPost = commandKey{"commands_post", func(t *config.Testenv) []string { return listOf(t.CommandsPost) },
		func(s *matrix.Suite) *[]string { return s.Around.CommandsPost }}
)

// listOf returns the list that a pointer points to, if any.
func listOf(list *[]string) []string {
	if list == nil {
		return nil
	}
	return *list
}

// of returns the commands of a suite's environments.
func (k *commandKey) of(c *config.Config, suite *matrix.Suite) []string {
	if own := k.own(suite); own != nil {
		return *own
	}
	return k.shared(&c.Testenv)
}

// externals returns the programs outside the environment that a suite's commands may run.
func externals(c *config.Config, suite *matrix.Suite) []string {
	return slices.Concat(c.Testenv.AllowlistExternals, suite.Around.AllowlistExternals)
}

// disallowed returns the names of the variables that do not pass from outside because they would bring another index.
// Unlike those that set_env sets, they cannot be overridden by an empty value.
func disallowed(c *config.Config) []string {
	if c.Index == "" {
		return nil
	}
	return []string{"UV_CONFIG_FILE", "UV_TORCH_BACKEND"}
}

// passEnv returns the names of the variables that tox passes to the tests from outside: those of the configuration, and
// those with the addresses of services.
func passEnv(c *config.Config) []string {
	names := slices.Clone(c.Testenv.PassEnv)
	for _, service := range c.Services {
		for _, variable := range service.Value.TestEnv {
			names = append(names, variable.Key)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
