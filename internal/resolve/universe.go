package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"toxgen/internal/display"
	"toxgen/internal/memo"
	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
)

// Universe holds what is known of an index, parsed once and shared by all resolutions. It only grows.
type Universe struct {
	*texts
	steps     atomic.Int64
	index     Index
	readAhead int
	targets   sync.Map // python.Target to *Target
	projects  memo.Map[string, *project]
	releases  memo.Map[*File, *facts]
}

// texts holds what texts mean, which is the same in every index.
type texts struct {
	identifiers  sync.Map // name to *identifier
	requirements sync.Map // text to *parsed
	clauses      sync.Map // text of specifiers to *clauses
}

// NewUniverse returns a Universe that knows nothing yet. Each resolution may ask the index up to readAhead questions
// in advance at a time. If readAhead is 0, it asks one question after another, and only those whose answers it needs.
func NewUniverse(index Index, readAhead int) *Universe {
	return &Universe{texts: &texts{}, index: index, readAhead: readAhead}
}

// Over returns a Universe of another index, with the same readAhead, that parses no text again which this one parsed: the
// facts of two rounds of a settlement differ in a few lines.
func (u *Universe) Over(index Index) *Universe {
	return &Universe{texts: u.texts, index: index, readAhead: u.readAhead}
}

// Steps returns the steps that the resolutions that have ended took.
func (u *Universe) Steps() int64 { return u.steps.Load() }

// Target returns the universe's only Target of an interpreter on its platform.
func (u *Universe) Target(p python.Target) *Target {
	if known, found := u.targets.Load(p); found {
		return known.(*Target)
	}
	known, _ := u.targets.LoadOrStore(p, newTarget(u, p))
	return known.(*Target)
}

// project is the page of a project.
type project struct {
	name string
	// missing is set if the index does not have the project.
	missing bool
	page    *Project
	// files are those of each release that was looked at.
	files []atomic.Pointer[[]File]
	// places are the positions of the first file of each release among all files.
	places []int
}

func newProject(name string, page *Project) *project {
	p := &project{name: name, page: page, files: make([]atomic.Pointer[[]File], len(page.Releases)), places: make([]int, len(page.Releases))}
	place := 0
	for i := range page.Releases {
		p.places[i] = place
		place += page.Releases[i].Count
	}
	return p
}

// filesOf returns the files of the i-th release: always the same, since files are compared by their addresses.
func (p *project) filesOf(i int) []File {
	if known := p.files[i].Load(); known != nil {
		return *known
	}
	files := p.page.Files(i)
	p.files[i].CompareAndSwap(nil, &files)
	return *p.files[i].Load()
}

// project returns the page of a project. A requirement may have a name, such as `b_`, that no project can have: its normal
// form ends with a dash. The index does not have such a project, and is not asked.
func (u *Universe) project(ctx context.Context, name string) (*project, error) {
	return u.projects.Get(ctx, name, func() (*project, error) {
		if !pep508.IsNormalizedName(name) {
			return &project{name: name, missing: true, page: &Project{}}, nil
		}
		page, err := u.index.Project(ctx, name)
		if errors.Is(err, ErrNoProject) {
			return &project{name: name, missing: true, page: &Project{}}, nil
		}
		if err != nil {
			return nil, err
		}
		return newProject(name, page), nil
	})
}

// facts are the parsed metadata of a file.
type facts struct {
	defect defect
	reason string // the defect in words
	// stated is the number of requirements that were read, which may be without use.
	stated int

	requirements []*requirement
	// python is the Requires-Python, or nil if it excludes nothing.
	python *pep440.Specifiers
	extras []string
}

// defect is what is wrong with metadata.
type defect int

const (
	sound defect = iota
	// badFile: the metadata are of another project or version, or the index hides them. The file is passed over; the
	// other files of the release stay candidates.
	badFile
	// badRelease: a requirement or a marker is invalid. The release is passed over with all its files (rule 7).
	badRelease
	// unreadable: the requirements cannot be known. The file stays a candidate, because pip would build it, but to
	// pin it is refused.
	unreadable
)

// Metadata beyond these limits are not read: no honest project comes near them, and some work grows with the square of
// these numbers. Of the releases that were recorded for the reference configuration none has more than 300 requirements,
// 60 extras or 10 comparisons in a marker.
const (
	maximumRequirements = 5_000
	maximumComparisons  = 500
)

// facts returns the facts of a file.
func (u *Universe) facts(ctx context.Context, project string, file *File) (*facts, error) {
	return u.releases.Get(ctx, file, func() (*facts, error) {
		m, err := u.index.Metadata(ctx, file)
		var lasting *UnreadableError
		var hidden *HiddenError
		switch {
		case errors.As(err, &lasting):
			return &facts{defect: unreadable, reason: lasting.Reason}, nil
		case errors.As(err, &hidden):
			return &facts{defect: badFile, reason: hidden.Reason}, nil
		case err != nil:
			return nil, err
		}
		return u.parse(project, file, m), nil
	})
}

func (u *Universe) parse(project string, file *File, m *metadata.Metadata) *facts {
	version, err := pep440.Parse(m.Version)
	if pep508.NormalizeName(m.Name) != project || err != nil || !version.Equal(file.Version) {
		named := display.Cut(strings.TrimSpace(m.Name + " " + m.Version))
		return &facts{defect: badFile, reason: fmt.Sprintf("the metadata of %s are those of `%s`", file.Filename, named)}
	}
	if n := max(len(m.RequiresDist), len(m.ProvidesExtra)); n > maximumRequirements {
		return &facts{defect: unreadable, reason: fmt.Sprintf("its metadata state %d requirements or extras, and more than %d are not read", n, maximumRequirements)}
	}
	f := &facts{extras: normalizedExtras(m.ProvidesExtra), stated: len(m.RequiresDist)}
	for _, text := range m.RequiresDist {
		r, err := u.requirement(text)
		if err != nil {
			return &facts{defect: badRelease, stated: f.stated, reason: "invalid Requires-Dist: " + display.Cut(err.Error())}
		}
		if n := r.marker.Comparisons(); n > maximumComparisons {
			return &facts{defect: unreadable, stated: f.stated,
				reason: fmt.Sprintf("one of its markers has %d comparisons, and more than %d are not read", n, maximumComparisons)}
		}
		f.requirements = append(f.requirements, r)
	}
	// An invalid Requires-Python excludes nothing (rule 8).
	if python, err := pep440.ParseSpecifiers(m.RequiresPython); err == nil && !python.IsEmpty() {
		f.python = &python
	}
	return f
}
