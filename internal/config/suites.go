package config

import (
	"fmt"
	"slices"
	"strings"
)

// suites reports what is wrong within a single suite of either kind.
func (d *decoder) suites(c *Config) {
	for i := range c.Suites {
		e := &c.Suites[i]
		d.needed(c, e.Key, e.Value.Services)
		d.hosts("suite "+quoted(e.Key), e.Value.SetEnv, e.Value.Services)
		d.setTwice("suite "+quoted(e.Key), e.Value.SetEnv)
		d.counted(c, Name{e.Pos, e.Key}, e.Value.MinTests, e.Value.Commands, e.Value.SetEnv)
	}
	for i := range c.Static {
		e := &c.Static[i]
		if other := d.following[e.Key]; other != nil {
			d.failAt(e.Pos, "", "suite %s is also under suites, in line %d", quoted(e.Key), other.Value.Line)
		}
		d.needed(c, e.Key, e.Value.Services)
		d.hosts("suite "+quoted(e.Key), e.Value.SetEnv, e.Value.Services)
		d.setTwice("suite "+quoted(e.Key), e.Value.SetEnv)
		d.contradictions(e.Key, &e.Value)
		d.counted(c, Name{e.Pos, e.Key}, e.Value.MinTests, e.Value.Commands, e.Value.SetEnv)
	}
	d.hosts("testenv", c.Testenv.SetEnv, nil)
	d.sameHostVariables(c)
	d.setTwice("testenv", c.Testenv.SetEnv)
	d.withoutReleases("testenv", nil, c.Testenv.SetEnv)
}

// needed reports unknown and repeated services of a suite.
func (d *decoder) needed(c *Config, suite string, services []Needed) {
	for i, s := range services {
		switch {
		case s.Text == "" || d.unread["services"]:
		case c.Services.Get(s.Text) == nil:
			d.failAt(s.Pos, Meant(s.Text, c.Services.keys()), "suite %s names the unknown service %s", quoted(suite), quoted(s.Text))
		case slices.ContainsFunc(services[:i], func(o Needed) bool { return o.Text == s.Text }):
			d.failAt(s.Pos, "", "suite %s names the service %s twice", quoted(suite), quoted(s.Text))
		}
	}
}

// junitFiles are the names of the file of an environment in which tests are counted, as tox substitutes them.
var junitFiles = []string{"{work_dir}/coverage/junit-{env_name}.xml", "{work_dir}/coverage/junit-{envname}.xml"}

// counted warns of a suite whose tests are to be counted although neither its commands nor its variables name a junit file.
func (d *decoder) counted(c *Config, suite Name, least int, commands []string, env []EnvRule) {
	if least == 0 || d.broken[suite.Pos] || d.unread["testenv"] {
		return
	}
	if len(commands) == 0 {
		commands = c.Testenv.Commands
	}
	texts := slices.Clone(commands)
	for _, r := range slices.Concat(env, c.Testenv.SetEnv) {
		texts = append(texts, r.Value)
	}
	for _, file := range junitFiles {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, file) }) {
			return
		}
	}
	d.warn("min-tests without a junit file", suite.Pos, "let pytest write it: --junitxml="+junitFiles[0],
		"suite %s has min-tests, but its commands do not name the junit file in which its tests are counted", quoted(suite.Text))
}

// setTwice reports rules that set the same variable in the same environments.
func (d *decoder) setTwice(what string, rules []EnvRule) {
	first := map[string]int{}
	for _, r := range rules {
		if d.broken[r.Pos] {
			continue
		}
		key := r.Name + "\n" + r.When.key()
		if line, repeated := first[key]; repeated {
			d.failAt(r.Pos, "", "%s sets %s twice in the same environments, first in line %d", what, r.Name, line)
			continue
		}
		first[key] = r.Line
	}
}

// contradictions reports contradictions within a static suite.
func (d *decoder) contradictions(name string, s *Static) {
	if !d.broken[s.Pos] {
		switch {
		case s.Python != nil && len(s.Pythons) > 0:
			d.failAt(s.Pos, "", "static suite %s has both python and pythons", quoted(name))
		case s.Python == nil && len(s.Pythons) == 0:
			d.failAt(s.Pos, "", "static suite %s has neither python nor pythons", quoted(name))
		}
		if s.TestPath == "" && len(s.Commands) == 0 {
			d.failAt(s.Pos, "", "static suite %s has neither test-path nor commands", quoted(name))
		}
		if s.MinTests > 0 && !s.InCI() {
			d.failAt(s.Pos, "", "static suite %s has min-tests and `ci: false`: no row counts its tests", quoted(name))
		}
		if s.SkipInstall && s.Package != "" && s.Package != "skip" {
			d.failAt(s.Pos, "", "static suite %s has a package and `skip-install`, which does not install it", quoted(name))
		}
	}
	if !s.InCI() && s.OwnRows.isDeclared() {
		d.failAt(s.Pos, "", "static suite %s has `ci: false`, so it has no rows that `runs-on`, `timeout` or `may-fail` could be about", quoted(name))
	}
	for i, p := range s.Pythons {
		if p.Short != "" && slices.ContainsFunc(s.Pythons[:i], func(o Interpreter) bool { return o.Short == p.Short }) {
			d.failAt(p.Pos, "", "static suite %s names py%s twice", quoted(name), p.Short)
		}
	}
	d.withoutReleases("static suite "+quoted(name), s.Requires, s.SetEnv)
	for _, n := range s.Services {
		d.releaseless("static suite "+quoted(name), n.When)
	}
}

// withoutReleases reports specifiers on the release in rules for environments without a release.
func (d *decoder) withoutReleases(what string, requires []Rule, env []EnvRule) {
	for _, r := range requires {
		d.releaseless(what, r.When)
	}
	for _, r := range env {
		d.releaseless(what, r.When)
	}
}

// releaseless reports a specifier on the release of something without one.
func (d *decoder) releaseless(what string, w When) {
	if w.Releases != nil {
		d.failAt(w.Pos, "", "%s has no releases for %s to match", what, quoted(w.Releases.String()))
	}
}

// suiteNames returns the names of all suites whose keys are valid.
func (d *decoder) suiteNames(c *Config) []Name {
	return d.valid(c.Suites, c.Static)
}

// valid returns the names of suites whose keys are valid.
func (d *decoder) valid(suites []Entry[Suite], static []Entry[Static]) []Name {
	var names []Name
	for _, e := range suites {
		names = append(names, Name{e.Pos, e.Key})
	}
	for _, e := range static {
		names = append(names, Name{e.Pos, e.Key})
	}
	return slices.DeleteFunc(names, func(n Name) bool { return d.broken[n.Pos] })
}

// known reports an unknown suite. what describes the part of the file that names it. A group has whole suites, not variants.
func (d *decoder) known(c *Config, suite Name, what string, grouped bool) {
	if suite.Text == "" || d.unread["suites"] || d.unread["static"] || d.following[suite.Text] != nil || d.static[suite.Text] != nil {
		return
	}
	variants := slices.ContainsFunc(c.Variations(), func(e Entry[Suite]) bool { return e.Key == suite.Text }) ||
		slices.ContainsFunc(c.StaticVariations(), func(e Entry[Static]) bool { return e.Key == suite.Text })
	switch {
	case variants && grouped:
		d.failAt(suite.Pos, "name the suite", "%s names %s, which is a variant of a suite: a group has all of them", what, quoted(suite.Text))
		return
	case variants:
		return
	}
	d.failAt(suite.Pos, Meant(suite.Text, slices.Concat(c.Suites.keys(), c.Static.keys())), "%s names the unknown suite %s", what, quoted(suite.Text))
}

// factors reports a suite whose factors are all in the name of another suite: tox also applies a line for `a` to `a-b`.
func (d *decoder) factors(c *Config) {
	names := d.valid(c.Variations(), c.StaticVariations())
	with := map[string][]string{} // the names that contain a factor
	for _, n := range names {
		for factor := range strings.SplitSeq(n.Text, "-") {
			with[factor] = append(with[factor], n.Text)
		}
	}
	for _, n := range names {
		own := strings.Split(n.Text, "-")
		rarest := slices.MinFunc(own, func(a, b string) int { return len(with[a]) - len(with[b]) })
		for _, other := range with[rarest] {
			theirs := strings.Split(other, "-")
			within := !slices.ContainsFunc(own, func(f string) bool { return !slices.Contains(theirs, f) })
			if within && other != n.Text {
				d.failAt(n.Pos, fmt.Sprintf("rename it, for example to %s-base", n.Text),
					"suite %s: all its factors are in the name of suite %s, so tox would apply its lines to both", quoted(n.Text), quoted(other))
			}
		}
	}
}
