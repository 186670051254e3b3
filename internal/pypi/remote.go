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
	// tail is how much of an archive's end the first request for it brings: the central directory of all but the
	// largest wheels, and mostly the metadata too, which stand last.
	tail = 64 << 10
	// maximumDirectory bounds the bytes before the tail that are read for a central directory, maximumMembers what a
	// directory of that size can hold.
	maximumDirectory = 16 << 20
	maximumMembers   = (maximumDirectory + tail) / 46
	// flagEncrypted marks a member of a zip file that archive/zip would read as if it were not encrypted.
	flagEncrypted = 1
)

// remote is an archive on a server, of which parts are read as they are needed.
type remote struct {
	client *Client
	ctx    context.Context // of the reading of this one archive
	file   *File
	url    *url.URL
	size   int64
	parts  []part
	// ahead is how many bytes a request brings at least, if there are so many before the next part.
	ahead int64
	// left is how many bytes may still be asked for, unread how many may still be read, at hand or not.
	left, unread int64
	// failed is why a part could not be had: it says more than what becomes of it above.
	failed error
}

// part is a piece of an archive.
type part struct {
	offset int64
	data   []byte
}

// open asks for the end of an archive. A server that knows no ranges sends, or is asked for, the whole.
func (c *Client) open(ctx context.Context, f *File, location *url.URL) (*remote, error) {
	r := &remote{client: c, ctx: ctx, file: f, url: location}
	err := r.end()
	if refused := (*statusError)(nil); errors.As(err, &refused) && refused.rangeRefused() {
		err = r.whole()
	}
	if errors.Is(err, ErrNotFound) {
		return nil, &UnreadableError{f.Filename, "the index does not have the file"}
	}
	if err == nil && int64(len(r.parts[0].data)) == r.size {
		err = verify(f.Filename, r.parts[0].data, f.SHA256)
	}
	return r, err
}

// rangeRefused says that a server may have refused a range, not the file.
func (e *statusError) rangeRefused() bool {
	switch e.code {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusRequestedRangeNotSatisfiable,
		http.StatusNotImplemented:
		return true
	}
	return false
}

func (r *remote) end() error {
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
		return fmt.Errorf("%s: %w", r.file.Filename, err)
	}
	r.size, r.parts = size, []part{{offset, data}}
	return nil
}

func (r *remote) whole() error {
	data, _, _, err := r.get("", r.client.limits.Wheel)
	r.keepWhole(data)
	return err
}

func (r *remote) keepWhole(data []byte) { r.size, r.parts = int64(len(data)), []part{{0, data}} }

// get asks for some bytes of the archive, or all.
func (r *remote) get(bytes string, limit int64) (data []byte, status int, header http.Header, err error) {
	return r.client.read(r.ctx, request{what: r.file.Filename, url: r.url, bytes: bytes, archive: true, limit: limit, within: r.client.limits.Download})
}

// contentRange says where so many bytes lie in a file, and how large it is.
func contentRange(text string, length int) (offset, size int64, err error) {
	var last int64
	if _, err := fmt.Sscanf(text, "bytes %d-%d/%d", &offset, &last, &size); err != nil || offset < 0 || last < offset-1 || last-offset+1 != int64(length) || last >= size {
		return 0, 0, errors.New("the server does not say which bytes it sent")
	}
	return offset, size, nil
}

// ReadAt serves archive/zip.
func (r *remote) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		at := offset + int64(n)
		if at < 0 || at >= r.size {
			return n, io.EOF
		}
		data, err := r.from(at, int64(len(p)-n))
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

// from gives some bytes that begin at an offset within the archive; it asks for them if it has none.
func (r *remote) from(offset, wanted int64) ([]byte, error) {
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
	if err != nil {
		return nil, err
	}
	begin, size, err := contentRange(header.Get("Content-Range"), len(data))
	if status != http.StatusPartialContent || err != nil || begin != offset || size != r.size || int64(len(data)) != length {
		return nil, fmt.Errorf("%s: the server sent other bytes than those asked for", r.file.Filename)
	}
	r.parts = append(r.parts, part{offset, data})
	return data, nil
}

func (r *remote) directoryTooLarge() error {
	return &UnreadableError{r.file.Filename, "its directory is too large"}
}

// lasting keeps an error of the archive's own content apart from one of the network.
func (r *remote) lasting(err error) error {
	if r.failed != nil {
		return r.failed
	}
	return &UnreadableError{r.file.Filename, "the archive is damaged"}
}

// directory reads the central directory.
func (r *remote) directory() ([]*zip.File, error) {
	r.ahead, r.left, r.unread = r.size, maximumDirectory, maximumDirectory+4*tail
	if count, err := r.stated(); err != nil {
		return nil, r.lasting(err)
	} else if count > maximumMembers {
		return nil, r.directoryTooLarge()
	}
	z, err := zip.NewReader(r, r.size)
	if err != nil {
		return nil, r.lasting(err)
	}
	return z.File, nil
}

// stated is how many members an archive states to have by the record of zip64, which may be any number: archive/zip
// makes room for them before it reads the first. It is 0 where there is no such record.
func (r *remote) stated() (uint64, error) {
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

// member reads one member of a zip file. A member that is larger than it states is an error of archive/zip.
func (r *remote) member(m *zip.File) ([]byte, error) {
	if limit := r.client.limits.Metadata; max(m.CompressedSize64, m.UncompressedSize64) > uint64(limit) {
		return nil, &UnreadableError{r.file.Filename, fmt.Sprintf("its metadata are larger than %d bytes", limit)}
	}
	if m.Flags&flagEncrypted != 0 {
		return nil, &UnreadableError{r.file.Filename, "its metadata are encrypted"}
	}
	const header = 1 << 10 // and the member's name once more
	r.ahead = int64(m.CompressedSize64) + int64(len(m.Name)+len(m.Extra)) + header
	r.left = 2*r.ahead + tail
	r.unread = r.left
	content, err := m.Open()
	if err != nil {
		return nil, r.lasting(err)
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, r.lasting(err)
	}
	return data, nil
}

// wheelMetadata reads the one member of a wheel that holds its metadata.
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
		return nil, &UnreadableError{f.Filename, "the wheel has no METADATA"}
	}
	data, err := archive.member(member)
	if err != nil {
		return nil, err
	}
	m := &Metadata{metadata.Parse(data), FromMetadata}
	if m.Name == "" {
		return nil, &UnreadableError{f.Filename, "its METADATA name no project"}
	}
	return m, nil
}

// wheelMember is the METADATA of a wheel's own dist-info folder, else of any; of two of one name the last, as
// Python has it.
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
