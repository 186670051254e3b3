package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A decoder fills typed values from YAML nodes and collects every error with its position. Unlike yaml.v3's own
// decoding it reports columns, converts no values (3.10 in place of a text is an error, not 3.1), and rejects unknown
// and repeated keys, tags, aliases and merge keys.
type decoder struct {
	file     string
	findings finding.List
	// errors is the number of findings that are errors. broken holds the positions of mappings and keys with an
	// error, and unread the paths of values that are missing or of the wrong type. Errors that only follow from these
	// are not reported.
	errors int
	broken map[Pos]bool
	unread map[string]bool
	// following and static are the suites by name, from when the whole file was decoded.
	following map[string]*Entry[Suite]
	static    map[string]*Entry[Static]
}

// A nodeDecoder is a value that can be written in more than one way.
type nodeDecoder interface {
	decodeNode(d *decoder, n *yaml.Node, r rules, path string)
}

// position returns the position of a node.
func position(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

// fail reports an error at a node.
func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	d.failAt(position(n), "", format, args...)
}

// failAt reports an error at a position, with a hint.
func (d *decoder) failAt(pos Pos, hint, format string, args ...any) {
	d.errors++
	d.report(finding.Error, pos, hint, format, args...)
}

// report adds a finding.
func (d *decoder) report(severity finding.Severity, pos Pos, hint, format string, args ...any) {
	d.findings = append(d.findings, finding.Finding{Severity: severity, File: d.file, Line: pos.Line, Column: pos.Column,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// warn reports a warning of a kind, of which many may come at once.
func (d *decoder) warn(kind string, pos Pos, hint, format string, args ...any) {
	d.report(finding.Warning, pos, hint, format, args...)
	d.findings[len(d.findings)-1].Kind = kind
}

// decodeInto decodes a node into the variable that target points to.
func (d *decoder) decodeInto(n *yaml.Node, target any, r rules, path string) {
	d.decode(n, reflect.ValueOf(target).Elem(), r, path)
}

// decode decodes a node into v. path is the path of its keys, for messages.
func (d *decoder) decode(n *yaml.Node, v reflect.Value, r rules, path string) {
	if !d.plain(n, path) {
		return
	}
	switch target := v.Addr().Interface().(type) {
	case nodeDecoder:
		target.decodeNode(d, n, r, path)
		return
	case scalar:
		if text, ok := d.text(n, path); ok {
			if err := target.parse(text, position(n)); err != nil {
				d.failAt(position(n), hintOf(err), "%s: %s", path, err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), r, path)
	case reflect.Struct:
		d.decodeStruct(n, v, path)
	case reflect.Slice:
		d.decodeList(n, v, r, path)
	case reflect.String:
		if text, ok := d.text(n, path); ok {
			d.check(n, text, r, path)
			v.SetString(text)
		}
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			d.fail(n, "%s is %s, not true or false", path, describe(n))
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int:
		d.decodeNumber(n, v, r, path)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

// plain reports whether a value is written out, without an anchor, an alias or a tag.
func (d *decoder) plain(n *yaml.Node, path string) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fail(n, "%s uses an anchor or an alias: write the value out", orFile(path))
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, "%s has the tag %s: write the value without one", orFile(path), quoted(n.Tag))
	default:
		return true
	}
	d.unread[path] = true
	return false
}

// check reports the rules that a text breaks.
func (d *decoder) check(n *yaml.Node, text string, r rules, path string) {
	switch {
	case r.required && strings.TrimSpace(text) == "":
		d.fail(n, "%s is empty", path)
		return
	case len(r.enum) > 0:
		if !slices.Contains(r.enum, text) {
			d.failAt(position(n), Meant(text, r.enum), "%s is %s, not one of %s", path, quoted(text), strings.Join(r.enum, ", "))
		}
		return
	}
	if err := r.text.check(text); err != nil {
		d.failAt(position(n), hintOf(err), "%s %s", path, err)
		return
	}
	if r.text.warn != nil {
		if message, hint := r.text.warn(text); message != "" {
			d.warn("texts to look at", position(n), hint, "%s: %s", path, message)
		}
	}
}

// decodeNumber decodes a number that is not negative.
func (d *decoder) decodeNumber(n *yaml.Node, v reflect.Value, r rules, path string) {
	number, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil || number < 0 || strconv.Itoa(number) != n.Value {
		d.fail(n, "%s is %s, not a whole number", path, describe(n))
		return
	}
	switch {
	case r.minimum != nil && number < *r.minimum:
		d.fail(n, "%s is %d: at least %d", path, number, *r.minimum)
	case r.maximum != nil && number > *r.maximum:
		d.fail(n, "%s is %d: at most %d", path, number, *r.maximum)
	default:
		v.SetInt(int64(number))
	}
}

// decodeList decodes a list.
func (d *decoder) decodeList(n *yaml.Node, v reflect.Value, r rules, path string) {
	if n.Kind != yaml.SequenceNode {
		d.unread[path] = true
		d.fail(n, "%s is %s, not a list", path, describe(n))
		return
	}
	if r.required && len(n.Content) == 0 {
		d.fail(n, "%s is empty", path)
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.decode(item, list.Index(i), r, fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
}

// decodeStruct decodes a mapping into a struct.
func (d *decoder) decodeStruct(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	if p := v.FieldByName("Pos"); p.IsValid() {
		p.Set(reflect.ValueOf(position(n)))
	}
	before := d.errors
	defer func() {
		if d.errors > before {
			d.broken[position(n)] = true
		}
	}()
	seen := map[string]bool{}
	if !d.pairs(n, path, func(key, value *yaml.Node) {
		seen[key.Value] = true
		f, known := fields.byKey[key.Value]
		if !known {
			d.failAt(position(key), fields.suggest(key.Value), "%s has no key %s", orFile(path), quoted(key.Value))
			return
		}
		d.decode(value, v.FieldByIndex(f.index), f.rules, join(path, key.Value))
	}) {
		return
	}
	for _, f := range fields.ordered {
		if f.present && !seen[f.key] {
			d.unread[join(path, f.key)] = true
			d.fail(n, "%s lacks the key %s", orFile(path), quoted(f.key))
		}
	}
}

// pairs calls each for every valid key of a mapping, and reports the other keys. It returns false if n is not a
// mapping.
func (d *decoder) pairs(n *yaml.Node, path string, each func(key, value *yaml.Node)) bool {
	if n.Kind != yaml.MappingNode {
		d.unread[path] = true
		d.fail(n, "%s is %s, not a mapping", orFile(path), describe(n))
		return false
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch line, repeated := first[key.Value]; {
		case key.ShortTag() == "!!merge":
			d.fail(key, "%s uses a merge key: write the values out", orFile(path))
		case key.Kind != yaml.ScalarNode || key.Anchor != "" || key.Style&yaml.TaggedStyle != 0:
			d.fail(key, "%s has a key that is not a plain text", orFile(path))
		case repeated:
			d.failAt(position(key), "remove one of the two", "%s has the key %s twice, first in line %d", orFile(path), quoted(key.Value), line)
		default:
			first[key.Value] = key.Line
			each(key, value)
		}
	}
	return true
}

// decodeNode decodes a mapping in the order of the file.
func (m *Map[T]) decodeNode(d *decoder, n *yaml.Node, r rules, path string) {
	d.pairs(n, path, func(key, value *yaml.Node) {
		at := join(path, key.Value)
		if err := r.keys.check(key.Value); err != nil {
			d.failAt(position(key), hintOf(err), "a key of %s %s", path, err)
			d.broken[position(key)] = true
		}
		e := Entry[T]{Pos: position(key), Key: key.Value}
		d.decodeInto(value, &e.Value, rules{text: r.text}, at)
		*m = append(*m, e)
	})
}

// text returns the value of a scalar that YAML reads as a text, or reports an error and returns false.
func (d *decoder) text(n *yaml.Node, path string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null":
		d.fail(n, "%s is %s, not a text", path, describe(n))
	case n.ShortTag() == "!!str":
		return n.Value, true
	case n.ShortTag() == "!!timestamp":
		return n.Value, true // people write dates without quotes
	default:
		d.failAt(position(n), "write "+quoted(n.Value), "%s is %s, not a text: quote it", path, describe(n))
	}
	return "", false
}

// describe returns a description of a node's value for messages.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "empty"
	default:
		names := map[string]string{"!!int": "the number ", "!!float": "the number ", "!!bool": "the boolean "}
		return names[n.ShortTag()] + quoted(n.Value)
	}
}

// join returns the path of a key's value for messages.
func join(path, key string) string {
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || !strconv.IsPrint(r) }) {
		key = quoted(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// orFile returns a path for messages, or the words for the whole file if the path is empty.
func orFile(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
