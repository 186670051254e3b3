package config

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A TemporaryRule is a hold or a constraint that lasts until a day: after it, an update removes the rule, and tests without it.
type TemporaryRule struct {
	// Suite is the name of the suite, or of the variant, of a hold.
	Suite string
	// Hold is the hold; it is nil if the rule is a constraint.
	Hold *Hold
	// Constraint is the constraint; it is nil if the rule is a hold.
	Constraint *Constraint
	// item is the index of the rule in its list.
	item int
}

// String returns the rule as triage names it: `flask ==3.1`, or `werkzeug!=3.2 for flask, django on py3.8`.
func (r TemporaryRule) String() string {
	if r.Hold != nil {
		return r.Suite + " " + r.Hold.Exclude.String()
	}
	text := r.Constraint.Requirement.Text
	var pythons []string
	for _, p := range r.Constraint.When {
		pythons = append(pythons, "py"+p.Short)
	}
	if suites := r.Suites(); len(suites) > 0 {
		text += " for " + strings.Join(suites, ", ")
	}
	if len(pythons) > 0 {
		text += " on " + strings.Join(pythons, ", ")
	}
	return text
}

// Suites returns the names of the suites that the rule is for. If there are none, it is for all.
func (r TemporaryRule) Suites() []string {
	if r.Hold != nil {
		return []string{r.Suite}
	}
	var names []string
	for _, s := range r.Constraint.Suites {
		names = append(names, s.Text)
	}
	return names
}

// Until returns the last day of the rule, at its beginning in UTC.
func (r TemporaryRule) Until() time.Time { return r.exception().Until.Time }

// Expired reports whether the last day of the rule is over.
func (r TemporaryRule) Expired(now time.Time) bool { return r.exception().expired(now) }

// Reason returns why the rule was written; it may be empty.
func (r TemporaryRule) Reason() string { return r.exception().Reason }

func (r TemporaryRule) exception() Exception {
	if r.Hold != nil {
		return r.Hold.Exception
	}
	return r.Constraint.Exception
}

// Temporary returns the temporary rules: holds in the order of their suites, then constraints.
func (c *Config) Temporary() []TemporaryRule {
	var rules []TemporaryRule
	holds := func(suite string, holds []Hold) {
		for i := range holds {
			if holds[i].Temporary {
				rules = append(rules, TemporaryRule{Suite: suite, Hold: &holds[i], item: i})
			}
		}
	}
	for _, s := range c.Suites {
		holds(s.Key, s.Value.Hold)
		for _, v := range s.Value.Variants.List {
			holds(variantName(s.Key, v.Key), v.Value.Hold)
		}
	}
	for i := range c.Constraints {
		if k := &c.Constraints[i]; k.Temporary {
			rules = append(rules, TemporaryRule{Constraint: k, item: i})
		}
	}
	return rules
}

// WithoutRule returns the text of a configuration without a temporary rule that it has; a list that becomes empty goes, too. Nothing
// else changes. It parses the result and checks that it means the same as the text before, less the rule. The error is a
// [finding.List]: those of [Parse], or that the rule has to be removed by hand.
func WithoutRule(file string, data []byte, rule TemporaryRule) ([]byte, error) {
	c, findings := Parse(file, data)
	if c == nil {
		return nil, findings
	}
	rules := c.Temporary()
	i := slices.IndexFunc(rules, func(r TemporaryRule) bool { return r.String() == rule.String() })
	if i < 0 {
		return nil, finding.List{{Severity: finding.Error, File: file, Message: fmt.Sprintf("there is no temporary rule %s", quoted(rule.String()))}}
	}
	rule = rules[i]
	pos := rule.pos()
	text := bytes.TrimPrefix(data, []byte(byteOrderMark))
	root := tree(text)
	target := place{root, reflect.TypeFor[Config](), "constraints"}
	if rule.Hold != nil {
		target = place{holder(root, c, rule.Suite), reflect.TypeFor[Suite](), "hold"}
	}
	if target.mapping != nil {
		if list := target.list(); list != nil && list.Kind == yaml.SequenceNode {
			changed := []byte(newLayout(text).withoutItem(target, rule.item))
			target.remove(rule.item)
			if c, _ := Parse(file, changed); c != nil && same(root, tree(changed)) {
				return slices.Concat(data[:len(data)-len(text)], changed), nil
			}
		}
	}
	return nil, finding.List{{Severity: finding.Error, File: file, Line: pos.Line, Column: pos.Column,
		Message: fmt.Sprintf("the rule %s expired, and cannot be removed automatically", quoted(rule.String())), Hint: "remove it by hand"}}
}

// pos returns the position of the rule.
func (r TemporaryRule) pos() Pos {
	if r.Hold != nil {
		return r.Hold.Pos
	}
	return r.Constraint.Pos
}
