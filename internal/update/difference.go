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
	"toxgen/internal/registry"
	"toxgen/internal/report"
)

// A State is what a project tests, on which pins, and by which facts.
type State struct {
	Config *config.Config
	Matrix *matrix.Matrix
	Lock   lock.Lock
	Facts  registry.Facts
}

// Earlier returns the state of the suites of this one that an earlier lock and earlier facts tell.
func (s State) Earlier(had lock.Lock, facts registry.Facts) State {
	return State{s.Config, s.Matrix.Earlier(s.Config, had.Names()), had, facts}
}

// Difference returns what two states differ in, and the warnings of the later one. Suites are the same if they have the same
// name. It does not say who requires the projects that are new in the lock, nor since when the index has them.
func Difference(before, after State, findings finding.List) *report.Summary {
	s := &report.Summary{Before: Size(before.Matrix), After: Size(after.Matrix)}
	all := pairs(before, after)
	s.New, s.Left = news(before, after)
	isNews := map[string]bool{}
	for _, a := range s.New {
		isNews[a.Project] = true
	}
	for _, project := range s.Left {
		isNews[project] = true
	}
	movements := movementsOf(all, isNews)
	for _, m := range movements {
		s.Moves = append(s.Moves, m.report())
	}
	s.Suites = suites(before, after, all, movements)
	s.Changed = changes(before, after)
	s.PassedOver = passedOver(before, after)
	warnings := slices.Clone(findings)
	warnings.Sort()
	for _, f := range warnings {
		if f.Severity == finding.Warning && f.Kind != matrix.KindPassedOver { // those have a place of their own
			s.Warnings = append(s.Warnings, report.Warning{Place: f.Place(), Text: f.Message, Hint: f.Hint})
		}
	}
	return s
}

// passedOver returns the releases that suites pass over by the facts of a later state.
func passedOver(before, after State) []report.PassedOver {
	var list []report.PassedOver
	for _, suite := range after.Matrix.Suites {
		for _, p := range suite.PassedOver {
			project := suite.Config.Package.Key
			known := before.Facts.Release(project, p.Version)
			list = append(list, report.PassedOver{
				Suite: suite.Name, Release: report.Release{Project: project, Version: p.Version.String()},
				Before: known != nil && slices.ContainsFunc(known.Unresolvable, func(u registry.Unresolvable) bool { return u.Suite == suite.Name }),
				Failed: report.Failed{Name: p.Python, Reason: p.Reason, Hint: suite.PassedOverHint()},
			})
		}
	}
	return list
}

// Explain adds to the releases of a summary that suites pass over what a run knows besides: the conflict, and what helps.
func Explain(s *report.Summary, known []report.PassedOver) {
	for i := range s.PassedOver {
		p := &s.PassedOver[i]
		for _, k := range known {
			if k.Suite == p.Suite && k.Release == p.Release && k.Failed.Name == p.Failed.Name {
				p.Failed.Detail, p.Failed.Hint = k.Failed.Detail, k.Failed.Hint
			}
		}
	}
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
func (p Policy) Failures() []report.Failed { return append(failures(p.Failed), byRelease(p.Frozen)...) }

// NotAdopted returns the releases whose metadata could not be had.
func (p Policy) NotAdopted() []report.Failed { return byRelease(p.Missing) }

// byRelease returns the reasons of releases in a list, by project and version.
func byRelease(by map[lock.Release]report.Failed) []report.Failed {
	var list []report.Failed
	for _, k := range sortedReleases(by) {
		list = append(list, by[k])
	}
	return list
}

func failures(failed map[string]report.Failed) []report.Failed {
	return slices.SortedFunc(maps.Values(failed), func(a, b report.Failed) int { return cmp.Compare(a.Name, b.Name) })
}
