// Package matrix decides what is tested: it turns a configuration and the facts of the registry into suites, releases,
// Pythons, environments and the rows of the workflows.
//
// [Select] is pure: it uses no clock, network or disk, and its result depends on nothing but its arguments.
// The result includes the rule that decided about each release, so that `mage explain` can show it.
//
// This package defines the names that tox and the workflows use: an environment is `py3.10-flask-v2.3.3`, the alias of
// the newest stable pick is `py3.10-flask-latest`, and the label of a row is `web-1-py3.10`, or `web-1-flask-py3.10` if the
// suite has rows of its own.
package matrix

import (
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// A Matrix is everything that is tested.
type Matrix struct {
	// Suites are in the order of the configuration: first those that follow a project, then the static ones.
	// A suite that is disabled, or has no release left to test, has no picks.
	Suites []*Suite
	// Groups are in the order of the configuration, each with its rows.
	Groups []*Group
	// Asked lists the releases whose metadata the selection consulted, by the normalised names of their projects.
	// The registry keeps classifiers of these releases only.
	Asked map[string][]pep440.Version
}

// Earlier returns the matrix of the same suites with the picks that the names of environments stand for: what the
// suites tested when tox.ini had those names.
func (m *Matrix) Earlier(c *config.Config, environments []string) *Matrix {
	earlier, picks := &Matrix{}, Picks(c, environments)
	for _, suite := range m.Suites {
		before := *suite
		before.Picks = kept(suite, environments, picks)
		earlier.Suites = append(earlier.Suites, &before)
	}
	earlier.Groups = groups(c, earlier.Suites)
	return earlier
}

// A Suite is a suite with its picks. Exactly one of Config and Static is set: it is the suite's configuration. The
// fields after them are common to both kinds.
type Suite struct {
	Name string
	// Base is the name of the suite of which this is a variant, or "".
	Base     string
	Config   *config.Suite
	Static   *config.Static
	Pos      config.Pos
	TestPath string
	Rules    []config.Rule
	Uses     config.Uses
	Install  config.Install
	SetEnv   []config.EnvRule
	Services []config.Needed
	// Lowest reports whether the suite is the environment of another one with the lowest releases, whose name it has with
	// [config.LowestSuffix].
	Lowest bool
	// Serial reports whether the suite's environments run one after another, because they share something.
	Serial bool
	// Own says how the suite's rows differ from those of its group.
	Own config.OwnRows
	// Commands are the suite's own commands. If there are none, it has those of testenv.
	Commands []string
	// MinTests is how many tests have to pass in each environment that a row runs, or 0.
	MinTests int
	// Around is what runs before and after the commands.
	Around config.Around
	// Picks are in ascending order, a prerelease last. A static suite has one pick, without a release.
	Picks []Pick
	// Judged lists the verdicts that were asked for, whether the registry has them or not.
	Judged []Judged
	// PassedOver lists the releases that the suite does not test because an update found no pins for them.
	PassedOver []PassedOver
	// TooMany lists the releases that would be tested if they are too many; the suite then keeps its earlier picks.
	TooMany []pep440.Version
	// Decisions has the decision about every known release, in ascending order.
	Decisions []Decision
}

// Configured returns the name by which commands know the suite: one of the lowest releases is not configured by itself.
func (s *Suite) Configured() string { return strings.TrimSuffix(s.Name, config.LowestSuffix) }

// IsNamed reports whether a name is that of the suite, or of the suite of which it is a variant or the lowest environment.
func (s *Suite) IsNamed(name string) bool {
	return name == s.Name || s.Base != "" && name == s.Base || s.Lowest && name+config.LowestSuffix == s.Name
}

// A Judged is a picked release and a free-threaded build that the release supports if its whole closure does.
type Judged struct {
	Version pep440.Version
	Python  python.Version
}

// A Pick is one release that is tested, with its Pythons.
type Pick struct {
	// Version is that of the release; it is zero for a static suite.
	Version pep440.Version
	// Pythons are in ascending order.
	Pythons []python.Version
	// NewestStable reports whether the -latest aliases stand for this pick.
	NewestStable bool
}

// IsStatic reports whether p is the pick of a static suite.
func (p Pick) IsStatic() bool { return p.Version.IsZero() }

// IsNewest reports whether p is the newest stable pick of its suite, or the pick of a static suite, which counts as
// newest.
func (p Pick) IsNewest() bool { return p.NewestStable || p.IsStatic() }

// IsCurrent reports whether p is the newest pick or a prerelease: what users install today or will soon install.
func (p Pick) IsCurrent() bool { return p.IsNewest() || p.Version.IsPrerelease() }

// Release returns the version, or nil for a static suite, as config.When expects it.
func (p Pick) Release() *pep440.Version {
	if p.IsStatic() {
		return nil
	}
	return &p.Version
}

// A Group is a set of suites that share a workflow.
type Group struct {
	Name string
	// Slug is the name in the form that files, jobs and labels use: the slug of `Web 1` is `web-1`.
	Slug string
	Pos  config.Pos
	// Suites are in the group's order and include those without picks.
	Suites []*Suite
	// Rows are in ascending order of Python: those of the group, then those of each suite. A Python that no suite has is
	// left out.
	Rows []Row
}

// A Row is one Python of one group, or of one suite of it, which is one job. If pull requests run a part of the matrix, it is
// the part of these environments that they run, or the rest.
type Row struct {
	Python python.Version
	// Suite is the suite that the row belongs to. It is nil if the row belongs to the group.
	Suite *Suite
	// RunsOn are the labels of the runner: those of the suite, else those of the Python, else those of all rows. Timeout is the
	// number of minutes that the row may take. They are zero if the configuration does not state them.
	RunsOn  config.Runner
	Timeout int
	// Rest reports whether pull requests leave the row out. Then it belongs to the rest of the matrix.
	Rest bool
	// MayFail is the exception by which the row may fail, or nil.
	MayFail *config.MayFail
	// Container is the image that the row runs in; it may be empty.
	Container string
	// Parallel and Serial are the environments of either kind, without aliases. At least one of them is not empty.
	Parallel, Serial []Environment
	// Services are the names of the services that the environments need, in the order of the configuration.
	Services []string
}

// ParallelLabel returns the label that selects the row's parallel environments, or "" if the row has none.
func (g *Group) ParallelLabel(r Row) string {
	if len(r.Parallel) == 0 {
		return ""
	}
	return g.RowName(r)
}

// SerialLabel returns the label that selects the row's serial environments, or "" if the row has none.
func (g *Group) SerialLabel(r Row) string {
	if len(r.Serial) == 0 {
		return ""
	}
	return g.RowName(r) + "-serial"
}

// RowName returns the name of a row, which is unique in the whole matrix, and the label of its parallel environments.
func (g *Group) RowName(r Row) string {
	suite := ""
	if r.Suite != nil {
		suite = r.Suite.Name
	}
	name := config.RowPrefix(g.Slug, suite) + "-" + r.Python.Factor()
	if r.Rest {
		name += "-rest"
	}
	return name
}

// Latest is the last factor of an alias, which stands for a suite's newest stable pick.
const Latest = "latest"

// An Environment is one tox environment: a pick of a suite on a Python.
type Environment struct {
	Suite  *Suite
	Pick   Pick
	Python python.Version
	// Alias reports whether this is a `-latest` environment: the newest stable pick under another name, which no
	// workflow runs.
	Alias bool
}

// Names returns the names of environments.
func Names(environments []Environment) []string {
	names := make([]string, len(environments))
	for i, e := range environments {
		names[i] = e.Name()
	}
	return names
}

// Name returns the environment's name in tox.
func (e Environment) Name() string {
	switch {
	case e.Suite.Static != nil && e.Suite.Static.Python != nil:
		return e.Suite.Name
	case e.Pick.IsStatic():
		return e.Python.Factor() + "-" + e.Suite.Name
	case e.Alias:
		return e.Python.Factor() + "-" + e.Suite.Name + "-" + Latest
	default:
		return e.Python.Factor() + "-" + e.Suite.Name + "-v" + e.Pick.Version.String()
	}
}

// Release returns the environment that an alias stands for, or e itself if it is not an alias.
func (e Environment) Release() Environment {
	e.Alias = false
	return e
}

// Services returns the names of the services that the environment needs.
func (e Environment) Services() []string {
	var names []string
	for _, n := range e.Suite.Services {
		if n.When.Matches(e.Pick.Release(), e.Python.Short()) {
			names = append(names, n.Text)
		}
	}
	return names
}

// Environments returns all environments of a suite in the order of its picks and Pythons, the aliases last.
func (s *Suite) Environments() []Environment {
	var real, aliases []Environment
	for _, pick := range s.Picks {
		for _, p := range pick.Pythons {
			real = append(real, Environment{Suite: s, Pick: pick, Python: p})
			if pick.NewestStable && !s.Lowest {
				aliases = append(aliases, Environment{Suite: s, Pick: pick, Python: p, Alias: true})
			}
		}
	}
	return append(real, aliases...)
}

// Environments returns the environments of all suites.
func (m *Matrix) Environments() []Environment {
	var all []Environment
	for _, s := range m.Suites {
		all = append(all, s.Environments()...)
	}
	return all
}
