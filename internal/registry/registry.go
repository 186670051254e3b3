// Package registry holds the facts about releases that a project commits: what the index said of them.
//
// Facts are an input, never a cache. There is one file per project, `registry/<normalised-name>.jsonl`, one
// release a line, ascending by PEP 440, keys in a fixed order, so that two changes that touch different
// projects merge without conflict. A line knows no URL, no host and no time of reading. Its keys, each left
// out where it says nothing:
//
//	version          as PEP 440 normalises it
//	uploaded         when its first file was uploaded (RFC 3339, UTC)
//	yanked           true, or the reason: every file of it is yanked (PEP 592)
//	requires-python  of its files
//	sdist            true: it has a source distribution
//	wheels           tag sets of its wheels that matter: pure ones and those for Linux
//	files            files of these that differ from the line: {"file", "requires-python", "yanked"}
//	metadata         what was read of it: {"for", "file", "sha256", "classifiers", "requires-python", "requires",
//	                 "extras", "source"}, see [Metadata]
//	unreadable       why metadata that was asked for cannot be read, a lasting reason: of the files that metadata
//	                 does not cover, or of the requirements where it has classifiers alone
//	verdicts         whether it supports a free-threaded build: {"python", "extras", "supported", "reason"}, see
//	                 [Verdict]
//	unresolvable     suites that cannot have it: {"suite", "python", "reason", "roots"}, see [Unresolvable]
//
// Files that are neither wheels nor source distributions, and releases whose version is not valid, have no
// line. A file of a release is named by its tag set, or `sdist`.
//
// [Parse] is strict in what a line says and lenient in how: an unknown or repeated key, a value of another kind, a
// list out of order or a version that is not in normal form is a fault with its line and column; blanks and the
// order of keys and lines are what [Format] makes of them.
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

// Folder is where the files lie in a project.
const Folder = "registry"

// Path is the file of a project by its normalised name.
func Path(name string) string { return Folder + "/" + name + suffix }

// suffix ends the name of every file.
const suffix = ".jsonl"

// NameOf is the name that a path stands for as [Path] makes it, normalised or not; ok is false if it is none of a file
// of the registry.
func NameOf(path string) (name string, ok bool) {
	name, below := strings.CutPrefix(path, Folder+"/")
	name, found := strings.CutSuffix(name, suffix)
	return name, below && found
}

// Facts are the projects of a registry by their normalised names. They are values: nothing that they hold is changed in
// place, and [Facts.With] returns others that share what did not change.
type Facts map[string]*Project

// With returns the facts with other projects in the place of those of the same names.
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

// Without returns the facts without some projects.
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

// Is reports whether facts are made of the very same projects: whether none was put in the place of another since.
func (f Facts) Is(g Facts) bool {
	return maps.EqualFunc(f, g, func(p, q *Project) bool { return p == q })
}

// Release returns a release of a project, or nil if the facts do not have it.
func (f Facts) Release(project string, v pep440.Version) *Release {
	if p := f[project]; p != nil {
		return p.Release(v)
	}
	return nil
}

// Project is what is known of one project.
type Project struct {
	// Name is normalised (PEP 503).
	Name string
	// Releases in ascending order, each version once.
	Releases []Release
}

// Release is one line.
type Release struct {
	Version pep440.Version
	// Uploaded is when the first file was uploaded; zero if the index did not say.
	Uploaded time.Time
	// Yanked is set if every file is.
	Yanked Yanked
	// RequiresPython is what the index says for the files, but for those in Files.
	RequiresPython string
	Sdist          bool
	// Wheels are compressed tag sets (`py2.py3-none-any`), sorted.
	Wheels []string
	// Files are those that differ from the release, sorted by File.
	Files []File
	// Metadata has one entry, or one for each set of files that disagree.
	Metadata []Metadata
	// Unreadable says why metadata that was asked for cannot be read; empty if it can, or was never asked for.
	Unreadable string
	// Verdicts in ascending order of Python, then of extras.
	Verdicts []Verdict
	// Unresolvable in ascending order of suite, then of Python; one for each.
	Unresolvable []Unresolvable
}

// SdistFile is the name of a source distribution in File and Metadata; a wheel goes by its tag set.
const SdistFile = "sdist"

// Yanked says whether a release or a file is yanked (PEP 592), and why.
type Yanked struct {
	Is bool
	// Reason is a stranger's text; may be empty.
	Reason string
}

// File is one file that differs from its release.
type File struct {
	// File is a tag set, or SdistFile.
	File           string
	RequiresPython *string
	Yanked         Yanked
}

// The sources of requirements other than final core metadata.
const (
	// SourceRequires is an egg-info's requires.txt, or an egg-info without one.
	SourceRequires = "requires.txt"
	// SourceDynamic is PKG-INFO that says that its requirements may differ, or is too old to say.
	SourceDynamic = "dynamic"
)

// Metadata is what the core metadata of a file say, as far as they were asked for.
type Metadata struct {
	// For names the files that the entry holds for, sorted; empty: for every file. Of several entries each has some,
	// no file has two, and they are ordered by it.
	For []string
	// File is the one that was read; it may be empty.
	File string
	// SHA256 of that file, where the index states it.
	SHA256 string
	// Classifiers are nil if nothing asked for them.
	Classifiers *Classifiers
	// Requirements are nil if nothing asked for them.
	Requirements *Requirements
}

// Classifiers are the classifiers of a file below `Programming Language :: Python ::`.
type Classifiers struct {
	// Pythons are their texts without that prefix, in the order of the metadata; there may be none.
	Pythons []string
}

// Requirements are what a file requires.
type Requirements struct {
	// Python is Requires-Python where it is not what the index says.
	Python *string
	// Dist are the Requires-Dist texts, Extras the Provides-Extra names.
	Dist, Extras []string
	// Source is where they come from if not from final metadata: SourceRequires or SourceDynamic.
	Source string
}

// Equal reports whether both require the same, as read from the same kind of source, or both are nil.
func (r *Requirements) Equal(o *Requirements) bool {
	if r == nil || o == nil {
		return r == o
	}
	return slices.Equal(r.Dist, o.Dist) && slices.Equal(r.Extras, o.Extras) && r.Source == o.Source &&
		(r.Python == nil) == (o.Python == nil) && (r.Python == nil || *r.Python == *o.Python)
}

// Verdict says whether a release supports a free-threaded build.
type Verdict struct {
	// Python is `3.14t`.
	Python string
	// Extras of the package that was resolved, normalised and sorted.
	Extras    []string
	Supported bool
	// Reason is one sentence.
	Reason string
}

// Compare orders by Python, then by extras, as the verdicts of a release stand.
func (v Verdict) Compare(w Verdict) int {
	p, _, _ := python.Parse(v.Python)
	q, _, _ := python.Parse(w.Python)
	return cmp.Or(p.Compare(q), slices.Compare(v.Extras, w.Extras))
}

// Unresolvable is the verdict of an update that one suite cannot have a release: no pins meet what the suite's
// environment with it requires. The suite passes the release over until its roots change or another update resolves it.
type Unresolvable struct {
	Suite string
	// Python is that of the environment, such as `3.10` or `3.14t`.
	Python string
	// Reason is one sentence.
	Reason string
	// Roots is the digest of what was asked: 64 hexadecimal digits.
	Roots string
}

// Compare orders by suite, then by Python, as the verdicts of a release stand.
func (u Unresolvable) Compare(o Unresolvable) int {
	p, _, _ := python.Parse(u.Python)
	q, _, _ := python.Parse(o.Python)
	return cmp.Or(cmp.Compare(u.Suite, o.Suite), p.Compare(q))
}

// Arrange brings metadata entries into the order in which a line has them: one alone is for every file.
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

// Trim returns the release without metadata that are needed for nothing: classifiers are needed if selection asks for
// them, requirements if the release is pinned. It reports whether it left something out.
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

// trimmed returns metadata entries without classifiers if these are not asked for, and without requirements if the
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

// has says whether the release has a file, by its name in the registry.
func (r *Release) has(file string) bool {
	_, isWheel := slices.BinarySearch(r.Wheels, file)
	return isWheel || file == SdistFile && r.Sdist
}

// With returns the project with releases in the place of those of the same versions, or added where it has none.
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

// Without returns the project without the release of a version.
func (p *Project) Without(v pep440.Version) *Project {
	changed := &Project{Name: p.Name, Releases: slices.Clone(p.Releases)}
	if i, found := changed.place(v); found {
		changed.Releases = slices.Delete(changed.Releases, i, i+1)
	}
	return changed
}

func (p *Project) place(v pep440.Version) (int, bool) {
	return slices.BinarySearchFunc(p.Releases, v, func(r Release, v pep440.Version) int { return r.Version.Compare(v) })
}

// Release is the release of a version, or nil.
func (p *Project) Release(v pep440.Version) *Release {
	i, found := p.place(v)
	if !found {
		return nil
	}
	return &p.Releases[i]
}

// Classified is the metadata entry that has the release's Python classifiers, or nil if they were never read.
func (r *Release) Classified() *Metadata {
	for i := range r.Metadata {
		if r.Metadata[i].Classifiers != nil {
			return &r.Metadata[i]
		}
	}
	return nil
}

// Verdict is the verdict for a free-threaded build and a set of sorted extras, or nil.
func (r *Release) Verdict(short string, extras []string) *Verdict {
	for i, v := range r.Verdicts {
		if v.Python == short && slices.Equal(v.Extras, extras) {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// AllFiles are the release's files, the source distribution last. Each states its Requires-Python, and is yanked
// if the release is.
func (r *Release) AllFiles() []File {
	names := slices.Clone(r.Wheels)
	if r.Sdist {
		names = append(names, SdistFile)
	}
	files := make([]File, len(names))
	for i, name := range names {
		files[i] = File{name, &r.RequiresPython, r.Yanked}
		for _, differing := range r.Files {
			if differing.File != name {
				continue
			}
			if differing.RequiresPython != nil {
				files[i].RequiresPython = differing.RequiresPython
			}
			if differing.Yanked.Is {
				files[i].Yanked = differing.Yanked
			}
		}
	}
	return files
}

// MetadataOf is the entry that holds for a file, or nil.
func (r *Release) MetadataOf(file string) *Metadata {
	for i := range r.Metadata {
		if m := &r.Metadata[i]; len(m.For) == 0 || slices.Contains(m.For, file) {
			return m
		}
	}
	return nil
}

// RequirementsKnown says whether the requirements of some file were read.
func (r *Release) RequirementsKnown() bool {
	return slices.ContainsFunc(r.Metadata, func(m Metadata) bool { return m.Requirements != nil })
}

// PythonRequirements are those that the release's files make, each once: a Python that one of them admits can have
// the release. A yanked file counts only if all are.
func (r *Release) PythonRequirements() []string {
	var texts []string
	for _, f := range r.AllFiles() {
		if f.Yanked.Is && !r.Yanked.Is || slices.Contains(texts, *f.RequiresPython) {
			continue
		}
		texts = append(texts, *f.RequiresPython)
	}
	if len(texts) == 0 {
		return []string{r.RequiresPython}
	}
	return texts
}
