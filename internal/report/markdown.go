package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"toxgen/internal/display"
)

// code returns a text as code for a cell of a table.
func code(text string) string { return display.Code(text) }

// codes returns texts as code, separated by commas.
func codes(texts []string) string {
	shown := make([]string, len(texts))
	for i, text := range texts {
		shown[i] = code(text)
	}
	return strings.Join(shown, ", ")
}

// A section is one part of the Markdown: a heading and a table, which can be cut after any row.
type section struct {
	heading string
	columns []string
	rows    [][]string
}

// Markdown returns the summary for a pull request or a job in at most limit characters. Rows that do not fit are left
// out from the end, and a note states their number.
func (s *Summary) Markdown(limit int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.size())
	const note = "\n%d more rows do not fit here: the log of the update has them.\n"
	room := limit - utf8.RuneCountInString(b.String()) - len(note) - 20
	left := 0
	for _, part := range s.sections() {
		text, over := part.markdown(room)
		b.WriteString(text)
		room -= utf8.RuneCountInString(text)
		left += over
	}
	if left > 0 {
		fmt.Fprintf(&b, note, left)
	}
	return b.String()
}

// markdown returns the section in at most room characters, and the number of rows that are left out.
func (p section) markdown(room int) (text string, left int) {
	var b strings.Builder
	for i, cells := range p.rows {
		piece := row(cells)
		if i == 0 {
			piece = fmt.Sprintf("\n### %s\n\n%s%s", p.heading, row(p.columns), row(slices.Repeat([]string{"---"}, len(p.columns)))) + piece
		}
		if room -= utf8.RuneCountInString(piece); room < 0 {
			return b.String(), len(p.rows) - i
		}
		b.WriteString(piece)
	}
	return b.String(), 0
}

// row returns a row of a table.
func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// sections returns the sections in their order. A section without rows is not shown.
func (s *Summary) sections() []section {
	why := func(f Failed) string {
		parts := []string{code(f.Reason)}
		for line := range strings.Lines(f.Detail) {
			parts = append(parts, code(strings.TrimSuffix(line, "\n")))
		}
		return strings.Join(parts, "<br>")
	}
	passed := section{heading: "Releases passed over", columns: []string{"suite", "release", "Python", "why", "what would help"}}
	for _, p := range s.PassedOver {
		passed.rows = append(passed.rows, []string{code(p.Suite), code(p.Release.String()), code(p.Failed.Name), why(p.Failed), code(p.Failed.Hint)})
	}
	failed := section{heading: "Kept what they had", columns: []string{"name", "why", "what would help"}}
	for _, f := range s.Failed {
		failed.rows = append(failed.rows, []string{code(f.Name), why(f), code(f.Hint)})
	}
	unadopted := section{heading: "Not adopted yet", columns: []string{"release", "why"}}
	for _, f := range s.NotAdopted {
		unadopted.rows = append(unadopted.rows, []string{code(f.Name), code(f.Reason)})
	}
	withdrawn := section{heading: "Yanked or gone", columns: []string{"release", "why", "environments", "what became of it"}}
	for _, w := range s.Withdrawn {
		withdrawn.rows = append(withdrawn.rows, []string{code(w.String()), w.cause(code), fmt.Sprint(w.Environments), w.outcome(code)})
	}
	moved := section{heading: "Suites that moved", columns: []string{"suite", "in", "out", "pins of its newest", "pins of the others"}}
	holds := section{heading: "To hold one back, on this branch", columns: []string{"suite", "command"}}
	for _, suite := range s.Suites {
		moved.rows = append(moved.rows, []string{code(suite.Name), codes(suite.In), codes(suite.Out), fmt.Sprint(suite.Newest), fmt.Sprint(suite.Older)})
		for _, hold := range suite.Holds() {
			holds.rows = append(holds.rows, []string{code(suite.Name), code(hold)})
		}
	}
	arrived := section{heading: "New in the lock: never installed before", columns: []string{"project", "pinned", "environments", "required by", "on the index since"}}
	for _, a := range s.New {
		arrived.rows = append(arrived.rows, []string{code(a.Project), codes(a.Versions), fmt.Sprint(a.Environments), few(a.RequiredBy, code), moment(a.Since)})
	}
	left := section{heading: "Gone from the lock", columns: []string{"project"}}
	for _, project := range s.Left {
		left.rows = append(left.rows, []string{code(project)})
	}
	pins := section{heading: "Pins that moved", columns: []string{"project", "from", "to", "environments", "suites"}}
	for _, m := range s.Moves {
		pins.rows = append(pins.rows, []string{code(m.Project), code(m.From), code(m.To), fmt.Sprint(m.Environments), fmt.Sprint(m.Suites)})
	}
	changed := section{heading: "Pinned releases whose files changed", columns: []string{"release", "what", "environments"}}
	for _, c := range s.Changed {
		changed.rows = append(changed.rows, []string{code(c.Release.String()), codes(c.What), fmt.Sprint(c.Environments)})
	}
	held := section{heading: "Held back until it is old enough", columns: []string{"release", "file", "uploaded", "adopted after"}}
	for _, h := range s.HeldBack {
		held.rows = append(held.rows, []string{code(h.Release.String()), code(h.File), moment(h.Uploaded), moment(h.Adopted)})
	}
	warned := section{heading: "Warnings", columns: []string{"where", "what", "what would help"}}
	for _, w := range s.Warnings {
		warned.rows = append(warned.rows, []string{code(w.Place), code(w.Text), code(w.Hint)})
	}
	return []section{arrived, changed, passed, failed, unadopted, withdrawn, moved, holds, pins, left, held, warned}
}

// moment returns a time in UTC, or "unknown" if it is zero.
func moment(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
