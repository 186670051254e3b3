package triage

import (
	"errors"
	"fmt"
	"slices"

	"toxgen/internal/formats"
	"toxgen/internal/pep440"
	"toxgen/internal/results"
)

// MaximumReport is the maximum number of bytes of a report that is handed over, and maximumCauses that of its causes.
const (
	MaximumReport = 8 << 20
	maximumCauses = 1_000
)

// Parse parses a report that [Report.JSON] returned. An unknown field is an error, and what was held is left out.
func Parse(data []byte) (*Report, error) {
	if len(data) > MaximumReport {
		return nil, fmt.Errorf("not a report: it has more than %d bytes", MaximumReport)
	}
	r := &Report{}
	if err := formats.DecodeJSON("report", data, "version", format, r); err != nil {
		return nil, err
	}
	switch {
	case r.Version != format:
		return nil, fmt.Errorf("a report of version %d, not %d", r.Version, format)
	case len(r.Causes) > maximumCauses:
		return nil, fmt.Errorf("not a report: it has more than %d causes", maximumCauses)
	}
	known := func(o results.Outcome) bool { return slices.Contains(results.Outcomes, o) }
	for _, count := range r.Outcomes {
		if !known(count.Outcome) {
			return nil, fmt.Errorf("not a report: no outcome is called %q", count.Outcome)
		}
	}
	for i := range r.Causes {
		c := &r.Causes[i]
		if !slices.Contains(kinds, c.Kind) || slices.ContainsFunc(c.Red, func(e Evidence) bool { return !known(e.Outcome) }) {
			return nil, errors.New("not a report: a cause is of an unknown kind, or has an unknown outcome")
		}
		c.Held = nil
	}
	return r, nil
}

// Refuse returns an error if a report that was handed over could make anything else than less tested: its causes may only hold
// releases and pins that moved between the two states, in suites in which they did. No results are needed for that.
func Refuse(q Question, r *Report) error {
	s := &sorting{Question: q, greens: map[pin]int{}}
	s.Now.Results, s.Question.Before.Results = &results.Run{}, nil
	s.observe()
	for i := range r.Causes {
		c := &r.Causes[i]
		if len(c.Suites) == 0 {
			return errors.New("a cause has no suite")
		}
		for _, suite := range c.Suites {
			if err := s.refuse(c, suite); err != nil {
				return fmt.Errorf("suite %q: %w", suite, err)
			}
		}
	}
	return nil
}

// refuse returns an error if what a cause holds did not move in a suite.
func (s *sorting) refuse(c *Cause, suite string) error {
	var all []*observed
	for _, one := range s.suites {
		if one[0].Suite.Configured() == suite {
			all = append(all, one...)
		}
	}
	some := func(has func(o *observed) bool) bool { return slices.ContainsFunc(all, has) }
	if c.Kind == Release || c.Kind == Python && c.Release != "" {
		v, err := pep440.Parse(c.Release)
		if err != nil || v.String() != c.Release || len(c.Suites) > 1 || !some(func(o *observed) bool { return o.moved && o.Pick.Version.String() == c.Release }) {
			return fmt.Errorf("it did not move to release %q", c.Release)
		}
	}
	for _, p := range c.Pins {
		if !p.Build && !some(func(o *observed) bool { return o.hasMoved(p) }) {
			return fmt.Errorf("no pin of it moved to %q %q", p.Project, p.To)
		}
	}
	for _, factor := range c.Pythons {
		if !some(func(o *observed) bool { return o.Python.Factor() == factor }) {
			return fmt.Errorf("it is not tested on %q", factor)
		}
	}
	if len(all) == 0 {
		return errors.New("nothing of it is tested")
	}
	return nil
}

// hasMoved reports whether a pin moved to exactly this version.
func (o *observed) hasMoved(p Pin) bool {
	for k, m := range o.pins {
		if k.project == p.Project && m.to.String() == p.To && !k.build {
			return true
		}
	}
	return false
}
