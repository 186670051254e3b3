// Package graph is the graph of the targets: it defines the dependencies between the steps, and how a command runs them.
// Mage runs each step only once, even if several steps depend on it.
package graph

import (
	"context"
	"fmt"
	"os/signal"
	"runtime/debug"
	"syscall"
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
	err := n.do(ctx)
	if ctx.Err() != nil {
		return Fatal(pipeline.Failed) // walk reports it
	}
	return Fatal(n.run.Fail(err))
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
	return Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status {
		ctx, cancel := limited(ctx, world, patience)
		defer cancel()
		run, err := begin(ctx, world)
		if err != nil {
			return world.Explain(err)
		}
		defer run.Close()
		if status := walk(ctx, run, step(run)); status != pipeline.Done {
			return status
		}
		return run.Commit()
	})
}

// Command runs what a target does in the world of this process, and shows the progress. An interrupt, for which mage ends the
// context, and SIGTERM end the context of what it runs.
func Command(ctx context.Context, do func(context.Context, pipeline.World) pipeline.Status) error {
	world := pipeline.TheWorld(time.Now())
	terminated, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(terminated, func() {
		stop() // so that a second SIGTERM ends the process, whatever it does
		cancel(world.Cause("interrupted"))
	})()
	defer world.Display.Show(ctx)()
	return Fatal(do(ctx, world))
}

// limited returns a context that ends after a while. The cause says what the command was doing then.
func limited(ctx context.Context, world pipeline.World, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(world.Cause(fmt.Sprintf("the run took longer than %s", limit))) })
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}

// Verifying runs a step of a run that does not use the index and writes nothing.
func Verifying(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	return Reading(ctx, pipeline.Verifying, step)
}

// Reading runs a step of a run that begin returns and that writes nothing, for a limited time. The run may be nil: then there is
// nothing to do.
func Reading(ctx context.Context, begin func(pipeline.World) (*pipeline.Run, error), step func(*pipeline.Run) mg.Fn) error {
	return Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status {
		return reading(ctx, world, begin, step)
	})
}

// reading is like [Reading], in a world.
func reading(ctx context.Context, world pipeline.World, begin func(pipeline.World) (*pipeline.Run, error), step func(*pipeline.Run) mg.Fn) pipeline.Status {
	// Such a run reads its files, compares and ends, in a fraction of a second. Collecting garbage a fourth as often saves a sixth
	// of its time and costs 30 MiB for the reference.
	debug.SetGCPercent(400)
	ctx, cancel := limited(ctx, world, verification)
	defer cancel()
	run, err := begin(world)
	if err != nil || run == nil {
		return world.Explain(err)
	}
	defer run.Close()
	if status := walk(ctx, run, step(run)); status != pipeline.Done {
		return status
	}
	return run.Finish()
}

// CheckStaged checks what is staged, for the git pre-commit hook.
func CheckStaged(ctx context.Context) error {
	return Command(ctx, func(ctx context.Context, world pipeline.World) pipeline.Status {
		world, status := world.PrepareHook(ctx)
		if status != pipeline.Done {
			return status
		}
		staged := func(world pipeline.World) (*pipeline.Run, error) { return pipeline.Staged(ctx, world) }
		return reading(ctx, world, staged, func(run *pipeline.Run) mg.Fn {
			return Step(run, "check what is staged", run.CheckStaged, Workflows(run))
		})
	})
}

// verification is the maximum duration of a run that writes nothing. That of a large matrix takes seconds.
const verification = 10 * time.Minute

// walk runs a step of a run with its dependencies, until the context ends. Many steps look at the context only now and then; a step
// that goes on ends with the process, and has nothing to undo.
func walk(ctx context.Context, run *pipeline.Run, step mg.Fn) pipeline.Status {
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }() // mage hands up the status of a failed step as a panic
		mg.CtxDeps(ctx, step)
	}()
	var failure any
	select {
	case <-ctx.Done():
	case failure = <-ended:
	}
	switch {
	case ctx.Err() != nil:
		return run.GiveUp(ctx)
	case failure != nil:
		panic(failure)
	default:
		return pipeline.Done
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
