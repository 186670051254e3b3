// Package resolve finds the releases that pip 26.3 would install for a declared environment: one CPython on one
// platform, whatever machine runs the program. It needs no interpreter, builds nothing and runs nothing of anybody's.
//
// A [Universe] is what is known of an [Index], parsed once; a [Target] is an environment's view of it. Both remember, and
// any number of resolutions may share them. [Target.Resolve] answers a [Problem] with pins, a [*Conflict] or a
// [*Refusal]; [Target.Verify] says what is wrong with pins that somebody else made; [ParseRequirements] reads a
// requirements file. An answer is a function of the problem, the target and the facts of the index: neither the order
// nor the time of the index's answers matters.
//
// # The rules of pip
//
// They are pip's own, and resolvelib 1.2.1's; comments refer to them by number.
//
//  1. In each round one identifier is decided: the interpreter before all; then one of the causes of the last conflict;
//     then one that was a cause five times while it had no pin; else any. Of these the one that is demanded as a certain
//     file, pinned (== without a wildcard, ===), bounded above (<, <=, ~=, == with a wildcard), first among the roots,
//     with any operator at all; then the first by name.
//  2. `a[x]` is an identifier of its own. Its candidates demand the same file for `a`. `a[x]>=1` asks for both `a>=1` and
//     `a[x]>=1`. Roots with extras come last. Extras that a release does not provide are ignored.
//  3. Candidates are files that the target can use by their tags and by the Requires-Python on the index, whose versions
//     the combined specifiers of all demands and constraints match.
//  4. Yanked files are left out unless all that match are yanked and a clause pins (=== or == without `.*`).
//  5. Pre-releases are left out unless a clause other than != names one, or no final release matches; yanked ones count
//     as matching here. Whether a pin still meets a demand is asked with pre-releases admitted.
//  6. Order: the version, the newest first; then the best tag, source distributions last; then the build tag; then the
//     file listed later. There is one candidate a version.
//  7. An invalid Requires-Dist drops a release with all its files; metadata of another project or version drop the file.
//  8. An invalid Requires-Python excludes nothing. If only the metadata of a release exclude the target, that is a demand
//     that cannot be met, and another release is tried.
//  9. Metadata are read of no more candidates than pip reads. A digest that does not fit is fatal.
//  10. A project that the index does not have has no candidates.
//  11. After a conflict the search goes back as resolvelib does, see backjump.go.
//
// # Deviations
//
// Requirements that are URLs, and releases whose requirements cannot be known without building them, are refused where
// pip would fetch and build. Where pip ends with a traceback the release or file is passed over: a marker that cannot be
// evaluated is like an invalid Requires-Dist, a version in the metadata that is none like another one. When all that was
// demanded of `a[x]` has been forgotten, pip goes on with `a` in its place; here it stays `a[x]`. And where pip's
// answer is wrong or does not come, there is a right one: if its pins do not meet each other's demands it searches again
// with the flaw mended, and if it says that there is no solution, or does not end, the exhaustive search decides.
//
// Non-goals: interpreters other than CPython, hashes of requirements, several indexes, building.
package resolve

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

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

// Refusal says that a release would be pinned that must not be: what it requires is a URL, or nobody knows what it
// requires. Its texts are fit to be shown.
type Refusal struct {
	// Message is one sentence, Hint what could be done.
	Message, Hint string
}

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

// result gives the pins that the roots reach; what was demanded by candidates that were given up is left over. It is nil
// if a pin does not meet what another demands, or is lacking: pip forgets what a release demands when its own pin is in
// question, and does not remember it if the question turns out to be none (see forget).
func (s *search) result() *Result {
	reached := map[*node]bool{}
	pins := map[string]*Pin{}
	type claim struct {
		demand *demand
		by     *node
	}
	var queue []claim
	for i := range s.problem.roots {
		queue = append(queue, claim{&s.problem.roots[i], nil})
	}
	for ; len(queue) > 0; queue = queue[1:] {
		d, by := queue[0].demand, queue[0].by
		n := s.byIdentifier[d.on]
		switch {
		case n == nil:
			return nil
		case n.provided:
			continue
		case n.pin == nil || !d.admits(n.pin):
			return nil
		case n.interpreter != nil:
			continue
		}
		pin := pins[n.identifier.project]
		if pin == nil {
			pin = &Pin{Name: n.identifier.project, Version: n.pin.file.Version, File: n.pin.file}
			pins[pin.Name] = pin
		}
		pin.require(d, by)
		if reached[n] {
			continue
		}
		reached[n] = true
		pin.Extras = append(pin.Extras, n.identifier.extras...)
		list := n.pin.demandsOf(n.identifier)
		for i := range list {
			queue = append(queue, claim{&list[i], n})
		}
	}
	r := &Result{}
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		r.Pins = append(r.Pins, pins[name].sorted())
	}
	return r
}

// require notes who asks for the pin. That extras demand their own project says nothing.
func (p *Pin) require(d *demand, by *node) {
	if d.source == nil {
		return
	}
	r := Requirer{Requirement: d.source.text}
	if by != nil {
		r.Name, r.Version = by.identifier.project, by.pin.file.Version
	}
	p.RequiredBy = append(p.RequiredBy, r)
}

func (p *Pin) sorted() Pin {
	slices.Sort(p.Extras)
	p.Extras = slices.Compact(p.Extras)
	slices.SortFunc(p.RequiredBy, Requirer.compare)
	p.RequiredBy = slices.CompactFunc(p.RequiredBy, func(a, b Requirer) bool { return a.compare(b) == 0 })
	return *p
}

func (r Requirer) compare(s Requirer) int {
	return cmp.Or(cmp.Compare(r.Name, s.Name), r.Version.Compare(s.Version), cmp.Compare(r.Requirement, s.Requirement))
}
