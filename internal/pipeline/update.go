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
	"toxgen/internal/report"
)

// Update says what an update is to do.
type Update struct {
	// Only and Skip name suites; an empty Only is all of them. Suites of one project go along with each other.
	Only, Skip []string
	// Before is the time whose result is wanted; nil: now, less the cooldown.
	Before *time.Time
	// Upgrade lets every environment be resolved afresh, whatever pins it has.
	Upgrade bool
	// Strict makes it an error that anything had to keep what it had.
	Strict bool
	// Summary is a file for the summary: as JSON if its name ends in .json, else as Markdown; empty: none.
	Summary string
}

// ParseUpdate reads the flags of an update; nil is a flag that was not given.
func ParseUpdate(only, skip, before *string, upgrade, strict *bool, summary *string) (Update, error) {
	u := Update{Only: names(only), Skip: names(skip), Upgrade: given(upgrade), Strict: given(strict), Summary: given(summary)}
	if before != nil {
		t, err := time.Parse(time.RFC3339, *before)
		if err != nil {
			return u, usageError(fmt.Sprintf("-before=%s is not a time like 2026-08-10T04:00:00Z", foreign.Text(*before)))
		}
		u.Before = &t
	}
	return u, nil
}

// given is what a flag says; the zero value if it was not given.
func given[T any](flag *T) (value T) {
	if flag != nil {
		value = *flag
	}
	return value
}

func names(list *string) []string {
	if list == nil {
		return nil
	}
	return strings.FieldsFunc(*list, func(r rune) bool { return r == ',' || r == ' ' })
}

// refreshes says whether an update resolves an environment afresh.
func (r *Run) refreshes(e matrix.Environment) bool {
	switch u := r.update; {
	case u == nil || u.keeps(e.Suite.Name):
		return false
	case e.Suite.Config != nil && !u.adopts(e.Suite.Config.Package.Key), e.Suite.Config == nil && !u.whole():
		return false
	case u.Upgrade || r.config.Update.Refresh == "all":
		return true
	default:
		return r.config.Update.Refresh == "newest" && e.Pick.IsCurrent()
	}
}

// unselectable holds back suites of which nothing can be tested any more, or that selection finds wrong.
func (r *Run) unselectable() {
	for _, suite := range r.matrix.Suites {
		if suite.Config == nil || suite.Config.Disabled != nil || !r.update.adopts(suite.Config.Package.Key) {
			continue
		}
		wrong := slices.IndexFunc(r.findings, func(f finding.Finding) bool {
			return f.Severity == finding.Error && f.File == r.config.File && f.Line == suite.Pos.Line && f.Column == suite.Pos.Column
		})
		switch {
		case wrong >= 0:
			r.update.holdBack(suite, r.findings[wrong])
		case len(suite.Picks) == 0 && len(r.picksBefore(suite, r.lock)) > 0:
			r.update.holdBack(suite, finding.Finding{Message: "no release is left to test", Hint: fmt.Sprintf("`mage explain %s` says why", suite.Name)})
		}
	}
}

// giveBack gives projects the facts back that they had, if suites could not be selected or resolved with the new
// ones; true if that changed anything.
func (r *Run) giveBack() bool {
	r.unselectable()
	for _, why := range r.update.back {
		r.keepFacts(why)
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
	r.update = &movement{Update: u, facts: maps.Clone(r.facts), scope: map[string]bool{}, failed: map[string]report.Failed{},
		kept: map[string]report.Failed{}, unread: map[string]bool{}, back: map[string]report.Failed{}, withdrawn: map[string]*withdrawn{}}
	projects, err := r.scope(u)
	if err != nil {
		return err
	}
	pinned := whoPins(r.pinsNow())
	timeless := 0
	for i, outcome := range r.pages(ctx, projects) {
		name := projects[i]
		r.update.scope[name] = true
		if outcome.err == nil {
			outcome.err = shrunken(outcome.project, r.facts[name])
		}
		if errors.Is(outcome.err, errTimeless) {
			timeless++
		}
		if outcome.err != nil {
			r.update.unread[name] = true
			r.keepFacts(unread(name, outcome.err))
			continue
		}
		r.look(outcome, pinned[name])
		r.facts[name] = &registry.Project{Name: name, Releases: r.withMetadata(outcome, r.facts[name])}
	}
	if err := r.missingMetadata(ctx); err != nil {
		return err
	}
	switch {
	case len(projects) == 0 || slices.ContainsFunc(projects, r.update.adopts):
		return nil
	case timeless == len(projects):
		return finding.List{{Severity: finding.Error, Message: errTimeless.Error(),
			Hint: "update from an index that states them (PEP 700), or exempt projects in update.cooldown-exempt"}}
	default:
		return finding.List{{Severity: finding.Error, Message: "no project could be refreshed", Detail: strings.Join(reasons(r.update.failed), "\n")}}
	}
}

// unread is a project whose page could not be had or is not to be believed.
func unread(name string, err error) report.Failed {
	f := report.Failed{Name: name, Reason: err.Error()}
	switch {
	case errors.Is(err, pypi.ErrNotFound):
		f.Hint = "if it is gone for good, disable or remove its suites"
	case errors.As(err, new(*shrunkenError)):
		f.Hint = fmt.Sprintf("if they are gone for good, delete %s: the next run fetches the project anew", registry.Path(name))
	}
	return f
}

// shrunkenError is a page that lost more of what was known than is to be believed.
type shrunkenError struct{ lost, known int }

// Error says how much is lost.
func (e *shrunkenError) Error() string {
	return fmt.Sprintf("%d of the %d releases known are gone from its page", e.lost, e.known)
}

// shrunken is an error if more than one release, and over a fifth of those that are known, are not on a page.
func shrunken(page *pypi.Project, known *registry.Project) error {
	if known == nil {
		return nil
	}
	there := byVersion(page, func(*pypi.File) bool { return true })
	lost := 0
	for _, release := range known.Releases {
		if there[release.Version.Canonical()] == nil {
			lost++
		}
	}
	if lost > 1 && lost*5 > len(known.Releases) {
		return &shrunkenError{lost, len(known.Releases)}
	}
	return nil
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

// keepFacts leaves a project as it was, but for what did not exist at the time asked for.
func (r *Run) keepFacts(why report.Failed) {
	name := why.Name
	r.update.failed[name] = why
	delete(r.facts, name)
	project := r.update.facts[name]
	if project == nil {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(project.Releases), func(release registry.Release) bool {
		return r.before() != nil && release.Uploaded.After(*r.before())
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
			r.update.replaced = append(r.update.replaced, report.Release{Project: project, Version: files[i].Version.String()})
		}
		return m, false
	}
	if fileName(representative(files, r.newestFirst)) != m.File {
		m.Classifiers = nil
	}
	return m, m.Classifiers != nil || m.Requires != nil
}
