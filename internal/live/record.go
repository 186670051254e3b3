package live

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"toxgen/internal/concurrent"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
	"toxgen/internal/snapshot"
)

// Record returns facts with what the index says of pinned releases, and why some have no new lines. A release whose facts
// cannot be had keeps those that it has. classified tells whether the classifiers of a release are needed: without them the
// line does not name the file that they were read of.
func (v *View) Record(ctx context.Context, facts registry.Facts, releases []lock.Pinned, classified func(project string, version pep440.Version) bool) (registry.Facts, map[lock.Release]error) {
	type outcome struct {
		line registry.Release
		err  error
	}
	task := v.meter.Begin("recording", len(releases), "pinned release")
	defer task.End()
	outcomes := concurrent.Map(Resolutions, releases, func(p lock.Pinned) (one outcome) {
		defer task.Item(p.Project + " " + p.Version.String())("")
		one.line, one.err = v.line(ctx, facts, p, classified(p.Project, p.Version))
		return one
	})
	errs := map[lock.Release]error{}
	lines := map[string][]registry.Release{} // by project, each of which is copied once
	for i, one := range outcomes {
		p := releases[i]
		if one.err != nil {
			errs[lock.ReleaseOf(p.Project, p.Version)] = one.err
			continue
		}
		lines[p.Project] = append(lines[p.Project], one.line)
	}
	var changed []*registry.Project
	for name, recorded := range lines {
		changed = append(changed, facts.Project(name).With(recorded...))
	}
	return facts.With(changed...), errs
}

// line makes the line of a pinned release: what its page says, the requirements of the files that its Pythons take,
// and the classifiers and verdicts that were known.
func (v *View) line(ctx context.Context, facts registry.Facts, p lock.Pinned, classified bool) (line registry.Release, err error) {
	if v.policy.AsRecorded(p.Project) {
		return line, errors.New(v.policy.Failed[p.Project].Reason)
	}
	if frozen, is := v.policy.Frozen[lock.ReleaseOf(p.Project, p.Version)]; is {
		return line, errors.New(frozen.Reason)
	}
	page, err := v.index.Project(ctx, p.Project)
	if err != nil {
		return line, err
	}
	all := page.Files(page.Release(p.Version))
	var files []*pypi.File
	for i, hidden := range v.hides(p.Project)(all) {
		if hidden == "" {
			files = append(files, all[i])
		}
	}
	if len(files) == 0 {
		return line, fmt.Errorf("the index does not have %s %s, or only files that are not to be seen", p.Project, p.Version)
	}
	line = v.targets.Line(files)
	var classifiers *registry.Metadata
	if old := facts.Release(p.Project, p.Version); old != nil {
		if classifiers = old.Classified(); classifiers != nil {
			if now := v.targets.Source(*classifiers, files); !classified || now == nil || now.SHA256 != classifiers.SHA256 {
				classifiers = nil // selection asks for those of the release as it is now, if it needs some
			}
		}
		line.Verdicts, line.Unresolvable, line.Unreadable = old.Verdicts, old.Unresolvable, old.Unreadable
	}
	var reads []snapshot.Read
	var installed []*resolve.File // those that reads are of, or that the configuration describes
	var none error                // of a Python for which the release has no file: what pins it there proves nothing, elsewhere it may hold
	for _, on := range p.Pythons {
		file, err := v.universe.Target(v.config.Target(on)).Install(ctx, p.Project, p.Version)
		if errors.As(err, new(*resolve.NoFileError)) {
			none = err
			continue
		}
		if err != nil {
			return line, err
		}
		if slices.Contains(installed, file) {
			continue
		}
		installed = append(installed, file)
		one, err := v.requirements(ctx, p, file, &line)
		if err != nil {
			return line, err
		}
		if one != nil {
			reads = append(reads, *one)
		}
	}
	if none != nil && len(installed) == 0 {
		return line, none
	}
	line.Metadata = snapshot.Combined(reads, classifiers)
	return line, nil
}

// requirements reads those of one file; the result is nil if the configuration states them.
func (v *View) requirements(ctx context.Context, p lock.Pinned, file *resolve.File, line *registry.Release) (*snapshot.Read, error) {
	if lock.Stated(v.config, p.Project, file.Version) != nil {
		return nil, nil
	}
	f := file.Source.(published).file()
	m, err := v.index.Metadata(ctx, f, pypi.Requirements)
	if err != nil {
		return nil, err
	}
	return &snapshot.Read{File: f, Entry: v.targets.Required(f, m, line)}, nil
}
