package pypi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"
)

// A record is a page in parsed form. It is what the cache stores, and the strings of a Project are slices of it. It is a
// head followed by the files. Numbers are uvarints; texts are their length and their bytes.

// A recordHead holds the validators of a page, the status of the project, and the number of files that follow.
type recordHead struct {
	etag, modified, status, reason string
	files                          int
}

func (h *recordHead) append(b []byte) []byte {
	for _, text := range []string{h.etag, h.modified, h.status, h.reason} {
		b = appendText(b, []byte(text))
	}
	return binary.AppendUvarint(b, uint64(h.files))
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
	kept.project.Status, kept.project.StatusReason = r.text(), r.text()
	count := r.number()
	const shortest = 8 // the minimum number of bytes of a file
	if r.damaged || count > uint64(len(r.rest)/shortest) {
		return nil, errRecord
	}
	files := make([]File, 0, count)
	for range count {
		f := r.file()
		if r.damaged {
			return nil, errRecord
		}
		if f.classify(name) {
			files = append(files, f)
		}
	}
	if r.rest != "" {
		return nil, errRecord
	}
	kept.project.Files, kept.project.Ignored = files, int(count)-len(files)
	return kept, nil
}

// A recordReader reads a record from its beginning. damaged is set if the record is not valid.
type recordReader struct {
	rest    string
	damaged bool
}

func (r *recordReader) file() File {
	bits := r.number()
	f := File{Yanked: bits&bitYanked != 0, Core: CoreMetadata(bits & coreBits), URL: r.text()}
	if bits&bitInURL == 0 {
		f.Filename = r.text()
	} else if length := r.number(); length <= uint64(len(f.URL)) {
		f.Filename = f.URL[len(f.URL)-int(length):]
	} else {
		r.damaged = true
	}
	f.SHA256, f.CoreSHA256, f.RequiresPython, f.YankedReason = r.text(), r.text(), r.text(), r.text()
	if micros := r.signed(); micros != 0 {
		f.Uploaded = time.UnixMicro(micros).UTC()
	}
	return f
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

func (r *recordReader) text() string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.damaged = true
		return ""
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}
