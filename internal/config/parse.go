package config

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"toxgen/internal/finding"
)

// Parse reads a toxgen.yaml; file is its name in findings. If the configuration cannot be used, the findings hold at
// least one Error and the Config is nil. Anything that only deserves attention is a Warning.
func Parse(file string, data []byte) (*Config, finding.List) {
	d := &decoder{file: file, broken: map[Pos]bool{}, unread: map[string]bool{}}
	c := &Config{File: file}
	if root := d.document(data); root != nil {
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
