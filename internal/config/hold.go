package config

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A NewHold is a hold to be added, with a text for each key of a [Hold]. All but Exclude may be empty.
type NewHold struct{ Exclude, Reason, Issue, Until string }

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
	text := bytes.TrimPrefix(data, []byte(byteOrderMark))
	root := tree(text)
	target := holder(root, c, suite)
	changed := []byte(newLayout(text).withHold(target, flowText(item)))
	appendHold(target, item)
	if c, _ := Parse(file, changed); c == nil || !same(root, tree(changed)) {
		return nil, finding.List{{Severity: finding.Error, File: file, Line: target.Line, Column: target.Column,
			Message: fmt.Sprintf("suite %s: the hold cannot be added automatically", quoted(suite)),
			Detail:  []string{"hold:", "  - " + flowText(item)}, Hint: "add it by hand"}}
	}
	return slices.Concat(data[:len(data)-len(text)], changed), nil
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
	d := &decoder{broken: map[Pos]bool{}, unread: map[string]bool{}}
	if h.Issue != "" && !strings.HasPrefix(h.Issue, "https://") {
		d.failAt(Pos{}, "", "hold.issue is not an https URL")
		h.Issue = ""
	}
	item := &yaml.Node{Kind: yaml.MappingNode}
	for _, pair := range []struct{ key, text, tag string }{
		{"exclude", strings.TrimSpace(h.Exclude), "!!str"}, {"reason", h.Reason, "!!str"},
		{"issue", h.Issue, "!!str"}, {"until", h.Until, "!!timestamp"},
	} {
		if !utf8.ValidString(pair.text) {
			d.failAt(Pos{}, "", "hold.%s is not UTF-8", pair.key)
		}
		if pair.text != "" {
			item.Content = append(item.Content, scalarNode("!!str", pair.key), scalarNode(pair.tag, pair.text))
		}
	}
	var wanted Hold
	d.decodeInto(item, &wanted, rules{}, "hold")
	if clauses := wanted.Exclude.Clauses(); len(clauses) > 0 {
		texts := make([]string, len(clauses))
		for i, clause := range clauses {
			texts[i] = clause.String()
		}
		child(item, "exclude").Value = strings.Join(texts, ",")
	}
	return item, wanted, d.findings
}

// refuseHold returns the reasons why a hold cannot be added to a suite.
func (c *Config) refuseHold(suite string, wanted Hold) finding.List {
	d := &decoder{file: c.File}
	target := c.Suite(suite)
	if target == nil {
		if static := c.Static.Get(suite); static != nil {
			d.failAt(static.Pos, "", "static suite %s follows no project, so it has no releases to hold", quoted(suite))
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

// scalarNode returns a node for a scalar.
func scalarNode(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// flowText returns a mapping of texts and dates as one line of YAML. YAML understands all escapes of Go's quoting
// except those of bytes that are not UTF-8, so no value can reach beyond its quotes.
func flowText(mapping *yaml.Node) string {
	var pairs []string
	for i := 0; i < len(mapping.Content); i += 2 {
		value := mapping.Content[i+1].Value
		if mapping.Content[i+1].Tag == "!!str" {
			value = strconv.Quote(value)
		}
		pairs = append(pairs, mapping.Content[i].Value+": "+value)
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// tree returns the root node of a text that has been parsed without errors.
func tree(text []byte) *yaml.Node { return (&decoder{}).document(text) }

// child returns the value of a key of a mapping, or nil if the key is missing.
func child(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// appendHold adds a hold to the node of a suite.
func appendHold(suite, item *yaml.Node) {
	holds := child(suite, "hold")
	if holds == nil {
		holds = &yaml.Node{Kind: yaml.SequenceNode}
		behind := 0
		if len(suite.Content) > 0 {
			behind = beforeHold(suite) + 2
		}
		suite.Content = slices.Insert(suite.Content, behind, scalarNode("!!str", "hold"), holds)
	}
	holds.Content = append(holds.Content, item)
}

// beforeHold returns the index of the pair after which the key `hold` of a suite belongs: the last key that comes before
// it in [Suite].
func beforeHold(suite *yaml.Node) int {
	fields, last := fieldsOf(reflect.TypeFor[Suite]()).byKey, 0
	for i := 0; i < len(suite.Content); i += 2 {
		if slices.Compare(fields[suite.Content[i].Value].index, fields["hold"].index) < 0 {
			last = i
		}
	}
	return last
}

// same reports whether two nodes have the same meaning, whatever their positions and styles.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}
