package initialize

import (
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/workflow"
)

// A Proposal is a configuration with what led to it. Its lists are in the order of the file. Texts that are not known are empty.
type Proposal struct {
	// From is the file that states the project, and Name is its name if From does not state it.
	From, Name string
	// Unstated is why the person has to write what the project requires, or "".
	Unstated string
	// Packages are the folders of the packages of the repository, or patterns of them.
	Packages []string
	// Pythons are the lines that are tested, in ascending order.
	Pythons []Python
	// Workflow is nil if there are no workflows.
	Workflow *Workflow
	// Services are the containers that suites may name.
	Services []Service
	// Suites are those that follow a project.
	Suites []*Suite
	// Maybe are suites that have only the name of tests: an index can tell whether there are such projects.
	Maybe []*Suite
	// Static are the suites that follow no project. Core is the one with the tests that no suite has, or nil.
	Static []*Suite
	Core   *Suite
	// core is what Core is if there is no other suite.
	core *Suite
	// Testenv is what every environment has.
	Testenv Testenv
	// ToxFile is the name of the generated tox.ini if another one stays, or "".
	ToxFile string
	// Sources, Guesses and Left are what was read, what was guessed, and what is left to the person: one sentence each.
	Sources, Guesses, Left []string
}

// A Python is a line of CPython, with its newest patch release that is known.
type Python struct {
	python.Version
	// FreeThreaded reports whether its free-threaded build is tested, too.
	FreeThreaded bool
}

// A Workflow has what is known of the workflows.
type Workflow struct {
	// Name is the name of the workflow that runs the matrix. File is its file, and Prefix begins the files of the groups; they are
	// empty if they are the usual ones.
	Name, File, Prefix string
	// Branch is the default branch.
	Branch string
	// Pins are the pins of the actions, by name.
	Pins map[string]Pin
	// Stated are the actions whose pins toxgen.yaml states, since no other workflow pins them, or several do so differently.
	Stated []string
}

// A Pin is the commit of an action and the release that it is.
type Pin struct{ SHA, Version string }

// A Service is a container beside a job.
type Service struct {
	workflow.SurveyedService
	// Unpinned reports whether its image has no digest.
	Unpinned bool
}

// A Suite is one of the suites or of the static ones.
type Suite struct {
	Name string
	// Package is the normalised name of the project that it follows; a static suite has none.
	Package string
	// Minimum and Maximum bound the releases. Raised is why older releases than Minimum are not tested, or "".
	Minimum, Maximum, Raised string
	// Below is a version below which releases are tested, too, although nothing says how old they may be; or "".
	Below string
	// Holds exclude releases that are within the bounds.
	Holds []Hold
	// TestPath is where its tests are, with options for pytest.
	TestPath string
	// Rules add requirements.
	Rules []Rule
	// Extras and Groups are the extras and the dependency groups of the project that its environments have.
	Extras, Groups []string
	// Install are the folders of the packages that are installed instead of the project.
	Install []string
	// Services are the names of the services that it needs.
	Services []string
	// Why is what led to it. Disabled is why it has no environments, or "".
	Why, Disabled string
	// supports reports whether a static suite can be tested on a Python; nil: on all.
	supports func(pep440.Version) bool
	// searched are the names by which its tests are looked for.
	searched []string
}

// A Hold excludes the releases that match a specifier.
type Hold struct{ Exclude, Reason string }

// A Rule adds requirements, or those of a file, to the releases that match When, a specifier or `*`.
type Rule struct {
	When string
	Add  []string
	File string
}

// A Testenv is what every environment has.
type Testenv struct {
	// Command runs the tests.
	Command string
	// PassEnv are the names of variables that are passed on, and SetEnv those that are set.
	PassEnv []string
	SetEnv  []Variable
	// Requires are requirements, and File is a requirements file or "".
	Requires []string
	File     string
	// Extras and Groups are the extras and the dependency groups of the project.
	Extras, Groups []string
}

// A Variable is an environment variable.
type Variable struct{ Name, Value string }
