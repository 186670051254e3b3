package resolve

import (
	"sync"

	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/python"
	"toxgen/internal/wheel"
)

// Target is one declared environment: an interpreter on a platform, whatever machine runs the program. It remembers
// for each project which files it can use and in what order, and for each of these what it demands. Many resolutions
// may use it at once.
type Target struct {
	universe *Universe
	python   python.Version
	// version is what Requires-Python is compared with.
	version     pep440.Version
	environment *pep508.Environment
	tags        *wheel.Tags
	pools       memo[string, *pool]
	admitted    sync.Map // Requires-Python of files to bool
	// interpreter is the one candidate of pythonIdentifier.
	interpreter *candidate
}

func newTarget(u *Universe, p python.Version, platform python.Platform) *Target {
	version := pep440.MustParse(p.Full())
	return &Target{
		universe: u, python: p, version: version,
		environment: pep508.NewEnvironment(p, platform),
		tags:        wheel.Compatible(p, platform),
		interpreter: &candidate{file: &File{Version: version}},
	}
}

// obstacle says why a target cannot use a file.
type obstacle int

const (
	none obstacle = iota
	hidden
	otherTags
	otherPython // a source distribution for another Python line
	requiresPython
)

// obstacle is why a file is no candidate. For a wheel, rank is the place of its best tag.
func (t *Target) obstacle(f *File) (o obstacle, rank int) {
	if f.Hidden != "" {
		return hidden, 0
	}
	if f.Sdist {
		rank = sdistRank
		if f.SdistPython != "" && f.SdistPython != t.python.MinorText() {
			return otherPython, 0
		}
	} else {
		var ok bool
		if rank, ok = t.tags.Best(f.Tags); !ok {
			return otherTags, 0
		}
	}
	if !t.satisfies(f.RequiresPython) {
		return requiresPython, 0
	}
	return none, rank
}

// satisfies says whether the interpreter is one that a Requires-Python admits. An invalid text excludes nothing
// (rule 8). There are few different ones.
func (t *Target) satisfies(requiresPython string) bool {
	if requiresPython == "" {
		return true
	}
	if known, found := t.admitted.Load(requiresPython); found {
		return known.(bool)
	}
	python, err := pep440.ParseSpecifiers(requiresPython)
	admitted := err != nil || python.Match(t.version)
	t.admitted.Store(requiresPython, admitted)
	return admitted
}
