package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"

	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/snapshot"
	"toxgen/internal/update"
)

// Refresh brings the facts of projects up to the date of an update, before the steps of the graph. A project
// that cannot be fetched keeps the facts that it has.
func (r *Run) Refresh(ctx context.Context, o update.Options) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	names, err := o.Projects(r.config, s.facts)
	if err != nil {
		return WrongUsage(err)
	}
	r.done = conclusion{summary: &report.Summary{Asked: r.world.Now}, file: o.Summary}
	if err := r.retry(o, setOf(names)); err != nil {
		return err
	}
	s.policy = update.Policy{Options: o, Refresh: r.config.Update.Refresh, Refreshed: setOf(names), Gone: map[lock.Release]*update.Gone{}}
	sight := r.sight(s)
	pinnedIn := update.PinnedIn(s.had)
	var projects []*registry.Project
	var gone []string
	timeless, doubtful := 0, map[lock.Release]bool{}
	for i, o := range counted(r.meter, "fetching", "project", concurrentProjects, names, itself, func(name string) (o refreshOutcome) {
		o.Refreshed, o.err = r.refreshed(ctx, sight, name, s.before[name], pinnedIn[name])
		return o
	}) {
		name := names[i]
		if o.err != nil {
			if errors.Is(o.err, update.ErrTimeless) {
				timeless++
			}
			s = r.keepsFacts(s, sight, update.Unread(name, o.err))
			continue
		}
		refreshed := o.Refreshed
		if len(refreshed.Project.Releases) > 0 {
			projects = append(projects, refreshed.Project)
		} else {
			gone = append(gone, name)
		}
		maps.Copy(s.policy.Gone, refreshed.Gone)
		for _, k := range refreshed.Doubtful {
			doubtful[k] = true
		}
		r.done.summary.HeldBack = append(r.done.summary.HeldBack, refreshed.Young...)
	}
	if len(o.Only) == 0 {
		r.goneOfLost(ctx, s, sight, pinnedIn)
	}
	s.facts = s.facts.With(projects...).Without(gone...)
	if s, err = r.missingMetadata(ctx, s, reading{doubtful, true}); err != nil {
		return err
	}
	switch adopted := slices.ContainsFunc(names, s.policy.Adopts); {
	case len(names) == 0 || adopted:
	case timeless == len(names):
		return finding.List{{Severity: finding.Error, Message: update.ErrTimeless.Error(),
			Hint: "update from an index that states them (PEP 700), or exempt projects in update.cooldown-exempt"}}
	default:
		r.findings = nil // they say the same of some
		return finding.List{{Severity: finding.Error, Message: "no project could be refreshed", Detail: update.Reasons(s.policy.Failed)}}
	}
	r.state = s
	return nil
}

// setOf returns a set of names.
func setOf(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// goneOfLost finds out which pinned releases are gone of projects whose facts were lost. The facts themselves are brought where
// those of pins are lacking.
func (r *Run) goneOfLost(ctx context.Context, s state, sight update.Sight, pinnedIn map[string]map[string][]string) {
	lost := slices.DeleteFunc(slices.Sorted(maps.Keys(pinnedIn)), func(name string) bool { return s.before[name] != nil || s.policy.Refreshed[name] })
	for _, o := range counted(r.meter, "fetching", "project", concurrentProjects, lost, itself, func(name string) (o refreshOutcome) {
		o.Refreshed, o.err = r.refreshed(ctx, sight, name, &registry.Project{Name: name}, pinnedIn[name])
		return o
	}) {
		if o.err == nil {
			maps.Copy(s.policy.Gone, o.Gone)
		}
	}
}

// A refreshOutcome holds the new facts of a project, or why it keeps those that it has.
type refreshOutcome struct {
	update.Refreshed
	err error
}

// refreshed returns the facts of a project by its page, if that is to be believed.
func (r *Run) refreshed(ctx context.Context, sight update.Sight, name string, known *registry.Project, pinnedIn map[string][]string) (update.Refreshed, error) {
	page, err := r.page(ctx, sight, name)
	if err == nil {
		err = snapshot.Shrunken(page, known)
	}
	if err != nil {
		return update.Refreshed{}, err
	}
	return sight.Refresh(page, known, pinnedIn), nil
}
