package initialize

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/pep440"
)

// An Answer is what an index says of the project that a suite follows.
type Answer struct {
	// Newest is the newest stable release, and Below the newest one below [Suite.Below]; they may be "". Missing reports whether there is
	// no such project, or no stable release.
	Newest, Below string
	Missing       bool
}

// Asked returns the suites whose projects an index can tell more of.
func (p *Proposal) Asked() []*Suite { return slices.Concat(p.Suites, p.Maybe) }

// Answer completes the proposal by what an index says of [Proposal.Asked], one answer for each. Suites without a lower bound begin
// with the line of the newest release. Those whose project is missing are left out.
func (p *Proposal) Answer(answers []Answer) {
	var missing, unbound []string
	var suites []*Suite
	for i, s := range p.Asked() {
		newest, err := pep440.Parse(answers[i].Newest)
		if answers[i].Missing || err != nil && slices.Contains(p.Maybe, s) {
			missing = append(missing, fmt.Sprintf("%s (%s)", s.Name, cmp.Or(s.TestPath, s.Package)))
			continue
		}
		if below, err := pep440.Parse(answers[i].Below); err == nil && s.Minimum == "" {
			s.Minimum = twoNumbers(below)
		}
		if err == nil && s.Minimum == "" {
			s.Minimum = lineOf(newest)
			unbound = append(unbound, s.Name+" "+s.Minimum)
		}
		s.Holds = nil // a rehearsal finds those that change something
		suites = append(suites, s)
	}
	p.Suites, p.Maybe = suites, nil
	if len(p.Suites)+len(p.Static) == 0 {
		p.useCore()
	}
	if len(missing) > 0 && len(p.Suites) == 0 {
		p.Left = append(p.Left, noSuites)
	}
	if len(missing) > 0 {
		p.Left = append(p.Left, "the index has no project of these names, so there is no suite for: "+strings.Join(missing, ", "))
	}
	if len(unbound) > 0 {
		p.Left = append(p.Left, "nothing says which releases are supported of these, so they begin with the line of the newest one; correct `minimum`: "+strings.Join(unbound, ", "))
	}
	p.rename()
	slices.SortFunc(p.Suites, func(a, b *Suite) int { return cmp.Compare(a.Name, b.Name) })
}

// twoNumbers returns the first two numbers of a version.
func twoNumbers(v pep440.Version) string {
	parts := strings.SplitN(v.Base(), ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// lineOf returns the first number of a version, or of 0.3.1 the first two.
func lineOf(v pep440.Version) string {
	parts := strings.SplitN(v.String(), ".", 3)
	if first, err := strconv.Atoi(parts[0]); err == nil && first > 0 || len(parts) < 2 {
		return parts[0]
	}
	return parts[0] + "." + parts[1]
}
