package finding

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"toxgen/internal/display"
)

// maximumAnnotations is how many workflow commands GitHub Actions shows of one step.
const maximumAnnotations = 10

// Annotate writes findings as workflow commands of GitHub Actions, the most severe first. Of more than ten it writes
// nine, and the number of all.
func (l List) Annotate(out io.Writer) {
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	var commands []string
	for _, f := range sorted {
		if command := f.command(); command != "" {
			commands = append(commands, command)
		}
	}
	if n := len(commands); n > maximumAnnotations {
		commands = append(commands[:maximumAnnotations-1], display.Command("error", nil, fmt.Sprintf("%d findings in all: the log has every one", n)))
	}
	for _, command := range commands {
		fmt.Fprintln(out, command)
	}
}

// command returns the finding as a workflow command, or "" if it is a note.
func (f Finding) command() string {
	name := "error"
	switch f.Severity {
	case Note:
		return ""
	case Warning:
		name = "warning"
	}
	var properties []display.Property
	if f.File != "" {
		properties = append(properties, display.Property{Name: "file", Value: f.File})
		if f.Line > 0 {
			properties = append(properties, display.Property{Name: "line", Value: strconv.Itoa(f.Line)})
		}
		if f.Column > 0 {
			properties = append(properties, display.Property{Name: "col", Value: strconv.Itoa(f.Column)})
		}
	}
	lines := []string{f.Message}
	if f.Hint != "" {
		lines = append(lines, "hint: "+f.Hint)
	}
	return display.Command(name, properties, lines...)
}
