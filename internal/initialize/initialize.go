// Package initialize proposes a first toxgen.yaml for the SDK in a folder, and the workflows of a repository without Go.
//
// [Read] reads what the folder says: pyproject.toml or setup.cfg, a tox.ini that a person wrote, the workflows of GitHub, and the
// names of the tests. The result is a [Proposal], which [Proposal.Answer] and the changes of a rehearsal complete, and which
// [Proposal.Files] renders. It says what it read, what it guessed and why, and what it leaves to the person.
//
// Nothing is executed: setup.py and noxfile.py are only recognised. Files come through a small interface that refuses links. What is
// read is bounded: files of 1 MiB, [maximumEntries] names of tests, [maximumPackages] packages, and the room of a tox.ini by which
// its factors multiply. What cannot be read is left out and named.
//
// The text of toxgen.yaml is made line by line, since it has comments, and read back by [config.Parse]: a text that is not a
// configuration is an error, never a file.
package initialize

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
	"toxgen/internal/python"
	"toxgen/internal/tox"
	"toxgen/internal/workflow"
)

// Files are the files of the folder. [fileset.Tree] has these methods.
type Files interface {
	Read(name string) ([]byte, error)
	Exists(name string) bool
	// List returns the paths of the files in a folder, Folders those of the folders. Both are sorted.
	List(folder string) ([]string, error)
	Folders(folder string) ([]string, error)
}

// A Proposal is a configuration with what led to it. Its lists are in the order of the file.
type Proposal struct {
	// From is the file that states the project, or "". Name is its name if From does not state it.
	From, Name string
	// Unstated reports whether the requirements of the project are not known.
	Unstated bool
	Packages []string
	Pythons  []Python
	Workflow *Workflow
	Services []Service
	Suites   []*Suite
	// Core is the static suite with the tests that no suite has, or nil. Static are all static suites.
	Core    *Suite
	Static  []*Suite
	Testenv Testenv
	// ToxFile is the name of the generated tox.ini if another one stays, or "".
	ToxFile string
	// Maybe are names of tests whose projects are not known: an index can tell whether there are such projects.
	Maybe []*Suite
	// Sources, Guesses and Left are what was read, what was guessed, and what is left to the person: one sentence each.
	Sources, Guesses, Left []string
}

// A Python is a line of CPython.
type Python struct {
	python.Version
	FreeThreaded bool
}

// A Workflow has what is known of the workflows.
type Workflow struct {
	Name, File, Prefix, Branch string
	// Pins are the actions of the workflows. Stated are those whose pins toxgen.yaml states, since no other workflow pins them, or
	// several do so differently.
	Pins   map[string]Pin
	Stated []string
}

// A Pin is the commit of an action and the release that it is.
type Pin struct{ SHA, Version string }

// A Service is a container.
type Service struct {
	workflow.SurveyedService
	// Unpinned reports whether its image has no digest.
	Unpinned bool
}

// A Suite is a suite, or the static one if it has no Package.
type Suite struct {
	Name, Package    string
	Minimum, Maximum string
	Holds            []Hold
	TestPath         string
	Rules            []Rule
	Extras, Groups   []string
	Install          []string
	Services         []string
	// Why is what led to it. Disabled is why it has no environments, or "".
	Why, Disabled string
	// supports reports whether a static suite can be tested on a Python; nil: on all.
	supports func(pep440.Version) bool
	// Raised is why older releases than Minimum are not tested, or "".
	Raised string
	// searched are the names by which its tests are looked for.
	searched []string
}

// A Hold excludes releases.
type Hold struct{ Exclude, Reason string }

// A Rule adds requirements.
type Rule struct {
	When string // `*` or a specifier
	Add  []string
	File string
}

// A Testenv is what every environment has.
type Testenv struct {
	Command        string
	PassEnv        []string
	SetEnv         []Variable
	Requires       []string
	File           string
	Extras, Groups []string
}

// A Variable is an environment variable.
type Variable struct{ Name, Value string }

// errNoProject is the error of a folder without a Python project.
var errNoProject = errors.New("there is no Python project here: no pyproject.toml, setup.cfg, setup.py, and no folder with one")

// reader reads a folder.
type reader struct {
	files   Files
	folder  string
	p       *Proposal
	project *project.Project
	// members are the packages below the folder, by path.
	members map[string]*project.Project
	surveys []*workflow.Survey
	ini     *handwritten
	tests   *tests
	// evidence are the requirements by which a project is known, by normalised name.
	evidence map[string]evidence
}

// evidence is a requirement on a project and where it stands.
type evidence struct {
	requirement pep508.Requirement
	where       string
}

// Read reads a folder. folder is its own name, which a project has whose name no file states.
func Read(files Files, folder string) (*Proposal, error) {
	r := &reader{files: files, folder: folder, p: &Proposal{}, evidence: map[string]evidence{}, members: map[string]*project.Project{}}
	r.readProject()
	r.readPackages()
	if r.project == nil && len(r.members) == 0 && !files.Exists("setup.py") && !files.Exists("setup.cfg") && !files.Exists("pyproject.toml") {
		return nil, errNoProject
	}
	r.readTox()
	r.readWorkflows()
	r.readTests()
	r.pythons()
	r.testenv()
	r.suites()
	r.services()
	r.workflow()
	r.p.rename()
	return r.p, nil
}

func (r *reader) read(format string, args ...any) {
	r.p.Sources = append(r.p.Sources, fmt.Sprintf(format, args...))
}

func (r *reader) guess(format string, args ...any) {
	r.p.Guesses = append(r.p.Guesses, fmt.Sprintf(format, args...))
}

func (r *reader) leave(format string, args ...any) {
	r.p.Left = append(r.p.Left, fmt.Sprintf(format, args...))
}

// readProject reads what the project says of itself.
func (r *reader) readProject() {
	r.p.Name = cmp.Or(usableName(r.folder), "my-sdk")
	for _, name := range []string{"pyproject.toml", "setup.cfg"} {
		if !r.files.Exists(name) {
			continue
		}
		p, faults := project.Read(r.files, name)
		if p == nil {
			r.leave("%s cannot be read (%s): write what it says under `project`", name, faults[0].Message)
			continue
		}
		if p.Name.Text == "" && name == "pyproject.toml" && !usableAlone(p) {
			continue // it configures tools alone
		}
		r.project, r.p.From, r.p.Name = p, name, cmp.Or(p.Name.Text, r.p.Name)
		for _, q := range p.Requires.Requires {
			if q.Source != nil && (q.Source.Kind == project.Path || q.Source.Kind == project.Workspace) && q.Source.Location != "" && r.files.Exists(q.Source.Location) {
				r.p.Packages = compact(append(r.p.Packages, path.Clean(q.Source.Location)))
			}
		}
		r.read("%s: project %s, %s, %s, %s", name, r.p.Name, display.Count(len(p.Requires.Requires), "requirement"), display.Count(len(p.Extras), "extra"), display.Count(len(p.Groups), "dependency group"))
		if p.Name.Text == "" {
			r.leave("no file states the name of the project: `project.name` is a guess")
		}
		if p.Requires.Unknown != "" {
			r.p.Unstated = true
			r.leave("the requirements of the project are not known (%s): write them under `project.requires`", p.Requires.Unknown)
		}
		return
	}
	if r.files.Exists("setup.py") {
		r.p.Unstated = true
		r.read("setup.py: not executed")
		r.leave("setup.py is not executed: correct `project.name`, and write its install_requires under `project.requires`")
	}
}

// usableName returns a name if a project may have it.
func usableName(name string) string {
	if pep508.ValidName(name) {
		return name
	}
	return ""
}

// usableAlone reports whether a pyproject.toml says something of the project besides its name.
func usableAlone(p *project.Project) bool {
	return len(p.Groups) > 0 || len(p.Requires.Requires) > 0 || len(p.Extras) > 0
}

// maximumPackages is how many packages of a repository are read.
const maximumPackages = 300

// outside are folders in which no package of the repository is looked for.
var outside = []string{"test", "tests", "docs", "doc", "examples", "example", "node_modules", "scripts", "tools", "build", "dist", "venv", "e2e"}

// readPackages looks for the packages of a repository that has several: a package has an extra `instruments`, or the root is none.
func (r *reader) readPackages() {
	found := map[string]*project.Project{}
	level := []string{"."}
	for depth := 0; depth < 3; depth++ {
		var below []string
		for _, folder := range level {
			children, err := r.files.Folders(folder)
			if err != nil {
				continue
			}
			for _, child := range children {
				base := path.Base(child)
				if base[0] == '.' || base[0] == '_' || slices.Contains(outside, base) || len(found) >= maximumPackages {
					continue
				}
				if r.files.Exists(child+"/pyproject.toml") || r.files.Exists(child+"/setup.cfg") {
					name := child + "/pyproject.toml"
					if !r.files.Exists(name) {
						name = child + "/setup.cfg"
					}
					if p, _ := project.Read(r.files, name); p != nil && p.Name.Text != "" {
						found[child] = p
					}
					continue
				}
				below = append(below, child)
			}
		}
		level = below
	}
	several := r.project == nil && r.p.From == "" && !r.files.Exists("setup.py")
	for _, p := range found {
		several = several || isInstrumentation(p)
	}
	if !several || len(found) == 0 {
		return
	}
	r.members = found
	// The root installs nothing: its requirements are those of a workspace.
	r.p.From, r.p.Unstated, r.project, r.p.Left = "", false, nil, nil
	r.p.Packages = nil
	parents := map[string]int{}
	for _, folder := range slices.Sorted(maps.Keys(found)) {
		parents[path.Dir(folder)]++
	}
	for _, folder := range slices.Sorted(maps.Keys(found)) {
		pattern := folder
		if parent := path.Dir(folder); parent != "." && parents[parent] > 1 {
			pattern = parent + "/*"
		}
		if !slices.Contains(r.p.Packages, pattern) {
			r.p.Packages = append(r.p.Packages, pattern)
		}
	}
	r.read("%s below this folder", display.Count(len(found), "package"))
	r.leave("a requirement of a package on something that only another repository has, such as a development version, needs an entry under `packages`")
}

// isInstruments reports whether an extra names what a package instruments, as those of OpenTelemetry do.
func isInstruments(key string) bool { return key == "instruments" || key == "instruments-any" }

// readTox reads a tox.ini that a person wrote.
func (r *reader) readTox() {
	const name = config.DefaultToxFile
	data, err := r.files.Read(name)
	switch {
	case err != nil && r.files.Exists(name):
		r.leave("tox.ini cannot be read: %v", err)
		r.p.ToxFile = otherToxFile
	case err != nil:
		if other := r.otherTox(); other != "" {
			r.p.ToxFile = otherToxFile
			r.read("%s: tox is configured there, which stays and is not read", other)
		}
	case tox.Owned(data):
	default:
		r.p.ToxFile = otherToxFile
		r.ini = readHandwritten(name, data)
		r.read("tox.ini: %s", display.Count(len(r.ini.environments), "environment"))
		if r.ini.fault != "" {
			r.leave("%s", r.ini.fault)
		}
	}
	if r.p.ToxFile != "" {
		r.guess("what configures tox now stays as it is, so the matrix is in %s (`outputs.tox`): run it by `tox -c %s`", otherToxFile, otherToxFile)
		r.leave("to move over, delete your own configuration of tox and the line `outputs:` once nothing runs it; sections such as [testenv:lint] may stand between the marks of the generated file")
	}
	if r.files.Exists("noxfile.py") {
		r.read("noxfile.py: recognised, not executed")
		r.leave("the sessions of noxfile.py are not read: what they test beyond the suites is yours to add")
	}
}

var toxTable = regexp.MustCompile(`(?m)^\[tool\.tox[.\]]|^\[tox:tox\]`)

// otherTox returns the file besides tox.ini that configures tox, or "". A generated tox.ini would hide it.
func (r *reader) otherTox() string {
	if r.files.Exists("tox.toml") {
		return "tox.toml"
	}
	for _, name := range []string{"setup.cfg", "pyproject.toml"} {
		if data, err := r.files.Read(name); err == nil && toxTable.Match(data) {
			return name
		}
	}
	return ""
}

// otherToxFile is the name of the generated tox.ini beside one that stays.
const otherToxFile = "tox-matrix.ini"

// workflowFolder is where GitHub looks for workflows.
const workflowFolder = ".github/workflows"

// maximumWorkflows is how many workflows are read.
const maximumWorkflows = 200

// readWorkflows reads the workflows of the repository.
func (r *reader) readWorkflows() {
	names, err := r.files.List(workflowFolder)
	if err != nil {
		r.leave("the workflows cannot be read: %v", err)
		return
	}
	var unpinned []string
	count := 0
	for _, name := range names {
		if ext := path.Ext(name); ext != ".yml" && ext != ".yaml" || count == maximumWorkflows {
			continue
		}
		data, err := r.files.Read(name)
		if err != nil || len(data) >= 1<<20 {
			r.leave("%s cannot be read", name)
			continue
		}
		s, err := workflow.ReadSurvey(workflow.File{Path: name, Data: data})
		if err != nil {
			r.leave("%s cannot be read: %v", name, err)
			continue
		}
		count++
		r.surveys = append(r.surveys, s)
		for _, action := range s.Unpinned {
			if !slices.Contains(unpinned, action) {
				unpinned = append(unpinned, action)
			}
		}
	}
	if count > 0 {
		r.read("%s", display.Count(count, "workflow"))
	}
	if len(unpinned) > 0 {
		slices.Sort(unpinned)
		r.leave("not pinned by a full SHA in your workflows: %s, such as %s; what toxgen writes has pins of its own", display.Count(len(unpinned), "action"), unpinned[0])
	}
}

// bounds returns the greatest lower bound of a specifier and the least upper one, or "", and what it excludes.
func bounds(specifiers pep440.Specifiers) (lower, upper string, excluded []string) {
	var low, high *pep440.Version
	for _, c := range specifiers.Clauses() {
		v, err := pep440.Parse(strings.TrimSuffix(c.Version(), ".*"))
		switch {
		case c.Operator() == "!=":
			excluded = append(excluded, "=="+c.Version())
		case err != nil:
		case slices.Contains([]string{">=", "~=", "==", ">"}, c.Operator()):
			if low == nil || v.Compare(*low) > 0 {
				low, lower = &v, v.String()
			}
		case c.Operator() == "<":
			if high == nil || v.Compare(*high) < 0 {
				high, upper = &v, v.String()
			}
		}
	}
	return lower, upper, excluded
}
