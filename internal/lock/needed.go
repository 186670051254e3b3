package lock

import (
	"fmt"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// Needs are the facts that a matrix and a lock need.
type Needs struct {
	followed   []string
	asked      map[Release]bool
	judged     map[string][]judged
	passedOver map[string][]matrix.PassedOver
	pinned     PinnedBy
}

// judged is a verdict that a suite asked for, with the extras of its package.
type judged struct {
	matrix.Judged
	extras []string
}

// NeedsOf returns what a matrix and a lock need.
func NeedsOf(c *config.Config, m *matrix.Matrix, l Lock) *Needs {
	n := &Needs{followed: c.Followed(), asked: map[Release]bool{}, judged: map[string][]judged{},
		passedOver: map[string][]matrix.PassedOver{}, pinned: l.Pinned(m)}
	for project, versions := range m.Asked {
		for _, v := range versions {
			n.asked[ReleaseOf(project, v)] = true
		}
	}
	for _, suite := range m.Suites {
		if suite.Config != nil {
			project := suite.Config.Package.Key
			for _, j := range suite.Judged {
				n.judged[project] = append(n.judged[project], judged{j, suite.Config.Package.Extras})
			}
			n.passedOver[project] = append(n.passedOver[project], suite.PassedOver...)
		}
	}
	return n
}

// Classifiers reports whether those of a release are needed.
func (n *Needs) Classifiers(project string, v pep440.Version) bool {
	return slices.Contains(n.followed, project) && n.asked[ReleaseOf(project, v)]
}

// Of returns what is needed of a project, or nil if nothing is. It reports whether everything is; then it returns the
// project itself.
func (n *Needs) Of(project *registry.Project) (needed *registry.Project, all bool) {
	var kept []registry.Release // all before the first that is not needed as it is, and what is needed of those after it
	followed := slices.Contains(n.followed, project.Name)
	all = true
	for i, release := range project.Releases {
		pinned := n.pinned[ReleaseOf(project.Name, release.Version)] != nil
		line, less := release, true
		if followed || pinned {
			line, less = release.Trim(n.Classifiers(project.Name, release.Version), pinned)
			less = !n.verdicts(project.Name, &line) || less
		}
		if less && all {
			all, kept = false, slices.Clone(project.Releases[:i])
		}
		if !all && (followed || pinned) {
			kept = append(kept, line)
		}
	}
	switch {
	case all:
		return project, true
	case len(kept) == 0:
		return nil, false
	default:
		return &registry.Project{Name: project.Name, Releases: kept}, false
	}
}

// verdicts leaves out the verdicts of a release that nothing needs. It reports whether there is none of these.
func (n *Needs) verdicts(project string, release *registry.Release) (all bool) {
	all = true
	unjudged := func(v registry.Verdict) bool {
		return !slices.ContainsFunc(n.judged[project], func(j judged) bool {
			return j.Version.Equal(release.Version) && j.Python.Short() == v.Python && slices.Equal(j.extras, v.Extras)
		})
	}
	if slices.ContainsFunc(release.Verdicts, unjudged) {
		all, release.Verdicts = false, slices.DeleteFunc(slices.Clone(release.Verdicts), unjudged)
	}
	outdated := func(u registry.Unresolvable) bool {
		return !slices.ContainsFunc(n.passedOver[project], func(p matrix.PassedOver) bool {
			return p.Version.Equal(release.Version) && p.Unresolvable == u
		})
	}
	if slices.ContainsFunc(release.Unresolvable, outdated) {
		all, release.Unresolvable = false, slices.DeleteFunc(slices.Clone(release.Unresolvable), outdated)
	}
	return all
}

// Reduced returns facts without what nothing needs, as far as chosen projects go.
func (n *Needs) Reduced(facts registry.Facts, chosen func(project string) bool) registry.Facts {
	var less []*registry.Project
	var gone []string
	for name, project := range facts {
		if !chosen(name) {
			continue
		}
		switch needed, all := n.Of(project); {
		case all:
		case needed == nil:
			gone = append(gone, name)
		default:
			less = append(less, needed)
		}
	}
	return facts.With(less...).Without(gone...)
}

// Moved returns the projects of which two locks do not pin the same releases, and those that suites follow which have
// environments that the lock before does not have.
func Moved(m *matrix.Matrix, before, after Lock) map[string]bool {
	moved := map[string]bool{}
	pinned := func(l Lock) map[Release]bool {
		set := map[Release]bool{}
		for _, pins := range l.Sets() {
			for project, v := range pins {
				set[ReleaseOf(project, v)] = true
			}
		}
		return set
	}
	differ := func(a, b map[Release]bool) {
		for k := range a {
			moved[k.Project] = moved[k.Project] || !b[k]
		}
	}
	a, b := pinned(before), pinned(after)
	differ(a, b)
	differ(b, a)
	for _, suite := range m.Suites {
		if suite.Config != nil && slices.ContainsFunc(suite.Environments(), func(e matrix.Environment) bool {
			_, had := before.Environments[e.Name()]
			return !had
		}) {
			moved[suite.Config.Package.Key] = true
		}
	}
	return moved
}

// NeedlessConstraints warns of constraints on projects that no environment which they are for pins.
func NeedlessConstraints(c *config.Config, m *matrix.Matrix, l Lock) finding.List {
	binds := map[config.Pos]bool{}
	for _, e := range m.Environments() {
		for _, k := range e.Constraints(c) {
			if _, pinned := l.Environments[e.Name()][k.Requirement.Key()]; pinned {
				binds[k.Requirement.Pos] = true
			}
		}
	}
	var list finding.List
	for _, k := range c.Constraints {
		if own := k.Requirement.File == ""; own && !binds[k.Requirement.Pos] {
			list = append(list, finding.Finding{Severity: finding.Warning, File: c.FileOf(k.Requirement), Line: k.Requirement.Line, Column: k.Requirement.Column,
				Message: fmt.Sprintf("no environment that the constraint %q is for pins %s: it changes nothing", k.Requirement.Text, k.Requirement.Key()),
				Hint:    "remove it"})
		}
	}
	return list
}
