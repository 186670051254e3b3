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

// Targets returns the declared interpreters, in the order of [Config.Interpreters], each on its platform.
func (c *Config) Targets() []python.Target {
	var all []python.Target
	for _, v := range c.Interpreters() {
		all = append(all, c.Target(v))
	}
	return all
}

// Target returns an interpreter on its platform.
func (c *Config) Target(v python.Version) python.Target { return v.On(c.platformOf(c.Declared(v))) }

// platformOf returns the platform of a Python: its own, or that of the configuration. The Python may be nil.
func (c *Config) platformOf(p *Python) python.Platform {
	if p != nil && p.Platform != nil {
		return p.Platform.Python()
	}
	return c.Platform.Python()
}

// Declared returns the entry of an interpreter's line, or nil if the line is not declared.
func (c *Config) Declared(v python.Version) *Python {
	for i := range c.Pythons {
		if p := &c.Pythons[i]; p.Version.Major == v.Major && p.Version.Minor == v.Minor {
			return p
		}
	}
	return nil
}

// Python returns the platform as other packages know it.
func (p *Platform) Python() python.Platform {
	return python.Platform{System: python.System(p.System), Machine: p.Machine, Libc: p.Libc.Libc, Version: p.Version.MacOSVersion}
}
