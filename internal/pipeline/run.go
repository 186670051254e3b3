// Package pipeline walks the line from toxgen.yaml to the workflows: it hands values from one pure package to
// the next, and meets the world, which is the disk, the index and the clock, at its edges.
//
// A [Run] is one walk. Its steps are the nodes of the graph that magefiles/ declares: [Run.Fetch],
// [Run.Toxgen], [Run.Workflows], each after the one before it. They read and write a tree. In a writing run
// the tree's changes are committed to the disk at the end, all or none ([Run.Commit]); in a verifying run
// there is no index, and at the end the changes are what is wrong with the disk ([Run.Check]). Nothing else
// differs between the two.
//
// A step collects findings and goes on as far as it can, so that a run reports everything at once. An error
// from a step means that no later step can do its work.
package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/resolve"
	"toxgen/internal/tox"
	"toxgen/internal/wheel"
	"toxgen/templates"
)

// Run is one walk along the line.
type Run struct {
	world    World
	tree     *fileset.Tree
	unlock   func()
	index    Index // nil in a verifying run
	config   *config.Config
	facts    registry.Facts
	matrix   *matrix.Matrix
	findings finding.List
	// newestFirst are the tags of the declared Pythons.
	newestFirst []*wheel.Tags
	// lock is tox.ini as it was before the run.
	lock *tox.File
	// universe is the index as resolutions see it; nil in a verifying run.
	universe *resolve.Universe
	// held are releases, by project and version, that people pinned and that are brought whatever their age.
	held map[string]map[string]bool
	// update is what an update set out with; nil in any other run.
	update *movement
	// handed is what is to be taken over, if this is what the run is for.
	handed handover
	// summary is what is said when the changes are on the disk, summaryName a file for it.
	summary     *report.Summary
	summaryName string
	workflows   workflows
}

// Index is the package index, as far as the pipeline asks it. *pypi.Client is one.
type Index interface {
	Project(ctx context.Context, name string) (*pypi.Project, error)
	Metadata(ctx context.Context, file *pypi.File, need pypi.Need) (*pypi.Metadata, error)
	Stats() pypi.Stats
}

// Writing begins a run whose changes can be committed. It waits until no other run writes into the same
// checkout, and carries out what an interrupted one left.
func Writing(ctx context.Context, world World) (*Run, error) {
	r, err := locked(ctx, world)
	if err != nil {
		return nil, err
	}
	if r.index, err = world.newIndex(r.config); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// locked begins a run that alone may write.
func locked(ctx context.Context, world World) (*Run, error) {
	r, err := begin(world)
	if err != nil {
		return nil, err
	}
	if r.unlock, err = r.tree.Lock(ctx, func(holder string) {
		fmt.Fprintf(world.Stderr, "waiting: another toxgen writes here (%s)\n", holder)
	}); err != nil {
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
	if r.tree.Interrupted() {
		r.add(finding.Finding{Severity: finding.OutOfSync, Message: "a write was interrupted and is not complete", Hint: "run `mage`"})
	}
	return r, r.load()
}

func begin(world World) (*Run, error) {
	state, err := fileset.StateFolder(world.Root, world.Cache)
	if err != nil {
		return nil, err
	}
	r := &Run{world: world, tree: fileset.Open(world.Root, state), unlock: func() {}}
	if _, err := r.tree.Read(world.Config); errors.Is(err, fs.ErrNotExist) && !r.tree.Interrupted() {
		return nil, finding.List{{Severity: finding.Error, File: world.Config, Message: "there is no such file",
			Hint: "run toxgen in the folder that holds it, or name it in TOXGEN_CONFIG"}}
	}
	return r, nil
}

// Close lets other runs write.
func (r *Run) Close() { r.unlock() }

// load reads the configuration and the registry.
func (r *Run) load() error {
	data, err := r.tree.Read(r.world.Config)
	if err != nil {
		return err
	}
	c, findings := config.Parse(r.world.Config, data)
	if c == nil {
		return findings
	}
	r.config, r.newestFirst = c, nil
	for _, p := range slices.Backward(c.Interpreters()) {
		r.newestFirst = append(r.newestFirst, wheel.Compatible(p, c.Target()))
	}
	r.add(findings...)
	r.add(c.Expired(r.world.Now)...)
	return nil
}

func (r *Run) add(f ...finding.Finding) { r.findings = append(r.findings, f...) }

// templates gives a template's text: the project's own, else the embedded one.
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

// newIndex is the client of the index that the environment or the configuration, if there is one, names.
func (w World) newIndex(c *config.Config) (Index, error) {
	declared := ""
	if c != nil {
		declared = c.Index
	}
	url := cmp.Or(w.IndexURL, declared, w.IndexFallback, pypi.DefaultURL)
	client, err := pypi.New(pypi.Options{URL: url, CacheDir: filepath.Join(w.Cache, "index"), Offline: w.Offline, Netrc: w.Netrc})
	if err != nil {
		return nil, err
	}
	if url != declared && url != pypi.DefaultURL {
		fmt.Fprintf(w.Stderr, "index: %s\n", client.Name())
	}
	return client, nil
}
