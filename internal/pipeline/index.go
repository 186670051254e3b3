package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"toxgen/internal/config"
	"toxgen/internal/foreign"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/metadata"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
	"toxgen/internal/snapshot"
	"toxgen/internal/update"
)

// Index is the package index, as far as the pipeline asks it. *pypi.Client is one.
type Index interface {
	Project(ctx context.Context, name string) (*pypi.Project, error)
	Metadata(ctx context.Context, file *pypi.File, need pypi.Need) (*pypi.Metadata, error)
	Stats() pypi.Stats
}

// noIndex is the index of a run that asks none: every answer is lock.ErrNotAsked.
type noIndex struct{}

// Project serves Index.
func (noIndex) Project(context.Context, string) (*pypi.Project, error) { return nil, lock.ErrNotAsked }

// Metadata serves Index.
func (noIndex) Metadata(context.Context, *pypi.File, pypi.Need) (*pypi.Metadata, error) {
	return nil, lock.ErrNotAsked
}

// Stats serves Index.
func (noIndex) Stats() pypi.Stats { return pypi.Stats{} }

// newIndex returns the client of the index that the environment or the configuration, if there is one, names.
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

// readAhead is how many questions a resolution may have open at the index ahead of its search.
const readAhead = 8

// live is the package index as resolutions see it.
type live struct {
	index  Index
	config *config.Config // nil: nothing is stated in the place of metadata
	policy update.Policy
	// hides returns why a file of a page must not be seen, or "".
	hides func(page *pypi.Project) func(*pypi.File) string
	// facts serve the projects and releases that are seen as recorded.
	facts registry.Facts
}

// newLive returns the index as a run sees it whose registry has certain facts.
func (r *Run) newLive(s state) live {
	return live{index: r.mode.index, config: r.config, policy: s.policy, hides: r.sight(s).Hides, facts: s.facts}
}

// online is the index as a run sees it, parsed once, and a solver that asks it.
type online struct {
	live     live
	universe *resolve.Universe
	solver   lock.Solver
}

// online returns what a run with a certain state asks.
func (r *Run) online(s state) online {
	o := online{live: r.newLive(s)}
	o.universe = resolve.NewUniverse(o.live, readAhead)
	if o.solver = lock.NewOnline(o.universe, r.config.Target()); r.mode.index == (noIndex{}) {
		o.solver = lock.Offline{}
	}
	return o
}

// keeper returns what decides about the pins of a matrix by the facts of a state.
func (r *Run) keeper(s state, m *matrix.Matrix, solver lock.Solver) *lock.Keeper {
	return lock.NewKeeper(r.config, m, s.had, s.proofs.Of(r.config, s.facts), s.policy, solver)
}

// published is the source of a file on the index.
type published struct {
	project string
	file    *pypi.File
}

// Project serves resolve.Index.
func (l live) Project(ctx context.Context, name string) (*resolve.Project, error) {
	if l.policy.AsRecorded(name) {
		return lock.Recorded(l.config, l.facts).Project(ctx, name)
	}
	page, err := l.index.Project(ctx, name)
	if errors.Is(err, pypi.ErrNotFound) {
		return nil, resolve.ErrNoProject
	}
	if err != nil {
		return nil, err
	}
	hides := l.hides(page)
	files := snapshot.Relevant(page)
	p := &resolve.Project{Files: make([]resolve.File, 0, len(files))}
	for _, f := range files {
		if _, frozen := l.policy.Frozen[lock.ReleaseOf(name, f.Version)]; !frozen {
			p.Files = append(p.Files, resolve.File{Filename: f.Filename, Version: f.Version, Sdist: f.Sdist, SdistPython: f.SdistPython, Tags: f.Tags,
				Build: f.Build, RequiresPython: f.RequiresPython, Yanked: f.Yanked, YankedReason: f.YankedReason, Hidden: hides(f), Source: published{name, f}})
		}
	}
	if known := l.facts[name]; known != nil && len(l.policy.Frozen) > 0 {
		for i := range known.Releases {
			if _, frozen := l.policy.Frozen[lock.ReleaseOf(name, known.Releases[i].Version)]; frozen {
				p.Files = append(p.Files, lock.RecordedFiles(name, &known.Releases[i])...)
			}
		}
	}
	return p, nil
}

// Metadata serves resolve.Index. In an update a wheel whose metadata the index does not hand out is not seen: its release
// is adopted when it does. A source distribution that is not there stays a candidate, since a person can state what it
// requires.
func (l live) Metadata(ctx context.Context, file *resolve.File) (*metadata.Metadata, error) {
	source, isPublished := file.Source.(published)
	if !isPublished {
		return lock.RecordedMetadata(l.config, file.Source.(lock.RecordedFile))
	}
	if m := lock.Stated(l.config, source.project, file.Version); m != nil {
		return m, nil
	}
	m, err := l.index.Metadata(ctx, source.file, pypi.Requirements)
	lasting, isLasting := errors.AsType[*pypi.UnreadableError](err)
	switch {
	case err == nil:
		return &m.Metadata, nil
	case l.policy.IsUpdate() && pypi.IsAnswer(err) && !(isLasting && (file.Sdist || !lasting.Missing)):
		return nil, &resolve.HiddenError{Reason: foreign.Text("its metadata cannot be had now: " + err.Error())}
	case isLasting:
		return nil, &resolve.UnreadableError{Reason: foreign.Text(lasting.Reason)}
	default:
		return nil, err
	}
}
