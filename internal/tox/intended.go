package tox

import (
	"cmp"
	"maps"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/python"
)

// What an environment is meant to be, straight from the configuration, without the detour over factors. A
// rendering is compared with it.

// dependencies are the lines that an environment installs, the pins sorted, the SDK last.
func dependencies(c *config.Config, e matrix.Environment, pins lock.Pins) []string {
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
	if !skipsInstall(e.Suite) && !packages(e.Suite) {
		lines = append(lines, sdk(c, editable(c, e.Python)))
	}
	return lines
}

// release is the requirement of a pick: `gql[all]==3.4.1`.
func release(suite *matrix.Suite, pick matrix.Pick) string {
	return suite.Config.Package.String() + "==" + pick.Version.String()
}

func skipsInstall(suite *matrix.Suite) bool { return suite.Static != nil && suite.Static.SkipInstall }

// packages says whether tox builds the SDK for a suite and installs what it built.
func packages(suite *matrix.Suite) bool { return packaging(suite) != "skip" }

// packaging is tox's `package` of a suite.
func packaging(suite *matrix.Suite) string {
	if suite.Static == nil {
		return "skip"
	}
	return cmp.Or(suite.Static.Package, "skip")
}

// root is the SDK's folder.
func root(c *config.Config) string {
	folder := "{tox_root}"
	if c.Project.Source != nil {
		folder += "/" + c.Project.Source.Path
	}
	return "{env:SDK_ROOT:" + folder + "}"
}

func sdk(c *config.Config, editable bool) string {
	if editable {
		return "-e " + root(c)
	}
	return root(c)
}

func editable(c *config.Config, p python.Version) bool {
	return !slices.ContainsFunc(c.Testenv.NotEditable, func(i config.Interpreter) bool { return i.Short == p.Short() })
}

// variables are the environment variables of an environment; a later one of a name wins. builds says that there are
// build constraints, contradicted that the environment pins something otherwise.
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

// labels select an environment, in CI and for people; an alias has none.
func labels(m *matrix.Matrix, e matrix.Environment) []string {
	if e.Alias {
		return nil
	}
	all := []string{e.Suite.Name}
	if row := rowLabel(m, e.Suite, e.Python); row != "" {
		all = append(all, row)
	}
	return all
}

// rowLabel is the label of the row that runs a suite on a Python; empty for a suite that CI does not run.
func rowLabel(m *matrix.Matrix, suite *matrix.Suite, p python.Version) string {
	for _, group := range m.Groups {
		if !slices.Contains(group.Suites, suite) {
			continue
		}
		for _, row := range group.Rows {
			if row.Python != p {
				continue
			}
			if suite.Serial {
				return group.SerialLabel(row)
			}
			return group.ParallelLabel(row)
		}
	}
	return ""
}

// commands are what an environment runs.
func commands(c *config.Config, suite *matrix.Suite) []string {
	if ownCommands(suite) {
		return suite.Static.Commands
	}
	return c.Testenv.Commands
}

func ownCommands(suite *matrix.Suite) bool {
	return suite.Static != nil && len(suite.Static.Commands) > 0
}

// passed are the variables that reach the tests from outside: those of the configuration, and those by which
// services say where they are.
func passed(c *config.Config) []string {
	names := slices.Clone(c.Testenv.PassEnv)
	for _, service := range c.Services {
		for _, variable := range service.Value.TestEnv {
			names = append(names, variable.Key)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
