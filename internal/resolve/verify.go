package resolve

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/pep440"
)

// FaultKind is the kind of a fault in a set of pins.
type FaultKind int

const (
	// Missing: a requirement has no pin.
	Missing FaultKind = iota
	// Unmet: a pin does not meet a requirement or a constraint.
	Unmet
	// Unusable: the target cannot install any file of a pin.
	Unusable
	// Unknown: the index does not have the release, or not its requirements.
	Unknown
	// Superfluous: nothing requires the pin. The other pins do not need it.
	Superfluous
	// Yanked: the file that pip would install is yanked. Pip installs it nevertheless, because it is pinned.
	Yanked
)

// Fault is something wrong in a set of pins.
type Fault struct {
	Kind FaultKind
	// Name is the project, normalised.
	Name string
	// Message is one sentence and can be shown as it is.
	Message string
	// Requirement is what a pin does not meet, with its origin: `click<8 (flask 1.1.4 requires it)`, `click<8 (toxgen.yaml:7)`. It
	// is empty if Kind is not Unmet, or if no pin can meet it.
	Requirement string
}

// Verify returns what is wrong with pins, by normalised name, as the answer to a problem. It checks that the pins
// meet the roots and the constraints, that they meet each other's requirements, that the target can install each of
// them, and that none is superfluous. Preferences are ignored. Verify asks the index for the pinned releases only, so
// an index that has nothing else suffices. It shares with the search only how releases are read. The faults are
// sorted by name.
func (t *Target) Verify(ctx context.Context, p *Problem, pins map[string]pep440.Version) ([]Fault, error) {
	v, err := t.walk(ctx, p, pins, nil)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		if _, required := v.chosen[name]; !required {
			v.report(Superfluous, name, "nothing requires %s", name)
		}
	}
	slices.SortFunc(v.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(v.faults), nil
}

// Result returns pins in which Verify finds no fault as the result that Resolve would have returned them in, with what
// requires each. It takes no search. What is said of pins that have faults is incomplete.
func (t *Target) Result(ctx context.Context, p *Problem, pins map[string]pep440.Version) (*Result, error) {
	found := map[string]*Pin{}
	if _, err := t.walk(ctx, p, pins, found); err != nil {
		return nil, err
	}
	r := &Result{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		r.Pins = append(r.Pins, found[name].sorted())
	}
	return r, nil
}

// walk follows the requirements from the roots of a problem through pins. If found is not nil, it puts into it what it
// finds of each pin.
func (t *Target) walk(ctx context.Context, p *Problem, pins map[string]pep440.Version, found map[string]*Pin) (*verification, error) {
	c, err := t.compile(p)
	if err != nil {
		return nil, err
	}
	v := &verification{compiled: c, pins: pins, chosen: map[string]*candidate{}, visited: map[*identifier]bool{}, found: found}
	for i := range c.roots {
		v.queue = append(v.queue, claim{demand: &c.roots[i]})
	}
	for len(v.queue) > 0 {
		next := v.queue[0]
		v.queue = v.queue[1:]
		if err := v.check(ctx, next); err != nil {
			return nil, err
		}
	}
	return v, nil
}

type verification struct {
	*compiled
	pins map[string]pep440.Version
	// chosen are the files of the pins that are required; an entry is nil if there is no such file.
	chosen  map[string]*candidate
	visited map[*identifier]bool
	queue   []claim
	faults  []Fault
	// found holds what was found of each pin, unless it is nil.
	found map[string]*Pin
}

// claim is a demand and the pin that makes it; by is nil for a root.
type claim struct {
	demand  *demand
	by      *identifier
	version pep440.Version
}

// maker returns who makes the claim, in words.
func (c claim) maker() string {
	if c.by == nil {
		return "it is required directly"
	}
	return fmt.Sprintf("%s %s requires it", c.by.name, c.version)
}

// origin returns who makes the claim, with the place of a root.
func (c claim) origin() string {
	if c.by == nil && c.demand.root != nil && c.demand.root.Origin != "" {
		return c.demand.root.Origin
	}
	return c.maker()
}

func (v *verification) report(kind FaultKind, name, format string, args ...any) {
	v.faults = append(v.faults, Fault{Kind: kind, Name: name, Message: fmt.Sprintf(format, args...)})
}

// reportUnmet reports that a pin does not meet a requirement. maker and origin say in words where it comes from.
func (v *verification) reportUnmet(name string, version pep440.Version, requirement, maker, origin string) {
	v.faults = append(v.faults, Fault{Unmet, name, fmt.Sprintf("%s %s is pinned, not %s %s", name, version, requirement, maker), requirement + " " + origin})
}

// check checks whether the pins meet a demand, and adds the demands of the pin to the queue.
func (v *verification) check(ctx context.Context, made claim) error {
	d := made.demand
	name := d.on.project
	if d.source != nil && d.source.url != "" {
		v.report(Unmet, name, "%s (%s) is a URL, which no pin meets", d, made.maker())
		return nil
	}
	version, pinned := v.pins[name]
	if !pinned {
		v.report(Missing, name, "%s has no pin (%s)", d, made.maker())
		return nil
	}
	if !d.admitsVersion(version) {
		v.reportUnmet(name, version, d.String(), "("+made.maker()+")", "("+made.origin()+")")
	}
	c, err := v.choose(ctx, name, version)
	if c == nil || err != nil {
		return err
	}
	v.note(made, c)
	if v.visited[d.on] {
		return nil
	}
	v.visited[d.on] = true
	list := v.demandsOf(c, d.on)
	for i := range list {
		switch {
		case list[i].on != pythonIdentifier:
			v.queue = append(v.queue, claim{&list[i], d.on, version})
		case !list[i].met:
			v.report(Unusable, name, "%s %s needs %s, and this is %s", name, version, &list[i], v.target.python.Install())
		}
	}
	return nil
}

// note records that a claim was made on the chosen file of a pin.
func (v *verification) note(made claim, c *candidate) {
	if v.found == nil {
		return
	}
	on := made.demand.on
	pin := v.found[on.project]
	if pin == nil {
		pin = &Pin{Name: on.project, Version: c.file.Version, File: c.file}
		v.found[on.project] = pin
	}
	if !v.visited[on] {
		pin.Extras = append(pin.Extras, on.extras...)
	}
	if made.by == nil || made.demand.root != nil { // a checkout that a release demands states it
		pin.require(made.demand, "", pep440.Version{})
	} else {
		pin.require(made.demand, made.by.project, v.chosen[made.by.project].file.Version)
	}
}

// choose returns the file of a pin that pip would install. If there is none, it reports a fault and returns nil. A
// pin's faults are reported once.
func (v *verification) choose(ctx context.Context, name string, version pep440.Version) (*candidate, error) {
	if c, known := v.chosen[name]; known {
		return c, nil
	}
	v.chosen[name] = nil
	for i, constraint := range v.constraints[name] {
		if !constraint.Match(version) {
			v.reportUnmet(name, version, v.constrained[name][i].String(), "as constrained", "as constrained")
		}
	}
	pool, err := v.target.pool(ctx, name)
	if err != nil {
		return nil, err
	}
	i, found := pool.release(version)
	if !found {
		v.report(Unknown, name, "there are no facts about %s %s", name, version)
		return nil, nil
	}
	c, removal, err := pool.install(ctx, i)
	switch {
	case err != nil:
		return nil, err
	case c == nil && removal.rule == ruleMetadata:
		v.report(Unknown, name, "%s %s: %s", name, version, removal.reason)
	case c == nil:
		v.report(Unusable, name, "%s %s: %s", name, version, removal.reason)
	case c.file.Yanked:
		v.report(Yanked, name, "%s %s is %s", name, version, removal.reason)
	}
	v.chosen[name] = c
	return c, nil
}

// install returns the file that pip installs if exactly the i-th release is demanded: the best that is not yanked,
// else the best. The removal is what is wrong with that file, or, if there is no file, with the release.
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
			case k.defect == sound:
				return c, c.yanked(), nil
			}
			why = removal{ruleMetadata, k.reason}
			if k.defect != badFile {
				return nil, why, nil
			}
		}
	}
	return nil, why, nil
}

// Install returns the file that pip installs if exactly this version of a project is demanded. If the target cannot
// use any file of it, the error is a *NoFileError; if its metadata are unusable, another one that gives the reason.
func (t *Target) Install(ctx context.Context, name string, version pep440.Version) (*File, error) {
	pool, err := t.pool(ctx, name)
	if err != nil {
		return nil, err
	}
	i, found := pool.release(version)
	if !found {
		return nil, fmt.Errorf("the index does not have %s %s", name, version)
	}
	c, removal, err := pool.install(ctx, i)
	if err != nil {
		return nil, err
	}
	switch {
	case c != nil:
		return c.file, nil
	case removal.rule == ruleMetadata:
		return nil, fmt.Errorf("%s %s: %s", name, version, removal.reason)
	default:
		return nil, &NoFileError{fmt.Sprintf("%s %s: %s", name, version, removal.reason)}
	}
}

// A NoFileError is the error of a release that has no file for a target.
type NoFileError struct{ reason string }

// Error returns the reason.
func (e *NoFileError) Error() string { return e.reason }
