//go:build unix

package bench

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/matrix"
	"toxgen/internal/pep440"
	"toxgen/internal/pypitest"
	"toxgen/internal/reference"
	"toxgen/internal/registry"
)

// BenchmarkSelection measures the CPU time of selection in this process, and of reading the configuration, with many minor
// releases of one project and with many suites. A time for each of them that grows is more than linear. With many minor
// releases it also measures the program: `toxgen` in a folder that has toxgen.yaml alone, and again.
func BenchmarkSelection(b *testing.B) {
	program := compiled(b)
	once(b, func() {
		t := newTable("selection with many minor releases of one project", "minors", "toxgen", "again", "Select", "each", "memory", "each")
		for _, n := range []int{1_000, 2_000, 4_000, 8_000, 16_000} {
			c, findings := config.Parse(config.FileName, suites(1))
			if c == nil {
				b.Fatal(findings)
			}
			first, again := fromNothing(b, program, n)
			selecting(b, t, n, []any{first.CPU, again.CPU}, c, registry.Facts{"p0": minors("p0", n)})
		}
		t.print()
		t = newTable("selection with many suites, each with 8 minor releases", "suites", "Parse", "Select", "each", "memory", "each")
		for _, n := range []int{1_000, 2_000, 4_000, 10_000} {
			text, facts := suites(n), registry.Facts{}
			var c *config.Config
			spent, _ := timed(b, func() { c, _ = config.Parse(config.FileName, text) })
			if c == nil {
				b.Fatal("the configuration is refused")
			}
			for i := range n {
				name := fmt.Sprintf("p%d", i)
				facts[name] = minors(name, 8)
			}
			selecting(b, t, n, []any{milliseconds(spent)}, c, facts)
		}
		t.print()
	})
}

// selecting adds the row of n things.
func selecting(b *testing.B, t table, n int, before []any, c *config.Config, facts registry.Facts) {
	spent, bytes := timed(b, func() { matrix.Select(c, facts, matrix.Before{}) })
	cells := append([]any{n}, before...)
	t.row(append(cells, milliseconds(spent), fmt.Sprintf("%.1f µs", spent.Seconds()*1e6/float64(n)), mebibytes(bytes), fmt.Sprintf("%d B", bytes/int64(n)))...)
}

// fromNothing returns the costs of a `toxgen` in the world of one project with many minor releases, and of another one.
func fromNothing(b *testing.B, program string, n int) (first, again cost) {
	project := pypitest.Project{Name: "p0"}
	for _, r := range minors("p0", n).Releases {
		project.Files = append(project.Files, pypitest.File{Filename: "p0-" + r.Version.String() + "-py3-none-any.whl", RequiresPython: r.RequiresPython,
			Uploaded: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Metadata: "Metadata-Version: 2.1\nName: p0\nVersion: " + r.Version.String() +
				"\nClassifier: Programming Language :: Python :: 3.12\nClassifier: Programming Language :: Python :: 3.13\n"})
	}
	server := pypitest.New(b, project)
	server.Warm("p0")
	toxgen := update(program, server.URL, b.TempDir(), reference.Moment).in(newProject(b, suites(1)))
	toxgen.Commands = [][]string{{program, "toxgen"}}
	return toxgen.must(b, nil), toxgen.must(b, nil)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// timed returns the CPU time of a run and the bytes that it allocates, on average.
func timed(b *testing.B, run func()) (spent time.Duration, bytes int64) {
	const runs = 5
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := ownCPU(b)
	for range runs {
		run()
	}
	spent = ownCPU(b) - begin
	runtime.ReadMemStats(&after)
	return spent / runs, int64(after.TotalAlloc-before.TotalAlloc) / runs
}

// suites returns a toxgen.yaml with many suites, in groups of 50.
func suites(n int) []byte {
	var text strings.Builder
	text.WriteString(`project: {name: example-sdk}
pythons: [{version: "3.12", patch: 1}, {version: "3.13", patch: 1}, {version: "3.14", patch: 1, free-threaded: true}]
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
workflow: {name: Test, triggers: {dispatch: true}, runs-on: ubuntu-24.04, timeout: 30, tools: {uv: "0.13.9", tox: "4.67.15", tox-uv: "1.37.1"}}
testenv: {commands: [pytest]}
suites:
`)
	for i := range n {
		fmt.Fprintf(&text, "  s%d: {package: p%d, test-path: t}\n", i, i)
	}
	text.WriteString("groups:")
	for first := 0; first < n; first += 50 {
		fmt.Fprintf(&text, "\n  - {name: G%d, suites: [s%d", first/50, first)
		for i := first + 1; i < min(first+50, n); i++ {
			fmt.Fprintf(&text, ", s%d", i)
		}
		text.WriteString("]}")
	}
	return []byte(text.String() + "\n")
}

// minors returns a project with many minor releases.
func minors(name string, n int) *registry.Project {
	p := &registry.Project{Name: name}
	for i := range n {
		p.Releases = append(p.Releases, registry.Release{
			Version: pep440.MustParse(fmt.Sprintf("1.%d.0", i)), RequiresPython: ">=3.9", Wheels: []string{"py3-none-any"},
			Metadata: []registry.Metadata{{Classifiers: &registry.Classifiers{Pythons: []string{"3", "3.12", "3.13"}}}},
		})
	}
	return p
}
