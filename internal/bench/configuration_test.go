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
func (w world) configuration(tb testing.TB) []byte {
	tb.Helper()
	text := reference.Files()[config.FileName]
	if w.Factor <= 1 {
		return text
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		tb.Fatal(err)
	}
	for _, key := range []string{"suites", "static"} {
		all := map[string]any{}
		for name, suite := range document[key].(map[string]any) {
			for number, nth := range w.order(name) {
				all[numbered(name, "_", number)] = w.suite(suite, nth)
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
		tb.Fatal(err)
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
func (w world) suite(suite any, nth int) any {
	switch s := suite.(type) {
	case map[string]any:
		another := map[string]any{}
		for key, value := range s {
			switch key {
			case "package":
				another[key] = w.requirement(value.(string), nth)
			case "add":
				another[key] = w.requirements(value.([]any), nth)
			default:
				another[key] = w.suite(value, nth)
			}
		}
		return another
	case []any:
		var another []any
		for _, value := range s {
			another = append(another, w.suite(value, nth))
		}
		return another
	}
	return suite
}

func (w world) requirements(texts []any, nth int) []any {
	another := []any{}
	for _, text := range texts {
		another = append(another, w.requirement(text.(string), nth))
	}
	return another
}

// metadata returns the entries for all clones.
func (w world) metadata(entries []any) []any {
	var all []any
	for _, value := range entries {
		entry := value.(map[string]any)
		said := map[string]bool{}
		for nth := range w.Factor {
			another := map[string]any{}
			for key, value := range entry {
				another[key] = value
			}
			release := w.requirement(entry["release"].(string), nth)
			another["release"] = release
			if requires, found := entry["requires"].([]any); found {
				another["requires"] = w.requirements(requires, nth)
			}
			if !said[release] {
				all = append(all, another)
			}
			said[release] = true
		}
	}
	return all
}

// TestConfiguration checks that the configuration of a world is valid, has the copies of all suites, and names clones that
// the world has.
func TestConfiguration(t *testing.T) {
	w, one := newWorld(t, 6), reference.Config(t)
	c, findings := config.Parse(config.FileName, w.configuration(t))
	if c == nil {
		t.Fatal(findings)
	}
	for _, k := range []struct {
		what      string
		got, want int
	}{
		{"suites", len(c.Suites), 6 * len(one.Suites)}, {"static suites", len(c.Static), 6 * len(one.Static)},
		{"groups", len(c.Groups), 6 * len(one.Groups)}, {"projects that suites follow", len(c.Followed()), 6 * len(one.Followed())},
	} {
		if k.got != k.want {
			t.Errorf("%d %s, want %d", k.got, k.what, k.want)
		}
	}
	known := map[string]bool{}
	for project := range w.Clones {
		for nth := range w.Factor {
			known[w.clone(project, nth)] = true
		}
	}
	if len(known) != w.size() {
		t.Errorf("the copies use %d projects of %d", len(known), w.size())
	}
	for _, project := range c.Followed() {
		if !known[project] {
			t.Errorf("there is no %s", project)
		}
	}
	for project, want := range map[string]int{"typing-extensions": 1, "pytest": 1, "flask": 6} {
		if got := w.Clones[project]; got != want {
			t.Errorf("%s has %d clones, want %d", project, got, want)
		}
	}
}
