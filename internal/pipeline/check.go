package pipeline

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"toxgen/internal/display"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/formats"
	"toxgen/internal/registry"
	"toxgen/internal/workflow"
)

// Check ends a verifying run: whatever the steps would have written is a finding, and so is what actionlint finds
// in it.
func (r *Run) Check(ctx context.Context) error {
	r.meter.Doing("comparing the files")
	changes, err := r.tree.Changes()
	if err != nil {
		return err
	}
	for _, c := range changes {
		r.add(r.outOfSync(c))
	}
	w := r.state.workflows
	r.add(workflow.MovedPins(w.owned, r.config, w.actions)...)
	return r.lint(ctx)
}

// outOfSync returns a finding about a file that is not what the graph would write. Its form may be that of another version, unless mage
// compiles the program from the sources beside the files.
func (r *Run) outOfSync(c fileset.Change) finding.Finding {
	f := finding.Finding{Severity: finding.OutOfSync, File: c.Path, Hint: "run `mage workflows`, or undo the edit"}
	if c.Path == r.config.ToxFile() || strings.HasPrefix(c.Path, registry.Folder+"/") {
		f.Hint = "run `mage toxgen`, or undo the edit"
	}
	if c.Old != nil && r.world.Program == display.Binary {
		f.Hint += "; if a newer toxgen wrote the file, " + formats.Hint
	}
	switch {
	case c.Old == nil:
		f.Message = "the file is missing"
	case c.New == nil:
		f.Line, f.Message = 1, "the file is left over: nothing claims it"
	default:
		f.Line = firstDifference(c.Old, c.New)
		f.Message = "the file is not what toxgen would write"
		f.Detail = unified(c)
	}
	return f
}

func firstDifference(a, b []byte) int {
	line := 1
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			line++
		}
	}
	return line
}

// unified returns the lines of a unified diff.
func unified(c fileset.Change) []string {
	text := string(diff.Diff(c.Path, c.Old, c.Path+" (as it should be)", c.New))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[1:] // without the `diff a b` line, which is no part of it
}

// Fail ends a run whose step came back with an error: it and what was found before are printed.
func (r *Run) Fail(err error) Status {
	if err == nil {
		return Done
	}
	status := r.world.print(append(r.findings, findingsOf(err)...))
	r.findings = nil
	return graver(err, status)
}

// Finish prints what the run found and returns its status.
func (r *Run) Finish() Status {
	status := r.world.print(r.findings)
	r.findings = nil
	return status
}

// Commit ends a writing run: the steps' changes are written to the disk, all or none, and named. The status is
// that of what the run found.
func (r *Run) Commit() Status {
	changes, err := r.tree.Commit()
	if err != nil {
		return r.Fail(err)
	}
	r.world.name(changes)
	if err := r.report(); err != nil {
		return r.Fail(err)
	}
	return r.Finish()
}

// fewFacts is how many files of the registry are named one by one.
const fewFacts = 8

// name prints the files that a run changed. Many files of the registry with the same change are one line.
func (w World) name(changes []fileset.Change) {
	verbs := []string{"added", "changed", "removed"}
	facts := map[string]int{}
	isFacts := func(c fileset.Change) bool { return path.Dir(c.Path) == registry.Folder }
	for _, c := range changes {
		if isFacts(c) {
			facts[verbOf(c)]++
		}
	}
	for _, verb := range verbs {
		if facts[verb] > fewFacts {
			fmt.Fprintf(w.Stderr, "%s %d files in %s/\n", verb, facts[verb], registry.Folder)
		}
	}
	for _, c := range changes {
		if verb := verbOf(c); !isFacts(c) || facts[verb] <= fewFacts {
			fmt.Fprintf(w.Stderr, "%s %s\n", verb, display.Escape(c.Path))
		}
	}
}

// verbOf returns what happened to a file.
func verbOf(c fileset.Change) string {
	switch {
	case c.Old == nil:
		return "added"
	case c.New == nil:
		return "removed"
	default:
		return "changed"
	}
}

// cured is the kind of findings about files that a writing run puts right: a verifying run after it does not find them
// again.
const cured = "put right"

// Defer leaves what is not an error to the verifying run that follows, as far as that finds it again.
func (r *Run) Defer(context.Context) error {
	r.findings = slices.DeleteFunc(r.findings, func(f finding.Finding) bool { return f.Severity < finding.Error && f.Kind != cured })
	return nil
}
