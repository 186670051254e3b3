// Package report says what an update did: as data, as lines for a terminal, and as Markdown for a pull request.
//
// A [Summary] holds texts of strangers, such as the reason of a yank. They are kept as they are, and shown on one line,
// escaped and cut, in Markdown always as code: nothing in them links, mentions, closes, or breaks out of a table.
// [Parse] reads the data back and believes nothing of it.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Summary is what an update did.
type Summary struct {
	// Suites are those that moved, in the order of the configuration.
	Suites []Suite `json:"suites,omitempty"`
	// HeldBack are releases that are too young to be adopted, by project and version.
	HeldBack []HeldBack `json:"held-back,omitempty"`
	// Withdrawn are pinned releases that the index does not offer any more, by project and version.
	Withdrawn []Withdrawn `json:"withdrawn,omitempty"`
	// Replaced are releases of which a file is another than the one that was known, by project and version.
	Replaced []Release `json:"replaced,omitempty"`
	// PassedOver are releases that suites do not test, because no pins were found for them.
	PassedOver []PassedOver `json:"passed-over,omitempty"`
	// NotAdopted are releases whose metadata could not be had, by name; Failed are who kept what they had, by name.
	NotAdopted []Failed `json:"not-adopted,omitempty"`
	Failed     []Failed `json:"failed,omitempty"`
	// Warnings are what people should look at: holds and constraints that expired or change nothing, and the like.
	Warnings []Warning `json:"warnings,omitempty"`
	// Before and After are the size of the matrix.
	Before Size `json:"before"`
	After  Size `json:"after"`
}

// Release is one release of a project.
type Release struct {
	Project string `json:"project"`
	Version string `json:"version"`
}

// Suite is what moved in one suite.
type Suite struct {
	Name string `json:"name"`
	// In and Out are the releases that it began and stopped to test, ascending.
	In  []string `json:"in,omitempty"`
	Out []string `json:"out,omitempty"`
	// Newest counts the pins that moved in environments of its newest picks, Older those in the others.
	Newest int `json:"newest,omitempty"`
	Older  int `json:"older,omitempty"`
}

// HeldBack is a release whose files are all younger than the cooldown.
type HeldBack struct {
	Release
	// Uploaded is when the first of them was; zero if the index does not say. Adopted is when it can be at the earliest.
	Uploaded time.Time `json:"uploaded,omitzero"`
	Adopted  time.Time `json:"adopted,omitzero"`
}

// Withdrawn is a pinned release that was yanked, or is gone from the index.
type Withdrawn struct {
	Release
	// Yanked says that it was yanked; else it is gone. Reason is the yanker's.
	Yanked bool   `json:"yanked,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Environments is how many pinned it.
	Environments int `json:"environments"`
	// By are the releases that these pin now, ascending; none if they do not need the project any more.
	By []string `json:"by,omitempty"`
	// Stays is in how many of them it could not be replaced, Why the reason.
	Stays int    `json:"stays,omitempty"`
	Why   string `json:"why,omitempty"`
}

// Failed is who kept what it had: a project its facts, or a suite or the build requirements their pins.
type Failed struct {
	Name string `json:"name"`
	// Reason is one sentence, Detail more lines, Hint what would help.
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// PassedOver is a release that a suite does not test, because no pins were found for it.
type PassedOver struct {
	Suite string `json:"suite"`
	Release
	// Failed says why; its name is the Python for which no pins were found.
	Failed Failed `json:"why"`
}

// Warning is one sentence about one place, with what would help.
type Warning struct {
	Place string `json:"place,omitempty"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// Size is the size of a matrix.
type Size struct {
	Releases     int `json:"releases"`
	Environments int `json:"environments"`
	Rows         int `json:"rows"`
}

// JSON is the summary as data.
func (s *Summary) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(s) // neither its types nor a buffer can fail
	return b.Bytes()
}

// Parse reads a summary. It is an error if data is anything else.
func Parse(data []byte) (*Summary, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	s := &Summary{}
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("not a summary: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a summary: something follows it")
	}
	return s, nil
}
