package resolve

import "errors"

// An allowance is the work that a search may still do, in steps. A step is about what it takes to compare a version with
// one clause, or to look at a node, a demand or a decision. The number of steps is a function of the problem and the
// facts: it depends neither on time nor on what other resolutions have found out.
type allowance struct {
	steps int
	// read are the candidates whose metadata the search has looked at.
	read map[*candidate]bool
}

func newAllowance(steps int) *allowance { return &allowance{steps, map[*candidate]bool{}} }

// These are how many steps some work takes: to read a requirement, which is also kept; to make a demand, besides comparing
// versions; to compare a node with others; to look something up in a map; to evaluate a comparison of a marker.
const (
	stepsPerReading    = 512
	stepsPerDemand     = 64
	stepsPerNode       = 4
	stepsPerLookup     = 4
	stepsPerComparison = 4
)

// errAllowance is the error of a search whose allowance is used up.
var errAllowance = errors.New("the allowance of a search is used up")

// spend takes steps from the allowance. A nil allowance, that of reading ahead, has no end.
func (a *allowance) spend(steps int) {
	if a != nil {
		a.steps -= steps
	}
}

// spendReading takes what it takes to read the metadata of a candidate, once in a search, even if other searches have read
// them: the steps of a search do not depend on those.
func (a *allowance) spendReading(c *candidate, k *knowledge) {
	if a != nil && !a.read[c] {
		a.read[c] = true
		a.spend((1 + k.stated) * stepsPerReading)
	}
}

// spent reports whether the allowance is used up. Loops over releases then end early; what they return means nothing, and
// their callers must look at the allowance first.
func (a *allowance) spent() bool { return a != nil && a.steps < 0 }
