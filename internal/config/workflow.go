package config

import (
	"cmp"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// A Workflow holds the settings that the generated workflows share.
type Workflow struct {
	Pos
	Name     string      `yaml:"name,required" doc:"The name of the calling workflow."`
	File     string      `yaml:"file" text:"workflow" doc:"The file name of the calling workflow." default:"test.yml"`
	Prefix   string      `yaml:"prefix" text:"prefix" doc:"How the file name of a group's workflow begins." default:"test-integrations-"`
	Triggers Triggers    `yaml:"triggers,required" doc:"The events that start it."`
	Rows     string      `yaml:"rows" doc:"What a row, which is one job, tests: a Python of a whole group, or a Python of one suite." enum:"group,suite" default:"group"`
	Required *bool       `yaml:"required" doc:"false: no branch protection waits for it, so triggers may have paths." default:"true"`
	RunsOn   Runner      `yaml:"runs-on,required" text:"label" doc:"The runner of every job: a label, or a list of labels that it must all have."`
	Timeout  int         `yaml:"timeout,required" doc:"Minutes that a job may take." minimum:"1" maximum:"360"`
	Tools    Tools       `yaml:"tools,required" doc:"The exact versions of the tools that a row installs."`
	Env      Map[string] `yaml:"env" keys:"variable" doc:"Environment variables of the step that runs tox."`
	Netrc    string      `yaml:"netrc" text:"secret" doc:"The secret whose value is a .netrc file with the credentials of the index, if that needs any."`
	Before   []Step      `yaml:"before" doc:"Steps before tox runs."`
	After    []Step      `yaml:"after" doc:"Steps after tox has run, whatever its result."`
	Coverage *Coverage   `yaml:"coverage" doc:"How the rows' coverage is combined; if left out, no coverage is collected."`
	Results  []string    `yaml:"results" text:"pattern" doc:"Files below {work_dir} that the rows hand over, as patterns: coverage/junit-*.xml. A report finds them in results/LABEL, where LABEL is that of the row."`
	Triage   *Triage     `yaml:"triage" doc:"The rows hand over what tox and pytest say of each environment, for triage; if left out, they do not."`
	Report   *Report     `yaml:"report" doc:"A job that posts the combined coverage and the results elsewhere."`
	Actions  Map[Action] `yaml:"actions" keys:"action" doc:"Pins of the actions that no hand-written workflow uses."`
	Limits   Limits      `yaml:"limits" doc:"Limits of GitHub, which change from time to time."`

	PullRequestMatrix *PullRequestMatrix `yaml:"pull-request-matrix" doc:"Pull requests test only the newest and the oldest of each suite; if left out, the whole matrix."`
}

// IsDeclared reports whether the configuration has workflows.
func (w *Workflow) IsDeclared() bool { return w.Pos != (Pos{}) }

// CallerFile returns the file name of the calling workflow.
func (w *Workflow) CallerFile() string { return cmp.Or(w.File, "test.yml") }

// GroupFile returns the file name of the workflow of a group.
func (w *Workflow) GroupFile(slug string) string {
	return cmp.Or(w.Prefix, "test-integrations-") + slug + ".yml"
}

// HandedOver returns the patterns of what the rows hand over: the results, and what a triage reads.
func (w *Workflow) HandedOver() []string {
	patterns := slices.Clone(w.Results)
	if w.Triage != nil {
		for _, pattern := range []string{"coverage/junit-*.xml", "parallel.json", "serial.json"} {
			if !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
			}
		}
	}
	return patterns
}

// IsRequired reports whether a branch protection waits for the gate.
func (w *Workflow) IsRequired() bool { return w.Required == nil || *w.Required }

// A Runner is the labels that a runner must have. In the file, one label may stand without a list.
type Runner []string

func (r *Runner) decodeNode(d *decoder, n *yaml.Node, rules rules, path string) {
	rules.required = true // a suite may leave the key out, but there is no runner without labels
	if n.Kind != yaml.ScalarNode {
		d.decodeInto(n, (*[]string)(r), rules, path)
		return
	}
	label := ""
	d.decodeInto(n, &label, rules, path)
	*r = Runner{label}
}

func (*Runner) jsonSchema(b *schemaBuilder, r rules) object {
	r.required = true
	return object{"anyOf": []any{b.schema(reflect.TypeFor[string](), r), b.schema(reflect.TypeFor[[]string](), r)}}
}

// A PullRequestMatrix makes pull requests run a part of the matrix: the newest and the oldest of each suite.
type PullRequestMatrix struct {
	Pos
	Label string `yaml:"label" text:"pr-label" doc:"Pull requests with this label run the whole matrix; if left out, none does."`
}

// Triggers are the events that start the calling workflow.
type Triggers struct {
	Pos
	Push        *PushTrigger `yaml:"push" doc:"Pushes to these branches."`
	PullRequest *PathTrigger `yaml:"pull-request" doc:"Pull requests."`
	MergeGroup  bool         `yaml:"merge-group" doc:"The merge queue."`
	Schedule    []string     `yaml:"schedule" doc:"Cron expressions, in UTC."`
	Dispatch    bool         `yaml:"dispatch" doc:"Start by hand."`
}

// A PushTrigger is a push to one of the branches.
type PushTrigger struct {
	Pos
	Branches []string `yaml:"branches,required" doc:"Branch patterns."`
	Paths    []string `yaml:"paths" doc:"Only if one of these changed; not for a required workflow."`
}

// A PathTrigger is a pull request.
type PathTrigger struct {
	Pos
	Paths []string `yaml:"paths" doc:"Only if one of these changed; not for a required workflow."`
}

// Tools are the exact versions of the tools that a row installs.
type Tools struct {
	Pos
	UV         Version  `yaml:"uv,required" doc:"uv, which installs the others and the interpreters."`
	Tox        Version  `yaml:"tox,required" doc:"tox."`
	ToxUV      *Version `yaml:"tox-uv" doc:"tox-uv: uv installs the environments."`
	Virtualenv *Version `yaml:"virtualenv" doc:"virtualenv, in place of tox-uv: plain tox runs the rows, and the pip that virtualenv brings installs the environments."`
	Coverage   *Version `yaml:"coverage" doc:"coverage, which combines the data of the rows."`
}

// A Coverage configures how the coverage data of the rows are combined.
type Coverage struct {
	Pos
	Sources []string `yaml:"sources,required" text:"folder" doc:"The measured packages, as folders below the SDK's root."`
}

// UsualHolds is the default of [Triage.Holds].
const UsualHolds = 10

// A Triage configures how what is red is sorted by its cause.
type Triage struct {
	Pos
	Holds  int  `yaml:"holds" doc:"How many holds and constraints a triage may write at most." minimum:"1" default:"10"`
	Issues bool `yaml:"issues" doc:"On GitHub, an issue is opened for each hold and constraint that a triage writes, or gets a comment if it is open."`
}

// A Report is a job that posts the combined coverage and the results. It runs nothing from artifacts or from the branch.
type Report struct {
	Pos
	Permissions Map[string] `yaml:"permissions" keys:"permission" text:"permission" doc:"Permissions of its token."`
	Steps       []Step      `yaml:"steps,required" doc:"Its steps; coverage.xml, and the folder results if there are results, exist when they run."`
}

// A Step is one step of a job: an action (Uses) or a command (Run).
type Step struct {
	Pos
	Name string      `yaml:"name,required" doc:"Its name in the log."`
	Uses string      `yaml:"uses" text:"action" doc:"An action; its pin is in actions or in a hand-written workflow."`
	With Map[string] `yaml:"with" keys:"input" text:"block" doc:"The action's inputs."`
	Run  string      `yaml:"run" text:"block" doc:"A command."`
	Env  Map[string] `yaml:"env" keys:"variable" text:"block" doc:"Its environment variables."`
}

// An Action is the pin of one action.
type Action struct {
	Pos
	SHA     string `yaml:"sha,required" text:"sha" doc:"The full commit SHA."`
	Version string `yaml:"version,required" text:"tag" doc:"The tag of the commit, which does not move: v1.2.3."`
}

// Limits are limits of GitHub. Zero means the limit that GitHub documents.
type Limits struct {
	Rows        int `yaml:"rows" doc:"Rows of one matrix." minimum:"1" default:"256"`
	Bytes       int `yaml:"bytes" doc:"Bytes of one workflow file." minimum:"1" default:"512000"`
	Reusables   int `yaml:"reusables" doc:"Reusable workflows that one caller may call; 20 on Enterprise Server." minimum:"1" default:"50"`
	RunLength   int `yaml:"run-length" doc:"Characters of one run." minimum:"1" default:"20000"`
	StepSummary int `yaml:"step-summary" doc:"Bytes of one step's summary." minimum:"1" default:"1048576"`
	PullRequest int `yaml:"pull-request" doc:"Characters of a pull request's text." minimum:"1" default:"60000"`
}

// OrDefault returns the limits with the documented ones in place of zeros.
func (l Limits) OrDefault() Limits {
	for _, limit := range []struct {
		value *int
		usual int
	}{
		{&l.Rows, 256}, {&l.Bytes, 512_000}, {&l.Reusables, 50}, {&l.RunLength, 20_000},
		{&l.StepSummary, 1 << 20}, {&l.PullRequest, 60_000},
	} {
		if *limit.value == 0 {
			*limit.value = limit.usual
		}
	}
	return l
}
