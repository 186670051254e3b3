package config

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// schemaBuilder turns the types of this package into a JSON Schema (draft 2020-12). A struct is defined once,
// under its type's name.
type schemaBuilder struct{ definitions object }

// schemaNode is a value of more than one shape.
type schemaNode interface{ jsonSchema(b *schemaBuilder) any }

// Schema is the JSON Schema of toxgen.yaml, as committed: indented, with a final newline.
func Schema() []byte {
	b := &schemaBuilder{definitions: object{}}
	root := b.structure(reflect.TypeFor[Config]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = FileName
	root["$defs"] = b.definitions
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(err) // maps, slices, texts and numbers only
	}
	return out.Bytes()
}

// of is the schema of a value's type.
func (b *schemaBuilder) of(value any) any { return b.schema(reflect.TypeOf(value)) }

func (b *schemaBuilder) schema(t reflect.Type) any {
	switch v := reflect.New(t).Interface().(type) {
	case schemaNode:
		return v.jsonSchema(b)
	case scalar:
		return object{"type": "string", "pattern": v.pattern()}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.schema(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": b.schema(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer", "minimum": 0}
	case reflect.Struct:
		if _, known := b.definitions[t.Name()]; !known {
			b.definitions[t.Name()] = nil // the name is taken while the fields are visited
			b.definitions[t.Name()] = b.structure(t)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	default:
		panic("config: no schema for " + t.String())
	}
}

func (b *schemaBuilder) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range fieldsOf(t).ordered {
		property := b.property(f)
		properties[f.key] = property
		if f.required {
			required = append(required, f.key)
		}
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (b *schemaBuilder) property(f field) any {
	property := object{"description": f.doc}
	schema := b.schema(f.typ).(object)
	for key, value := range schema {
		property[key] = value
	}
	if len(f.enum) > 0 {
		property["enum"] = f.enum
	}
	if f.minimum != nil {
		property["minimum"] = *f.minimum
	}
	if f.maximum != nil {
		property["maximum"] = *f.maximum
	}
	if f.pattern != nil {
		property["pattern"] = f.pattern.String()
	}
	if f.required && property["type"] == "array" {
		property["minItems"] = 1
	}
	return property
}

func (*Map[T]) jsonSchema(b *schemaBuilder) any {
	return object{"type": "object", "additionalProperties": b.schema(reflect.TypeFor[T]())}
}
