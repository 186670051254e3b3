package tox

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// Pins are the releases of one environment's closure by the normalised names of their projects.
type Pins map[string]pep440.Version

// pinText is a requirement that is nothing but a pin.
var pinText = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;,*#]+)$`)

// Pins are those that stand in deps for an environment, the suite's own release among them.
func (f *File) Pins(environment string) Pins {
	pins := Pins{}
	for _, line := range f.Lines("deps", environment) {
		m := pinText.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if v, err := pep440.Parse(m[2]); err == nil {
			pins[pep508.NormalizeName(m[1])] = v
		}
	}
	return pins
}

// pinLines write the pins of a suite's environments, sorted by project. A line has one project and one version,
// and belongs to one class of picks: the newest stable one, which an update resolves afresh; a pre-release, whose
// name changes with each; and the older ones, whose pins hardly move. So a pin that moves for one class touches no
// line of another.
func pinLines(suite *matrix.Suite, pins map[string]Pins) []string {
	var lines []string
	byProject := map[string]bool{}
	for _, e := range suite.Environments() {
		for project := range pins[e.Name()] {
			byProject[project] = true
		}
	}
	if suite.Config != nil {
		delete(byProject, suite.Config.Package.Key) // its own line says it
	}
	for _, project := range slices.Sorted(maps.Keys(byProject)) {
		for _, class := range classes(suite) {
			lines = append(lines, classLines(suite, class, project, pins)...)
		}
	}
	return lines
}

// classes divide a suite's picks.
func classes(suite *matrix.Suite) [][]matrix.Pick {
	var older, newest, prerelease []matrix.Pick
	for _, pick := range suite.Picks {
		switch {
		case pick.NewestStable || pick.IsStatic():
			newest = append(newest, pick)
		case pick.Version.IsPrerelease():
			prerelease = append(prerelease, pick)
		default:
			older = append(older, pick)
		}
	}
	return [][]matrix.Pick{older, newest, prerelease}
}

// classLines are the lines of one project in one class of picks, a version each, ascending.
func classLines(suite *matrix.Suite, class []matrix.Pick, project string, pins map[string]Pins) []string {
	var versions []pep440.Version
	// interpreters are the factors of the Pythons by version and by the place of the pick.
	interpreters := map[string][][]string{}
	for i, pick := range class {
		for _, p := range pick.Pythons {
			v, pinned := pins[matrix.Environment{Suite: suite, Pick: pick, Python: p}.Name()][project]
			if !pinned {
				continue
			}
			text := v.String()
			if interpreters[text] == nil {
				interpreters[text] = make([][]string, len(class))
				versions = append(versions, v)
			}
			interpreters[text][i] = append(interpreters[text][i], p.Factor())
		}
	}
	slices.SortFunc(versions, pep440.Version.Compare)
	var lines []string
	for _, v := range versions {
		lines = append(lines, when(groups(suite, class, interpreters[v.String()]), project+"=="+v.String()))
	}
	return lines
}

// groups is the condition of a pin: picks that share their Pythons stand in one group.
func groups(suite *matrix.Suite, class []matrix.Pick, interpreters [][]string) string {
	var all []string
	done := make([]bool, len(class))
	for i := range class {
		if done[i] || len(interpreters[i]) == 0 {
			continue
		}
		only := picked(suite, func(p matrix.Pick) bool {
			j := slices.IndexFunc(class, func(c matrix.Pick) bool { return c.Version == p.Version })
			if j < 0 || !slices.Equal(interpreters[j], interpreters[i]) {
				return false
			}
			done[j] = true
			return true
		})
		if suite.Static == nil || suite.Static.Python == nil {
			only = join(anyOf(interpreters[i]), only)
		}
		all = append(all, only)
	}
	return strings.Join(all, ", ")
}
