package pypi

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"toxgen/internal/metadata"
	"toxgen/internal/pep508"
)

const (
	// tail is how many bytes of the end of an archive the first request fetches. They contain the central directory
	// of all but the largest wheels, and usually the metadata too, which come last.
	tail = 64 << 10
	// maximumDirectory limits the bytes before the tail that are read for a central directory. maximumMembers is how
	// many members a directory of that size can hold.
	maximumDirectory = 16 << 20
	maximumMembers   = (maximumDirectory + tail) / 46
	// flagEncrypted marks an encrypted member of a zip file. archive/zip would read it as if it were not encrypted.
	flagEncrypted = 1
)

// A remote is an archive on a server. Parts of it are fetched when they are needed.
type remote struct {
	client *Client
	ctx    context.Context // for reading this one archive
	file   *File
	url    *url.URL
	size   int64
	parts  []part
	// ahead is the minimum number of bytes of a request, unless the next part begins earlier.
	ahead int64
	// left is how many bytes may still be fetched, unread how many may still be read, fetched before or not.
	left, unread int64
	// failed is the error for a part that could not be fetched. It is more precise than the error that archive/zip
	// makes of it.
	failed error
}

// A part is a piece of an archive.
type part struct {
	offset int64
	data   []byte
}

func (p part) has(offset int64) bool {
	return p.offset <= offset && offset < p.offset+int64(len(p.data))
}

// open fetches the end of an archive.
func (c *Client) open(ctx context.Context, f *File, location *url.URL) (*remote, error) {
	r := &remote{client: c, ctx: ctx, file: f, url: location}
	end, size, err := r.fetch(fmt.Sprintf("bytes=-%d", tail), c.limits.Wheel)
	if errors.Is(err, ErrNotFound) {
		return nil, &UnreadableError{Filename: f.Filename, Reason: "the index does not have the file", Missing: true}
	}
	r.size, r.parts = size, []part{end}
	return r, err
}

// fetch fetches a range of the archive, and returns it with the size of the archive. The part is the whole archive if the
// server refuses ranges, or does not say which bytes it sent.
func (r *remote) fetch(bytes string, limit int64) (p part, size int64, err error) {
	data, status, header, err := r.get(bytes, limit)
	refused, isStatus := errors.AsType[*statusError](err)
	switch {
	case isStatus && refused.rangeRefused(), errors.As(err, new(*overError)) && limit < r.client.limits.Wheel:
		return r.fetchWhole()
	case err != nil || status == http.StatusOK:
		return r.whole(data, err)
	}
	offset, size, stated := contentRange(header.Get("Content-Range"), len(data))
	switch {
	case !stated:
		return r.fetchWhole()
	case int64(len(data)) == size:
		return r.whole(data, nil)
	default:
		return part{offset, data}, size, nil
	}
}

// fetchWhole fetches the whole archive.
func (r *remote) fetchWhole() (p part, size int64, err error) {
	data, _, _, err := r.get("", r.client.limits.Wheel)
	return r.whole(data, err)
}

// whole returns the content of an archive as a part, if it could be fetched and is what the index states.
func (r *remote) whole(data []byte, err error) (part, int64, error) {
	if err == nil {
		err = verify(r.file.Filename, data, r.file.SHA256)
	}
	return part{0, data}, int64(len(data)), err
}

// rangeRefused reports whether the server may have refused only the range, not the file.
func (e *statusError) rangeRefused() bool {
	switch e.code {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusRequestedRangeNotSatisfiable,
		http.StatusNotImplemented:
		return true
	}
	return false
}

// get fetches a range of the archive, or all of it.
func (r *remote) get(bytes string, limit int64) (data []byte, status int, header http.Header, err error) {
	return r.client.read(r.ctx, request{what: r.file.Filename, url: r.url, bytes: bytes, archive: true, limit: limit, within: r.client.limits.Download})
}

// contentRange parses the Content-Range header of an answer with length bytes. It returns the offset of these bytes and
// the size of the file, and whether the header states both.
func contentRange(text string, length int) (offset, size int64, stated bool) {
	var last int64
	_, err := fmt.Sscanf(text, "bytes %d-%d/%d", &offset, &last, &size)
	return offset, size, err == nil && 0 <= offset && offset-1 <= last && last-offset+1 == int64(length) && last < size
}

// ReadAt implements [io.ReaderAt] for archive/zip.
func (r *remote) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		at := offset + int64(n)
		if at < 0 || at >= r.size {
			return n, io.EOF
		}
		data, err := r.bytesAt(at, int64(len(p)-n))
		if err == nil && r.unread <= 0 {
			err = r.directoryTooLarge()
		}
		if err != nil {
			r.failed = err
			return n, err
		}
		given := copy(p[n:], data)
		n, r.unread = n+given, r.unread-int64(given)
	}
	return n, nil
}

// bytesAt returns at least one byte from an offset in the archive, and fetches some if it has none.
func (r *remote) bytesAt(offset, wanted int64) ([]byte, error) {
	next := r.size
	for _, p := range r.parts {
		if p.has(offset) {
			return p.data[offset-p.offset:], nil
		}
		if p.offset > offset {
			next = min(next, p.offset)
		}
	}
	length := min(max(wanted, r.ahead), next-offset)
	if r.left -= length; r.left < 0 {
		return nil, r.directoryTooLarge()
	}
	p, size, err := r.fetch(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1), length)
	if err == nil && !(p.has(offset) && p.has(offset+length-1)) {
		p, size, err = r.fetchWhole()
	}
	if err != nil {
		return nil, err
	}
	if size != r.size {
		return nil, fmt.Errorf("%s: it changed while it was read", r.file.Filename)
	}
	r.parts = append(r.parts, p)
	return p.data[offset-p.offset:], nil
}

func (r *remote) directoryTooLarge() error {
	return &UnreadableError{Filename: r.file.Filename, Reason: "its directory is too large"}
}

// archiveError returns the error of the network if there was one, and otherwise an error for a damaged archive.
func (r *remote) archiveError(err error) error {
	if r.failed != nil {
		return r.failed
	}
	return r.file.damaged()
}

// damaged returns the error for an archive that is not what its name says. What was received may be, not the archive.
func (f *File) damaged() error {
	return &UnreadableError{Filename: f.Filename, Reason: "the archive is damaged", passing: true}
}

// directory reads the central directory.
func (r *remote) directory() ([]*zip.File, error) {
	r.ahead, r.left, r.unread = r.size, maximumDirectory, maximumDirectory+4*tail
	if count, err := r.statedMembers(); err != nil {
		return nil, r.archiveError(err)
	} else if count > maximumMembers {
		return nil, r.directoryTooLarge()
	}
	z, err := zip.NewReader(r, r.size)
	if err != nil {
		return nil, r.archiveError(err)
	}
	return z.File, nil
}

// statedMembers returns the number of members that the zip64 record of an archive states, or 0 if there is no such record.
// It must be checked because archive/zip allocates memory for that many members before it reads the first one.
func (r *remote) statedMembers() (uint64, error) {
	const locatorSize, recordSize, endSize = 20, 56, 22
	for _, length := range []int64{1 << 10, 65 << 10} { // where archive/zip looks for the end of the directory
		last := make([]byte, min(length, r.size))
		if _, err := r.ReadAt(last, r.size-int64(len(last))); err != nil {
			return 0, err
		}
		end := bytes.LastIndex(last[:max(len(last)-endSize+4, 0)], []byte("PK\x05\x06"))
		if end < 0 {
			continue
		}
		locator, record := make([]byte, locatorSize), make([]byte, recordSize)
		if _, err := r.ReadAt(locator, r.size-int64(len(last)-end)-locatorSize); err != nil || !bytes.HasPrefix(locator, []byte("PK\x06\x07")) {
			return 0, r.failed
		}
		if _, err := r.ReadAt(record, int64(binary.LittleEndian.Uint64(locator[8:]))); err != nil {
			return 0, r.failed
		}
		return binary.LittleEndian.Uint64(record[32:]), nil
	}
	return 0, nil
}

// member reads one member of a zip file. archive/zip returns an error for a member that is larger than it states.
func (r *remote) member(m *zip.File) ([]byte, error) {
	if limit := r.client.limits.Metadata; max(m.CompressedSize64, m.UncompressedSize64) > uint64(limit) {
		return nil, &UnreadableError{Filename: r.file.Filename, Reason: fmt.Sprintf("its metadata are larger than %d bytes", limit)}
	}
	if m.Flags&flagEncrypted != 0 {
		return nil, &UnreadableError{Filename: r.file.Filename, Reason: "its metadata are encrypted"}
	}
	const header = 1 << 10 // the local header, without the name, which is repeated there
	r.ahead = int64(m.CompressedSize64) + int64(len(m.Name)+len(m.Extra)) + header
	r.left = 2*r.ahead + tail
	r.unread = r.left
	content, err := m.Open()
	if err != nil {
		return nil, r.archiveError(err)
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, r.archiveError(err)
	}
	return data, nil
}

// wheelMetadata reads the METADATA member of a wheel.
func (c *Client) wheelMetadata(ctx context.Context, f *File, location *url.URL) (*Metadata, error) {
	archive, err := c.open(ctx, f, location)
	if err != nil {
		return nil, err
	}
	members, err := archive.directory()
	if err != nil {
		return nil, err
	}
	member := wheelMember(members, f.Filename)
	if member == nil {
		return nil, &UnreadableError{Filename: f.Filename, Reason: "the wheel has no METADATA"}
	}
	data, err := archive.member(member)
	if err != nil {
		return nil, err
	}
	m := &Metadata{metadata.Parse(data), FromMetadata}
	if !m.isStated() {
		return nil, &UnreadableError{Filename: f.Filename, Reason: "its METADATA has no field of core metadata"}
	}
	return m, nil
}

// wheelMember returns the METADATA member of the dist-info folder of the wheel's project, or else of any dist-info folder,
// or nil. Of several members with the same name it returns the last, as Python does.
func wheelMember(members []*zip.File, filename string) *zip.File {
	distribution, _, _ := strings.Cut(filename, "-")
	project := pep508.NormalizeName(distribution)
	var found *zip.File
	for _, m := range members {
		folder, ok := strings.CutSuffix(m.Name, ".dist-info/METADATA")
		if !ok || strings.Contains(folder, "/") {
			continue
		}
		name, _, _ := strings.Cut(folder, "-")
		if found == nil || pep508.NormalizeName(name) == project {
			found = m
		}
	}
	return found
}
