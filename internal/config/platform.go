package config

import (
	"fmt"
	"slices"
	"strings"

	"toxgen/internal/python"
)

// machines are those of each system, with the label of a runner of GitHub, where there is one.
var machines = map[python.System][]machine{
	python.Linux: {{"x86_64", "ubuntu-latest"}, {"aarch64", "ubuntu-24.04-arm"}, {"i686", ""}, {"armv7l", ""}, {"ppc64le", ""}, {"s390x", ""},
		{"riscv64", ""}},
	python.Windows: {{"amd64", "windows-latest"}, {"arm64", "windows-11-arm"}, {"x86", "windows-latest"}},
	python.MacOS:   {{"arm64", "macos-latest"}, {"x86_64", "macos-15-intel"}},
}

type machine struct{ name, runner string }

// machineOf returns the machine of a platform. found is false if the system does not have it.
func machineOf(p python.Platform) (m machine, found bool) {
	all := machines[p.System]
	if i := slices.IndexFunc(all, func(m machine) bool { return m.name == p.Machine }); i >= 0 {
		return all[i], true
	}
	return machine{}, false
}

// platforms reports platforms that do not exist, and Pythons whose rows would run elsewhere.
func (d *decoder) platforms(c *Config) {
	d.platform("platform", &c.Platform)
	misplaced := false // whether a Python has both the shared platform and a shared runner that does not fit
	for i := range c.Pythons {
		p := &c.Pythons[i]
		if p.Platform != nil {
			d.platform("the platform of Python "+p.Version.String(), p.Platform)
		}
		known := !d.broken[p.Pos] && !d.unread["platform"] && !d.broken[c.Platform.Pos] && (p.Platform == nil || !d.broken[p.Platform.Pos])
		if known && d.runner(c, p) {
			misplaced = true
		}
	}
	if misplaced {
		d.failAt(c.Platform.Pos, "", "platform is %s, and the runner of workflow.runs-on is %s", c.Platform.System, hosted(c.Workflow.RunsOn))
	}
}

// platform reports a machine that the system does not have, and keys that it needs or does not have.
func (d *decoder) platform(what string, p *Platform) {
	if p.Pos == (Pos{}) || d.broken[p.Pos] {
		return
	}
	before := d.errors
	system := python.System(p.System)
	if _, known := machineOf(p.Python()); !known {
		var names []string
		for _, m := range machines[system] {
			names = append(names, m.name)
		}
		d.failAt(p.Pos, "", "%s has the machine %s, which %s does not have: it has %s", what, quoted(p.Machine), system, strings.Join(names, ", "))
	}
	for _, k := range []struct {
		key, example string
		of           python.System
		pos          Pos
	}{{"libc", "libc: glibc-2.28", python.Linux, p.Libc.Pos}, {"version", `version: "14.0"`, python.MacOS, p.Version.Pos}} {
		switch stated := k.pos != (Pos{}); {
		case stated && system != k.of:
			d.failAt(k.pos, "", "%s has the key %s, which belongs to %s", what, quoted(k.key), k.of)
		case !stated && system == k.of:
			d.failAt(p.Pos, fmt.Sprintf("write `%s`, with the version of the machines that run the tests", k.example), "%s lacks the key %s", what, quoted(k.key))
		}
	}
	if system == python.MacOS && p.Machine == "arm64" && p.Version.Major < 11 && p.Version.Pos != (Pos{}) {
		d.failAt(p.Version.Pos, "", "%s has macOS %s, and 11.0 is the first version for arm64", what, p.Version.MacOSVersion)
	}
	if d.errors > before {
		d.broken[p.Pos] = true
	}
}

// runner reports a Python whose rows could not run where they are put. misplaced is set if that is so because the runner
// that all rows share does not fit the shared platform, which is one error for all of them.
func (d *decoder) runner(c *Config, p *Python) (misplaced bool) {
	usual, platform := c.Platform.Python(), c.platformOf(p)
	if p.Container != "" && platform.System != python.Linux {
		d.failAt(p.Pos, "", "Python %s has a container, which no runner of %s can start", p.Version, platform.System)
	}
	hint := ""
	if m, _ := machineOf(platform); m.runner != "" {
		hint = fmt.Sprintf("write `runs-on: %s`", m.runner)
	}
	if len(p.RunsOn) > 0 {
		if system := hosted(p.RunsOn); system != "" && system != platform.System {
			d.failAt(p.Pos, hint, "Python %s is for %s, and its runner is %s", p.Version, platform.System, system)
		}
		return false
	}
	if c.Workflow.IsDeclared() && (platform.System != usual.System || platform.Machine != usual.Machine) {
		d.failAt(p.Pos, hint, "Python %s is for %s %s, and has no `runs-on`: the runner of workflow.runs-on is for %s %s",
			p.Version, platform.System, platform.Machine, usual.System, usual.Machine)
		return false
	}
	system := hosted(c.Workflow.RunsOn)
	return system != "" && system != platform.System
}

// hosted returns the system of a runner of GitHub, or "" if the labels are those of another one.
func hosted(r Runner) python.System {
	for label, system := range map[string]python.System{"ubuntu-": python.Linux, "windows-": python.Windows, "macos-": python.MacOS} {
		if len(r) == 1 && strings.HasPrefix(strings.ToLower(r[0]), label) {
			return system
		}
	}
	return ""
}
