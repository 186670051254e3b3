package config

import (
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A NewHold is a hold to be added, with a text for each key of a [Hold]. All but Exclude may be empty.
type NewHold struct {
	Exclude, Reason, Issue, Until string
	Temporary                     bool
}

// WithHold returns the text of a configuration with one more hold at the end of its suite's holds; file is the name of
// the text in findings. Nothing else changes: comments, layout, quotes and line ends are kept. WithHold parses the
// result and checks that it means the same as the text before, plus the hold.
//
// The error is a [finding.List]. It holds the findings of [Parse] for an invalid configuration, or everything that is
// wrong with the arguments, or a finding that the hold cannot be added automatically, with the lines to add by hand.
func WithHold(file string, data []byte, suite string, hold NewHold) ([]byte, error) {
	c, findings := Parse(file, data)
	if c == nil {
		return nil, findings
	}
	item, wanted, findings := hold.read()
	findings = append(findings, c.refuseHold(suite, wanted)...)
	if len(findings) > 0 {
		findings.Sort()
		return nil, findings
	}
	in := func(root *yaml.Node) place { return place{holder(root, c, suite), reflect.TypeFor[Suite](), "hold"} }
	return withItem(file, data, in, item, fmt.Sprintf("suite %s: the hold", quoted(suite)))
}

// holder returns the node of a suite, or of one of its variants.
func holder(root *yaml.Node, c *Config, suite string) *yaml.Node {
	suites, base := child(root, "suites"), c.Suite(suite).Base
	if base == "" {
		return child(suites, suite)
	}
	return child(child(child(suites, base), "variants"), strings.TrimPrefix(suite, base+"-"))
}

// read returns the hold as a node whose specifier has no blanks, the hold itself, and the errors in its texts. It
// accepts the texts that a file may hold, but the issue must be an https URL.
func (h NewHold) read() (*yaml.Node, Hold, finding.List) {
	item := newItem("hold")
	item.text("exclude", "!!str", strings.TrimSpace(h.Exclude))
	item.exception(h.Reason, h.Issue, h.Until, h.Temporary)
	var wanted Hold
	item.decodeInto(item.node, &wanted, rules{}, "hold")
	if clauses := wanted.Exclude.Clauses(); len(clauses) > 0 {
		texts := make([]string, len(clauses))
		for i, clause := range clauses {
			texts[i] = clause.String()
		}
		child(item.node, "exclude").Value = strings.Join(texts, ",")
	}
	return item.node, wanted, item.findings
}

// refuseHold returns the reasons why a hold cannot be added to a suite.
func (c *Config) refuseHold(suite string, wanted Hold) finding.List {
	d := &decoder{file: c.File}
	target := c.Suite(suite)
	if target == nil {
		if static := c.Static.Get(suite); static != nil {
			d.failAt(static.Pos, fmt.Sprintf("restrict what it installs: constraints: [{requirement: \"PROJECT<VERSION\", suites: [%s]}]", suite),
				"static suite %s follows no project, so it has no releases to hold", quoted(suite))
		} else {
			d.failAt(Pos{}, Meant(suite, c.Suites.keys()), "no suite that follows a project is called %s", quoted(suite))
		}
		return d.findings
	}
	if target.Base != "" && !c.Suites.Get(target.Base).Variants.Stated {
		d.failAt(Pos{}, fmt.Sprintf("hold it in suite %s", target.Base), "suite %s has its variants from testenv, where a hold would be one of all suites", quoted(target.Base))
	}
	for _, h := range target.Hold {
		if h.Exclude.String() == wanted.Exclude.String() {
			hint := ""
			if other := wanted.differs(h.Exception); len(other) > 0 {
				hint = "change its " + strings.Join(other, ", ") + " there"
			}
			d.failAt(h.Pos, hint, "suite %s already has a hold of %s", quoted(suite), h.Exclude)
		}
	}
	return d.findings
}

// differs returns the keys whose values are set in e and differ from those in other.
func (e Exception) differs(other Exception) []string {
	var keys []string
	if e.Reason != "" && e.Reason != other.Reason {
		keys = append(keys, "reason")
	}
	if e.Issue != "" && e.Issue != other.Issue {
		keys = append(keys, "issue")
	}
	if !e.Until.IsZero() && !e.Until.Equal(other.Until.Time) {
		keys = append(keys, "until")
	}
	return keys
}
