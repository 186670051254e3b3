package pypitest

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

// A Project is a project of an index in memory.
type Project struct {
	// Name is normalised (PEP 503).
	Name  string
	Files []File
}

// A File is a wheel or a source distribution. [Wheel] and [Sdist] return common ones.
type File struct {
	Filename       string
	RequiresPython string
	// Yanked is set if the file is yanked. The reason may be empty.
	Yanked bool
	Reason string
	// Uploaded is the upload time. If it is zero, the page states none.
	Uploaded time.Time
	// Metadata is the text of METADATA or PKG-INFO. Core tells how the index serves it separately.
	Metadata string
	Core     Core
	// Members lists the members of the archive, in their order.
	Members []Member
	// Content, if not nil, replaces the archive that is made of Members.
	Content []byte
	// SHA256, if not empty, replaces the digest of the archive. If it is "none", the page states none.
	SHA256 string
	// CoreSHA256, if not empty, replaces the digest of the metadata.
	CoreSHA256 string
	// URL, if not empty, replaces the URL of the file on this server. It may be relative to the page.
	URL string
}

// Core tells how an index serves the metadata of a file separately (PEP 658, PEP 714).
type Core int

// The ways to serve metadata.
const (
	CoreAdvertised Core = iota // the page says so
	CoreDigest                 // the page says so, with their digest
	CoreUnsaid                 // served, but the page does not say so
	CoreMissing                // not served, and the page says nothing
	CoreDenied                 // not served, and the page says so
	CoreBroken                 // not served, although the page says that they are
)

// served reports whether FILENAME.metadata exists.
func (c Core) served() bool { return c == CoreAdvertised || c == CoreDigest || c == CoreUnsaid }

// memory is a source that serves projects given as Go values.
type memory struct {
	mu       sync.Mutex
	projects map[string]Project
	// archives holds the archives that were made.
	archives map[*File][]byte
}

func (m *memory) set(p Project) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.Files = slices.Clone(p.Files)
	m.projects[p.Name] = p
}

// content returns the content of a file, which is made once.
func (m *memory) content(f *File) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.archives[f] == nil {
		m.archives[f] = f.archive()
	}
	return m.archives[f]
}

func (m *memory) project(name string) (Project, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.projects[name]
	return p, ok
}

func (m *memory) file(name, filename string) (*File, bool) {
	p, _ := m.project(name)
	for i := range p.Files {
		if f := &p.Files[i]; f.Filename == filename {
			return f, true
		}
	}
	return nil, false
}

func (m *memory) listing(name string) ([]listed, bool) {
	p, ok := m.project(name)
	files := make([]listed, 0, len(p.Files))
	for i := range p.Files {
		files = append(files, m.listed(name, &p.Files[i]))
	}
	return files, ok
}

func (m *memory) listed(project string, f *File) listed {
	l := listed{filename: f.Filename, url: f.URL, sha256: f.SHA256, yanked: "false"}
	if l.url == "" {
		l.url = "/files/" + project + "/" + f.Filename
	}
	switch f.SHA256 {
	case "":
		l.sha256 = digest(m.content(f))
	case "none":
		l.sha256 = ""
	}
	if f.RequiresPython != "" {
		l.requiresPython = quoted(f.RequiresPython)
	}
	if f.Reason != "" {
		l.yanked = quoted(f.Reason)
	} else if f.Yanked {
		l.yanked = "true"
	}
	if !f.Uploaded.IsZero() {
		l.uploaded = f.Uploaded.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	switch f.Core {
	case CoreAdvertised, CoreBroken:
		l.core = "true"
	case CoreDigest:
		sum := f.CoreSHA256
		if sum == "" {
			sum = digest([]byte(f.Metadata))
		}
		l.core = `{"sha256":` + quoted(sum) + `}`
	case CoreDenied:
		l.core = "false"
	}
	return l
}

func (m *memory) metadata(name, filename string) (text string, ok, missing bool) {
	f, found := m.file(name, filename)
	if !found {
		return "", false, false
	}
	return f.Metadata, f.Core.served(), true
}

func (m *memory) archive(name, filename string) ([]byte, bool) {
	f, ok := m.file(name, filename)
	if !ok {
		return nil, false
	}
	return m.content(f), true
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
