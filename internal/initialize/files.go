package initialize

import (
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"

	"toxgen/internal/config"
	"toxgen/internal/finding"
)

// github has the workflows of a repository without Go, the action that fetches the program, and the scripts that push to the branch
// of an update, which this repository runs as well.
//
//go:embed github
var github embed.FS

// A File is a file to write.
type File struct {
	Path string
	Data []byte
}

// Files returns the files of a proposal: toxgen.yaml, or the name that it has, and the workflows. It is an error if the text
// would not be a configuration.
func (p *Proposal) Files(name string) ([]File, error) {
	text := p.text()
	if c, findings := config.Parse(name, []byte(text)); c == nil {
		findings = slices.DeleteFunc(findings, func(f finding.Finding) bool { return f.Severity != finding.Error })
		return nil, finding.List{{Severity: finding.Error, Message: fmt.Sprintf("what init would write is no configuration, so it writes nothing: %v", findings),
			Hint: "write toxgen.yaml by hand, and report this as a fault of toxgen"}}
	}
	files := []File{{name, []byte(text)}}
	if p.Workflow == nil {
		return files, nil
	}
	for _, f := range []struct{ from, to string }{
		{"action.yml", ".github/actions/toxgen/action.yml"},
		{"check.yml", workflowFolder + "/toxgen-check.yml"},
		{"update.yml", workflowFolder + "/toxgen-update.yml"},
		{"triage.yml", workflowFolder + "/toxgen-triage.yml"},
		{"branch", ".github/toxgen/branch"},
		{"pull-request", ".github/toxgen/pull-request"},
		{"hold", ".github/toxgen/hold"},
	} {
		data, err := p.github(f.from)
		if err != nil {
			return nil, err
		}
		files = append(files, File{f.to, data})
	}
	return files, nil
}

// github returns a file of [github]. The scripts name the commands of this repository, which the other one does not have.
func (p *Proposal) github(name string) ([]byte, error) {
	data, err := github.ReadFile(path.Join("github", name))
	if err != nil {
		return nil, err
	}
	if path.Ext(name) != ".yml" {
		text := strings.ReplaceAll(string(data), "go tool mage ", "toxgen ")
		return []byte(strings.ReplaceAll(text, "internal/initialize/github/", ".github/toxgen/")), nil
	}
	parsed, err := template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(template.FuncMap{
		"uses": func(action string) string {
			pin := p.Workflow.Pins[action]
			if pin.Version == "" {
				return action + "@" + pin.SHA
			}
			return action + "@" + pin.SHA + " # " + pin.Version
		},
	}).Parse(string(data))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	err = parsed.Execute(&b, map[string]any{
		"Workflow": p.Workflow, "Caller": cmp.Or(p.Workflow.File, "test.yml"), "Tox": cmp.Or(p.ToxFile, config.DefaultToxFile),
	})
	return []byte(b.String()), err
}
