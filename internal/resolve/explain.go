package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/foreign"
)

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

// explanation is what a person needs to know of a proof. The proof of a large conflict has thousands of parts; what
// they have in common is kept once.
type explanation struct {
	problem *compiled
	// clashes are by project, in the order in which they were found; so are dead ends.
	clashes, dead []*clash
	refused       []*Refusal
	// roots are those that lead to a clash, and constraints.
	roots []*Root
}

// clash is what is demanded of a project in vain: no release meets it, or those that do, which were tried, have other
// faults.
type clash struct {
	node    *node
	demands []demanded
	// more is how many demands were not kept.
	more  int
	tried []*candidate
	// named says that a demand or a constraint names a pre-release.
	named bool
}

// keptDemands is how many different demands are kept of a clash.
const keptDemands = 50

// demanded is a demand and the candidates of one node that make it, none for a root.
type demanded struct {
	demand *demand
	text   string
	by     []*candidate
	// chain leads from a root to the node.
	chain []string
}

func newExplanation(c *compiled) *explanation { return &explanation{problem: c} }

// collect goes through a proof, each part once.
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
			dead := clashOn(&e.dead, g.node)
			dead.add(g.asked)
			for _, t := range g.tried {
				dead.tried = append(dead.tried, t.candidate)
			}
			for _, t := range slices.Backward(g.tried) {
				list = append(list, t.why)
			}
		case len(g.asked) > 0: // else two decisions do not fit, and what is wrong with others in their place is told elsewhere
			e.clash(g.node, g.asked)
		}
	}
}

// clash notes demands that clash on a node.
func (e *explanation) clash(n *node, list []asked) {
	clashOn(&e.clashes, n).add(list)
	for _, constraint := range e.problem.constrained[n.identifier.project] {
		e.lead(constraint)
	}
	for i := range list {
		e.lead(list[i].root())
	}
}

// clashOn gives the one on the project of a node.
func clashOn(list *[]*clash, n *node) *clash {
	i := slices.IndexFunc(*list, func(c *clash) bool { return c.node.identifier.project == n.identifier.project })
	if i < 0 {
		i = len(*list)
		*list = append(*list, &clash{node: n, named: slices.ContainsFunc(n.constraints, func(c *clauses) bool { return c.NamesPrerelease() })})
	}
	return (*list)[i]
}

// lead notes what people wrote that leads to a clash.
func (e *explanation) lead(root *Root) {
	if root != nil && !slices.Contains(e.roots, root) {
		e.roots = append(e.roots, root)
	}
}

func (c *clash) add(list []asked) {
	for _, a := range list {
		c.named = c.named || a.demand.clauses != nil && a.demand.clauses.NamesPrerelease()
		text := a.demand.String()
		i := slices.IndexFunc(c.demands, func(d demanded) bool {
			return d.text == text && d.demand.root == a.demand.root && (a.maker == nil || d.by[0].pool == a.maker.candidate.pool)
		})
		switch {
		case i < 0 && len(c.demands) == keptDemands:
			c.more++
			continue
		case i < 0:
			i = len(c.demands)
			c.demands = append(c.demands, demanded{demand: a.demand, text: text})
			if a.maker != nil {
				c.demands[i].chain = a.maker.chain()
			}
		}
		if a.maker != nil {
			c.demands[i].by = append(c.demands[i].by, a.maker.candidate)
		}
	}
}

// String is the demand as it was written.
func (d *demand) String() string {
	switch {
	case d.source != nil:
		return foreign.Text(d.source.text)
	case d.exact != nil:
		return foreign.Text(d.on.project + "==" + d.exact.file.Version.String())
	default:
		return "Python " + foreign.Text(d.python)
	}
}

// root gives the root that a demand goes back to.
func (a *asked) root() *Root {
	for a.maker != nil {
		if a = a.maker.because(); a == nil {
			return nil
		}
	}
	return a.demand.root
}

// chain gives the steps from a root to the node of a decision, which itself is not one of them.
func (d *decision) chain() []string {
	var steps []string
	for a := d.because(); a != nil; a = a.maker.because() {
		if a.maker == nil {
			steps = append(steps, a.demand.root.String())
			break
		}
		steps = append(steps, foreign.Text(a.maker.node.identifier.name+" "+a.maker.candidate.file.Version.String()))
	}
	slices.Reverse(steps)
	return steps
}

// How much of an explanation is told.
const (
	toldProjects = 4
	toldLines    = 8
	toldVersions = 6
	toldSteps    = 8
)

// conflict puts an explanation into words.
func (e *explanation) conflict() *Conflict {
	c := &Conflict{Message: "nothing that may be pinned meets the requirements", Hint: e.hint()}
	var names []string
	for i, clash := range e.clashes {
		if i == toldProjects {
			c.Detail = append(c.Detail, fmt.Sprintf("and %d more projects on which requirements clash", len(e.clashes)-i))
			break
		}
		names = append(names, clash.name())
		c.Detail = append(c.Detail, e.tell(clash)...)
	}
	switch len(names) {
	case 0:
	case 1:
		c.Message = "no release of " + names[0] + " meets all that is required of it"
		if e.clashes[0].node.interpreter != nil {
			c.Message = "what is required does not run on Python " + e.problem.target.python.Install()
		}
	default:
		c.Message = "the requirements cannot be met together: they clash on " + strings.Join(names, ", ")
	}
	for _, r := range e.refused[:min(len(e.refused), toldProjects)] {
		c.Detail = append(c.Detail, r.Message)
	}
	for _, d := range e.dead[:min(len(e.dead), toldProjects)] {
		c.Detail = append(c.Detail, d.attempts()...)
	}
	return c
}

func (c *clash) name() string {
	if c.node.interpreter != nil {
		return "Python"
	}
	return foreign.Text(c.node.identifier.project)
}

// tell says who demands what of a project, and what releases it has.
func (e *explanation) tell(c *clash) []string {
	var lines []string
	for i := range c.demands {
		if i == toldLines {
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

// String is who demands it and through which chain from a root.
func (d *demanded) String() string {
	if root := d.demand.root; root != nil {
		return root.String() + " is required directly"
	}
	maker := foreign.Text(d.by[0].pool.project.name) + " " + enumerate(versionsOf(d.by))
	return d.text + " is required by " + arrows(append(slices.Clone(d.chain), maker))
}

// arrows joins steps, the middle of a long way left out.
func arrows(steps []string) string {
	if len(steps) > toldSteps {
		more := fmt.Sprintf("(%d more)", len(steps)-toldSteps+1)
		steps = slices.Concat(steps[:toldSteps/2], []string{more}, steps[len(steps)-toldSteps/2+1:])
	}
	return strings.Join(steps, " → ")
}

// versionsOf gives the versions of candidates, each once, the newest first.
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

// enumerate names the first few.
func enumerate(texts []string) string {
	if len(texts) > toldVersions {
		return fmt.Sprintf("%s and %d more", foreign.Text(strings.Join(texts[:toldVersions], ", ")), len(texts)-toldVersions)
	}
	return foreign.Text(strings.Join(texts, ", "))
}

// hint says what could be changed.
func (e *explanation) hint() string {
	var cures []string
	for _, r := range e.refused[:min(len(e.refused), 1)] {
		cures = append(cures, r.Hint)
	}
	for _, c := range slices.Concat(e.clashes[:min(len(e.clashes), toldProjects)], e.dead[:min(len(e.dead), toldProjects)]) {
		for _, cure := range c.cures() {
			if !slices.Contains(cures, cure) {
				cures = append(cures, cure)
			}
		}
	}
	var texts []string
	for _, r := range e.roots[:min(len(e.roots), toldVersions)] {
		texts = append(texts, r.String())
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

// refusal says that a candidate's requirements are unknown; nil if they are known.
func (s *search) refusal(n *node, c *candidate) error {
	if c.pool == nil || c.known.Load().fault != unreadable {
		return nil
	}
	name, version, reason := foreign.Text(n.identifier.project), foreign.Text(c.file.Version.String()), foreign.Text(c.known.Load().reason)
	return &Refusal{
		Message: fmt.Sprintf("the requirements of %s %s, required by %s, cannot be known: %s", name, version, s.route(n), reason),
		Hint:    fmt.Sprintf(`state them in toxgen.yaml, under "metadata:": - {release: "%s==%s", requires: [...], reason: ...}`, name, version),
	}
}

// What is said of URLs and paths, and the cure.
const (
	onlyReleases   = "only what an index has can be pinned"
	requireVersion = "require a release by its version"
)

// refuseURL says that a demand is for a URL.
func (s *search) refuseURL(d *demand, parent *node, c *candidate) error {
	return &Refusal{
		Message: fmt.Sprintf("%s, %s, is a URL: %s", foreign.Text(d.source.text), s.requirer(d, parent, c), onlyReleases),
		Hint:    requireVersion,
	}
}

// route gives the steps from a root to a node, which itself is not one of them.
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
			steps = append(steps, foreign.Text(n.identifier.name+" "+oldest.candidate.file.Version.String()))
		}
	}
	slices.Reverse(steps)
	return arrows(steps)
}

// failure adds to an error of the index for whom a node was asked about.
func (s *search) failure(n *node, err error) error {
	return fmt.Errorf("%s, required by %s: %w", foreign.Text(n.identifier.project), s.route(n), err)
}

// failureOf does the same for what a demand is about.
func (s *search) failureOf(d *demand, parent *node, c *candidate, err error) error {
	return fmt.Errorf("%s, %s: %w", foreign.Text(d.on.project), s.requirer(d, parent, c), err)
}

// requirer says who makes a demand.
func (s *search) requirer(d *demand, parent *node, c *candidate) string {
	switch {
	case parent != nil:
		return "required by " + s.route(parent) + " → " + foreign.Text(parent.identifier.project+" "+c.file.Version.String())
	case d.root.Origin != "":
		return "required directly (" + foreign.Text(d.root.Origin) + ")"
	default:
		return "required directly"
	}
}
