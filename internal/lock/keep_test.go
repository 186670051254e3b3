package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// describe returns what became of pins: `kept lib==1.0; lib 1.0 is yanked`.
func describe(o Outcome) string {
	var parts []string
	switch {
	case o.Err != nil:
		parts = append(parts, fmt.Sprintf("failed %s: %s", o.Pins.text(), firstLine(o.Err)))
	case o.Stays != nil:
		parts = append(parts, fmt.Sprintf("stays %s: %s", o.Pins.text(), firstLine(o.Stays)))
	case o.Resolved:
		parts = append(parts, "resolved "+o.Pins.text())
	default:
		parts = append(parts, "kept "+o.Pins.text())
	}
	for _, f := range o.Faults {
		parts = append(parts, f.Message)
	}
	return strings.TrimSpace(strings.Join(parts, "; "))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// TestEnvironment: pins are kept while they hold, and others are found where they do not.
func TestEnvironment(t *testing.T) {
	type lines = []string
	plain := lines{"app 1.0 / lib", "lib 1.0"}
	const noLib = "no release of lib meets all that is required of it"
	for _, test := range []struct {
		name string
		// facts are in the registry; the index has index, or if that is nil the same.
		facts, index lines
		had          lines
		policy       movement
		environment  string // py3.12-app-v1.0 if it is empty
		// want is what becomes of the pins, asked what was preferred if the solver was asked.
		want, asked string
	}{
		{name: "pins that hold are kept, though there are newer releases", facts: plain, index: append(plain, "lib 2.0"),
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "kept app==1.0 lib==1.0"},
		{name: "a superfluous pin is dropped without resolving", facts: plain,
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 spare==1.0"}, want: "kept app==1.0 lib==1.0"},
		{name: "the release of the environment is among its pins", facts: plain,
			had: lines{"py3.12-app-v1.0: lib==1.0"}, want: "kept app==1.0 lib==1.0"},
		{name: "another release of its project gives way to it", facts: plain,
			had: lines{"py3.12-app-v1.0: app==0.9 lib==1.0"}, want: "kept app==1.0 lib==1.0"},
		{name: "no pin is needed", facts: lines{"app 1.0"},
			had: lines{"py3.12-app-v1.0:"}, want: "kept app==1.0"},
		{name: "an unmet pin moves, and the others are preferred", facts: lines{"app 1.0 / lib>=2 / dep", "lib 1.0", "lib 2.0", "dep 1.0", "dep 2.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0"}, want: "resolved app==1.0 dep==1.0 lib==2.0", asked: "app==1.0 dep==1.0 lib==1.0"},
		{name: "a missing pin is found, and the others are preferred", facts: lines{"app 1.0 / lib / dep", "lib 1.0", "dep 1.0", "dep 2.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 dep==1.0"}, want: "resolved app==1.0 dep==1.0 lib==1.0", asked: "app==1.0 dep==1.0"},
		{name: "an unusable pin moves", facts: lines{"app 1.0 / lib", "lib 1.0 python=<3.12", "lib 2.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "resolved app==1.0 lib==2.0", asked: "app==1.0 lib==1.0"},
		{name: "a pin without facts is looked for", facts: lines{"app 1.0 / lib"}, index: append(plain, "lib 2.0"),
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "resolved app==1.0 lib==1.0", asked: "app==1.0 lib==1.0"},
		{name: "pins that cannot be replaced are an error", facts: lines{"app 1.0 / lib>=2", "lib 1.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "failed app==1.0 lib==1.0: " + noLib, asked: "app==1.0 lib==1.0"},
		{name: "a pin that is yanked is kept, with a fault", facts: lines{"app 1.0 / lib", "lib 1.0 yanked=broken", "lib 2.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "kept app==1.0 lib==1.0; lib 1.0 is yanked (broken)"},

		{name: "without pins, those of the nearest older release are preferred", facts: lines{"app 2.0 / lib", "lib 1", "lib 2", "lib 3", "lib 4", "lib 5"},
			had:         lines{"py3.12-app-v1.0: lib==1", "py3.12-app-v1.5: lib==2", "py3.12-app-v3.0: lib==3", "py3.8-app-v1.9: lib==4"},
			environment: "py3.12-app-v2.0", want: "resolved app==2.0 lib==2", asked: "lib==2"},
		{name: "else those of the nearest newer", facts: lines{"app 2.0 / lib", "lib 1", "lib 2", "lib 3"},
			had:         lines{"py3.12-app-v3.0: lib==1", "py3.12-app-v4.0: lib==2"},
			environment: "py3.12-app-v2.0", want: "resolved app==2.0 lib==1", asked: "lib==1"},
		{name: "never those of another Python", facts: lines{"app 2.0 / lib", "lib 1", "lib 2"},
			had: lines{"py3.8-app-v1.0: lib==1"}, environment: "py3.12-app-v2.0", want: "resolved app==2.0 lib==2", asked: ""},
		{name: "an environment that pins nothing is not near", facts: lines{"app 2.0 / lib", "lib 1", "lib 2"},
			had: lines{"py3.12-app-v1.0: lib==1", "py3.12-app-v1.5:"}, environment: "py3.12-app-v2.0", want: "resolved app==2.0 lib==1", asked: "lib==1"},
		{name: "the newest release prefers none", facts: lines{"app 9.0 / lib", "lib 1", "lib 2"},
			had: lines{"py3.12-app-v2.0: lib==1"}, environment: "py3.12-app-v9.0", want: "resolved app==9.0 lib==2", asked: ""},
		{name: "nor does a pre-release", facts: lines{"app 10a1 / lib", "lib 1", "lib 2"},
			had: lines{"py3.12-app-v2.0: lib==1"}, environment: "py3.12-app-v10a1", want: "resolved app==10a1 lib==2", asked: ""},
		{name: "the newest release prefers pins of its own that do not hold", facts: lines{"app 9.0 / lib / dep", "lib 1", "lib 2", "dep 1.0"},
			had: lines{"py3.12-app-v9.0: lib==1"}, environment: "py3.12-app-v9.0", want: "resolved app==9.0 dep==1.0 lib==1", asked: "app==9.0 lib==1"},
		{name: "without pins and a solution there are none", facts: lines{"app 1.0 / lib"},
			want: "failed : " + noLib, asked: ""},

		{name: "afresh: pins that hold move", facts: plain, index: append(plain, "lib 2.0"), policy: movement{afresh: true},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "resolved app==1.0 lib==2.0", asked: ""},
		{name: "afresh: pins that hold stay where that fails", facts: plain, index: lines{"app 1.0 / lib>=2", "lib 1.0"}, policy: movement{afresh: true},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 spare==1.0"}, want: "stays app==1.0 lib==1.0: " + noLib, asked: ""},
		{name: "afresh: pins that stay say what is yanked", facts: lines{"app 1.0 / lib", "lib 1.0 yanked=broken"}, index: lines{"app 1.0 / lib>=2", "lib 1.0"}, policy: movement{afresh: true},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "stays app==1.0 lib==1.0: " + noLib + "; lib 1.0 is yanked (broken)", asked: ""},
		{name: "afresh: pins that do not hold are an error where that fails", facts: lines{"app 1.0 / lib>=2", "lib 1.0"}, policy: movement{afresh: true},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "failed app==1.0 lib==1.0: " + noLib, asked: ""},
		{name: "upgrade: what has to be resolved prefers none", facts: lines{"app 2.0 / lib", "lib 1", "lib 2"}, policy: movement{upgrade: true},
			had: lines{"py3.12-app-v1.0: lib==1"}, environment: "py3.12-app-v2.0", want: "resolved app==2.0 lib==2", asked: ""},
		{name: "upgrade: its own pins neither", facts: lines{"app 1.0 / lib / dep", "lib 1.0", "lib 2.0", "dep 1.0"}, policy: movement{upgrade: true},
			had: lines{"py3.12-app-v1.0: lib==1.0"}, want: "resolved app==1.0 dep==1.0 lib==2.0", asked: ""},

		{name: "a withdrawn pin is replaced", facts: append(plain, "dep 1.0"), index: lines{"app 1.0 / lib / dep", "lib 2.0", "dep 1.0", "dep 2.0"}, policy: movement{withdrawn: "lib==1.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0"}, want: "resolved app==1.0 dep==1.0 lib==2.0", asked: "app==1.0 dep==1.0 lib==1.0"},
		{name: "a withdrawn pin stays where nothing replaces it", facts: plain, index: lines{"app 1.0 / lib==1.0", "lib 2.0"}, policy: movement{withdrawn: "lib==1.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 spare==1.0"}, want: "stays app==1.0 lib==1.0: " + noLib, asked: "app==1.0 lib==1.0 spare==1.0"},
		{name: "a withdrawn pin without facts stays, with all that may follow from it", facts: lines{"app 1.0 / lib==1.0"}, policy: movement{withdrawn: "lib==1.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0"}, want: "stays app==1.0 dep==1.0 lib==1.0: " + noLib, asked: "app==1.0 dep==1.0 lib==1.0"},
		{name: "a withdrawn pin does not stay where something else does not hold", facts: lines{"app 1.0 / lib / dep>=2", "lib 1.0", "dep 1.0"}, policy: movement{withdrawn: "lib==1.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0"}, want: "failed app==1.0 dep==1.0 lib==1.0: no release of dep meets all that is required of it", asked: "app==1.0 dep==1.0 lib==1.0"},
		{name: "a withdrawn pin that is superfluous only goes", facts: lines{"app 1.0"}, policy: movement{withdrawn: "lib==1.0"},
			had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"}, want: "kept app==1.0"},

		{name: "a suite that is called otherwise now keeps its pins", facts: plain, index: append(plain, "lib 2.0"),
			had: lines{"py3.12-old-v1.0: app==1.0 lib==1.0", "py3.12-old-latest: lib==2.0"}, want: "kept app==1.0 lib==1.0"},
		{name: "its version may be spelled otherwise", facts: plain,
			had: lines{"py3.12-old-v1.0.0: app==1.0.0 lib==1.0"}, want: "kept app==1.0 lib==1.0"},
		{name: "the pins of a suite of another project do not count", facts: plain,
			had: lines{"py3.12-old-v1.0: other==1.0 lib==1.0"}, want: "resolved app==1.0 lib==1.0", asked: ""},
		{name: "nor do those of a suite that still exists", facts: plain,
			had: lines{"py3.12-tool-v1.0: app==1.0 lib==0.9"}, want: "resolved app==1.0 lib==1.0", asked: ""},
		{name: "a static suite that is called otherwise now keeps its pins", facts: lines{"lib 1.0"}, index: lines{"lib 2.0"},
			had: lines{"py3.12-old: lib==1.0", "py3.8-old: lib==0.9"}, environment: "py3.12-tool", want: "kept lib==1.0"},
		{name: "a static suite is not one that follows a project", facts: lines{"lib 1.0"}, index: lines{"lib 2.0"},
			had: lines{"py3.12-old-v1.0: lib==1.0"}, environment: "py3.12-tool", want: "resolved lib==2.0", asked: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := test.environment
			if name == "" {
				name = "py3.12-app-v1.0"
			}
			c := configure(t)
			m := testedBy(c, name, "py3.12-app-v9.0")
			if test.index == nil {
				test.index = test.facts
			}
			solver := indexOf(c, book(t, test.index...))
			k := NewKeeper(c, m, locked(test.had...), Proofs{}.Of(c, book(t, test.facts...)), test.policy, solver)
			if got := describe(k.Environment(t.Context(), environment(t, m, name))); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			asked := strings.Join(solver.asked, "\n")
			_, preferred, _ := strings.Cut(asked, " | ")
			if solved := !strings.HasPrefix(test.want, "kept"); len(solver.asked) > 1 || (asked != "") != solved || preferred != test.asked {
				t.Errorf("the solver was asked %q, want the preferences %q", solver.asked, test.asked)
			}
		})
	}
}

// TestAlternatives: where the union of a merge does not hold, each side's pins are tried, ours first.
func TestAlternatives(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.12-app-v1.0")
	facts := book(t, "app 1.0 / lib / dep", "lib 1.0 / dep<2", "lib 2.0 / dep>=2", "dep 1.0", "dep 2.0", "dep 3.0 python=<3.12")
	for _, test := range []struct{ name, union, ours, theirs, want string }{
		{"the union holds", "lib==2.0 dep==2.0", "lib==1.0 dep==1.0", "lib==2.0 dep==2.0", "kept app==1.0 dep==2.0 lib==2.0"},
		{"ours hold", "lib==2.0 dep==1.0", "lib==1.0 dep==1.0", "lib==2.0 dep==2.0", "kept app==1.0 dep==1.0 lib==1.0"},
		{"theirs hold", "lib==2.0 dep==3.0", "lib==1.0 dep==3.0", "lib==2.0 dep==2.0", "kept app==1.0 dep==2.0 lib==2.0"},
		{"none holds: the union is preferred", "lib==1.0 dep==3.0", "lib==1.0", "dep==3.0", "resolved app==1.0 dep==1.0 lib==1.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			had := locked("py3.12-app-v1.0: " + test.union)
			had.Alternatives = map[string][]Pins{"py3.12-app-v1.0": {pins(test.ours), pins(test.theirs)}}
			k := NewKeeper(c, m, had, Proofs{}.Of(c, facts), movement{}, indexOf(c, facts))
			if got := describe(k.Environment(t.Context(), environment(t, m, "py3.12-app-v1.0"))); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	had := locked("py3.12-app-v1.0: lib==2.0 dep==3.0")
	had.Alternatives = map[string][]Pins{"py3.12-app-v1.0": {pins("lib==1.0")}}
	k := NewKeeper(c, m, had, Proofs{}.Of(c, facts), movement{}, Offline{})
	want := "kept app==1.0 dep==3.0 lib==2.0; dep 3.0: "
	if got := describe(k.Environment(t.Context(), environment(t, m, "py3.12-app-v1.0"))); !strings.HasPrefix(got, want) {
		t.Errorf("offline: got %s, want %s…", got, want)
	}
}

// TestOffline: without an index the faults say all that is wrong, and the pins stay as they were.
func TestOffline(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.12-app-v1.0")
	facts := book(t, "app 1.0 / lib>=2 / dep / other", "lib 1.0", "dep 1.0 yanked")
	for _, test := range []struct{ name, had, want string }{
		{"several faults, the yanked pin aside", "py3.12-app-v1.0: lib==1.0 dep==1.0 spare==1.0",
			"kept app==1.0 dep==1.0 lib==1.0 spare==1.0; lib 1.0 is pinned, not lib>=2 (app 1.0 requires it); other has no pin (app 1.0 requires it)"},
		{"a pin without facts", "py3.12-app-v1.0: lib==2.0 dep==1.0 other==1.0",
			"kept app==1.0 dep==1.0 lib==2.0 other==1.0; there are no facts about lib 2.0; there are no facts about other 1.0"},
		{"an environment that has no pins", "py3.8-app-v1.0: lib==1.0", "kept ; it has no pins"},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := NewKeeper(c, m, locked(test.had), Proofs{}.Of(c, facts), movement{}, Offline{})
			got := describe(k.Environment(t.Context(), environment(t, m, "py3.12-app-v1.0")))
			if diff := cmp.Diff(strings.ReplaceAll(test.want, "; ", "\n"), strings.ReplaceAll(got, "; ", "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestBuilds: the pins of builds are kept, moved and reported as those of environments are, by Python.
func TestBuilds(t *testing.T) {
	c := configure(t)
	for _, test := range []struct {
		name, facts, index, had string
		policy                  movement
		want, asked             string
	}{
		{"kept", "hatch 1.0", "hatch 2.0", "hatch==1.0 spare==1.0", movement{}, "kept hatch==1.0", ""},
		{"not kept", "hatch 1.0 / dep", "hatch 1.0 / dep\nhatch 2.0\ndep 1.0", "hatch==1.0", movement{}, "resolved dep==1.0 hatch==1.0", "hatch==1.0"},
		{"afresh", "hatch 1.0", "hatch 2.0", "hatch==1.0", movement{afreshBuilds: true}, "resolved hatch==2.0", ""},
		{"afresh without a solution", "hatch 1.0", "hatch 2.0 python=<3.12", "hatch==1.0", movement{afreshBuilds: true},
			"stays hatch==1.0: hatch 2.0 cannot be used: needs Python <3.12, and this is 3.12.13", ""},
		{"none so far", "other 1", "hatch 2.0", "", movement{}, "resolved hatch==2.0", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			on := interpreter(t, c, "3.12")
			solver := indexOf(c, book(t, strings.Split(test.index, "\n")...))
			had := Lock{Builds: Builds{on: pins(test.had), interpreter(t, c, "3.8"): pins("hatch==0.8")}}
			k := NewKeeper(c, testedBy(c), had, Proofs{}.Of(c, book(t, strings.Split(test.facts, "\n")...)), test.policy, solver)
			if got := describe(k.Builds(t.Context(), on)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if _, preferred, _ := strings.Cut(strings.Join(solver.asked, "\n"), " | "); preferred != test.asked {
				t.Errorf("preferred is %q, want %q", preferred, test.asked)
			}
		})
	}
}

// TestAhead: the solver is asked in advance what Environment asks it for sure, and nothing else.
func TestAhead(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.12-app-v2.0", "py3.12-app-v9.0")
	facts := book(t, "app 2.0 / lib", "lib 1.0")
	for _, test := range []struct {
		name, had string
		policy    movement
		asked     int
	}{
		{"it has pins", "py3.12-app-v2.0: lib==1.0", movement{}, 0},
		{"it has pins that move", "py3.12-app-v2.0: lib==1.0", movement{afresh: true}, 1},
		{"it has none", "py3.12-app-v1.0: lib==1.0", movement{}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			solver := indexOf(c, facts)
			k := NewKeeper(c, m, locked(test.had), Proofs{}.Of(c, facts), test.policy, solver)
			e := environment(t, m, "py3.12-app-v2.0")
			if solved := k.Ahead(t.Context(), e); len(solver.asked) != test.asked || solved != (test.asked > 0) {
				t.Fatalf("asked %q", solver.asked)
			}
			ahead := slices.Clone(solver.asked)
			if k.Environment(t.Context(), e); test.asked > 0 && !slices.Equal(append(ahead, ahead...), solver.asked) {
				t.Errorf("asked ahead %q, and then %q", ahead, solver.asked)
			}
		})
	}
}

// TestCancelled: an environment whose resolution was cancelled neither keeps nor loses pins: that is an error.
func TestCancelled(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.12-app-v1.0")
	facts := book(t, "app 1.0 / lib", "lib 1.0")
	for name, policy := range map[string]movement{"holding": {}, "afresh": {afresh: true}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			k := NewKeeper(c, m, locked("py3.12-app-v1.0: lib==0.9"), Proofs{}.Of(c, facts), policy, indexOf(c, facts))
			if o := k.Environment(ctx, environment(t, m, "py3.12-app-v1.0")); !errors.Is(o.Err, context.Canceled) {
				t.Errorf("the error is %v", o.Err)
			}
		})
	}
}

// TestKnows: facts are known of a file, and for a Python only if it takes that file.
func TestKnows(t *testing.T) {
	c := configure(t)
	facts := registry.Facts{"lib": parsed(t, "lib",
		`{"version":"1.0","wheels":["cp312-cp312-linux_x86_64","cp38-cp38-linux_x86_64"],"metadata":[`+
			`{"for":["cp312-cp312-linux_x86_64"],"classifiers":["3.12"]},{"for":["cp38-cp38-linux_x86_64"],"requires":[]}]}`,
		`{"version":"2.0","wheels":["py3-none-any"],"metadata":[{"requires":[]}]}`,
		`{"version":"3.0","wheels":["py3-none-any"],"metadata":[{"classifiers":["3.8"]}]}`)}
	k := NewKeeper(c, testedBy(c), Lock{}, Proofs{}.Of(c, facts), movement{}, Offline{})
	for _, test := range []struct {
		version, pythons string
		want             bool
	}{
		{"1.0", "3.8", true}, {"1.0", "3.12", false}, {"1.0", "3.8 3.12", false}, {"2.0", "3.8 3.12 3.14t", true},
		{"3.0", "3.8", false}, {"4.0", "3.8", false}, {"2.0", "", true},
	} {
		p := Pinned{Project: "lib", Version: pep440.MustParse(test.version)}
		for short := range strings.FieldsSeq(test.pythons) {
			p.Pythons = append(p.Pythons, interpreter(t, c, short))
		}
		if got := k.Knows(t.Context(), p); got != test.want {
			t.Errorf("lib %s on Python %s: got %v", test.version, test.pythons, got)
		}
	}
}

// TestProve: what the solver found is unfit if the facts say otherwise, but not because something is yanked.
func TestProve(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.12-app-v1.0")
	k := NewKeeper(c, m, Lock{}, Proofs{}.Of(c, book(t, "app 1.0 / lib", "lib 1.0 yanked", "lib 2.0 / dep")), movement{}, Offline{})
	e := environment(t, m, "py3.12-app-v1.0")
	for _, test := range []struct{ pins, want string }{
		{"app==1.0 lib==1.0", ""},
		{"app==1.0 lib==2.0", "dep has no pin (lib 2.0 requires it)"},
		{"app==1.0 lib==1.0 spare==1.0", "nothing requires spare"},
	} {
		faults, err := k.Prove(t.Context(), Problem(c, e), e.Python, pins(test.pins))
		var got []string
		for _, f := range faults {
			got = append(got, f.Message)
		}
		if text := strings.Join(got, "; "); text != test.want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", test.pins, text, err, test.want)
		}
	}
}

// TestOnline: equal problems are solved once for each Python.
func TestOnline(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.8-app-v1.0", "py3.12-app-v1.0")
	solver := indexOf(c, book(t, "app 1.0 / lib; python_version < '3.9'", "lib 1.0"))
	solve := func(name string) string {
		e := environment(t, m, name)
		r, err := solver.Solve(t.Context(), Problem(c, e), e.Python)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%p %s", r, pinsOf(r).text())
	}
	old, again, other := solve("py3.8-app-v1.0"), solve("py3.8-app-v1.0"), solve("py3.12-app-v1.0")
	if old != again || !strings.HasSuffix(old, " app==1.0 lib==1.0") || !strings.HasSuffix(other, " app==1.0") {
		t.Errorf("the answers are %s, %s and %s", old, again, other)
	}
}

// TestSupport: a release supports a free-threaded build if its closure alone has a wheel of each release.
func TestSupport(t *testing.T) {
	c := configure(t, "project: {name: sdk}", "project: {name: sdk, requires: [not-there]}", "{package: app,", "{package: \"app[b,a]\",")
	failing := errors.New("the index does not answer")
	for _, test := range []struct{ name, releases, want string }{
		{"wheels only", "app 1.0 / lib\nlib 1.0", "true: each of the 2 releases of its closure has a wheel for 3.14t"},
		{"something has to be built", "app 1.0 / lib / dep\nlib 1.0 sdist\ndep 1.0 sdist", "false: for 3.14t there is no wheel of dep 1.0, lib 1.0"},
		{"no solution", "app 1.0 / lib>=2\nlib 1.0", "false: no release of lib meets all that is required of it"},
		{"a URL", "app 1.0 / lib @ https://example.org/lib.zip", "false: lib @ https://example.org/lib.zip, required by "},
	} {
		t.Run(test.name, func(t *testing.T) {
			solver := indexOf(c, book(t, strings.Split(test.releases, "\n")...))
			v, err := Support(t.Context(), solver, c, c.Suites.Get("app").Package, pep440.MustParse("1.0"), interpreter(t, c, "3.14t"))
			if got := fmt.Sprintf("%v: %s", v.Supported, v.Reason); err != nil || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			if v.Python != "3.14t" || !slices.Equal(v.Extras, []string{"a", "b"}) {
				t.Errorf("the verdict is of Python %s and the extras %q", v.Python, v.Extras)
			}
		})
	}
	v, err := Support(t.Context(), failingSolver{failing}, c, config.Package{}, pep440.MustParse("1.0"), interpreter(t, c, "3.14t"))
	if !errors.Is(err, failing) || v.Python != "3.14t" || v.Reason != "" {
		t.Errorf("without an answer the verdict is %+v, the error %v", v, err)
	}
}
