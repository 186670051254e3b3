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
	for i, suite := range after.Matrix.Suites {
		for _, pick := range suite.Picks {
			for _, p := range pick.Pythons {
				e := matrix.Environment{Suite: suite, Pick: pick, Python: p}
				old := matrix.Environment{Suite: suite, Pick: predecessor(before.Matrix.Suites[i], pick), Python: p}
				if pins := before.Lock.Environments[old.Name()]; len(pins) > 0 {
					all = append(all, pair{suite.Name, pick.IsCurrent(), foreignPins(pins, suite), foreignPins(after.Lock.Environments[e.Name()], suite)})
				}
			}
		}
	}
	for p, pins := range after.Lock.Builds {
		if had := before.Lock.Builds[p]; len(had) > 0 {
			all = append(all, pair{suite: "builds", before: had, after: pins})
		}
	}
	return all
}

// predecessor returns the pick that a pick is compared with: the newest stable one with that of before.
func predecessor(before *matrix.Suite, pick matrix.Pick) matrix.Pick {
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

// moves returns the pins that moved, by project: those that a reader should look at come first, which are new major
// releases and pre-releases. Projects that are new in the lock or gone from it are not among them.
func moves(all []pair, isNews func(project string) bool) []report.Move {
	type key struct{ project, from, to string }
	type move struct {
		from, to     pep440.Version
		environments int
		suites       map[string]bool
	}
	found := map[key]*move{}
	for _, p := range all {
		p.moved(func(project string, from, to pep440.Version) {
			if isNews(project) {
				return
			}
			k := key{project, from.Canonical(), to.Canonical()}
			if found[k] == nil {
				found[k] = &move{from: from, to: to, suites: map[string]bool{}}
			}
			found[k].environments++
			found[k].suites[p.suite] = true
		})
	}
	weight := func(k key) int {
		switch from, to := found[k].from, found[k].to; {
		case from.IsZero() || to.IsZero():
			return 2
		case to.IsPrerelease() || from.Major() != to.Major():
			return 0
		default:
			return 1
		}
	}
	var list []report.Move
	for _, k := range slices.SortedFunc(maps.Keys(found), func(a, b key) int {
		x, y := found[a], found[b]
		return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(a.project, b.project), x.from.Compare(y.from), x.to.Compare(y.to))
	}) {
		m := found[k]
		list = append(list, report.Move{Project: k.project, From: shown(m.from), To: shown(m.to), Environments: m.environments, Suites: len(m.suites)})
	}
	return list
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
