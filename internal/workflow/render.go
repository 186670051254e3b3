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

// execute renders one template.
func (r *renderer) execute(name string, data any) (string, error) {
	text, err := r.load(name)
	if err != nil {
		return "", err
	}
	t, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(template.FuncMap{
		"quote":   strconv.Quote,
		"list":    quotedList,
		"entries": entries,
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

// quotedList is a YAML flow sequence. As for a single text, every escape of Go's quoting is one of YAML's.
func quotedList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// entries are the lines of a YAML mapping, each behind a line break.
func entries(blanks int, m config.Map[string]) string {
	var b strings.Builder
	for _, e := range m {
		b.WriteString("\n" + strings.Repeat(" ", blanks) + strconv.Quote(e.Key) + ": " + strconv.Quote(e.Value))
	}
	return b.String()
}

func (r *renderer) include(name string, data any) (string, error) {
	text, err := r.execute(name, data)
	return strings.TrimRight(text, "\n"), err
}

func (r *renderer) uses(action string) (string, error) {
	pin, found := r.actions.pin(action)
	if !found {
		return "", fmt.Errorf("action %s has no pin under workflow.actions", action)
	}
	return pinned(action, pin) + " # " + pin.Version, nil
}

func pinned(action string, pin Pin) string { return action + "@" + pin.SHA }

func indent(blanks int, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if i > 0 && line != "\n" {
			lines[i] = strings.Repeat(" ", blanks) + line
		}
	}
	return strings.Join(lines, "")
}

// templatePath is where a template of the project lies, or the name of an embedded one.
func (r *renderer) templatePath(name string) string { return path.Join(r.config.Templates, name) }
