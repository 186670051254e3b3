package pipeline

import (
	"context"
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
}

// ParseUpdate reads the flags of an update; nil is a flag that was not given.
func ParseUpdate(only, skip, before *string) (Update, error) {
	var u Update
	u.Only, u.Skip = names(only), names(skip)
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

// movement is what was there before an update, and what went wrong in it.
type movement struct {
	environments []string
	facts        registry.Facts
	// failed says of projects, by name, why they kept their facts.
	failed map[string]string
	// replaced says whose files are not those that their metadata were read of.
	replaced []string
}

// Refresh brings the facts of projects up to the date of an update, before the steps of the graph. A project
// that cannot be fetched keeps the facts that it has.
func (r *Run) Refresh(ctx context.Context, u Update) error {
	if err := r.loadFacts(); err != nil {
		return err
	}
	environments, err := r.environments()
	if err != nil {
		return err
	}
	r.before = u.Before
	r.update = &movement{environments: environments, facts: maps.Clone(r.facts), failed: map[string]string{}}
	packages, err := r.scope(u)
	if err != nil {
		return err
	}
	for i, outcome := range r.pages(ctx, packages) {
		name := packages[i]
		if outcome.err != nil {
			r.keepFacts(name, outcome.err)
			continue
		}
		r.facts[name] = &registry.Project{Name: name, Releases: r.withMetadata(outcome, r.facts[name])}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(packages) > 0 && len(r.update.failed) == len(packages) {
		return finding.List{{Severity: finding.Error, Message: "no project could be refreshed", Detail: strings.Join(r.update.failures(), "\n")}}
	}
	if err := r.missingMetadata(ctx); err != nil {
		return err
	}
	r.prune()
	return nil
}

// scope are the packages that an update refreshes, sorted.
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
	return slices.DeleteFunc(r.packages(), func(name string) bool {
		return skip[name] || len(only) > 0 && !only[name]
	}), nil
}

// keepFacts leaves a project that could not be fetched as it was, but for what did not exist at the time asked
// for.
func (r *Run) keepFacts(name string, err error) {
	r.update.failed[name] = foreign.Text(err.Error())
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

// withMetadata gives the releases of a page the metadata and verdicts that were known of them. Metadata are not
// kept if they could not be read, or if they are those of another file than would be read now.
func (r *Run) withMetadata(page pageOutcome, known *registry.Project) []registry.Release {
	if known == nil {
		return page.releases
	}
	admitted := r.admitted(known.Name)
	files := map[string][]*pypi.File{}
	for i := range page.project.Files {
		if f := &page.project.Files[i]; admitted(f) {
			files[f.Version.Canonical()] = append(files[f.Version.Canonical()], f)
		}
	}
	for i := range page.releases {
		release := &page.releases[i]
		old := known.Release(release.Version)
		if old == nil {
			continue
		}
		release.Verdicts = old.Verdicts
		if len(old.Metadata) == 0 {
			continue
		}
		file, recorded := representative(files[release.Version.Canonical()], r.newestFirst), old.Metadata[0]
		switch {
		case fileName(file) != recorded.File: // it would be read from another file now
		case file.SHA256 == recorded.SHA256:
			release.Metadata = old.Metadata
		case file.SHA256 != "" && recorded.SHA256 != "":
			r.update.replaced = append(r.update.replaced, fmt.Sprintf("%s %s", known.Name, release.Version))
		}
	}
	return page.releases
}

// prune drops facts that nothing needs any more.
func (r *Run) prune() {
	packages := r.packages()
	for name := range maps.Clone(r.facts) {
		if !slices.Contains(packages, name) {
			delete(r.facts, name)
			r.tree.Remove(registry.Path(name))
		}
	}
	asked := matrix.Asked(r.config, r.facts)
	for name, project := range r.facts {
		for i := range project.Releases {
			release := &project.Releases[i]
			if !slices.ContainsFunc(asked[name], release.Version.Equal) {
				release.Metadata, release.Unreadable = nil, ""
			}
		}
	}
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
	environments, err := r.environments()
	if err != nil {
		return err
	}
	added, removed := beyond(environments, r.update.environments), beyond(r.update.environments, environments)
	fmt.Fprintf(out, "%d environments, %d before: %d added, %d removed\n", len(environments), len(r.update.environments), added, removed)
	for _, text := range r.update.replaced {
		fmt.Fprintf(out, "%s: the file whose metadata are recorded is another one now\n", text)
	}
	for _, text := range r.update.failures() {
		fmt.Fprintln(out, text)
	}
	return nil
}

// failures are the projects that kept their facts, a line each.
func (m *movement) failures() []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(m.failed)) {
		lines = append(lines, fmt.Sprintf("%s keeps its facts: %s", name, m.failed[name]))
	}
	return lines
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
	for _, pick := range matrix.Kept(r.config, suite, r.update.environments) {
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
