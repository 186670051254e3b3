package laws

import (
	"slices"
	"strings"
	"time"
)

// shrink makes the world of a finding smaller while a finding of the same kind comes out, and returns that. It stops
// when nothing can be left out, or at a time.
func shrink(found Finding, deadline time.Time, try func(World) (Finding, bool)) Finding {
	for smaller := true; smaller; {
		smaller = false
		candidates := reductions(found.Trial.world, found.Trial.Number)
		for i := 0; i < len(candidates); {
			if time.Now().After(deadline) {
				return found
			}
			f, ok := try(candidates[i])
			if !ok {
				i++
				continue
			}
			found, smaller = f, true
			candidates = reductions(found.Trial.world, found.Trial.Number) // what was left out is not among them
		}
	}
	return found
}

// reductions returns worlds with less in them, those with much less first. Steps after the last one that counts are
// left out.
func reductions(w World, last int) []World {
	w.Steps = w.Steps[:last]
	var all []World
	add := func(change func(*World)) {
		c := clone(w)
		change(&c)
		all = append(all, c)
	}
	for i := range w.Steps[:len(w.Steps)-1] {
		add(func(c *World) { c.Steps = slices.Delete(c.Steps, i, i+1) })
	}
	for i := range w.Config.Suites {
		if w.Config.Suites[i].Package == "" || len(w.Config.Suites) > 1 && !w.Config.onlySuite(i) {
			add(func(c *World) { c.Config.Suites = slices.Delete(c.Config.Suites, i, i+1) })
		}
	}
	for _, p := range w.Index {
		add(func(c *World) { c.without(p.Name) })
	}
	for i := range w.Steps {
		for j := range w.Steps[i].Events {
			add(func(c *World) { c.Steps[i].Events = slices.Delete(c.Steps[i].Events, j, j+1) })
		}
	}
	for i := range w.Config.Pythons {
		if len(w.Config.Pythons) > 1 {
			add(func(c *World) { c.Config.Pythons = slices.Delete(c.Config.Pythons, i, i+1) })
		}
		if w.Config.Pythons[i].FreeThreaded {
			add(func(c *World) { c.Config.Pythons[i].FreeThreaded = false })
		}
	}
	for i, p := range w.Index {
		for _, version := range p.versions() {
			if len(p.versions()) > 1 {
				add(func(c *World) {
					c.Index[i].Files = slices.DeleteFunc(c.Index[i].Files, func(f File) bool { return f.Version == version })
				})
			}
		}
	}
	for i := range w.Config.Suites {
		s := w.Config.Suites[i]
		settings := func(changed Suite) { add(func(c *World) { c.Config.Suites[i] = changed }) }
		if len(s.Rules)+len(s.Holds)+len(s.Variants) > 0 || s.Lowest || s.Python != "" || s.Versions > 0 || s.Stable {
			settings(Suite{Name: s.Name, Package: s.Package, Minimum: s.Minimum})
		}
		for j := range s.Rules {
			changed := s
			changed.Rules = dropNth(s.Rules, j)
			settings(changed)
		}
	}
	for _, change := range []func(*Config){
		func(c *Config) { c.Constraints = nil }, func(c *Config) { c.Build = nil }, func(c *Config) { c.Requires = nil }, func(c *Config) { c.Refresh = "" }, func(c *Config) { c.Kit = nil },
	} {
		if c := clone(w.Config); true {
			if change(&c); c.text() != w.Config.text() {
				add(func(c *World) { change(&c.Config) })
			}
		}
	}
	for i, p := range w.Index {
		for j, f := range p.Files {
			if len(p.Files) > len(p.versions()) {
				add(func(c *World) { c.Index[i].Files = slices.Delete(c.Index[i].Files, j, j+1) })
			}
			if len(f.Requires) > 0 {
				add(func(c *World) { c.Index[i].Files[j].Requires = nil })
			}
			if f.Mark != "" || f.Python != "" || f.NoDigest {
				add(func(c *World) {
					c.Index[i].Files[j].Mark, c.Index[i].Files[j].Python, c.Index[i].Files[j].NoDigest = "", "", false
				})
			}
		}
	}
	return all
}

// onlySuite reports whether no other suite follows a project.
func (c *Config) onlySuite(i int) bool {
	return !slices.ContainsFunc(slices.Delete(slices.Clone(c.Suites), i, i+1), func(s Suite) bool { return s.Package != "" })
}

// without takes a project out of the index and out of all that names it.
func (w *World) without(project string) {
	about := func(requirement string) bool { return requiredName(requirement) == project }
	w.Index = slices.DeleteFunc(w.Index, func(p Project) bool { return p.Name == project })
	for i := range w.Index {
		for j := range w.Index[i].Files {
			f := &w.Index[i].Files[j]
			f.Requires = slices.DeleteFunc(f.Requires, about)
		}
	}
	c := &w.Config
	c.Requires, c.Constraints, c.Build = slices.DeleteFunc(c.Requires, about), slices.DeleteFunc(c.Constraints, about), slices.DeleteFunc(c.Build, about)
	kept := slices.DeleteFunc(slices.Clone(c.Suites), func(s Suite) bool { return s.project() == project })
	if slices.ContainsFunc(kept, func(s Suite) bool { return s.Package != "" }) {
		c.Suites = kept
	}
	for i := range c.Suites {
		c.Suites[i].Rules = slices.DeleteFunc(c.Suites[i].Rules, func(r Rule) bool { return about(r.Add) })
	}
	for i := range w.Steps {
		s := &w.Steps[i]
		s.Events = slices.DeleteFunc(s.Events, func(e Event) bool {
			return e.Project == project || e.Kind == NewRule && about(e.Text) || e.Kind == NewConstraint && about(e.Text)
		})
		for _, e := range s.Events {
			if e.File != nil {
				e.File.Requires = slices.DeleteFunc(e.File.Requires, about)
			}
		}
	}
}

// commandLine returns a command as a person types it.
func commandLine(arguments []string) string {
	return strings.TrimSpace("toxgen " + strings.Join(arguments, " "))
}
