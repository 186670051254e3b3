// Package config reads toxgen.yaml, in which people write what to test.
//
// [Parse] is strict. It reports unknown and repeated keys, values of the wrong type, invalid specifiers,
// requirements and names, and references to missing suites or services, all at once, each with its line and column.
// A syntax error is reported alone, with the text of its line (syntax.go).
// The result is typed: the caller of Parse never parses a text of a [Config] again, and every part that a later step
// may have to report has its own position.
//
// [WithHold] adds a hold to the text of a file and leaves the rest of the text unchanged.
//
// The same types and tags describe the file's JSON Schema ([Schema]), so the two cannot disagree. The tag `yaml`
// holds a key, which `required` (the key must be present and its value must not be empty) or `present` (the key must
// be present) may follow; `doc` describes the value, and `default` is that of a key that is left out; `minimum`, `maximum` and `enum` limit it; `text` and `keys` name
// the kind of text that a value, or a key of a mapping, must be (kind.go).
//
// Non-goals: defaults that depend on the machine, includes, variables, anchors across files.
package config

import (
	"cmp"
	"path"
	"slices"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
)

// FileName is the default name of the configuration file in a project.
const FileName = "toxgen.yaml"

// A Config is the content of a toxgen.yaml.
type Config struct {
	// File is the name of the file in findings.
	File        string
	Schema      string        `yaml:"$schema" doc:"The address of this file's schema, for editors."`
	Toxgen      Specifiers    `yaml:"toxgen" doc:"The versions of toxgen that understand this file: \">=1.4\". Any other one says so, and does nothing."`
	Project     Project       `yaml:"project,required" doc:"The SDK under test."`
	Packages    []Checkout    `yaml:"packages" doc:"The packages of a repository that has several, and others that are installed from checkouts: each is one when it turns up in an environment, whatever version is asked for."`
	Pythons     []Python      `yaml:"pythons,required" doc:"The CPython lines to test, ascending."`
	Platform    Platform      `yaml:"platform,required" doc:"The machine that environments are resolved for, unless a Python has one of its own."`
	Index       string        `yaml:"index" text:"index" doc:"Root of a PEP 691 Simple API, without credentials, from which everything is installed; the public index if left out."`
	Update      Update        `yaml:"update" doc:"How the weekly update adopts new releases."`
	Workflow    Workflow      `yaml:"workflow" doc:"Settings that the generated workflows share; if left out, there are no workflows."`
	Services    Map[Service]  `yaml:"services" keys:"service" doc:"What some suites need to run: containers or set-up steps."`
	Metadata    []Metadata    `yaml:"metadata" doc:"Metadata for releases whose own metadata cannot be read or is invalid."`
	Constraints []Constraint  `yaml:"constraints" doc:"Restrict a project wherever it is resolved; install nothing."`
	Build       []Requirement `yaml:"build" doc:"Build requirements of source distributions and of the SDK, pinned for each Python."`
	Groups      []Group       `yaml:"groups" doc:"Which suites share a workflow; may be left out if there are no workflows."`
	Suites      Map[Suite]    `yaml:"suites" keys:"suite" doc:"The suites that follow a project of the index, by name; needed if there are no static ones."`
	Static      Map[Static]   `yaml:"static" keys:"suite" doc:"The suites that follow no project, by name."`
	Testenv     Testenv       `yaml:"testenv,required" doc:"Settings that all environments share."`
	Templates   string        `yaml:"templates" text:"path" doc:"A folder whose templates replace the embedded ones, file by file."`
	Outputs     Outputs       `yaml:"outputs" doc:"Further files to generate; only named files are written."`
	// Sourced is set if a pyproject.toml has sources for uv ([tool.uv.sources]), which would install something else than what
	// is pinned.
	Sourced bool
}

// Program returns the command by which people run toxgen in the project.
func (c *Config) Program() display.Program {
	return cmp.Or(display.Program(c.Outputs.Command), display.Binary)
}

// A Project is the SDK under test.
type Project struct {
	Pos
	From     string        `yaml:"from" text:"project" doc:"The pyproject.toml or setup.cfg that states its name, requirements, extras, dependency groups and build requirements, below the SDK's root. What is written here, too, must agree."`
	Name     Name          `yaml:"name" doc:"Its name on the index; required without from."`
	Source   *Source       `yaml:"source" doc:"The repository of the SDK, if it is not this one."`
	Requires []Requirement `yaml:"requires" doc:"Its own requirements: resolved with every environment."`
	// Optional is what the file that From names offers besides. It is nil if no file was read.
	Optional *Optional
}

// An Optional has the optional requirements of a project, by normalised name.
type Optional struct {
	// Extras are those of extras, Groups those of dependency groups (PEP 735).
	Extras, Groups map[string][]Requirement
}

// Used returns the optional requirements that a Uses names.
func (p *Project) Used(u Uses) []Requirement {
	if p.Optional == nil {
		return nil
	}
	var all []Requirement
	for _, name := range u.Extras {
		all = append(all, p.Optional.Extras[pep508.NormalizeName(name.Text)]...)
	}
	for _, name := range u.Groups {
		all = append(all, p.Optional.Groups[pep508.NormalizeName(name.Text)]...)
	}
	return all
}

// A Source is another repository that holds the SDK.
type Source struct {
	Pos
	Repository string `yaml:"repository,required" text:"repository" doc:"The repository, as owner/name."`
	Ref        string `yaml:"ref,required" text:"ref" doc:"A full commit SHA, or a tag."`
	Path       string `yaml:"path,required" text:"folder" doc:"Where each job checks it out, below the root of this repository."`
}

// A Checkout is a package that is installed from a checkout, of this or of another repository.
type Checkout struct {
	Pos
	Name       Name           `yaml:"name" doc:"Its name on the index; if left out, its pyproject.toml or setup.cfg states it."`
	Path       string         `yaml:"path,required" text:"folder" doc:"Its folder below the SDK's root or the root of the other repository; instrumentation/* stands for each package in a folder."`
	Repository string         `yaml:"repository" text:"repository" doc:"owner/name of another repository that holds it; its name, ref and requires are needed then."`
	Ref        string         `yaml:"ref" text:"ref" doc:"A full commit SHA, or a tag, of the other repository."`
	Folder     string         `yaml:"checkout" text:"folder" doc:"Where each job checks the other repository out, below the root of this one; the repository's name, if left out."`
	Requires   *[]Requirement `yaml:"requires" doc:"Its requirements; if left out, its pyproject.toml or setup.cfg states them."`
	// Extras are the requirements of its extras by normalised name, as its file states them.
	Extras map[string][]Requirement
	// Supported are sets of which a Python has to match one, as its file states them; without any, all are supported.
	Supported []pep440.Specifiers
}

// IsPattern reports whether the path stands for each package in a folder.
func (p *Checkout) IsPattern() bool { return path.Base(p.Path) == "*" }

// Root returns the folder of the package below the root of this repository, without that of the SDK.
func (p *Checkout) Root() string { return path.Join(p.Parent(), p.Path) }

// Parent returns where the other repository is checked out, or "" for a package of the SDK's repository.
func (p *Checkout) Parent() string {
	if p.Repository == "" {
		return ""
	}
	return cmp.Or(p.Folder, path.Base(p.Repository))
}

// Supports reports whether the package supports a Python, or does not say.
func (p *Checkout) Supports(v pep440.Version) bool {
	return len(p.Supported) == 0 || slices.ContainsFunc(p.Supported, func(s pep440.Specifiers) bool { return s.Match(v) })
}

// A Python is one declared CPython line.
type Python struct {
	Pos
	Version      MinorVersion `yaml:"version,required" doc:"The line, quoted: \"3.10\"."`
	Patch        *Patch       `yaml:"patch,required" doc:"The exact patch release: what markers see and what a row installs; or a pre-release: 0rc2." maximum:"999"`
	FreeThreaded bool         `yaml:"free-threaded" doc:"Also offer the free-threaded build (3.14t)."`
	Container    string       `yaml:"container" text:"image" doc:"Run this Python's rows in this image."`
	Platform     *Platform    `yaml:"platform" doc:"The machine of this Python, if it is not the one that all share."`
	RunsOn       Runner       `yaml:"runs-on" text:"label" doc:"The runner of this Python's rows instead of workflow.runs-on."`
}

// A Platform is the machine that environments run on.
type Platform struct {
	Pos
	System  string       `yaml:"system,required" doc:"The operating system." enum:"linux,windows,macos"`
	Machine string       `yaml:"machine,required" doc:"The machine: on Linux and macOS as platform.machine() returns it; on Windows amd64, arm64, or x86 for a 32-bit interpreter on a 64-bit machine." enum:"x86_64,aarch64,i686,armv7l,ppc64le,s390x,riscv64,amd64,arm64,x86"`
	Libc    Libc         `yaml:"libc" doc:"The C library of a Linux: glibc-2.28 or musl-1.2."`
	Version MacOSVersion `yaml:"version" doc:"The version of a macOS, quoted: \"14.0\"."`
}

// An Update configures how the weekly update adopts new releases.
type Update struct {
	Cooldown       Duration `yaml:"cooldown" doc:"Files younger than this are ignored." default:"72h"`
	CooldownExempt []Name   `yaml:"cooldown-exempt" doc:"Projects that the cooldown does not apply to."`
	Refresh        string   `yaml:"refresh" doc:"Which pins an update moves: those of the newest releases of each suite, none that still hold, or all." enum:"newest,none,all" default:"newest"`
}

// A Service is something that a suite needs to run: a container (Image) or a set-up step (Uses or Run).
type Service struct {
	Pos
	Image   string      `yaml:"image" text:"image" doc:"A container beside the job, by digest."`
	Env     Map[string] `yaml:"env" keys:"container" doc:"The container's environment."`
	Options []string    `yaml:"options" doc:"Options for creating the container."`
	Ports   []string    `yaml:"ports" text:"port" doc:"Ports that are published on the runner: \"5432:5432\"."`
	TestEnv Map[string] `yaml:"test-env" keys:"setting" doc:"Environment variables for the tests; {host} stands for the host name of the service."`
	Uses    string      `yaml:"uses" text:"action" doc:"An action that sets something up; its pin is in workflow.actions or in a hand-written workflow."`
	With    Map[string] `yaml:"with" keys:"input" text:"block" doc:"The action's inputs."`
	Run     string      `yaml:"run" text:"block" doc:"A command that sets something up."`
}

// A Metadata replaces the metadata of one release.
type Metadata struct {
	Pos
	Release        Release         `yaml:"release,required" doc:"project==version."`
	Requires       *[]Requirement  `yaml:"requires" doc:"Its requirements; an empty list if it has none."`
	RequiresPython *Specifiers     `yaml:"requires-python" doc:"Its Requires-Python."`
	Classifiers    *[]MinorVersion `yaml:"classifiers" doc:"The Pythons that its classifiers name."`
	Reason         string          `yaml:"reason,required" doc:"Why its own metadata cannot be used."`
}

// An Exception explains a hold, a constraint, a suite that may fail, or a disabled suite.
type Exception struct {
	Reason string `yaml:"reason" doc:"Why."`
	Issue  string `yaml:"issue" text:"url" doc:"The issue that tracks this."`
	Until  Date   `yaml:"until" doc:"The last day; after it toxgen warns that the rule has expired."`
}

// A Constraint restricts a project wherever it is resolved.
type Constraint struct {
	Pos
	Requirement Requirement   `yaml:"requirement,required" doc:"A project and a specifier; no extras, no URL."`
	When        []Interpreter `yaml:"when" doc:"Only for these Pythons."`
	Suites      []Name        `yaml:"suites" doc:"Only for these suites."`
	Exception
	Temporary bool `yaml:"temporary" doc:"After until, update removes the constraint and tests without it; triage writes such ones."`
}

// A Group is a list of suites that share a workflow.
type Group struct {
	Pos
	Name   string `yaml:"name,required" text:"group" doc:"Its name; the workflow's file name is derived from it."`
	Suites []Name `yaml:"suites,required" doc:"Names of suites, static ones included."`
}

// A Suite tests releases of a project of the index.
type Suite struct {
	Pos
	Package  Package `yaml:"package,required" doc:"The project, possibly with extras: gql[all]."`
	Minimum  Minimum `yaml:"minimum" doc:"Older releases are not tested; {exact: VERSION} also tests this very release."`
	Maximum  Version `yaml:"maximum" doc:"This release, its pre-releases and newer releases are not tested."`
	TestPath string  `yaml:"test-path,required" text:"value" doc:"The path that pytest receives."`
	Requires []Rule  `yaml:"requires" doc:"Ordered rules; every matching rule applies."`
	Uses
	Install Install `yaml:"install" doc:"What is installed from checkouts instead of the SDK: names or paths of packages, possibly with extras, or none."`
	// Base is the name of the suite of which this is a variant, or "".
	Base     string
	Variants Variants `yaml:"variants" doc:"Variants, each tested like a suite of its own, or none; those of testenv, if left out."`
	OwnRows
	Around
	Python      PythonRules `yaml:"python" doc:"Which Pythons: a specifier, or an ordered list by release."`
	Pythons     PythonCount `yaml:"pythons" doc:"On how many of its Pythons a release is tested: first-last (the first and the last two), all, or a number." default:"first-last"`
	Claims      []Claim     `yaml:"claims" doc:"Pythons that releases are tested on although they do not claim to support them."`
	Lowest      bool        `yaml:"lowest" doc:"true: one more environment, of the oldest release on its oldest Python, with the lowest releases that the bounds of the SDK and of the suite admit."`
	Versions    int         `yaml:"versions" doc:"At most this many releases. If it is left out, these are tested: the newest of each major version and the oldest; of a project with one major version, four." minimum:"2"`
	Prereleases string      `yaml:"prereleases" doc:"Whether a newest pre-release is tested." enum:"newest,off" default:"newest"`
	Hold        []Hold      `yaml:"hold" doc:"Releases that are not tested."`
	Services    []Needed    `yaml:"services" doc:"Services that it needs: names, or {name: NAME, when: …} for those that some of its environments need."`
	Parallel    *bool       `yaml:"parallel" doc:"false: its environments run one after another; the default where it needs a container, which they share."`
	SetEnv      []EnvRule   `yaml:"set-env" doc:"Environment variables of its environments."`
	Commands    []string    `yaml:"commands" text:"command" doc:"Its own commands instead of the shared ones."`
	MinTests    int         `yaml:"min-tests" doc:"In a row, an environment of which fewer tests pass is an error; they are counted in its junit file, {work_dir}/coverage/junit-{env_name}.xml." minimum:"1"`
	Disabled    *Disabled   `yaml:"disabled" doc:"The suite has no environments for now."`
}

// A Hold excludes releases of one suite.
type Hold struct {
	Pos
	Exclude Specifiers `yaml:"exclude,required" doc:"A specifier; what it matches is not tested."`
	Exception
	Temporary bool `yaml:"temporary" doc:"After until, update removes the hold and tests without it; triage writes such ones."`
}

// Excludes reports whether the hold excludes a release. A pre-release is also excluded if the release that it precedes is:
// `>=3` excludes 3.0b1. A specifier that names a pre-release means exactly what it says: `>3.0rc1` does not exclude 3.0rc1.
func (h *Hold) Excludes(v pep440.Version) bool {
	return h.Exclude.Match(v) || v.IsPrerelease() && !h.namesPrerelease() && h.Exclude.Match(pep440.MustParse(v.Base()))
}

// namesPrerelease reports whether a clause names a pre-release, `!=` included.
func (h *Hold) namesPrerelease() bool {
	return slices.ContainsFunc(h.Exclude.Clauses(), func(clause pep440.Specifier) bool {
		v, err := pep440.Parse(clause.Version())
		return err == nil && v.IsPrerelease()
	})
}

// A Claim adds a Python to those that some releases claim to support.
type Claim struct {
	Pos
	Release *Specifiers  `yaml:"release" doc:"A specifier on the release that admits pre-releases; every release, if left out."`
	Python  MinorVersion `yaml:"python,required" doc:"The Python, quoted: \"3.13\". What a release requires of the Python still applies."`
}

// Matches reports whether the claim is about a release.
func (c *Claim) Matches(v pep440.Version) bool { return c.Release == nil || c.Release.Match(v) }

// A Disabled removes a suite from the matrix; its facts stay in the registry.
type Disabled struct {
	Pos
	Exception
}

// A Rule adds requirements to the environments that it matches.
type Rule struct {
	Pos
	When When          `yaml:"when,required" doc:"\"*\", a specifier on the release, or a list of Pythons."`
	Add  []Requirement `yaml:"add" doc:"Requirements that these environments have besides."`
	File string        `yaml:"file" text:"path" doc:"A requirements file below the SDK's root, whose requirements count as well."`
}

// A Uses names optional requirements of the SDK that environments have as well. They are in the file that project.from names.
type Uses struct {
	Extras []Name `yaml:"extras" doc:"Extras of the SDK."`
	Groups []Name `yaml:"groups" doc:"Dependency groups of the SDK (PEP 735)."`
}

// An Around is what environments run before and after their commands, and what these may run. In a suite, an empty list of
// commands stands for none, and nil for the shared ones.
type Around struct {
	CommandsPre        *[]string `yaml:"commands-pre" text:"command" doc:"Commands before the commands; those of a suite instead of the shared ones, [] for none."`
	CommandsPost       *[]string `yaml:"commands-post" text:"command" doc:"Commands after the commands, even if these fail; those of a suite instead of the shared ones, [] for none."`
	AllowlistExternals []string  `yaml:"allowlist-externals" text:"program" doc:"Programs outside the environment that its commands may run, such as make; those of testenv apply to all."`
}

// An EnvRule sets a variable in the environments that it matches.
type EnvRule struct {
	Pos
	When  When   `yaml:"when" doc:"As in requires; always, if left out."`
	Name  string `yaml:"name,required" text:"setting" doc:"The variable's name."`
	Value string `yaml:"value,present" text:"value" doc:"Its value, with tox's substitutions; in a suite, {host:NAME} stands for the host name of a service that it needs."`
}

// A Static is a suite that follows no project of the index.
type Static struct {
	Pos
	Pythons  []Interpreter `yaml:"pythons" doc:"The Pythons; an environment each."`
	Python   *Interpreter  `yaml:"python" doc:"Instead of pythons: a single environment, named as the suite."`
	TestPath string        `yaml:"test-path" text:"value" doc:"The path that pytest receives."`
	Requires []Rule        `yaml:"requires" doc:"Ordered rules; every matching rule applies."`
	Uses
	Install Install `yaml:"install" doc:"What is installed from checkouts instead of the SDK: names or paths of packages, possibly with extras, or none."`
	// Base is the name of the suite of which this is a variant, or "".
	Base     string
	Variants Variants `yaml:"variants" doc:"Variants, each tested like a suite of its own, or none; those of testenv, if left out and the SDK is installed."`
	Lowest   bool     `yaml:"lowest" doc:"true: one more environment, on the oldest Python, with the lowest releases that the bounds of the SDK and of the suite admit."`
	OwnRows
	Around
	Services    []Needed  `yaml:"services" doc:"Services that it needs: names, or {name: NAME, when: [py3.12]} for those that some of its environments need."`
	Parallel    *bool     `yaml:"parallel" doc:"false: its environments run one after another; the default where it needs a container, which they share."`
	SetEnv      []EnvRule `yaml:"set-env" doc:"Environment variables of its environments."`
	Commands    []string  `yaml:"commands" text:"command" doc:"Its own commands instead of the shared ones."`
	MinTests    int       `yaml:"min-tests" doc:"In a row, an environment of which fewer tests pass is an error, as in suites." minimum:"1"`
	Package     string    `yaml:"package" doc:"How tox packages the SDK, instead of testenv's way; if skip, the SDK is installed with everything else." enum:"skip,wheel,sdist,editable"`
	SkipInstall bool      `yaml:"skip-install" doc:"The SDK is not installed."`
	CI          *bool     `yaml:"ci" doc:"false: in no workflow and no group." default:"true"`
	Disabled    *Disabled `yaml:"disabled" doc:"The suite has no environments for now."`
}

// InCI reports whether a workflow runs the suite.
func (s *Static) InCI() bool { return s.CI == nil || *s.CI }

// A Testenv holds the settings that all environments share.
type Testenv struct {
	Pos
	Commands []string      `yaml:"commands,required" text:"command" doc:"The commands, with tox's substitutions; {env:_TESTPATH} is the suite's test-path."`
	PassEnv  []string      `yaml:"pass-env" text:"variables" doc:"Variables that pass from outside; those of services always pass."`
	SetEnv   []EnvRule     `yaml:"set-env" doc:"Environment variables."`
	Requires []Requirement `yaml:"requires" doc:"Installed in every environment."`
	File     string        `yaml:"file" text:"path" doc:"A requirements file below the SDK's root, whose requirements every environment has as well."`
	Uses
	Variants Variants `yaml:"variants" doc:"The variants of each suite that does not say which it has."`
	Around
	Package     string        `yaml:"package" doc:"How tox packages the SDK; if skip, the SDK is installed with everything else." enum:"skip,wheel,sdist,editable" default:"skip"`
	NotEditable []Interpreter `yaml:"not-editable" doc:"Pythons on which the SDK is not installed in editable mode."`
}

// Outputs names further generated files; only named files are written.
type Outputs struct {
	Pos
	Tox            string `yaml:"tox" text:"ini" doc:"The name of tox.ini, if one that toxgen does not own stays there; use it as tox -c NAME." default:"tox.ini"`
	Schema         string `yaml:"schema" text:"json" doc:"The JSON Schema of this file."`
	ReportMarkdown string `yaml:"report-markdown" text:"markdown" doc:"The support table for people: which releases are tested on which Pythons, and what is held back."`
	ReportJSON     string `yaml:"report-json" text:"json" doc:"The support table for programs."`
	Command        string `yaml:"command" text:"toxgen" doc:"The command by which people run toxgen here, such as uvx toxgen: the first lines of the generated files name it." default:"toxgen"`
}

// FileOf returns the name of the file that holds a requirement.
func (c *Config) FileOf(r Requirement) string { return cmp.Or(r.File, c.File) }

// Serial reports whether the environments of a suite run one after another: as it says, or if it needs a container.
func (c *Config) Serial(parallel *bool, services []Needed) bool {
	if parallel != nil {
		return !*parallel
	}
	return slices.ContainsFunc(services, func(n Needed) bool {
		s := c.Services.Get(n.Text)
		return s != nil && s.Image != ""
	})
}

// ToxFile returns the file name of the generated tox.ini.
func (c *Config) ToxFile() string { return cmp.Or(c.Outputs.Tox, DefaultToxFile) }

// DefaultToxFile is the name of the file that tox reads if it is given none.
const DefaultToxFile = "tox.ini"

// A Pos is the position of a value in the file; lines and columns count from 1.
type Pos struct{ Line, Column int }

// A Map is a mapping that keeps the order of the file.
type Map[T any] []Entry[T]

// An Entry is one key of a Map with its value.
type Entry[T any] struct {
	Pos
	Key   string
	Value T
}

// keys returns the keys in the order of the file.
func (m Map[T]) keys() []string {
	keys := make([]string, len(m))
	for i := range m {
		keys[i] = m[i].Key
	}
	return keys
}

// byKey returns pointers to the entries by their keys, for many look-ups.
func (m Map[T]) byKey() map[string]*Entry[T] {
	entries := make(map[string]*Entry[T], len(m))
	for i := range m {
		entries[m[i].Key] = &m[i]
	}
	return entries
}

// Get returns a pointer to the value of a key, or nil if the key is missing.
func (m Map[T]) Get(key string) *T {
	for i := range m {
		if m[i].Key == key {
			return &m[i].Value
		}
	}
	return nil
}
