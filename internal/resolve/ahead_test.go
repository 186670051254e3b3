package resolve

import (
	"context"
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
			r, err := NewUniverse(x, readAhead).Target(interpreter(t, "3.12.1").On(linux)).Resolve(t.Context(), ask(t, "all"))
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
	r, err := NewUniverse(x, 8).Target(interpreter(t, "3.12.1").On(linux)).Resolve(context.Background(), ask(t, "b==1.0", "a"))
	if err != nil || r.text() != "a==1.0 b==1.0" {
		t.Errorf("got %v, %v", r, err)
	}
}

// Where the search needs one release of a project after another, those that follow are read at once. At most as many are
// read without need as are needed, and the result is the same.
func TestReadOnward(t *testing.T) {
	const pause = 20 * time.Millisecond
	tests := []struct {
		name  string
		roots []string
		// waits is set if the search must wait for one answer after another.
		waits bool
		write func(b *book)
	}{
		{"none can be read", []string{"a"}, false, func(b *book) {
			for v := range 200 {
				b.add("a 1.%d unreadable=why", v)
			}
		}},
		{"each conflicts", []string{"a", "b==1.0"}, false, func(b *book) {
			for v := range 200 {
				b.add("a %d.0 / b==%d.0", v, v+1)
			}
			b.add("b 1.0")
			b.add("b 2.0")
		}},
		{"each is gone back on", []string{"a", "z"}, false, func(b *book) {
			for v := range 200 {
				b.add("a %d.0 / c<2", v+1)
			}
			b.add("a 0.1")
			b.add("c 1.0")
			b.add("c 2.0")
			b.add("z 1.0 / y")
			b.add("y 1.0 / c>=2")
		}},
		{"each has extras", []string{"a[x]", "b==1.0"}, false, func(b *book) {
			for v := range 200 {
				b.add("a %d.0 extras=x / b==%d.0; extra == 'x'", v, v+1)
			}
			b.add("b 1.0")
			b.add("b 2.0")
		}},
		{"one in the middle fits", []string{"a", "b==1.0"}, false, func(b *book) {
			for v := range 200 {
				b.add("a %d.0 / b==%d.0", v, max(1, v-150))
			}
			b.add("b 1.0")
			b.add("b 2.0")
		}},
		{"the search jumps", []string{"b", "d==0.0"}, true, func(b *book) {
			for v := range 100 {
				b.add("b %d.0 / a<=%d.0 / d==%d.0", v+1, 10*v, v+1)
				b.add("d %d.0", v)
			}
			for v := range 1000 {
				b.add("a %d.0", v)
			}
		}},
		{"the newest fits", []string{"a"}, false, func(b *book) {
			for v := range 200 {
				b.add("a %d.0", v)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBook()
			test.write(b)
			resolved := func(readAhead int) (answer string, questions int64, elapsed time.Duration) {
				synctest.Test(t, func(t *testing.T) {
					x := b.index()
					var asked atomic.Int64
					x.before = func(ctx context.Context, _ string) error {
						asked.Add(1)
						time.Sleep(pause)
						return ctx.Err()
					}
					begin := time.Now()
					r, err := NewUniverse(x, readAhead).Target(interpreter(t, "3.12.1").On(linux)).Resolve(t.Context(), ask(t, test.roots...))
					if answer = fmt.Sprint(err); err == nil {
						answer = r.text()
					}
					questions, elapsed = asked.Load(), time.Since(begin)
				})
				return answer, questions, elapsed
			}
			want, needed, alone := resolved(0)
			if alone != time.Duration(needed)*pause {
				t.Errorf("without: %d questions took %s", needed, alone)
			}
			for _, readAhead := range []int{1, 2, 7, 8, 16} {
				got, asked, elapsed := resolved(readAhead)
				if got != want {
					t.Errorf("%d ahead: got %s, want %s", readAhead, got, want)
				}
				if asked > 2*needed {
					t.Errorf("%d ahead: asked %d questions, needed %d", readAhead, asked, needed)
				}
				if most := max(8, needed/int64(readAhead)*3/2) * int64(pause); !test.waits && int64(elapsed) > most {
					t.Errorf("%d ahead: took %s, alone %s", readAhead, elapsed, alone)
				}
			}
		})
	}
}
