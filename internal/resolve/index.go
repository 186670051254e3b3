package resolve

import (
	"context"
	"errors"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/wheel"
)

// Index is the world as a resolution sees it. Its methods may block and are called by many goroutines at once.
//
// Answers are facts: however often and in whatever order a [Universe] asks, it must get the same ones, and it asks for
// each only once unless the answer was an error that may pass. An error that is none of those named below ends the
// resolution and is handed up with the place where it struck; so is content whose digest is not what was promised.
type Index interface {
	// Project gives the files of the project with a normalised name. [ErrNoProject] says that there is none, which is no
	// failure: the project has no candidates then.
	Project(ctx context.Context, name string) (*Project, error)
	// Metadata gives the core metadata of one of the files that Project gave, by the pointer into its list. An
	// [*UnreadableError] says that they will never be known, which matters only where the file would be pinned.
	Metadata(ctx context.Context, file *File) (*metadata.Metadata, error)
}

// ErrNoProject says that the index has no project of a name.
var ErrNoProject = errors.New("no such project")

// UnreadableError says why the requirements of a file cannot be known.
type UnreadableError struct{ Reason string }

// Error is the reason.
func (e *UnreadableError) Error() string { return e.Reason }

// Project is the page of one project. A Universe keeps it; it must not change.
type Project struct {
	// Files are the wheels and source distributions in the order of the page, each once. Files whose names are invalid or
	// speak of another project are not among them.
	Files []File
}

// File is a wheel or a source distribution as the page of its project describes it. Its address is its identity.
type File struct {
	Filename string
	Version  pep440.Version
	// Sdist says that the file is a source distribution; SdistPython names the only Python line that it is for (`3.9`),
	// usually none.
	Sdist       bool
	SdistPython string
	// Tags is the compressed tag set of a wheel, Build its build tag.
	Tags  string
	Build wheel.Build
	// RequiresPython is a stranger's text; an invalid one excludes nothing.
	RequiresPython string
	// Yanked as PEP 592 says; the reason may be empty.
	Yanked       bool
	YankedReason string
	// Hidden is empty, or says why the file must not be seen: too young, held. Such a file is never a candidate; it is
	// there only so that a conflict can name it.
	Hidden string
	// Source is the index's own: what it needs to find the file again.
	Source any
}
