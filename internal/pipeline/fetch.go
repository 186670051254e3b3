package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
)

// concurrentProjects is how many projects are worked on at once; the client bounds its requests itself.
const concurrentProjects = 32

// Fetch is the first step: the facts of the registry, and from the index those that selection lacks.
func (r *Run) Fetch(ctx context.Context) error {
	if err := r.readInputs(); err != nil {
		return err
	}
	r.missingProjects(ctx)
	if err := r.missingMetadata(ctx); err != nil {
		return err
	}
	if err := r.missingPins(ctx); err != nil {
		return err
	}
	r.writeFacts()
	return nil
}

// writeFacts puts the facts into the tree.
func (r *Run) writeFacts() {
	for name, project := range r.facts {
		r.tree.Write(registry.Path(name), registry.Format(project))
	}
}

// readInputs reads tox.ini and the registry as they are before the run, once.
func (r *Run) readInputs() error {
	if r.facts != nil {
		return nil
	}
	if err := r.readLock(); err != nil {
		return err
	}
	return r.readFacts()
}

// factsFile is one file of the registry.
type factsFile struct {
	name string
	data []byte
}

// parsedFacts is what came of parsing one.
type parsedFacts struct {
	project       *registry.Project
	disagreements []registry.Disagreement
	faults        finding.List
}

func (f factsFile) parse() (p parsedFacts) {
	p.project, p.disagreements, p.faults = registry.Parse(f.name, f.data)
	return p
}

func (r *Run) readFacts() error {
	r.facts = registry.Facts{}
	names, err := r.tree.List(registry.Folder)
	if err != nil {
		return err
	}
	var faults finding.List
	var files []factsFile
	for _, path := range names {
		name, isFacts := registry.NameOf(path)
		if !isFacts {
			continue
		}
		if !pep508.IsNormalizedName(name) {
			faults = append(faults, finding.Finding{Severity: finding.Error, File: path, Message: "the file's name is no normalised name of a project",
				Hint: fmt.Sprintf("rename it to %s", registry.Path(pep508.NormalizeName(name)))})
			continue
		}
		data, err := r.tree.Read(path)
		if err != nil {
			return err
		}
		files = append(files, factsFile{name, data})
	}
	for i, parsed := range concurrently(runtime.GOMAXPROCS(0), files, factsFile.parse) {
		faults = append(faults, parsed.faults...)
		if name := files[i].name; parsed.project != nil {
			r.facts[name] = parsed.project
			r.disagreeing(name, parsed.disagreements)
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// disagreeing drops a project whose merged lines contradict each other, so that it is fetched again.
func (r *Run) disagreeing(name string, disagreements []registry.Disagreement) {
	if len(disagreements) == 0 {
		return
	}
	if r.index != nil {
		delete(r.facts, name)
		return
	}
	for _, d := range disagreements {
		r.add(finding.Finding{Severity: finding.OutOfSync, File: registry.Path(name), Line: d.Lines[0],
			Message: fmt.Sprintf("the lines of release %s disagree", d.Version), Hint: "run `mage`, which fetches its facts again"})
	}
}

// packages are the normalised names of the projects that suites follow, sorted.
func (r *Run) packages() []string {
	var names []string
	for _, s := range r.config.Suites {
		names = append(names, s.Value.Package.Key)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// missingProjects brings the releases of packages that have no file.
func (r *Run) missingProjects(ctx context.Context) {
	var missing []string
	for _, name := range r.packages() {
		if r.facts[name] == nil {
			missing = append(missing, name)
		}
	}
	for i, outcome := range r.pages(ctx, missing) {
		name := missing[i]
		if outcome.err != nil {
			r.unfetched(name, outcome.err)
			continue
		}
		r.facts[name] = &registry.Project{Name: name, Releases: outcome.releases}
	}
}

// pageOutcome is what became of fetching one project: its page and the releases on it that are admitted, or why
// there are none.
type pageOutcome struct {
	project  *pypi.Project
	releases []registry.Release
	err      error
}

// errNoIndex says that a verifying run asks nobody.
var errNoIndex = errors.New("a check asks no index")

// pages fetches projects concurrently; an outcome stands at its name's place.
func (r *Run) pages(ctx context.Context, names []string) []pageOutcome {
	return concurrently(concurrentProjects, names, func(name string) pageOutcome { return r.page(ctx, name) })
}

func (r *Run) page(ctx context.Context, name string) pageOutcome {
	if r.index == nil {
		return pageOutcome{err: errNoIndex}
	}
	project, err := r.index.Project(ctx, name)
	if err != nil {
		return pageOutcome{err: err}
	}
	if project.Status == pypi.Quarantined {
		return pageOutcome{err: quarantined(project.StatusReason)}
	}
	all := releases(project, r.admitted(name))
	if len(all) == 0 {
		return pageOutcome{err: r.nothingAdmitted(project)}
	}
	return pageOutcome{project: project, releases: all}
}

// quarantined is a project that the index has put there.
func quarantined(reason string) error {
	if reason == "" {
		return errors.New("the index has quarantined it")
	}
	return fmt.Errorf("the index has quarantined it: %s", foreign.Text(reason))
}

// errTimeless says that an index does not state when files were uploaded.
var errTimeless = errors.New("the index states no upload times, so that nothing is old enough to be adopted")

// nothingAdmitted explains why no release of a page counts.
func (r *Run) nothingAdmitted(page *pypi.Project) error {
	var earliest time.Time
	for _, f := range page.Files {
		if earliest.IsZero() || !f.Uploaded.IsZero() && f.Uploaded.Before(earliest) {
			earliest = f.Uploaded
		}
	}
	switch {
	case len(page.Files) == 0:
		return errors.New("the index has no file of it that is a wheel or a source distribution")
	case earliest.IsZero():
		return fmt.Errorf("%w; exempt it in update.cooldown-exempt", errTimeless)
	case r.before() != nil:
		return fmt.Errorf("its first file was uploaded at %s", earliest.UTC().Format(time.RFC3339))
	default:
		return fmt.Errorf("every release is younger than the cooldown: the first can be adopted after %s",
			earliest.Add(r.config.Update.Cooldown.Duration).UTC().Format(time.RFC3339))
	}
}

// admitted says which files of a project count: those that the cooldown lets through, or that existed at the
// moment that an update was asked for.
func (r *Run) admitted(name string) func(*pypi.File) bool {
	if r.before() != nil {
		return uploadedBefore(*r.before(), false)
	}
	for _, exempt := range r.config.Update.CooldownExempt {
		if pep508.NormalizeName(exempt.Text) == name {
			return uploadedBefore(r.world.Now, true)
		}
	}
	return uploadedBefore(r.world.Now.Add(-r.config.Update.Cooldown.Duration), false)
}

// unfetched reports a project whose facts could not be had; in an update it keeps those that it has.
func (r *Run) unfetched(name string, err error) {
	switch {
	case errors.Is(err, errNoIndex): // selection reports what is lacking, with the suite that lacks it
	case r.update != nil:
		r.keepFacts(unread(name, err))
	default:
		r.add(finding.Finding{Severity: finding.Error, File: registry.Path(name), Message: foreign.Text(err.Error())})
	}
}

// missingMetadata reads metadata until selection lacks none that can be had. What selection asks for may depend
// on what it has learnt, so it asks again after each round.
func (r *Run) missingMetadata(ctx context.Context) error {
	if r.index == nil {
		return nil
	}
	tried := map[string]bool{}
	for {
		_, lacking, _ := matrix.Select(r.config, r.facts, nil)
		var round []matrix.Lacking
		for _, l := range lacking {
			key := l.String()
			if !l.Version.IsZero() && !l.IsVerdict() && !tried[key] {
				tried[key] = true
				round = append(round, l)
			}
		}
		if len(round) == 0 {
			return ctx.Err()
		}
		r.readMetadata(ctx, round)
	}
}

// readMetadata reads the classifiers of releases concurrently into the facts.
func (r *Run) readMetadata(ctx context.Context, wanted []matrix.Lacking) {
	type outcome struct {
		metadata *registry.Metadata
		err      error
	}
	outcomes := concurrently(concurrentProjects, wanted, func(l matrix.Lacking) (o outcome) {
		o.metadata, o.err = r.classifiers(ctx, l.Project, l.Version)
		return o
	})
	for i, l := range wanted {
		project := r.facts[l.Project]
		if project == nil || project.Release(l.Version) == nil {
			continue // the project went back to the facts that it had
		}
		release := project.Release(l.Version)
		o := outcomes[i]
		switch lasting, unreadable := errors.AsType[*pypi.UnreadableError](o.err); {
		case unreadable:
			release.Unreadable = foreign.Text(lasting.Reason)
		case o.err != nil:
			r.unfetched(l.Project, fmt.Errorf("%s %s: %w", l.Project, l.Version, o.err))
		default:
			release.Unreadable = ""
			release.Metadata = arranged(withClassifiers(release.Metadata, *o.metadata))
		}
	}
}

// classifiers reads those of one release.
func (r *Run) classifiers(ctx context.Context, name string, v pep440.Version) (*registry.Metadata, error) {
	page, err := r.index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	files := filesOf(page, v, r.admitted(name))
	if len(files) == 0 {
		return nil, errors.New("the release is gone from the index, or too young to be adopted")
	}
	file := representative(files, r.newestFirst)
	read, err := r.index.Metadata(ctx, file, pypi.Classifiers)
	if err != nil {
		return nil, err
	}
	return &registry.Metadata{File: fileName(file), SHA256: file.SHA256, Classifiers: pythonClassifiers(read.Classifiers)}, nil
}
