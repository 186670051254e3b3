package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"toxgen/internal/bisect"
	"toxgen/internal/git"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
)

// maximumStarts is how many sets of pins are looked back if no commit is named: more than four months of weekly updates that each
// move a pin of the environment.
const maximumStarts = 20

// A start is the world of the mixtures between the pins of a commit and those of the tree.
type start struct {
	*search
	commit   string
	mixtures *lock.Mixtures
	// key is that of the mixture without moves.
	key string
}

// pinned are the pins that a commit has for an environment, or for the one that is nearest to it. They are nil if there are none.
// The commit has to be closed.
type pinned struct {
	commit      *git.Commit
	environment matrix.Environment
	pins        lock.Pins
}

// An unusableError is the reason why the moves cannot begin at a commit. absent reports whether it has no pins for an environment
// like the one that is bisected.
type unusableError struct {
	reason string
	absent bool
}

// Error returns the reason.
func (e *unusableError) Error() string { return e.reason }

// unmoved is the error of a commit since which none of the pins moved.
var unmoved = &unusableError{reason: "none of its pins moved since"}

// noEnvironment returns what a commit does not have that has no pins for an environment like another one.
func noEnvironment(e matrix.Environment) string {
	return fmt.Sprintf("no environment of suite %q for Python %s", e.Suite.Name, e.Python.Short())
}

// pinsAt returns the pins that the commit of a revision has for an environment, or else for the suite's nearest older release on
// the same Python, or else for the nearest newer one.
func (r *Run) pinsAt(ctx context.Context, revision string, e matrix.Environment) (pinned, error) {
	commit, err := git.OpenCommit(ctx, r.world.Root, revision)
	if err != nil {
		return pinned{}, err
	}
	data, err := commit.ReadFile(r.config.ToxFile())
	if errors.Is(err, fs.ErrNotExist) {
		return pinned{commit: commit}, nil
	}
	if err != nil {
		commit.Close()
		return pinned{}, err
	}
	l, _, _ := tox.ReadLock(r.config, data, nil) // of a file that has a fault, the pins that could be read count
	nearest, pins := nearestPins(l, matrix.Picks(r.config, l.Names())[e.Suite.Name], e)
	return pinned{commit, nearest, pins}, nil
}

// nearestPins returns the pins that a lock has for an environment, or else for another pick of its suite, and which it is. They
// are nil if there are none.
func nearestPins(l lock.Lock, picks []matrix.Pick, e matrix.Environment) (matrix.Environment, lock.Pins) {
	candidates := []matrix.Environment{e}
	var newer []matrix.Environment
	for _, pick := range picks {
		other := matrix.Environment{Suite: e.Suite, Pick: pick, Python: e.Python}
		if pick.Version.Compare(e.Pick.Version) < 0 {
			candidates = slices.Insert(candidates, 1, other)
		} else {
			newer = append(newer, other)
		}
	}
	for _, candidate := range append(candidates, newer...) {
		if pins := l.Environments[candidate.Name()]; len(pins) > 0 {
			return candidate, lock.WithOwn(pins, candidate)
		}
	}
	return e, nil
}

// at serves bisect.Starts. It looks back through the commits as far as it has to.
func (s *search) at(ctx context.Context, place int) (bisect.World, error) {
	var absent []string
	for place >= len(s.starts) && len(s.starts) < maximumStarts && len(s.commits) > 0 {
		commit := s.commits[0]
		s.commits = s.commits[1:]
		begin, err := s.startAt(ctx, commit)
		switch unusable, is := errors.AsType[*unusableError](err); {
		case is && unusable.absent:
			absent = append(absent, fmt.Sprintf("%.12s", commit))
		case is:
			s.note("commit %.12s is passed over: %s", commit, unusable.reason)
		case err != nil:
			return nil, err
		case begin != nil && !s.looked[begin.key]:
			s.looked[begin.key] = true
			s.starts = append(s.starts, begin)
		}
	}
	if n := len(absent); n > 3 {
		absent = append(absent[:3], fmt.Sprintf("%d more", n-3))
	}
	if len(absent) > 0 {
		s.note("passed over, since they have %s: %s", noEnvironment(s.environment), strings.Join(absent, ", "))
	}
	if place < len(s.starts) {
		return s.starts[place], nil
	}
	return nil, nil
}

// startAt returns the start at a commit. It returns nil if the pins are those of the tree or of a commit that was looked at, and an
// [*unusableError] if the moves cannot begin there.
func (s *search) startAt(ctx context.Context, revision string) (*start, error) {
	had, err := s.run.pinsAt(ctx, revision, s.environment)
	if err != nil {
		return nil, s.unreadable(ctx, err)
	}
	defer had.commit.Close()
	if had.pins == nil {
		return nil, &unusableError{"it has " + noEnvironment(s.environment), true}
	}
	text := textOf(had.pins)
	if s.looked[text] {
		return nil, nil
	}
	s.looked[text] = true
	earlier, err := factsAt(had.commit, slices.Sorted(maps.Keys(had.pins)))
	if err != nil {
		return nil, s.unreadable(ctx, err)
	}
	mixtures, err := lock.NewMixtures(ctx, s.run.config, s.environment, had.pins, s.pins, s.facts, earlier)
	if err != nil {
		return nil, &unusableError{reason: err.Error()}
	}
	if len(mixtures.Moves) == 0 {
		return nil, unmoved
	}
	begin := &start{search: s, commit: had.commit.ID, mixtures: mixtures}
	return begin, begin.prove(ctx, had.pins)
}

// unreadable returns the error of a commit that cannot be read, which ends the search only if the commit was named.
func (s *search) unreadable(ctx context.Context, err error) error {
	if ctx.Err() != nil || s.bisection.Good != "" {
		return err
	}
	return &unusableError{reason: err.Error()}
}

// prove makes the mixture without moves. That it has not the pins of the commit, because those are not valid any more since
// toxgen.yaml changed, is said: it is the nearest one.
func (s *start) prove(ctx context.Context, pins lock.Pins) error {
	m, err := s.mixtures.With(ctx, nil)
	if lock.IsUnsolvable(err) {
		return &unusableError{reason: "its pins do not meet what is required now: " + unresolved(s.run.config.File, err).Message}
	}
	if err != nil {
		return err
	}
	made, err := s.mixture(ctx, m, nil)
	if err != nil {
		return err
	}
	s.key = made.Key
	var differ []string
	for _, project := range slices.Sorted(maps.Keys(m.Pins)) {
		if v := m.Pins[project]; !v.Equal(pins[project]) {
			differ = append(differ, project+" "+v.String())
		}
	}
	if len(differ) > 0 {
		s.note("the pins of commit %.12s do not meet what is required now; with %s they do", s.commit, strings.Join(differ, ", "))
	}
	return nil
}

// textOf returns pins as one text.
func textOf(pins lock.Pins) string {
	var lines []string
	for _, project := range slices.Sorted(maps.Keys(pins)) {
		lines = append(lines, project+"=="+pins[project].String())
	}
	return strings.Join(lines, "\n")
}

// Moves serves bisect.World.
func (s *start) Moves() int { return len(s.mixtures.Moves) }

// With serves bisect.World.
func (s *start) With(ctx context.Context, moves []int) (*bisect.Mixture, error) {
	m, err := s.mixtures.With(ctx, moves)
	return s.mixture(ctx, m, err)
}

// Without serves bisect.World.
func (s *start) Without(ctx context.Context, moves []int) (*bisect.Mixture, error) {
	m, err := s.mixtures.Without(ctx, moves)
	return s.mixture(ctx, m, err)
}

// Run serves bisect.World.
func (s *start) Run(ctx context.Context, m *bisect.Mixture) (bisect.Outcome, error) {
	return s.test(ctx, m.Key, s.having(len(m.Made)))
}

// having returns which pins a mixture with a number of moves has.
func (s *start) having(made int) string {
	switch made {
	case len(s.mixtures.Moves):
		return "with the pins of the tree"
	case 0:
		return fmt.Sprintf("with the pins of commit %.12s", s.commit)
	default:
		return fmt.Sprintf("with %d of %d moves", made, len(s.mixtures.Moves))
	}
}

// factsAt returns the facts that a commit has of projects. What is wrong with a file costs its facts.
func factsAt(commit *git.Commit, projects []string) (registry.Facts, error) {
	facts := registry.Facts{}
	for _, name := range projects {
		data, err := commit.ReadFile(registry.Path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if project, _, faults := registry.Parse(name, data); len(faults) == 0 && project != nil {
			facts[name] = project
		}
	}
	return facts, nil
}
