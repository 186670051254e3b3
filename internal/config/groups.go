package config

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	slugPattern = `^[A-Za-z][A-Za-z0-9]*([ _.-][A-Za-z0-9]+)*$`
	slugMeaning = "a group's name: words of letters and digits, joined by single spaces, `.`, `_` or `-`, beginning with a letter"
)

var (
	slugText   = regexp.MustCompile(slugPattern)
	separators = strings.NewReplacer(" ", "-", "_", "-", ".", "-")
)

// Slug returns the form of a group's name that files, jobs and labels use: `web-1` for `Web 1`.
func Slug(name string) (string, error) {
	if !slugText.MatchString(name) {
		return "", fmt.Errorf("%s is not %s", quoted(name), slugMeaning)
	}
	return strings.ToLower(separators.Replace(name)), nil
}

// groups reports suites that CI runs and that are not in exactly one group.
func (d *decoder) groups(c *Config) {
	home := map[string]string{}
	slugs := map[string]string{}
	for _, g := range c.Groups {
		if slug, err := Slug(g.Name); err == nil { // an invalid name has been reported
			if other, taken := slugs[slug]; taken {
				d.failAt(g.Pos, "", "groups %s and %s would share the file name of a workflow", quoted(other), quoted(g.Name))
			}
			slugs[slug] = g.Name
			if file := c.Workflow.CallerFile(); c.Workflow.GroupFile(slug) == file {
				d.failAt(g.Pos, "rename the group, or set another `workflow.file`", "group %s: its workflow would have the name of the calling workflow, %s", quoted(g.Name), file)
			}
		}
		for _, s := range g.Suites {
			d.known(c, s, "group "+quoted(g.Name), true)
			static := d.static[s.Text]
			switch other, taken := home[s.Text]; {
			case s.Text == "":
			case taken && other == g.Name:
				d.failAt(s.Pos, "", "group %s names the suite %s twice", quoted(g.Name), quoted(s.Text))
			case taken:
				d.failAt(s.Pos, "", "suite %s is in the groups %s and %s", quoted(s.Text), quoted(other), quoted(g.Name))
			case static != nil && !static.Value.InCI():
				d.failAt(s.Pos, "", "suite %s has `ci: false`, so it cannot be in a group", quoted(s.Text))
			}
			home[s.Text] = g.Name
		}
	}
	d.orphans(c, home)
	d.rowLabels(c)
}

// orphans reports suites that CI runs and that are in no group. home maps the suites to their groups. Without workflows
// there may be no groups.
func (d *decoder) orphans(c *Config, home map[string]string) {
	if !c.Workflow.IsDeclared() && len(c.Groups) == 0 {
		return
	}
	for path := range d.unread {
		if strings.HasPrefix(path, "groups") {
			return
		}
	}
	for _, n := range d.suiteNames(c) {
		static := d.static[n.Text]
		if _, found := home[n.Text]; !found && (static == nil || static.Value.InCI()) {
			d.failAt(n.Pos, "add it to the suites of a group", "suite %s is in no group", quoted(n.Text))
		}
	}
}
