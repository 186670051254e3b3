package resolve

import (
	"context"
	"errors"
	"slices"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/wheel"
)

// Index is the package index as a resolution sees it. Its methods may block, and many goroutines call them at once.
//
// Answers are facts: a [Universe] must get the same answers however often and in whatever order it asks. It asks each
// question once unless the answer was a temporary error. Any error other than those named below is temporary, a digest
// that does not match included: it ends the resolution and is returned with the requirement that led to it.
type Index interface {
	// Project returns the releases of the project with a normalised name, or [ErrNoProject] if the index does not have
	// it, which is no failure: the project then has no candidates.
	Project(ctx context.Context, name string) (*Project, error)
	// Metadata returns the core metadata of a file, which is a pointer into a list that Files of its project returned.
	//
	// Two errors are facts. An [*UnreadableError] means that the metadata will never be known: the file stays a
	// candidate, as it is one for pip, and the resolution is refused if the file would be pinned. A [*HiddenError] means
	// that the file must not be used: it is passed over like a file with metadata of another version, and the other
	// files of its release stay candidates. An index that knows this beforehand sets Hidden of the file.
	Metadata(ctx context.Context, file *File) (*metadata.Metadata, error)
}

// ErrNoProject is the error for a project that the index does not have.
var ErrNoProject = errors.New("no such project")

// UnreadableError is the error for a file whose requirements cannot be known.
type UnreadableError struct{ Reason string }

// Error returns the reason.
func (e *UnreadableError) Error() string { return e.Reason }

// HiddenError is the error for a file that must not be used, where the index learns this only with the metadata.
type HiddenError struct{ Reason string }

// Error returns the reason.
func (e *HiddenError) Error() string { return e.Reason }

// Project is the page of one project. A Universe keeps it; it must not change.
type Project struct {
	// Releases are the releases, the newest first, each once.
	Releases []Release
	// Files returns the wheels and source distributions of the i-th release in the order of the page, each once. Files with
	// invalid names or names of other projects are left out. It is called only for the releases that a search looks at: of
	// the thousands of files of a large project most never are.
	Files func(i int) []File
}

// Release is what a page lists of one version.
type Release struct {
	// Version is spelled as some of the files spell it. Mixed is set if others may spell it differently.
	Version pep440.Version
	Mixed   bool
	// RequiresPython is that of all its files, or empty if they differ or may differ. An interpreter that does not satisfy it
	// can use none of them, and they are not asked for.
	RequiresPython string
	// Count is the number of its files, or more.
	Count int
}

// NewProject returns the page that lists some files in that order. It takes over the list.
func NewProject(files []File) *Project {
	slices.SortStableFunc(files, func(a, b File) int { return b.Version.Compare(a.Version) })
	p := &Project{}
	var lists [][]File
	for from, to := 0, 0; from < len(files); from = to {
		r := Release{Version: files[from].Version, RequiresPython: files[from].RequiresPython}
		for ; to < len(files) && files[to].Version.Equal(r.Version); to++ {
			r.Mixed = r.Mixed || files[to].Version.String() != r.Version.String()
			if files[to].RequiresPython != r.RequiresPython {
				r.RequiresPython = ""
			}
		}
		r.Count = to - from
		p.Releases, lists = append(p.Releases, r), append(lists, files[from:to:to])
	}
	p.Files = func(i int) []File { return lists[i] }
	return p
}

// File is a wheel or a source distribution as the page of its project describes it. Files are compared by their
// addresses.
type File struct {
	Filename string
	Version  pep440.Version
	// Sdist is set for a source distribution. SdistPython is the only Python line (`3.9`) that it is for, or empty as
	// usual.
	Sdist       bool
	SdistPython string
	// Tags is the compressed tag set of a wheel, Build its build tag.
	Tags  string
	Build wheel.Build
	// RequiresPython is untrusted text from the index; an invalid one excludes nothing.
	RequiresPython string
	// Yanked is set as PEP 592 defines it; the reason may be empty.
	Yanked       bool
	YankedReason string
	// Hidden is the reason why the file must not be used, such as its age or a hold, or empty. A hidden file is never
	// a candidate; it is listed so that a conflict can name it.
	Hidden string
	// Source is for the index's own use, such as to find the file again.
	Source any
}
