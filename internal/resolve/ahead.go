package resolve

import (
	"context"
	"sync"
)

// ahead asks the index for what a search will probably come to, so that it need not wait for one answer after the
// other: for each identifier that is demanded the release that would be chosen if nobody else demanded anything, and
// what that demands in turn. It changes no answer, only how long answers take; what fails here is asked again by
// who needs it.
type ahead struct {
	problem *compiled
	// slots bounds how many questions are open.
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

// wait ends when all that was begun has ended.
func (a *ahead) wait() {
	if a != nil {
		a.work.Wait()
	}
}

// read begins to read what demands are about, as far as nobody has yet.
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

// guess gives what the candidate demands that the demand alone would choose.
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

// readOn asks at once for the metadata of the releases from a place on, after as many were tried in vain: where one
// after the other fails they would else be asked for one after the other. It gives how many it asked for.
func (m *matches) readOn(ctx context.Context, from, vain int) int {
	if m.only != nil || m.pool == nil {
		return 0
	}
	t := m.pool.target
	count := min(vain, t.universe.readAhead)
	var work sync.WaitGroup
	for left := count; from < m.end && left > 0; from++ {
		if files := m.usable(from); len(files) > 0 {
			left--
			// What fails here is asked again by who needs it.
			work.Go(func() { _, _ = t.universe.facts(ctx, m.pool.project.name, files[0].file) })
		}
	}
	work.Wait()
	return count
}
