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

	"toxgen/internal/pep508"
	"toxgen/internal/project"
	"toxgen/internal/workflow"
)

// Files are the files of the folder, by slash-separated paths below it. [fileset.Tree] has these methods.
type Files interface {
	// Read returns the content of a file. If there is no such file, errors.Is(err, fs.ErrNotExist) reports true.
	Read(name string) ([]byte, error)
	// Exists reports whether there is a file, a folder or a link of that path.
	Exists(name string) bool
	// List returns the paths of the files in a folder, Folders those of the folders. Both are sorted.
	List(folder string) ([]string, error)
	Folders(folder string) ([]string, error)
}

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
