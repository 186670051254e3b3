package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
	"toxgen/internal/resolve"
)

// hostile is an index on which everything that requires `hard` has an answer only after a long search: of its projects each
// excludes one release of every other, and there is one release too few. `app-N` requires `hard`, `plain` nothing, and
// `late` has 1,000 releases of which only the oldest fits.
type hostile struct{ files map[string][]resolve.File }

// pigeons is how many projects `hard` requires.
const pigeons = 9

func newHostile() *hostile {
	x := &hostile{map[string][]resolve.File{}}
	var all []string
	for i := range pigeons {
		all = append(all, fmt.Sprintf("pigeon-%d", i))
		for hole := range pigeons - 1 {
			var others []string
			for j := range pigeons {
				if j != i {
					others = append(others, fmt.Sprintf("pigeon-%d!=%d", j, hole))
				}
			}
			x.add(all[i], hole, others)
		}
	}
	x.add("hard", 1, all)
	for i := range 600 {
		x.add(fmt.Sprintf("app-%d", i), 1, []string{"hard"})
	}
	x.add("plain", 1, nil)
	for v := range 1000 {
		x.add("late", v, []string{fmt.Sprintf("base==%d", v+1)})
	}
	x.add("base", 1, nil)
	return x
}

func (x *hostile) add(name string, version int, requires []string) {
	v := pep440.MustParse(fmt.Sprint(version))
	m := &metadata.Metadata{Name: name, Version: v.String(), RequiresDist: requires}
	x.files[name] = append(x.files[name], resolve.File{Filename: fmt.Sprintf("%s-%s-py3-none-any.whl", name, v), Version: v, Tags: "py3-none-any", Source: m})
}

func (x *hostile) Project(_ context.Context, name string) (*resolve.Project, error) {
	if files := x.files[name]; files != nil {
		return resolve.NewProject(slices.Clone(files)), nil
	}
	return nil, resolve.ErrNoProject
}

func (x *hostile) Metadata(_ context.Context, f *resolve.File) (*metadata.Metadata, error) {
	return f.Source.(*metadata.Metadata), nil
}

// small is a budget that is used up within a test.
func small() *Budget { return &Budget{ordinary: 40_000, least: 4_000, run: 6_000_000} }

// answers returns what a solver answers to problems of one root each, after it was asked for all of them and extended, and
// the steps that it took.
func answers(t *testing.T, each Each, budget *Budget, roots []string) (texts []string, steps int64) {
	t.Helper()
	universe := resolve.NewUniverse(newHostile(), 0)
	platform := python.Platform{System: "linux", Machine: "x86_64", Libc: python.Libc{Family: "glibc", Major: 2, Minor: 28}}
	p, _, err := python.Parse("3.12.1")
	if err != nil {
		t.Fatal(err)
	}
	solver := NewOnline(universe, func(p python.Version) python.Target { return p.On(platform) }, each, budget)
	texts = make([]string, len(roots))
	ask := func(i int) bool {
		r, err := pep508.ParseRequirement(roots[i])
		if err != nil {
			t.Error(err)
			return true
		}
		result, err := solver.Solve(t.Context(), &resolve.Problem{Roots: []resolve.Root{{Requirement: r}}}, p)
		var conflict *resolve.Conflict
		switch {
		case err == nil:
			texts[i] = pinsOf(result).text()
		case errors.As(err, &conflict) && conflict.Undecided:
			texts[i] = "undecided"
		default:
			texts[i] = err.Error()
		}
		return true
	}
	each(roots, ask)
	if solver.Extend(t.Context()) {
		each(roots, ask)
	}
	if solver.Extend(t.Context()) {
		t.Error("problems got a share twice")
	}
	return texts, universe.Steps()
}

func repeat(text string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(text, i))
	}
	return list
}

// A run with something hard in each of 600 environments ends within its budget. What is not hard is answered all the same.
func TestBudgetBoundsARun(t *testing.T) {
	budget := small()
	roots := append(repeat("app-%d", 600), "plain")
	texts, steps := answers(t, (*memory)(nil).Each, budget, roots)
	if most := 600*int64(budget.ordinary) + budget.run; steps > most*11/10 {
		t.Errorf("it took %d steps, more than %d", steps, most)
	}
	for i, text := range texts {
		want := "undecided"
		if roots[i] == "plain" {
			want = "plain==1"
		}
		if text != want {
			t.Errorf("%s: got %s, want %s", roots[i], text, want)
		}
	}
	if got := budget.first(); got != budget.least {
		t.Errorf("a run that has no steps left gives %d to a problem, want %d", got, budget.least)
	}
}

// A problem that needs more than the ordinary steps is answered if the run has steps left for it.
func TestBudgetExtends(t *testing.T) {
	if texts, _ := answers(t, (*memory)(nil).Each, small(), []string{"late", "plain"}); !slices.Equal(texts, []string{"base==1 late==0", "plain==1"}) {
		t.Errorf("got %q", texts)
	}
	none := small()
	none.run = 0
	if texts, _ := answers(t, (*memory)(nil).Each, none, []string{"late", "plain"}); !slices.Equal(texts, []string{"undecided", "plain==1"}) {
		t.Errorf("without steps: got %q", texts)
	}
}

// Answers and steps do not depend on how many problems are solved at once, nor on their order.
func TestBudgetIsIndependentOfOrder(t *testing.T) {
	backwards := func(names []string, work func(i int) bool) {
		for i := range slices.Backward(names) {
			work(i)
		}
	}
	roots := append(repeat("app-%d", 40), "late", "plain")
	want, steps := answers(t, backwards, small(), roots)
	got, stepsToo := answers(t, (*memory)(nil).Each, small(), roots)
	if !slices.Equal(got, want) || steps != stepsToo {
		t.Errorf("at the same time: got %q in %d steps, one after the other: %q in %d", got, stepsToo, want, steps)
	}
}
