package pypi

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/wheel"
)

// statics collects the members of a source distribution that describe it without running code: the PKG-INFO in its top
// folder, and of each egg-info of the project the PKG-INFO and the requires.txt. The result does not depend on the order
// of the members, except that the last one of a name counts, as it does when an archive is unpacked.
type statics struct {
	file    *File
	project string
	need    Need
	// top is the folder that holds all members so far, or "." if there is no such folder. It is empty if there was no member.
	top string
	// texts holds the descriptions by their names, which have taken bytes.
	texts map[string][]byte
	taken int64
	// enough is set if no later member can change the result.
	enough bool
	// links holds the targets of descriptions that are links. A target outside the archive is empty.
	links map[string]string
	// eggs are the egg-info folders of the project.
	eggs map[string]bool
}

// maximumDescriptions limits the number of descriptions of an archive. maximumLinks limits how many links lead to one.
const (
	maximumDescriptions = 100
	maximumLinks        = 10
)

func newStatics(f *File, need Need) *statics {
	return &statics{file: f, project: sdistProject(f), need: need, texts: map[string][]byte{}, links: map[string]string{}, eggs: map[string]bool{}}
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

// memberName returns the name of a member as it is when the archive is unpacked, or "" if it would lie outside.
func memberName(name string) string {
	if !strings.Contains(name, "/") {
		name = strings.ReplaceAll(name, `\`, "/") // written on Windows
	}
	name = path.Clean(strings.TrimLeft(name, "/"))
	if name == "." || name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	return name
}

// note records the name of a member, as memberName returns it, and reports whether it is a description:
// [TOP/]PKG-INFO, or PKG-INFO or requires.txt in [TOP/][src/[more/]]PROJECT.egg-info. It returns an error if there are too
// many of them.
func (s *statics) note(name string) (bool, error) {
	first, rest, _ := strings.Cut(name, "/")
	if s.top == "" {
		s.top = first
	} else if s.top != first {
		s.top = "."
	}
	const deepest = 4
	depth := strings.Count(name, "/")
	folder, base := path.Split(name)
	egg, isEgg := strings.CutSuffix(path.Base(folder), ".egg-info")
	if isEgg && depth <= deepest && pep508.NormalizeName(egg) == s.project {
		s.eggs[path.Clean(folder)] = true
		isEgg = base == "PKG-INFO" || base == "requires.txt"
	} else {
		isEgg = false
	}
	if len(s.eggs)+len(s.texts)+len(s.links) > maximumDescriptions {
		return false, s.unreadable("it has over %d PKG-INFO and requires.txt files", maximumDescriptions)
	}
	return isEgg || name == "PKG-INFO" || rest == "PKG-INFO", nil
}

// take records the content of a description, of the given size, which read returns.
func (s *statics) take(name string, size, limit int64, read func() ([]byte, error)) error {
	if s.taken += size; s.taken > limit {
		return s.unreadable("its PKG-INFO and requires.txt are larger than %d bytes", limit)
	}
	data, err := read()
	if err != nil {
		return err
	}
	s.texts[name] = data
	delete(s.links, name)
	s.enough = name == s.within("PKG-INFO") && s.settles(data)
	return nil
}

// settles reports whether no other member can change the result, given the PKG-INFO of the top folder. That is so only
// where the folder has the usual name: of any other it is not known yet that it is the top.
func (s *statics) settles(text []byte) bool {
	stem, _ := wheel.CutSdist(s.file.Filename)
	if pep508.NormalizeName(s.top) != pep508.NormalizeName(stem) {
		return false
	}
	info := metadata.Parse(text)
	return s.need == Classifiers || isFinal(&info)
}

// link records that a description is a link to a member.
func (s *statics) link(name, target string) {
	s.links[name] = ""
	if !path.IsAbs(target) {
		s.links[name] = memberName(target)
	}
	delete(s.texts, name)
}

// text returns the content of a description. It follows links.
func (s *statics) text(name string) (data []byte, found bool, err error) {
	at := name
	for range maximumLinks {
		target, isLink := s.links[at]
		if !isLink {
			break
		}
		at = target
	}
	_, isLink := s.links[name]
	if data, found = s.texts[at]; !found && isLink {
		err = s.unreadable("its %s is a link to something else than a PKG-INFO or requires.txt of the archive", path.Base(name))
	}
	return data, found, err
}

// within returns the name of a member of the top folder.
func (s *statics) within(name string) string { return path.Join(s.top, name) }

// isFinal reports whether the requirements in a PKG-INFO are final (PEP 643).
func isFinal(m *metadata.Metadata) bool {
	text, rest, _ := strings.Cut(m.MetadataVersion, ".")
	major, errMajor := strconv.Atoi(text)
	minor, errMinor := strconv.Atoi(rest)
	return errMajor == nil && errMinor == nil && (major > 2 || major == 2 && minor >= 2) && !m.IsDynamic("Requires-Dist")
}

func (s *statics) unreadable(format string, args ...any) error {
	return &UnreadableError{Filename: s.file.Filename, Reason: fmt.Sprintf(format, args...)}
}

// An eggInfo is an egg-info folder of the project.
type eggInfo struct {
	folder string
	info   []byte
	// likeness is how far its PKG-INFO is the top's: 0 if it is the same, 1 if it has the same name and version, else 2.
	likeness int
}

// egg returns the egg-info folder that counts: that whose PKG-INFO is the top's, and of several the one in the most usual
// place, the top folder or src. It returns nil if there is none.
func (s *statics) egg(top []byte) (*eggInfo, error) {
	var eggs []eggInfo
	for folder := range s.eggs {
		text, _, err := s.text(path.Join(folder, "PKG-INFO"))
		if err != nil {
			return nil, err
		}
		eggs = append(eggs, eggInfo{folder, text, likeness(text, top)})
	}
	if len(eggs) == 0 {
		return nil, nil
	}
	usual := []string{s.within("src"), s.within(".")} // the last is the most usual
	best := slices.MinFunc(eggs, func(a, b eggInfo) int {
		return cmp.Or(cmp.Compare(a.likeness, b.likeness),
			cmp.Compare(slices.Index(usual, path.Dir(b.folder)), slices.Index(usual, path.Dir(a.folder))),
			strings.Compare(a.folder, b.folder))
	})
	return &best, nil
}

// likeness returns how far the PKG-INFO of an egg-info is the top's. Either is nil if there is none.
func likeness(egg, top []byte) int {
	if egg == nil {
		return 2
	}
	if top == nil || bytes.Equal(egg, top) {
		return 0
	}
	m, n := metadata.Parse(egg), metadata.Parse(top)
	v, errV := pep440.Parse(m.Version)
	w, errW := pep440.Parse(n.Version)
	if pep508.NormalizeName(m.Name) == pep508.NormalizeName(n.Name) && errV == nil && errW == nil && v.Equal(w) {
		return 1
	}
	return 2
}

// result returns the metadata that the members state. whole means that there are no other members; if there may be
// others, an egg-info counts only if nothing but another with the same PKG-INFO could take its place.
func (s *statics) result(whole bool, limit int64) (*Metadata, error) {
	top, found, err := s.text(s.within("PKG-INFO"))
	if err != nil {
		return nil, err
	}
	egg, err := s.egg(top)
	if err != nil {
		return nil, err
	}
	switch {
	case found:
	case egg != nil && egg.info != nil:
		top = egg.info
	case !whole:
		return nil, s.unreadable("no PKG-INFO within the first %d MiB", limit>>20)
	default:
		return nil, s.unreadable("it has no PKG-INFO")
	}
	info := metadata.Parse(top)
	switch {
	case isFinal(&info):
		return &Metadata{info, FromMetadata}, nil
	case s.need == Classifiers:
		return &Metadata{info, NotDetermined}, nil
	}
	if egg != nil {
		text, stated, err := s.text(path.Join(egg.folder, "requires.txt"))
		if err != nil {
			return nil, err
		}
		if whole || stated && egg.likeness == 0 {
			requires, extras, err := metadata.ParseRequires(text)
			if err != nil {
				return nil, s.unreadable("%s", err)
			}
			info.RequiresDist, info.ProvidesExtra = requires, extras
			return &Metadata{info, FromRequires}, nil
		}
	}
	if len(info.RequiresDist) > 0 {
		return &Metadata{info, FromDynamic}, nil
	}
	return nil, s.unreadable("its requirements are known only to its build: no requires.txt, and PKG-INFO does not state them")
}

// sdistMetadata reads the static metadata of a source distribution.
func (c *Client) sdistMetadata(ctx context.Context, f *File, location *url.URL, need Need) (*Metadata, error) {
	if strings.HasSuffix(f.Filename, ".zip") {
		return c.zipStatics(ctx, f, location, need)
	}
	return c.tarStatics(ctx, f, location, need)
}
