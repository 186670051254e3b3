package project

import (
	"errors"
	"fmt"

	"toxgen/internal/pep508"
)

// maximumRoots bounds what extras that refer to each other ask for.
const maximumRoots = 10_000

// Roots returns what is installed with the project: its requirements, and those of extras and dependency groups, which may be written
// in any spelling. A requirement on the project itself, as in `all = ["sdk[web]"]`, stands for the requirements of its extras, under
// its marker.
//
// It is an error if there is no such extra or group, or if something that is needed is unknown.
func (p *Project) Roots(extras, groups []string) ([]Requirement, error) {
	r := &roots{p: p, seen: map[string]bool{}}
	errs := []error{r.list("its requirements", p.Requires, nil)}
	for _, name := range extras {
		errs = append(errs, r.extra(name, nil))
	}
	for _, name := range groups {
		found := false
		for _, g := range p.Groups {
			if g.Key == pep508.NormalizeName(name) {
				found = true
				errs = append(errs, r.list(fmt.Sprintf("the dependency group %q", g.Name), g.List, nil))
			}
		}
		if !found {
			errs = append(errs, fmt.Errorf("the project has no dependency group %q", name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return r.all, nil
}

// roots collects requirements.
type roots struct {
	p   *Project
	all []Requirement
	// seen are the extras under the markers under which they were added.
	seen map[string]bool
}

// extra adds the requirements of an extra under a marker, once.
func (r *roots) extra(name string, under *pep508.Marker) error {
	key := pep508.NormalizeName(name)
	id := key
	if under != nil {
		id += ";" + under.String()
	}
	if r.seen[id] || r.seen[key] { // without a marker it was added for every environment
		return nil
	}
	r.seen[id] = true
	for _, g := range r.p.Extras {
		if g.Key == key {
			return r.list(fmt.Sprintf("the extra %q", g.Name), g.List, under)
		}
	}
	if why := r.p.ExtrasUnknown; why != "" {
		return fmt.Errorf("the extra %q is not known: %s", name, why)
	}
	return fmt.Errorf("the project has no extra %q", name)
}

// list adds the requirements of a list under a marker.
func (r *roots) list(what string, list List, under *pep508.Marker) error {
	if list.Unknown != "" {
		return fmt.Errorf("%s are not known: %s", what, list.Unknown)
	}
	var errs []error
	for _, q := range list.Requires {
		if len(r.seen)+len(r.all) > maximumRoots {
			return fmt.Errorf("%s need more than %d requirements", what, maximumRoots)
		}
		var err error
		if q.Marker, err = and(under, q.Marker); err != nil {
			return fmt.Errorf("%s: %s: %w", q.Place, what, err)
		}
		if q.Key() != r.p.Name.Key || r.p.Name.Key == "" {
			r.all = append(r.all, q)
			continue
		}
		for _, name := range q.Extras {
			errs = append(errs, r.extra(name, q.Marker))
		}
	}
	return errors.Join(errs...)
}

// and returns the marker that holds if both do. nil holds always. Markers that extras nest too deeply are an error.
func and(a, b *pep508.Marker) (*pep508.Marker, error) {
	switch {
	case a == nil:
		return b, nil
	case b == nil || a.String() == b.String():
		return a, nil
	}
	return pep508.ParseMarker("(" + a.String() + ") and (" + b.String() + ")")
}
