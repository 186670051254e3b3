//go:build mage

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
)

// node is one step of one run. Mage does a node once, whoever depends on it; two runs have nodes of their own,
// so that two targets in one call do their whole work each.
type node struct {
	run   *pipeline.Run
	name  string
	after mg.Fn
	do    func(context.Context) error
}

// Name is the step's name.
func (n node) Name() string { return n.name }

// ID tells the nodes of one run from those of another.
func (n node) ID() string { return fmt.Sprintf("%p", n.run) }

// Run does the step after what it depends on.
func (n node) Run(ctx context.Context) error {
	if n.after != nil {
		mg.CtxDeps(ctx, n.after)
	}
	return fatal(n.run.Fail(n.do(ctx)))
}

func fetch(run *pipeline.Run) mg.Fn     { return node{run, "fetch", nil, run.Fetch} }
func toxgen(run *pipeline.Run) mg.Fn    { return node{run, "toxgen", fetch(run), run.Toxgen} }
func workflows(run *pipeline.Run) mg.Fn { return node{run, "workflows", toxgen(run), run.Workflows} }
func check(run *pipeline.Run) mg.Fn     { return node{run, "check", workflows(run), run.Check} }
func summarize(run *pipeline.Run) mg.Fn { return node{run, "summarize", check(run), run.Summarize} }

// refreshed is the weekly job: facts are refreshed, then the graph runs on them.
func refreshed(run *pipeline.Run, update pipeline.Update) mg.Fn {
	refresh := node{run, "refresh", nil, func(ctx context.Context) error { return run.Refresh(ctx, update) }}
	return node{run, "update", nil, func(ctx context.Context) error {
		mg.SerialCtxDeps(ctx, refresh, workflows(run))
		return run.Moved(ctx)
	}}
}

// held writes a hold, then the graph runs on what it leaves.
func held(run *pipeline.Run, suite, specifier string, reason, issue, until *string) mg.Fn {
	write := node{run, "write the hold", nil, func(context.Context) error {
		return run.Hold(suite, pipeline.NewHold(specifier, reason, issue, until))
	}}
	return node{run, "hold", nil, func(ctx context.Context) error {
		mg.SerialCtxDeps(ctx, write, workflows(run))
		return nil
	}}
}

// all does the whole graph on the disk, then verifies it and says what it covers.
func all(ctx context.Context) error {
	err := writing(ctx, func(run *pipeline.Run) mg.Fn {
		return node{run, "all", workflows(run), func(context.Context) error { run.Defer(); return nil }}
	})
	if err != nil {
		return err
	}
	return verifying(ctx, summarize)
}

// patience is how long a run may take that asks the index.
const patience = 30 * time.Minute

// writing does a step of a run and what it depends on, and commits what changed to the disk.
func writing(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the run took longer than %s", patience))
	defer cancel()
	world := pipeline.TheWorld(time.Now())
	run, err := pipeline.Writing(ctx, world)
	if err != nil {
		return fatal(world.Explain(err))
	}
	defer run.Close()
	mg.CtxDeps(ctx, step(run))
	return fatal(run.Commit())
}

// verifying does a step of a run that asks no index and writes nothing.
func verifying(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	world := pipeline.TheWorld(time.Now())
	run, err := pipeline.Verifying(world)
	if err != nil {
		return fatal(world.Explain(err))
	}
	mg.CtxDeps(ctx, step(run))
	return fatal(run.Finish())
}

// refused ends a command before it has a run.
func refused(err error) error { return fatal(pipeline.TheWorld(time.Now()).Explain(err)) }

// fatal makes an exit status of a run's status.
func fatal(status pipeline.Status) error {
	if status == pipeline.Done {
		return nil
	}
	return mg.Fatal(int(status), status)
}
