// Package resolve finds the releases that pip 26.3 would install for a declared environment: one CPython on one
// platform, whatever machine runs the program. It needs no interpreter, builds nothing and executes no code of the
// releases.
//
// A [Universe] holds what is known of an [Index], parsed once; a [Target] is the view that one environment has of it.
// Both keep what they learn, and any number of resolutions may share them. [Target.Resolve] answers a [Problem] with
// pins, a [*Conflict] or a [*Refusal]; [Target.Verify] returns what is wrong with pins from elsewhere. An
// answer is a function of the problem, the target and the facts of the index: neither the order nor the time of the index's
// answers matters.
//
// # The rules of pip
//
// They are the rules of pip and of resolvelib 1.2.1; comments refer to them by number.
//
//  1. In each round one identifier is decided: the interpreter before all; then one of the causes of the last conflict;
//     then one that was a cause five times while it had no pin; then any other. Among equals, in this order: one of which
//     a certain file is demanded; one that is pinned (== without a wildcard, ===); one that is bounded above (<, <=, ~=,
//     == with a wildcard); the first among the roots; one with any operator at all; the first by name.
//  2. `a[x]` is an identifier of its own. Its candidates demand the same file for `a`. `a[x]>=1` demands both `a>=1` and
//     `a[x]>=1`. Roots with extras come last. Extras that a release does not provide are ignored.
//  3. Candidates are files that the target can use by their tags and by the Requires-Python on the index, and whose
//     versions match the combined specifiers of all demands and constraints.
//  4. Yanked files are left out unless all files that match are yanked and a clause pins (=== or == without `.*`).
//  5. Pre-releases are left out unless a clause other than != names one, or no final release matches; a yanked release
//     counts as matching here. Whether a pin meets a later demand is decided with pre-releases admitted.
//  6. Order: the version, the newest first; then the best tag, source distributions last; then the build tag; then the
//     file listed later. There is at most one candidate per version.
//  7. An invalid Requires-Dist drops a release with all its files; metadata of another project or version drop the file.
//  8. An invalid Requires-Python excludes nothing. If only the metadata of a release exclude the target, they make a
//     demand that cannot be met, and another release is tried.
//  9. Metadata are read of no more candidates than pip reads. A digest that does not match is fatal.
//  10. A project that the index does not have has no candidates.
//  11. After a conflict the search goes back as resolvelib does, see backjump.go.
//
// # Deviations
//
// Where pip would fetch a URL or build a release to learn its requirements, the resolution is refused. Where pip ends
// with a traceback, the release or file is passed over: a marker that cannot be evaluated is treated like an invalid
// Requires-Dist, and an invalid version in the metadata like another version. When all demands on `a[x]` have been
// dropped, pip goes on with `a` in its place; here it stays `a[x]`. Where the pins that pip finds do not meet each
// other's demands, the search is repeated without the shortcut that causes this; where pip finds no solution, or does
// not end, an exhaustive search decides. That search takes a release whose requirements are unknown as if it required
// nothing, since pip would build it, and the answer is then refused. A file that the index hides is never a candidate.
// Metadata with more than 5,000 requirements or extras, or with a marker of more than 500 comparisons, are not read.
//
// # Bounds
//
// A resolution ends after a number of steps ([MaximumSteps], or less: [Problem].Steps), a few seconds. Steps are counted
// where texts of an index could make work: metadata, demands, clauses, markers, and what a search keeps and looks at
// again. So they are a function of the problem and the facts, like the answer. A resolution whose steps end has no answer, a [Conflict]
// that is Undecided; fewer steps never lead to other pins.
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

// Pin is a chosen release.
type Pin struct {
	// Name is normalised.
	Name    string
	Version pep440.Version
	// File is the file that pip would install on the target.
	File *File
	// Extras are the demanded extras, sorted.
	Extras []string
	// RequiredBy are the roots and releases that require the pin, sorted.
	RequiredBy []Requirer
}

// Requirer is a root or a release that requires another release.
type Requirer struct {
	// Name and Version identify the pin whose release states the requirement; Name is empty for a root.
	Name    string
	Version pep440.Version
	// Requirement is the requirement as it was written. Unless it is a root's, it comes from the index and is
	// untrusted.
	Requirement string
}

// Resolve returns the releases that pip would install on the target: they meet the roots of the problem and
// everything that the releases themselves require. If there is no solution, or none was found, the error is a [*Conflict].
// If a release would be pinned whose requirements are unknown or contain a URL, the error is a [*Refusal].
func (t *Target) Resolve(ctx context.Context, p *Problem) (*Result, error) {
	if len(p.Lowest) > 0 {
		return t.lowest(ctx, p)
	}
	result, _, err := t.resolve(ctx, p)
	return result, err
}

// resolve resolves a problem, and also returns the steps that it took.
func (t *Target) resolve(ctx context.Context, p *Problem) (result *Result, steps int, err error) {
	c, err := t.compile(p)
	if err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	c.ahead = newAhead(c, t.universe.readAhead)
	defer c.ahead.wait()
	defer cancel()
	r := &resolution{problem: c, steps: MaximumSteps}
	if p.Steps > 0 {
		r.steps = min(p.Steps, MaximumSteps)
	}
	given := r.steps
	result, err = r.answer(ctx)
	return result, given - r.steps, err
}

// MaximumSteps bounds the work of one resolution: what pip's search takes, twice, and then the exhaustive search. A step is
// about what it takes to compare a version with one clause; all of them take a few seconds.
const MaximumSteps = 2*maximumSteps + maximumExhaustiveSteps

// resolution is a problem and the steps that are left to answer it.
type resolution struct {
	problem *compiled
	steps   int
	// abandoned are the searches that reached their limits.
	abandoned []*search
}

// answer returns what pip's search finds or, where that finds no solution or does not end, what an exhaustive search does.
func (r *resolution) answer(ctx context.Context) (*Result, error) {
	s, how, err := r.search(ctx, false)
	if err == nil && how == solved {
		if result := s.result(); result != nil {
			return result, nil
		}
		s, how, err = r.search(ctx, true)
	}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, r.refused(ctx, refusal)
	case err != nil:
		return nil, err
	case how == solved:
		return s.result(), nil
	default:
		return r.conclude(ctx, s, how)
	}
}

// search searches as pip does.
func (r *resolution) search(ctx context.Context, careful bool) (*search, outcome, error) {
	steps := min(r.steps, maximumSteps)
	s := newSearch(r.problem, steps)
	s.careful = careful
	how, err := s.run(ctx)
	r.spend(s, steps)
	if err == nil && how == tooDeep && r.steps <= 0 {
		return s, how, r.undecided()
	}
	return s, how, err
}

// exhaust searches exhaustively. If the steps that are left do not suffice, the error is errAllowance.
func (r *resolution) exhaust(ctx context.Context, build bool) (*exhaust, *nogood, error) {
	steps := min(r.steps, maximumExhaustiveSteps)
	x := newExhaust(r.problem, steps)
	x.build = build
	proof, err := x.run(ctx)
	r.spend(x.search, steps)
	return x, proof, err
}

// spend takes what a search took of its steps from those that are left.
func (r *resolution) spend(s *search, steps int) {
	r.steps -= steps - s.allowance.steps
	r.problem.target.universe.steps.Add(int64(steps - s.allowance.steps))
	if s.allowance.spent() {
		r.abandoned = append(r.abandoned, s)
	}
}

// conclude answers the problem after pip's search ended without a solution: with a solution that pip overlooked, or
// with the conflict as an error.
func (r *resolution) conclude(ctx context.Context, s *search, how outcome) (*Result, error) {
	x, proof, err := r.exhaust(ctx, true)
	switch {
	case errors.Is(err, errAllowance) && (how == tooDeep || r.steps <= 0):
		return nil, r.undecided()
	case errors.Is(err, errAllowance):
		return nil, s.lastConflict()
	case err != nil:
		return nil, err
	case proof != nil:
		e := newExplanation(r.problem)
		e.collect(proof)
		return nil, e.conflict()
	}
	result := x.result()
	if refusal := x.refusal(result); refusal != nil {
		return nil, refusal
	}
	return result, nil
}

// refused returns the error after pip's search reached a candidate that must not be pinned: the refusal or, if there is
// no solution without such candidates and some requirements clash, the conflict that drove the search there.
func (r *resolution) refused(ctx context.Context, refusal *Refusal) error {
	_, proof, err := r.exhaust(ctx, false)
	if errors.Is(err, errAllowance) && r.steps <= 0 {
		return r.undecided()
	}
	if err != nil || proof == nil {
		return refusal
	}
	e := newExplanation(r.problem)
	if e.collect(proof); len(e.clashes) == 0 {
		return refusal
	}
	return e.conflict()
}

// Conflict is the error that no releases meet the roots of a problem.
type Conflict struct {
	// Message is one sentence.
	Message string
	// Detail explains the conflict, one reason a line: for each project on which demands clash, which releases make
	// the demands, through which chain from a root, which releases of the project there are and which rule excludes
	// others; and which releases were tried without result.
	Detail []string
	// Hint names what could be changed; it may be empty.
	Hint string
	// Undecided is set if the search was given up, so that there may be releases that meet the roots.
	Undecided bool
}

// Error returns the message and the details.
func (c *Conflict) Error() string {
	return strings.Join(append([]string{c.Message}, c.Detail...), "\n  ")
}

// Refusal is the error that a release would be pinned that must not be, because it requires a URL or its requirements
// are unknown.
type Refusal struct {
	// Message is one sentence, Hint names what could be done.
	Message, Hint string
}

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }

// result returns the pins that the roots reach; pins that only abandoned candidates demanded are left out. It returns
// nil if a pin is missing or does not meet a demand of another: pip drops the demands of a pin that is decided anew
// and does not restore them if the same pin is kept (see forget).
func (s *search) result() *Result {
	reached := map[*node]bool{}
	pins := map[string]*Pin{}
	type edge struct {
		demand *demand
		by     *node
	}
	var queue []edge
	for i := range s.problem.roots {
		queue = append(queue, edge{&s.problem.roots[i], nil})
	}
	for ; len(queue) > 0; queue = queue[1:] {
		d, by := queue[0].demand, queue[0].by
		n := s.byIdentifier[d.on]
		switch {
		case n == nil:
			return nil
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
		if by == nil || d.root != nil { // a checkout that a release demands states it
			pin.require(d, "", pep440.Version{})
		} else {
			pin.require(d, by.identifier.project, by.pin.file.Version)
		}
		if reached[n] {
			continue
		}
		reached[n] = true
		pin.Extras = append(pin.Extras, n.identifier.extras...)
		list := s.problem.demandsOf(n.pin, n.identifier)
		for i := range list {
			queue = append(queue, edge{&list[i], n})
		}
	}
	r := &Result{}
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		r.Pins = append(r.Pins, pins[name].sorted())
	}
	return r
}

// require records that a release, or a root, which has no name, requires the pin. The demand of a project with extras for
// its own project is not recorded.
func (p *Pin) require(d *demand, name string, version pep440.Version) {
	if d.source != nil {
		p.RequiredBy = append(p.RequiredBy, Requirer{name, version, d.source.text})
	}
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
