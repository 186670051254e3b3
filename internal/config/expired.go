package config

import (
	"fmt"
	"time"

	"toxgen/internal/finding"
)

// expired reports whether the last day of the exception is over.
func (e Exception) expired(now time.Time) bool {
	return !e.Until.IsZero() && !now.Before(e.Until.AddDate(0, 0, 1))
}

// Expired returns a warning for each exception whose last day is over. Expired exceptions still apply. Days are those
// of UTC, so that the result does not depend on the machine.
func (c *Config) Expired(now time.Time) finding.List {
	var list finding.List
	check := func(e Exception, what string) {
		if !e.expired(now) {
			return
		}
		list = append(list, finding.Finding{Severity: finding.Warning, Kind: "rules that expired", File: c.File, Line: e.Until.Line, Column: e.Until.Column,
			Message: fmt.Sprintf("%s expired on %s and still applies", what, e.Until.Format(time.DateOnly)),
			Hint:    "remove it, or move its date"})
	}
	disabled := func(suite string, d *Disabled) {
		if d != nil {
			check(d.Exception, fmt.Sprintf("suite %s: `disabled`", quoted(suite)))
		}
	}
	mayFail := func(suite string, m *MayFail) {
		if m != nil {
			check(m.Exception, fmt.Sprintf("suite %s: `may-fail`", quoted(suite)))
		}
	}
	rule := func(temporary bool, e Exception, what string) {
		if !temporary { // those have a warning of their own
			check(e, what)
		}
	}
	for _, r := range c.Temporary() {
		if r.Expired(now) {
			list = append(list, finding.Finding{Severity: finding.Warning, Kind: "rules that expired", File: c.File, Line: r.pos().Line, Column: r.pos().Column,
				Message: fmt.Sprintf("the temporary rule %s expired on %s and still applies", quoted(r.String()), r.Until().Format(time.DateOnly)),
				Hint:    "`mage update` removes it and tests without it; to keep it, move its date"})
		}
	}
	for _, e := range c.Suites {
		for _, h := range e.Value.Hold {
			rule(h.Temporary, h.Exception, fmt.Sprintf("suite %s: the hold of %s", quoted(e.Key), h.Exclude.String()))
		}
		mayFail(e.Key, e.Value.MayFail)
		disabled(e.Key, e.Value.Disabled)
	}
	for _, e := range c.Static {
		mayFail(e.Key, e.Value.MayFail)
		disabled(e.Key, e.Value.Disabled)
	}
	for _, v := range c.allVariants() {
		for _, h := range v.Value.Hold {
			rule(h.Temporary, h.Exception, fmt.Sprintf("the variant %s: the hold of %s", quoted(v.Key), h.Exclude.String()))
		}
	}
	for _, k := range c.Constraints {
		rule(k.Temporary, k.Exception, "the constraint "+quoted(k.Requirement.Text))
	}
	return list
}
