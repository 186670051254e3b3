package snapshot

import (
	"slices"
	"strings"

	"toxgen/internal/pypi"
	"toxgen/internal/registry"
)

// classifierPrefix begins the classifiers that the registry keeps.
const classifierPrefix = "Programming Language :: Python :: "

// Classified returns the metadata entry of a file whose classifiers were read.
func (t Targets) Classified(f *pypi.File, classifiers []string) registry.Metadata {
	kept := []string{}
	seen := map[string]bool{}
	for _, c := range classifiers {
		if rest, found := strings.CutPrefix(c, classifierPrefix); found && !seen[rest] {
			seen[rest] = true
			kept = append(kept, rest)
		}
	}
	return registry.Metadata{File: t.FileName(f), SHA256: f.SHA256, Classifiers: &registry.Classifiers{Pythons: kept}}
}

// Required returns the metadata entry of a file whose requirements were read. line is the release's.
func (t Targets) Required(f *pypi.File, m *pypi.Metadata, line *registry.Release) registry.Metadata {
	r := &registry.Requirements{Dist: m.RequiresDist, Extras: m.ProvidesExtra, Source: string(m.Source)}
	if r.Dist == nil {
		r.Dist = []string{}
	}
	if m.RequiresPython != "" && m.RequiresPython != line.RequiresPython && m.RequiresPython != f.RequiresPython {
		r.Python = &m.RequiresPython
	}
	return registry.Metadata{File: t.FileName(f), SHA256: f.SHA256, Requirements: r}
}

// Read is a file of a release and the metadata entry that came of reading it.
type Read struct {
	File  *pypi.File
	Entry registry.Metadata
}

// Combined arranges what was read of a release's files, in the order of the Pythons that take them: one entry if the
// files agree, else one for each set that does. The newest Python's file stands for those that agree with it.
// classifiers is the entry that had them, or nil.
func Combined(reads []Read, classifiers *registry.Metadata) []registry.Metadata {
	var entries []registry.Metadata
	for _, one := range slices.Backward(reads) {
		i := slices.IndexFunc(entries, func(e registry.Metadata) bool { return e.Requirements.Equal(one.Entry.Requirements) })
		if i < 0 {
			i = len(entries)
			entries = append(entries, one.Entry)
		}
		entries[i].For = append(slices.Clip(entries[i].For), one.Entry.File)
	}
	if classifiers != nil {
		entries = WithClassifiers(entries, *classifiers)
	}
	return registry.Arrange(entries)
}

// WithClassifiers returns entries with classifiers in the entry of the file that they were read of. Where the files
// agree there is one entry, which then names that file. Where they do not, a file that has no name in the registry cannot
// have an entry of its own: then the first one has its classifiers.
func WithClassifiers(entries []registry.Metadata, known registry.Metadata) []registry.Metadata {
	entries = slices.Clone(entries)
	for i := range entries {
		if len(entries) == 1 || slices.Contains(entries[i].For, known.File) {
			entries[i].File, entries[i].SHA256, entries[i].Classifiers = known.File, known.SHA256, known.Classifiers
			return registry.Arrange(entries)
		}
	}
	if known.File == "" && len(entries) > 0 {
		entries[0].Classifiers = known.Classifiers
		return entries
	}
	alone := registry.Metadata{For: []string{known.File}, File: known.File, SHA256: known.SHA256, Classifiers: known.Classifiers}
	return registry.Arrange(append(entries, alone))
}

// Source returns the file that an entry names, or nil if it is not among files. It may be another one of that name: its
// digest tells. Of the files without a name in the registry, such as those for other systems, it is the one with the digest
// of the entry.
func (t Targets) Source(entry registry.Metadata, files []*pypi.File) (now *pypi.File) {
	for _, f := range files {
		switch {
		case t.FileName(f) != entry.File:
		case entry.File != "":
			now = preferred(now, f)
		case f.SHA256 == entry.SHA256 && (now == nil || f.Filename < now.Filename):
			now = f
		}
	}
	return now
}

// Carried holds the metadata of a release that remain when its page is read again.
type Carried struct {
	// Metadata are the entries that still hold: those whose file is there and not known to have changed. Classifiers do
	// not hold if they would be read of another file now.
	Metadata []registry.Metadata
	// Doubtful is set if a file may be another than the one that was read, since the index states no digest.
	Doubtful bool
}

// Carry returns what remains of the metadata of a known release. files are those that are on the page now.
func (t Targets) Carry(known *registry.Release, files []*pypi.File) (c Carried) {
	for _, m := range known.Metadata {
		now := t.Source(m, files)
		if now == nil {
			continue
		}
		if now.SHA256 != m.SHA256 {
			continue
		}
		c.Doubtful = c.Doubtful || now.SHA256 == ""
		if r := t.Representative(files); t.FileName(r) != m.File || r.SHA256 != m.SHA256 {
			m.Classifiers = nil
		}
		if m.Classifiers != nil || m.Requirements != nil {
			c.Metadata = append(c.Metadata, m)
		}
	}
	c.Metadata = registry.Arrange(c.Metadata)
	return c
}
