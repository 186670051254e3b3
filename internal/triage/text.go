package triage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"toxgen/internal/display"
)

// JSON returns the report as JSON, which may be printed too.
func (r *Report) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(display.NewWriter(&b))
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(r) // neither its types nor a buffer can fail
	return b.Bytes()
}

// Print writes the report in lines.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintln(w, r.size())
	for i := range r.Causes {
		c := &r.Causes[i]
		fmt.Fprintf(w, "\n%s: %s\n", c.Kind, display.Line(c.sentence(plain)))
		for _, other := range few(c.Others) {
			fmt.Fprintf(w, "  also: %s\n", display.Line(other.sentence(plain)))
		}
		for _, e := range c.Red {
			fmt.Fprintf(w, "  %s %s", display.Line(e.Environment), e.Outcome)
			if e.Line != "" {
				fmt.Fprintf(w, ": %s", display.Escape(display.Cut(e.Line)))
			}
			fmt.Fprintln(w)
		}
		for _, held := range c.Held {
			fmt.Fprintf(w, "  held: %s\n", display.Line(held))
		}
		if len(c.Held) == 0 {
			for _, advice := range c.advice(r.Program) {
				fmt.Fprintf(w, "  hint: %s\n", display.Line(advice))
			}
		}
	}
	for _, fault := range r.Faults {
		fmt.Fprintf(w, "\nnot read: %s\n", display.Line(fault))
	}
}

func plain(text string) string { return text }

// StepSummary returns the report for a job in at most limit bytes, of which a character has at most four.
func (r *Report) StepSummary(limit int) string { return r.Markdown(limit / 4) }

// Markdown returns the report for a pull request or a job in at most limit characters. It is cut behind a whole row.
func (r *Report) Markdown(limit int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.size())
	rows := []string{}
	for i := range r.Causes {
		rows = append(rows, r.Causes[i].row(r.Program))
	}
	if len(rows) > 0 {
		b.WriteString("\n| cause | what | red | held |\n| --- | --- | --- | --- |\n")
	}
	left := limit - utf8.RuneCountInString(b.String()) - 100
	for i, row := range rows {
		if left -= utf8.RuneCountInString(row); left < 0 {
			fmt.Fprintf(&b, "\n%d more do not fit here.\n", len(rows)-i)
			return b.String()
		}
		b.WriteString(row)
	}
	for i, fault := range r.Faults {
		line := fmt.Sprintf("- not read: %s\n", display.Code(fault))
		if i == 0 {
			line = "\n" + line
		}
		if left -= utf8.RuneCountInString(line); left < 0 {
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// An Issue is what an issue about one hold or constraint says.
type Issue struct {
	// Title is the same each time the same is held.
	Title string `json:"title"`
	// Body is Markdown.
	Body string `json:"body"`
}

// Issues returns an issue for each hold and constraint that was written, with a body of at most limit characters.
func (r *Report) Issues(limit int) []Issue {
	issues := []Issue{}
	for i := range r.Causes {
		for _, held := range r.Causes[i].Held {
			rule, _, _ := strings.Cut(held, " until ")
			alone := Report{Causes: r.Causes[i : i+1], Outcomes: r.Outcomes, Compared: r.Compared, Program: r.Program}
			body := "Held back: " + display.Code(held) + ".\n\n"
			if r.Run != "" {
				body = "Held back after [this run](" + r.Run + "): " + display.Code(held) + ".\n\n"
			}
			end := "\nThe first update after that day tests without it. Sooner: remove the rule from the configuration, and run " + display.Code(r.Program.Command("mage")) + ".\n"
			issues = append(issues, Issue{"Held back: " + rule, body + alone.Markdown(limit-utf8.RuneCountInString(body+end)) + end})
		}
	}
	return issues
}

// row returns the cause as a row of a table, for a reader who runs a program.
func (c *Cause) row(program display.Program) string {
	what := c.sentence(display.Code)
	for _, other := range few(c.Others) {
		what += "<br>also: " + other.sentence(display.Code)
	}
	red := []string{}
	for i, e := range c.Red {
		if i == shown && len(c.Red) > shown+1 {
			red = append(red, fmt.Sprintf("and %d more", len(c.Red)-i))
			break
		}
		one := display.Code(e.Environment) + " " + string(e.Outcome)
		if line := display.Code(e.Line); line != "" {
			one += ": " + line
		}
		red = append(red, one)
	}
	held := []string{}
	for _, one := range c.Held {
		held = append(held, display.Code(one))
	}
	if len(held) == 0 {
		for _, one := range c.advice(program) {
			held = append(held, "no: "+display.Code(one))
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", c.Kind, what, strings.Join(red, "<br>"), strings.Join(held, "<br>"))
}

// shown is how many of a list are shown.
const shown = 5

// few returns the first pins of a list.
func few(pins []Pin) []Pin { return pins[:min(len(pins), shown)] }

// size returns a sentence with the numbers of environments by outcome.
func (r *Report) size() string {
	var parts []string
	for _, c := range r.Outcomes {
		parts = append(parts, fmt.Sprintf("%d %s", c.Environments, c.Outcome))
	}
	text := "environments: " + strings.Join(parts, ", ")
	if !r.Compared && len(r.Causes) > 0 {
		text += ". Results of the state before are not known: what is red can have been red before"
	}
	return text
}

// sentence returns what the cause is. show encodes texts of others.
func (c *Cause) sentence(show func(string) string) string {
	var suites []string
	for _, suite := range c.Suites {
		suites = append(suites, show(suite))
	}
	who := "suite " + strings.Join(suites, ", ")
	if len(suites) > 1 {
		who = "suites " + strings.Join(suites, ", ")
	}
	pythons := show(strings.Join(c.Pythons, ", "))
	switch {
	case c.Kind == Release:
		return fmt.Sprintf("%s: release %s is red in %s that moved to it%s", who, show(c.Release), all(len(c.Red)), since(c.Since))
	case c.Kind == Python && c.Release != "":
		return fmt.Sprintf("%s: release %s is red on %s and green on other Pythons%s", who, show(c.Release), pythons, since(c.Since))
	case c.Kind == Python:
		return fmt.Sprintf("%s is red on %s, where it was not tested before", who, pythons)
	case c.Kind == Installation:
		return who + " could not be installed, although nothing moved"
	case c.Kind == Flaky:
		return who + " is red, although nothing moved or another run is green"
	case c.Kind == Before:
		return who + " was red before"
	}
	var pins []string
	for _, p := range c.Pins {
		pins = append(pins, p.sentence(show))
	}
	on := ""
	if len(c.Pythons) > 0 {
		on = " on " + pythons
	}
	return fmt.Sprintf("%s%s: in %s moved %s", who, on, allRed(len(c.Red)), strings.Join(pins, " and "))
}

// sentence returns how the pin moved. show encodes texts of others.
func (p Pin) sentence(show func(string) string) string {
	from := "new"
	if len(p.From) > 0 {
		from = show(strings.Join(p.From, ", "))
	}
	build := ""
	if p.Build {
		build = " of the builds"
	}
	green := "in no green one"
	if p.Green > 0 {
		green = "in " + display.Count(p.Green, "green one") + ", too"
	}
	return fmt.Sprintf("%s%s %s → %s, %s%s", show(p.Project), build, from, show(p.To), green, since(p.Since))
}

// since returns since when the index has something, if that is known.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " (on the index since " + t.UTC().Format("2006-01-02") + ")"
}

// advice returns what a reader who runs a program can do about a cause that is not held.
func (c *Cause) advice(program display.Program) []string {
	var list []string
	for _, h := range c.Holds() {
		if h.IsConstraint() {
			list = append(list, "under constraints: "+h.String())
		} else {
			list = append(list, program.Command(fmt.Sprintf("mage hold %s '%s'", h.Suite, h.Exclude)))
		}
	}
	for _, p := range c.Pins {
		if p.Build {
			list = append(list, fmt.Sprintf("under build: %s!=%s", p.Project, p.To))
		}
	}
	if len(list) > 0 {
		return list
	}
	return map[Kind][]string{
		Python:       {"`may-fail` of the suite, or its `python`, until it supports " + strings.Join(c.Pythons, ", ")},
		Installation: {"run it again; if it stays, look at what its log says of the installation"},
		Flaky:        {"run it again"},
		Before:       {"it is not this change that broke it"},
	}[c.Kind]
}
