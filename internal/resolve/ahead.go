package resolve

import (
	"context"
	"sync"
)

// ahead asks the index in advance what a search will probably need, so that the search does not wait for one answer
// after another: for each demanded identifier it reads the release that would be chosen without further demands, and
// then follows what that release demands. It changes how long a resolution takes, not its result; a question that
// fails here is asked again if the search needs the answer.
type ahead struct {
	problem *compiled
	// slots bounds the number of open questions.
	slots chan struct{}
	work  sync.WaitGroup

	mutex sync.Mutex
	seen  map[*identifier]bool
}

func newAhead(c *compiled, questions int) *ahead {
	if questions <= 0 {
		return nil
	}
	return &ahead{problem: c, slots: make(chan struct{}, questions), seen: map[*identifier]bool{}}
}

// wait returns when all reading has ended.
func (a *ahead) wait() {
	if a != nil {
		a.work.Wait()
	}
}

// read starts to read what demands are about, unless that was started before.
func (a *ahead) read(ctx context.Context, list []demand) {
	if a == nil {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for i := range list {
		d := &list[i]
		if a.seen[d.on] || d.exact != nil || d.on == pythonIdentifier || a.problem.provided[d.on.project] {
			continue
		}
		a.seen[d.on] = true
		a.work.Go(func() {
			select {
			case a.slots <- struct{}{}:
				next := a.guess(ctx, d)
				<-a.slots
				a.read(ctx, next)
			case <-ctx.Done():
			}
		})
	}
}

// guess returns the demands of the candidate that would be chosen if d were the only demand.
func (a *ahead) guess(ctx context.Context, d *demand) []demand {
	pool, err := a.problem.target.pool(ctx, d.on.project)
	if err != nil {
		return nil
	}
	bounds := a.problem.constraints[d.on.project]
	if d.clauses != nil {
		bounds = append(bounds[:len(bounds):len(bounds)], d.clauses)
	}
	m := newMatches(pool, bounds, a.problem.preferences[d.on.project])
	c, _, err := m.next(ctx, beginning)
	if c == nil || err != nil {
		return nil
	}
	return c.demandsOf(d.on)
}

// readOn reads the metadata of several releases at once, from the release at an index on, after failed candidates
// have failed: where one after another fails, the search would otherwise wait for each. It returns for how many it
// read.
func (m *matches) readOn(ctx context.Context, from, failed int) int {
	if m.only != nil || m.pool == nil {
		return 0
	}
	t := m.pool.target
	count := min(failed, t.universe.readAhead)
	var work sync.WaitGroup
	for left := count; from < m.end && left > 0; from++ {
		if files := m.usable(from); len(files) > 0 {
			left--
			// an error is reported when the search needs the answer
			work.Go(func() { _, _ = t.universe.facts(ctx, m.pool.project.name, files[0].file) })
		}
	}
	work.Wait()
	return count
}
