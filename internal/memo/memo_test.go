package memo_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"toxgen/internal/memo"
)

var errBroken = errors.New("broken")

// question counts how often it is asked. An answer takes a second.
type question struct {
	asked int
	err   error
}

// ask answers with the number of times that it was asked. It stops when ctx is done.
func (q *question) ask(ctx context.Context) func() (int, error) {
	return func() (int, error) {
		q.asked++
		select {
		case <-time.After(time.Second):
			return q.asked, q.err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// result is what a call of Get returned.
type result struct {
	value int
	err   error
}

// begin calls Get in a goroutine of its own and returns as soon as that waits for something.
func begin(ctx context.Context, m *memo.Map[string, int], ask func() (int, error)) <-chan result {
	done := make(chan result, 1)
	go func() {
		value, err := m.Get(ctx, "key", ask)
		done <- result{value, err}
	}()
	synctest.Wait()
	return done
}

// Concurrent callers share one answer, and later ones get the same, under either policy.
func TestValuesAreShared(t *testing.T) {
	for _, keep := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := &memo.Map[string, int]{KeepErrors: keep}
			var q question
			var waiting []<-chan result
			for range 5 {
				waiting = append(waiting, begin(t.Context(), m, q.ask(t.Context())))
			}
			for _, one := range waiting {
				if got := <-one; got != (result{1, nil}) {
					t.Errorf("KeepErrors %v: got %v", keep, got)
				}
			}
			if got, err := m.Get(t.Context(), "key", q.ask(t.Context())); got != 1 || err != nil {
				t.Errorf("KeepErrors %v: later: got %d, %v", keep, got, err)
			}
			if got, err := m.Get(t.Context(), "another key", q.ask(t.Context())); got != 2 || err != nil {
				t.Errorf("KeepErrors %v: another key: got %d, %v", keep, got, err)
			}
		})
	}
}

// Callers that wait share an error; whether the next caller asks again is the policy.
func TestErrors(t *testing.T) {
	for _, test := range []struct {
		keep bool
		want int // how often the question is asked by three callers, two of them at a time
	}{{false, 2}, {true, 1}} {
		synctest.Test(t, func(t *testing.T) {
			m := &memo.Map[string, int]{KeepErrors: test.keep}
			q := question{err: errBroken}
			first, second := begin(t.Context(), m, q.ask(t.Context())), begin(t.Context(), m, q.ask(t.Context()))
			for _, one := range []<-chan result{first, second} {
				if got := <-one; got != (result{1, errBroken}) {
					t.Errorf("KeepErrors %v: got %v", test.keep, got)
				}
			}
			if got, err := m.Get(t.Context(), "key", q.ask(t.Context())); got != test.want || !errors.Is(err, errBroken) {
				t.Errorf("KeepErrors %v: later: got %d, %v", test.keep, got, err)
			}
		})
	}
}

func TestErrorThenValue(t *testing.T) {
	var m memo.Map[string, int]
	if _, err := m.Get(t.Context(), "key", func() (int, error) { return 0, errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	for _, value := range []int{7, 8} {
		if got, err := m.Get(t.Context(), "key", func() (int, error) { return value, nil }); got != 7 || err != nil {
			t.Errorf("got %d, %v", got, err)
		}
	}
}

// When the caller that asks is cancelled, one of those that wait asks in its place, under either policy.
func TestCancellationOfTheAsker(t *testing.T) {
	for _, keep := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := &memo.Map[string, int]{KeepErrors: keep}
			ctx, cancel := context.WithCancel(t.Context())
			var q question
			asker := begin(ctx, m, q.ask(ctx))
			second, third := begin(t.Context(), m, q.ask(t.Context())), begin(t.Context(), m, q.ask(t.Context()))
			cancel()
			if got := <-asker; !errors.Is(got.err, context.Canceled) {
				t.Errorf("KeepErrors %v: the asker got %v", keep, got)
			}
			for _, one := range []<-chan result{second, third} {
				if got := <-one; got != (result{2, nil}) {
					t.Errorf("KeepErrors %v: one that waited got %v", keep, got)
				}
			}
		})
	}
}

// The answer of a cancelled caller counts if it is no error.
func TestValueOfACancelledAsker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var m memo.Map[string, int]
	for _, value := range []int{7, 8} {
		if got, err := m.Get(ctx, "key", func() (int, error) { return value, nil }); got != 7 || err != nil {
			t.Errorf("got %d, %v", got, err)
		}
	}
}

// A caller that waits may be cancelled; the others are not affected.
func TestCancellationOfAWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo.Map[string, int]
		ctx, cancel := context.WithCancelCause(t.Context())
		var q question
		asker, waiter := begin(t.Context(), &m, q.ask(t.Context())), begin(ctx, &m, q.ask(ctx))
		cancel(errBroken)
		if got := <-waiter; !errors.Is(got.err, errBroken) {
			t.Errorf("the waiter got %v, want the cause of the cancellation", got)
		}
		if got := <-asker; got != (result{1, nil}) {
			t.Errorf("the asker got %v", got)
		}
	})
}

// A caller whose function does not return leaves the question to those that wait.
func TestAskThatDoesNotReturn(t *testing.T) {
	for _, end := range []func(){func() { panic("ask") }, runtime.Goexit} {
		for _, keep := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				m := &memo.Map[string, int]{KeepErrors: keep}
				go func() {
					defer func() { _ = recover() }()
					_, _ = m.Get(t.Context(), "key", func() (int, error) {
						time.Sleep(time.Second)
						end()
						return 0, nil
					})
				}()
				synctest.Wait()
				var q question
				if got := <-begin(t.Context(), m, q.ask(t.Context())); got != (result{1, nil}) {
					t.Errorf("got %v", got)
				}
			})
		}
	}
}

func ExampleMap() {
	var squares memo.Map[int, int]
	for range 2 {
		square, err := squares.Get(context.Background(), 12, func() (int, error) {
			fmt.Println("computing")
			return 12 * 12, nil
		})
		fmt.Println(square, err)
	}
	// Output:
	// computing
	// 144 <nil>
	// 144 <nil>
}

// What a known answer costs when all processors ask for it, with a context that they share.
func BenchmarkKnown(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var m memo.Map[string, int]
	ask := func() (int, error) { return 7, nil }
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = m.Get(ctx, "key", ask)
		}
	})
}
