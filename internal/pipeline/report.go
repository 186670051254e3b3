package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"toxgen/internal/finding"
)

// Status is how a command ends.
type Status int

// The exit statuses.
const (
	Done      Status = 0
	Failed    Status = 1
	Usage     Status = 2
	OutOfSync Status = 3
)

// String says how the command ended.
func (s Status) String() string {
	switch s {
	case Done:
		return "done"
	case Usage:
		return "wrong usage"
	case OutOfSync:
		return "out of sync"
	default:
		return "not done"
	}
}

// Explain prints an error, each finding in it by itself, and returns its status.
func (w World) Explain(err error) Status {
	if err == nil {
		return Done
	}
	return graver(err, w.print(findingsOf(err)))
}

// graver is the status of a command that ended in an error.
func graver(err error, status Status) Status {
	if _, wrong := errors.AsType[usageError](err); wrong {
		return Usage
	}
	return status
}

// findingsOf are the findings that an error holds, or the error as one.
func findingsOf(err error) finding.List {
	if list, ok := errors.AsType[finding.List](err); ok {
		return list
	}
	message, detail, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return finding.List{{Severity: finding.Error, Message: message, Detail: detail}}
}

// WrongUsage returns the error of a command that was given wrongly, for a reason.
func WrongUsage(reason error) error { return usageError(reason.Error()) }

// usageError is a command that was given wrongly.
type usageError string

// Error says what is wrong with it.
func (e usageError) Error() string { return string(e) }

// print writes findings sorted and returns the status of the gravest.
func (w World) print(list finding.List) Status {
	list.Sort()
	folded := list.Folded()
	for _, f := range folded {
		fmt.Fprintln(w.Stderr, f)
	}
	if w.Annotate {
		annotate(w.Stderr, folded)
	}
	switch list.Worst() {
	case finding.Error:
		return Failed
	case finding.OutOfSync:
		return OutOfSync
	default:
		return Done
	}
}

// maximumAnnotations is how many commands GitHub Actions shows of one step.
const maximumAnnotations = 10

// annotate prints findings as workflow commands: at most nine, the gravest, and the tenth says how many there are.
func annotate(out io.Writer, list finding.List) {
	kinds := map[finding.Severity]string{finding.Warning: "warning", finding.OutOfSync: "error", finding.Error: "error"}
	var commands []string
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b finding.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	for _, f := range list {
		kind, shown := kinds[f.Severity]
		if !shown {
			continue
		}
		var properties []string
		if f.File != "" {
			properties = append(properties, "file="+property(f.File))
			if f.Line > 0 {
				properties = append(properties, fmt.Sprintf("line=%d", f.Line))
			}
			if f.Column > 0 {
				properties = append(properties, fmt.Sprintf("col=%d", f.Column))
			}
		}
		message := f.Message
		if f.Hint != "" {
			message += "\nhint: " + f.Hint
		}
		command := "::" + kind
		if len(properties) > 0 {
			command += " " + strings.Join(properties, ",")
		}
		commands = append(commands, command+"::"+data(message))
	}
	if n := len(commands); n > maximumAnnotations {
		commands = append(commands[:maximumAnnotations-1], fmt.Sprintf("::error::%d findings in all: the log has every one", n))
	}
	for _, c := range commands {
		fmt.Fprintln(out, c)
	}
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscapes.Replace(s) }
func property(s string) string { return propertyEscapes.Replace(s) }
