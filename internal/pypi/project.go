package pypi

import (
	"net/url"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/wheel"
)

// Project is the page of one project. It is shared and must not be changed.
type Project struct {
	// Name is normalised (PEP 503).
	Name string
	// Status is what the index says of the whole project (PEP 792), such as Quarantined; empty if it says nothing. The
	// reason is a stranger's text, and may be empty.
	Status, StatusReason string
	// Files are the wheels and source distributions of the project, in the order of the page.
	Files []File
	// Ignored is how many other files the page lists: old formats, invalid names or versions, other projects.
	Ignored int
}

// Quarantined is the status of a project of which nothing should be installed.
const Quarantined = "quarantined"

// File is a wheel or a source distribution as the page describes it.
type File struct {
	Filename string
	// URL is absolute and holds no credentials: those of the index go with its own origin.
	URL string
	// SHA256 in hexadecimal digits, or empty if the index states none.
	SHA256 string
	// RequiresPython is a stranger's text; it may be invalid.
	RequiresPython string
	// Yanked as PEP 592 says; the reason may be empty.
	Yanked       bool
	YankedReason string
	// Uploaded is in UTC, to the microsecond; zero if the index does not say.
	Uploaded time.Time
	Version  pep440.Version
	// Sdist says that the file is a source distribution; SdistPython names the only Python line that it is for,
	// usually none.
	Sdist       bool
	SdistPython string
	// Tags is the compressed tag set of a wheel, Build its build tag.
	Tags  string
	Build wheel.Build
	// Core says whether the index serves the file's metadata by themselves (PEP 658, PEP 714), CoreSHA256 their
	// digest if it is stated.
	Core       CoreMetadata
	CoreSHA256 string
}

// CoreMetadata is what an index says of a file's metadata.
type CoreMetadata uint8

const (
	// Unsaid: it may serve them all the same.
	Unsaid CoreMetadata = iota
	// Advertised: it serves them.
	Advertised
	// Absent: it says that it does not.
	Absent
)

// maximumName is how many bytes a file's name has at most: more no file system keeps.
const maximumName = 255

// nameable says whether a text may be the name of a file: of the characters that names, versions, build tags and
// compatibility tags are made of, so that it may stand anywhere.
func nameable(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.+!", c) >= 0:
		default:
			return false
		}
	}
	return len(s) <= maximumName
}

// classify fills what the file's name says; false if the file is none of the project's wheels and source
// distributions.
func (f *File) classify(project string) bool {
	if !nameable(f.Filename) {
		return false
	}
	if strings.HasSuffix(f.Filename, ".whl") {
		w, err := wheel.ParseWheel(f.Filename)
		f.Version, f.Tags, f.Build = w.Version, w.Tags, w.Build
		return err == nil && w.Name == project
	}
	s, err := wheel.ParseSdistOf(project, f.Filename)
	f.Version, f.Sdist, f.SdistPython = s.Version, true, s.Python
	return err == nil
}

// location is the file's URL, read.
func (f *File) location() (*url.URL, error) {
	u, err := url.Parse(f.URL)
	if err != nil || u.Hostname() == "" {
		return nil, &UnreadableError{f.Filename, "its URL is invalid"}
	}
	return u, nil
}
