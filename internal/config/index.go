package config

// IndexVariables returns the variables with which uv and pip install from the declared index and from no other one, or
// nil if none is declared. Variables take precedence over configuration files except for two cases: uv adds the indexes
// of its files to those of its variables, so it must not read its files, and pip ignores an empty variable, so its extra
// index is the same one.
func (c *Config) IndexVariables() Map[string] {
	if c.Index == "" {
		return nil
	}
	return Map[string]{
		{Key: "UV_DEFAULT_INDEX", Value: c.Index},
		{Key: "UV_INDEX"},
		{Key: "UV_EXTRA_INDEX_URL"},
		{Key: "UV_NO_CONFIG", Value: "1"},
		{Key: "PIP_INDEX_URL", Value: c.Index},
		{Key: "PIP_EXTRA_INDEX_URL", Value: c.Index},
	}
}

// NetrcVariable names the file with the credentials of the index, for toxgen, uv and pip.
const NetrcVariable = "NETRC"

// indexVariables reports rules that set a variable which toxgen sets itself because an index is declared.
func (d *decoder) indexVariables(c *Config) {
	taken := c.IndexVariables()
	check := func(rules []EnvRule) {
		for _, r := range rules {
			if taken.Get(r.Name) != nil && !d.broken[r.Pos] {
				d.failAt(r.Pos, "leave it out: `index` is where everything is installed from",
					"%s is set here and by `index`", r.Name)
			}
		}
	}
	check(c.Testenv.SetEnv)
	for _, e := range c.Suites {
		check(e.Value.SetEnv)
	}
	for _, e := range c.Static {
		check(e.Value.SetEnv)
	}
	for _, e := range c.Workflow.Env {
		if taken.Get(e.Key) != nil || e.Key == NetrcVariable && c.Workflow.Netrc != "" {
			d.failAt(e.Pos, "", "workflow.env sets %s, which toxgen sets itself", e.Key)
		}
	}
}
