package config

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A NewConstraint is a constraint to be added, with texts for the keys of a [Constraint]. All but Requirement may be empty.
type NewConstraint struct {
	Requirement          string
	When, Suites         []string
	Reason, Issue, Until string
	Temporary            bool
}

// WithConstraint returns the text of a configuration with one more constraint at the end of its constraints. It promises the
// same as [WithHold].
func WithConstraint(file string, data []byte, constraint NewConstraint) ([]byte, error) {
	c, findings := Parse(file, data)
	if c == nil {
		return nil, findings
	}
	item, wanted, findings := constraint.read()
	findings = append(findings, c.refuseConstraint(wanted)...)
	if len(findings) > 0 {
		findings.Sort()
		return nil, findings
	}
	in := func(root *yaml.Node) place { return place{root, reflect.TypeFor[Config](), "constraints"} }
	return withItem(file, data, in, item, "the constraint "+quoted(wanted.Requirement.Text))
}

// read returns the constraint as a node, the constraint itself, and the errors in its texts.
func (n NewConstraint) read() (*yaml.Node, Constraint, finding.List) {
	item := newItem("constraint")
	item.text("requirement", "!!str", strings.TrimSpace(n.Requirement))
	item.texts("when", n.When)
	item.texts("suites", n.Suites)
	item.exception(n.Reason, n.Issue, n.Until, n.Temporary)
	var wanted Constraint
	item.decodeInto(item.node, &wanted, rules{}, "constraint")
	return item.node, wanted, item.findings
}

// refuseConstraint returns the reasons why a constraint cannot be added.
func (c *Config) refuseConstraint(wanted Constraint) finding.List {
	d := &decoder{file: c.File, following: c.Suites.byKey(), static: c.Static.byKey(), broken: map[Pos]bool{}}
	d.constraints(&Config{File: c.File, Suites: c.Suites, Static: c.Static, Testenv: c.Testenv, Constraints: []Constraint{wanted}})
	for _, k := range c.Constraints {
		if k.Requirement.Requirement.String() != wanted.Requirement.Requirement.String() || k.scope() != wanted.scope() {
			continue
		}
		hint := ""
		if other := wanted.differs(k.Exception); len(other) > 0 {
			hint = "change its " + strings.Join(other, ", ") + " there"
		}
		d.failAt(k.Pos, hint, "there already is a constraint %s for the same suites and Pythons", quoted(k.Requirement.Text))
	}
	return d.findings
}

// scope returns a text that is the same for constraints of the same suites and Pythons.
func (k *Constraint) scope() string {
	var suites []string
	for _, s := range k.Suites {
		suites = append(suites, s.Text)
	}
	slices.Sort(suites)
	return (When{Pythons: k.When}).key() + " " + strings.Join(slices.Compact(suites), ",")
}
