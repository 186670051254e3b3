// Package config reads toxgen.yaml: what to test, written by people.
//
// [Parse] is strict. Unknown and repeated keys, values of the wrong kind, texts that are no specifier, no
// requirement or no name, and references to nothing are all reported at once, each with its line and column.
// What comes back is typed: whoever holds a [Config] never parses its texts again, and every part that a
// later step may have to speak of knows its own position.
//
// [WithHold] adds a hold to the text of a file, and leaves all else of it as it stands.
//
// The same types and tags describe the file's JSON Schema ([Schema]), so the two cannot disagree. The tag `yaml`
// has a key, and behind it `required` (the key stands there, its value is not empty) or `present` (the key stands
// there); `doc` says what it is; `minimum`, `maximum` and `enum` limit it; `text` and `keys` name the kind of
// text that a value, or the keys of a mapping, have to be (kind.go).
//
// Non-goals: defaults that depend on the machine, includes, variables, anchors across files.
package config

// FileName is where the configuration lies in a project, unless the caller says otherwise.
const FileName = "toxgen.yaml"

// Config is a whole toxgen.yaml.
type Config struct {
	// File is the name of the file, as findings have it.
	File        string
	Schema      string        `yaml:"$schema" doc:"Where an editor finds the schema of this file."`
	Project     Project       `yaml:"project,required" doc:"The SDK under test."`
	Pythons     []Python      `yaml:"pythons,required" doc:"The CPython lines to test, ascending."`
	Platform    Platform      `yaml:"platform,required" doc:"The machine that environments are resolved for."`
	Index       string        `yaml:"index" text:"index" doc:"Root of a PEP 691 Simple API, without credentials; the public index if left out."`
	Update      Update        `yaml:"update" doc:"How the weekly update adopts what is new."`
	Workflow    Workflow      `yaml:"workflow,required" doc:"What the generated workflows share."`
	Services    Map[Service]  `yaml:"services" keys:"service" doc:"What some suites need beside them: containers or set-up steps."`
	Metadata    []Metadata    `yaml:"metadata" doc:"Metadata of releases whose own cannot be read or is invalid."`
	Constraints []Constraint  `yaml:"constraints" doc:"Restrict a project wherever it is resolved; install nothing."`
	Build       []Requirement `yaml:"build" doc:"Build requirements of source distributions and of the SDK, pinned for each Python."`
	Groups      []Group       `yaml:"groups,required" doc:"Which suites share a workflow."`
	Suites      Map[Suite]    `yaml:"suites,required" keys:"suite" doc:"The suites that follow a project of the index, by name."`
	Static      Map[Static]   `yaml:"static" keys:"suite" doc:"The suites that follow no project, by name."`
	Testenv     Testenv       `yaml:"testenv,required" doc:"What every environment shares."`
	Templates   string        `yaml:"templates" text:"path" doc:"A folder whose templates win over the embedded ones, file by file."`
	Outputs     Outputs       `yaml:"outputs" doc:"Further files to generate; only what is named is written."`
}

// Project is the SDK under test.
type Project struct {
	Pos
	Name     Name          `yaml:"name,required" doc:"Its name on the index."`
	Source   *Source       `yaml:"source" doc:"Where the SDK lies, if not in this repository."`
	Requires []Requirement `yaml:"requires" doc:"Its own requirements: resolved with every environment."`
}

// Source is another repository that holds the SDK.
type Source struct {
	Pos
	Repository string `yaml:"repository,required" text:"repository" doc:"owner/name."`
	Ref        string `yaml:"ref,required" text:"ref" doc:"A full commit SHA, or a tag."`
	Path       string `yaml:"path,required" text:"folder" doc:"Where each job checks it out, below the root of this repository."`
}

// Python is one declared CPython line.
type Python struct {
	Pos
	Version      MinorVersion `yaml:"version,required" doc:"The line, quoted: \"3.10\"."`
	Patch        *int         `yaml:"patch,required" doc:"The exact patch release: what markers see and what a row installs." maximum:"999"`
	FreeThreaded bool         `yaml:"free-threaded" doc:"Also offer the free-threaded build (3.14t)."`
	Container    string       `yaml:"container" text:"image" doc:"Run this Python's rows in this image."`
}

// Platform is where environments run.
type Platform struct {
	Pos
	System  string `yaml:"system,required" doc:"linux." enum:"linux"`
	Machine string `yaml:"machine,required" doc:"As platform.machine() says." enum:"x86_64,aarch64,i686,armv7l,ppc64le,s390x,riscv64"`
	Libc    Libc   `yaml:"libc,required" doc:"glibc-2.28 or musl-1.2."`
}

// Update says how the weekly update adopts what is new.
type Update struct {
	Cooldown       Duration `yaml:"cooldown" doc:"Files younger than this are not seen (72h)."`
	CooldownExempt []Name   `yaml:"cooldown-exempt" doc:"Projects that the cooldown does not bind."`
	Refresh        string   `yaml:"refresh" doc:"Whose pins an update moves." enum:"newest,none,all"`
}

// Service is what a suite needs beside it: a container (Image) or a set-up step (Uses or Run).
type Service struct {
	Pos
	Image   string      `yaml:"image" text:"image" doc:"A container beside the job, by digest."`
	Env     Map[string] `yaml:"env" keys:"variable" doc:"The container's environment."`
	Options []string    `yaml:"options" doc:"Options of its creation."`
	Ports   []string    `yaml:"ports" text:"port" doc:"Ports that the runner sees: \"5432:5432\"."`
	TestEnv Map[string] `yaml:"test-env" keys:"setting" doc:"What tests find in their environment; {host} is where the service answers."`
	Uses    string      `yaml:"uses" text:"action" doc:"An action that sets something up; its pin stands in workflow.actions or a workflow written by hand."`
	With    Map[string] `yaml:"with" keys:"input" text:"block" doc:"The action's inputs."`
	Run     string      `yaml:"run" text:"block" doc:"A command that sets something up."`
}

// Metadata stands in for the metadata of one release.
type Metadata struct {
	Pos
	Release        Release         `yaml:"release,required" doc:"project==version."`
	Requires       *[]Requirement  `yaml:"requires" doc:"Its requirements; an empty list: none."`
	RequiresPython *Specifiers     `yaml:"requires-python" doc:"Its Requires-Python."`
	Classifiers    *[]MinorVersion `yaml:"classifiers" doc:"The Pythons that its classifiers name."`
	Reason         string          `yaml:"reason,required" doc:"Why its own does not do."`
}

// Exception is what a rule against something may say of itself.
type Exception struct {
	Reason string `yaml:"reason" doc:"Why."`
	Issue  string `yaml:"issue" text:"url" doc:"Where this is followed."`
	Until  Date   `yaml:"until" doc:"After this day the program warns that the rule expired."`
}

// Constraint restricts a project wherever it is resolved.
type Constraint struct {
	Pos
	Requirement Requirement   `yaml:"requirement,required" doc:"A project and a specifier; no extras, no URL."`
	When        []Interpreter `yaml:"when" doc:"Only for these Pythons."`
	Suites      []Name        `yaml:"suites" doc:"Only for these suites."`
	Exception
}

// Group is a set of suites that share a workflow.
type Group struct {
	Pos
	Name   string `yaml:"name,required" text:"group" doc:"As people read it; the workflow's file name comes from it."`
	Suites []Name `yaml:"suites,required" doc:"Names of suites, static ones included."`
}

// Suite follows a project of the index.
type Suite struct {
	Pos
	Package     Package     `yaml:"package,required" doc:"The project, possibly with extras: gql[all]."`
	Minimum     Version     `yaml:"minimum" doc:"Older releases are not tested."`
	TestPath    string      `yaml:"test-path,required" text:"value" doc:"What pytest is given."`
	Requires    []Rule      `yaml:"requires" doc:"Ordered rules; every matching rule applies."`
	Python      PythonRules `yaml:"python" doc:"Which Pythons: a specifier, or an ordered list by release."`
	Versions    int         `yaml:"versions" doc:"At most this many releases." minimum:"2"`
	Prereleases string      `yaml:"prereleases" doc:"Whether a newest pre-release is tested." enum:"newest,off"`
	Hold        []Hold      `yaml:"hold" doc:"Releases that are not tested."`
	Services    []Name      `yaml:"services" doc:"Names of services that it needs."`
	Parallel    *bool       `yaml:"parallel" doc:"false: its environments run one after another."`
	SetEnv      []EnvRule   `yaml:"set-env" doc:"Environment variables of its environments."`
	Disabled    *Disabled   `yaml:"disabled" doc:"No environments for now."`
}

// Serial says whether the suite's environments must not run side by side.
func (s *Suite) Serial() bool { return s.Parallel != nil && !*s.Parallel }

// Hold excludes releases of one suite.
type Hold struct {
	Pos
	Exclude Specifiers `yaml:"exclude,required" doc:"A specifier; what it matches is not tested."`
	Exception
}

// Disabled takes a suite out of the matrix; its facts stay.
type Disabled struct {
	Pos
	Exception
}

// Rule adds requirements to the environments that it matches.
type Rule struct {
	Pos
	When When          `yaml:"when,required" doc:"\"*\", a specifier on the release, or a list of Pythons."`
	Add  []Requirement `yaml:"add,required" doc:"Requirements."`
}

// EnvRule sets a variable in the environments that it matches.
type EnvRule struct {
	Pos
	When  When   `yaml:"when" doc:"As in requires; left out: always."`
	Name  string `yaml:"name,required" text:"setting" doc:"The variable's name."`
	Value string `yaml:"value,present" text:"value" doc:"Its value, with tox's substitutions."`
}

// Static is a suite that follows no project.
type Static struct {
	Pos
	Pythons     []Interpreter `yaml:"pythons" doc:"The Pythons; an environment each."`
	Python      *Interpreter  `yaml:"python" doc:"Instead of pythons: one environment that has the suite's name alone."`
	TestPath    string        `yaml:"test-path" text:"value" doc:"What pytest is given."`
	Requires    []Rule        `yaml:"requires" doc:"Ordered rules; every matching rule applies."`
	Services    []Name        `yaml:"services" doc:"Names of services that it needs."`
	Parallel    *bool         `yaml:"parallel" doc:"false: its environments run one after another."`
	SetEnv      []EnvRule     `yaml:"set-env" doc:"Environment variables of its environments."`
	Commands    []string      `yaml:"commands" text:"command" doc:"Its own commands instead of the shared ones."`
	Package     string        `yaml:"package" doc:"How tox packages the SDK; skip, or left out: it is installed as every environment has it." enum:"skip,wheel,sdist,editable"`
	SkipInstall bool          `yaml:"skip-install" doc:"The SDK is not installed."`
	CI          *bool         `yaml:"ci" doc:"false: in no workflow and no group."`
	Disabled    *Disabled     `yaml:"disabled" doc:"No environments for now."`
}

// Serial says whether the suite's environments must not run side by side.
func (s *Static) Serial() bool { return s.Parallel != nil && !*s.Parallel }

// InCI says whether a workflow runs the suite.
func (s *Static) InCI() bool { return s.CI == nil || *s.CI }

// Testenv is what every environment shares.
type Testenv struct {
	Pos
	Commands    []string      `yaml:"commands,required" text:"command" doc:"The commands, with tox's substitutions; {env:_TESTPATH} is the suite's test-path."`
	PassEnv     []string      `yaml:"pass-env" text:"variables" doc:"Variables that pass from outside; those of services pass anyway."`
	SetEnv      []EnvRule     `yaml:"set-env" doc:"Environment variables."`
	Requires    []Requirement `yaml:"requires" doc:"Installed in every environment."`
	NotEditable []Interpreter `yaml:"not-editable" doc:"Pythons for which the SDK is installed, not linked."`
}

// Outputs names further generated files; what is not named is not written.
type Outputs struct {
	Schema string `yaml:"schema" text:"schema" doc:"The JSON Schema of this file."`
}

// Pos is where a value stands in the file; lines and columns count from 1.
type Pos struct{ Line, Column int }

// Map keeps the order of the file.
type Map[T any] []Entry[T]

// Entry is one key of a Map.
type Entry[T any] struct {
	Pos
	Key   string
	Value T
}

// keys are the keys in their order.
func (m Map[T]) keys() []string {
	keys := make([]string, len(m))
	for i := range m {
		keys[i] = m[i].Key
	}
	return keys
}

// Get is the value of a key, or nil.
func (m Map[T]) Get(key string) *T {
	for i := range m {
		if m[i].Key == key {
			return &m[i].Value
		}
	}
	return nil
}
