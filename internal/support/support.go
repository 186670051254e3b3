// Package support describes what an SDK is tested with: for each suite and Python the releases, how far the newest of them is
// behind the newest that is known, which free-threaded builds are supported, and what is held back, with the reason.
//
// A [Table] is a function of the configuration, the facts and the matrix. There is no clock in it: days are those between the
// uploads of two releases. It is written as Markdown, as JSON and as a page of HTML, each with the same bytes for the same
// table. Files of the first two kinds are known by a mark in their first lines ([IsMarkdown], [IsJSON]).
//
// A table contains texts of others, such as versions and reasons. It stores them unchanged. They are code in Markdown, and
// text in HTML, which nothing executes.
package support

import (
	"slices"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// A Table is the support table of an SDK.
type Table struct {
	// Project is the name of the SDK.
	Project string
	// Program is the command by which the project runs toxgen.
	Program display.Program
	// NewestUpload is the latest upload among the known releases that the index did not yank; it is zero if there is none.
	NewestUpload time.Time
	// Pythons are all that are declared, in ascending order.
	Pythons []Python
	// Held is what is held back in every suite.
	Held []Held
	// Suites are in the order of the groups; those that are in no group come last.
	Suites []Suite
}

// A Python is a declared Python.
type Python struct {
	// Python is its name, such as `3.14t`, and Release the exact release, such as `3.14.4t`.
	Python  string `json:"python"`
	Release string `json:"release"`
	// Platform is the machine that its environments are for, such as `linux x86_64 glibc-2.28`.
	Platform string `json:"platform"`
}

// A Suite is what one suite tests. Without a project it is static.
type Suite struct {
	Name  string `json:"name"`
	Group string `json:"group,omitempty"`
	// Of is the suite of which it is a variant, or whose lowest releases it tests.
	Of string `json:"of,omitempty"`
	// Lowest reports whether it is the environment of Of with the lowest releases that the SDK and the suite admit.
	Lowest bool `json:"lowest,omitempty"`
	// Project is the project that it follows, with extras. Minimum is the oldest release that may be tested, and releases
	// from Maximum on are not tested; both may be empty.
	Project string `json:"project,omitempty"`
	Minimum string `json:"minimum,omitempty"`
	Maximum string `json:"maximum,omitempty"`
	// Releases are those that are tested, in ascending order, a pre-release last.
	Releases []Release `json:"releases,omitempty"`
	// Newest is the newest stable release that is tested, or the newest one if none is stable.
	Newest string `json:"newest-tested,omitempty"`
	// Known is the newest stable release that is known and not yanked, or the newest one if none is stable. It is nil if
	// none is known, and in a suite of lowest releases.
	Known *Known `json:"newest-known,omitempty"`
	// Days is the number of whole days from the upload of Newest to that of Known. It is negative if Newest was uploaded
	// after Known, and nil if one of these times is not known.
	Days *int `json:"days,omitempty"`
	// Pythons are those on which it is tested, in ascending order.
	Pythons []Tested `json:"pythons"`
	// FreeThreaded has an answer for each declared free-threaded build: is the newest release tested on it?
	FreeThreaded []FreeThreaded `json:"free-threaded,omitempty"`
	Held         []Held         `json:"held,omitempty"`
}

// A Release is a release with the time when its first file was uploaded, which is zero if the index did not state it.
type Release struct {
	Version  string    `json:"version"`
	Uploaded time.Time `json:"uploaded,omitzero"`
}

// A Known is a known release. If it is not tested, Why is the reason.
type Known struct {
	Release
	Why string `json:"why,omitempty"`
}

// A Tested is what a suite tests on one Python.
type Tested struct {
	Python string `json:"python"`
	// Releases, Newest and Days are like those of the suite. A static suite has none of them.
	Releases []string `json:"releases,omitempty"`
	Newest   string   `json:"newest-tested,omitempty"`
	Days     *int     `json:"days,omitempty"`
}

// A FreeThreaded is a free-threaded build, such as `3.14t`. If the suite is not tested on it, Why is the reason, if one is known.
type FreeThreaded struct {
	Python string `json:"python"`
	Tested bool   `json:"tested"`
	Why    string `json:"why,omitempty"`
}

// A Kind is what holds something back.
type Kind string

// The kinds of what holds something back.
const (
	Hold       Kind = "hold"        // excludes releases of the suite's project
	Constraint Kind = "constraint"  // restricts a project wherever it is installed
	Disabled   Kind = "disabled"    // the suite has no environments
	PassedOver Kind = "passed over" // no pins were found for a release
	MayFail    Kind = "may fail"    // environments whose failure is ignored
)

// A Held is something that is held back.
type Held struct {
	Kind Kind `json:"kind"`
	// What is the specifier of a hold, the requirement of a constraint, or the release that was passed over.
	What string `json:"what,omitempty"`
	// Pythons are those for which it holds. If there are none, it holds for all.
	Pythons []string `json:"pythons,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	// Issue is the URL of the issue that tracks it, and Until the last day, such as `2027-01-31`.
	Issue string `json:"issue,omitempty"`
	Until string `json:"until,omitempty"`
}

// New returns the support table of a matrix that was selected from a configuration and facts.
func New(c *config.Config, facts registry.Facts, m *matrix.Matrix) *Table {
	t := &Table{Project: c.Project.Name.Text, Program: c.Program(), Held: constraints(c, func(k *config.Constraint) bool { return len(k.Suites) == 0 })}
	for _, p := range c.Targets() {
		t.Pythons = append(t.Pythons, Python{p.Version.Short(), p.Version.Install(), p.Platform.String()})
	}
	for _, name := range c.Followed() {
		for _, r := range facts.Project(name).Releases {
			if !r.Yanked.Is && r.Uploaded.After(t.NewestUpload) {
				t.NewestUpload = r.Uploaded
			}
		}
	}
	grouped := map[string]bool{}
	for _, g := range m.Groups {
		for _, suite := range g.Suites {
			grouped[suite.Name] = true
			t.Suites = append(t.Suites, newSuite(c, facts, suite, g.Name))
		}
	}
	for _, suite := range m.Suites {
		if !grouped[suite.Name] {
			t.Suites = append(t.Suites, newSuite(c, facts, suite, ""))
		}
	}
	return t
}

// newSuite returns what a suite of a group tests.
func newSuite(c *config.Config, facts registry.Facts, suite *matrix.Suite, group string) Suite {
	s := Suite{Name: suite.Name, Group: group, Of: suite.Base, Lowest: suite.Lowest, Held: held(c, suite)}
	newest := newestPick(suite.Picks)
	if suite.Config == nil {
		s.Pythons = tested(c, suite, nil, nil)
		if !suite.Lowest {
			s.FreeThreaded = freeThreaded(c, newest, nil)
		}
		return s
	}
	project := facts.Project(suite.Config.Package.Key)
	s.Project, s.Minimum, s.Maximum = suite.Config.Package.String(), suite.Config.Minimum.String(), suite.Config.Maximum.String()
	for _, pick := range suite.Picks {
		s.Releases = append(s.Releases, releaseOf(project, pick.Version))
	}
	if newest != nil {
		s.Newest = newest.Version.String()
	}
	if suite.Lowest {
		s.Pythons = tested(c, suite, project, nil)
		return s
	}
	known := newestKnown(project)
	if known != nil {
		s.Known, s.Days = &Known{releaseOf(project, known.Version), whyNot(suite, known.Version)}, days(project, newest, known)
	}
	s.Pythons = tested(c, suite, project, known)
	if newest != nil {
		_, decisions := matrix.Pythons(c, facts, suite.Name, newest.Version)
		s.FreeThreaded = freeThreaded(c, newest, decisions)
	}
	return s
}

// releaseOf returns a release of a project, which need not be known.
func releaseOf(project *registry.Project, v pep440.Version) Release {
	r := Release{Version: v.String()}
	if known := project.Release(v); known != nil {
		r.Uploaded = known.Uploaded
	}
	return r
}

// newestPick returns the newest stable pick, or the newest one if none is stable. It is nil if there are no picks.
func newestPick(picks []matrix.Pick) *matrix.Pick {
	return newestOf(picks, func(p *matrix.Pick) (pep440.Version, bool) { return p.Version, true })
}

// newestKnown returns the newest stable release that is not yanked, or the newest one if none is stable. Development releases
// do not count. It is nil if there is no release.
func newestKnown(project *registry.Project) *registry.Release {
	return newestOf(project.Releases, func(r *registry.Release) (pep440.Version, bool) { return r.Version, !r.Yanked.Is && !r.Version.IsDev() })
}

// newestOf returns the newest stable element of an ascending list, or the newest one if none is stable. It is nil if no element counts.
func newestOf[T any](list []T, versionOf func(*T) (v pep440.Version, counts bool)) *T {
	var newest *T
	stable := false
	for i := range list {
		v, counts := versionOf(&list[i])
		if counts && (newest == nil || !stable || !v.IsPrerelease()) {
			newest, stable = &list[i], !v.IsPrerelease()
		}
	}
	return newest
}

// whyNot returns the rule because of which a suite does not test a release, with its detail. It is "" if the suite tests it, or
// if nothing was decided.
func whyNot(suite *matrix.Suite, v pep440.Version) string {
	i := slices.IndexFunc(suite.Decisions, func(d matrix.Decision) bool { return d.Version.Equal(v) })
	if i < 0 || suite.Decisions[i].Rule == matrix.RulePicked {
		return ""
	}
	why := string(suite.Decisions[i].Rule)
	if detail := suite.Decisions[i].Detail; detail != "" {
		why += ": " + detail
	}
	return why
}

// days returns the number of whole days between the uploads of two releases, or nil if one is not known.
func days(project *registry.Project, newest *matrix.Pick, known *registry.Release) *int {
	if newest == nil || known == nil || known.Uploaded.IsZero() {
		return nil
	}
	from := project.Release(newest.Version)
	if from == nil || from.Uploaded.IsZero() {
		return nil
	}
	whole := int(known.Uploaded.Sub(from.Uploaded) / (24 * time.Hour))
	return &whole
}

// tested returns what a suite tests on each of its Pythons. The project is nil for a static suite.
func tested(c *config.Config, suite *matrix.Suite, project *registry.Project, known *registry.Release) []Tested {
	all := []Tested{}
	for _, p := range c.Interpreters() {
		var picks []matrix.Pick
		for _, pick := range suite.Picks {
			if slices.Contains(pick.Pythons, p) {
				picks = append(picks, pick)
			}
		}
		if len(picks) == 0 {
			continue
		}
		one := Tested{Python: p.Short()}
		if project != nil {
			newest := newestPick(picks)
			one.Newest, one.Days = newest.Version.String(), days(project, newest, known)
			for _, pick := range picks {
				one.Releases = append(one.Releases, pick.Version.String())
			}
		}
		all = append(all, one)
	}
	return all
}

// freeThreaded returns the answers for the declared free-threaded builds about a pick, which may be nil, with the reasons that
// decisions about its release state.
func freeThreaded(c *config.Config, pick *matrix.Pick, decisions []matrix.PythonDecision) []FreeThreaded {
	var all []FreeThreaded
	for _, p := range c.Interpreters() {
		if !p.FreeThreaded || pick == nil {
			continue
		}
		one := FreeThreaded{Python: p.Short(), Tested: slices.Contains(pick.Pythons, p)}
		if i := slices.IndexFunc(decisions, func(d matrix.PythonDecision) bool { return d.Python == p }); i >= 0 && !one.Tested {
			one.Why = decisions[i].Why
		}
		all = append(all, one)
	}
	return all
}

// held returns what is held back in a suite, but not in every suite.
func held(c *config.Config, suite *matrix.Suite) []Held {
	var all []Held
	var disabled *config.Disabled
	switch {
	case suite.Static != nil:
		disabled = suite.Static.Disabled
	case !suite.Lowest:
		disabled = suite.Config.Disabled
		for _, h := range suite.Config.Hold {
			all = append(all, newHeld(Hold, h.Exclude.String(), h.Exception))
		}
	}
	if disabled != nil {
		all = append(all, newHeld(Disabled, "", disabled.Exception))
	}
	for _, p := range suite.PassedOver {
		all = append(all, Held{Kind: PassedOver, What: p.Version.String(), Pythons: []string{p.Python}, Reason: p.Reason})
	}
	all = append(all, constraints(c, func(k *config.Constraint) bool {
		return slices.ContainsFunc(k.Suites, func(n config.Name) bool { return suite.IsNamed(n.Text) })
	})...)
	if may := suite.Own.MayFail; may != nil {
		all = append(all, newHeld(MayFail, "", may.Exception, may.Pythons...))
	}
	return all
}

// constraints returns the constraints that a function chooses.
func constraints(c *config.Config, chosen func(*config.Constraint) bool) []Held {
	var all []Held
	for i := range c.Constraints {
		if k := &c.Constraints[i]; chosen(k) {
			all = append(all, newHeld(Constraint, k.Requirement.Requirement.String(), k.Exception, k.When...))
		}
	}
	return all
}

// newHeld returns what is held back by an exception.
func newHeld(kind Kind, what string, e config.Exception, pythons ...config.Interpreter) Held {
	h := Held{Kind: kind, What: what, Reason: e.Reason, Issue: e.Issue}
	for _, p := range pythons {
		h.Pythons = append(h.Pythons, p.Short)
	}
	if !e.Until.IsZero() {
		h.Until = e.Until.Format(time.DateOnly)
	}
	return h
}
