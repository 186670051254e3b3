package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/display"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/snapshot"
	"toxgen/internal/update"
)

// missingMetadata reads classifiers until selection lacks none that can be had. What selection asks for may depend
// on what it has learnt, so it is asked again after each round.
func (r *Run) missingMetadata(ctx context.Context, s state, how reading) (state, error) {
	if s.classified != nil && s.classified.Is(s.facts) && len(how.doubtful) == 0 {
		return s, ctx.Err()
	}
	r.meter.Doing("selecting what is tested")
	tried, failed := map[lock.Release]bool{}, map[lock.Release]error{}
	for {
		var round []release
		var lacking []classifiersOutcome
		want := func(project string, v pep440.Version) {
			if k := lock.ReleaseOf(project, v); !tried[k] {
				tried[k] = true
				round = append(round, release{project, v})
			}
		}
		selection := matrix.Select(r.config, s.facts, matrix.Before{})
		for _, l := range selection.Lacking {
			if l.Kind != matrix.Classifiers {
				continue
			}
			want(l.Project, l.Version)
			if err := failed[lock.ReleaseOf(l.Project, l.Version)]; err != nil {
				lacking = append(lacking, classifiersOutcome{release: release{l.Project, l.Version}, err: err})
			}
		}
		for project, versions := range selection.Matrix.Asked {
			for _, v := range versions {
				if how.doubtful[lock.ReleaseOf(project, v)] {
					want(project, v)
				}
			}
		}
		// An update can decline to adopt a release, but not what a project has that keeps its facts.
		declinable := slices.DeleteFunc(slices.Clone(lacking), func(o classifiersOutcome) bool { return !s.policy.IsUpdate() || s.policy.AsRecorded(o.project) })
		switch {
		case ctx.Err() != nil:
			return s, ctx.Err()
		case len(round) > 0:
			s = r.readClassifiers(ctx, s, round, how, failed)
		case len(declinable) > 0:
			s = r.unadopted(s, declinable, tried, failed, how.refreshing)
		default:
			for _, o := range lacking {
				r.unfetched(o.project, fmt.Errorf("%s %s: %w", o.project, o.version, o.err))
			}
			if len(lacking) == 0 {
				s.classified = s.facts
			}
			return s, nil
		}
	}
}

// A reading holds how classifiers are read.
type reading struct {
	// doubtful are releases whose classifiers are read again if selection asks for them.
	doubtful map[lock.Release]bool
	// refreshing is set as long as nothing was selected from the facts, so that a project may still keep those it had.
	refreshing bool
}

// release is one release whose classifiers are wanted.
type release struct {
	project string
	version pep440.Version
}

// A classifiersOutcome holds the classifiers of one release, or why they cannot be read.
type classifiersOutcome struct {
	release
	entry registry.Metadata
	err   error
}

// readClassifiers reads the classifiers of releases concurrently into the facts, and adds those that cannot be had to
// failed. Doubtful ones stay then.
func (r *Run) readClassifiers(ctx context.Context, s state, wanted []release, how reading, failed map[lock.Release]error) state {
	sight := r.sight(s)
	name := func(w release) string { return w.project + " " + w.version.String() }
	outcomes := counted(r.meter, "reading the classifiers of", "release", concurrentProjects, wanted, name, func(w release) classifiersOutcome {
		entry, err := r.classifiers(ctx, sight, w)
		return classifiersOutcome{w, entry, err}
	})
	changed := map[string][]registry.Release{}
	for _, o := range outcomes {
		k := lock.ReleaseOf(o.project, o.version)
		line := *s.facts.Release(o.project, o.version)
		lasting, unreadable := errors.AsType[*pypi.UnreadableError](o.err)
		switch {
		case o.err == nil:
			line.Unreadable = ""
			line.Metadata = snapshot.WithClassifiers(line.Metadata, o.entry)
		case unreadable && !(lasting.Missing && s.policy.IsUpdate()):
			line.Unreadable = display.Limit(lasting.Reason)
		case how.doubtful[k] && line.Classified() != nil: // what was read before is believed until it can be read again
			continue
		default:
			failed[k] = o.err
			continue
		}
		changed[o.project] = append(changed[o.project], line)
	}
	var projects []*registry.Project
	for name, releases := range changed {
		projects = append(projects, s.facts[name].With(releases...))
	}
	s.facts = s.facts.With(projects...)
	return s
}

// unadopted returns the state of an update in which releases that selection asks for, and whose classifiers cannot be had
// now, are not adopted: each keeps the line that it had, if selection can use that, else it has none. If none of several
// that were tried could be had, or no release of the project is left that selection can use, it is the project that keeps
// its facts.
func (r *Run) unadopted(s state, lacking []classifiersOutcome, tried map[lock.Release]bool, failed map[lock.Release]error, refreshing bool) state {
	byProject := map[string][]classifiersOutcome{}
	for _, o := range lacking {
		byProject[o.project] = append(byProject[o.project], o)
	}
	for _, name := range slices.Sorted(maps.Keys(byProject)) {
		next := s
		for _, o := range byProject[name] {
			if old := s.before.Release(name, o.version); old != nil && old.Classified() != nil {
				next.policy = next.policy.WithFrozen(name, o.version, update.Withheld(o.err))
				next.facts = next.facts.With(next.facts[name].With(*old))
			} else {
				next.policy = next.policy.WithMissing(name, o.version, update.Withheld(o.err))
				next.facts = next.facts.With(next.facts[name].Without(o.version))
			}
		}
		usable := slices.ContainsFunc(next.facts[name].Releases, func(l registry.Release) bool { return l.Classified() != nil || l.Unreadable != "" })
		count, had := 0, false
		for k := range tried {
			if k.Project == name {
				count, had = count+1, had || failed[k] == nil
			}
		}
		if s = next; refreshing && (!usable || count > 1 && !had) {
			s = r.keepsFacts(s, r.sight(s), report.Failed{Name: name, Reason: update.Withheld(byProject[name][0].err)})
		}
	}
	return s
}

// keepsFacts returns the state of an update in which a project keeps the facts that it had, for a reason. That it had
// none is an error.
func (r *Run) keepsFacts(s state, sight update.Sight, why report.Failed) state {
	s.policy = s.policy.WithFailed(why)
	known := s.before[why.Name]
	if kept := sight.Kept(known); kept != nil {
		s.facts = s.facts.With(kept)
	} else {
		s.facts = s.facts.Without(why.Name)
	}
	if known == nil {
		r.unfetched(why.Name, errors.New(why.Reason))
	}
	return s
}

// classifiers reads those of one release.
func (r *Run) classifiers(ctx context.Context, sight update.Sight, w release) (registry.Metadata, error) {
	page, err := r.mode.index.Project(ctx, w.project)
	if err != nil {
		return registry.Metadata{}, err
	}
	files := sight.Seen(page, w.version)
	if len(files) == 0 {
		return registry.Metadata{}, errors.New("the release is gone from the index, or too young to be adopted")
	}
	file := sight.Targets.Representative(files)
	read, err := r.mode.index.Metadata(ctx, file, pypi.Classifiers)
	if err != nil {
		return registry.Metadata{}, err
	}
	return sight.Targets.Classified(file, read.Classifiers), nil
}
