package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/display"
)

// undecided returns what can be said if the searches were given up: the projects of which they gave up most releases.
func (r *resolution) undecided() *Conflict {
	c := &Conflict{Undecided: true, Message: "no answer was found: there are too many combinations of releases to try"}
	if len(r.abandoned) == 0 {
		return c
	}
	last := r.abandoned[len(r.abandoned)-1]
	var names, bounds []string
	for _, n := range last.mostGivenUp() {
		name := n.identifier.project
		names = append(names, fmt.Sprintf("%s (%d times)", name, n.givenUp))
		if v, found := n.pool.newest(); found {
			bounds = append(bounds, name+">="+v.String())
		}
	}
	if len(names) > 0 {
		c.Detail = []string{"most often other releases were tried of " + strings.Join(names, ", ")}
	}
	if len(bounds) > 0 {
		c.Hint = "set lower bounds, as in " + strings.Join(bounds, " ") +
			": then fewer releases can be combined, or it shows which requirements clash"
	}
	return c
}

// mostGivenUp returns a node of each of the projects of which most candidates were given up, those with most first.
func (s *search) mostGivenUp() []*node {
	list := slices.DeleteFunc(slices.Clone(s.nodes), func(n *node) bool { return n.givenUp == 0 || n.interpreter != nil })
	slices.SortFunc(list, func(a, b *node) int {
		return cmp.Or(cmp.Compare(b.givenUp, a.givenUp), cmp.Compare(a.identifier.name, b.identifier.name))
	})
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(n *node) bool {
		again := seen[n.identifier.project]
		seen[n.identifier.project] = true
		return again
	})
	return list[:min(len(list), shownProjects)]
}

// lastConflict returns the last conflict of pip's search, for which there is no proof.
func (s *search) lastConflict() *Conflict {
	e := newExplanation(s.problem)
	for _, d := range s.failed.conflicts {
		for ; d != nil; d = d.earlier {
			a := madeDemand{demand: d.demand}
			if d.parent != nil {
				a.maker = &decision{choice: choice{d.parent, d.candidate}}
			}
			e.addClash(d.on, []madeDemand{a})
		}
	}
	c := e.conflict()
	c.Undecided = true
	return c
}

// explanation is the part of a proof that a user needs to know. The proof of a large conflict has thousands of parts;
// what they have in common is kept once.
type explanation struct {
	problem *compiled
	// clashes has one entry per project, in the order in which they were found; so has deadEnds.
	clashes, deadEnds []*clash
	refused           []*Refusal
	// roots are the roots and constraints that contribute to a clash.
	roots []*Root
}

// clash is the demands on a project that cannot be met together: either no release meets them, or each that does was
// tried and failed for another reason.
type clash struct {
	node    *node
	demands []clashingDemand
	// more is the number of demands beyond keptDemands.
	more  int
	tried []*candidate
	// named is set if a demand or a constraint names a pre-release.
	named bool
}

// keptDemands is how many different demands of a clash are kept.
const keptDemands = 50

// clashingDemand is a demand, and the candidates of one node that make it; by is empty if a root makes it.
type clashingDemand struct {
	demand *demand
	text   string
	by     []*candidate
	// chain is the steps from a root to the node of the candidates.
	chain []string
}

func newExplanation(c *compiled) *explanation { return &explanation{problem: c} }

// collect walks through a proof and visits each part once.
func (e *explanation) collect(proof *nogood) {
	seen := map[*nogood]bool{}
	for list := []*nogood{proof}; len(list) > 0; {
		g := list[len(list)-1]
		list = list[:len(list)-1]
		if seen[g] {
			continue
		}
		seen[g] = true
		switch {
		case g.refusal != nil:
			if !slices.ContainsFunc(e.refused, func(r *Refusal) bool { return *r == *g.refusal }) {
				e.refused = append(e.refused, g.refusal)
			}
		case len(g.tried) > 0:
			dead := clashOn(&e.deadEnds, g.node)
			dead.add(g.demands)
			for _, t := range g.tried {
				dead.tried = append(dead.tried, t.candidate)
			}
			for _, t := range slices.Backward(g.tried) {
				list = append(list, t.why)
			}
		case len(g.demands) > 0:
			e.addClash(g.node, g.demands)
			// Else two decisions contradict each other. Why their alternatives fail is in other parts of the proof.
		}
	}
}

// addClash adds demands that clash on a node.
func (e *explanation) addClash(n *node, list []madeDemand) {
	clashOn(&e.clashes, n).add(list)
	for _, constraint := range e.problem.constrained[n.identifier.project] {
		e.addRoot(constraint)
	}
	for i := range list {
		e.addRoot(list[i].root())
	}
}

// clashOn returns the entry of list for the project of a node, which it adds if need be.
func clashOn(list *[]*clash, n *node) *clash {
	i := slices.IndexFunc(*list, func(c *clash) bool { return c.node.identifier.project == n.identifier.project })
	if i < 0 {
		i = len(*list)
		*list = append(*list, &clash{node: n, named: slices.ContainsFunc(n.constraints, func(c *clauses) bool { return c.NamesPrerelease() })})
	}
	return (*list)[i]
}

// addRoot adds a root or constraint that contributes to a clash.
func (e *explanation) addRoot(root *Root) {
	if root != nil && !slices.Contains(e.roots, root) {
		e.roots = append(e.roots, root)
	}
}

func (c *clash) add(list []madeDemand) {
	for _, a := range list {
		c.named = c.named || a.demand.clauses != nil && a.demand.clauses.NamesPrerelease()
		text := a.demand.String()
		i := slices.IndexFunc(c.demands, func(d clashingDemand) bool {
			return d.text == text && d.demand.root == a.demand.root && (a.maker == nil || d.by[0].pool == a.maker.candidate.pool)
		})
		switch {
		case i < 0 && len(c.demands) == keptDemands:
			c.more++
			continue
		case i < 0:
			i = len(c.demands)
			c.demands = append(c.demands, clashingDemand{demand: a.demand, text: text})
			if a.maker != nil {
				c.demands[i].chain = a.maker.chain()
			}
		}
		if a.maker != nil {
			c.demands[i].by = append(c.demands[i].by, a.maker.candidate)
		}
	}
}

// String returns the demand as it was written.
func (d *demand) String() string {
	switch {
	case d.source != nil:
		return display.Cut(d.source.text)
	case d.exact != nil:
		return d.on.project + "==" + d.exact.file.Version.String()
	default:
		return "Python " + d.python
	}
}

// root returns the root from which the demand follows, or nil if that is not known.
func (a *madeDemand) root() *Root {
	for a.maker != nil {
		if a = a.maker.firstDemand(); a == nil {
			return nil
		}
	}
	return a.demand.root
}

// chain returns the steps from a root to the node of the decision, without that node.
func (d *decision) chain() []string {
	var steps []string
	for a := d.firstDemand(); a != nil; a = a.maker.firstDemand() {
		if a.maker == nil {
			steps = append(steps, a.demand.root.String())
			break
		}
		steps = append(steps, a.maker.node.identifier.name+" "+a.maker.candidate.file.Version.String())
	}
	slices.Reverse(steps)
	return steps
}

// These bound the length of a conflict's texts.
const (
	shownProjects = 4
	shownLines    = 8
	shownVersions = 6
	shownSteps    = 8
)

// conflict returns the explanation in words.
func (e *explanation) conflict() *Conflict {
	c := &Conflict{Message: "nothing that may be pinned meets the requirements", Hint: e.hint()}
	var names []string
	for i, clash := range e.clashes {
		if i == shownProjects {
			c.Detail = append(c.Detail, fmt.Sprintf("and %d more projects on which requirements clash", len(e.clashes)-i))
			break
		}
		names = append(names, clash.name())
		c.Detail = append(c.Detail, e.describe(clash)...)
	}
	switch len(names) {
	case 0:
	case 1:
		var said string
		c.Message, said = e.clashes[0].headline(e.problem.target)
		c.Detail = slices.DeleteFunc(c.Detail, func(line string) bool { return line == said })
	default:
		c.Message = "the requirements cannot be met together: they clash on " + strings.Join(names, ", ")
	}
	for _, r := range e.refused[:min(len(e.refused), shownProjects)] {
		c.Detail = append(c.Detail, r.Message)
	}
	for _, d := range e.deadEnds[:min(len(e.deadEnds), shownProjects)] {
		c.Detail = append(c.Detail, d.attempts()...)
	}
	return c
}

// headline returns the message of a conflict on one project, and the line of [clash.releases] that it makes superfluous.
func (c *clash) headline(t *Target) (message, said string) {
	if c.node.interpreter != nil {
		return "what is required does not run on Python " + t.python.Install(), ""
	}
	switch list, versions := c.unusable(); len(list) {
	case 0:
		return "no release of " + c.name() + " meets all that is required of it", ""
	case 1:
		releases := c.name() + " " + enumerate(versions[list[0]])
		return releases + " cannot be used: " + list[0].reason, releases + ": " + list[0].reason
	default:
		return "no release of " + c.name() + " that meets all that is required of it can be used", ""
	}
}

func (c *clash) name() string {
	if c.node.interpreter != nil {
		return "Python"
	}
	return c.node.identifier.project
}

// describe returns the makers of the demands that clash and the releases of the project, one per line.
func (e *explanation) describe(c *clash) []string {
	var lines []string
	for i := range c.demands {
		if i == shownLines {
			lines = append(lines, fmt.Sprintf("and %d more requirements on %s", len(c.demands)-i+c.more, c.name()))
			break
		}
		lines = append(lines, c.demands[i].String())
	}
	if c.node.interpreter != nil {
		return lines
	}
	for _, constraint := range e.problem.constrained[c.node.identifier.project] {
		lines = append(lines, "constrained to "+constraint.String())
	}
	return append(lines, c.releases()...)
}

// String returns the demand, its makers and the chain that leads to them from a root.
func (d *clashingDemand) String() string {
	if root := d.demand.root; root != nil {
		return root.String() + " is required directly"
	}
	maker := d.by[0].pool.project.name + " " + enumerate(versionsOf(d.by))
	return d.text + " is required by " + arrows(append(slices.Clone(d.chain), maker))
}

// arrows joins steps and leaves out the middle of a long chain.
func arrows(steps []string) string {
	if len(steps) > shownSteps {
		more := fmt.Sprintf("(%d more)", len(steps)-shownSteps+1)
		steps = slices.Concat(steps[:shownSteps/2], []string{more}, steps[len(steps)-shownSteps/2+1:])
	}
	return strings.Join(steps, " → ")
}

// versionsOf returns the versions of candidates, each once, the newest first.
func versionsOf(list []*candidate) []string {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b *candidate) int {
		return cmp.Or(b.file.Version.Compare(a.file.Version), cmp.Compare(a.place, b.place))
	})
	var texts []string
	for _, c := range slices.Compact(sorted) {
		texts = append(texts, c.file.Version.String())
	}
	return texts
}

// enumerate joins the first few texts.
func enumerate(texts []string) string {
	if len(texts) > shownVersions {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:shownVersions], ", "), len(texts)-shownVersions)
	}
	return strings.Join(texts, ", ")
}

// hint returns what could be changed.
func (e *explanation) hint() string {
	var cures []string
	for _, r := range e.refused[:min(len(e.refused), 1)] {
		cures = append(cures, r.Hint)
	}
	for _, c := range slices.Concat(e.clashes[:min(len(e.clashes), shownProjects)], e.deadEnds[:min(len(e.deadEnds), shownProjects)]) {
		for _, cure := range c.cures() {
			if !slices.Contains(cures, cure) {
				cures = append(cures, cure)
			}
		}
	}
	var texts []string
	for _, r := range e.roots {
		if r.Origin != "" && len(texts) < shownVersions {
			texts = append(texts, r.String())
		}
	}
	switch len(texts) {
	case 0:
	case 1:
		cures = append(cures, "change "+texts[0])
	default:
		cures = append(cures, "change one of "+strings.Join(texts, ", "))
	}
	return strings.Join(cures, "; or ")
}

// refuseUnreadable returns a *Refusal if the requirements of a candidate are unknown, else nil.
func (s *search) refuseUnreadable(n *node, c *candidate) error {
	if c.pool == nil || c.known.Load().defect != unreadable {
		return nil
	}
	name, version, reason := n.identifier.project, c.file.Version.String(), c.known.Load().reason
	return &Refusal{
		Message: fmt.Sprintf("the requirements of %s %s, required by %s, cannot be known: %s", name, version, s.route(n), reason),
		Hint:    stateMetadata + metadataEntry(name, version),
	}
}

// refusal returns a *Refusal if the requirements of pins are unknown, else nil. It names all of them.
func (x *exhaust) refusal(r *Result) error {
	var refusal *Refusal
	for _, pin := range r.Pins {
		n := x.byIdentifier[x.problem.target.universe.identify(pin.Name, nil)]
		var one *Refusal
		switch {
		case !errors.As(x.refuseUnreadable(n, n.pin), &one):
		case refusal == nil:
			refusal = one
		default:
			refusal.Message += "; " + one.Message
			refusal.Hint += ", " + metadataEntry(n.identifier.project, n.pin.file.Version.String())
		}
	}
	if refusal == nil {
		return nil
	}
	return refusal
}

// stateMetadata begins the hint for requirements that are unknown; entries for the configuration follow.
const stateMetadata = `state the requirements in toxgen.yaml, under "metadata:": `

// metadataEntry returns the entry that states the requirements of a release.
func metadataEntry(name, version string) string {
	return fmt.Sprintf(`- {release: "%s==%s", requires: [...], reason: ...}`, name, version)
}

// These are the message and the hint for URLs and paths.
const (
	onlyReleases   = "only releases on an index can be pinned"
	requireVersion = "require a release by its version"
)

// refuseURL returns the *Refusal of a demand for a URL.
func (s *search) refuseURL(d *demand, parent *node, c *candidate) error {
	return &Refusal{
		Message: fmt.Sprintf("%s, %s, is a URL: %s", d, s.requirer(d, parent, c), onlyReleases),
		Hint:    requireVersion,
	}
}

// route returns the steps from a root to a node, without that node.
func (s *search) route(n *node) string {
	var steps []string
	seen := map[*node]bool{}
	for n != nil && n.criterion != nil && n.criterion.demands != nil && !seen[n] {
		seen[n] = true
		oldest := n.criterion.demands
		for oldest.earlier != nil {
			oldest = oldest.earlier
		}
		if n = oldest.parent; n == nil {
			steps = append(steps, oldest.demand.root.String())
		} else {
			steps = append(steps, n.identifier.name+" "+oldest.candidate.file.Version.String())
		}
	}
	slices.Reverse(steps)
	return arrows(steps)
}

// failure adds to an error of the index the node that it is about and the route to it.
func (s *search) failure(n *node, err error) error {
	return fmt.Errorf("%s, required by %s: %w", n.identifier.project, s.route(n), err)
}

// failureOf adds to an error of the index the demand that led to it.
func (s *search) failureOf(d *demand, parent *node, c *candidate, err error) error {
	return fmt.Errorf("%s, %s: %w", d.on.project, s.requirer(d, parent, c), err)
}

// requirer returns the maker of a demand and the route to it, in words.
func (s *search) requirer(d *demand, parent *node, c *candidate) string {
	switch {
	case parent != nil:
		return "required by " + s.route(parent) + " → " + parent.identifier.project + " " + c.file.Version.String()
	case d.root.Origin != "":
		return "required directly (" + d.root.Origin + ")"
	default:
		return "required directly"
	}
}
