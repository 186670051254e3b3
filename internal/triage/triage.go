// Package triage says why environments are red: it compares the results of a run, and what was pinned in it, with those of an
// earlier state, and sorts what is red by its cause.
//
// What moved between two locks is known exactly, and so is where it moved. A cause is what moved in red environments and in no
// green one:
//
//   - A suite's own new release, if it is red in all environments that moved to it ([Release]).
//   - A Python, if the release is red on it and green on another one, or if the environment is new on it ([Python]).
//   - Pins, in environments whose release did not move ([Pins]). Of the pins that moved in all red environments of a suite, those
//     count that moved in no green one of it; of these, those that moved in no green environment at all, if there are any; and
//     of these, those that moved in the red environments of most suites.
//   - Nothing that moved. A test that fails is then flaky ([Flaky]), an installation failed for a reason outside of the lock
//     ([Installation]).
//
// What was red before is not a cause of the update ([Before]), and an environment that is green in another run of the same
// commit is flaky.
//
// [Sort] is a pure function. It does not prove anything: running environments on mixtures of both locks does.
package triage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"toxgen/internal/display"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/results"
)

// A Kind is a kind of cause.
type Kind string

// The kinds of causes.
const (
	Release      Kind = "release"
	Pins         Kind = "pins"
	Python       Kind = "python"
	Installation Kind = "installation"
	Flaky        Kind = "flaky"
	Before       Kind = "before"
)

// kinds are all kinds in the order of a report: first what can be held.
var kinds = []Kind{Release, Pins, Python, Installation, Flaky, Before}

// A State is what is tested on which pins, with the results of a run of it.
type State struct {
	Matrix *matrix.Matrix
	Lock   lock.Lock
	// Results are nil if they are not known.
	Results *results.Run
}

// A Question is what [Sort] answers.
type Question struct {
	// Now is the state whose red environments are sorted; Before is the one that it is compared with. Both have the same suites
	// in the same order.
	Now, Before State
	// Since returns when the index got a release; it is zero if that is not known.
	Since func(project string, v pep440.Version) time.Time
}

// format is the version of the data of a [Report]. It is raised when a field gets another meaning, is added or goes away.
const format = 1

// A Report is what [Sort] found.
type Report struct {
	// Version is that of the format.
	Version int `json:"version"`
	// Program is the command by which the reader runs the program. It is no part of the data.
	Program display.Program `json:"-"`
	// Run is the address of the run, if it is known.
	Run string `json:"run,omitempty"`
	// Outcomes are the numbers of environments by outcome, without outcomes that no environment has.
	Outcomes []Count `json:"outcomes"`
	// Compared reports whether results of the earlier state are known. Otherwise what is red can have been red before.
	Compared bool `json:"compared"`
	// Causes are sorted by kind and by suites.
	Causes []Cause `json:"causes"`
	// Faults are what could not be read of the results.
	Faults []string `json:"faults,omitempty"`
}

// A Count is the number of environments with an outcome.
type Count struct {
	Outcome      results.Outcome `json:"outcome"`
	Environments int             `json:"environments"`
}

// A Cause is one reason why environments are red.
type Cause struct {
	Kind Kind `json:"kind"`
	// Suites are the red suites, sorted. Only a cause of kind Pins can have several.
	Suites []string `json:"suites"`
	// Release is the version of the release that is red, of kinds Release and Python; it is empty if the release did not move.
	// Since is when the index got it.
	Release string    `json:"release,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Pythons are the factors of the Pythons that are red, of kind Python, or of kind Pins if the same pins are green on others.
	Pythons []string `json:"pythons,omitempty"`
	// Pins are the red pins, of kind Pins. Others also moved in all red environments.
	Pins   []Pin `json:"pins,omitempty"`
	Others []Pin `json:"others,omitempty"`
	// Red are the red environments and Green the green ones of the same suites that moved too, both in the order of the matrix.
	Red   []Evidence `json:"red"`
	Green []string   `json:"green,omitempty"`
	// Held are the holds and constraints that were written for the cause.
	Held []string `json:"held,omitempty"`
}

// A Pin is one that moved.
type Pin struct {
	Project string `json:"project"`
	// From are the versions in the red environments before, ascending; it is empty if they did not have the project.
	From  []string  `json:"from,omitempty"`
	To    string    `json:"to"`
	Since time.Time `json:"since,omitzero"`
	// Build reports whether it is a pin of what builds need, which no constraint holds.
	Build bool `json:"build,omitempty"`
	// Green is the number of green environments in which the pin moved, too.
	Green int `json:"green"`
}

// An Evidence is a red environment.
type Evidence struct {
	Environment string          `json:"environment"`
	Outcome     results.Outcome `json:"outcome"`
	// Line is the last line of the command that failed. It is a text of a test.
	Line string `json:"line,omitempty"`
}

// Sort sorts what is red.
func Sort(q Question) *Report {
	s := &sorting{Question: q, greens: map[pin]int{}}
	s.observe()
	r := &Report{Version: format, Faults: q.Now.Results.Faults, Outcomes: s.outcomes(), Causes: []Cause{}}
	if before := q.Before.Results; before != nil {
		r.Compared, r.Faults = true, slices.Concat(r.Faults, before.Faults)
	}
	var groups []*group
	var moved [][]*observed // the environments that moved to a release, of which some are red and not explained by pins
	for _, suite := range s.suites {
		open := s.setAside(suite)
		kept, releases := byRelease(open, suite)
		groups = append(groups, s.keptGroups(kept, suite)...)
		for _, all := range releases {
			if g := s.partly(all); g != nil {
				groups = append(groups, g)
			} else {
				moved = append(moved, all)
			}
		}
	}
	byPins := s.cover(groups)
	for _, all := range moved {
		s.release(byPins, all)
	}
	for _, c := range byPins {
		s.causes = append(s.causes, c.Cause)
	}
	for _, c := range s.causes {
		r.Causes = append(r.Causes, *c)
	}
	slices.SortStableFunc(r.Causes, func(a, b Cause) int {
		return cmp.Or(slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind), slices.Compare(a.Suites, b.Suites), strings.Compare(a.Release, b.Release))
	})
	return r
}

// A sorting is the work of Sort.
type sorting struct {
	Question
	// suites are the observed environments of each suite that has any, in the order of the matrix.
	suites [][]*observed
	// greens are the numbers of green environments in which pins moved.
	greens map[pin]int
	causes []*Cause
}

// setAside makes causes of the environments of a suite that are flaky, were red before, or in which nothing moved. It returns
// the other red ones.
func (s *sorting) setAside(suite []*observed) (open []*observed) {
	aside := map[Kind][]*observed{}
	for _, o := range suite {
		kind := Kind("")
		switch before := s.earlier(o); {
		case !o.result.Outcome.IsRed():
			continue
		case o.result.Unsteady || before.Unsteady:
			kind = Flaky
		case before.Outcome.IsRed():
			kind = Before
		case o.moved || len(o.pins) > 0:
			open = append(open, o)
			continue
		case o.before == "":
			kind = Python
		case o.result.Outcome == results.NotInstalled:
			kind = Installation
		default:
			kind = Flaky
		}
		o.aside = true
		aside[kind] = append(aside[kind], o)
	}
	for _, kind := range kinds {
		if red := aside[kind]; len(red) > 0 {
			c := newCause(kind, red)
			if kind == Python {
				c.Pythons = pythons(red)
			}
			s.causes = append(s.causes, c)
		}
	}
	return open
}

// earlier returns the result that an environment, or the one that it replaces, had before.
func (s *sorting) earlier(o *observed) results.Environment {
	if s.Question.Before.Results == nil {
		return results.Environment{}
	}
	had := s.Question.Before.Results.Environments
	if e := had[o.Name()]; e.Outcome.IsRed() {
		return e
	}
	return had[o.before]
}

// byRelease divides the open environments of a suite: those whose release did not move, and for each release to which others
// moved, all environments that moved to it, red or green.
func byRelease(open, suite []*observed) (kept []*observed, releases [][]*observed) {
	var seen []pep440.Version
	for _, o := range open {
		switch {
		case !o.moved:
			kept = append(kept, o)
		case !slices.ContainsFunc(seen, o.Pick.Version.Equal):
			seen = append(seen, o.Pick.Version)
			var all []*observed
			for _, other := range suite {
				if other.moved && !other.aside && other.ran() && other.Pick.Version.Equal(o.Pick.Version) {
					all = append(all, other)
				}
			}
			releases = append(releases, all)
		}
	}
	return kept, releases
}

// release makes a cause of the environments that moved to one release: the release, or the Python, if the release is green on
// another one. If pins that break other suites explain it, too, the environments are counted among theirs.
func (s *sorting) release(byPins []*pinCause, all []*observed) {
	red, green := split(all)
	for _, c := range byPins {
		if c.explains(red, green) {
			s.addGroup(c, &group{red: red, green: green, others: inAll(red)})
			return
		}
	}
	c := newCause(Release, red)
	c.Release = red[0].Pick.Version.String()
	c.Since = s.Since(red[0].Suite.Config.Package.Key, red[0].Pick.Version)
	if len(green) > 0 {
		c.Kind, c.Pythons, c.Green = Python, pythons(red), names(green)
	}
	s.causes = append(s.causes, c)
}

// split returns the red and the green ones of environments.
func split(all []*observed) (red, green []*observed) {
	for _, o := range all {
		switch {
		case o.aside:
		case o.result.Outcome.IsRed():
			red = append(red, o)
		case o.isGreen():
			green = append(green, o)
		}
	}
	return red, green
}

// newCause returns a cause of the red environments of one suite.
func newCause(kind Kind, red []*observed) *Cause {
	c := &Cause{Kind: kind}
	c.add(red)
	return c
}

// add counts red environments of a suite in.
func (c *Cause) add(red []*observed) {
	for _, o := range red {
		c.Red = append(c.Red, Evidence{o.Name(), o.result.Outcome, o.result.Line})
	}
	if suite := red[0].Suite.Configured(); !slices.Contains(c.Suites, suite) {
		c.Suites = append(c.Suites, suite)
		slices.Sort(c.Suites)
	}
}

// pythons returns the factors of the Pythons of environments, ascending.
func pythons(all []*observed) []string {
	ordered := slices.SortedFunc(slices.Values(all), func(a, b *observed) int { return a.Python.Compare(b.Python) })
	var factors []string
	for _, o := range ordered {
		factors = append(factors, o.Python.Factor())
	}
	return slices.Compact(factors)
}

// names returns the names of environments.
func names(all []*observed) []string {
	var list []string
	for _, o := range all {
		list = append(list, o.Name())
	}
	return list
}
