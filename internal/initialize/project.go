package initialize

import (
	"cmp"
	"slices"

	"toxgen/internal/display"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
)

// defaultName is what a project is called if neither a file nor the name of the folder says it.
const defaultName = "my-sdk"

// readProject reads what the project says of itself, from the first file that says something of a project.
func (r *reader) readProject() {
	r.p.Name = r.folderName()
	for _, name := range []string{"pyproject.toml", "setup.cfg"} {
		if r.files.Exists(name) && r.readProjectFile(name) {
			return
		}
	}
	r.p.Unstated = "No file that can be read says what the project requires: write its name and its requirements."
	if r.files.Exists("setup.py") {
		r.p.Unstated = "setup.py is not executed: write the name and the install_requires that it states."
		r.source("setup.py: not executed")
		r.leave("setup.py is not executed: correct `project.name`, and write its install_requires under `project.requires`")
		return
	}
	if len(r.p.Left) == 0 {
		r.leave("no file says what the project is called and what it requires: correct `project.name` and `project.requires`")
	}
}

// folderName returns the name of the folder, if a project may be called so.
func (r *reader) folderName() string {
	if pep508.ValidName(r.folder) {
		return r.folder
	}
	return defaultName
}

// readProjectFile reads a file that may describe the project, and reports whether it does.
func (r *reader) readProjectFile(name string) bool {
	p, faults := project.Read(r.files, name)
	if p == nil {
		r.leave("%s cannot be read (%s): write what it says under `project`", name, faults[0].Message)
		return false
	}
	if !describes(p) {
		return false
	}
	r.project, r.p.From = p, name
	r.source("%s: project %s, %s, %s, %s", name, cmp.Or(p.Name.Text, r.p.Name), display.Count(len(p.Requires.Requires), "requirement"),
		display.Count(len(p.Extras), "extra"), display.Count(len(p.Groups), "dependency group"))
	if p.Name.Text == "" {
		r.leave("no file states the name of the project: `project.name` is a guess")
	} else {
		r.p.Name = ""
	}
	if p.Requires.Unknown != "" {
		r.p.Unstated = "Its requirements are not known without executing code: write them here."
		r.leave("the requirements of the project are not known (%s): write them under `project.requires`", p.Requires.Unknown)
	}
	return true
}

// describes reports whether a file says something of a project, besides configuring tools.
func describes(p *project.Project) bool {
	return p.Name.Text != "" || len(p.Groups)+len(p.Requires.Requires)+len(p.Extras)+len(p.Classifiers) > 0 || p.RequiresPython.Text != ""
}

// isOwn reports whether a requirement is one on the project itself, as in `all = ["sdk[web]"]`.
func (r *reader) isOwn(key string) bool { return r.project != nil && key == r.project.Name.Key }

// find returns the extra or group of a normalised name, or nil.
func find(groups []project.Group, key string) *project.Group {
	for i := range groups {
		if groups[i].Key == key {
			return &groups[i]
		}
	}
	return nil
}

// isIndexed reports whether everything that a list requires comes from an index.
func isIndexed(list project.List) bool {
	return list.Unknown == "" && !slices.ContainsFunc(list.Requires, func(q project.Requirement) bool { return q.Source != nil })
}
