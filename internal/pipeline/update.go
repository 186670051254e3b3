package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/matrix"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
)

// Update says what an update is to do.
type Update struct {
	// Only and Skip name suites; an empty Only is all of them. Suites of one project go along with each other.
	Only, Skip []string
	// Before is the time whose result is wanted; nil: now, less the cooldown.
	Before *time.Time
	// Upgrade lets every environment be resolved afresh, whatever pins it has.
	Upgrade bool
}

// ParseUpdate reads the flags of an update; nil is a flag that was not given.
func ParseUpdate(only, skip, before *string, upgrade *bool) (Update, error) {
	u := Update{Only: names(only), Skip: names(skip), Upgrade: upgrade != nil && *upgrade}
	if before != nil {
		t, err := time.Parse(time.RFC3339, *before)
		if err != nil {
			return u, usageError(fmt.Sprintf("-before=%s is not a time like 2026-08-10T04:00:00Z", foreign.Text(*before)))
		}
		u.Before = &t
	}
	return u, nil
}

func names(list *string) []string {
	if list == nil {
		return nil
	}
	return strings.FieldsFunc(*list, func(r rune) bool { return r == ',' || r == ' ' })
}

// movement is what an update set out with, and what went wrong in it.
type movement struct {
	facts registry.Facts
	// scope are the projects that it refreshes, those among them that suites follow and those that are only pinned.
	scope map[string]bool
	// whole says that it is not confined to some suites: static ones and builds move too.
	whole bool
	// failed says of projects, by name, why they kept their facts; kept, of suites and builds, why they kept their pins.
	failed, kept map[string]string
	// back are the projects of suites that could not be resolved with the new facts.
	back map[string]string
	// replaced says whose files are not those that their metadata were read of.
	replaced []string
}

// adopts says whether a project is refreshed and did not fail.
func (m *movement) adopts(project string) bool { return m.scope[project] && m.failed[project] == "" }

// holdBack notes a suite that could not be resolved: its project has to go back to the facts that it had, with all
// suites that share it.
func (m *movement) holdBack(suite *matrix.Suite, f finding.Finding) {
	text := f.Message
	if f.Detail != "" {
		text += "\n" + f.Detail
	}
	if suite.Config != nil && m.adopts(suite.Config.Package.Key) {
		m.back[suite.Config.Package.Key] = text
		return
	}
	m.kept[suite.Name] = text
}

// refreshes says whether an update resolves an environment afresh.
func (r *Run) refreshes(e matrix.Environment) bool {
	switch u := r.update; {
	case u == nil || u.kept[e.Suite.Name] != "":
		return false
	case e.Suite.Config != nil && !u.adopts(e.Suite.Config.Package.Key), e.Suite.Config == nil && !u.whole:
		return false
	case r.upgrade || r.config.Update.Refresh == "all":
		return true
	default:
		return r.config.Update.Refresh == "newest" && e.Pick.IsCurrent()
	}
}

// giveBack gives projects the facts back that they had, if suites could not be resolved with the new ones; true if
// that changed anything.
func (r *Run) giveBack() bool {
	for name, why := range r.update.back {
		r.keepFacts(name, errors.New(why))
	}
	changed := len(r.update.back) > 0
	clear(r.update.back)
	return changed
}

// Refresh brings the facts of projects up to the date of an update, before the steps of the graph. A project
// that cannot be fetched keeps the facts that it has.
func (r *Run) Refresh(ctx context.Context, u Update) error {
	if err := r.readInputs(); err != nil {
		return err
	}
	r.before, r.upgrade = u.Before, u.Upgrade
	r.update = &movement{facts: maps.Clone(r.facts), whole: len(u.Only) == 0, scope: map[string]bool{},
		failed: map[string]string{}, kept: map[string]string{}, back: map[string]string{}}
	projects, err := r.scope(u)
	if err != nil {
		return err
	}
	for i, outcome := range r.pages(ctx, projects) {
		name := projects[i]
		r.update.scope[name] = true
		if outcome.err != nil {
			r.keepFacts(name, outcome.err)
			continue
		}
		r.facts[name] = &registry.Project{Name: name, Releases: r.withMetadata(outcome, r.facts[name])}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(projects) > 0 && len(r.update.failed) == len(projects) {
		return finding.List{{Severity: finding.Error, Message: "no project could be refreshed", Detail: strings.Join(lines(r.update.failed), "\n")}}
	}
	return r.missingMetadata(ctx)
}

// scope are the projects that an update refreshes, sorted: the packages of its suites and, if it is not confined to
// some, everything else that there are facts of.
func (r *Run) scope(u Update) ([]string, error) {
	chosen := func(names []string) (map[string]bool, error) {
		packages := map[string]bool{}
		for _, name := range names {
			suite := r.config.Suites.Get(name)
			if suite == nil {
				return nil, usageError(fmt.Sprintf("no suite that follows a project is called %q in %s", foreign.Text(name), r.config.File))
			}
			packages[suite.Package.Key] = true
		}
		return packages, nil
	}
	only, err := chosen(u.Only)
	if err != nil {
		return nil, err
	}
	skip, err := chosen(u.Skip)
	if err != nil {
		return nil, err
	}
	projects := r.packages()
	if len(only) == 0 {
		projects = append(projects, slices.Collect(maps.Keys(r.facts))...)
	}
	slices.Sort(projects)
	return slices.DeleteFunc(slices.Compact(projects), func(name string) bool {
		return skip[name] || len(only) > 0 && !only[name]
	}), nil
}

// keepFacts leaves a project that could not be fetched as it was, but for what did not exist at the time asked
// for.
func (r *Run) keepFacts(name string, err error) {
	r.update.failed[name] = err.Error()
	delete(r.facts, name)
	project := r.update.facts[name]
	if project == nil {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(project.Releases), func(release registry.Release) bool {
		return r.before != nil && release.Uploaded.After(*r.before)
	})
	if len(kept) > 0 {
		r.facts[name] = &registry.Project{Name: name, Releases: kept}
	} else {
		r.tree.Remove(registry.Path(name))
	}
}

// withMetadata gives the releases of a page the metadata and verdicts that were known of them. Of a project that no
// suite follows only the releases that were known stay. Metadata are not kept if they could not be read, if the file
// that they were read of changed, or if the classifiers would be read of another file now.
func (r *Run) withMetadata(page pageOutcome, known *registry.Project) []registry.Release {
	if known == nil {
		return page.releases
	}
	files := byVersion(page.project, r.admitted(known.Name))
	followed := slices.Contains(r.packages(), known.Name)
	var kept []registry.Release
	for _, release := range page.releases {
		old := known.Release(release.Version)
		if old != nil {
			release.Verdicts = old.Verdicts
			for _, m := range old.Metadata {
				if m, ok := r.stillKnown(known.Name, m, files[release.Version.Canonical()]); ok {
					release.Metadata = append(release.Metadata, m)
				}
			}
			release.Metadata = arranged(release.Metadata)
		}
		if followed || old != nil {
			kept = append(kept, release)
		}
	}
	return kept
}

// stillKnown is what remains of an entry; ok is false if nothing does.
func (r *Run) stillKnown(project string, m registry.Metadata, files []*pypi.File) (registry.Metadata, bool) {
	i := slices.IndexFunc(files, func(f *pypi.File) bool { return fileName(f) == m.File })
	if i < 0 {
		return m, false
	}
	if sum := files[i].SHA256; sum != m.SHA256 {
		if sum != "" && m.SHA256 != "" {
			r.update.replaced = append(r.update.replaced, fmt.Sprintf("%s %s: the index has another file under its name", project, files[i].Version))
		}
		return m, false
	}
	if fileName(representative(files, r.newestFirst)) != m.File {
		m.Classifiers = nil
	}
	return m, m.Classifiers != nil || m.Requires != nil
}

// Moved says what an update changed.
func (r *Run) Moved(context.Context) error {
	out := r.world.Stdout
	for _, suite := range r.matrix.Suites {
		if suite.Config == nil {
			continue
		}
		if in, gone := r.releasesMoved(suite); len(in)+len(gone) > 0 {
			fmt.Fprintf(out, "%s: in %s; out %s\n", suite.Name, list(in), list(gone))
		}
	}
	before := r.lock.Environments()
	if err := r.readLock(); err != nil {
		return err
	}
	now := r.lock.Environments()
	fmt.Fprintf(out, "%d environments, %d before: %d added, %d removed\n", len(now), len(before), beyond(now, before), beyond(before, now))
	for _, text := range slices.Concat(r.update.replaced, lines(r.update.failed), lines(r.update.kept)) {
		fmt.Fprintln(out, text)
	}
	return nil
}

// lines say who kept what it had, and why.
func lines(kept map[string]string) []string {
	var all []string
	for _, name := range sortedKeys(kept) {
		all = append(all, fmt.Sprintf("%s keeps what it had: %s", name, kept[name]))
	}
	return all
}

// beyond counts what one list has and the other lacks.
func beyond(list, other []string) int {
	there := map[string]bool{}
	for _, item := range other {
		there[item] = true
	}
	count := 0
	for _, item := range list {
		if !there[item] {
			count++
		}
	}
	return count
}

// releasesMoved are the releases of a suite that an update began to test, and those that it stopped testing.
func (r *Run) releasesMoved(suite *matrix.Suite) (in, gone []string) {
	var before, after []string
	for _, pick := range matrix.Kept(r.config, suite, r.lock.Environments()) {
		before = append(before, pick.Version.String())
	}
	for _, pick := range suite.Picks {
		after = append(after, pick.Version.String())
	}
	without := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(v string) bool { return slices.Contains(other, v) })
	}
	return without(after, before), without(before, after)
}

func list(versions []string) string {
	if len(versions) == 0 {
		return "none"
	}
	return strings.Join(versions, ", ")
}
