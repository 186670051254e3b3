package matrix

import (
	"cmp"

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
	byPython := map[python.Version]*Row{}
	needed := map[python.Version]map[string]bool{} // the names of services
	for _, suite := range suites {
		for _, e := range suite.Environments() {
			if e.Alias {
				continue
			}
			row := byPython[e.Python]
			if row == nil {
				row = newRow(c, e.Python)
				byPython[e.Python], needed[e.Python] = row, map[string]bool{}
			}
			if suite.Serial {
				row.Serial = append(row.Serial, e)
			} else {
				row.Parallel = append(row.Parallel, e)
			}
			for _, s := range suite.Services {
				needed[e.Python][s.Text] = true
			}
		}
	}
	var ascending []Row
	for _, p := range c.Interpreters() {
		if row := byPython[p]; row != nil {
			row.Services = inOrder(c, needed[p])
			ascending = append(ascending, *row)
		}
	}
	return ascending
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

// newRow returns a row without environments.
func newRow(c *config.Config, p python.Version) *Row {
	declared := c.Declared(p)
	row := &Row{Python: p, RunsOn: c.Workflow.RunsOn, Container: declared.Container}
	if len(declared.RunsOn) > 0 {
		row.RunsOn = declared.RunsOn
	}
	return row
}
