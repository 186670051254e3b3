package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"toxgen/internal/bisect"
	"toxgen/internal/display"
	"toxgen/internal/fileset"
	"toxgen/internal/finding"
	"toxgen/internal/git"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/progress"
	"toxgen/internal/tox"
	"toxgen/internal/trial"
)

// A search is the world of one bisection: it makes mixtures of pins, and runs the tests on them.
type search struct {
	run         *Run
	bisection   Bisection
	environment matrix.Environment
	good        string
	mixtures    *lock.Mixtures
	builds      lock.Builds
	limit       time.Duration
	root        string
	memory      *fileset.Memory
	task        *progress.Task

	// mixed are the mixtures by their keys.
	mixed map[string]*lock.Mixture

	// mu guards what runs change.
	mu sync.Mutex
	// remembered is what is written into the memory. runs is the number of the run that began last.
	remembered remembered
	runs       int
}

// remembered is what an interrupted search leaves: its runs by the keys of mixtures. Question distinguishes it from other
// searches.
type remembered struct {
	Format   int              `json:"format"`
	Question string           `json:"question"`
	Runs     map[string][]ran `json:"runs"`
}

// ran is one run, its number, and the last line that it printed.
type ran struct {
	Number  int            `json:"number"`
	Outcome bisect.Outcome `json:"outcome"`
	Last    string         `json:"last"`
}

// memoryFile is the name of the file with it.
const memoryFile = "runs.json"

// memoryFormat is the format of the file. What a toxgen of another format remembers is not used.
const memoryFormat = 2

// recall returns what a file remembers of a question, if it has [memoryFormat].
func recall(data []byte, question string) (m remembered, ok bool) {
	ok = json.Unmarshal(data, &m) == nil && m.Format == memoryFormat && m.Question == question && m.Runs != nil
	return m, ok
}

// checkEnds returns an error if one of the two locks is no mixture. That the pins of a commit are not valid any more, because
// toxgen.yaml changed since, is said: the nearest mixture takes their place.
func (s *search) checkEnds(ctx context.Context, from, to lock.Pins) error {
	end, err := s.mixtures.With(ctx, s.mixtures.All())
	if err != nil && !lock.IsUnsolvable(err) {
		return err
	}
	if err != nil || !maps.EqualFunc(end.Pins, to, pep440.Version.Equal) {
		return finding.List{{Severity: finding.Error, File: s.run.config.ToxFile(), Message: fmt.Sprintf("the pins of environment %s do not hold", s.environment.Name()),
			Hint: "run `mage toxgen`"}}
	}
	start, err := s.mixtures.With(ctx, nil)
	if err != nil {
		f := unresolved(s.run.config.File, err)
		f.Message = fmt.Sprintf("the pins of commit %.12s do not meet what is required now: %s", s.good, f.Message)
		return finding.List{f}
	}
	var differ []string
	for _, project := range slices.Sorted(maps.Keys(start.Pins)) {
		if v := start.Pins[project]; !v.Equal(from[project]) {
			differ = append(differ, project+" "+v.String())
		}
	}
	if len(differ) > 0 {
		s.note("the pins of commit %.12s do not meet what is required now; with %s they do", s.good, strings.Join(differ, ", "))
	}
	return nil
}

// note prints a line about the search.
func (s *search) note(format string, args ...any) {
	fmt.Fprintln(s.run.world.Stderr, display.Line(fmt.Sprintf(format, args...)))
}

// find searches, and prints what it found.
func (s *search) find(ctx context.Context) (err error) {
	if s.root, err = filepath.Abs(s.run.tree.Root()); err != nil {
		return err
	}
	if s.memory, err = s.run.tree.Memory("bisect-" + s.environment.Name()); err != nil {
		return err
	}
	defer s.memory.Close()
	if err := s.remember(ctx); err != nil {
		return err
	}
	parallel := s.bisection.Parallel
	if s.environment.Suite.Serial && parallel > 1 {
		s.note("suite %q has `parallel: false`: its tests run one after another", s.environment.Suite.Name)
		parallel = 1
	}
	known := map[string][]bisect.Outcome{}
	for key, runs := range s.remembered.Runs {
		for _, one := range runs {
			known[key] = append(known[key], one.Outcome)
		}
	}
	s.task = s.run.meter.Begin("testing "+s.environment.Name(), 0, "")
	defer s.task.End()
	answer, err := bisect.Find(ctx, s, bisect.Question{Moves: len(s.mixtures.Moves), Parallel: parallel, Known: known})
	if err != nil {
		return err
	}
	if err := s.memory.Write(memoryFile, nil); err != nil { // the logs stay
		return err
	}
	report := s.report(answer)
	if err := s.print(report); err != nil {
		return err
	}
	return s.failure(report)
}

// print prints a report. If no cause was found, the lines have nothing to say that the error does not.
func (s *search) print(report *bisect.Report) error {
	switch {
	case s.bisection.JSON:
		data, err := report.JSON()
		if err == nil {
			_, err = s.run.world.Stdout.Write(data)
		}
		return err
	case len(report.Causes) > 0:
		report.Write(s.run.world.Stdout)
	}
	return nil
}

// remember takes over what an interrupted search left that asked the same: about the same pins, by the same command, at the
// same commit. What others left is removed.
func (s *search) remember(ctx context.Context) error {
	head, err := git.OpenCommit(ctx, s.run.world.Root, "HEAD")
	if err != nil {
		return hinted(err)
	}
	head.Close()
	question := []string{head.ID, strings.Join(s.bisection.Command, "\x00")}
	for _, moves := range [][]int{nil, s.mixtures.All()} {
		m, err := s.mixtures.With(ctx, moves)
		if err != nil {
			return err
		}
		ini, err := s.ini(ctx, m)
		if err != nil {
			return err
		}
		question = append(question, string(ini))
	}
	digest := digestOf(question...)
	data, err := s.memory.Read(memoryFile)
	if err != nil {
		return err
	}
	if m, ok := recall(data, digest); ok {
		s.remembered = m
		for _, runs := range m.Runs {
			for _, one := range runs {
				s.runs = max(s.runs, one.Number)
			}
		}
		s.note("going on with a search that was interrupted after %d runs", s.runs)
		return nil
	}
	s.remembered = remembered{Format: memoryFormat, Question: digest, Runs: map[string][]ran{}}
	return s.memory.Clear()
}

// digestOf returns a digest of texts.
func digestOf(texts ...string) string {
	sum := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(sum, "%d\n%s", len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// write writes what is remembered.
func (s *search) write() error {
	data, err := json.MarshalIndent(s.remembered, "", " ")
	if err != nil {
		return err
	}
	return s.memory.Write(memoryFile, data)
}

// With serves bisect.World.
func (s *search) With(ctx context.Context, moves []int) (*bisect.Mixture, error) {
	return s.mixture(s.mixtures.With(ctx, moves))
}

// Without serves bisect.World.
func (s *search) Without(ctx context.Context, moves []int) (*bisect.Mixture, error) {
	return s.mixture(s.mixtures.Without(ctx, moves))
}

// mixture returns a mixture that the resolver made, or nil if it found that there is none.
func (s *search) mixture(m *lock.Mixture, err error) (*bisect.Mixture, error) {
	if lock.IsUnsolvable(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var pins []string
	for _, project := range slices.Sorted(maps.Keys(m.Pins)) {
		pins = append(pins, project+"=="+m.Pins[project].String())
	}
	key := digestOf(pins...)
	if s.mixed[key] == nil {
		s.mixed[key] = m
	}
	return &bisect.Mixture{Made: m.Made, Key: key}, nil
}

// ini returns the tox.ini of a mixture. It has one environment.
func (s *search) ini(ctx context.Context, m *lock.Mixture) ([]byte, error) {
	name := m.Environment.Name()
	l := lock.Lock{Environments: map[string]lock.Pins{name: m.Pins}, Builds: s.builds, Checkouts: map[string][]string{name: m.Checkouts}}
	return tox.Render(ctx, s.run.config, &matrix.Matrix{Suites: []*matrix.Suite{m.Environment.Suite}}, l, nil, tox.Custom{}, s.run.template)
}

// Run serves bisect.World.
func (s *search) Run(ctx context.Context, mixture *bisect.Mixture) (bisect.Outcome, error) {
	s.mu.Lock()
	m := s.mixed[mixture.Key]
	s.runs++
	number := s.runs
	ini, err := s.ini(ctx, m) // which reads files of the tree
	s.mu.Unlock()
	if err != nil {
		return "", err
	}
	defer s.task.Item(fmt.Sprintf("run %d", number))("")
	log := s.memory.Path(logName(number))
	report, err := trial.Trial{Command: s.bisection.Command, Root: s.root, Environment: m.Environment.Name(), Ini: ini, Log: log, Limit: s.limit}.Run(ctx)
	if err != nil {
		return "", fmt.Errorf("run %d: %w: what it printed is in %s", number, err, shown(log))
	}
	s.note("%s", strings.TrimSuffix(fmt.Sprintf("run %d: %s with %d of %d moves, in %s: %s", number, report.Outcome, len(mixture.Made), len(s.mixtures.Moves),
		report.Took.Round(100*time.Millisecond), display.Cut(report.Last)), ": "))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remembered.Runs[mixture.Key] = append(s.remembered.Runs[mixture.Key], ran{number, report.Outcome, report.Last})
	return report.Outcome, s.write()
}

// report returns what an answer says of the pins.
func (s *search) report(a *bisect.Answer) *bisect.Report {
	r := &bisect.Report{Version: bisect.ReportVersion, Environment: s.environment.Name(), Good: s.good, Verdict: a.Verdict, Moves: s.moved(s.mixtures.All()),
		Along: s.moved(a.Along), Outcomes: a.Outcomes, Runs: a.Runs, Remembered: a.Remembered, Skipped: a.Skipped, Logs: shown(s.memory.Path(""))}
	if a.At != nil {
		r.At = s.moved(a.At.Made)
	}
	for _, c := range a.Causes {
		one := bisect.ReportCause{Moves: s.moved(c.Moves), Bound: s.moved(c.Bound), Alone: c.Alone}
		if c.Mixture != nil {
			one.New = s.mixtures.New(s.mixed[c.Mixture.Key])
			if runs := s.remembered.Runs[c.Mixture.Key]; len(runs) > 0 {
				last := runs[len(runs)-1]
				one.Last, one.Log = last.Last, shown(s.memory.Path(logName(last.Number)))
			}
		}
		r.Causes = append(r.Causes, one)
	}
	for _, i := range a.Hold {
		r.Hold = append(r.Hold, s.hold(s.mixtures.Moves[i]))
	}
	return r
}

// moved returns moves for a report.
func (s *search) moved(places []int) []bisect.Moved {
	var list []bisect.Moved
	for _, i := range places {
		list = append(list, movedOf(s.mixtures.Moves[i]))
	}
	return list
}

func movedOf(m lock.Move) bisect.Moved {
	return bisect.Moved{Project: m.Project, From: m.From.String(), To: m.To.String()}
}

// hold returns how to hold a move back.
func (s *search) hold(m lock.Move) bisect.Hold {
	h, suite := bisect.Hold{Moved: movedOf(m)}, s.environment.Suite
	reason := fmt.Sprintf("the tests of %s fail with %s %s", s.environment.Name(), m.Project, m.To)
	if suite.Config != nil && suite.Config.Package.Key == m.Project {
		h.Command = s.run.world.Program.Command(fmt.Sprintf("mage hold %s '==%s' -reason='%s'", suite.Configured(), m.To, reason))
	} else {
		h.Constraint = fmt.Sprintf("{requirement: %q, suites: [%s], reason: %q}", m.Project+"!="+m.To.String(), suite.Configured(), reason)
	}
	return h
}

// failure returns the error of a search that found no cause.
func (s *search) failure(r *bisect.Report) error {
	name, logs := s.environment.Name(), shown(s.memory.Path(""))
	f := finding.Finding{Severity: finding.Error}
	with := fmt.Sprintf("with %d of the %d moves", len(r.At), len(r.Moves))
	switch {
	case len(r.At) == len(r.Moves):
		with = "with the pins of the tree"
	case len(r.At) == 0:
		with = fmt.Sprintf("with the pins of commit %.12s", s.good)
	}
	switch r.Verdict {
	case bisect.Green:
		f.Message, f.Hint = fmt.Sprintf("the tests of %s pass %s: there is nothing to find", name, with), "where they fail, another Python patch, platform or service may be the cause"
	case bisect.Red:
		f.Message, f.Hint = fmt.Sprintf("the tests of %s fail %s as well: what moved since is not the cause", name, with), fmt.Sprintf("name a commit in which they passed: `mage bisect %s -good=REV`", name)
	case bisect.Flaky:
		var outcomes []string
		for _, o := range r.Outcomes {
			outcomes = append(outcomes, string(o))
		}
		f.Message = fmt.Sprintf("the tests of %s are flaky: %s, runs of them %s", name, with, strings.Join(outcomes, " and "))
		f.Hint = "see the logs in " + logs + "; nothing can be concluded until they do the same each time"
	case bisect.Uninstallable:
		f.Message, f.Hint = fmt.Sprintf("%s could not be installed %s", name, with), "see the logs in "+logs
	default:
		return nil
	}
	return finding.List{f}
}
