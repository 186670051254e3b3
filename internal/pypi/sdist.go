package pypi

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/metadata"
	"toxgen/internal/pep508"
	"toxgen/internal/wheel"
)

// statics collects the members of a source distribution that describe it without running code.
type statics struct {
	file    *File
	project string
	need    Need
	// info is the PKG-INFO with the smallest depth so far, infoDepth its depth.
	info      *metadata.Metadata
	infoDepth int
	// egg is set if there is an egg-info of the project. requires is its requires.txt.
	egg      bool
	requires []byte
}

func newStatics(f *File, need Need) *statics {
	return &statics{file: f, project: sdistProject(f), need: need}
}

// sdistProject returns the normalised name of the project of a source distribution.
func sdistProject(f *File) string {
	for i := range len(f.Filename) {
		if f.Filename[i] != '-' {
			continue
		}
		name := pep508.NormalizeName(f.Filename[:i])
		if s, err := wheel.ParseSdistOf(name, f.Filename); err == nil && s.Version.Equal(f.Version) {
			return name
		}
	}
	return ""
}

// A memberKind is the use of a member of a source distribution.
type memberKind int

const (
	otherMember memberKind = iota
	infoMember             // PKG-INFO
	eggMember              // another file in the egg-info of the project
	eggInfoMember
	eggRequiresMember
)

// kind returns the kind and depth of a member by its name: TOP/PKG-INFO, or a file in TOP[/src[/more]]/PROJECT.egg-info.
func (s *statics) kind(name string) (kind memberKind, depth int) {
	name = strings.TrimPrefix(name, "./")
	depth = strings.Count(name, "/")
	if path.Clean(name) != name || path.IsAbs(name) || strings.HasPrefix(name, "../") || depth < 1 || depth > 4 {
		return otherMember, depth
	}
	folder, base := path.Split(name)
	egg, isEgg := strings.CutSuffix(path.Base(folder), ".egg-info")
	isEgg = isEgg && pep508.NormalizeName(egg) == s.project
	switch {
	case isEgg && base == "PKG-INFO":
		return eggInfoMember, depth
	case isEgg && base == "requires.txt":
		return eggRequiresMember, depth
	case isEgg:
		return eggMember, depth
	case base == "PKG-INFO" && depth == 1:
		return infoMember, depth
	default:
		return otherMember, depth
	}
}

// note records the name of a member, and reports whether its content is needed.
func (s *statics) note(name string) bool {
	kind, depth := s.kind(name)
	s.egg = s.egg || kind >= eggMember
	switch kind {
	case infoMember, eggInfoMember:
		return s.info == nil || depth < s.infoDepth
	case eggRequiresMember:
		return s.requires == nil && s.need == Requirements
	default:
		return false
	}
}

// take records the content of a member that is needed.
func (s *statics) take(name string, data []byte) {
	kind, depth := s.kind(name)
	if kind == eggRequiresMember {
		s.requires = append([]byte{}, data...) // not nil even if it is empty
		return
	}
	m := metadata.Parse(data)
	s.info, s.infoDepth = &m, depth
}

// enough reports whether no later member can change the result.
func (s *statics) enough() bool {
	return s.info != nil && s.infoDepth == 1 && (s.need == Classifiers || isFinal(s.info) || s.requires != nil)
}

// isFinal reports whether the requirements in a PKG-INFO are final (PEP 643).
func isFinal(m *metadata.Metadata) bool {
	text, rest, _ := strings.Cut(m.MetadataVersion, ".")
	major, errMajor := strconv.Atoi(text)
	minor, errMinor := strconv.Atoi(rest)
	return errMajor == nil && errMinor == nil && (major > 2 || major == 2 && minor >= 2) && !m.IsDynamic("Requires-Dist")
}

// result returns the metadata that the members state. whole means that there are no other members.
func (s *statics) result(whole bool, limit int64) (*Metadata, error) {
	unreadable := func(format string, args ...any) (*Metadata, error) {
		return nil, &UnreadableError{Filename: s.file.Filename, Reason: fmt.Sprintf(format, args...)}
	}
	if s.info == nil {
		if !whole {
			return unreadable("no PKG-INFO within the first %d MiB", limit>>20)
		}
		return unreadable("it has no PKG-INFO")
	}
	switch {
	case isFinal(s.info):
		return &Metadata{*s.info, FromMetadata}, nil
	case s.need == Classifiers:
		return &Metadata{*s.info, NotDetermined}, nil
	case s.requires != nil || s.egg && whole:
		requires, extras, err := metadata.ParseRequires(s.requires)
		if err != nil {
			return unreadable("%s", err)
		}
		m := *s.info
		m.RequiresDist, m.ProvidesExtra = requires, extras
		return &Metadata{m, FromRequires}, nil
	case len(s.info.RequiresDist) > 0:
		return &Metadata{*s.info, FromDynamic}, nil
	default:
		return unreadable("its requirements are known only to its build: no requires.txt, and PKG-INFO does not state them")
	}
}

// sdistMetadata reads the static metadata of a source distribution.
func (c *Client) sdistMetadata(ctx context.Context, f *File, location *url.URL, need Need) (*Metadata, error) {
	if strings.HasSuffix(f.Filename, ".zip") {
		return c.zipStatics(ctx, f, location, need)
	}
	return c.tarStatics(ctx, f, location, need)
}

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

// zip reads members until enough are known.
func (s *statics) zip(archive *remote) error {
	members, err := archive.directory()
	if err != nil {
		return err
	}
	slices.SortStableFunc(members, func(a, b *zip.File) int {
		_, depthA := s.kind(a.Name)
		_, depthB := s.kind(b.Name)
		return cmp.Compare(depthA, depthB)
	})
	for _, m := range members {
		if s.enough() {
			break
		}
		if !s.note(m.Name) {
			continue
		}
		data, err := archive.member(m)
		if err != nil {
			return err
		}
		s.take(m.Name, data)
	}
	return nil
}

// tarStatics streams a tar archive until enough is known or the limit is reached.
func (c *Client) tarStatics(ctx context.Context, f *File, location *url.URL, need Need) (m *Metadata, err error) {
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
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return false, s.archiveError(a, err)
	}
	content := &limited{reader: unpacked, left: limits.Unpacked}
	members := tar.NewReader(content)
	for !s.enough() {
		header, err := members.Next()
		if err == io.EOF {
			return true, nil
		}
		var data []byte
		if err == nil {
			if header.Typeflag != tar.TypeReg || !s.note(header.Name) {
				continue
			}
			if header.Size > limits.Metadata {
				return false, &UnreadableError{Filename: s.file.Filename, Reason: fmt.Sprintf("%s is larger than %d bytes", path.Base(header.Name), limits.Metadata)}
			}
			data, err = io.ReadAll(members)
		}
		switch {
		case err == nil:
			s.take(header.Name, data)
		case a.body.over, content.over:
			return false, nil
		default:
			return false, s.archiveError(a, err)
		}
	}
	return false, nil
}

// archiveError returns errTruncated if the archive may not have been received completely, and otherwise an error for a
// damaged archive.
func (s *statics) archiveError(a *answer, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) && a.length < 0 {
		return fmt.Errorf("%s: %w", s.file.Filename, errTruncated)
	}
	return s.file.damaged()
}
