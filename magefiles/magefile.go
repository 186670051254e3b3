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

	//mage:import update
	_ "toxgen/magefiles/update"
)

// Default is what `mage` alone does.
var Default = All

// All runs the whole graph, fetch, toxgen, workflows and check, and says what it covers.
func All(ctx context.Context) error { return all(ctx) }

// Fetch brings the facts that registry/ lacks.
func Fetch(ctx context.Context) error { return writing(ctx, fetch) }

// Toxgen writes tox.ini, after fetch.
func Toxgen(ctx context.Context) error { return writing(ctx, toxgen) }

// Workflows writes the generated workflows and what `outputs` names, after toxgen.
func Workflows(ctx context.Context) error { return writing(ctx, workflows) }

// Check says, offline and writing nothing, what is not as the graph would write it.
func Check(ctx context.Context) error { return verifying(ctx, check) }

// Update brings what is new on the index, then writes everything that follows from it.
func Update(ctx context.Context,
	only *string, // suites to update, comma separated, with all suites of their projects
	skip *string, // suites that keep their facts, comma separated, with all suites of their projects
	before *string, // the result of an update at this time, as in 2026-08-10T04:00:00Z
	upgrade *bool, // resolve every environment afresh, whatever pins it has
	strict *bool, // exit 1 if anything had to keep what it had
	summary *string, // a file for the summary: JSON if its name ends in .json, else Markdown
) error {
	update, err := pipeline.ParseUpdate(only, skip, before, upgrade, strict, summary)
	if err != nil {
		return refused(err)
	}
	return writing(ctx, func(run *pipeline.Run) mg.Fn { return refreshed(run, update) })
}

// Hold keeps a suite from releases: it writes a hold into toxgen.yaml, and then everything that follows from it.
func Hold(ctx context.Context,
	suite, specifier string,
	reason *string, // why
	issue *string, // an https URL where this is followed
	until *string, // after this day `check` warns that the hold expired, as in 2027-01-31
) error {
	return writing(ctx, func(run *pipeline.Run) mg.Fn {
		return held(run, suite, specifier, reason, issue, until)
	})
}

// Explain says why a suite, a release of one (flask==3.1.4) or an environment is tested as it is.
func Explain(ctx context.Context, what string) error {
	return verifying(ctx, func(run *pipeline.Run) mg.Fn {
		return node{run, "explain", nil, func(ctx context.Context) error { return run.Explain(ctx, what) }}
	})
}

// Resolve prints the pins of a requirements file for one Python, such as 3.10, 3.10.4 or 3.14t.
func Resolve(ctx context.Context, python, file string) error {
	return fatal(pipeline.TheWorld(time.Now()).Resolve(ctx, python, file))
}
