package pipeline

import (
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/finding"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
)

// reduced returns facts without what nothing needs. A plain run does so for projects of which it moves something alone:
// what it made needless itself it removes, and leaves the rest to an update. A verifying run leaves everything.
func (r *Run) reduced(s state, m *matrix.Matrix, facts registry.Facts, l lock.Lock) registry.Facts {
	if r.mode.index == (live.None{}) {
		return facts
	}
	moved := lock.Moved(m, s.had, l)
	return lock.NeedsOf(r.config, m, l).Reduced(facts, func(project string) bool {
		return s.policy.IsUpdate() || moved[project] || s.configured[project]
	})
}

// needless reports facts that nothing asks for.
func (r *Run) needless(s state) finding.List {
	var list finding.List
	report := func(name string, line int, message string) {
		f := finding.Finding{Severity: r.mode.needless, File: registry.Path(name), Line: line, Message: message, Kind: "needless facts", Hint: "`mage update` removes them"}
		if f.Severity == finding.Error {
			f.Message, f.Hint = message+": an update would not hand them over", ""
		}
		list = append(list, f)
	}
	n := lock.NeedsOf(r.config, s.matrix, s.lock)
	for _, name := range slices.Sorted(maps.Keys(s.facts)) {
		needed, all := n.Of(s.facts[name])
		switch {
		case all:
		case needed == nil:
			report(name, 1, "nothing needs these facts")
		default:
			has, needs := registry.Format(s.facts[name]), registry.Format(needed)
			report(name, firstDifference(has, needs), fmt.Sprintf("nothing needs some of these facts, %d bytes of them", len(has)-len(needs)))
		}
	}
	return list
}
