package triage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/results"
)

// An observed is an environment with its result and with what moved in it.
type observed struct {
	matrix.Environment
	result results.Environment
	// before is the environment that it is compared with, which had the same name or was the one of its suite on this Python
	// that users installed then. It is empty if there was none.
	before string
	// moved reports whether its release is another one than that of before.
	moved bool
	// pins are those that moved. The suite's own project is not among them.
	pins map[pin]move
	// aside reports whether the environment has its cause already.
	aside bool
}

// A pin is a release to which pins moved: its project and the canonical text of its version. build is set if it is one of what
// builds need.
type pin struct {
	project, version string
	build            bool
}

// compare orders pins.
func (p pin) compare(q pin) int {
	if p.build != q.build && q.build {
		return -1
	} else if p.build != q.build {
		return 1
	}
	return cmp.Or(strings.Compare(p.project, q.project), strings.Compare(p.version, q.version))
}

// A move has the versions of a pin that moved. from is zero if the project was not pinned before.
type move struct{ from, to pep440.Version }

// ran reports whether the environment has a result.
func (o *observed) ran() bool { return o.result.Outcome != results.NotRun && o.result.Outcome != "" }

// isGreen reports whether the environment passed, and always did.
func (o *observed) isGreen() bool { return o.result.Outcome == results.Passed }

// observe collects what is known of each environment.
func (s *sorting) observe() {
	for i, suite := range s.Now.Matrix.Suites {
		earlier := s.Question.Before.Matrix.Suites[i]
		var all []*observed
		for _, e := range suite.Environments() {
			if e.Alias {
				continue
			}
			o := &observed{Environment: e, result: s.Now.Results.Environments[e.Name()]}
			s.compare(o, earlier)
			if o.isGreen() {
				for k := range o.pins {
					s.greens[k]++
				}
			}
			all = append(all, o)
		}
		if len(all) > 0 {
			s.suites = append(s.suites, all)
		}
	}
}

// compare finds out what moved in an environment.
func (s *sorting) compare(o *observed, earlier *matrix.Suite) {
	had := s.Question.Before.Lock
	for _, pick := range predecessors(earlier, o.Pick) {
		name := matrix.Environment{Suite: o.Suite, Pick: pick, Python: o.Python}.Name()
		if _, there := had.Environments[name]; there {
			o.before = name
			o.moved = !pick.Version.Equal(o.Pick.Version)
			break
		}
	}
	if o.before == "" {
		o.moved = !o.Pick.IsStatic() && !slices.ContainsFunc(earlier.Picks, func(p matrix.Pick) bool { return p.Version.Equal(o.Pick.Version) })
		return
	}
	o.pins = map[pin]move{}
	now := maps.Clone(s.Now.Lock.Environments[o.Name()])
	if o.Suite.Config != nil {
		delete(now, o.Suite.Config.Package.Key)
	}
	add(o.pins, had.Environments[o.before], now, false)
	if o.result.Outcome == results.NotInstalled {
		add(o.pins, had.Builds[o.Python], s.Now.Lock.Builds[o.Python], true)
	}
}

// predecessors returns the picks that a pick may be compared with, the best one first: itself, then for the newest stable
// release the one that was the newest before, then the older ones, the nearest first.
func predecessors(earlier *matrix.Suite, pick matrix.Pick) []matrix.Pick {
	all := []matrix.Pick{pick}
	for _, p := range earlier.Picks {
		if pick.NewestStable && p.NewestStable {
			all = append(all, p)
		}
	}
	for _, p := range slices.Backward(earlier.Picks) {
		if !p.IsStatic() && p.Version.Compare(pick.Version) < 0 {
			all = append(all, p)
		}
	}
	return all
}

// add adds the pins that moved. A pin that is gone is not among them: nothing could hold it.
func add(moved map[pin]move, before, now lock.Pins, build bool) {
	for project, v := range now {
		if was, there := before[project]; !there || !was.Equal(v) {
			moved[pin{project, v.Canonical(), build}] = move{was, v}
		}
	}
}

// outcomes returns the numbers of environments by outcome.
func (s *sorting) outcomes() []Count {
	numbers := map[results.Outcome]int{}
	for _, suite := range s.suites {
		for _, o := range suite {
			numbers[cmp.Or(o.result.Outcome, results.NotRun)]++
		}
	}
	counts := []Count{}
	for _, outcome := range results.Outcomes {
		if n := numbers[outcome]; n > 0 {
			counts = append(counts, Count{outcome, n})
		}
	}
	return counts
}
