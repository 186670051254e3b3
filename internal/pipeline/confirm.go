package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/display"
	"toxgen/internal/finding"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/snapshot"
	"toxgen/internal/tox"
	"toxgen/internal/update"
)

// Confirming begins a run that asks the index whether what an update handed over is true. It writes nothing.
func Confirming(world World) (*Run, error) {
	r, err := begin(world)
	if err != nil {
		return nil, err
	}
	if err := r.load(); err != nil {
		return nil, err
	}
	index, err := world.newIndex(r.config)
	if err != nil {
		return nil, err
	}
	r.mode = mode{index: index, curable: finding.OutOfSync, needless: finding.Error}
	return r, nil
}

// Confirm asks the index for every line of the registry in which a hand-over differs from the project, as of the time at
// which the update asked: the release, its time, whether it is yanked, its files and their digests, and the metadata that
// the line has. What the index says otherwise is an error, as is that it does not answer. If it confirms everything, the
// digest of the hand-over is printed, by which update:apply recognises it.
func (r *Run) Confirm(ctx context.Context, folder string) error {
	h, err := update.ReadHandover(folder, r.config.ToxFile())
	if err != nil {
		return err
	}
	if r.world.Now, err = h.Asked(r.world.Now); err != nil {
		return err
	}
	handed, err := h.Facts()
	if err != nil {
		return err
	}
	s, err := r.inputs(r.state)
	if err != nil {
		return err
	}
	r.findings = nil                                                                       // what is wrong with the project's own files is reported by a check
	pinned, _, _ := tox.ReadLock(r.config, h[r.config.ToxFile()], h[tox.BuildConstraints]) // what is not a pin is not taken over
	c := confirmation{Run: r, claims: update.Claims(s.before, handed)}
	c.state = state{before: s.before, facts: s.before, policy: update.Policy{Refreshed: map[string]bool{}}}
	for _, claim := range c.claims {
		c.state.policy.Refreshed[claim.Project] = true
	}
	summary, err := h.Summary()
	if err != nil {
		return err
	}
	c.pages(ctx)
	c.arrivals(ctx, summary.New, handed)
	c.classifiers(ctx)
	c.requirements(ctx, tested(r.config, pinned).List())
	for _, claim := range c.claims {
		c.compare(claim, handed)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(r.findings) == 0 {
		fmt.Fprintf(r.world.Stderr, "the index confirms %s of %s\n", display.Count(len(c.claims), "changed line"),
			display.Count(len(c.state.policy.Refreshed), "project"))
		fmt.Fprintln(r.world.Stdout, h.Digest())
	}
	return nil
}

// A confirmation collects what the index says of claims. A claim of which it says nothing is dropped with a finding.
type confirmation struct {
	*Run
	claims []update.Claim
	state  state
}

// refuse reports that a claim is not confirmed, and drops it.
func (c *confirmation) refuse(claim update.Claim, why error) {
	c.add(finding.Finding{Severity: finding.Error, File: registry.Path(claim.Project),
		Message: fmt.Sprintf("release %s is not confirmed: %s", claim.Version, why)})
}

// keep drops the claims that a function refuses.
func (c *confirmation) keep(confirmed func(update.Claim) error) {
	c.claims = slices.DeleteFunc(c.claims, func(claim update.Claim) bool {
		err := confirmed(claim)
		if err != nil {
			c.refuse(claim, err)
		}
		return err != nil
	})
}

// pages reads the pages of the projects, and makes lines of them without metadata.
func (c *confirmation) pages(ctx context.Context) {
	sight := c.sight(c.state)
	var names []string
	for _, claim := range c.claims {
		names = append(names, claim.Project)
	}
	names = slices.Compact(names)
	outcomes := map[string]pageOutcome{}
	for i, o := range c.Run.pages(ctx, sight, names) {
		outcomes[names[i]] = o
	}
	followed := c.config.Followed()
	c.keep(func(claim update.Claim) error {
		o := outcomes[claim.Project]
		if o.err != nil {
			if claim.After == nil && !slices.Contains(followed, claim.Project) {
				return nil // nothing needs it any more
			}
			return o.err
		}
		project := c.state.facts.Project(claim.Project).Without(claim.Version)
		files := snapshot.Files(o.page, claim.Version, sight.Admits(claim.Project))
		if len(files) == 0 {
			files = sight.Seen(o.page, claim.Version) // it was known before, and has no older file
		}
		switch {
		case len(files) > 0:
			line := sight.Targets.Line(files)
			if known := claim.KnownClassifiers(sight.Targets, files); known != nil {
				line.Metadata = []registry.Metadata{*known}
			}
			project = project.With(line)
		case claim.After != nil && o.page.Release(claim.Version) != nil:
			return errors.New("every file of it is younger than the cooldown")
		case claim.After != nil:
			return errors.New("the index does not have it")
		}
		c.state.facts = c.state.facts.With(project)
		return nil
	})
}

// arrivals reports where the summary says otherwise than the index since when it has a project that is new in the lock.
func (c *confirmation) arrivals(ctx context.Context, arrivals []report.Arrival, handed registry.Facts) {
	for _, a := range arrivals {
		if handed[a.Project] == nil {
			continue // it does not get into the lock
		}
		page, err := c.mode.index.Project(ctx, a.Project)
		if err != nil && a.Since.IsZero() {
			continue // that it is not known is true
		}
		if err == nil && !page.Since.Equal(a.Since) {
			err = fmt.Errorf("the index has it since another time than %s", a.Since.Format(time.RFC3339))
		}
		if err != nil {
			c.add(finding.Finding{Severity: finding.Error, File: update.SummaryFile, Message: fmt.Sprintf("project %s is not confirmed: %s", a.Project, err)})
		}
	}
}

// classifiers reads those of the lines that were handed over with some, or that say why they cannot be read.
func (c *confirmation) classifiers(ctx context.Context) {
	var wanted []release
	for _, claim := range c.claims {
		known := c.state.facts.Release(claim.Project, claim.Version)
		if claim.After != nil && known.Classified() == nil && (claim.After.Classified() != nil || claim.After.Unreadable != "") {
			wanted = append(wanted, release{claim.Project, claim.Version})
		}
	}
	failed := map[lock.Release]error{}
	c.state = c.readClassifiers(ctx, c.state, wanted, reading{}, failed)
	c.keep(func(claim update.Claim) error { return failed[lock.ReleaseOf(claim.Project, claim.Version)] })
}

// requirements reads those of releases that are pinned.
func (c *confirmation) requirements(ctx context.Context, pinned []lock.Pinned) {
	claimed := map[lock.Release]*registry.Release{}
	for _, claim := range c.claims {
		if claim.After != nil {
			claimed[lock.ReleaseOf(claim.Project, claim.Version)] = claim.After
		}
	}
	pinned = slices.DeleteFunc(pinned, func(p lock.Pinned) bool { return claimed[lock.ReleaseOf(p.Project, p.Version)] == nil })
	var errs map[lock.Release]error
	c.state.facts, errs = c.online(c.state).Record(ctx, c.state.facts, pinned, func(project string, v pep440.Version) bool {
		return claimed[lock.ReleaseOf(project, v)].Classified() != nil
	})
	c.keep(func(claim update.Claim) error { return errs[lock.ReleaseOf(claim.Project, claim.Version)] })
}

// compare reports what a claim states otherwise than the index.
func (c *confirmation) compare(claim update.Claim, handed registry.Facts) {
	stated := c.state.facts.Release(claim.Project, claim.Version)
	switch {
	case claim.After == nil && stated != nil && slices.Contains(c.config.Followed(), claim.Project):
		c.refuse(claim, errors.New("its line was left out, and the index has it"))
	case claim.After != nil:
		line := 1 + slices.IndexFunc(handed[claim.Project].Releases, func(r registry.Release) bool { return r.Version.Equal(claim.Version) })
		for _, text := range update.Contradictions(claim.After, stated) {
			c.add(finding.Finding{Severity: finding.Error, File: registry.Path(claim.Project), Line: line,
				Message: fmt.Sprintf("release %s is not confirmed: %s", claim.Version, text)})
		}
	}
}

// tested returns the releases that environments and builds install by a lock: what they pin, and the releases of suites
// in their names.
func tested(c *config.Config, l lock.Lock) lock.PinnedBy {
	all := pinnedOn(c, l)
	for suite, picks := range matrix.Picks(c, l.Names()) {
		if follows := c.Suite(suite); follows != nil {
			for _, pick := range picks {
				for _, on := range pick.Pythons {
					all.Add(lock.Pins{follows.Package.Key: pick.Version}, on)
				}
			}
		}
	}
	return all
}

// pinnedOn returns the releases that a lock pins, with the Pythons of the environments by their names.
func pinnedOn(c *config.Config, l lock.Lock) lock.PinnedBy {
	pinned := lock.PinnedBy{}
	for _, p := range c.Interpreters() {
		for _, name := range l.Names() {
			if strings.HasPrefix(name, p.Factor()+"-") {
				pinned.Add(l.Environments[name], p)
			}
		}
		pinned.Add(l.Builds[p], p)
	}
	return pinned
}
