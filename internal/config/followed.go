package config

import "slices"

// Followed returns the normalised names of the projects that suites follow, sorted.
func (c *Config) Followed() []string {
	var names []string
	for _, s := range c.Suites {
		names = append(names, s.Value.Package.Key)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
