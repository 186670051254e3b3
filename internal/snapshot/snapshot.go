// Package snapshot turns the page of a project on the index into lines of the registry.
//
// Everything in it is pure: pages, files and what was known go in, releases come out, in an order that does not depend
// on that of the page. Which files of a page count is a function that the caller hands in. What a file says of itself
// is read elsewhere; [Read] is what came of it, and [Combined] arranges what was read of a release's files.
package snapshot

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// Targets are the declared interpreters. They decide which wheels the registry names, and which file stands for a release.
type Targets struct {
	// systems are those of the targets, tags the wheel tags that they accept, both by the newest target first.
	systems []python.System
	tags    []*wheel.Tags
}

// NewTargets returns the Targets of interpreters in ascending order.
func NewTargets(ascending ...python.Target) Targets {
	var t Targets
	for _, p := range slices.Backward(ascending) {
		t.tags = append(t.tags, wheel.Compatible(p))
		if !slices.Contains(t.systems, p.Platform.System) {
			t.systems = append(t.systems, p.Platform.System)
		}
	}
	return t
}

// Filter reports whether a file counts.
type Filter func(*pypi.File) bool

// All is the filter that lets every file through.
func All(*pypi.File) bool { return true }

// Releases returns what a project's page states: a release for each version that has a file which counts, ascending.
// Metadata are not on a page.
func (t Targets) Releases(page *pypi.Project, counts Filter) []registry.Release {
	var all []registry.Release
	for i := range slices.Backward(page.Releases) {
		if files := counted(page.Files(&page.Releases[i]), counts); len(files) > 0 {
			all = append(all, t.Line(files))
		}
	}
	return all
}

// Has reports whether a file of a page counts.
func Has(page *pypi.Project, counts Filter) bool {
	for i := range page.Releases {
		if slices.ContainsFunc(page.Files(&page.Releases[i]), counts) {
			return true
		}
	}
	return false
}

// Files returns the files of one release on a page that count.
func Files(page *pypi.Project, v pep440.Version, counts Filter) []*pypi.File {
	return counted(page.Files(page.Release(v)), counts)
}

// counted returns the files that count.
func counted(files []*pypi.File, counts Filter) []*pypi.File {
	return slices.DeleteFunc(files, func(f *pypi.File) bool { return !counts(f) })
}

// Line returns the line of the registry for the files of one release, of which there is one at least.
func (t Targets) Line(files []*pypi.File) registry.Release {
	r := registry.Release{Version: spelling(files), Yanked: registry.Yanked{Is: true}}
	byName := map[string]*pypi.File{}
	requirements := map[string]int{}
	var reasons []string
	for _, f := range files {
		if !f.Uploaded.IsZero() && (r.Uploaded.IsZero() || f.Uploaded.Before(r.Uploaded)) {
			r.Uploaded = f.Uploaded.UTC()
		}
		requirements[f.RequiresPython]++
		if f.Yanked {
			reasons = append(reasons, f.YankedReason)
		}
		r.Yanked.Is = r.Yanked.Is && f.Yanked
		if name := t.FileName(f); name != "" {
			byName[name] = preferred(byName[name], f)
		}
	}
	if r.Yanked.Is {
		r.Yanked.Reason = slices.Max(reasons)
	}
	r.RequiresPython = mostFrequent(requirements)
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		f := byName[name]
		if name == registry.SdistFile {
			r.Sdist = true
		} else {
			r.Wheels = append(r.Wheels, name)
		}
		if d, differs := deviation(name, f, &r); differs {
			r.Files = append(r.Files, d)
		}
	}
	return r
}

// spelling returns the version as most of its files spell it: `1.0` and `1.0.0` are one release.
func spelling(files []*pypi.File) pep440.Version {
	versions, counts := map[string]pep440.Version{}, map[string]int{}
	for _, f := range files {
		text := f.Version.String()
		versions[text] = f.Version
		counts[text]++
	}
	return versions[mostFrequent(counts)]
}

// deviation returns what a file says otherwise than its release.
func deviation(name string, f *pypi.File, r *registry.Release) (registry.File, bool) {
	d := registry.File{File: name}
	if f.RequiresPython != r.RequiresPython {
		d.RequiresPython = &f.RequiresPython
	}
	if f.Yanked && !r.Yanked.Is {
		d.Yanked = registry.Yanked{Is: true, Reason: f.YankedReason}
	}
	return d, d.RequiresPython != nil || d.Yanked.Is
}

// preferred returns the one of two files that are equally compatible that pip would take: not yanked, the higher build
// tag, the one listed later; nil counts for nothing.
func preferred(a, b *pypi.File) *pypi.File {
	if a == nil || a.Yanked && !b.Yanked {
		return b
	}
	if b.Yanked && !a.Yanked || a.Build.Compare(b.Build) > 0 {
		return a
	}
	return b
}

// FileName returns how the registry names a file: its tag set if the wheel is pure or for the system of a target, whatever
// the machine, registry.SdistFile, or "". A source distribution that is for one Python line only has no name: the registry
// does not tell it from others.
func (t Targets) FileName(f *pypi.File) string {
	if f.Sdist {
		if f.SdistPython != "" {
			return ""
		}
		return registry.SdistFile
	}
	platforms := f.Tags[strings.LastIndexByte(f.Tags, '-')+1:]
	for platform := range strings.SplitSeq(platforms, ".") {
		if platform == "any" || slices.ContainsFunc(t.systems, func(s python.System) bool { return isFor(platform, s) }) {
			return f.Tags
		}
	}
	return ""
}

// isFor reports whether a platform tag is for some machine with a system.
func isFor(platform string, s python.System) bool {
	switch s {
	case python.Windows:
		return strings.HasPrefix(platform, "win")
	case python.MacOS:
		return strings.HasPrefix(platform, "macosx")
	default:
		return strings.Contains(platform, "linux")
	}
}

// Relevant returns the files of a release that some machine with the system of a target could install, and for each spelling
// of its version that has none a file that explains it: of the largest projects most files are for other systems.
func (t Targets) Relevant(files []*pypi.File) []*pypi.File {
	useful := map[string]bool{}
	for _, f := range files {
		if t.FileName(f) != "" {
			useful[f.Version.String()] = true
		}
	}
	var kept []*pypi.File
	for _, f := range files {
		if version := f.Version.String(); t.FileName(f) != "" || !useful[version] {
			kept = append(kept, f)
			useful[version] = true
		}
	}
	return kept
}

func mostFrequent(counts map[string]int) string {
	return slices.MinFunc(slices.Collect(maps.Keys(counts)), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
}

// Representative returns the file whose classifiers stand for a release: the wheel that pip would take for the newest target
// that has one, else any other wheel, else the source distribution: the classifiers of one release's files agree, and
// reading a wheel is cheap.
func (t Targets) Representative(files []*pypi.File) *pypi.File {
	for _, tags := range t.tags {
		var best *pypi.File
		bestRank := 0
		for _, f := range files {
			if f.Sdist || f.Yanked {
				continue
			}
			rank, ok := tags.Best(f.Tags)
			if ok && (best == nil || rank < bestRank || rank == bestRank && preferred(best, f) == f) {
				best, bestRank = f, rank
			}
		}
		if best != nil {
			return best
		}
	}
	order := func(f *pypi.File) int {
		switch {
		case f.Yanked:
			return 2
		case f.Sdist:
			return 1
		default:
			return 0
		}
	}
	return slices.MinFunc(files, func(a, b *pypi.File) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), strings.Compare(a.Filename, b.Filename))
	})
}

// A ShrunkenError is a page that lost more of what was known than is to be believed.
type ShrunkenError struct {
	// Lost is how many of the Known releases are not on the page; Yanked is set if every release on it is yanked.
	Lost, Known int
	Yanked      bool
}

// Error describes the loss.
func (e *ShrunkenError) Error() string {
	if e.Yanked {
		return "every release on its page is yanked"
	}
	return fmt.Sprintf("%d of the %d releases known are gone from its page", e.Lost, e.Known)
}

// Shrunken returns a *ShrunkenError if more than one release, and over a fifth of those that are known, are not on a
// page, or if a page has yanked releases alone and that was not so before.
func Shrunken(page *pypi.Project, known *registry.Project) error {
	if known == nil {
		return nil
	}
	lost, offered := 0, false
	for i := range known.Releases {
		release := &known.Releases[i]
		offered = offered || !release.Yanked.Is
		if page.Release(release.Version) == nil {
			lost++
		}
	}
	if lost > 1 && lost*5 > len(known.Releases) {
		return &ShrunkenError{Lost: lost, Known: len(known.Releases)}
	}
	if offered && len(page.Releases) > 0 && !Has(page, func(f *pypi.File) bool { return !f.Yanked }) {
		return &ShrunkenError{Known: len(known.Releases), Yanked: true}
	}
	return nil
}
