package workflow

import (
	"fmt"
	"maps"
	"strings"

	"toxgen/internal/config"
)

// This file derives the facts that each kind of workflow must state from the data of its template. Facts do not
// restrict a template to them: it may add keys, steps and jobs, and permissions of jobs.

// callerFacts returns the facts of the calling workflow.
func (r *renderer) callerFacts(data Caller) []fact {
	w := data.Workflow
	var needs []any
	var results []string
	facts := []fact{
		{[]string{"name"}, w.Name},
		{[]string{"on"}, triggers(w)},
		{[]string{"permissions"}, map[string]any{}},
		{[]string{"concurrency"}, map[string]any{
			"group":              "${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}",
			"cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
		}},
	}
	facts = append(facts, indexFacts(data.Index)...)
	for _, g := range data.Groups {
		needs = append(needs, g.ID)
		results = append(results, "${{ needs."+g.ID+".result }} "+g.Name)
		call := includes{"name": g.Name, "uses": g.Path}
		if g.Rest != "" {
			call["with"] = map[string]any{"rest": g.Rest}
		}
		facts = append(facts, fact{[]string{"jobs", g.ID}, call})
		if w.Netrc != "" {
			facts = append(facts, fact{[]string{"jobs", g.ID, "secrets"}, includes{w.Netrc: secret(w.Netrc)}})
		}
	}
	facts = append(facts, r.jobFacts("required", map[string]any{"name": data.Gate, "needs": needs, "if": "${{ always() }}",
		"steps": inOrder{includes{"env": includes{"RESULTS": strings.Join(results, "\n")}, "run": within("success")}}})...)
	if w.Coverage != nil {
		steps := append(loginFacts(w),
			includes{"uses": r.pinned("actions/download-artifact"), "with": includes{"pattern": "coverage-*", "merge-multiple": true}},
			includes{"uses": r.pinned("actions/upload-artifact"), "with": includes{"name": data.Coverage, "path": within("coverage.xml")}},
		)
		facts = append(facts, r.jobFacts("coverage", map[string]any{"needs": needs, "steps": steps})...)
	}
	if data.Results != "" {
		facts = append(facts, r.jobFacts("results", map[string]any{"needs": needs, "steps": inOrder{
			includes{"uses": r.pinned("actions/download-artifact"), "with": includes{"pattern": "results-*", "merge-multiple": true}},
			includes{"env": includes{"PATTERNS": data.Patterns}, "run": within("PATTERNS")},
			includes{"uses": r.pinned("actions/upload-artifact"), "with": includes{"name": data.Results, "path": "results"}},
		}})...)
	}
	if w.Report != nil {
		var steps inOrder
		condition := "${{ !cancelled() && "
		for _, job := range data.HandedOver {
			condition += "needs." + job + ".result == 'success' && "
		}
		if w.Coverage != nil {
			steps = append(steps, includes{"uses": r.pinned("actions/download-artifact"), "with": includes{"name": data.Coverage}})
		}
		if len(w.Results) > 0 {
			steps = append(steps, includes{"uses": r.pinned("actions/download-artifact"), "with": includes{"name": data.Results, "path": "results"}})
		}
		facts = append(facts, r.jobFacts("report", map[string]any{"needs": sequence(data.HandedOver), "permissions": mapping(w.Report.Permissions),
			"if":    within(condition + "(github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository)"),
			"steps": append(steps, r.stepFacts(w.Report.Steps)...)})...)
	}
	return facts
}

// groupFacts returns the facts of a group's workflow.
func (r *renderer) groupFacts(data Group) []fact {
	call := map[string]any{}
	if secret := data.Workflow.Netrc; secret != "" {
		call["secrets"] = map[string]any{secret: map[string]any{"required": false}}
	}
	if data.Rest {
		call["inputs"] = map[string]any{"rest": map[string]any{"description": "Whether the rows run that pull requests leave out", "type": "boolean", "required": true}}
	}
	on := map[string]any{"workflow_call": nil}
	if len(call) > 0 {
		on["workflow_call"] = call
	}
	facts := []fact{
		{[]string{"name"}, data.Name},
		{[]string{"on"}, on},
		{[]string{"permissions"}, map[string]any{}},
	}
	facts = append(facts, indexFacts(data.Index)...)
	for _, job := range data.Jobs {
		want := map[string]any{
			"name":              job.Name,
			"if":                nil, // a job that is skipped does not turn the gate red
			"strategy":          includes{"fail-fast": false, "matrix": map[string]any{"include": rows(job)}},
			"runs-on":           "${{ matrix.runs-on }}",
			"timeout-minutes":   "${{ matrix.timeout }}",
			"continue-on-error": nil,
			"container":         nil,
			"services":          nil,
			"steps":             r.rowSteps(data, job),
		}
		if job.Rest {
			want["if"] = "${{ inputs.rest }}"
		}
		if job.RunsOn != nil {
			want["runs-on"] = runsOn(job.RunsOn)
		}
		if job.MayFail {
			want["continue-on-error"] = "${{ matrix.may-fail }}"
		}
		if job.Timeout != 0 {
			want["timeout-minutes"] = job.Timeout
		}
		if job.RunsOn != nil {
			want["runs-on"] = runsOn(job.RunsOn)
		}
		if job.Container != "" {
			want["container"] = includes{"image": job.Container}
		}
		if containers := containers(job); len(containers) > 0 {
			want["services"] = containers
		}
		facts = append(facts, r.jobFacts(job.ID, want)...)
	}
	return facts
}

// indexFacts returns the facts of a workflow that installs from the declared index.
func indexFacts(index config.Map[string]) []fact {
	if index == nil {
		return nil
	}
	return []fact{{[]string{"env"}, includes(mapping(index))}}
}

// loginFacts returns the step that tells uv and pip the credentials of the index, if there are any.
func loginFacts(w *config.Workflow) inOrder {
	if w.Netrc == "" {
		return nil
	}
	return inOrder{includes{"env": includes{"NETRC_TEXT": secret(w.Netrc)}, "run": within(config.NetrcVariable + "=")}}
}

// secret returns the expression for a secret.
func secret(name string) string { return "${{ secrets." + name + " }}" }

// jobFacts returns the facts of one job with steps, whose runner and time limit are the usual ones if it wants no others.
func (r *renderer) jobFacts(id string, want map[string]any) []fact {
	w := r.config.Workflow
	usual := map[string]any{"runs-on": runsOn(w.RunsOn), "timeout-minutes": w.Timeout}
	maps.Copy(usual, want)
	var facts []fact
	for key, value := range usual {
		facts = append(facts, fact{[]string{"jobs", id, key}, value})
	}
	return facts
}

// rows returns the matrix entries of a job.
func rows(job Job) []any {
	var all []any
	for _, r := range job.Rows {
		row := map[string]any{"python": r.Python, "release": r.Release, "label": r.Label, "serial-label": r.SerialLabel}
		if r.RunsOn != nil {
			row["runs-on"] = sequence(r.RunsOn)
		}
		if r.Timeout != 0 {
			row["timeout"] = r.Timeout
		}
		if job.MayFail {
			row["may-fail"], row["tox-timeout"] = r.MayFail, r.ToxTimeout
		}
		for _, n := range r.Needs {
			row[n.Flag] = n.Value
		}
		all = append(all, row)
	}
	return all
}

// containers returns the services of a job that have an image, as the workflow states them.
func containers(job Job) map[string]any {
	all := map[string]any{}
	for _, s := range job.Containers() {
		one := map[string]any{"image": s.Image}
		if len(s.Env) > 0 {
			one["env"] = mapping(s.Env)
		}
		if s.Options != "" {
			one["options"] = s.Options
		}
		if len(s.Ports) > 0 {
			one["ports"] = sequence(s.Ports)
		}
		all[s.Name] = one
	}
	return all
}

// rowSteps returns the steps that every row must have.
func (r *renderer) rowSteps(data Group, job Job) inOrder {
	w := data.Workflow
	steps := inOrder{includes{"uses": r.pinned("actions/checkout"), "with": includes{"persist-credentials": false}}}
	if s := data.Source; s != nil {
		steps = append(steps, includes{"uses": r.pinned("actions/checkout"), "with": map[string]any{
			"repository": s.Repository, "ref": s.Ref, "path": s.Path, "persist-credentials": false}})
	}
	for _, s := range data.Others {
		steps = append(steps, includes{"uses": r.pinned("actions/checkout"), "with": map[string]any{
			"repository": s.Repository, "ref": s.Ref, "path": s.Path, "persist-credentials": false}})
	}
	steps = append(steps, includes{"uses": r.pinned("astral-sh/setup-uv"), "with": includes{"version": w.Tools.UV.String()}})
	steps = append(steps, loginFacts(w)...)
	for _, s := range job.Services {
		needed := fmt.Sprintf("${{ matrix.%s }}", s.Flag)
		if s.SetUp != nil {
			step := r.stepFact(s.SetUp.Step)
			step["if"] = needed
			steps = append(steps, step)
		}
		if len(s.TestEnv) > 0 {
			steps = append(steps, includes{"if": needed, "env": includes(mapping(s.TestEnv))})
		}
	}
	steps = append(steps, r.stepFacts(w.Before)...)
	if v := w.Tools.Virtualenv; v != nil { // otherwise tox-uv finds what uv installed
		steps = append(steps, includes{"env": includes{"TOX_VERSION": w.Tools.Tox.String(), "VIRTUALENV_VERSION": v.String()},
			"run": within("TOX_DISCOVER=")})
	}
	tox := func(label, command, options string) includes {
		env := includes(mapping(w.Env))
		env["LABEL"] = fmt.Sprintf("${{ matrix.%s }}", label)
		if data.ToxFile != "" {
			command += " -c " + data.ToxFile
		}
		step := includes{"env": env, "if": within("matrix." + label), "run": within(command + options + ` -m "$LABEL"`), "continue-on-error": nil}
		if job.MayFail {
			step["timeout-minutes"] = "${{ matrix.tox-timeout }}"
		}
		return step
	}
	if job.Parallel {
		steps = append(steps, tox("label", "tox run-parallel", " -p auto -o"))
	}
	if job.Serial {
		steps = append(steps, tox("serial-label", "tox run", ""))
	}
	if job.Minimums != "" {
		steps = append(steps, includes{"env": includes{"MINIMUMS": job.Minimums}, "if": within("always()"), "continue-on-error": nil, "run": within("MINIMUMS")})
	}
	if w.Coverage != nil {
		steps = append(steps, includes{"uses": r.pinned("actions/upload-artifact"), "with": includes{
			"name": job.Coverage, "include-hidden-files": true, "overwrite": true}})
	}
	if data.Patterns != "" {
		const row = "${{ matrix.label || matrix.serial-label }}"
		steps = append(steps,
			includes{"env": includes{"PATTERNS": data.Patterns, "ROW": row}, "run": within("PATTERNS")},
			includes{"uses": r.pinned("actions/upload-artifact"), "with": includes{"name": "results-" + row, "include-hidden-files": true, "overwrite": true}})
	}
	return append(steps, r.stepFacts(w.After)...)
}

// stepFacts returns the facts of configured steps, in their order.
func (r *renderer) stepFacts(steps []config.Step) inOrder {
	var all inOrder
	for _, s := range steps {
		all = append(all, r.stepFact(s))
	}
	return all
}

// stepFact returns the fact of one configured step.
func (r *renderer) stepFact(s config.Step) includes {
	fact := includes{"name": s.Name}
	if s.Uses != "" {
		fact["uses"] = r.pinned(s.Uses)
	}
	if s.Run != "" {
		fact["run"] = s.Run
	}
	if len(s.With) > 0 {
		fact["with"] = mapping(s.With)
	}
	if len(s.Env) > 0 {
		fact["env"] = mapping(s.Env)
	}
	return fact
}

// pinned returns an action with its pin.
func (r *renderer) pinned(action string) string {
	pin, _ := r.actions.pin(action) // configured has checked that there is a pin
	return pinned(action, pin)
}

// triggers returns the value of `on` for the configured triggers. A label that asks for the whole matrix starts a run; the
// other types are those of a pull request without types.
func triggers(w *config.Workflow) map[string]any {
	t := w.Triggers
	on := map[string]any{}
	paths := func(m map[string]any, paths []string) map[string]any {
		if len(paths) > 0 {
			m["paths"] = sequence(paths)
		}
		return m
	}
	if t.Push != nil {
		on["push"] = paths(map[string]any{"branches": sequence(t.Push.Branches)}, t.Push.Paths)
	}
	if t.PullRequest != nil {
		request := paths(map[string]any{}, t.PullRequest.Paths)
		if m := w.PullRequestMatrix; m != nil && m.Label != "" {
			request["types"] = sequence([]string{"opened", "synchronize", "reopened", "labeled"})
		}
		on["pull_request"] = nil
		if len(request) > 0 {
			on["pull_request"] = request
		}
	}
	if t.MergeGroup {
		on["merge_group"] = nil
	}
	var crons []any
	for _, cron := range t.Schedule {
		crons = append(crons, map[string]any{"cron": cron})
	}
	if crons != nil {
		on["schedule"] = crons
	}
	if t.Dispatch {
		on["workflow_dispatch"] = nil
	}
	return on
}

// runsOn returns the labels of a runner in the form that yaml.v3 decodes.
func runsOn(r config.Runner) any {
	if len(r) == 1 {
		return r[0]
	}
	return sequence(r)
}

// mapping returns a map of the configuration in the form that yaml.v3 decodes.
func mapping(m config.Map[string]) map[string]any {
	all := map[string]any{}
	for _, e := range m {
		all[e.Key] = e.Value
	}
	return all
}

// sequence returns a list of texts in the form that yaml.v3 decodes.
func sequence(texts []string) []any {
	var all []any
	for _, text := range texts {
		all = append(all, text)
	}
	return all
}
