package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// decoder fills typed values from YAML nodes and collects every fault with its place. It differs from
// yaml.v3's own decoding in that: columns are known, nothing is converted (a 3.10 that should be a text is
// a fault, not 3.1), unknown and repeated keys, aliases and merge keys are refused.
type decoder struct {
	file     string
	findings finding.List
}

// nodeDecoder is a value of more than one shape.
type nodeDecoder interface {
	decodeNode(d *decoder, n *yaml.Node, path string)
}

func position(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

func (d *decoder) fail(n *yaml.Node, format string, args ...any) {
	d.failAt(position(n), "", format, args...)
}

func (d *decoder) failAt(pos Pos, hint, format string, args ...any) {
	d.report(finding.Error, pos, hint, format, args...)
}

func (d *decoder) report(severity finding.Severity, pos Pos, hint, format string, args ...any) {
	d.findings = append(d.findings, finding.Finding{Severity: severity, File: d.file, Line: pos.Line, Column: pos.Column,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// document reads the one document of a file, or reports why it cannot.
func (d *decoder) document(data []byte) *yaml.Node {
	reader := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	if err := reader.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			d.failAt(Pos{1, 1}, "", "the file is empty")
			return nil
		}
		d.syntax(err)
		return nil
	}
	switch err := reader.Decode(&second); {
	case err == nil:
		d.fail(&second, "a second document: only one is read")
	case !errors.Is(err, io.EOF):
		d.syntax(err)
	}
	return document.Content[0]
}

func (d *decoder) syntax(err error) {
	text := err.Error()
	pos := Pos{Line: 1}
	if m := yamlErrorLine.FindStringSubmatch(text); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			pos.Line = line
		}
		text = text[len(m[0]):]
	}
	d.failAt(pos, "", "not YAML: %s", text)
}

// decodeInto fills what target points to.
func (d *decoder) decodeInto(n *yaml.Node, target any, path string) {
	d.decode(n, reflect.ValueOf(target).Elem(), path)
}

func (d *decoder) decode(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		d.fail(n, "%s uses an anchor or an alias: write the value out", path)
		return
	}
	switch target := v.Addr().Interface().(type) {
	case nodeDecoder:
		target.decodeNode(d, n, path)
		return
	case scalar:
		if text, ok := d.text(n, path); ok {
			if err := target.parse(text, position(n)); err != nil {
				d.fail(n, "%s: %s", path, err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(n, v.Elem(), path)
	case reflect.Struct:
		d.decodeStruct(n, v, path)
	case reflect.Slice:
		d.decodeList(n, v, path)
	case reflect.String:
		if text, ok := d.text(n, path); ok {
			v.SetString(text)
		}
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			d.fail(n, "%s is %s, not true or false", path, describe(n))
			return
		}
		v.SetBool(n.Value == "true" || n.Value == "True" || n.Value == "TRUE")
	case reflect.Int:
		number, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil || number < 0 {
			d.fail(n, "%s is %s, not a whole number", path, describe(n))
			return
		}
		v.SetInt(int64(number))
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

func (d *decoder) decodeList(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "%s is %s, not a list", path, describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.decode(item, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
}

func (d *decoder) decodeStruct(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	if p := v.FieldByName("Pos"); p.IsValid() {
		p.Set(reflect.ValueOf(position(n)))
	}
	seen := map[string]bool{}
	d.pairs(n, path, func(key, value *yaml.Node) {
		seen[key.Value] = true
		f, known := fields.byKey[key.Value]
		if !known {
			d.failAt(position(key), fields.suggest(key.Value), "%s has no key %s", orFile(path), quoted(key.Value))
			return
		}
		at := join(path, key.Value)
		before := len(d.findings)
		d.decode(value, v.FieldByIndex(f.index), at)
		if len(d.findings) == before {
			d.bounds(value, v.FieldByIndex(f.index), f, at)
		}
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, f := range fields.ordered {
		if f.required && !seen[f.key] {
			d.fail(n, "%s lacks the key %s", orFile(path), quoted(f.key))
		}
	}
}

// bounds applies the limits that stand in a field's tags.
func (d *decoder) bounds(n *yaml.Node, v reflect.Value, f field, path string) {
	switch {
	case v.Kind() == reflect.Int:
		number := int(v.Int())
		if f.minimum != nil && number < *f.minimum || f.maximum != nil && number > *f.maximum {
			d.fail(n, "%s is %d: %s", path, number, f.rangeText())
		}
	case v.Kind() == reflect.String && f.required && strings.TrimSpace(v.String()) == "":
		d.fail(n, "%s is empty", path)
	case len(f.enum) > 0 && !f.admits(v.String()):
		d.fail(n, "%s is %s, not one of %s", path, quoted(v.String()), strings.Join(f.enum, ", "))
	case f.pattern != nil && !f.pattern.MatchString(v.String()):
		d.fail(n, "%s is %s, which does not match %s", path, quoted(v.String()), f.pattern)
	case v.Kind() == reflect.Slice && f.required && v.Len() == 0:
		d.fail(n, "%s is empty", path)
	}
}

// pairs calls each for every key of a mapping that is a text and stands there once.
func (d *decoder) pairs(n *yaml.Node, path string, each func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s is %s, not a mapping", orFile(path), describe(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Anchor != "" || key.ShortTag() == "!!merge" {
			d.fail(key, "%s has a key that is not a plain text", orFile(path))
			continue
		}
		if line, repeated := first[key.Value]; repeated {
			d.fail(key, "%s has the key %s twice, first in line %d", orFile(path), quoted(key.Value), line)
			continue
		}
		first[key.Value] = key.Line
		each(key, value)
	}
}

// decodeNode fills a Map in the order of the file.
func (m *Map[T]) decodeNode(d *decoder, n *yaml.Node, path string) {
	d.pairs(n, path, func(key, value *yaml.Node) {
		e := Entry[T]{Pos: position(key), Key: key.Value}
		d.decodeInto(value, &e.Value, join(path, key.Value))
		*m = append(*m, e)
	})
}

// text is the value of a scalar that YAML too takes for a text.
func (d *decoder) text(n *yaml.Node, path string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null":
		d.fail(n, "%s is %s, not a text", path, describe(n))
	case n.ShortTag() == "!!str":
		return n.Value, true
	case n.ShortTag() == "!!timestamp":
		return n.Value, true // a date is a text to everybody but YAML
	default:
		d.failAt(position(n), "write "+quoted(n.Value), "%s is %s, not a text: quote it", path, describe(n))
	}
	return "", false
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "nothing"
	default:
		names := map[string]string{"!!int": "the number ", "!!float": "the number ", "!!bool": "the truth value "}
		return names[n.ShortTag()] + quoted(n.Value)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func orFile(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
