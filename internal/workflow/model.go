package workflow

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
)

// A Caller is the data of test.yml.tmpl.
type Caller struct {
	// Mark is the complete first line.
	Mark     string
	Workflow *config.Workflow
	Source   *config.Source // nil if the SDK is in this repository
	// Index has the variables that name the declared index to uv and pip.
	Index  config.Map[string]
	Groups []Call
	Report []Step
	Gate   string
	// Sources holds the measured packages, one on each line.
	Sources string
	// Coverage is the name of the artifact that holds the combined coverage.
	Coverage string
	// Results is the name of the artifact that holds the results of all rows. Patterns match them in the folders of the rows, one
	// on each line.
	Results, Patterns string
	// HandedOver are the jobs that the report gets files of.
	HandedOver []string
	// ToolPython is the exact CPython that runs the tools.
	ToolPython string
}

// A Call is the caller's job for one group.
type Call struct{ ID, Name, Path string }

// A Group is the data of test-integrations.yml.tmpl.
type Group struct {
	Mark, Name, Slug string
	// ToxFile is the generated tox.ini, if tox has to be given its name.
	ToxFile    string
	Workflow   *config.Workflow
	Source     *config.Source
	Index      config.Map[string]
	ToolPython string
	// Patterns match the results below tox's folder, one on each line.
	Patterns      string
	Before, After []Step
	Jobs          []Job
}

// A Step is the data of step.yml.tmpl: a configured step. If is an expression, or empty.
type Step struct {
	config.Step
	If string
}

// A Job holds the rows of one group that run on the runner itself, or those that run in containers.
type Job struct {
	// ID is `runner` or `container`.
	ID string
	// Container is the image of the rows or an expression for it. It is empty on the runner.
	Container string
	Rows      []Row
	// Services holds the services that at least one row needs.
	Services []Service
	// Parallel and Serial report whether at least one row has such a label.
	Parallel, Serial bool
	// Coverage is the name of a row's artifact without the row's Python at its end.
	Coverage string
	// Minimums has the suites whose tests are counted: `SUITE=NUMBER`, separated by spaces.
	Minimums string
}

// A Row is one entry of a job's matrix. Either label may be empty.
type Row struct {
	Python, Release    string
	Label, SerialLabel string
	Needs              []Need
}

// A Need is the key of a row that tells whether the row needs a service.
type Need struct {
	Flag  string
	Value bool
}

// A Service is one service of a job.
type Service struct {
	*config.Service
	Name string
	// Flag is the key of the rows that tells whether a row needs the service.
	Flag string
	// Image is an expression for the image that is empty in the rows that do not need it: GitHub starts no service
	// whose image is empty. It is not in the rows, where its words could be mistaken for labels.
	Image   string
	Options string
	Ports   []string
	TestEnv config.Map[string]
	// SetUp is the set-up step of a service without an image.
	SetUp *Step
}

// Containers returns the services that have an image.
func (j Job) Containers() []Service {
	var all []Service
	for _, s := range j.Services {
		if s.Image != "" {
			all = append(all, s)
		}
	}
	return all
}

// TestEnvNames returns the names of the variables in TestEnv, separated by spaces.
func (s Service) TestEnvNames() string {
	var names []string
	for _, e := range s.TestEnv {
		names = append(names, e.Key)
	}
	return strings.Join(names, " ")
}

// combinedCoverage is the name of the artifact with the combined coverage. It does not match `coverage-*`, the pattern of
// the rows' artifacts.
const combinedCoverage = "combined-coverage"

// combinedResults is the name of the artifact with the results of all rows. It does not match `results-*` either.
const combinedResults = "combined-results"

// callerOf returns the data of the calling workflow.
func callerOf(c *config.Config, groups []*matrix.Group) Caller {
	data := Caller{Mark: markOf(c), Workflow: &c.Workflow, Source: c.Project.Source, Index: c.IndexVariables(), Gate: GateName,
		Coverage: combinedCoverage, ToolPython: toolPython(c)}
	if c.Workflow.Coverage != nil {
		data.Sources = strings.Join(c.Workflow.Coverage.Sources, "\n")
		data.HandedOver = append(data.HandedOver, "coverage")
	}
	if len(c.Workflow.Results) > 0 {
		data.Results, data.Patterns = combinedResults, "*/"+strings.Join(c.Workflow.Results, "\n*/")
		data.HandedOver = append(data.HandedOver, "results")
	}
	if c.Workflow.Report != nil {
		data.Report = steps(c.Workflow.Report.Steps, "")
	}
	for _, g := range groups {
		data.Groups = append(data.Groups, Call{ID: "group-" + g.Slug, Name: g.Name, Path: "./" + groupPath(c, g.Slug)})
	}
	return data
}

// groupOf returns the data of a group's workflow.
func groupOf(c *config.Config, g *matrix.Group) Group {
	data := Group{Mark: markOf(c), Name: g.Name, Slug: g.Slug, ToxFile: c.Outputs.Tox, Workflow: &c.Workflow, Source: c.Project.Source, Index: c.IndexVariables(), ToolPython: toolPython(c),
		Patterns: strings.Join(c.Workflow.Results, "\n"),
		Before:   steps(c.Workflow.Before, ""), After: steps(c.Workflow.After, "!cancelled()")}
	for _, id := range []string{"runner", "container"} {
		var rows []matrix.Row
		for _, row := range g.Rows {
			if (row.Container != "") == (id == "container") {
				rows = append(rows, row)
			}
		}
		if len(rows) > 0 {
			data.Jobs = append(data.Jobs, jobOf(c, g, id, rows))
		}
	}
	return data
}

// jobOf returns the job of some rows of a group.
func jobOf(c *config.Config, g *matrix.Group, id string, rows []matrix.Row) Job {
	job := Job{ID: id, Container: container(rows), Coverage: fmt.Sprintf("coverage-%s-%s-", g.Slug, id), Minimums: minimums(rows)}
	for _, e := range c.Services {
		if slices.ContainsFunc(rows, func(r matrix.Row) bool { return slices.Contains(r.Services, e.Key) }) {
			job.Services = append(job.Services, serviceOf(&e.Value, e.Key, id))
		}
	}
	for _, r := range rows {
		row := Row{Python: r.Python.Short(), Release: r.Python.Install(), Label: g.ParallelLabel(r), SerialLabel: g.SerialLabel(r)}
		for _, s := range job.Services {
			row.Needs = append(row.Needs, Need{s.Flag, slices.Contains(r.Services, s.Name)})
		}
		job.Rows = append(job.Rows, row)
		job.Parallel = job.Parallel || row.Label != ""
		job.Serial = job.Serial || row.SerialLabel != ""
	}
	return job
}

// minimums returns the suites of rows whose tests are counted, each with the number that has to pass.
func minimums(rows []matrix.Row) string {
	var all []string
	for _, r := range rows {
		for _, e := range slices.Concat(r.Parallel, r.Serial) {
			if one := fmt.Sprintf("%s=%d", e.Suite.Name, e.Suite.MinTests); e.Suite.MinTests > 0 && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return strings.Join(all, " ")
}

// serviceOf returns a service for a job. A job on the runner reaches it on localhost through its ports. A job in a
// container reaches it by its name, without ports.
func serviceOf(s *config.Service, name, job string) Service {
	service := Service{Service: s, Name: name, Flag: "needs-" + name, Options: strings.Join(s.Options, " ")}
	host := name
	if job == "runner" {
		host, service.Ports = "localhost", s.Ports
	}
	if s.Image != "" {
		service.Image = fmt.Sprintf("${{ matrix.%s && '%s' || '' }}", service.Flag, s.Image)
	} else {
		service.SetUp = &Step{config.Step{Name: "Set up " + name, Uses: s.Uses, With: s.With, Run: s.Run}, "matrix." + service.Flag}
	}
	for _, e := range s.TestEnv {
		e.Value = strings.ReplaceAll(e.Value, "{host}", host)
		service.TestEnv = append(service.TestEnv, e)
	}
	return service
}

// steps returns configured steps with a condition.
func steps(configured []config.Step, condition string) []Step {
	var all []Step
	for _, s := range configured {
		all = append(all, Step{s, condition})
	}
	return all
}

// container returns the image of the rows. If the rows have different images it returns an expression on the row's
// Python, so that no row holds the words of an image.
func container(rows []matrix.Row) string {
	last := len(rows) - 1
	if !slices.ContainsFunc(rows, func(r matrix.Row) bool { return r.Container != rows[last].Container }) {
		return rows[last].Container
	}
	var b strings.Builder
	for _, r := range rows[:last] {
		fmt.Fprintf(&b, "matrix.python == '%s' && '%s' || ", r.Python.Short(), r.Container)
	}
	return fmt.Sprintf("${{ %s'%s' }}", b.String(), rows[last].Container)
}

// toolPython returns the newest declared CPython: the tools need a recent one, independent of what a row tests.
func toolPython(c *config.Config) string {
	all := c.Interpreters()
	newest := all[0]
	for _, v := range all {
		if !v.FreeThreaded {
			newest = v
		}
	}
	return newest.Install()
}
