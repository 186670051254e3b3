//go:build unix

package bench

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"toxgen/internal/config"
	"toxgen/internal/reference"
	"toxgen/internal/tox"
)

// weekAfter is a week after the moment of the reference.
const weekAfter = "2026-08-17T04:00:00Z"

// shards is the number of parts of an update.
const shards = 6

// files are the patterns of what an update changes.
var files = []string{"registry/*", config.DefaultToxFile, tox.BuildConstraints, ".github/workflows/*", "*.json"}

// BenchmarkShards simulates a weekly update whose parts are jobs of their own: each updates the suites of some projects, with
// an empty cache, from the same tree. What the jobs changed is merged by file, as git does. A last update then moves what
// belongs to no project: the static suites, the builds, and the facts of the dependencies. The result is compared with
// that of one update.
func BenchmarkShards(b *testing.B) {
	program, w := compiled(b), newWorld(b, 10)
	from := serving{Slice: slice(b), World: w}.start(b)
	base := newProject(b, w.configuration(b))
	update(program, from.url, b.TempDir(), reference.Moment).in(base).must(b, from)
	once(b, func() {
		t := newTable(fmt.Sprintf("a weekly update of %d times the reference, in %d parts (%s)", w.Factor, shards, contents(b, base)),
			"", "suites", "wall", "CPU", "index", "peak", "files changed")
		part := func(name, folder string, suites []string, flags ...string) {
			c := update(program, from.url, b.TempDir(), weekAfter, flags...).in(folder).must(b, from)
			t.row(name, len(suites), c.Wall, c.CPU, c.Served, mebibytes(c.Peak), len(changed(b, base, folder)))
		}
		parts := w.parts(b, base)
		all := slices.Concat(parts...)
		whole := copied(b, base)
		part("one update", whole, all)
		merged := copied(b, base)
		var folders []string
		for i, suites := range parts {
			folder := copied(b, base)
			part(fmt.Sprintf("part %d", i+1), folder, suites, "-only="+strings.Join(suites, ","))
			folders = append(folders, folder)
		}
		several, conflicts := merge(b, base, merged, folders)
		part("the rest, after the merge", merged, all, "-skip="+strings.Join(all, ","))
		t.print()
		fmt.Printf("%d files were changed by more than one part, of which git merges %d with conflicts. ", several, conflicts)
		fmt.Printf("Files in which the result differs from that of one update: %d %v\n\n", len(changed(b, whole, merged)), changed(b, whole, merged))
	})
}

// parts returns the names of the suites of each part. Suites that follow the same project are in one part, and so is a
// suite with those whose projects it installs: it can have their new releases only with them.
func (w world) parts(b *testing.B, folder string) [][]string {
	c, findings := config.Parse(config.FileName, read(b, folder, config.FileName))
	if c == nil {
		b.Fatal(findings)
	}
	l, _, fault := tox.ReadLock(c, read(b, folder, config.DefaultToxFile), nil)
	if fault != nil {
		b.Fatal(fault)
	}
	with := map[string]string{} // another project of the same part, or the project itself
	for _, project := range c.Followed() {
		with[project] = project
	}
	root := func(project string) string {
		for with[project] != project {
			project = with[project]
		}
		return project
	}
	for environment, pins := range l.Environments {
		_, name, _ := strings.Cut(environment, "-")
		name, _, _ = strings.Cut(name, "-v")
		if suite := c.Suites.Get(name); suite != nil {
			for project := range pins {
				if _, followed := with[project]; followed {
					with[root(project)] = root(suite.Package.Key)
				}
			}
		}
	}
	together := map[string][]string{}
	for _, s := range c.Suites {
		r := root(s.Value.Package.Key)
		together[r] = append(together[r], s.Key)
	}
	parts := make([][]string, shards)
	largestFirst := slices.SortedFunc(maps.Values(together), func(a, b []string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a[0], b[0]))
	})
	for _, suites := range largestFirst {
		slices.SortStableFunc(parts, func(a, b []string) int { return len(a) - len(b) })
		parts[0] = append(parts[0], suites...)
	}
	fmt.Printf("%d sets of suites that have to be updated together, the largest of %d suites\n", len(together), len(largestFirst[0]))
	return parts
}

func read(b *testing.B, folder, name string) []byte {
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// copied returns a copy of a project.
func copied(b *testing.B, folder string) string {
	another := b.TempDir()
	copyFiles(b, folder, another, append(files, config.FileName)...)
	return another
}

// contentsOf returns what an update changes, by path.
func contentsOf(b *testing.B, folder string) map[string][]byte {
	found := map[string][]byte{}
	for _, pattern := range files {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			b.Fatal(err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			found[strings.TrimPrefix(path, folder+"/")] = data
		}
	}
	return found
}

// changed returns the paths of the files in which two projects differ, sorted.
func changed(b *testing.B, before, after string) (paths []string) {
	old, now := contentsOf(b, before), contentsOf(b, after)
	all := maps.Clone(old)
	maps.Copy(all, now)
	for path := range all {
		if !bytes.Equal(old[path], now[path]) || (old[path] == nil) != (now[path] == nil) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// merge puts into a copy of base what the parts changed. It returns the number of files that several parts changed, and of
// those that git merges with conflicts, whose lines both stay.
func merge(b *testing.B, base, into string, parts []string) (several, conflicts int) {
	times := map[string]int{}
	for _, part := range parts {
		for _, path := range changed(b, base, part) {
			theirs, err := os.ReadFile(filepath.Join(part, path))
			switch {
			case os.IsNotExist(err):
				continue // another part may still need it; what nothing needs, the last update removes
			case err != nil:
				b.Fatal(err)
			}
			if times[path]++; times[path] == 1 {
				write(b, into, path, theirs)
				continue
			}
			if times[path] == 2 {
				several++
			}
			if !mergeFile(b, filepath.Join(base, path), filepath.Join(into, path), filepath.Join(part, path)) {
				conflicts++
			}
		}
	}
	return several, conflicts
}

// mergeFile merges what another file changed into a file, and reports whether it did so without conflicts.
func mergeFile(b *testing.B, base, into, other string) bool {
	if _, err := os.Stat(base); os.IsNotExist(err) {
		base = os.DevNull
	}
	clean := exec.Command("git", "merge-file", "-p", into, base, other).Run() == nil
	arguments := []string{"merge-file", "--quiet"}
	if strings.HasPrefix(filepath.Base(filepath.Dir(into)), "registry") {
		arguments = append(arguments, "--union") // both sides' lines, as people resolve it
	}
	err := exec.Command("git", append(arguments, into, base, other)...).Run()
	if failed, isExit := errors.AsType[*exec.ExitError](err); err != nil && (!isExit || failed.ExitCode() > 127) {
		b.Fatal(cmp.Or(err, errors.New("git merge-file")))
	}
	return clean
}
