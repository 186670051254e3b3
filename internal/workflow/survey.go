package workflow

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Survey is what a workflow that a person wrote says of a test matrix.
type Survey struct {
	// Name is the name of the workflow.
	Name string
	// Branches are the branches to which a push starts it.
	Branches []string
	// Pythons are the versions that a matrix names, as written.
	Pythons []string
	// Pinned are the actions that are pinned by a full SHA, Unpinned those with another reference, such as a tag.
	Pinned   map[string]Pin
	Unpinned []string
	Services []SurveyedService
}

// A SurveyedService is a container beside a job.
type SurveyedService struct {
	Name, Image, Options string
	Ports                []string
	// Env is the environment of the container, TestEnv that of the job and of its steps.
	Env, TestEnv map[string]string
}

// HostPorts returns the ports of the host that the service publishes.
func (s *SurveyedService) HostPorts() []string { return hostPorts(s.Ports) }

// pythonVersion matches a version of CPython as workflows write it.
var pythonVersion = regexp.MustCompile(`^[23]\.[0-9]{1,2}(\.[0-9]{1,3})?t?$`)

// ReadSurvey reads a workflow. It executes nothing, and takes values that are written out: expressions are left out.
func ReadSurvey(f File) (*Survey, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(f.Data, &document); err != nil {
		return nil, err
	}
	s := &Survey{Pinned: map[string]Pin{}}
	if len(document.Content) == 0 {
		return s, nil
	}
	uses, err := readUses(f)
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if fullSHA.MatchString(u.SHA) {
			s.Pinned[strings.ToLower(u.action)] = u.Pin
		} else if !slices.Contains(s.Unpinned, u.action) {
			s.Unpinned = append(s.Unpinned, u.action)
		}
	}
	root := document.Content[0]
	s.Name = scalar(value(root, "name"))
	s.Branches = scalars(value(value(value(root, "on"), "push"), "branches"))
	_, jobs := pairs(value(root, "jobs"))
	seen := map[*yaml.Node]bool{} // a node with many aliases is read once
	for _, job := range jobs {
		if job == nil || seen[job] {
			continue
		}
		seen[job] = true
		s.matrix(value(value(job, "strategy"), "matrix"))
		s.services(job)
	}
	return s, nil
}

// matrix takes the Pythons of a matrix: those of any key whose name speaks of Python or of a version.
func (s *Survey) matrix(matrix *yaml.Node) {
	take := func(n *yaml.Node) {
		keys, values := pairs(n)
		for i, k := range keys {
			if name := strings.ToLower(k.Value); strings.Contains(name, "py") || strings.Contains(name, "version") {
				for _, text := range append(scalars(values[i]), scalar(values[i])) {
					s.python(text)
				}
			}
		}
	}
	take(matrix)
	if include := value(matrix, "include"); include != nil && include.Kind == yaml.SequenceNode {
		for _, row := range include.Content {
			take(row)
		}
	}
}

// python takes the versions in a text, which may have several lines.
func (s *Survey) python(text string) {
	for word := range strings.FieldsSeq(text) {
		if pythonVersion.MatchString(word) && !slices.Contains(s.Pythons, word) {
			s.Pythons = append(s.Pythons, word)
		}
	}
}

// services takes the containers of a job.
func (s *Survey) services(job *yaml.Node) {
	keys, values := pairs(value(job, "services"))
	for i, k := range keys {
		one := SurveyedService{Name: k.Value, Image: cmp.Or(scalar(value(values[i], "image")), scalar(values[i])),
			Options: scalar(value(values[i], "options")), Ports: scalars(value(values[i], "ports")),
			Env: entriesOf(value(values[i], "env")), TestEnv: entriesOf(value(job, "env"))}
		if steps := value(job, "steps"); steps != nil && steps.Kind == yaml.SequenceNode {
			for _, step := range steps.Content {
				for name, text := range entriesOf(value(step, "env")) {
					one.TestEnv[name] = text
				}
			}
		}
		same := func(o SurveyedService) bool { return o.Name == one.Name }
		if one.Image != "" && !strings.Contains(one.Image, "${{") && !slices.ContainsFunc(s.Services, same) {
			s.Services = append(s.Services, one)
		}
	}
}

// scalar returns the text of a scalar, or "".
func scalar(n *yaml.Node) string {
	if n = target(n); n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// scalars returns the texts of a sequence.
func scalars(n *yaml.Node) (all []string) {
	if n = target(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, item := range n.Content {
		if text := scalar(item); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// entriesOf returns the entries of a mapping whose values are written out.
func entriesOf(n *yaml.Node) map[string]string {
	all := map[string]string{}
	keys, values := pairs(n)
	for i, k := range keys {
		if v := values[i]; v != nil && v.Kind == yaml.ScalarNode && !strings.Contains(v.Value, "${{") {
			all[k.Value] = v.Value
		}
	}
	return all
}
