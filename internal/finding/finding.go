// Package finding is what the program has to say about a file: one sentence, its place and its cure.
//
// Every step collects findings instead of stopping at the first; the command prints them sorted, and the
// gravest decides the exit status. A finding without a file speaks of the whole run.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity orders findings by what they mean for the exit status.
type Severity int

const (
	// Note informs and changes no exit status.
	Note Severity = iota
	// Warning asks for attention and changes no exit status.
	Warning
	// OutOfSync says that a file is not what the graph would write: exit status 3.
	OutOfSync
	// Error says that something cannot be read, computed or written: exit status 1.
	Error
)

// String is the word that a message begins with.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case OutOfSync:
		return "out of sync"
	default:
		return "error"
	}
}

// Finding is one sentence about one place.
type Finding struct {
	Severity Severity
	// File is the slash-separated path below the project's root, or empty.
	File string
	// Line and Column count from 1; 0 means unknown.
	Line, Column int
	// Message is one sentence without a final period. Detail is more lines, such as a unified diff.
	Message, Detail string
	// Hint is the cure, naming a command where there is one; may be empty.
	Hint string
}

// Place is `file:line:column`, as far as it is known.
func (f Finding) Place() string {
	if f.File == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
		if f.Column > 0 {
			fmt.Fprintf(&b, ":%d", f.Column)
		}
	}
	return b.String()
}

// String is the finding as a terminal shows it, without a final newline.
func (f Finding) String() string {
	var b strings.Builder
	if place := f.Place(); place != "" {
		b.WriteString(place + ": ")
	}
	b.WriteString(f.Severity.String() + ": " + f.Message)
	if f.Detail != "" {
		b.WriteString("\n" + strings.TrimRight(f.Detail, "\n"))
	}
	if f.Hint != "" {
		b.WriteString("\n  hint: " + f.Hint)
	}
	return b.String()
}

// List is a set of findings. It is an error when it is returned as one; its text is all of them.
type List []Finding

// Error joins the texts of all findings.
func (l List) Error() string {
	texts := make([]string, len(l))
	for i, f := range l {
		texts[i] = f.String()
	}
	return strings.Join(texts, "\n")
}

// Err is the list as an error if it holds anything graver than a warning, else nil.
func (l List) Err() error {
	if l.Worst() > Warning {
		return l
	}
	return nil
}

// Worst is the gravest severity in the list; Note for an empty one.
func (l List) Worst() Severity {
	worst := Note
	for _, f := range l {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Sort orders by file, line and column, of one place the gravest first, then by the texts, and drops repetitions.
func (l *List) Sort() {
	slices.SortFunc(*l, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Message, b.Message), cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.Hint, b.Hint))
	})
	*l = slices.Compact(*l)
}
