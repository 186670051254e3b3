package lock

import (
	"fmt"
	"maps"
	"slices"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
	"toxgen/internal/pep508"
	"toxgen/internal/registry"
)

// UnknownExtras warns of extras that no release which a requirement of the configuration pins provides, as the metadata say: an
// installer ignores them. An extra that only some of the releases lack may have come with one of the others.
func UnknownExtras(c *config.Config, m *matrix.Matrix, l Lock, facts registry.Facts) finding.List {
	type place struct {
		file  string
		pos   config.Pos
		extra string
	}
	releases := map[place][]string{} // the releases that lack an extra
	provided := map[place][]string{} // what these provide
	right := map[place]bool{}        // a release provides it
	look := func(r config.Requirement, pins Pins) {
		if len(r.Extras) == 0 {
			return // as almost always
		}
		version, pinned := pins[r.Key()]
		if !pinned {
			return
		}
		known, found := extrasOf(facts.Release(r.Key(), version))
		for _, extra := range r.Extras {
			at, name := place{c.FileOf(r), r.Pos, pep508.NormalizeName(extra)}, r.Key()+" "+version.String()
			if !found || slices.Contains(known, at.extra) {
				right[at] = true
			} else if !slices.Contains(releases[at], name) {
				releases[at], provided[at] = append(releases[at], name), append(provided[at], known...)
			}
		}
	}
	for _, e := range m.Environments() {
		pins := l.Environments[e.Name()]
		if p := e.Suite.Config; p != nil {
			look(config.Requirement{Pos: p.Package.Pos, Requirement: pep508.Requirement{Name: p.Package.Name, Extras: p.Package.Extras}}, pins)
		}
		for _, r := range e.Roots(c) {
			look(r, pins)
		}
	}
	var warnings finding.List
	for at, names := range releases {
		if right[at] {
			continue
		}
		who := names[0] + " does"
		if len(names) > 1 {
			who = fmt.Sprintf("%s and %d more do", names[0], len(names)-1)
		}
		warnings = append(warnings, finding.Finding{Severity: finding.Warning, Kind: "unknown extras", File: at.file, Line: at.pos.Line, Column: at.pos.Column,
			Message: fmt.Sprintf("%s not provide the extra %q, so that installers ignore it", who, at.extra), Hint: config.Meant(at.extra, provided[at])})
	}
	warnings.Sort()
	return warnings
}

// extrasOf returns the extras that a release provides, normalised and sorted. found is false if its metadata are not known.
func extrasOf(r *registry.Release) (extras []string, found bool) {
	if r == nil {
		return nil, false
	}
	all := map[string]bool{}
	for _, m := range r.Metadata {
		if m.Requirements == nil {
			continue
		}
		found = true
		for _, extra := range m.Requirements.Extras {
			all[pep508.NormalizeName(extra)] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), found
}
