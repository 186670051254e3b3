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

// open fetches the end of an archive, or the whole archive if the server does not support ranges.
func (c *Client) open(ctx context.Context, f *File, location *url.URL) (*remote, error) {
	r := &remote{client: c, ctx: ctx, file: f, url: location}
	err := r.fetchEnd()
	if refused := (*statusError)(nil); errors.As(err, &refused) && refused.rangeRefused() {
		err = r.fetchWhole()
	}
	if errors.Is(err, ErrNotFound) {
		return nil, &UnreadableError{Filename: f.Filename, Reason: "the index does not have the file", Missing: true}
	}
	if err == nil && int64(len(r.parts[0].data)) == r.size {
		err = verify(f.Filename, r.parts[0].data, f.SHA256)
	}
	return r, err
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

// fetchEnd fetches the end of the archive, or the whole archive if the server does not say which bytes it sends.
func (r *remote) fetchEnd() error {
	data, status, header, err := r.get(fmt.Sprintf("bytes=-%d", tail), r.client.limits.Wheel)
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		r.keepWhole(data)
		return nil
	}
	offset, size, err := contentRange(header.Get("Content-Range"), len(data))
	if err != nil {
		return r.fetchWhole()
	}
	r.size, r.parts = size, []part{{offset, data}}
	return nil
}

// fetchWhole fetches the whole archive.
func (r *remote) fetchWhole() error {
	data, _, _, err := r.get("", r.client.limits.Wheel)
	r.keepWhole(data)
	return err
}

func (r *remote) keepWhole(data []byte) { r.size, r.parts = int64(len(data)), []part{{0, data}} }

// get fetches some bytes of the archive, or all of them.
func (r *remote) get(bytes string, limit int64) (data []byte, status int, header http.Header, err error) {
	return r.client.read(r.ctx, request{what: r.file.Filename, url: r.url, bytes: bytes, archive: true, limit: limit, within: r.client.limits.Download})
}

// contentRange parses the Content-Range header of an answer with length bytes. It returns the offset of these bytes and
// the size of the file.
func contentRange(text string, length int) (offset, size int64, err error) {
	var last int64
	if _, err := fmt.Sscanf(text, "bytes %d-%d/%d", &offset, &last, &size); err != nil || offset < 0 || last < offset-1 || last-offset+1 != int64(length) || last >= size {
		return 0, 0, errors.New("the server does not say which bytes it sent")
	}
	return offset, size, nil
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
		if end := p.offset + int64(len(p.data)); p.offset <= offset && offset < end {
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
	data, status, header, err := r.get(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1), length)
	if err == nil && !r.isPart(offset, length, data, status, header) || errors.As(err, new(*overError)) {
		return r.instead(offset)
	}
	if err != nil {
		return nil, err
	}
	r.parts = append(r.parts, part{offset, data})
	return data, nil
}

// isPart reports whether an answer is the part of the archive that was asked for.
func (r *remote) isPart(offset, length int64, data []byte, status int, header http.Header) bool {
	begin, size, err := contentRange(header.Get("Content-Range"), len(data))
	return status == http.StatusPartialContent && err == nil && begin == offset && size == r.size && int64(len(data)) == length
}

// instead fetches the whole archive because the server sent another part than that asked for, and returns the bytes from an
// offset.
func (r *remote) instead(offset int64) ([]byte, error) {
	size := r.size
	if err := r.fetchWhole(); err != nil {
		return nil, err
	}
	if r.size != size {
		return nil, fmt.Errorf("%s: the server sent other bytes than those asked for", r.file.Filename)
	}
	content := r.parts[0].data
	return content[offset:], verify(r.file.Filename, content, r.file.SHA256)
}

func (r *remote) directoryTooLarge() error {
	return &UnreadableError{Filename: r.file.Filename, Reason: "its directory is too large"}
}

// archiveError returns the error of the network if there was one, and otherwise an error for a damaged archive.
func (r *remote) archiveError(err error) error {
	if r.failed != nil {
		return r.failed
	}
	return &UnreadableError{Filename: r.file.Filename, Reason: "the archive is damaged"}
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
