package initialize

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
)

// maximumPackages is how many packages of a repository are read.
const maximumPackages = 300

// outside are folders in which no package of the repository is looked for.
var outside = []string{"test", "tests", "docs", "doc", "examples", "example", "node_modules", "scripts", "tools", "build", "dist", "venv", "e2e"}

// readPackages reads the packages below the folder. The repository is one of several packages if one of them has an extra
// `instruments`, or if the root is none; else they are what the project at the root may require.
func (r *reader) readPackages() {
	found := r.findPackages()
	several := r.project == nil && !r.files.Exists("setup.py") || slices.ContainsFunc(slices.Collect(maps.Values(found)), isInstrumentation)
	switch {
	case several && len(found) > 0:
		r.takePackages(found)
	case r.project != nil:
		r.findLocal(found)
	}
}

// findPackages returns the packages below the folder, at most three levels deep, by path. Those that toxgen.yaml cannot state are
// left to the person.
func (r *reader) findPackages() map[string]*project.Project {
	found := map[string]*project.Project{}
	level := []string{"."}
	for range 3 {
		var below []string
		for _, folder := range level {
			children, _ := r.files.Folders(folder)
			for _, child := range children {
				base := path.Base(child)
				switch {
				case base[0] == '.' || base[0] == '_' || slices.Contains(outside, base) || len(found) >= maximumPackages:
				case r.packageFile(child) == "":
					below = append(below, child)
				default:
					if p, _ := project.Read(r.files, r.packageFile(child)); p != nil && p.Name.Text != "" {
						found[child] = p
					}
				}
			}
		}
		level = below
	}
	return found
}

// packageFile returns the file that describes the package in a folder, or "" if there is none.
func (r *reader) packageFile(folder string) string {
	for _, name := range []string{"pyproject.toml", "setup.cfg"} {
		if name = path.Join(folder, name); r.files.Exists(name) {
			return name
		}
	}
	return ""
}

// takePackages makes the packages those of a repository that has several. Its root installs nothing then: its requirements are those
// of a workspace.
func (r *reader) takePackages(found map[string]*project.Project) {
	if r.p.Name == "" {
		r.p.Name = r.project.Name.Text
	}
	r.project, r.p.From, r.p.Unstated, r.p.Left = nil, "", "", nil
	named := map[string]string{}
	for _, folder := range slices.Sorted(maps.Keys(found)) {
		p := found[folder]
		switch other, taken := named[p.Name.Key]; {
		case !usablePath.MatchString(folder) || !config.Accepts("folder", folder):
			r.leave("the package in %q is left out: toxgen.yaml can name no folder with blanks or odd characters", folder)
		case taken:
			r.leave("the packages in %s and %s are both called %s: the second is left out", other, folder, p.Name.Text)
		default:
			named[p.Name.Key], r.members[folder] = folder, p
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(r.members)) {
		r.p.Packages = compact(append(r.p.Packages, r.packagePattern(folder)))
	}
	r.source("%s below this folder", display.Count(len(r.members), "package"))
	r.leave("a requirement of a package on something that only another repository has, such as a development version, needs an entry under `packages`")
}

// packagePattern returns the pattern of the packages beside one, or the path of that one if it is alone, or if the pattern would match
// a folder that is no package of the repository.
func (r *reader) packagePattern(folder string) string {
	parent := path.Dir(folder)
	if parent == "." {
		return folder
	}
	count := 0
	siblings, _ := r.files.Folders(parent)
	for _, sibling := range siblings {
		if r.packageFile(sibling) == "" {
			continue
		}
		if r.members[sibling] == nil {
			return folder
		}
		count++
	}
	if count == 1 {
		return folder
	}
	return parent + "/*"
}

// findLocal takes the packages of this repository that the project at the root requires, and what these require. Requirements that come
// from elsewhere than an index are left to the person.
func (r *reader) findLocal(found map[string]*project.Project) {
	folderOf := map[string]string{}
	for _, folder := range slices.Backward(slices.Sorted(maps.Keys(found))) {
		folderOf[found[folder].Name.Key] = folder
	}
	requires := slices.Clone(r.project.Requires.Requires)
	for i := 0; i < len(requires); i++ {
		q := requires[i]
		if q.Source == nil || r.isOwn(q.Key()) {
			continue
		}
		folder := ""
		switch local := q.Source.Kind == project.Path || q.Source.Kind == project.Workspace; {
		case local && q.Source.Location == "": // a pattern names the member of the workspace
			folder = folderOf[q.Key()]
		case local:
			folder = path.Clean(q.Source.Location)
		}
		switch {
		case slices.Contains(r.p.Packages, folder):
		case config.Accepts("folder", folder) && r.packageFile(folder) != "":
			r.p.Packages = append(r.p.Packages, folder)
			if p := found[folder]; p != nil {
				requires = append(requires, p.Requires.Requires...)
			}
		default:
			r.leave("%s (%s) comes from no index, and is no package of this repository that toxgen.yaml can name: require a release of it, or declare it under `packages` with `repository` and `ref`", q.Name, q.Place)
		}
	}
}

// projects returns what is known of the project, or of the packages of a repository that has several: of those that instrument
// something, if there are some.
func (r *reader) projects() []*project.Project {
	if r.project != nil {
		return []*project.Project{r.project}
	}
	var all, instrumentations []*project.Project
	for _, folder := range r.folders() {
		p := r.members[folder]
		all = append(all, p)
		if isInstrumentation(p) {
			instrumentations = append(instrumentations, p)
		}
	}
	if len(instrumentations) > 0 {
		return instrumentations
	}
	return all
}

// folders returns the folders of the packages, sorted.
func (r *reader) folders() []string { return slices.Sorted(maps.Keys(r.members)) }

// isInstruments reports whether an extra names what a package instruments, as those of OpenTelemetry do.
func isInstruments(key string) bool { return key == "instruments" || key == "instruments-any" }

// isInstrumentation reports whether a package names what it instruments.
func isInstrumentation(p *project.Project) bool {
	return slices.ContainsFunc(p.Extras, func(g project.Group) bool { return isInstruments(g.Key) })
}

// packageSuites makes a suite of each package with tests: one of what it instruments, or a static one.
func (r *reader) packageSuites() {
	for _, folder := range r.folders() {
		tests := r.testsOf(folder)
		if tests == "" {
			continue
		}
		p := r.members[folder]
		own, others := instrumented(p)
		if own == nil {
			r.packageSuite(folder, tests)
			continue
		}
		name := p.Name.Key
		if _, rest, found := strings.Cut(name, "instrumentation-"); found {
			name = rest
		}
		s := &Suite{Name: name, Package: own.Key(), TestPath: tests, Install: []string{folder}, Why: fmt.Sprintf("%s instruments %s", folder, own.Requirement.String())}
		s.bound(own.Requirement, "the package excludes it")
		if len(others) > 0 {
			r.leave("suite %s: the package also instruments %s, which needs a suite of its own", s.Name, strings.Join(others, ", "))
		}
		r.p.Suites = append(r.p.Suites, s)
	}
}

// packageSuite makes a static suite of a package that instruments nothing.
func (r *reader) packageSuite(folder, tests string) {
	s := &Suite{Name: pep508.NormalizeName(path.Base(folder)), TestPath: tests, Install: []string{folder},
		Why: folder + " instruments nothing", supports: r.members[folder].RequiresPython.Admits}
	if len(r.p.factors(s)) == 0 {
		r.leave("the package in %s supports none of `pythons`, so there is no suite for it", folder)
		return
	}
	r.p.Static = append(r.p.Static, s)
}

// instrumented returns what a package instruments: the requirement for which it is named, or the first one, and the names of the others.
func instrumented(p *project.Project) (own *project.Requirement, others []string) {
	var all []*project.Requirement
	for _, g := range p.Extras {
		if isInstruments(g.Key) {
			for i := range g.Requires {
				all = append(all, &g.Requires[i])
			}
		}
	}
	named := func(q *project.Requirement) bool { return strings.HasSuffix(p.Name.Key, "-"+q.Key()) }
	if i := slices.IndexFunc(all, named); i >= 0 {
		own = all[i]
	} else if len(all) > 0 {
		own = all[0]
	}
	for _, q := range all {
		if q.Key() != own.Key() {
			others = append(others, q.Name)
		}
	}
	return own, compact(others)
}

// testsOf returns the folder with the tests of a package, or "".
func (r *reader) testsOf(folder string) string {
	for _, root := range testRoots {
		if at := path.Join(folder, root); usablePath.MatchString(at) && r.files.Exists(at) {
			return at
		}
	}
	return ""
}
