package config

import "toxgen/internal/python"

// TestPathVariable is the environment variable that passes a suite's test path to its commands.
const TestPathVariable = "_TESTPATH"

// Interpreters returns the declared interpreters in ascending order. A free-threaded build follows its line.
func (c *Config) Interpreters() []python.Version {
	var all []python.Version
	for _, p := range c.Pythons {
		v := python.Version{Major: p.Version.Major, Minor: p.Version.Minor, Patch: p.Patch.Number, Prerelease: p.Patch.Prerelease}
		all = append(all, v)
		if p.FreeThreaded {
			v.FreeThreaded = true
			all = append(all, v)
		}
	}
	return all
}

// Target returns the declared platform.
func (c *Config) Target() python.Platform {
	return python.Platform{System: c.Platform.System, Machine: c.Platform.Machine, Libc: c.Platform.Libc.Libc}
}
