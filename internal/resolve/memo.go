package resolve

import (
	"context"
	"errors"
	"sync"
)

// memo remembers answers by key. Several who ask for one at the same time share one question. An error is not
// remembered, and who shared it only because the one who asked was cancelled asks again.
type memo[K comparable, V any] struct {
	answers sync.Map // K to *answer[V]
}

type answer[V any] struct {
	done      chan struct{}
	value     V
	err       error
	cancelled bool
}

// get gives the remembered answer or the one of ask.
func (m *memo[K, V]) get(ctx context.Context, key K, ask func() (V, error)) (V, error) {
	for {
		known, found := m.answers.Load(key)
		if !found {
			mine := &answer[V]{done: make(chan struct{}), err: errors.New("the question was abandoned")}
			if known, found = m.answers.LoadOrStore(key, mine); !found {
				return m.fill(ctx, key, mine, ask)
			}
		}
		a := known.(*answer[V])
		select {
		case <-a.done:
		case <-ctx.Done():
			var none V
			return none, context.Cause(ctx)
		}
		if !a.cancelled {
			return a.value, a.err
		}
	}
}

func (m *memo[K, V]) fill(ctx context.Context, key K, a *answer[V], ask func() (V, error)) (V, error) {
	defer func() {
		if a.err != nil {
			a.cancelled = ctx.Err() != nil
			m.answers.CompareAndDelete(key, a)
		}
		close(a.done)
	}()
	a.value, a.err = ask()
	return a.value, a.err
}
