package workflow

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"toxgen/internal/config"
	"toxgen/internal/finding"
)

// A Pin is the commit of an action and the position of the line that pins it.
type Pin struct {
	// SHA is the full commit SHA, and Version the release in the comment after it.
	SHA, Version string
	File         string
	Line, Column int
}

// place returns the position of the pin for messages.
func (p Pin) place() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Actions holds the pins that generated workflows use, by the names of the actions.
type Actions struct{ pins map[string]Pin }

// pin returns the pin of an action. GitHub ignores case in names.
func (a Actions) pin(action string) (Pin, bool) {
	pin, found := a.pins[strings.ToLower(action)]
	return pin, found
}

var (
	fullSHA        = regexp.MustCompile(`^[0-9a-f]{40}$`)
	versionComment = regexp.MustCompile(`^#\s*([A-Za-z0-9][A-Za-z0-9._/+-]*)(\s|$)`)
)

// ReadActions returns the pins of the actions that generated workflows use. If the hand-written workflows pin an action by
// the full SHA of one commit, that is its pin; otherwise it is the one in workflow.actions of the configuration. Any other
// reference of a hand-written workflow, such as a tag, is ignored. ReadActions reports as out of sync an action that
// hand-written workflows pin to several commits and the configuration does not pin, and one that the configuration pins to
// another commit than they do.
func ReadActions(byHand []File, c *config.Config) (Actions, finding.List) {
	if !c.Workflow.IsDeclared() {
		return Actions{}, nil
	}
	r := &pinReader{pins: map[string]Pin{}, byHand: map[string][]Pin{}}
	for _, f := range byHand {
		uses, err := readUses(f)
		if err != nil {
			r.report(finding.Warning, Pin{File: f.Path}, "", "cannot read the action pins of this workflow: %s", err)
		}
		for _, u := range uses {
			if fullSHA.MatchString(u.SHA) {
				r.remember(strings.ToLower(u.action), u.Pin)
			}
		}
	}
	for _, e := range c.Workflow.Actions {
		r.configured(use{e.Key, Pin{SHA: e.Value.SHA, Version: e.Value.Version, File: c.File, Line: e.Line, Column: e.Column}})
	}
	for _, u := range usedActions(c) {
		r.unconfigured(u.action)
	}
	r.findings.Sort()
	return Actions{r.pins}, r.findings
}

// A pinReader collects the pins of actions and the findings about them.
type pinReader struct {
	pins map[string]Pin
	// byHand has the pins in hand-written workflows, one for each commit.
	byHand   map[string][]Pin
	findings finding.List
}

// report adds a finding at the position of a pin.
func (r *pinReader) report(severity finding.Severity, at Pin, hint, format string, args ...any) {
	r.findings = append(r.findings, finding.Finding{Severity: severity, File: at.File, Line: at.Line, Column: at.Column,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// remember adds a pin of a hand-written workflow. Of several pins to one commit, it keeps the first one that has a version.
func (r *pinReader) remember(action string, pin Pin) {
	i := slices.IndexFunc(r.byHand[action], func(other Pin) bool { return other.SHA == pin.SHA })
	switch {
	case i < 0:
		r.byHand[action] = append(r.byHand[action], pin)
	case r.byHand[action][i].Version == "":
		r.byHand[action][i].Version = pin.Version
	}
}

// configured decides on an action that the configuration pins.
func (r *pinReader) configured(u use) {
	key := strings.ToLower(u.action)
	byHand := r.byHand[key]
	if len(byHand) != 1 {
		r.pins[key] = u.Pin
		return
	}
	pin := byHand[0]
	switch {
	case pin.SHA != u.SHA:
		r.report(finding.OutOfSync, u.Pin, "remove it here: a hand-written workflow that uses the action holds its pin",
			"action %q is pinned to %s here and to %s in %s", u.action, u.SHA, pin.SHA, pin.place())
	case pin.Version != "":
		r.report(finding.Warning, u.Pin, "remove it here: a bot that updates the other pin would not update this one",
			"action %q is also pinned in %s", u.action, pin.place())
	default:
		pin.Version = u.Version
	}
	r.pins[key] = pin
}

// unconfigured decides on an action that generated workflows use, unless the configuration pins it.
func (r *pinReader) unconfigured(action string) {
	key := strings.ToLower(action)
	byHand := r.byHand[key]
	if _, decided := r.pins[key]; decided || len(byHand) == 0 {
		return
	}
	r.pins[key] = byHand[0]
	for _, other := range byHand[1:] {
		r.report(finding.OutOfSync, other, "pin both to the same commit, or write the pin of the generated workflows under workflow.actions",
			"action %q is pinned to %s here and to %s in %s, and generated workflows use it", action, other.SHA, byHand[0].SHA, byHand[0].place())
	}
}

// MovedPins reports pins in existing generated workflows that differ from those in actions: a bot updated them there,
// where they are only copies. It returns one finding for each commit that an action was moved to.
func MovedPins(owned []File, c *config.Config, actions Actions) finding.List {
	var findings finding.List
	seen := map[string]bool{}
	for _, f := range owned {
		uses, err := readUses(f)
		if err != nil {
			continue // package pipeline reports that the file differs
		}
		for _, u := range uses {
			pin, known := actions.pin(u.action)
			moved := pinned(u.action, u.Pin) + " " + u.Version
			if !known || seen[moved] || pin.SHA == u.SHA && pin.Version == u.Version {
				continue
			}
			seen[moved] = true
			findings = append(findings, finding.Finding{Severity: finding.OutOfSync, File: u.File, Line: u.Line, Column: u.Column,
				Message: fmt.Sprintf("action %q is pinned to %s (%s) here and to %s (%s) in %s", u.action, u.SHA, u.Version, pin.SHA, pin.Version, pin.place()),
				Hint:    moveHint(c, pin, u)})
		}
	}
	findings.Sort()
	return findings
}

// moveHint returns a hint how to move the pin of an action to the one in use.
func moveHint(c *config.Config, pin Pin, u use) string {
	if pin.File == c.File {
		return fmt.Sprintf("if a bot moved it, write `sha: %s, version: %s` in %s; then run `mage workflows`", u.SHA, u.Version, pin.place())
	}
	return fmt.Sprintf("only the pin in %s is used: to move it, change it there; then run `mage workflows`", pin.place())
}

// A usedAction is an action that generated workflows use, with the part of the configuration that needs it.
type usedAction struct {
	action string
	about
}

// usedActions returns the actions of the generated workflows, which depend on the configuration only.
func usedActions(c *config.Config) []usedAction {
	w := &c.Workflow
	own := []string{"actions/checkout", "astral-sh/setup-uv"}
	if w.Coverage != nil || len(w.HandedOver()) > 0 {
		own = append(own, "actions/upload-artifact", "actions/download-artifact")
	}
	var used []usedAction
	for _, action := range own {
		used = append(used, usedAction{action, about{w.Pos, "the generated workflows"}})
	}
	for _, e := range c.Services {
		if e.Value.Uses != "" {
			used = append(used, usedAction{e.Value.Uses, about{e.Pos, fmt.Sprintf("service %q", e.Key)}})
		}
	}
	for _, s := range configuredSteps(w) {
		if s.Uses != "" {
			used = append(used, usedAction{s.Uses, about{s.Pos, fmt.Sprintf("step %q", s.Name)}})
		}
	}
	return used
}

// A use is one `uses:` of a job or a step that names an action of another repository.
type use struct {
	action string
	Pin
}

// readUses returns the actions that a workflow uses. SHA holds any reference, even if it is not a commit.
func readUses(f File) ([]use, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(f.Data, &document); err != nil {
		return nil, err
	}
	var found []use
	add := func(n *yaml.Node) {
		if n == nil || n.Kind != yaml.ScalarNode {
			return
		}
		action, ref, isAction := strings.Cut(n.Value, "@")
		if !isAction || strings.HasPrefix(action, ".") || strings.Contains(action, ":") {
			return
		}
		pin := Pin{SHA: ref, File: f.Path, Line: n.Line, Column: n.Column}
		if m := versionComment.FindStringSubmatch(n.LineComment); m != nil {
			pin.Version = m[1]
		}
		found = append(found, use{action, pin})
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	seen := map[*yaml.Node]bool{} // a node with many aliases is read once
	first := func(n *yaml.Node) bool {
		is := n != nil && !seen[n]
		seen[n] = true
		return is
	}
	_, jobs := pairs(value(document.Content[0], "jobs"))
	for _, job := range jobs {
		if !first(job) {
			continue
		}
		add(value(job, "uses"))
		if steps := value(job, "steps"); first(steps) && steps.Kind == yaml.SequenceNode {
			for _, step := range steps.Content {
				if step = target(step); first(step) {
					add(value(step, "uses"))
				}
			}
		}
	}
	return found, nil
}

// pairs returns the keys and values of a mapping and follows aliases. Other nodes have no pairs.
func pairs(n *yaml.Node) (keys, values []*yaml.Node) {
	n = target(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i])
		values = append(values, target(n.Content[i+1]))
	}
	return keys, values
}

// value returns the value of a key of a mapping, or nil.
func value(n *yaml.Node, key string) *yaml.Node {
	keys, values := pairs(n)
	for i := range keys {
		if keys[i].Value == key {
			return values[i]
		}
	}
	return nil
}

// target returns the node that an alias refers to, or n if it is not an alias.
func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
