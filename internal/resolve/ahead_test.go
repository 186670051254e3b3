package resolve

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// With a slow index, reading ahead makes resolutions much faster, and it asks no more questions at a time than it
// may.
func TestReadAhead(t *testing.T) {
	const pause = 20 * time.Millisecond
	b := newBook("last 1.0")
	requires := ""
	for i := range 40 {
		b.add("p%02d 1.0 / q%02d>=1", i, i)
		b.add("q%02d 1.0 / last", i)
		requires += fmt.Sprintf(" / p%02d", i)
	}
	b.add("all 1.0%s", requires)
	took := func(readAhead int) (elapsed time.Duration, most int64) {
		synctest.Test(t, func(t *testing.T) {
			x := b.index()
			var open, highest atomic.Int64
			x.before = func(ctx context.Context, _ string) error {
				if now := open.Add(1); now > highest.Load() {
					highest.Store(now)
				}
				defer open.Add(-1)
				time.Sleep(pause)
				return ctx.Err()
			}
			begin := time.Now()
			r, err := NewUniverse(x, readAhead).Target(interpreter(t, "3.12.1"), linux).Resolve(t.Context(), ask(t, "all"))
			if err != nil || len(r.Pins) != 82 {
				t.Errorf("got %v, %v", r, err)
			}
			elapsed, most = time.Since(begin), highest.Load()
		})
		return elapsed, most
	}
	if elapsed, most := took(0); elapsed != 2*82*pause || most != 1 {
		t.Errorf("without: %v, %d at a time", elapsed, most)
	}
	if elapsed, most := took(16); elapsed > 20*pause || most > 16+1 {
		t.Errorf("with: %v, %d at a time", elapsed, most)
	}
}

// A failure of a question that was asked in advance does not matter if the answer is not needed.
func TestReadAheadForgivesFailures(t *testing.T) {
	x := newBook("a 2.0 / bad", "a 1.0", "b 1.0 / a<2", "bad 1.0 unreadable=why").index()
	x.before = func(_ context.Context, what string) error {
		if what == "bad" {
			return fmt.Errorf("no answer")
		}
		return nil
	}
	r, err := NewUniverse(x, 8).Target(interpreter(t, "3.12.1"), linux).Resolve(context.Background(), ask(t, "b==1.0", "a"))
	if err != nil || r.text() != "a==1.0 b==1.0" {
		t.Errorf("got %v, %v", r, err)
	}
}

// Where one release after another cannot be known, the metadata of several are read at once.
func TestReadOn(t *testing.T) {
	const pause = 20 * time.Millisecond
	b := newBook("b 1.0 / a")
	for i := range 200 {
		b.add("a 1.%d unreadable=why", i)
	}
	took := func(readAhead int) (elapsed time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			x := b.index()
			x.before = func(ctx context.Context, _ string) error {
				time.Sleep(pause)
				return ctx.Err()
			}
			begin := time.Now()
			_, err := NewUniverse(x, readAhead).Target(interpreter(t, "3.12.1"), linux).Resolve(t.Context(), ask(t, "b"))
			if _, refused := errors.AsType[*Refusal](err); !refused {
				t.Errorf("got %v", err)
			}
			elapsed = time.Since(begin)
		})
		return elapsed
	}
	if elapsed := took(0); elapsed != 203*pause {
		t.Errorf("without: %v", elapsed)
	}
	if elapsed := took(8); elapsed > 60*pause {
		t.Errorf("with: %v", elapsed)
	}
}
