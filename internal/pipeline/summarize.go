package pipeline

import (
	"context"
	"fmt"

	"toxgen/internal/update"
)

// Summarize prints in a few lines what the project covers.
func (r *Run) Summarize(context.Context) error {
	if r.findings.Err() != nil {
		return nil // nothing is in sync, and the findings say why
	}
	m := r.state.matrix
	var following, static, freeThreaded, aliases int
	for _, suite := range m.Suites {
		if suite.Config != nil {
			following++
		} else {
			static++
		}
	}
	for _, e := range m.Environments() {
		switch {
		case e.Alias:
			aliases++
		case e.Python.FreeThreaded:
			freeThreaded++
		}
	}
	size := update.Size(m)
	fmt.Fprintf(r.world.Stdout, "%d suites that follow %d projects, %d static ones, in %d groups\n", following, len(r.config.Followed()), static, len(m.Groups))
	fmt.Fprintf(r.world.Stdout, "%d releases in %d environments (%d free-threaded), %d more under the alias -latest\n", size.Releases, size.Environments, freeThreaded, aliases)
	if !r.config.Workflow.IsDeclared() {
		fmt.Fprintf(r.world.Stdout, "registry/ and %s are in sync\n", r.config.ToxFile())
		return nil
	}
	fmt.Fprintf(r.world.Stdout, "%d workflows with %d rows\n", len(r.state.workflows.rendered), size.Rows)
	fmt.Fprintf(r.world.Stdout, "registry/, %s and the workflows are in sync\n", r.config.ToxFile())
	return nil
}
