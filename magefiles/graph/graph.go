// Package graph is the graph of the targets: which step depends on which, and how a command walks over it. Mage does a
// step once, whatever depends on it.
package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/magefile/mage/mg"

	"toxgen/internal/pipeline"
)

// The graph: a step, and after it the step that depends on it.

// Fetch brings the facts that registry/ lacks.
func Fetch(run *pipeline.Run) mg.Fn { return Step(run, "fetch", run.Fetch, nil) }

// Toxgen pins every environment and writes tox.ini.
func Toxgen(run *pipeline.Run) mg.Fn { return Step(run, "toxgen", run.Toxgen, Fetch(run)) }

// Workflows writes the generated workflows.
func Workflows(run *pipeline.Run) mg.Fn { return Step(run, "workflows", run.Workflows, Toxgen(run)) }

// Check reports what the steps before it would change.
func Check(run *pipeline.Run) mg.Fn { return Step(run, "check", run.Check, Workflows(run)) }

// Summarize says what the project covers, if it is in sync.
func Summarize(run *pipeline.Run) mg.Fn { return Step(run, "summarize", run.Summarize, Check(run)) }

// Step returns what does one step of one run, after what it depends on, which may be nil. Two runs have steps of their
// own, so that two targets in one call do their whole work each.
func Step(run *pipeline.Run, name string, do func(context.Context) error, after mg.Fn) mg.Fn {
	return node{run, name, after, do}
}

// node is one step of one run.
type node struct {
	run   *pipeline.Run
	name  string
	after mg.Fn
	do    func(context.Context) error
}

// Name returns the step's name.
func (n node) Name() string { return n.name }

// ID tells the nodes of one run from those of another.
func (n node) ID() string { return fmt.Sprintf("%p", n.run) }

// Run does the step after what it depends on.
func (n node) Run(ctx context.Context) error {
	if n.after != nil {
		mg.CtxDeps(ctx, n.after)
	}
	return Fatal(n.run.Fail(n.do(ctx)))
}

// Series returns what does steps of one run one after the other.
func Series(run *pipeline.Run, name string, steps ...mg.Fn) mg.Fn {
	return Step(run, name, func(ctx context.Context) error {
		for _, step := range steps {
			mg.CtxDeps(ctx, step)
		}
		return nil
	}, nil)
}

// patience is how long a run may take that asks the index.
const patience = 30 * time.Minute

// Writing does a step of a run and what it depends on, and commits what changed to the disk.
func Writing(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	return Committing(ctx, pipeline.Writing, step)
}

// Committing does a step of a run that begin begins, and commits what changed to the disk.
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

// Verifying does a step of a run that asks no index and writes nothing.
func Verifying(ctx context.Context, step func(*pipeline.Run) mg.Fn) error {
	world := pipeline.TheWorld(time.Now())
	run, err := pipeline.Verifying(world)
	if err != nil {
		return Fatal(world.Explain(err))
	}
	mg.CtxDeps(ctx, step(run))
	return Fatal(run.Finish())
}

// Refused ends a command before it has a run.
func Refused(err error) error { return Fatal(pipeline.TheWorld(time.Now()).Explain(err)) }

// Fatal makes an exit status of a run's status.
func Fatal(status pipeline.Status) error {
	if status == pipeline.Done {
		return nil
	}
	return mg.Fatal(int(status), status)
}
