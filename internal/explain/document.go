package explain

import (
	"bytes"
	"encoding/json"

	"toxgen/internal/display"
)

// Format is the version of the JSON that [Document.JSON] returns: it changes when a field changes its meaning or is gone.
const Format = 1

// A Document is an answer. A name that is both that of suites and of a project has both.
type Document struct {
	// Suites are the suite of the name, its variants, and their environments with the lowest releases.
	Suites []Suite `json:"suites,omitempty"`
	// Releases are a release of a suite, and of its variants.
	Releases    []Release    `json:"releases,omitempty"`
	Environment *Environment `json:"environment,omitempty"`
	Project     *Project     `json:"project,omitempty"`
}

// A Place says where a suite is configured and what it follows.
type Place struct {
	Suite string `json:"suite"`
	// Place is `file:line`. Project is the followed project; it is empty if the suite follows none.
	Place   string `json:"place"`
	Project string `json:"project,omitempty"`
	// Disabled is the reason why the suite has no environments, or empty.
	Disabled string `json:"disabled,omitempty"`
}

// A Suite says which releases a suite tests, and why no others.
type Suite struct {
	Place
	// Lowest is set if the suite is the environment with the lowest releases.
	Lowest *Lowest `json:"lowest,omitempty"`
	// Tested are in ascending order. That of a suite that follows no project has no version.
	Tested []Tested `json:"tested"`
	// Decisions has every known release, the newest first.
	Decisions []Decision `json:"decisions,omitempty"`
	// Rules are those of the configuration and of verdicts that apply.
	Rules []Rule `json:"rules,omitempty"`
	// Changes are what would make the suite test other releases.
	Changes []Change `json:"changes,omitempty"`
}

// A Lowest is the environment of a suite with the lowest releases.
type Lowest struct {
	Environment string `json:"environment"`
	// Projects are those of which it has the lowest releases that are admitted.
	Projects []string `json:"projects"`
}

// A Tested is a release that is tested, with its Pythons.
type Tested struct {
	Version string   `json:"version,omitempty"`
	Pythons []string `json:"pythons"`
	// Latest reports whether the aliases -latest stand for it.
	Latest bool `json:"latest,omitempty"`
}

// A Decision is a release with the rule that decided about it.
type Decision struct {
	Version string `json:"version"`
	Rule    string `json:"rule"`
	Detail  string `json:"detail,omitempty"`
}

// A Rule is what a person or a verdict says of what is tested.
type Rule struct {
	// Place is `file:line`, or the file of the registry with a verdict.
	Place  string `json:"place"`
	Text   string `json:"text"`
	Reason string `json:"reason,omitempty"`
	Issue  string `json:"issue,omitempty"`
	// Until is the last day on which nothing warns, such as 2027-01-31.
	Until string `json:"until,omitempty"`
}

// A Change is something that would make a suite test other releases. The versions are in ascending order.
type Change struct {
	If string `json:"if"`
	// In are the releases that would be tested, Out those that no longer would be.
	In  []string `json:"in,omitempty"`
	Out []string `json:"out,omitempty"`
	// Unknown reports whether facts are lacking to know them.
	Unknown bool `json:"unknown,omitempty"`
}

// A Release says on which Pythons a suite tests a release.
type Release struct {
	Place
	Decision
	// Claims is what the release says about its Pythons; it is empty if that has not been read.
	Claims  string   `json:"claims,omitempty"`
	Pythons []Python `json:"pythons,omitempty"`
}

// A Python says whether a release is tested on a Python.
type Python struct {
	Python string `json:"python"`
	// Platform is that of the Python if it is not the one that all share.
	Platform string `json:"platform,omitempty"`
	Tested   bool   `json:"tested"`
	Why      string `json:"why"`
}

// An Environment says what requires its pins, and which could be newer.
type Environment struct {
	Place
	Name string `json:"name"`
	// Target is the interpreter and its platform.
	Target string `json:"target"`
	// Afresh reports whether an update resolves it without regard to its pins, so that they become newer where they can.
	Afresh bool   `json:"afresh,omitempty"`
	Rules  []Rule `json:"rules,omitempty"`
	// Faults are what is wrong with the pins. If one is more than a yank, nothing is known about the pins.
	Faults []string `json:"faults,omitempty"`
	// Pins are sorted by project.
	Pins []Pin `json:"pins,omitempty"`
}

// A Pin is a pin of an environment, with what requires it.
type Pin struct {
	Project string   `json:"project"`
	Version string   `json:"version"`
	By      []Demand `json:"by"`
	Newer   *Newer   `json:"newer,omitempty"`
}

// A Demand is a requirement with its origin: the release that states it, as `name version`, or its place.
type Demand struct {
	Requirement string `json:"requirement"`
	Origin      string `json:"origin"`
}

// A Newer is the newest known release of a project, if it is newer than the pin.
type Newer struct {
	Version string `json:"version"`
	// Why are the requirements, or the reason, that keep the pin from it. If there are none, nothing known does.
	Why []string `json:"why,omitempty"`
	// Fits is the newest known release from which nothing known keeps the pin, if it is newer than the pin.
	Fits string `json:"fits,omitempty"`
}

// A Project says where a project is pinned, and why.
type Project struct {
	Name string `json:"name"`
	// Followed reports whether a suite follows the project, so that all of its releases are known.
	Followed bool `json:"followed,omitempty"`
	// Newest is the newest known release.
	Newest string `json:"newest,omitempty"`
	// Versions are in descending order.
	Versions []Pinned `json:"versions"`
	// Rules are the constraints and metadata of the configuration that are about the project.
	Rules []Rule `json:"rules,omitempty"`
}

// A Pinned is a release of a project that is pinned.
type Pinned struct {
	Version string `json:"version"`
	// Suites are those with environments that pin it. Unproven are environments whose pins are no answer to what they
	// require, so that it is not known what requires this one.
	Suites       []string `json:"suites,omitempty"`
	Environments []string `json:"environments,omitempty"`
	Unproven     []string `json:"unproven,omitempty"`
	// Builds are the Pythons for which the build constraints pin it.
	Builds []string `json:"builds,omitempty"`
	// RequiredBy and Kept are sorted by the number of environments, the most first.
	RequiredBy []Counted `json:"required-by,omitempty"`
	// Kept are the reasons why it is not the newest known release. Free is the number of environments in which nothing known
	// is one.
	Kept []Counted `json:"kept,omitempty"`
	Free int       `json:"free,omitempty"`
}

// A Counted is a text with the number of environments that it is about.
type Counted struct {
	Text         string `json:"text"`
	Environments int    `json:"environments"`
}

// JSON returns the document as JSON, which may be printed too.
func (d *Document) JSON() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(display.NewWriter(&b))
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(struct { // neither its types nor a buffer can fail
		Format int `json:"format"`
		*Document
	}{Format, d})
	return b.Bytes()
}
