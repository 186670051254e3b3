package workflow

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
	"text/template"

	"toxgen/internal/config"
)

// execute returns the text that a template renders from data.
func (r *renderer) execute(name string, data any) (string, error) {
	text, err := r.load(name)
	if err != nil {
		return "", err
	}
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(template.FuncMap{
		"quote":   strconv.Quote,
		"list":    quotedList,
		"entries": entries,
		"runner":  runner,
		"uses":    r.uses,
		"include": r.include,
		"indent":  indent,
	}).Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return "", err
	}
	return b.String(), nil
}

// quotedList returns texts as a YAML flow sequence. YAML understands every escape of Go's quoting.
func quotedList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// runner returns the labels of a runner as a YAML scalar, or as a flow sequence if there are several.
func runner(labels config.Runner) string {
	if len(labels) == 1 {
		return strconv.Quote(labels[0])
	}
	return quotedList(labels)
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
	return strings.TrimRight(text, "\n"), err
}

// uses returns an action with its pin and its version comment.
func (r *renderer) uses(action string) (string, error) {
	pin, found := r.actions.pin(action)
	if !found {
		return "", fmt.Errorf("action %s has no pin under workflow.actions", action)
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
