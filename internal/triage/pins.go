package triage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/pep440"
)

// A group is red environments of one suite that have one cause among the pins.
type group struct {
	red, green []*observed
	// suspects are the pins that can be the cause, others the further ones that moved in all red environments.
	suspects, others []pin
	// pythons are set if the suspects moved in green environments on other Pythons.
	pythons []string
}

// keptGroups returns the groups of the red environments of a suite whose release did not move. If no pin moved in all of them,
// each is by itself.
func (s *sorting) keptGroups(red, suite []*observed) []*group {
	if len(red) == 0 {
		return nil
	}
	common := inAll(red)
	if len(common) == 0 {
		var groups []*group
		for _, o := range red {
			groups = append(groups, s.keptGroups([]*observed{o}, suite)...)
		}
		return groups
	}
	_, green := split(suite)
	g := &group{red: red, green: green}
	factors := pythons(red)
	isOf := func(o *observed) bool { return slices.Contains(factors, o.Python.Factor()) }
	isPicked := func(o *observed) bool {
		return isOf(o) && slices.ContainsFunc(red, func(r *observed) bool { return r.Pick.Version.Equal(o.Pick.Version) })
	}
	// A pin is no cause of what is red if it moved in something green that is like it: in the suite, on the same Pythons, or of
	// the same releases on the same Pythons, of which nothing green can have all.
	for i, like := range []func(*observed) bool{func(*observed) bool { return true }, isOf, isPicked, func(*observed) bool { return false }} {
		g.suspects = inNone(common, green, like)
		if len(g.suspects) > 0 {
			if i > 0 {
				g.pythons = factors
			}
			break
		}
	}
	s.narrow(g, common)
	return []*group{g}
}

// partly returns the group of the red ones among the environments that moved to a release, if some are green and pins tell them
// apart. Otherwise it returns nil.
func (s *sorting) partly(all []*observed) *group {
	red, green := split(all)
	if len(green) == 0 {
		return nil
	}
	common := inAll(red)
	g := &group{red: red, green: green, suspects: inNone(common, green, func(*observed) bool { return true })}
	if len(g.suspects) == 0 {
		return nil
	}
	s.narrow(g, common)
	return g
}

// narrow leaves the suspects of a group that moved in no green environment at all, if there are any. common are all pins that
// moved in its red environments.
func (s *sorting) narrow(g *group, common []pin) {
	var nowhere []pin
	for _, p := range g.suspects {
		if s.greens[p] == 0 {
			nowhere = append(nowhere, p)
		}
	}
	if len(nowhere) > 0 {
		g.suspects = nowhere
	}
	g.others = slices.DeleteFunc(common, func(p pin) bool { return slices.Contains(g.suspects, p) })
}

// inAll returns the pins that moved in all environments, sorted.
func inAll(all []*observed) []pin {
	var common []pin
	for _, p := range slices.SortedFunc(maps.Keys(all[0].pins), pin.compare) {
		if !slices.ContainsFunc(all, func(o *observed) bool { _, moved := o.pins[p]; return !moved }) {
			common = append(common, p)
		}
	}
	return common
}

// inNone returns the pins that moved in none of the green environments that are like the red ones.
func inNone(common []pin, green []*observed, like func(*observed) bool) []pin {
	var none []pin
	for _, p := range common {
		if !slices.ContainsFunc(green, func(o *observed) bool { _, moved := o.pins[p]; return moved && like(o) }) {
			none = append(none, p)
		}
	}
	return none
}

// A pinCause is a cause of kind Pins with its red pins.
type pinCause struct {
	*Cause
	pins []pin
}

// cover makes causes of groups. The pins that are suspects of most groups are the cause of these; then the same for the groups
// that are left. So what breaks several suites is one cause, and a pin that moved in one of them only is none.
func (s *sorting) cover(groups []*group) []*pinCause {
	var causes []*pinCause
	for len(groups) > 0 {
		count, most := map[pin]int{}, 0
		for _, g := range groups {
			for _, p := range g.suspects {
				count[p]++
				most = max(most, count[p])
			}
		}
		groups = slices.DeleteFunc(groups, func(g *group) bool {
			best := slices.DeleteFunc(slices.Clone(g.suspects), func(p pin) bool { return count[p] < most })
			if len(best) == 0 {
				return false
			}
			i := slices.IndexFunc(causes, func(c *pinCause) bool { return slices.Equal(c.pins, best) && slices.Equal(c.Pythons, g.pythons) })
			if i < 0 {
				i = len(causes)
				causes = append(causes, &pinCause{&Cause{Kind: Pins, Pythons: g.pythons}, best})
			}
			s.addGroup(causes[i], g)
			return true
		})
	}
	return causes
}

// addGroup counts a group in.
func (s *sorting) addGroup(c *pinCause, g *group) {
	c.add(g.red)
	for _, o := range g.green {
		if len(o.pins) > 0 || o.moved {
			c.Green = append(c.Green, o.Name())
		}
	}
	c.Pins = s.listed(c.Pins, c.pins, g.red)
	rest := slices.DeleteFunc(slices.Concat(g.suspects, g.others), func(p pin) bool { return slices.Contains(c.pins, p) })
	c.Others = s.listed(c.Others, rest, g.red)
	slices.SortStableFunc(c.Others, func(a, b Pin) int { return cmp.Or(a.Green-b.Green, strings.Compare(a.Project, b.Project)) })
}

// listed adds pins that moved in red environments to a list, or the versions that they had there.
func (s *sorting) listed(list []Pin, moved []pin, red []*observed) []Pin {
	for _, p := range moved {
		to := red[0].pins[p].to
		i := slices.IndexFunc(list, func(one Pin) bool { return one.Project == p.project && one.To == to.String() && one.Build == p.build })
		if i < 0 {
			i = len(list)
			list = append(list, Pin{Project: p.project, To: to.String(), Build: p.build, Since: s.Since(p.project, to), Green: s.greens[p]})
		}
		for _, o := range red {
			if from := o.pins[p].from; !from.IsZero() && !slices.Contains(list[i].From, from.String()) {
				list[i].From = append(list[i].From, from.String())
			}
		}
		slices.SortFunc(list[i].From, func(a, b string) int { return pep440.MustParse(a).Compare(pep440.MustParse(b)) })
	}
	return list
}

// explains reports whether the pins of a cause are known to break another suite, moved in all the red environments and in none
// of the green ones.
func (c *pinCause) explains(red, green []*observed) bool {
	isKnown := len(c.Pythons) == 0 && (len(c.pins) == 1 || len(c.Suites) > 1)
	return isKnown && !slices.ContainsFunc(c.pins, func(p pin) bool {
		has := func(o *observed) bool { _, moved := o.pins[p]; return moved }
		lacks := func(o *observed) bool { return !has(o) }
		return slices.ContainsFunc(red, lacks) || slices.ContainsFunc(green, has)
	})
}
