package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/wheel"
)

// releases are the facts that a project's page states: a release for each version that has a file which
// admitted lets through. Metadata are not on a page.
func releases(page *pypi.Project, admitted func(*pypi.File) bool) []registry.Release {
	files := byVersion(page, admitted)
	var all []registry.Release
	for _, key := range slices.Sorted(maps.Keys(files)) {
		all = append(all, release(files[key]))
	}
	slices.SortFunc(all, func(a, b registry.Release) int { return a.Version.Compare(b.Version) })
	return all
}

// byVersion are the files of a page that admitted lets through, by the canonical text of their version.
func byVersion(page *pypi.Project, admitted func(*pypi.File) bool) map[string][]*pypi.File {
	files := map[string][]*pypi.File{}
	for i := range page.Files {
		if f := &page.Files[i]; admitted(f) {
			key := f.Version.Canonical()
			files[key] = append(files[key], f)
		}
	}
	return files
}

// release is one line of the registry; the result does not depend on the order of the files.
func release(files []*pypi.File) registry.Release {
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
		if name := fileName(f); name != "" {
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

// spelling is the version as most of its files spell it: `1.0` and `1.0.0` are one release.
func spelling(files []*pypi.File) pep440.Version {
	versions, counts := map[string]pep440.Version{}, map[string]int{}
	for _, f := range files {
		text := f.Version.String()
		versions[text] = f.Version
		counts[text]++
	}
	return versions[mostFrequent(counts)]
}

// deviation is what a file says otherwise than its release.
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

// preferred is the one of two files that are equally compatible that pip would take: not yanked, the higher build
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

// fileName is how the registry names a file: its tag set if the wheel is pure or for Linux, SdistFile, or "". A source
// distribution that is for one Python line only counts for nothing: the registry does not tell it from others.
func fileName(f *pypi.File) string {
	if f.Sdist {
		if f.SdistPython != "" {
			return ""
		}
		return registry.SdistFile
	}
	platforms := f.Tags[strings.LastIndexByte(f.Tags, '-')+1:]
	for platform := range strings.SplitSeq(platforms, ".") {
		if platform == "any" || strings.Contains(platform, "linux") {
			return f.Tags
		}
	}
	return ""
}

func mostFrequent(counts map[string]int) string {
	return slices.MinFunc(slices.Collect(maps.Keys(counts)), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
}

// representative is the file whose classifiers stand for a release: the wheel that pip would take for the
// newest declared Python that has one, else any other wheel, else the source distribution: the classifiers of one
// release's files agree, and reading a wheel is cheap. newestFirst are the tags of the declared Pythons.
func representative(files []*pypi.File, newestFirst []*wheel.Tags) *pypi.File {
	for _, tags := range newestFirst {
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

// filesOf are the files of one release on a page.
func filesOf(page *pypi.Project, v pep440.Version, admitted func(*pypi.File) bool) []*pypi.File {
	var files []*pypi.File
	for i := range page.Files {
		if f := &page.Files[i]; f.Version.Equal(v) && admitted(f) {
			files = append(files, f)
		}
	}
	return files
}

// classifierPrefix begins the classifiers that the registry keeps.
const classifierPrefix = "Programming Language :: Python :: "

// pythonClassifiers are those below the prefix, without it, in the order of the metadata; never nil.
func pythonClassifiers(classifiers []string) []string {
	kept := []string{}
	for _, c := range classifiers {
		if rest, found := strings.CutPrefix(c, classifierPrefix); found && !slices.Contains(kept, rest) {
			kept = append(kept, rest)
		}
	}
	return kept
}

// uploadedBefore admits files that existed at a moment. A file without an upload time counts as too young
// unless its project is exempt.
func uploadedBefore(moment time.Time, exempt bool) func(*pypi.File) bool {
	return func(f *pypi.File) bool {
		if f.Uploaded.IsZero() {
			return exempt
		}
		return !f.Uploaded.After(moment)
	}
}
