package report

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/display"
)

// An Ask is what a summary asks of its reader, each in a few words. If both lists are empty, it asks nothing.
type Ask struct {
	// Decide is what stays as it is until somebody decides about it, Look what moved and should be looked at.
	Decide []string `json:"decide,omitempty"`
	Look   []string `json:"look,omitempty"`
}

// Ask returns what the summary asks of its reader. show formats texts of others.
func (s *Summary) Ask(show func(string) string) Ask {
	var a Ask
	item := func(list *[]string, what string, names []string) {
		if len(names) > 0 {
			*list = append(*list, what+": "+few(names, show))
		}
	}
	item(&a.Decide, "passed over", named(s.PassedOver, func(p PassedOver) (string, bool) { return p.Release.String() + p.by(), !p.Before }))
	item(&a.Decide, "kept what they had", named(s.Failed, func(f Failed) (string, bool) { return f.Name, true }))
	item(&a.Decide, "withdrawn and still pinned", named(s.Withdrawn, func(w Withdrawn) (string, bool) { return w.String(), w.Stays > 0 }))
	item(&a.Look, "new in the lock", named(s.New, func(n Arrival) (string, bool) { return n.Project, true }))
	item(&a.Look, "other files under known releases", named(s.Changed, func(c Changed) (string, bool) { return c.String(), true }))
	item(&a.Look, "withdrawn and replaced", named(s.Withdrawn, func(w Withdrawn) (string, bool) { return w.String(), w.Stays == 0 }))
	var notable, in, began, ended []string
	for _, suite := range s.Suites {
		switch suite.Change {
		case Began:
			began = append(began, suite.Name)
		case Ended:
			ended = append(ended, suite.Name)
		default:
			for _, version := range suite.In {
				if name := suite.Name + " " + version; slices.Contains(suite.Notable, version) {
					notable = append(notable, name)
				} else {
					in = append(in, name)
				}
			}
		}
	}
	item(&a.Look, "suites that began", began)
	item(&a.Look, "suites that ended", ended)
	item(&a.Look, "releases in", append(notable, in...))
	for _, attention := range []string{Major, Prerelease, Backwards} {
		item(&a.Look, "pins "+toward(attention), named(s.Moves, func(m Move) (string, bool) {
			return m.Project, m.Attention == attention && (attention != Backwards || !s.withdraws(m.Project))
		}))
	}
	item(&a.Look, "tested again", named(s.Retried, func(r Retried) (string, bool) { return r.Rule, r.Environments > 0 }))
	item(&a.Look, "not adopted yet", named(s.NotAdopted, func(f Failed) (string, bool) { return f.Name, true }))
	if n := len(s.Warnings); n > 0 {
		a.Look = append(a.Look, display.Count(n, "warning"))
	}
	return a
}

// by returns which suite passes the release over, if its name is not that of the project.
func (p PassedOver) by() string {
	if p.Suite == p.Project {
		return ""
	}
	return " by " + p.Suite
}

// withdraws reports whether a release of a project was withdrawn, which is why its pins moved back.
func (s *Summary) withdraws(project string) bool {
	return slices.ContainsFunc(s.Withdrawn, func(w Withdrawn) bool { return w.Project == project })
}

// named returns what name returns for the elements of a list that count.
func named[T any](list []T, name func(T) (text string, counts bool)) []string {
	var names []string
	for _, one := range list {
		if text, counts := name(one); counts {
			names = append(names, text)
		}
	}
	return names
}

// toward returns where pins moved that need attention.
func toward(attention string) string {
	switch attention {
	case Major:
		return "to a new major"
	case Prerelease:
		return "to a pre-release"
	default:
		return "to an older release"
	}
}

// firstLine returns the line with which each form of the summary begins. show formats texts of others, and strong the words
// that matter most.
func (s *Summary) firstLine(show, strong func(string) string) string {
	a := s.Ask(show)
	var parts []string
	if len(a.Decide) > 0 {
		parts = append(parts, strong("Decide these:")+" "+strings.Join(a.Decide, "; ")+".")
	}
	if len(a.Look) > 0 {
		parts = append(parts, strong("Look at these:")+" "+strings.Join(a.Look, "; ")+".")
	}
	if len(parts) > 0 {
		return strings.Join(parts, " ")
	}
	nothing := strong("Nothing is asked of you:") + " "
	switch moved := len(s.Moves); {
	case moved == 1:
		return nothing + "only pins of 1 project moved, to a release of the same major."
	case moved > 1:
		return nothing + fmt.Sprintf("only pins of %d projects moved, to releases of the same majors.", moved)
	case len(s.Suites)+len(s.Left) > 0:
		return nothing + "only releases and projects left."
	default:
		return nothing + "no release and no pin moved."
	}
}

// plain returns prose of others for a line of a terminal or a text of the data.
func plain(text string) string { return display.Cut(text) }
