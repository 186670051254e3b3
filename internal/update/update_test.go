package update

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pypi"
	"toxgen/internal/registry"
	"toxgen/internal/report"
	"toxgen/internal/wheel"
)

// sdk is the configuration of the tests: two suites follow app, one other, and tool follows no project.
const sdk = `
project: {name: sdk}
pythons:
  - {version: "3.8", patch: 20}
  - {version: "3.12", patch: 13}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
update: {cooldown: 72h, cooldown-exempt: [Exempt]}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu, timeout: 1, tools: {uv: "1", tox: "4", tox-uv: "1"}}
testenv: {commands: [pytest]}
groups: [{name: G, suites: [app, async, other, tool]}]
suites:
  app: {package: app, test-path: t}
  async: {package: "App[async]", test-path: t}
  other: {package: other, test-path: t}
static:
  tool: {test-path: t, pythons: [py3.12], requires: [{when: "*", add: [lib]}]}
`

func configure(tb testing.TB) *config.Config {
	tb.Helper()
	c, findings := config.Parse(config.FileName, []byte(sdk))
	if c == nil {
		tb.Fatal(findings)
	}
	return c
}

// testedBy returns the matrix of the named environments of suites that follow projects, and of all static suites.
func testedBy(c *config.Config, environments ...string) *matrix.Matrix {
	// Without facts each suite keeps what it had.
	return matrix.Select(c, registry.Facts{}, matrix.Before{Environments: environments}).Matrix
}

// parsed returns a project by the lines of its file, or nil if there are none.
func parsed(tb testing.TB, name string, lines ...string) *registry.Project {
	tb.Helper()
	if len(lines) == 0 {
		return nil
	}
	p, _, faults := registry.Parse(name, []byte(strings.Join(lines, "\n")+"\n"))
	if p == nil {
		tb.Fatal(faults)
	}
	return p
}

// linesOf returns the lines of a project.
func linesOf(p *registry.Project) []string {
	if p == nil || len(p.Releases) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(registry.Format(p)), "\n"), "\n")
}

// page returns the page of a project. A line has the name of a file without that of the project, the day of its upload
// in January 2026 or `-`, and after that `yanked` or a digest.
func page(tb testing.TB, project string, lines ...string) *pypi.Project {
	tb.Helper()
	var files []pypi.File
	for _, line := range lines {
		words := strings.Fields(line)
		f := pypi.File{Filename: project + "-" + words[0]}
		if strings.HasSuffix(f.Filename, ".whl") {
			w, err := wheel.ParseWheel(f.Filename)
			if err != nil {
				tb.Fatal(err)
			}
			f.Version, f.Tags, f.Build = w.Version, w.Tags, w.Build
		} else {
			s, err := wheel.ParseSdistOf(project, f.Filename)
			if err != nil {
				tb.Fatal(err)
			}
			f.Version, f.Sdist = s.Version, true
		}
		if words[1] != "-" {
			f.Uploaded = january(tb, words[1])
		}
		for _, word := range words[2:] {
			if reason, yanked := strings.CutPrefix(word, "yanked"); yanked {
				f.Yanked, f.YankedReason = true, strings.TrimPrefix(reason, "=")
			} else {
				f.SHA256 = word
			}
		}
		files = append(files, f)
	}
	return pypi.NewProject(project, files...)
}

// january returns midnight of a day in January 2026.
func january(tb testing.TB, day string) time.Time {
	tb.Helper()
	var n int
	if _, err := fmt.Sscan(day, &n); err != nil {
		tb.Fatal(err)
	}
	return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC)
}

// now is when the runs of the tests begin; the cooldown lets through what was uploaded by 7 January.
var now = time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)

// pins returns the pins of a text: `a==1.0 b==2.0`.
func pins(text string) lock.Pins {
	all := lock.Pins{}
	for word := range strings.FieldsSeq(text) {
		project, version, _ := strings.Cut(word, "==")
		all[project] = pep440.MustParse(version)
	}
	return all
}

// locked returns the lock of lines: `py3.8-app-v1.0: app==1.0 lib==1.0`.
func locked(lines ...string) lock.Lock {
	l := lock.Lock{Environments: map[string]lock.Pins{}}
	for _, line := range lines {
		name, text, _ := strings.Cut(line, ":")
		l.Environments[name] = pins(text)
	}
	return l
}

// releasesOf returns the releases of a text like that of pins, each with a reason.
func releasesOf(text, reason string) map[lock.Release]report.Failed {
	all := map[lock.Release]report.Failed{}
	for project, v := range pins(text) {
		all[lock.ReleaseOf(project, v)] = report.Failed{Name: project + " " + v.String(), Reason: reason}
	}
	return all
}

// set returns a set of words.
func set(words ...string) map[string]bool {
	all := map[string]bool{}
	for _, word := range words {
		all[word] = true
	}
	return all
}

// byHand returns the releases of a text like that of pins, as pinned by a person.
func byHand(text string) map[lock.Release]bool {
	all := map[lock.Release]bool{}
	for project, v := range pins(text) {
		all[lock.ReleaseOf(project, v)] = true
	}
	return all
}

// reasons returns failures as texts.
func reasons(failed []report.Failed) []string {
	var all []string
	for _, f := range failed {
		all = append(all, strings.TrimSuffix(fmt.Sprintf("%s: %s [%s]", f.Name, f.Reason, f.Hint), " []"))
	}
	return all
}

func equal(tb testing.TB, what string, got, want []string) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("%s: got %q, want %q", what, got, want)
	}
}
