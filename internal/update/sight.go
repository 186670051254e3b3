package update

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/pep508"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/snapshot"
	"toxgen/internal/wheel"
)

// A Sight decides which files of the index a run sees.
type Sight struct {
	policy Policy
	config *config.Config
	now    time.Time
	// facts are the facts of the run.
	facts registry.Facts
	// newestFirst are the tags of the declared Pythons.
	newestFirst []*wheel.Tags
}

// NewSight returns what a run sees that began at a moment, by what its registry has.
func NewSight(p Policy, c *config.Config, now time.Time, facts registry.Facts) Sight {
	s := Sight{policy: p, config: c, now: now, facts: facts}
	for _, python := range slices.Backward(c.Interpreters()) {
		s.newestFirst = append(s.newestFirst, wheel.Compatible(python, c.Target()))
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

// Hides returns a function that tells why a file on a project's page must not be seen; its result is empty for a file
// that is seen.
//
// Of a project that a suite follows only the known releases are seen: new ones come by an update. A release that has no
// file which is old enough is seen all the same if a person pinned it, or if the registry has it, this run does not
// refresh its project, and its files have not all been replaced by later ones. One that has such a file never shows a
// younger one.
func (s Sight) Hides(page *pypi.Project) func(*pypi.File) string {
	name := page.Name
	admits := s.Admits(name)
	var known *registry.Project
	if slices.Contains(s.config.Followed(), name) {
		known = s.facts[name]
	}
	// having returns the releases that have a file which counts.
	having := func(counts snapshot.Filter) func() map[lock.Release]bool {
		return sync.OnceValue(func() map[lock.Release]bool {
			releases := map[lock.Release]bool{}
			for i := range page.Files {
				if f := &page.Files[i]; counts(f) {
					releases[lock.ReleaseOf(name, f.Version)] = true
				}
			}
			return releases
		})
	}
	aged := having(admits)
	original := having(func(f *pypi.File) bool { // it is not younger than what the registry has
		line := s.facts.Release(name, f.Version)
		return line != nil && (line.Uploaded.IsZero() || !f.Uploaded.After(line.Uploaded))
	})
	adopted := !s.policy.Adopts(name)
	return func(f *pypi.File) string {
		k := lock.ReleaseOf(name, f.Version)
		exempt := s.policy.ByHand[k] || adopted && original()[k]
		switch failed, missing := s.policy.Missing[k]; {
		case missing:
			return failed.Reason
		case known != nil && !s.policy.ByHand[k] && known.Release(f.Version) == nil:
			return "it was not there at the last `mage update` of the project"
		case admits(f), exempt && !aged()[k]:
			return ""
		case f.Uploaded.IsZero():
			return "the index does not say when it was uploaded"
		case s.policy.Before != nil:
			return "it was uploaded at " + f.Uploaded.UTC().Format(time.RFC3339)
		default:
			return "it is younger than the cooldown, uploaded at " + f.Uploaded.UTC().Format(time.RFC3339)
		}
	}
}

// Sees returns the filter of the files that are seen on a page.
func (s Sight) Sees(page *pypi.Project) snapshot.Filter {
	hides := s.Hides(page)
	return func(f *pypi.File) bool { return hides(f) == "" }
}

// Representative returns the file whose classifiers stand for a release.
func (s Sight) Representative(files []*pypi.File) *pypi.File {
	return snapshot.Representative(files, s.newestFirst)
}

// ErrTimeless is the error of an index that does not state when files were uploaded.
var ErrTimeless = errors.New("the index states no upload times, so that nothing is old enough to be adopted")

// NothingAdmitted explains why no release of a page counts.
func (s Sight) NothingAdmitted(page *pypi.Project) error {
	earliest := snapshot.Since(page)
	switch {
	case len(page.Files) == 0:
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
