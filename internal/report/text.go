package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"toxgen/internal/display"
)

// String returns `project version`.
func (r Release) String() string { return r.Project + " " + r.Version }

// String returns the step as `from → to`, with "none" in place of an empty one.
func (s Step) String() string { return version(s.From) + " → " + version(s.To) }

// size returns a sentence with the size of the matrix after and before.
func (s *Summary) size() string {
	text := fmt.Sprintf("%s in %s and %s", display.Count(s.After.Releases, "release"), display.Count(s.After.Environments, "environment"), display.Count(s.After.Rows, "row"))
	if s.Before == s.After {
		return text + ", as before"
	}
	return text + fmt.Sprintf("; before: %d in %d and %d", s.Before.Releases, s.Before.Environments, s.Before.Rows)
}

// pins returns a sentence with the numbers of pins that moved.
func (s *Summary) pins() string {
	newest, older := 0, 0
	for _, suite := range s.Suites {
		newest, older = newest+suite.Newest, older+suite.Older
	}
	return fmt.Sprintf("%s moved in environments of newest releases, %d in others", display.Count(newest, "pin"), older)
}

// For returns the summary for a reader who runs a program: its hints and commands name that one.
func (s *Summary) For(program display.Program) *Summary {
	copied := *s
	copied.Suites = each(s.Suites, func(suite *Suite) {
		suite.Holds = each(suite.Holds, func(command *string) { *command = program.Command(*command) })
	})
	named := func(f *Failed) { f.Hint = program.Hint(f.Hint) }
	copied.PassedOver = each(s.PassedOver, func(p *PassedOver) { named(&p.Failed) })
	copied.NotAdopted, copied.Failed = each(s.NotAdopted, named), each(s.Failed, named)
	copied.Warnings = each(s.Warnings, func(w *Warning) { w.Hint = program.Hint(w.Hint) })
	return &copied
}

// each returns a copy of a list whose elements were changed.
func each[T any](list []T, change func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		change(&list[i])
	}
	return list
}

// cause returns the reason why the release is withdrawn. show formats texts of others.
func (w Withdrawn) cause(show func(string) string) string {
	switch {
	case !w.Yanked:
		return "gone from the index"
	case w.Reason == "":
		return "yanked"
	default:
		return "yanked: " + show(w.Reason)
	}
}

// outcome describes what happened to the pins of the release. show formats texts of others.
func (w Withdrawn) outcome(show func(string) string) string {
	var parts []string
	for _, version := range w.By {
		parts = append(parts, show(version))
	}
	text := "no longer needed"
	switch {
	case len(parts) > 0:
		text = "replaced by " + strings.Join(parts, ", ")
	case w.Stays == w.Environments:
		text = ""
	}
	if w.Stays > 0 {
		stays := fmt.Sprintf("stays in %d", w.Stays)
		if w.Why != "" {
			stays += ": " + show(w.Why)
		}
		text = strings.TrimPrefix(text+"; "+stays, "; ")
	}
	return text
}

// outcome says what became of what the rule kept out.
func (r Retried) outcome() string {
	if r.Environments == 0 {
		return "not needed any more: nothing of it is tested"
	}
	return "tested again in " + display.Count(r.Environments, "environment") + ": what is red there can be held back again"
}

// where returns where the pins of a project moved, such as `412 environments of 66 suites`. show formats texts of others.
func (m Move) where(show func(string) string) string {
	text := display.Count(m.Environments, "environment") + " of "
	if len(m.Suites) <= maximumFew {
		return text + few(m.Suites, show)
	}
	return text + display.Count(len(m.Suites), "suite")
}

// Print writes the summary for a terminal: what it asks of the reader, a line for each change, and the size. It leaves the
// warnings out, because the run prints them anyway, and the constraints, of which there are many: the other forms have them.
func (s *Summary) Print(out io.Writer) {
	line := func(format string, values ...any) { fmt.Fprintln(out, display.Line(fmt.Sprintf(format, values...))) }
	line("%s", s.firstLine(plain, func(words string) string { return words }))
	s.printStayed(line)
	for _, a := range s.New {
		line("new in the lock: %s %s, pinned in %s, required by %s, on the index since %s", a.Project, list(a.Versions),
			display.Count(a.Environments, "environment"), few(a.RequiredBy, plain), moment(a.Since))
	}
	for _, c := range s.Changed {
		line("%s, pinned in %s, has other files: %s", c.Release, display.Count(c.Environments, "environment"), list(c.What))
	}
	for _, suite := range s.Suites {
		if len(suite.In)+len(suite.Out) > 0 || suite.Change != "" {
			line("%s%s: in %s; out %s", suite.Name, change(suite.Change), list(suite.In), list(suite.Out))
		}
	}
	for _, suite := range s.Suites {
		for _, hold := range suite.Holds {
			line("to hold it back: %s", hold)
		}
	}
	for _, m := range s.Moves {
		attention := ""
		if m.Attention != "" {
			attention = " (" + m.Attention + ")"
		}
		line("%s %s%s: %s", m.Project, strings.Join(named(m.Steps, func(s Step) (string, bool) { return s.String(), true }), ", "), attention, m.where(plain))
	}
	for _, project := range s.Left {
		line("gone from the lock: %s", project)
	}
	for _, h := range s.HeldBack {
		what := h.Release.String()
		if h.File != "" {
			what = h.File + " of " + what
		}
		line("held back: %s, uploaded %s, adopted after %s", what, moment(h.Uploaded), moment(h.Adopted))
	}
	line("%s", s.pins())
	line("%s", s.size())
}

// printStayed writes what stayed as it was, and why.
func (s *Summary) printStayed(line func(format string, values ...any)) {
	why := func(f Failed) {
		for detail := range strings.Lines(f.Detail) {
			line("  | %s", strings.TrimSpace(detail))
		}
		if f.Hint != "" {
			line("  hint: %s", f.Hint)
		}
	}
	for _, p := range s.PassedOver {
		as := ""
		if p.Before {
			as = ", as before"
		}
		line("%s passes over %s%s: on Python %s %s", p.Suite, p.Release.String(), as, p.Failed.Name, plain(p.Failed.Reason))
		why(p.Failed)
	}
	for _, f := range s.Failed {
		line("%s keeps what it had: %s", f.Name, plain(f.Reason))
		why(f)
	}
	for _, w := range s.Withdrawn {
		line("%s (%s), pinned in %s: %s", w.String(), w.cause(plain), display.Count(w.Environments, "environment"), w.outcome(plain))
	}
	for _, r := range s.Retried {
		line("the temporary rule %s expired on %s and was removed: %s", r.Rule, r.Until, r.outcome())
	}
	for _, f := range s.NotAdopted {
		line("%s is not adopted yet: %s", f.Name, plain(f.Reason))
	}
}

// change returns that a suite began or ended, in brackets.
func change(change string) string {
	if change == "" {
		return ""
	}
	return " (" + change + ")"
}

// version returns a version, or "none" for an empty one.
func version(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// maximumFew is how many texts [few] shows.
const maximumFew = 4

// few returns the first of some texts separated by commas, and the number of the others. show formats them.
func few(texts []string, show func(string) string) string {
	var shown []string
	for _, text := range texts[:min(len(texts), maximumFew)] {
		shown = append(shown, show(text))
	}
	if more := len(texts) - len(shown); more > 0 {
		return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(shown, ", ")
}

// list returns versions separated by commas, or "none".
func list(versions []string) string {
	if len(versions) == 0 {
		return "none"
	}
	return strings.Join(versions, ", ")
}
