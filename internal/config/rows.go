package config

import "slices"

// An OwnRows says how the rows of a suite differ from those of its group. A suite has a row of its own on each Python on
// which they do.
type OwnRows struct {
	RunsOn  Runner   `yaml:"runs-on" text:"label" doc:"The runner of its rows, in place of that of the workflow: a label, or a list of labels that it must all have."`
	Timeout int      `yaml:"timeout" doc:"Minutes that each of its rows may take, in place of those of the workflow." minimum:"1" maximum:"360"`
	MayFail *MayFail `yaml:"may-fail" doc:"Pythons on which it may fail: these rows of its own do not count for the gate."`
}

// A MayFail names the Pythons on which a suite may fail.
type MayFail struct {
	Pos
	Pythons []Interpreter `yaml:"pythons,required" doc:"The Pythons."`
	Exception
}

// MayFailOn returns the exception by which the suite may fail on a Python (`3.10`, `3.14t`), or nil.
func (o OwnRows) MayFailOn(short string) *MayFail {
	if o.MayFail != nil && slices.ContainsFunc(o.MayFail.Pythons, func(i Interpreter) bool { return i.Short == short }) {
		return o.MayFail
	}
	return nil
}

// isDeclared reports whether the configuration says something about the rows of the suite.
func (o OwnRows) isDeclared() bool { return len(o.RunsOn) > 0 || o.Timeout > 0 || o.MayFail != nil }

// HasOwnRow reports whether a suite has a row of its own on a Python, in place of a part in that of its group.
func (c *Config) HasOwnRow(o OwnRows, short string) bool {
	return c.Workflow.Rows == "suite" || len(o.RunsOn) > 0 || o.Timeout > 0 || o.MayFailOn(short) != nil
}

// RowPrefix returns how the labels of rows begin: those of a group by its slug, or those of a suite of the group. The
// Python and endings of fixed words follow. Neither a slug nor the name of a suite contains a Python, so labels with
// different prefixes are different, and no label is the name of a suite.
func RowPrefix(slug, suite string) string {
	if suite == "" {
		return slug
	}
	return slug + "-" + suite
}

// Runners returns the labels of all runners that the configuration names, sorted.
func (c *Config) Runners() []string {
	labels := slices.Clone(c.Workflow.RunsOn)
	for _, e := range c.Suites {
		labels = append(labels, e.Value.RunsOn...)
	}
	for _, e := range c.Static {
		labels = append(labels, e.Value.RunsOn...)
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// rowLabels reports groups and suites whose rows would share their labels.
func (d *decoder) rowLabels(c *Config) {
	owners := map[string]string{}
	own := func(pos Pos, prefix, what string) {
		if other, taken := owners[prefix]; taken && other != what {
			d.failAt(pos, "rename one of them", "%s and %s: their rows would share the labels that begin with %s", what, other, quoted(prefix+"-py"))
			return
		}
		owners[prefix] = what
	}
	for _, g := range c.Groups {
		slug, err := Slug(g.Name)
		if err == nil && owners[slug] == "" && c.Workflow.Rows != "suite" { // a slug that two groups share has been reported
			own(g.Pos, slug, "group "+quoted(g.Name))
		}
	}
	for _, g := range c.Groups {
		slug, err := Slug(g.Name)
		for _, s := range g.Suites {
			if err == nil && (c.Workflow.Rows == "suite" || d.ownRows(s.Text).isDeclared()) {
				own(s.Pos, RowPrefix(slug, s.Text), "suite "+quoted(s.Text)+" of group "+quoted(g.Name))
			}
		}
	}
}

// ownRows returns what a suite of either kind says about its rows.
func (d *decoder) ownRows(suite string) OwnRows {
	if e := d.following[suite]; e != nil {
		return e.Value.OwnRows
	}
	if e := d.static[suite]; e != nil {
		return e.Value.OwnRows
	}
	return OwnRows{}
}
