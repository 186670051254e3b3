package wheel

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"toxgen/internal/python"
)

// A Tag is one compatibility tag.
type Tag struct{ Python, ABI, Platform string }

// String returns the tag in the form `py3-none-any`.
func (t Tag) String() string { return t.Python + "-" + t.ABI + "-" + t.Platform }

// maximumTags limits how many tags a compressed tag set may expand to. Real ones have fewer than a hundred.
const maximumTags = 4096

// A tagSet is a compressed tag set: three parts, each a dot-separated list.
type tagSet struct{ pythons, abis, platforms string }

// splitTags parses a compressed tag set and reports whether it is valid.
func splitTags(text string) (set tagSet, ok bool) {
	var rest string
	set.pythons, rest, _ = strings.Cut(text, "-")
	set.abis, set.platforms, _ = strings.Cut(rest, "-")
	count := 1
	for i, part := range [...]string{set.pythons, set.abis, set.platforms} {
		if count *= strings.Count(part, ".") + 1; count > maximumTags {
			return tagSet{}, false
		}
		for member := range strings.SplitSeq(part, ".") {
			if member == "" || i == 0 && !isIdentifier(member) {
				return tagSet{}, false
			}
		}
	}
	return set, !strings.Contains(set.platforms, "-")
}

func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsNumber(r)) {
			return false
		}
	}
	return true
}

// all iterates over the tags of the set.
func (s tagSet) all(yield func(Tag) bool) {
	for python := range strings.SplitSeq(s.pythons, ".") {
		for abi := range strings.SplitSeq(s.abis, ".") {
			for platform := range strings.SplitSeq(s.platforms, ".") {
				if !yield(Tag{python, abi, platform}) {
					return
				}
			}
		}
	}
}

// ParseTags expands a compressed tag set, such as `py2.py3-none-any`. It returns nil if the text is not valid.
func ParseTags(text string) []Tag {
	set, ok := splitTags(text)
	if !ok {
		return nil
	}
	return slices.Collect(set.all)
}

// Tags holds the compatible tags of one interpreter on one platform, the most preferred first.
type Tags struct {
	// specific holds the pairs of Python and ABI that are combined with each platform, generic those that are
	// combined with `any`; the most preferred first.
	specific, generic []pair
	platforms         []string
	specificRank      map[pair]int
	genericRank       map[pair]int
	platformRank      map[string]int
}

type pair struct{ python, abi string }

// Compatible returns the compatible tags of an interpreter on its platform.
func Compatible(p python.Target) *Tags {
	t := &Tags{platforms: platforms(p.Platform)}
	cp := func(minor int) string { return fmt.Sprintf("cp%d%d", p.Major, minor) }
	py := func(minor int) string { return fmt.Sprintf("py%d%d", p.Major, minor) }
	this, abi, stable := cp(p.Minor), cp(p.Minor), "abi3"
	switch {
	case p.FreeThreaded:
		abi, stable = abi+"t", "abi3t"
	case p.Minor < 8:
		abi += "m"
	}
	t.specific = append(t.specific, pair{this, abi}, pair{this, stable}, pair{this, "none"})
	for minor := p.Minor - 1; minor >= 2; minor-- {
		t.specific = append(t.specific, pair{cp(minor), stable})
	}
	pure := []pair{{py(p.Minor), "none"}, {fmt.Sprintf("py%d", p.Major), "none"}}
	for minor := p.Minor - 1; minor >= 0; minor-- {
		pure = append(pure, pair{py(minor), "none"})
	}
	t.specific = append(t.specific, pure...)
	t.generic = append([]pair{{this, "none"}}, pure...)
	t.specificRank, t.genericRank = ranks(t.specific), ranks(t.generic)
	t.platformRank = ranks(t.platforms)
	return t
}

// ranks maps each member of a list to its index.
func ranks[T comparable](list []T) map[T]int {
	rank := make(map[T]int, len(list))
	for i, item := range list {
		rank[item] = i
	}
	return rank
}

// platforms returns the platform tags that a machine supports, the most preferred first.
func platforms(p python.Platform) []string {
	switch p.System {
	case python.Windows:
		return []string{windowsTags[p.Machine]}
	case python.MacOS:
		return macPlatforms(p)
	default:
		return linuxPlatforms(p)
	}
}

// windowsTags are the platform tags of Windows, by machine.
var windowsTags = map[string]string{"amd64": "win_amd64", "arm64": "win_arm64", "x86": "win32"}

// macPlatforms returns the platform tags of a macOS: those of its release and of older ones. Since macOS 11 the minor
// version of a tag is 0. Before it there was no arm64, so that an old tag fits one only if it is for both architectures.
func macPlatforms(p python.Platform) []string {
	formats := []string{"arm64", "universal2"}
	before11 := []string{"universal2"}
	if p.Machine == "x86_64" {
		formats = []string{"x86_64", "intel", "fat64", "fat3", "universal2", "universal"}
		before11 = formats
	}
	var list []string
	add := func(major, minor int, formats []string) {
		for _, format := range formats {
			list = append(list, fmt.Sprintf("macosx_%d_%d_%s", major, minor, format))
		}
	}
	for major := p.Version.Major; major >= 11; major-- {
		add(major, 0, formats)
	}
	newest := 16 // as which macOS 11 presented itself to what was built before it
	if p.Version.Major == 10 {
		newest = p.Version.Minor
	}
	for minor := newest; minor >= 4; minor-- {
		add(10, minor, before11)
	}
	return list
}

// linuxPlatforms returns the platform tags of a Linux with its C library.
func linuxPlatforms(p python.Platform) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)+"_"+p.Machine) }
	if p.Libc.Family == "musl" {
		for minor := p.Libc.Minor; minor >= 0; minor-- {
			add("musllinux_%d_%d", p.Libc.Major, minor)
		}
		add("linux")
		return list
	}
	oldest := 17
	if p.Machine == "x86_64" || p.Machine == "i686" {
		oldest = 5
	}
	legacy := map[int]string{17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
	for minor := p.Libc.Minor; minor >= oldest; minor-- {
		add("manylinux_%d_%d", p.Libc.Major, minor)
		if name := legacy[minor]; name != "" {
			add("%s", name)
		}
	}
	add("linux")
	return list
}

// List returns all compatible tags, the most preferred first.
func (t *Tags) List() []Tag {
	var list []Tag
	for _, p := range t.specific {
		for _, platform := range t.platforms {
			list = append(list, Tag{p.python, p.abi, platform})
		}
	}
	for _, p := range t.generic {
		list = append(list, Tag{p.python, p.abi, "any"})
	}
	return list
}

// Rank returns the index of tag in [Tags.List]. ok is false if it is not compatible.
func (t *Tags) Rank(tag Tag) (rank int, ok bool) {
	p := pair{tag.Python, tag.ABI}
	if tag.Platform == "any" {
		rank, ok = t.genericRank[p]
		return len(t.specific)*len(t.platforms) + rank, ok
	}
	rank, ok = t.specificRank[p]
	if !ok {
		return 0, false
	}
	place, ok := t.platformRank[tag.Platform]
	return rank*len(t.platforms) + place, ok
}

// Best returns the least rank of the tags in a compressed tag set, as in [Wheel]. ok is false if none of them is
// compatible or the text is not a valid tag set. Best does not allocate, because most files of an index do not match.
func (t *Tags) Best(text string) (best int, ok bool) {
	set, ok := splitTags(text)
	if !ok {
		return 0, false
	}
	ok = false
	for tag := range set.all {
		if rank, compatible := t.Rank(tag); compatible && (!ok || rank < best) {
			best, ok = rank, true
		}
	}
	return best, ok
}
