package config

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"toxgen/internal/finding"
	"toxgen/internal/python"
)

// validate reports what no single value can show: references, repetitions, contradictions.
func (d *decoder) validate(c *Config) {
	d.pythons(c)
	d.project(c)
	d.services(c)
	d.suites(c)
	d.groups(c)
	d.factors(c)
	d.interpreters(c)
	d.workflow(&c.Workflow)
	d.requirements(c)
	d.paths(c)
}

func (d *decoder) pythons(c *Config) {
	for i, p := range c.Pythons {
		if i > 0 {
			before := c.Pythons[i-1].Version
			switch order := (python.Version{Major: before.Major, Minor: before.Minor}).Compare(
				python.Version{Major: p.Version.Major, Minor: p.Version.Minor}); {
			case order == 0:
				d.failAt(p.Pos, "", "Python %s is declared twice, first in line %d", p.Version, before.Line)
			case order > 0:
				d.failAt(p.Pos, "", "Python %s stands after %s: the list is ascending", p.Version, before)
			}
		}
		if p.Container != "" {
			d.image(p.Pos, fmt.Sprintf("Python %s", p.Version), p.Container)
			if p.FreeThreaded {
				d.failAt(p.Pos, "", "Python %s has a container, which cannot offer the free-threaded build", p.Version)
			}
		}
	}
}

var (
	repositoryText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$`)
	refText        = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	imageDigest    = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)
	imageText      = regexp.MustCompile(`^[a-z0-9][A-Za-z0-9._:/@-]*$`)
	variableText   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	actionText     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)
)

func (d *decoder) image(pos Pos, what, image string) {
	switch {
	case !imageText.MatchString(image):
		d.failAt(pos, "", "%s: %s is not an image", what, quoted(image))
	case !imageDigest.MatchString(image):
		d.report(finding.Warning, pos, "append the image's @sha256:… digest",
			"%s: the image %s has no digest, so it may change by itself", what, image)
	}
}

func (d *decoder) project(c *Config) {
	s := c.Project.Source
	if s == nil {
		return
	}
	if !repositoryText.MatchString(s.Repository) {
		d.failAt(s.Pos, "", "project.source.repository is %s, not owner/name", quoted(s.Repository))
	}
	if !refText.MatchString(s.Ref) || strings.Contains(s.Ref, "..") {
		d.failAt(s.Pos, "", "project.source.ref is %s, neither a commit SHA nor a tag", quoted(s.Ref))
	}
	if !localPath(s.Path) || strings.ContainsAny(s.Path, " \t") {
		d.failAt(s.Pos, "", "project.source.path is %s, not a folder below this repository's root, without blanks", quoted(s.Path))
	}
}

// localPath says whether a slash-separated path stays below the root and out of git's folder.
func localPath(p string) bool {
	clean := path.Clean(p)
	return p != "" && clean == p && clean != "." && !path.IsAbs(p) && clean != ".." && !strings.HasPrefix(clean, "../") &&
		clean != ".git" && !strings.HasPrefix(clean, ".git/") && !strings.ContainsAny(p, "\\\x00\n\r")
}

func (d *decoder) services(c *Config) {
	for _, e := range c.Services {
		s := e.Value
		if !nameText.MatchString(e.Key) || strings.Contains(e.Key, ".") {
			d.failAt(e.Pos, "", "%s cannot name a service: letters, digits, `_` and `-`, beginning with a letter or digit", quoted(e.Key))
		}
		kinds := 0
		for _, text := range []string{s.Image, s.Uses, s.Run} {
			if text != "" {
				kinds++
			}
		}
		if kinds != 1 {
			d.failAt(e.Pos, "", "service %s needs exactly one of image, uses and run", quoted(e.Key))
		}
		if s.Image != "" {
			d.image(e.Pos, "service "+quoted(e.Key), s.Image)
		} else if len(s.Env) > 0 || len(s.Options) > 0 || len(s.Ports) > 0 {
			d.failAt(e.Pos, "", "service %s has env, options or ports, which only a container has", quoted(e.Key))
		}
		if s.Uses == "" && len(s.With) > 0 {
			d.failAt(e.Pos, "", "service %s has `with`, which only an action has", quoted(e.Key))
		}
		d.action(e.Pos, s.Uses)
		d.variables(s.Env)
		d.variables(s.TestEnv)
	}
}

func (d *decoder) action(pos Pos, uses string) {
	if uses != "" && !actionText.MatchString(uses) {
		d.failAt(pos, "the pin stands in workflow.actions", "%s is not an action like owner/name", quoted(uses))
	}
}

func (d *decoder) variables(m Map[string]) {
	for _, e := range m {
		d.variable(e.Pos, e.Key)
	}
}

func (d *decoder) variable(pos Pos, name string) {
	if !variableText.MatchString(name) {
		d.failAt(pos, "", "%s cannot name an environment variable", quoted(name))
	}
}

// suites looks at each suite of either kind by itself.
func (d *decoder) suites(c *Config) {
	for _, e := range c.Suites {
		s := e.Value
		d.suiteName(e.Pos, e.Key)
		d.references(c, e.Key, s.Services)
		d.setEnv(s.SetEnv)
		for _, rule := range s.SetEnv {
			d.setTwice(e.Key, rule)
		}
	}
	for _, e := range c.Static {
		s := e.Value
		d.suiteName(e.Pos, e.Key)
		if other := c.Suites.Get(e.Key); other != nil {
			d.failAt(e.Pos, "", "suite %s stands under suites too, in line %d", quoted(e.Key), other.Line)
		}
		d.references(c, e.Key, s.Services)
		d.setEnv(s.SetEnv)
		d.static(e.Key, s)
	}
	d.setEnv(c.Testenv.SetEnv)
	for _, rule := range c.Testenv.SetEnv {
		if rule.When.Releases != nil {
			d.failAt(rule.Pos, "", "testenv.set-env: a specifier on the release can stand in a suite only")
		}
	}
}

func (d *decoder) suiteName(pos Pos, name string) {
	if !nameText.MatchString(name) || strings.HasSuffix(name, "-") || strings.Contains(name, "--") {
		d.failAt(pos, "", "%s cannot name a suite: letters, digits, `.`, `_` and single `-`, beginning and ending with a letter or digit", quoted(name))
	}
}

func (d *decoder) references(c *Config, suite string, services []Name) {
	for i, s := range services {
		if c.Services.Get(s.Text) == nil {
			d.failAt(s.Pos, "", "suite %s: no service is called %s", quoted(suite), quoted(s.Text))
		}
		if slices.ContainsFunc(services[:i], func(o Name) bool { return o.Text == s.Text }) {
			d.failAt(s.Pos, "", "suite %s names the service %s twice", quoted(suite), quoted(s.Text))
		}
	}
}

func (d *decoder) setEnv(rules []EnvRule) {
	for _, r := range rules {
		d.variable(r.Pos, r.Name)
	}
}

// setTwice refuses what the program sets itself.
func (d *decoder) setTwice(suite string, rule EnvRule) {
	if rule.Name == TestPathVariable {
		d.failAt(rule.Pos, "use test-path", "suite %s sets %s, which test-path sets", quoted(suite), TestPathVariable)
	}
}

func (d *decoder) static(name string, s Static) {
	switch {
	case s.Python != nil && len(s.Pythons) > 0:
		d.failAt(s.Pos, "", "static suite %s has both python and pythons", quoted(name))
	case s.Python == nil && len(s.Pythons) == 0:
		d.failAt(s.Pos, "", "static suite %s has neither python nor pythons", quoted(name))
	case s.TestPath == "" && len(s.Commands) == 0:
		d.failAt(s.Pos, "", "static suite %s has neither test-path nor commands", quoted(name))
	}
	for i, p := range s.Pythons {
		if slices.ContainsFunc(s.Pythons[:i], func(o Interpreter) bool { return o.Short == p.Short }) {
			d.failAt(p.Pos, "", "static suite %s names py%s twice", quoted(name), p.Short)
		}
	}
	for _, r := range s.Requires {
		if r.When.Releases != nil {
			d.failAt(r.When.Pos, "", "static suite %s has no releases for a specifier to match", quoted(name))
		}
	}
	for _, r := range s.SetEnv {
		if r.When.Releases != nil {
			d.failAt(r.When.Pos, "", "static suite %s has no releases for a specifier to match", quoted(name))
		}
	}
}

// groups checks that each suite that CI runs is in exactly one group.
func (d *decoder) groups(c *Config) {
	home := map[string]string{}
	slugs := map[string]string{}
	for _, g := range c.Groups {
		slug, err := Slug(g.Name)
		if err != nil {
			d.failAt(g.Pos, "", "%s", err)
		} else if other, taken := slugs[slug]; taken {
			d.failAt(g.Pos, "", "groups %s and %s would share the file name of one workflow", quoted(other), quoted(g.Name))
		}
		slugs[slug] = g.Name
		for _, s := range g.Suites {
			static := c.Static.Get(s.Text)
			switch other, taken := home[s.Text]; {
			case c.Suites.Get(s.Text) == nil && static == nil:
				d.failAt(s.Pos, "", "group %s: no suite is called %s", quoted(g.Name), quoted(s.Text))
			case taken:
				d.failAt(s.Pos, "", "suite %s is in the groups %s and %s", quoted(s.Text), quoted(other), quoted(g.Name))
			case static != nil && !static.InCI():
				d.failAt(s.Pos, "", "suite %s has `ci: false`, so it is in no group", quoted(s.Text))
			}
			home[s.Text] = g.Name
		}
	}
	orphan := func(pos Pos, name string) {
		if _, found := home[name]; !found {
			d.failAt(pos, "add it to the suites of a group", "suite %s is in no group", quoted(name))
		}
	}
	for _, e := range c.Suites {
		orphan(e.Pos, e.Key)
	}
	for _, e := range c.Static {
		if e.Value.InCI() {
			orphan(e.Pos, e.Key)
		}
	}
}

var slugText = regexp.MustCompile(`^[A-Za-z0-9]+([ _.-][A-Za-z0-9]+)*$`)

// Slug is a group's name as files, jobs and labels have it: `Web 1` is `web-1`.
func Slug(name string) (string, error) {
	if !slugText.MatchString(name) {
		return "", fmt.Errorf("%s cannot name a group: words of letters and digits, joined by single blanks, `.`, `_` or `-`", quoted(name))
	}
	return strings.ToLower(strings.NewReplacer(" ", "-", "_", "-", ".", "-").Replace(name)), nil
}

// factors refuses a suite whose factors are all in another's name: tox applies a line for `a` to `a-b` too.
func (d *decoder) factors(c *Config) {
	type named struct {
		pos     Pos
		name    string
		factors []string
	}
	var all []named
	add := func(pos Pos, name string) {
		all = append(all, named{pos, name, strings.Split(name, "-")})
	}
	for _, e := range c.Suites {
		add(e.Pos, e.Key)
	}
	for _, e := range c.Static {
		add(e.Pos, e.Key)
	}
	for i, a := range all {
		for j, b := range all {
			if i == j || a.name == b.name {
				continue
			}
			within := !slices.ContainsFunc(a.factors, func(f string) bool { return !slices.Contains(b.factors, f) })
			if within {
				d.failAt(a.pos, fmt.Sprintf("rename it, for example to %s-base", a.name),
					"suite %s: all its factors are in the name of suite %s, so tox would apply its lines to both", quoted(a.name), quoted(b.name))
			}
		}
	}
}

// interpreters warns of Pythons that rules name and nobody declares any more: dropping a Python is one line.
func (d *decoder) interpreters(c *Config) {
	declared := c.Interpreters()
	check := func(what string, list []Interpreter) {
		for _, p := range list {
			if !slices.ContainsFunc(declared, func(v python.Version) bool { return v.Short() == p.Short }) {
				d.report(finding.Warning, p.Pos, "", "%s names py%s, which is not declared under pythons", what, p.Short)
			}
		}
	}
	rules := func(suite string, requires []Rule, env []EnvRule) {
		for _, r := range requires {
			check("suite "+quoted(suite), r.When.Pythons)
		}
		for _, r := range env {
			check("suite "+quoted(suite), r.When.Pythons)
		}
	}
	for _, e := range c.Suites {
		rules(e.Key, e.Value.Requires, e.Value.SetEnv)
	}
	for _, e := range c.Static {
		rules(e.Key, e.Value.Requires, e.Value.SetEnv)
		check("suite "+quoted(e.Key), e.Value.Pythons)
		if p := e.Value.Python; p != nil {
			check("suite "+quoted(e.Key), []Interpreter{*p})
		}
	}
	for _, r := range c.Testenv.SetEnv {
		check("testenv", r.When.Pythons)
	}
	check("testenv", c.Testenv.NotEditable)
	for _, k := range c.Constraints {
		check("the constraint", k.When)
	}
}

func (d *decoder) workflow(w *Workflow) {
	t := w.Triggers
	if t.Push == nil && t.PullRequest == nil && !t.MergeGroup && len(t.Schedule) == 0 && !t.Dispatch {
		d.failAt(w.Pos, "", "workflow.triggers: nothing would start the workflow")
	}
	paths := t.Push != nil && len(t.Push.Paths) > 0 || t.PullRequest != nil && len(t.PullRequest.Paths) > 0
	if paths && w.IsRequired() {
		d.failAt(t.Pos, "write `required: false` under workflow if no branch protection waits for it",
			"workflow.triggers has paths: a required workflow that does not start blocks every pull request")
	}
	for _, steps := range [][]Step{w.Before, w.After, w.reportSteps()} {
		for _, s := range steps {
			if (s.Uses == "") == (s.Run == "") {
				d.failAt(s.Pos, "", "step %s needs exactly one of uses and run", quoted(s.Name))
			}
			if s.Uses == "" && len(s.With) > 0 {
				d.failAt(s.Pos, "", "step %s has `with`, which only an action has", quoted(s.Name))
			}
			d.action(s.Pos, s.Uses)
			d.variables(s.Env)
		}
	}
	for _, a := range w.Actions {
		d.action(a.Pos, a.Key)
	}
	d.variables(w.Env)
	if w.Coverage != nil && w.Tools.Coverage == nil {
		d.failAt(w.Coverage.Pos, "", "workflow.coverage needs workflow.tools.coverage, the release that combines")
	}
	if w.Report != nil && w.Coverage == nil {
		d.failAt(w.Report.Pos, "", "workflow.report needs workflow.coverage: there would be nothing to post")
	}
}

func (w *Workflow) reportSteps() []Step {
	if w.Report == nil {
		return nil
	}
	return w.Report.Steps
}

func (d *decoder) requirements(c *Config) {
	known := func(pos Pos, suite string) {
		if c.Suites.Get(suite) == nil && c.Static.Get(suite) == nil {
			d.failAt(pos, "", "constraint: no suite is called %s", quoted(suite))
		}
	}
	for _, k := range c.Constraints {
		r := k.Requirement
		if len(r.Extras) > 0 || r.Specifiers.IsEmpty() {
			d.failAt(r.Pos, "", "constraint %s needs a specifier and no extras: it restricts, and installs nothing", quoted(r.Text))
		}
		for _, s := range k.Suites {
			known(s.Pos, s.Text)
		}
	}
	seen := map[string]int{}
	for _, m := range c.Metadata {
		key := m.Release.Key + "==" + m.Release.Version.Canonical()
		if line, repeated := seen[key]; repeated {
			d.failAt(m.Pos, "", "the metadata of %s stands here twice, first in line %d", key, line)
		}
		seen[key] = m.Line
		if m.Requires == nil && m.RequiresPython == nil && m.Classifiers == nil {
			d.failAt(m.Pos, "", "the metadata entry of %s states nothing: requires, requires-python or classifiers", key)
		}
	}
}

func (d *decoder) paths(c *Config) {
	for _, p := range []struct{ key, value string }{{"templates", c.Templates}, {"outputs.schema", c.Outputs.Schema}} {
		if p.value != "" && !localPath(p.value) {
			d.failAt(Pos{1, 1}, "", "%s is %s, not a path below the project's root", p.key, quoted(p.value))
		}
	}
}

// Expired lists the exceptions whose day is past: they still apply, and people should know.
func (c *Config) Expired(file string, today time.Time) finding.List {
	var list finding.List
	check := func(e Exception, what string) {
		if !e.Until.IsZero() && today.After(e.Until.AddDate(0, 0, 1)) {
			list = append(list, finding.Finding{Severity: finding.Warning, File: file, Line: e.Until.Line, Column: e.Until.Column,
				Message: fmt.Sprintf("%s expired on %s and still applies", what, e.Until.Format(time.DateOnly)),
				Hint:    "remove it, or move its date"})
		}
	}
	for _, s := range c.Suites {
		for _, h := range s.Value.Hold {
			check(h.Exception, fmt.Sprintf("suite %s: the hold of %s", quoted(s.Key), h.Exclude.String()))
		}
		if s.Value.Disabled != nil {
			check(s.Value.Disabled.Exception, fmt.Sprintf("suite %s: `disabled`", quoted(s.Key)))
		}
	}
	for _, s := range c.Static {
		if s.Value.Disabled != nil {
			check(s.Value.Disabled.Exception, fmt.Sprintf("suite %s: `disabled`", quoted(s.Key)))
		}
	}
	for _, k := range c.Constraints {
		check(k.Exception, fmt.Sprintf("the constraint %s", quoted(k.Requirement.Text)))
	}
	return list
}
