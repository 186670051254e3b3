package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A field is one key of a struct with the rules of its tags.
type field struct {
	key, doc string
	index    []int
	typ      reflect.Type
	rules
}

// rules limit a value, and the elements of a list or a mapping.
type rules struct {
	// present is set if the key must not be missing, and required if in addition its value must not be empty.
	present, required bool
	enum              []string
	minimum, maximum  *int
	// usual is the value of a key that is left out, in words of the file, if it is always the same.
	usual string
	// text is the kind of a text, and keys the kind of a mapping's keys.
	text, keys *kind
}

// fields holds the keys of a struct, including those of embedded structs.
type fields struct {
	ordered []field
	byKey   map[string]field
}

var fieldCache sync.Map // reflect.Type → *fields

// fieldsOf returns the fields of a struct type.
func fieldsOf(t reflect.Type) *fields {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.(*fields)
	}
	f := &fields{byKey: map[string]field{}}
	f.collect(t, nil)
	fieldCache.Store(t, f)
	return f
}

// collect adds the fields of a type whose values are embedded at an index.
func (f *fields) collect(t reflect.Type, parent []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(slices.Clone(parent), i)
		tag, tagged := sf.Tag.Lookup("yaml")
		if !tagged {
			if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
				f.collect(sf.Type, index)
			}
			continue
		}
		key, option, _ := strings.Cut(tag, ",")
		one := field{key: key, doc: sf.Tag.Get("doc"), index: index, typ: sf.Type, rules: rules{
			present: option != "", required: option == "required",
			minimum: number(sf.Tag.Get("minimum")), maximum: number(sf.Tag.Get("maximum")),
			usual: sf.Tag.Get("default"), text: kindOf(sf.Tag.Get("text")), keys: kindOf(sf.Tag.Get("keys")),
		}}
		if enum := sf.Tag.Get("enum"); enum != "" {
			one.enum = strings.Split(enum, ",")
		}
		f.ordered = append(f.ordered, one)
		f.byKey[key] = one
	}
}

// number returns the number in a tag, or nil if the tag is empty.
func number(tag string) *int {
	if tag == "" {
		return nil
	}
	n, err := strconv.Atoi(tag)
	if err != nil {
		panic("config: a limit in a tag is not a number: " + tag)
	}
	return &n
}

// suggest returns a hint for an unknown key: the key that was probably meant, or all known keys.
func (f *fields) suggest(key string) string {
	keys := make([]string, len(f.ordered))
	for i, known := range f.ordered {
		keys[i] = known.key
	}
	if meant := Meant(key, keys); meant != "" {
		return meant
	}
	return "known keys: " + strings.Join(keys, ", ")
}
