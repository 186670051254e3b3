package resolve

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/foreign"
	"toxgen/internal/pep440"
)

// FaultKind says what is wrong with a set of pins.
type FaultKind int

const (
	// Missing: something is required and has no pin.
	Missing FaultKind = iota
	// Unmet: a pin is not what a requirement or a constraint asks for.
	Unmet
	// Unusable: no file of a pin can be installed on the target.
	Unusable
	// Unknown: the index does not have the release, or not what it requires.
	Unknown
	// Superfluous: nothing requires a pin. Without it the others are as good as before.
	Superfluous
	// Yanked: what pip would take of a pin is yanked. It takes it nevertheless.
	Yanked
)

// Fault is one thing that is wrong with pins.
type Fault struct {
	Kind FaultKind
	// Name is the project, normalised.
	Name string
	// Message is one sentence, fit to be shown.
	Message string
}

// Verify says what is wrong with pins, given by normalised name, as an answer to a problem: whether its roots and
// constraints are met, whether they are closed, whether the target can install each of them, and whether something is
// superfluous. It asks the index for the pinned releases only, so an index that has nothing else will do, and shares
// nothing with the search but how releases are read. Preferences do not matter. The faults are sorted by name.
func (t *Target) Verify(ctx context.Context, p *Problem, pins map[string]pep440.Version) ([]Fault, error) {
	c, err := t.compile(p)
	if err != nil {
		return nil, err
	}
	v := &verification{compiled: c, pins: pins, chosen: map[string]*candidate{}, visited: map[*identifier]bool{}}
	for i := range c.roots {
		v.queue = append(v.queue, claim{&c.roots[i], "it is required directly"})
	}
	for len(v.queue) > 0 {
		next := v.queue[0]
		v.queue = v.queue[1:]
		if err := v.check(ctx, next); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		if _, required := v.chosen[name]; !required {
			v.fault(Superfluous, name, "nothing requires %s", foreign.Text(name))
		}
	}
	slices.SortFunc(v.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(v.faults), nil
}

type verification struct {
	*compiled
	pins map[string]pep440.Version
	// chosen are the files of the pins that are required; nil if there is none.
	chosen  map[string]*candidate
	visited map[*identifier]bool
	queue   []claim
	faults  []Fault
}

// claim is a demand and who makes it.
type claim struct {
	demand *demand
	by     string
}

func (v *verification) fault(kind FaultKind, name, format string, args ...any) {
	v.faults = append(v.faults, Fault{kind, name, fmt.Sprintf(format, args...)})
}

// check looks whether the pins meet a demand, and follows what these demand.
func (v *verification) check(ctx context.Context, made claim) error {
	d := made.demand
	name := d.on.project
	if v.provided[name] {
		return nil
	}
	if d.source != nil && d.source.url != "" {
		v.fault(Unmet, name, "%s (%s) is a URL, which no pin meets", d, made.by)
		return nil
	}
	version, pinned := v.pins[name]
	if !pinned {
		v.fault(Missing, name, "%s has no pin (%s)", d, made.by)
		return nil
	}
	if !d.admitsVersion(version) {
		v.fault(Unmet, name, "%s %s is pinned, not %s (%s)", foreign.Text(name), version, d, made.by)
	}
	c, err := v.choose(ctx, name, version)
	if c == nil || err != nil || v.visited[d.on] {
		return err
	}
	v.visited[d.on] = true
	by := fmt.Sprintf("%s %s requires it", foreign.Text(d.on.name), version)
	list := c.demandsOf(d.on)
	for i := range list {
		switch {
		case list[i].on != pythonIdentifier:
			v.queue = append(v.queue, claim{&list[i], by})
		case !list[i].met:
			v.fault(Unusable, name, "%s %s needs %s, and this is %s", foreign.Text(name), version, &list[i], v.target.python.Install())
		}
	}
	return nil
}

// choose gives the file of a pin that pip would take, nil with a fault if there is none. It does so once.
func (v *verification) choose(ctx context.Context, name string, version pep440.Version) (*candidate, error) {
	if c, known := v.chosen[name]; known {
		return c, nil
	}
	v.chosen[name] = nil
	for i, constraint := range v.constraints[name] {
		if !constraint.Match(version) {
			v.fault(Unmet, name, "%s %s is pinned, not %s as constrained", foreign.Text(name), version, v.constrained[name][i])
		}
	}
	pool, err := v.target.pool(ctx, name)
	if err != nil {
		return nil, err
	}
	i, found := pool.release(version)
	if !found {
		v.fault(Unknown, name, "there are no facts about %s %s", foreign.Text(name), version)
		return nil, nil
	}
	c, removal, err := pool.install(ctx, i)
	switch {
	case err != nil:
		return nil, err
	case c == nil && removal.rule == badMetadata:
		v.fault(Unknown, name, "%s %s: %s", foreign.Text(name), version, removal.reason)
	case c == nil:
		v.fault(Unusable, name, "%s %s: %s", foreign.Text(name), version, removal.reason)
	case c.file.Yanked:
		v.fault(Yanked, name, "%s %s is %s", foreign.Text(name), version, removal.reason)
	}
	v.chosen[name] = c
	return c, nil
}

// install gives the file that pip takes if it is told to install exactly the i-th release: the best that is not yanked,
// else the best. The removal says what is wrong with it, or with all.
func (p *pool) install(ctx context.Context, i int) (*candidate, removal, error) {
	list := p.candidates(i)
	if len(list) == 0 {
		return nil, p.unsuitable(i), nil
	}
	var why removal
	for _, yankedToo := range [...]bool{false, true} {
		for _, c := range list {
			if c.file.Yanked != yankedToo {
				continue
			}
			k, err := c.know(ctx)
			switch {
			case err != nil:
				return nil, removal{}, err
			case k.fault == sound:
				return c, c.yanked(), nil
			}
			why = removal{badMetadata, foreign.Text(k.reason)}
			if k.fault != inconsistent {
				return nil, why, nil
			}
		}
	}
	return nil, why, nil
}

// Install gives the file that pip takes if it is told to install exactly a version of a project. If there is none
// that the target can use and read, the reason is the error.
func (t *Target) Install(ctx context.Context, name string, version pep440.Version) (*File, error) {
	pool, err := t.pool(ctx, name)
	if err != nil {
		return nil, err
	}
	i, found := pool.release(version)
	if !found {
		return nil, fmt.Errorf("the index does not have %s %s", foreign.Text(name), version)
	}
	c, removal, err := pool.install(ctx, i)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, fmt.Errorf("%s %s: %s", foreign.Text(name), version, removal.reason)
	}
	return c.file, nil
}
