package pipeline

import (
	"context"
	"fmt"

	"toxgen/internal/display"
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
	fmt.Fprintf(r.world.Stdout, "%s for %s and %s, in %s\n", display.Count(following, "suite"), display.Count(len(r.config.Followed()), "project"),
		display.Count(static, "static suite"), display.Count(len(m.Groups), "group"))
	fmt.Fprintf(r.world.Stdout, "%s in %s (%d free-threaded), %d more under the alias -latest\n",
		display.Count(size.Releases, "release"), display.Count(size.Environments, "environment"), freeThreaded, aliases)
	if !r.config.Workflow.IsDeclared() {
		fmt.Fprintf(r.world.Stdout, "registry/ and %s are in sync\n", r.config.ToxFile())
		return nil
	}
	fmt.Fprintf(r.world.Stdout, "%s with %s\n", display.Count(len(r.state.workflows.rendered), "workflow"), display.Count(size.Rows, "row"))
	fmt.Fprintf(r.world.Stdout, "registry/, %s and the workflows are in sync\n", r.config.ToxFile())
	return nil
}
