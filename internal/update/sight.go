package update

import (
	"errors"
	"fmt"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/snapshot"
)

// A Sight decides which files of the index a run sees.
type Sight struct {
	policy Policy
	config *config.Config
	now    time.Time
	// facts are the facts of the run.
	facts registry.Facts
	// followed are the projects that suites follow.
	followed map[string]bool
	// Targets are the declared Pythons.
	Targets snapshot.Targets
}

// NewSight returns what a run sees that began at a moment, by what its registry has.
func NewSight(p Policy, c *config.Config, now time.Time, facts registry.Facts) Sight {
	s := Sight{policy: p, config: c, now: now, facts: facts, followed: map[string]bool{}, Targets: snapshot.NewTargets(c.Targets()...)}
	for _, project := range c.Followed() {
		s.followed[project] = true
	}
	return s
}

// Admits returns the filter of a project's files by their age: those that the cooldown lets through, or that existed at
// the moment that an update was asked for. A file without an upload time is too young unless its project is exempt.
func (s Sight) Admits(project string) snapshot.Filter {
	if s.policy.Before != nil {
		return uploadedBefore(*s.policy.Before, false)
	}
	for _, exempt := range s.config.Update.CooldownExempt {
		if pep508.NormalizeName(exempt.Text) == project {
			return uploadedBefore(s.now, true)
		}
	}
	return uploadedBefore(s.now.Add(-s.config.Update.Cooldown.Duration), false)
}

func uploadedBefore(moment time.Time, exempt bool) snapshot.Filter {
	return func(f *pypi.File) bool {
		if f.Uploaded.IsZero() {
			return exempt
		}
		return !f.Uploaded.After(moment)
	}
}

// Hides returns a function that takes the files of one release of a project, and returns for each why it must not be seen;
// that is empty for a file that is seen.
//
// Of a project that a suite follows only the known releases are seen: new ones come by an update. A release that has no
// file which is old enough is seen all the same if a person pinned it, or if the registry has it, this run does not
// refresh its project, and its files have not all been replaced by later ones. One that has such a file never shows a
// younger one.
func (s Sight) Hides(project string) func(release []*pypi.File) []string {
	admits := s.Admits(project)
	adopted := !s.policy.Adopts(project)
	return func(release []*pypi.File) []string {
		reasons := make([]string, len(release))
		if len(release) == 0 {
			return reasons
		}
		v := release[0].Version
		k := lock.ReleaseOf(project, v)
		line := s.facts.Release(project, v)
		original, aged := false, false // whether a file is not younger than what the registry has, and whether one is old enough
		for _, f := range release {
			original = original || line != nil && (line.Uploaded.IsZero() || !f.Uploaded.After(line.Uploaded))
			aged = aged || admits(f)
		}
		exempt := !aged && (s.policy.ByHand[k] || adopted && original)
		failed, missing := s.policy.Missing[k]
		unknown := s.followed[project] && s.facts[project] != nil && line == nil && !s.policy.ByHand[k]
		for i, f := range release {
			switch {
			case missing:
				reasons[i] = failed.Reason
			case unknown:
				reasons[i] = "it was not there at the last update of the project"
			case exempt || admits(f):
			case f.Uploaded.IsZero():
				reasons[i] = "the index does not say when it was uploaded"
			case s.policy.Before != nil:
				reasons[i] = "it was uploaded at " + f.Uploaded.UTC().Format(time.RFC3339)
			default:
				reasons[i] = "it is younger than the cooldown, uploaded at " + f.Uploaded.UTC().Format(time.RFC3339)
			}
		}
		return reasons
	}
}

// Seen returns the files of a release of a page that are seen.
func (s Sight) Seen(page *pypi.Project, v pep440.Version) []*pypi.File {
	files := page.Files(page.Release(v))
	var seen []*pypi.File
	for i, reason := range s.Hides(page.Name)(files) {
		if reason == "" {
			seen = append(seen, files[i])
		}
	}
	return seen
}

// ErrTimeless is the error of an index that does not state when files were uploaded.
var ErrTimeless = errors.New("the index states no upload times, so that nothing is old enough to be adopted")

// NothingAdmitted explains why no release of a page counts.
func (s Sight) NothingAdmitted(page *pypi.Project) error {
	earliest := page.Since
	switch {
	case len(page.Releases) == 0:
		return errors.New("the index has no file of it that is a wheel or a source distribution")
	case earliest.IsZero():
		return fmt.Errorf("%w; exempt it in update.cooldown-exempt", ErrTimeless)
	case s.policy.Before != nil:
		return fmt.Errorf("its first file was uploaded at %s", earliest.UTC().Format(time.RFC3339))
	default:
		return fmt.Errorf("every release is younger than the cooldown: the first can be adopted after %s",
			earliest.Add(s.config.Update.Cooldown.Duration).UTC().Format(time.RFC3339))
	}
}
