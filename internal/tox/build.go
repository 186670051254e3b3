package tox

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// BuildConstraints is the path of the file that pins the build requirements of the SDK and of source distributions. Its
// lines are constraints (pip's -c), so that a new release of setuptools changes nothing by itself.
const BuildConstraints = "build-constraints.txt"

// RenderBuild returns the file of the build constraints. It has a line for each project and version, with a marker if
// only some Pythons have that version. pins has no free-threaded builds, because markers do not distinguish them.
func RenderBuild(c *config.Config, pins lock.Builds) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s and registry/: %s moves these.\n", mark.By(c.Program()), c.File, c.Program().Hint("`mage update`"))
	all := slices.SortedFunc(maps.Keys(pins), python.Version.Compare)
	byProject := map[string]map[string][]python.Version{}
	for p, closure := range pins {
		for project, v := range closure {
			if byProject[project] == nil {
				byProject[project] = map[string][]python.Version{}
			}
			byProject[project][v.String()] = append(byProject[project][v.String()], p)
		}
	}
	for _, project := range slices.Sorted(maps.Keys(byProject)) {
		versions := slices.SortedFunc(maps.Keys(byProject[project]), func(a, b string) int {
			return pep440.MustParse(a).Compare(pep440.MustParse(b))
		})
		for _, v := range versions {
			pythons := byProject[project][v]
			slices.SortFunc(pythons, python.Version.Compare)
			b.WriteString(project + "==" + v + buildMarker(pythons, all) + "\n")
		}
	}
	return []byte(b.String())
}

// buildMarker returns the marker that limits a line to some of all Pythons, both in ascending order. Adjacent Pythons
// form a range, which is open at an end of the list.
func buildMarker(pythons, all []python.Version) string {
	if len(pythons) == len(all) {
		return ""
	}
	var ranges []string
	for from := 0; from < len(pythons); {
		first := slices.Index(all, pythons[from])
		to := from + 1
		for to < len(pythons) && pythons[to] == all[first+to-from] {
			to++
		}
		ranges = append(ranges, pythonRange(pythons[from:to], all))
		from = to
	}
	return " ; " + strings.Join(ranges, " or ")
}

// pythonRange returns the condition for a run of adjacent Pythons.
func pythonRange(run, all []python.Version) string {
	first, last := run[0], run[len(run)-1]
	atLeast := fmt.Sprintf(`python_version >= "%s"`, first.MinorText())
	atMost := fmt.Sprintf(`python_version <= "%s"`, last.MinorText())
	switch {
	case last == all[len(all)-1]:
		return atLeast
	case first == all[0]:
		return atMost
	case len(run) == 1:
		return fmt.Sprintf(`python_version == "%s"`, first.MinorText())
	default:
		return atLeast + " and " + atMost
	}
}

// ParseBuild parses build constraints for the declared Pythons. It ignores lines that are not pins.
func ParseBuild(data []byte, targets []python.Target) lock.Builds {
	pins := lock.Builds{}
	for _, target := range targets {
		if target.FreeThreaded {
			continue
		}
		environment := pep508.NewEnvironment(target)
		p := target.Version
		pins[p] = lock.Pins{}
		for line := range strings.Lines(string(data)) {
			r, err := pep508.ParseRequirement(strings.TrimSpace(line))
			if err != nil {
				continue
			}
			holds, err := r.Marker.Evaluate(environment, "")
			clauses := r.Specifiers.Clauses()
			if err != nil || !holds || len(clauses) != 1 || clauses[0].Operator() != "==" {
				continue
			}
			if v, err := pep440.Parse(clauses[0].Version()); err == nil && pep508.ValidName(r.Name) {
				pins[p][r.Key()] = v
			}
		}
	}
	return pins
}

// The variables that name the build constraints for the builds of uv and of pip, and those that name constraints of what
// they install. A pip that is too old for build constraints applies the latter to builds as well.
const (
	uvBuildConstraint  = "UV_BUILD_CONSTRAINT"
	pipBuildConstraint = "PIP_BUILD_CONSTRAINT"
	uvConstraint       = "UV_CONSTRAINT"
	pipConstraint      = "PIP_CONSTRAINT"
	buildConstraints   = "{tox_root}/" + BuildConstraints
)

// packageConstraints are the variables that name the build constraints where tox builds the SDK.
var packageConstraints = []string{uvConstraint, pipConstraint, uvBuildConstraint, pipBuildConstraint}

// oldPip reports whether the newest pip for a Python does not support PIP_BUILD_CONSTRAINT. That is new in pip 25.3,
// which needs Python 3.9 (https://pip.pypa.io/en/stable/news/).
func oldPip(p python.Version) bool { return p.Major == 3 && p.Minor < 9 }

// buildVariables returns the lines of set_env that name the build constraints.
func buildVariables(c *config.Config, m *matrix.Matrix, builds lock.Builds) []string {
	if len(builds) == 0 {
		return nil
	}
	lines := []string{uvBuildConstraint + " = " + buildConstraints, pipBuildConstraint + " = " + buildConstraints}
	var old []string
	isOld := map[string]bool{}
	for _, p := range c.Interpreters() {
		if oldPip(p) {
			old = append(old, p.Factor())
			isOld[p.Short()] = true
		}
	}
	if len(old) > 0 {
		condition := onPythons(m, anyOf(old), func(short string) bool { return isOld[short] })
		lines = append(lines, when(condition, pipConstraint+" = "+buildConstraints))
	}
	return lines
}

// packageBuildVariables returns the lines of set_env that name the build constraints where tox builds the SDK.
func packageBuildVariables(builds lock.Builds) []string {
	if len(builds) == 0 {
		return nil
	}
	var lines []string
	for _, name := range packageConstraints {
		lines = append(lines, name+" = "+buildConstraints)
	}
	return lines
}

// contradictsBuild reports whether an environment with an old pip pins a project to another version than the build
// constraints do, so that its pip must not be constrained.
func contradictsBuild(e matrix.Environment, l lock.Lock) bool {
	if !oldPip(e.Python) {
		return false
	}
	for project, v := range l.Builds[e.Python] {
		if pinned, found := l.Environments[e.Release().Name()][project]; found && !pinned.Equal(v) {
			return true
		}
	}
	return false
}

// unconstrained returns the lines of set_env for the environments of a suite that contradict the build constraints.
func unconstrained(suite *matrix.Suite, l lock.Lock) []string {
	var lines []string
	for _, condition := range conditions(suite, func(e matrix.Environment) bool { return contradictsBuild(e, l) }) {
		lines = append(lines, when(condition, pipConstraint+" ="))
	}
	return lines
}
