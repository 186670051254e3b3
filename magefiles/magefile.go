//go:build mage

// toxgen keeps a Python SDK's test matrix. Its targets form one graph,
//
//	fetch <- toxgen <- workflows <- check
//
// and each is a thin shim over internal/pipeline, where the work is done.
package main

import (
	"context"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/internal/update"
	"toxgen/magefiles/graph"

	//mage:import update
	_ "toxgen/magefiles/update"
)

// Default is what `mage` alone does.
var Default = All

// All runs the whole graph, fetch, toxgen, workflows and check, and says what it covers.
func All(ctx context.Context) error {
	err := graph.Writing(ctx, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "all", run.Defer, graph.Workflows(run))
	})
	if err != nil {
		return err
	}
	return graph.Verifying(ctx, graph.Summarize)
}

// Fetch brings the facts that registry/ lacks.
func Fetch(ctx context.Context) error { return graph.Writing(ctx, graph.Fetch) }

// Toxgen writes tox.ini, after fetch.
func Toxgen(ctx context.Context) error { return graph.Writing(ctx, graph.Toxgen) }

// Workflows writes the generated workflows and what `outputs` names, after toxgen.
func Workflows(ctx context.Context) error { return graph.Writing(ctx, graph.Workflows) }

// Check reports, offline and writing nothing, what is not as the graph would write it.
func Check(ctx context.Context) error { return graph.Verifying(ctx, graph.Check) }

// Update brings what is new on the index, then writes everything that follows from it.
func Update(ctx context.Context,
	only *string, // suites to update, comma separated, with all suites of their projects
	skip *string, // suites that keep their facts, comma separated, with all suites of their projects
	before *string, // the result of an update at this time, as in 2026-08-10T04:00:00Z
	upgrade *bool, // resolve every environment afresh, whatever pins it has
	strict *bool, // exit 1 if anything had to keep what it had
	summary *string, // a file for the summary: JSON if its name ends in .json, else Markdown
) error {
	options, err := update.ParseOptions(only, skip, before, upgrade, strict, summary)
	if err != nil {
		return graph.Refused(pipeline.WrongUsage(err))
	}
	return graph.Writing(ctx, func(run *pipeline.Run) mg.Fn {
		refresh := graph.Step(run, "refresh", func(ctx context.Context) error { return run.Refresh(ctx, options) }, nil)
		return graph.Step(run, "moved", run.Moved, graph.Series(run, "update", refresh, graph.Workflows(run)))
	})
}

// Hold keeps a suite from releases: it writes a hold into toxgen.yaml, and then everything that follows from it.
func Hold(ctx context.Context,
	suite, specifier string,
	reason *string, // why
	issue *string, // an https URL where this is followed
	until *string, // after this day `check` warns that the hold expired, as in 2027-01-31
) error {
	return graph.Writing(ctx, func(run *pipeline.Run) mg.Fn {
		write := graph.Step(run, "write the hold", func(context.Context) error {
			return run.Hold(suite, pipeline.NewHold(specifier, reason, issue, until))
		}, nil)
		return graph.Series(run, "hold", write, graph.Workflows(run))
	})
}

// Explain says why a suite, a release of one (flask==3.1.4) or an environment is tested as it is.
func Explain(ctx context.Context, what string) error {
	return graph.Verifying(ctx, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "explain", func(ctx context.Context) error { return run.Explain(ctx, what) }, nil)
	})
}

// Resolve prints the pins of a requirements file for one Python, such as 3.10, 3.10.4 or 3.14t.
func Resolve(ctx context.Context, python, file string) error {
	return graph.Fatal(pipeline.TheWorld(time.Now()).Resolve(ctx, python, file))
}
