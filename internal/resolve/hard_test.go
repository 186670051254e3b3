package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// hardUniverses are those in which pip does not end, or would need gigabytes.
var hardUniverses = []struct {
	name  string
	roots []string
	write func(b *book)
	// want is the number of pins, or 0 for a conflict.
	want int
}{
	{"24 unrelated pins between cause and conflict, no solution", among24("a", "z"), func(b *book) {
		write24(b)
		writeCause(b)
	}, 0},
	{"24 unrelated pins between cause and conflict, a solution", among24("a", "z"), func(b *book) {
		write24(b)
		writeCause(b)
		b.add("a 0.1")
	}, 4 + 2*24},
	{"24 projects of which each demands the next", among24("z"), func(b *book) {
		for i := range 24 {
			for v := range 4 {
				b.add("u%02d %d.0 / u%02d==%d.0", i, v, (i+1)%24, (v+1)%4)
			}
		}
		b.add("z 1.0")
	}, 25},
	{"a chain of 1000", []string{"p0000"}, func(b *book) {
		for i := range 1000 {
			for v := range 3 {
				b.add("p%04d %d.0 / p%04d>=0", i, v, i+1)
			}
		}
		b.add("p1000 1.0")
	}, 1001},
	{"a chain of 1000 with a conflict at its end", []string{"p0000", "end==1.0"}, func(b *book) {
		for i := range 1000 {
			b.add("p%04d 1.0 / p%04d", i, i+1)
		}
		b.add("p1000 1.0 / end>1")
		b.add("end 1.0")
		b.add("end 2.0")
	}, 0},
	{"10,000 releases of which the oldest fits", []string{"many", "b==1.0"}, func(b *book) {
		for v := range 10_000 {
			b.add("many %d.0 / b==%d.0", v, v+1)
		}
		b.add("b 1.0")
		b.add("b 2.0")
	}, 2},
	{"10,000 releases that all conflict", []string{"many", "b==1.0"}, func(b *book) {
		for v := range 10_000 {
			b.add("many %d.0 / c", v)
		}
		b.add("b 1.0")
		b.add("c 1.0 / b>1")
	}, 0},
	{"5,000 requirements in one release", []string{"all"}, func(b *book) {
		writeMany(b, 5000, "")
		b.add("hub 1.0")
	}, 5002},
	{"2,000 requirements in one release, one of which conflicts", []string{"all", "hub<2"}, func(b *book) {
		writeMany(b, 2000, " / late")
		b.add("late 1.0 / hub>=2")
		b.add("hub 1.0")
		b.add("hub 2.0")
	}, 0},
	{"1,000 projects with different demands on one", []string{"all"}, func(b *book) {
		var requires strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&requires, " / p%04d", i)
			b.add("p%04d 1.0 / hub>=%d.0", i, i)
			b.add("hub %d.0", i)
		}
		b.add("all 1.0%s", requires.String())
	}, 1002},
	{"extras in circles", []string{"a[x0]"}, func(b *book) {
		var names []string
		var there, back strings.Builder
		for i := range 200 {
			names = append(names, fmt.Sprintf("x%d", i))
			fmt.Fprintf(&there, " / b[x%d]; extra == 'x%d' / a[x%d]; extra == 'x%d'", (i+1)%200, i, (i+7)%200, i)
			fmt.Fprintf(&back, " / a[x%d]; extra == 'x%d'", (i+3)%200, i)
		}
		for v := range 3 {
			b.add("a %d.0 extras=%s%s", v, strings.Join(names, ","), there.String())
			b.add("b %d.0 extras=%s%s", v, strings.Join(names, ","), back.String())
		}
	}, 2},
	{"eight pigeons and seven holes", strings.Fields("p0 p1 p2 p3 p4 p5 p6 p7"), func(b *book) {
		for i := range 8 {
			for hole := range 7 {
				var others strings.Builder
				for j := range 8 {
					if j != i {
						fmt.Fprintf(&others, " / p%d!=%d.0", j, hole)
					}
				}
				b.add("p%d %d.0%s", i, hole, others.String())
			}
		}
	}, 0},
}

func among24(around ...string) []string {
	list := []string{around[0]}
	for i := range 24 {
		list = append(list, fmt.Sprintf("u%02d", i))
	}
	return append(list, around[1:]...)
}

func write24(b *book) {
	for i := range 24 {
		for v := range 8 {
			b.add("u%02d %d.0 / v%02d", i, v, i)
			b.add("v%02d %d.0", i, v)
		}
	}
}

// writeCause adds a conflict between a and a requirement of z.
func writeCause(b *book) {
	for v := range 8 {
		b.add("a %d.0 / c<2", v+1)
	}
	b.add("c 1.0")
	b.add("c 2.0")
	b.add("z 1.0 / y")
	b.add("y 1.0 / c>=2")
}

func writeMany(b *book, n int, more string) {
	var requires strings.Builder
	for i := range n {
		fmt.Fprintf(&requires, " / p%04d>=1", i)
		b.add("p%04d 1.0 / hub>=1", i)
		b.add("p%04d 2.0 / hub>=1", i)
	}
	b.add("all 1.0%s%s", requires.String(), more)
}

func TestHardUniverses(t *testing.T) {
	for _, u := range hardUniverses {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			b := newBook()
			u.write(b)
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second) // enough for the race detector on a busy machine
			defer cancel()
			target, p := b.target(t), ask(t, u.roots...)
			got, err := target.Resolve(ctx, p)
			var conflict *Conflict
			switch {
			case u.want == 0 && !errors.As(err, &conflict):
				t.Errorf("got %v, want a conflict", err)
			case u.want > 0 && err != nil:
				t.Error(err)
			case u.want > 0 && len(got.Pins) != u.want:
				t.Errorf("got %d pins, want %d", len(got.Pins), u.want)
			}
		})
	}
}

// If even the exhaustive search reaches its limit, the conflict is the last one of pip's search, or a message without
// reasons.
func TestUndecided(t *testing.T) {
	target := newBook("a 1.0 / c<1", "b 1.0 / c>=1", "c 1.0", "c 0.5").target(t)
	c, err := target.compile(ask(t, "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	x := newExhaust(c, 10)
	if proof, err := x.run(context.Background()); !errors.Is(err, errAllowance) {
		t.Errorf("with its allowance used up: got %v, %v", proof, err)
	}
	s := newSearch(c, 10)
	if how, err := s.run(context.Background()); how != tooDeep || err != nil {
		t.Errorf("with too many demands: got %d, %v", how, err)
	}
	s = newSearch(c, maximumSteps)
	if how, err := s.run(context.Background()); how != impossible || err != nil {
		t.Errorf("got %d, %v", how, err)
	}
	want := `no release of c meets all that is required of it
  c>=1 is required by b 1.0
  c<1 is required by a 1.0
  releases of c: 1.0, 0.5`
	if got := s.lastConflict().Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
