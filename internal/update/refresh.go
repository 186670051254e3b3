package update

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/snapshot"
)

// Refreshed holds the new facts of one project, and what the summary reports of it.
type Refreshed struct {
	// Project are its facts; metadata that do not hold any more are not among them.
	Project *registry.Project
	// Gone are the releases that were pinned and that the page does not offer.
	Gone map[lock.Release]*Gone
	// Young are releases that are too young to be adopted, and files of others that are, ascending.
	Young []report.HeldBack
	// Doubtful are releases of which a file may be another than the one that was known.
	Doubtful []lock.Release
}

// Refresh returns the facts of a project by its page. known are those that it had, or nil; pinnedIn are the
// environments that pin a release of it, by the canonical text of the version. Of a project that no suite follows only
// the releases that were known stay.
//
// A release that is pinned and has no file which is old enough, as a person pinned it, keeps its line.
func (s Sight) Refresh(page *pypi.Project, known *registry.Project, pinnedIn map[string][]string) Refreshed {
	admits := s.Admits(page.Name)
	followed := s.followed[page.Name]
	r := Refreshed{Project: &registry.Project{Name: page.Name}, Gone: s.gone(page, known, pinnedIn), Young: s.young(page, known)}
	for i := range slices.Backward(page.Releases) {
		v := page.Releases[i].Version
		var old *registry.Release
		if known != nil {
			old = known.Release(v)
		}
		if !followed && old == nil && known != nil {
			continue // of the hundreds of releases of a dependency a few are pinned
		}
		files := snapshot.Files(page, v, admits)
		if len(files) == 0 {
			if old != nil && !followed && s.policy.Before == nil && pinnedIn[v.Canonical()] != nil {
				r.Project.Releases = append(r.Project.Releases, *old)
			}
			continue
		}
		line := s.Targets.Line(files)
		if old != nil {
			carried := s.Targets.Carry(old, files)
			line.Verdicts, line.Metadata = old.Verdicts, carried.Metadata
			if carried.Doubtful {
				r.Doubtful = append(r.Doubtful, lock.ReleaseOf(page.Name, line.Version))
			}
		}
		r.Project.Releases = append(r.Project.Releases, line)
	}
	return r
}

// Kept returns the facts that a project keeps because its page cannot be had: but for what did not exist at the time
// that an update was asked for. The result is nil if nothing is left.
func (s Sight) Kept(known *registry.Project) *registry.Project {
	if known == nil || s.policy.Before == nil {
		return known
	}
	kept := &registry.Project{Name: known.Name}
	for _, release := range known.Releases {
		if !release.Uploaded.After(*s.policy.Before) {
			kept.Releases = append(kept.Releases, release)
		}
	}
	if len(kept.Releases) == 0 {
		return nil
	}
	return kept
}

// gone returns the releases that were pinned in some environments and that a page does not offer. One that did not exist
// at the time that an update was asked for is not among them: its pins go anyway.
func (s Sight) gone(page *pypi.Project, known *registry.Project, pinnedIn map[string][]string) map[lock.Release]*Gone {
	all := map[lock.Release]*Gone{}
	for v, in := range pinnedIn {
		there := page.Release(pep440.MustParse(v))
		if old := release(known, v); s.policy.Before != nil && old != nil && old.Uploaded.After(*s.policy.Before) {
			continue
		}
		if there == nil && release(known, v) == nil {
			continue // the index never had it, as far as is known
		}
		g := &Gone{report.Withdrawn{Release: report.Release{Project: page.Name, Version: v}, Environments: len(in)}, in}
		if there != nil {
			line := s.Targets.Line(page.Files(there))
			if !line.Yanked.Is {
				continue
			}
			g.Version, g.Yanked, g.Reason = line.Version.String(), true, line.Yanked.Reason
		}
		all[lock.Release{Project: page.Name, Version: v}] = g
	}
	return all
}

// release returns the known release of a version, or nil.
func release(known *registry.Project, version string) *registry.Release {
	if known == nil {
		return nil
	}
	return known.Release(pep440.MustParse(version))
}

// young returns the releases of a page that are too young to be adopted, and the files that are of releases which are not:
// of a project that no suite follows only those of releases that were known.
func (s Sight) young(page *pypi.Project, known *registry.Project) []report.HeldBack {
	if s.policy.Before != nil {
		return nil // nothing is held back: that time stands in place of the cooldown
	}
	admits, followed := s.Admits(page.Name), s.followed[page.Name]
	var held []report.HeldBack
	for i := range slices.Backward(page.Releases) {
		files := page.Files(&page.Releases[i])
		if !slices.ContainsFunc(files, func(f *pypi.File) bool { return !admits(f) }) {
			continue // as almost always
		}
		line := s.Targets.Line(files)
		hold := func(file string, uploaded time.Time) {
			h := report.HeldBack{Release: report.Release{Project: page.Name, Version: line.Version.String()}, File: file, Uploaded: uploaded}
			if !uploaded.IsZero() {
				h.Adopted = uploaded.Add(s.config.Update.Cooldown.Duration)
			}
			held = append(held, h)
		}
		switch {
		case !slices.ContainsFunc(files, admits):
			hold("", line.Uploaded)
		case followed || known != nil && known.Release(line.Version) != nil:
			slices.SortFunc(files, func(a, b *pypi.File) int { return strings.Compare(a.Filename, b.Filename) })
			for _, f := range files {
				if name := s.Targets.FileName(f); name != "" && !admits(f) {
					hold(f.Filename, f.Uploaded.UTC())
				}
			}
		}
	}
	return held
}

// Unread returns the report of a project whose page cannot be had or is not to be believed.
func Unread(name string, err error) report.Failed {
	f := report.Failed{Name: name, Reason: err.Error()}
	shrunken, isShrunken := errors.AsType[*snapshot.ShrunkenError](err)
	switch {
	case errors.Is(err, pypi.ErrNotFound):
		f.Hint = "if it is gone for good, disable or remove its suites"
	case isShrunken && !shrunken.Yanked:
		f.Hint = fmt.Sprintf("if they are gone for good, delete %s: the next run fetches the project anew", registry.Path(name))
	}
	return f
}

// Reasons returns failures as lines, by name.
func Reasons(failed map[string]report.Failed) []string {
	var lines []string
	for _, f := range failures(failed) {
		lines = append(lines, f.Name+": "+f.Reason)
	}
	return lines
}
