package config

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A place is a list of a mapping, which may be missing.
type place struct {
	mapping *yaml.Node
	// of is the type whose fields are in the order in which people write the keys of the mapping.
	of  reflect.Type
	key string
}

// list returns the list, or nil if it is missing.
func (p place) list() *yaml.Node { return child(p.mapping, p.key) }

// before returns the index of the pair after which the key belongs: the last key that comes before it in the type.
func (p place) before() int {
	fields, last := fieldsOf(p.of).byKey, 0
	for i := 0; i < len(p.mapping.Content); i += 2 {
		if slices.Compare(fields[p.mapping.Content[i].Value].index, fields[p.key].index) < 0 {
			last = i
		}
	}
	return last
}

// append adds an item to the node of the list.
func (p place) append(item *yaml.Node) {
	list := p.list()
	if list == nil {
		list = &yaml.Node{Kind: yaml.SequenceNode}
		behind := 0
		if len(p.mapping.Content) > 0 {
			behind = p.before() + 2
		}
		p.mapping.Content = slices.Insert(p.mapping.Content, behind, scalarNode("!!str", p.key), list)
	}
	list.Content = append(list.Content, item)
}

// remove removes an item from the node of the list, and the list if nothing is left of it.
func (p place) remove(item int) {
	list := p.list()
	list.Content = slices.Delete(list.Content, item, item+1)
	if len(list.Content) > 0 || len(p.mapping.Content) == 2 {
		return
	}
	key := slices.IndexFunc(p.mapping.Content, func(n *yaml.Node) bool { return n == list }) - 1
	p.mapping.Content = slices.Delete(p.mapping.Content, key, key+2)
}

// withItem returns the text of a valid configuration with one more item at the end of a list; in finds the list in the root of
// the text. It parses the result and checks that it means the same as the text before, plus the item. Otherwise, the error says
// that the item, which what names, has to be added by hand.
func withItem(file string, data []byte, in func(root *yaml.Node) place, item *yaml.Node, what string) ([]byte, error) {
	text := bytes.TrimPrefix(data, []byte(byteOrderMark))
	root := tree(text)
	target := in(root)
	changed := []byte(newLayout(text).withItem(target, flowText(item)))
	target.append(item)
	if c, _ := Parse(file, changed); c == nil || !same(root, tree(changed)) {
		return nil, finding.List{{Severity: finding.Error, File: file, Line: target.mapping.Line, Column: target.mapping.Column,
			Message: what + " cannot be added automatically", Detail: []string{target.key + ":", "  - " + flowText(item)}, Hint: "add it by hand"}}
	}
	return slices.Concat(data[:len(data)-len(text)], changed), nil
}

// An itemReader is a mapping that is made of texts. It collects what is wrong with them.
type itemReader struct {
	*decoder
	name string
	node *yaml.Node
}

// newItem returns an empty mapping; name is the beginning of the paths in messages.
func newItem(name string) *itemReader {
	return &itemReader{&decoder{broken: map[Pos]bool{}, unread: map[string]bool{}}, name, &yaml.Node{Kind: yaml.MappingNode}}
}

// add adds a key.
func (r *itemReader) add(key string, value *yaml.Node) {
	r.node.Content = append(r.node.Content, scalarNode("!!str", key), value)
}

// text adds a text, unless it is empty.
func (r *itemReader) text(key, tag, text string) {
	if !utf8.ValidString(text) {
		r.failAt(Pos{}, "", "%s.%s is not UTF-8", r.name, key)
	}
	if text != "" {
		r.add(key, scalarNode(tag, text))
	}
}

// texts adds a list of texts, unless it is empty.
func (r *itemReader) texts(key string, texts []string) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			r.failAt(Pos{}, "", "%s.%s is not UTF-8", r.name, key)
		}
		list.Content = append(list.Content, scalarNode("!!str", text))
	}
	if len(texts) > 0 {
		r.add(key, list)
	}
}

// exception adds the keys of an [Exception], and whether it is temporary. The issue must be an https URL.
func (r *itemReader) exception(reason, issue, until string, temporary bool) {
	if issue != "" && !strings.HasPrefix(issue, "https://") {
		r.failAt(Pos{}, "", "%s.issue is not an https URL", r.name)
		issue = ""
	}
	r.text("reason", "!!str", reason)
	r.text("issue", "!!str", issue)
	r.text("until", "!!timestamp", until)
	if temporary {
		r.add("temporary", scalarNode("!!bool", "true"))
	}
}

// scalarNode returns a node for a scalar.
func scalarNode(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// flowText returns a mapping of texts, dates and lists of texts as one line of YAML. YAML understands all escapes of Go's quoting
// except those of bytes that are not UTF-8, so no value can reach beyond its quotes.
func flowText(mapping *yaml.Node) string {
	var pairs []string
	for i := 0; i < len(mapping.Content); i += 2 {
		pairs = append(pairs, mapping.Content[i].Value+": "+flowValue(mapping.Content[i+1]))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// flowValue returns a value of such a mapping.
func flowValue(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			if items[i] = flowValue(item); nameText.MatchString(item.Value) && (&yaml.Node{Kind: yaml.ScalarNode, Value: item.Value}).ShortTag() == "!!str" {
				items[i] = item.Value
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	case n.Tag == "!!str":
		return strconv.Quote(n.Value)
	default:
		return n.Value
	}
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

// same reports whether two nodes have the same meaning, whatever their positions and styles.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}
