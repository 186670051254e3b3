package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"toxgen/internal/finding"
	"toxgen/internal/foreign"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/snapshot"
	"toxgen/internal/tox"
	"toxgen/internal/update"
)

// concurrentProjects is how many projects are worked on at once; the client bounds its requests itself.
const concurrentProjects = 32

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
	r.writeFacts(s.before, s.facts)
	return ctx.Err()
}

// writeFacts writes facts into the tree in the place of those that it had, and removes the files of projects that have
// none any more.
func (r *Run) writeFacts(had, facts registry.Facts) {
	for name, project := range facts {
		r.tree.Write(registry.Path(name), registry.Format(project))
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
	var err error
	var fault *tox.Fault
	if s.had, fault, err = r.readLock(); err != nil {
		return s, err
	}
	if fault != nil {
		r.add(finding.Finding{Severity: r.mode.curable, File: tox.FileName, Line: fault.Line, Message: fault.Message, Hint: fault.Hint, Kind: cured})
	}
	if s.before, s.disagreeing, err = r.readFacts(); err != nil {
		return s, err
	}
	s.facts = s.before
	return s, nil
}

// readLock reads what tox.ini and the build constraints pin, and what is wrong with tox.ini as a lock.
func (r *Run) readLock() (lock.Lock, *tox.Fault, error) {
	data, err := r.readIfThere(tox.FileName)
	if err != nil {
		return lock.Lock{}, nil, err
	}
	constraints, err := r.readIfThere(tox.BuildConstraints)
	if err != nil {
		return lock.Lock{}, nil, err
	}
	l, fault := tox.ReadLock(r.config, data, constraints)
	return l, fault, nil
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

// readFacts reads the registry. A project whose merged lines contradict each other is not among the facts, so that it
// is fetched again; it is returned by itself, with the lines that agree.
func (r *Run) readFacts() (facts, disagreeing registry.Facts, err error) {
	names, err := r.tree.List(registry.Folder)
	if err != nil {
		return nil, nil, err
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
			return nil, nil, err
		}
		files = append(files, factsFile{name, data})
	}
	facts, disagreeing = registry.Facts{}, registry.Facts{}
	for i, parsed := range concurrently(runtime.GOMAXPROCS(0), files, factsFile.parse) {
		faults = append(faults, parsed.faults...)
		project := parsed.project
		for _, d := range parsed.disagreements {
			project = project.With(registry.Release{Version: d.Version})
			r.add(finding.Finding{Severity: r.mode.curable, File: registry.Path(files[i].name), Line: d.Lines[0], Kind: cured,
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
		return nil, nil, faults
	}
	return facts, disagreeing, nil
}

// sight returns what a run with a certain state sees of the index.
func (r *Run) sight(s state) update.Sight {
	return update.NewSight(s.policy, r.config, r.world.Now, s.facts)
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
		project := &registry.Project{Name: name, Releases: snapshot.Releases(o.page, sight.Admits(name))}
		if known := s.disagreeing[name]; known != nil {
			project.Releases = slices.DeleteFunc(project.Releases, func(line registry.Release) bool { return known.Release(line.Version) == nil })
		}
		s.facts = s.facts.With(project)
	}
	return s
}

// pageOutcome is what became of fetching one project: its page, some of which is admitted, or why there is none.
type pageOutcome struct {
	page *pypi.Project
	err  error
}

// pages fetches projects concurrently; an outcome stands at its name's place.
func (r *Run) pages(ctx context.Context, sight update.Sight, names []string) []pageOutcome {
	return concurrently(concurrentProjects, names, func(name string) pageOutcome {
		page, err := r.mode.index.Project(ctx, name)
		switch {
		case err != nil:
			return pageOutcome{err: err}
		case page.Status == pypi.Quarantined:
			return pageOutcome{err: quarantined(page.StatusReason)}
		case len(snapshot.ByVersion(page, sight.Admits(name))) == 0:
			return pageOutcome{err: sight.NothingAdmitted(page)}
		default:
			return pageOutcome{page: page}
		}
	})
}

// quarantined returns the error of a project that the index has put into quarantine.
func quarantined(reason string) error {
	if reason == "" {
		return errors.New("the index has quarantined it")
	}
	return fmt.Errorf("the index has quarantined it: %s", foreign.Text(reason))
}

// unfetched reports a project whose facts could not be had. That no index may be asked is not reported: selection names
// what is lacking, with the suite that lacks it.
func (r *Run) unfetched(name string, err error) {
	if !errors.Is(err, lock.ErrNotAsked) {
		r.add(finding.Finding{Severity: finding.Error, File: registry.Path(name), Message: foreign.Text(err.Error())})
	}
}

// missingMetadata reads classifiers until selection lacks none that can be had. What selection asks for may depend
// on what it has learnt, so it is asked again after each round.
func (r *Run) missingMetadata(ctx context.Context, s state, how reading) (state, error) {
	tried, failed := map[lock.Release]bool{}, map[lock.Release]error{}
	for {
		var round []release
		var lacking []classifiersOutcome
		want := func(project string, v pep440.Version) {
			if k := lock.ReleaseOf(project, v); !tried[k] {
				tried[k] = true
				round = append(round, release{project, v})
			}
		}
		selection := matrix.Select(r.config, s.facts, matrix.Before{})
		for _, l := range selection.Lacking {
			if l.Kind != matrix.Classifiers {
				continue
			}
			want(l.Project, l.Version)
			if err := failed[lock.ReleaseOf(l.Project, l.Version)]; err != nil {
				lacking = append(lacking, classifiersOutcome{release: release{l.Project, l.Version}, err: err})
			}
		}
		for project, versions := range selection.Matrix.Asked {
			for _, v := range versions {
				if how.doubtful[lock.ReleaseOf(project, v)] {
					want(project, v)
				}
			}
		}
		switch {
		case ctx.Err() != nil:
			return s, ctx.Err()
		case len(round) > 0:
			s = r.readClassifiers(ctx, s, round, how, failed)
		case len(lacking) > 0 && s.policy.IsUpdate():
			s = r.unadopted(s, lacking, tried, failed, how.refreshing)
		default:
			for _, o := range lacking {
				r.unfetched(o.project, fmt.Errorf("%s %s: %w", o.project, o.version, o.err))
			}
			return s, nil
		}
	}
}

// reading says how classifiers are read.
type reading struct {
	// doubtful are releases whose classifiers are read again if selection asks for them.
	doubtful map[lock.Release]bool
	// refreshing is set as long as nothing was selected from the facts, so that a project may still keep those it had.
	refreshing bool
}

// release is one release whose classifiers are wanted.
type release struct {
	project string
	version pep440.Version
}

// classifiersOutcome is what became of reading the classifiers of one release.
type classifiersOutcome struct {
	release
	entry registry.Metadata
	err   error
}

// readClassifiers reads the classifiers of releases concurrently into the facts, and adds those that cannot be had to
// failed. Doubtful ones stay then.
func (r *Run) readClassifiers(ctx context.Context, s state, wanted []release, how reading, failed map[lock.Release]error) state {
	sight := r.sight(s)
	outcomes := concurrently(concurrentProjects, wanted, func(w release) classifiersOutcome {
		entry, err := r.classifiers(ctx, sight, w.project, w.version)
		return classifiersOutcome{w, entry, err}
	})
	changed := map[string][]registry.Release{}
	for _, o := range outcomes {
		k := lock.ReleaseOf(o.project, o.version)
		line := *s.facts.Release(o.project, o.version)
		lasting, unreadable := errors.AsType[*pypi.UnreadableError](o.err)
		switch {
		case o.err == nil:
			line.Unreadable = ""
			line.Metadata = snapshot.WithClassifiers(line.Metadata, o.entry)
		case unreadable && !(lasting.Missing && s.policy.IsUpdate()):
			line.Unreadable = foreign.Text(lasting.Reason)
		case how.doubtful[k] && line.Classified() != nil: // what was read before is believed until it can be read again
			continue
		default:
			failed[k] = o.err
			continue
		}
		changed[o.project] = append(changed[o.project], line)
	}
	for _, name := range sortedKeys(changed) {
		s.facts = s.facts.With(s.facts[name].With(changed[name]...))
	}
	return s
}

// unadopted returns the state of an update in which releases that selection asks for, and whose classifiers cannot be had
// now, are not adopted: each keeps the line that it had, if selection can use that, else it has none. If none of several
// that were tried could be had, or no release of the project is left that selection can use, it is the project that keeps
// its facts.
func (r *Run) unadopted(s state, lacking []classifiersOutcome, tried map[lock.Release]bool, failed map[lock.Release]error, refreshing bool) state {
	reason := func(err error) string { return foreign.Text("its metadata cannot be had now: " + err.Error()) }
	byProject := map[string][]classifiersOutcome{}
	for _, o := range lacking {
		byProject[o.project] = append(byProject[o.project], o)
	}
	for _, name := range sortedKeys(byProject) {
		next := s
		for _, o := range byProject[name] {
			if old := s.before.Release(name, o.version); old != nil && old.Classified() != nil {
				next.policy = next.policy.WithFrozen(name, o.version, reason(o.err))
				next.facts = next.facts.With(next.facts[name].With(*old))
			} else {
				next.policy = next.policy.WithMissing(name, o.version, reason(o.err))
				next.facts = next.facts.With(next.facts[name].Without(o.version))
			}
		}
		usable := slices.ContainsFunc(next.facts[name].Releases, func(l registry.Release) bool { return l.Classified() != nil || l.Unreadable != "" })
		count, had := 0, false
		for k := range tried {
			if k.Project == name {
				count, had = count+1, had || failed[k] == nil
			}
		}
		if s = next; refreshing && (!usable || count > 1 && !had) {
			s = r.keepsFacts(s, r.sight(s), report.Failed{Name: name, Reason: reason(byProject[name][0].err)})
		}
	}
	return s
}

// keepsFacts returns the state of an update in which a project keeps the facts that it had, for a reason. That it had
// none is an error.
func (r *Run) keepsFacts(s state, sight update.Sight, why report.Failed) state {
	s.policy = s.policy.WithFailed(why)
	known := s.before[why.Name]
	if kept := sight.Kept(known); kept != nil {
		s.facts = s.facts.With(kept)
	} else {
		s.facts = s.facts.Without(why.Name)
	}
	if known == nil {
		r.unfetched(why.Name, errors.New(why.Reason))
	}
	return s
}

// classifiers reads those of one release.
func (r *Run) classifiers(ctx context.Context, sight update.Sight, name string, v pep440.Version) (registry.Metadata, error) {
	page, err := r.mode.index.Project(ctx, name)
	if err != nil {
		return registry.Metadata{}, err
	}
	files := snapshot.Files(page, v, sight.Sees(page))
	if len(files) == 0 {
		return registry.Metadata{}, errors.New("the release is gone from the index, or too young to be adopted")
	}
	file := sight.Representative(files)
	read, err := r.mode.index.Metadata(ctx, file, pypi.Classifiers)
	if err != nil {
		return registry.Metadata{}, err
	}
	return snapshot.Classified(file, read.Classifiers), nil
}

// missingPins brings the facts of pins in tox.ini that the registry lacks, whoever wrote them.
func (r *Run) missingPins(ctx context.Context, s state) state {
	pinned := lock.PinnedBy{}
	for _, p := range r.config.Interpreters() {
		for _, name := range s.had.Names() {
			if len(name) > len(p.Factor()) && name[:len(p.Factor())+1] == p.Factor()+"-" {
				pinned.Add(s.had.Environments[name], p)
			}
		}
		pinned.Add(s.had.Builds[p], p)
	}
	s.proofs = s.proofs.Of(r.config, s.facts)
	keeper := r.keeper(s, &matrix.Matrix{}, lock.Offline{})
	lacking := slices.DeleteFunc(pinned.List(), func(p lock.Pinned) bool { return keeper.Knows(ctx, p) })
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
	facts, errs := r.online(s).record(ctx, s, lacking)
	s.facts = facts
	for _, p := range lacking {
		if err := errs[lock.ReleaseOf(p.Project, p.Version)]; err != nil && !s.policy.IsUpdate() && !errors.Is(err, lock.ErrNotAsked) {
			r.add(finding.Finding{Severity: finding.Warning, File: tox.FileName, Line: 1, Kind: "pins without facts",
				Message: foreign.Text(fmt.Sprintf("the facts of the pin %s==%s cannot be had: %s", p.Project, p.Version, err))})
		}
	}
	return s
}

// Refresh brings the facts of projects up to the date of an update, before the steps of the graph. A project
// that cannot be fetched keeps the facts that it has.
func (r *Run) Refresh(ctx context.Context, o update.Options) error {
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	projects, err := o.Projects(r.config, s.facts)
	if err != nil {
		return usageError(err.Error())
	}
	s.policy = update.Policy{Options: o, Refresh: r.config.Update.Refresh, Refreshed: map[string]bool{}, Gone: map[lock.Release]*update.Gone{}}
	for _, name := range projects {
		s.policy.Refreshed[name] = true
	}
	sight := r.sight(s)
	pinnedIn := update.PinnedIn(s.had)
	r.done = conclusion{summary: &report.Summary{}, file: o.Summary}
	timeless, doubtful := 0, map[lock.Release]bool{}
	for i, page := range r.pages(ctx, sight, projects) {
		name := projects[i]
		known := s.before[name]
		if page.err == nil {
			page.err = snapshot.Shrunken(page.page, known)
		}
		if page.err != nil {
			if errors.Is(page.err, update.ErrTimeless) {
				timeless++
			}
			s = r.keepsFacts(s, sight, update.Unread(name, page.err))
			continue
		}
		refreshed := sight.Refresh(page.page, known, pinnedIn[name])
		if s.facts = s.facts.Without(name); len(refreshed.Project.Releases) > 0 {
			s.facts = s.facts.With(refreshed.Project)
		}
		maps.Copy(s.policy.Gone, refreshed.Gone)
		for _, k := range refreshed.Doubtful {
			doubtful[k] = true
		}
		r.done.summary.HeldBack = append(r.done.summary.HeldBack, refreshed.Young...)
		r.done.summary.Replaced = append(r.done.summary.Replaced, refreshed.Replaced...)
	}
	if s, err = r.missingMetadata(ctx, s, reading{doubtful, true}); err != nil {
		return err
	}
	switch adopted := slices.ContainsFunc(projects, s.policy.Adopts); {
	case len(projects) == 0 || adopted:
	case timeless == len(projects):
		return finding.List{{Severity: finding.Error, Message: update.ErrTimeless.Error(),
			Hint: "update from an index that states them (PEP 700), or exempt projects in update.cooldown-exempt"}}
	default:
		r.findings = nil // they say the same of some
		return finding.List{{Severity: finding.Error, Message: "no project could be refreshed", Detail: update.Reasons(s.policy.Failed)}}
	}
	r.state = s
	return nil
}
