package pipeline

import (
	"fmt"
	"slices"

	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/snapshot"
)

// needs are the facts that something asks for.
type needs struct {
	followed   []string
	asked      map[string][]pep440.Version
	judged     map[string][]matrix.Judged
	passedOver map[string][]matrix.PassedOver
	pinned     lock.PinnedBy
}

// needed returns what a matrix and a lock need.
func (r *Run) needed(m *matrix.Matrix, l lock.Lock) needs {
	n := needs{followed: r.config.Followed(), asked: m.Asked, judged: map[string][]matrix.Judged{},
		passedOver: map[string][]matrix.PassedOver{}, pinned: l.Pinned(m)}
	for _, suite := range m.Suites {
		if suite.Config != nil {
			project := suite.Config.Package.Key
			n.judged[project] = append(n.judged[project], suite.Judged...)
			n.passedOver[project] = append(n.passedOver[project], suite.PassedOver...)
		}
	}
	return n
}

// of returns what is needed of a project, nil if nothing is; all is set if everything is.
func (n *needs) of(project *registry.Project) (needed *registry.Project, all bool) {
	needed, all = &registry.Project{Name: project.Name}, true
	followed := slices.Contains(n.followed, project.Name)
	for _, release := range project.Releases {
		pinned := n.pinned[lock.ReleaseOf(project.Name, release.Version)] != nil
		if !followed && !pinned {
			all = false
			continue
		}
		line, whole := n.ofRelease(project.Name, release, pinned, followed && slices.ContainsFunc(n.asked[project.Name], release.Version.Equal))
		all = all && whole
		needed.Releases = append(needed.Releases, line)
	}
	if len(needed.Releases) == 0 {
		return nil, false
	}
	return needed, all
}

// ofRelease returns what is needed of a release that is pinned, or whose classifiers are asked for, or neither.
func (n *needs) ofRelease(project string, release registry.Release, pinned, asked bool) (line registry.Release, all bool) {
	all = true
	superfluous := func(m registry.Metadata) bool {
		return !asked && m.Classifiers != nil || !pinned && m.Requirements != nil
	}
	if slices.ContainsFunc(release.Metadata, superfluous) {
		all, release.Metadata = false, snapshot.Needed(release.Metadata, asked, pinned)
	}
	if release.Unreadable != "" && !asked && !pinned {
		all, release.Unreadable = false, ""
	}
	unjudged := func(v registry.Verdict) bool {
		return !slices.ContainsFunc(n.judged[project], func(j matrix.Judged) bool {
			return j.Version.Equal(release.Version) && j.Python.Short() == v.Python
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
	return release, all
}

// reduced returns facts without what nothing needs. A plain run does so for projects of which it moves pins alone: what
// it made needless itself it removes, and leaves the rest to an update.
func (r *Run) reduced(s state, facts registry.Facts, m *matrix.Matrix, l lock.Lock) registry.Facts {
	if r.mode.index == (noIndex{}) {
		return facts
	}
	n := r.needed(m, l)
	moved := movedProjects(s.had, l)
	for _, name := range sortedKeys(facts) {
		if !s.policy.IsUpdate() && !moved[name] {
			continue
		}
		switch needed, all := n.of(facts[name]); {
		case all:
		case needed == nil:
			facts = facts.Without(name)
		default:
			facts = facts.With(needed)
		}
	}
	return facts
}

// movedProjects returns the projects of which two locks do not pin the same releases.
func movedProjects(before, after lock.Lock) map[string]bool {
	moved := map[string]bool{}
	pinned := func(l lock.Lock) map[lock.Release]bool {
		set := map[lock.Release]bool{}
		for _, pins := range l.Sets() {
			for project, v := range pins {
				set[lock.ReleaseOf(project, v)] = true
			}
		}
		return set
	}
	a, b := pinned(before), pinned(after)
	for k := range a {
		moved[k.Project] = moved[k.Project] || !b[k]
	}
	for k := range b {
		moved[k.Project] = moved[k.Project] || !a[k]
	}
	return moved
}

// needless reports facts that nothing asks for.
func (r *Run) needless(s state) finding.List {
	var list finding.List
	report := func(name string, line int, message string) {
		f := finding.Finding{Severity: r.mode.needless, File: registry.Path(name), Line: line, Message: message, Kind: "needless facts", Hint: "`mage update` removes them"}
		if f.Severity == finding.Error {
			f.Message, f.Hint = message+": an update would not hand them over", ""
		}
		list = append(list, f)
	}
	n := r.needed(s.matrix, s.lock)
	for _, name := range sortedKeys(s.facts) {
		needed, all := n.of(s.facts[name])
		switch {
		case all:
		case needed == nil:
			report(name, 1, "nothing needs these facts")
		default:
			has, needs := registry.Format(s.facts[name]), registry.Format(needed)
			report(name, firstDifference(has, needs), fmt.Sprintf("nothing needs some of these facts, %d bytes of them", len(has)-len(needs)))
		}
	}
	return list
}

// needlessExceptions warns of holds that change nothing any more, and of constraints on what no environment that they
// are for pins.
func (r *Run) needlessExceptions(s state) finding.List {
	list := matrix.NeedlessHolds(r.config, s.facts)
	binds := map[string]bool{} // by their places in the file
	place := func(f finding.Finding) string { return f.Place() }
	at := func(line, column int) finding.Finding {
		return finding.Finding{Severity: finding.Warning, File: r.config.File, Line: line, Column: column, Hint: "remove it"}
	}
	for _, e := range s.matrix.Environments() {
		for _, k := range e.Constraints(r.config) {
			if _, pinned := s.lock.Environments[e.Name()][k.Requirement.Key()]; pinned {
				binds[place(at(k.Requirement.Line, k.Requirement.Column))] = true
			}
		}
	}
	for _, k := range r.config.Constraints {
		f := at(k.Requirement.Line, k.Requirement.Column)
		if !binds[place(f)] {
			f.Message = fmt.Sprintf("no environment that the constraint %q is for pins %s: it changes nothing", k.Requirement.Text, k.Requirement.Key())
			list = append(list, f)
		}
	}
	return list
}
