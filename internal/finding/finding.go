// Package finding describes what the program reports about a file: one sentence, its place and a hint.
//
// Every step collects findings instead of stopping at the first one. The command prints them sorted, and the most
// severe one decides the exit status. A finding without a file is about the whole run.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/display"
)

// Severity is how severe a finding is: what it means for the exit status. Greater values are more severe.
type Severity int

const (
	// Note is for information only; it does not change the exit status.
	Note Severity = iota
	// Warning asks for attention; it does not change the exit status.
	Warning
	// OutOfSync means that a file differs from what the program would write: exit status 3.
	OutOfSync
	// Error means that something cannot be read, computed or written: exit status 1.
	Error
)

// String returns the word that a message begins with.
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

// A Finding is one sentence about one place. Its texts hold names and words of others as they are: they are encoded where the
// finding is shown.
type Finding struct {
	Severity Severity
	// File is the slash-separated path below the project's root, or empty.
	File string
	// Line and Column count from 1; 0 means unknown.
	Line, Column int
	// Message is one sentence without a final period.
	Message string
	// Detail holds further lines, such as those of a unified diff, without line ends.
	Detail []string
	// Hint is one sentence that says how to fix it, with the command where there is one. It may be empty.
	Hint string
	// Kind names in a few words what the finding has in common with others, such as "unknown key". [List.Folded]
	// folds findings of one kind. An empty Kind is never folded. It is not part of the printed finding.
	Kind string
}

// Place returns `file:line:column`, without the parts that are unknown.
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

// String returns the text that a terminal shows, without a final line end: one line for each text of the finding, and each
// line of the detail.
func (f Finding) String() string {
	var b strings.Builder
	if place := f.Place(); place != "" {
		b.WriteString(display.Escape(place) + ": ")
	}
	b.WriteString(f.Severity.String() + ": " + display.Line(f.Message))
	for _, line := range f.Detail {
		b.WriteString("\n" + display.Escape(line))
	}
	if f.Hint != "" {
		b.WriteString("\n  hint: " + display.Line(f.Hint))
	}
	return b.String()
}

// compare orders findings as [List.Sort] does. It returns 0 only for equal ones.
func (f Finding) compare(g Finding) int {
	return cmp.Or(cmp.Compare(f.Severity, g.Severity),
		cmp.Compare(f.File, g.File), cmp.Compare(f.Line, g.Line), cmp.Compare(f.Column, g.Column),
		cmp.Compare(f.Message, g.Message), slices.Compare(f.Detail, g.Detail), cmp.Compare(f.Hint, g.Hint),
		cmp.Compare(f.Kind, g.Kind))
}

// A List is a list of findings. It implements error; its text holds all findings.
type List []Finding

// Error returns the texts of all findings, one after the other.
func (l List) Error() string {
	texts := make([]string, len(l))
	for i, f := range l {
		texts[i] = f.String()
	}
	return strings.Join(texts, "\n")
}

// Err returns the list as an error if it holds a finding more severe than a warning, and nil otherwise.
func (l List) Err() error {
	if l.Worst() > Warning {
		return l
	}
	return nil
}

// Worst returns the greatest severity in the list, or Note for an empty list.
func (l List) Worst() Severity {
	worst := Note
	for _, f := range l {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Sort sorts the list by severity, then by file, line and column, then by the texts, and removes duplicates. Errors come
// last: the end of a long output is what a terminal still shows.
func (l *List) Sort() {
	slices.SortFunc(*l, Finding.compare)
	*l = slices.CompactFunc(*l, func(a, b Finding) bool { return a.compare(b) == 0 })
}

// unfolded is how many findings of one kind [List.Folded] keeps.
const unfolded = 3

// Folded returns a copy of the list in which of the findings with the same severity and the same non-empty kind only the
// first three remain. One finding takes the place of the others: it stands where the first of them stood, has its
// severity, file, line and column, says how many there are, and has no hint and no kind.
//
// The list should be sorted first. l itself does not change.
func (l List) Folded() List {
	type group struct {
		severity Severity
		kind     string
	}
	total := map[group]int{}
	for _, f := range l {
		total[group{f.Severity, f.Kind}]++
	}
	var folded List
	seen := map[group]int{}
	for _, f := range l {
		g := group{f.Severity, f.Kind}
		seen[g]++
		switch {
		case f.Kind == "" || seen[g] <= unfolded:
			folded = append(folded, f)
		case seen[g] == unfolded+1:
			folded = append(folded, Finding{Severity: f.Severity, File: f.File, Line: f.Line, Column: f.Column,
				Message: fmt.Sprintf("and %d more like these (%s)", total[g]-unfolded, f.Kind)})
		}
	}
	return folded
}
