package laws

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Config is a toxgen.yaml.
type Config struct {
	Pythons     []Python
	Requires    []string // of the SDK
	Constraints []string
	Build       []string
	Refresh     string
	Suites      []Suite
	// Kit is what the package `kit` requires, which is installed from a checkout; nil: there is none.
	Kit []string
}

// A Python is a declared Python.
type Python struct {
	Version      string
	Patch        int
	FreeThreaded bool
	// Windows reports whether the Python runs on Windows, and not on the Linux that the others share.
	Windows bool
}

// A Suite is a suite that follows a project, or a static one.
type Suite struct {
	Name string
	// Package may carry an extra; empty: the suite is static.
	Package  string
	Minimum  string
	Rules    []Rule
	Python   string
	Versions int
	Stable   bool // prereleases: off
	Holds    []string
	// Lowest reports whether the suite also tests the lowest releases.
	Lowest bool
	// Install is what the suite installs where there are packages: `[kit]`, `[some-sdk]`, or nothing if it is empty.
	Install string
	// Variants are what the variants of the suite require, each one thing.
	Variants []string
}

// A Rule adds a requirement. When is as in toxgen.yaml: `*`, `<2`, or `py3.12`.
type Rule struct{ When, Add string }

// project returns the name of the project that the suite follows.
func (s *Suite) project() string {
	name, _, _ := strings.Cut(s.Package, "[")
	return name
}

// suite returns the suite of a name, or nil.
func (c *Config) suite(name string) *Suite {
	for i := range c.Suites {
		if c.Suites[i].Name == name {
			return &c.Suites[i]
		}
	}
	return nil
}

// interpreters returns the names of the declared Pythons, free-threaded builds too.
func (c *Config) interpreters() []string {
	var names []string
	for _, p := range c.Pythons {
		names = append(names, "py"+p.Version)
		if p.FreeThreaded {
			names = append(names, "py"+p.Version+"t")
		}
	}
	return names
}

// around is what all configurations have in common.
const around = `platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow:
  name: Test
  triggers: {dispatch: true}
  runs-on: ubuntu-24.04
  timeout: 10
  tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}
  actions:
    actions/checkout: {sha: 3d3c42e5aac5ba805825da76410c181273ba90b1, version: v7.0.1}
    astral-sh/setup-uv: {sha: 20cfd1bf945f4377ade1205e4dbc17946fc9a30d, version: v10.0.1}
outputs: {report-markdown: docs/support.md, report-json: docs/support.json}
`

// text returns the configuration as a toxgen.yaml.
func (c *Config) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "project: {name: some-sdk%s}\n", list(", requires: ", c.Requires))
	if c.Kit != nil {
		fmt.Fprintf(&b, "packages:\n  - {name: kit, path: kit, repository: example/kit, ref: v1.0.0%s}\n", cmp.Or(list(", requires: ", c.Kit), ", requires: []"))
	}
	b.WriteString("pythons:\n")
	for _, p := range c.Pythons {
		more := ""
		if p.FreeThreaded {
			more = ", free-threaded: true"
		}
		if p.Windows {
			more += ", platform: {system: windows, machine: amd64}, runs-on: windows-2025"
		}
		fmt.Fprintf(&b, "  - {version: %q, patch: %d%s}\n", p.Version, p.Patch, more)
	}
	refresh := ""
	if c.Refresh != "" {
		refresh = ", refresh: " + c.Refresh
	}
	fmt.Fprintf(&b, "update: {cooldown: %dh%s}\n%s", cooldown*24, refresh, around)
	if len(c.Build) > 0 {
		b.WriteString(list("build: ", c.Build) + "\n")
	}
	if len(c.Constraints) > 0 {
		b.WriteString("constraints:\n")
		for _, requirement := range c.Constraints {
			fmt.Fprintf(&b, "  - {requirement: %q}\n", requirement)
		}
	}
	var names []string
	for i := range c.Suites {
		names = append(names, c.Suites[i].Name)
	}
	fmt.Fprintf(&b, "groups:\n  - {name: Main, suites: [%s]}\n", strings.Join(names, ", "))
	for _, static := range []bool{false, true} {
		begun := false
		for i := range c.Suites {
			if s := &c.Suites[i]; (s.Package == "") == static {
				if !begun {
					b.WriteString(map[bool]string{false: "suites:\n", true: "static:\n"}[static])
				}
				begun = true
				s.write(&b, c)
			}
		}
	}
	b.WriteString("testenv:\n  commands: [\"python -m pytest {env:_TESTPATH}\"]\n")
	return b.String()
}

func (s *Suite) write(b *strings.Builder, c *Config) {
	fmt.Fprintf(b, "  %s:\n", s.Name)
	if s.Package == "" {
		fmt.Fprintf(b, "    pythons: [%s]\n", strings.Join(c.interpreters(), ", "))
	} else {
		fmt.Fprintf(b, "    package: %q\n    minimum: %q\n", s.Package, s.Minimum)
	}
	fmt.Fprintf(b, "    test-path: tests/%s\n", s.Name)
	if len(s.Rules) > 0 {
		b.WriteString("    requires:\n")
		for _, r := range s.Rules {
			when := fmt.Sprintf("%q", r.When)
			if strings.HasPrefix(r.When, "py") {
				when = "[" + r.When + "]"
			}
			fmt.Fprintf(b, "      - {when: %s, add: [%q]}\n", when, r.Add)
		}
	}
	if s.Python != "" {
		fmt.Fprintf(b, "    python: %q\n", s.Python)
	}
	if s.Versions > 0 {
		fmt.Fprintf(b, "    versions: %d\n", s.Versions)
	}
	if s.Stable {
		b.WriteString("    prereleases: off\n")
	}
	if s.Lowest {
		b.WriteString("    lowest: true\n")
	}
	if c.Kit != nil {
		fmt.Fprintf(b, "    install: %s\n", cmp.Or(s.Install, "none"))
	}
	if len(s.Variants) > 0 {
		b.WriteString("    variants:\n")
		for i, requirement := range s.Variants {
			fmt.Fprintf(b, "      var%d: {requires: [%q]}\n", i, requirement)
		}
	}
	if len(s.Holds) > 0 {
		b.WriteString("    hold:\n")
		for _, h := range s.Holds {
			fmt.Fprintf(b, "      - {exclude: %q}\n", h)
		}
	}
}

// list returns a list of quoted texts behind a key, or nothing if there are none.
func list(key string, items []string) string {
	if len(items) == 0 {
		return ""
	}
	quoted := slices.Clone(items)
	for i, item := range quoted {
		quoted[i] = fmt.Sprintf("%q", item)
	}
	return key + "[" + strings.Join(quoted, ", ") + "]"
}

// requiredName returns the project that a requirement names.
func requiredName(requirement string) string {
	end := strings.IndexFunc(requirement, func(r rune) bool { return !(r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z') })
	if end < 0 {
		return requirement
	}
	return requirement[:end]
}
