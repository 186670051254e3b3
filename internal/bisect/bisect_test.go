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
	// unsolvable are pairs of moves: of the first without the second there is no mixture.
	unsolvable [][2]int
	// odd are outcomes in place of what follows from guilty.
	odd []odd
	// detours are the moves that are made in place of wishes.
	detours map[string][]int
	// outcome replaces all that if it is not nil. nth counts the runs of the mixture.
	outcome func(made []int, nth int) Outcome
	// starts are how many moves were made before each start, the newest one first: the first ones. If there are none, the start
	// has none.
	starts []int
	// stop is the number of runs after which a run is an error, or 0.
	stop int

	mu   sync.Mutex
	ran  map[string][]Outcome
	runs int
}

// An odd mixture has an outcome of its own: it makes the first move and not the second one, either of which may be -1.
type odd struct {
	with, without int
	Outcome
}

func (o odd) isOf(made []int) bool {
	return (o.with < 0 || slices.Contains(made, o.with)) && !slices.Contains(made, o.without)
}

var errStopped = errors.New("stopped")

// A begun world is one whose moves begin at a start. Its moves are those of the world that were not made before.
type begun struct {
	*world
	before int
}

// at returns the worlds of the starts.
func (w *world) at(_ context.Context, place int) (World, error) {
	starts := w.starts
	if len(starts) == 0 {
		starts = []int{0}
	}
	if place >= len(starts) {
		return nil, nil
	}
	return &begun{w, starts[place]}, nil
}

func (b *begun) Moves() int { return b.moves - b.before }

func (b *begun) mixture(made []int) (*Mixture, error) {
	slices.Sort(made)
	for _, pair := range b.unsolvable {
		if slices.Contains(made, pair[0]) && !slices.Contains(made, pair[1]) {
			return nil, nil
		}
	}
	m := &Mixture{Key: fmt.Sprint(made)}
	for _, move := range made {
		if move >= b.before {
			m.Made = append(m.Made, move-b.before)
		}
	}
	return m, nil
}

// all returns the moves of the world that are made when certain moves of the start are made.
func (b *begun) all(moves []int) []int {
	made := numbers(b.before)
	for _, move := range moves {
		made = append(made, move+b.before)
	}
	return made
}

// With makes the moves and what they require.
func (b *begun) With(_ context.Context, moves []int) (*Mixture, error) {
	made := b.all(moves)
	if detour := b.detours[fmt.Sprint(moves)]; detour != nil {
		made = b.all(detour)
	}
	for i := 0; i < len(made); i++ {
		for _, r := range b.requires[made[i]] {
			if !slices.Contains(made, r) {
				made = append(made, r)
			}
		}
	}
	return b.mixture(made)
}

// Without makes all moves but these and those that require them.
func (b *begun) Without(_ context.Context, moves []int) (*Mixture, error) {
	out := b.all(moves)[b.before:]
	for i := 0; i < len(out); i++ {
		for _, m := range numbers(b.world.moves) {
			if m >= b.before && slices.Contains(b.requires[m], out[i]) && !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return b.mixture(without(numbers(b.world.moves), out))
}

// fails reports whether the tests fail with certain moves.
func (w *world) fails(made []int) bool {
	return slices.ContainsFunc(w.guilty, func(g []int) bool { return len(without(g, made)) == 0 })
}

func (b *begun) Run(_ context.Context, m *Mixture) (Outcome, error) {
	w, made := b.world, b.all(m.Made)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.runs++; w.stop > 0 && w.runs > w.stop {
		return "", errStopped
	}
	o := Passed
	at := slices.IndexFunc(w.odd, func(o odd) bool { return o.isOf(made) })
	switch {
	case w.outcome != nil:
		o = w.outcome(made, len(w.ran[m.Key]))
	case at >= 0:
		o = w.odd[at].Outcome
	case w.fails(made):
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
	if a.Start > 0 {
		text += fmt.Sprint(" since ", a.Start)
	}
	for _, c := range a.Causes {
		text += fmt.Sprint(" ", c.Moves)
		if len(c.Bound) > 0 {
			text += fmt.Sprint(" bound ", c.Bound)
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
	if len(a.Tried) > 1 {
		text += fmt.Sprint(" tried ", a.Tried)
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
		{"one that cannot be installed alone", &world{moves: 4, guilty: [][]int{{0}}, odd: []odd{{0, 3, NotInstalled}}}, "found [0 3] bound [3], hold [0]", 16},
		{"one in which nothing is tested alone", &world{moves: 4, guilty: [][]int{{0}}, odd: []odd{{0, 3, NothingTested}}}, "found [0 3] bound [3], hold [0]", 16},
		{"others that cannot be installed without it", &world{moves: 2, guilty: [][]int{{1}}, odd: []odd{{0, 1, NotInstalled}}}, "partly found [1]", 7},
		{"others in which nothing is tested without it", &world{moves: 2, guilty: [][]int{{1}}, odd: []odd{{0, 1, NothingTested}}}, "partly found [1]", 7},
		{"green", &world{moves: 4}, "passes", 2},
		{"red before", &world{moves: 4, guilty: [][]int{{}}}, "failed before", 4},
		{"red before without moves", &world{guilty: [][]int{{}}}, "failed before", 2},
		{"not installed", &world{moves: 4, odd: []odd{{3, -1, NotInstalled}}}, "could not be installed", 2},
		{"not installed before", &world{moves: 4, guilty: [][]int{{3}}, odd: []odd{{-1, 0, NotInstalled}}}, "could not be installed", 4},
		{"nothing tested", &world{moves: 4, odd: []odd{{3, -1, NothingTested}}}, "nothing tested", 2},
		{"nothing tested before", &world{moves: 4, guilty: [][]int{{3}}, odd: []odd{{-1, 0, NothingTested}}}, "nothing tested", 4},
		{"flaky with all moves", &world{moves: 4, outcome: flaky(4)}, "flaky [0 1 2 3] [failed passed]", 2},
		{"flaky with none", &world{moves: 4, outcome: flaky(0)}, "flaky [] [passed failed]", 4},
		{"flaky in the answer", &world{moves: 4, outcome: flaky(1)}, "flaky [0] [failed passed]", 9},
		{"flaky without the answer", &world{moves: 4, outcome: flaky(3)}, "flaky [1 2 3] [passed failed]", 9},
		{"the newest start", &world{moves: 8, guilty: [][]int{{7}}, starts: []int{6, 4, 2}}, "found [1], hold [1]", 8},
		{"an older start", &world{moves: 8, guilty: [][]int{{5}}, starts: []int{6, 4, 2}}, "found since 1 [1], hold [1] tried [{0 failed} {1 passed}]", 10},
		{"one of many starts", &world{moves: 12, guilty: [][]int{{6}}, starts: []int{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
			"found since 7 [2], hold [2] tried [{0 failed} {1 failed} {3 failed} {7 passed}]", 13},
		{"the oldest start", &world{moves: 12, guilty: [][]int{{2}}, starts: []int{11, 10, 9, 8, 7, 2}},
			"found since 5 [0], hold [0] tried [{0 failed} {1 failed} {3 failed} {4 failed} {5 passed}]", 13},
		{"a start between others that fail for another reason", &world{moves: 8, guilty: [][]int{{6}}, odd: []odd{{-1, 4, Failed}}, starts: []int{7, 7, 6, 4, 3, 2, 1}},
			"found since 2 [0], hold [0] tried [{0 failed} {1 failed} {3 failed} {4 failed} {5 failed} {6 failed} {2 passed}]", 12},
		{"starts that say nothing", &world{moves: 8, guilty: [][]int{{7}}, odd: []odd{{-1, 2, NotInstalled}, {-1, 6, NothingTested}}, starts: []int{6, 1, 7}},
			"found since 2 [0], hold [0] tried [{0 nothing tested} {1 could not be installed} {2 passed}]", 6},
		{"no start passes", &world{moves: 3, guilty: [][]int{{}}, odd: []odd{{-1, 1, NotInstalled}}, starts: []int{1, 2}}, "failed before tried [{0 could not be installed} {1 failed}]", 5},
		{"no start can be installed", &world{moves: 3, guilty: [][]int{{2}}, odd: []odd{{-1, 1, NothingTested}, {-1, 2, NotInstalled}}, starts: []int{1, 2}},
			"could not be installed tried [{0 nothing tested} {1 could not be installed}]", 5},
		{"a flaky start", &world{moves: 4, guilty: [][]int{{3}}, outcome: func(made []int, nth int) Outcome {
			if len(made) > 2 || nth > 0 {
				return Failed
			}
			return Passed
		}, starts: []int{3, 2}}, "flaky since 1 [] [passed failed] tried [{0 failed} {1 passed}]", 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, err := Find(t.Context(), test.world.at, Question{})
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

// again returns the same world before any run.
func (w *world) again() *world {
	return &world{moves: w.moves, guilty: w.guilty, requires: w.requires, unsolvable: w.unsolvable, odd: w.odd, outcome: w.outcome, starts: w.starts}
}

// TestLaws checks in generated worlds that each cause is one, and a smallest one; that what is to be held back suffices; and that
// no more runs are made than delta debugging needs.
func TestLaws(t *testing.T) {
	for seed := range uint64(2000) {
		w := generated(rand.New(rand.NewPCG(seed, 0)))
		a, err := Find(t.Context(), w.at, Question{})
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
		b := &begun{w, 0}
		fails := func(m *Mixture, _ error) bool { return w.fails(m.Made) }
		bound := 2*times + times
		for _, c := range a.Causes {
			for _, one := range c.Moves {
				m, err := b.With(t.Context(), without(c.Moves, []int{one}))
				if !slices.Contains(c.Bound, one) && fails(m, err) {
					fault("%v fails without %d", c.Moves, one)
				}
				if slices.Contains(c.Bound, one) && isPart(m.Made, c.Moves) {
					fault("%d can be separated from %v", one, c.Moves)
				}
			}
			if len(w.requires) == 0 && !slices.ContainsFunc(w.guilty, func(g []int) bool { return slices.Equal(g, c.Moves) }) {
				fault("%v is not guilty", c.Moves)
			}
			bound += w.moves*w.moves + 3*w.moves + times + len(c.Moves)
		}
		if fails(b.Without(t.Context(), a.Hold)) {
			fault("it fails without what is held")
		}
		if len(a.Hold) > len(w.guilty) && len(w.requires) == 0 {
			fault("too much is held")
		}
		if len(w.requires) == 0 && len(a.Causes) == 1 && len(a.Causes[0].Moves) == 1 {
			bound = 2*times + 2*bits.Len(uint(w.moves-1)) + 3
		}
		if a.Runs > bound {
			fault("%d runs were made, %d are enough", a.Runs, bound)
		}
	}
}

// anything returns a random world with several starts, in which mixtures cannot be made, or have any outcome, or a different one
// each time.
func anything(r *rand.Rand) *world {
	w := generated(r)
	pair := func() [2]int { return [2]int{r.IntN(w.moves+1) - 1, r.IntN(w.moves+1) - 1} }
	for range r.IntN(3) {
		w.unsolvable = append(w.unsolvable, [2]int{pair()[0], r.IntN(w.moves)}) // all moves can be made
	}
	for range r.IntN(5) {
		p := pair()
		w.odd = append(w.odd, odd{p[0], p[1], []Outcome{Passed, Failed, NotInstalled, NothingTested}[r.IntN(4)]})
	}
	for before := w.moves - r.IntN(2); before >= 0; before -= 1 + r.IntN(3) {
		if m, _ := (&begun{w, before}).With(context.Background(), nil); m != nil { // as is promised
			w.starts = append(w.starts, before)
		}
	}
	if len(w.starts) == 0 {
		w.unsolvable, w.starts = nil, []int{0}
	}
	if seed := r.Uint64(); seed%8 == 0 {
		w.outcome = func(made []int, nth int) Outcome {
			random := rand.New(rand.NewPCG(seed, uint64(nth)))
			for _, move := range made {
				random = rand.New(rand.NewPCG(random.Uint64(), uint64(move)))
			}
			if at := slices.IndexFunc(w.odd, func(o odd) bool { return o.isOf(made) }); at >= 0 && random.IntN(10) == 0 {
				return w.odd[at].Outcome
			}
			if w.fails(made) != (random.IntN(30) == 0) {
				return Failed
			}
			return Passed
		}
	}
	return w
}

// TestVerified checks in worlds of any kind that everything that is said was seen in runs, twice where that is promised; and that
// the answer depends neither on what runs at the same time nor on an interruption, after which no run is made again.
func TestVerified(t *testing.T) {
	verdicts := map[string]int{}
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := anything(r)
		a, err := Find(t.Context(), w.at, Question{})
		if err != nil {
			t.Fatal(err)
		}
		verdicts[fmt.Sprintf("%s, %t", a.Verdict, a.Start > 0)]++
		fault := func(format string, args ...any) {
			t.Errorf("seed %d: guilty %v of %d, requires %v, unsolvable %v, odd %v, starts %v: got %s: %s",
				seed, w.guilty, w.moves, w.requires, w.unsolvable, w.odd, w.starts, a.found(), fmt.Sprintf(format, args...))
		}
		for _, wrong := range unverified(w, a) {
			fault("%s", wrong)
		}
		if w.outcome != nil {
			continue // what runs at the same time can get another outcome
		}
		beside, err := Find(t.Context(), w.again().at, Question{Parallel: 1 + r.IntN(5)})
		if err != nil || beside.found() != a.found() {
			fault("with runs at the same time %s, %v", beside.found(), err)
		}
		interrupted := w.again()
		interrupted.stop = 1 + r.IntN(max(1, a.Runs))
		if _, err := Find(t.Context(), interrupted.at, Question{}); err != nil && !errors.Is(err, errStopped) {
			fault("interrupted: %v", err)
		}
		later, err := Find(t.Context(), w.again().at, Question{Known: maps.Clone(interrupted.ran)})
		if err != nil || later.found() != a.found() || later.Remembered != interrupted.stop || later.Runs+later.Remembered != a.Runs {
			fault("after %d runs: %s, %d runs and %d remembered of %d, %v", interrupted.stop, later.found(), later.Runs, later.Remembered, a.Runs, err)
		}
	}
	for _, v := range []Verdict{Found, Partly, Green, Red, Flaky, Uninstallable, Untested} {
		if verdicts[string(v)+", false"] < 20 || (v == Found || v == Partly || v == Flaky) && verdicts[string(v)+", true"] < 20 {
			t.Errorf("few worlds end with %s: %v", v, verdicts)
		}
	}
}

// unverified returns what an answer says that the runs of a world did not show.
func unverified(w *world, a *Answer) (faults []string) {
	b := &begun{w, w.starts[a.Start]}
	outcomes := func(moves []int) []Outcome {
		made := b.all(moves)
		slices.Sort(made)
		return w.ran[fmt.Sprint(made)]
	}
	// saw adds a fault if not all of at least some runs with certain moves had an outcome.
	saw := func(what string, o Outcome, least int, moves []int) {
		if all := outcomes(moves); len(all) < least || slices.ContainsFunc(all, func(other Outcome) bool { return other != o }) {
			faults = append(faults, fmt.Sprintf("%s: %v %v", what, moves, all))
		}
	}
	wrong := func(is bool, what string) {
		if is {
			faults = append(faults, what)
		}
	}
	start, _ := b.With(context.Background(), nil)
	all := numbers(b.Moves())
	wrong(a.Runs != w.runs, "runs are counted wrongly")
	passing := slices.IndexFunc(a.Tried, func(t Try) bool { return t.Outcome == Passed })
	for _, try := range a.Tried {
		tried := &begun{w, w.starts[try.Start]}
		m, _ := tried.With(context.Background(), nil)
		made := tried.all(m.Made)
		slices.Sort(made)
		ran := w.ran[fmt.Sprint(made)]
		wrong(len(ran) == 0 || ran[0] != try.Outcome, fmt.Sprintf("start %d was not seen to be %s", try.Start, try.Outcome))
	}
	switch a.Verdict {
	case Flaky:
		ran := outcomes(a.At.Made)
		wrong(len(ran) != times || ran[0] == ran[1] || !slices.Equal(ran, a.Outcomes), fmt.Sprintf("not flaky: %v", ran))
		return faults
	case Green:
		saw("all moves", Passed, times, all)
		return faults
	case Red, Uninstallable, Untested:
		outcome := map[Verdict]Outcome{Red: Failed, Uninstallable: NotInstalled, Untested: NothingTested}[a.Verdict]
		if len(a.Tried) == 0 {
			saw("all moves", outcome, times, all)
			wrong(a.Verdict == Red, "red all along, without a start")
			return faults
		}
		saw("all moves", Failed, times, all)
		saw("the newest start", a.Tried[0].Outcome, times, a.At.Made)
		wrong(passing >= 0 || len(a.Tried) != len(w.starts), "a start passes, or was not tried")
		wrong(!slices.ContainsFunc(a.Tried, func(t Try) bool { return t.Outcome == outcome }), "no start has this outcome")
		return faults
	}
	saw("all moves", Failed, times, all)
	saw("the start", Passed, times, start.Made)
	wrong(passing != len(a.Tried)-1 || a.Tried[passing].Start != a.Start, "it is not the first start that passes")
	seen := map[int]bool{}
	var guilty []int
	for _, c := range a.Causes {
		saw("a cause", Failed, times, c.Moves)
		wrong(!slices.Equal(c.Mixture.Made, c.Moves), "a cause is not its mixture")
		wrong(a.Verdict == Found && len(without(c.Moves, a.Hold)) == len(c.Moves), "nothing of a cause is held")
		for _, one := range c.Moves {
			wrong(seen[one], "a move is in two causes")
			seen[one] = true
			guilty = append(guilty, one)
			part, _ := b.With(context.Background(), without(c.Moves, []int{one}))
			tested := part != nil && isPart(part.Made, c.Moves)
			if len(c.Moves) > 1 && !slices.Contains(c.Bound, one) {
				wrong(!tested, "a cause was not tested without a move that is not bound")
				saw("a cause without a move that is not bound", Passed, 1, part.Made)
			} else if len(c.Moves) > 1 && tested {
				ran := outcomes(part.Made)
				wrong(len(ran) == 0 || ran[0] == Passed || ran[0] == Failed, fmt.Sprintf("%d was separated from %v: %v", one, c.Moves, ran))
			}
		}
	}
	slices.Sort(guilty)
	if a.Verdict == Found {
		saw("without what is held", Passed, times, without(without(all, a.Hold), a.Along))
		wrong(len(without(a.Hold, guilty)) > 0, "what is not guilty is held")
		return faults
	}
	rest, _ := b.Without(context.Background(), guilty)
	wrong(rest != nil && slices.Contains(outcomes(rest.Made), Passed), "it is known that the tests pass without the causes")
	return faults
}

// TestRememberedFlaky checks that two outcomes of one start that an earlier search left are reported of that start.
func TestRememberedFlaky(t *testing.T) {
	w := &world{moves: 3, guilty: [][]int{{1}}, starts: []int{2, 1}}
	a, err := Find(t.Context(), w.at, Question{Known: map[string][]Outcome{"[0]": {Passed, Failed}}})
	if want := "flaky since 1 [] [passed failed]"; err != nil || a.found() != want {
		t.Errorf("got %s, %v, want %s", a.found(), err, want)
	}
}

// TestErrors checks that an error of the world ends a search, and so does a context that has ended, before a run.
func TestErrors(t *testing.T) {
	w := &world{moves: 4, guilty: [][]int{{0}}, stop: 3}
	if _, err := Find(t.Context(), w.at, Question{Parallel: 2}); !errors.Is(err, errStopped) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w = &world{moves: 4}
	if _, err := Find(ctx, w.at, Question{}); !errors.Is(err, context.Canceled) || w.runs > 0 {
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
