package pypi

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"toxgen/internal/metadata"
	"toxgen/internal/pep508"
)

// maximumUnpacked bounds the unpacked bytes of a source distribution that are passed over.
const maximumUnpacked = 1 << 30

// statics are the members of a source distribution that describe it without running anything.
type statics struct {
	project string
	need    Need
	// info is PKG-INFO at the top, or of the egg-info.
	info      []byte
	infoDepth int
	// requires is the egg-info's requires.txt; egg says that there is an egg-info.
	requires []byte
	egg      bool
	eggOwn   bool
}

// wants says whether a member may describe the distribution, by its name.
func (s *statics) wants(name string) bool {
	base := path.Base(name)
	depth := strings.Count(name, "/")
	switch {
	case path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "../"):
		return false
	case base == "PKG-INFO":
		return depth == 1 || s.eggFolder(name) != ""
	default:
		return base == "requires.txt" && s.eggFolder(name) != ""
	}
}

// eggFolder is the name of the egg-info folder that a member lies in, not deeper than setuptools puts one.
func (s *statics) eggFolder(name string) string {
	if strings.Count(name, "/") > 3 {
		return ""
	}
	folder, found := strings.CutSuffix(path.Base(path.Dir(name)), ".egg-info")
	if !found {
		return ""
	}
	return folder
}

// add takes a member that it wants.
func (s *statics) add(name string, data []byte) {
	if folder := s.eggFolder(name); folder != "" {
		own := pep508.NormalizeName(folder) == s.project
		if s.egg && s.eggOwn && !own {
			return
		}
		if own && !s.eggOwn {
			s.requires = nil // what another egg-info said
		}
		s.egg, s.eggOwn = true, own
		if path.Base(name) == "requires.txt" {
			s.requires = data
			return
		}
	}
	if depth := strings.Count(name, "/"); s.info == nil || depth < s.infoDepth {
		s.info, s.infoDepth = data, depth
	}
}

// enough says that no later member can change the answer.
func (s *statics) enough() bool {
	if s.info == nil || s.infoDepth != 1 {
		return false
	}
	m := metadata.Parse(s.info)
	return s.need == Classifiers || final(&m) || s.eggOwn && s.requires != nil
}

// final says whether PKG-INFO states the requirements for good (PEP 643).
func final(m *metadata.Metadata) bool {
	major, minor, _ := strings.Cut(m.MetadataVersion, ".")
	recent := major == "2" && len(minor) == 1 && minor >= "2" && minor <= "9" || len(major) == 1 && major > "2" && major <= "9"
	return recent && !m.IsDynamic("Requires-Dist")
}

// answer is the distribution's metadata text. whole says that every member was seen.
func (s *statics) answer(f *File, whole bool, limit int64) ([]byte, Source, error) {
	if s.info == nil && s.requires == nil && !s.egg {
		if !whole {
			return nil, "", &UnreadableError{f.Filename, fmt.Sprintf("no PKG-INFO within the first %d MiB", limit>>20)}
		}
		return nil, "", &UnreadableError{f.Filename, "it has no PKG-INFO"}
	}
	m := metadata.Parse(s.info)
	switch {
	case s.need == Classifiers:
		return s.info, NotDetermined, nil
	case final(&m):
		return s.info, FromMetadata, nil
	case s.requires != nil || s.egg && whole:
		requires, extras, err := metadata.ParseRequires(s.requires)
		if err != nil {
			return nil, "", &UnreadableError{f.Filename, err.Error()}
		}
		return replaced(s.info, requires, extras), FromRequires, nil
	case len(m.RequiresDist) > 0:
		return s.info, FromDynamic, nil
	default:
		return nil, "", &UnreadableError{f.Filename, "its requirements are known only to its build: no requires.txt, and PKG-INFO does not state them"}
	}
}

// replaced is PKG-INFO with other requirements and extras.
func replaced(info []byte, requires, extras []string) []byte {
	var b bytes.Buffer
	headers, _ := metadata.Headers(info)
	for _, h := range headers {
		if h.Name != "requires-dist" && h.Name != "provides-extra" && h.Name != "description" {
			fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
		}
	}
	for _, r := range requires {
		fmt.Fprintf(&b, "Requires-Dist: %s\n", r)
	}
	for _, e := range extras {
		fmt.Fprintf(&b, "Provides-Extra: %s\n", e)
	}
	return b.Bytes()
}

// sdistMetadata reads what a source distribution says of itself statically.
func (c *Client) sdistMetadata(ctx context.Context, f *File, location *url.URL, need Need) ([]byte, Source, error) {
	name, _, _ := strings.Cut(f.Filename, "-"+f.Version.String())
	s := &statics{project: pep508.NormalizeName(name), need: need}
	var whole bool
	var err error
	if strings.HasSuffix(f.Filename, ".zip") {
		whole, err = true, c.zipStatics(ctx, f, location, s)
	} else {
		whole, err = c.tarStatics(ctx, f, location, s)
	}
	if err != nil {
		return nil, "", err
	}
	return s.answer(f, whole, c.limits.Archive)
}

func (c *Client) zipStatics(ctx context.Context, f *File, location *url.URL, s *statics) error {
	z, err := c.directory(ctx, f, location)
	if err != nil {
		return err
	}
	for _, m := range z.File {
		if !s.wants(m.Name) {
			continue
		}
		data, err := c.zipMember(f, m)
		if err != nil {
			return err
		}
		s.add(m.Name, data)
	}
	return nil
}

// errLimit ends the reading of an archive that is too large.
var errLimit = errors.New("limit")

// tarStatics streams an archive until enough of it was seen, or the limit is reached.
func (c *Client) tarStatics(ctx context.Context, f *File, location *url.URL, s *statics) (whole bool, err error) {
	err = c.try(ctx, request{what: f.Filename, url: location}, func(response *http.Response) error {
		packed := &limited{reader: response.Body, left: c.limits.Archive}
		fresh := &statics{project: s.project, need: s.need}
		whole, err = fresh.tar(f, packed, c.limits.Metadata)
		c.stats.bytes.Add(c.limits.Archive - packed.left)
		if err == nil {
			*s = *fresh
			return nil
		}
		if packed.failed != nil {
			return fmt.Errorf("%s ended early: %w", f.Filename, c.scrub(packed.failed))
		}
		return nil // the archive's own fault: err holds it, and another try would find it again
	})
	if errors.Is(err, ErrNotFound) {
		return false, &UnreadableError{f.Filename, "the index does not have the file"}
	}
	return whole, err
}

// tar reads members until enough were seen; whole says that the end was reached.
func (s *statics) tar(f *File, packed *limited, largest int64) (whole bool, err error) {
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return false, &UnreadableError{f.Filename, "the archive is damaged"}
	}
	content := &limited{reader: unpacked, left: maximumUnpacked}
	members := tar.NewReader(content)
	for !s.enough() {
		header, err := members.Next()
		switch {
		case err == io.EOF:
			return true, nil
		case packed.left <= 0 || content.left <= 0:
			return false, nil
		case err != nil:
			return false, &UnreadableError{f.Filename, "the archive is damaged"}
		case header.Typeflag != tar.TypeReg || !s.wants(header.Name):
			continue
		case header.Size > largest:
			return false, &UnreadableError{f.Filename, fmt.Sprintf("%s is larger than %d bytes", path.Base(header.Name), largest)}
		}
		data, err := io.ReadAll(members)
		if err != nil {
			if packed.left <= 0 || content.left <= 0 {
				return false, nil
			}
			return false, &UnreadableError{f.Filename, "the archive is damaged"}
		}
		s.add(header.Name, data)
	}
	return true, nil
}

// limited reads so many bytes and no more, and remembers why the reader below failed.
type limited struct {
	reader io.Reader
	left   int64
	failed error
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLimit
	}
	n, err := l.reader.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && err != io.EOF {
		l.failed = err
	}
	return n, err
}
