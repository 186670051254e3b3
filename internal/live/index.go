package live

import (
	"context"

	"toxgen/internal/lock"
	"toxgen/internal/pypi"
)

// Index is the package index, as far as a run asks it. *pypi.Client is one.
type Index interface {
	Project(ctx context.Context, name string) (*pypi.Project, error)
	Metadata(ctx context.Context, file *pypi.File, need pypi.Need) (*pypi.Metadata, error)
	Stats() pypi.Stats
}

// None is the index of a run that asks none: every answer is lock.ErrNotAsked.
type None struct{}

// Project serves Index.
func (None) Project(context.Context, string) (*pypi.Project, error) { return nil, lock.ErrNotAsked }

// Metadata serves Index.
func (None) Metadata(context.Context, *pypi.File, pypi.Need) (*pypi.Metadata, error) {
	return nil, lock.ErrNotAsked
}

// Stats serves Index.
func (None) Stats() pypi.Stats { return pypi.Stats{} }
