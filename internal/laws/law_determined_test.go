package laws

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// isDetermined is law 3.
func (t *Trial) isDetermined() []Finding {
	var findings []Finding
	// Content that a cache holds, and whose digest the page states, is not asked for: that it cannot be fetched now is not
	// noticed.
	if t.world.Variant != Kept || !t.fails() {
		if f, broken := t.differs(string(t.world.Variant), t.vary()); broken {
			findings = append(findings, f)
		}
	}
	if t.with("-upgrade") && t.Status == 0 && t.movedFreely() {
		t.Looked = append(t.Looked, "law 3: an upgrade is that of an empty tree")
		fresh := t.again(Tree{"toxgen.yaml": t.Before["toxgen.yaml"]})
		if f, broken := t.differs("an upgrade in an empty tree", fresh); broken {
			findings = append(findings, f)
		}
	}
	return findings
}

// vary runs the command in the circumstances of the world's variant.
func (t *Trial) vary() Outcome {
	start := Start{Arguments: t.Arguments, Tree: t.Before, Index: t.varied.URL}
	switch t.world.Variant {
	case Warm:
		cache, err := os.MkdirTemp(workshop, "warm-")
		must(err)
		defer os.RemoveAll(cache)
		start.Cache = cache
		start.run()
	case Shuffled:
		publish(t.varied, t.Index, t.marks, nil)
	case Kept:
		publish(t.varied, t.Index, t.marks, uncached)
		start.Cache = t.kept
	}
	return start.run()
}

// differs compares an outcome with that of the trial.
func (t *Trial) differs(circumstance string, other Outcome) (Finding, bool) {
	if other.Status != t.Status {
		return Finding{What: "the status is the same: " + circumstance, Details: []string{fmt.Sprintf("exit status %d, not %d", other.Status, t.Status), other.Stderr, t.Stderr}}, true
	}
	if changes := t.Tree.differences(other.Tree); len(changes) > 0 {
		return Finding{What: "the bytes are the same: " + circumstance, Details: changes}, true
	}
	return Finding{}, false
}

// fails reports whether something on the index cannot be had in this step.
func (t *Trial) fails() bool {
	return slices.ContainsFunc(t.Index, func(p Project) bool {
		return p.Page != 0 || slices.ContainsFunc(p.Files, func(f File) bool { return f.Lost })
	})
}

// movedFreely reports whether nothing kept old facts or pins: no request fails in this step, and the summary names
// nothing that stayed. Else a tree with a past rightly has what an empty one cannot get.
func (t *Trial) movedFreely() bool {
	if t.fails() {
		return false
	}
	var summary struct {
		Failed    []any `json:"failed"`
		Withdrawn []struct {
			Stays int `json:"stays"`
		} `json:"withdrawn"`
	}
	if json.Unmarshal([]byte(t.Summary), &summary) != nil || len(summary.Failed) > 0 {
		return false
	}
	for _, w := range summary.Withdrawn {
		if w.Stays > 0 {
			return false
		}
	}
	return true
}
