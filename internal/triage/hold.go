package triage

import (
	"fmt"
	"strings"
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
		return []Hold{{Suite: c.Suites[0], Exclude: "==" + c.Release, Reason: fmt.Sprintf("red in %s that moved to it", all(len(c.Red)))}}
	case c.Kind == Python && c.Release != "":
		return []Hold{{Suite: c.Suites[0], Exclude: "==" + c.Release, Reason: "red on " + strings.Join(c.Pythons, ", ")}}
	}
	var holds []Hold
	for _, p := range c.Pins {
		if !p.Build {
			holds = append(holds, Hold{Requirement: p.Project + "!=" + p.To, Suites: c.Suites, When: c.Pythons,
				Reason: fmt.Sprintf("moved in %s", allRed(len(c.Red)))})
		}
	}
	return holds
}

// all returns a number of environments in words.
func all(n int) string {
	if n == 1 {
		return "the one environment"
	}
	return fmt.Sprintf("all %d environments", n)
}

// allRed is all, of environments that are red.
func allRed(n int) string {
	if n == 1 {
		return "the one environment that is red"
	}
	return all(n) + " that are red"
}
