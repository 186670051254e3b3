package initialize

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"toxgen/internal/display"
	"toxgen/internal/pep440"
	"toxgen/internal/requirements"
	"toxgen/internal/workflow"
)

// workflowFolder is where GitHub looks for workflows.
const workflowFolder = ".github/workflows"

// maximumWorkflows is how many workflows are read.
const maximumWorkflows = 200

// readWorkflows reads the workflows that a person wrote.
func (r *reader) readWorkflows() {
	names, err := r.files.List(workflowFolder)
	if err != nil {
		r.leave("the workflows cannot be read: %v", err)
		return
	}
	var unpinned []string
	for _, name := range names {
		if ext := path.Ext(name); ext != ".yml" && ext != ".yaml" || len(r.surveys) == maximumWorkflows {
			continue
		}
		data, err := r.files.Read(name)
		if err == nil && workflow.Owned(data) {
			continue
		}
		r.workflows = append(r.workflows, path.Base(name))
		if err != nil || len(data) >= requirements.MaximumSize {
			r.leave("%s cannot be read", name)
			continue
		}
		s, err := workflow.ReadSurvey(workflow.File{Path: name, Data: data})
		if err != nil {
			r.leave("%s cannot be read: %v", name, err)
			continue
		}
		r.surveys = append(r.surveys, s)
		unpinned = append(unpinned, s.Unpinned...)
	}
	if len(r.surveys) > 0 {
		r.source("%s", display.Count(len(r.surveys), "workflow"))
	}
	slices.Sort(unpinned)
	if unpinned = slices.Compact(unpinned); len(unpinned) > 0 {
		r.leave("not pinned by a full SHA in your workflows: %s, such as %s; what toxgen writes has pins of its own", display.Count(len(unpinned), "action"), unpinned[0])
	}
}

// proposeWorkflow decides on the workflows. A repository that is on GitLab alone gets none.
func (r *reader) proposeWorkflow() {
	if !r.files.Exists(".github") && r.files.Exists(".gitlab-ci.yml") {
		r.source(".gitlab-ci.yml: recognised, not read")
		r.leave("no workflow is written: `toxgen rows` prints the rows of the matrix for other CI systems than GitHub's")
		return
	}
	w := &Workflow{Name: "Test", Branch: r.defaultBranch(), Pins: map[string]Pin{}}
	r.p.Workflow = w
	if r.isTaken(w.Name, "test.yml", "test-integrations-") {
		stem := free("test-matrix%s", func(stem string) bool { return r.isTaken(matrixName(stem), stem+".yml", stem+"-") })
		w.Name, w.File, w.Prefix = matrixName(stem), stem+".yml", stem+"-"
		r.guess("your workflows stay as they are, so the matrix is in %s*.yml (`workflow.file`)", stem)
		r.leave("once the matrix has replaced the test jobs of your own workflows, delete those jobs")
	}
	for _, action := range slices.Sorted(maps.Keys(defaultPins)) {
		r.proposePin(action)
	}
	r.guess("the default branch is %s", w.Branch)
}

// matrixName returns the name of the workflow in test-matrix.yml, or in test-matrix-2.yml.
func matrixName(stem string) string { return strings.ReplaceAll("T"+stem[1:], "-", " ") }

// isTaken reports whether a workflow of a person has a name, or a file that a generated workflow could have.
func (r *reader) isTaken(name, file, prefix string) bool {
	return slices.ContainsFunc(r.surveys, func(s *workflow.Survey) bool { return s.Name == name }) ||
		slices.ContainsFunc(r.workflows, func(other string) bool { return other == file || strings.HasPrefix(other, prefix) })
}

// defaultBranch returns the branch to which pushes start the workflows.
func (r *reader) defaultBranch() string {
	var branches []string
	for _, s := range r.surveys {
		branches = append(branches, s.Branches...)
	}
	for _, branch := range []string{"main", "trunk", "develop", "master"} {
		if slices.Contains(branches, branch) {
			return branch
		}
	}
	return "main"
}

// defaultPins are the pins of the actions that toxgen's workflows use.
var defaultPins = map[string]Pin{
	"actions/checkout":                {"3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"},
	"actions/upload-artifact":         {"043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"},
	"actions/download-artifact":       {"3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"},
	"actions/create-github-app-token": {"bcd2ba49218906704ab6c1aa796996da409d3eb1", "v3.2.0"},
	"astral-sh/setup-uv":              {"20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"},
}

// onlyGenerated is the action that generated workflows use, and none of those that init writes.
const onlyGenerated = "astral-sh/setup-uv"

// proposePin decides on the pin of an action: the newest one of the person's workflows, or the default. toxgen.yaml states it if it is
// not clear from the workflows.
func (r *reader) proposePin(action string) {
	w := r.p.Workflow
	byHand := map[string]Pin{}
	for _, s := range r.surveys {
		if p, found := s.Pinned[action]; found {
			byHand[p.SHA] = Pin{p.SHA, p.Version}
		}
	}
	pin := defaultPins[action]
	if len(byHand) > 0 {
		pin = newestPin(slices.Collect(maps.Values(byHand)))
	}
	w.Pins[action] = pin
	if len(byHand) > 1 || len(byHand) == 0 && action == onlyGenerated {
		w.Stated = append(w.Stated, action)
	}
	if len(byHand) > 1 {
		r.leave("your workflows pin %s to %d commits: those of toxgen use %s", action, len(byHand), cmp.Or(pin.Version, pin.SHA))
	}
}

// newestPin returns the pin with the greatest version; those without one come first.
func newestPin(pins []Pin) Pin {
	return slices.MaxFunc(pins, func(a, b Pin) int {
		v, errV := pep440.Parse(a.Version)
		w, errW := pep440.Parse(b.Version)
		switch {
		case errV == nil && errW == nil:
			return cmp.Or(v.Compare(w), cmp.Compare(a.SHA, b.SHA))
		case errV != nil && errW != nil:
			return cmp.Compare(a.SHA, b.SHA)
		case errV != nil:
			return -1
		default:
			return 1
		}
	})
}
