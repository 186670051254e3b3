package resolve

import (
	"context"
	"math"
	"slices"
	"sync/atomic"

	"toxgen/internal/foreign"
)

// candidate is a file that a target can use.
type candidate struct {
	pool *pool
	file *File
	// place is the file's on the page, rank that of its best tag.
	place, rank int
	// known is what the metadata say; nil until they are asked for.
	known atomic.Pointer[knowledge]
	// extended is what the candidate demands with extras, a list of those that were asked for.
	extended atomic.Pointer[extendedDemands]
}

// sdistRank is behind every tag.
const sdistRank = math.MaxInt

// knowledge is a file's facts and what it therefore demands of others on the target.
type knowledge struct {
	*facts
	demands []demand
}

type extendedDemands struct {
	by      *identifier
	demands []demand
	next    *extendedDemands
}

// know reads the candidate's metadata.
func (c *candidate) know(ctx context.Context) (*knowledge, error) {
	if k := c.known.Load(); k != nil {
		return k, nil
	}
	t := c.pool.target
	f, err := t.universe.facts(ctx, c.pool.project.name, c.file)
	if err != nil {
		return nil, err
	}
	k := &knowledge{facts: f}
	if f.fault == sound {
		if f.python != nil {
			k.demands = append(k.demands, demand{on: pythonIdentifier, met: f.python.Match(t.version), python: f.python.String()})
		}
		if k.demands, err = t.demands(k.demands, f.requirements, []string{""}); err != nil {
			k = &knowledge{facts: &facts{fault: invalid, reason: "invalid marker: " + foreign.Text(err.Error())}}
		}
	}
	if !c.known.CompareAndSwap(nil, k) {
		k = c.known.Load()
	}
	return k, nil
}

// demands are what a release asks for beside its Requires-Python. With extras a requirement counts if its marker
// holds for one of them, so that those without a marker count again.
func (t *Target) demands(list []demand, requirements []*requirement, extras []string) ([]demand, error) {
	for _, r := range requirements {
		holds := r.marker == nil
		for _, extra := range extras {
			if holds {
				break
			}
			var err error
			if holds, err = r.marker.Evaluate(t.environment, extra); err != nil {
				return nil, err
			}
		}
		if holds {
			list = r.demands(list, nil)
		}
	}
	return list, nil
}

// demandsOf gives what a known candidate of an identifier asks for. With extras that is first of all the same file for
// the project (rule 2). Extras that the release does not provide are ignored.
func (c *candidate) demandsOf(id *identifier) []demand {
	if c.pool == nil {
		return nil // the interpreter
	}
	k := c.known.Load()
	if len(id.extras) == 0 {
		return k.demands
	}
	for {
		head := c.extended.Load()
		for e := head; e != nil; e = e.next {
			if e.by == id {
				return e.demands
			}
		}
		made := &extendedDemands{by: id, demands: c.extend(k, id), next: head}
		if c.extended.CompareAndSwap(head, made) {
			return made.demands
		}
	}
}

func (c *candidate) extend(k *knowledge, id *identifier) []demand {
	t := c.pool.target
	list := []demand{{on: t.universe.identify(id.project, nil), exact: c}}
	extras := make([]string, 0, len(id.extras))
	for _, extra := range id.extras {
		if _, provided := slices.BinarySearch(k.extras, extra); provided {
			extras = append(extras, extra)
		}
	}
	if len(extras) == 0 {
		extras = []string{""}
	}
	// What an error depends on was the same when the candidate became known.
	list, _ = t.demands(list, k.requirements, extras)
	return list
}
