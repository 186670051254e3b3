package update

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/report"
)

// A State is what a project tests, and on which pins.
type State struct {
	Matrix *matrix.Matrix
	Lock   lock.Lock
}

// Earlier returns the state that a lock tells, of the suites of this one.
func (s State) Earlier(c *config.Config, had lock.Lock) State {
	return State{s.Matrix.Earlier(c, had.Names()), had}
}

// Difference returns what two states differ in, and the warnings of the later one.
func Difference(before, after State, findings finding.List) *report.Summary {
	s := &report.Summary{Before: Size(before.Matrix), After: Size(after.Matrix)}
	for i, suite := range after.Matrix.Suites {
		if moved := moves(before.Matrix.Suites[i], suite, before.Lock, after.Lock); len(moved.In)+len(moved.Out)+moved.Newest+moved.Older > 0 {
			s.Suites = append(s.Suites, moved)
		}
	}
	warnings := slices.Clone(findings)
	warnings.Sort()
	for _, f := range warnings {
		if f.Severity == finding.Warning {
			s.Warnings = append(s.Warnings, report.Warning{Place: f.Place(), Text: f.Message, Hint: f.Hint})
		}
	}
	return s
}

// Size returns the size of a matrix.
func Size(m *matrix.Matrix) report.Size {
	var s report.Size
	for _, suite := range m.Suites {
		if suite.Config != nil {
			s.Releases += len(suite.Picks)
		}
	}
	for _, e := range m.Environments() {
		if !e.Alias {
			s.Environments++
		}
	}
	for _, group := range m.Groups {
		s.Rows += len(group.Rows)
	}
	return s
}

// moves returns the releases that a suite began and stopped to test, and how many pins moved. Environments of its newest
// release are compared with those of the release that was the newest before.
func moves(before, after *matrix.Suite, had, now lock.Lock) report.Suite {
	moved := report.Suite{Name: after.Name}
	tested := func(s *matrix.Suite, v pep440.Version) bool {
		return slices.ContainsFunc(s.Picks, func(p matrix.Pick) bool { return p.Version.Equal(v) })
	}
	for _, pick := range before.Picks {
		if !pick.IsStatic() && !tested(after, pick.Version) {
			moved.Out = append(moved.Out, pick.Version.String())
		}
	}
	for _, pick := range after.Picks {
		if !pick.IsStatic() && !tested(before, pick.Version) {
			moved.In = append(moved.In, pick.Version.String())
		}
		for _, p := range pick.Pythons {
			e := matrix.Environment{Suite: after, Pick: pick, Python: p}
			old := matrix.Environment{Suite: before, Pick: predecessor(before, pick), Python: p}
			pins := had.Environments[old.Name()]
			if len(pins) == 0 {
				continue // a new environment
			}
			if n := differing(pins, now.Environments[e.Name()], after); pick.IsCurrent() {
				moved.Newest += n
			} else {
				moved.Older += n
			}
		}
	}
	return moved
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

// differing counts the projects that two environments pin differently, the suite's own left out.
func differing(a, b lock.Pins, suite *matrix.Suite) int {
	all := maps.Clone(a)
	maps.Copy(all, b)
	if suite.Config != nil {
		delete(all, suite.Config.Package.Key)
	}
	count := 0
	for project := range all {
		x, inA := a[project]
		y, inB := b[project]
		if inA != inB || !x.Equal(y) {
			count++
		}
	}
	return count
}

// PinnedIn returns the environments that pin a release, by project and the canonical text of the version; aliases left
// out. The builds for a Python count as one.
func PinnedIn(l lock.Lock) map[string]map[string][]string {
	by := map[string]map[string][]string{}
	sets := l.Sets()
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		if strings.HasSuffix(name, "-"+matrix.Latest) {
			continue
		}
		for project, v := range sets[name] {
			if by[project] == nil {
				by[project] = map[string][]string{}
			}
			by[project][v.Canonical()] = append(by[project][v.Canonical()], name)
		}
	}
	return by
}

// WithdrawnNow returns what became of the releases that are gone, by the pins that there are now.
func (p Policy) WithdrawnNow(now lock.Lock) []report.Withdrawn {
	sets := now.Sets()
	var list []report.Withdrawn
	for _, k := range sortedReleases(p.Gone) {
		list = append(list, p.Gone[k].after(sets))
	}
	return list
}

// after completes the report of a release by the pins that there are now.
func (g *Gone) after(now map[string]lock.Pins) report.Withdrawn {
	w := g.Withdrawn
	var by []pep440.Version
	for _, name := range g.In {
		switch v, pinned := now[name][w.Project]; {
		case !pinned:
		case v.Canonical() == pep440.MustParse(w.Version).Canonical():
			w.Stays++
		case !slices.ContainsFunc(by, v.Equal):
			by = append(by, v)
		}
	}
	slices.SortFunc(by, pep440.Version.Compare)
	for _, v := range by {
		w.By = append(w.By, v.String())
	}
	switch {
	case w.Stays == 0:
		w.Why = ""
	case w.Why == "":
		w.Why = "something asks for exactly this release"
	}
	return w
}

// Failures returns what kept what it had, by name: projects their facts, releases their lines.
func (p Policy) Failures() []report.Failed { return append(failures(p.Failed), releases(p.Frozen)...) }

// NotAdopted returns the releases whose metadata could not be had.
func (p Policy) NotAdopted() []report.Failed { return releases(p.Missing) }

// releases returns the reasons of releases, by project and version.
func releases(reasons map[lock.Release]report.Failed) []report.Failed {
	var list []report.Failed
	for _, k := range sortedReleases(reasons) {
		list = append(list, reasons[k])
	}
	return list
}

func failures(failed map[string]report.Failed) []report.Failed {
	return slices.SortedFunc(maps.Values(failed), func(a, b report.Failed) int { return cmp.Compare(a.Name, b.Name) })
}
