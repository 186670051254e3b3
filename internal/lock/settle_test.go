package lock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
)

// memory is a World whose index are facts.
type memory struct {
	*recorder
	// lines are what is recorded of releases; a release that they do not have has no line.
	lines registry.Facts
	// question is that of the settlement.
	question Question
	// recorded are the releases that were asked for, one round a line.
	recorded []string
	// afterRecord is called at the end of each Record.
	afterRecord func()
}

func (m *memory) Record(_ context.Context, facts registry.Facts, releases []Pinned) (registry.Facts, map[Release]error) {
	errs := map[Release]error{}
	var words []string
	for _, p := range releases {
		words = append(words, p.Project+"=="+p.Version.String())
		line := m.lines.Release(p.Project, p.Version)
		if line == nil {
			errs[ReleaseOf(p.Project, p.Version)] = errors.New("no such line")
			continue
		}
		project := facts[p.Project]
		if project == nil {
			project = &registry.Project{Name: p.Project}
		}
		facts = facts.With(project.With(*line))
	}
	m.recorded = append(m.recorded, strings.Join(words, " "))
	if m.afterRecord != nil {
		m.afterRecord()
	}
	return facts, errs
}

func (m *memory) Reduce(facts registry.Facts, l Lock) registry.Facts {
	return NeedsOf(m.question.Config, m.question.Matrix, l).Reduced(facts, func(string) bool { return true })
}

func (*memory) Each(names []string, work func(i int) bool) {
	var group sync.WaitGroup
	for i := range names {
		group.Go(func() { work(i) })
	}
	group.Wait()
}

// listed returns what facts know: `lib 1.0 requires dep`.
func listed(facts registry.Facts) []string {
	var lines []string
	for name, project := range facts {
		for _, r := range project.Releases {
			line := name + " " + r.Version.String()
			for _, m := range r.Metadata {
				if m.Requirements != nil {
					line = strings.TrimSpace(line + " requires " + strings.Join(m.Requirements.Dist, ", "))
				}
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// outcomes returns what became of each environment and of the builds.
func (s *Settlement) outcomes() []string {
	var lines []string
	for i, e := range s.Environments {
		lines = append(lines, e.Name()+": "+describe(s.Outcomes[i]))
	}
	for i, p := range s.Pythons {
		lines = append(lines, BuildsName(p)+": "+describe(s.Builds[i]))
	}
	return lines
}

func TestSettle(t *testing.T) {
	type lines = []string
	for _, test := range []struct {
		name         string
		environments lines
		had          lines
		// before are the facts at the beginning, unless current are; the solver sees index; lines are recorded, if they are
		// not what the index has.
		before, current, index, lines lines
		policy                        movement
		broken                        string
		// want is what becomes of the environments, facts what is known in the end, and recorded the releases that were
		// recorded, round by round.
		want, facts, recorded lines
	}{
		{
			name: "nothing moves", environments: lines{"py3.12-app-v1.0"}, had: lines{"py3.12-app-v1.0: lib==1.0"},
			before: lines{"app 1.0 / lib", "lib 1.0"},
			want:   lines{"py3.12-app-v1.0: kept app==1.0 lib==1.0"}, facts: lines{"app 1.0 requires lib", "lib 1.0 requires"},
		},
		{
			name: "what is found is recorded", environments: lines{"py3.8-app-v1.0", "py3.12-app-v1.0"},
			before: lines{"app 1.0 unknown", "app 2.0 unknown"}, index: lines{"app 1.0 / lib", "lib 1.0", "lib 2.0 python=>=3.9 / dep", "dep 1.0"},
			want:     lines{"py3.8-app-v1.0: resolved app==1.0 lib==1.0", "py3.12-app-v1.0: resolved app==1.0 dep==1.0 lib==2.0"},
			facts:    lines{"app 1.0 requires lib", "app 2.0", "dep 1.0 requires", "lib 1.0 requires", "lib 2.0 requires dep"},
			recorded: lines{"app==1.0 dep==1.0 lib==1.0 lib==2.0"},
		},
		{
			name: "facts that nothing pins any more go", environments: lines{"py3.12-app-v1.0"}, had: lines{"py3.12-app-v1.0: lib==1.0 spare==1.0"},
			before: lines{"app 0.9 / old", "app 1.0 / lib", "lib 0.9", "lib 1.0", "spare 1.0"},
			want:   lines{"py3.12-app-v1.0: kept app==1.0 lib==1.0"}, facts: lines{"app 0.9", "app 1.0 requires lib", "lib 1.0 requires"},
		},
		{
			name: "pins that held by the facts before do not hold by those that are recorded", environments: lines{"py3.12-app-v1.0", "py3.12-app-v2.0"},
			had:    lines{"py3.12-app-v1.0: lib==1.0"},
			before: lines{"app 1.0 / lib", "lib 1.0", "app 2.0 unknown"}, index: lines{"app 1.0 / lib", "app 2.0 / lib<2", "lib 1.0 / dep", "lib 2.0", "dep 1.0"},
			policy:   movement{adopts: []string{"lib"}},
			want:     lines{"py3.12-app-v1.0: resolved app==1.0 dep==1.0 lib==1.0", "py3.12-app-v2.0: resolved app==2.0 dep==1.0 lib==1.0"},
			facts:    lines{"app 1.0 requires lib", "app 2.0 requires lib<2", "dep 1.0 requires", "lib 1.0 requires dep"},
			recorded: lines{"app==2.0 dep==1.0 lib==1.0"},
		},
		{
			name: "an answer that the facts do not prove is recorded again", environments: lines{"py3.12-app-v1.0"},
			before: lines{"app 1.0 unknown", "lib 1.0 / gone"}, index: lines{"app 1.0 / lib", "lib 1.0"},
			want: lines{"py3.12-app-v1.0: resolved app==1.0 lib==1.0"}, facts: lines{"app 1.0 requires lib", "lib 1.0 requires"},
			recorded: lines{"app==1.0", "lib==1.0"},
		},
		{
			name: "an answer that no facts prove is an error", environments: lines{"py3.12-app-v1.0"},
			before: lines{"app 1.0 / lib"}, index: lines{"app 1.0 / lib", "lib 1.0"}, lines: lines{"app 1.0 / lib", "lib 1.0 / gone"},
			want:  lines{"py3.12-app-v1.0: failed app==1.0 lib==1.0: its pins do not hold by the facts that could be recorded: gone has no pin (lib 1.0 requires it)"},
			facts: lines{"app 1.0 requires lib", "lib 1.0 requires gone"}, recorded: lines{"lib==1.0", "app==1.0"},
		},
		{
			name: "an answer whose facts cannot be had is an error", environments: lines{"py3.12-app-v1.0", "py3.12-app-v2.0"},
			before: lines{"app 1.0 / lib", "app 2.0 unknown"}, index: lines{"app 1.0 / lib", "app 2.0", "lib 1.0"}, lines: lines{"app 1.0 / lib", "app 2.0"},
			want: lines{"py3.12-app-v1.0: failed app==1.0 lib==1.0: the facts of lib 1.0, which is pinned, cannot be fetched: no such line",
				"py3.12-app-v2.0: resolved app==2.0"},
			facts: lines{"app 1.0 requires lib", "app 2.0 requires"}, recorded: lines{"app==2.0 lib==1.0", "app==1.0"},
		},
		{
			name: "in an update what is pinned of its projects is recorded again, once", environments: lines{"py3.12-app-v1.0"}, had: lines{"py3.12-app-v1.0: lib==1.0"},
			before: lines{"app 1.0 / lib", "lib 1.0"}, index: lines{"app 1.0 / lib", "lib 1.0 python=>=3.6"}, policy: movement{adopts: []string{"lib", "dep"}},
			want: lines{"py3.12-app-v1.0: kept app==1.0 lib==1.0"}, facts: lines{"app 1.0 requires lib", "lib 1.0 requires"}, recorded: lines{"lib==1.0"},
		},
		{
			name: "a broken suite keeps what it has, the others move", environments: lines{"py3.12-app-v1.0", "py3.12-app-v2.0"}, broken: "app",
			had:    lines{"py3.12-app-v1.0: app==1.0 lib==1.0 dep==1.0"},
			before: lines{"app 1.0 / lib>=2", "app 2.0 unknown", "lib 1.0", "dep 1.0"}, index: lines{"app 2.0", "lib 1.0", "lib 2.0", "hatch 1.0"}, policy: movement{afresh: true},
			want:  lines{"py3.12-app-v1.0: kept app==1.0 dep==1.0 lib==1.0", "py3.12-app-v2.0: kept"},
			facts: lines{"app 1.0 requires lib>=2", "app 2.0", "dep 1.0 requires", "lib 1.0 requires"},
		},
		{
			name: "the line of a withdrawn pin that has to stay is recalled", environments: lines{"py3.12-app-v1.0"}, had: lines{"py3.12-app-v1.0: lib==1.0 dep==1.0"},
			before: lines{"app 1.0 / lib==1.0", "lib 1.0 / dep", "dep 1.0", "dep 2.0"}, current: lines{"app 1.0 / lib==1.0", "dep 1.0"}, index: lines{"app 1.0 / lib==1.0", "dep 1.0", "lib 2.0"},
			policy: movement{withdrawn: "lib==1.0"},
			want:   lines{"py3.12-app-v1.0: stays app==1.0 dep==1.0 lib==1.0: no release of lib meets all that is required of it"},
			facts:  lines{"app 1.0 requires lib==1.0", "dep 1.0 requires", "lib 1.0 requires dep"}, recorded: lines{"lib==1.0"},
		},
		{
			name: "that of a release that is not withdrawn is not", environments: lines{"py3.12-app-v1.0"}, broken: "app", had: lines{"py3.12-app-v1.0: app==1.0 lib==1.0"},
			before: lines{"app 1.0 / lib", "lib 1.0"}, current: lines{"app 1.0 / lib"}, index: lines{"app 1.0 / lib"},
			want: lines{"py3.12-app-v1.0: kept app==1.0 lib==1.0"}, facts: lines{"app 1.0 requires lib"}, recorded: lines{"lib==1.0"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := configure(t, "build: [hatch]\n", "", "app, tool", "app", "static:\n  tool: {test-path: t, pythons: [py3.12], requires: [{when: \"*\", add: [lib]}]}\n", "")
			if test.current == nil {
				test.current = test.before
			}
			if test.index == nil {
				test.index = test.before
			}
			if test.lines == nil {
				test.lines = test.index
			}
			q := Question{Config: c, Matrix: testedBy(c, test.environments...), Had: locked(test.had...), Before: book(t, test.before...),
				Proofs: Proofs{}.Of(c, book(t, test.current...)), Policy: test.policy, Broken: map[string]bool{test.broken: true}}
			world := &memory{recorder: indexOf(c, book(t, test.index...)), lines: book(t, test.lines...), question: q}
			s, err := Settle(t.Context(), q, world)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, s.outcomes()); diff != "" {
				t.Errorf("outcomes (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.facts, listed(s.Proofs.Facts)); diff != "" {
				t.Errorf("facts (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.recorded, world.recorded); diff != "" {
				t.Errorf("recorded (-want +got)\n%s", diff)
			}
			for i, e := range s.Environments {
				if pins := s.Lock.Environments[e.Name()]; pins.text() != s.Outcomes[i].Pins.text() {
					t.Errorf("the lock has %s: %s", e.Name(), pins.text())
				}
			}
			found := 0 // what is not found may be looked for again
			for _, o := range s.Outcomes {
				if o.Resolved {
					found++
				}
			}
			if found == len(s.Outcomes) && len(world.asked) != found {
				t.Errorf("something was looked for twice: %q", world.asked)
			}
		})
	}
}

// TestSettleAgain: the same question, with the pins and facts that were settled, changes nothing.
func TestSettleAgain(t *testing.T) {
	c := configure(t)
	index := book(t, "app 1.0 / lib", "app 2.0 / lib>=2", "lib 1.0", "lib 2.0 / dep", "dep 1.0", "hatch 1.0 / dep")
	q := Question{Config: c, Matrix: testedBy(c, "py3.8-app-v1.0", "py3.12-app-v2.0"), Had: locked("py3.8-app-v1.0: lib==1.0"),
		Proofs: Proofs{}.Of(c, book(t, "app 1.0 unknown", "app 2.0 unknown")), Policy: movement{}}
	first, err := Settle(t.Context(), q, &memory{recorder: indexOf(c, index), lines: index, question: q})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"py3.8-app-v1.0: resolved app==1.0 lib==1.0", "py3.12-app-v2.0: resolved app==2.0 dep==1.0 lib==2.0", "py3.12-tool: resolved dep==1.0 lib==2.0",
		"builds for 3.8: resolved dep==1.0 hatch==1.0", "builds for 3.12: resolved dep==1.0 hatch==1.0", "builds for 3.14: resolved dep==1.0 hatch==1.0"}
	if diff := cmp.Diff(want, first.outcomes()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	q.Had, q.Before, q.Proofs = first.Lock, first.Proofs.Facts, first.Proofs
	again, err := Settle(t.Context(), q, &memory{recorder: &recorder{Solver: Offline{}}, question: q})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Lock.text(), again.Lock.text()); diff != "" || !again.Proofs.Facts.Is(first.Proofs.Facts) {
		t.Errorf("(-first +again)\n%s", diff)
	}
	for _, line := range again.outcomes() {
		if !strings.Contains(line, ": kept ") || strings.Contains(line, ";") {
			t.Error(line)
		}
	}
}

// TestSettleBuilds: builds are pinned for each Python, free-threaded builds aside; those that are broken keep theirs.
func TestSettleBuilds(t *testing.T) {
	c := configure(t)
	index := book(t, "lib 1.0", "hatch 1.0 python=<3.12", "hatch 2.0 python=>=3.12 / dep", "dep 1.0")
	on := interpreter(t, c, "3.14")
	q := Question{Config: c, Matrix: testedBy(c), Had: Lock{Builds: Builds{on: pins("hatch==0.1")}}, Policy: movement{adopts: []string{"hatch"}},
		Broken: map[string]bool{BuildsName(on): true}, Before: book(t, "lib 1.0"), Proofs: Proofs{}.Of(c, book(t, "lib 1.0"))}
	world := &memory{recorder: indexOf(c, index), lines: index, question: q}
	s, err := Settle(t.Context(), q, world)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"builds for 3.12: dep==1.0 hatch==2.0", "builds for 3.14: hatch==0.1", "builds for 3.8: hatch==1.0", "py3.12-tool: lib==1.0"}
	if diff := cmp.Diff(want, s.Lock.text()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dep 1.0 requires", "hatch 1.0 requires", "hatch 2.0 requires dep", "lib 1.0 requires"}, listed(s.Proofs.Facts)); diff != "" {
		t.Errorf("facts (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dep==1.0 hatch==0.1 hatch==1.0 hatch==2.0"}, world.recorded); diff != "" {
		t.Errorf("recorded (-want +got)\n%s", diff)
	}
	q.Before = nil // a step before this one has brought it, for some of its Pythons perhaps
	world = &memory{recorder: indexOf(c, index), lines: index, question: q}
	if _, err := Settle(t.Context(), q, world); err != nil || !strings.Contains(strings.Join(world.recorded, " "), "lib==1.0") {
		t.Errorf("lib is not recorded for all its Pythons: %v, %q", err, world.recorded)
	}

	withoutBuilds := configure(t, "build: [hatch]\n", "")
	q.Config, q.Matrix = withoutBuilds, testedBy(withoutBuilds)
	if s, err = Settle(t.Context(), q, world); err != nil || s.Lock.Builds != nil || len(s.Builds) > 0 {
		t.Errorf("without build requirements the builds are %v, the error is %v", s.Lock.Builds, err)
	}
}

// TestSettleUnprovenBuilds: builds whose pins the facts do not prove are an error too.
func TestSettleUnprovenBuilds(t *testing.T) {
	c := configure(t, `version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.14", patch: 4, free-threaded: true}`, `version: "3.12", patch: 13}`)
	q := Question{Config: c, Matrix: &matrix.Matrix{}, Policy: movement{}, Proofs: Proofs{}.Of(c, nil)}
	s, err := Settle(t.Context(), q, &memory{recorder: indexOf(c, book(t, "hatch 1.0")), lines: book(t, "hatch 1.0 / dep"), question: q})
	if err != nil {
		t.Fatal(err)
	}
	var unproven *UnprovenError
	if o := s.Builds[0]; !errors.As(o.Err, &unproven) || len(o.Faults) > 0 {
		t.Errorf("got %s", describe(o))
	}
}

// TestSettleByPython: a release that is pinned on another Python too is recorded again, for all its Pythons, if the
// other one takes a file whose requirements are not known.
func TestSettleByPython(t *testing.T) {
	c := configure(t, "build: [hatch]\n", "")
	const wheels = `"wheels":["cp312-cp312-linux_x86_64","cp38-cp38-linux_x86_64"]`
	before := registry.Facts{"app": parsed(t, "app", `{"version":"1.0",`+wheels+`,"metadata":[{"for":["cp312-cp312-linux_x86_64"],"classifiers":["3"]},{"for":["cp38-cp38-linux_x86_64"],"requires":[]}]}`),
		"lib": parsed(t, "lib", `{"version":"1.0","sdist":true,"metadata":[{"requires":[]}]}`)}
	lines := registry.Facts{"app": parsed(t, "app", `{"version":"1.0",`+wheels+`,"metadata":[{"for":["cp312-cp312-linux_x86_64"],"requires":["lib"]},{"for":["cp38-cp38-linux_x86_64"],"requires":[]}]}`),
		"lib": before["lib"]}
	q := Question{Config: c, Matrix: testedBy(c, "py3.8-app-v1.0", "py3.12-app-v1.0"), Had: locked("py3.8-app-v1.0:", "py3.12-tool: lib==1.0"),
		Policy: movement{}, Before: before, Proofs: Proofs{}.Of(c, before)}
	var pythons []string
	world := &memory{recorder: indexOf(c, lines), lines: lines, question: q}
	s, err := Settle(t.Context(), q, watching{world, func(p Pinned) { pythons = append(pythons, fmt.Sprint(p.Project, p.Pythons)) }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"py3.8-app-v1.0: kept app==1.0", "py3.12-app-v1.0: resolved app==1.0 lib==1.0", "py3.12-tool: kept lib==1.0"}
	if diff := cmp.Diff(want, s.outcomes()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"app[3.8.20 3.12.13]"}, pythons); diff != "" {
		t.Errorf("recorded (-want +got)\n%s", diff)
	}
}

// watching is a memory that tells which releases are recorded.
type watching struct {
	*memory
	saw func(Pinned)
}

func (w watching) Record(ctx context.Context, facts registry.Facts, releases []Pinned) (registry.Facts, map[Release]error) {
	for _, p := range releases {
		w.saw(p)
	}
	return w.memory.Record(ctx, facts, releases)
}

// TestSettleCancelled: a settlement that was cancelled is an error, whenever that was.
func TestSettleCancelled(t *testing.T) {
	c := configure(t)
	index := book(t, "lib 1.0", "hatch 1.0")
	q := Question{Config: c, Matrix: testedBy(c), Policy: movement{}, Proofs: Proofs{}.Of(c, nil)}
	for name, early := range map[string]bool{"before it finds pins": true, "while it records": false} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			world := &memory{recorder: indexOf(c, index), lines: index, question: q, afterRecord: cancel}
			if early {
				cancel()
			}
			if s, err := Settle(ctx, q, world); s != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, %v", s, err)
			}
		})
	}
}

// TestProofs: the same facts are parsed once, other ones anew.
func TestProofs(t *testing.T) {
	c := configure(t)
	facts := book(t, "lib 1.0")
	p := Proofs{}.Of(c, facts)
	if again := p.Of(c, facts.With()); again.universe != p.universe {
		t.Error("the same facts are parsed again")
	}
	if other := p.Of(c, facts.With(facts["lib"].With(facts["lib"].Releases[0]))); other.universe == p.universe {
		t.Error("facts of which a project was replaced are not parsed again")
	}
}

// TestStands: an outcome of an earlier round counts while the facts that it depends on are the same.
func TestStands(t *testing.T) {
	one := pep440.MustParse("1.0")
	facts := registry.Facts{"a": {Name: "a"}, "b": {Name: "b"}}
	held := Outcome{held: Pins{"a": one}}
	for _, test := range []struct {
		name    string
		outcome Outcome
		now     registry.Facts
		want    bool
	}{
		{"an answer of the solver, by other facts", Outcome{Resolved: true}, registry.Facts{}, true},
		{"pins that hold, by the same facts", held, facts, true},
		{"pins that hold, by other facts of a project that they do not pin", held, facts.With(&registry.Project{Name: "b"}), true},
		{"pins that hold, by other facts of a project that they pin", held, facts.With(&registry.Project{Name: "a"}), false},
		{"pins that hold, without facts of a project that they pin", held, facts.Without("a"), false},
		{"anything else", Outcome{Pins: Pins{"a": one}}, facts, false},
	} {
		if got := (knownOutcome{test.outcome, facts}).stands(test.now); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}
