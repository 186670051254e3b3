package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/git"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/report"
	"toxgen/internal/update"
)

// Diff writes what moved between a commit and the tree, or between two commits (`v1..v2`), in the form of an update's summary.
// It takes toxgen.yaml, registry/, tox.ini and the build constraints as they are, and checks nothing.
func (w World) Diff(ctx context.Context, revisions string, asJSON, asMarkdown *bool) Status {
	if given(asJSON) && given(asMarkdown) {
		return w.Explain(WrongUsage(errors.New("-json and -markdown exclude each other")))
	}
	from, to, isRange := strings.Cut(revisions, "..")
	if isRange && (from == "" || to == "" || strings.HasPrefix(to, ".")) {
		return w.Explain(WrongUsage(errors.New("a range is FROM..TO, with two dots and a revision on both sides")))
	}
	s, limit, err := w.diff(ctx, from, to)
	if err != nil {
		return w.Explain(err)
	}
	switch {
	case given(asJSON):
		_, err = w.Stdout.Write(s.JSON())
	case given(asMarkdown):
		_, err = w.Stdout.Write([]byte(s.Markdown(limit)))
	default:
		s.Print(w.Stdout)
	}
	return w.Explain(err)
}

// diff returns what two revisions differ in, of which an empty one is the tree, and how many characters of it the text of a
// pull request may have.
func (w World) diff(ctx context.Context, from, to string) (s *report.Summary, limit int, err error) {
	before, had, err := w.recorded(ctx, from)
	if err != nil {
		return nil, 0, err
	}
	after, has, err := w.recorded(ctx, to)
	if err != nil {
		return nil, 0, err
	}
	if s, err = between(ctx, had, has, lock.Proofs{}.Of(has.Config, has.Facts), after.findings); err != nil {
		return nil, 0, err
	}
	s.From, s.To = before.commit, after.commit
	return s.For(w.Program), has.Config.Workflow.Limits.OrDefault().PullRequest, nil
}

// A recording is what was read: a commit, whose name is empty if it is the tree, and what was found while reading it.
type recording struct {
	commit   string
	findings finding.List
}

// recorded returns the state that the files of a revision tell, of which an empty one is the tree.
func (w World) recorded(ctx context.Context, revision string) (recording, update.State, error) {
	if revision == "" {
		run, err := Verifying(w)
		if err != nil {
			return recording{}, update.State{}, err
		}
		state, err := run.recorded()
		return recording{findings: run.findings}, state, err
	}
	commit, err := git.OpenCommit(ctx, w.Root, revision)
	if err != nil {
		return recording{}, update.State{}, hinted(err)
	}
	defer commit.Close()
	run := &Run{world: w, tree: fileset.Of(commit), meter: w.meter(), mode: mode{index: live.None{}, curable: finding.OutOfSync}}
	var state update.State
	if err = run.load(); err == nil {
		state, err = run.recorded()
	}
	return recording{commit.ID, run.findings}, state, inCommit(commit.ID, w.Config, err)
}

// recorded returns the state that the files of the run tell: what tox.ini tests, and the pins that it has.
func (r *Run) recorded() (update.State, error) {
	s, err := r.inputs(r.state)
	if err != nil {
		return update.State{}, err
	}
	selected := r.choice(s.facts, &attempt{state: s})
	r.add(selected.Findings...)
	return update.State{Config: r.config, Matrix: selected.Matrix, Facts: s.facts}.Earlier(s.had, s.facts), nil
}

// hinted returns an error of git as a finding.
func hinted(err error) error {
	if e, ok := errors.AsType[*git.Error](err); ok {
		return finding.List{{Severity: finding.Error, Message: err.Error(), Hint: e.Hint}}
	}
	return err
}

// inCommit returns an error with the commit in the places that it names.
func inCommit(id, configuration string, err error) error {
	short := id[:min(len(id), 12)]
	if errors.Is(err, fs.ErrNotExist) {
		return finding.List{{Severity: finding.Error, Message: "commit " + short + " has no " + configuration,
			Hint: "name a commit since which there is one: `git log --oneline -- " + configuration + "` lists them"}}
	}
	found, ok := errors.AsType[finding.List](err)
	if !ok {
		return hinted(err)
	}
	var placed finding.List
	for _, f := range found {
		if f.File != "" {
			f.File = short + ":" + f.File
		}
		placed = append(placed, f)
	}
	return placed
}
