package pypi

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"toxgen/internal/pep508"
)

// tail is how much of an archive's end the first request for it brings: the central directory of all but the
// largest wheels.
const tail = 64 << 10

// remote reads an archive by Range requests: its end at once, anything before it as asked.
type remote struct {
	ctx    context.Context
	client *Client
	what   string
	url    *url.URL
	size   int64
	// end are the last bytes of the archive, or all of them.
	end []byte
	// left is how many bytes may still be asked for.
	left int64
}

// open asks for the end of an archive. A server that knows no ranges sends the whole.
func (c *Client) open(ctx context.Context, f *File, location *url.URL) (*remote, error) {
	r := &remote{ctx: ctx, client: c, what: f.Filename, url: location, left: c.limits.Archive}
	answer, err := c.get(ctx, request{what: r.what, url: location, bytes: fmt.Sprintf("bytes=-%d", tail), limit: c.limits.Wheel})
	if err != nil {
		return nil, err
	}
	r.end = answer.body
	if answer.status == http.StatusOK {
		r.size = int64(len(r.end))
		return r, nil
	}
	_, total, found := strings.Cut(answer.header.Get("Content-Range"), "/")
	r.size, err = strconv.ParseInt(total, 10, 64)
	if !found || err != nil || r.size < int64(len(r.end)) {
		return nil, fmt.Errorf("%s: the server does not say how large it is", r.what)
	}
	return r, nil
}

// ReadAt serves archive/zip.
func (r *remote) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= r.size {
		return 0, io.EOF
	}
	if begin := r.size - int64(len(r.end)); offset >= begin {
		n := copy(p, r.end[offset-begin:])
		if n < len(p) {
			return n, io.EOF
		}
		return n, nil
	}
	last := min(offset+max(int64(len(p)), tail), r.size) - 1
	length := last - offset + 1
	if r.left -= length; r.left < 0 {
		return 0, &UnreadableError{r.what, "its directory leads all over the file"}
	}
	answer, err := r.client.get(r.ctx, request{what: r.what, url: r.url, bytes: fmt.Sprintf("bytes=%d-%d", offset, last), limit: length})
	if err != nil {
		return 0, err
	}
	if answer.status != http.StatusPartialContent || int64(len(answer.body)) != length {
		return 0, fmt.Errorf("%s: the server sent another range than the one asked for", r.what)
	}
	if last == r.size-int64(len(r.end))-1 {
		r.end = append(answer.body, r.end...)
	}
	n := copy(p, answer.body)
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

// directory opens an archive as a zip file.
func (c *Client) directory(ctx context.Context, f *File, location *url.URL) (*zip.Reader, error) {
	r, err := c.open(ctx, f, location)
	if errors.Is(err, ErrNotFound) {
		return nil, &UnreadableError{f.Filename, "the index does not have the file"}
	}
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, r.size)
	return z, unlessLasting(f, err)
}

// unlessLasting keeps an error of the archive's own content apart from one of the network.
func unlessLasting(f *File, err error) error {
	for _, fault := range []error{zip.ErrFormat, zip.ErrAlgorithm, zip.ErrChecksum, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, fault) {
			return &UnreadableError{f.Filename, "the archive is damaged"}
		}
	}
	return err
}

// wheelMetadata reads the one member of a wheel that holds its metadata.
func (c *Client) wheelMetadata(ctx context.Context, f *File, location *url.URL) ([]byte, error) {
	z, err := c.directory(ctx, f, location)
	if err != nil {
		return nil, err
	}
	project, _, _ := strings.Cut(f.Filename, "-")
	var member *zip.File
	for _, m := range z.File {
		folder, found := strings.CutSuffix(m.Name, ".dist-info/METADATA")
		if !found || strings.Contains(folder, "/") {
			continue
		}
		name, _, _ := strings.Cut(folder, "-")
		if member == nil || pep508.NormalizeName(name) == pep508.NormalizeName(project) {
			member = m
		}
	}
	if member == nil {
		return nil, &UnreadableError{f.Filename, "the wheel has no METADATA"}
	}
	return c.zipMember(f, member)
}

// zipMember unpacks one member, whose stated size is not trusted.
func (c *Client) zipMember(f *File, member *zip.File) ([]byte, error) {
	content, err := member.Open()
	if err != nil {
		return nil, unlessLasting(f, err)
	}
	defer content.Close()
	data, err := io.ReadAll(io.LimitReader(content, c.limits.Metadata+1))
	if err != nil {
		return nil, unlessLasting(f, err)
	}
	if int64(len(data)) > c.limits.Metadata {
		return nil, &UnreadableError{f.Filename, fmt.Sprintf("its metadata are larger than %d bytes", c.limits.Metadata)}
	}
	return data, nil
}
