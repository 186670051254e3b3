// Package graph is the graph of the targets: it defines the dependencies between the steps, and how a command runs them.
// Mage runs each step only once, even if several steps depend on it.
package graph

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
)

// The steps of the graph: each depends on the one before it.

// Fetch returns the step that adds the facts that registry/ lacks.
func Fetch(run *pipeline.Run) mg.Fn { return Step(run, "fetch", run.Fetch, nil) }

// Toxgen returns the step that pins every environment and writes tox.ini.
func Toxgen(run *pipeline.Run) mg.Fn { return Step(run, "toxgen", run.Toxgen, Fetch(run)) }

// Workflows returns the step that writes the generated workflows.
func Workflows(run *pipeline.Run) mg.Fn { return Step(run, "workflows", run.Workflows, Toxgen(run)) }

// Check returns the step that reports what the steps before it would change.
func Check(run *pipeline.Run) mg.Fn { return Step(run, "check", run.Check, Workflows(run)) }

// Summarize returns the step that prints what the project covers, if it is in sync.
func Summarize(run *pipeline.Run) mg.Fn { return Step(run, "summarize", run.Summarize, Check(run)) }

// Step returns a step of a run. It depends on after, which may be nil. The steps of two runs are different, so that each
// of two targets in one call does all of its work.
func Step(run *pipeline.Run, name string, do func(context.Context) error, after mg.Fn) mg.Fn {
	return node{run, name, after, do}
}

// A node is one step of one run.
type node struct {
	run   *pipeline.Run
	name  string
	after mg.Fn
	do    func(context.Context) error
}

// Name returns the step's name.
func (n node) Name() string { return n.name }

// ID returns an identifier of the run: mage uses it to distinguish the nodes of different runs.
func (n node) ID() string { return fmt.Sprintf("%p", n.run) }

// Run runs the step after the step that it depends on.
func (n node) Run(ctx context.Context) error {
	if n.after != nil {
		mg.CtxDeps(ctx, n.after)
	}
	return Fatal(n.run.Fail(n.do(ctx)))
}

// Series returns a step that runs other steps one after the other.
func Series(run *pipeline.Run, name string, steps ...mg.Fn) mg.Fn {
	return Step(run, name, func(ctx context.Context) error {
		for _, step := range steps {
			mg.CtxDeps(ctx, step)
		}
		return nil
	}, nil)
}

// patience is the maximum duration of a run that writes.
const patience = 30 * time.Minute

// Writing runs a step of a writing run with its dependencies, and commits the changes to the disk.
func Writing(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	return Committing(ctx, pipeline.Writing, step)
}

// Committing runs a step of a run that begin returns, and commits the changes to the disk.
func Committing(ctx context.Context, begin func(context.Context, pipeline.World) (*pipeline.Run, error), step func(*pipeline.Run) mg.Fn) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the run took longer than %s", patience))
	defer cancel()
	world := pipeline.TheWorld(time.Now())
	run, err := begin(ctx, world)
	if err != nil {
		return Fatal(world.Explain(err))
	}
	defer run.Close()
	mg.CtxDeps(ctx, step(run))
	return Fatal(run.Commit())
}

// Verifying runs a step of a run that does not use the index and writes nothing.
func Verifying(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	return Reading(ctx, pipeline.Verifying, step)
}

// Reading runs a step of a run that begin returns and that writes nothing, for a limited time.
func Reading(ctx context.Context, begin func(pipeline.World) (*pipeline.Run, error), step func(*pipeline.Run) mg.Fn) error {
	// Such a run reads its files, compares and ends, in a fraction of a second. Collecting garbage a fourth as often saves a sixth
	// of its time and costs 30 MiB for the reference.
	debug.SetGCPercent(400)
	world := pipeline.TheWorld(time.Now())
	run, err := begin(world)
	if err != nil {
		return Fatal(world.Explain(err))
	}
	return within(ctx, verification, run, step(run))
}

// verification is the maximum duration of a run that writes nothing. That of a large matrix takes seconds.
const verification = 10 * time.Minute

// within runs a step of a run that writes nothing, and gives it up after a while. Most steps cannot be interrupted; a step that is
// given up ends with the process, and has nothing to undo.
func within(ctx context.Context, limit time.Duration, run *pipeline.Run, step mg.Fn) error {
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }() // mage hands up the status of a failed step as a panic
		mg.CtxDeps(ctx, step)
	}()
	select {
	case <-time.After(limit):
		return Fatal(run.Overdue(limit))
	case failure := <-ended:
		if failure != nil {
			panic(failure)
		}
		return Fatal(run.Finish())
	}
}

// Triage sorts what is red. If something is to be held, it runs the graph after that, and checks what it wrote.
func Triage(ctx context.Context, question pipeline.Triage) error {
	sorted := func(run *pipeline.Run) mg.Fn {
		return Step(run, "triage", func(ctx context.Context) error { return run.Triage(ctx, question) }, nil)
	}
	if !question.Hold {
		return Verifying(ctx, sorted)
	}
	err := Writing(ctx, func(run *pipeline.Run) mg.Fn { return Series(run, "hold what is red", sorted(run), Workflows(run)) })
	if err != nil {
		return err
	}
	return Verifying(ctx, Check)
}

// Refused reports the error of a command that has no run yet, and returns its exit status.
func Refused(err error) error { return Fatal(pipeline.TheWorld(time.Now()).Explain(err)) }

// Fatal returns an error with the exit status for a run's status, or nil if the run is done.
func Fatal(status pipeline.Status) error {
	if status == pipeline.Done {
		return nil
	}
	return mg.Fatal(int(status), status)
}
