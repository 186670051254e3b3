package resolve

import (
	"context"
	"math/bits"
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
		if a.seen[d.on] || d.exact != nil || d.on == pythonIdentifier || a.problem.checkouts.provided[d.on.project] != nil {
			continue
		}
		a.seen[d.on] = true
		a.start(ctx, func() { a.read(ctx, a.guess(ctx, d)) })
	}
}

// start asks a question as soon as there is a slot for it.
func (a *ahead) start(ctx context.Context, ask func()) {
	a.work.Go(func() {
		select {
		case a.slots <- struct{}{}:
			ask()
			<-a.slots
		case <-ctx.Done():
		}
	})
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

// onward reads ahead for one node. Where the search needs the metadata of one release after another, because it goes back
// on the node again and again or none can be used, those of the next releases are asked for too: of one, then of three, of
// seven and so on, as far as there are slots. If the search goes elsewhere before it has used them, it begins anew. So the
// number of releases that it reads without need is never greater than the number that the search needed.
type onward struct {
	ahead *ahead
	// taken is how often it has read ahead since it began.
	taken int
	// from and last are the first and the last release that it read, reached is the last of them that the search came to.
	from, last, reached int
}

// at is called when the search comes to a candidate, which is of the i-th release.
func (o *onward) at(ctx context.Context, m *matches, i int, c *candidate) {
	switch {
	case o == nil || o.ahead == nil:
		return
	case o.from <= i && i <= o.last:
		o.reached = max(o.reached, i)
		return
	case c.known.Load() != nil:
		return
	case o.reached < o.last:
		o.taken = 0
	}
	more := cap(o.ahead.slots)
	if o.taken < bits.Len(uint(more)) {
		more = min(more, 1<<o.taken-1)
	}
	o.taken++
	o.from, o.last, o.reached = i, i, i
	for i++; i < m.end && more > 0; i++ {
		if c := m.best(i); c != nil && c.known.Load() == nil {
			more--
			o.last = i
			// an error is reported when the search needs the answer
			o.ahead.start(ctx, func() { _, _ = c.know(ctx) })
		}
	}
}

// best returns the file of the i-th release that is looked at first, or nil if none matches.
func (m *matches) best(i int) *candidate {
	for _, c := range m.usable(i) {
		if m.yanked || !c.file.Yanked {
			return c
		}
	}
	return nil
}
