package matrix

import (
	"cmp"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/python"
)

// groups returns the configured groups with their suites and rows.
func groups(c *config.Config, suites []*Suite) []*Group {
	byName := map[string][]*Suite{}
	for _, s := range suites {
		name := cmp.Or(s.Base, s.Name)
		byName[name] = append(byName[name], s)
	}
	var all []*Group
	for _, g := range c.Groups {
		slug, _ := config.Slug(g.Name) // validated when the configuration was read
		group := &Group{Name: g.Name, Slug: slug, Pos: g.Pos}
		for _, name := range g.Suites {
			group.Suites = append(group.Suites, byName[name.Text]...)
		}
		group.Rows = rows(c, group.Suites)
		all = append(all, group)
	}
	return all
}

// rows returns the rows of a group with these suites.
func rows(c *config.Config, suites []*Suite) []Row {
	// A place is what the environments of one row have in common. The suite is nil in rows of the group.
	type place struct {
		suite  *Suite
		python python.Version
		rest   bool
	}
	found := map[place]*Row{}
	needed := map[place]map[string]bool{} // the names of services
	for _, suite := range suites {
		ends := suite.ends()
		for _, e := range suite.Environments() {
			if e.Alias {
				continue
			}
			at := place{python: e.Python, rest: c.Workflow.PullRequestMatrix != nil && !slices.Contains(ends, e.Name())}
			if c.HasOwnRow(suite.Own, e.Python.Short()) {
				at.suite = suite
			}
			row := found[at]
			if row == nil {
				row = newRow(c, at.suite, e.Python)
				row.Rest = at.rest
				found[at], needed[at] = row, map[string]bool{}
			}
			if suite.Serial {
				row.Serial = append(row.Serial, e)
			} else {
				row.Parallel = append(row.Parallel, e)
			}
			for _, name := range e.Services() {
				needed[at][name] = true
			}
		}
	}
	var ascending []Row
	for _, suite := range append([]*Suite{nil}, suites...) {
		for _, p := range c.Interpreters() {
			for _, rest := range []bool{false, true} {
				at := place{suite, p, rest}
				if row := found[at]; row != nil {
					row.Services = inOrder(c, needed[at])
					ascending = append(ascending, *row)
				}
			}
		}
	}
	return ascending
}

// newRow returns a row of a suite, or of its group if the suite is nil, without environments.
func newRow(c *config.Config, suite *Suite, p python.Version) *Row {
	declared := c.Declared(p)
	row := &Row{Python: p, Suite: suite, Container: declared.Container, RunsOn: c.Workflow.RunsOn, Timeout: c.Workflow.Timeout}
	if len(declared.RunsOn) > 0 {
		row.RunsOn = declared.RunsOn
	}
	if suite != nil {
		if len(suite.Own.RunsOn) > 0 {
			row.RunsOn = suite.Own.RunsOn
		}
		row.Timeout = cmp.Or(suite.Own.Timeout, row.Timeout)
		row.MayFail = suite.Own.MayFailOn(p.Short())
	}
	return row
}

// ends returns the names of the environments that represent a suite in pull requests: the newest stable pick on its newest
// Python, and the oldest pick on its oldest Python. Pythons on which the suite may fail, and free-threaded builds, are taken
// only if there are no others.
func (s *Suite) ends() []string {
	if len(s.Picks) == 0 {
		return nil
	}
	oldest, newest := s.Picks[0], s.Picks[len(s.Picks)-1]
	if i := slices.IndexFunc(s.Picks, Pick.IsNewest); i >= 0 {
		newest = s.Picks[i]
	}
	descending := slices.Clone(newest.Pythons)
	slices.Reverse(descending)
	first := Environment{Suite: s, Pick: newest, Python: s.representative(descending)}
	last := Environment{Suite: s, Pick: oldest, Python: s.representative(oldest.Pythons)}
	return []string{first.Name(), last.Name()}
}

// representative returns the first of some Pythons that says most about a suite.
func (s *Suite) representative(pythons []python.Version) python.Version {
	mustPass := func(p python.Version) bool { return s.Own.MayFailOn(p.Short()) == nil }
	for _, says := range []func(python.Version) bool{
		func(p python.Version) bool { return mustPass(p) && !p.FreeThreaded }, mustPass,
	} {
		if i := slices.IndexFunc(pythons, says); i >= 0 {
			return pythons[i]
		}
	}
	return pythons[0]
}

// inOrder returns the names of services in the order of the configuration.
func inOrder(c *config.Config, services map[string]bool) (names []string) {
	for _, service := range c.Services {
		if services[service.Key] {
			names = append(names, service.Key)
		}
	}
	return names
}
