package pypi

import (
	"context"
	"sync"
)

// flights does each piece of work once and keeps what came of it, success or failure. Who asks while it is under
// way waits, as long as the own context lasts. Work that ended with the context of whoever did it came to
// nothing: the next one does it.
type flights[T any] struct {
	mu    sync.Mutex
	byKey map[string]*flight[T]
}

type flight[T any] struct {
	done      chan struct{}
	abandoned bool
	result    T
	err       error
}

// do gives what work gave for a key. Work obeys ctx.
func (f *flights[T]) do(ctx context.Context, key string, work func() (T, error)) (T, error) {
	for {
		one, mine := f.join(key)
		if mine {
			one.result, one.err = work()
			if one.err != nil && ctx.Err() != nil {
				f.abandon(key, one)
			}
			close(one.done)
			return one.result, one.err
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			var none T
			return none, context.Cause(ctx)
		}
		if !one.abandoned {
			return one.result, one.err
		}
	}
}

// join is the flight of a key; mine says that the caller has to do its work.
func (f *flights[T]) join(key string) (one *flight[T], mine bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, underway := f.byKey[key]; underway {
		return one, false
	}
	one = &flight[T]{done: make(chan struct{})}
	if f.byKey == nil {
		f.byKey = map[string]*flight[T]{}
	}
	f.byKey[key] = one
	return one, true
}

func (f *flights[T]) abandon(key string, one *flight[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.abandoned = true
	delete(f.byKey, key)
}
