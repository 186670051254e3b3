package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// field is one key of a struct, and what its tags say of the value.
type field struct {
	key, doc string
	index    []int
	typ      reflect.Type
	rules
}

// rules limit a value, and what it holds if it is a list or a mapping.
type rules struct {
	// present keys have to stand there, required ones with a value that is not empty.
	present, required bool
	enum              []string
	minimum, maximum  *int
	// text is the kind of a text, keys that of a mapping's keys.
	text, keys *kind
}

// fields are the keys of a struct, those of embedded structs among them.
type fields struct {
	ordered []field
	byKey   map[string]field
}

var fieldCache sync.Map // reflect.Type → *fields

func fieldsOf(t reflect.Type) *fields {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.(*fields)
	}
	f := &fields{byKey: map[string]field{}}
	f.collect(t, nil)
	fieldCache.Store(t, f)
	return f
}

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
			text: kindOf(sf.Tag.Get("text")), keys: kindOf(sf.Tag.Get("keys")),
		}}
		if enum := sf.Tag.Get("enum"); enum != "" {
			one.enum = strings.Split(enum, ",")
		}
		f.ordered = append(f.ordered, one)
		f.byKey[key] = one
	}
}

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

// suggest names the known keys, the one that was probably meant alone if there is one.
func (f *fields) suggest(key string) string {
	keys := make([]string, len(f.ordered))
	for i, known := range f.ordered {
		keys[i] = known.key
	}
	if meant := meant(key, keys); meant != "" {
		return meant
	}
	return "known keys: " + strings.Join(keys, ", ")
}
