package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
	"toxgen/templates"
)

// toxFile is the generated file that everything after it follows.
const toxFile = "tox.ini"

// Toxgen is the second step: it decides what is tested and writes tox.ini.
func (r *Run) Toxgen(ctx context.Context) error {
	previous, err := r.environments()
	if err != nil {
		return err
	}
	selected, lacking, findings := matrix.Select(r.config, r.facts, previous)
	r.matrix = selected
	r.add(findings...)
	for _, l := range lacking {
		r.add(finding.Finding{Severity: finding.OutOfSync, File: r.config.File, Line: l.Pos.Line, Column: l.Pos.Column,
			Message: fmt.Sprintf("suite %q lacks %s", l.Suite, l), Hint: "run `mage toxgen`, which fetches it"})
	}
	r.needless()
	data, err := tox.Render(r.config, r.matrix, nil, r.template)
	if err != nil {
		f := templates.Fault(r.config.Templates, tox.TemplateName, err)
		f.Message, f.Detail, _ = strings.Cut(f.Message, "\n")
		return finding.List{f}
	}
	r.tree.Write(toxFile, data)
	return ctx.Err()
}

// environments are those that tox.ini holds; none if there is no such file, or it is no ini file.
func (r *Run) environments() ([]string, error) {
	data, err := r.tree.Read(toxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	file, err := tox.Parse(data)
	if err != nil {
		return nil, nil
	}
	return file.Environments(), nil
}

// needless warns of facts that nothing asks for.
func (r *Run) needless() {
	packages := r.packages()
	for name := range r.facts {
		if !slices.Contains(packages, name) {
			r.add(finding.Finding{Severity: finding.Warning, File: registry.Path(name),
				Message: "no suite needs these facts", Hint: "`mage update` removes the file"})
		}
	}
}
