package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// A fact is the value that a rendered file must have at a path of keys.
type fact struct {
	path []string
	want any
}

// The wanted value of a fact must be equal to the rendered one, except for these types.
type (
	// includes matches a mapping that may have further keys.
	includes map[string]any
	// inOrder matches a list that may have further elements.
	inOrder []any
	// within matches a text that contains it.
	within string
)

// verify reports differences between a rendered file and its facts.
func (r *renderer) verify(file, template, text string, facts []fact, subject about) {
	fault := func(hint, format string, args ...any) {
		r.findings = append(r.findings, finding.Finding{Severity: finding.Error, File: r.templatePath(template),
			Message: file + ": " + fmt.Sprintf(format, args...), Hint: hint})
	}
	if first, _, _ := strings.Cut(text, "\n"); first != markOf(r.config) {
		fault("begin the template with [[.Mark]]", "the first line is not toxgen's mark")
	}
	var document map[string]any
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		fault("", "the rendered text is not YAML: %s", err)
		return
	}
	for _, f := range facts {
		if d := difference(f.want, at(document, f.path)); d != "" {
			fault("", "%s %s", strings.Join(f.path, "."), d)
		}
	}
	uses, _ := readUses(File{file, []byte(text)})
	for _, u := range uses {
		if pin, found := r.actions.pin(u.action); !found || pin.SHA != u.SHA || pin.Version != u.Version {
			fault(fmt.Sprintf("write [[uses %q]]", u.action), "line %d: action %q does not have its pin", u.Line, u.action)
		}
	}
	r.runs(document, fault, subject)
}

// runs reports commands with expressions and commands that are too long.
func (r *renderer) runs(document map[string]any, fault func(hint, format string, args ...any), subject about) {
	limit := r.config.Workflow.Limits.RunLength
	jobs, _ := document["jobs"].(map[string]any)
	for id := range jobs {
		steps, _ := at(jobs, []string{id, "steps"}).([]any)
		for _, step := range steps {
			step, _ := step.(map[string]any)
			run, _ := step["run"].(string)
			if strings.Contains(run, "${{") {
				fault("pass the value through `env`", "job %s, step %q: GitHub pastes the value of an expression in `run` into the command", id, step["name"])
			}
			if n := utf8.RuneCountInString(run); n > limit {
				r.fail(subject.pos, "put the command into a file", "%s: job %s, step %q: `run` has %d characters, more than %d",
					subject.what, id, step["name"], n, limit)
			}
		}
	}
}

// at returns the value at a path of keys of a document, or nil.
func at(document any, path []string) any {
	for _, key := range path {
		m, _ := document.(map[string]any)
		document = m[key]
	}
	return document
}

// difference returns a description of the first difference between the values, or an empty text.
func difference(want, got any) string {
	switch want := want.(type) {
	case includes:
		m, _ := got.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(want)) {
			if d := difference(want[key], m[key]); d != "" {
				return key + ": " + d
			}
		}
		return ""
	case inOrder:
		list, _ := got.([]any)
		for _, element := range want {
			i := 0
			for i < len(list) && difference(element, list[i]) != "" {
				i++
			}
			if i == len(list) {
				return "lacks, or has in another order, " + short(element)
			}
			list = list[i+1:]
		}
		return ""
	case within:
		if text, _ := got.(string); !strings.Contains(text, string(want)) {
			return fmt.Sprintf("is %s, without %s", short(got), short(want))
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("is %s, not %s", short(got), short(want))
	}
	return ""
}

// short returns a value as JSON with at most 200 characters.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if runes := []rune(string(text)); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return string(text)
}
