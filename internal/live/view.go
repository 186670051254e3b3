// Package live shows the package index as a run may see it, and makes registry lines of what it shows.
//
// A [View] is what resolutions ask (it is a resolve.Index): the files of the index with those hidden that the policy
// hides, and the projects and releases that keep their facts as the registry has them. [View.Record] brings the facts
// that prove pins: they come from the same view, so that a proof sees what the resolution saw.
//
// Non-goals: deciding what is hidden or kept (update), how a page becomes a line (snapshot), requests and caches (pypi).
package live

import (
	"context"
	"errors"
	"runtime"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/metadata"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
	"toxgen/internal/snapshot"
	"toxgen/internal/update"
)

// Resolutions is how many resolutions run at once. It is more than there are processors: a resolution waits for the
// index most of the time, as long as facts have to be fetched.
var Resolutions = 16 * runtime.GOMAXPROCS(0)

// readAhead is how many questions a resolution may have open at the index ahead of its search.
const readAhead = 8

// A View is the package index as a run sees it. It parses what it is asked for once.
type View struct {
	index    Index
	config   *config.Config
	policy   update.Policy
	hides    func(page *pypi.Project) func(*pypi.File) string
	facts    registry.Facts
	universe *resolve.Universe
}

// NewView returns the index as a policy lets it be seen by a project whose registry has certain facts.
func NewView(index Index, c *config.Config, sight update.Sight, p update.Policy, facts registry.Facts) *View {
	v := &View{index: index, config: c, policy: p, hides: sight.Hides, facts: facts}
	v.universe = resolve.NewUniverse(v, readAhead)
	return v
}

// Everything returns the index of which nothing is hidden. Where a configuration states requirements, these count; it may
// be nil.
func Everything(index Index, c *config.Config) *View {
	v := &View{index: index, config: c, hides: func(*pypi.Project) func(*pypi.File) string { return func(*pypi.File) string { return "" } }}
	v.universe = resolve.NewUniverse(v, readAhead)
	return v
}

// Universe returns what resolutions search in: the view, with what was parsed so far.
func (v *View) Universe() *resolve.Universe { return v.universe }

// Shows reports whether a run with another policy would see the same. Policies of one run only ever hide and keep more.
func (v *View) Shows(p update.Policy) bool {
	return len(p.Frozen) == len(v.policy.Frozen) && len(p.Missing) == len(v.policy.Missing) &&
		len(p.Failed) == len(v.policy.Failed) && len(p.ByHand) == len(v.policy.ByHand)
}

// published is the source of a file on the index.
type published struct {
	project string
	file    *pypi.File
}

// Project serves resolve.Index.
func (v *View) Project(ctx context.Context, name string) (*resolve.Project, error) {
	if v.policy.AsRecorded(name) {
		return lock.Recorded(v.config, v.facts).Project(ctx, name)
	}
	page, err := v.index.Project(ctx, name)
	if errors.Is(err, pypi.ErrNotFound) {
		return nil, resolve.ErrNoProject
	}
	if err != nil {
		return nil, err
	}
	hides := v.hides(page)
	files := snapshot.Relevant(page)
	p := &resolve.Project{Files: make([]resolve.File, 0, len(files))}
	for _, f := range files {
		if _, frozen := v.policy.Frozen[lock.ReleaseOf(name, f.Version)]; !frozen {
			p.Files = append(p.Files, resolve.File{Filename: f.Filename, Version: f.Version, Sdist: f.Sdist, SdistPython: f.SdistPython, Tags: f.Tags,
				Build: f.Build, RequiresPython: f.RequiresPython, Yanked: f.Yanked, YankedReason: f.YankedReason, Hidden: hides(f), Source: published{name, f}})
		}
	}
	if known := v.facts[name]; known != nil && len(v.policy.Frozen) > 0 {
		for i := range known.Releases {
			if _, frozen := v.policy.Frozen[lock.ReleaseOf(name, known.Releases[i].Version)]; frozen {
				p.Files = append(p.Files, lock.RecordedFiles(name, &known.Releases[i])...)
			}
		}
	}
	return p, nil
}

// Metadata serves resolve.Index. In an update a wheel whose metadata the index does not hand out is not seen: its release
// is adopted when it does. A source distribution that is not there stays a candidate, since a person can state what it
// requires.
func (v *View) Metadata(ctx context.Context, file *resolve.File) (*metadata.Metadata, error) {
	source, isPublished := file.Source.(published)
	if !isPublished {
		return lock.RecordedMetadata(v.config, file.Source.(lock.RecordedFile))
	}
	if m := lock.Stated(v.config, source.project, file.Version); m != nil {
		return m, nil
	}
	m, err := v.index.Metadata(ctx, source.file, pypi.Requirements)
	lasting, isLasting := errors.AsType[*pypi.UnreadableError](err)
	switch {
	case err == nil:
		return &m.Metadata, nil
	case v.policy.IsUpdate() && pypi.IsAnswer(err) && !(isLasting && (file.Sdist || !lasting.Missing)):
		return nil, &resolve.HiddenError{Reason: update.Withheld(err)}
	case isLasting:
		return nil, &resolve.UnreadableError{Reason: lasting.Reason}
	default:
		return nil, err
	}
}
