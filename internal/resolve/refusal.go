package resolve

import (
	"fmt"
	"slices"

	"toxgen/internal/foreign"
)

// Refusal says that a release would be pinned that must not be: what it requires is a URL, or nobody knows what it
// requires. Its texts are fit to be shown.
type Refusal struct {
	// Message is one sentence, Hint what could be done.
	Message, Hint string
}

// Error is the message.
func (r *Refusal) Error() string { return r.Message }

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
