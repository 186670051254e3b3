package pypi

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pypitest"
)

// recordedNames returns the projects of the recorded slice.
func recordedNames(tb testing.TB) []string {
	tb.Helper()
	names, err := pypitest.Names(pypitest.Slice())
	if err != nil || len(names) == 0 {
		tb.Fatalf("no recorded slice: %v", err)
	}
	return names
}

// readAll reads the pages of projects and the metadata of some wheels of each, concurrently. It returns one line for each
// file.
func readAll(tb testing.TB, c *Client, names []string) map[string]string {
	tb.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	lines := map[string]string{}
	add := func(name, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines[name] = line
	}
	for _, name := range names {
		wait.Go(func() {
			p, err := c.Project(tb.Context(), name)
			if err != nil {
				tb.Error(err)
				return
			}
			add(name, fmt.Sprint(len(p.All()), " files, ", p.Ignored, " others"))
			for _, f := range p.All() {
				if !f.Sdist && crc32.ChecksumIEEE([]byte(f.Filename))%11 == 0 {
					wait.Go(func() { add(f.Filename, describe(tb, c, f)) })
				}
			}
		})
	}
	wait.Wait()
	return lines
}

func describe(tb testing.TB, c *Client, f *File) string {
	m, err := c.Metadata(tb.Context(), f, Requirements)
	if errors.As(err, new(*UnreadableError)) {
		return "unreadable"
	}
	if err != nil {
		tb.Error(err)
		return ""
	}
	return fmt.Sprintln(f.Version, f.Tags, f.Uploaded, f.Yanked, f.YankedReason, f.RequiresPython, m.Name, m.Version, m.RequiresDist, m.Classifiers)
}

// A client reads the same content however an index serves it, and however often it fails.
func TestSameAnswersFromAnyIndex(t *testing.T) {
	names := recordedNames(t)
	tests := []struct {
		name  string
		index pypitest.Options
	}{
		{"metadata not advertised", pypitest.Options{Core: pypitest.ReplayNo}},
		{"metadata partly missing", pypitest.Options{Core: pypitest.ReplayReal}},
		{"failing", pypitest.Options{FailRate: 0.2, Seed: 1}},
		{"late and shuffled", pypitest.Options{Latency: 5 * time.Millisecond, Shuffle: true}},
	}
	usual := pypitest.Replay(t, pypitest.Slice(), pypitest.Options{Stubs: true})
	want := readAll(t, client(t, usual, Options{}), names)
	if len(want) < 2*len(names) {
		t.Fatalf("read %d files and pages", len(want))
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.index.Stubs = true
			index := pypitest.Replay(t, pypitest.Slice(), test.index)
			folder := t.TempDir()
			for _, state := range []string{"cold", "warm"} {
				c := client(t, index, Options{CacheDir: folder, Limits: Limits{Tries: 20}})
				if diff := cmp.Diff(want, readAll(t, c, names)); diff != "" {
					t.Errorf("%s: answers (-want +got):\n%s", state, diff)
				}
				if stats := c.Stats(); state == "warm" && int(stats.Cached) < 2*len(names) {
					t.Errorf("%s: %+v", state, stats)
				}
			}
		})
	}
}

// The metadata read from source distributions are those of their stand-ins in the recording.
func TestRecordedSdists(t *testing.T) {
	// The recording has the metadata of these from elsewhere, or only in part.
	unreadable := []string{"crcmod-1.7.tar.gz", "huey-2.1.3.tar.gz", "pyspark-3.0.3.tar.gz"}
	index := pypitest.Replay(t, pypitest.Slice(), pypitest.Options{Stubs: true})
	c := client(t, index, Options{})
	var got []string
	compared := 0
	for _, name := range recordedNames(t) {
		p, err := c.Project(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.All() {
			if !f.Sdist {
				continue
			}
			standIn := strings.ReplaceAll(name, "-", "_") + "-" + f.Version.String() + "-0sdist-py3-none-any.whl"
			recorded, err := c.Metadata(t.Context(), &File{Filename: standIn, URL: index.Origin + "/files/" + name + "/" + standIn}, Requirements)
			if err != nil {
				continue // nothing is recorded
			}
			m, err := c.Metadata(t.Context(), f, Requirements)
			if err != nil {
				got = append(got, f.Filename)
				continue
			}
			compared++
			if diff := cmp.Diff(canonical(recorded.RequiresDist), canonical(m.RequiresDist)); diff != "" {
				t.Errorf("%s: requirements (-recorded +read):\n%s", f.Filename, diff)
			}
		}
	}
	if diff := cmp.Diff(unreadable, got); diff != "" {
		t.Errorf("unreadable (-want +got):\n%s", diff)
	}
	if compared != 9 {
		t.Errorf("%d source distributions were compared, want 9", compared)
	}
}

// canonical returns requirements in a form that does not depend on their spelling.
func canonical(requires []string) []string {
	spelling := strings.NewReplacer(" ", "", "(", "", ")", "", "'", `"`)
	var plain []string
	for _, r := range requires {
		plain = append(plain, spelling.Replace(r))
	}
	slices.Sort(plain)
	return plain
}
