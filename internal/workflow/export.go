package workflow

import (
	"encoding/json"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
)

// ExportVersion is the version of the format of [Export]. It changes with every change that a reader could notice.
const ExportVersion = 2

// An Exported is what another CI system has to know to run the matrix.
type Exported struct {
	Version int `json:"version"`
	// Tox is the file that tox reads, for `tox -c FILE`.
	Tox string `json:"tox"`
	// Index has the environment variables that name the declared index to uv and pip. It is empty if none is declared.
	Index map[string]string `json:"index"`
	// Source is the repository of the SDK, if it is not this one.
	Source *ExportedSource `json:"source,omitempty"`
	// Others are other repositories that hold packages.
	Others []ExportedSource `json:"others,omitempty"`
	Rows   []ExportedRow    `json:"rows"`
}

// An ExportedSource is the repository that a row checks out.
type ExportedSource struct {
	Repository string `json:"repository"`
	Ref        string `json:"ref"`
	// Path is where it is checked out, below the root of this repository.
	Path string `json:"path"`
}

// An ExportedRow is one Python of one group, or of one suite of it: what one job runs.
type ExportedRow struct {
	// Name is unique: the group's slug, the suite if the row belongs to one, the Python, and `rest` if pull requests leave the
	// row out, as in `web-1-py3.12`.
	Name  string `json:"name"`
	Group string `json:"group"`
	// Suite is the suite that the row belongs to. It is missing if the row belongs to the group.
	Suite string `json:"suite,omitempty"`
	// Python is the line as tox names it, as in `3.12` or `3.14t`. Release is the exact release, as in `3.12.13` or `3.14.4t`.
	Python  string `json:"python"`
	Release string `json:"release"`
	// Platform is the machine that the row runs on.
	Platform ExportedPlatform `json:"platform"`
	// Container is the image that the row runs in, or "".
	Container string `json:"container"`
	// RunsOn are the labels of the runner, and Timeout is the number of minutes that the row may take. They are missing if
	// the configuration does not state them.
	RunsOn  []string `json:"runs-on,omitempty"`
	Timeout int      `json:"timeout,omitempty"`
	// MayFail reports whether the row may fail without making the whole matrix fail.
	MayFail bool `json:"may-fail"`
	// PullRequest reports whether pull requests run the row. If it is false, only the whole matrix has it.
	PullRequest bool `json:"pull-request"`
	// Parallel and Serial say what the row runs: `tox run-parallel -m LABEL` and `tox run -m LABEL`. Either may be missing.
	Parallel *ExportedLabel `json:"parallel,omitempty"`
	Serial   *ExportedLabel `json:"serial,omitempty"`
	// MinTests has the environments in which a number of tests have to pass, with that number.
	MinTests map[string]int    `json:"min-tests,omitempty"`
	Services []ExportedService `json:"services"`
}

// An ExportedPlatform is a machine with its operating system: `linux`, `windows` or `macos`.
type ExportedPlatform struct {
	System  string `json:"system"`
	Machine string `json:"machine"`
}

// An ExportedLabel is a label of tox with the environments that it selects.
type ExportedLabel struct {
	Label        string   `json:"label"`
	Environments []string `json:"environments"`
}

// An ExportedService is a service that a row needs: a container, or a set-up step.
type ExportedService struct {
	Name    string            `json:"name"`
	Image   string            `json:"image,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
	Options []string          `json:"options,omitempty"`
	Ports   []string          `json:"ports,omitempty"`
	// TestEnv has the variables for the tests. `{host}` stands for the host name of the service.
	TestEnv map[string]string `json:"test-env,omitempty"`
	// HostVariable is the variable in which tox expects the host name of the service, if that is not localhost.
	HostVariable string `json:"host-variable,omitempty"`
	// Uses is a GitHub action with its inputs, Run a command.
	Uses string            `json:"uses,omitempty"`
	With map[string]string `json:"with,omitempty"`
	Run  string            `json:"run,omitempty"`
}

// Export returns the rows of all groups as JSON, in the order of the groups and of the Pythons, indented and with a final
// newline.
func Export(c *config.Config, m *matrix.Matrix) ([]byte, error) {
	all := Exported{Version: ExportVersion, Tox: c.ToxFile(), Index: valuesOf(c.IndexVariables()), Rows: []ExportedRow{}}
	if s := c.Project.Source; s != nil {
		all.Source = &ExportedSource{s.Repository, s.Ref, s.Path}
	}
	for _, s := range c.Repositories() {
		all.Others = append(all.Others, ExportedSource{s.Repository, s.Ref, s.Path})
	}
	for _, g := range m.Groups {
		for _, r := range g.Rows {
			platform := c.Target(r.Python).Platform
			row := ExportedRow{Name: g.RowName(r), Group: g.Name, Python: r.Python.Short(), Release: r.Python.Install(),
				Platform:  ExportedPlatform{string(platform.System), platform.Machine},
				Container: r.Container, RunsOn: r.RunsOn, Timeout: r.Timeout, MayFail: r.MayFail != nil, PullRequest: !r.Rest, MinTests: map[string]int{}, Services: []ExportedService{}}
			if r.Suite != nil {
				row.Suite = r.Suite.Name
			}
			if len(r.Parallel) > 0 {
				row.Parallel = &ExportedLabel{g.ParallelLabel(r), matrix.Names(r.Parallel)}
			}
			if len(r.Serial) > 0 {
				row.Serial = &ExportedLabel{g.SerialLabel(r), matrix.Names(r.Serial)}
			}
			for _, e := range slices.Concat(r.Parallel, r.Serial) {
				if e.Suite.MinTests > 0 {
					row.MinTests[e.Name()] = e.Suite.MinTests
				}
			}
			for _, name := range r.Services {
				s := c.Services.Get(name)
				row.Services = append(row.Services, ExportedService{Name: name, Image: s.Image, Env: valuesOf(s.Env), Options: s.Options, Ports: s.Ports,
					TestEnv: valuesOf(s.TestEnv), HostVariable: c.HostVariable(name), Uses: s.Uses, With: valuesOf(s.With), Run: s.Run})
			}
			all.Rows = append(all.Rows, row)
		}
	}
	data, err := json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}

// valuesOf returns the entries of a mapping.
func valuesOf(m config.Map[string]) map[string]string {
	all := map[string]string{}
	for _, e := range m {
		all[e.Key] = e.Value
	}
	return all
}
