package bisect

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"toxgen/internal/display"
)

// ReportVersion is the version of the JSON form of a report. It changes when a key gets another meaning or is removed.
const ReportVersion = 1

// A Report is what a search found out about the pins of an environment, for people and for programs.
type Report struct {
	Version     int    `json:"version"`
	Environment string `json:"environment"`
	// Good is the commit with the pins from which the moves start. Tried are the commits that were tried before it, and it, if there
	// were several.
	Good    string  `json:"good"`
	Tried   []Tried `json:"tried,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Moves are all pins that moved.
	Moves  []Moved       `json:"moves"`
	Causes []ReportCause `json:"causes,omitempty"`
	// Hold says how to hold back what makes the tests fail; Along are the moves that cannot be made then either.
	Hold  []Hold  `json:"hold,omitempty"`
	Along []Moved `json:"along,omitempty"`
	// At are the moves of the end or the flaky mixture of which a verdict without causes speaks. Outcomes are those of the runs of a
	// flaky one.
	At       []Moved   `json:"at,omitempty"`
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// Runs counts the runs of the tests, Remembered those of an interrupted search that were used in place of one. Skipped
	// counts the wanted mixtures that the resolver could not make.
	Runs       int `json:"runs"`
	Remembered int `json:"remembered"`
	Skipped    int `json:"skipped"`
	// Logs is the folder with what the runs printed.
	Logs string `json:"logs"`
}

// A Moved is a pin that moved.
type Moved struct {
	Project string `json:"project"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// String returns the move in words.
func (m Moved) String() string { return fmt.Sprintf("%s %s → %s", m.Project, m.From, m.To) }

// A Tried is a commit whose pins were tried, and what became of it.
type Tried struct {
	Commit  string  `json:"commit"`
	Outcome Outcome `json:"outcome"`
}

// A ReportCause is a [Cause].
type ReportCause struct {
	Moves []Moved `json:"moves"`
	// Bound are those of the moves that could not be separated from the others, so that they may be innocent.
	Bound []Moved `json:"bound,omitempty"`
	// New are the pins that come with the moves and that the good commit does not have.
	New []string `json:"new,omitempty"`
	// Last is the last line of the tests that failed, and Log the file with everything that they printed.
	Last string `json:"last,omitempty"`
	Log  string `json:"log,omitempty"`
}

// A Hold is a way to hold back one move: a command, or an entry of `constraints:`.
type Hold struct {
	Moved
	Command    string `json:"command,omitempty"`
	Constraint string `json:"constraint,omitempty"`
}

// JSON returns the report as JSON.
func (r *Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

// Write writes the report of a search that found causes as lines.
func (r *Report) Write(w io.Writer) {
	line := func(format string, args ...any) { fmt.Fprintln(w, display.Line(fmt.Sprintf(format, args...))) }
	line("%s: %s since %s", r.Environment, count(len(r.Moves), "pin moved", "pins moved"), short(r.Good))
	if len(r.Tried) > 1 {
		line("  tried by their pins: %s", r.Tries())
	}
	for _, c := range r.Causes {
		c.write(line)
	}
	r.writeHold(line)
	skipped := ""
	if r.Skipped > 0 {
		skipped = fmt.Sprintf("; %s could not be made", count(r.Skipped, "wanted mixture", "wanted mixtures"))
	}
	if r.Remembered > 0 {
		skipped = fmt.Sprintf(", and %d of an interrupted search", r.Remembered) + skipped
	}
	line("%s%s; what they printed is in %s", count(r.Runs, "run", "runs"), skipped, r.Logs)
}

// Tries returns the commits that were tried, with what became of them, in words.
func (r *Report) Tries() string {
	var texts []string
	for _, t := range r.Tried {
		texts = append(texts, fmt.Sprintf("%s %s", short(t.Commit), t.Outcome))
	}
	return strings.Join(texts, ", ")
}

// short returns the beginning of a commit's name.
func short(commit string) string { return commit[:min(len(commit), 12)] }

// write writes a cause.
func (c *ReportCause) write(line func(string, ...any)) {
	parts := ""
	if len(c.Moves) > 1 && len(c.Bound) == 0 {
		parts = ", and pass without any one of these"
	}
	line("the tests fail with %s%s", list(c.Moves, " together with "), parts)
	if len(c.Bound) > 0 {
		line("  no mixture that could be tested has the others without %s", list(c.Bound, " or without "))
	}
	if len(c.New) > 0 {
		line("  which brings %s", strings.Join(c.New, ", "))
	}
	if c.Last != "" {
		line("  %s", display.Cut(c.Last))
	}
	if c.Log != "" {
		line("  see %s", c.Log)
	}
}

// writeHold writes how to hold back what makes the tests fail.
func (r *Report) writeHold(line func(string, ...any)) {
	if r.Verdict == Partly {
		line("whether the tests pass without this is not known: no such mixture could be tested")
		return
	}
	held := make([]Moved, len(r.Hold))
	var constraints []string
	for i, h := range r.Hold {
		if held[i] = h.Moved; h.Constraint != "" {
			constraints = append(constraints, h.Constraint)
		}
	}
	also := ""
	if len(r.Along) > 0 {
		also = ", and but what depends on these: " + list(r.Along, ", ")
	}
	line("verified: the tests pass with all moves but %s%s", list(held, " and "), also)
	for _, h := range r.Hold {
		if h.Command != "" {
			line("to hold it back: %s", h.Command)
		}
	}
	if len(constraints) > 0 {
		line("to hold it back, write into toxgen.yaml:")
		line("constraints:")
	}
	for _, c := range constraints {
		line("  - %s", c)
	}
}

// list returns moves in words.
func list(moves []Moved, between string) string {
	texts := make([]string, len(moves))
	for i, m := range moves {
		texts[i] = m.String()
	}
	return strings.Join(texts, between)
}

// count returns a number with a noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
