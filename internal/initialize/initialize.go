// Package initialize proposes a first toxgen.yaml for the SDK in a folder, and the workflows of a repository without Go.
//
// [Read] reads what the folder says: pyproject.toml or setup.cfg, a tox.ini that a person wrote, the workflows of GitHub, and the
// names of the tests. The result is a [Proposal], which [Proposal.Answer] and the changes of a rehearsal complete, and which
// [Proposal.Files] renders. It says what it read, what it guessed and why, and what it leaves to the person.
//
// Nothing is executed: setup.py and noxfile.py are only recognised. Files come through a small interface that refuses links. What is
// read is bounded: files of 1 MiB, [maximumEntries] names of tests, [maximumPackages] packages, [maximumSuites] suites,
// [maximumDependencies] lines of deps, and the room of a tox.ini by which its factors multiply. What cannot be read, and what
// toxgen.yaml cannot state, is left out and named.
//
// The text of toxgen.yaml is made line by line, since it has comments, and read back by [config.Parse]: a text that is not a
// configuration is an error, never a file.
package initialize

import (
	"errors"
	"fmt"
	"slices"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/project"
	"toxgen/internal/python"
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
	// From is the file that states the project, or "". Name is its name, or "" if From states it.
	From, Name string
	// Unstated is why the person has to write what the project requires, or "".
	Unstated string
	// Packages are the folders of the packages of the repository, or patterns of them.
	Packages []string
	Pythons  []Python
	Workflow *Workflow
	Services []Service
	Suites   []*Suite
	// Core is the static suite with the tests that no suite has, or nil. Static are all static suites.
	Core   *Suite
	Static []*Suite
	// core is what Core is if there is no other suite.
	core    *Suite
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
	// Below is a version below which releases are tested, too, although nothing says how old they may be; or "".
	Below          string
	Holds          []Hold
	TestPath       string
	Rules          []Rule
	Extras, Groups []string
	Install        []string
	Services       []string
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

// A reader reads a folder and makes a proposal of it.
type reader struct {
	files  Files
	folder string
	p      *Proposal
	// project is what the root of the folder says of itself, or nil.
	project *project.Project
	// members are the packages below the folder, by path.
	members map[string]*project.Project
	// workflows are the file names of the workflows that a person wrote, and surveys what those say that can be read.
	workflows []string
	surveys   []*workflow.Survey
	// ini is the tox.ini that a person wrote, or nil.
	ini   *handwritten
	tests *tests
	// evidence are the requirements by which a project is known, by normalised name.
	evidence map[string]evidence
	// surplus counts the suites that were too many.
	surplus int
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
	r.proposePythons()
	r.proposeTestenv()
	r.proposeSuites()
	r.proposeServices()
	r.proposeWorkflow()
	r.p.rename()
	slices.Sort(r.p.Left)
	return r.p, nil
}

// source notes what was read.
func (r *reader) source(format string, args ...any) {
	r.p.Sources = append(r.p.Sources, fmt.Sprintf(format, args...))
}

// guess notes what was guessed.
func (r *reader) guess(format string, args ...any) {
	r.p.Guesses = append(r.p.Guesses, fmt.Sprintf(format, args...))
}

// leave notes what is left to the person.
func (r *reader) leave(format string, args ...any) {
	r.p.Left = append(r.p.Left, fmt.Sprintf(format, args...))
}

// compact returns a list without repetitions.
func compact(list []string) (all []string) {
	seen := map[string]bool{}
	for _, text := range list {
		if !seen[text] {
			seen[text] = true
			all = append(all, text)
		}
	}
	return all
}
