package update

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/registry"
	"toxgen/internal/report"
)

// TestCommands: a suite has a command for each release that came in, and entries for the pins that moved forward, static
// suites too: those first that need attention, then those that moved in the fewest suites.
func TestCommands(t *testing.T) {
	c := configure(t)
	for _, test := range []struct {
		name, suite        string
		before, now        []string
		holds, constraints []string
	}{
		{name: "a release", suite: "app", before: []string{"py3.12-app-v1.0: lib==1.0"}, now: []string{"py3.12-app-v1.1: lib==1.0"}, holds: []string{"app ==1.1"}},
		{name: "a static suite", suite: "tool", before: []string{"py3.12-tool: lib==1.0"}, now: []string{"py3.12-tool: lib==1.1"}, constraints: []string{"lib<1.1"}},
		{name: "the likeliest first", suite: "app", before: []string{"py3.12-app-v1.0: all==1.0 own==1.0 pre==1.0", "py3.12-other-v1.0: all==1.0"},
			now: []string{"py3.12-app-v1.0: all==1.1 own==1.1 pre==1.1rc1", "py3.12-other-v1.0: all==1.1"}, constraints: []string{"pre<1.1rc1", "own<1.1", "all<1.1"}},
		{name: "each release that the pins moved to, once", suite: "app", before: []string{"py3.12-app-v1.0: lib==1.0", "py3.8-app-v1.0: lib==1.1", "py3.12-app-v2.0: lib==1.2"},
			now: []string{"py3.12-app-v1.0: lib==2.0", "py3.8-app-v1.0: lib==2.0", "py3.12-app-v2.0: lib==3.0"}, constraints: []string{"lib!=2.0,!=3.0"}},
		{name: "a newer one stays where it was", suite: "app", before: []string{"py3.12-app-v1.0: lib==2.0", "py3.8-app-v1.0: lib==1.0"},
			now: []string{"py3.12-app-v1.0: lib==2.0", "py3.8-app-v1.0: lib==1.1"}, constraints: []string{"lib!=1.1"}},
		{name: "what went back, came, went, or is new in the lock", suite: "app", before: []string{"py3.12-app-v1.0: back==2.0 went==1.0 gone==1.0", "py3.12-other-v1.0: came==1.0 went==1.0"},
			now: []string{"py3.12-app-v1.0: back==1.0 came==1.0 new==1.0", "py3.12-other-v1.0: came==1.0 went==1.0"}},
		{name: "no more than a few", suite: "app", before: []string{"py3.12-app-v1.0: a==1 b==1 c==1 d==1 e==1 f==1"},
			now: []string{"py3.12-app-v1.0: a==1.1 b==1.1 c==1.1 d==1.1 e==1.1 f==1.1"}, constraints: []string{"a<1.1", "b<1.1", "c<1.1", "d<1.1", "e<1.1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var holds, constraints []string
			for _, s := range differenceOf(c, test.before, test.now).Suites {
				if s.Name != test.suite {
					continue
				}
				for _, command := range s.Holds {
					words := strings.Fields(command)
					holds = append(holds, words[2]+" "+strings.Trim(words[3], "'"))
				}
				for _, entry := range s.Constraints {
					constraints = append(constraints, constraintOf(t, test.suite, entry))
				}
			}
			equal(t, "holds", holds, test.holds)
			equal(t, "constraints", constraints, test.constraints)
		})
	}
}

// constraintOf adds an entry to the configuration, and returns the requirement of the constraint for the suite that it gives.
func constraintOf(t *testing.T, suite, entry string) string {
	t.Helper()
	c, findings := config.Parse(config.FileName, []byte(sdk+"constraints:\n  "+entry+"\n"))
	if c == nil {
		t.Fatalf("%s: %v", entry, findings)
	}
	one := c.Constraints[0]
	if len(one.Suites) != 1 || one.Suites[0].Text != suite {
		t.Errorf("%s is for %v, not for %s", entry, one.Suites, suite)
	}
	return one.Requirement.Text
}

// TestHolder: a variant that all suites have has no holds of its own.
func TestHolder(t *testing.T) {
	for _, test := range []struct{ name, shared, own, want string }{
		{"variants of its own", "", "variants: {one: {}, two: {}}", "app-one"},
		{"variants of all suites", "variants: {one: {}, two: {}}", "", "app"},
		{"no variants", "", "", "app"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(sdk, "commands: [pytest]", "commands: [pytest], "+test.shared, 1)
			text = strings.Replace(text, "app: {package: app, test-path: t", "app: {package: app, test-path: t, "+test.own, 1)
			c, findings := config.Parse(config.FileName, []byte(text))
			if c == nil {
				t.Fatal(findings)
			}
			suite := testedBy(c).Suites[0]
			if got := holder(c, suite); got != test.want {
				t.Errorf("%s is held as %s, not %s", suite.Name, got, test.want)
			}
			if _, err := config.WithHold(config.FileName, []byte(text), holder(c, suite), config.NewHold{Exclude: "==1.0"}); err != nil {
				t.Errorf("the command would fail: %v", err)
			}
		})
	}
}

// TestPassedOverBefore: a release that a suite passes over is marked if it did so before.
func TestPassedOverBefore(t *testing.T) {
	c := configure(t)
	verdict := func(suites ...string) registry.Facts {
		r := registry.Release{Version: pep440.MustParse("2.0")}
		for _, suite := range suites {
			r.Unresolvable = append(r.Unresolvable, registry.Unresolvable{Suite: suite, Python: "3.12", Reason: "no lib"})
		}
		return registry.Facts{}.With(&registry.Project{Name: "app", Releases: []registry.Release{r}})
	}
	for _, test := range []struct {
		name   string
		before registry.Facts
		want   bool
	}{
		{"the project is new", registry.Facts{}, false}, {"it has no verdict", verdict(), false},
		{"another suite passed it over", verdict("async"), false}, {"it did so before", verdict("async", "app"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := testedBy(c)
			m.Suites[0].PassedOver = []matrix.PassedOver{{Version: pep440.MustParse("2.0"), Unresolvable: registry.Unresolvable{Suite: "app", Python: "3.12", Reason: "no lib"}}}
			after := State{Config: c, Matrix: m, Facts: verdict("app")}
			s := &report.Summary{PassedOver: passedOver(State{Facts: test.before}, after)}
			Explain(s, []report.PassedOver{
				{Suite: "other", Release: report.Release{Project: "app", Version: "2.0"}, Failed: report.Failed{Name: "3.12", Detail: "of another suite"}},
				{Suite: "app", Release: report.Release{Project: "app", Version: "2.0"}, Failed: report.Failed{Name: "3.12", Reason: "claimed", Detail: "because", Hint: "help"}},
			})
			want := []report.PassedOver{{Suite: "app", Release: report.Release{Project: "app", Version: "2.0"}, Before: test.want,
				Failed: report.Failed{Name: "3.12", Reason: "no lib", Detail: "because", Hint: "help"}}}
			equalSummaries(t, s, &report.Summary{PassedOver: want})
		})
	}
}

// TestSuitesOfTwoConfigurations: suites are compared by name, whatever their places.
func TestSuitesOfTwoConfigurations(t *testing.T) {
	after := configure(t)
	earlier, findings := config.Parse(config.FileName, []byte(strings.NewReplacer("suites: [app, async, other, tool]", "suites: [other, old, tool]",
		"  app: {package: app, test-path: t}\n  async: {package: \"App[async]\", test-path: t}\n", "", "  other:", "  old: {package: old, test-path: t}\n  other:").Replace(sdk)))
	if earlier == nil {
		t.Fatal(findings)
	}
	had := locked("py3.12-other-v1.0: lib==1.0", "py3.12-old-v3.0: lib==1.0", "py3.12-tool: lib==1.0")
	has := locked("py3.12-app-v1.0: lib==1.0", "py3.12-other-v1.0: lib==1.1", "py3.12-tool: lib==1.0")
	before := State{Config: earlier, Matrix: testedBy(earlier)}.Earlier(had, nil)
	s := Difference(before, State{Config: after, Matrix: testedBy(after)}.Earlier(has, nil), nil)
	var got []string
	for _, suite := range s.Suites {
		got = append(got, fmt.Sprintf("%s %s %v %v %d", suite.Name, suite.Change, suite.In, suite.Out, suite.Newest+suite.Older))
	}
	if want := []string{"app began [1.0] [] 0", "other  [] [] 1", "old ended [] [3.0] 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
