package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
	"toxgen/internal/tox"
)

// pinned is a release that some environments pin, with their Pythons, ascending.
type pinned struct {
	project string
	version pep440.Version
	pythons []python.Version
}

// pinSet collects releases that are pinned.
type pinSet map[string]*pinned

func (s pinSet) add(pins tox.Pins, on python.Version) {
	for project, v := range pins {
		k := project + "==" + v.Canonical()
		if s[k] == nil {
			s[k] = &pinned{project: project, version: v}
		}
		if !slices.Contains(s[k].pythons, on) {
			s[k].pythons = append(s[k].pythons, on)
		}
	}
}

// pinnedIn are the releases that the environments and builds of a run pin.
func (r *Run) pinnedIn(pins map[string]tox.Pins, builds tox.BuildPins) pinSet {
	set := pinSet{}
	for _, e := range r.matrix.Environments() {
		set.add(pins[e.Name()], e.Python)
	}
	for p, closure := range builds {
		set.add(closure, p)
	}
	return set
}

// list is the releases, sorted.
func (s pinSet) list() []pinned {
	var list []pinned
	for _, k := range sortedKeys(s) {
		slices.SortFunc(s[k].pythons, python.Version.Compare)
		list = append(list, *s[k])
	}
	return list
}

// record writes what the index says of pinned releases into the facts. A release whose facts cannot be had keeps those
// that it has; the errors say so, by the place in the list.
func (r *Run) record(ctx context.Context, releases []pinned) []error {
	type outcome struct {
		line *registry.Release
		err  error
	}
	outcomes := concurrently(concurrentResolutions, releases, func(p pinned) (o outcome) {
		o.line, o.err = r.lineOf(ctx, p)
		return o
	})
	errs := make([]error, len(releases))
	for i, o := range outcomes {
		if errs[i] = o.err; o.err == nil {
			r.addLine(releases[i].project, *o.line)
		}
	}
	return errs
}

// addLine puts a release into the facts of its project, in the place of what was known of it but for verdicts.
func (r *Run) addLine(name string, line registry.Release) {
	project := r.facts[name]
	if project == nil {
		project = &registry.Project{Name: name}
		r.facts[name] = project
	}
	i, found := slices.BinarySearchFunc(project.Releases, line.Version, func(l registry.Release, v pep440.Version) int { return l.Version.Compare(v) })
	if found {
		line.Verdicts = project.Releases[i].Verdicts
		line.Unreadable = project.Releases[i].Unreadable
		project.Releases[i] = line
	} else {
		project.Releases = slices.Insert(project.Releases, i, line)
	}
}

// read is what the metadata of one file say, as the registry has it.
type read struct {
	file  *pypi.File
	entry registry.Metadata
}

// lineOf makes the line of a pinned release: what its page says, the requirements of the files that the Pythons take,
// and the classifiers that were known.
func (r *Run) lineOf(ctx context.Context, p pinned) (*registry.Release, error) {
	if r.update != nil && r.update.unread[p.project] {
		return nil, errors.New(r.update.failed[p.project].Reason)
	}
	page, err := r.index.Project(ctx, p.project)
	if err != nil {
		return nil, err
	}
	hidden := r.hidden(p.project)
	files := filesOf(page, p.version, func(f *pypi.File) bool { return hidden(f) == "" })
	if len(files) == 0 {
		return nil, fmt.Errorf("the index does not have %s %s, or only files that are not to be seen", p.project, p.version)
	}
	line := release(files)
	var known *registry.Metadata
	if project := r.facts[p.project]; project != nil {
		if old := project.Release(p.version); old != nil {
			known = old.Classified()
		}
	}
	var reads []read
	for _, on := range p.pythons {
		file, err := r.universe.Target(on, r.config.Target()).Install(ctx, p.project, p.version)
		if err != nil {
			return nil, err
		}
		one, err := r.requirements(ctx, p, file, line.RequiresPython)
		if err != nil {
			return nil, err
		}
		if one != nil && !slices.ContainsFunc(reads, func(o read) bool { return o.file == one.file }) {
			reads = append(reads, *one)
		}
	}
	line.Metadata = combined(reads, known)
	return &line, nil
}

// requirements reads those of one file; nil if the configuration states them.
func (r *Run) requirements(ctx context.Context, p pinned, file *resolve.File, stated string) (*read, error) {
	if r.configured(p.project, file.Version) != nil {
		return nil, nil
	}
	f := file.Source.(published).file
	m, err := r.index.Metadata(ctx, f, pypi.Requirements)
	if err != nil {
		return nil, err
	}
	one := registry.Metadata{File: fileName(f), SHA256: f.SHA256, Requires: m.RequiresDist, Extras: m.ProvidesExtra, Source: string(m.Source)}
	if one.Requires == nil {
		one.Requires = []string{}
	}
	if m.RequiresPython != "" && m.RequiresPython != stated && m.RequiresPython != f.RequiresPython {
		one.RequiresPython = &m.RequiresPython
	}
	return &read{f, one}, nil
}

// combined arranges what was read of a release's files: one entry if the files agree, else one for each set that
// does. The newest Python's file stands for those that agree with it.
func combined(reads []read, classifiers *registry.Metadata) []registry.Metadata {
	var entries []registry.Metadata
	for _, one := range slices.Backward(reads) {
		i := slices.IndexFunc(entries, func(e registry.Metadata) bool { return agree(e, one.entry) })
		if i < 0 {
			i = len(entries)
			entries = append(entries, one.entry)
		}
		entries[i].For = append(entries[i].For, one.entry.File)
	}
	if classifiers != nil {
		entries = withClassifiers(entries, *classifiers)
	}
	return arranged(entries)
}

// arranged brings entries into the order in which the registry has them: one alone is for every file.
func arranged(entries []registry.Metadata) []registry.Metadata {
	if len(entries) == 1 {
		entries[0].For = nil
	}
	for i := range entries {
		slices.Sort(entries[i].For)
	}
	slices.SortFunc(entries, func(a, b registry.Metadata) int { return slices.Compare(a.For, b.For) })
	return entries
}

func agree(a, b registry.Metadata) bool {
	return slices.Equal(a.Requires, b.Requires) && slices.Equal(a.Extras, b.Extras) && a.Source == b.Source &&
		(a.RequiresPython == nil) == (b.RequiresPython == nil) && (a.RequiresPython == nil || *a.RequiresPython == *b.RequiresPython)
}

// withClassifiers puts classifiers into the entry of the file that they were read of. Where the files agree there is
// one entry, which names that file.
func withClassifiers(entries []registry.Metadata, known registry.Metadata) []registry.Metadata {
	alone := registry.Metadata{For: []string{known.File}, File: known.File, SHA256: known.SHA256, Classifiers: known.Classifiers}
	for i := range entries {
		if len(entries) == 1 || slices.Contains(entries[i].For, known.File) {
			entries[i].File, entries[i].SHA256, entries[i].Classifiers = known.File, known.SHA256, known.Classifiers
			return entries
		}
	}
	return append(entries, alone)
}

// recordPins writes the facts of everything that is pinned: in an update all of them anew, as far as it refreshes
// their projects, else those that are lacking. A pin whose facts cannot be had would be one that no check can prove.
func (r *Run) recordPins(ctx context.Context, pins map[string]tox.Pins, builds tox.BuildPins) error {
	if r.index == nil {
		return nil
	}
	releases := slices.DeleteFunc(r.pinnedIn(pins, builds).list(), func(p pinned) bool {
		return r.knows(p) && (r.update == nil || !r.update.adopts(p.project))
	})
	for i, err := range r.record(ctx, releases) {
		if p := releases[i]; err != nil && !r.knows(p) && !r.recall(p) {
			r.add(finding.Finding{Severity: finding.Error, File: registry.Path(p.project),
				Message: foreign.Text(fmt.Sprintf("the facts of %s %s, which is pinned, cannot be had: %s", p.project, p.version, err))})
		}
	}
	r.writeFacts()
	return ctx.Err()
}

// recall takes the facts of a pinned release from before the update: where the pin has to stay, though the index does
// not have the release any more, so do they.
func (r *Run) recall(p pinned) bool {
	if r.update == nil || r.update.facts[p.project] == nil {
		return false
	}
	line := r.update.facts[p.project].Release(p.version)
	if line == nil {
		return false
	}
	r.addLine(p.project, *line)
	return r.knows(p)
}

// missingPins brings the facts of pins in tox.ini that the registry lacks, whoever wrote them.
func (r *Run) missingPins(ctx context.Context) error {
	if r.index == nil {
		return nil
	}
	set := pinSet{}
	r.held = map[string]map[string]bool{}
	for _, environment := range r.lock.Environments() {
		if p, found := r.interpreter(environment); found {
			set.add(r.lock.Pins(environment), p)
		}
	}
	lacking := slices.DeleteFunc(set.list(), func(p pinned) bool { return r.knows(p) })
	if len(lacking) == 0 {
		return nil
	}
	if r.update == nil { // what people pinned is taken whatever its age
		for _, p := range lacking {
			if r.held[p.project] == nil {
				r.held[p.project] = map[string]bool{}
			}
			r.held[p.project][p.version.Canonical()] = true
		}
	}
	r.universe = r.newUniverse()
	for i, err := range r.record(ctx, lacking) {
		if err != nil && r.update == nil {
			p := lacking[i]
			r.add(finding.Finding{Severity: finding.Warning, File: toxFile, Line: 1,
				Message: foreign.Text(fmt.Sprintf("the facts of the pin %s==%s cannot be had: %s", p.project, p.version, err))})
		}
	}
	return ctx.Err()
}

// knows says whether the requirements of a pinned release are known, for each of its Pythons.
func (r *Run) knows(p pinned) bool {
	project := r.facts[p.project]
	if project == nil {
		return false
	}
	line := project.Release(p.version)
	return line != nil && (line.RequirementsKnown() || r.configured(p.project, p.version) != nil)
}

// interpreter is the declared Python of an environment, by the first factor of its name.
func (r *Run) interpreter(environment string) (python.Version, bool) {
	for _, p := range r.config.Interpreters() {
		if strings.HasPrefix(environment, p.Factor()+"-") {
			return p, true
		}
	}
	return python.Version{}, false
}
