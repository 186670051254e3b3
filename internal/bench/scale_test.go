//go:build unix

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/reference"
	"toxgen/internal/tox"
)

// BenchmarkScale times each command, and what tox takes to read the result, in worlds of 1, 3, 10 and 30 times the size of
// the reference. The last columns say how many times the time and memory are those of the first world, for each time of its
// size: 1 is linear.
func BenchmarkScale(b *testing.B) {
	s := scale{B: b, slice: slice(b), program: compiled(b), first: map[string]cost{}}
	if path, err := exec.LookPath("tox"); err != nil {
		fmt.Println("NOT MEASURED: tox, which is not in PATH.")
	} else {
		s.tox = path
	}
	once(b, func() {
		for _, factor := range []int{1, 3, 10, 30} {
			s.measure(factor)
		}
	})
}

type scale struct {
	*testing.B
	slice, program, tox string
	// first has the costs in the world of the size of the reference, by command.
	first map[string]cost
}

// label matches the name of a label that a row selects.
const label = "flags-py3.12"

// measure prints the table of one world.
func (s scale) measure(factor int) {
	w := newWorld(s.B, factor)
	from := serving{Slice: s.slice, World: w}.start(s.B)
	defer from.stop()
	cache := s.TempDir()
	folder := newProject(s.B, w.configuration(s.B))
	cold := update(s.program, from.url, cache, reference.Moment).in(folder).must(s, from)
	t := newTable(fmt.Sprintf("%d times the reference: %d projects, %s", factor, w.size(), contents(s.B, folder)),
		"", "wall", "CPU", "index", "peak", "x linear wall", "CPU", "peak")
	row := func(name string, c cost) {
		if c.Failed > 0 {
			t.row(name, "failed:", c.Reason)
			return
		}
		if factor == 1 {
			s.first[name] = c
		}
		one, n := s.first[name], float64(factor)
		t.row(name, c.Wall, c.CPU, c.Served, mebibytes(c.Peak), c.Wall.Seconds()/one.Wall.Seconds()/n,
			c.CPU.Seconds()/one.CPU.Seconds()/n, float64(c.Peak)/float64(one.Peak)/n)
	}
	row("update from nothing, empty cache", cold)
	row("update from nothing, full cache", update(s.program, from.url, cache, reference.Moment).in(newProject(s.B, w.configuration(s.B))).must(s, from))
	row("update of the result", update(s.program, from.url, cache, reference.Moment).in(folder).must(s, from))
	for _, command := range []string{"toxgen", "workflows", "check"} {
		row(command+", nothing to do", offline(s.program, cache, command).in(folder).must(s, nil))
	}
	if s.tox != "" {
		for _, arguments := range [][]string{{"list"}, {"list", "-m", label}} {
			c := batch{Commands: [][]string{append([]string{s.tox}, arguments...)}, Folder: folder, Parallel: 1}.measure(s, nil)
			row(fmt.Sprintf("tox %s", arguments), c)
		}
	}
	t.print()
}

// offline returns a command that asks no index.
func offline(program, cache, command string) batch {
	return batch{Commands: [][]string{{program, command}}, Environment: []string{"TOXGEN_CACHE=" + cache, "TOXGEN_OFFLINE=1", "NETRC=" + os.DevNull}, Parallel: 1}
}

// contents describes the size of what an update wrote.
func contents(b *testing.B, folder string) string {
	data, err := os.ReadFile(filepath.Join(folder, config.DefaultToxFile))
	if err != nil {
		b.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "registry", "*"))
	if err != nil {
		b.Fatal(err)
	}
	file, err := tox.Parse(data)
	if err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf("%d environments, %d files of facts, tox.ini %d KiB, %d lines", len(file.Environments()), len(files), len(data)>>10, bytes.Count(data, []byte("\n")))
}
