// Package registry holds the facts about releases that a project commits: what the index stated about them.
//
// Facts are an input, never a cache. There is one file per project, `registry/<normalised-name>.jsonl`, one
// release a line, in ascending PEP 440 order, with the keys in a fixed order, so that two changes that touch different
// projects merge without conflict. A line has no URL, no host and no time of reading. Its keys, each left out if it
// would be empty:
//
//	version          as PEP 440 normalises it
//	uploaded         when its first file was uploaded (RFC 3339, UTC)
//	yanked           true, or the reason: every file of it is yanked (PEP 592)
//	requires-python  of its files
//	sdist            true: it has a source distribution
//	wheels           tag sets of its wheels that matter: pure ones and those for the systems of the declared Pythons
//	files            files of these that differ from the line: {"file", "requires-python", "yanked"}
//	metadata         what was read of it: {"for", "file", "sha256", "classifiers", "requires-python", "requires",
//	                 "extras", "source"}, see [Metadata]
//	unreadable       the permanent reason why metadata that were asked for cannot be read: those of the files that
//	                 metadata does not cover, or the requirements if it has classifiers only
//	verdicts         whether it supports a free-threaded build: {"python", "extras", "supported", "reason"}, see
//	                 [Verdict]
//	unresolvable     suites that cannot have it: {"suite", "python", "reason", "roots"}, see [Unresolvable]
//
// Files that are neither wheels nor source distributions, and releases whose version is not valid, have no
// line. A file of a release is named by its tag set, or `sdist`.
//
// [Parse] is strict about the content of a line and lenient about its form. An unknown or repeated key, a value of the
// wrong kind, a list out of order or a version that is not in normal form is a fault with its line and column. Blanks
// and the order of keys and lines do not matter: [Format] normalises them.
package registry

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// Folder is the folder of the files in a project.
const Folder = "registry"

// Path returns the path of the file of the project with a normalised name.
func Path(name string) string { return Folder + "/" + name + suffix }

// suffix is the end of every file's name.
const suffix = ".jsonl"

// NameOf returns the project name in a path of the form that [Path] returns; the name may not be normalised. ok is false
// if the path does not have that form.
func NameOf(path string) (name string, ok bool) {
	name, below := strings.CutPrefix(path, Folder+"/")
	name, found := strings.CutSuffix(name, suffix)
	return name, below && found
}

// Facts are the projects of a registry by their normalised names. They are immutable: [Facts.With] and [Facts.Without]
// return new facts that share the unchanged projects.
type Facts map[string]*Project

// With returns the facts with the given projects added, in place of those with the same names.
func (f Facts) With(projects ...*Project) Facts {
	if len(projects) == 0 {
		return f
	}
	changed := maps.Clone(f)
	if changed == nil {
		changed = Facts{}
	}
	for _, p := range projects {
		changed[p.Name] = p
	}
	return changed
}

// Without returns the facts without the projects of the given names.
func (f Facts) Without(names ...string) Facts {
	if len(names) == 0 {
		return f
	}
	changed := maps.Clone(f)
	for _, name := range names {
		delete(changed, name)
	}
	return changed
}

// Same reports whether two states of the facts have the same lines.
func (f Facts) Same(g Facts) bool {
	return maps.EqualFunc(f, g, func(p, q *Project) bool {
		return p == q || slices.EqualFunc(p.Releases, q.Releases, func(a, b Release) bool { return SameLine(&a, &b) })
	})
}

// Is reports whether both facts hold identical projects, that is the same pointers.
func (f Facts) Is(g Facts) bool {
	return maps.EqualFunc(f, g, func(p, q *Project) bool { return p == q })
}

// Changed returns the projects that are not identical in earlier facts, that is those with other pointers.
func (f Facts) Changed(earlier Facts) []*Project {
	var changed []*Project
	for name, p := range f {
		if earlier[name] != p {
			changed = append(changed, p)
		}
	}
	return changed
}

// Project returns a project, which has no releases if the facts do not have it.
func (f Facts) Project(name string) *Project {
	if p := f[name]; p != nil {
		return p
	}
	return &Project{Name: name}
}

// Release returns a release of a project, or nil if the facts do not have it.
func (f Facts) Release(project string, v pep440.Version) *Release {
	if p := f[project]; p != nil {
		return p.Release(v)
	}
	return nil
}

// A Project is a project with its known releases.
type Project struct {
	// Name is normalised (PEP 503).
	Name string
	// Releases are in ascending order, each version only once.
	Releases []Release
}

// A Release is one release with its facts: one line of a file.
type Release struct {
	Version pep440.Version
	// Uploaded is the time when the first file was uploaded; it is zero if the index did not state it.
	Uploaded time.Time
	// Yanked is set if every file is yanked.
	Yanked Yanked
	// RequiresPython is what the index states for all files except those in Files that state their own.
	RequiresPython string
	Sdist          bool
	// Wheels are compressed tag sets (`py2.py3-none-any`), sorted.
	Wheels []string
	// Files are those that differ from the release, sorted by File.
	Files []File
	// Metadata has one entry, or one for each set of files with different metadata.
	Metadata []Metadata
	// Unreadable is the reason why metadata that were asked for cannot be read. It is empty if they can be read or were
	// never asked for.
	Unreadable string
	// Verdicts are in ascending order of Python, then of extras.
	Verdicts []Verdict
	// Unresolvable is in ascending order of suite, then of Python, with at most one verdict for each pair.
	Unresolvable []Unresolvable
}

// SdistFile is the name of a source distribution in File and Metadata. The name of a wheel is its tag set.
const SdistFile = "sdist"

// A Yanked states whether a release or a file is yanked (PEP 592), and why.
type Yanked struct {
	Is bool
	// Reason is a text of others, which may hold anything; it may be empty.
	Reason string
}

// A File is a file that differs from its release.
type File struct {
	// File is a tag set, or SdistFile.
	File           string
	RequiresPython *string
	Yanked         Yanked
}

// The sources of requirements other than final core metadata.
const (
	// SourceRequires is an egg-info's requires.txt, or an egg-info without that file.
	SourceRequires = "requires.txt"
	// SourceDynamic is a PKG-INFO that states that its requirements are dynamic, or is too old to state it.
	SourceDynamic = "dynamic"
)

// A Metadata is the part of a file's core metadata that was asked for.
type Metadata struct {
	// For names the files that the entry applies to, sorted; if it is empty, the entry applies to every file. If there
	// are several entries, For is not empty in any of them, no file is in two of them, and they are ordered by For.
	For []string
	// File is the file from which the metadata were read; it may be empty.
	File string
	// SHA256 is the digest of that file; it is empty if the index does not state it.
	SHA256 string
	// Classifiers are nil if nothing asked for them.
	Classifiers *Classifiers
	// Requirements are nil if nothing asked for them.
	Requirements *Requirements
}

// Classifiers are the classifiers of a file below `Programming Language :: Python ::`.
type Classifiers struct {
	// Pythons are the classifiers without that prefix, in the order of the metadata; it may be empty.
	Pythons []string
}

// Requirements are what a file requires.
type Requirements struct {
	// Python is Requires-Python if it differs from what the index states, else nil.
	Python *string
	// Dist are the Requires-Dist texts, Extras the Provides-Extra names.
	Dist, Extras []string
	// Source is SourceRequires or SourceDynamic, or empty if the requirements come from final metadata.
	Source string
}

// Equal reports whether r and o have the same requirements from the same kind of source, or are both nil.
func (r *Requirements) Equal(o *Requirements) bool {
	if r == nil || o == nil {
		return r == o
	}
	return slices.Equal(r.Dist, o.Dist) && slices.Equal(r.Extras, o.Extras) && r.Source == o.Source &&
		(r.Python == nil) == (o.Python == nil) && (r.Python == nil || *r.Python == *o.Python)
}

// A Verdict states whether a release supports a free-threaded build.
type Verdict struct {
	// Python is the build, such as `3.14t`.
	Python string
	// Extras are those with which the release was resolved, normalised and sorted.
	Extras    []string
	Supported bool
	// Reason is one sentence.
	Reason string
}

// Compare compares by Python, then by extras: the order of the verdicts of a release.
func (v Verdict) Compare(w Verdict) int {
	p, _, _ := python.Parse(v.Python)
	q, _, _ := python.Parse(w.Python)
	return cmp.Or(p.Compare(q), slices.Compare(v.Extras, w.Extras))
}

// An Unresolvable is the verdict of an update that a suite cannot test a release, because no pins satisfy the
// requirements of the environment. The suite passes the release over until its roots change or another update finds pins.
type Unresolvable struct {
	Suite string
	// Python is the Python of the environment, such as `3.10` or `3.14t`.
	Python string
	// Reason is one sentence.
	Reason string
	// Roots is the digest of the environment's roots: 64 hexadecimal digits.
	Roots string
}

// Compare compares by suite, then by Python: the order of the verdicts of a release.
func (u Unresolvable) Compare(o Unresolvable) int {
	p, _, _ := python.Parse(u.Python)
	q, _, _ := python.Parse(o.Python)
	return cmp.Or(cmp.Compare(u.Suite, o.Suite), p.Compare(q))
}

// Arrange sorts metadata entries into the order that a line has. It changes them in place. A single entry applies to
// every file.
func Arrange(entries []Metadata) []Metadata {
	for i := range entries {
		if len(entries) == 1 {
			entries[i].For = nil
		} else {
			entries[i].For = slices.Sorted(slices.Values(entries[i].For))
		}
	}
	slices.SortFunc(entries, func(a, b Metadata) int { return slices.Compare(a.For, b.For) })
	return entries
}

// Trim returns the release without metadata that nothing needs: classifiers are needed if the selection asks for them,
// requirements if the release is pinned. less reports whether anything was left out.
func (r Release) Trim(asked, pinned bool) (trimmedRelease Release, less bool) {
	superfluous := func(m Metadata) bool {
		return !asked && m.Classifiers != nil || !pinned && m.Requirements != nil
	}
	if slices.ContainsFunc(r.Metadata, superfluous) {
		less, r.Metadata = true, trimmed(r.Metadata, asked, pinned)
	}
	if r.Unreadable != "" && !asked && !pinned {
		less, r.Unreadable = true, ""
	}
	return r, less
}

// trimmed returns the metadata entries without classifiers if these are not asked for, and without requirements if the
// release is not pinned.
func trimmed(entries []Metadata, asked, pinned bool) []Metadata {
	var needed []Metadata
	for _, m := range entries {
		if !asked {
			m.Classifiers = nil
		}
		if !pinned {
			m.Requirements = nil
		}
		if m.Classifiers != nil || m.Requirements != nil {
			needed = append(needed, m)
		}
	}
	return Arrange(needed)
}

// has reports whether the release has the file with the given name in the registry.
func (r *Release) has(file string) bool {
	_, isWheel := slices.BinarySearch(r.Wheels, file)
	return isWheel || file == SdistFile && r.Sdist
}

// With returns the project with the given releases added, in place of those with the same versions.
func (p *Project) With(releases ...Release) *Project {
	changed := &Project{Name: p.Name, Releases: slices.Clone(p.Releases)}
	for _, r := range releases {
		i, found := changed.place(r.Version)
		if found {
			changed.Releases[i] = r
		} else {
			changed.Releases = slices.Insert(changed.Releases, i, r)
		}
	}
	return changed
}

// Without returns the project without the release of the given version.
func (p *Project) Without(v pep440.Version) *Project {
	changed := &Project{Name: p.Name, Releases: slices.Clone(p.Releases)}
	if i, found := changed.place(v); found {
		changed.Releases = slices.Delete(changed.Releases, i, i+1)
	}
	return changed
}

// place returns the index of the release of a version, or the index where it would be inserted and false.
func (p *Project) place(v pep440.Version) (int, bool) {
	return slices.BinarySearchFunc(p.Releases, v, func(r Release, v pep440.Version) int { return r.Version.Compare(v) })
}

// Release returns the release of a version, or nil if the project does not have it.
func (p *Project) Release(v pep440.Version) *Release {
	i, found := p.place(v)
	if !found {
		return nil
	}
	return &p.Releases[i]
}

// Classified returns the metadata entry with the release's Python classifiers, or nil if they were never read.
func (r *Release) Classified() *Metadata {
	for i := range r.Metadata {
		if r.Metadata[i].Classifiers != nil {
			return &r.Metadata[i]
		}
	}
	return nil
}

// Verdict returns the verdict for a free-threaded build, such as `3.14t`, and a sorted list of extras, or nil.
func (r *Release) Verdict(short string, extras []string) *Verdict {
	for i, v := range r.Verdicts {
		if v.Python == short && slices.Equal(v.Extras, extras) {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// AllFiles returns the release's files, the source distribution last. RequiresPython is set in each, and each is yanked
// if the release is.
func (r *Release) AllFiles() []File {
	names := slices.Clone(r.Wheels)
	if r.Sdist {
		names = append(names, SdistFile)
	}
	files := make([]File, len(names))
	for i, name := range names {
		files[i] = File{name, &r.RequiresPython, r.Yanked}
		at, differs := slices.BinarySearchFunc(r.Files, name, func(f File, name string) int { return strings.Compare(f.File, name) })
		if !differs {
			continue
		}
		if r.Files[at].RequiresPython != nil {
			files[i].RequiresPython = r.Files[at].RequiresPython
		}
		if r.Files[at].Yanked.Is {
			files[i].Yanked = r.Files[at].Yanked
		}
	}
	return files
}

// MetadataOf returns the metadata entry that applies to a file, or nil.
func (r *Release) MetadataOf(file string) *Metadata {
	for i := range r.Metadata {
		if m := &r.Metadata[i]; len(m.For) == 0 || slices.Contains(m.For, file) {
			return m
		}
	}
	return nil
}

// RequirementsKnown reports whether the requirements of at least one file were read.
func (r *Release) RequirementsKnown() bool {
	return slices.ContainsFunc(r.Metadata, func(m Metadata) bool { return m.Requirements != nil })
}

// PythonRequirements returns the different Requires-Python values of the release's files. A Python that satisfies one of
// them can install the release. Yanked files count only if the whole release is yanked.
func (r *Release) PythonRequirements() []string {
	var texts []string
	seen := map[string]bool{}
	for _, f := range r.AllFiles() {
		if f.Yanked.Is && !r.Yanked.Is || seen[*f.RequiresPython] {
			continue
		}
		seen[*f.RequiresPython] = true
		texts = append(texts, *f.RequiresPython)
	}
	if len(texts) == 0 {
		return []string{r.RequiresPython}
	}
	return texts
}
