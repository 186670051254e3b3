package laws

import (
	"net/http"
	"slices"
)

// history returns steps that make sense one after the other. The index and the configuration are changed along.
func (g *generator) history(x Index, c Config) []Step {
	steps := []Step{{Command: pick(g, [][]string{{}, {}, {"update"}, {"toxgen"}})}}
	for range 1 + g.IntN(5) {
		x.heal()
		s := Step{}
		for range pick(g, []int{1, 1, 1, 2, 2, 3}) {
			e := g.event(x, &c)
			s.Events = append(s.Events, e)
			x.apply(e)
			c.apply(e)
			if e.Kind == MarkedFacts {
				break // somebody has to resolve it first
			}
		}
		s.Command = g.command(x, &c)
		steps = append(steps, s)
		if last := s.Events[len(s.Events)-1]; last.Kind == MarkedFacts {
			last.Kind = UnmarkedFacts
			steps = append(steps, Step{Events: []Event{last}})
		}
	}
	return steps
}

// command returns the command of a step.
func (g *generator) command(x Index, c *Config) []string {
	suite := pick(g, c.Suites)
	switch n := g.IntN(100); {
	case n < 45:
		return []string{"update"}
	case n < 62:
		return []string{}
	case n < 69:
		return []string{"toxgen"}
	case n < 79 && suite.Package != "":
		return []string{"update", "-only=" + suite.Name}
	case n < 84 && suite.Package != "" && len(c.Suites) > 1:
		return []string{"update", "-skip=" + suite.Name}
	case n < 90:
		return []string{"update", "-upgrade"}
	case n < 95:
		return []string{"update", pick(g, []string{"-before=4d", "-before=10d", "-before=60d"})}
	case suite.Package != "":
		return []string{"hold", suite.Name, "==" + pick(g, x.project(suite.project()).known())}
	default:
		return []string{"update"}
	}
}

// known returns the versions of a project, or one that does not exist.
func (p *Project) known() []string {
	if len(p.Files) == 0 {
		return []string{"9.9"}
	}
	return p.versions()
}

// event returns an event on what there is.
func (g *generator) event(x Index, c *Config) Event {
	for {
		e, ok := g.indexEvent(x)
		switch {
		case g.chance(20):
			e, ok = g.treeEvent(x)
		case g.chance(25):
			e, ok = g.configEvent(x, c)
		}
		if ok {
			return e
		}
	}
}

// installed are the projects that events are about, those that most worlds install more often.
var installed = []string{"app", "web", "orm", "lib", "lib", "lib", "util", "util", "core", "core", "cert", "setuptools"}

// age returns the age in days of something new.
func (g *generator) age() int {
	if g.chance(35) {
		return 1
	}
	return cooldown + 2
}

func (g *generator) indexEvent(x Index) (Event, bool) {
	p := x.project(pick(g, installed))
	if len(p.Files) == 0 {
		return Event{}, false
	}
	versions := p.versions()
	last := versions[len(versions)-1]
	e := Event{Project: p.Name, Version: pick(g, versions)}
	switch n := g.IntN(100); {
	case n < 28:
		e.Kind, e.Version = NewRelease, g.next(last)
		e.File = &g.release(x, p.Name, e.Version, g.age())[0]
		if slices.Index(projects, p.Name) < slices.Index(projects, "core") && g.chance(8) {
			e.File.Requires = append(e.File.Requires, "core>=9") // which nothing is
		}
	case n < 52:
		e.Kind, e.File = NewFile, g.lateFile(x, p, e.Version)
	case n < 60:
		f := clone(pick(g, p.Files))
		f.Requires = g.requires(x, p.Name)
		e.Kind, e.Version, e.File = ReplacedFile, f.Version, &f
	case n < 64:
		f := clone(pick(g, p.Files))
		e.Kind, e.Version, e.File = GoneFile, f.Version, &f
	case n < 69:
		e.Kind = GoneRelease
	case n < 78:
		e.Kind = Yanked
	case n < 81:
		e.Kind = Unyanked
	case n < 84:
		e.Kind, e.Version = AllYanked, ""
	case n < 89:
		e.Kind, e.N = LostMetadata, g.IntN(3)
	case n < 95:
		e.Kind, e.Version, e.N = BrokenPage, "", pick(g, []int{http.StatusNotFound, http.StatusNotFound, http.StatusServiceUnavailable})
	default:
		e.Kind, e.Version = Aged, ""
	}
	return e, clone(x).apply(e)
}

// lateFile returns a file that is added to an old release.
func (g *generator) lateFile(x Index, p *Project, version string) *File {
	i := slices.IndexFunc(p.Files, func(f File) bool { return f.Version == version })
	f := clone(p.Files[i])
	f.Edition, f.Yanked, f.Lost, f.Unserved, f.Days = 0, false, false, false, g.age()
	f.Tag = pick(g, []string{"1-py3-none-any", "99-py3-none-any", "py39.py310.py311.py312.py313.py314-none-any", "cp312-none-any", "cp314-none-any",
		"cp312-cp312-manylinux_2_17_x86_64", "cp314-cp314t-manylinux_2_17_x86_64", "cp312-cp312-win_amd64", ""})
	f.Mark = ""
	switch {
	case f.Days < cooldown, g.chance(30):
		f.Mark = g.mark()
	case g.chance(40):
		f.Requires = g.requires(x, p.Name)
	}
	return &f
}

func (g *generator) treeEvent(x Index) (Event, bool) {
	p := x.project(pick(g, installed))
	e := Event{Project: p.Name, N: g.IntN(6)}
	e.Kind = pick(g, []Kind{LostFacts, LostFacts, LostLine, LostLine, LostPart, LostPart, HandPin, HandPin, HandPin, HandPin, LostLock, MarkedFacts, UnmarkedFacts, MarkedLock, MarkedLock})
	if e.Kind == HandPin {
		e.Version = pick(g, p.known())
	}
	return e, true
}

func (g *generator) configEvent(x Index, c *Config) (Event, bool) {
	s := pick(g, c.Suites)
	e := Event{Suite: s.Name, N: g.IntN(4)}
	switch g.IntN(14) {
	case 13:
		e = Event{Kind: MovedPython, Text: pick(g, c.Pythons).Version}
	case 12:
		e = Event{Kind: MovedRefresh, Text: pick(g, []string{"none", "newest", "all"})}
	case 0:
		python := pick(g, pythonsKnown)
		e = Event{Kind: NewPython, Python: &python}
	case 1:
		e = Event{Kind: GonePython, Text: pick(g, c.Pythons).Version}
	case 2, 3:
		r := g.rule(x)
		e.Kind, e.Text = NewRule, r.Add
	case 4:
		e.Kind = GoneRule
	case 5:
		e = Event{Kind: NewConstraint, Text: g.constraint()}
	case 6:
		e = Event{Kind: GoneConstraint}
	case 7:
		if s.Package == "" {
			return e, false
		}
		e.Kind, e.Text = NewHold, "=="+pick(g, x.project(s.project()).known())
	case 8:
		e.Kind = GoneHold
	case 9:
		name := pick(g, followed)
		e = Event{Kind: NewSuite, Suite: name + pick(g, []string{"", "2"}), Project: name, Version: "1.0"}
	case 10:
		e.Kind, e.Text = RenamedSuite, s.Name+"x"
		if g.chance(50) {
			e = Event{Kind: GoneSuite, Suite: s.Name}
		}
	default:
		if s.Package == "" {
			return e, false
		}
		e.Kind, e.Version = MovedMinimum, pick(g, []string{"1.0", "1.1", "2.0"})
	}
	changed := clone(*c)
	return e, changed.apply(e)
}
