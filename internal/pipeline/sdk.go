package pipeline

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
	"toxgen/internal/requirements"
)

// projectFiles are the files of which a Python project has at least one in its root.
var projectFiles = []string{"pyproject.toml", "setup.py", "setup.cfg"}

// sdkRoot returns the root of the SDK in the tree.
func sdkRoot(c *config.Config) string {
	if c.Project.Source != nil {
		return c.Project.Source.Path
	}
	return ""
}

// sdk returns the root of the SDK in the tree. found is false if the SDK is not there: it is in another repository that is
// not checked out, or the folder holds no Python project.
func (r *Run) sdk() (root string, found bool) {
	root = sdkRoot(r.config)
	return root, slices.ContainsFunc(projectFiles, func(name string) bool { return r.tree.Exists(path.Join(root, name)) })
}

// describe completes a configuration by what files of the SDK say: what `project.from` names, and the requirements files of
// rules. Errors are what keeps the run from using the configuration; contradictions are out of sync.
func (r *Run) describe(c *config.Config) finding.List {
	d := &description{run: r, config: c, root: sdkRoot(c), local: map[string]bool{}, projects: map[string]*project.Project{}}
	d.packages()
	if c.Project.From != "" {
		d.fromProject(path.Join(d.root, c.Project.From))
	} else {
		d.beside()
	}
	d.shared()
	for i := range c.Suites {
		d.rules(c.Suites[i].Key, c.Suites[i].Value.Requires)
	}
	for i := range c.Static {
		d.rules(c.Static[i].Key, c.Static[i].Value.Requires)
	}
	d.checkouts()
	d.installs()
	d.findings.Sort()
	return d.findings
}

// A description completes one configuration.
type description struct {
	run     *Run
	config  *config.Config
	root    string
	project *project.Project
	// local are the normalised names of what is installed from checkouts. projects are those of the packages, by name.
	local    map[string]bool
	projects map[string]*project.Project
	findings finding.List
}

// fail reports an error at a position of the configuration.
func (d *description) fail(pos config.Pos, hint, format string, args ...any) {
	d.findings = append(d.findings, finding.Finding{Severity: finding.Error, File: d.config.File, Line: pos.Line, Column: pos.Column,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// refuse reports an error at a place of another file.
func (d *description) refuse(place requirements.Place, hint, format string, args ...any) {
	d.findings = append(d.findings, place.Fault(hint, format, args...))
}

// isPackage reports whether the SDK's root is itself a package, as it is not in every repository of several packages.
func (d *description) isPackage(p *project.Project) bool {
	exists := func(name string) bool { return d.run.tree.Exists(path.Join(d.root, name)) }
	return p.Name.Text != "" || !p.Build.Default || exists("setup.py") || exists("setup.cfg")
}

// beside compares the configuration with the files of a project in the SDK's root that it does not name. What is wrong with
// them is not toxgen's business then.
func (d *description) beside() {
	for _, name := range []string{"pyproject.toml", "setup.cfg"} {
		name = path.Join(d.root, name)
		if !d.run.tree.Exists(name) {
			continue
		}
		if p, _ := project.Read(d.run.tree, name); p != nil && d.isPackage(p) {
			d.compare(p)
		}
		return
	}
}

// fromProject takes what the configuration does not say from a file of the SDK.
func (d *description) fromProject(name string) {
	p, faults := project.Read(d.run.tree, name)
	if p == nil {
		d.findings = append(d.findings, faults...)
		return
	}
	d.compare(p)
	d.project = p
	c := d.config
	switch {
	case c.Project.Name.Text != "":
	case p.Name.Text == "":
		d.fail(c.Project.Pos, "write its `name` here", "the name of the project is not stated in %s: %s", name, p.Name.Unknown)
	default:
		c.Project.Name.Text = p.Name.Text
	}
	d.local[pep508.NormalizeName(c.Project.Name.Text)] = true
	switch {
	case c.Project.Requires != nil:
	case p.Requires.Unknown != "":
		d.fail(c.Project.Pos, "write its `requires` here", "the requirements of the project are not known from %s: %s", name, p.Requires.Unknown)
	default:
		c.Project.Requires = d.indexed(p.Requires.Requires, "leave `from` out, or write `requires` here")
	}
	if c.Build == nil && p.Build.Requires.Unknown == "" {
		c.Build = d.buildRequirements(p, c.Project.Pos)
	}
	c.Project.Optional = &config.Optional{Extras: map[string][]config.Requirement{}, Groups: map[string][]config.Requirement{}}
	d.uses("testenv", c.Testenv.Uses)
	for _, e := range c.Suites {
		d.uses(fmt.Sprintf("suite %q", e.Key), e.Value.Uses)
	}
	for _, e := range c.Static {
		d.uses(fmt.Sprintf("suite %q", e.Key), e.Value.Uses)
	}
	d.uses("install", config.Uses{Extras: d.demanded(c.Project.Name.Text, p.Extras)})
}

// uses brings the optional requirements that a part of the configuration uses.
func (d *description) uses(what string, u config.Uses) {
	alone := *d.project // without its requirements, which every environment has
	alone.Requires = project.List{}
	bring := func(kind string, name config.Name, groups []project.Group, into map[string][]config.Requirement, roots func() ([]project.Requirement, error)) {
		key := pep508.NormalizeName(name.Text)
		if _, known := into[key]; known {
			return
		}
		into[key] = nil
		list, err := roots()
		if err == nil {
			into[key] = d.indexed(list, "toxgen cannot use the "+kind+" then")
			return
		}
		var names []string
		for _, g := range groups {
			names = append(names, g.Name)
		}
		d.fail(name.Pos, config.Meant(name.Text, names), "%s uses the %s %q: %s", what, kind, name.Text, err)
	}
	for _, name := range u.Extras {
		bring("extra", name, alone.Extras, d.config.Project.Optional.Extras, func() ([]project.Requirement, error) { return alone.Roots([]string{name.Text}, nil) })
	}
	for _, name := range u.Groups {
		bring("dependency group", name, alone.Groups, d.config.Project.Optional.Groups, func() ([]project.Requirement, error) { return alone.Roots(nil, []string{name.Text}) })
	}
}

// indexed returns requirements as those of a configuration, and reports those that do not come from an index.
func (d *description) indexed(list []project.Requirement, hint string) []config.Requirement {
	all := []config.Requirement{}
	for _, q := range list {
		switch {
		case d.local[q.Key()]: // wherever it comes from
			q.URL = ""
			all = append(all, required(q.Requirement, q.Place))
		case q.Source != nil:
			d.refuse(q.Place, hint, "%s comes from %s (%s): only releases of an index can be pinned", q.Name, q.Source.Location, q.Source.Kind)
		case q.URL != "":
			d.refuse(q.Place, hint, "%s names a URL: only releases of an index can be pinned", q.Requirement.String())
		default:
			all = append(all, required(q.Requirement, q.Place))
		}
	}
	return all
}

// required returns a requirement of another file as one of a configuration.
func required(q pep508.Requirement, place requirements.Place) config.Requirement {
	return config.Requirement{Pos: config.Pos{Line: place.Line, Column: place.Column}, File: place.File, Requirement: q, Text: q.String()}
}

// requirementsOf returns the requirements and the constraints of a requirements file.
func (d *description) requirementsOf(file string) (list []config.Requirement, constraints []requirements.Requirement) {
	read, faults := requirements.Read(d.run.tree, path.Join(d.root, file))
	d.findings = append(d.findings, faults...)
	for _, q := range read.Requires {
		if q.URL != "" {
			d.refuse(q.Place, "", "%s names a URL: only releases of an index can be pinned", q.Requirement.String())
			continue
		}
		list = append(list, required(q.Requirement, q.Place))
	}
	return list, read.Constraints
}

// shared adds the requirements and constraints of the file that testenv names.
func (d *description) shared() {
	t := &d.config.Testenv
	if t.File == "" {
		return
	}
	list, constraints := d.requirementsOf(t.File)
	t.Requires = append(t.Requires, list...)
	for _, q := range constraints {
		d.config.Constraints = append(d.config.Constraints, config.Constraint{Pos: t.Pos, Requirement: required(q.Requirement, q.Place)})
	}
}

// rules adds the requirements and constraints of the files that the rules of a suite name.
func (d *description) rules(suite string, rules []config.Rule) {
	for i := range rules {
		rule := &rules[i]
		if rule.File == "" {
			continue
		}
		added, constraints := d.requirementsOf(rule.File)
		rule.Add = append(rule.Add, added...)
		for _, q := range constraints {
			if rule.When.Releases != nil {
				d.refuse(q.Place, "write the limit where it is required, or make the rule one of every release",
					"a constraint holds for all releases, and the rule (%s:%d) for some", d.config.File, rule.Line)
				break
			}
			d.config.Constraints = append(d.config.Constraints, config.Constraint{Pos: rule.Pos, Requirement: required(q.Requirement, q.Place),
				When: rule.When.Pythons, Suites: []config.Name{{Pos: rule.Pos, Text: suite}}})
		}
	}
}

// compare reports what the configuration says otherwise than the project.
func (d *description) compare(p *project.Project) {
	c := d.config
	if c.Project.Source == nil || c.Project.From != "" { // else what is written would depend on whether the SDK is checked out
		c.Sourced = c.Sourced || len(p.Sources) > 0
	}
	at := func(pos config.Pos) project.Place {
		return project.Place{File: c.File, Line: pos.Line, Column: pos.Column}
	}
	listed := func(list []config.Requirement) (all []project.Requirement, place project.Place) {
		for i, q := range list {
			if i == 0 {
				place = at(q.Pos)
			}
			all = append(all, project.Requirement{Requirement: q.Requirement, Place: at(q.Pos)})
		}
		return all, place
	}
	declared := project.Declared{}
	if name := c.Project.Name; name.Text != "" {
		declared.Name = project.Side{Text: name.Text, Place: at(name.Pos)}
	}
	declared.Requires, declared.RequiresPlace = listed(c.Project.Requires)
	declared.Build, declared.BuildPlace = listed(c.Build)
	for _, v := range c.Interpreters() {
		i := slices.IndexFunc(c.Pythons, func(p config.Python) bool { return p.Version.Major == v.Major && p.Version.Minor == v.Minor })
		if !v.FreeThreaded {
			declared.Pythons = append(declared.Pythons, project.Python{Version: v, Place: at(c.Pythons[i].Pos)})
		}
	}
	for _, k := range p.Compare(declared) {
		d.findings = append(d.findings, contradiction(k, "project.requires"))
	}
}

// contradiction is the finding of something that toxgen.yaml says otherwise than the project. requires is the key of the
// requirements.
func contradiction(k project.Contradiction, requires string) finding.Finding {
	place := k.Declared.Place
	f := finding.Finding{Severity: finding.OutOfSync, File: place.File, Line: place.Line, Column: place.Column}
	said := func(text string) string {
		if text == "" {
			return "nothing"
		}
		return fmt.Sprintf("%q", text)
	}
	f.Hint = "make both say the same, or write `from` under project and leave it out here"
	switch k.Member {
	case project.MemberPythons:
		f.Message = fmt.Sprintf("Python %s is tested, and the project requires %s (%s)", k.Declared.Text, said(k.Stated.Text), k.Stated.Place)
		f.Hint = "leave it out of `pythons`, or let the project support it"
	case project.MemberName:
		f.Message = fmt.Sprintf("the project is called %s here and %s in %s", said(k.Declared.Text), said(k.Stated.Text), k.Stated.Place)
	case project.MemberBuild:
		f.Message = fmt.Sprintf("of %s, `build` says %s, and the build requirements of the project %s (%s)", k.Name, said(k.Declared.Text), said(k.Stated.Text), k.Stated.Place)
	default:
		f.Message = fmt.Sprintf("of %s, %s says %s, and the project %s (%s)", k.Name, requires, said(k.Declared.Text), said(k.Stated.Text), k.Stated.Place)
	}
	return f
}

// missingTests reports the paths of tests that the SDK does not have, if it is there.
func (r *Run) missingTests() finding.List {
	root, found := r.sdk()
	if !found {
		return nil
	}
	var findings finding.List
	look := func(suite string, pos config.Pos, testPath string) {
		for _, name := range testPaths(testPath) {
			if !r.tree.Exists(path.Join(root, name)) {
				findings = append(findings, finding.Finding{Severity: finding.Error, File: r.config.File, Line: pos.Line, Column: pos.Column,
					Message: fmt.Sprintf("suite %q: there is no %s, which its test-path names", suite, path.Join(root, name)),
					Hint:    "correct `test-path`, or add the tests"})
			}
		}
	}
	for _, e := range r.config.Suites {
		look(e.Key, e.Pos, e.Value.TestPath)
	}
	for _, e := range r.config.Static {
		look(e.Key, e.Pos, e.Value.TestPath)
	}
	return findings
}

// testPaths returns the paths below the SDK that a test-path names before its first option. What a path stands for can only be
// said if it is written out.
func testPaths(text string) []string {
	var paths []string
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "-") {
			break
		}
		name, _, _ := strings.Cut(word, "::")
		if name = path.Clean(name); name != "." && !strings.ContainsAny(name, `{}*?"'\`) && !strings.HasPrefix(name, "..") && !path.IsAbs(name) {
			paths = append(paths, name)
		}
	}
	return paths
}
