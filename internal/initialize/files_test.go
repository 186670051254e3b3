package initialize

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// likeOurs is a proposal for a repository with the names of this one.
func likeOurs() *Proposal {
	return &Proposal{Workflow: &Workflow{Name: "Test", Branch: "main", Pins: defaultPins}}
}

// A workflowFile is a workflow of which only the means to run the program are changed: the rest has to be equal in both repositories.
type workflowFile struct {
	// head is the comment at the top, on one line.
	head string
	root *yaml.Node
}

// readWorkflow reads a workflow. A value means the same in whatever style it is written, and the pin of an action, the name of the
// workflow, and the comment at the top are each repository's own.
func readWorkflow(t *testing.T, data []byte) workflowFile {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	w := workflowFile{root: document.Content[0]}
	w.head = strings.Join(strings.Fields(strings.ReplaceAll(document.HeadComment+w.root.Content[0].HeadComment, "#", "")), " ")
	w.root.Content[0].HeadComment = ""
	remove(w.root, "name")
	walk(w.root, func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			n.Style = 0
		}
		if uses := member(n, "uses"); uses != nil && strings.Contains(uses.Value, "@") {
			uses.Value, _, _ = strings.Cut(uses.Value, "@")
			uses.LineComment = ""
		}
	})
	return w
}

// walk calls a function for a node and all below it.
func walk(n *yaml.Node, visit func(*yaml.Node)) {
	visit(n)
	for _, child := range n.Content {
		walk(child, visit)
	}
}

// member returns the value of a key of a mapping, or nil.
func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// remove removes a key of a mapping.
func remove(n *yaml.Node, key string) {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

// withoutSteps removes the steps of a name from all jobs.
func (w workflowFile) withoutSteps(name string) {
	walk(w.root, func(n *yaml.Node) {
		if steps := member(n, "steps"); steps != nil {
			steps.Content = slices.DeleteFunc(steps.Content, func(step *yaml.Node) bool { return member(step, "name").Value == name })
		}
	})
}

// String returns the workflow without its name and the comment at the top.
func (w workflowFile) String() string {
	text, err := yaml.Marshal(w.root)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// asTheirs changes how a workflow of this repository runs the program and the scripts to how a repository without Go runs them.
func (w workflowFile) asTheirs() {
	w.withoutSteps("Compile the program")
	walk(w.root, func(n *yaml.Node) {
		if env := member(n, "env"); env != nil {
			if remove(env, "GOTOOLCHAIN"); len(env.Content) == 0 {
				remove(n, "env")
			}
		}
		if run := member(n, "run"); run != nil {
			run.Value = strings.NewReplacer("go tool mage ", `"$RUNNER_TEMP/toxgen" `, "internal/initialize/github/", "bash .github/toxgen/").Replace(run.Value)
		}
	})
}

// TestWorkflowsAreOurs checks that the workflows that init writes for an update do what those of this repository do. They differ in
// how the program comes to the runner and is called, in the pins of actions, and in what they say of themselves.
func TestWorkflowsAreOurs(t *testing.T) {
	for _, name := range []string{"update.yml", "triage.yml"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path.Join("../../.github/workflows", name))
			if err != nil {
				t.Fatal(err)
			}
			ours := readWorkflow(t, data)
			ours.asTheirs()
			if data, err = likeOurs().github(name); err != nil {
				t.Fatal(err)
			}
			theirs := readWorkflow(t, data)
			fetchesBeforeRunning(t, theirs)
			theirs.withoutSteps("Fetch toxgen")
			if diff := cmp.Diff(ours.String(), theirs.String()); diff != "" {
				t.Errorf("what init writes is not what this repository has (-ours +theirs):\n%s", diff)
			}
			if common, _, _ := strings.Cut(ours.head, "CONTRIBUTING.md"); common == "" || !strings.HasPrefix(theirs.head, common) {
				t.Errorf("the comment at the top of what init writes does not begin as ours:\n%s\n%s", theirs.head, common)
			}
		})
	}
}

// fetchesBeforeRunning checks that each job that runs the program fetches it before, once.
func fetchesBeforeRunning(t *testing.T, w workflowFile) {
	t.Helper()
	jobs := member(w.root, "jobs")
	for i := 1; i < len(jobs.Content); i += 2 {
		fetched := 0
		for _, step := range member(jobs.Content[i], "steps").Content {
			if member(step, "name").Value == "Fetch toxgen" {
				fetched++
			}
			if run := member(step, "run"); run != nil && strings.Contains(run.Value, "$RUNNER_TEMP/toxgen") && fetched != 1 {
				t.Errorf("job %s: step %q runs toxgen, which was fetched %d times", jobs.Content[i-1].Value, member(step, "name").Value, fetched)
			}
		}
	}
}

// TestCheckIsOurs checks that the check of pull requests that init writes starts as CI of this repository, and has its permissions.
func TestCheckIsOurs(t *testing.T) {
	data, err := os.ReadFile("../../.github/workflows/ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	ours := readWorkflow(t, data)
	if data, err = likeOurs().github("check.yml"); err != nil {
		t.Fatal(err)
	}
	theirs := readWorkflow(t, data)
	fetchesBeforeRunning(t, theirs)
	for _, w := range []workflowFile{ours, theirs} {
		jobs := member(w.root, "jobs")
		job := jobs.Content[1]
		jobs.Content[0].Value = "job"
		for _, own := range []string{"name", "timeout-minutes"} {
			remove(job, own)
		}
		steps := member(job, "steps") // the first one checks the code out, the others are each repository's own
		steps.Content = steps.Content[:1]
	}
	if diff := cmp.Diff(ours.String(), theirs.String()); diff != "" {
		t.Errorf("what init writes is not what this repository has (-ours +theirs):\n%s", diff)
	}
}
