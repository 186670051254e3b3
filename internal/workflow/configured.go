package workflow

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
)

// reserved holds the variables that the generated steps set for tox.
var reserved = []string{"LABEL", "UV_PYTHON_DOWNLOADS", "UV_PYTHON_INSTALL_DIR", "UV_PYTHON_PREFERENCE"}

// configured reports configured values that no template can render correctly.
func (r *renderer) configured() {
	for _, e := range r.config.Workflow.Env {
		if slices.Contains(reserved, e.Key) {
			r.fail(e.Pos, "", "workflow.env sets %s, which toxgen sets itself", e.Key)
		}
	}
	for _, u := range usedActions(r.config) {
		if _, found := r.actions.pin(u.action); !found {
			r.fail(u.pos, fmt.Sprintf("add `%s: {sha: …, version: …}` to workflow.actions", u.action),
				"%s: action %q is pinned neither under workflow.actions nor in a hand-written workflow", u.what, u.action)
		}
	}
	for _, e := range r.config.Services {
		r.run(about{e.Pos, fmt.Sprintf("service %q", e.Key)}, e.Value.Run)
	}
	for _, s := range configuredSteps(&r.config.Workflow) {
		r.run(about{s.Pos, fmt.Sprintf("step %q", s.Name)}, s.Run)
	}
}

// run reports a command that GitHub would change before a shell reads it.
func (r *renderer) run(subject about, command string) {
	if strings.Contains(command, "${{") {
		r.fail(subject.pos, "pass the value through `env`", "%s: GitHub pastes the value of an expression in `run` into the command", subject.what)
	}
}

// configuredSteps returns the steps in the configuration.
func configuredSteps(w *config.Workflow) []config.Step {
	steps := slices.Concat(w.Before, w.After)
	if w.Report != nil {
		steps = append(steps, w.Report.Steps...)
	}
	return steps
}
