package config

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
	"toxgen/internal/pep440"
	"toxgen/internal/version"
)

// Parse reads a toxgen.yaml; file is its name in findings. If the configuration cannot be used, the findings hold at
// least one Error and the Config is nil. Anything that only deserves attention is a Warning.
func Parse(file string, data []byte) (*Config, finding.List) {
	return parse(file, data, version.Number())
}

// parse is [Parse] by a version of toxgen. If the file asks for other versions, that is the only error.
func parse(file string, data []byte, program string) (*Config, finding.List) {
	d := &decoder{file: file, broken: map[Pos]bool{}, unread: map[string]bool{}}
	c := &Config{File: file}
	if root := d.document(data); root != nil && d.suits(root, program) {
		d.decodeInto(root, c, rules{}, "")
		d.someSuites(root)
		c.defaults()
		d.validate(c)
	}
	d.findings.Sort()
	if d.errors > 0 {
		return nil, d.findings
	}
	return c, d.findings
}

// suits reports whether a version of toxgen is one that the file asks for, or reports an error. A development version and a build
// without a version suit every file. What is wrong with the specifier itself is reported when it is decoded.
func (d *decoder) suits(root *yaml.Node, program string) bool {
	running, err := pep440.Parse(program)
	if err != nil || running.IsDev() || root.Kind != yaml.MappingNode {
		return true
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if key.Value != "toxgen" || value.Kind != yaml.ScalarNode {
			continue
		}
		if wanted, err := pep440.ParseSpecifiers(value.Value); err == nil && !wanted.Match(running) {
			d.failAt(position(value), "update toxgen, or install a release that the specifier admits",
				"the file is for toxgen %s, and this one is %s", quoted(value.Value), running)
			return false
		}
	}
	return true
}

// someSuites reports a file with neither suites nor static ones.
func (d *decoder) someSuites(root *yaml.Node) {
	has := func(n *yaml.Node) bool { return n.Value == "suites" || n.Value == "static" }
	if root.Kind == yaml.MappingNode && !slices.ContainsFunc(root.Content, has) {
		d.unread["suites"] = true
		d.fail(root, "the file lacks the key %s", quoted("suites"))
	}
}

// defaults sets the values that the file left out.
func (c *Config) defaults() {
	if c.Update.Cooldown.Pos == (Pos{}) {
		c.Update.Cooldown.Duration = 72 * time.Hour
	}
	if c.Update.Refresh == "" {
		c.Update.Refresh = "newest"
	}
	c.Workflow.Limits = c.Workflow.Limits.OrDefault()
}
