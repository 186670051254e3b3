package pypi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pep440"
)

// A record is a page in parsed form. It is what the cache stores, and the strings of a Project are slices of it. It is a
// head, a list of releases, the newest first, and the files of each release. Numbers are varints; texts are their length and
// their bytes. The head has the validators, the status with its reason, when the oldest file was uploaded, and the numbers of
// the files that were ignored and of the releases. A release is the text of its version, the number of its files twice, one
// more if these spell the version differently, their Requires-Python, or "" if they differ in it, and the length of their
// records.

// A recordHead holds the validators of a page and the status of the project.
type recordHead struct{ etag, modified, status, reason string }

// A recordBuilder collects the files of a page.
type recordBuilder struct {
	// project is the normalised name.
	project string
	head    recordHead
	// releases are those of the files so far; last is that of the last file, since a page lists the files of one release one
	// after the other.
	releases map[string]*releaseRecord // by the canonical text of the version
	last     *releaseRecord
	ignored  int
	// since is when the oldest file was uploaded, in microseconds since 1970, or 0 if none states it.
	since int64
	// size is that of the records of all files.
	size int64
}

// A releaseRecord holds the records of the files of one release.
type releaseRecord struct {
	version        pep440.Version
	mixed          bool
	requiresPython string
	count          int
	files          []byte
}

// add adds a file, or counts it as ignored if it is no wheel and no source distribution of the project.
func (b *recordBuilder) add(f *fileRecord) {
	file := File{Filename: string(f.filename)}
	if !file.classify(b.project) {
		b.ignored++
		return
	}
	if b.last == nil || !b.last.version.Equal(file.Version) {
		b.last = b.release(file.Version)
	}
	r := b.last
	r.mixed = r.mixed || r.version.String() != file.Version.String()
	switch text := f.requiresPython; {
	case r.count == 0:
		r.requiresPython = string(text)
	case r.requiresPython != string(text):
		r.requiresPython = ""
	}
	r.count++
	if f.uploaded != 0 && (b.since == 0 || f.uploaded < b.since) {
		b.since = f.uploaded
	}
	b.size -= int64(len(r.files))
	r.files = f.append(r.files)
	b.size += int64(len(r.files))
}

// release returns the release of a version, which it adds if there is none.
func (b *recordBuilder) release(v pep440.Version) *releaseRecord {
	if b.releases == nil {
		b.releases = map[string]*releaseRecord{}
	}
	r := b.releases[v.Canonical()]
	if r == nil {
		r = &releaseRecord{version: v}
		b.releases[v.Canonical()] = r
	}
	return r
}

// record returns the record.
func (b *recordBuilder) record() string {
	newestFirst := slices.SortedFunc(maps.Values(b.releases), func(r, s *releaseRecord) int { return s.version.Compare(r.version) })
	var index []byte
	for _, text := range []string{b.head.etag, b.head.modified, b.head.status, b.head.reason} {
		index = appendText(index, []byte(text))
	}
	index = binary.AppendVarint(index, b.since)
	index = binary.AppendUvarint(index, uint64(b.ignored))
	index = binary.AppendUvarint(index, uint64(len(newestFirst)))
	for _, r := range newestFirst {
		index = appendText(index, []byte(r.version.String()))
		count := uint64(r.count) << 1
		if r.mixed {
			count++
		}
		index = binary.AppendUvarint(index, count)
		index = appendText(index, []byte(r.requiresPython))
		index = binary.AppendUvarint(index, uint64(len(r.files)))
	}
	var record strings.Builder
	record.Grow(len(index) + int(b.size))
	record.Write(index)
	for _, r := range newestFirst {
		record.Write(r.files)
	}
	return record.String()
}

// A fileRecord is one file of a record.
type fileRecord struct {
	filename, url, sha256, coreSHA256, requiresPython, reason []byte
	// uploaded is in microseconds since 1970, or 0 if it is not stated.
	uploaded int64
	yanked   bool
	core     CoreMetadata
}

// reset clears f and keeps its memory.
func (f *fileRecord) reset() {
	*f = fileRecord{filename: f.filename[:0], url: f.url[:0], sha256: f.sha256[:0], coreSHA256: f.coreSHA256[:0],
		requiresPython: f.requiresPython[:0], reason: f.reason[:0]}
}

// The bits of the first number of a file.
const (
	coreBits  = 3
	bitYanked = 1 << 2
	bitInURL  = 1 << 3 // the URL ends with the file name, and only the length of the name is written
)

func (f *fileRecord) append(b []byte) []byte {
	bits := uint64(f.core)
	if f.yanked {
		bits |= bitYanked
	}
	inURL := bytes.HasSuffix(f.url, f.filename)
	if inURL {
		bits |= bitInURL
	}
	b = binary.AppendUvarint(b, bits)
	b = appendText(b, f.url)
	if inURL {
		b = binary.AppendUvarint(b, uint64(len(f.filename)))
	} else {
		b = appendText(b, f.filename)
	}
	for _, text := range [][]byte{f.sha256, f.coreSHA256, f.requiresPython, f.reason} {
		b = appendText(b, text)
	}
	return binary.AppendVarint(b, f.uploaded)
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// A keptPage is a page with its validators, or that the index does not have the project.
type keptPage struct {
	project        *Project
	etag, modified string
	// missing is the status of the answer if the index does not have the project, else 0.
	missing int
}

var errRecord = errors.New("the record of a page is damaged")

// decodePage decodes a record. The strings of the project are slices of it, so that a page is one piece of memory.
func decodePage(name, record string) (*keptPage, error) {
	r := &recordReader{rest: record}
	kept := &keptPage{project: &Project{Name: name}, etag: r.text(), modified: r.text()}
	p := kept.project
	p.Status, p.StatusReason, p.Since, p.Ignored = r.text(), r.text(), r.time(), int(r.number())
	count := r.number()
	const shortest = 5 // the minimum number of bytes of a release
	if r.damaged || count > uint64(len(r.rest)/shortest) {
		return nil, errRecord
	}
	p.Releases = make([]Release, count)
	lengths := make([]uint64, count)
	for i := range p.Releases {
		one := &p.Releases[i]
		text, files := r.text(), r.number()
		one.RequiresPython, lengths[i] = r.text(), r.number()
		version, err := pep440.Parse(text)
		if one.Version, one.Mixed, one.Count = version, files&1 != 0, int(files>>1); err != nil || r.damaged {
			return nil, errRecord
		}
		if i > 0 && version.Compare(p.Releases[i-1].Version) >= 0 {
			return nil, errRecord
		}
	}
	for i := range p.Releases {
		one := &p.Releases[i]
		const shortest = 8 // the minimum number of bytes of a file
		if one.record = r.next(lengths[i]); r.damaged || one.Count > len(one.record)/shortest {
			return nil, errRecord
		}
	}
	if r.rest != "" {
		return nil, errRecord
	}
	return kept, nil
}

// NewProject returns the page that lists some files. It is for tests: a client makes its pages from the answers of the
// index.
func NewProject(name string, files ...File) *Project {
	b := &recordBuilder{project: name}
	for i := range files {
		f := &files[i]
		record := &fileRecord{filename: []byte(f.Filename), url: []byte(f.URL), sha256: []byte(f.SHA256), coreSHA256: []byte(f.CoreSHA256),
			requiresPython: []byte(f.RequiresPython), reason: []byte(f.YankedReason), yanked: f.Yanked, core: f.Core}
		if !f.Uploaded.IsZero() {
			record.uploaded = f.Uploaded.UnixMicro()
		}
		b.add(record)
	}
	kept, err := decodePage(name, b.record())
	if err != nil {
		panic(err) // it was made a line above
	}
	return kept.project
}

// A recordReader reads a record from its beginning. damaged is set if the record is not valid.
type recordReader struct {
	rest    string
	damaged bool
}

// file reads a file into f, but for what follows from its name.
func (r *recordReader) file(f *File) {
	bits := r.number()
	f.Yanked, f.Core, f.URL = bits&bitYanked != 0, CoreMetadata(bits&coreBits), r.text()
	if bits&bitInURL == 0 {
		f.Filename = r.text()
	} else if length := r.number(); length <= uint64(len(f.URL)) {
		f.Filename = f.URL[len(f.URL)-int(length):]
	} else {
		r.damaged = true
	}
	f.SHA256, f.CoreSHA256, f.RequiresPython, f.YankedReason = r.text(), r.text(), r.text(), r.text()
	f.Uploaded = r.time()
}

// time reads microseconds since 1970; 0 is the zero time.
func (r *recordReader) time() time.Time {
	if micros := r.signed(); micros != 0 {
		return time.UnixMicro(micros).UTC()
	}
	return time.Time{}
}

func (r *recordReader) number() uint64 {
	var n uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		c := r.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.damaged = true
	return 0
}

// signed reads a number as binary.AppendVarint writes it.
func (r *recordReader) signed() int64 {
	n := r.number()
	if n&1 != 0 {
		return ^int64(n >> 1)
	}
	return int64(n >> 1)
}

func (r *recordReader) text() string { return r.next(r.number()) }

// next returns the next n bytes.
func (r *recordReader) next(n uint64) string {
	if n > uint64(len(r.rest)) {
		r.damaged = true
		return ""
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}
