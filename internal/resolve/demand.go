package resolve

import (
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// requirement is a parsed requirement. Those that releases state are interned by their text.
type requirement struct {
	// text is how it was written, by a stranger unless it is a root.
	text    string
	clauses *clauses // nil if there are none
	marker  *pep508.Marker
	url     string
	project *identifier
	// extended is the project with the extras; nil without any.
	extended *identifier
}

func (u *Universe) newRequirement(text string, parsed pep508.Requirement) *requirement {
	r := &requirement{text: text, marker: parsed.Marker, url: parsed.URL, project: u.identify(parsed.Key(), nil)}
	if !parsed.Specifiers.IsEmpty() {
		r.clauses = newClauses(parsed.Specifiers)
	}
	if len(parsed.Extras) > 0 {
		r.extended = u.identify(parsed.Key(), normalizedExtras(parsed.Extras))
	}
	return r
}

// clauses are the specifiers of a requirement, and what the order of decisions asks of them (rule 1).
type clauses struct {
	pep440.Specifiers
	// pins says that a clause admits one version, as far as yanked releases are concerned (rule 4).
	pins bool
	// pinned and bounded say the same, and that a clause sets an upper bound, for the order of decisions.
	pinned, bounded bool
}

func newClauses(s pep440.Specifiers) *clauses {
	c := &clauses{Specifiers: s}
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

// parsed is a text and what became of it.
type parsed struct {
	requirement *requirement
	err         error
}

// requirement reads a Requires-Dist.
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

// demand is what a release, or a root, asks of the candidate of an identifier: that its version matches, that it is
// one certain file, or that the interpreter is recent enough.
type demand struct {
	on      *identifier
	clauses *clauses // nil: any version
	exact   *candidate
	// met is the answer of a demand on the interpreter.
	met bool
	// source is what demands are made of; nil for those on a certain file or the interpreter.
	source *requirement
	// root is set for the roots.
	root *Root
	// python is the text of a Requires-Python.
	python string
}

// admits says whether a candidate meets the demand. Pre-releases are admitted: whether one may be taken at all was
// decided when candidates were looked for (rule 5).
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

// admitsVersion says the same of a version.
func (d *demand) admitsVersion(v pep440.Version) bool {
	if d.exact != nil {
		return d.exact.file.Version.Equal(v)
	}
	return d.clauses == nil || d.clauses.Match(v)
}

// demands are what a requirement asks for. One with extras and specifiers asks twice: of the project, so that
// whatever else asks for the project sees the specifiers, and of the project with the extras (rule 2).
func (r *requirement) demands(list []demand, root *Root) []demand {
	if r.extended == nil {
		return append(list, demand{on: r.project, clauses: r.clauses, source: r, root: root})
	}
	if r.clauses != nil {
		list = append(list, demand{on: r.project, clauses: r.clauses, source: r, root: root})
	}
	return append(list, demand{on: r.extended, clauses: r.clauses, source: r, root: root})
}

// information is a demand on a node and who makes it.
type information struct {
	demand *demand
	on     *node
	// parent is the node whose candidate makes it; nil for a root.
	parent    *node
	candidate *candidate
}

// demands are what is asked of a node, all together. The list shares its tail with the ones that it grew from; the
// newest comes first. Demands do not change; nil are none.
type demands struct {
	information
	earlier *demands
	// clauses are the specifiers of all, each once; exact is the file that is demanded, if one is.
	clauses []*clauses
	exact   *candidate
	rank    uint64
	// countedIn is the serial number of the causes that the demand was counted in last.
	countedIn int
}

// The rank is what demands mean for the order of decisions: the least goes first (rule 1). Each bit is cleared as soon
// as one demand says otherwise. Between them stands the place among the roots, 32 bits wide.
const (
	rankAnyFile   = 1 << 36
	rankUnpinned  = 1 << 35
	rankUnbounded = 1 << 34
	rankFree      = 1 << 0

	rankOrderShift = 1
)

// rankOfNothing is the rank of a node of which nothing is demanded.
func (n *node) rankOfNothing() uint64 {
	return rankAnyFile | rankUnpinned | rankUnbounded | uint64(n.order)<<rankOrderShift | rankFree
}

// and adds a demand.
func (d *demands) and(i information) *demands {
	sum := &demands{information: i, earlier: d, rank: i.on.rankOfNothing()}
	if d != nil {
		sum.clauses, sum.exact, sum.rank = d.clauses, d.exact, d.rank
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
		if !slices.Contains(sum.clauses, c) {
			sum.clauses = append(slices.Clip(sum.clauses), c)
		}
	}
	return sum
}

// admit says whether a candidate meets all demands.
func (d *demands) admit(c *candidate) bool {
	for ; d != nil; d = d.earlier {
		if !d.demand.admits(c) {
			return false
		}
	}
	return true
}

// without drops the demands of some parents; it gives d itself if there are none.
func (d *demands) without(parents []*node) *demands {
	var kept []information
	dropped := false
	for e := d; e != nil; e = e.earlier {
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
