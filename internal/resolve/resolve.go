package resolve

import (
	"context"
	"errors"

	"toxgen/internal/pep440"
)

// Result is a solution.
type Result struct {
	// Pins are sorted by name.
	Pins []Pin
}

// Pin is a release that was chosen.
type Pin struct {
	// Name is normalised.
	Name    string
	Version pep440.Version
	// File is what pip would take on the target.
	File *File
	// Extras are those that are asked for, sorted.
	Extras []string
	// RequiredBy says who asks for it, sorted.
	RequiredBy []Requirer
}

// Requirer is who asks for a release, and how.
type Requirer struct {
	// Name and Version are those of a pin; Name is empty for a root.
	Name    string
	Version pep440.Version
	// Requirement is the text, by a stranger unless it is a root's.
	Requirement string
}

// Resolve finds the releases that meet a problem's roots on the target, and all that these require: the ones that pip
// would install. If there are none the error is a [*Conflict]; if one would be pinned whose requirements are
// unknown or a URL, it is a [*Refusal].
func (t *Target) Resolve(ctx context.Context, p *Problem) (*Result, error) {
	c, err := t.compile(p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	c.ahead = newAhead(c, t.universe.readAhead)
	defer c.ahead.wait()
	defer cancel()
	s := newSearch(c)
	how, err := s.run(ctx)
	if err == nil && how == solved {
		if r := s.result(); r != nil {
			return r, nil
		}
		s = newSearch(c)
		s.careful = true
		how, err = s.run(ctx)
	}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, s.refused(ctx, refusal)
	case err != nil:
		return nil, err
	case how == solved:
		return s.result(), nil
	default:
		return s.conclude(ctx, how)
	}
}
