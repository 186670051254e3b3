package pipeline

import (
	"fmt"
	"slices"

	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
)

// needs says which facts something asks for.
type needs struct {
	followed []string
	asked    map[string][]pep440.Version
	judged   map[string][]matrix.Judged
	pinned   pinSet
}

func (r *Run) needs(pins map[string]tox.Pins, builds tox.BuildPins) *needs {
	n := &needs{followed: r.packages(), asked: r.matrix.Asked, judged: map[string][]matrix.Judged{}, pinned: r.pinnedIn(pins, builds)}
	for _, suite := range r.matrix.Suites {
		if suite.Config != nil {
			n.judged[suite.Config.Package.Key] = append(n.judged[suite.Config.Package.Key], suite.Judged...)
		}
	}
	return n
}

// of is what is needed of a project, nil if nothing is; all says that everything is.
func (n *needs) of(project *registry.Project) (needed *registry.Project, all bool) {
	needed, all = &registry.Project{Name: project.Name}, true
	followed := slices.Contains(n.followed, project.Name)
	for _, release := range project.Releases {
		pinned := n.pinned[project.Name+"=="+release.Version.Canonical()] != nil
		if !followed && !pinned {
			all = false
			continue
		}
		asked := followed && slices.ContainsFunc(n.asked[project.Name], release.Version.Equal)
		judged := func(v registry.Verdict) bool {
			return slices.ContainsFunc(n.judged[project.Name], func(j matrix.Judged) bool {
				return j.Version.Equal(release.Version) && j.Python.Short() == v.Python
			})
		}
		superfluous := func(m registry.Metadata) bool { return !asked && m.Classifiers != nil || !pinned && m.Requires != nil }
		if slices.ContainsFunc(release.Metadata, superfluous) {
			all, release.Metadata = false, neededOf(release.Metadata, asked, pinned)
		}
		if release.Unreadable != "" && !asked && !pinned {
			all, release.Unreadable = false, ""
		}
		if i := slices.IndexFunc(release.Verdicts, func(v registry.Verdict) bool { return !judged(v) }); i >= 0 {
			all = false
			release.Verdicts = slices.DeleteFunc(slices.Clone(release.Verdicts), func(v registry.Verdict) bool { return !judged(v) })
		}
		needed.Releases = append(needed.Releases, release)
	}
	if len(needed.Releases) == 0 {
		return nil, false
	}
	return needed, all
}

// neededOf drops classifiers that selection does not ask for, and requirements of what is not pinned.
func neededOf(entries []registry.Metadata, asked, pinned bool) []registry.Metadata {
	var needed []registry.Metadata
	for _, m := range entries {
		if !asked {
			m.Classifiers = nil
		}
		if !pinned {
			m.RequiresPython, m.Requires, m.Extras, m.Source = nil, nil, nil, ""
		}
		if m.Classifiers != nil || m.Requires != nil {
			needed = append(needed, m)
		}
	}
	return arranged(needed)
}

// needless warns of facts that nothing asks for; an update removes them.
func (r *Run) needless(pins map[string]tox.Pins, builds tox.BuildPins) {
	n := r.needs(pins, builds)
	for _, name := range sortedKeys(r.facts) {
		project := r.facts[name]
		needed, all := n.of(project)
		switch {
		case all:
		case needed == nil && r.update != nil:
			delete(r.facts, name)
			r.tree.Remove(registry.Path(name))
		case needed == nil:
			r.needlessFacts(name, 1, "nothing needs these facts")
		case r.update != nil:
			r.facts[name] = needed
			r.tree.Write(registry.Path(name), registry.Format(needed))
		default:
			has, needs := registry.Format(project), registry.Format(needed)
			r.needlessFacts(name, firstDifference(has, needs), fmt.Sprintf("nothing needs some of these facts, %d bytes of them", len(has)-len(needs)))
		}
	}
}

func (r *Run) needlessFacts(name string, line int, message string) {
	if r.handed != nil {
		r.add(finding.Finding{Severity: finding.Error, File: registry.Path(name), Line: line, Message: message + ": an update would not hand them over"})
		return
	}
	r.add(finding.Finding{Severity: finding.Warning, File: registry.Path(name), Line: line, Message: message, Hint: "`mage update` removes them"})
}

// needlessExceptions warns of holds that change nothing any more, and of constraints on what no environment that they
// are for pins.
func (r *Run) needlessExceptions(pins map[string]tox.Pins) {
	r.add(matrix.NeedlessHolds(r.config, r.facts)...)
	environments := r.matrix.Environments()
	for i := range r.config.Constraints {
		k := &r.config.Constraints[i]
		if !slices.ContainsFunc(environments, func(e matrix.Environment) bool {
			_, pinned := pins[e.Name()][k.Requirement.Key()]
			return pinned && constrains(k, e)
		}) {
			r.add(finding.Finding{Severity: finding.Warning, File: r.config.File, Line: k.Requirement.Line, Column: k.Requirement.Column,
				Message: fmt.Sprintf("no environment that the constraint %q is for pins %s: it changes nothing", k.Requirement.Text, k.Requirement.Key()),
				Hint:    "remove it"})
		}
	}
}
