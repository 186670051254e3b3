//go:build unix

package bench

import (
	"fmt"
	"testing"

	"gopkg.in/yaml.v3"

	"toxgen/internal/config"
	"toxgen/internal/reference"
)

// configuration returns the toxgen.yaml of a world: the reference's with copies of its suites and groups.
func (w world) configuration(b *testing.B) []byte {
	text := reference.Files()[config.FileName]
	if w.Factor <= 1 {
		return text
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		b.Fatal(err)
	}
	for _, key := range []string{"suites", "static"} {
		all := map[string]any{}
		for name, suite := range document[key].(map[string]any) {
			for number, copy := range w.order(name) {
				all[numbered(name, "_", number)] = w.suite(suite, copy)
			}
		}
		document[key] = all
	}
	var groups []any
	for _, entry := range document["groups"].([]any) {
		group := entry.(map[string]any)
		for number := range w.Factor {
			var names []any
			for _, name := range group["suites"].([]any) {
				names = append(names, numbered(name.(string), "_", number))
			}
			groups = append(groups, map[string]any{"name": numbered(group["name"].(string), " ", number), "suites": names})
		}
	}
	document["groups"] = groups
	document["metadata"] = w.metadata(document["metadata"].([]any))
	// A caller that calls more workflows than GitHub admits: a real project would have several.
	document["workflow"].(map[string]any)["limits"] = map[string]any{"reusables": len(groups)}
	text, err := yaml.Marshal(document)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// numbered returns the name of a copy of a suite or a group, which count from 0. The first has the name itself.
func numbered(name, separator string, number int) string {
	if number == 0 {
		return name
	}
	return fmt.Sprintf("%s%sx%d", name, separator, number+1)
}

// suite returns a suite that uses the clones of a copy.
func (w world) suite(suite any, copy int) any {
	switch s := suite.(type) {
	case map[string]any:
		another := map[string]any{}
		for key, value := range s {
			switch key {
			case "package":
				another[key] = w.requirement(value.(string), copy)
			case "add":
				another[key] = w.requirements(value.([]any), copy)
			default:
				another[key] = w.suite(value, copy)
			}
		}
		return another
	case []any:
		var another []any
		for _, value := range s {
			another = append(another, w.suite(value, copy))
		}
		return another
	}
	return suite
}

func (w world) requirements(texts []any, copy int) []any {
	another := []any{}
	for _, text := range texts {
		another = append(another, w.requirement(text.(string), copy))
	}
	return another
}

// metadata returns the entries for all clones.
func (w world) metadata(entries []any) []any {
	var all []any
	for _, value := range entries {
		entry := value.(map[string]any)
		said := map[string]bool{}
		for copy := range w.Factor {
			another := map[string]any{}
			for key, value := range entry {
				another[key] = value
			}
			release := w.requirement(entry["release"].(string), copy)
			another["release"] = release
			if requires, found := entry["requires"].([]any); found {
				another["requires"] = w.requirements(requires, copy)
			}
			if !said[release] {
				all = append(all, another)
			}
			said[release] = true
		}
	}
	return all
}
