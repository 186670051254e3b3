package pipeline

import (
	"time"

	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/report"
)

// movement is what an update set out with, and what went wrong in it.
type movement struct {
	Update
	facts registry.Facts
	// scope are the projects that it refreshes, those among them that suites follow and those that are only pinned.
	scope map[string]bool
	// failed says of projects, by name, why they kept their facts; kept, of suites and builds, why they kept their pins.
	failed, kept map[string]report.Failed
	// unread are those of failed whose pages could not be had, or are not to be believed.
	unread map[string]bool
	// back are the projects of suites that could not be selected or resolved with the new facts.
	back map[string]report.Failed
	// withdrawn are releases, by project and version, that were pinned before and that the index does not offer any more.
	withdrawn map[string]*withdrawn
	replaced  []report.Release
	heldBack  []report.HeldBack
}

// before is the time whose result an update was asked for, else nil.
func (r *Run) before() *time.Time {
	if r.update == nil {
		return nil
	}
	return r.update.Before
}

// upgrades says whether every environment is to be resolved afresh.
func (r *Run) upgrades() bool { return r.update != nil && r.update.Upgrade }

// whole says that an update is not confined to some suites: static ones and builds move too.
func (m *movement) whole() bool { return len(m.Only) == 0 }

// adopts says whether a project is refreshed and did not fail.
func (m *movement) adopts(project string) bool {
	_, failed := m.failed[project]
	return m.scope[project] && !failed
}

// keeps says whether a suite kept its pins because it could not be resolved.
func (m *movement) keeps(suite string) bool {
	_, kept := m.kept[suite]
	return kept
}

// failedFor is why somebody keeps what it had.
func failedFor(name string, f finding.Finding) report.Failed {
	return report.Failed{Name: name, Reason: f.Message, Detail: f.Detail, Hint: f.Hint}
}

// holdBack notes a suite that could not be selected or resolved: its project has to go back to the facts that it had,
// with all suites that share it.
func (m *movement) holdBack(suite *matrix.Suite, f finding.Finding) {
	why := failedFor(suite.Name, f)
	if suite.Config != nil && m.adopts(suite.Config.Package.Key) {
		why.Name = suite.Config.Package.Key
		m.back[why.Name] = why
		return
	}
	m.kept[suite.Name] = why
}
