package laws

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// A history is a world that is being played.
type history struct {
	world  World
	index  Index
	config Config
	tree   Tree
	// earlier is what the previous command began with.
	earlier Tree
	// inSync is set if the previous command ended 0, so that check finds nothing in the tree.
	inSync bool
	// plain serves the index, varied serves it as the variant of the world wants it.
	plain, varied *pypitest.Server
	// kept is the cache that stays from step to step.
	kept string
	// marks are the projects that files require alone, of files that are gone too.
	marks []string
	// handPinned are the versions that a person wrote into tox.ini.
	handPinned map[release]bool
	// law is the only law to look at; 0: all.
	law int
}

type release struct{ project, version string }

// A Trial is one command of a history, and what is needed to judge it.
type Trial struct {
	*history
	// Number counts the steps from 1.
	Number int
	Command,
	// Arguments are those of the command with a time in place of days, and a file for the summary.
	Arguments []string
	// Events are those of the step that changed something.
	Events []Event
	// IndexBefore is the index before the events; nothing fails there.
	IndexBefore, Index Index
	// InSync is set if the tree was in sync before the events.
	InSync bool
	// Before is the tree that the command began with.
	Before Tree
	Outcome
	// Looked are the comparisons that laws made which do not apply to every command.
	Looked []string
}

// play plays a world until a law is broken, and returns the findings of that step. Those of other laws than one are
// ignored, unless it is 0. It calls each for every command, once it was judged.
func (w World) play(tb testing.TB, law int, each func(*Trial)) []Finding {
	h := &history{world: w, index: clone(w.Index), config: clone(w.Config), handPinned: map[release]bool{}, law: law}
	h.tree = Tree{"toxgen.yaml": h.config.text()}
	h.plain = pypitest.New(tb)
	defer h.plain.Close()
	h.varied = h.plain
	switch w.Variant {
	case Shuffled:
		h.varied = pypitest.Start(tb, pypitest.Options{Shuffle: true, Seed: int(w.Seed), Jitter: 20 * time.Millisecond})
		defer h.varied.Close()
	case Kept:
		h.varied = pypitest.New(tb)
		defer h.varied.Close()
	}
	var err error
	h.kept, err = os.MkdirTemp(workshop, "kept-")
	must(err)
	defer os.RemoveAll(h.kept)
	for i, step := range w.Steps {
		t := h.step(i+1, step)
		findings := t.judge()
		each(t)
		if len(findings) > 0 {
			return findings
		}
	}
	return nil
}

// step makes the events of a step happen and runs its command.
func (h *history) step(number int, step Step) *Trial {
	h.index.heal()
	t := &Trial{history: h, Number: number, Command: step.Command, IndexBefore: clone(h.index), InSync: h.inSync}
	before := maps.Clone(h.tree)
	for _, e := range step.Events {
		changed := h.index.apply(e)
		if h.config.apply(e) {
			h.tree["toxgen.yaml"] = h.config.text()
			changed = true
		}
		if h.tree.apply(e, h.theirs(e)) {
			changed = true
			if e.Kind == HandPin {
				h.handPinned[release{e.Project, e.Version}] = true
			}
		}
		if changed {
			t.Events = append(t.Events, e)
		}
	}
	for _, p := range h.index {
		for _, f := range p.Files {
			if f.Mark != "" && !slices.Contains(h.marks, f.Mark) {
				h.marks = append(h.marks, f.Mark)
			}
		}
	}
	t.Index = clone(h.index)
	t.Before = maps.Clone(h.tree)
	for _, argument := range step.Command {
		if days, found := strings.CutPrefix(argument, "-before="); found {
			n, err := strconv.Atoi(strings.TrimSuffix(days, "d"))
			must(err)
			argument = "-before=" + daysAgo(n).Format(time.RFC3339)
		}
		t.Arguments = append(t.Arguments, argument)
	}
	if t.updates() {
		t.Arguments = append(t.Arguments, "-summary=../summary.json")
	}
	h.serve(t.Index)
	t.Outcome = t.again(t.Before)
	h.earlier, h.tree, h.inSync = before, maps.Clone(t.Tree), t.Status == 0
	if t.Status == 0 && len(t.Command) == 3 && t.Command[0] == "hold" {
		h.config.suite(t.Command[1]).Holds = append(h.config.suite(t.Command[1]).Holds, t.Command[2])
	}
	return t
}

// theirs returns the tree of the other branch that an event merges: an update as of an earlier day, from the same
// commit as ours. It is nil for other events.
func (h *history) theirs(e Event) Tree {
	if e.Kind != MarkedFacts && e.Kind != UnmarkedFacts && e.Kind != MarkedLock || h.earlier == nil {
		return nil
	}
	h.serve(h.index)
	o := Start{Arguments: []string{"update", "-before=" + daysAgo(45).Format(time.RFC3339)}, Tree: h.earlier, Index: h.plain.URL}.run()
	if o.Status != 0 {
		return h.earlier
	}
	return o.Tree
}

// serve makes the plain server serve an index.
func (h *history) serve(x Index) { publish(h.plain, x, h.marks, nil) }

// updates reports whether the command is an update.
func (t *Trial) updates() bool { return len(t.Command) > 0 && t.Command[0] == "update" }

// with reports whether the command has a flag.
func (t *Trial) with(flag string) bool {
	return slices.ContainsFunc(t.Command, func(argument string) bool { return strings.HasPrefix(argument, flag) })
}

// again runs the command in a tree, with a new cache.
func (t *Trial) again(tree Tree) Outcome {
	return Start{Arguments: t.Arguments, Tree: tree, Index: t.plain.URL}.run()
}

// judge returns how the trial breaks laws.
func (t *Trial) judge() []Finding {
	var findings []Finding
	for number, law := range []func() []Finding{t.staysInSync, t.isTakenOver, t.isDetermined, t.isIsolated, t.keepsCooldown, t.isQuick} {
		if t.law != 0 && t.law != number+1 {
			continue
		}
		for _, f := range law() {
			f.Law, f.Trial = number+1, t
			findings = append(findings, f)
		}
	}
	return findings
}
