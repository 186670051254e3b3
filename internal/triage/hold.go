package triage

import (
	"fmt"
	"strings"

	"toxgen/internal/display"
)

// A Hold is one rule that makes less tested: a hold of a release of a suite, or a constraint.
type Hold struct {
	// Suite and Exclude are those of a hold.
	Suite, Exclude string
	// Requirement, Suites and When are those of a constraint.
	Requirement  string
	Suites, When []string
	// Reason says which cause it holds. It has no text of tests.
	Reason string
}

// IsConstraint reports whether it is a constraint.
func (h Hold) IsConstraint() bool { return h.Requirement != "" }

// String returns what is held, as people write it.
func (h Hold) String() string {
	if !h.IsConstraint() {
		return h.Suite + " " + h.Exclude
	}
	text := h.Requirement + " for " + strings.Join(h.Suites, ", ")
	if len(h.When) > 0 {
		text += " on " + strings.Join(h.When, ", ")
	}
	return text
}

// Holds returns what holds the cause back: nothing if the cause is not something that moved.
func (c *Cause) Holds() []Hold {
	switch {
	case c.Kind == Release:
		return []Hold{{Suite: c.Suites[0], Exclude: "==" + c.Release, Reason: fmt.Sprintf("red in all %s that moved to it", display.Count(len(c.Red), "environment"))}}
	case c.Kind == Python && c.Release != "":
		return []Hold{{Suite: c.Suites[0], Exclude: "==" + c.Release, Reason: "red on " + strings.Join(c.Pythons, ", ")}}
	}
	var holds []Hold
	for _, p := range c.Pins {
		if !p.Build {
			holds = append(holds, Hold{Requirement: p.Project + "!=" + p.To, Suites: c.Suites, When: c.Pythons,
				Reason: fmt.Sprintf("moved in %s, all of them red", display.Count(len(c.Red), "environment"))})
		}
	}
	return holds
}
