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
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/progress"
	"toxgen/internal/pypi"
	"toxgen/internal/python"
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
	hides    func(project string) func(release []*pypi.File) []string
	targets  snapshot.Targets
	facts    registry.Facts
	universe *resolve.Universe
	// meter counts what is recorded.
	meter *progress.Meter
}

// NewView returns the index as a policy lets it be seen by a project whose registry has certain facts.
func NewView(index Index, c *config.Config, sight update.Sight, p update.Policy, facts registry.Facts, meter *progress.Meter) *View {
	v := &View{index: index, config: c, policy: p, hides: sight.Hides, targets: sight.Targets, facts: facts, meter: meter}
	v.universe = resolve.NewUniverse(v, readAhead)
	return v
}

// Everything returns the index of which nothing is hidden from a target. Where a configuration states requirements, these
// count; it may be nil.
func Everything(index Index, c *config.Config, target python.Target) *View {
	v := &View{index: index, config: c, hides: hidesNothing, targets: snapshot.NewTargets(target)}
	v.universe = resolve.NewUniverse(v, readAhead)
	return v
}

// hidesNothing returns a function that hides no file of a release.
func hidesNothing(string) func([]*pypi.File) []string {
	return func(release []*pypi.File) []string { return make([]string, len(release)) }
}

// Universe returns what resolutions search in: the view, with what was parsed so far.
func (v *View) Universe() *resolve.Universe { return v.universe }

// Shows reports whether a run with another policy would see the same. Policies of one run only ever hide and keep more.
func (v *View) Shows(p update.Policy) bool {
	return len(p.Frozen) == len(v.policy.Frozen) && len(p.Missing) == len(v.policy.Missing) &&
		len(p.Failed) == len(v.policy.Failed) && len(p.ByHand) == len(v.policy.ByHand)
}

// published is the source of a file on the index. It does not hold what the page says of the file: of most files nothing
// more is asked, and they would keep those beside them in memory.
type published struct {
	page    *pypi.Project
	release *pypi.Release
	// place is that of the file in the list of the release.
	place int
}

// file returns what the page says of the file.
func (p published) file() *pypi.File { return p.page.File(p.release, p.place) }

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
	return v.shown(page), nil
}

// shown returns a page with what the policy hides and keeps. Its files are made of those of the releases that a resolution
// looks at.
func (v *View) shown(page *pypi.Project) *resolve.Project {
	p := &resolve.Project{Releases: make([]resolve.Release, 0, len(page.Releases))}
	offered := make([]*pypi.Release, 0, len(page.Releases)) // nil for one that is frozen
	for i := range page.Releases {
		r := &page.Releases[i]
		if !v.isFrozen(page.Name, r.Version) {
			p.Releases = append(p.Releases, resolve.Release{Version: r.Version, Mixed: r.Mixed, RequiresPython: r.RequiresPython, Count: r.Count})
			offered = append(offered, r)
		}
	}
	for _, known := range v.frozen(page.Name) {
		i, _ := slices.BinarySearchFunc(p.Releases, known.Version, func(r resolve.Release, v pep440.Version) int { return v.Compare(r.Version) })
		p.Releases = slices.Insert(p.Releases, i, resolve.Release{Version: known.Version, Count: len(known.AllFiles())})
		offered = slices.Insert(offered, i, nil)
	}
	hides := v.hides(page.Name)
	p.Files = func(i int) []resolve.File {
		if offered[i] == nil {
			return lock.RecordedFiles(page.Name, v.facts.Release(page.Name, p.Releases[i].Version))
		}
		return v.visible(page, offered[i], hides)
	}
	return p
}

// isFrozen reports whether a release is seen as the registry has it.
func (v *View) isFrozen(project string, version pep440.Version) bool {
	if len(v.policy.Frozen) == 0 {
		return false
	}
	_, frozen := v.policy.Frozen[lock.ReleaseOf(project, version)]
	return frozen
}

// frozen returns the releases of a project in the registry that are seen as they are there, if they have files.
func (v *View) frozen(project string) []registry.Release {
	if len(v.policy.Frozen) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(v.facts.Project(project).Releases), func(r registry.Release) bool {
		return !v.isFrozen(project, r.Version) || len(r.AllFiles()) == 0
	})
}

// visible returns the files of a release that matter to a resolution, with why some are hidden.
func (v *View) visible(page *pypi.Project, r *pypi.Release, hides func([]*pypi.File) []string) []resolve.File {
	all := page.Files(r)
	reasons, relevant := hides(all), v.targets.Relevant(all)
	files := make([]resolve.File, 0, len(relevant))
	for i, f := range all {
		if len(files) < len(relevant) && f == relevant[len(files)] {
			files = append(files, resolve.File{Filename: f.Filename, Version: f.Version, Sdist: f.Sdist, SdistPython: f.SdistPython, Tags: f.Tags,
				Build: f.Build, RequiresPython: f.RequiresPython, Yanked: f.Yanked, YankedReason: f.YankedReason, Hidden: reasons[i], Source: published{page, r, i}})
		}
	}
	return files
}

// Metadata serves resolve.Index. In an update a wheel whose metadata the index does not hand out is not seen: its release
// is adopted when it does. A source distribution that is not there stays a candidate, since a person can state what it
// requires.
func (v *View) Metadata(ctx context.Context, file *resolve.File) (*metadata.Metadata, error) {
	source, isPublished := file.Source.(published)
	if !isPublished {
		return lock.RecordedMetadata(v.config, file.Source.(lock.RecordedFile))
	}
	if m := lock.Stated(v.config, source.page.Name, file.Version); m != nil {
		return m, nil
	}
	m, err := v.index.Metadata(ctx, source.file(), pypi.Requirements)
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
