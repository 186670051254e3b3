package lock

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
	"toxgen/internal/registry"
	"toxgen/internal/resolve"
)

// sdk is the configuration of the tests; most replace a few words of it.
const sdk = `
project: {name: sdk}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
  - {version: "3.14", patch: 4, free-threaded: true}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
build: [hatch]
testenv: {commands: [pytest]}
groups: [{name: G, suites: [app, tool]}]
suites:
  app: {package: app, test-path: t}
static:
  tool: {test-path: t, pythons: [py3.12], requires: [{when: "*", add: [lib]}]}
`

// configure returns the configuration after replacements: pairs of an old text, which must be there, and a new one.
func configure(tb testing.TB, replacements ...string) *config.Config {
	tb.Helper()
	text := sdk
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(text, replacements[i]) {
			tb.Fatalf("the configuration does not contain %q", replacements[i])
		}
		text = strings.Replace(text, replacements[i], replacements[i+1], 1)
	}
	c, findings := config.Parse(config.FileName, []byte(text))
	if c == nil {
		tb.Fatal(findings)
	}
	return c
}

// testedBy returns the matrix of the named environments of suites that follow projects, and of all static suites.
func testedBy(c *config.Config, environments ...string) *matrix.Matrix {
	// Without facts each suite keeps what it had.
	return matrix.Select(c, registry.Facts{}, matrix.Before{Environments: environments}).Matrix
}

func environment(tb testing.TB, m *matrix.Matrix, name string) matrix.Environment {
	tb.Helper()
	for _, e := range m.Environments() {
		if e.Name() == name {
			return e
		}
	}
	tb.Fatalf("the matrix has no environment %s", name)
	return matrix.Environment{}
}

// interpreter returns a declared Python by its short text.
func interpreter(tb testing.TB, c *config.Config, short string) python.Version {
	tb.Helper()
	for _, p := range c.Interpreters() {
		if p.Short() == short {
			return p
		}
	}
	tb.Fatalf("Python %s is not declared", short)
	return python.Version{}
}

// book returns facts written by hand, one release per line: its project, its version, other properties, and after
// slashes its requirements.
//
//	app 2.0 yanked=broken python=>=3.9 / lib>=1 / dep; python_version < '3.9'
//
// `unknown` means that its requirements were not read; `sdist` that it has a source distribution and no wheel.
func book(tb testing.TB, lines ...string) registry.Facts {
	tb.Helper()
	facts := registry.Facts{}
	for _, line := range lines {
		parts := strings.Split(line, " / ")
		words := strings.Fields(parts[0])
		r := registry.Release{Version: pep440.MustParse(words[1]), Wheels: []string{"py3-none-any"},
			Metadata: []registry.Metadata{{Requirements: &registry.Requirements{Dist: parts[1:]}}}}
		for _, word := range words[2:] {
			switch key, value, _ := strings.Cut(word, "="); key {
			case "yanked":
				r.Yanked = registry.Yanked{Is: true, Reason: value}
			case "python":
				r.RequiresPython = value
			case "sdist":
				r.Sdist, r.Wheels = true, nil
			case "unknown":
				r.Metadata = nil
			default:
				tb.Fatalf("unknown property %q", word)
			}
		}
		project := facts[words[0]]
		if project == nil {
			project = &registry.Project{Name: words[0]}
		}
		facts[words[0]] = project.With(r)
	}
	return facts
}

// parsed returns a project by the lines of its file.
func parsed(tb testing.TB, name string, lines ...string) *registry.Project {
	tb.Helper()
	p, _, faults := registry.Parse(name, []byte(strings.Join(lines, "\n")+"\n"))
	if p == nil {
		tb.Fatal(faults)
	}
	return p
}

// pins returns the pins of a text: `a==1.0 b==2.0`.
func pins(text string) Pins {
	all := Pins{}
	for word := range strings.FieldsSeq(text) {
		project, version, _ := strings.Cut(word, "==")
		all[project] = pep440.MustParse(version)
	}
	return all
}

// text is the opposite of pins.
func (p Pins) text() string {
	var words []string
	for _, project := range slices.Sorted(maps.Keys(p)) {
		words = append(words, project+"=="+p[project].String())
	}
	return strings.Join(words, " ")
}

// locked returns the lock of lines: `py3.8-app-v1.0: app==1.0 lib==1.0`.
func locked(lines ...string) Lock {
	l := Lock{Environments: map[string]Pins{}}
	for _, line := range lines {
		name, text, _ := strings.Cut(line, ":")
		l.Environments[name] = pins(text)
	}
	return l
}

// text is the opposite of locked; the builds come last.
func (l Lock) text() []string {
	var lines []string
	sets := l.Sets()
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		lines = append(lines, name+": "+sets[name].text())
	}
	return lines
}

// movement is the policy of the tests. Its zero value moves no pin that holds.
type movement struct {
	afresh, afreshBuilds, upgrade bool
	adopts                        []string
	withdrawn                     string // pins
}

func (m movement) Afresh(matrix.Environment) bool { return m.afresh }
func (m movement) AfreshBuilds() bool             { return m.afreshBuilds }
func (m movement) Prefers() bool                  { return !m.upgrade }
func (m movement) Adopts(project string) bool     { return slices.Contains(m.adopts, project) }
func (m movement) Withdrawn(project string, v pep440.Version) bool {
	w, found := pins(m.withdrawn)[project]
	return found && w.Equal(v)
}

// recorder is a solver that keeps what it was asked.
type recorder struct {
	Solver
	mutex sync.Mutex
	// asked are the Python, the roots and, after a bar, the preferences of each problem.
	asked []string
}

func (r *recorder) Solve(ctx context.Context, p *resolve.Problem, on python.Version) (*resolve.Result, error) {
	var words []string
	for _, root := range p.Roots {
		words = append(words, root.Requirement.String())
	}
	r.mutex.Lock()
	r.asked = append(r.asked, on.Short()+": "+strings.Join(words, " ")+" | "+Pins(p.Preferences).text())
	r.mutex.Unlock()
	return r.Solver.Solve(ctx, p, on)
}

// indexOf returns a solver that finds the releases of facts as it would find those of an index.
func indexOf(c *config.Config, facts registry.Facts) *recorder {
	return &recorder{Solver: NewOnline(resolve.NewUniverse(Recorded(nil, facts), 0), c.Target, (*memory)(nil).Each, NewBudget())}
}

func TestPinned(t *testing.T) {
	c := configure(t)
	m := testedBy(c, "py3.8-app-v1.0", "py3.12-app-v1.0")
	l := locked("py3.8-app-v1.0: app==1.0 lib==1.0.0", "py3.12-app-v1.0: app==1.0 lib==1.0", "py3.12-tool: lib==2.0", "py3.12-gone: gone==1")
	l.Builds = Builds{interpreter(t, c, "3.14"): pins("lib==2.0")}
	var got []string
	for _, p := range l.Pinned(m).List() {
		got = append(got, fmt.Sprint(p.Project, " ", p.Version.Canonical(), " ", p.Pythons))
	}
	want := []string{"app 1 [3.8.20 3.12.13]", "lib 1 [3.8.20 3.12.13]", "lib 2 [3.12.13 3.14.4]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantSets := []string{"builds for 3.14: lib==2.0", "py3.12-app-v1.0: app==1.0 lib==1.0", "py3.12-gone: gone==1", "py3.12-tool: lib==2.0", "py3.8-app-v1.0: app==1.0 lib==1.0.0"}
	if diff := cmp.Diff(wantSets, l.text()); diff != "" {
		t.Errorf("sets (-want +got)\n%s", diff)
	}
	if sets := (Lock{}).Sets(); sets == nil || len(sets) > 0 {
		t.Errorf("the sets of an empty lock are %v", sets)
	}
}

// failingSolver is a solver of an index that does not answer.
type failingSolver struct{ err error }

func (s failingSolver) Solve(context.Context, *resolve.Problem, python.Version) (*resolve.Result, error) {
	return nil, s.err
}

func (failingSolver) Extend(context.Context) bool { return false }
