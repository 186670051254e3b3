package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/similar"
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

// String returns how the command ended, in words.
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

// graver returns the status of a command that ended in an error.
func graver(err error, status Status) Status {
	if _, wrong := errors.AsType[usageError](err); wrong {
		return Usage
	}
	return status
}

// findingsOf returns the findings that an error holds, or the error as one.
func findingsOf(err error) finding.List {
	if list, ok := errors.AsType[finding.List](err); ok {
		return list
	}
	texts := textsOf(err)
	return finding.List{{Severity: finding.Error, Message: texts[0], Detail: texts[1:]}}
}

// textsOf returns the texts of the errors that [errors.Join] joined, or the text of an error that is one.
func textsOf(err error) []string {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var texts []string
	for _, one := range several.Unwrap() {
		texts = append(texts, textsOf(one)...)
	}
	if err.Error() != strings.Join(texts, "\n") {
		return []string{err.Error()} // fmt.Errorf wrapped them in a sentence
	}
	return texts
}

// WrongUsage returns the error of a command that was given wrongly, for a reason, which may be findings.
func WrongUsage(reason error) error { return usageError{reason} }

// NoTarget returns the error of a target that does not exist. It names those that may be meant.
func NoTarget(name string, targets []string) error {
	hint := "`mage -l` lists the targets"
	if near := similar.Names(name, targets, nearTargets); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s? %s", strings.Join(near, ", "), hint)
	}
	return WrongUsage(finding.List{{Severity: finding.Error, Message: fmt.Sprintf("there is no target %q", name), Hint: hint}})
}

// nearTargets is how many similar targets are named.
const nearTargets = 3

// A usageError is a command that was given wrongly. Its text is the reason.
type usageError struct{ error }

// Unwrap returns the reason.
func (e usageError) Unwrap() error { return e.error }

// print writes findings sorted and returns the status of the gravest.
func (w World) print(list finding.List) Status {
	list.Sort()
	folded := list.Folded()
	for i := range folded {
		folded[i].Hint = w.Program.Hint(folded[i].Hint)
		fmt.Fprintln(w.Stderr, folded[i])
	}
	if w.Commands != nil {
		folded.Annotate(w.Commands)
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
