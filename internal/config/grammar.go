package config

import (
	"fmt"
	"strings"
)

// A grammar checks the order of tokens as yaml.v3's parser does. Its methods return the first fault, or nil.
type grammar struct {
	tokens  []token
	text    string
	at      int
	anchors map[string]bool
}

// stop means that the scanner has found a fault and that there are no further tokens.
var stop = &fault{}

// kind returns the kind of the next token.
func (g *grammar) kind() tokenKind { return g.tokens[g.at].kind }

// is reports whether the next token is of one of the kinds.
func (g *grammar) is(kinds ...tokenKind) bool {
	for _, kind := range kinds {
		if g.kind() == kind {
			return true
		}
	}
	return false
}

// skip moves past the next token if it is of a kind, and reports whether it did.
func (g *grammar) skip(kind tokenKind) bool {
	if g.kind() != kind {
		return false
	}
	g.at++
	return true
}

// stream checks the documents of the text.
func (g *grammar) stream() *fault {
	for first := true; ; first = false {
		for !first && g.skip(documentEnd) {
		}
		if g.is(streamEnd, cut) {
			return nil
		}
		explicit := !first || g.is(directive, documentStart)
		if explicit {
			for g.skip(directive) {
			}
			if !g.skip(documentStart) {
				return g.unless(g.unexpected("the document ends before this", "indent it like the first key of the file"))
			}
		}
		if !g.is(directive, documentStart, documentEnd, streamEnd) || !explicit {
			if f := g.node(true, false); f != nil {
				return g.unless(f)
			}
		}
		g.skip(documentEnd)
	}
}

// unless returns a fault, or nil if the fault is stop.
func (g *grammar) unless(f *fault) *fault {
	if f == stop {
		return nil
	}
	return f
}

// unexpected returns a fault at the next token, with a more exact message than the given one where there is one.
func (g *grammar) unexpected(message, hint string) *fault {
	t := g.tokens[g.at]
	if t.kind == cut {
		return stop
	}
	if t.kind == ']' || t.kind == '}' || t.kind == ',' {
		return &fault{t.mark, fmt.Sprintf("`%c` stands outside of brackets", t.kind), "remove it, or quote the text"}
	}
	if g.at > 0 {
		before := g.tokens[g.at-1]
		if before.line == t.line && strings.ContainsRune("a]}*", rune(before.kind)) && t.kind != blockEnd && t.kind != streamEnd {
			return &fault{t.mark, "text follows a value that has ended", "quote the whole text"}
		}
	}
	return &fault{t.mark, message, hint}
}

// node checks one value. block is set outside of brackets. bare is set where a list may have the indentation of the key
// before it.
func (g *grammar) node(block, bare bool) *fault {
	if t := g.tokens[g.at]; g.skip(aliasToken) {
		name := g.text[t.offset+1 : t.end]
		if !g.anchors[name] {
			return &fault{t.mark, fmt.Sprintf("%s refers to no anchor", quoted("*"+name)), "quote the text if it is not an alias; toxgen reads no aliases"}
		}
		return nil
	}
	start := g.at
	for range 2 {
		t := g.tokens[g.at]
		if g.is(anchorToken, tagToken) && (g.at == start || t.kind != g.tokens[start].kind) {
			if t.kind == anchorToken {
				g.anchors[g.text[t.offset+1:t.end]] = true
			}
			g.at++
		}
	}
	switch {
	case g.skip(scalarToken):
		return nil
	case bare && g.is(entryToken):
		return g.bareList()
	case g.is('['):
		return g.list()
	case g.is('{'):
		return g.mapping()
	case block && g.skip(blockSequence):
		return g.blockList()
	case block && g.skip(blockMapping):
		return g.blockMapping()
	case g.at > start:
		return nil
	case g.is(entryToken):
		return g.unexpected("a list item cannot begin here", "quote a text that begins with `-`; in brackets a comma ends an item")
	default:
		return g.unexpected("a value is missing here", "")
	}
}

// bareList checks a list that has the indentation of the key before it.
func (g *grammar) bareList() *fault {
	for g.skip(entryToken) {
		if !g.is(entryToken, keyToken, valueToken, blockEnd) {
			if f := g.node(true, false); f != nil {
				return f
			}
		}
	}
	return nil
}

// blockList checks a list outside of brackets.
func (g *grammar) blockList() *fault {
	for g.skip(entryToken) {
		if !g.is(entryToken, blockEnd) {
			if f := g.node(true, false); f != nil {
				return f
			}
		}
	}
	if g.skip(blockEnd) {
		return nil
	}
	return g.unexpected("a list item is expected here", "begin it with `- `, or indent the line like the lines that it belongs to")
}

// blockMapping checks a mapping outside of brackets.
func (g *grammar) blockMapping() *fault {
	for g.is(keyToken) {
		for _, part := range []tokenKind{keyToken, valueToken} {
			if g.skip(part) && !g.is(keyToken, valueToken, blockEnd) {
				if f := g.node(true, true); f != nil {
					return f
				}
			}
		}
	}
	switch {
	case g.skip(blockEnd):
		return nil
	case g.is(blockMapping, blockSequence):
		return g.unexpected("the indentation matches no line above", "indent the line like the lines that it belongs to")
	case g.is(entryToken):
		return g.unexpected("a list item cannot stand among keys", "indent it like the items that it belongs to")
	default:
		if f := tightColon(g.text, g.tokens[g.at].mark); f != nil && g.is(scalarToken) {
			return f
		}
		return g.unexpected("a key is expected here", "write `key: value`")
	}
}

// list checks a list in brackets.
func (g *grammar) list() *fault {
	opened := g.tokens[g.at]
	g.at++
	for first := true; !g.is(']'); first = false {
		if !first && !g.skip(',') {
			return g.inBrackets(opened)
		}
		switch {
		case g.skip(keyToken):
			if f := g.pair(opened); f != nil {
				return f
			}
		case !g.is(']'):
			if f := g.element(opened); f != nil {
				return f
			}
		}
	}
	g.at++
	return nil
}

// pair checks a key and a value that are an element of a list in brackets.
func (g *grammar) pair(opened token) *fault {
	if g.is(valueToken, ',', ']') {
		g.at++ // yaml.v3 skips any of these tokens
	} else if f := g.element(opened); f != nil {
		return f
	}
	if g.skip(valueToken) && !g.is(',', ']') {
		return g.element(opened)
	}
	return nil
}

// mapping checks a mapping in brackets.
func (g *grammar) mapping() *fault {
	opened := g.tokens[g.at]
	g.at++
	for first := true; !g.is('}'); first = false {
		if !first && !g.skip(',') {
			return g.inBrackets(opened)
		}
		switch {
		case g.skip(keyToken):
			if !g.is(valueToken, ',', '}') {
				if f := g.element(opened); f != nil {
					return f
				}
			}
			if g.skip(valueToken) && !g.is(',', '}') {
				if f := g.element(opened); f != nil {
					return f
				}
			}
		case !g.is('}'):
			if f := g.element(opened); f != nil {
				return f
			}
		}
	}
	g.at++
	return nil
}

// element checks a value in brackets.
func (g *grammar) element(opened token) *fault {
	if g.is(streamEnd, documentStart, documentEnd, directive, ']', '}') {
		return g.inBrackets(opened)
	}
	if g.is(',') {
		return &fault{g.tokens[g.at].mark, "a value is missing before the comma", ""}
	}
	return g.node(false, false)
}

// inBrackets returns the fault of a token that is not allowed within the brackets that were opened.
func (g *grammar) inBrackets(opened token) *fault {
	t := g.tokens[g.at]
	closer := opened.kind + 2 // in ASCII `]` follows two places after `[`, and `}` after `{`
	switch {
	case t.kind == cut:
		return stop
	case g.is(streamEnd, documentStart, documentEnd, directive):
		return unclosed(opened)
	case g.is(']', '}'):
		return &fault{t.mark, fmt.Sprintf("`%c` does not close the `%c` of line %d", t.kind, opened.kind, opened.line+1), fmt.Sprintf("write `%c` first", closer)}
	default:
		return &fault{t.mark, fmt.Sprintf("a comma or `%c` is expected here", closer), "put commas between elements; quote a text that holds `: `, a comma or a bracket"}
	}
}
