package matrix

import "toxgen/internal/pep440"

// A Rule is the name of the rule that decided about a release.
type Rule string

// The rules, in the order in which they are applied.
const (
	RuleYanked       Rule = "yanked"       // every file of it is yanked
	RuleDev          Rule = "dev release"  // is never tested
	RulePost         Rule = "post release" // is not tested unless it is the suite's exact minimum
	RuleName         Rule = "unnameable"   // tox could not parse the name of an environment with this version
	RuleMinimum      Rule = "minimum"      // older than the suite's minimum
	RuleMaximum      Rule = "maximum"      // the suite's maximum, a pre-release of it, or newer
	RuleHeld         Rule = "hold"         // excluded by a hold
	RuleUnresolvable Rule = "unresolvable" // an update found no pins for it
	RulePrerelease   Rule = "pre-release"  // only the newest one is tested, and only if newer than every stable release
	RulePatch        Rule = "older patch"  // a newer stable release of the same minor line is tested instead
	RuleUnreadable   Rule = "unreadable"   // its metadata cannot be read
	RuleLacking      Rule = "lacking"      // its metadata has not been read
	RulePython       Rule = "no Python"    // the release and the suite admit no declared Python
	RuleThinned      Rule = "thinned"      // other releases represent it
	RulePicked       Rule = "picked"       // it is tested
)

// A Decision is the result of the selection for one release.
type Decision struct {
	Version pep440.Version
	Rule    Rule
	// Detail is the reason: that of the yank or the hold, or the limit that excluded the release. It may be empty.
	Detail string
}
