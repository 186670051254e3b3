package pypi

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/wheel"
)

// A Project is the page of one project. It is shared and must not be modified.
//
// The page stays in the form of its record, and the files of a release are decoded when they are asked for: the largest
// pages list fifteen thousand files, and a run looks at those of a few releases.
type Project struct {
	// Name is normalised (PEP 503).
	Name string
	// Status is the status of the whole project (PEP 792), such as Quarantined, or empty if the index states none. The
	// reason is untrusted text and may be empty.
	Status, StatusReason string
	// Releases holds the releases that have a wheel or a source distribution, the newest first.
	Releases []Release
	// Since is the upload time of the oldest of its files that state one, in UTC, or zero.
	Since time.Time
	// Ignored counts the other files of the page: old formats, invalid names or versions, files of other projects.
	Ignored int
	// expires is until when files without a digest count as unchanged.
	expires time.Time
}

// A Release is what a page lists of one version. [Project.Files] returns its files.
type Release struct {
	// Version is spelled as in the first of its files. Mixed is set if another one spells it differently.
	Version pep440.Version
	Mixed   bool
	// RequiresPython is that of all its files, or empty if they differ.
	RequiresPython string
	// Count is the number of its files.
	Count int
	// record holds the records of the files.
	record string
}

// Release returns the release of a version, or nil if the page does not list it.
func (p *Project) Release(v pep440.Version) *Release {
	i, found := slices.BinarySearchFunc(p.Releases, v, func(r Release, v pep440.Version) int { return v.Compare(r.Version) })
	if !found {
		return nil
	}
	return &p.Releases[i]
}

// Files returns the files of a release in the order of the page. Each call returns other pointers. A nil release has no
// files.
func (p *Project) Files(r *Release) []*File {
	if r == nil {
		return nil
	}
	files, pointers := make([]File, r.Count), make([]*File, 0, r.Count)
	reader := &recordReader{rest: r.record}
	for i := range files {
		if p.next(reader, &files[i]) { // as it is in every record that this program made
			pointers = append(pointers, &files[i])
		}
	}
	return pointers
}

// File returns the i-th of the files of a release.
func (p *Project) File(r *Release, i int) *File {
	reader := &recordReader{rest: r.record}
	f := &File{}
	for range i {
		reader.file(f)
	}
	p.next(reader, f)
	return f
}

// next reads the next file of a release. It reports false if the record is damaged.
func (p *Project) next(r *recordReader, f *File) bool {
	r.file(f)
	if !f.hasDigest() {
		f.Expires = p.expires
	}
	return !r.damaged && f.classify(p.Name)
}

// All returns the files of all releases, those of the newest release first.
func (p *Project) All() []*File {
	var files []*File
	for i := range p.Releases {
		files = append(files, p.Files(&p.Releases[i])...)
	}
	return files
}

// Quarantined is the status of a project whose files should not be installed.
const Quarantined = "quarantined"

// A File is a wheel or a source distribution as the page describes it.
type File struct {
	Filename string
	// URL is absolute and contains no credentials. The client adds those of the index for the origin of the index.
	URL string
	// SHA256 is the digest in hexadecimal, or empty if the index states none.
	SHA256 string
	// RequiresPython is untrusted text and may be invalid.
	RequiresPython string
	// Yanked is set if the file is yanked (PEP 592). The reason may be empty.
	Yanked       bool
	YankedReason string
	// Uploaded is the upload time in UTC, to the microsecond, or zero if the index states none.
	Uploaded time.Time
	// Expires is until when the content counts as unchanged though the index states no digest: as long as its page may be
	// used without revalidation. It is zero if the index states one.
	Expires time.Time
	Version pep440.Version
	// Sdist is set if the file is a source distribution. SdistPython is the only Python line that it is for; it is
	// usually empty.
	Sdist       bool
	SdistPython string
	// Tags is the compressed tag set of a wheel, Build its build tag.
	Tags  string
	Build wheel.Build
	// Core tells whether the index serves the metadata of the file separately (PEP 658, PEP 714). CoreSHA256 is their
	// digest if the index states it.
	Core       CoreMetadata
	CoreSHA256 string
}

// CoreMetadata tells whether an index serves the metadata of a file separately.
type CoreMetadata uint8

const (
	// Unsaid means that the index does not say. It may still serve them.
	Unsaid CoreMetadata = iota
	// Advertised means that the index says that it serves them.
	Advertised
	// Absent means that the index says that it does not serve them.
	Absent
)

// maximumName is the maximum length of a file name in bytes. File systems do not allow longer names.
const maximumName = 255

// isFileName reports whether s is a valid name of a distribution file: it contains only characters of names, versions,
// build tags and compatibility tags. Such a name is safe in any context.
func isFileName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.+!", c) >= 0:
		default:
			return false
		}
	}
	return len(s) <= maximumName
}

// classify sets the fields that follow from the file name. It reports whether the file is a wheel or source distribution
// of the project.
func (f *File) classify(project string) bool {
	if !isFileName(f.Filename) {
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

// hasDigest reports whether the index states what the content of the file is, or of its metadata.
func (f *File) hasDigest() bool { return f.SHA256 != "" || f.CoreSHA256 != "" }

// location returns the parsed URL of the file.
func (f *File) location() (*url.URL, error) {
	u, err := url.Parse(f.URL)
	if err != nil || u.Hostname() == "" {
		return nil, &UnreadableError{Filename: f.Filename, Reason: "its URL is invalid"}
	}
	return u, nil
}
