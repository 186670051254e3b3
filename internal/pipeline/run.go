// Package pipeline walks the line from toxgen.yaml to the workflows: it hands values from one pure package to
// the next, and meets the world, which is the disk, the index and the clock, at its edges.
//
// A [Run] is one walk. Its steps are the nodes of the graph that magefiles/ declares: [Run.Fetch],
// [Run.Toxgen], [Run.Workflows], [Run.Check], each after the one before it. They read and write a tree. In a writing
// run the tree's changes are committed to the disk at the end, all or none ([Run.Commit]); in a verifying run
// there is no index, and at the end the changes are what is wrong with the disk ([Run.Check]). Nothing else
// differs between the two.
//
// What a run knows is a state: each step takes the one before and returns another. A step collects findings and
// goes on as far as it can, so that a run reports everything at once. An error from a step means that no later step
// can do its work.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/progress"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/tox"
	"toxgen/internal/triage"
	"toxgen/internal/update"
	"toxgen/internal/workflow"
	"toxgen/templates"
)

// A Run is one walk along the line.
type Run struct {
	world World
	tree  *fileset.Tree
	// unlock lets other runs write. It is nil if the run does not write.
	unlock   func()
	config   *config.Config
	mode     mode
	state    state
	findings finding.List
	// budget bounds the work of the run's resolutions.
	budget *lock.Budget
	// done holds the report for when the changes are on the disk.
	done conclusion
	// meter collects what the run is doing.
	meter *progress.Meter
	// handed holds what a run that takes over a hand-over compares the result with.
	handed handed
	// asked are the names that a run over what is staged asked for.
	asked map[string]bool
}

// handed holds what a hand-over replaced, and what it brought.
type handed struct {
	// had is the lock before, facts are the facts before, tox is the tox.ini that was handed over. custom is what people wrote
	// into the tox.ini before.
	had    lock.Lock
	custom *tox.Custom
	facts  registry.Facts
	tox    []byte
}

// A state holds what a run knows so far. A step returns another state and does not change the one before.
type state struct {
	// before are the facts that lay in registry/, had the lock that lay in tox.ini and the build constraints. disagreeing
	// are the projects whose merged lines contradict each other, which before does not have.
	before, disagreeing registry.Facts
	had                 lock.Lock
	// file is tox.ini as it was, parsed, or nil. custom is what people wrote into it.
	file   *tox.File
	custom tox.Custom
	// configured are the projects of suites whose configuration the run itself changed.
	configured map[string]bool
	// classified are facts of which selection lacks no metadata that can be had.
	classified registry.Facts
	// facts are those of the run, proofs what pins are proved from.
	facts  registry.Facts
	proofs lock.Proofs
	policy update.Policy
	// matrix and lock are what the run found.
	matrix    *matrix.Matrix
	lock      lock.Lock
	workflows workflows
}

// workflows holds what the third step found and made.
type workflows struct {
	// owned are the generated workflows in the tree as the run found them.
	owned []workflow.File
	// rendered are the workflows that belong there.
	rendered []workflow.File
	actions  workflow.Actions
}

// conclusion is the summary of an update or the report of a triage, and a file for it.
type conclusion struct {
	summary *report.Summary
	triage  *triage.Report
	file    string
	// issues is a file for the issues about what a triage held, or "".
	issues string
	// retried are the temporary rules that the run removed.
	retried []config.TemporaryRule
}

// A mode is what distinguishes one kind of run from another.
type mode struct {
	index live.Index
	// curable is the severity of what is wrong with the files that a run found and that it puts right itself.
	curable finding.Severity
	// needless is the severity of facts that nothing needs.
	needless finding.Severity
}

// Writing begins a run whose changes can be committed. It waits until no other run writes into the same
// checkout, and carries out what an interrupted one left.
func Writing(ctx context.Context, world World) (*Run, error) {
	r, err := locked(ctx, world)
	if err != nil {
		return nil, err
	}
	index, err := world.newIndex(r.config)
	if err != nil {
		r.Close()
		return nil, err
	}
	r.mode = mode{index: index, curable: finding.Warning, needless: finding.Warning}
	return r, nil
}

// locked begins a run that alone may write.
func locked(ctx context.Context, world World) (*Run, error) {
	r, err := begin(world)
	if err != nil {
		return nil, err
	}
	if r.unlock, err = r.tree.Lock(ctx, func(holder string) {
		r.meter.Doing("waiting for " + holder)
		fmt.Fprintf(world.Stderr, "waiting: another toxgen writes here (%s)\n", display.Line(holder))
	}); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	if r.tree.Interrupted() {
		fmt.Fprintln(world.Stderr, "completing a write that was interrupted")
	}
	if err = r.tree.Recover(); err == nil {
		err = r.load()
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Verifying begins a run that only reads and asks no index.
func Verifying(world World) (*Run, error) {
	r, err := begin(world)
	if err != nil {
		return nil, err
	}
	r.mode = mode{index: live.None{}, curable: finding.OutOfSync, needless: finding.Warning}
	if r.tree.Interrupted() {
		r.add(finding.Finding{Severity: finding.OutOfSync, Message: "a write was interrupted and is not complete", Hint: "run `mage`"})
	}
	return r, r.load()
}

func begin(world World) (*Run, error) {
	tree, err := fileset.At(world.Root, world.State)
	if err != nil {
		return nil, err
	}
	r := &Run{world: world, tree: tree, budget: lock.NewBudget(), meter: world.meter()}
	r.meter.Doing("reading " + world.Config)
	if _, err := r.tree.Read(world.Config); errors.Is(err, fs.ErrNotExist) && !r.tree.Interrupted() {
		return nil, finding.List{{Severity: finding.Error, File: world.Config, Message: "there is no such file",
			Hint: "`mage init` writes one for the SDK in this folder; if there is one, run toxgen in its folder or name it in TOXGEN_CONFIG"}}
	}
	return r, nil
}

// Close lets other runs write.
func (r *Run) Close() {
	if r.unlock != nil {
		r.unlock()
	}
}

// load reads the configuration.
func (r *Run) load() error {
	data, err := r.tree.Read(r.world.Config)
	if err != nil {
		return err
	}
	c, findings := config.Parse(r.world.Config, data)
	if c == nil {
		return findings
	}
	described := r.describe(c)
	if described.Worst() >= finding.Error {
		return append(findings, described...)
	}
	r.config = c
	r.add(findings...)
	r.add(described...)
	r.add(c.Expired(r.world.Now)...)
	return nil
}

// reconfigure writes another text of the configuration, which the steps that follow see.
func (r *Run) reconfigure(text []byte) error {
	r.tree.Write(r.world.Config, text)
	r.findings = slices.DeleteFunc(r.findings, func(f finding.Finding) bool { return f.File == r.config.File }) // they name lines of the text as it was
	return r.load()
}

func (r *Run) add(f ...finding.Finding) { r.findings = append(r.findings, f...) }

// readIfThere returns a file's content, nil if there is no such file.
func (r *Run) readIfThere(name string) ([]byte, error) {
	data, err := r.tree.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// template returns a template's text: the project's own, else the embedded one.
func (r *Run) template(name string) (string, error) {
	if folder := r.config.Templates; folder != "" {
		data, err := r.tree.Read(folder + "/" + name)
		if err == nil {
			return string(data), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	data, err := templates.Embedded.ReadFile(name)
	return string(data), err
}
