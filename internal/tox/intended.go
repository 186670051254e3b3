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
	"toxgen/internal/python"
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
		lines = append(lines, checkout(c, e.Suite, name, editable(c, e.Python)))
	}
	if installsSDK(e.Suite) {
		lines = append(lines, sdk(c, editable(c, e.Python)))
	}
	return lines
}

// installsSDK reports whether the environments of a suite install the SDK by a line of deps that they share.
func installsSDK(suite *matrix.Suite) bool {
	return !skipsInstall(suite) && !isPackaged(suite) && !suite.Install.Stated
}

// release returns the requirement for a pick, such as `gql[all]==3.4.1`.
func release(suite *matrix.Suite, pick matrix.Pick) string {
	return suite.Config.Package.String() + "==" + pick.Version.String()
}

// skipsInstall reports whether a suite installs neither the SDK nor the requirements that every environment has.
func skipsInstall(suite *matrix.Suite) bool { return suite.Static != nil && suite.Static.SkipInstall }

// isPackaged reports whether tox builds the SDK for a suite and installs the result.
func isPackaged(suite *matrix.Suite) bool { return packaging(suite) != "skip" }

// packaging returns the value of tox's `package` for a suite.
func packaging(suite *matrix.Suite) string {
	if suite.Static == nil {
		return "skip"
	}
	return cmp.Or(suite.Static.Package, "skip")
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

// editable reports whether the SDK is installed as editable on a Python.
func editable(c *config.Config, p python.Version) bool {
	return !slices.ContainsFunc(c.Testenv.NotEditable, func(i config.Interpreter) bool { return i.Short == p.Short() })
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

// commands returns the commands that a suite's environments run.
func commands(c *config.Config, suite *matrix.Suite) []string {
	if len(suite.Commands) > 0 {
		return suite.Commands
	}
	return c.Testenv.Commands
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
