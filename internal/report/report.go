// Package report describes what an update did: as data, as lines for a terminal, and as Markdown for a pull request.
//
// A [Summary] contains texts of others, such as the reason of a yank. It stores them unchanged. In Markdown each of them is
// code: it cannot add a link, mention a user, close an issue or break a table. [Parse] reads the data back and does not
// trust them either.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"toxgen/internal/display"
)

// A Summary describes what an update did.
type Summary struct {
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
	// Moves are the pins that moved, of projects that are neither new nor left: those first that need attention, then by
	// project.
	Moves []Move `json:"moves,omitempty"`
	// Changed are the pinned releases of which the index has other files than before, sorted by project and version.
	Changed []Changed `json:"changed,omitempty"`
	// PassedOver are the releases that suites do not test because no pins were found for them.
	PassedOver []PassedOver `json:"passed-over,omitempty"`
	// NotAdopted are the releases whose metadata could not be read. Failed are the projects that kept their facts, and
	// the suites and the build requirements that kept their pins. Both are sorted by name.
	NotAdopted []Failed `json:"not-adopted,omitempty"`
	Failed     []Failed `json:"failed,omitempty"`
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

// A Suite describes what changed in one suite.
type Suite struct {
	Name string `json:"name"`
	// In and Out are the releases that the suite now tests and no longer tests, in ascending order.
	In  []string `json:"in,omitempty"`
	Out []string `json:"out,omitempty"`
	// Newest is the number of pins that changed in environments of its newest picks, Older that in its other environments.
	Newest int `json:"newest,omitempty"`
	Older  int `json:"older,omitempty"`
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

// A Move is a pin that moved in some environments, of which the builds for a Python count as one. From or To is empty if
// these environments did not pin the project before, or do not any more.
type Move struct {
	Project      string `json:"project"`
	From         string `json:"from,omitempty"`
	To           string `json:"to,omitempty"`
	Environments int    `json:"environments"`
	Suites       int    `json:"suites"`
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
	// Failed gives the reason; its name is the Python for which no pins were found.
	Failed Failed `json:"why"`
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

// JSON returns the summary as JSON, which may be printed too.
func (s *Summary) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(display.NewWriter(&b))
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(s) // neither its types nor a buffer can fail
	return b.Bytes()
}

// Parse parses a summary that [Summary.JSON] returned. An unknown field is an error.
func Parse(data []byte) (*Summary, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	s := &Summary{}
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("not a summary: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a summary: unexpected data after it")
	}
	return s, nil
}
