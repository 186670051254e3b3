package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"toxgen/internal/foreign"
	"toxgen/internal/memo"
	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// Universe is what is known of an index, parsed once and shared by all resolutions. It grows and never forgets.
type Universe struct {
	index        Index
	readAhead    int
	targets      sync.Map // targetKey to *Target
	projects     memo.Map[string, *project]
	releases     memo.Map[*File, *facts]
	identifiers  sync.Map // name to *identifier
	requirements sync.Map // text to *parsed
}

// NewUniverse knows nothing yet. Each resolution may have as many questions open at the index that it has not come to
// yet as readAhead says; with 0 it asks for one thing after the other, and only for what it needs.
func NewUniverse(index Index, readAhead int) *Universe {
	return &Universe{index: index, readAhead: readAhead}
}

type targetKey struct {
	python   python.Version
	platform python.Platform
}

// Target is the universe as one interpreter on one platform sees it. There is one for each.
func (u *Universe) Target(p python.Version, platform python.Platform) *Target {
	key := targetKey{p, platform}
	if known, found := u.targets.Load(key); found {
		return known.(*Target)
	}
	known, _ := u.targets.LoadOrStore(key, newTarget(u, p, platform))
	return known.(*Target)
}

// project is a page, sorted.
type project struct {
	name string
	// missing says that the index has no such project.
	missing  bool
	files    []File
	releases []release
}

// release is the files of one version, by their places on the page, in that order. Texts that mean the same version
// are one release; mixed says that there are several.
type release struct {
	version pep440.Version
	mixed   bool
	places  []int
}

// project reads the page of a project.
func (u *Universe) project(ctx context.Context, name string) (*project, error) {
	return u.projects.Get(ctx, name, func() (*project, error) {
		page, err := u.index.Project(ctx, name)
		if errors.Is(err, ErrNoProject) {
			return &project{name: name, missing: true}, nil
		}
		if err != nil {
			return nil, err
		}
		return &project{name: name, files: page.Files, releases: releasesOf(page.Files)}, nil
	})
}

// releasesOf groups files by version, the newest first.
func releasesOf(files []File) []release {
	places := make([]int, len(files))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int { return files[j].Version.Compare(files[i].Version) })
	var releases []release
	for from, to := 0, 0; from < len(places); from = to {
		r := release{version: files[places[from]].Version}
		for ; to < len(places) && files[places[to]].Version.Equal(r.version); to++ {
			r.mixed = r.mixed || files[places[to]].Version.String() != r.version.String()
		}
		r.places = places[from:to:to]
		releases = append(releases, r)
	}
	return releases
}

// facts are what the metadata of a file say, parsed.
type facts struct {
	fault  fault
	reason string // why there is a fault, in words

	requirements []*requirement
	// python is what Requires-Python asks for, nil if it asks for nothing.
	python *pep440.Specifiers
	extras []string
}

// fault says what is wrong with metadata.
type fault int

const (
	sound fault = iota
	// inconsistent: they speak of another project or version. The file is passed over, others of the release stay.
	inconsistent
	// invalid: a requirement cannot be read. The release is passed over with all its files (rule 7).
	invalid
	// unreadable: nobody knows the requirements. The file stays a candidate, as it is pip's, which would build it; to pin
	// it is refused.
	unreadable
)

// facts reads the metadata of a file.
func (u *Universe) facts(ctx context.Context, project string, file *File) (*facts, error) {
	return u.releases.Get(ctx, file, func() (*facts, error) {
		m, err := u.index.Metadata(ctx, file)
		var lasting *UnreadableError
		if errors.As(err, &lasting) {
			return &facts{fault: unreadable, reason: lasting.Reason}, nil
		}
		if err != nil {
			return nil, err
		}
		return u.parse(project, file, m), nil
	})
}

func (u *Universe) parse(project string, file *File, m *metadata.Metadata) *facts {
	version, err := pep440.Parse(m.Version)
	if pep508.NormalizeName(m.Name) != project || err != nil || !version.Equal(file.Version) {
		said := foreign.Text(strings.TrimSpace(m.Name + " " + m.Version))
		return &facts{fault: inconsistent, reason: fmt.Sprintf("the metadata of %s are those of `%s`", foreign.Text(file.Filename), said)}
	}
	f := &facts{extras: normalizedExtras(m.ProvidesExtra)}
	for _, text := range m.RequiresDist {
		r, err := u.requirement(text)
		if err != nil {
			return &facts{fault: invalid, reason: "invalid Requires-Dist: " + foreign.Text(err.Error())}
		}
		f.requirements = append(f.requirements, r)
	}
	// An invalid Requires-Python excludes nothing (rule 8).
	if python, err := pep440.ParseSpecifiers(m.RequiresPython); err == nil && !python.IsEmpty() {
		f.python = &python
	}
	return f
}
