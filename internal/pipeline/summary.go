package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/tox"
)

// withdrawn is a release that was pinned before and that the index does not offer any more.
type withdrawn struct {
	report.Withdrawn
	// in are the environments that pinned it.
	in []string
}

// pinsNow are all pins that the run sees in tox.ini and the build constraints, by the names of their environments, of which
// the builds for a Python count as one; aliases left out.
func (r *Run) pinsNow() map[string]tox.Pins {
	pins := map[string]tox.Pins{}
	for _, name := range r.lock.Environments() {
		if !strings.HasSuffix(name, "-"+matrix.Latest) {
			pins[name] = r.lock.Pins(name)
		}
	}
	if data, err := r.tree.Read(tox.BuildConstraints); err == nil {
		for p, closure := range tox.ParseBuild(data, r.config.Interpreters(), r.config.Target()) {
			pins["builds for "+p.Short()] = closure
		}
	}
	return pins
}

// whoPins are the environments that pin a release, by project and the canonical text of the version.
func whoPins(pins map[string]tox.Pins) map[string]map[string][]string {
	who := map[string]map[string][]string{}
	for _, name := range sortedKeys(pins) {
		for project, v := range pins[name] {
			if who[project] == nil {
				who[project] = map[string][]string{}
			}
			who[project][v.Canonical()] = append(who[project][v.Canonical()], name)
		}
	}
	return who
}

// look notes what a page says that its facts will not: which of the releases that were pinned in some environments are
// withdrawn, and which are too young.
func (r *Run) look(page pageOutcome, pinned map[string][]string) {
	name := page.project.Name
	there := byVersion(page.project, func(*pypi.File) bool { return true })
	for _, v := range sortedKeys(pinned) {
		w := &withdrawn{report.Withdrawn{Release: report.Release{Project: name, Version: v}, Environments: len(pinned[v])}, pinned[v]}
		if files := there[v]; files != nil {
			line := release(files)
			if !line.Yanked.Is {
				continue
			}
			w.Version, w.Yanked, w.Reason = line.Version.String(), true, line.Yanked.Reason
		}
		r.update.withdrawn[name+"=="+v] = w
	}
	if r.before() != nil {
		return // nothing is held back: that time stands in place of the cooldown
	}
	admitted := r.admitted(name)
	var young []registry.Release
	for _, files := range there {
		if !slices.ContainsFunc(files, admitted) {
			young = append(young, release(files))
		}
	}
	slices.SortFunc(young, func(a, b registry.Release) int { return a.Version.Compare(b.Version) })
	for _, line := range young {
		h := report.HeldBack{Release: report.Release{Project: name, Version: line.Version.String()}, Uploaded: line.Uploaded}
		if !h.Uploaded.IsZero() {
			h.Adopted = h.Uploaded.Add(r.config.Update.Cooldown.Duration)
		}
		r.update.heldBack = append(r.update.heldBack, h)
	}
}

// Moved finds out what an update changed. It is said when the changes are on the disk.
func (r *Run) Moved(context.Context) error {
	had := r.lock
	if err := r.readLock(); err != nil {
		return err
	}
	s := r.changed(had)
	s.HeldBack, s.Replaced = r.update.heldBack, r.update.replaced
	now := r.pinsNow()
	for _, key := range sortedKeys(r.update.withdrawn) {
		s.Withdrawn = append(s.Withdrawn, r.update.withdrawn[key].after(now))
	}
	s.Failed = append(failures(r.update.failed), failures(r.update.kept)...)
	r.summary, r.summaryName = s, r.update.Summary
	stays := slices.ContainsFunc(s.Withdrawn, func(w report.Withdrawn) bool { return w.Stays > 0 })
	if r.update.Strict && (stays || len(s.Failed) > 0) {
		r.add(finding.Finding{Severity: finding.Error, Message: "not everything could be updated, and -strict was given: the summary says what and why"})
	}
	return nil
}

// changed is what two states of tox.ini tell of a change, that of before and the run's own, and what was found on the way.
func (r *Run) changed(had *tox.File) *report.Summary {
	before := r.matrixBefore(had)
	s := &report.Summary{Before: size(before), After: size(r.matrix)}
	for i, suite := range r.matrix.Suites {
		if moved := moves(before.Suites[i], suite, had, r.lock); len(moved.In)+len(moved.Out)+moved.Newest+moved.Older > 0 {
			s.Suites = append(s.Suites, moved)
		}
	}
	warnings := slices.Clone(r.findings)
	warnings.Sort()
	for _, f := range warnings {
		if f.Severity == finding.Warning {
			s.Warnings = append(s.Warnings, report.Warning{Place: f.Place(), Text: f.Message, Hint: f.Hint})
		}
	}
	return s
}

// conclude says what an update changed, when it is on the disk.
func (r *Run) conclude() error {
	if r.summary == nil {
		return nil
	}
	r.summary.Print(r.world.Stdout)
	if r.index != nil {
		s := r.index.Stats()
		fmt.Fprintf(r.world.Stderr, "the index was asked %d times, %d of them again, for %d MB; %d answers were at hand\n",
			s.Requests, s.Retries, s.Bytes/1_000_000, s.Cached)
	}
	switch name := r.summaryName; {
	case name == "":
		return nil
	case path.Ext(name) == ".json":
		return fileset.Export(name, r.summary.JSON())
	default:
		return fileset.Export(name, []byte(r.summary.Markdown(r.config.Workflow.Limits.OrDefault().PullRequest)))
	}
}

// failures are those of a map, by name.
func failures(failed map[string]report.Failed) []report.Failed {
	return slices.SortedFunc(maps.Values(failed), func(a, b report.Failed) int { return cmp.Compare(a.Name, b.Name) })
}

// reasons are failures as lines.
func reasons(failed map[string]report.Failed) []string {
	var lines []string
	for _, f := range failures(failed) {
		lines = append(lines, f.Name+": "+f.Reason)
	}
	return lines
}

// after completes what is said of a withdrawn release by the pins that there are now.
func (w *withdrawn) after(now map[string]tox.Pins) report.Withdrawn {
	said := w.Withdrawn
	var by []pep440.Version
	for _, name := range w.in {
		switch v, pinned := now[name][w.Project]; {
		case !pinned:
		case v.Canonical() == pep440.MustParse(w.Version).Canonical():
			said.Stays++
		case !slices.ContainsFunc(by, v.Equal):
			by = append(by, v)
		}
	}
	slices.SortFunc(by, pep440.Version.Compare)
	for _, v := range by {
		said.By = append(said.By, v.String())
	}
	if said.Stays == 0 {
		said.Why = ""
	} else if said.Why == "" {
		said.Why = "something asks for exactly this release"
	}
	return said
}

// matrixBefore is the matrix as far as a tox.ini tells: which of the suites that there are now were tested on what.
func (r *Run) matrixBefore(lock *tox.File) *matrix.Matrix {
	m := &matrix.Matrix{}
	for _, suite := range r.matrix.Suites {
		before := *suite
		before.Picks = r.picksBefore(suite, lock)
		m.Suites = append(m.Suites, &before)
	}
	m.Regroup(r.config)
	return m
}

// picksBefore are the picks of a suite that a tox.ini has pins of.
func (r *Run) picksBefore(suite *matrix.Suite, lock *tox.File) []matrix.Pick {
	if suite.Static == nil {
		return matrix.Kept(r.config, suite, lock.Environments())
	}
	if len(suite.Picks) == 0 {
		return nil
	}
	pick := suite.Picks[0]
	pick.Pythons = slices.DeleteFunc(slices.Clone(pick.Pythons), func(p python.Version) bool {
		return len(lock.Pins(matrix.Environment{Suite: suite, Pick: pick, Python: p}.Name())) == 0
	})
	if len(pick.Pythons) == 0 {
		return nil
	}
	return []matrix.Pick{pick}
}

func size(m *matrix.Matrix) report.Size {
	var s report.Size
	for _, suite := range m.Suites {
		if suite.Config != nil {
			s.Releases += len(suite.Picks)
		}
	}
	for _, e := range m.Environments() {
		if !e.Alias {
			s.Environments++
		}
	}
	for _, group := range m.Groups {
		s.Rows += len(group.Rows)
	}
	return s
}

// moves are the releases that a suite began and stopped to test, and how many pins moved. Environments of its newest
// release are compared with those of the release that was the newest before.
func moves(before, after *matrix.Suite, had, now *tox.File) report.Suite {
	moved := report.Suite{Name: after.Name}
	tested := func(s *matrix.Suite, v pep440.Version) bool {
		return slices.ContainsFunc(s.Picks, func(p matrix.Pick) bool { return p.Version.Equal(v) })
	}
	for _, pick := range before.Picks {
		if !tested(after, pick.Version) {
			moved.Out = append(moved.Out, pick.Version.String())
		}
	}
	for _, pick := range after.Picks {
		if !tested(before, pick.Version) {
			moved.In = append(moved.In, pick.Version.String())
		}
		for _, p := range pick.Pythons {
			e := matrix.Environment{Suite: after, Pick: pick, Python: p}
			old := matrix.Environment{Suite: before, Pick: predecessor(before, pick), Python: p}
			pins := had.Pins(old.Name())
			if len(pins) == 0 {
				continue // a new environment
			}
			if n := differing(pins, now.Pins(e.Name()), after); pick.IsCurrent() {
				moved.Newest += n
			} else {
				moved.Older += n
			}
		}
	}
	return moved
}

// predecessor is the pick that a pick is compared with: the newest stable one with that of before.
func predecessor(before *matrix.Suite, pick matrix.Pick) matrix.Pick {
	for _, p := range before.Picks {
		if pick.NewestStable && p.NewestStable {
			return p
		}
	}
	return pick
}

// differing counts the projects that two environments pin differently, the suite's own left out.
func differing(a, b tox.Pins, suite *matrix.Suite) int {
	all := maps.Clone(a)
	maps.Copy(all, b)
	if suite.Config != nil {
		delete(all, suite.Config.Package.Key)
	}
	count := 0
	for project := range all {
		x, inA := a[project]
		y, inB := b[project]
		if inA != inB || !x.Equal(y) {
			count++
		}
	}
	return count
}
