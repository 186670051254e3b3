package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/foreign"
	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// live is the package index as resolutions see it.
type live struct {
	index Index
	// hidden says why a file of a project is not to be seen, or is empty.
	hidden func(project string) func(*pypi.File) string
	// known serves projects whose pages cannot be had, as unread says.
	known  recorded
	unread func(project string) bool
	// configured is what is to be taken for a release's metadata, or nil.
	configured func(project string, v pep440.Version) *metadata.Metadata
}

// newUniverse is the index through the cooldown, and with what the configuration says of releases that cannot be
// read.
func (r *Run) newUniverse() *resolve.Universe {
	unread := func(project string) bool { return r.update != nil && r.update.unread[project] }
	return resolve.NewUniverse(live{r.index, r.hidden, recorded{r}, unread, r.configured}, readAhead)
}

// published is what live needs to find a file again.
type published struct {
	project string
	file    *pypi.File
}

// Project serves resolve.Index.
func (l live) Project(ctx context.Context, name string) (*resolve.Project, error) {
	if l.unread(name) {
		return l.known.Project(ctx, name)
	}
	page, err := l.index.Project(ctx, name)
	if errors.Is(err, pypi.ErrNotFound) {
		return nil, resolve.ErrNoProject
	}
	if err != nil {
		return nil, err
	}
	hidden := l.hidden(name)
	files := relevant(page.Files)
	p := &resolve.Project{Files: make([]resolve.File, 0, len(files))}
	for _, f := range files {
		p.Files = append(p.Files, resolve.File{Filename: f.Filename, Version: f.Version, Sdist: f.Sdist, SdistPython: f.SdistPython, Tags: f.Tags,
			Build: f.Build, RequiresPython: f.RequiresPython, Yanked: f.Yanked, YankedReason: f.YankedReason, Hidden: hidden(f), Source: published{name, f}})
	}
	return p, nil
}

// relevant are the files that some Linux machine could install, and of a release that has none a file that explains
// it: of the largest projects most files are for other systems.
func relevant(files []pypi.File) []*pypi.File {
	useful := map[string]bool{}
	for i := range files {
		if fileName(&files[i]) != "" {
			useful[files[i].Version.String()] = true
		}
	}
	var kept []*pypi.File
	for i := range files {
		f := &files[i]
		if version := f.Version.String(); fileName(f) != "" || !useful[version] {
			kept = append(kept, f)
			useful[version] = true
		}
	}
	return kept
}

// hidden says why a file of a project is not to be seen, or is empty. Of a project that a suite follows only known
// releases are: new ones come by an update. One that leaves the project out does not look at their age.
func (r *Run) hidden(name string) func(*pypi.File) string {
	admitted := r.admitted(name)
	var known *registry.Project
	if slices.Contains(r.packages(), name) {
		known = r.facts[name]
	}
	leftOut := known != nil && r.update != nil && !r.update.adopts(name)
	return func(f *pypi.File) string {
		switch {
		case known != nil && known.Release(f.Version) == nil:
			return "it was not there at the last `mage update` of the project"
		case leftOut, admitted(f), r.held[name][f.Version.Canonical()]:
			return ""
		case f.Uploaded.IsZero():
			return "the index does not say when it was uploaded"
		case r.before() != nil:
			return "it was uploaded at " + f.Uploaded.UTC().Format(time.RFC3339)
		default:
			return "it is younger than the cooldown, uploaded at " + f.Uploaded.UTC().Format(time.RFC3339)
		}
	}
}

// Metadata serves resolve.Index.
func (l live) Metadata(ctx context.Context, file *resolve.File) (*metadata.Metadata, error) {
	source, ok := file.Source.(published)
	if !ok {
		return l.known.Metadata(ctx, file)
	}
	if m := l.configured(source.project, file.Version); m != nil {
		return m, nil
	}
	m, err := l.index.Metadata(ctx, source.file, pypi.Requirements)
	if lasting, ok := errors.AsType[*pypi.UnreadableError](err); ok {
		return nil, &resolve.UnreadableError{Reason: foreign.Text(lasting.Reason)}
	}
	if err != nil {
		return nil, err
	}
	return &m.Metadata, nil
}

// configured is what the configuration says of a release's requirements, or nil.
func (r *Run) configured(project string, v pep440.Version) *metadata.Metadata {
	entry := r.entry(project, v)
	if entry == nil || entry.Requires == nil {
		return nil
	}
	m := &metadata.Metadata{Name: project, Version: v.String(), RequiresDist: []string{}}
	for _, requirement := range *entry.Requires {
		m.RequiresDist = append(m.RequiresDist, requirement.Text)
	}
	if entry.RequiresPython != nil {
		m.RequiresPython = entry.RequiresPython.String()
	}
	return m
}

func (r *Run) entry(project string, v pep440.Version) *config.Metadata {
	for i := range r.config.Metadata {
		if e := &r.config.Metadata[i]; e.Release.Key == project && e.Release.Version.Equal(v) {
			return e
		}
	}
	return nil
}

// recorded is the registry as resolutions see it: it has the releases whose requirements are known.
type recorded struct{ run *Run }

// fact is what recorded needs to find a file again.
type fact struct {
	project string
	release *registry.Release
	name    string
}

// Project serves resolve.Index.
func (f recorded) Project(_ context.Context, name string) (*resolve.Project, error) {
	project := f.run.facts[name]
	if project == nil {
		return nil, resolve.ErrNoProject
	}
	p := &resolve.Project{}
	for i := range project.Releases {
		release := &project.Releases[i]
		if !release.RequirementsKnown() && f.run.entry(name, release.Version) == nil {
			continue
		}
		for _, file := range release.AllFiles() {
			one := resolve.File{Filename: fmt.Sprintf("%s-%s-%s", name, release.Version, file.File), Version: release.Version,
				Yanked: file.Yanked.Is, YankedReason: file.Yanked.Reason, RequiresPython: *file.RequiresPython, Source: fact{name, release, file.File}}
			if file.File == registry.SdistFile {
				one.Sdist = true
			} else {
				one.Tags = file.File
			}
			p.Files = append(p.Files, one)
		}
	}
	return p, nil
}

// Metadata serves resolve.Index.
func (f recorded) Metadata(_ context.Context, file *resolve.File) (*metadata.Metadata, error) {
	source := file.Source.(fact)
	if m := f.run.configured(source.project, file.Version); m != nil {
		return m, nil
	}
	recorded := source.release.MetadataOf(source.name)
	if recorded == nil || recorded.Requires == nil {
		return nil, &resolve.UnreadableError{Reason: "its requirements were not recorded"}
	}
	m := &metadata.Metadata{Name: source.project, Version: source.release.Version.String(), RequiresDist: recorded.Requires, ProvidesExtra: recorded.Extras}
	if recorded.RequiresPython != nil {
		m.RequiresPython = *recorded.RequiresPython
	}
	return m, nil
}
