package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/tox"
	"toxgen/templates"
)

// toxFile is the generated file that everything after it follows.
const toxFile = "tox.ini"

// Toxgen is the second step: it decides what is tested, pins every environment, and writes tox.ini and the build
// constraints.
func (r *Run) Toxgen(ctx context.Context) error {
	var pins map[string]tox.Pins
	for {
		before := len(r.findings)
		if r.index != nil {
			r.universe = r.newUniverse()
		}
		p := r.newPinning()
		if err := r.choose(ctx, p); err != nil {
			return err
		}
		var err error
		if pins, err = p.pins(ctx); err != nil {
			return err
		}
		if r.update == nil || !r.giveBack() {
			break
		}
		r.findings = r.findings[:before]
	}
	constraints, err := r.buildConstraints(ctx)
	if err != nil {
		return err
	}
	if err := r.recordPins(ctx, pins, constraints); err != nil {
		return err
	}
	r.needless(pins, constraints)
	r.needlessExceptions(pins)
	data, err := tox.Render(r.config, r.matrix, pins, constraints, r.template)
	if err != nil {
		f := templates.Fault(r.config.Templates, tox.TemplateName, err)
		f.Message, f.Detail, _ = strings.Cut(f.Message, "\n")
		return finding.List{f}
	}
	r.tree.Write(toxFile, data)
	return ctx.Err()
}

// readLock reads tox.ini as it is before the run: the names and pins that it holds. One that is not there or no ini
// file holds none.
func (r *Run) readLock() error {
	r.lock = &tox.File{}
	data, err := r.tree.Read(toxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if file, err := tox.Parse(data); err == nil {
		r.lock = file
	}
	return nil
}

// choose selects what is tested, with verdicts as far as they can be had. While these are made, p pins what is selected
// without them: both wait for the index most of the time, and what it finds it remembers.
func (r *Run) choose(ctx context.Context, p *pinning) error {
	judged := map[string]bool{}
	for {
		selected, lacking, findings := matrix.Select(r.config, r.facts, r.lock.Environments())
		wanted := slices.DeleteFunc(r.unjudged(selected, lacking), func(l matrix.Lacking) bool { return judged[l.String()] })
		if len(wanted) == 0 {
			r.matrix = selected
			r.add(findings...)
			for _, l := range lacking {
				r.add(finding.Finding{Severity: finding.OutOfSync, File: r.config.File, Line: l.Pos.Line, Column: l.Pos.Column,
					Message: fmt.Sprintf("suite %q lacks %s", l.Suite, l), Hint: "run `mage toxgen`, which fetches it"})
			}
			return ctx.Err()
		}
		for _, l := range wanted {
			judged[l.String()] = true
		}
		var ahead sync.WaitGroup
		ahead.Go(func() { p.pinAll(ctx, selected) })
		judgements := r.judgements(ctx, wanted)
		ahead.Wait()
		r.judge(wanted, judgements)
	}
}
