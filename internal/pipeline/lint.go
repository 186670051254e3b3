package pipeline

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"

	"toxgen/internal/finding"
	"toxgen/internal/workflow"
)

// linterConfigs are the files that actionlint reads its configuration from; the first one that exists counts.
var linterConfigs = []string{".github/actionlint.yaml", ".github/actionlint.yml"}

// lint reports what actionlint finds in the workflows that belong in the tree. actionlint runs no other program and reads
// nothing from the disk, since it knows no project: its configuration comes from the tree.
func (r *Run) lint(ctx context.Context) error {
	rules, file, err := r.linterConfig()
	if err != nil {
		return err
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{
		WorkingDir: ".",
		OnRulesCreated: func(all []actionlint.Rule) []actionlint.Rule {
			for _, rule := range all {
				rule.SetConfig(rules)
			}
			return all
		},
	})
	if err != nil {
		return err
	}
	for _, f := range r.state.workflows.rendered {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.meter.Doing("linting " + f.Path)
		problems, err := linter.Lint("<stdin>", f.Data, nil)
		if err != nil {
			return fmt.Errorf("actionlint: %s: %w", f.Path, err)
		}
		for _, p := range problems {
			ignored := func(c actionlint.PathConfig) bool { return c.Ignore.Match(p) }
			if !slices.ContainsFunc(rules.PathConfigs(f.Path), ignored) {
				r.add(finding.Finding{Severity: finding.Error, File: f.Path, Line: p.Line, Column: p.Column,
					Message: "actionlint: " + p.Message + " [" + p.Kind + "]", Hint: r.lintHint(f, p.Kind, file)})
			}
		}
	}
	return nil
}

// linterConfig returns the configuration of actionlint, and the file that it is or would be in. The labels of the
// runners that toxgen.yaml names are known.
func (r *Run) linterConfig() (rules *actionlint.Config, file string, err error) {
	rules, file = &actionlint.Config{}, linterConfigs[0]
	for _, name := range linterConfigs {
		data, err := r.readIfThere(name)
		if err != nil {
			return nil, "", err
		}
		if data == nil {
			continue
		}
		file = name
		if rules, err = actionlint.ParseConfig(data); err != nil {
			return nil, "", finding.List{{Severity: finding.Error, File: file, Message: "actionlint cannot read its configuration: " + err.Error()}}
		}
		break
	}
	for _, label := range r.config.Runners() {
		rules.SelfHostedRunner.Labels = append(rules.SelfHostedRunner.Labels, globEscape.Replace(label))
	}
	return rules, file, nil
}

// globEscape escapes what actionlint takes for a pattern in a label.
var globEscape = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// lintHint returns what can be done about a finding of a kind in a workflow. file is the configuration of actionlint.
func (r *Run) lintHint(f workflow.File, kind, file string) string {
	source := "fix what " + r.config.File + " puts there"
	if r.config.Templates != "" {
		source += ", or the template in " + path.Clean(r.config.Templates)
	}
	if kind == "runner-label" {
		return source + "; if there is such a runner, add its label to `self-hosted-runner: {labels: [...]}` in " + file
	}
	return source + fmt.Sprintf("; if it is right as it is, add the message to `paths: {%s: {ignore: [...]}}` in %s", f.Path, file)
}
