//go:build unix

package pipeline

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/magefile/mage/mage"
	"gopkg.in/yaml.v3"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/pypitest"
	"toxgen/internal/reference"
)

// BenchmarkMatrix times the whole matrix of the reference configuration, cold and warm, with and without latency,
// against uv and pip on the same replayed index, and how it grows with the number of suites. It prints tables; what
// it measures is too large to be done more than a few times, and too different to be one number. It needs a folder
// with a recorded slice of the index in TOXGEN_INDEX_SLICE, and takes uv and python3, whose pip it uses, from PATH.
//
// toxgen does the whole job: `update` in a folder that has toxgen.yaml alone selects, fetches, resolves, and writes
// the facts, tox.ini and the workflows. The others only resolve what it has selected, uv in two processes at a time,
// pip a sample one by one; from an index in which sdists are stood in by wheels, since they would have to build them.
func BenchmarkMatrix(b *testing.B) {
	slice := os.Getenv("TOXGEN_INDEX_SLICE")
	if slice == "" {
		b.Skip("TOXGEN_INDEX_SLICE names no folder with a recorded slice of the index")
	}
	m := measurement{B: b, program: filepath.Join(b.TempDir(), "toxgen"), recorded: os.DirFS(slice)}
	if mage.ParseAndRun(io.Discard, os.Stderr, strings.NewReader(""), []string{"-d", "../..", "-compile", m.program}) != 0 {
		b.Fatal("mage cannot compile the program")
	}
	m.problems = selected(b)
	for b.Loop() {
		m.grow()
		m.compare()
	}
}

type measurement struct {
	*testing.B
	program  string
	recorded fs.FS
	problems []posed
}

// posed is the problem of one environment.
type posed struct {
	environment matrix.Environment
	// requirements is its requirements file.
	requirements string
}

// selected are the problems of all environments.
func selected(b *testing.B) []posed {
	folder := b.TempDir()
	for name, data := range reference.Files() {
		write(b, filepath.Join(folder, filepath.FromSlash(name)), data)
	}
	run, err := Verifying(World{Root: folder, Config: config.FileName, Cache: b.TempDir(), State: b.TempDir(), Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	if err := run.Fetch(context.Background()); err != nil {
		b.Fatal(err)
	}
	if err := run.Toxgen(context.Background()); err != nil {
		b.Fatal(err)
	}
	var problems []posed
	for _, e := range run.state.matrix.Environments() {
		if e.Alias {
			continue
		}
		var text strings.Builder
		for _, root := range lock.Problem(run.config, e).Roots {
			text.WriteString(root.Requirement.String() + "\n")
		}
		problems = append(problems, posed{e, text.String()})
	}
	return problems
}

func write(tb testing.TB, path string, data []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		tb.Fatal(err)
	}
}

// serve starts the index and lets it render its pages.
func (m measurement) serve(o pypitest.Options) string {
	o.Stubs = true
	server := pypitest.Replay(m, m.recorded, o)
	names, err := pypitest.Names(m.recorded)
	if err != nil {
		m.Fatal(err)
	}
	server.Warm(names...)
	return server.URL
}

// repeated is how often toxgen is timed; the median counts.
const repeated = 3

// toxgen is the cost of an update of a configuration without a cache, and of one with it.
func (m measurement) toxgen(index string, configuration []byte) (cold, warm cost) {
	project := func() string {
		folder := m.TempDir()
		write(m, filepath.Join(folder, config.FileName), configuration)
		write(m, filepath.Join(folder, ".github", "workflows", "ci.yml"), reference.Files()[".github/workflows/ci.yml"])
		return folder
	}
	update := func(cache string) cost {
		c := batch{
			Commands:    [][]string{{m.program, "update", "-before=" + reference.Moment}},
			Environment: []string{"TOXGEN_INDEX_URL=" + index, "TOXGEN_CACHE=" + cache, "TOXGEN_OFFLINE=", "NETRC=" + os.DevNull},
			Folder:      project(), Parallel: 1,
		}.measure(m)
		if c.Failed > 0 {
			m.Fatal(c.Reason)
		}
		return c
	}
	var colds, warms []cost
	for range repeated {
		cache := m.TempDir()
		colds = append(colds, update(cache))
		warms = append(warms, update(cache))
	}
	return median(colds), median(warms)
}

func median(costs []cost) cost {
	slices.SortFunc(costs, func(a, b cost) int { return int(a.Wall - b.Wall) })
	return costs[len(costs)/2]
}

// inPath is where a program is.
func (m measurement) inPath(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		m.Fatalf("%s is not in PATH", name)
	}
	return path
}

// uv is the cost of resolving every problem, two at a time.
func (m measurement) uv(index string) (cold, warm cost) {
	program, python := m.inPath("uv"), m.inPath("python3")
	folder, cache := m.TempDir(), m.TempDir()
	resolve := batch{Folder: folder, Parallel: 2, Environment: []string{"UV_CACHE_DIR=" + cache, "UV_PYTHON_DOWNLOADS=never"}}
	for i, p := range m.problems {
		name := strconv.Itoa(i) + ".in"
		write(m, filepath.Join(folder, name), []byte(p.requirements))
		resolve.Commands = append(resolve.Commands, []string{program, "pip", "compile", name, "--index-url", index, "--python", python,
			"--python-version", p.environment.Python.Full(), "--python-platform", "x86_64-manylinux_2_28",
			"--exclude-newer", reference.Moment, "--no-build", "--no-config", "--no-header", "--no-annotate", "--no-progress", "--quiet"})
	}
	return resolve.measure(m), resolve.measure(m)
}

// sampled is how many problems pip resolves.
const sampled = 8

// pip is the cost of resolving some problems of the Python that is at hand, as if they were all.
func (m measurement) pip(index string) (cold, warm cost) {
	python := m.inPath("python3")
	version, err := exec.Command(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").Output()
	if err != nil {
		m.Fatal(err)
	}
	var own []posed
	for _, p := range m.problems {
		if p.environment.Python.Short() == strings.TrimSpace(string(version)) {
			own = append(own, p)
		}
	}
	if len(own) < sampled {
		m.Fatalf("python3 is %s, of which there are %d environments", version, len(own))
	}
	folder := m.TempDir()
	install := batch{Folder: folder, Parallel: 1, Environment: []string{"PIP_CONFIG_FILE=" + os.DevNull, "PIP_CACHE_DIR=" + m.TempDir()}}
	for i := range sampled {
		name := strconv.Itoa(i) + ".in"
		write(m, filepath.Join(folder, name), []byte(own[i*len(own)/sampled].requirements))
		install.Commands = append(install.Commands, []string{python, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
			"--disable-pip-version-check", "--only-binary=:all:", "--index-url", index, "-r", name})
	}
	all := func(c cost) cost {
		c.Wall = c.Wall / sampled * time.Duration(len(m.problems))
		return c
	}
	return all(install.measure(m)), all(install.measure(m))
}

// compare prints what the whole matrix takes.
func (m measurement) compare() {
	moment, err := time.Parse(time.RFC3339, reference.Moment)
	if err != nil {
		m.Fatal(err)
	}
	table := newTable(fmt.Sprintf("%d environments", len(m.problems)), "latency", "cold", "warm", "x toxgen", "warm", "peak", "warm", "failed")
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		configuration := reference.Files()[config.FileName]
		cold, warm := m.toxgen(m.serve(pypitest.Options{Latency: latency}), configuration)
		row := func(name string, c, w cost) {
			table.row(name, latency, c.Wall, w.Wall, c.times(cold), w.times(warm), c, w, max(c.Failed, w.Failed))
		}
		row("toxgen update, the whole job", cold, warm)
		others := m.serve(pypitest.Options{Latency: latency, AsOf: moment, StandIns: true})
		c, w := m.uv(others)
		row("uv pip compile, two at a time", c, w)
		c, w = m.pip(others)
		row(fmt.Sprintf("pip install --dry-run, %d projected", sampled), c, w)
	}
	table.print()
}

// grow prints what several times the suites take.
func (m measurement) grow() {
	index := m.serve(pypitest.Options{})
	table := newTable("suites", "cold", "warm", "x one", "warm", "peak", "warm")
	var cold1, warm1 cost
	for _, times := range []int{1, 3, 10} {
		cold, warm := m.toxgen(index, grown(m, reference.Files()[config.FileName], times))
		if times == 1 {
			cold1, warm1 = cold, warm
		}
		table.row(fmt.Sprintf("%dx", times), cold.Wall, warm.Wall, cold.times(cold1), warm.times(warm1), cold, warm)
	}
	table.print()
}

// besides are projects that copies of the suites require too, so that their problems are problems of their own.
var besides = []string{"attrs", "certifi", "idna", "iniconfig", "markupsafe", "packaging", "pluggy", "six", "typing-extensions"}

// grown is a configuration with several times the suites that follow a project.
func grown(tb testing.TB, configuration []byte, times int) []byte {
	tb.Helper()
	var document map[string]any
	if err := yaml.Unmarshal(configuration, &document); err != nil {
		tb.Fatal(err)
	}
	suites := document["suites"].(map[string]any)
	all := maps.Clone(suites)
	for _, entry := range document["groups"].([]any) {
		group := entry.(map[string]any)
		names := group["suites"].([]any)
		for _, name := range slices.Clone(names) {
			suite, follows := suites[name.(string)].(map[string]any)
			for i, extra := range besides[:times-1] {
				if !follows {
					continue
				}
				another := maps.Clone(suite)
				rules, _ := another["requires"].([]any)
				another["requires"] = append(slices.Clone(rules), map[string]any{"when": "*", "add": []string{extra}})
				called := fmt.Sprintf("%s_%d", name, i+2)
				all[called], names = another, append(names, called)
			}
		}
		group["suites"] = names
	}
	document["suites"] = all
	text, err := yaml.Marshal(document)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// table is printed in columns.
type table struct{ *tabwriter.Writer }

func newTable(headings ...any) table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}
	t.row(headings...)
	return t
}

func (t table) row(cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(t, "\t")
		}
		switch c := cell.(type) {
		case time.Duration:
			cell = c.Round(time.Millisecond)
		case cost:
			cell = fmt.Sprintf("%d MiB", c.Peak>>20)
		case float64:
			cell = fmt.Sprintf("%.1f", c)
		}
		fmt.Fprint(t, cell)
	}
	fmt.Fprintln(t)
}

// print prints the rows so far.
func (t table) print() {
	t.Flush()
	fmt.Println()
}
