package workflow

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/python"
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
	// Retention is the number of days that they are kept.
	Retention int
	// HandedOver are the jobs that the report gets files of.
	HandedOver []string
	// ToolPython is the exact CPython that runs the tools.
	ToolPython string
}

// A Call is the caller's job for one group. Rest is the expression that tells whether its rest runs, or empty if pull requests
// leave out nothing of the group.
type Call struct{ ID, Name, Path, Rest string }

// A Group is the data of test-integrations.yml.tmpl.
type Group struct {
	Mark, Name, Slug string
	// ToxFile is the generated tox.ini, if tox has to be given its name.
	ToxFile  string
	Workflow *config.Workflow
	Source   *config.Source
	// Others are the other repositories that hold packages.
	Others     []config.Source
	Index      config.Map[string]
	ToolPython string
	// Patterns match the results below tox's folder, one on each line.
	Patterns      string
	Before, After []Step
	// Rest reports whether there are rows that pull requests leave out. They run if the input `rest` is true.
	Rest bool
	Jobs []Job
}

// A Step is the data of step.yml.tmpl: a configured step. If is an expression, or empty.
type Step struct {
	config.Step
	If string
}

// A Job holds rows of one group: those of the group itself, or those of its suites; those that run on the runner itself,
// or those that run in containers. Those on Windows and on macOS, whose runners start no containers, are jobs of their own.
type Job struct {
	// ID is `runner`, `container`, `windows` or `macos`, then `-suites` for the rows of suites, then `-rest` for those that
	// pull requests leave out. No ID is the end of another one, so that the group and the job are recognised in the name of
	// an artifact.
	ID string
	// Name is the job's name, with an expression for the row.
	Name string
	// System is the operating system of the rows.
	System python.System
	// Rest reports whether pull requests leave the job out.
	Rest bool
	// RunsOn are the labels of the runner, and Timeout is the number of minutes that a row may take. They are zero if the
	// rows differ: then each row has its own.
	RunsOn  config.Runner
	Timeout int
	// MayFail reports whether at least one row may fail. Then each row has its own MayFail and ToxTimeout.
	MayFail bool
	// Container is the image of the rows or an expression for it. It is empty on the runner.
	Container string
	Rows      []Row
	// Services holds the services that at least one row needs.
	Services []Service
	// Parallel and Serial report whether at least one row has such a label.
	Parallel, Serial bool
	// Coverage is the name of a row's artifact, with an expression for the row.
	Coverage string
	// rows are the rows of the matrix that Rows are made of.
	rows []matrix.Row
	// Minimums has the suites whose tests are counted: `SUITE=NUMBER`, separated by spaces.
	Minimums string
}

// A Row is one entry of a job's matrix. Either label may be empty. RunsOn and Timeout are set if they are not the same in
// all rows of the job.
type Row struct {
	// Python is the line, Release what uv installs.
	Python, Release    string
	Label, SerialLabel string
	RunsOn             config.Runner
	Timeout            int
	MayFail            bool
	// ToxTimeout is the number of minutes that tox may take. GitHub cancels a job that takes too long, and a job that was
	// cancelled has not failed, so that tox has to fail before.
	ToxTimeout int
	Needs      []Need
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

// Runners returns the labels that the runners of the rows have.
func (j Job) Runners() config.Runner {
	var all config.Runner
	for _, r := range j.rows {
		all = append(all, r.RunsOn...)
	}
	return all
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

// Folders returns where the other repositories are checked out, separated by spaces, which none of them has.
func (g Group) Folders() string {
	var folders []string
	for _, s := range g.Others {
		folders = append(folders, s.Path)
	}
	return strings.Join(folders, " ")
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
	if patterns := c.Workflow.HandedOver(); len(patterns) > 0 {
		data.Results, data.Patterns, data.Retention = combinedResults, "*/"+strings.Join(patterns, "\n*/"), retention(c)
	}
	if len(c.Workflow.Results) > 0 {
		data.HandedOver = append(data.HandedOver, "results")
	}
	if c.Workflow.Report != nil {
		data.Report = steps(c.Workflow.Report.Steps, "")
	}
	for _, g := range groups {
		call := Call{ID: "group-" + g.Slug, Name: g.Name, Path: "./" + groupPath(c, g.Slug)}
		if slices.ContainsFunc(g.Rows, isRest) {
			call.Rest = wholeMatrix(c.Workflow.PullRequestMatrix)
		}
		data.Groups = append(data.Groups, call)
	}
	return data
}

// retention returns the number of days that the results of all rows are kept: those of the default branch are what the next
// update is compared with.
func retention(c *config.Config) int {
	if c.Workflow.Triage != nil {
		return 30
	}
	return 1
}

// isRest reports whether pull requests leave a row out.
func isRest(r matrix.Row) bool { return r.Rest }

// wholeMatrix returns the expression that tells whether a run is one of the whole matrix.
func wholeMatrix(m *config.PullRequestMatrix) string {
	if m.Label == "" {
		return "${{ github.event_name != 'pull_request' }}"
	}
	return "${{ github.event_name != 'pull_request' || contains(github.event.pull_request.labels.*.name, '" + m.Label + "') }}"
}

// groupOf returns the data of a group's workflow.
func groupOf(c *config.Config, g *matrix.Group) Group {
	data := Group{Mark: markOf(c), Name: g.Name, Slug: g.Slug, ToxFile: c.Outputs.Tox, Workflow: &c.Workflow, Source: c.Project.Source, Others: c.Repositories(), Index: c.IndexVariables(), ToolPython: toolPython(c),
		Patterns: strings.Join(c.Workflow.HandedOver(), "\n"),
		Before:   steps(c.Workflow.Before, ""), After: steps(c.Workflow.After, "!cancelled()"), Rest: slices.ContainsFunc(g.Rows, isRest)}
	byJob := map[string][]matrix.Row{}
	for _, row := range g.Rows {
		id := jobID(c, row)
		byJob[id] = append(byJob[id], row)
	}
	for _, id := range jobIDs {
		if rows := byJob[id]; len(rows) > 0 {
			data.Jobs = append(data.Jobs, jobOf(c, g, id, rows))
		}
	}
	return data
}

// jobIDs are the jobs of a group, in their order.
var jobIDs = []string{
	"runner", "container", "windows", "macos", "runner-suites", "container-suites", "windows-suites", "macos-suites",
	"runner-rest", "container-rest", "windows-rest", "macos-rest",
	"runner-suites-rest", "container-suites-rest", "windows-suites-rest", "macos-suites-rest",
}

// jobID returns the job that a row belongs to.
func jobID(c *config.Config, row matrix.Row) string {
	id := "runner"
	switch system := c.Target(row.Python).Platform.System; {
	case row.Container != "":
		id = "container"
	case system != python.Linux:
		id = string(system)
	}
	if row.Suite != nil {
		id += "-suites"
	}
	if row.Rest {
		id += "-rest"
	}
	return id
}

// rowLabel is the expression for the only label of a row.
const rowLabel = "${{ matrix.label || matrix.serial-label }}"

// jobOf returns the job of some rows of a group.
func jobOf(c *config.Config, g *matrix.Group, id string, rows []matrix.Row) Job {
	job := Job{ID: id, Name: "Python ${{ matrix.python }}", System: c.Target(rows[0].Python).Platform.System, Rest: rows[0].Rest, Container: container(rows), rows: rows, Minimums: minimums(rows),
		Coverage: fmt.Sprintf("coverage-%s-%s-${{ matrix.python }}", g.Slug, id)}
	if job.Rest {
		job.Name += ", rest"
	}
	if rows[0].Suite != nil { // a row of a suite has one of the two labels, which is unique
		job.Name, job.Coverage = rowLabel, "coverage-"+rowLabel
	}
	if !slices.ContainsFunc(rows, func(r matrix.Row) bool { return !slices.Equal(r.RunsOn, rows[0].RunsOn) }) {
		job.RunsOn = rows[0].RunsOn
	}
	job.MayFail = slices.ContainsFunc(rows, func(r matrix.Row) bool { return r.MayFail != nil })
	if !slices.ContainsFunc(rows, func(r matrix.Row) bool { return jobTimeout(r) != jobTimeout(rows[0]) }) {
		job.Timeout = jobTimeout(rows[0])
	}
	for _, e := range c.Services {
		if slices.ContainsFunc(rows, func(r matrix.Row) bool { return slices.Contains(r.Services, e.Key) }) {
			job.Services = append(job.Services, serviceOf(c, &e.Value, e.Key, job.Container != ""))
		}
	}
	for _, r := range rows {
		row := Row{Python: r.Python.Short(), Release: request(c.Target(r.Python)), Label: g.ParallelLabel(r), SerialLabel: g.SerialLabel(r)}
		if job.RunsOn == nil {
			row.RunsOn = r.RunsOn
		}
		if job.Timeout == 0 {
			row.Timeout = jobTimeout(r)
		}
		if job.MayFail {
			row.MayFail, row.ToxTimeout = r.MayFail != nil, toxTimeout(r)
		}
		for _, s := range job.Services {
			row.Needs = append(row.Needs, Need{s.Flag, slices.Contains(r.Services, s.Name)})
		}
		job.Rows = append(job.Rows, row)
		job.Parallel = job.Parallel || row.Label != ""
		job.Serial = job.Serial || row.SerialLabel != ""
	}
	return job
}

// The minutes that a job may take at most, and those that a row which may fail has for everything but tox.
const maximumTimeout, setUpTime = 360, 10

// jobTimeout returns the minutes that the job of a row may take.
func jobTimeout(r matrix.Row) int {
	if r.MayFail != nil {
		return min(r.Timeout+setUpTime, maximumTimeout)
	}
	return r.Timeout
}

// toxTimeout returns the minutes that tox may take in a row.
func toxTimeout(r matrix.Row) int {
	if r.MayFail != nil {
		return jobTimeout(r) - setUpTime
	}
	return r.Timeout
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
func serviceOf(c *config.Config, s *config.Service, name string, inContainer bool) Service {
	service := Service{Service: s, Name: name, Flag: "needs-" + name, Options: strings.Join(s.Options, " ")}
	host := "localhost"
	if !inContainer {
		service.Ports = s.Ports
	} else if s.Image != "" {
		host = name
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
	if variable := c.HostVariable(name); variable != "" && host != "localhost" {
		service.TestEnv = append(service.TestEnv, config.Entry[string]{Key: variable, Value: host})
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
	seen := map[python.Version]bool{rows[last].Python: true} // rows of suites may have one Python
	for _, r := range rows {
		if seen[r.Python] {
			continue
		}
		seen[r.Python] = true
		fmt.Fprintf(&b, "matrix.python == '%s' && '%s' || ", r.Python.Short(), r.Container)
	}
	return fmt.Sprintf("${{ %s'%s' }}", b.String(), rows[last].Container)
}

// request returns what a row asks uv for: the exact release, and on Windows and macOS the machine, too, since they also run
// the interpreters of other machines (https://docs.astral.sh/uv/concepts/python-versions/#requesting-a-version).
func request(t python.Target) string {
	if t.Platform.System == python.Linux {
		return t.Install()
	}
	machine := t.Platform.Machine
	if known, found := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[machine]; found {
		machine = known
	}
	build := ""
	if t.FreeThreaded {
		build = "+freethreaded"
	}
	return fmt.Sprintf("cpython-%s%s-%s-%s-none", t.Full(), build, t.Platform.System, machine)
}

// toolPython returns the newest declared CPython that is released: the tools need a recent one, independent of what a row
// tests.
func toolPython(c *config.Config) string {
	all := c.Interpreters()
	newest := all[0]
	for _, v := range all {
		if !v.FreeThreaded && !v.IsPrerelease() {
			newest = v
		}
	}
	return newest.Install()
}
