//go:build unix

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/lock"
	"toxgen/internal/matrix"
	"toxgen/internal/reference"
)

// rounds is how often each program is timed.
const rounds = 5

// BenchmarkCompare times the whole matrix of the reference configuration, with and without a cache and latency, against uv
// and pip on the same index. It takes uv and python3, whose pip it uses, from PATH.
//
// toxgen does the whole job: `update` in a folder that has toxgen.yaml alone selects, fetches, resolves, and writes the
// facts, tox.ini and the workflows. The others only resolve what it selects, uv in two processes at a time, pip a sample
// one by one; from an index that has wheels in place of sdists, since they would have to build these.
func BenchmarkCompare(b *testing.B) {
	c := comparison{B: b, slice: slice(b), program: compiled(b), uv: inPath(b, "uv"), python: inPath(b, "python3"), problems: selected(b)}
	once(b, func() {
		for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
			c.compare(latency)
		}
	})
}

type comparison struct {
	*testing.B
	slice, program, uv, python string
	problems                   []posed
}

// posed is the problem of one environment.
type posed struct {
	environment matrix.Environment
	// requirements is the text of a requirements file.
	requirements string
}

// selected returns the problems of all environments.
func selected(tb testing.TB) []posed {
	tb.Helper()
	c := reference.Config(tb)
	var problems []posed
	for _, e := range matrix.Select(c, reference.Facts(tb), matrix.Before{}).Matrix.Environments() {
		if e.Alias {
			continue
		}
		var text strings.Builder
		for _, root := range lock.Problem(c, e).Roots {
			text.WriteString(root.Requirement.String() + "\n")
		}
		problems = append(problems, posed{e, text.String()})
	}
	return problems
}

// compare prints what the whole matrix takes with a latency.
func (c comparison) compare(latency time.Duration) {
	moment, err := time.Parse(time.RFC3339, reference.Moment)
	if err != nil {
		c.Fatal(err)
	}
	ours := serving{Slice: c.slice, Latency: latency}.start(c.B)
	others := serving{Slice: c.slice, Latency: latency, AsOf: moment, StandIns: true}.start(c.B)
	defer ours.stop()
	defer others.stop()
	toxgen := func() [2]cost { return c.toxgen(ours) }
	uv := func() [2]cost { return c.compile(others) }
	toxgen()
	uv()
	var of [2][2][]cost // by program, with an empty and with a full cache
	for round := range rounds {
		programs := []int{0, 1}
		if round%2 == 1 {
			programs = []int{1, 0}
		}
		for _, i := range programs {
			costs := []func() [2]cost{toxgen, uv}[i]()
			of[i][0], of[i][1] = append(of[i][0], costs[0]), append(of[i][1], costs[1])
		}
	}
	t := newTable(fmt.Sprintf("%d environments, %d ms a request, %d rounds", len(c.problems), latency.Milliseconds(), rounds),
		"", "cache", "x toxgen", "x CPU", "wall", "CPU", "index", "peak", "failed")
	pip := c.install(others)
	for i, cache := range []string{"empty", "full"} {
		for n, name := range []string{"toxgen update, the whole job", "uv pip compile, two at a time"} {
			m := median(of[n][i])
			t.row(name, cache, ratios(wall, of[n][i], of[0][i]), ratios(cpu, of[n][i], of[0][i]), m.Wall, m.CPU, m.Served, mebibytes(m.Peak), m.Failed)
		}
		p, m := pip[i], median(of[0][i])
		t.row(fmt.Sprintf("pip install --dry-run, %d projected", sampled), cache, wall(p)/wall(m), cpu(p)/cpu(m), p.Wall, p.CPU, p.Served, mebibytes(p.Peak), p.Failed)
	}
	t.print()
}

// toxgen returns the costs of an update from nothing, with an empty cache and with a full one.
func (c comparison) toxgen(from *index) (costs [2]cost) {
	cache := c.TempDir()
	for i := range costs {
		costs[i] = update(c.program, from.url, cache, reference.Moment).in(newProject(c.B, reference.Files()[config.FileName])).must(c, from)
	}
	return costs
}

// compile returns the costs of resolving each problem by uv, with an empty cache and with a full one.
func (c comparison) compile(from *index) (costs [2]cost) {
	folder := c.TempDir()
	resolve := batch{Folder: folder, Parallel: 2, Environment: []string{"UV_CACHE_DIR=" + c.TempDir(), "UV_PYTHON_DOWNLOADS=never"}}
	for i, p := range c.problems {
		name := strconv.Itoa(i) + ".in"
		write(c.B, folder, name, []byte(p.requirements))
		resolve.Commands = append(resolve.Commands, []string{c.uv, "pip", "compile", name, "--index-url", from.url, "--python", c.python,
			"--python-version", p.environment.Python.Full(), "--python-platform", "x86_64-manylinux_2_28",
			"--exclude-newer", reference.Moment, "--no-build", "--no-config", "--no-header", "--no-annotate", "--no-progress", "--quiet"})
	}
	for i := range costs {
		costs[i] = resolve.measure(c, from)
	}
	return costs
}

// sampled is how many problems pip resolves.
const sampled = 8

// install returns the costs of resolving some problems of the Python that is at hand by pip, as if they were all.
func (c comparison) install(from *index) (costs [2]cost) {
	version, err := exec.Command(c.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").Output()
	if err != nil {
		c.Fatal(err)
	}
	var own []posed
	for _, p := range c.problems {
		if p.environment.Python.Short() == strings.TrimSpace(string(version)) {
			own = append(own, p)
		}
	}
	if len(own) < sampled {
		c.Fatalf("python3 is %s, of which there are %d environments", version, len(own))
	}
	folder := c.TempDir()
	resolve := batch{Folder: folder, Parallel: 1, Environment: []string{"PIP_CONFIG_FILE=" + os.DevNull, "PIP_CACHE_DIR=" + c.TempDir()}}
	for i := range sampled {
		name := strconv.Itoa(i) + ".in"
		write(c.B, folder, name, []byte(own[i*len(own)/sampled].requirements))
		resolve.Commands = append(resolve.Commands, []string{c.python, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
			"--disable-pip-version-check", "--only-binary=:all:", "--index-url", from.url, "-r", name})
	}
	for i := range costs {
		one := resolve.measure(c, from)
		for _, d := range []*time.Duration{&one.Wall, &one.CPU, &one.Served} {
			*d = *d / sampled * time.Duration(len(c.problems))
		}
		costs[i] = one
	}
	return costs
}
