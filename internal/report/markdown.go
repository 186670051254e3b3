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
func codes(texts []string) string { return joined(texts, ", ") }

// joined returns texts as code with something between them.
func joined(texts []string, between string) string {
	shown := make([]string, len(texts))
	for i, text := range texts {
		shown[i] = code(text)
	}
	return strings.Join(shown, between)
}

// maximumOpen is how many rows a section may have that is folded if it is longer.
const maximumOpen = 12

// A section is one part of the Markdown: a heading and a table, which can be cut after any row.
type section struct {
	heading string
	// folds reports whether the section is folded if it is long: a reader who has one minute can do without it. hidden
	// reports whether it is always folded.
	folds, hidden bool
	columns       []string
	rows          [][]string
}

// Markdown returns the summary for a pull request in at most limit characters. Rows that do not fit are left out from the
// end, and a note states their number.
func (s *Summary) Markdown(limit int) string { return s.markdown(limit, utf8.RuneCountInString) }

// StepSummary returns the summary for a job in at most limit bytes, cut in the same way.
func (s *Summary) StepSummary(limit int) string {
	return s.markdown(limit, func(text string) int { return len(text) })
}

// markdown returns the summary in a size of at most limit.
func (s *Summary) markdown(limit int, size func(string) int) string {
	const note = "\n%d more rows do not fit here: the log of the run has them.\n"
	room, left := limit-size(note)-20, 0
	var b strings.Builder
	for _, text := range []string{
		s.firstLine(code, func(words string) string { return "**" + words + "**" }) + "\n",
		"\n" + s.size() + ". " + s.pins() + ".\n",
	} {
		if size(text) <= room {
			b.WriteString(text)
			room -= size(text)
		}
	}
	for _, part := range s.sections() {
		text, over := part.markdown(room, size)
		b.WriteString(text)
		room -= size(text)
		left += over
	}
	if left > 0 {
		fmt.Fprintf(&b, note, left)
	}
	return b.String()
}

// markdown returns the section in a size of at most room, and the number of rows that are left out.
func (p section) markdown(room int, size func(string) int) (text string, left int) {
	start, end := fmt.Sprintf("\n### %s\n\n", p.heading), ""
	if p.hidden || p.folds && len(p.rows) > maximumOpen {
		start, end = fmt.Sprintf("\n<details>\n<summary>%s (%d)</summary>\n\n", p.heading, len(p.rows)), "\n</details>\n"
	}
	var b strings.Builder
	room -= size(end)
	for i, cells := range p.rows {
		piece := row(cells)
		if i == 0 {
			piece = start + row(p.columns) + row(slices.Repeat([]string{"---"}, len(p.columns))) + piece
		}
		if room -= size(piece); room < 0 {
			left = len(p.rows) - i
			break
		}
		b.WriteString(piece)
	}
	if b.Len() > 0 {
		b.WriteString(end)
	}
	return b.String(), left
}

// row returns a row of a table.
func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// sections returns the sections in their order: what to decide about, what to look at, and what only moved. A section without
// rows is not shown.
func (s *Summary) sections() []section {
	return slices.Concat([]section{s.stayed(), s.withdrawn(), s.retried(), s.warned(), s.arrived(), s.changed(), s.moved()}, s.pinned(), []section{s.gone(), s.held(), s.commands()})
}

func (s *Summary) stayed() section {
	p := section{heading: "Stayed as it was, and why", columns: []string{"what", "why", "what would help"}}
	why := func(f Failed) string {
		parts := []string{code(f.Reason)}
		for line := range strings.Lines(f.Detail) {
			parts = append(parts, code(strings.TrimSuffix(line, "\n")))
		}
		return strings.Join(parts, "<br>")
	}
	for _, r := range s.PassedOver {
		what := fmt.Sprintf("%s passes over %s on Python %s", code(r.Suite), code(r.Release.String()), code(r.Failed.Name))
		if r.Before {
			what += ", as before"
		}
		p.rows = append(p.rows, []string{what, why(r.Failed), code(r.Failed.Hint)})
	}
	for _, f := range s.Failed {
		p.rows = append(p.rows, []string{code(f.Name) + " keeps what it had", why(f), code(f.Hint)})
	}
	for _, f := range s.NotAdopted {
		p.rows = append(p.rows, []string{code(f.Name) + " is not adopted yet", why(f), "the next update tries again"})
	}
	return p
}

func (s *Summary) withdrawn() section {
	p := section{heading: "Yanked or gone", columns: []string{"release", "why", "environments", "what became of it"}}
	for _, w := range s.Withdrawn {
		p.rows = append(p.rows, []string{code(w.String()), w.cause(code), fmt.Sprint(w.Environments), w.outcome(code)})
	}
	return p
}

func (s *Summary) retried() section {
	p := section{heading: "Temporary rules that expired, and were removed", columns: []string{"rule", "until", "why it was written", "what became of it"}}
	for _, r := range s.Retried {
		p.rows = append(p.rows, []string{code(r.Rule), code(r.Until), codeOr(r.Reason, "unknown"), r.outcome()})
	}
	return p
}

func (s *Summary) warned() section {
	p := section{heading: "Warnings", folds: true, columns: []string{"where", "what", "what would help"}}
	for _, w := range s.Warnings {
		p.rows = append(p.rows, []string{code(w.Place), code(w.Text), code(w.Hint)})
	}
	return p
}

func (s *Summary) arrived() section {
	p := section{heading: "New in the lock: never installed before", columns: []string{"project", "pinned", "environments", "required by", "on the index since"}}
	for _, a := range s.New {
		p.rows = append(p.rows, []string{code(a.Project), codes(a.Versions), fmt.Sprint(a.Environments), few(a.RequiredBy, code), moment(a.Since)})
	}
	return p
}

func (s *Summary) changed() section {
	p := section{heading: "Pinned releases whose files changed", columns: []string{"release", "what", "environments"}}
	for _, c := range s.Changed {
		p.rows = append(p.rows, []string{code(c.Release.String()), codes(c.What), fmt.Sprint(c.Environments)})
	}
	return p
}

func (s *Summary) moved() section {
	p := section{heading: "Releases in and out", columns: []string{"suite", "in", "out"}}
	for _, suite := range s.Suites {
		if len(suite.In)+len(suite.Out) > 0 || suite.Change != "" {
			in := make([]string, len(suite.In))
			for i, version := range suite.In {
				if in[i] = code(version); slices.Contains(suite.Notable, version) {
					in[i] = "**" + in[i] + "**"
				}
			}
			p.rows = append(p.rows, []string{code(suite.Name) + change(suite.Change), strings.Join(in, ", "), codes(suite.Out)})
		}
	}
	return p
}

// pinned returns the projects whose pins moved: first those that need attention.
func (s *Summary) pinned() []section {
	columns := []string{"project", "from → to", "environments"}
	notable := section{heading: "Pins that moved to a new major, a pre-release or an older release", columns: columns}
	others := section{heading: "Other pins that moved, by project", folds: true, columns: columns}
	for _, m := range s.Moves {
		steps := make([]string, len(m.Steps))
		for i, step := range m.Steps {
			steps[i] = codeOr(step.From, "none") + " → " + codeOr(step.To, "none")
			if len(m.Steps) > 1 {
				steps[i] += fmt.Sprintf(" (%d)", step.Environments)
			}
		}
		cells := []string{code(m.Project), strings.Join(steps, "<br>"), m.where(code)}
		if m.Attention == "" {
			others.rows = append(others.rows, cells)
			continue
		}
		cells[1] += "<br>" + toward(m.Attention)
		notable.rows = append(notable.rows, cells)
	}
	if len(notable.rows) == 0 {
		others.heading = "Pins that moved, by project"
	}
	return []section{notable, others}
}

func (s *Summary) gone() section {
	p := section{heading: "Gone from the lock", folds: true, columns: []string{"project"}}
	for _, project := range s.Left {
		p.rows = append(p.rows, []string{code(project)})
	}
	return p
}

func (s *Summary) held() section {
	p := section{heading: "Too young, and until when", folds: true, columns: []string{"release", "file", "uploaded", "adopted after"}}
	for _, h := range s.HeldBack {
		p.rows = append(p.rows, []string{code(h.Release.String()), code(h.File), moment(h.Uploaded), moment(h.Adopted)})
	}
	return p
}

func (s *Summary) commands() section {
	p := section{heading: "If the tests of a suite fail: the command that holds a release back, or the lines for <code>constraints:</code> in toxgen.yaml",
		hidden: true, columns: []string{"suite", "on this branch"}}
	for _, suite := range s.Suites {
		if all := slices.Concat(suite.Holds, suite.Constraints); len(all) > 0 {
			p.rows = append(p.rows, []string{code(suite.Name), joined(all, "<br>")})
		}
	}
	return p
}

// codeOr returns a text as code, or other words for an empty one.
func codeOr(text, other string) string {
	if text == "" {
		return other
	}
	return code(text)
}

// moment returns a time in UTC, or "unknown" if it is zero.
func moment(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
