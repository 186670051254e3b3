// Package project reads what a Python project says of itself: its name, requirements, requires-python, extras, dependency groups
// and build requirements.
//
// [Read] reads pyproject.toml or setup.cfg, and the files that these refer to, through a small interface. It executes nothing.
// The specifications are those of pyproject.toml (https://packaging.python.org/en/latest/specifications/pyproject-toml/, PEP 518 and
// PEP 621) and of dependency groups (PEP 735). Where `[project]` is missing or a member of it is dynamic, these are read
// too, since they are static:
//
//   - setup.cfg (`[metadata]`, `[options]`, `[options.extras_require]`, and `file:` in them) and `[tool.setuptools.dynamic]`, if
//     the backend is setuptools. A value of setup.cfg counts although setup.py could state another one.
//   - `[tool.poetry]`: `dependencies`, `extras`, and the groups, which are dependency groups here.
//   - `[tool.flit.metadata]`.
//
// `[tool.uv.sources]`, and paths, repositories and URLs in poetry's tables, say from where a requirement comes if not from an
// index; see [Source].
//
// What only code knows (setup.py, `attr:`, plugins of hatch and pdm) is unknown, which is not the same as empty: see
// [List.Unknown]. Non-goals: versions, entry points, everything else that the files hold, and members of a workspace that are
// given by a pattern.
//
// All faults are reported at once, each with file, line and column. Sizes are bounded: 1 MiB a file, 20,000 keys, 100 levels,
// 10,000 requirements in one group with its includes.
package project

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/requirements"
)

// Place is where a value stands. Without a file, no file states the value.
type Place = requirements.Place

// Files is where files come from.
type Files = requirements.Files

// A Project is what a project says of itself. It is not changed after [Read].
type Project struct {
	Name           Name
	RequiresPython RequiresPython
	// Classifiers are the trove classifiers that its file states.
	Classifiers []string
	Requires    List
	// Extras are the optional requirements, in the order of the file. If ExtrasUnknown is not empty, there may be others; it
	// says why.
	Extras        []Group
	ExtrasUnknown string
	// Groups are the dependency groups, in the order of the file, with what they include.
	Groups []Group
	Build  Build
	// Sources has the sources of requirements that do not come from an index, by normalised name.
	Sources map[string]Source
}

// A Name is the name of the project.
type Name struct {
	// Text is the name as written, and Key the normalised name.
	Text, Key string
	Place     Place
	// Unknown is the reason why the name is not known, or empty.
	Unknown string
}

// RequiresPython is which Pythons the project supports.
type RequiresPython struct {
	Text  string
	Place Place
	// Alternatives are sets of which a version has to match one. Only poetry has more than one. Without any, every version is
	// supported.
	Alternatives []pep440.Specifiers
	// Unknown is the reason why it is not known, or empty.
	Unknown string
}

// Admits reports whether the project supports a version of Python, or does not say.
func (r RequiresPython) Admits(v pep440.Version) bool {
	for _, s := range r.Alternatives {
		if s.Match(v) {
			return true
		}
	}
	return len(r.Alternatives) == 0
}

// A List is a list of requirements.
type List struct {
	Requires []Requirement
	// Place is that of the key or section.
	Place Place
	// Unknown is the reason why the list is not known, or empty. An unknown list has no requirements.
	Unknown string
}

// A Requirement is one requirement.
type Requirement struct {
	pep508.Requirement
	Place Place
	// Source is from where it comes, or nil if it comes from an index.
	Source *Source
}

// A Group is an extra or a dependency group.
type Group struct {
	// Name is the name as written, and Key the normalised name.
	Name, Key string
	List
}

// Build is what the project is built with.
type Build struct {
	// Backend is the object that builds, such as `hatchling.build`.
	Backend  string
	Requires List
	// Default is set if no file states the requirements. They are then those of the specification: setuptools.
	Default bool
}

// A Kind is a kind of source.
type Kind string

// The kinds of sources.
const (
	Path      Kind = "path"      // Location is a path relative to the root of the files, or absolute
	Workspace Kind = "workspace" // Location is the path of the member, or empty if only a pattern names it
	Git       Kind = "git"       // Location is a URL
	URL       Kind = "url"
)

// A Source is from where a requirement comes if not from an index.
type Source struct {
	Kind     Kind
	Location string
	// Ref is the commit, tag or branch of a Git source, and Subdirectory where in it the package lies. They may be empty.
	Ref, Subdirectory string
	Place             Place
}

// reader reads one project.
type reader struct {
	files    Files
	dir      string
	findings finding.List
	p        *Project
	// groups are the dependency groups as written.
	groups *groups
}

func (r *reader) fail(at Place, hint, format string, args ...any) {
	r.findings = append(r.findings, at.Fault(hint, format, args...))
}

// Read reads the project whose pyproject.toml or setup.cfg has the given path. A setup.cfg or pyproject.toml beside it is read too
// where it states what the other one leaves open. The project is nil if there are findings.
func Read(files Files, name string) (*Project, finding.List) {
	r := &reader{files: files, dir: path.Dir(name), p: &Project{Sources: map[string]Source{}}, groups: &groups{index: map[string]int{}}}
	switch path.Base(name) {
	case "pyproject.toml":
		if data, found := r.read(Place{File: name}, name, true); found {
			r.pyproject(name, data)
		}
	case "setup.cfg":
		if data, found := r.read(Place{File: name}, name, true); found {
			r.setupcfgWith(name, data)
		}
	default:
		r.fail(Place{File: name}, "name pyproject.toml or setup.cfg", "the file is neither a pyproject.toml nor a setup.cfg")
	}
	if len(r.findings) > 0 {
		r.findings.Sort()
		return nil, r.findings
	}
	r.p.applySources()
	return r.p, nil
}

// read returns the content of a file. It fails if the file is required and not there, or cannot be read.
func (r *reader) read(at Place, name string, required bool) ([]byte, bool) {
	data, err := r.files.Read(name)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && !required:
	case missing:
		r.fail(at, "", "there is no file %s", name)
	case err != nil:
		r.fail(at, "", "%s cannot be read: %v", name, err)
	case len(data) >= requirements.MaximumSize:
		r.fail(Place{File: name}, "", "the file has %d bytes: at most %d are read", len(data), requirements.MaximumSize-1)
	default:
		if fault := requirements.CheckUTF8(name, string(data)); fault != nil {
			r.findings = append(r.findings, *fault)
			return nil, false
		}
		return data, true
	}
	return nil, false
}

// beside returns the path of a file in the folder of the project.
func (r *reader) beside(name string) string { return path.Join(r.dir, name) }

// requirement parses one requirement at a place.
func (r *reader) requirement(at Place, text string) (Requirement, bool) {
	parsed, err := pep508.ParseRequirement(text)
	if err != nil {
		r.fail(at, "", "invalid requirement: %v", err)
		return Requirement{}, false
	}
	return newRequirement(parsed, at), true
}

// newRequirement returns a requirement at a place. That of a URL has a source.
func newRequirement(parsed pep508.Requirement, at Place) Requirement {
	q := Requirement{Requirement: parsed, Place: at}
	switch {
	case parsed.URL == "":
	case strings.HasPrefix(parsed.URL, "git+"):
		q.Source = &Source{Kind: Git, Location: parsed.URL, Place: at}
	default:
		q.Source = &Source{Kind: URL, Location: parsed.URL, Place: at}
	}
	return q
}

// setName sets the name of the project.
func (r *reader) setName(at Place, text string) {
	if !pep508.ValidName(text) {
		r.fail(at, "a name has letters, digits, `.`, `_` and `-`, and begins and ends with a letter or digit", "%q is not a name of a project", text)
		return
	}
	r.p.Name = Name{Text: text, Key: pep508.NormalizeName(text), Place: at}
}

// setPython sets the Pythons that the project supports.
func (r *reader) setPython(at Place, text string) {
	specifiers, err := pep440.ParseSpecifiers(text)
	if err != nil {
		r.fail(at, "", "invalid requires-python: %v", err)
		return
	}
	r.p.RequiresPython = RequiresPython{Text: text, Place: at, Alternatives: []pep440.Specifiers{specifiers}}
}

// addGroup adds an extra or a dependency group to a list, unless its name is invalid or there is one of that name.
func (r *reader) addGroup(to *[]Group, what string, g Group) {
	g.Key = pep508.NormalizeName(g.Name)
	if !pep508.ValidName(g.Name) {
		r.fail(g.Place, "", "%q is not a name of %s", g.Name, what)
		return
	}
	if i := slices.IndexFunc(*to, func(other Group) bool { return other.Key == g.Key }); i >= 0 {
		r.fail(g.Place, "join them", "%q is the same name as %q, in line %d: case, `-`, `_` and `.` do not count", g.Name, (*to)[i].Name, (*to)[i].Place.Line)
		return
	}
	*to = append(*to, g)
}

// applySources sets the sources of all requirements that have none.
func (p *Project) applySources() {
	lists := []*List{&p.Requires, &p.Build.Requires}
	for i := range p.Extras {
		lists = append(lists, &p.Extras[i].List)
	}
	for i := range p.Groups {
		lists = append(lists, &p.Groups[i].List)
	}
	for _, list := range lists {
		for i := range list.Requires {
			q := &list.Requires[i]
			if source, found := p.Sources[q.Key()]; found && q.Source == nil {
				q.Source = &source
			}
		}
	}
}
