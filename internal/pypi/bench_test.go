package pypi

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"toxgen/internal/pypitest"
)

// largeProject returns a project with a number of wheels, a hundred for each release, like projects with compiled code.
func largeProject(files int) pypitest.Project {
	p := pypitest.Project{Name: "large-project"}
	for i := range files {
		tags := fmt.Sprintf("cp3%d-cp3%d-manylinux_2_17_x86_64.manylinux2014_x86_64", i%100/4, i%100/4)
		f := pypitest.TaggedWheel(p.Name, fmt.Sprintf("%d.%d.%d", i/10000, i/100%100, i%4), tags)
		f.SHA256 = strings.Repeat(fmt.Sprintf("%016x", i), 4)
		f.Uploaded = f.Uploaded.Add(time.Duration(i) * time.Second)
		f.RequiresPython = ">=3.8"
		p.Files = append(p.Files, f)
	}
	return p
}

// projects fetches pages concurrently.
func projects(tb testing.TB, c *Client, names []string) {
	tb.Helper()
	var wait sync.WaitGroup
	for _, name := range names {
		wait.Go(func() {
			if _, err := c.Project(tb.Context(), name); err != nil {
				tb.Error(err)
			}
		})
	}
	wait.Wait()
}

// BenchmarkProject fetches pages with and without a cache: one large page, and all pages of the recorded slice
// that TOXGEN_INDEX_SLICE names.
func BenchmarkProject(b *testing.B) {
	b.Run("large", func(b *testing.B) {
		p := largeProject(10_000)
		benchmarkPages(b, pypitest.New(b, p), []string{p.Name})
	})
	b.Run("slice", func(b *testing.B) {
		name := os.Getenv("TOXGEN_INDEX_SLICE")
		if name == "" {
			b.Skip("TOXGEN_INDEX_SLICE names no recorded slice")
		}
		names, err := pypitest.Names(os.DirFS(name))
		if err != nil || len(names) == 0 {
			b.Fatalf("no recorded slice: %v", err)
		}
		benchmarkPages(b, pypitest.Replay(b, os.DirFS(name), pypitest.Options{}), names)
	})
}

func benchmarkPages(b *testing.B, index *pypitest.Server, names []string) {
	index.Warm(names...)
	run := func(b *testing.B, folder func() string) {
		var stats Stats
		for b.Loop() {
			c, err := New(Options{URL: index.URL, CacheDir: folder()})
			if err != nil {
				b.Fatal(err)
			}
			projects(b, c, names)
			stats = c.Stats()
		}
		b.ReportMetric(float64(stats.Requests), "requests/op")
		b.ReportMetric(float64(stats.Bytes)/1e6, "MB/op")
	}
	b.Run("cold", func(b *testing.B) { run(b, b.TempDir) })
	b.Run("uncached", func(b *testing.B) { run(b, func() string { return "" }) })
	kept := b.TempDir()
	projects(b, client(b, index, Options{CacheDir: kept}), names)
	b.Run("warm", func(b *testing.B) { run(b, func() string { return kept }) })
}
