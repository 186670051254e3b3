package finding

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
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
		commands = append(commands[:maximumAnnotations-1], fmt.Sprintf("::error::%d findings in all: the log has every one", n))
	}
	for _, command := range commands {
		fmt.Fprintln(out, command)
	}
}

// command returns the finding as a workflow command, or "" if it is a note.
func (f Finding) command() string {
	var command string
	switch f.Severity {
	case Note:
		return ""
	case Warning:
		command = "::warning"
	default:
		command = "::error"
	}
	var properties []string
	if f.File != "" {
		properties = append(properties, "file="+propertyEscapes.Replace(f.File))
		if f.Line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", f.Line))
		}
		if f.Column > 0 {
			properties = append(properties, fmt.Sprintf("col=%d", f.Column))
		}
	}
	if len(properties) > 0 {
		command += " " + strings.Join(properties, ",")
	}
	message := f.Message
	if f.Hint != "" {
		message += "\nhint: " + f.Hint
	}
	return command + "::" + dataEscapes.Replace(message)
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
