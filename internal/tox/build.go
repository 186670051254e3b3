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

// BuildConstraints is the file that pins what builds need: the SDK's own build, and that of source distributions. Its
// lines are constraints (pip's -c), so that a new setuptools changes nothing by itself.
const BuildConstraints = "build-constraints.txt"

// RenderBuild writes the build constraints: a line for each project and version, with a marker where the Pythons do
// not all have it. A free-threaded build shares the markers of its line, and is left out.
func RenderBuild(source string, pins lock.Builds) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by `mage toxgen` from %s and registry/: `mage update` moves these.\n", source)
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

// buildMarker limits a line to some of all Pythons, both ascending. A run of neighbours is a range, which is open at
// its end where it reaches the end of the list.
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

// ParseBuild reads build constraints back for the declared interpreters. Lines that are no pins are passed over: they
// are not kept.
func ParseBuild(data []byte, interpreters []python.Version, platform python.Platform) lock.Builds {
	pins := lock.Builds{}
	for _, p := range interpreters {
		if p.FreeThreaded {
			continue
		}
		environment := pep508.NewEnvironment(p, platform)
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

// Variables that name the build constraints: to uv, to pip, and to a pip that is too old to know them. That one
// reads its constraints for what is installed too.
const (
	uvBuildConstraint  = "UV_BUILD_CONSTRAINT"
	pipBuildConstraint = "PIP_BUILD_CONSTRAINT"
	pipConstraint      = "PIP_CONSTRAINT"
	buildConstraints   = "{tox_root}/" + BuildConstraints
)

// oldPip says whether the newest pip for a Python does not know PIP_BUILD_CONSTRAINT, which came with pip 25.3, for
// Python 3.9 and newer (https://pip.pypa.io/en/stable/news/).
func oldPip(p python.Version) bool { return p.Major == 3 && p.Minor < 9 }

// buildVariables are the lines of set_env that name the build constraints.
func buildVariables(c *config.Config, builds lock.Builds) []string {
	if len(builds) == 0 {
		return nil
	}
	lines := []string{uvBuildConstraint + " = " + buildConstraints, pipBuildConstraint + " = " + buildConstraints}
	var old []string
	for _, p := range c.Interpreters() {
		if oldPip(p) {
			old = append(old, p.Factor())
		}
	}
	if len(old) > 0 {
		lines = append(lines, when(anyOf(old), pipConstraint+" = "+buildConstraints))
	}
	return lines
}

// contradictsBuild says whether an environment pins a project otherwise than builds do, so that an old pip must not
// be constrained.
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

// unconstrained are the lines of set_env of the environments of a suite that contradict the build constraints.
func unconstrained(suite *matrix.Suite, l lock.Lock) []string {
	var lines []string
	for _, condition := range where(suite, func(e matrix.Environment) bool { return contradictsBuild(e, l) }) {
		lines = append(lines, when(condition, pipConstraint+" ="))
	}
	return lines
}
