// Package matrix decides what is tested: from a configuration and the facts of the registry to suites,
// releases, Pythons, environments and the rows of the workflows.
//
// [Select] is pure: it knows no clock, network or disk, and its result depends on nothing but its arguments.
// The rules by which releases and Pythons are picked stand, one each, in the files of this package; what each
// rule did to each release is part of the result, so that a maintainer can ask why.
//
// Names that come out of here are what tox and the workflows use: an environment is
// `py3.10-flask-v2.3.3`, the alias of the newest stable pick `py3.10-flask-latest`, a row's label
// `web-1-py3.10`.
package matrix

import (
	"toxgen/internal/config"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// Matrix is everything that is tested.
type Matrix struct {
	// Suites in the order of the configuration, those that follow a project first, then the static ones.
	// A disabled suite, and one of which no release is left, has no picks.
	Suites []*Suite
	// Groups in the order of the configuration, each with its rows.
	Groups []*Group
	// Asked are the releases whose metadata selection consulted, by the normalised names of their projects: of no
	// other does the registry hold classifiers.
	Asked map[string][]pep440.Version
}

// Earlier returns the matrix that the names of environments tell of the suites of this one: what they tested when
// tox.ini had those names.
func (m *Matrix) Earlier(c *config.Config, environments []string) *Matrix {
	earlier := &Matrix{}
	for _, suite := range m.Suites {
		before := *suite
		before.Picks = Kept(c, suite, environments)
		earlier.Suites = append(earlier.Suites, &before)
	}
	earlier.Groups = groups(c, earlier.Suites)
	return earlier
}

// Suite is one suite with what was picked for it. Config or Static says which kind it is; the other is nil.
// The fields after them are what both kinds share.
type Suite struct {
	Name     string
	Config   *config.Suite
	Static   *config.Static
	Pos      config.Pos
	TestPath string
	Rules    []config.Rule
	SetEnv   []config.EnvRule
	Services []config.Name
	// Serial suites share something: their environments run one after another.
	Serial bool
	// Picks in ascending order, a pre-release last. A static suite has one, without a release.
	Picks []Pick
	// Judged are the verdicts that were asked for, whether there are any or not.
	Judged []Judged
	// PassedOver are the releases that the suite would test, had an update found pins for them.
	PassedOver []PassedOver
	// TooMany are the releases that would be tested, if these are too many; the suite keeps what it has then.
	TooMany []pep440.Version
	// Decisions say of every release known what became of it and by which rule, ascending.
	Decisions []Decision
}

// Judged is a picked release and a free-threaded build that it supports if its whole closure does.
type Judged struct {
	Version pep440.Version
	Python  python.Version
}

// Pick is one release that is tested, with its Pythons.
type Pick struct {
	// Version is the release; zero for a static suite.
	Version pep440.Version
	// Pythons in ascending order.
	Pythons []python.Version
	// NewestStable marks the pick that the -latest aliases follow.
	NewestStable bool
}

// IsStatic says that the pick is that of a static suite.
func (p Pick) IsStatic() bool { return p.Version.IsZero() }

// IsNewest says that the pick is the newest stable one, or that of a static suite, which counts as newest.
func (p Pick) IsNewest() bool { return p.NewestStable || p.IsStatic() }

// IsCurrent says that the pick is the newest or a pre-release: what users install today, or will.
func (p Pick) IsCurrent() bool { return p.IsNewest() || p.Version.IsPrerelease() }

// Release is the version, or nil for a static suite: what config.When asks for.
func (p Pick) Release() *pep440.Version {
	if p.IsStatic() {
		return nil
	}
	return &p.Version
}

// Group is a set of suites that share a workflow.
type Group struct {
	Name string
	// Slug is the name as files, jobs and labels have it: `Web 1` is `web-1`.
	Slug string
	Pos  config.Pos
	// Suites in the group's order; those without picks among them.
	Suites []*Suite
	// Rows in ascending order of Python; only Pythons that some suite has.
	Rows []Row
}

// Row is one Python of one group: one job.
type Row struct {
	Python python.Version
	// Container is the image that the row runs in, or empty.
	Container string
	// Parallel and Serial are the environments of either kind, aliases excluded; one of them is not empty.
	Parallel, Serial []Environment
	// Services are the names of what the environments need, in the configuration's order.
	Services []string
}

// ParallelLabel selects the environments that run side by side; empty if there are none.
func (g *Group) ParallelLabel(r Row) string {
	if len(r.Parallel) == 0 {
		return ""
	}
	return g.label(r)
}

// SerialLabel selects the environments that run one after another; empty if there are none.
func (g *Group) SerialLabel(r Row) string {
	if len(r.Serial) == 0 {
		return ""
	}
	return g.label(r) + "-serial"
}

func (g *Group) label(r Row) string { return g.Slug + "-" + r.Python.Factor() }

// Latest is the factor of the alias that follows a suite's newest stable pick.
const Latest = "latest"

// Environment is one tox environment: a pick of a suite on a Python.
type Environment struct {
	Suite  *Suite
	Pick   Pick
	Python python.Version
	// Alias marks `-latest`, which is the newest stable pick under another name and in no workflow.
	Alias bool
}

// Name is the environment's name in tox.
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

// Release is the environment itself, or the one that an alias stands for.
func (e Environment) Release() Environment {
	e.Alias = false
	return e
}

// Environments are all environments of a suite in the order of its picks and Pythons, the aliases last.
func (s *Suite) Environments() []Environment {
	var real, aliases []Environment
	for _, pick := range s.Picks {
		for _, p := range pick.Pythons {
			real = append(real, Environment{Suite: s, Pick: pick, Python: p})
			if pick.NewestStable {
				aliases = append(aliases, Environment{Suite: s, Pick: pick, Python: p, Alias: true})
			}
		}
	}
	return append(real, aliases...)
}

// Environments are those of all suites.
func (m *Matrix) Environments() []Environment {
	var all []Environment
	for _, s := range m.Suites {
		all = append(all, s.Environments()...)
	}
	return all
}
