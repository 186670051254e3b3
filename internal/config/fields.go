package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// field is what a struct's tags say of one key.
type field struct {
	key, doc         string
	index            []int
	typ              reflect.Type
	required         bool
	enum             []string
	minimum, maximum *int
	pattern          *regexp.Regexp
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
		one := field{key: key, doc: sf.Tag.Get("doc"), index: index, typ: sf.Type, required: option == "required",
			minimum: number(sf.Tag.Get("minimum")), maximum: number(sf.Tag.Get("maximum"))}
		if enum := sf.Tag.Get("enum"); enum != "" {
			one.enum = strings.Split(enum, ",")
		}
		if pattern := sf.Tag.Get("pattern"); pattern != "" {
			one.pattern = regexp.MustCompile(pattern)
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

func (f field) admits(text string) bool { return slices.Contains(f.enum, text) }

func (f field) rangeText() string {
	switch {
	case f.maximum == nil:
		return fmt.Sprintf("at least %d", *f.minimum)
	default:
		return fmt.Sprintf("%d to %d", *f.minimum, *f.maximum)
	}
}

// suggest names the known keys, the one that was probably meant alone if there is one.
func (f *fields) suggest(key string) string {
	var keys []string
	for _, known := range f.ordered {
		if nearly(key, known.key) {
			return "did you mean " + quoted(known.key) + "?"
		}
		keys = append(keys, known.key)
	}
	return "known keys: " + strings.Join(keys, ", ")
}

// nearly says whether two keys differ by one edit, or by `_` for `-`, a plural or case alone.
func nearly(a, b string) bool {
	fold := func(s string) string {
		return strings.TrimSuffix(strings.ReplaceAll(strings.ToLower(s), "_", "-"), "s")
	}
	a, b = fold(a), fold(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(b) < 4 {
		return a == b
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		same := a == b || a[i+1:] == b[i+1:]
		swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		return same || swapped
	}
	return a[i:] == b[i+1:]
}
