package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
)

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// A schemaBuilder turns the types of this package into a JSON Schema (draft 2020-12). Each struct is defined once,
// under the name of its type.
type schemaBuilder struct{ definitions object }

// A schemaNode is a value that can be written in more than one way.
type schemaNode interface {
	jsonSchema(b *schemaBuilder, r rules) object
}

// schemaTitle is the title of the schema, by which [IsSchema] knows it.
const schemaTitle = FileName

// IsSchema reports whether a file is a schema of toxgen.yaml, of this or another release of toxgen.
func IsSchema(data []byte) bool {
	return bytes.Contains(data, []byte("\n  \"title\": \""+schemaTitle+"\",\n"))
}

// Schema returns the JSON Schema of toxgen.yaml, indented and with a final newline. It accepts every file that [Parse]
// accepts. Parse rejects more, since only Parse checks references and relations between values.
func Schema() []byte {
	b := &schemaBuilder{definitions: object{}}
	root := b.structure(reflect.TypeFor[Config]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = schemaTitle
	root["$defs"] = b.definitions
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(err) // cannot happen: there are only maps, slices, strings and numbers
	}
	return out.Bytes()
}

// schema returns the schema of a type under the rules of its field.
func (b *schemaBuilder) schema(t reflect.Type, r rules) object {
	switch v := reflect.New(t).Interface().(type) {
	case schemaNode:
		return v.jsonSchema(b, r)
	case scalar:
		return object{"type": "string", "pattern": v.pattern()}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.schema(t.Elem(), r)
	case reflect.Slice:
		s := object{"type": "array", "items": b.schema(t.Elem(), r)}
		if r.required {
			s["minItems"] = 1
		}
		return s
	case reflect.String:
		return textSchema(r)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return numberSchema(r)
	case reflect.Struct:
		if _, known := b.definitions[t.Name()]; !known {
			b.definitions[t.Name()] = nil // reserves the name while the fields are visited
			b.definitions[t.Name()] = b.structure(t)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	default:
		panic("config: no schema for " + t.String())
	}
}

// textSchema returns the schema of a text.
func textSchema(r rules) object {
	if len(r.enum) > 0 {
		return object{"type": "string", "enum": r.enum}
	}
	s := object{"type": "string", "pattern": r.text.pattern.String()}
	if r.required {
		s["minLength"] = 1
	}
	return s
}

// numberSchema returns the schema of a number.
func numberSchema(r rules) object {
	s := object{"type": "integer", "minimum": 0}
	if r.minimum != nil {
		s["minimum"] = *r.minimum
	}
	if r.maximum != nil {
		s["maximum"] = *r.maximum
	}
	return s
}

// structure returns the schema of a struct.
func (b *schemaBuilder) structure(t reflect.Type) object {
	properties, present := object{}, []string{}
	for _, f := range fieldsOf(t).ordered {
		property := object{"description": f.doc}
		maps.Copy(property, b.schema(f.typ, f.rules))
		if f.usual != "" {
			property["default"] = literal(f.typ, f.usual)
		}
		properties[f.key] = property
		if f.present {
			present = append(present, f.key)
		}
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(present) > 0 {
		s["required"] = present
	}
	return s
}

// literal returns a default as a JSON value.
func literal(t reflect.Type, usual string) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Bool || t.Kind() == reflect.Int {
		return json.RawMessage(usual)
	}
	return usual
}

func (*Map[T]) jsonSchema(b *schemaBuilder, r rules) object {
	return object{
		"type":                 "object",
		"propertyNames":        object{"pattern": r.keys.pattern.String()},
		"additionalProperties": b.schema(reflect.TypeFor[T](), rules{text: r.text}),
	}
}
