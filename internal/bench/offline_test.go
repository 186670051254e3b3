//go:build unix

package bench

import (
	"path/filepath"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/reference"
)

// BenchmarkOffline times what a contributor waits for: `check` and a `toxgen` with nothing to do, by the compiled program
// and by `go tool mage`, in the reference configuration. The rows above `go tool mage check` say where its time goes: the
// go command that finds mage, and mage that finds the compiled targets.
func BenchmarkOffline(b *testing.B) {
	program := compiled(b)
	from := serving{Slice: slice(b)}.start(b)
	source, err := filepath.Abs("../..")
	if err != nil {
		b.Fatal(err)
	}
	folder, cache := newProject(b, reference.Files()[config.FileName]), b.TempDir()
	update(program, from.url, cache, reference.Moment).in(folder).must(b, from)
	commands := []struct {
		name   string
		folder string
		line   []string
	}{
		{"toxgen check", folder, []string{program, "check"}},
		{"toxgen toxgen", folder, []string{program, "toxgen"}},
		{"go tool mage -version", source, []string{"go", "tool", "mage", "-version"}},
		{"go tool mage -l", source, []string{"go", "tool", "mage", "-l"}},
		{"go tool mage check", source, []string{"go", "tool", "mage", "-w", folder, "check"}},
	}
	once(b, func() {
		costs := map[string][]cost{}
		for round := range 2*rounds + 1 {
			for _, k := range commands {
				run := offline(program, cache, "")
				run.Commands = [][]string{k.line}
				if c := run.in(k.folder).must(b, nil); round > 0 { // the first round fills the caches
					costs[k.name] = append(costs[k.name], c)
				}
			}
		}
		t := newTable("nothing to do, in the reference configuration", "", "x toxgen check", "x CPU", "wall", "CPU", "peak")
		for _, k := range commands {
			of, check := costs[k.name], costs[commands[0].name]
			m := median(of)
			t.row(k.name, ratios(wall, of, check), ratios(cpu, of, check), m.Wall, m.CPU, mebibytes(m.Peak))
		}
		t.print()
	})
}
