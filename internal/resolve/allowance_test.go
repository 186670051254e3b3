package resolve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/pep440"
	"toxgen/internal/vectors"
)

// stepsOf returns the steps that a resolution takes, and what it answers.
func stepsOf(tb testing.TB, target *Target, p *Problem) (steps int, answer string) {
	tb.Helper()
	before := target.universe.Steps()
	r, err := target.Resolve(context.Background(), p)
	if err != nil {
		return int(target.universe.Steps() - before), err.Error()
	}
	return int(target.universe.Steps() - before), r.text()
}

// isUndecided reports whether the answer to a problem was not found for want of steps.
func isUndecided(err error) bool {
	conflict, is := errors.AsType[*Conflict](err)
	return is && conflict.Undecided
}

// lastOperation is how many steps a search may take beyond its bound, since it looks at the bound between operations: it
// reads the metadata of one release and goes through what it has of it.
const lastOperation = 2 * maximumRequirements * stepsPerReading

// A bound on the steps never leads to another answer, and the steps are kept.
func TestStepsBoundAResolution(t *testing.T) {
	for _, s := range slices.Concat(vectors.Read[[]*scenario](t, "scenarios"), vectors.Read[[]*scenario](t, "random")) {
		p, err := s.problem()
		if err != nil {
			continue
		}
		target := s.target(t, s.index())
		full, want := stepsOf(t, target, p)
		for _, share := range []int{64, 8, 3, 2} {
			p.Steps = max(full/share, 1)
			steps, got := stepsOf(t, target, p)
			if _, err := target.Resolve(context.Background(), p); got != want && !isUndecided(err) {
				t.Errorf("%s: with %d steps of %d: got %s, want %s", s.Name, p.Steps, full, got, want)
			}
			if steps > p.Steps+lastOperation {
				t.Errorf("%s: took %d steps instead of %d", s.Name, steps, p.Steps)
			}
		}
	}
}

// So it is where the steps end in the middle of a proof or of a long search.
func TestStepsBoundAHardResolution(t *testing.T) {
	for _, u := range hardUniverses {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			b := newBook()
			u.write(b)
			target, p := b.target(t), ask(t, u.roots...)
			full, want := stepsOf(t, target, p)
			for part := range 5 {
				p.Steps = full/5*part + 1
				_, got := stepsOf(t, target, p)
				if got != want && !strings.HasPrefix(got, "no answer was found") {
					t.Errorf("with %d steps of %d: got %.200s, want %.200s", p.Steps, full, got, want)
				}
			}
		})
	}
}

// The steps of a resolution do not depend on what was asked before, nor on reading ahead.
func TestStepsAreAFunctionOfTheProblem(t *testing.T) {
	for _, s := range vectors.Read[[]*scenario](t, "scenarios") {
		p, err := s.problem()
		if err != nil {
			continue
		}
		target := s.target(t, s.index())
		cold, _ := stepsOf(t, target, p)
		warm, _ := stepsOf(t, target, p)
		ahead, _ := stepsOf(t, NewUniverse(s.index(), 8).Target(interpreter(t, s.Python).On(linux)), p)
		if warm != cold || ahead != cold {
			t.Errorf("%s: %d steps at first, %d again, %d with reading ahead", s.Name, cold, warm, ahead)
		}
	}
}

// numbered returns n texts, joined by a separator that also begins the result.
func numbered(separator, format string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(separator + strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// growing are universes of a size n in which app requires something many times.
var growing = []struct {
	name  string
	write func(b *book, n int)
}{
	{"different requirements of one project", func(b *book, n int) {
		b.add("app 1%s", numbered(" / ", "lib!=0.#", n))
		b.add("lib 1")
	}},
	{"equal requirements of one project", func(b *book, n int) {
		b.add("app 1%s", strings.Repeat(" / lib>=0.5", n))
		b.add("lib 1")
	}},
	{"one requirement under different markers", func(b *book, n int) {
		b.add("app 1%s", numbered(" / ", "lib>=0.5; python_version != '2.#'", n))
		b.add("lib 1")
	}},
	{"clauses in one specifier", func(b *book, n int) {
		b.add("app 1 / lib%s", numbered(",", "!=0.#", n)[1:])
		b.add("lib 1")
	}},
	{"clauses that come again", func(b *book, n int) {
		b.add("app 1%s", strings.Repeat(" / lib!=0.1 / lib!=0.2 / lib<9", n/3))
		b.add("lib 1")
	}},
	{"requirements of a project with an extra", func(b *book, n int) {
		b.add("app 1%s", numbered(" / ", "lib[x]!=0.#", n))
		b.add("lib 1 extras=x")
	}},
	{"extras at once", func(b *book, n int) {
		b.add("app 1 / lib[%s]", numbered(",", "x#", n)[1:])
		b.add("lib 1 extras=%s%s", numbered(",", "x#", n)[1:], numbered(" / ", "dep>=0.#; extra == 'x#'", n))
		b.add("dep 1")
	}},
	{"releases that need other Pythons", func(b *book, n int) {
		b.add("app 1%s", numbered(" / ", "p#", n/10))
		for i := range n / 10 {
			b.add("p%d 1 metadata-python=>=3.%d", i, i%10)
		}
	}},
	{"releases of which each conflicts", func(b *book, n int) {
		b.add("app 1 / many / c<1")
		for v := range n {
			b.add("many %d / c>=1,!=7.%d", v, v)
		}
		b.add("c 1")
		b.add("c 0")
	}},
	{"a chain", func(b *book, n int) {
		b.add("app 1 / p0")
		for i := range n {
			b.add("p%d 1 / p%d", i, i+1)
		}
		b.add("p%d 1", n)
	}},
}

// The work grows about as the input does.
func TestStepsGrowLinearly(t *testing.T) {
	const n, factor = 1000, 4
	for _, g := range growing {
		t.Run(g.name, func(t *testing.T) {
			size := func(n int) int {
				b := newBook()
				g.write(b, n)
				steps, _ := stepsOf(t, b.target(t), ask(t, "app"))
				return steps
			}
			if small, large := size(n), size(factor*n); large > small*factor*5/4 {
				t.Errorf("%d steps for %d, %d for %d", small, n, large, factor*n)
			}
		})
	}
}

// Where the work cannot grow linearly, it ends with the steps.
func TestStepsEndASearch(t *testing.T) {
	for _, u := range []struct {
		name  string
		write func(b *book)
	}{
		{"each requirement excludes the newest release", func(b *book) {
			var bounds strings.Builder
			for v := range 4000 {
				fmt.Fprintf(&bounds, " / lib!=%d", 4000-v)
				b.add("lib %d", v)
			}
			b.add("app 1%s", bounds.String())
		}},
		{"a specifier with as many clauses as there are releases", func(b *book) {
			b.add("app 1 / lib%s", numbered(",", "!=#", 4000)[1:])
			for v := range 4000 {
				b.add("lib %d", v)
			}
		}},
		{"releases of many requirements, of which the first one conflicts", func(b *book) {
			many := numbered(" / ", "p#>=1", 500)
			for v := range 50 {
				b.add("app %d / c>=1%s", v, many)
			}
			b.add("c 0")
		}},
		{"an extra in each requirement", func(b *book) {
			b.add("app 1%s", numbered(" / ", "lib[x#]", 2000))
			b.add("lib 1 extras=%s%s", numbered(",", "x#", 2000)[1:], numbered(" / ", "dep>=0.#", 2000))
			b.add("dep 1")
		}},
	} {
		t.Run(u.name, func(t *testing.T) {
			b := newBook()
			u.write(b)
			p := ask(t, "app")
			p.Steps = 4_000_000
			target := b.target(t)
			if _, err := target.Resolve(t.Context(), p); !isUndecided(err) {
				t.Errorf("got %v, want an answer that is left open", err)
			}
			if steps := int(target.universe.Steps()); steps > p.Steps+lastOperation {
				t.Errorf("took %d steps instead of %d", steps, p.Steps)
			}
		})
	}
}

// Metadata beyond the limits are not read: their release is refused like any whose requirements are unknown.
func TestMaximumMetadata(t *testing.T) {
	for _, c := range []struct {
		name, release, want string
	}{
		{"requirements", "app 1" + numbered(" / ", "lib!=0.#", maximumRequirements), ""},
		{"too many requirements", "app 1" + numbered(" / ", "lib!=0.#", maximumRequirements+1), "its metadata state 5001 requirements or extras, and more than 5000 are not read"},
		{"too many extras", "app 1 extras=" + numbered(",", "x#", maximumRequirements+1)[1:] + " / lib", "its metadata state 5001 requirements or extras, and more than 5000 are not read"},
		{"comparisons", "app 1 / lib; os_name == 'x'" + strings.Repeat(" or os_name == 'posix'", maximumComparisons-1), ""},
		{"too many comparisons", "app 1 / lib; os_name == 'x'" + strings.Repeat(" or os_name == 'posix'", maximumComparisons), "one of its markers has 501 comparisons, and more than 500 are not read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newBook(c.release, "lib 1").target(t).Resolve(t.Context(), ask(t, "app"))
			refusal, _ := errors.AsType[*Refusal](err)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (refusal == nil || !strings.HasSuffix(refusal.Message, "cannot be known: "+c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// What was found for some demands and serves again for one more is what would be found anew.
func TestCriterionWithOneMoreDemand(t *testing.T) {
	ctx := t.Context()
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 4))
		b := newBook()
		for range 1 + random.IntN(2*manyMisses) {
			b.add("a %s%s", someVersions[random.IntN(len(someVersions))], []string{"", "", "", " yanked=", " python=<3"}[random.IntN(5)])
		}
		target := b.target(t)
		p := ask(t, "a")
		if random.IntN(2) == 0 {
			p.Preferences = map[string]pep440.Version{"a": pep440.MustParse(someVersions[random.IntN(len(someVersions))])}
		}
		c, err := target.compile(p)
		if err != nil {
			t.Fatal(err)
		}
		s := newSearch(c, maximumSteps)
		s.push()
		n, err := s.node(ctx, target.universe.identify("a", []string{"x"}))
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		for range 1 + random.IntN(6) {
			text := someOperators[random.IntN(len(someOperators))] + someVersions[random.IntN(len(someVersions))]
			specifiers, err := pep440.ParseSpecifiers(text)
			if err != nil {
				continue
			}
			on := []*node{n, n.project}[random.IntN(2)]
			asked = append(asked, on.identifier.name+text)
			d := &demand{on: on.identifier, clauses: target.universe.clausesOf(specifiers)}
			if conflict, err := s.ask(ctx, d, nil, nil); err != nil {
				t.Fatal(err)
			} else if conflict != nil {
				break
			}
			for _, on := range []*node{n, n.project} {
				if on.criterion == nil {
					continue
				}
				excluded := fileSet{random.Uint64() & random.Uint64()}
				before, err := newCriterion(ctx, on, on.criterion.demands, excluded)
				if err != nil {
					t.Fatal(err)
				}
				if before.first == nil {
					continue
				}
				sum := before.demands.and(information{d, on, nil, nil})
				got, err := before.with(ctx, on, sum)
				if err != nil {
					t.Fatal(err)
				}
				want, err := newCriterion(ctx, on, sum, excluded)
				if err != nil {
					t.Fatal(err)
				}
				if g, w := filesOfCriterion(t, got), filesOfCriterion(t, want); !slices.Equal(g, w) {
					t.Fatalf("seed %d: %s, then %s on %s: got %q, want %q", seed, asked, text, on.identifier.name, g, w)
				}
			}
		}
	}
}

// filesOfCriterion returns the names of the candidates in their order.
func filesOfCriterion(t *testing.T, c *criterion) (names []string) {
	t.Helper()
	for candidate, err := range c.candidates(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, candidate.file.Filename)
	}
	return names
}
