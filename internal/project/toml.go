package project

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A value is a value of a TOML file and its place. A nil value is one that is missing.
type value struct {
	place Place
	kind  unstable.Kind // String, Array, InlineTable for every table, or another
	text  string        // of a String
	items []*value      // of an Array
	keys  []key         // of a table, in the order of the file
	index map[string]*value
}

// A key is a key of a table and its place.
type key struct {
	name  string
	place Place
}

// get returns the value under a path of keys, or nil.
func (v *value) get(path ...string) *value {
	for _, name := range path {
		if v == nil {
			return nil
		}
		v = v.index[name]
	}
	return v
}

// String returns the kind for messages.
func (v *value) String() string {
	switch v.kind {
	case unstable.String:
		return "a text"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	case unstable.Bool:
		return "a boolean"
	case unstable.Integer, unstable.Float:
		return "a number"
	default:
		return "a date or time"
	}
}

const (
	maximumKeys  = 20_000 // the library compares each key with its siblings
	maximumDepth = 100
)

var errTooLarge = errors.New("the file has too many keys or levels")

// tree builds values from the library's syntax tree, which has positions. Whether a table is defined twice, and whether numbers and
// dates are valid, is checked by the library's decoder.
type tree struct {
	parser unstable.Parser
	file   string
	text   string
	keys   int
	// offset is where line and column are known.
	offset, line, column int
}

// parseTOML returns the root table of a file, or nil.
func (r *reader) parseTOML(file string, data []byte) *value {
	if strings.HasPrefix(string(data), "\ufeff") {
		r.fail(Place{File: file, Line: 1, Column: 1}, "save the file without it", "the file begins with a byte order mark, which TOML does not allow")
		return nil
	}
	t := &tree{file: file, text: string(data), line: 1, column: 1}
	root, err := t.parse(data)
	if err != nil {
		r.fail(Place{File: file}, "at most 20,000 keys and 100 levels are read", "%v", err)
		return nil
	}
	var ignored map[string]any
	var syntax *toml.DecodeError
	if err := toml.Unmarshal(data, &ignored); errors.As(err, &syntax) {
		line, column := syntax.Position() // the column counts bytes
		if lines := strings.Split(string(data), "\n"); line <= len(lines) {
			column = utf8.RuneCountInString(lines[line-1][:max(min(column-1, len(lines[line-1])), 0)]) + 1
		}
		r.fail(Place{File: file, Line: line, Column: column}, "", "not TOML: %s", strings.TrimPrefix(syntax.Error(), "toml: "))
		return nil
	} else if err != nil {
		r.fail(Place{File: file}, "", "not TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))
		return nil
	}
	return root
}

// parse reads until the end or a syntax error, which the decoder reports.
func (t *tree) parse(data []byte) (*value, error) {
	root := newTable(Place{File: t.file, Line: 1, Column: 1})
	current := root
	t.parser.Reset(data)
	for t.parser.NextExpression() {
		e := t.parser.Expression()
		var err error
		switch e.Kind {
		case unstable.Table:
			current, err = t.descend(root, e.Key(), 0, nil)
		case unstable.ArrayTable:
			current, err = t.descend(root, e.Key(), 0, func(place Place) *value {
				return &value{place: place, kind: unstable.Array}
			})
		case unstable.KeyValue:
			err = t.keyValue(current, e, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	return root, nil
}

func newTable(place Place) *value {
	return &value{place: place, kind: unstable.InlineTable, index: map[string]*value{}}
}

// descend returns the table under a path of keys and creates those that are missing. If list is set, the last key names a list
// that it makes, and the table is a new item of it. Below a value that is no table it returns a table that is in no tree: the
// decoder reports that.
func (t *tree) descend(v *value, names unstable.Iterator, depth int, list func(Place) *value) (*value, error) {
	for names.Next() {
		n := names.Node()
		place := t.place(n.Raw.Offset)
		if t.keys++; t.keys > maximumKeys || depth > maximumDepth {
			return nil, errTooLarge
		}
		depth++
		name, last := string(n.Data), names.IsLast()
		next := v.index[name]
		switch {
		case next == nil && last && list != nil:
			next = list(place)
			v.add(name, place, next)
		case next == nil:
			next = newTable(place)
			v.add(name, place, next)
		}
		if last && list != nil && next.kind == unstable.Array {
			next.items = append(next.items, newTable(place))
		}
		if next.kind == unstable.Array && len(next.items) > 0 {
			next = next.items[len(next.items)-1]
		}
		if next.kind != unstable.InlineTable {
			next = newTable(place)
		}
		v = next
	}
	return v, nil
}

func (v *value) add(name string, place Place, w *value) {
	if v.index[name] == nil {
		v.keys = append(v.keys, key{name, place})
		v.index[name] = w
	}
}

// keyValue adds a key and its value to a table.
func (t *tree) keyValue(v *value, n *unstable.Node, depth int) error {
	var parents []*unstable.Node
	for names := n.Key(); names.Next(); {
		parents = append(parents, names.Node())
	}
	for i, name := range parents {
		place := t.place(name.Raw.Offset)
		if t.keys++; t.keys > maximumKeys || depth+i > maximumDepth {
			return errTooLarge
		}
		if i == len(parents)-1 {
			w, err := t.value(n.Value(), place, depth+i+1)
			if err != nil {
				return err
			}
			v.add(string(name.Data), place, w)
			return nil
		}
		next := v.index[string(name.Data)]
		if next == nil || next.kind != unstable.InlineTable {
			next = newTable(place)
			v.add(string(name.Data), place, next)
		}
		v = next
	}
	return nil
}

// value returns a value. The library gives no position for lists: theirs is that of the key.
func (t *tree) value(n *unstable.Node, at Place, depth int) (*value, error) {
	if depth > maximumDepth {
		return nil, errTooLarge
	}
	if n.Raw.Length > 0 {
		at = t.place(n.Raw.Offset)
	}
	v := &value{place: at, kind: n.Kind, text: string(n.Data)}
	switch n.Kind {
	case unstable.InlineTable:
		v = newTable(at)
		for children := n.Children(); children.Next(); {
			if err := t.keyValue(v, children.Node(), depth+1); err != nil {
				return nil, err
			}
		}
	case unstable.Array:
		for children := n.Children(); children.Next(); {
			item, err := t.value(children.Node(), at, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
	}
	return v, nil
}

// place returns the place of an offset. Offsets come nearly in ascending order.
func (t *tree) place(offset uint32) Place {
	to := min(int(offset), len(t.text))
	if to < t.offset {
		start := strings.LastIndexByte(t.text[:to], '\n') + 1
		t.line -= strings.Count(t.text[to:t.offset], "\n")
		t.offset, t.column = to, utf8.RuneCountInString(t.text[start:to])+1
	}
	passed := t.text[t.offset:to]
	if lines := strings.Count(passed, "\n"); lines > 0 {
		t.line, t.column = t.line+lines, 1
		passed = passed[strings.LastIndexByte(passed, '\n')+1:]
	}
	t.offset, t.column = to, t.column+utf8.RuneCountInString(passed)
	return Place{File: t.file, Line: t.line, Column: t.column}
}
