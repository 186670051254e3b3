package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A layout is a YAML text to which lines can be added. yaml.v3 gives the line and the column of the first character
// of a node; the layout finds its end in the text.
type layout struct {
	text string
	// lines holds the offsets of the lines.
	lines []int
}

// breaks holds the characters that end a line in YAML 1.1 and for yaml.v3.
const breaks = "\r\n\u0085\u2028\u2029"

var (
	lineBreak    = regexp.MustCompile("\r\n|[" + breaks + "]")
	commentLine  = regexp.MustCompile("^(?:\r\n|[" + breaks + "])( *)#[^" + breaks + "]*")
	doubleQuoted = regexp.MustCompile(`(?s)^"(?:[^"\\]|\\.)*"`)
	bracket      = regexp.MustCompile(`^[\[{]`)
	singleQuoted = regexp.MustCompile(`^'(?:[^']|'')*'`)
	// closing matches what may follow the last item of a flow collection: blanks, a comma, comments and the closing
	// bracket. If there is no item the match begins with the opening bracket.
	closing = regexp.MustCompile("^(?:[^]}#]|#[^" + breaks + "]*)*[]}]")
	// flowTail matches what may follow an item of a flow collection that has a line of its own.
	flowTail = regexp.MustCompile(`^[ \t]*(,?)[ \t]*(?:#.*)?$`)
)

// newLayout returns the layout of a text.
func newLayout(text []byte) layout {
	l := layout{text: string(text), lines: []int{0}}
	for _, found := range lineBreak.FindAllStringIndex(l.text, -1) {
		l.lines = append(l.lines, found[1])
	}
	return l
}

// withItem returns the text with one more item of a list.
func (l layout) withItem(p place, item string) string {
	list := p.list()
	switch {
	case list == nil:
		return l.withFirstItem(p, item)
	case len(list.Content) == 0:
		at := l.end(list) - 1
		return l.text[:at] + item + l.text[at:]
	case list.Style&yaml.FlowStyle != 0:
		last := list.Content[len(list.Content)-1]
		return l.inFlow(last, last, item)
	default:
		return l.under(list, p.mapping.Column+1, strings.Repeat(" ", list.Column-1)+"- "+item)
	}
}

// withoutItem returns the text without an item of a list. If it is the only one, the list goes with its key, unless the mapping
// has no other: then the list stays, and is empty. Comments on lines of their own stay.
func (l layout) withoutItem(p place, item int) string {
	list := p.list()
	n := list.Content[item]
	switch alone := len(list.Content) == 1; {
	case alone && len(p.mapping.Content) == 2:
		at, end := l.start(list), l.end(list)
		if list.Style&yaml.FlowStyle == 0 {
			at = l.end(p.mapping.Content[0]) + len(":")
			return l.text[:at] + " []" + l.text[end:]
		}
		return l.text[:at] + "[]" + l.text[end:]
	case alone:
		return l.withoutPair(p.mapping, list)
	case list.Style&yaml.FlowStyle == 0:
		return l.withoutLines(n, n)
	case item == 0:
		return l.text[:l.start(n)] + l.text[l.start(list.Content[1]):]
	default:
		return l.text[:l.end(list.Content[item-1])] + l.text[l.end(n):]
	}
}

// withoutPair returns the text without a value of a mapping, which has others, and its key.
func (l layout) withoutPair(mapping, value *yaml.Node) string {
	i := slices.Index(mapping.Content, value)
	key := mapping.Content[i-1]
	switch {
	case mapping.Style&yaml.FlowStyle == 0:
		return l.withoutLines(key, value)
	case i == 1:
		return l.text[:l.start(key)] + l.text[l.start(mapping.Content[2]):]
	default:
		return l.text[:l.end(mapping.Content[i-2])] + l.text[l.end(value):]
	}
}

// withoutLines returns the text without the lines from the beginning of one node to the end of another.
func (l layout) withoutLines(first, last *yaml.Node) string {
	end := l.lineEnd(l.end(last))
	end += len(lineBreak.FindString(l.text[end:]))
	return l.text[:l.lineStart(first)] + l.text[end:]
}

// withFirstItem returns the text with an item of a list that is missing.
func (l layout) withFirstItem(p place, item string) string {
	if len(p.mapping.Content) == 0 { // a variant of which nothing else is said: {}
		at := l.end(p.mapping) - 1
		return l.text[:at] + p.key + ": [" + item + "]" + l.text[at:]
	}
	i := p.before()
	key, value := p.mapping.Content[i], p.mapping.Content[i+1]
	if p.mapping.Style&yaml.FlowStyle != 0 {
		return l.inFlow(key, value, p.key+": ["+item+"]")
	}
	comments := p.mapping.Column
	if i+2 < len(p.mapping.Content) {
		comments++ // comments at the indentation of the keys belong to the next key
	}
	indent := strings.Repeat(" ", p.mapping.Column-1)
	return l.under(value, comments, indent+p.key+":", indent+"  - "+item)
}

// under returns the text with lines added below the last line of a node. Comments that follow directly and begin at or
// after a column stay with the node.
func (l layout) under(n *yaml.Node, column int, lines ...string) string {
	at := l.lineEnd(l.end(n))
	for {
		comment := commentLine.FindStringSubmatch(l.text[at:])
		if comment == nil || len(comment[1])+1 < column {
			break
		}
		at += len(comment[0])
	}
	added := l.newline(at) + strings.Join(lines, l.newline(at))
	return l.text[:at] + added + l.text[at:]
}

// inFlow returns the text with an item added after another item of a flow collection, which reaches from the beginning
// of first to the end of last. If that item has lines of its own, the new item gets a line of its own.
func (l layout) inFlow(first, last *yaml.Node, item string) string {
	end := l.end(last)
	lineEnd := l.lineEnd(end)
	indent := l.text[l.lineStart(first):l.start(first)]
	tail := flowTail.FindStringSubmatch(l.text[end:lineEnd])
	switch {
	case tail == nil || strings.Trim(indent, " \t") != "":
		return l.text[:end] + ", " + item + l.text[end:]
	case tail[1] == "":
		return l.text[:end] + "," + l.text[end:lineEnd] + l.newline(lineEnd) + indent + item + l.text[lineEnd:]
	default:
		return l.text[:lineEnd] + l.newline(lineEnd) + indent + item + "," + l.text[lineEnd:]
	}
}

// newline returns the line break for lines that are added at the end of a line.
func (l layout) newline(at int) string {
	if strings.HasPrefix(l.text[at:], "\r\n") || at == len(l.text) && strings.Contains(l.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// lineStart returns the offset of the line in which a node begins.
func (l layout) lineStart(n *yaml.Node) int { return l.lines[n.Line-1] }

// lineEnd returns the end of the line at an offset, before its line break.
func (l layout) lineEnd(at int) int {
	if i := strings.IndexAny(l.text[at:], breaks); i >= 0 {
		return at + i
	}
	return len(l.text)
}

// start returns the offset of a node.
func (l layout) start(n *yaml.Node) int {
	at := l.lineStart(n)
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(l.text[at:])
		at += size
	}
	return at
}

// end returns the offset behind a node.
func (l layout) end(n *yaml.Node) int {
	at := l.start(n)
	if n.Kind == yaml.ScalarNode {
		return l.scalarEnd(n, at)
	}
	bracketed := n.Style&yaml.FlowStyle != 0 && bracket.MatchString(l.text[at:]) // the pair in `[a: b]` has no brackets
	if len(n.Content) > 0 {
		at = l.end(n.Content[len(n.Content)-1])
	}
	if bracketed {
		at += len(closing.FindString(l.text[at:]))
	}
	return at
}

// scalarEnd returns the offset behind a scalar that begins at an offset. The text of a scalar without quotes is its
// value, broken into indented lines; a block scalar has a header on the line above.
func (l layout) scalarEnd(n *yaml.Node, at int) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return at + len(doubleQuoted.FindString(l.text[at:]))
	case n.Style&yaml.SingleQuotedStyle != 0:
		return at + len(singleQuoted.FindString(l.text[at:]))
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		at = l.lineEnd(at)
	}
	for _, r := range n.Value {
		if i := strings.IndexRune(l.text[at:], r); i >= 0 && !strings.ContainsRune(" \t"+breaks, r) {
			at += i + utf8.RuneLen(r)
		}
	}
	return at
}
