package pipeline

import (
	"fmt"
	"time"

	"toxgen/internal/finding"
)

// doing notes what the run does from now on.
func (r *Run) doing(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.activity.Store(&text)
}

// Overdue reports that a run takes longer than a limit, and what it is doing. It is the only method that may be called
// while a step runs. Nothing else can be done with the run afterwards.
func (r *Run) Overdue(limit time.Duration) Status {
	activity := "reading the configuration"
	if noted := r.activity.Load(); noted != nil {
		activity = *noted
	}
	return r.world.print(finding.List{{Severity: finding.Error,
		Message: fmt.Sprintf("the run is given up after %s, while it was %s", limit, activity)}})
}
