package config

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// validate reports errors between values: unknown references, repetitions and contradictions. It also checks the
// parts of an invalid file that could be read, and skips broken parts.
func (d *decoder) validate(c *Config) {
	d.following, d.static = c.Suites.byKey(), c.Static.byKey()
	d.project(c)
	d.pythons(c)
	d.platforms(c)
	d.services(c)
	d.suites(c)
	d.groups(c)
	d.factors(c)
	d.interpreters(c)
	if c.Workflow.IsDeclared() {
		d.workflow(&c.Workflow)
		d.toolPython(c)
	}
	d.constraints(c)
	d.temporary(c)
	d.metadata(c)
	d.checkouts(c)
	d.checkVariants(c)
	d.indexVariables(c)
	d.outputs(&c.Outputs)
}

// project reports a project without a name, and optional requirements and rules that no file states.
func (d *decoder) project(c *Config) {
	p := &c.Project
	if p.Name.Text == "" && p.From == "" && p.Pos != (Pos{}) && !d.broken[p.Pos] {
		d.failAt(p.Pos, "", "project lacks the key %s", quoted("name"))
	}
	uses := func(what string, u Uses) {
		for _, name := range slices.Concat(u.Extras, u.Groups) {
			if p.From == "" && name.Text != "" {
				d.failAt(name.Pos, "write `from: pyproject.toml` under project", "%s uses %s, but no file states the extras and groups of the project", what, quoted(name.Text))
			}
		}
	}
	rules := func(what string, rules []Rule) {
		for _, r := range rules {
			if len(r.Add) == 0 && r.File == "" && !d.broken[r.Pos] {
				d.failAt(r.Pos, "", "a rule of %s has neither `add` nor `file`", what)
			}
		}
	}
	uses("testenv", c.Testenv.Uses)
	for _, e := range c.Suites {
		uses("suite "+quoted(e.Key), e.Value.Uses)
		rules("suite "+quoted(e.Key), e.Value.Requires)
	}
	for _, e := range c.Static {
		uses("suite "+quoted(e.Key), e.Value.Uses)
		rules("suite "+quoted(e.Key), e.Value.Requires)
	}
}

// freeThreadingSince is the first line with a free-threaded build (PEP 703).
var freeThreadingSince = python.Version{Major: 3, Minor: 13}

// installableSince is the oldest line that uv installs, by which rows get their interpreters.
var installableSince = python.Version{Major: 3, Minor: 8}

// pythons reports Pythons in the wrong order and impossible builds.
func (d *decoder) pythons(c *Config) {
	var before *Python
	for i := range c.Pythons {
		p := &c.Pythons[i]
		if p.Version.Pos == (Pos{}) {
			continue
		}
		if before != nil {
			switch order := before.line().Compare(p.line()); {
			case order == 0:
				hint := ""
				if before.Platform != nil || p.Platform != nil {
					hint = "a Python has one platform, since tox tells environments apart by its version alone; declare another version for the other platform"
				}
				d.failAt(p.Pos, hint, "Python %s is declared twice, first in line %d", p.Version, before.Line)
			case order > 0:
				d.failAt(p.Pos, "", "Python %s comes after %s: the list must be in ascending order", p.Version, before.Version)
			}
		}
		before = p
		if p.FreeThreaded && p.Container != "" {
			d.failAt(p.Pos, "", "Python %s has a container, which cannot offer the free-threaded build", p.Version)
		}
		if p.FreeThreaded && p.line().Compare(freeThreadingSince) < 0 {
			d.failAt(p.Pos, "", "Python %s has no free-threaded build: %s is the first version with one", p.Version, freeThreadingSince.Short())
		}
		if c.Workflow.IsDeclared() && p.Container == "" && p.line().Compare(installableSince) < 0 {
			d.warn("Python without a container", p.Pos, fmt.Sprintf("add container: \"python:%s@sha256:…\"", p.Version),
				"rows cannot have Python %s: it has no container, and uv installs none before %s", p.Version, installableSince.Short())
		}
	}
}

// line returns the version without a patch release.
func (p *Python) line() python.Version {
	return python.Version{Major: p.Version.Major, Minor: p.Version.Minor}
}

// services reports services with keys that do not fit together.
func (d *decoder) services(c *Config) {
	for _, e := range c.Services {
		s := e.Value
		if d.broken[s.Pos] {
			continue
		}
		kinds := 0
		for _, text := range []string{s.Image, s.Uses, s.Run} {
			if text != "" {
				kinds++
			}
		}
		if kinds != 1 {
			d.failAt(e.Pos, "", "service %s needs exactly one of image, uses and run", quoted(e.Key))
			continue
		}
		if s.Image == "" && len(s.Env)+len(s.Options)+len(s.Ports) > 0 {
			d.failAt(e.Pos, "", "service %s has env, options or ports, which only a container has", quoted(e.Key))
		}
		if s.Uses == "" && len(s.With) > 0 {
			d.failAt(e.Pos, "", "service %s has `with`, which only an action has", quoted(e.Key))
		}
	}
}

// interpreters warns about Pythons in rules that are not declared. It is not an error, so that removing a Python
// means removing one line.
func (d *decoder) interpreters(c *Config) {
	if d.unread["pythons"] || slices.ContainsFunc(c.Pythons, func(p Python) bool { return d.broken[p.Pos] }) {
		return
	}
	declared := map[string]bool{}
	for _, p := range c.Pythons {
		declared[p.line().Short()] = true
		if p.FreeThreaded {
			declared[p.line().Short()+"t"] = true
		}
	}
	check := func(what string, list []Interpreter) {
		for _, p := range list {
			if p.Short != "" && !declared[p.Short] {
				d.warn("rules that name Pythons which are not declared", p.Pos, "", "%s names py%s, which is not declared under pythons", what, p.Short)
			}
		}
	}
	rules := func(suite string, requires []Rule, env []EnvRule, services []Needed, own OwnRows) {
		for _, n := range services {
			check("suite "+quoted(suite), n.When.Pythons)
		}
		for _, r := range requires {
			check("suite "+quoted(suite), r.When.Pythons)
		}
		for _, r := range env {
			check("suite "+quoted(suite), r.When.Pythons)
		}
		if own.MayFail != nil {
			check("`may-fail` of suite "+quoted(suite), own.MayFail.Pythons)
		}
	}
	for _, e := range c.Suites {
		rules(e.Key, e.Value.Requires, e.Value.SetEnv, e.Value.Services, e.Value.OwnRows)
	}
	for _, e := range c.Static {
		rules(e.Key, e.Value.Requires, e.Value.SetEnv, e.Value.Services, e.Value.OwnRows)
		check("suite "+quoted(e.Key), e.Value.Pythons)
		if p := e.Value.Python; p != nil {
			check("suite "+quoted(e.Key), []Interpreter{*p})
		}
	}
	for _, r := range c.Testenv.SetEnv {
		check("testenv", r.When.Pythons)
	}
	for _, v := range c.allVariants() {
		for _, r := range v.Value.SetEnv {
			check("the variant "+quoted(v.Key), r.When.Pythons)
		}
	}
	check("testenv", c.Testenv.NotEditable)
	for _, k := range c.Constraints {
		check("the constraint "+quoted(k.Requirement.Text), k.When)
	}
}

// toolPython reports that no Python can run the tools of the workflows.
func (d *decoder) toolPython(c *Config) {
	released := func(p Python) bool { return d.broken[p.Pos] || p.Patch != nil && p.Patch.Prerelease.Stage == "" }
	if len(c.Pythons) > 0 && !slices.ContainsFunc(c.Pythons, released) {
		d.failAt(c.Pythons[0].Pos, "", "all declared Pythons are pre-releases: a workflow needs a released one, which runs its tools")
	}
}

// workflow reports keys of the workflow that do not fit together.
func (d *decoder) workflow(w *Workflow) {
	t := w.Triggers
	started := t.Push != nil || t.PullRequest != nil || t.MergeGroup || len(t.Schedule) > 0 || t.Dispatch
	if !started && t.Pos != (Pos{}) && !d.broken[t.Pos] {
		d.failAt(t.Pos, "", "workflow.triggers: nothing would start the workflow")
	}
	paths := t.Push != nil && len(t.Push.Paths) > 0 || t.PullRequest != nil && len(t.PullRequest.Paths) > 0
	if paths && w.IsRequired() {
		d.failAt(t.Pos, "write `required: false` under workflow if no branch protection waits for it",
			"workflow.triggers has paths: a required workflow that does not start blocks every pull request")
	}
	if m := w.PullRequestMatrix; m != nil && t.PullRequest == nil && !d.broken[t.Pos] && !d.unread["workflow.triggers"] {
		d.failAt(m.Pos, "", "workflow.pull-request-matrix: no pull request starts the workflow, which has no trigger `pull-request`")
	}
	d.tools(&w.Tools)
	d.steps(w.Before)
	d.steps(w.After)
	if w.Report != nil {
		d.steps(w.Report.Steps)
		if w.Coverage == nil && len(w.Results) == 0 && !d.broken[w.Pos] {
			d.failAt(w.Report.Pos, "", "workflow.report needs workflow.coverage or workflow.results: there would be nothing to post")
		}
	}
	if w.Coverage != nil && w.Tools.Coverage == nil && !d.broken[w.Tools.Pos] && !d.unread["workflow.tools"] {
		d.failAt(w.Coverage.Pos, "", "workflow.coverage needs workflow.tools.coverage, the version that combines the data")
	}
}

// minimumVirtualenv is the first release of virtualenv whose pip knows build constraints, those of pip 25.3
// (https://virtualenv.pypa.io/en/latest/changelog.html).
var minimumVirtualenv = pep440.MustParse("20.35.4")

// tools reports tools that do not say whether uv or pip installs the environments.
func (d *decoder) tools(t *Tools) {
	if d.broken[t.Pos] || t.Pos == (Pos{}) {
		return
	}
	const hint = "tox-uv lets uv install the environments, virtualenv lets pip do it"
	switch {
	case t.ToxUV != nil && t.Virtualenv != nil:
		d.failAt(t.Virtualenv.Pos, hint, "workflow.tools has tox-uv and virtualenv: name one of them")
	case t.ToxUV == nil && t.Virtualenv == nil:
		d.failAt(t.Pos, hint, "workflow.tools has neither tox-uv nor virtualenv")
	case t.Virtualenv != nil && t.Virtualenv.Compare(minimumVirtualenv) < 0:
		d.failAt(t.Virtualenv.Pos, "", "workflow.tools.virtualenv is %s, whose pip ignores build constraints: at least %s", t.Virtualenv, minimumVirtualenv)
	}
}

// steps reports steps with keys that do not fit together.
func (d *decoder) steps(steps []Step) {
	for _, s := range steps {
		if d.broken[s.Pos] {
			continue
		}
		if (s.Uses == "") == (s.Run == "") {
			d.failAt(s.Pos, "", "step %s needs exactly one of uses and run", quoted(s.Name))
		}
		if s.Uses == "" && len(s.With) > 0 {
			d.failAt(s.Pos, "", "step %s has `with`, which only an action has", quoted(s.Name))
		}
	}
}

// constraints reports constraints that restrict nothing and unknown suites.
func (d *decoder) constraints(c *Config) {
	for _, k := range c.Constraints {
		r := k.Requirement
		if r.Text != "" && !d.broken[k.Pos] && (len(r.Extras) > 0 || r.Specifiers.IsEmpty()) {
			d.failAt(r.Pos, "", "constraint %s needs a specifier and no extras: it restricts, and installs nothing", quoted(r.Text))
		}
		for _, s := range k.Suites {
			d.known(c, s, "the constraint "+quoted(r.Text), false)
		}
	}
}

// temporary reports temporary rules without a last day, and those that are for more than one suite's variants.
func (d *decoder) temporary(c *Config) {
	for _, r := range c.Temporary() {
		if pos := r.pos(); r.Until().IsZero() && !d.broken[pos] {
			d.failAt(pos, "add until: YYYY-MM-DD", "the rule %s is temporary, but has no last day", quoted(r.String()))
		}
	}
	for _, v := range c.Testenv.Variants.List {
		for _, h := range v.Value.Hold {
			if h.Temporary {
				d.failAt(h.Pos, "write the hold in the suites that need it", "testenv: a hold of the variant %s is for all suites, and so cannot be temporary", quoted(v.Key))
			}
		}
	}
}

// outputs reports generated files that would be one. Systems may ignore the case of their names.
func (d *decoder) outputs(o *Outputs) {
	if o.Schema != "" && strings.EqualFold(o.Schema, o.ReportJSON) {
		d.failAt(o.Pos, "give one of them another name", "outputs.schema and outputs.report-json are one file, %s", quoted(o.ReportJSON))
	}
}

// metadata reports repeated and empty metadata.
func (d *decoder) metadata(c *Config) {
	seen := map[string]int{}
	for _, m := range c.Metadata {
		if d.broken[m.Pos] {
			continue
		}
		key := fmt.Sprintf("%s==%s", m.Release.Key, m.Release.Version.Canonical())
		if line, repeated := seen[key]; repeated {
			d.failAt(m.Pos, "", "the metadata of %s are given twice, first in line %d", key, line)
		}
		seen[key] = m.Line
		if m.Requires == nil && m.RequiresPython == nil && m.Classifiers == nil {
			d.failAt(m.Pos, "", "the metadata of %s are empty: give requires, requires-python or classifiers", key)
		}
	}
}
