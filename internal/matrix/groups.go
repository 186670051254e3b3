package matrix

import (
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/python"
)

// groups returns the configured groups with their suites and rows.
func groups(c *config.Config, suites []*Suite) []*Group {
	byName := map[string]*Suite{}
	for _, s := range suites {
		byName[s.Name] = s
	}
	var all []*Group
	for _, g := range c.Groups {
		slug, _ := config.Slug(g.Name) // validated when the configuration was read
		group := &Group{Name: g.Name, Slug: slug, Pos: g.Pos}
		for _, name := range g.Suites {
			if suite := byName[name.Text]; suite != nil {
				group.Suites = append(group.Suites, suite)
			}
		}
		for _, p := range c.Interpreters() {
			if row := rowOf(c, group.Suites, p); len(row.Parallel)+len(row.Serial) > 0 {
				group.Rows = append(group.Rows, row)
			}
		}
		all = append(all, group)
	}
	return all
}

// rowOf returns the row of one Python of a group with these suites. It has no environments if no suite has that Python.
func rowOf(c *config.Config, suites []*Suite, p python.Version) Row {
	row := Row{Python: p, Container: container(c, p)}
	needed := map[string]bool{}
	for _, suite := range suites {
		for _, e := range suite.Environments() {
			if e.Alias || e.Python != p {
				continue
			}
			if suite.Serial {
				row.Serial = append(row.Serial, e)
			} else {
				row.Parallel = append(row.Parallel, e)
			}
			for _, s := range suite.Services {
				needed[s.Text] = true
			}
		}
	}
	for _, service := range c.Services {
		if needed[service.Key] {
			row.Services = append(row.Services, service.Key)
		}
	}
	return row
}

// container returns the image that the configuration gives for a Python, or "".
func container(c *config.Config, p python.Version) string {
	i := slices.IndexFunc(c.Pythons, func(d config.Python) bool { return d.Version.Major == p.Major && d.Version.Minor == p.Minor })
	return c.Pythons[i].Container
}
