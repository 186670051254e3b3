// Package report describes what an update did, or what two commits differ in: as data, as lines for a terminal, and as
// Markdown for a pull request or a job.
//
// A [Summary] is for a reader who has one minute. All forms begin with what is asked of that reader ([Ask]), and name what
// needs a decision before what only moved. docs/summary.md documents the data.
//
// A [Summary] contains texts of others, such as the reason of a yank. It stores them unchanged. In Markdown each of them is
// code: it cannot add a link, mention a user, close an issue or break a table. [Parse] reads the data back and does not
// trust them either.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"toxgen/internal/display"
	"toxgen/internal/formats"
)

// Format is the version of the data that [Summary.JSON] returns. It is raised when a field gets another meaning or goes away,
// and not when one is added: programs that read the data ignore those that they do not know. [Parse] does not.
const Format = 1

// A Summary describes what an update did, or what two commits differ in.
type Summary struct {
	// From and To are the commits that are compared; an empty To is the tree. Both are empty in the summary of an update.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Asked is the time at which the update asked the index; it is zero in a summary of another origin.
	Asked time.Time `json:"asked,omitzero"`
	// Suites are the suites in which something changed, in the order of the configuration.
	Suites []Suite `json:"suites,omitempty"`
	// HeldBack are the releases that are too young to be adopted, sorted by project and version.
	HeldBack []HeldBack `json:"held-back,omitempty"`
	// Withdrawn are the pinned releases that the index no longer offers, sorted by project and version.
	Withdrawn []Withdrawn `json:"withdrawn,omitempty"`
	// New are the projects that no environment pinned before, sorted by name, and Left those that none pins any more.
	New  []Arrival `json:"new,omitempty"`
	Left []string  `json:"left,omitempty"`
	// Moves are the other projects whose pins moved: those first that need attention, then by name.
	Moves []Move `json:"moves,omitempty"`
	// Changed are the pinned releases of which the index has other files than before, sorted by project and version.
	Changed []Changed `json:"changed,omitempty"`
	// PassedOver are the releases that suites do not test because no pins were found for them.
	PassedOver []PassedOver `json:"passed-over,omitempty"`
	// NotAdopted are the releases whose metadata could not be read. Failed are the projects that kept their facts, and
	// the suites and the build requirements that kept their pins. Both are sorted by name.
	NotAdopted []Failed `json:"not-adopted,omitempty"`
	Failed     []Failed `json:"failed,omitempty"`
	// Retried are the temporary rules that expired and that the update removed, in the order of the configuration.
	Retried []Retried `json:"retried,omitempty"`
	// Warnings are what a maintainer should look at, such as holds and constraints that expired or have no effect.
	Warnings []Warning `json:"warnings,omitempty"`
	// Before and After are the size of the matrix.
	Before Size `json:"before"`
	After  Size `json:"after"`
}

// A Release is one release of a project.
type Release struct {
	Project string `json:"project"`
	Version string `json:"version"`
}

// The values of [Suite.Change].
const (
	Began = "began"
	Ended = "ended"
)

// A Suite describes what changed in one suite. Its environment of the lowest releases counts as one of its own.
type Suite struct {
	Name string `json:"name"`
	// Change is [Began] or [Ended] if the suite had no environments before, or has none now.
	Change string `json:"change,omitempty"`
	// In and Out are the releases that the suite now tests and no longer tests, in ascending order.
	In  []string `json:"in,omitempty"`
	Out []string `json:"out,omitempty"`
	// Notable are those of In with another major than all before, and pre-releases.
	Notable []string `json:"notable,omitempty"`
	// Newest is the number of pins that changed in environments of its newest picks, Older that in its other environments.
	Newest int `json:"newest,omitempty"`
	Older  int `json:"older,omitempty"`
	// Holds are the commands that hold back the releases of In.
	Holds []string `json:"holds,omitempty"`
	// Constraints are entries for `constraints:` in toxgen.yaml that keep the suite from pins that moved to another release:
	// those first that need attention, then those that moved in the fewest suites.
	Constraints []string `json:"constraints,omitempty"`
}

// An Arrival is a project that is new in the lock.
type Arrival struct {
	Project string `json:"project"`
	// Versions are the pinned releases, in ascending order, and Environments is the number of environments that pin one.
	Versions     []string `json:"versions"`
	Environments int      `json:"environments"`
	// RequiredBy are the releases, or the places of the configuration, that require it.
	RequiredBy []string `json:"required-by,omitempty"`
	// Since is the time of the oldest file that the index has of it; it is zero if the index does not state it.
	Since time.Time `json:"since,omitzero"`
}

// The values of [Move.Attention], the gravest first.
const (
	// Major is another major release, Prerelease a pre-release, and Backwards an older release than before.
	Major      = "major"
	Prerelease = "pre-release"
	Backwards  = "backwards"
)

// A Move is a project whose pins moved in some environments, of which the builds for a Python count as one.
type Move struct {
	Project string `json:"project"`
	// Attention is the reason to look at it: [Major], [Prerelease], [Backwards], or "" if there is none.
	Attention string `json:"attention,omitempty"`
	// Steps are the ways in which it moved, in ascending order.
	Steps []Step `json:"steps"`
	// Environments is the number of environments in which it moved, and Suites are the names of their suites.
	Environments int      `json:"environments"`
	Suites       []string `json:"suites"`
}

// A Step is a pin that moved from one release to another. From or To is empty if the environments did not pin the project
// before, or do not any more.
type Step struct {
	From         string `json:"from,omitempty"`
	To           string `json:"to,omitempty"`
	Environments int    `json:"environments"`
}

// A Changed is a pinned release of which the index has other files than before.
type Changed struct {
	Release
	// What are the changes, each in a few words with the name of a file in the registry.
	What []string `json:"what"`
	// Environments is the number of environments that pin it.
	Environments int `json:"environments"`
}

// A HeldBack is a release or a file that is younger than the cooldown.
type HeldBack struct {
	Release
	// File is the name of the file, if the release has older ones.
	File string `json:"file,omitempty"`
	// Uploaded is the time when its first file was uploaded; it is zero if the index does not state it. Adopted is the
	// earliest time at which it can be adopted.
	Uploaded time.Time `json:"uploaded,omitzero"`
	Adopted  time.Time `json:"adopted,omitzero"`
}

// A Withdrawn is a pinned release that was yanked or is gone from the index.
type Withdrawn struct {
	Release
	// Yanked reports whether it was yanked; otherwise it is gone. Reason is the reason of the yank.
	Yanked bool   `json:"yanked,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Environments is the number of environments that pinned it.
	Environments int `json:"environments"`
	// By are the releases that these environments pin now, in ascending order. It is empty if they no longer need the
	// project.
	By []string `json:"by,omitempty"`
	// Stays is the number of these environments in which it could not be replaced, and Why is the reason.
	Stays int    `json:"stays,omitempty"`
	Why   string `json:"why,omitempty"`
}

// A Failed names a project that kept its facts, or a suite or the build requirements that kept their pins, because an
// update of them failed. In Summary.NotAdopted it names a release.
type Failed struct {
	Name string `json:"name"`
	// Reason is one sentence, Detail has more lines, and Hint is what would help.
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// A PassedOver is a release that a suite does not test because no pins were found for it.
type PassedOver struct {
	Suite string `json:"suite"`
	Release
	// Before reports whether the suite passed it over before, too.
	Before bool `json:"before,omitempty"`
	// Failed gives the reason; its name is the Python for which no pins were found.
	Failed Failed `json:"why"`
}

// A Retried is a temporary hold or constraint that expired: the update tests without it.
type Retried struct {
	// Rule is the rule as triage names it, such as `flask ==3.1`.
	Rule string `json:"rule"`
	// Until was its last day, and Reason says why it was written.
	Until  string `json:"until"`
	Reason string `json:"reason,omitempty"`
	// Environments is the number of environments that now have what it kept out. If there are none, it is not needed any more.
	Environments int `json:"environments"`
}

// A Warning is one sentence about one place, with what would help.
type Warning struct {
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// A Size is the size of a matrix.
type Size struct {
	Releases     int `json:"releases"`
	Environments int `json:"environments"`
	Rows         int `json:"rows"`
}

// A document is the form of a summary as JSON.
type document struct {
	Format int `json:"format"`
	// Ask follows from the summary: who reads one back ignores it.
	Ask Ask `json:"ask"`
	*Summary
}

// JSON returns the summary as JSON, which may be printed too.
func (s *Summary) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(display.NewWriter(&b))
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(document{Format, s.Ask(plain), s}) // neither its types nor a buffer can fail
	return b.Bytes()
}

// Parse parses a summary that [Summary.JSON] returned. An unknown field is an error, and so is another format.
func Parse(data []byte) (*Summary, error) {
	d := document{Summary: &Summary{}}
	if err := formats.DecodeJSON("summary", data, "format", Format, &d); err != nil {
		return nil, err
	}
	if d.Format != Format {
		return nil, fmt.Errorf("a summary of format %d: this toxgen reads format %d", d.Format, Format)
	}
	return d.Summary, nil
}
