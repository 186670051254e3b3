package update

import (
	"cmp"
	"maps"
	"slices"

	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/report"
)

// theBuilds is the name under which the build requirements move. No suite can have it.
const theBuilds = "the builds"

// A pair holds the pins that an environment, or the builds for a Python, had before and has now. The project that its
// suite follows is not among them.
type pair struct {
	suite string
	// current reports whether it is an environment of what users install today.
	current       bool
	before, after lock.Pins
}

// pairs returns the environments and builds that had pins before. Environments of the newest release of a suite are
// paired with those of the release that was the newest before.
func pairs(before, after State) []pair {
	var all []pair
	had := byName(before.Matrix)
	for _, suite := range after.Matrix.Suites {
		for _, pick := range suite.Picks {
			for _, p := range pick.Pythons {
				e := matrix.Environment{Suite: suite, Pick: pick, Python: p}
				old := matrix.Environment{Suite: suite, Pick: predecessor(had[suite.Name], pick), Python: p}
				if pins := before.Lock.Environments[old.Name()]; len(pins) > 0 {
					all = append(all, pair{suite.Configured(), pick.IsCurrent(), foreignPins(pins, suite), foreignPins(after.Lock.Environments[e.Name()], suite)})
				}
			}
		}
	}
	for p, pins := range after.Lock.Builds {
		if had := before.Lock.Builds[p]; len(had) > 0 {
			all = append(all, pair{suite: theBuilds, before: had, after: pins})
		}
	}
	return all
}

// byName returns the suites of a matrix by their names.
func byName(m *matrix.Matrix) map[string]*matrix.Suite {
	suites := map[string]*matrix.Suite{}
	for _, suite := range m.Suites {
		suites[suite.Name] = suite
	}
	return suites
}

// predecessor returns the pick that a pick is compared with: the newest stable one with that of before. before may be nil.
func predecessor(before *matrix.Suite, pick matrix.Pick) matrix.Pick {
	if before == nil {
		return pick
	}
	for _, p := range before.Picks {
		if pick.NewestStable && p.NewestStable {
			return p
		}
	}
	return pick
}

// foreignPins returns pins without that of the project that a suite follows.
func foreignPins(pins lock.Pins, suite *matrix.Suite) lock.Pins {
	if suite.Config == nil || len(pins) == 0 {
		return pins
	}
	pins = maps.Clone(pins)
	delete(pins, suite.Config.Package.Key)
	return pins
}

// moved calls each for every project that a pair pins differently. The zero version means that it does not pin it.
func (p pair) moved(each func(project string, from, to pep440.Version)) {
	for project, v := range p.before {
		if w, pinned := p.after[project]; !pinned || !w.Equal(v) {
			each(project, v, w)
		}
	}
	for project, w := range p.after {
		if _, pinned := p.before[project]; !pinned {
			each(project, pep440.Version{}, w)
		}
	}
}

// A movement is a project whose pins moved.
type movement struct {
	project string
	// steps are the ways in which they moved, ascending.
	steps []step
	// suites are the names of the suites in which they did, sorted.
	suites []string
}

// A step is the move of a pin in some environments. The zero version means that the project is not pinned.
type step struct {
	from, to     pep440.Version
	environments int
}

// attention returns the reason why somebody should look at a step, or "" if there is none.
func (s step) attention() string {
	switch {
	case s.from.IsZero() || s.to.IsZero():
		return ""
	case s.to.Compare(s.from) < 0:
		return report.Backwards
	case s.to.IsPrerelease() && !s.from.IsPrerelease():
		return report.Prerelease
	case !sameMajor(s.from, s.to):
		return report.Major
	default:
		return ""
	}
}

// sameMajor reports whether two versions have the same epoch and major.
func sameMajor(a, b pep440.Version) bool { return a.Epoch() == b.Epoch() && a.Major() == b.Major() }

// attention returns the gravest of its steps.
func (m movement) attention() string {
	for _, reason := range []string{report.Major, report.Prerelease, report.Backwards} {
		if slices.ContainsFunc(m.steps, func(s step) bool { return s.attention() == reason }) {
			return reason
		}
	}
	return ""
}

// weight returns the place of the movement among others: those first that need attention, those last in which pins only came
// or went.
func (m movement) weight() int {
	switch {
	case m.attention() != "":
		return 0
	case slices.ContainsFunc(m.steps, func(s step) bool { return !s.from.IsZero() && !s.to.IsZero() }):
		return 1
	default:
		return 2
	}
}

// movementsOf returns the projects whose pins moved, by weight and then by name, without those that are left out.
func movementsOf(all []pair, leftOut map[string]bool) []movement {
	type key struct{ from, to string }
	steps := map[string]map[key]*step{}
	suites := map[string]map[string]bool{}
	for _, p := range all {
		p.moved(func(project string, from, to pep440.Version) {
			if leftOut[project] {
				return
			}
			if steps[project] == nil {
				steps[project], suites[project] = map[key]*step{}, map[string]bool{}
			}
			k := key{from.Canonical(), to.Canonical()}
			if steps[project][k] == nil {
				steps[project][k] = &step{from: from, to: to}
			}
			steps[project][k].environments++
			suites[project][p.suite] = true
		})
	}
	var movements []movement
	for project, found := range steps {
		m := movement{project: project, suites: slices.Sorted(maps.Keys(suites[project]))}
		for _, s := range found {
			m.steps = append(m.steps, *s)
		}
		slices.SortFunc(m.steps, func(a, b step) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
		movements = append(movements, m)
	}
	slices.SortFunc(movements, func(a, b movement) int {
		return cmp.Or(cmp.Compare(a.weight(), b.weight()), cmp.Compare(a.project, b.project))
	})
	return movements
}

// report returns the movement for a summary.
func (m movement) report() report.Move {
	r := report.Move{Project: m.project, Attention: m.attention(), Suites: m.suites}
	for _, s := range m.steps {
		r.Steps = append(r.Steps, report.Step{From: shown(s.from), To: shown(s.to), Environments: s.environments})
		r.Environments += s.environments
	}
	return r
}

// shown returns a version as text, or "" if it is zero.
func shown(v pep440.Version) string {
	if v.IsZero() {
		return ""
	}
	return v.String()
}

// installed returns the pins of environments and builds, without those of the projects that suites follow in their own
// environments: these are tested, and their requirements may have extras, which tox.ini does not have as pins.
func (s State) installed() []lock.Pins {
	var sets []lock.Pins
	for _, suite := range s.Matrix.Suites {
		for _, e := range suite.Environments() {
			if !e.Alias {
				sets = append(sets, foreignPins(s.Lock.Environments[e.Name()], suite))
			}
		}
	}
	return slices.AppendSeq(sets, maps.Values(s.Lock.Builds))
}

// news returns the projects that only the later of two states installs, and the names of those that only the earlier one
// does.
func news(before, after State) (arrivals []report.Arrival, left []string) {
	had := map[string]bool{}
	for _, pins := range before.installed() {
		for project := range pins {
			had[project] = true
		}
	}
	has := map[string]*report.Arrival{}
	versions := map[string][]pep440.Version{}
	for _, pins := range after.installed() {
		for project, v := range pins {
			if has[project] == nil {
				has[project] = &report.Arrival{Project: project}
			}
			has[project].Environments++
			if !slices.ContainsFunc(versions[project], v.Equal) {
				versions[project] = append(versions[project], v)
			}
		}
	}
	for _, project := range slices.Sorted(maps.Keys(has)) {
		if had[project] {
			continue
		}
		for _, v := range slices.SortedFunc(slices.Values(versions[project]), pep440.Version.Compare) {
			has[project].Versions = append(has[project].Versions, v.String())
		}
		arrivals = append(arrivals, *has[project])
	}
	for _, project := range slices.Sorted(maps.Keys(had)) {
		if has[project] == nil {
			left = append(left, project)
		}
	}
	return arrivals, left
}

// changes returns what the index changed of releases that were pinned before and are pinned now.
func changes(before, after State) []report.Changed {
	had, has := PinnedIn(before.Lock), PinnedIn(after.Lock)
	var list []report.Changed
	for _, project := range slices.Sorted(maps.Keys(has)) {
		now := after.Facts.Project(project)
		for i := range now.Releases {
			line := &now.Releases[i]
			old, v := before.Facts.Release(project, line.Version), line.Version.Canonical()
			if old == nil || had[project][v] == nil || has[project][v] == nil {
				continue
			}
			if what := changed(old, line); len(what) > 0 {
				list = append(list, report.Changed{Release: report.Release{Project: project, Version: line.Version.String()}, What: what, Environments: len(has[project][v])})
			}
		}
	}
	return list
}

// changed returns what two lines of one release state differently of its files.
func changed(old, now *registry.Release) []string {
	var what []string
	names := func(r *registry.Release) map[string]registry.File {
		files := map[string]registry.File{}
		for _, f := range r.AllFiles() {
			files[f.File] = f
		}
		return files
	}
	was, is := names(old), names(now)
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if _, known := was[name]; !known {
			what = append(what, "new file "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		file, there := is[name]
		switch {
		case !there:
			what = append(what, "no file "+name)
		case *file.RequiresPython != *was[name].RequiresPython:
			what = append(what, "another requires-python of "+name)
		}
	}
	for _, m := range now.Metadata {
		before := old.MetadataOf(m.File)
		switch {
		case m.File == "" || before == nil || m.Requirements == nil || before.Requirements == nil:
		case before.File == m.File && before.SHA256 != "" && m.SHA256 != "" && before.SHA256 != m.SHA256:
			what = append(what, "another file under the name "+m.File)
		case !m.Requirements.Equal(before.Requirements):
			what = append(what, "other requirements of "+m.File)
		}
	}
	return what
}
