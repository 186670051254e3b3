package lock

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/matrix"
	"toxgen/internal/registry"
)

const digest = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"

// TestNeeds: of a project that a suite follows every release has a line, with classifiers where selection asks for them
// and verdicts where it reads them; of others those that are pinned. Requirements stand on what is pinned.
func TestNeeds(t *testing.T) {
	c := configure(t)
	// Selection picks 1.0 and 2.0, on Python 3.14, and judges whether they support 3.14t.
	app := []string{
		`{"version":"1.0","wheels":["py3-none-any"],"metadata":[{"classifiers":["3.14"]}]}`,
		`{"version":"2.0","wheels":["py3-none-any"],"metadata":[{"classifiers":["3.14"],"requires":["lib"]}],"verdicts":[{"python":"3.14t","supported":false,"reason":"r"}]}`,
	}
	l := locked("py3.14-app-v2.0: app==2.0 lib==1.0", "py3.12-tool: lib==2.0")
	const neededLib = `{"version":"1.0","sdist":true,"metadata":[{"requires":[]}]}`
	for _, test := range []struct {
		name, project string
		lines         []string
		// want are the lines that are needed; nil if all are.
		want []string
	}{
		{"all of a followed project", "app", app, nil},
		{"a followed project that is not pinned", "app", app[:1], nil},
		{"requirements of a release that is not pinned", "app",
			[]string{strings.Replace(app[0], `"]}`, `"],"requires":[]}`, 1), app[1]}, app},
		{"classifiers that selection does not ask for", "app",
			append([]string{`{"version":"0.9","wheels":["py3-none-any"],"metadata":[{"classifiers":["3.14"]}]}`,
				`{"version":"0.9.1","wheels":["py3-none-any"],"metadata":[{"classifiers":["3.14"]}]}`}, app[1]),
			[]string{`{"version":"0.9","wheels":["py3-none-any"]}`,
				`{"version":"0.9.1","wheels":["py3-none-any"],"metadata":[{"classifiers":["3.14"]}]}`, app[1]}},
		{"a verdict about a build that is not judged", "app",
			[]string{app[0], strings.Replace(app[1], `"verdicts":[`, `"verdicts":[{"python":"3.13t","supported":true,"reason":"r"},`, 1)}, app},
		{"a verdict that a suite does not have", "app",
			[]string{app[0], strings.Replace(app[1], `"r"}]`, `"r"}],"unresolvable":[{"suite":"app","python":"3.14","reason":"r","roots":"`+digest+`"}]`, 1)}, app},
		{"all of a dependency", "lib", []string{neededLib, `{"version":"2.0","sdist":true,"metadata":[{"requires":["dep"]}]}`}, nil},
		{"a release that is not pinned", "lib", []string{`{"version":"0.9","sdist":true}`, neededLib}, []string{neededLib}},
		{"classifiers of a dependency", "lib", []string{`{"version":"1.0","sdist":true,"metadata":[{"classifiers":["3.8"],"requires":[]}]}`}, []string{neededLib}},
		{"a project that is not pinned", "stranger", []string{neededLib}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			project := parsed(t, test.project, test.lines...)
			facts := registry.Facts{"app": parsed(t, "app", app...), test.project: project}
			n := NeedsOf(c, matrix.Select(c, facts, matrix.Before{Environments: l.Names()}).Matrix, l)
			needed, all := n.Of(project)
			if want := test.want == nil; all != want {
				t.Errorf("everything is needed: got %v, want %v", all, want)
			}
			want := test.want
			if want == nil {
				want = test.lines
			}
			var got string
			if needed != nil {
				got = string(registry.Format(needed))
			}
			text := ""
			if len(want) > 0 {
				text = strings.Join(want, "\n") + "\n"
			}
			if diff := cmp.Diff(text, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			reduced := n.Reduced(facts, func(name string) bool { return name == test.project })
			switch now := reduced[test.project]; {
			case test.want == nil && now != project:
				t.Error("a project of which everything is needed was replaced")
			case (now == nil) != (needed == nil), now != nil && string(registry.Format(now)) != got:
				t.Errorf("reduced to %v", now)
			}
			if kept := n.Reduced(facts, func(string) bool { return false }); !kept.Is(facts) {
				t.Error("a project that was not chosen was reduced")
			}
			if string(registry.Format(project)) != strings.Join(test.lines, "\n")+"\n" {
				t.Error("the facts themselves were changed")
			}
		})
	}
}

// TestNeedsPassedOver: the verdict by which a suite passes a release over is needed.
func TestNeedsPassedOver(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.14-app-v2.0")
	roots := environment(t, m, "py3.14-app-v2.0").RootsDigest(c)
	project := parsed(t, "app", `{"version":"1.0","sdist":true,"metadata":[{"classifiers":["3.14"]}]}`,
		`{"version":"2.0","sdist":true,"unresolvable":[{"suite":"app","python":"3.14","reason":"r","roots":"`+roots+`"}]}`)
	facts := registry.Facts{"app": project}
	n := NeedsOf(c, matrix.Select(c, facts, matrix.Before{}).Matrix, Lock{})
	if needed, all := n.Of(project); !all {
		t.Errorf("needed is only\n%s", registry.Format(needed))
	}
}

// TestMoved: a project moved if it is pinned otherwise anywhere, builds included, or if its suite has a new environment.
func TestMoved(t *testing.T) {
	c := configure(t)
	on := interpreter(t, c, "3.12")
	for _, test := range []struct {
		name          string
		before, after []string
		builds        [2]string
		want          string
	}{
		{"nothing", []string{"py3.12-app-v1.0: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0.0"}, [2]string{}, ""},
		{"from one environment to another", []string{"py3.12-app-v1.0: lib==1.0", "py3.12-tool:"}, []string{"py3.12-app-v1.0:", "py3.12-tool: lib==1.0"}, [2]string{}, ""},
		{"another version", []string{"py3.12-app-v1.0: lib==1.0 dep==1.0"}, []string{"py3.12-app-v1.0: lib==2.0 dep==1.0"}, [2]string{}, "lib"},
		{"one that is new and one that is gone", []string{"py3.12-app-v1.0: old==1.0"}, []string{"py3.12-app-v1.0: new==1.0"}, [2]string{}, "new old"},
		{"in the builds", []string{"py3.12-app-v1.0:"}, []string{"py3.12-app-v1.0:"}, [2]string{"hatch==1.0", "hatch==2.0"}, "hatch"},
		{"a new environment of a suite", []string{"py3.12-app-v0.9: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0"}, [2]string{}, "app"},
		{"a new static environment", []string{"py3.12-app-v1.0: lib==1.0"}, []string{"py3.12-app-v1.0: lib==1.0", "py3.12-tool: lib==1.0"}, [2]string{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, after := locked(test.before...), locked(test.after...)
			before.Environments["py3.12-app-latest"] = pins("") // tox.ini declares aliases too
			before.Builds, after.Builds = Builds{on: pins(test.builds[0])}, Builds{on: pins(test.builds[1])}
			moved := Moved(testedBy(c, "py3.12-app-v1.0"), before, after)
			maps.DeleteFunc(moved, func(_ string, is bool) bool { return !is })
			if got := strings.Join(slices.Sorted(maps.Keys(moved)), " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestNeedlessConstraints: a constraint is needed if an environment that it is for pins its project.
func TestNeedlessConstraints(t *testing.T) {
	c := configure(t, "build: [hatch]", `build: [hatch]
constraints:
  - {requirement: "Lib<2"}
  - {requirement: "lib<3", suites: [tool]}
  - {requirement: "lib<4", when: [py3.8]}
  - {requirement: "dep<5", when: [py3.8]}
  - {requirement: "stranger<6"}`)
	m := testedBy(c, "py3.8-app-v1.0", "py3.12-app-v1.0")
	l := locked("py3.8-app-v1.0: dep==1.0", "py3.12-app-v1.0: lib==1.0", "py3.12-tool: other==1.0")
	var got []string
	for _, f := range NeedlessConstraints(c, m, l) {
		got = append(got, f.Place()+" "+f.Severity.String()+" "+f.Message+" ["+f.Hint+"]")
	}
	want := []string{
		`toxgen.yaml:12:19 warning no environment that the constraint "lib<3" is for pins lib: it changes nothing [remove it]`,
		`toxgen.yaml:13:19 warning no environment that the constraint "lib<4" is for pins lib: it changes nothing [remove it]`,
		`toxgen.yaml:15:19 warning no environment that the constraint "stranger<6" is for pins stranger: it changes nothing [remove it]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
