package resolve

import (
	"context"
	"errors"
	"strings"
)

// Conflict says that no releases meet the roots of a problem, and why. Its texts are fit to be shown.
type Conflict struct {
	// Message is one sentence.
	Message string
	// Detail is the reasons, one a line: of each project on which demands clash who makes them and through which chain from
	// a root, which releases there are and which rule takes others away; and what was tried in vain.
	Detail []string
	// Hint is what could be changed; it may be empty.
	Hint string
}

// Error is the message and the details.
func (c *Conflict) Error() string {
	return strings.Join(append([]string{c.Message}, c.Detail...), "\n  ")
}

// conclude is what follows if pip's search found nothing: a solution that it overlooked, or the conflict.
func (s *search) conclude(ctx context.Context, how outcome) (*Result, error) {
	x := newExhaust(s.problem)
	proof, err := x.run(ctx)
	switch {
	case errors.Is(err, errAllowance):
		return nil, s.undecided(how)
	case err != nil:
		return nil, err
	case proof == nil:
		return x.result(), nil
	default:
		e := newExplanation(s.problem)
		e.collect(proof)
		return nil, e.conflict()
	}
}

// refused is what follows if pip's search came to something that must not be pinned: that, or the conflict that drove it
// there if there is no solution without it.
func (s *search) refused(ctx context.Context, r *Refusal) error {
	x := newExhaust(s.problem)
	proof, err := x.run(ctx)
	if err != nil || proof == nil {
		return r
	}
	e := newExplanation(s.problem)
	if e.collect(proof); len(e.clashes) == 0 {
		return r
	}
	return e.conflict()
}

// undecided is what can be said without a proof: the last conflict of pip's search, if there was a last one.
func (s *search) undecided(how outcome) *Conflict {
	if how == tooDeep {
		return &Conflict{
			Message: "no answer was found: too many releases can be combined, and most of them conflict late",
			Hint:    "bound more of the projects that are required",
		}
	}
	e := newExplanation(s.problem)
	for _, d := range s.failed.conflicts {
		for ; d != nil; d = d.earlier {
			a := asked{demand: d.demand}
			if d.parent != nil {
				a.maker = &decision{choice: choice{d.parent, d.candidate}}
			}
			e.clash(d.on, []asked{a})
		}
	}
	return e.conflict()
}
