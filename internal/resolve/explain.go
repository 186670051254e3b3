package resolve

import (
	"slices"

	"toxgen/internal/foreign"
)

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
