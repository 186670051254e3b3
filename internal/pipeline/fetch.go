package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"toxgen/internal/concurrent"
	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/formats"
	"toxgen/internal/live"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/snapshot"
	"toxgen/internal/tox"
	"toxgen/internal/update"
)

// concurrentProjects is how many projects are worked on at once: more than the requests that a client makes at a time, which
// bounds these itself.
const concurrentProjects = 64

// Fetch is the first step: the facts of the registry, and from the index those that selection and the pins lack.
func (r *Run) Fetch(ctx context.Context) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	s = r.missingProjects(ctx, s)
	if s, err = r.missingMetadata(ctx, s, reading{}); err != nil {
		return err
	}
	s = r.missingPins(ctx, s)
	r.state = s
	r.writeFacts(slices.Collect(maps.Values(s.facts)), s.before, s.facts)
	return ctx.Err()
}

// writeFacts writes projects into the tree, and removes the files of those that had facts and have none any more.
func (r *Run) writeFacts(projects []*registry.Project, had, facts registry.Facts) {
	for i, data := range concurrent.Map(runtime.GOMAXPROCS(0), projects, registry.Format) {
		r.tree.Write(registry.Path(projects[i].Name), data)
	}
	for name := range had {
		if facts[name] == nil {
			r.tree.Remove(registry.Path(name))
		}
	}
}

// inputs returns the state with tox.ini, the build constraints and the registry as they were before the run, which are
// read once.
func (r *Run) inputs(s state) (state, error) {
	if s.before != nil {
		return s, nil
	}
	r.meter.Doing("reading registry/ and tox.ini")
	var err error
	var fault *tox.Fault
	if s.had, s.file, fault, err = r.readLock(); err != nil {
		return s, err
	}
	if s.custom, err = r.readCustom(); err != nil {
		return s, err
	}
	if fault != nil {
		r.add(finding.Finding{Severity: r.mode.curable, File: r.config.ToxFile(), Line: fault.Line, Message: fault.Message, Hint: fault.Hint, Kind: cured})
	}
	var disagreements finding.List
	if s.before, s.disagreeing, disagreements, err = r.readFacts(); err != nil {
		return s, err
	}
	r.add(disagreements...)
	s.facts = s.before
	return s, nil
}

// readLock reads what tox.ini and the build constraints pin, and what is wrong with tox.ini as a lock.
func (r *Run) readLock() (lock.Lock, *tox.File, *tox.Fault, error) {
	data, err := r.readOwn(r.config.ToxFile())
	if err != nil {
		return lock.Lock{}, nil, nil, err
	}
	constraints, err := r.readOwn(tox.BuildConstraints)
	if err != nil {
		return lock.Lock{}, nil, nil, err
	}
	l, file, fault := tox.ReadLock(r.config, data, constraints)
	return l, file, fault, nil
}

// readCustom returns the sections that people wrote into tox.ini. Those of a hand-over do not count.
func (r *Run) readCustom() (tox.Custom, error) {
	if r.handed.custom != nil {
		return *r.handed.custom, nil
	}
	data, err := r.readOwn(r.config.ToxFile())
	return tox.ReadCustom(data), err
}

// readOwn returns the content of a file that toxgen made. It returns nil if there is no file, or one that it did not make.
func (r *Run) readOwn(name string) ([]byte, error) {
	data, err := r.readIfThere(name)
	if err != nil || !tox.Owned(data) {
		return nil, err
	}
	return data, checkFormat(name, data)
}

// checkFormat returns a finding if a newer toxgen generated a file. Such a file is neither read nor replaced.
func checkFormat(name string, data []byte) error {
	line, err := formats.CheckGenerated(data)
	if err == nil {
		return nil
	}
	return finding.List{{Severity: finding.Error, File: name, Line: line, Message: err.Error(), Hint: formats.Hint}}
}

// factsFile is one file of the registry.
type factsFile struct {
	name string
	data []byte
}

// parsedFacts are the facts of one file, or its faults.
type parsedFacts struct {
	project       *registry.Project
	disagreements []registry.Disagreement
	faults        finding.List
}

func (f factsFile) parse() (p parsedFacts) {
	p.project, p.disagreements, p.faults = registry.Parse(f.name, f.data)
	return p
}

// readFacts reads the registry. A project whose merged lines contradict each other is not among the facts, so that it
// is fetched again; it is returned by itself, with the lines that agree, and as a finding.
func (r *Run) readFacts() (facts, disagreeing registry.Facts, disagreements finding.List, err error) {
	names, err := r.tree.List(registry.Folder)
	if err != nil {
		return nil, nil, nil, err
	}
	var faults finding.List
	var files []factsFile
	for _, path := range names {
		name, isFacts := registry.NameOf(path)
		if !isFacts {
			continue
		}
		if !pep508.IsNormalizedName(name) {
			faults = append(faults, finding.Finding{Severity: finding.Error, File: path, Message: "the file's name is not the normalised name of a project",
				Hint: fmt.Sprintf("rename it to %s", registry.Path(pep508.NormalizeName(name)))})
			continue
		}
		data, err := r.tree.Read(path)
		if err != nil {
			return nil, nil, nil, err
		}
		files = append(files, factsFile{name, data})
	}
	facts, disagreeing = registry.Facts{}, registry.Facts{}
	for i, parsed := range concurrent.Map(runtime.GOMAXPROCS(0), files, factsFile.parse) {
		faults = append(faults, parsed.faults...)
		project := parsed.project
		for _, d := range parsed.disagreements {
			project = project.With(registry.Release{Version: d.Version})
			disagreements = append(disagreements, finding.Finding{Severity: r.mode.curable, File: registry.Path(files[i].name), Line: d.Lines[0], Kind: cured,
				Message: fmt.Sprintf("the lines of release %s disagree", d.Version), Hint: "run `mage`, which fetches its facts again"})
		}
		switch {
		case project == nil:
		case len(parsed.disagreements) > 0:
			disagreeing[files[i].name] = project
		default:
			facts[files[i].name] = project
		}
	}
	if len(faults) > 0 {
		return nil, nil, nil, faults
	}
	return facts, disagreeing, disagreements, nil
}

// missingProjects brings the releases of packages that have no file, and those that were known of packages whose merged
// lines disagreed.
func (r *Run) missingProjects(ctx context.Context, s state) state {
	missing := slices.DeleteFunc(r.config.Followed(), func(name string) bool { return s.facts[name] != nil || s.policy.AsRecorded(name) })
	sight := r.sight(s)
	for i, o := range r.pages(ctx, sight, missing) {
		name := missing[i]
		if o.err != nil {
			r.unfetched(name, o.err)
			continue
		}
		project := &registry.Project{Name: name, Releases: sight.Targets.Releases(o.page, sight.Admits(name))}
		if known := s.disagreeing[name]; known != nil {
			project.Releases = slices.DeleteFunc(project.Releases, func(line registry.Release) bool { return known.Release(line.Version) == nil })
		}
		s.facts = s.facts.With(project)
	}
	return s
}

// A pageOutcome holds the page of a project, some of which is admitted, or why there is no such page.
type pageOutcome struct {
	page *pypi.Project
	err  error
}

// pages fetches projects concurrently; an outcome stands at its name's place.
func (r *Run) pages(ctx context.Context, sight update.Sight, names []string) []pageOutcome {
	return counted(r.meter, "fetching", "project", concurrentProjects, names, itself, func(name string) (o pageOutcome) {
		o.page, o.err = r.page(ctx, sight, name)
		return o
	})
}

// page returns the page of a project, some of which is admitted.
func (r *Run) page(ctx context.Context, sight update.Sight, name string) (*pypi.Project, error) {
	page, err := r.mode.index.Project(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case page.Status == pypi.Quarantined:
		return nil, quarantined(page.StatusReason)
	case !snapshot.Has(page, sight.Admits(name)):
		return nil, sight.NothingAdmitted(page)
	default:
		return page, nil
	}
}

// quarantined returns the error of a project that the index has put into quarantine.
func quarantined(reason string) error {
	if reason == "" {
		return errors.New("the index has quarantined it")
	}
	return fmt.Errorf("the index has quarantined it: %s", display.Cut(reason))
}

// unfetched reports a project whose facts could not be had. That no index may be asked is not reported: selection names
// what is lacking, with the suite that lacks it.
func (r *Run) unfetched(name string, err error) {
	if !errors.Is(err, lock.ErrNotAsked) {
		r.add(finding.Finding{Severity: finding.Error, File: registry.Path(name), Message: err.Error()})
	}
}

// missingPins returns the state with the facts of pins in tox.ini that the registry lacks, also of those that a person wrote.
// Without an index it returns the state as it is: the proof of the pins finds what is lacking.
func (r *Run) missingPins(ctx context.Context, s state) state {
	if r.mode.index == (live.None{}) {
		return s
	}
	s.proofs = s.proofs.Of(r.config, s.facts)
	keeper := r.keeper(s, &matrix.Matrix{}, lock.Offline{})
	lacking := slices.DeleteFunc(pinnedOn(r.config, s.had).List(), func(p lock.Pinned) bool { return keeper.Knows(ctx, p) })
	if len(lacking) == 0 {
		return s
	}
	if !s.policy.IsUpdate() {
		byHand := maps.Clone(s.policy.ByHand)
		if byHand == nil {
			byHand = map[lock.Release]bool{}
		}
		for _, p := range lacking {
			byHand[lock.ReleaseOf(p.Project, p.Version)] = true
		}
		s.policy.ByHand = byHand
	}
	facts, errs := r.online(s).Record(ctx, s.facts, lacking, func(string, pep440.Version) bool { return true })
	s.facts = facts
	for _, p := range lacking {
		if err := errs[lock.ReleaseOf(p.Project, p.Version)]; err != nil && !s.policy.IsUpdate() && !errors.Is(err, lock.ErrNotAsked) {
			r.add(finding.Finding{Severity: finding.Warning, File: r.config.ToxFile(), Line: 1, Kind: "pins without facts",
				Message: fmt.Sprintf("the facts of the pin %s==%s cannot be fetched: %s", p.Project, p.Version, err)})
		}
	}
	return s
}
