package resolve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/vectors"
)

// solvable returns the scenarios and random universes that have a solution.
func solvable(tb testing.TB) []*scenario {
	tb.Helper()
	list := slices.Concat(vectors.Read[[]*scenario](tb, "scenarios"), vectors.Read[[]*scenario](tb, "random"))
	return slices.DeleteFunc(list, func(s *scenario) bool { return s.Expected.Error })
}

// withoutYanked removes the faults about yanked files, which a problem may demand.
func withoutYanked(faults []Fault) []Fault {
	return slices.DeleteFunc(faults, func(f Fault) bool { return f.Kind == Yanked })
}

// Verify finds no fault in what Resolve returns, and a fault in every change of it. Result returns the same of its pins.
func TestVerifyTellsRightFromWrong(t *testing.T) {
	ctx := context.Background()
	for _, s := range solvable(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p, err := s.problem()
			if err != nil {
				t.Fatal(err)
			}
			target := s.target(t, s.index())
			r, err := target.Resolve(ctx, p)
			if err != nil {
				t.Fatal(err)
			}
			kinds := func(change func(pins map[string]pep440.Version)) []FaultKind {
				pins := r.versions()
				change(pins)
				faults, err := target.Verify(ctx, p, pins)
				if err != nil {
					t.Fatal(err)
				}
				var kinds []FaultKind
				for _, f := range withoutYanked(faults) {
					kinds = append(kinds, f.Kind)
				}
				return kinds
			}
			if got := kinds(func(map[string]pep440.Version) {}); len(got) > 0 {
				t.Errorf("the result has faults: %v", got)
			}
			if again, err := target.Result(ctx, p, r.versions()); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("the result of its pins is %+v (%v), want %+v", again, err, r)
			}
			more := func(pins map[string]pep440.Version) { pins["not-required"] = pep440.MustParse("1") }
			if got := kinds(more); !slices.Equal(got, []FaultKind{Superfluous}) {
				t.Errorf("one pin more: got %v", got)
			}
			for _, pin := range r.Pins {
				if got := kinds(func(pins map[string]pep440.Version) { delete(pins, pin.Name) }); !slices.Contains(got, Missing) {
					t.Errorf("without %s: got %v", pin.Name, got)
				}
				if got := kinds(func(pins map[string]pep440.Version) { pins[pin.Name] = pep440.MustParse("99999") }); !slices.Contains(got, Unknown) {
					t.Errorf("another %s: got %v", pin.Name, got)
				}
			}
		})
	}
}

// The exhaustive search finds a solution where pip's does, and every solution that it finds has no faults. It never
// replaces a pin, so it does not find the solution of two scenarios, in which only a later demand makes a release a
// candidate.
func TestExhaustAgrees(t *testing.T) {
	ctx := context.Background()
	replacing := []string{"own-pre-combined-late", "own-yanked-late-pin"}
	for _, s := range slices.Concat(vectors.Read[[]*scenario](t, "scenarios"), vectors.Read[[]*scenario](t, "random")) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p, err := s.problem()
			if err != nil {
				t.Skip("not even the requirements can be read")
			}
			target := s.target(t, s.index())
			c, err := target.compile(p)
			if err != nil {
				t.Fatal(err)
			}
			x := newExhaust(c, maximumExhaustiveSteps)
			proof, err := x.run(ctx)
			switch {
			case err != nil && !s.Expected.Error:
				t.Error(err)
			case err == nil && proof != nil && !s.Expected.Error && !slices.Contains(replacing, s.Name):
				t.Error("there is a solution, and it was not found")
			case err == nil && proof == nil:
				faults, err := target.Verify(ctx, p, x.result().versions())
				if faults = withoutYanked(faults); err != nil || len(faults) > 0 {
					t.Errorf("the solution has faults: %v, %v", faults, err)
				}
			}
		})
	}
}

// In universes small enough to try every combination of versions, Resolve finds a solution if and only if there is
// one.
func TestResolveAgreesWithTryingEverything(t *testing.T) {
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 1))
		requires := map[string][]string{} // by release: `a 1`
		b := newBook()
		for _, name := range []string{"a", "b", "c", "d"} {
			for v := 1; v <= 3; v++ {
				var list []string
				for range random.IntN(3) {
					list = append(list, randomRequirement(random))
				}
				requires[fmt.Sprint(name, " ", v)] = list
				b.add("%s", strings.Join(append([]string{fmt.Sprint(name, " ", v)}, list...), " / "))
			}
		}
		lines := []string{randomRequirement(random), randomRequirement(random)}
		r, err := b.target(t).Resolve(context.Background(), ask(t, lines...))
		var conflict *Conflict
		if err != nil && !errors.As(err, &conflict) {
			t.Fatal(err)
		}
		if want := tryEverything(t, lines, requires); want != (err == nil) {
			t.Errorf("seed %d: %q has a solution: %v, got %v, %v", seed, lines, want, r, err)
		}
	}
}

func randomRequirement(r *rand.Rand) string {
	return string("abcd"[r.IntN(4)]) + []string{"", ">=2", "<2", "==2", "!=2", "<3"}[r.IntN(6)]
}

// tryEverything reports whether any combination of versions meets all requirements.
func tryEverything(tb testing.TB, lines []string, requires map[string][]string) bool {
	for i := range 81 {
		chosen := map[string]int{"a": i%3 + 1, "b": i/3%3 + 1, "c": i/9%3 + 1, "d": i/27 + 1}
		seen := map[string]bool{}
		var meets func(list []string) bool
		meets = func(list []string) bool {
			for _, line := range list {
				r, err := pep508.ParseRequirement(line)
				if err != nil {
					tb.Fatal(err)
				}
				if !r.Specifiers.Match(pep440.MustParse(fmt.Sprint(chosen[r.Name]))) {
					return false
				}
				if release := fmt.Sprint(r.Name, " ", chosen[r.Name]); !seen[release] {
					seen[release] = true
					if !meets(requires[release]) {
						return false
					}
				}
			}
			return true
		}
		if meets(lines) {
			return true
		}
	}
	return false
}

// A result depends neither on how long answers take, nor on their order, nor on other resolutions.
func TestTimingDoesNotMatter(t *testing.T) {
	for _, s := range solvable(t) {
		if s.Rounds > 300 {
			continue
		}
		p, err := s.problem()
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(3) {
			synctest.Test(t, func(t *testing.T) {
				x := s.index()
				var mutex sync.Mutex
				random := rand.New(rand.NewPCG(seed, 2))
				x.before = func(context.Context, string) error {
					mutex.Lock()
					pause := time.Duration(random.IntN(50)) * time.Millisecond
					mutex.Unlock()
					time.Sleep(pause)
					return nil
				}
				target := NewUniverse(x, int(seed)*8).Target(interpreter(t, s.Python).On(linux))
				var wait sync.WaitGroup
				for range 3 {
					wait.Go(func() {
						r, err := target.Resolve(t.Context(), p)
						if err != nil {
							t.Errorf("%s: %v", s.Name, err)
						} else if s.Rounds == 0 && !maps.Equal(s.pins(), pinsOf(r)) || s.Rounds > 0 && textOf(s.Expected.Packages) != r.text() {
							t.Errorf("%s: got %s", s.Name, r.text())
						}
					})
				}
				wait.Wait()
			})
		}
	}
}
