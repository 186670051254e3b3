package workflow

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"toxgen/internal/config"
	"toxgen/templates"
)

// execute returns the text that a template renders from data.
func (r *renderer) execute(name string, data any) (string, error) {
	text, err := r.load(name)
	if err != nil {
		return "", err
	}
	value := r.budget.Value
	return r.budget.Execute(templates.Template{Name: name, Text: text, Left: "[[", Right: "]]", Functions: template.FuncMap{
		"quote":   func(text string) (string, error) { return value(strconv.Quote(text)) },
		"list":    func(texts []string) (string, error) { return value(quotedList(texts)) },
		"runner":  func(labels config.Runner) (string, error) { return value(runner(labels)) },
		"audited": func(labels config.Runner) (string, error) { return value(audited(labels)) },
		"uses":    r.uses,
		"include": r.include,
		"entries": func(blanks int, m config.Map[string]) (string, error) {
			if err := indentable(blanks); err != nil {
				return "", err
			}
			return value(entries(blanks, m))
		},
		"indent": func(blanks int, text string) (string, error) {
			if err := indentable(blanks); err != nil {
				return "", err
			}
			return value(indent(blanks, text))
		},
	}}, data)
}

// maximumIndent is the maximum number of blanks before a line.
const maximumIndent = 100

// indentable returns an error for a number of blanks that no file needs.
func indentable(blanks int) error {
	if blanks < 0 || blanks > maximumIndent {
		return fmt.Errorf("%d blanks, not 0 to %d", blanks, maximumIndent)
	}
	return nil
}

// quotedList returns texts as a YAML flow sequence. YAML understands every escape of Go's quoting.
func quotedList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// runner returns the labels of a runner as a YAML scalar, or as a flow sequence if there are several, and a comment for
// zizmor.
func runner(labels config.Runner) string {
	if len(labels) == 1 {
		return strconv.Quote(labels[0]) + audited(labels)
	}
	return quotedList(labels) + audited(labels)
}

// audited returns the comment that keeps zizmor from reporting a self-hosted runner. Whether one may run what pull requests
// bring is decided where the configuration names it.
func audited(labels config.Runner) string {
	if slices.Contains(labels, "self-hosted") {
		return " # zizmor: ignore[self-hosted-runner] as the configuration says"
	}
	return ""
}

// entries returns the lines of a YAML mapping, with a line break before each line.
func entries(blanks int, m config.Map[string]) string {
	var b strings.Builder
	for _, e := range m {
		b.WriteString("\n" + strings.Repeat(" ", blanks) + strconv.Quote(e.Key) + ": " + strconv.Quote(e.Value))
	}
	return b.String()
}

// include returns the text of another template, without its last line break.
func (r *renderer) include(name string, data any) (string, error) {
	text, err := r.execute(name, data)
	if err != nil {
		return "", err
	}
	return r.budget.Value(strings.TrimRight(text, "\n"))
}

// uses returns an action with its pin and its version comment.
func (r *renderer) uses(action string) (string, error) {
	pin, found := r.actions.pin(action)
	if !found {
		return "", fmt.Errorf("action %s has no pin under workflow.actions", action)
	}
	if pin.Version == "" {
		return pinned(action, pin), nil
	}
	return pinned(action, pin) + " # " + pin.Version, nil
}

// pinned returns an action at the commit of its pin.
func pinned(action string, pin Pin) string { return action + "@" + pin.SHA }

// indent returns a text with blanks before each line but the first.
func indent(blanks int, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if i > 0 && line != "\n" {
			lines[i] = strings.Repeat(" ", blanks) + line
		}
	}
	return strings.Join(lines, "")
}

// templatePath returns the path of a template of the project, or the name of an embedded template.
func (r *renderer) templatePath(name string) string { return path.Join(r.config.Templates, name) }
