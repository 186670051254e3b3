package update

import (
	"maps"
	"slices"

	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/report"
)

// A Policy is what a run may see of the index, and which pins it moves. The zero Policy is that of a plain run, which
// adopts no new release of a project that it knows and moves no pin that holds. Policies are values: the methods that
// change one return another.
type Policy struct {
	Options
	// Refresh selects whose pins an update moves: newest (or empty), none or all.
	Refresh string
	// Refreshed are the projects whose facts this run takes anew from the index; nil in a plain run.
	Refreshed map[string]bool
	// Failed holds the projects of Refreshed that keep their facts all the same, by name, with the reasons.
	Failed map[string]report.Failed
	// Frozen are releases that keep their lines, and are seen as these say; Missing are releases that are not seen because
	// their metadata cannot be had. Both say why.
	Frozen, Missing map[lock.Release]report.Failed
	// ByHand are releases that a person pinned: they are brought whatever their age.
	ByHand map[lock.Release]bool
	// Gone are releases that were pinned before and that the index does not offer any more.
	Gone map[lock.Release]*Gone
}

// Gone is a release that was pinned before and that the index does not offer any more.
type Gone struct {
	report.Withdrawn
	// In are the environments that pinned it.
	In []string
}

// IsUpdate reports whether the run is an update.
func (p Policy) IsUpdate() bool { return p.Refreshed != nil }

// Adopts reports whether the run takes the facts of a project anew from the index.
func (p Policy) Adopts(project string) bool {
	_, failed := p.Failed[project]
	return p.Refreshed[project] && !failed
}

// AsRecorded reports whether a project is seen as the registry has it, because its page cannot be had.
func (p Policy) AsRecorded(project string) bool {
	_, failed := p.Failed[project]
	return failed
}

// Afresh serves lock.Policy: what users install today is resolved afresh by each update.
func (p Policy) Afresh(e matrix.Environment) bool {
	switch {
	case !p.IsUpdate():
		return false
	case e.Suite.Config != nil && !p.Adopts(e.Suite.Config.Package.Key), e.Suite.Config == nil && !p.whole():
		return false
	case p.Upgrade || p.Refresh == "all":
		return true
	default:
		return p.Refresh != "none" && e.Pick.IsCurrent()
	}
}

// AfreshBuilds serves lock.Policy.
func (p Policy) AfreshBuilds() bool {
	return p.IsUpdate() && p.whole() && (p.Refresh != "none" || p.Upgrade)
}

// Prefers serves lock.Policy.
func (p Policy) Prefers() bool { return !p.Upgrade }

// Withdrawn serves lock.Policy.
func (p Policy) Withdrawn(project string, v pep440.Version) bool {
	return p.Gone[lock.ReleaseOf(project, v)] != nil
}

// WithFailed returns the policy with one more project that keeps its facts: then none of its releases is gone.
func (p Policy) WithFailed(f report.Failed) Policy {
	p.Failed = with(p.Failed, f.Name, f)
	p.Gone = maps.Clone(p.Gone)
	maps.DeleteFunc(p.Gone, func(k lock.Release, _ *Gone) bool { return k.Project == f.Name })
	p.Frozen, p.Missing = withoutProject(p.Frozen, f.Name), withoutProject(p.Missing, f.Name)
	return p
}

func withoutProject(m map[lock.Release]report.Failed, project string) map[lock.Release]report.Failed {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(k lock.Release, _ report.Failed) bool { return k.Project == project })
	return m
}

// Withheld returns the reason why a release is not adopted whose metadata the index does not hand out.
func Withheld(err error) string {
	return "its metadata cannot be fetched now: " + err.Error()
}

// WithMissing returns the policy with one more release whose metadata cannot be had.
func (p Policy) WithMissing(project string, v pep440.Version, reason string) Policy {
	p.Missing = withRelease(p.Missing, project, v, reason)
	return p
}

// WithFrozen returns the policy with one more release that keeps its line.
func (p Policy) WithFrozen(project string, v pep440.Version, reason string) Policy {
	p.Frozen = withRelease(p.Frozen, project, v, reason)
	return p
}

func withRelease(m map[lock.Release]report.Failed, project string, v pep440.Version, reason string) map[lock.Release]report.Failed {
	return with(m, lock.ReleaseOf(project, v), report.Failed{Name: project + " " + v.String(), Reason: reason})
}

// with returns a map with one more entry.
func with[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	m = maps.Clone(m)
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}

// sortedReleases returns the keys of a map by project and version.
func sortedReleases[V any](m map[lock.Release]V) []lock.Release {
	return slices.SortedFunc(maps.Keys(m), compareReleases)
}

func compareReleases(a, b lock.Release) int {
	if a.Project != b.Project {
		if a.Project < b.Project {
			return -1
		}
		return 1
	}
	return pep440.MustParse(a.Version).Compare(pep440.MustParse(b.Version))
}
