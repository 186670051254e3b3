package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each case is a universe, roots, constraints, and the whole text of the conflict.
var conflicts = []struct {
	name        string
	releases    []string
	roots       []string
	constraints []string
	want        string
}{
	{
		"two projects disagree",
		[]string{"a 1.0 / c<1", "b 1.0 / c>=1", "c 1.0", "c 0.5"},
		[]string{"a", "b"}, nil,
		`no release of c meets all that is required of it
c<1 is required by a (requirements.txt:1) → a 1.0
c>=1 is required by b (requirements.txt:2) → b 1.0
releases of c: 1.0, 0.5
hint: change one of a (requirements.txt:1), b (requirements.txt:2)`,
	},
	{
		"every release was tried",
		[]string{"a 3.0 / b==3.0", "a 2.0 / b==3.0", "a 1.0 / b==1.0", "b 3.0", "b 2.0", "b 1.0"},
		[]string{"a", "b>=2,<3"}, nil,
		`no release of b meets all that is required of it
b<3,>=2 (requirements.txt:2) is required directly
b==3.0 is required by a (requirements.txt:1) → a 3.0, 2.0
b==1.0 is required by a (requirements.txt:1) → a 1.0
releases of b: 3.0, 2.0, 1.0
tried without result: a 3.0, 2.0, 1.0
hint: change one of b<3,>=2 (requirements.txt:2), a (requirements.txt:1)`,
	},
	{
		"a project that does not exist, through a long chain",
		chainOf(12, "nosuch"),
		[]string{"p0"}, nil,
		`no release of nosuch meets all that is required of it
nosuch is required by p0 (requirements.txt:1) → p0 1.0 → p1 1.0 → p2 1.0 → (6 more) → p9 1.0 → p10 1.0 → p11 1.0
the index has no project nosuch
hint: change p0 (requirements.txt:1)`,
	},
	{
		"yanked",
		[]string{"a 2.1 yanked=broken", "a 2.0 yanked=broken", "a 1.0"},
		[]string{"a>=2"}, nil,
		`a 2.1, 2.0 cannot be used: yanked (broken)
a>=2 (requirements.txt:1) is required directly
releases of a: 1.0
hint: pin a yanked release: a==2.1; or change a>=2 (requirements.txt:1)`,
	},
	{
		"another Python, platform, a hold and a cooldown",
		[]string{
			"a 5.0 hidden=younger_than_72h", "a 4.0 hidden=held:_breaks_tests", "a 3.0 python=>=3.13",
			"a 2.0 tags=cp312-cp312-win_amd64", "a 1.0",
		},
		[]string{"a>1"}, nil,
		`no release of a that meets all that is required of it can be used
a>1 (requirements.txt:1) is required directly
a 5.0: younger than 72h
a 4.0: held: breaks tests
a 3.0: needs Python >=3.13, and this is 3.12.1
a 2.0: no file for Python 3.12.1 on this platform, only files such as a-2.0-cp312-cp312-win_amd64.whl
releases of a: 1.0
hint: change a>1 (requirements.txt:1)`,
	},
	{
		"only the metadata exclude this Python",
		[]string{"a 2.0 metadata-python=>=3.13", "a 1.0 metadata-python=<3.8"},
		[]string{"a"}, nil,
		`what is required does not run on Python 3.12.1
Python >=3.13 is required by a (requirements.txt:1) → a 2.0
Python <3.8 is required by a (requirements.txt:1) → a 1.0
tried without result: a 2.0, 1.0
hint: change a (requirements.txt:1)`,
	},
	{
		"a constraint, and releases that were not tried",
		[]string{"a 4.0", "a 3.0rc1", "a 2.0 yanked=", "a 1.0 / b>=2", "a 0.1 / b", "b 2.0", "b 1.0"},
		[]string{"a>=1"}, []string{"a<4", "b<2"},
		`no release of b meets all that is required of it
b>=2 is required by a>=1 (requirements.txt:1) → a 1.0
constrained to b<2 (constraints.txt:2)
releases of b: 2.0, 1.0
tried without result: a 1.0
not tried: a 3.0rc1: a pre-release
not tried: a 2.0: yanked
hint: admit pre-releases by naming one: a>=3.0rc1; or pin a yanked release: a==2.0; or change one of b<2 (constraints.txt:2), a>=1 (requirements.txt:1)`,
	},
	{
		"invalid metadata",
		[]string{"a 3.0 / b>=dev", "a 2.0 named=c", "a 1.0"},
		[]string{"a>1"}, nil,
		`no release of a that meets all that is required of it can be used
a>1 (requirements.txt:1) is required directly
a 3.0: invalid Requires-Dist: "b>=dev", column 2: a version specifier or a semicolon was expected
a 2.0: the metadata of a-2.0-py3-none-any.whl are those of ` + "`c 2.0`" + `
releases of a: 1.0
hint: state the requirements in toxgen.yaml, under "metadata:": - {release: "a==3.0", requires: [...], reason: ...}; or change a>1 (requirements.txt:1)`,
	},
	{
		"invalid metadata of the one release that is admitted",
		[]string{"a 3.0", "a 2.0 / b>=dev", "a 1.0"},
		[]string{"a==2.0"}, nil,
		`a 2.0 cannot be used: invalid Requires-Dist: "b>=dev", column 2: a version specifier or a semicolon was expected
a==2.0 (requirements.txt:1) is required directly
releases of a: 3.0, 1.0
hint: state the requirements in toxgen.yaml, under "metadata:": - {release: "a==2.0", requires: [...], reason: ...}; or change a==2.0 (requirements.txt:1)`,
	},
	{
		"the one release that releases and a constraint admit",
		[]string{"a 1.0 / c>=2", "b 1.0 / c<4", "c 3.0 python=>=3.13", "c 2.0 yanked=", "c 1.0"},
		[]string{"a", "b"}, []string{"c!=2.0"},
		`c 3.0 cannot be used: needs Python >=3.13, and this is 3.12.1
c>=2 is required by a (requirements.txt:1) → a 1.0
constrained to c!=2.0 (constraints.txt:1)
releases of c: 1.0
hint: change one of c!=2.0 (constraints.txt:1), a (requirements.txt:1)`,
	},
	{
		"one of the two releases that are admitted was tried",
		[]string{"a 2.0 yanked=", "a 1.0 / b>=2", "b 1.0"},
		[]string{"a"}, nil,
		`no release of b meets all that is required of it
b>=2 is required by a (requirements.txt:1) → a 1.0
releases of b: 1.0
tried without result: a 1.0
not tried: a 2.0: yanked
hint: pin a yanked release: a==2.0; or change a (requirements.txt:1)`,
	},
	{
		"hidden metadata",
		[]string{"a 2.0 metadata-hidden=too_\x1byoung", "a 1.0 sdist metadata-hidden=held:_breaks_tests"},
		[]string{"a"}, nil,
		`no release of a that meets all that is required of it can be used
a (requirements.txt:1) is required directly
a 2.0: too ` + "\x1b" + `young
a 1.0: held: breaks tests
hint: change a (requirements.txt:1)`,
	},
	{
		"extras of one release",
		[]string{"a 1.0 extras=x,y / b<2; extra == 'x' / b>=2; extra == 'y'", "b 1.0", "b 2.0"},
		[]string{"a[x,y]"}, nil,
		`no release of b meets all that is required of it
b<2; extra == 'x' is required by a[x,y] (requirements.txt:1) → a 1.0
b>=2; extra == 'y' is required by a[x,y] (requirements.txt:1) → a 1.0
releases of b: 2.0, 1.0
hint: change a[x,y] (requirements.txt:1)`,
	},
	{
		"a text that could do harm",
		[]string{"a 1.0 yanked=\x1b[31mred\u202e"},
		[]string{"a"}, nil,
		`a 1.0 cannot be used: yanked (` + "\x1b[31mred\u202e" + `)
a (requirements.txt:1) is required directly
hint: pin a yanked release: a==1.0; or change a (requirements.txt:1)`,
	},
	{
		"a conflict that leads to a release whose requirements are unknown",
		[]string{"a 2.0 / b>=2", "a 1.0 sdist unreadable=only_its_build_knows", "b 2.0", "b 1.0"},
		[]string{"a", "b<2"}, nil,
		`no release of b meets all that is required of it
b<2 (requirements.txt:2) is required directly
b>=2 is required by a (requirements.txt:1) → a 2.0
releases of b: 2.0, 1.0
the requirements of a 1.0, required by a (requirements.txt:1), cannot be known: only its build knows
tried without result: a 2.0, 1.0
hint: state the requirements in toxgen.yaml, under "metadata:": - {release: "a==1.0", requires: [...], reason: ...}; ` +
			`or change one of b<2 (requirements.txt:2), a (requirements.txt:1)`,
	},
	{
		"several projects",
		[]string{"a 2.0 / b>=2", "a 1.0 / c>=2", "b 1.0", "c 1.0"},
		[]string{"a"}, nil,
		`the requirements cannot be met together: they clash on b, c
b>=2 is required by a (requirements.txt:1) → a 2.0
releases of b: 1.0
c>=2 is required by a (requirements.txt:1) → a 1.0
releases of c: 1.0
tried without result: a 2.0, 1.0
hint: change a (requirements.txt:1)`,
	},
}

func chainOf(length int, last string) []string {
	var lines []string
	for i := range length - 1 {
		lines = append(lines, fmt.Sprintf("p%d 1.0 / p%d", i, i+1))
	}
	return append(lines, fmt.Sprintf("p%d 1.0 / %s", length-1, last))
}

func TestConflict(t *testing.T) {
	for _, test := range conflicts {
		t.Run(test.name, func(t *testing.T) {
			p := ask(t, test.roots...)
			for i, line := range test.constraints {
				p.Constraints = append(p.Constraints, root(t, line, fmt.Sprintf("constraints.txt:%d", i+1)))
			}
			_, err := newBook(test.releases...).target(t).Resolve(context.Background(), p)
			var c *Conflict
			if !errors.As(err, &c) {
				t.Fatalf("got %v, want a conflict", err)
			}
			got := strings.Join(append(append([]string{c.Message}, c.Detail...), "hint: "+c.Hint), "\n")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// The text of a conflict is short, however large the conflict is.
func TestConflictIsBounded(t *testing.T) {
	b := newBook()
	var all []string
	for i := range 300 {
		b.add("p%03d 1.0 / hub>%d.0", i, i)
		b.add("p%03d 0.1 / hub>%d.0", i, i+1)
		b.add("hub %d.0 yanked=%s%d", i+1000, strings.Repeat("x", 1000), i)
		b.add("hub %d.0", i)
		all = append(all, fmt.Sprintf("p%03d", i))
	}
	for v := range 1000 {
		b.add("many %d.0 / other==%d.0", v, v)
	}
	b.add("other 9999.0")
	for _, roots := range [][]string{append(all, "hub<1"), {"many", "other"}} {
		_, err := b.target(t).Resolve(context.Background(), ask(t, roots...))
		var c *Conflict
		if !errors.As(err, &c) {
			t.Fatalf("got %v, want a conflict", err)
		}
		for _, text := range append(c.Detail, c.Message, c.Hint) {
			if len(text) > 1000 {
				t.Errorf("a line of %d bytes: %.300s", len(text), text)
			}
		}
		if len(c.Detail) > 40 {
			t.Errorf("%d lines", len(c.Detail))
		}
	}
}

// A release that must not be pinned is refused, with the route to it; no older release is taken in its place.
var refusals = []struct {
	name     string
	releases []string
	roots    []string
	want     string
}{
	{
		"unknown requirements",
		[]string{"p 1.0 / a", "a 2.0 sdist unreadable=only_its_build_knows", "a 1.0"},
		[]string{"p"},
		`the requirements of a 2.0, required by p (requirements.txt:1) → p 1.0, cannot be known: only its build knows`,
	},
	{
		"a URL among the roots",
		nil,
		[]string{"a @ https://host.invalid/a.whl"},
		`a @ https://host.invalid/a.whl, required directly (requirements.txt:1), is a URL: only releases on an index can be pinned`,
	},
	{
		"a URL that a release requires",
		[]string{"p 2.0 / a @ git+https://host.invalid/a.git", "p 1.0"},
		[]string{"p"},
		`a @ git+https://host.invalid/a.git, required by p (requirements.txt:1) → p 2.0, is a URL: only releases on an index can be pinned`,
	},
}

func TestRefusal(t *testing.T) {
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			_, err := newBook(test.releases...).target(t).Resolve(context.Background(), ask(t, test.roots...))
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Message != test.want || refusal.Hint == "" {
				t.Errorf("got  %v\nwant %s, with a hint", err, test.want)
			}
		})
	}
}

// Unknown requirements do not matter if the file is not the one to be pinned.
func TestUnknownRequirementsMatterOnlyForPins(t *testing.T) {
	b := newBook("a 2.0 sdist unreadable=why", "a 1.0", "b 1.0 / a<2")
	r, err := b.target(t).Resolve(context.Background(), ask(t, "a", "b==1.0"))
	if err != nil || r.text() != "a==1.0 b==1.0" {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestFailureOfTheIndexNamesItsPlace(t *testing.T) {
	x := newBook("p 1.0 / a", "a 2.0 / b>1", "a 1.0", "b 1.0").index()
	broken := errors.New("connection reset")
	for _, what := range []string{"a", "a-2.0-py3-none-any.whl", "a-1.0-py3-none-any.whl"} {
		x.before = func(_ context.Context, asked string) error {
			if asked == what {
				return broken
			}
			return nil
		}
		target := NewUniverse(x, 0).Target(interpreter(t, "3.12.1").On(linux))
		_, err := target.Resolve(context.Background(), ask(t, "p"))
		if want := "a, required by p (requirements.txt:1) → p 1.0: connection reset"; err == nil || err.Error() != want || !errors.Is(err, broken) {
			t.Errorf("got %v, want %s", err, want)
		}
		x.before = nil
		if r, err := target.Resolve(context.Background(), ask(t, "p")); err != nil || r.text() != "a==1.0 p==1.0" {
			t.Errorf("asked again: got %v, %v", r, err)
		}
	}
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	x := newBook("a 1.0 / b", "b 1.0").index()
	x.before = func(_ context.Context, what string) error {
		if what == "b" {
			cancel()
		}
		return nil
	}
	_, err := NewUniverse(x, 0).Target(interpreter(t, "3.12.1").On(linux)).Resolve(ctx, ask(t, "a"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A search that was given up names the projects of which it tried most releases, and bounds that lead to an answer.
func TestGivenUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(b *book)
		// detail is what the conflict begins with, hint the bounds that it names.
		detail, hint string
	}{
		{"a project of many releases", func(b *book) {
			for v := range 1000 {
				b.add("many %d / base==%d", v, v+1)
			}
			b.add("base 1")
			b.add("base 2")
			b.add("app 1 / many / base<2 / plain")
			b.add("plain 1")
		}, "most often other releases were tried of many (", "many>=999"},
		{"two that hold each other", func(b *book) {
			for v := range 60 {
				b.add("left %d / right!=%d", v, v)
				b.add("right %d / left==%d", v, 100+v)
			}
			b.add("app 1 / left / right / plain")
			b.add("plain 1")
		}, "most often other releases were tried of right (", "right>=59 left>=59"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			c.write(b)
			target, p := b.target(t), ask(t, "app")
			p.Steps = 100_000
			_, err := target.Resolve(t.Context(), p)
			conflict, _ := errors.AsType[*Conflict](err)
			if conflict == nil || !conflict.Undecided {
				t.Fatalf("got %v, want an answer that is left open", err)
			}
			if len(conflict.Detail) != 1 || !strings.HasPrefix(conflict.Detail[0], c.detail) || !strings.Contains(conflict.Hint, c.hint) {
				t.Errorf("got %q, hint %q", conflict.Detail, conflict.Hint)
			}
			for _, bound := range strings.Fields(c.hint) {
				p.Roots = append(p.Roots, root(t, bound, "requirements.txt:2"))
			}
			if _, err := target.Resolve(t.Context(), p); isUndecided(err) {
				t.Errorf("bounded as the hint says: got %v", err)
			}
		})
	}
}
