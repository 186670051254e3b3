package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
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
	"toxgen/internal/progress"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
	"toxgen/internal/trial"
)

// A search is one bisection: it finds starts, makes mixtures of pins, and runs the tests on them.
type search struct {
	run         *Run
	bisection   Bisection
	environment matrix.Environment
	// pins are those of the tree, and facts what the tree knows.
	pins   lock.Pins
	facts  registry.Facts
	builds lock.Builds
	limit  time.Duration
	root   string
	memory *fileset.Memory
	task   *progress.Task

	// starts are those that were found, the newest first. commits are those that may have others and were not looked at yet, and
	// looked what is no start any more: pins, and keys of mixtures.
	starts  []*start
	commits []string
	looked  map[string]bool
	// mixed are the mixtures by their keys.
	mixed map[string]mixed

	// mu guards what runs change.
	mu sync.Mutex
	// remembered is what is written into the memory. runs is the number of the run that began last.
	remembered remembered
	runs       int
}

// mixed is a mixture with its tox.ini, which has one environment.
type mixed struct {
	*lock.Mixture
	ini []byte
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
const memoryFormat = 3

// recall returns what a file remembers of a question, if it has [memoryFormat].
func recall(data []byte, question string) (m remembered, ok bool) {
	ok = json.Unmarshal(data, &m) == nil && m.Format == memoryFormat && m.Question == question && m.Runs != nil
	return m, ok
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
	answer, err := bisect.Find(ctx, s.at, bisect.Question{Parallel: parallel, Known: known})
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
	return s.failure(ctx, report, answer)
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

// remember takes over what an interrupted search left by which the same run would have the same outcome: at the same commit, by the
// same command and limits. Its runs are known by what tox.ini they had. What others left is removed.
func (s *search) remember(ctx context.Context) error {
	head, err := git.OpenCommit(ctx, s.run.world.Root, "HEAD")
	if err != nil {
		return hinted(err)
	}
	head.Close()
	digest := digestOf(head.ID, strings.Join(s.bisection.Command, "\x00"), fmt.Sprint(s.environment.Suite.MinTests, s.limit))
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

// mixture returns a mixture that the resolver made, or nil if it found that there is none.
func (s *search) mixture(ctx context.Context, m *lock.Mixture, err error) (*bisect.Mixture, error) {
	if lock.IsUnsolvable(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	name := m.Environment.Name()
	l := lock.Lock{Environments: map[string]lock.Pins{name: m.Pins}, Builds: s.builds, Checkouts: map[string][]string{name: m.Checkouts}}
	ini, err := tox.Render(ctx, s.run.config, &matrix.Matrix{Suites: []*matrix.Suite{m.Environment.Suite}}, l, nil, tox.Custom{}, s.run.template)
	if err != nil {
		return nil, err
	}
	key := digestOf(name, string(ini))
	s.mixed[key] = mixed{m, ini}
	return &bisect.Mixture{Made: m.Made, Key: key}, nil
}

// test runs the tests on a mixture, which has certain pins.
func (s *search) test(ctx context.Context, key, having string) (bisect.Outcome, error) {
	s.mu.Lock()
	m := s.mixed[key]
	s.runs++
	number := s.runs
	s.mu.Unlock()
	defer s.task.Item(fmt.Sprintf("run %d", number))("")
	log := s.memory.Path(logName(number))
	report, err := trial.Trial{Command: s.bisection.Command, Root: s.root, Environment: m.Environment.Name(), Ini: m.ini, MinTests: s.environment.Suite.MinTests, Log: log, Limit: s.limit}.Run(ctx)
	if err != nil {
		return "", fmt.Errorf("run %d: %w: what it printed is in %s", number, err, shown(log))
	}
	s.note("%s", strings.TrimSuffix(fmt.Sprintf("run %d: %s %s, in %s: %s", number, report.Outcome, having, report.Took.Round(100*time.Millisecond), display.Cut(report.Last)), ": "))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remembered.Runs[key] = append(s.remembered.Runs[key], ran{number, report.Outcome, report.Last})
	return report.Outcome, s.write()
}

// report returns what an answer says of the pins.
func (s *search) report(a *bisect.Answer) *bisect.Report {
	begin := s.starts[a.Start]
	r := &bisect.Report{Version: bisect.ReportVersion, Environment: s.environment.Name(), Good: begin.commit, Verdict: a.Verdict, Moves: begin.moved(begin.mixtures.All()),
		Along: begin.moved(a.Along), Outcomes: a.Outcomes, Runs: a.Runs, Remembered: a.Remembered, Skipped: a.Skipped, Logs: shown(s.memory.Path(""))}
	if len(a.Tried) > 1 {
		for _, t := range a.Tried {
			r.Tried = append(r.Tried, bisect.Tried{Commit: s.starts[t.Start].commit, Outcome: t.Outcome})
		}
	}
	if a.At != nil {
		r.At = begin.moved(a.At.Made)
	}
	for _, c := range a.Causes {
		one := bisect.ReportCause{Moves: begin.moved(c.Moves), Bound: begin.moved(c.Bound), New: begin.mixtures.New(s.mixed[c.Mixture.Key].Mixture)}
		if runs := s.remembered.Runs[c.Mixture.Key]; len(runs) > 0 {
			last := runs[len(runs)-1]
			one.Last, one.Log = last.Last, shown(s.memory.Path(logName(last.Number)))
		}
		r.Causes = append(r.Causes, one)
	}
	for _, i := range a.Hold {
		r.Hold = append(r.Hold, s.hold(begin.mixtures.Moves[i]))
	}
	return r
}

// moved returns moves for a report.
func (s *start) moved(places []int) []bisect.Moved {
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
func (s *search) failure(ctx context.Context, r *bisect.Report, a *bisect.Answer) error {
	name, logs := s.environment.Name(), shown(s.memory.Path(""))
	f := finding.Finding{Severity: finding.Error, Hint: "see the logs in " + logs}
	having := ""
	if a.At != nil {
		having = s.starts[a.Start].having(len(a.At.Made))
	}
	switch {
	case r.Verdict == bisect.Green:
		f.Message, f.Hint = fmt.Sprintf("the tests of %s pass %s: there is nothing to find", name, having), "where they fail, another Python patch, platform or service may be the cause"
	case r.Verdict == bisect.Flaky:
		f.Message = fmt.Sprintf("the tests of %s are flaky: %s, runs of them ended as %q and %q", name, having, r.Outcomes[0], r.Outcomes[1])
		f.Hint += "; nothing can be concluded until they do the same each time"
	case len(a.Tried) > 1 && len(a.Causes) == 0:
		f.Message, f.Hint = fmt.Sprintf("the tests of %s passed with the pins of no commit that was tried: %s", name, r.Tries()), s.older(ctx)
	case r.Verdict == bisect.Red:
		f.Message, f.Hint = fmt.Sprintf("the tests of %s fail %s as well: what moved since is not the cause", name, having), s.older(ctx)
	case r.Verdict == bisect.Uninstallable:
		f.Message = fmt.Sprintf("%s could not be installed %s", name, having)
	case r.Verdict == bisect.Untested:
		f.Message = fmt.Sprintf("nothing is tested in %s %s: no test passed or failed", name, having)
		f.Hint += "; `min-tests: 1` in the suite makes that a failure, as in CI"
	default:
		return nil
	}
	return finding.List{f}
}
