// Package results reads what the rows of a run hand over: the result files of tox (`tox run --result-json`) and the junit
// files of environments.
//
// These files come from the code that was tested, so that nothing in them is believed but whether an environment passed. All
// bounds are the package's own: files, bytes, environments, and the depth of what is nested. A file that is not what its name
// says, an environment that nobody declared, and an environment that two files of one run have, are faults, which are
// reported, and the rest counts. Texts of tests are kept as they are; what shows them encodes them.
//
// [Read] reads a folder such as the rows' artifacts are collected in (`LABEL/parallel.json`, `LABEL/serial.json`,
// `LABEL/coverage/junit-ENVIRONMENT.xml`), or one file. Any name that ends in `.json` is a result file of tox. What lies in the
// folder of a row can only be about environments of that row.
package results

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// An Outcome is how an environment ended.
type Outcome string

// The outcomes, which are words of the reports.
const (
	Passed        Outcome = "passed"
	Failed        Outcome = "failed"
	NotInstalled  Outcome = "could not be installed"
	NothingTested Outcome = "nothing tested" // tox succeeded, and its junit file has no test that passed or failed
	NotRun        Outcome = "not run"
)

// Outcomes are all outcomes, those first that a reader should look at.
var Outcomes = []Outcome{Failed, NotInstalled, NothingTested, NotRun, Passed}

// IsRed reports whether the outcome fails a row.
func (o Outcome) IsRed() bool { return o == Failed || o == NotInstalled }

// An Environment is the result of one environment.
type Environment struct {
	Outcome Outcome
	// Line is the last line that the command which failed wrote: usually the one in which pytest counts the tests. It is the text
	// of a test, at most 300 bytes of it.
	Line string
	// Untested reports whether no test passed or failed, whatever the outcome: by the junit file; or, without one, because no command
	// ran after the installation, or because what ran ended with the status by which pytest and unittest say so.
	Untested bool
	// Tests is how many tests passed, by the junit file.
	Tests int
	// Unsteady reports whether other results of the same environment say that it passed.
	Unsteady bool
}

// A Run is the results of one run by the names of their environments.
type Run struct {
	Environments map[string]Environment
	// Faults are what could not be read or does not count, at most [maximumFaults] sentences. They may have texts of others.
	Faults []string
}

// Rows are the environments that a run can have results of, each with the name of its row, which may be empty.
type Rows map[string]string

// The bounds of one run.
const (
	maximumEntries      = 100_000 // files and folders
	maximumBytes        = 1 << 30
	maximumFile         = 64 << 20
	maximumEnvironments = 100_000 // in one file
	maximumDepth        = 100
	maximumFaults       = 20
	maximumName         = 300
	maximumLine         = 300
)

// errTooMuch stops the reading of a folder that is too large.
var errTooMuch = errors.New("too much")

// A reader reads the results of one run.
type reader struct {
	folder fs.FS
	rows   Rows
	labels map[string]bool
	run    Run
	// reports are what tox said, by environment, and tests the numbers of their tests.
	reports map[string]report
	tests   map[string]counts
	entries int
	bytes   int64
	left    int // the number of faults that are not listed
}

// Read reads the results below a path of a file system: a folder or one file. It returns an error only if that cannot be read.
// An environment of rows without a result is [NotRun].
func Read(folder fs.FS, root string, rows Rows) (Run, error) {
	r := &reader{folder: folder, rows: rows, labels: map[string]bool{}, reports: map[string]report{}, tests: map[string]counts{},
		run: Run{Environments: map[string]Environment{}}}
	for _, label := range rows {
		r.labels[label] = label != ""
	}
	if _, err := fs.Stat(folder, root); err != nil {
		return Run{}, err
	}
	err := fs.WalkDir(folder, root, r.visit)
	if errors.Is(err, errTooMuch) {
		r.fault("there are more than %d files, or more than %d bytes: the rest is not read", maximumEntries, maximumBytes)
		err = nil
	}
	for name := range rows {
		r.run.Environments[name] = r.reports[name].environment(r.tests[name])
	}
	if r.left > 0 {
		r.run.Faults = append(r.run.Faults, fmt.Sprintf("%d more faults", r.left))
	}
	return r.run, err
}

// visit reads one file.
func (r *reader) visit(name string, entry fs.DirEntry, err error) error {
	if r.entries++; r.entries > maximumEntries {
		return errTooMuch
	}
	isJSON, isJunit := path.Ext(name) == ".json", strings.HasPrefix(path.Base(name), "junit-") && path.Ext(name) == ".xml"
	switch {
	case err != nil:
		r.fault("%s: it cannot be read", name)
		return nil
	case entry.IsDir() && strings.Count(name, "/") >= maximumDepth:
		r.fault("%s: it is nested too deep", name)
		return fs.SkipDir
	case entry.IsDir() || !isJSON && !isJunit:
		return nil
	case !entry.Type().IsRegular():
		r.fault("%s: it is not a regular file", name)
		return nil
	}
	file, err := r.folder.Open(name)
	if err != nil {
		r.fault("%s: it cannot be opened", name)
		return nil
	}
	defer file.Close()
	content := &bounded{from: file, left: min(maximumFile, maximumBytes-r.bytes)}
	if isJSON {
		err = r.readReport(name, content)
	} else {
		err = r.readTests(name, content)
	}
	r.bytes += content.read
	switch {
	case content.left < 0 && r.bytes >= maximumBytes:
		return errTooMuch
	case content.left < 0:
		r.fault("%s: it has more than %d bytes", name, maximumFile)
	case err != nil:
		r.fault("%s: %v", name, err)
	}
	return nil
}

// readReport reads a result file of tox.
func (r *reader) readReport(name string, content io.Reader) error {
	reports, err := parseReport(content)
	if err != nil {
		return err
	}
	row := r.row(name)
	for _, environment := range slices.Sorted(maps.Keys(reports)) {
		if !r.counts(name, row, environment) {
			continue
		}
		one := reports[environment]
		if before, twice := r.reports[environment]; twice {
			r.fault("%s: environment %s has a second result, and the worse one counts", name, environment)
			one = worse(before, one)
		}
		r.reports[environment] = one
	}
	return nil
}

// readTests reads a junit file.
func (r *reader) readTests(name string, content io.Reader) error {
	environment := strings.TrimSuffix(strings.TrimPrefix(path.Base(name), "junit-"), ".xml")
	if !r.counts(name, r.row(name), environment) {
		return nil
	}
	tests, err := countTests(content)
	if err != nil {
		return err
	}
	if _, twice := r.tests[environment]; twice {
		r.fault("%s: environment %s has a second junit file, which does not count", name, environment)
		return nil
	}
	r.tests[environment] = tests
	return nil
}

// row returns the row in whose folder a file lies, or "".
func (r *reader) row(name string) string {
	for folder := range strings.SplitSeq(path.Dir(name), "/") {
		if r.labels[folder] {
			return folder
		}
	}
	return ""
}

// counts reports whether a file can have results of an environment.
func (r *reader) counts(name, row, environment string) bool {
	own, known := r.rows[environment]
	switch {
	case len(environment) > maximumName || !known:
		r.fault("%s: there is no environment %s", name, limited(environment))
	case row != "" && own != row:
		r.fault("%s: environment %s belongs to another row", name, environment)
	default:
		return true
	}
	return false
}

// limited returns the beginning of a text.
func limited(text string) string {
	if len(text) > maximumName {
		return strings.ToValidUTF8(text[:maximumName], "") + "…"
	}
	return text
}

func (r *reader) fault(format string, args ...any) {
	if len(r.run.Faults) == maximumFaults {
		r.left++
		return
	}
	r.run.Faults = append(r.run.Faults, fmt.Sprintf(format, args...))
}

// A bounded reader fails after a number of bytes. left is negative if there were more.
type bounded struct {
	from       io.Reader
	left, read int64
}

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooMuch
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	b.read += int64(n)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooMuch
	}
	return n, err
}

// Merge returns the results of several runs of the same environments. The worst result of an environment counts, and whether
// another one says that it passed.
func Merge(runs ...Run) Run {
	merged := Run{Environments: map[string]Environment{}}
	for _, run := range runs {
		merged.Faults = append(merged.Faults, run.Faults...)
		for name, one := range run.Environments {
			if before, twice := merged.Environments[name]; twice {
				one = together(before, one)
			}
			merged.Environments[name] = one
		}
	}
	return merged
}

// together returns the result of an environment that has two. One that did not run says nothing.
func together(a, b Environment) Environment {
	order := func(e Environment) int {
		return slices.Index([]Outcome{NotRun, Passed, NothingTested, NotInstalled, Failed}, e.Outcome)
	}
	if order(b) > order(a) {
		a, b = b, a
	}
	a.Unsteady = a.Unsteady || b.Unsteady || a.Outcome.IsRed() && b.Outcome == Passed
	return a
}
