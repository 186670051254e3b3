package resolve

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[string, int]
		asked := 0
		ask := func() (int, error) {
			asked++
			time.Sleep(time.Second)
			return 7, nil
		}
		for range 5 {
			go func() {
				if got, err := m.get(t.Context(), "a", ask); got != 7 || err != nil {
					t.Errorf("got %d, %v", got, err)
				}
			}()
		}
		synctest.Wait()
		time.Sleep(2 * time.Second)
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestMemoForgetsErrors(t *testing.T) {
	var m memo[string, int]
	broken := errors.New("broken")
	if _, err := m.get(t.Context(), "a", func() (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if got, err := m.get(t.Context(), "a", func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}

// Who waits for an answer is not harmed when the one who asked gives up, and may give up too.
func TestMemoOutlivesCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo[string, int]
		first, cancelFirst := context.WithCancel(t.Context())
		third, cancelThird := context.WithCancel(t.Context())
		slow := func(ctx context.Context) func() (int, error) {
			return func() (int, error) {
				select {
				case <-ctx.Done():
					return 0, ctx.Err()
				case <-time.After(time.Second):
					return 7, nil
				}
			}
		}
		ask := func(ctx context.Context) <-chan error {
			result := make(chan error, 1)
			go func() {
				_, err := m.get(ctx, "a", slow(ctx))
				result <- err
			}()
			synctest.Wait()
			return result
		}
		leader, follower, impatient := ask(first), ask(t.Context()), ask(third)
		cancelThird()
		if err := <-impatient; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up waiting: got %v", err)
		}
		cancelFirst()
		if err := <-leader; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up asking: got %v", err)
		}
		if err := <-follower; err != nil {
			t.Errorf("who waited: got %v", err)
		}
	})
}
