package initialize

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/pep440"
	"toxgen/internal/project"
	"toxgen/internal/python"
)

// oldestSupported is the oldest line of Python 3 that still gets releases. A project that names no Pythons is tested from there on.
const oldestSupported = 10

// freeThreadedSince is the oldest line of Python 3 with a free-threaded build.
const freeThreadedSince = 13

// classifierText matches the classifier of a line of CPython.
var classifierText = regexp.MustCompile(`^Programming Language :: Python :: (3\.[0-9]+)$`)

// lines are lines of Python 3 by minor number, and whether the free-threaded build of each is tested.
type lines map[int]bool

// add adds the lines that texts name, as far as toxgen knows them, and reports whether one is new.
func (l lines) add(texts []string) bool {
	before := len(l)
	for _, text := range texts {
		v, _, err := python.Parse(text)
		if _, known := python.KnownPatch(v.Minor); err == nil && v.Major == 3 && known {
			l[v.Minor] = l[v.Minor] || v.FreeThreaded
		}
	}
	return len(l) > before
}

// proposePythons decides which Pythons are tested.
func (r *reader) proposePythons() {
	offered, from := r.offered()
	for _, minor := range slices.Sorted(maps.Keys(offered)) {
		if v := newestPatch(minor); r.admits(v) {
			r.p.Pythons = append(r.p.Pythons, Python{v, offered[minor] && minor >= freeThreadedSince})
		}
	}
	if len(r.p.Pythons) == 0 {
		r.p.Pythons = []Python{{newestPatch(python.NewestKnown), false}}
		r.leave("no Python that toxgen knows is admitted by requires-python: correct `pythons`")
	}
	var names []string
	for _, p := range r.p.Pythons {
		names = append(names, p.MinorText())
	}
	r.guess("Python %s: %s, as far as requires-python admits them", strings.Join(names, ", "), from)
}

// offered returns the lines that tox.ini and the classifiers name, else those of the workflows, else those that still get releases. It
// also returns where they come from.
func (r *reader) offered() (offered lines, from string) {
	offered = lines{}
	var sources []string
	if r.ini != nil && offered.add(r.ini.pythons) {
		sources = append(sources, "envlist of tox.ini")
	}
	if offered.add(classified(r.projects())) {
		sources = append(sources, "classifiers")
	}
	if len(sources) > 0 {
		for _, s := range r.surveys { // a free-threaded build is named in a matrix alone
			offered.thread(s.Pythons)
		}
		return offered, strings.Join(sources, " and ")
	}
	for _, s := range r.surveys {
		offered.add(s.Pythons)
	}
	if len(offered) > 0 {
		return offered, "workflows"
	}
	for minor := oldestSupported; minor <= python.NewestKnown; minor++ {
		offered[minor] = false
	}
	return offered, "what still gets releases"
}

// thread adds the free-threaded builds that texts name of the lines that are there.
func (l lines) thread(texts []string) {
	for _, text := range texts {
		v, _, err := python.Parse(text)
		if _, found := l[v.Minor]; err == nil && v.FreeThreaded && found {
			l[v.Minor] = true
		}
	}
}

// classified returns the versions that the classifiers of projects name.
func classified(projects []*project.Project) (versions []string) {
	for _, p := range projects {
		for _, text := range p.Classifiers {
			if m := classifierText.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
				versions = append(versions, m[1])
			}
		}
	}
	return versions
}

// newestPatch returns the newest patch release of a line of Python 3 that toxgen knows.
func newestPatch(minor int) python.Version {
	patch, _ := python.KnownPatch(minor)
	return python.Version{Major: 3, Minor: minor, Patch: patch}
}

// admits reports whether all projects support a Python.
func (r *reader) admits(v python.Version) bool {
	full := pep440.MustParse(v.Final())
	return !slices.ContainsFunc(r.projects(), func(p *project.Project) bool { return !p.RequiresPython.Admits(full) })
}
