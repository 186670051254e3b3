package laws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// reproduction returns a finding as a txtar archive: what was promised and what happened, the world and its history step
// by step, and what the last command began with.
func (f Finding) reproduction() string {
	t := f.Trial
	w := t.world
	var b strings.Builder
	fmt.Fprintf(&b, "law %d is broken: %s\nmade smaller from the world of `TOXGEN_LAWS_COUNT=1 TOXGEN_LAWS_SEED=%d go test ./internal/laws`; law 3 runs each command again %s\n", f.Law, f.What, w.Seed, w.Variant)
	fmt.Fprintf(&b, "the command that breaks it is that of step %d, `%s`, which ends %d; what happened:\n\n%s\n", t.Number, commandLine(t.Arguments), t.Status, indented(strings.Join(f.Details, "\n")))
	section := func(name, text string) {
		fmt.Fprintf(&b, "-- %s --\n%s", name, text)
		if text != "" && !strings.HasSuffix(text, "\n") {
			b.WriteString("\n")
		}
	}
	section("toxgen.yaml", w.Config.text())
	section("index", w.Index.String())
	for i, s := range w.Steps[:t.Number] {
		var lines []string
		for _, e := range s.Events {
			lines = append(lines, e.String())
		}
		section(fmt.Sprintf("step %d", i+1), strings.Join(append(lines, "$ "+commandLine(s.Command)), "\n"))
	}
	section("the index at last", t.Index.String())
	section("stderr", t.Stderr)
	before := t.Before.facts()
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if name != "toxgen.yaml" || before[name] != w.Config.text() {
			section("before/"+name, before[name])
		}
	}
	section("what the command changed", strings.Join(t.Before.facts().differences(t.Tree.facts()), "\n"))
	return b.String()
}

// facts returns the tree without its workflows and outputs.
func (t Tree) facts() Tree {
	kept := maps.Clone(t)
	maps.DeleteFunc(kept, func(name, _ string) bool {
		return strings.HasPrefix(name, ".github/") || strings.HasPrefix(name, "docs/")
	})
	return kept
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

// String lists the files of an index, those of a project under its name.
func (x Index) String() string {
	var b strings.Builder
	for _, p := range x {
		b.WriteString(p.Name)
		if p.Page != 0 {
			fmt.Fprintf(&b, ": answers %d", p.Page)
		}
		b.WriteString("\n")
		for i := range p.Files {
			fmt.Fprintf(&b, "  %s\n", p.Files[i].describe(p.Name))
		}
	}
	return b.String()
}

// describe returns a file in one line.
func (f *File) describe(project string) string {
	parts := []string{f.name(project), fmt.Sprintf("%d days old", f.Days)}
	requires := f.Requires
	if f.Mark != "" {
		requires = append(slices.Clone(requires), f.Mark)
	}
	if len(requires) > 0 {
		parts = append(parts, "requires "+strings.Join(requires, " and "))
	}
	if f.Python != "" {
		parts = append(parts, "Python "+f.Python)
	}
	if len(f.Classifiers) > 0 {
		parts = append(parts, "classifiers "+strings.Join(f.Classifiers, " "))
	}
	for _, flag := range []struct {
		set  bool
		text string
	}{{f.Yanked, "yanked"}, {f.NoDigest, "no digest"}, {f.Edition > 0, "other content"}, {f.Lost, "cannot be had"}, {f.Unserved, "its metadata are not served"}, {len(f.Extras) > 0, "extra more"}} {
		if flag.set {
			parts = append(parts, flag.text)
		}
	}
	return strings.Join(parts, ", ")
}

// String returns an event in one line.
func (e Event) String() string {
	parts := []string{string(e.Kind) + ":"}
	for _, part := range []string{e.Suite, e.Project, e.Version, e.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	switch {
	case e.File != nil:
		parts = append(parts, "("+e.File.describe(e.Project)+")")
	case e.Python != nil:
		parts = append(parts, e.Python.Version)
	case e.Kind == BrokenPage || e.Kind == LostLine || e.Kind == GoneRule || e.Kind == GoneConstraint || e.Kind == GoneHold:
		parts = append(parts, fmt.Sprintf("(%d)", e.N))
	}
	return strings.Join(parts, " ")
}

// A Tally counts what happened in many worlds. It is safe for concurrent use.
type Tally struct {
	mu sync.Mutex
	// runs are by command and status, events and findings by kind, looked by what a law compared, reasons by the first
	// message of a command that did not end 0.
	runs, events, looked, reasons, findings map[string]int
	zero, all                               int
}

func newTally() *Tally {
	return &Tally{runs: map[string]int{}, events: map[string]int{}, looked: map[string]int{}, reasons: map[string]int{}, findings: map[string]int{}}
}

// add counts a command.
func (y *Tally) add(t *Trial) {
	y.mu.Lock()
	defer y.mu.Unlock()
	command := "default"
	if len(t.Command) > 0 {
		command = t.Command[0]
	}
	y.runs[fmt.Sprintf("%s ends %d", command, t.Status)]++
	y.all++
	if t.Status == 0 {
		y.zero++
	} else {
		y.reasons[command+": "+message([]string{t.Stderr})]++
	}
	for _, e := range t.Events {
		y.events[string(e.Kind)]++
	}
	for _, what := range t.Looked {
		y.looked[what]++
	}
}

// found counts a finding, and reports whether it is the first of its kind.
func (y *Tally) found(f Finding) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.findings[f.Kind()]++
	return y.findings[f.Kind()] == 1
}

// String lists all counts, the greatest first.
func (y *Tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d commands, %d of them end 0 (%d %%)\n", y.all, y.zero, 100*y.zero/max(y.all, 1))
	for _, part := range []struct {
		title string
		count map[string]int
	}{{"commands", y.runs}, {"events that changed something", y.events}, {"comparisons that not every command allows", y.looked}, {"first messages of commands that do not end 0", y.reasons}, {"findings", y.findings}} {
		total := 0
		for _, n := range part.count {
			total += n
		}
		fmt.Fprintf(&b, "%s: %d\n", part.title, total)
		for _, key := range slices.SortedFunc(maps.Keys(part.count), func(a, b string) int {
			return cmp.Or(part.count[b]-part.count[a], strings.Compare(a, b))
		}) {
			fmt.Fprintf(&b, "  %5d  %s\n", part.count[key], key)
		}
	}
	return b.String()
}
