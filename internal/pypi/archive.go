package pypi

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/mikelolasagasti/xz"
	"golang.org/x/sync/semaphore"

	"toxgen/internal/wheel"
)

// zipStatics reads the members of a zip file, those with the smallest depth first.
func (c *Client) zipStatics(ctx context.Context, f *File, location *url.URL, need Need) (*Metadata, error) {
	archive, err := c.open(ctx, f, location)
	if err != nil {
		return nil, err
	}
	s := newStatics(f, need)
	if err := s.zip(archive); err != nil {
		return nil, err
	}
	return s.result(true, 0)
}

// zip reads members until enough are known. A link in a zip file is unpacked as a text by pip, and is one here.
func (s *statics) zip(archive *remote) error {
	members, err := archive.directory()
	if err != nil {
		return err
	}
	descriptions := map[string]*zip.File{}
	for _, m := range members {
		name := memberName(m.Name)
		if name == "" {
			continue
		}
		wanted, err := s.note(name)
		if err != nil {
			return err
		}
		if wanted {
			descriptions[name] = m
		}
	}
	names := slices.SortedFunc(maps.Keys(descriptions), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
	})
	for _, name := range names {
		if s.enough {
			break
		}
		m := descriptions[name]
		size := int64(min(m.UncompressedSize64, math.MaxInt64/2))
		if err := s.take(name, size, archive.client.limits.Metadata, func() ([]byte, error) { return archive.member(m) }); err != nil {
			return err
		}
	}
	return nil
}

// tarStatics streams a tar archive until enough is known or the limit is reached.
func (c *Client) tarStatics(ctx context.Context, f *File, location *url.URL, need Need) (m *Metadata, err error) {
	if p := packing(f.Filename); p == magicXZ || p == "" {
		if err := dictionaries.Acquire(ctx, 1); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Filename, context.Cause(ctx))
		}
		defer dictionaries.Release(1)
	}
	r := request{what: f.Filename, url: location, archive: true, limit: c.limits.Archive, within: c.limits.Download}
	err = c.ask(ctx, r, func(a *answer) error {
		s := newStatics(f, need)
		sum := sha256.New()
		packed := io.TeeReader(a.body, sum)
		whole, err := s.tar(packed, a, c.limits)
		if err != nil {
			return err
		}
		if whole {
			if _, err := io.Copy(io.Discard, packed); a.body.failed != nil {
				return err
			}
			if f.SHA256 != "" && !a.body.over && hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
				return &DigestError{f.Filename}
			}
		}
		m, err = s.result(whole, c.limits.Archive)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = &UnreadableError{Filename: f.Filename, Reason: "the index does not have the file", Missing: true}
	}
	return m, err
}

// tar reads members until enough are known or the limit is reached. whole reports whether it read all members.
func (s *statics) tar(packed io.Reader, a *answer, limits Limits) (whole bool, err error) {
	unpacked, err := unpack(s.file.Filename, packed)
	if err != nil {
		return false, s.archiveError(a, err)
	}
	content := &limited{reader: unpacked, left: limits.Unpacked}
	members := tar.NewReader(content)
	for !s.enough {
		header, err := members.Next()
		if err == io.EOF {
			return true, nil
		}
		if err == nil {
			err = s.tarMember(header, members, limits.Metadata)
		}
		switch {
		case err == nil, errors.As(err, new(*UnreadableError)):
		case a.body.over, content.over:
			return false, nil
		default:
			err = s.archiveError(a, err)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// tarMember records a member of a tar file. A symbolic link is relative to its folder, a hard link to the archive.
func (s *statics) tarMember(header *tar.Header, content io.Reader, limit int64) error {
	name := memberName(header.Name)
	if name == "" || header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	wanted, err := s.note(name)
	if err != nil || !wanted {
		return err
	}
	target := header.Linkname
	switch header.Typeflag {
	case tar.TypeReg:
		return s.take(name, header.Size, limit, func() ([]byte, error) { return io.ReadAll(content) })
	case tar.TypeSymlink:
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(name), target)
		}
		s.link(name, target)
	case tar.TypeLink:
		s.link(name, target)
	}
	return nil
}

// maximumDictionary limits the memory in which an xz archive is unpacked. The tool `xz` never uses more.
const maximumDictionary = 64 * mebibyte

// dictionaries limits how many xz archives are unpacked at a time in this process, because each may need much memory.
var dictionaries = semaphore.NewWeighted(2)

// The first bytes of packed files.
const (
	magicGzip  = "\x1f\x8b"
	magicBzip2 = "BZh"
	magicXZ    = "\xfd7zXZ\x00"
)

// packings are the first bytes of archives by the endings of their names. A .tar may be packed in any way.
var packings = map[string]string{".tar.gz": magicGzip, ".tgz": magicGzip, ".tar.bz2": magicBzip2, ".tbz": magicBzip2,
	".tar.xz": magicXZ, ".txz": magicXZ, ".tlz": magicXZ, ".tar.lz": magicXZ, ".tar.lzma": magicXZ}

// packing returns how a source distribution is packed, or "" for a .tar.
func packing(filename string) string {
	_, ending := wheel.CutSdist(filename)
	return packings[ending]
}

// unpack returns the tar file in an archive. As in pip, the ending of the name tells how it is packed.
func unpack(filename string, packed io.Reader) (io.Reader, error) {
	b := bufio.NewReader(packed)
	magic := packing(filename)
	if magic == "" {
		begin, err := b.Peek(len(magicXZ))
		if err != nil && err != io.EOF {
			return nil, err
		}
		for _, known := range []string{magicGzip, magicBzip2, magicXZ} {
			if strings.HasPrefix(string(begin), known) {
				magic = known
			}
		}
	}
	switch magic {
	case magicGzip:
		return gzip.NewReader(b)
	case magicBzip2:
		return bzip2.NewReader(b), nil
	case magicXZ:
		return xz.NewReader(b, maximumDictionary)
	default:
		return b, nil
	}
}

// archiveError returns errTruncated if the archive may not have been received completely, and otherwise an error for a
// damaged archive.
func (s *statics) archiveError(a *answer, err error) error {
	switch {
	case (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, xz.ErrBuf)) && a.length < 0:
		return fmt.Errorf("%s: %w", s.file.Filename, errTruncated)
	case errors.Is(err, xz.ErrMemlimit):
		return s.unreadable("it needs over %d MiB to be unpacked", maximumDictionary/mebibyte)
	case errors.Is(err, xz.ErrFormat):
		return &UnreadableError{Filename: s.file.Filename, Reason: "it is not packed as its name says", passing: true}
	default:
		return s.file.damaged()
	}
}
