package project

import (
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"toxgen/internal/pep508"
	"toxgen/internal/requirements"
)

// pyproject reads a pyproject.toml and, where setuptools decides, the setup.cfg beside it.
func (r *reader) pyproject(file string, data []byte) {
	root := r.parseTOML(file, data)
	if root == nil {
		return
	}
	r.common(root)
	tool := root.get("tool")
	poetry, flit := r.table(tool.get("poetry"), "tool.poetry"), r.table(tool.get("flit", "metadata"), "tool.flit.metadata")
	metadata := r.table(root.get("project"), "project")
	switch {
	case metadata != nil:
		r.metadata(metadata, poetry, tool)
	case poetry != nil && len(poetry.get("dependencies").names()) > 0:
		r.poetry(poetry)
	case flit != nil:
		r.flit(flit)
	default:
		r.undeclared()
	}
	if poetry != nil {
		r.poetryGroups(poetry)
	}
	r.p.Groups = r.resolveGroups()
}

// names returns the keys of a table.
func (v *value) names() []key {
	if v == nil {
		return nil
	}
	return v.keys
}

// common reads what does not depend on who states the metadata.
func (r *reader) common(root *value) {
	r.build(r.table(root.get("build-system"), "build-system"))
	r.dependencyGroups(r.table(root.get("dependency-groups"), "dependency-groups"))
	r.uvSources(root.get("tool", "uv"))
}

// build reads the build system, or the one that is meant without a table.
func (r *reader) build(table *value) {
	b := &r.p.Build
	*b = Build{Backend: "setuptools.build_meta:__legacy__"}
	if table == nil {
		setuptools, _ := pep508.ParseRequirement("setuptools")
		b.Default, b.Requires.Requires = true, []Requirement{{Requirement: setuptools}}
		return
	}
	if backend, found := r.text(table.get("build-backend"), "build-system.build-backend"); found {
		b.Backend = backend
	}
	if table.get("requires") == nil {
		r.fail(table.place, "list what the build needs, as in requires = [\"setuptools\"]", "build-system has no requires")
	}
	b.Requires = r.list(table.get("requires"), "build-system.requires")
}

// usesSetuptools reports whether setuptools builds the project.
func (r *reader) usesSetuptools() bool { return strings.HasPrefix(r.p.Build.Backend, "setuptools.") }

// metadata reads [project].
func (r *reader) metadata(table, poetry, tool *value) {
	dynamic := map[string]bool{}
	for _, text := range r.texts(table.get("dynamic"), "project.dynamic") {
		dynamic[text.text] = true
		if v := table.get(text.text); v != nil {
			r.fail(text.place, "remove one of them", "%s is dynamic and stated in line %d", text.text, v.place.Line)
		}
	}
	if name, found := r.text(table.get("name"), "project.name"); found {
		r.setName(table.get("name").place, name)
	} else if table.get("name") == nil {
		r.fail(table.place, "", "project has no name")
	}
	if python, found := r.text(table.get("requires-python"), "project.requires-python"); found {
		r.setPython(table.get("requires-python").place, python)
	}
	for _, text := range r.texts(table.get("classifiers"), "project.classifiers") {
		r.p.Classifiers = append(r.p.Classifiers, text.text)
	}
	r.p.Requires = r.list(table.get("dependencies"), "project.dependencies")
	r.extras(table.get("optional-dependencies"), "project.optional-dependencies")
	if dynamic["name"] {
		r.fail(table.get("dynamic").place, "state it", "name must not be dynamic")
	}
	if poetry != nil && dynamic["dependencies"] && strings.HasPrefix(r.p.Build.Backend, "poetry.") {
		r.poetryRequires(poetry)
		delete(dynamic, "dependencies")
		delete(dynamic, "optional-dependencies")
	} else if poetry != nil {
		r.poetrySources(poetry)
	}
	r.dynamic(dynamic, tool.get("setuptools", "dynamic"))
}

// dynamic reads the dynamic members of [project] where a file states them, and notes that the others are unknown.
func (r *reader) dynamic(members map[string]bool, table *value) {
	if !members["requires-python"] && !members["dependencies"] && !members["optional-dependencies"] {
		return
	}
	why := "dynamic: " + r.p.Build.Backend + " computes it, and is not executed"
	cfg := r.beyond(why)
	if members["requires-python"] {
		r.p.RequiresPython = cfg.RequiresPython
	}
	if members["dependencies"] {
		r.p.Requires = cfg.Requires
		if files := table.get("dependencies"); files != nil && r.usesSetuptools() {
			r.p.Requires = r.dynamicFiles(files, "tool.setuptools.dynamic.dependencies", why)
		}
	}
	if !members["optional-dependencies"] {
		return
	}
	r.p.Extras, r.p.ExtrasUnknown = cfg.Extras, cfg.ExtrasUnknown
	extras := r.table(table.get("optional-dependencies"), "tool.setuptools.dynamic.optional-dependencies")
	if extras == nil || !r.usesSetuptools() {
		return
	}
	r.p.Extras, r.p.ExtrasUnknown = nil, ""
	for _, k := range extras.keys {
		r.addGroup(&r.p.Extras, "an extra", Group{Name: k.name,
			List: r.dynamicFiles(extras.get(k.name), "tool.setuptools.dynamic.optional-dependencies."+k.name, why)})
	}
}

// dynamicFiles reads the requirements files that `{file = …}` names.
func (r *reader) dynamicFiles(v *value, what, why string) List {
	table := r.table(v, what)
	if table == nil {
		return List{}
	}
	files := table.get("file")
	if files == nil {
		return List{Place: v.place, Unknown: why}
	}
	names := []*value{files}
	if files.kind != unstable.String {
		names = r.texts(files, what+".file")
	}
	list := List{Place: v.place}
	for _, name := range names {
		list.Requires = append(list.Requires, r.requirementsFile(name.place, name.text)...)
	}
	return list
}

// requirementsFile returns the requirements of a file that setuptools reads. It may name no other files.
func (r *reader) requirementsFile(at Place, name string) []Requirement {
	if path.IsAbs(name) || path.Clean(name) == ".." || strings.HasPrefix(path.Clean(name), "../") {
		r.fail(at, "setuptools reads only files of the project", "%s lies outside the project", name)
		return nil
	}
	name = r.beside(name)
	data, found := r.read(at, name, true)
	if !found {
		return nil
	}
	parsed, findings := requirements.Parse(name, data)
	r.findings = append(r.findings, findings...)
	var list []Requirement
	for _, q := range parsed {
		list = append(list, newRequirement(q.Requirement, q.Place))
	}
	return list
}

// extras reads a table of extras.
func (r *reader) extras(v *value, what string) {
	table := r.table(v, what)
	for _, k := range table.names() {
		list := r.list(table.get(k.name), what+"."+k.name)
		list.Place = k.place
		r.addGroup(&r.p.Extras, "an extra", Group{Name: k.name, List: list})
	}
}

// flit reads [tool.flit.metadata].
func (r *reader) flit(table *value) {
	name := table.get("dist-name")
	if name == nil {
		name = table.get("module")
	}
	if text, found := r.text(name, "tool.flit.metadata.module"); found {
		r.setName(name.place, text)
	} else if name == nil {
		r.fail(table.place, "", "tool.flit.metadata has no module")
	}
	if python, found := r.text(table.get("requires-python"), "tool.flit.metadata.requires-python"); found {
		r.setPython(table.get("requires-python").place, python)
	}
	r.p.Requires = r.list(table.get("requires"), "tool.flit.metadata.requires")
	r.extras(table.get("requires-extra"), "tool.flit.metadata.requires-extra")
	if dev := table.get("dev-requires"); dev != nil {
		list := r.list(dev, "tool.flit.metadata.dev-requires")
		r.addGroup(&r.p.Extras, "an extra", Group{Name: "dev", List: list})
	}
}

// beyond returns what setup.cfg states, or a project of which everything is unknown if setuptools does not read one.
func (r *reader) beyond(why string) *Project {
	name := r.beside("setup.cfg")
	if r.usesSetuptools() {
		if data, found := r.read(Place{File: name}, name, false); found {
			return r.setupcfg(name, data)
		}
	}
	if r.usesSetuptools() && r.hasSetupPy() {
		why = setupDecides
	}
	return &Project{Name: Name{Unknown: why}, RequiresPython: RequiresPython{Unknown: why}, Requires: List{Unknown: why}, ExtrasUnknown: why}
}

// take takes the metadata of another project.
func (r *reader) take(q *Project) {
	r.p.Name, r.p.RequiresPython, r.p.Requires = q.Name, q.RequiresPython, q.Requires
	r.p.Extras, r.p.ExtrasUnknown, r.p.Classifiers = q.Extras, q.ExtrasUnknown, q.Classifiers
}

// undeclared reads setup.cfg for a pyproject.toml that states no metadata.
func (r *reader) undeclared() {
	why := undeclaredMember
	cfg := r.beyond(why)
	r.take(cfg)
}

// uvSources reads [tool.uv.sources].
func (r *reader) uvSources(uv *value) {
	table := r.table(uv.get("sources"), "tool.uv.sources")
	var members map[string]string // is read for the first source that needs it
	for _, k := range table.names() {
		v := table.get(k.name)
		entries := []*value{v}
		if v.kind == unstable.Array { // by marker
			entries = v.items
		}
		for _, e := range entries {
			if r.table(e, "tool.uv.sources."+k.name) == nil {
				continue
			}
			if source, found := r.source(e); found {
				if source.Kind == Workspace {
					if members == nil {
						members = r.members(uv)
					}
					source.Location = members[pep508.NormalizeName(k.name)]
				}
				r.p.Sources[pep508.NormalizeName(k.name)] = source
				break
			}
		}
	}
}

// source returns the source that a table of uv or poetry names.
func (r *reader) source(table *value) (Source, bool) {
	for _, k := range []struct {
		name string
		kind Kind
	}{{"path", Path}, {"file", Path}, {"git", Git}, {"url", URL}} {
		if text, found := r.text(table.get(k.name), k.name); found {
			if k.kind == Path && !path.IsAbs(text) {
				text = r.beside(text)
			}
			s := Source{Kind: k.kind, Location: text, Place: table.get(k.name).place}
			s.Subdirectory, _ = r.text(table.get("subdirectory"), "subdirectory")
			for _, name := range []string{"rev", "tag", "branch"} {
				if ref, stated := r.text(table.get(name), name); stated {
					s.Ref = ref
					break
				}
			}
			return s, true
		}
	}
	if v := table.get("workspace"); v != nil && v.kind == unstable.Bool && v.text == "true" {
		return Source{Kind: Workspace, Place: v.place}, true
	}
	return Source{}, false
}

// maximumMembers is the maximum number of members of a workspace that are read.
const maximumMembers = 1000

// members returns the paths of the members of a workspace that are given without a pattern, by normalised name.
func (r *reader) members(uv *value) map[string]string {
	members := map[string]string{}
	for i, m := range r.texts(uv.get("workspace", "members"), "tool.uv.workspace.members") {
		if strings.ContainsAny(m.text, "*?[") {
			continue
		}
		if i >= maximumMembers {
			r.fail(m.place, "", "the workspace has more than %d members", maximumMembers)
			break
		}
		file := path.Join(r.dir, m.text, "pyproject.toml")
		data, found := r.read(m.place, file, true)
		if !found {
			continue
		}
		root := r.parseTOML(file, data)
		if v := root.get("project", "name"); v != nil {
			members[pep508.NormalizeName(v.text)] = path.Join(r.dir, m.text)
		}
	}
	return members
}

// table returns v if it is a table. It fails if v is something else.
func (r *reader) table(v *value, what string) *value {
	if v != nil && v.kind != unstable.InlineTable {
		r.fail(v.place, "", "%s is %s, not a table", what, v)
		return nil
	}
	return v
}

// text returns the text of v. It fails if v is something else.
func (r *reader) text(v *value, what string) (string, bool) {
	if v == nil {
		return "", false
	}
	if v.kind != unstable.String {
		r.fail(v.place, "", "%s is %s, not a text", what, v)
		return "", false
	}
	return v.text, true
}

// items returns the items of a list. It fails if v is something else.
func (r *reader) items(v *value, what string) []*value {
	if v == nil {
		return nil
	}
	if v.kind != unstable.Array {
		r.fail(v.place, "write it in brackets", "%s is %s, not a list", what, v)
		return nil
	}
	return v.items
}

// texts returns the items of a list of texts. It fails for every other item.
func (r *reader) texts(v *value, what string) []*value {
	var texts []*value
	for _, item := range r.items(v, what) {
		if _, found := r.text(item, "an item of "+what); found {
			texts = append(texts, item)
		}
	}
	return texts
}

// list returns the requirements of a list of texts.
func (r *reader) list(v *value, what string) List {
	if v == nil {
		return List{}
	}
	list := List{Place: v.place}
	for _, item := range r.texts(v, what) {
		if q, valid := r.requirement(item.place, item.text); valid {
			list.Requires = append(list.Requires, q)
		}
	}
	return list
}
