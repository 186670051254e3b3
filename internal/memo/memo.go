// Package memo answers each question once, however many goroutines ask it.
//
// A [Map] remembers answers by key. The first caller of [Map.Get] that asks for a key computes the answer; those that
// ask for the same key meanwhile wait and share it; all later ones get it without taking a lock. What becomes of an
// error is a property of the map: it is forgotten, so that the next caller asks again, or kept like any other answer
// (KeepErrors).
//
// An answer that could not be completed belongs to no key: if the context of the caller that computes it is done when
// its function fails, or if that function panics or calls [runtime.Goexit], the callers that wait ask again, one of them
// in its place. A caller stops waiting when its own context is done.
//
// Non-goals: forgetting a value, bounding the number of keys, and running a function in another goroutine than its
// caller's. A function that asks the same map for its own key waits for itself.
package memo

import (
	"context"
	"sync"
)

// Map remembers answers by key. The zero Map is empty and forgets errors. It is safe for concurrent use and must not be
// copied after its first use.
type Map[K comparable, V any] struct {
	// KeepErrors makes an error the answer for good. It must be set before the first use.
	KeepErrors bool

	answers sync.Map // K to *answer[V]
}

// An answer is computed by one caller. Its fields may be read once done is closed.
type answer[V any] struct {
	done  chan struct{}
	value V
	err   error
	// abandoned is set unless the answer was completed. If it is set, value and err count for the caller that computed them
	// alone.
	abandoned bool
}

// Get returns the answer for key, which it computes by calling ask unless it is known. ask runs in the caller's goroutine
// and should stop when ctx is done. A known answer is returned even if ctx is done; if ctx ends while another caller
// computes the answer, the error is [context.Cause] of ctx.
func (m *Map[K, V]) Get(ctx context.Context, key K, ask func() (V, error)) (V, error) {
	for {
		known, found := m.answers.Load(key)
		if !found {
			own := &answer[V]{done: make(chan struct{}), abandoned: true}
			if known, found = m.answers.LoadOrStore(key, own); !found {
				return m.compute(ctx, key, own, ask)
			}
		}
		a := known.(*answer[V])
		if err := a.wait(ctx); err != nil {
			var zero V
			return zero, err
		}
		if !a.abandoned {
			return a.value, a.err
		}
	}
}

// compute completes an answer. What must not be kept is forgotten before those that wait go on.
func (m *Map[K, V]) compute(ctx context.Context, key K, a *answer[V], ask func() (V, error)) (V, error) {
	defer func() {
		if a.abandoned || a.err != nil && !m.KeepErrors {
			m.answers.CompareAndDelete(key, a)
		}
		close(a.done)
	}()
	a.value, a.err = ask()
	a.abandoned = a.err != nil && ctx.Err() != nil
	return a.value, a.err
}

// wait returns when the answer is complete, or the cause of ctx's end if that comes first.
func (a *answer[V]) wait(ctx context.Context) error {
	select {
	case <-a.done: // the usual case; a select with one channel takes no lock if that is closed
		return nil
	default:
	}
	select {
	case <-a.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
