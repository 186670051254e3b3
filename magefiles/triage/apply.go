// Package triage has the targets of the namespace triage.
package triage

import (
	"context"

	"toxgen/internal/pipeline"
	"toxgen/magefiles/graph"
)

// Apply writes the holds and constraints for a report of triage that another job made, and everything that follows from them.
func Apply(ctx context.Context,
	report string,
	before *string, // the commit before; otherwise the last one with another tox.ini
	most *int, // how many holds and constraints at most
	run *string, // the https URL of the run
	summary *string, // a file for the report: JSON if its name ends in .json, otherwise Markdown
	issues *string, // a file for the issues to open, as JSON: none unless workflow.triage.issues is set
) error {
	question, err := pipeline.TakenOver(report, before, most, run, summary, issues)
	if err != nil {
		return graph.Refused(err)
	}
	return graph.Triage(ctx, question)
}
