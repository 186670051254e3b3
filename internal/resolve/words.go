package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/foreign"
)

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
