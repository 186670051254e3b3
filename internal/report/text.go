package report

import (
	"fmt"
	"io"
	"strings"

	"toxgen/internal/display"
)

// String returns `project version`.
func (r Release) String() string { return r.Project + " " + r.Version }

// size returns a sentence with the size of the matrix after and before the update.
func (s *Summary) size() string {
	text := fmt.Sprintf("%s in %s and %s", Count(s.After.Releases, "release"), Count(s.After.Environments, "environment"), Count(s.After.Rows, "row"))
	if s.Before == s.After {
		return text + ", as before"
	}
	return text + fmt.Sprintf("; before: %d in %d and %d", s.Before.Releases, s.Before.Environments, s.Before.Rows)
}

// Count returns a number with its noun, such as `1 row` or `2 rows`.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Holds returns, for each release that the suite now tests, the command that holds it back.
func (s Suite) Holds() []string {
	var commands []string
	for _, version := range s.In {
		commands = append(commands, fmt.Sprintf("mage hold %s '==%s' -reason='…' -issue=URL", s.Name, version))
	}
	return commands
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

// Print writes the summary for a terminal: a line for each change, and the size. It leaves the warnings out, because the
// run prints them anyway.
func (s *Summary) Print(out io.Writer) {
	line := func(format string, values ...any) { fmt.Fprintln(out, display.Line(fmt.Sprintf(format, values...))) }
	newest, older := 0, 0
	for _, suite := range s.Suites {
		newest, older = newest+suite.Newest, older+suite.Older
		if len(suite.In)+len(suite.Out) > 0 {
			line("%s: in %s; out %s", suite.Name, list(suite.In), list(suite.Out))
		}
	}
	for _, suite := range s.Suites {
		for _, hold := range suite.Holds() {
			line("to hold it back: %s", hold)
		}
	}
	line("%s moved in environments of newest releases, %d in others", Count(newest, "pin"), older)
	for _, w := range s.Withdrawn {
		line("%s (%s), pinned in %s: %s", w.String(), w.cause(display.Cut), Count(w.Environments, "environment"), w.outcome(display.Cut))
	}
	for _, a := range s.New {
		line("new in the lock: %s %s, pinned in %s, required by %s, on the index since %s", a.Project, list(a.Versions),
			Count(a.Environments, "environment"), few(a.RequiredBy, display.Cut), moment(a.Since))
	}
	for _, project := range s.Left {
		line("gone from the lock: %s", project)
	}
	for _, m := range s.Moves {
		line("%s: %s → %s in %s of %s", m.Project, version(m.From), version(m.To), Count(m.Environments, "environment"), Count(m.Suites, "suite"))
	}
	for _, c := range s.Changed {
		line("%s, pinned in %s, has other files: %s", c.Release, Count(c.Environments, "environment"), list(c.What))
	}
	for _, h := range s.HeldBack {
		what := h.Release.String()
		if h.File != "" {
			what = h.File + " of " + what
		}
		line("held back: %s, uploaded %s, adopted after %s", what, moment(h.Uploaded), moment(h.Adopted))
	}
	why := func(f Failed) {
		for detail := range strings.Lines(f.Detail) {
			line("  | %s", strings.TrimSpace(detail))
		}
		if f.Hint != "" {
			line("  hint: %s", f.Hint)
		}
	}
	for _, p := range s.PassedOver {
		line("%s passes over %s: on Python %s %s", p.Suite, p.Release.String(), p.Failed.Name, display.Cut(p.Failed.Reason))
		why(p.Failed)
	}
	for _, f := range s.NotAdopted {
		line("%s is not adopted yet: %s", f.Name, display.Cut(f.Reason))
	}
	for _, f := range s.Failed {
		line("%s keeps what it had: %s", f.Name, display.Cut(f.Reason))
		why(f)
	}
	line("%s", s.size())
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
