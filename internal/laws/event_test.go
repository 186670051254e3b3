package laws

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"toxgen/internal/registry"
)

// An Event is one thing that happens between two commands. Which fields count depends on its kind. An event whose
// project, suite or line does not exist does nothing, so that a world can be made smaller.
type Event struct {
	Kind                   Kind
	Project, Version, Text string
	Suite                  string
	File                   *File `json:",omitempty"`
	Python                 *Python
	N                      int
}

// A Kind is a kind of event.
type Kind string

// Events on the index. A page and metadata that fail do so for one step.
const (
	NewRelease   Kind = "new release"
	NewFile      Kind = "new file in an old release"
	ReplacedFile Kind = "file replaced"
	GoneFile     Kind = "file gone"
	GoneRelease  Kind = "release gone"
	Yanked       Kind = "release yanked"
	Unyanked     Kind = "release no longer yanked"
	AllYanked    Kind = "every release yanked"
	LostMetadata Kind = "metadata of a release fail"
	BrokenPage   Kind = "page fails"
	Aged         Kind = "young files have aged"
)

// Events on the tree.
const (
	LostFacts      Kind = "registry file lost"
	LostLine       Kind = "registry line lost"
	LostPart       Kind = "part of a registry line lost"
	HandPin        Kind = "pin moved by hand"
	LostLock       Kind = "tox.ini deleted"
	MarkedFacts    Kind = "git's marks in a registry file"
	UnmarkedFacts  Kind = "both sides of a registry file"
	MarkedLock     Kind = "git's marks in tox.ini"
	NewPython      Kind = "Python added"
	GonePython     Kind = "Python dropped"
	MovedPython    Kind = "Python on another platform"
	NewRule        Kind = "rule added"
	GoneRule       Kind = "rule dropped"
	NewConstraint  Kind = "constraint added"
	GoneConstraint Kind = "constraint dropped"
	NewHold        Kind = "hold added"
	GoneHold       Kind = "hold dropped"
	NewSuite       Kind = "suite added"
	GoneSuite      Kind = "suite dropped"
	RenamedSuite   Kind = "suite renamed"
	MovedMinimum   Kind = "minimum changed"
	MovedRefresh   Kind = "refresh changed"
)

// apply makes an event on the index happen, and reports whether it is one and changed something.
func (x Index) apply(e Event) bool {
	p := x.project(e.Project)
	if p == nil {
		return false
	}
	changed := false
	each := func(change func(*File)) {
		for i := range p.Files {
			if e.Version == "" || p.Files[i].Version == e.Version {
				before := p.Files[i]
				change(&p.Files[i])
				changed = changed || fmt.Sprint(before) != fmt.Sprint(p.Files[i])
			}
		}
	}
	named := func(f File) bool { return e.File != nil && f.name(p.Name) == e.File.name(p.Name) }
	switch e.Kind {
	case NewRelease, NewFile:
		if e.File != nil && !slices.ContainsFunc(p.Files, named) {
			p.Files = append(p.Files, *e.File)
			return true
		}
	case ReplacedFile:
		each(func(f *File) {
			if named(*f) {
				edition := f.Edition + 1
				*f = *e.File
				f.Edition = edition
			}
		})
	case GoneFile, GoneRelease:
		kept := slices.DeleteFunc(slices.Clone(p.Files), func(f File) bool {
			return f.Version == e.Version && (e.Kind == GoneRelease || named(f))
		})
		changed = len(kept) < len(p.Files)
		p.Files = kept
	case Yanked, AllYanked:
		each(func(f *File) { f.Yanked = true })
	case Unyanked:
		each(func(f *File) { f.Yanked = false })
	case LostMetadata:
		each(func(f *File) { f.Lost, f.Unserved = e.N == 0, e.N > 0 })
	case BrokenPage:
		p.Page, changed = e.N, true
	case Aged:
		each(func(f *File) {
			if f.Days < cooldown {
				f.Days += cooldown + 1
			}
		})
	}
	return changed
}

// heal ends what fails for one step.
func (x Index) heal() {
	for i := range x {
		x[i].Page = 0
		for j := range x[i].Files {
			x[i].Files[j].Lost, x[i].Files[j].Unserved = false, false
		}
	}
}

// apply makes an event on toxgen.yaml happen, and reports whether it is one and changed something.
func (c *Config) apply(e Event) bool {
	before := c.text()
	s := c.suite(e.Suite)
	switch e.Kind {
	case NewPython:
		if e.Python != nil && !slices.ContainsFunc(c.Pythons, func(p Python) bool { return p.Version == e.Python.Version }) {
			c.Pythons = append(c.Pythons, *e.Python)
			slices.SortFunc(c.Pythons, func(a, b Python) int { return minor(a.Version) - minor(b.Version) })
		}
	case GonePython:
		if kept := slices.DeleteFunc(slices.Clone(c.Pythons), func(p Python) bool { return p.Version == e.Text }); len(kept) > 0 {
			c.Pythons = kept
		}
	case MovedPython:
		c.Pythons = slices.Clone(c.Pythons)
		for i := range c.Pythons {
			if p := &c.Pythons[i]; p.Version == e.Text {
				p.Windows = !p.Windows
			}
		}
	case NewConstraint:
		c.Constraints = append(c.Constraints, e.Text)
	case GoneConstraint:
		c.Constraints = dropNth(c.Constraints, e.N)
	case NewSuite:
		if s == nil {
			c.Suites = append(c.Suites, Suite{Name: e.Suite, Package: e.Project, Minimum: e.Version})
		}
	case MovedRefresh:
		c.Refresh = e.Text
	case GoneSuite:
		if following := slices.DeleteFunc(slices.Clone(c.Suites), func(s Suite) bool { return s.Name == e.Suite }); slices.ContainsFunc(following, func(s Suite) bool { return s.Package != "" }) {
			c.Suites = following
		}
	}
	if s != nil {
		switch e.Kind {
		case NewRule:
			s.Rules = append(s.Rules, Rule{"*", e.Text})
		case GoneRule:
			s.Rules = dropNth(s.Rules, e.N)
		case NewHold:
			if s.Package != "" {
				s.Holds = append(s.Holds, e.Text)
			}
		case GoneHold:
			s.Holds = dropNth(s.Holds, e.N)
		case RenamedSuite:
			if c.suite(e.Text) == nil {
				s.Name = e.Text
			}
		case MovedMinimum:
			s.Minimum = e.Version
		}
	}
	return c.text() != before
}

// minor returns the number behind the dot of a Python.
func minor(version string) int {
	n := 0
	_, _ = fmt.Sscanf(version, "3.%d", &n)
	return n
}

// dropNth returns a list without one of its items; n counts beyond the end from the beginning again.
func dropNth[T any](list []T, n int) []T {
	if len(list) == 0 {
		return list
	}
	return slices.Delete(slices.Clone(list), n%len(list), n%len(list)+1)
}

// apply makes an event on generated files happen, and reports whether it is one and changed something. Theirs is what
// the other branch has, where two are merged.
func (t Tree) apply(e Event, theirs Tree) bool {
	facts := "registry/" + e.Project + ".jsonl"
	before := maps.Clone(t)
	switch e.Kind {
	case LostFacts:
		delete(t, facts)
	case LostLine:
		if lines := strings.SplitAfter(strings.TrimSuffix(t[facts], "\n"), "\n"); len(lines) > 1 {
			t[facts] = strings.TrimSuffix(strings.Join(dropNth(lines, e.N), ""), "\n") + "\n"
		}
	case LostPart:
		if text, there := t[facts]; there {
			t[facts] = withoutMetadata(e.Project, text, e.N)
		}
	case LostLock:
		delete(t, "tox.ini")
	case HandPin:
		t.pin(e.Project, e.Version)
	case RenamedSuite:
		if lock, there := t["tox.ini"]; there && e.Suite != "" {
			t["tox.ini"] = renamed(lock, e.Suite, e.Text)
		}
	case MarkedFacts, UnmarkedFacts:
		if ours, there := t[facts]; strings.Contains(ours, "<<<<<<<") {
			t[facts] = gitMark.ReplaceAllString(ours, "")
		} else if there {
			if merged, conflict := merge(ours, theirs[facts], e.Kind == MarkedFacts); conflict {
				t[facts] = merged
			}
		}
	case MarkedLock:
		if ours, there := t["tox.ini"]; there {
			if merged, conflict := merge(ours, theirs["tox.ini"], true); conflict {
				t["tox.ini"] = merged
			}
		}
	}
	return !maps.Equal(before, t)
}

// gitMark matches a line with one of git's marks.
var gitMark = regexp.MustCompile(`(?m)^(<<<<<<<|=======|>>>>>>>).*\n`)

// pin moves the first pin of a project in tox.ini.
func (t Tree) pin(project, version string) {
	lines := strings.SplitAfter(t["tox.ini"], "\n")
	for i, line := range lines {
		if before, _, found := strings.Cut(line, ": "+project+"=="); found && strings.Contains(before, "-") {
			lines[i] = before + ": " + project + "==" + version + "\n"
			t["tox.ini"] = strings.Join(lines, "")
			return
		}
	}
}

// renamed returns a tox.ini in which a suite has another name, as somebody renames it who wants to keep its pins: as a
// factor, not as a project.
func renamed(lock, from, to string) string {
	factor := regexp.MustCompile(`(?m)(^\s+|-|, |# )` + regexp.QuoteMeta(from) + `(-|:|,|$)`)
	return factor.ReplaceAllString(lock, "${1}"+to+"${2}")
}

// merge merges two texts line by line as git does without a common ancestor: what both have stands once, and where they
// differ both sides stand, between marks or without. It reports whether they differ anywhere.
func merge(ours, theirs string, marks bool) (merged string, conflict bool) {
	a, b := strings.SplitAfter(ours, "\n"), strings.SplitAfter(theirs, "\n")
	if theirs == "" {
		b = nil
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var text strings.Builder
	var left, right strings.Builder
	flush := func() {
		if left.Len()+right.Len() == 0 {
			return
		}
		conflict = true
		if marks {
			text.WriteString("<<<<<<< HEAD\n" + left.String() + "=======\n" + right.String() + ">>>>>>> theirs\n")
		} else {
			text.WriteString(left.String() + right.String())
		}
		left.Reset()
		right.Reset()
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			flush()
			text.WriteString(a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			left.WriteString(a[i])
			i++
		default:
			right.WriteString(b[j])
			j++
		}
	}
	flush()
	return text.String(), conflict
}

// withoutMetadata is a registry file of which one line has lost the requirements that were read, or the classifiers.
func withoutMetadata(name, text string, n int) string {
	p, disagreements, faults := registry.Parse(name, []byte(text))
	if p == nil || len(disagreements)+len(faults) > 0 || len(p.Releases) == 0 {
		return text
	}
	line := p.Releases[n/2%len(p.Releases)]
	line.Metadata = slices.Clone(line.Metadata)
	for i := range line.Metadata {
		if n%2 == 0 {
			line.Metadata[i].Requirements = nil
		} else {
			line.Metadata[i].Classifiers = nil
		}
	}
	line.Metadata = registry.Arrange(slices.DeleteFunc(line.Metadata, func(m registry.Metadata) bool { return m.Requirements == nil && m.Classifiers == nil }))
	return string(registry.Format(p.With(line)))
}
