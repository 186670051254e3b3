package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// TestSchemaKeys checks that the schema has exactly the keys of the tags, that each has a description, and that it
// requires the keys that must be present.
func TestSchemaKeys(t *testing.T) {
	var want []string
	tagged(reflect.TypeFor[Config](), map[reflect.Type]bool{}, &want)
	tagged(reflect.TypeFor[exactMinimum](), map[reflect.Type]bool{}, &want) // the other form of a Minimum
	tagged(reflect.TypeFor[neededWhen](), map[reflect.Type]bool{}, &want)   // and of a Needed
	var got []string
	s := schemaOf(t)
	for name, definition := range s.definitions() {
		required, _ := definition["required"].([]any)
		for key, property := range definition["properties"].(object) {
			if slices.Contains(required, any(key)) {
				key += " present"
			}
			got = append(got, name+"."+key)
			if text, _ := property.(object)["description"].(string); text == "" {
				t.Errorf("%s.%s has no description", name, key)
			}
		}
		if definition["additionalProperties"] != false {
			t.Errorf("%s admits unknown keys", name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 100 {
		t.Errorf("%d keys (-types +schema):\n%s", len(want), diff)
	}
}

// tagged lists the keys of a struct and of the structs that it holds as `Type.key`, with ` present` behind those that
// must be present.
func tagged(t reflect.Type, seen map[reflect.Type]bool, keys *[]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || reflect.PointerTo(t).Implements(reflect.TypeFor[scalar]()) {
		return
	}
	seen[t] = true
	for _, f := range reflect.VisibleFields(t) {
		switch tag, has := f.Tag.Lookup("yaml"); {
		case has:
			key, option, _ := strings.Cut(tag, ",")
			if option != "" {
				key += " present"
			}
			*keys = append(*keys, t.Name()+"."+key)
			tagged(f.Type, seen, keys)
		case f.Name == "Value", f.Name == "List": // of an Entry of a Map, and of Variants
			tagged(f.Type, seen, keys)
		}
	}
}

// TestSchemaIsValid checks that the schema uses keywords of draft 2020-12 with values of the right type, that each
// reference has a target, and that each pattern compiles.
func TestSchemaIsValid(t *testing.T) {
	s := schemaOf(t)
	if s.root["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %v", s.root["$schema"])
	}
	s.valid(t, "#", s.root)
}

// TestSchemaAdmits checks that the schema accepts what Parse accepts.
func TestSchemaAdmits(t *testing.T) {
	s := schemaOf(t)
	for name, data := range files(t, "testdata/ok/*.yaml") {
		for _, fault := range s.faults("", s.root, value(t, data)) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// TestSchemaRefuses checks that the checker of these tests finds errors and that the schema sets limits.
func TestSchemaRefuses(t *testing.T) {
	s := schemaOf(t)
	for name, wanted := range map[string][]string{
		"kinds.yaml":        {"pythons[0].version: type", "workflow.timeout: maximum", "groups: type", "testenv.commands: type"},
		"unknown-keys.yaml": {".group: unknown", "suites.flask.test_path: unknown"},
		"lacking.yaml":      {".platform: required", "pythons: minItems"},
		"workflow.yaml":     {"platform.system: enum", "workflow.actions.example: propertyNames", "workflow.actions.example.sha: pattern"},
		"set-env.yaml":      {"suites.flask.set-env[0].value: pattern", "suites.flask.set-env[11].value: required"},
		"specifiers.yaml":   {"suites.flask.requires[0].when: anyOf", "suites.flask.versions: minimum"},
	} {
		faults := s.faults("", s.root, value(t, files(t, "testdata/err/"+name)[name]))
		for _, want := range wanted {
			if !slices.Contains(faults, want) {
				t.Errorf("%s: lacks %q, got %q", name, want, faults)
			}
		}
	}
}

// TestEveryKeyIsUsed checks that testdata/ok/full.yaml uses every key of the schema, or, where two keys exclude each other,
// another file of that folder.
func TestEveryKeyIsUsed(t *testing.T) {
	s := schemaOf(t)
	s.used = map[string]bool{}
	for _, data := range files(t, "testdata/ok/*.yaml") {
		s.faults("", s.root, value(t, data))
	}
	for name, definition := range s.definitions() {
		for key := range definition["properties"].(object) {
			if !s.used[name+"."+key] {
				t.Errorf("full.yaml does not use %s.%s", name, key)
			}
		}
	}
}

// A schema is the part of JSON Schema that toxgen.schema.json uses.
type schema struct {
	root object
	// used collects the keys of values as `Type.key` if it is not nil.
	used map[string]bool
}

func schemaOf(t *testing.T) *schema {
	t.Helper()
	s := &schema{}
	if err := json.Unmarshal(Schema(), &s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

// definitions returns the objects with properties by the names of their types.
func (s *schema) definitions() map[string]object {
	all := map[string]object{"Config": s.root}
	for name, definition := range s.root["$defs"].(object) {
		all[name] = definition.(object)
	}
	return all
}

func (s *schema) valid(t *testing.T, at string, node object) {
	t.Helper()
	for keyword, v := range node {
		ok := false
		switch keyword {
		case "$schema", "title", "description", "type":
			_, ok = v.(string)
		case "$ref":
			_, ok = s.root["$defs"].(object)[strings.TrimPrefix(v.(string), "#/$defs/")].(object)
		case "pattern":
			_, err := regexp.Compile(v.(string))
			ok = err == nil
		case "default":
			if n, isNumber := v.(float64); isNumber {
				v = int(n)
			}
			ok = len(s.faults(at, node, v)) == 0
		case "enum", "required":
			list, is := v.([]any)
			ok = is && len(list) > 0
		case "minimum", "maximum", "minItems", "minLength":
			_, ok = v.(float64)
		case "additionalProperties", "items", "propertyNames":
			if ok = v == false; !ok {
				s.valid(t, at+"/"+keyword, v.(object))
				ok = true
			}
		case "properties", "$defs":
			for key, child := range v.(object) {
				s.valid(t, at+"/"+keyword+"/"+key, child.(object))
			}
			ok = true
		case "anyOf":
			for i, child := range v.([]any) {
				s.valid(t, fmt.Sprintf("%s/anyOf/%d", at, i), child.(object))
			}
			ok = true
		}
		if !ok {
			t.Errorf("%s: %s is %v", at, keyword, v)
		}
	}
}

// faults returns the rules that a value breaks as `path: keyword`.
func (s *schema) faults(path string, node object, v any) []string {
	name := "Config"
	if ref, ok := node["$ref"].(string); ok {
		name = strings.TrimPrefix(ref, "#/$defs/")
		node = s.root["$defs"].(object)[name].(object)
	}
	if alternatives, ok := node["anyOf"].([]any); ok {
		for _, a := range alternatives {
			if len(s.faults(path, a.(object), v)) == 0 {
				return nil
			}
		}
		return []string{path + ": anyOf"}
	}
	if !isType(node["type"].(string), v) {
		return []string{path + ": type"}
	}
	switch v := v.(type) {
	case string:
		return textFaults(path, node, v)
	case int:
		return numberFaults(path, node, float64(v))
	case []any:
		var all []string
		if least, ok := node["minItems"].(float64); ok && float64(len(v)) < least {
			all = append(all, path+": minItems")
		}
		for i, item := range v {
			all = append(all, s.faults(fmt.Sprintf("%s[%d]", path, i), node["items"].(object), item)...)
		}
		return all
	case object:
		return s.objectFaults(path, name, node, v)
	}
	return nil
}

func (s *schema) objectFaults(path, name string, node, v object) []string {
	var all []string
	required, _ := node["required"].([]any)
	for _, key := range required {
		if _, has := v[key.(string)]; !has {
			all = append(all, fmt.Sprintf("%s.%s: required", path, key))
		}
	}
	properties, _ := node["properties"].(object)
	for _, key := range slices.Sorted(maps.Keys(v)) {
		at := strings.TrimPrefix(path+"."+key, ".")
		property, known := properties[key]
		if !known {
			if property = node["additionalProperties"]; property == false {
				all = append(all, path+"."+key+": unknown")
				continue
			}
			if len(textFaults("", node["propertyNames"].(object), key)) > 0 {
				all = append(all, at+": propertyNames")
			}
		} else if s.used != nil {
			s.used[name+"."+key] = true
		}
		all = append(all, s.faults(at, property.(object), v[key])...)
	}
	return all
}

func textFaults(path string, node object, v string) []string {
	if pattern, ok := node["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(v) {
		return []string{path + ": pattern"}
	}
	if least, ok := node["minLength"].(float64); ok && float64(len(v)) < least {
		return []string{path + ": minLength"}
	}
	if enum, ok := node["enum"].([]any); ok && !slices.Contains(enum, any(v)) {
		return []string{path + ": enum"}
	}
	return nil
}

func numberFaults(path string, node object, v float64) []string {
	if least, ok := node["minimum"].(float64); ok && v < least {
		return []string{path + ": minimum"}
	}
	if most, ok := node["maximum"].(float64); ok && v > most {
		return []string{path + ": maximum"}
	}
	return nil
}

func isType(name string, v any) bool {
	switch name {
	case "object":
		_, ok := v.(object)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "string":
		_, ok := v.(string)
		return ok
	case "integer":
		_, ok := v.(int)
		return ok
	default:
		_, ok := v.(bool)
		return ok
	}
}

// value returns a YAML file as a JSON value. The last of repeated keys counts, and a date is a string.
func value(t *testing.T, data []byte) any {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return valueOf(t, document.Content[0])
}

func valueOf(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.MappingNode:
		o := object{}
		for i := 0; i < len(n.Content); i += 2 {
			o[n.Content[i].Value] = valueOf(t, n.Content[i+1])
		}
		return o
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, valueOf(t, item))
		}
		return list
	}
	if n.ShortTag() == "!!timestamp" {
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
