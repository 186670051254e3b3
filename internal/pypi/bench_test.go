package pypi

import (
	"errors"
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

// BenchmarkUnadvertised reads the metadata of 200 wheels, and of an sdist that states no requirements, at an index that
// advertises none, answers in 2 ms, and needs 100 ms to say that it has no metadata and 500 ms to send the sdist.
func BenchmarkUnadvertised(b *testing.B) {
	index := pypitest.Start(b, pypitest.Options{Latency: 2 * time.Millisecond})
	add := func(name string, f pypitest.File) string {
		f.Core = pypitest.CoreMissing
		index.Set(pypitest.Project{Name: name, Files: []pypitest.File{f}})
		index.Warm(name)
		return name
	}
	var wheels []string
	for i := range 200 {
		name := fmt.Sprintf("p%03d", i)
		wheels = append(wheels, add(name, pypitest.Wheel(name, "1.0", "Requires-Dist: six")))
	}
	sdist := add("unreadable", pypitest.Sdist(pypitest.SdistOld, "unreadable", "1.0"))
	index.Fault("/files/*/*.metadata", 0, pypitest.Latency(100*time.Millisecond))
	index.Fault("/files/*/*.tar.gz", 0, pypitest.Latency(500*time.Millisecond))
	for name, projects := range map[string][]string{"wheels": wheels, "sdist": {sdist}} {
		kept := b.TempDir()
		benchmarkMetadata(b, name+"/cold", index, projects, b.TempDir)
		readMetadata(b, client(b, index, Options{CacheDir: kept}), projects)
		benchmarkMetadata(b, name+"/warm", index, projects, func() string { return kept })
	}
}

func benchmarkMetadata(b *testing.B, name string, index *pypitest.Server, projects []string, folder func() string) {
	b.Run(name, func(b *testing.B) {
		var stats Stats
		for b.Loop() {
			c := client(b, index, Options{CacheDir: folder()})
			readMetadata(b, c, projects)
			stats = c.Stats()
		}
		b.ReportMetric(float64(stats.Requests), "requests/op")
	})
}

// readMetadata reads the metadata of the first file of each project concurrently.
func readMetadata(tb testing.TB, c *Client, projects []string) {
	tb.Helper()
	var wait sync.WaitGroup
	for _, name := range projects {
		wait.Go(func() {
			p, err := c.Project(tb.Context(), name)
			if err == nil {
				_, err = c.Metadata(tb.Context(), p.All()[0], Requirements)
			}
			if err != nil && !errors.As(err, new(*UnreadableError)) {
				tb.Error(err)
			}
		})
	}
	wait.Wait()
}
