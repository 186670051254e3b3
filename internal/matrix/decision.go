package matrix

import "toxgen/internal/pep440"

// Rule names what decided about a release.
type Rule string

// The rules, in the order in which they are asked.
const (
	RuleYanked       Rule = "yanked"       // every file of it is yanked
	RuleDev          Rule = "dev release"  // never counts
	RulePost         Rule = "post release" // never counts
	RuleName         Rule = "unnameable"   // tox could not parse an environment's name with it
	RuleMinimum      Rule = "minimum"      // older than the suite's minimum
	RuleHeld         Rule = "hold"         // excluded by a hold
	RuleUnresolvable Rule = "unresolvable" // an update found no pins for it
	RulePrerelease   Rule = "pre-release"  // only the newest one counts, and only if newer than every stable release
	RulePatch        Rule = "older patch"  // a newer stable release of the same minor line stays
	RuleUnreadable   Rule = "unreadable"   // its metadata cannot be read
	RuleLacking      Rule = "lacking"      // its metadata has not been read
	RulePython       Rule = "no Python"    // no declared Python that it and the suite admit
	RuleThinned      Rule = "thinned"      // others represent it
	RulePicked       Rule = "picked"       // tested
)

// Decision is what became of one release.
type Decision struct {
	Version pep440.Version
	Rule    Rule
	// Detail is the rest of the sentence: the yank reason, the hold's reason, the limit that excluded.
	Detail string
}
