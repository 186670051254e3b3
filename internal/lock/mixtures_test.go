package lock

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// text returns a mixture as text: its pins, the places of the moves that it makes, and its environment if that is another
// one.
func (x *Mixtures) text(m *Mixture, err error) string {
	switch {
	case IsUnsolvable(err):
		return "none"
	case err != nil:
		return err.Error()
	}
	text := m.Pins.text()
	for _, i := range m.Made {
		text += " " + x.Moves[i].Project
	}
	if name := m.Environment.Name(); name != x.environment.Name() {
		text += " as " + name
	}
	return text
}

// places returns the places of the moves of projects.
func (x *Mixtures) places(tb testing.TB, projects string) (places []int) {
	tb.Helper()
	for project := range strings.FieldsSeq(projects) {
		i := slices.IndexFunc(x.Moves, func(m Move) bool { return m.Project == project })
		if i < 0 {
			tb.Fatalf("%s did not move", project)
		}
		places = append(places, i)
	}
	return places
}

// TestMixtures asks for mixtures: `with a b` makes the moves of a and b, `without a` leaves out that of a.
func TestMixtures(t *testing.T) {
	type lines = []string
	plain := lines{"app 1 / a / b", "a 1", "a 2", "b 1", "b 2", "b 1.5", "b 3"}
	chain := lines{"app 1 / a / b / c", "a 1", "a 2 / b>=2", "b 1", "b 2 / c>=2", "c 1", "c 2"}
	release := lines{"app 1 / a<2", "app 2 / a>=2 / new", "a 1", "a 2", "new 5"}
	for _, test := range []struct {
		name     string
		facts    lines
		from, to string
		wish     string
		want     string
	}{
		{"nothing", plain, "app==1 a==1 b==1", "app==1 a==2 b==2", "with", "a==1 app==1 b==1"},
		{"one", plain, "app==1 a==1 b==1", "app==1 a==2 b==2", "with a", "a==2 app==1 b==1 a"},
		{"all", plain, "app==1 a==1 b==1", "app==1 a==2 b==2", "with a b", "a==2 app==1 b==2 a b"},
		{"all but one", plain, "app==1 a==1 b==1", "app==1 a==2 b==2", "without a", "a==1 app==1 b==2 b"},
		{"nothing left", plain, "app==1 a==1 b==1", "app==1 a==2 b==2", "without a b", "a==1 app==1 b==1"},
		{"a move down", plain, "app==1 a==2 b==3", "app==1 a==1 b==1.5", "with b", "a==2 app==1 b==1.5 b"},
		{"never another release", plain, "app==1 a==1 b==1", "app==1 a==2 b==1.5", "without b", "a==2 app==1 b==1 a"},
		{"what follows is made too", chain, "app==1 a==1 b==1 c==1", "app==1 a==2 b==2 c==2", "with a", "a==2 app==1 b==2 c==2 a b c"},
		{"and only that", chain, "app==1 a==1 b==1 c==1", "app==1 a==2 b==2 c==2", "with b", "a==1 app==1 b==2 c==2 b c"},
		{"what depends on it is not made either", chain, "app==1 a==1 b==1 c==1", "app==1 a==2 b==2 c==2", "without c", "a==1 app==1 b==1 c==1"},
		{"and only that, too", chain, "app==1 a==1 b==1 c==1", "app==1 a==2 b==2 c==2", "without b", "a==1 app==1 b==1 c==2 c"},
		{"the release", release, "app==1 a==1", "app==2 a==2 new==5", "with app", "a==2 app==2 new==5 a app"},
		{"the release before", release, "app==1 a==1", "app==2 a==2 new==5", "with", "a==1 app==1 as py3.12-app-v1"},
		{"a release that a move requires", release, "app==1 a==1", "app==2 a==2 new==5", "with a", "a==2 app==2 new==5 a app"},
		{"a release that needs what is left out", release, "app==1 a==1", "app==2 a==2 new==5", "without a", "a==1 app==1 as py3.12-app-v1"},
		{"no mixture", lines{"app 1 / a / b", "a 1 / b<2", "a 2 / b<2", "b 1", "b 2"}, "app==1 a==1 b==1", "app==1 a==2 b==2", "with a b", "none"},
		{"a release that was yanked since", lines{"app 1 / a / b", "a 1 yanked=old", "a 2 yanked=new", "b 1", "b 2"}, "app==1 a==1 b==1", "app==1 a==2 b==2", "with b", "a==1 app==1 b==2 b"},
		{"a project that only one side has", lines{"app 1 / a / b", "a 1 / old", "a 2 / new", "b 1", "b 2", "old 1", "new 1"}, "app==1 a==1 b==1 old==1", "app==1 a==2 b==2 new==1",
			"with a", "a==2 app==1 b==1 new==1 a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := pins(test.to)
			c := configure(t)
			e := environment(t, testedBy(c, "py3.12-app-v"+to["app"].String()), "py3.12-app-v"+to["app"].String())
			x, err := NewMixtures(t.Context(), c, e, pins(test.from), to, book(t, test.facts...))
			if err != nil {
				t.Fatal(err)
			}
			kind, wish, _ := strings.Cut(test.wish, " ")
			mix := x.With
			if kind == "without" {
				mix = x.Without
			}
			if got := x.text(mix(t.Context(), x.places(t, wish))); got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestMixturesFacts checks whose facts count, and what is said if there are none.
func TestMixturesFacts(t *testing.T) {
	c := configure(t)
	e := environment(t, testedBy(c, "py3.12-app-v1"), "py3.12-app-v1")
	from, to := pins("app==1 a==1"), pins("app==1 a==2")
	now, then := book(t, "app 1 / a", "a 1 unknown", "a 2"), book(t, "app 1 / a / wrong", "a 1 / app")
	x, err := NewMixtures(t.Context(), c, e, from, to, now, then)
	if err != nil {
		t.Fatal(err)
	}
	if got := x.text(x.With(t.Context(), nil)); got != "a==1 app==1" {
		t.Errorf("got %s", got)
	}
	// what is known of another Python's file does not count
	of := func(tag string) registry.Facts {
		one := registry.Release{Version: pep440.MustParse("1"), Wheels: []string{"cp312-cp312-linux_x86_64", "cp38-cp38-linux_x86_64"},
			Metadata: []registry.Metadata{{For: []string{tag}, Requirements: &registry.Requirements{}}}}
		return now.With((&registry.Project{Name: "a"}).With(one, *now.Release("a", to["a"])))
	}
	if x, err = NewMixtures(t.Context(), c, e, from, to, of("cp38-cp38-linux_x86_64"), of("cp312-cp312-linux_x86_64")); err != nil {
		t.Fatal(err)
	}
	if got := x.text(x.With(t.Context(), nil)); got != "a==1 app==1" {
		t.Errorf("with facts of another Python first: got %s", got)
	}
	if _, err := NewMixtures(t.Context(), c, e, from, to, now, registry.Facts{}); err == nil || err.Error() != "registry/ does not have what is needed to install a==1" {
		t.Errorf("got %v", err)
	}
}

// TestMixturesLaws asks for random mixtures in random worlds: each has what was wished, and each project in the release of one of
// both sides; and asking for what a mixture makes returns the mixture.
func TestMixturesLaws(t *testing.T) {
	const projects = 8
	c := configure(t)
	e := environment(t, testedBy(c, "py3.12-app-v1"), "py3.12-app-v1")
	none := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		app, lines := "app 1", []string{}
		from, to := Pins{"app": pep440.MustParse("1")}, Pins{"app": pep440.MustParse("1")}
		for i := range projects {
			name := fmt.Sprintf("p%d", i)
			app += " / " + name
			from[name], to[name] = pep440.MustParse("1"), pep440.MustParse("2")
			first, second := name+" 1", name+" 2"
			for range r.IntN(2) {
				other := r.IntN(projects)
				first += fmt.Sprintf(" / p%d<%d", other, 2+r.IntN(2))
				second += fmt.Sprintf(" / p%d>=%d", r.IntN(projects), 1+r.IntN(2))
			}
			if r.IntN(20) == 0 {
				second += fmt.Sprintf(" / p%d<2", r.IntN(projects))
			}
			lines = append(lines, first, second)
		}
		x, err := NewMixtures(t.Context(), c, e, from, to, book(t, append(lines, app)...))
		if err != nil {
			t.Fatal(err)
		}
		wish := r.Perm(projects)[:r.IntN(projects)]
		for _, kind := range []string{"with", "without"} {
			mix, wants := x.With, true
			if kind == "without" {
				mix, wants = x.Without, false
			}
			m, err := mix(t.Context(), wish)
			if IsUnsolvable(err) {
				none++
				continue
			}
			if err != nil {
				t.Fatalf("seed %d: %s %v: %v\n%s", seed, kind, wish, err, strings.Join(lines, "\n"))
			}
			for _, i := range wish {
				if slices.Contains(m.Made, i) != wants {
					t.Errorf("seed %d: %s %v makes %v\n%s", seed, kind, wish, m.Made, strings.Join(lines, "\n"))
				}
			}
			if again, err := x.With(t.Context(), m.Made); err != nil || again.Pins.text() != m.Pins.text() {
				t.Errorf("seed %d: %s %v makes %v, which again is %s\n%s", seed, kind, wish, m.Made, x.text(again, err), strings.Join(lines, "\n"))
			}
		}
	}
	if none == 0 || none > 300 {
		t.Errorf("%d of 600 mixtures could not be made: the worlds test too little", none)
	}
}
