package resolve

import (
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// requirement is a parsed requirement. Those of releases are interned by their text.
type requirement struct {
	// text is the requirement as it was written. Unless it is a root's, it comes from the index and is untrusted.
	text    string
	clauses *clauses // nil if the requirement has no specifiers
	marker  *pep508.Marker
	url     string
	project *identifier
	// extended is the project with the extras, or nil if there are no extras.
	extended *identifier
}

func (u *Universe) newRequirement(text string, parsed pep508.Requirement) *requirement {
	r := &requirement{text: text, marker: parsed.Marker, url: parsed.URL, project: u.identify(parsed.Key(), nil)}
	if !parsed.Specifiers.IsEmpty() {
		r.clauses = u.clausesOf(parsed.Specifiers)
	}
	if len(parsed.Extras) > 0 {
		r.extended = u.identify(parsed.Key(), normalizedExtras(parsed.Extras))
	}
	return r
}

// on returns the identifier that the requirement is about.
func (r *requirement) on() *identifier {
	if r.extended != nil {
		return r.extended
	}
	return r.project
}

// clauses are the specifiers of a requirement and what follows from them for yanked files (rule 4) and for the order
// of decisions (rule 1). Equal texts have the same clauses, which are compared by their addresses.
type clauses struct {
	pep440.Specifiers
	// size is the number of clauses.
	size int
	// pins is set if a clause pins in the sense of rule 4.
	pins bool
	// pinned and bounded are set if a clause pins, or sets an upper bound, in the sense of rule 1.
	pinned, bounded bool
}

// clausesOf returns the universe's only clauses for specifiers with a text.
func (u *Universe) clausesOf(s pep440.Specifiers) *clauses {
	text := s.String()
	if known, found := u.clauses.Load(text); found {
		return known.(*clauses)
	}
	known, _ := u.clauses.LoadOrStore(text, newClauses(s))
	return known.(*clauses)
}

func newClauses(s pep440.Specifiers) *clauses {
	c := &clauses{Specifiers: s, size: len(s.Clauses())}
	for _, clause := range s.Clauses() {
		wildcard := strings.Contains(clause.Version(), "*")
		c.pins = c.pins || clause.IsExact()
		switch clause.Operator() {
		case "==", "===":
			c.pinned = c.pinned || !wildcard
			c.bounded = c.bounded || wildcard && clause.Operator() == "=="
		case "<", "<=", "~=":
			c.bounded = true
		}
	}
	return c
}

func normalizedExtras(extras []string) []string {
	normalized := make([]string, len(extras))
	for i, extra := range extras {
		normalized[i] = pep508.NormalizeName(extra)
	}
	slices.Sort(normalized)
	return slices.Compact(normalized)
}

// parsed is the result of parsing a Requires-Dist.
type parsed struct {
	requirement *requirement
	err         error
}

// requirement parses a Requires-Dist, each text once.
func (u *Universe) requirement(text string) (*requirement, error) {
	if known, found := u.requirements.Load(text); found {
		return known.(*parsed).requirement, known.(*parsed).err
	}
	p := &parsed{}
	r, err := pep508.ParseRequirement(strings.TrimSpace(text))
	if p.err = err; err == nil {
		p.requirement = u.newRequirement(text, r)
	}
	known, _ := u.requirements.LoadOrStore(text, p)
	return known.(*parsed).requirement, known.(*parsed).err
}

// demand restricts the candidate of an identifier: its version must match, it must be a certain file, or the
// interpreter must satisfy a Requires-Python. A release or a root makes it.
type demand struct {
	on      *identifier
	clauses *clauses // nil if any version will do
	exact   *candidate
	// met is, for a demand on the interpreter, whether the target's interpreter satisfies it.
	met bool
	// source is the requirement that makes the demand; nil for a demand on a certain file or on the interpreter.
	source *requirement
	// root is the root that makes the demand; nil if a release does.
	root *Root
	// python is, for a demand on the interpreter, the text of the Requires-Python.
	python string
}

// admits reports whether a candidate meets the demand. Pre-releases are admitted: whether one may be taken at all was
// decided when the candidates were computed (rule 5).
func (d *demand) admits(c *candidate) bool {
	switch {
	case d.exact != nil:
		return d.exact == c
	case d.on == pythonIdentifier:
		return d.met
	default:
		return d.clauses == nil || d.clauses.Match(c.file.Version)
	}
}

// admitsVersion reports whether a version meets the demand, with pre-releases admitted.
func (d *demand) admitsVersion(v pep440.Version) bool {
	if d.exact != nil {
		return d.exact.file.Version.Equal(v)
	}
	return d.clauses == nil || d.clauses.Match(v)
}

// size returns the number of clauses.
func (d *demand) size() int {
	if d.clauses == nil {
		return 1
	}
	return d.clauses.size
}

// demands appends the demands of a requirement to list. A requirement with extras and specifiers makes two: one on
// the project, so that everything else that demands the project respects the specifiers, and one on the project with
// the extras (rule 2).
func (r *requirement) demands(list []demand, root *Root) []demand {
	if r.extended == nil {
		return append(list, demand{on: r.project, clauses: r.clauses, source: r, root: root})
	}
	if r.clauses != nil {
		list = append(list, demand{on: r.project, clauses: r.clauses, source: r, root: root})
	}
	return append(list, demand{on: r.extended, clauses: r.clauses, source: r, root: root})
}

// information is a demand on a node and the node's candidate that makes it.
type information struct {
	demand *demand
	on     *node
	// parent is the node whose candidate makes the demand; nil if a root makes it.
	parent    *node
	candidate *candidate
}

// demands is the list of all demands on a node, the newest first. It is immutable and shares its tail with the lists
// that it was made from; nil is the empty list.
type demands struct {
	information
	earlier *demands
	// bound is the newest demand with clauses that those before it do not have, or nil; bounds is the number of such
	// demands.
	bound  *demands
	bounds int
	// exact is the file that a demand names, or nil.
	exact *candidate
	rank  uint64
	// countedIn is the serial number of the last causes in which the demand was counted.
	countedIn int
}

// A rank orders the nodes to decide: the node with the least rank is decided first (rule 1). Each bit is set until a
// demand rules out what it says. The position among the roots, 32 bits wide, stands between them.
const (
	rankAnyFile   = 1 << 36
	rankUnpinned  = 1 << 35
	rankUnbounded = 1 << 34
	rankFree      = 1 << 0

	rankOrderShift = 1
)

// rankOfNothing returns the rank of the node without any demand.
func (n *node) rankOfNothing() uint64 {
	return rankAnyFile | rankUnpinned | rankUnbounded | uint64(n.order)<<rankOrderShift | rankFree
}

// and returns the list with one more demand.
func (d *demands) and(i information) *demands {
	sum := &demands{information: i, earlier: d, rank: i.on.rankOfNothing()}
	if d != nil {
		sum.bound, sum.bounds, sum.exact, sum.rank = d.bound, d.bounds, d.exact, d.rank
	}
	if i.demand.exact != nil {
		sum.exact = i.demand.exact
		sum.rank &^= rankAnyFile
	}
	if c := i.demand.clauses; c != nil {
		sum.rank &^= rankFree
		if c.pinned {
			sum.rank &^= rankUnpinned
		}
		if c.bounded {
			sum.rank &^= rankUnbounded
		}
		if !d.binds(c) {
			sum.bound, sum.bounds = sum, sum.bounds+1
		}
	}
	return sum
}

// newestBound returns the newest demand with clauses of its own, or nil.
func (d *demands) newestBound() *demands {
	if d == nil {
		return nil
	}
	return d.bound
}

// nextBound returns, for a demand that newestBound or nextBound returned, the one before it.
func (d *demands) nextBound() *demands { return d.earlier.newestBound() }

// comparedClauses is how many clauses of a list are looked through for one that comes again.
const comparedClauses = 64

// binds reports whether one of the newest clauses is c.
func (d *demands) binds(c *clauses) bool {
	for b, i := d.newestBound(), 0; b != nil && i < comparedClauses; b, i = b.nextBound(), i+1 {
		if b.demand.clauses == c {
			return true
		}
	}
	return false
}

// boundsSince returns the clauses that a list has beyond another, and whether it goes on from that one.
func (d *demands) boundsSince(then *demands) (added []*clauses, continued bool) {
	b, end := d.newestBound(), then.newestBound()
	for ; b != end; b = b.nextBound() {
		if b == nil || end != nil && b.bounds <= end.bounds {
			return nil, false
		}
		added = append(added, b.demand.clauses)
	}
	return added, true
}

// admits reports whether a candidate meets all demands.
func (d *demands) admits(c *candidate) bool {
	for ; d != nil; d = d.earlier {
		d.on.allowance.spend(1)
		if !d.demand.admits(c) {
			return false
		}
	}
	return true
}

// without returns the list without the demands that some nodes make. It returns d itself if there are no such
// demands.
func (d *demands) without(parents []*node) *demands {
	var kept []information
	dropped := false
	for e := d; e != nil; e = e.earlier {
		e.on.allowance.spend(1)
		if e.parent != nil && slices.Contains(parents, e.parent) {
			dropped = true
		} else {
			kept = append(kept, e.information)
		}
	}
	if !dropped {
		return d
	}
	var rest *demands
	for _, i := range slices.Backward(kept) {
		rest = rest.and(i)
	}
	return rest
}
