//go:build mage

// toxgen keeps the test matrix of a Python SDK: it writes tox.ini and GitHub workflows from toxgen.yaml and the package index,
// and checks them without the index. fetch, toxgen, workflows and check are its steps: each runs those before it.
package main

// Each target is a thin shim over internal/pipeline, which does the work. How they depend on each other is defined in graph.

import (
	"context"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
	"toxgen/internal/update"
	"toxgen/magefiles/graph"

	//mage:import setup
	_ "toxgen/magefiles/setup"
	//mage:import triage
	_ "toxgen/magefiles/triage"
	//mage:import update
	_ "toxgen/magefiles/update"
)

// Default is the target of `mage` without arguments.
var Default = All

// All runs the whole graph, fetch, toxgen, workflows and check, and prints what the project covers.
func All(ctx context.Context) error {
	err := graph.Writing(ctx, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "all", run.Defer, graph.Workflows(run))
	})
	if err != nil {
		return err
	}
	return graph.Verifying(ctx, graph.Summarize)
}

// Setup prepares the clone of a new contributor: it looks for the tools, runs the whole graph, and offers the git pre-commit hook.
func Setup(ctx context.Context,
	hook *string, // set up the hook: yes or no (default: asks on a terminal, otherwise no)
) error {
	answer, err := pipeline.ParseAnswer(hook)
	if err != nil {
		return graph.Refused(err)
	}
	if err := graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status { return world.SurveyTools(ctx) }); err != nil {
		return err
	}
	if err := All(ctx); err != nil {
		return err
	}
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status { return world.OfferHook(ctx, answer) })
}

// Fetch adds the facts that registry/ lacks.
func Fetch(ctx context.Context) error { return graph.Writing(ctx, graph.Fetch) }

// Toxgen writes tox.ini, after fetch.
func Toxgen(ctx context.Context) error { return graph.Writing(ctx, graph.Toxgen) }

// Workflows writes the generated workflows and what `outputs` names, after toxgen.
func Workflows(ctx context.Context) error { return graph.Writing(ctx, graph.Workflows) }

// Check reports, offline and without writing anything, what differs from what the graph would write.
func Check(ctx context.Context) error { return graph.Verifying(ctx, graph.Check) }

// Update fetches what is new on the index, then writes everything that follows from it.
func Update(ctx context.Context,
	only *string, // suites to update, comma separated, with all suites of their projects
	skip *string, // suites that keep their facts, comma separated, with all suites of their projects
	before *string, // update to the state of the index at this time, such as 2026-08-10T04:00:00Z
	upgrade *bool, // resolve every environment again, without regard to its pins
	strict *bool, // exit 1 if anything could not be updated
	summary *string, // a file for the summary: JSON if its name ends in .json, otherwise Markdown
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

// Hold excludes releases from a suite: it writes a hold into toxgen.yaml, and then everything that follows from it.
func Hold(ctx context.Context,
	suite, specifier string,
	reason *string, // the reason
	issue *string, // the https URL of the issue that tracks this
	until *string, // the day after which `check` warns that the hold expired, such as 2027-01-31
) error {
	return graph.Writing(ctx, func(run *pipeline.Run) mg.Fn {
		write := graph.Step(run, "write the hold", func(context.Context) error {
			return run.Hold(suite, pipeline.NewHold(specifier, reason, issue, until))
		}, nil)
		return graph.Series(run, "hold", write, graph.Workflows(run))
	})
}

// Triage sorts what is red in results of CI by its cause: RESULTS are folders or files, comma separated.
func Triage(ctx context.Context,
	results string,
	base *string, // results of the state before, comma separated
	before *string, // the commit before; otherwise the last one with another tox.ini
	hold *bool, // write a hold or a constraint for each cause that moved, and everything that follows from it
	most *int, // how many holds and constraints at most
	run *string, // the https URL of the run
	summary *string, // a file for the report: JSON if its name ends in .json, otherwise Markdown
) error {
	question, err := pipeline.NewTriage(results, base, before, hold, most, run, summary)
	if err != nil {
		return graph.Refused(err)
	}
	return graph.Triage(ctx, question)
}

// Explain explains why a suite, a release of one (flask==3.1.4), an environment or a pinned project is tested as it is.
func Explain(ctx context.Context,
	what string,
	all *bool, // everything, instead of what a person reads first
	json *bool, // everything, as JSON
) error {
	return graph.Verifying(ctx, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "explain", func(ctx context.Context) error { return run.Explain(ctx, what, all, json) }, nil)
	})
}

// Bisect finds the moved pins that make the tests of an environment fail: it runs them on mixtures of two locks.
func Bisect(ctx context.Context,
	environment string,
	good *string, // a commit in which the tests passed (default: earlier commits are tried until one passes)
	base *string, // a folder with results of such a commit
	command *string, // the command that runs the tests (default: tox -c {ini} run -e {env})
	j *int, // how many runs may go on at the same time (default: 1)
	json *bool, // print the result as JSON
) error {
	bisection, err := pipeline.NewBisection(environment, good, base, command, j, json)
	if err != nil {
		return graph.Refused(err)
	}
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status { return world.Bisect(ctx, bisection) })
}

// Diff shows what moved between a commit and the tree (main), or between two commits (v1..v2), as the summary of an update does.
func Diff(ctx context.Context,
	revisions string,
	json *bool, // print it as JSON
	markdown *bool, // print it as Markdown
) error {
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status {
		return world.Diff(ctx, revisions, json, markdown)
	})
}

// Init writes a first toxgen.yaml for the SDK in this folder, and workflows, from what the folder says.
func Init(ctx context.Context) error {
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status { return world.Init(ctx) })
}

// Rows prints the rows of the matrix as JSON, for other CI systems than GitHub's.
func Rows(ctx context.Context) error {
	return graph.Verifying(ctx, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "rows", run.Rows, nil)
	})
}

// Report prints the support table, as one page of HTML if nothing else is asked for: which releases are tested on which Pythons, and what is held back.
func Report(ctx context.Context,
	json *bool, // print it as JSON
	markdown *bool, // print it as Markdown
) error {
	return graph.Verifying(ctx, func(run *pipeline.Run) mg.Fn {
		return graph.Step(run, "report", func(context.Context) error { return run.Report(json, markdown) }, nil)
	})
}

// Resolve prints the pins of a requirements file for one Python, such as 3.10, 3.10.4, 3.15.0rc2 or 3.14t.
func Resolve(ctx context.Context, python, file string) error {
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status {
		return world.Resolve(ctx, python, file)
	})
}

// Build compiles toxgen for each platform of a release, from its own sources, and packs it as Python wheels, into dist/.
func Build(ctx context.Context,
	only *string, // platforms, comma separated, such as linux/amd64 (default: all)
) error {
	return graph.Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status { return world.Build(ctx, only) })
}
