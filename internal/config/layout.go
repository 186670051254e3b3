package config

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// layout is a YAML text to be added to. yaml.v3 says of a node in which line it begins, and at which character of it;
// where it ends is read off the text.
type layout struct {
	text string
	// lines are the beginnings of the lines.
	lines []int
}

// breaks are the characters that end lines for YAML 1.1, as for yaml.v3.
const breaks = "\r\n\u0085\u2028\u2029"

var (
	lineBreak    = regexp.MustCompile("\r\n|[" + breaks + "]")
	commentLine  = regexp.MustCompile("^(?:\r\n|[" + breaks + "])( *)#[^" + breaks + "]*")
	doubleQuoted = regexp.MustCompile(`(?s)^"(?:[^"\\]|\\.)*"`)
	bracket      = regexp.MustCompile(`^[\[{]`)
	singleQuoted = regexp.MustCompile(`^'(?:[^']|'')*'`)
	// closing is what may stand between the last item of a flow collection and its end, and the end: blanks, a comma,
	// comments. If there is no item it begins with the opening bracket.
	closing = regexp.MustCompile("^(?:[^]}#]|#[^" + breaks + "]*)*[]}]")
	// flowTail is what may stand behind an item of a flow collection that has a line for itself.
	flowTail = regexp.MustCompile(`^[ \t]*(,?)[ \t]*(?:#.*)?$`)
)

func newLayout(text []byte) layout {
	l := layout{text: string(text), lines: []int{0}}
	for _, found := range lineBreak.FindAllStringIndex(l.text, -1) {
		l.lines = append(l.lines, found[1])
	}
	return l
}

// withHold is the text with one more hold of a suite.
func (l layout) withHold(suite *yaml.Node, item string) string {
	holds := child(suite, "hold")
	switch {
	case holds == nil:
		return l.withFirstHold(suite, item)
	case len(holds.Content) == 0:
		at := l.end(holds) - 1
		return l.text[:at] + item + l.text[at:]
	case holds.Style&yaml.FlowStyle != 0:
		last := holds.Content[len(holds.Content)-1]
		return l.inFlow(last, last, item)
	default:
		return l.under(holds, suite.Column+1, strings.Repeat(" ", holds.Column-1)+"- "+item)
	}
}

// withFirstHold is withHold for a suite that has none.
func (l layout) withFirstHold(suite *yaml.Node, item string) string {
	i := beforeHold(suite)
	key, value := suite.Content[i], suite.Content[i+1]
	if suite.Style&yaml.FlowStyle != 0 {
		return l.inFlow(key, value, "hold: ["+item+"]")
	}
	comments := suite.Column
	if i+2 < len(suite.Content) {
		comments++ // as deep as the keys, they are about the next one
	}
	indent := strings.Repeat(" ", suite.Column-1)
	return l.under(value, comments, indent+"hold:", indent+"  - "+item)
}

// under adds lines under the one in which a node ends, and under the comments right below it that begin in a column
// or behind it.
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

// inFlow adds an item behind another of a flow collection, which goes from one node to the end of another; if that
// has lines for itself, the new one gets its own.
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

// newline ends lines that are added at the end of another.
func (l layout) newline(at int) string {
	if strings.HasPrefix(l.text[at:], "\r\n") || at == len(l.text) && strings.Contains(l.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

func (l layout) lineStart(n *yaml.Node) int { return l.lines[n.Line-1] }

// lineEnd is the end of the line that goes on at a place, before its break.
func (l layout) lineEnd(at int) int {
	if i := strings.IndexAny(l.text[at:], breaks); i >= 0 {
		return at + i
	}
	return len(l.text)
}

// start is where a node begins.
func (l layout) start(n *yaml.Node) int {
	at := l.lineStart(n)
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(l.text[at:])
		at += size
	}
	return at
}

// end is where a node ends.
func (l layout) end(n *yaml.Node) int {
	at := l.start(n)
	if n.Kind == yaml.ScalarNode {
		return l.scalarEnd(n, at)
	}
	bracketed := n.Style&yaml.FlowStyle != 0 && bracket.MatchString(l.text[at:]) // not so the pair in `[a: b]`
	if len(n.Content) > 0 {
		at = l.end(n.Content[len(n.Content)-1])
	}
	if bracketed {
		at += len(closing.FindString(l.text[at:]))
	}
	return at
}

// scalarEnd is where a scalar ends that begins at a place. One without quotes is its value, broken into lines and
// indented; above a block stands a line that says so.
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
