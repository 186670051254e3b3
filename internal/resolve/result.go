package resolve

import (
	"cmp"
	"maps"
	"slices"
)

// result gives the pins that the roots reach; what was demanded by candidates that were given up is left over. It is nil
// if a pin does not meet what another demands, or is lacking: pip forgets what a release demands when its own pin is in
// question, and does not remember it if the question turns out to be none (see forget).
func (s *search) result() *Result {
	reached := map[*node]bool{}
	pins := map[string]*Pin{}
	type claim struct {
		demand *demand
		by     *node
	}
	var queue []claim
	for i := range s.problem.roots {
		queue = append(queue, claim{&s.problem.roots[i], nil})
	}
	for ; len(queue) > 0; queue = queue[1:] {
		d, by := queue[0].demand, queue[0].by
		n := s.byIdentifier[d.on]
		switch {
		case n == nil:
			return nil
		case n.provided:
			continue
		case n.pin == nil || !d.admits(n.pin):
			return nil
		case n.interpreter != nil:
			continue
		}
		pin := pins[n.identifier.project]
		if pin == nil {
			pin = &Pin{Name: n.identifier.project, Version: n.pin.file.Version, File: n.pin.file}
			pins[pin.Name] = pin
		}
		pin.require(d, by)
		if reached[n] {
			continue
		}
		reached[n] = true
		pin.Extras = append(pin.Extras, n.identifier.extras...)
		list := n.pin.demandsOf(n.identifier)
		for i := range list {
			queue = append(queue, claim{&list[i], n})
		}
	}
	r := &Result{}
	for _, name := range slices.Sorted(maps.Keys(pins)) {
		r.Pins = append(r.Pins, pins[name].sorted())
	}
	return r
}

// require notes who asks for the pin. That extras demand their own project says nothing.
func (p *Pin) require(d *demand, by *node) {
	if d.source == nil {
		return
	}
	r := Requirer{Requirement: d.source.text}
	if by != nil {
		r.Name, r.Version = by.identifier.project, by.pin.file.Version
	}
	p.RequiredBy = append(p.RequiredBy, r)
}

func (p *Pin) sorted() Pin {
	slices.Sort(p.Extras)
	p.Extras = slices.Compact(p.Extras)
	slices.SortFunc(p.RequiredBy, Requirer.compare)
	p.RequiredBy = slices.CompactFunc(p.RequiredBy, func(a, b Requirer) bool { return a.compare(b) == 0 })
	return *p
}

func (r Requirer) compare(s Requirer) int {
	return cmp.Or(cmp.Compare(r.Name, s.Name), r.Version.Compare(s.Version), cmp.Compare(r.Requirement, s.Requirement))
}
