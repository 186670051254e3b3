package config

import (
	"slices"
	"strings"

	"toxgen/internal/pep508"
)

// checkouts reports packages whose keys do not fit together, and suites that contradict what they install.
func (d *decoder) checkouts(c *Config) {
	repositories, folders := map[string]*Checkout{}, map[string]*Checkout{}
	names := map[string]int{}
	for i := range c.Packages {
		p := &c.Packages[i]
		if d.broken[p.Pos] {
			continue
		}
		if name := p.Name.Text; name != "" {
			key := pep508.NormalizeName(name)
			if line, repeated := names[key]; repeated {
				d.failAt(p.Name.Pos, "", "the package %s is declared twice, first in line %d", quoted(name), line)
			}
			names[key] = p.Line
			if key == pep508.NormalizeName(c.Project.Name.Text) {
				d.failAt(p.Name.Pos, "leave it out: install may name it all the same", "the package %s is the project itself", quoted(name))
			}
		}
		if strings.Contains(strings.TrimSuffix(p.Path, "/*"), "*") {
			d.failAt(p.Pos, "", "the path %s has a `*` that is not its last part", quoted(p.Path))
		}
		if p.IsPattern() && (p.Name.Text != "" || p.Requires != nil || p.Repository != "") {
			d.failAt(p.Pos, "write an entry for each package", "the path %s stands for several packages: a name, requirements and a repository are those of one", quoted(p.Path))
			continue
		}
		d.elsewhere(c, p, repositories, folders)
	}
	for _, e := range c.Suites {
		d.installs("suite "+quoted(e.Key), e.Value.Install, e.Value.Uses)
	}
	for _, e := range c.Static {
		d.installs("static suite "+quoted(e.Key), e.Value.Install, e.Value.Uses)
		if e.Value.Install.Stated && (e.Value.SkipInstall || e.Value.Package != "" && e.Value.Package != "skip") {
			d.failAt(e.Value.Install.Pos, "", "static suite %s has `install`, and `package` or `skip-install`, which say otherwise", quoted(e.Key))
		}
	}
}

// elsewhere reports what is missing or contradictory about a package of another repository.
func (d *decoder) elsewhere(c *Config, p *Checkout, repositories, folders map[string]*Checkout) {
	if p.Repository == "" {
		if p.Ref != "" || p.Folder != "" {
			d.failAt(p.Pos, "", "the package at %s has `ref` or `checkout`, but no `repository`", quoted(p.Path))
		}
		return
	}
	var missing []string
	for _, key := range []struct {
		name    string
		missing bool
	}{{"name", p.Name.Text == ""}, {"ref", p.Ref == ""}, {"requires", p.Requires == nil}} {
		if key.missing {
			missing = append(missing, key.name)
		}
	}
	if len(missing) > 0 {
		d.failAt(p.Pos, "", "the package at %s of another repository lacks %s: what is written here must not depend on whether it is checked out",
			quoted(p.Path), strings.Join(missing, ", "))
	}
	if other := repositories[p.Repository]; other != nil && (other.Ref != p.Ref || other.Parent() != p.Parent()) {
		d.failAt(p.Pos, "write the same `ref` and `checkout` in both", "the repository %s is checked out once, and has another ref or checkout in line %d", p.Repository, other.Line)
	}
	if other := folders[p.Parent()]; other != nil && other.Repository != p.Repository || c.Project.Source != nil && c.Project.Source.Path == p.Parent() {
		d.failAt(p.Pos, "write another `checkout`", "two repositories would be checked out in %s", quoted(p.Parent()))
	}
	repositories[p.Repository], folders[p.Parent()] = p, p
}

// installs reports a package that is named twice, and extras of an SDK that is not installed.
func (d *decoder) installs(what string, own Install, uses Uses) {
	for i, p := range own.Packages {
		if p.Text != "" && slices.ContainsFunc(own.Packages[:i], func(o Installed) bool { return o.Text == p.Text }) {
			d.failAt(p.Pos, "", "%s installs %s twice", what, quoted(p.Text))
		}
	}
	if own.Stated && len(uses.Extras) > 0 {
		d.failAt(uses.Extras[0].Pos, "write the extra behind the package: install: [sdk[web]]", "%s has extras of the SDK, which `install` replaces", what)
	}
}
