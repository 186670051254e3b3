package progress

import (
	"fmt"
	"time"

	"github.com/mattn/go-runewidth"

	"toxgen/internal/display"
)

// A State is what a run is doing at one moment.
type State struct {
	// Doing is the activity, such as "resolving", and Began is when it began.
	Doing string
	Began time.Time
	// Done is how many of Total items have ended, and Thing is what one of them is, such as "environment". A Total of 0 is one
	// that is not known.
	Done, Total int
	Thing       string
	// Slow is what the run has waited for longest, and Since is how long. Slow may be empty.
	Slow  string
	Since time.Time
}

// slow is how long something may take before the line names it.
const slow = 3 * time.Second

// columns measures texts. It takes characters that are wide in some terminals for wide.
var columns = runewidth.Condition{EastAsianWidth: true}

// Line returns the state as a line of at most that many columns. Where they do not suffice, it leaves out the rate, then also
// the time, and cuts off what is still too long.
func (s State) Line(width int, now time.Time) string {
	wait := ""
	if d := now.Sub(s.Since); s.Slow != "" && d >= slow {
		wait = fmt.Sprintf(", waiting %s for %s", whole(d), s.Slow)
	}
	line := ""
	for _, aside := range s.asides(now.Sub(s.Began)) {
		if line = display.Line(s.Activity() + aside + wait); columns.StringWidth(line) <= width {
			return line
		}
	}
	return columns.Truncate(line, width, "…")
}

// Activity returns what the run is doing, with counts.
func (s State) Activity() string {
	switch {
	case s.Total > 0:
		return fmt.Sprintf("%s %d of %s", s.Doing, s.Done, display.Count(s.Total, s.Thing))
	case s.Done > 0:
		return fmt.Sprintf("%s, %d done", s.Doing, s.Done)
	default:
		return s.Doing
	}
}

// asides returns what a line may say of an activity that has taken some time: how long that is, and how many items ended in a
// second; the former alone; nothing. In the first second it says nothing.
func (s State) asides(took time.Duration) []string {
	if took < time.Second {
		return []string{""}
	}
	digits, rate := 0, float64(s.Done)/took.Seconds()
	if rate < 10 {
		digits = 1
	}
	alone := fmt.Sprintf(" (%s)", whole(took))
	if s.Done == 0 {
		return []string{alone, ""}
	}
	return []string{fmt.Sprintf(" (%s, %.*f/s)", whole(took), digits, rate), alone, ""}
}

// whole returns a duration in whole seconds, such as `12 s` or `2 min 5 s`.
func whole(d time.Duration) string {
	seconds := int(d.Seconds())
	if seconds < 60 {
		return fmt.Sprintf("%d s", seconds)
	}
	return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
}
