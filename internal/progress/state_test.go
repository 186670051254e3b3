package progress

import (
	"testing"
	"time"
	"unicode/utf8"
)

// start is when the activities of these tests begin.
var start = time.Date(2026, 8, 10, 0, 0, 0, 0, time.UTC)

// after returns a moment some seconds after the start.
func after(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

func TestLine(t *testing.T) {
	counted := State{Doing: "resolving", Began: start, Done: 312, Total: 840, Thing: "environment"}
	waiting := counted
	waiting.Slow, waiting.Since = "grpcio", start
	wide := waiting
	wide.Slow = "猫猫猫猫"
	hostile := waiting
	hostile.Slow = "a\x1b[2J\u202eb\nc"
	for _, test := range []struct {
		name  string
		state State
		now   float64
		width int
		want  string
	}{
		{"the beginning", State{Doing: "fetching", Began: start, Total: 61, Thing: "project"}, 0, 200, "fetching 0 of 61 projects"},
		{"one item", State{Doing: "fetching", Began: start, Total: 1, Thing: "project"}, 1, 200, "fetching 0 of 1 project (1 s)"},
		{"no rate in the first second", counted, 0.9, 200, "resolving 312 of 840 environments"},
		{"a rate", counted, 6, 200, "resolving 312 of 840 environments (6 s, 52/s)"},
		{"a low rate", counted, 90, 200, "resolving 312 of 840 environments (1 min 30 s, 3.5/s)"},
		{"nothing is counted", State{Doing: "rendering tox.ini", Began: start}, 61, 200, "rendering tox.ini (1 min 1 s)"},
		{"an unknown number", State{Doing: "testing py3.12-app-v2.0", Began: start, Done: 3, Slow: "run 4", Since: after(10)}, 45, 200,
			"testing py3.12-app-v2.0, 3 done (45 s, 0.1/s), waiting 35 s for run 4"},
		{"nothing is slow yet", waiting, 2.9, 200, "resolving 312 of 840 environments (2 s, 108/s)"},
		{"something is slow", waiting, 3, 200, "resolving 312 of 840 environments (3 s, 104/s), waiting 3 s for grpcio"},
		{"a clock that goes back", waiting, -5, 200, "resolving 312 of 840 environments"},
		{"just enough columns", waiting, 3, 70, "resolving 312 of 840 environments (3 s, 104/s), waiting 3 s for grpcio"},
		{"no column for the rate", waiting, 3, 69, "resolving 312 of 840 environments (3 s), waiting 3 s for grpcio"},
		{"no column for the time", waiting, 3, 62, "resolving 312 of 840 environments, waiting 3 s for grpcio"},
		{"no column for the end", waiting, 3, 56, "resolving 312 of 840 environments, waiting 3 s for grp…"},
		{"a narrow terminal", waiting, 3, 20, "resolving 312 of 8…"},
		{"a very narrow terminal", waiting, 3, 10, "resolvin…"},
		{"wide characters", wide, 3, 200, "resolving 312 of 840 environments (3 s, 104/s), waiting 3 s for 猫猫猫猫"},
		{"wide characters that just fit", wide, 3, 72, "resolving 312 of 840 environments (3 s, 104/s), waiting 3 s for 猫猫猫猫"},
		{"wide characters that are cut", wide, 3, 57, "resolving 312 of 840 environments, waiting 3 s for 猫猫…"},
		{"a name of others", hostile, 3, 200, `resolving 312 of 840 environments (3 s, 104/s), waiting 3 s for a\x1b[2J\u202eb\nc`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.state.Line(test.width, after(test.now)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestLineFits: a line is never wider than it may be, and says more the wider that is.
func TestLineFits(t *testing.T) {
	for _, slow := range []string{"", "grpcio", "猫猫猫猫猫猫猫猫猫猫猫猫"} {
		state := State{Doing: "resolving", Began: start, Done: 312, Total: 840, Thing: "environment", Slow: slow, Since: start}
		most := 0
		for width := 2; width <= 200; width++ {
			line := state.Line(width, after(12))
			if got := columns.StringWidth(line); got > width {
				t.Errorf("%q has %d columns, not %d", line, got, width)
			}
			if n := utf8.RuneCountInString(line); n < most-1 { // where a wide character has just no place
				t.Errorf("in %d columns %q says less than in fewer", width, line)
			} else {
				most = max(most, n)
			}
		}
	}
}
