package pipeline

import (
	"fmt"
	"path"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
)

// packages completes the packages of the configuration: a pattern stands for the packages that are in its folder, and a name
// that is not written comes from the package's own files.
func (d *description) packages() {
	var all []config.Checkout
	for _, p := range d.config.Packages {
		if !p.IsPattern() {
			all = append(all, p)
			continue
		}
		before := len(all)
		folders, err := d.run.tree.Folders(path.Join(d.root, path.Dir(p.Path)))
		if err != nil {
			d.fail(p.Pos, "", "%s cannot be read: %v", p.Path, err)
		}
		for _, folder := range folders {
			one := p
			if one.Path = path.Join(path.Dir(p.Path), path.Base(folder)); d.projectFile(&one) != "" {
				all = append(all, one)
			}
		}
		if len(all) == before && err == nil {
			d.fail(p.Pos, "", "no folder at %s has a pyproject.toml or a setup.cfg", p.Path)
		}
	}
	named := map[string]*config.Checkout{}
	for i := range all {
		p := &all[i]
		read := d.readPackage(p)
		if p.Name.Text == "" && read != nil {
			p.Name = config.Name{Pos: p.Pos, Text: read.Name.Text}
		}
		key := pep508.NormalizeName(p.Name.Text)
		switch other := named[key]; {
		case p.Name.Text == "" && read == nil:
			continue // reported
		case p.Name.Text == "":
			d.fail(p.Pos, "write its `name` here", "the name of the package at %s is not stated by its files: %s", p.Path, read.Name.Unknown)
			continue
		case other != nil:
			d.fail(p.Pos, "rename one of them", "the packages at %s and %s are both called %s", other.Path, p.Path, p.Name.Text)
			continue
		}
		named[key], d.local[key], d.projects[key] = p, true, read
	}
	d.config.Sourced = d.config.Sourced || len(all) > 0 // a workspace may have sources for its members
	d.config.Packages = slices.DeleteFunc(all, func(p config.Checkout) bool { return p.Name.Text == "" })
	if name := d.config.Project.Name.Text; name != "" {
		d.local[pep508.NormalizeName(name)] = true
	}
}

// folder returns where a package is in the tree.
func (d *description) folder(p *config.Checkout) string {
	if p.Repository != "" {
		return p.Root()
	}
	return path.Join(d.root, p.Root())
}

// projectFile returns the file that says what a package is, or "" if there is none.
func (d *description) projectFile(p *config.Checkout) string {
	for _, name := range []string{"pyproject.toml", "setup.cfg"} {
		if name = path.Join(d.folder(p), name); d.run.tree.Exists(name) {
			return name
		}
	}
	return ""
}

// readPackage returns what the files of a package say, and compares the configuration with them. It returns nil if the package
// is not there, which is an error if the configuration does not say all of it.
func (d *description) readPackage(p *config.Checkout) *project.Project {
	name := d.projectFile(p)
	needed := p.Name.Text == "" || p.Requires == nil
	if name == "" {
		if needed {
			d.fail(p.Pos, "write `name` and `requires` here if it has only a setup.py", "there is no %s or setup.cfg, which would say what the package requires",
				path.Join(d.folder(p), "pyproject.toml"))
		}
		return nil
	}
	read, faults := project.Read(d.run.tree, name)
	switch {
	case read == nil && needed:
		d.findings = append(d.findings, faults...)
	case read != nil:
		d.comparePackage(p, read)
	}
	return read
}

// comparePackage reports what the configuration says otherwise than the files of a package.
func (d *description) comparePackage(p *config.Checkout, read *project.Project) {
	declared := project.Declared{}
	if p.Name.Text != "" {
		declared.Name = project.Side{Text: p.Name.Text, Place: project.Place{File: d.config.File, Line: p.Name.Line, Column: p.Name.Column}}
	}
	if p.Requires != nil {
		declared.RequiresPlace = project.Place{File: d.config.File, Line: p.Line, Column: p.Column}
		for _, q := range *p.Requires {
			place := project.Place{File: d.config.File, Line: q.Line, Column: q.Column}
			declared.Requires = append(declared.Requires, project.Requirement{Requirement: q.Requirement, Place: place})
		}
	}
	for _, k := range read.Compare(declared) {
		f := contradiction(k, "`requires` here")
		f.Message, f.Hint = "package "+p.Path+": "+f.Message, "make both say the same"
		d.findings = append(d.findings, f)
	}
}

// checkouts completes the requirements of the packages.
func (d *description) checkouts() {
	for i := range d.config.Packages {
		p := &d.config.Packages[i]
		read := d.projects[pep508.NormalizeName(p.Name.Text)]
		switch {
		case read == nil && p.Requires == nil:
			p.Requires = &[]config.Requirement{} // reported
		case read == nil:
		case p.Requires == nil && read.Requires.Unknown != "":
			d.fail(p.Pos, "write its `requires` here", "the requirements of the package at %s are not known from its files: %s", p.Path, read.Requires.Unknown)
			p.Requires = &[]config.Requirement{}
		case p.Requires == nil:
			list := d.indexed(read.Requires.Requires, "write its `requires` under packages, or declare what it requires there")
			p.Requires = &list
		}
		if read != nil && p.Repository == "" {
			p.Supported = read.RequiresPython.Alternatives
			d.extras(p, read)
		}
		d.evaluate(*p.Requires)
		for _, list := range p.Extras {
			d.evaluate(list)
		}
	}
	d.builds()
}

// buildRequirements returns the build requirements of a project that stands at a position of the configuration. Those that no
// file states get that position.
func (d *description) buildRequirements(p *project.Project, pos config.Pos) []config.Requirement {
	list := d.indexed(p.Build.Requires.Requires, "write `build` in "+d.config.File)
	for i := range list {
		if p.Build.Default {
			list[i].File, list[i].Pos = d.config.File, pos
		}
	}
	return list
}

// builds completes the build requirements by those of the packages of this repository, or reports those that are missing, each
// once: packages of one repository are usually built alike.
func (d *description) builds() {
	c := d.config
	written := c.Build != nil
	reported := map[string]bool{}
	for i := range c.Packages {
		p := &c.Packages[i]
		read := d.projects[pep508.NormalizeName(p.Name.Text)]
		if read == nil || p.Repository != "" || read.Build.Requires.Unknown != "" {
			continue
		}
		for _, q := range d.buildRequirements(read, p.Pos) {
			switch named := func(b config.Requirement) bool { return b.Key() == q.Key() }; {
			case !written && !slices.ContainsFunc(c.Build, func(b config.Requirement) bool { return b.Text == q.Text }):
				c.Build = append(c.Build, q)
			case written && !reported[q.Key()] && !slices.ContainsFunc(c.Build, named):
				reported[q.Key()] = true
				d.findings = append(d.findings, finding.Finding{Severity: finding.OutOfSync, File: c.File, Line: p.Line, Column: p.Column,
					Message: fmt.Sprintf("`build` lacks %q, with which the package at %s is built (%s)", q.Text, p.Path, read.Build.Requires.Place), Hint: "add it to `build`"})
			}
		}
	}
}

// extras completes the requirements of a package's extras. An extra with requirements that do not come from an index is left out
// unless something of the repository demands it.
func (d *description) extras(p *config.Checkout, read *project.Project) {
	demanded := d.demanded(p.Name.Text, read.Extras)
	p.Extras = map[string][]config.Requirement{}
	for _, extra := range read.Extras {
		foreign := func(q project.Requirement) bool { return !d.local[q.Key()] && (q.Source != nil || q.URL != "") }
		wanted := slices.ContainsFunc(demanded, func(n config.Name) bool { return pep508.NormalizeName(n.Text) == extra.Key })
		if wanted || !slices.ContainsFunc(extra.Requires, foreign) {
			p.Extras[extra.Key] = d.indexed(extra.Requires, "toxgen cannot use the extra then")
		}
	}
}

// demanded returns those of the extras of a project that install, or requirements of the configuration and of the packages,
// name.
func (d *description) demanded(name string, extras []project.Group) []config.Name {
	key, seen := pep508.NormalizeName(name), map[string]bool{}
	look := func(q pep508.Requirement) {
		if q.Key() == key {
			for _, extra := range q.Extras {
				seen[pep508.NormalizeName(extra)] = true
			}
		}
	}
	c := d.config
	rules := func(rules []config.Rule) {
		for _, rule := range rules {
			for _, q := range rule.Add {
				look(q.Requirement)
			}
		}
	}
	for _, e := range c.Suites {
		rules(e.Value.Requires)
	}
	for _, e := range c.Static {
		rules(e.Value.Requires)
	}
	for _, q := range slices.Concat(c.Testenv.Requires, c.Project.Requires) {
		look(q.Requirement)
	}
	for _, i := range d.stated() {
		for k := range i.Packages {
			look(c.Installation(&i.Packages[k]).Requirement)
		}
	}
	for i := range c.Packages {
		if c.Packages[i].Requires != nil {
			for _, q := range *c.Packages[i].Requires {
				look(q.Requirement)
			}
		}
	}
	for _, read := range d.projects {
		if read == nil {
			continue
		}
		for _, group := range append([]project.Group{{List: read.Requires}}, read.Extras...) {
			for _, q := range group.Requires {
				look(q.Requirement)
			}
		}
	}
	var list []config.Name
	for _, extra := range extras {
		if seen[extra.Key] {
			list = append(list, config.Name{Text: extra.Name})
		}
	}
	return list
}

// withoutProject reports suites that install the project itself, if the repository has only packages.
func (d *description) withoutProject() {
	if len(d.config.Packages) == 0 || d.config.Project.Source != nil || d.config.Project.From != "" || d.run.tree.Exists(path.Join(d.root, "setup.py")) {
		return
	}
	if name := d.projectFile(&config.Checkout{}); name != "" {
		if p, _ := project.Read(d.run.tree, name); p == nil || d.isPackage(p) {
			return
		}
	}
	refuse := func(pos config.Pos, suite string) {
		d.fail(pos, "write `install` with its packages", "suite %q would install the project itself, and the root of the repository is no package", suite)
	}
	for _, e := range d.config.Suites {
		if !e.Value.Install.Stated {
			refuse(e.Pos, e.Key)
		}
	}
	for _, e := range d.config.Static {
		if !e.Value.Install.Stated && !e.Value.SkipInstall {
			refuse(e.Pos, e.Key)
		}
	}
}

// stated returns what suites say that they install.
func (d *description) stated() []config.Install {
	var list []config.Install
	for _, e := range d.config.Suites {
		list = append(list, e.Value.Install)
	}
	for _, e := range d.config.Static {
		list = append(list, e.Value.Install)
	}
	return list
}

// evaluate reports requirements of a package whose markers cannot be evaluated.
func (d *description) evaluate(list []config.Requirement) {
	for _, q := range list {
		for _, p := range d.config.Interpreters() {
			if _, err := q.Marker.Evaluate(pep508.NewEnvironment(d.config.Target(p)), ""); err != nil {
				d.findings = append(d.findings, finding.Finding{Severity: finding.Error, File: d.config.FileOf(q), Line: q.Line, Column: q.Column,
					Message: fmt.Sprintf("the marker of %s cannot be evaluated on Python %s: %v", q.Text, p.Short(), err)})
				break
			}
		}
	}
}

// installs reports what suites install and what there is not, and Pythons of static suites that a package does not support.
func (d *description) installs() {
	c := d.config
	var known []string
	for i := range c.Packages {
		known = append(known, c.Packages[i].Name.Text, c.Packages[i].Path)
	}
	for _, own := range d.stated() {
		for i := range own.Packages {
			if p := &own.Packages[i]; c.Package(p) == nil && !c.IsSDK(p) {
				d.fail(p.Pos, config.Meant(p.Text, known), "install names %q, which is neither the project nor one of packages", p.Text)
			}
		}
	}
	d.withoutProject()
	for _, e := range c.Static {
		own := e.Value.Install
		for _, v := range c.Interpreters() {
			tested := func(i config.Interpreter) bool { return i.Short == v.Short() }
			if !slices.ContainsFunc(e.Value.Pythons, tested) && (e.Value.Python == nil || !tested(*e.Value.Python)) {
				continue
			}
			var roots []config.Requirement
			for i := range own.Packages {
				roots = append(roots, c.Installation(&own.Packages[i]))
			}
			for _, p := range c.Reached(roots, v) {
				if !p.Supports(pep440.MustParse(v.Full())) {
					d.fail(e.Pos, "leave the Python out", "static suite %q is tested on Python %s, which the package %s that it installs does not support", e.Key, v.Short(), p.Name.Text)
				}
			}
		}
	}
}
