package lock

import (
	"context"
	"fmt"
	"sync"

	"toxgen/internal/config"
	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// Recorded returns the registry as an index of the resolver: it has the releases whose requirements are known. The
// facts must not change afterwards.
func Recorded(c *config.Config, facts registry.Facts) resolve.Index {
	return recorded{c, facts, &sync.Map{}}
}

type recorded struct {
	config *config.Config
	facts  registry.Facts
	// pages holds the pages made so far, by the *registry.Project of each.
	pages *sync.Map
}

// RecordedFile is the source of a file that stands in the registry.
type RecordedFile struct {
	Project string
	Release *registry.Release
	// File is the file's name in the registry.
	File string
}

// Project serves resolve.Index.
func (r recorded) Project(_ context.Context, name string) (*resolve.Project, error) {
	project := r.facts[name]
	if project == nil {
		return nil, resolve.ErrNoProject
	}
	if known, found := r.pages.Load(project); found {
		return known.(*resolve.Project), nil
	}
	var files []resolve.File
	for i := range project.Releases {
		release := &project.Releases[i]
		if release.RequirementsKnown() || Stated(r.config, name, release.Version) != nil {
			files = append(files, RecordedFiles(name, release)...)
		}
	}
	p := resolve.NewProject(files)
	r.pages.Store(project, p)
	return p, nil
}

// RecordedFiles returns the files of a release as the registry has them.
func RecordedFiles(project string, release *registry.Release) []resolve.File {
	var files []resolve.File
	for _, file := range release.AllFiles() {
		one := resolve.File{Filename: fmt.Sprintf("%s-%s-%s", project, release.Version, file.File), Version: release.Version,
			Yanked: file.Yanked.Is, YankedReason: file.Yanked.Reason, RequiresPython: *file.RequiresPython,
			Source: RecordedFile{project, release, file.File}}
		if file.File == registry.SdistFile {
			one.Sdist = true
		} else {
			one.Tags = file.File
		}
		files = append(files, one)
	}
	return files
}

// Metadata serves resolve.Index.
func (r recorded) Metadata(_ context.Context, file *resolve.File) (*metadata.Metadata, error) {
	return RecordedMetadata(r.config, file.Source.(RecordedFile))
}

// RecordedMetadata returns what the registry has of a file's metadata, or the configuration in its place.
func RecordedMetadata(c *config.Config, file RecordedFile) (*metadata.Metadata, error) {
	if m := Stated(c, file.Project, file.Release.Version); m != nil {
		return m, nil
	}
	known := file.Release.MetadataOf(file.File)
	if known == nil || known.Requirements == nil {
		return nil, &resolve.UnreadableError{Reason: "its requirements were not recorded"}
	}
	m := &metadata.Metadata{Name: file.Project, Version: file.Release.Version.String(),
		RequiresDist: known.Requirements.Dist, ProvidesExtra: known.Requirements.Extras}
	if known.Requirements.Python != nil {
		m.RequiresPython = *known.Requirements.Python
	}
	return m, nil
}

// Stated returns the requirements that the configuration states for a release, or nil if it does not.
func Stated(c *config.Config, project string, v pep440.Version) *metadata.Metadata {
	if c == nil {
		return nil
	}
	for i := range c.Metadata {
		entry := &c.Metadata[i]
		if entry.Release.Key != project || !entry.Release.Version.Equal(v) || entry.Requires == nil {
			continue
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
	return nil
}
