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

// NewHold is a hold as people give it, a text for each key of a [Hold]; all but Exclude may be empty.
type NewHold struct{ Exclude, Reason, Issue, Until string }

// WithHold returns the text of a configuration with one more hold, the last of its suite; file is the text's name in
// findings. Nothing else of the text changes: comments, layout, quotes and line ends are kept. What comes out was
// parsed, and means what the text meant before and the hold.
//
// The error is a [finding.List]: what [Parse] says of a faulty configuration; everything that is wrong with the
// arguments; or that the hold has no place in the text, with the lines that people have to add themselves.
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
	target := child(child(root, "suites"), suite)
	changed := []byte(newLayout(text).withHold(target, flowText(item)))
	appendHold(target, item)
	if c, _ := Parse(file, changed); c == nil || !same(root, tree(changed)) {
		return nil, finding.List{{Severity: finding.Error, File: file, Line: target.Line, Column: target.Column,
			Message: fmt.Sprintf("suite %s: the hold cannot be added by itself", quoted(suite)),
			Detail:  "hold:\n  - " + flowText(item), Hint: "add it by hand"}}
	}
	return slices.Concat(data[:len(data)-len(text)], changed), nil
}

// read is the hold as a tree, its specifier without blanks, and as what that means; and what is wrong with its texts:
// they have to be what a file admits, and the issue's an https URL.
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

// refuseHold says why a suite cannot be given a hold, if it cannot.
func (c *Config) refuseHold(suite string, wanted Hold) finding.List {
	d := &decoder{file: c.File}
	target := c.Suites.Get(suite)
	if target == nil {
		if static := c.Static.Get(suite); static != nil {
			d.failAt(static.Pos, "", "static suite %s follows no project, so it has no releases to hold", quoted(suite))
		} else {
			d.failAt(Pos{}, meant(suite, c.Suites.keys()), "no suite that follows a project is called %s", quoted(suite))
		}
		return d.findings
	}
	for _, h := range target.Hold {
		if h.Exclude.String() == wanted.Exclude.String() {
			hint := ""
			if other := wanted.differs(h.Exception); len(other) > 0 {
				hint = "change its " + strings.Join(other, ", ") + " there"
			}
			d.failAt(h.Pos, hint, "suite %s has a hold of %s already", quoted(suite), h.Exclude)
		}
	}
	return d.findings
}

// differs names what an exception says otherwise than another.
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

func scalarNode(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// flowText writes a mapping of texts and dates on one line. What Go escapes in quotes YAML reads as Go does, bytes
// that are not UTF-8 aside, so no text breaks out of its own.
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

// tree is the tree of a text that was parsed without errors.
func tree(text []byte) *yaml.Node { return (&decoder{}).document(text) }

// child is the value of a mapping's key, or nil.
func child(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// appendHold gives the tree of a suite one more hold.
func appendHold(suite, item *yaml.Node) {
	holds := child(suite, "hold")
	if holds == nil {
		holds = &yaml.Node{Kind: yaml.SequenceNode}
		behind := beforeHold(suite) + 2
		suite.Content = slices.Insert(suite.Content, behind, scalarNode("!!str", "hold"), holds)
	}
	holds.Content = append(holds.Content, item)
}

// beforeHold is where a suite has the pair behind which its `hold` goes: the last of those that [Suite] has before it.
func beforeHold(suite *yaml.Node) int {
	fields, last := fieldsOf(reflect.TypeFor[Suite]()).byKey, 0
	for i := 0; i < len(suite.Content); i += 2 {
		if slices.Compare(fields[suite.Content[i].Value].index, fields["hold"].index) < 0 {
			last = i
		}
	}
	return last
}

// same says whether two trees mean the same, wherever their parts stand and however they are written.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}
