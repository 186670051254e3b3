package bisect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A world is one in memory. The tests fail where all moves of a guilty set are made.
type world struct {
	moves  int
	guilty [][]int
	// requires are the moves without which a move cannot be made.
	requires map[int][]int
	// unsolvable are pairs of moves: of the first without the second there is no mixture. Such mixtures of uninstallable are
	// there, but cannot be installed.
	unsolvable, uninstallable [][2]int
	// detours are the moves that are made in place of wishes.
	detours map[string][]int
	// outcome replaces what follows from guilty if it is not nil. nth counts the runs of the mixture.
	outcome func(made []int, nth int) Outcome
	// stop is the number of runs after which a run is an error, or 0.
	stop int

	mu   sync.Mutex
	ran  map[string][]Outcome
	runs int
}

var errStopped = errors.New("stopped")

func (w *world) mixture(made []int) (*Mixture, error) {
	slices.Sort(made)
	for _, pair := range w.unsolvable {
		if slices.Contains(made, pair[0]) && !slices.Contains(made, pair[1]) {
			return nil, nil
		}
	}
	return &Mixture{Made: made, Key: fmt.Sprint(made)}, nil
}

// With makes the moves and what they require.
func (w *world) With(_ context.Context, moves []int) (*Mixture, error) {
	made := slices.Clone(moves)
	if detour := w.detours[fmt.Sprint(moves)]; detour != nil {
		made = slices.Clone(detour)
	}
	for i := 0; i < len(made); i++ {
		for _, r := range w.requires[made[i]] {
			if !slices.Contains(made, r) {
				made = append(made, r)
			}
		}
	}
	return w.mixture(made)
}

// Without makes all moves but these and those that require them.
func (w *world) Without(_ context.Context, moves []int) (*Mixture, error) {
	out := slices.Clone(moves)
	for i := 0; i < len(out); i++ {
		for _, m := range numbers(w.moves) {
			if slices.Contains(w.requires[m], out[i]) && !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return w.mixture(without(numbers(w.moves), out))
}

// fails reports whether the tests fail with certain moves.
func (w *world) fails(made []int) bool {
	return slices.ContainsFunc(w.guilty, func(g []int) bool { return len(without(g, made)) == 0 })
}

func (w *world) Run(_ context.Context, m *Mixture) (Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.runs++; w.stop > 0 && w.runs > w.stop {
		return "", errStopped
	}
	o := Passed
	switch {
	case w.outcome != nil:
		o = w.outcome(m.Made, len(w.ran[m.Key]))
	case slices.ContainsFunc(w.uninstallable, func(p [2]int) bool { return slices.Contains(m.Made, p[0]) && !slices.Contains(m.Made, p[1]) }):
		o = NotInstalled
	case w.fails(m.Made):
		o = Failed
	}
	if w.ran == nil {
		w.ran = map[string][]Outcome{}
	}
	w.ran[m.Key] = append(w.ran[m.Key], o)
	return o, nil
}

// found returns the causes and what to hold as text.
func (a *Answer) found() string {
	text := string(a.Verdict)
	for _, c := range a.Causes {
		text += fmt.Sprint(" ", c.Moves)
		if len(c.Bound) > 0 {
			text += fmt.Sprint(" bound ", c.Bound)
		}
		if !c.Alone {
			text += " not alone"
		}
	}
	if len(a.Hold) > 0 {
		text += fmt.Sprint(", hold ", a.Hold)
	}
	if len(a.Along) > 0 {
		text += fmt.Sprint(" along ", a.Along)
	}
	if len(a.Outcomes) > 0 {
		text += fmt.Sprint(" ", a.At.Made, a.Outcomes)
	}
	return text
}

func TestFind(t *testing.T) {
	tests := []struct {
		name string
		*world
		want string
		runs int
	}{
		{"one", &world{moves: 8, guilty: [][]int{{5}}}, "found [5], hold [5]", 12},
		{"the only one", &world{moves: 1, guilty: [][]int{{0}}}, "found [0], hold [0]", 4},
		{"a pair", &world{moves: 8, guilty: [][]int{{1, 6}}}, "found [1 6], hold [1]", 24},
		{"two causes", &world{moves: 8, guilty: [][]int{{1}, {6}}}, "found [1] [6], hold [1 6]", 18},
		{"a pair and one", &world{moves: 8, guilty: [][]int{{1, 6}, {3}}}, "found [3] [1 6], hold [1 3]", 30},
		{"pairs with one move in common", &world{moves: 4, guilty: [][]int{{0, 2}, {0, 3}}}, "found [0 3], hold [0]", 16},
		{"pairs with the other one in common", &world{moves: 4, guilty: [][]int{{0, 3}, {1, 3}}}, "found [1 3], hold [3]", 17},
		{"three together", &world{moves: 3, guilty: [][]int{{0, 1, 2}}}, "found [0 1 2], hold [0]", 11},
		{"a move that brings the guilty one", &world{moves: 4, guilty: [][]int{{3}}, requires: map[int][]int{0: {3}}}, "found [3], hold [3] along [0]", 10},
		{"a guilty move that brings another", &world{moves: 4, guilty: [][]int{{0}}, requires: map[int][]int{0: {3}}}, "found [0 3] bound [3], hold [0]", 11},
		{"a guilty move that brings one before it", &world{moves: 4, guilty: [][]int{{3}}, requires: map[int][]int{3: {0}}}, "found [0 3] bound [0], hold [3]", 13},
		{"moves that cannot be separated", &world{moves: 4, guilty: [][]int{{0}}, requires: map[int][]int{0: {3}, 3: {0}}},
			"found [0 3] bound [0 3], hold [0] along [3]", 9},
		{"one that cannot be made alone", &world{moves: 4, guilty: [][]int{{0}}, unsolvable: [][2]int{{0, 3}}}, "found [0 3] bound [3], hold [0]", 14},
		{"one that is only made with another one outside", &world{moves: 3, guilty: [][]int{{0, 1}}, detours: map[string][]int{"[1]": {1, 2}}}, "found [0 1] bound [0], hold [1]", 11},
		{"one that cannot be left out alone", &world{moves: 2, guilty: [][]int{{1}}, unsolvable: [][2]int{{0, 1}}}, "partly found [1]", 6},
		{"one that cannot be installed alone", &world{moves: 4, guilty: [][]int{{0}}, uninstallable: [][2]int{{0, 3}}}, "found [0 3] bound [3], hold [0]", 16},
		{"others that cannot be installed without it", &world{moves: 2, guilty: [][]int{{1}}, uninstallable: [][2]int{{0, 1}}}, "partly found [1]", 7},
		{"green", &world{moves: 4}, "passes", 2},
		{"red before", &world{moves: 4, guilty: [][]int{{}}}, "failed before", 4},
		{"red before without moves", &world{guilty: [][]int{{}}}, "failed before", 2},
		{"not installed", &world{moves: 4, outcome: func([]int, int) Outcome { return NotInstalled }}, "could not be installed", 2},
		{"not installed before", &world{moves: 4, outcome: func(made []int, _ int) Outcome {
			if len(made) == 0 {
				return NotInstalled
			}
			return Failed
		}}, "could not be installed", 4},
		{"flaky with all moves", &world{moves: 4, outcome: flaky(4)}, "flaky [0 1 2 3] [failed passed]", 2},
		{"flaky with none", &world{moves: 4, outcome: flaky(0)}, "flaky [] [passed failed]", 4},
		{"flaky in the answer", &world{moves: 4, outcome: flaky(1)}, "flaky [0] [failed passed]", 9},
		{"flaky without the answer", &world{moves: 4, outcome: flaky(3)}, "flaky [1 2 3] [passed failed]", 9},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Find(t.Context(), test.world, Question{Moves: test.moves})
			if err != nil {
				t.Fatal(err)
			}
			if got := a.found(); got != test.want || a.Runs != test.runs || test.world.runs != test.runs {
				t.Errorf("got %s, %d runs of %d\nwant %s, %d", got, a.Runs, test.world.runs, test.want, test.runs)
			}
		})
	}
}

// flaky returns outcomes of tests that fail with move 0, except that the second run with a number of moves differs.
func flaky(number int) func([]int, int) Outcome {
	return func(made []int, nth int) Outcome {
		if slices.Contains(made, 0) != (nth > 0 && len(made) == number) {
			return Failed
		}
		return Passed
	}
}

// generated returns a random world in which everything can be installed.
func generated(r *rand.Rand) *world {
	w := &world{moves: 1 + r.IntN(20), requires: map[int][]int{}}
	for range 1 + r.IntN(3) {
		g := r.Perm(w.moves)[:1+r.IntN(min(3, w.moves))]
		slices.Sort(g)
		w.guilty = append(w.guilty, g)
	}
	for range r.IntN(4) {
		a, b := r.IntN(w.moves), r.IntN(w.moves)
		w.requires[a] = append(w.requires[a], b)
	}
	return w
}

func (w *world) again() *world { return &world{moves: w.moves, guilty: w.guilty, requires: w.requires} }

// TestLaws checks in generated worlds that each cause is one, and a smallest one; that what is to be held back suffices; that
// no more runs are made than delta debugging needs; and that the answer depends neither on what runs at the same time nor on
// an interruption, after which no run is made again.
func TestLaws(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0))
		w := generated(r)
		a, err := Find(t.Context(), w, Question{Moves: w.moves})
		if err != nil {
			t.Fatal(err)
		}
		fault := func(format string, args ...any) {
			t.Errorf("seed %d: guilty %v of %d, requires %v: got %s: %s", seed, w.guilty, w.moves, w.requires, a.found(), fmt.Sprintf(format, args...))
		}
		if a.Verdict != Found {
			fault("it is not found")
			continue
		}
		fails := func(m *Mixture, _ error) bool { return w.fails(m.Made) }
		seen := map[int]bool{}
		bound := 2*times + times
		for _, c := range a.Causes {
			if !c.Alone || !w.fails(c.Moves) {
				fault("%v does not fail", c.Moves)
			}
			for _, one := range c.Moves {
				if seen[one] {
					fault("%d is in two causes", one)
				}
				seen[one] = true
				if !slices.Contains(c.Bound, one) && fails(w.With(t.Context(), without(c.Moves, []int{one}))) {
					fault("%v fails without %d", c.Moves, one)
				}
				m, _ := w.With(t.Context(), without(c.Moves, []int{one}))
				if slices.Contains(c.Bound, one) && len(c.Moves) > 1 && isPart(m.Made, c.Moves) {
					fault("%d can be separated from %v", one, c.Moves)
				}
			}
			if len(w.requires) == 0 && !slices.ContainsFunc(w.guilty, func(g []int) bool { return slices.Equal(g, c.Moves) }) {
				fault("%v is not guilty", c.Moves)
			}
			bound += w.moves*w.moves + 3*w.moves + times + len(c.Moves)
		}
		if fails(w.Without(t.Context(), a.Hold)) {
			fault("it fails without what is held")
		}
		if len(a.Hold) > len(w.guilty) && len(w.requires) == 0 {
			fault("too much is held")
		}
		if len(w.requires) == 0 && len(a.Causes) == 1 && len(a.Causes[0].Moves) == 1 {
			bound = 2*times + 2*bits.Len(uint(w.moves-1)) + 3
		}
		if a.Runs > bound || a.Runs != w.runs {
			fault("%d runs were made, %d are said, %d are enough", w.runs, a.Runs, bound)
		}
		beside, err := Find(t.Context(), w.again(), Question{Moves: w.moves, Parallel: 1 + r.IntN(5)})
		if err != nil || beside.found() != a.found() {
			fault("with runs at the same time %s, %v", beside.found(), err)
		}
		interrupted := w.again()
		interrupted.stop = 1 + r.IntN(a.Runs)
		if _, err := Find(t.Context(), interrupted, Question{Moves: w.moves}); err != nil && !errors.Is(err, errStopped) {
			fault("interrupted: %v", err)
		}
		known := maps.Clone(interrupted.ran)
		later, err := Find(t.Context(), w.again(), Question{Moves: w.moves, Known: known})
		if err != nil || later.found() != a.found() || later.Remembered != interrupted.stop || later.Runs+later.Remembered != a.Runs {
			fault("after %d runs: %s, %d runs and %d remembered of %d, %v", interrupted.stop, later.found(), later.Runs, later.Remembered, a.Runs, err)
		}
	}
}

// TestErrors checks that an error of the world ends a search, and so does a context that has ended, before a run.
func TestErrors(t *testing.T) {
	w := &world{moves: 4, guilty: [][]int{{0}}, stop: 3}
	if _, err := Find(t.Context(), w, Question{Moves: 4, Parallel: 2}); !errors.Is(err, errStopped) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w = &world{moves: 4}
	if _, err := Find(ctx, w, Question{Moves: 4}); !errors.Is(err, context.Canceled) || w.runs > 0 {
		t.Errorf("got %v, %d runs", err, w.runs)
	}
}

func TestParts(t *testing.T) {
	var got [][]int
	for i := range 3 {
		got = append(got, part(numbers(8), i, 3))
	}
	if diff := cmp.Diff([][]int{{0, 1}, {2, 3, 4}, {5, 6, 7}}, got); diff != "" {
		t.Error(diff)
	}
}
