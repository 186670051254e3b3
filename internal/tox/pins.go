package tox

import (
	"maps"
	"slices"
	"strings"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/python"
)

// Pins returns the pins in deps for an environment, including the suite's own release.
func (f *File) Pins(environment string) lock.Pins {
	if v := f.testenv["deps"]; v != nil {
		return v.pins(environment)
	}
	return lock.Pins{}
}

// PinLines are the lines of a tox.ini that pin something, by project.
type PinLines map[string][]pinLine

// A pinLine is a line that pins something, with its number counted from 1.
type pinLine struct {
	number int
	line   line
}

// FindPins returns the lines of a tox.ini that pin something.
func FindPins(data []byte) PinLines {
	lines := PinLines{}
	number, s := 0, newSplitter(data)
	for text := range strings.Lines(string(generated(data))) {
		number++
		if !strings.Contains(text, "==") {
			continue
		}
		if l := s.split(withoutComment(strings.TrimSpace(text))); l.pin != nil {
			lines[l.pin.project] = append(lines[l.pin.project], pinLine{number, l})
		}
	}
	return lines
}

// Line returns the number of the first line that pins a project for an environment, counted from 1, or 0 if no line does.
func (p PinLines) Line(environment, project string) int {
	factors := strings.Split(environment, "-")
	for _, l := range p[project] {
		if l.line.applies(factors) {
			return l.number
		}
	}
	return 0
}

// pinLines returns the lines with the pins of a suite's environments, sorted by project. A line has one project and one
// version, and applies either to the newest picks, which an update resolves from scratch, or to the older picks, whose
// pins rarely change. So a pin that changes for one class does not touch a line of the other.
func pinLines(suite *matrix.Suite, pins map[string]lock.Pins) []string {
	type release struct {
		version pep440.Version
		python  python.Version
	}
	of := map[release]lock.Pins{} // to make each name once
	versions := map[string]map[string]pep440.Version{}
	for _, e := range suite.Environments() {
		own := pins[e.Name()]
		if !e.Alias {
			of[release{e.Pick.Version, e.Python}] = own
		}
		for project, v := range own {
			if versions[project] == nil {
				versions[project] = map[string]pep440.Version{}
			}
			versions[project][v.String()] = v
		}
	}
	if suite.Config != nil {
		delete(versions, suite.Config.Package.Key) // the release has a line of its own
	}
	var lines []string
	for _, project := range slices.Sorted(maps.Keys(versions)) {
		for _, v := range slices.SortedFunc(maps.Values(versions[project]), pep440.Version.Compare) {
			for _, condition := range conditions(suite, func(e matrix.Environment) bool { return of[release{e.Pick.Version, e.Python}][project] == v }) {
				lines = append(lines, when(condition, project+"=="+v.String()))
			}
		}
	}
	return lines
}

// checkoutLines returns the lines that install checkouts in a suite's environments, which checkouts names in the order in which
// they are installed.
func checkoutLines(c *config.Config, suite *matrix.Suite, checkouts map[string][]string) []string {
	var order []string
	in := map[string]map[string]bool{} // the environments that install each
	for _, e := range suite.Environments() {
		after := -1 // the position of the one before in order
		for _, name := range checkouts[e.Name()] {
			if in[name] == nil {
				in[name] = map[string]bool{}
				order = slices.Insert(order, after+1, name)
			}
			in[name][e.Name()], after = true, slices.Index(order, name)
		}
	}
	var lines []string
	for _, name := range order {
		meant := func(e matrix.Environment) bool { return in[name][e.Release().Name()] }
		lines = append(lines, installLines(c, suite, meant, func(editable bool) string { return checkout(c, suite, name, editable) })...)
	}
	return lines
}

// installLines returns the lines that install something in some environments of a suite, as editable where that works.
func installLines(c *config.Config, suite *matrix.Suite, meant func(matrix.Environment) bool, line func(editable bool) string) []string {
	var lines []string
	for _, as := range []bool{true, false} {
		for _, condition := range pythonConditions(c, suite, func(e matrix.Environment) bool { return meant(e) && editable(c, e.Python.Short()) == as }) {
			lines = append(lines, when(condition, line(as)))
		}
	}
	return lines
}

// pythonConditions returns the conditions for some environments of a suite, which usually are those of some Pythons: a
// release is not named then, nor a Python if it is all that the suite has.
func pythonConditions(c *config.Config, suite *matrix.Suite, meant func(matrix.Environment) bool) []string {
	in, out := map[string]bool{}, map[string]bool{}
	var all []string
	for _, e := range suite.Environments() {
		factor := e.Python.Factor()
		if !slices.Contains(all, factor) {
			all = append(all, factor)
		}
		if meant(e) {
			in[factor] = true
		} else {
			out[factor] = true
		}
	}
	mixed := func(f string) bool { return in[f] && out[f] }
	switch {
	case len(in) == 0:
		return nil
	case len(out) == 0:
		return []string{suite.Name}
	case slices.ContainsFunc(all, mixed):
		return conditions(suite, meant)
	}
	var not []string // the Pythons without editable installs
	for _, p := range c.Interpreters() {
		if !editable(c, p.Short()) {
			not = append(not, p.Factor())
		}
	}
	chosen := slices.DeleteFunc(all, func(f string) bool { return out[f] })
	if rest := slices.Collect(maps.Keys(out)); !slices.ContainsFunc(rest, func(f string) bool { return !slices.Contains(not, f) }) {
		return []string{join(noneOf(not), suite.Name)}
	}
	return []string{join(anyOf(chosen), suite.Name)}
}

// conditions returns the conditions for some environments of a suite: one for the older picks, and one for the newest
// stable pick and the prerelease. A condition that no environment needs is left out.
func conditions(suite *matrix.Suite, meant func(matrix.Environment) bool) []string {
	older := map[string][]matrix.Pick{} // by their Pythons
	var order, fresh []string
	var newest, prerelease []python.Version // the Pythons of these picks that are meant
	var released []python.Version           // all Pythons that the prerelease is tested on
	for _, pick := range suite.Picks {
		pythons := slices.DeleteFunc(slices.Clone(pick.Pythons), func(p python.Version) bool {
			return !meant(matrix.Environment{Suite: suite, Pick: pick, Python: p})
		})
		switch {
		case pick.IsNewest():
			newest = pythons
		case pick.Version.IsPrerelease():
			prerelease, released = pythons, pick.Pythons
		case len(pythons) > 0:
			factors := anyOf(factorsOf(pythons))
			if older[factors] == nil {
				order = append(order, factors)
			}
			older[factors] = append(older[factors], pick)
		}
	}
	var list []string
	for i, factors := range order {
		order[i] = join(factors, picked(suite, func(p matrix.Pick) bool { return containsPick(older[factors], p) }))
	}
	// If both have the same pin, the line does not name the prerelease, so that a new prerelease does not change it.
	both := func(p python.Version) bool {
		return slices.Contains(newest, p) && (slices.Contains(prerelease, p) || !slices.Contains(released, p))
	}
	add := func(pythons []python.Version, of func(matrix.Pick) bool) {
		if suite.Static != nil && suite.Static.Python != nil && len(pythons) > 0 {
			fresh = append(fresh, suite.Name)
		} else if len(pythons) > 0 {
			fresh = append(fresh, join(anyOf(factorsOf(pythons)), picked(suite, of)))
		}
	}
	isPrerelease := func(p matrix.Pick) bool { return p.IsCurrent() && !p.IsNewest() }
	add(only(newest, both), matrix.Pick.IsCurrent)
	add(except(newest, both), matrix.Pick.IsNewest)
	add(except(prerelease, both), isPrerelease)
	for _, groups := range [][]string{order, fresh} {
		if len(groups) > 0 {
			list = append(list, strings.Join(groups, ", "))
		}
	}
	return list
}

// containsPick reports whether a pick is among some picks.
func containsPick(picks []matrix.Pick, one matrix.Pick) bool {
	return slices.ContainsFunc(picks, func(p matrix.Pick) bool { return p.Version == one.Version })
}

// factorsOf returns the factors of Pythons, such as `py3.10`.
func factorsOf(pythons []python.Version) []string {
	factors := make([]string, len(pythons))
	for i, p := range pythons {
		factors[i] = p.Factor()
	}
	return factors
}

// only returns the Pythons for which keep is true.
func only(pythons []python.Version, keep func(python.Version) bool) []python.Version {
	return except(pythons, func(p python.Version) bool { return !keep(p) })
}

// except returns the Pythons for which drop is false.
func except(pythons []python.Version, drop func(python.Version) bool) []python.Version {
	return slices.DeleteFunc(slices.Clone(pythons), drop)
}
