//go:build unix

package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep508"
	"toxgen/internal/pypitest"
)

// of returns the recorded slice of the world's index.
func (w world) of(recorded fs.FS) fs.FS {
	if w.Factor <= 1 {
		return recorded
	}
	return cloned{w, recorded}
}

// A cloned is a recorded slice with the clones of a world.
type cloned struct {
	world
	recorded fs.FS
}

const recordedEnding = ".jsonl.gz"

// Glob implements [fs.GlobFS].
func (c cloned) Glob(pattern string) ([]string, error) {
	files, err := fs.Glob(c.recorded, pattern)
	var all []string
	for _, file := range files {
		project := strings.TrimSuffix(file, recordedEnding)
		for nth := range max(1, c.Clones[project]) {
			all = append(all, c.clone(project, nth*c.Factor/max(1, c.Clones[project]))+recordedEnding)
		}
	}
	return all, err
}

var cloneName = regexp.MustCompile(`^(.*)-x([0-9]+)$`)

// Open implements [fs.FS].
func (c cloned) Open(name string) (fs.File, error) {
	project, nth := strings.TrimSuffix(name, recordedEnding), 0
	if m := cloneName.FindStringSubmatch(project); m != nil && c.Clones[m[1]] > 1 {
		var number int
		if _, err := fmt.Sscan(m[2], &number); err == nil && number > 1 && number <= c.Clones[m[1]] {
			project, nth = m[1], (number-1)*c.Factor/c.Clones[m[1]]
		}
	}
	file, err := c.recorded.Open(project + recordedEnding)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := c.rewritten(file, project, nth)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return opened{bytes.NewReader(data)}, nil
}

// rewritten returns the record of a project as that of the clone that a copy uses.
func (c cloned) rewritten(packed io.Reader, project string, nth int) ([]byte, error) {
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	r := renaming{c.world, nth, project, c.clone(project, nth)}
	write := json.NewEncoder(z)
	for lines := json.NewDecoder(unpacked); ; {
		var line any
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if err := write.Encode(r.line(line)); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}

// A renaming makes the record of a project that of a clone.
type renaming struct {
	world
	nth           int
	project, name string
}

func (r renaming) line(line any) any {
	l, isList := line.([]any)
	if !isList {
		return line
	}
	switch l[0] {
	case "f":
		l[1] = r.file(l[1].(string))
	case "m":
		names := l[1].([]any)
		for i := range names {
			names[i] = r.file(names[i].(string))
		}
		l[3] = r.headers(l[3].(string))
	case "s":
		l[1] = r.file(l[1].(string))
		members := map[string]any{}
		for path, text := range l[3].(map[string]any) {
			if strings.HasSuffix(path, "requires.txt") {
				text = r.lines(text.(string), "")
			} else {
				text = r.headers(text.(string))
			}
			members[r.path(path)] = text
		}
		l[3] = members
	}
	return l
}

// file returns the name of a file with the name of the clone in place of that of the project.
func (r renaming) file(name string) string {
	for i := range name {
		if name[i] == '-' && pep508.NormalizeName(name[:i]) == r.project {
			return strings.ReplaceAll(r.name, "-", "_") + name[i:]
		}
	}
	return name
}

// path returns the path of a member of an archive in which folders have the name of the clone.
func (r renaming) path(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if egg, found := strings.CutSuffix(part, ".egg-info"); found && pep508.NormalizeName(egg) == r.project {
			parts[i] = strings.ReplaceAll(r.name, "-", "_") + ".egg-info"
		} else {
			parts[i] = r.file(part)
		}
	}
	return strings.Join(parts, "/")
}

var nameHeader = regexp.MustCompile(`(?m)^Name: .*$`)

// headers returns metadata with the names of clones.
func (r renaming) headers(text string) string {
	return nameHeader.ReplaceAllString(r.lines(text, "Requires-Dist: "), "Name: "+r.name)
}

// lines returns a text in which the requirements, which stand on lines with a prefix, name clones.
func (r renaming) lines(text, prefix string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(line, prefix); found {
			line = prefix + r.requirement(rest, r.nth)
		}
		b.WriteString(line)
	}
	return b.String()
}

// An opened is a file in memory.
type opened struct{ *bytes.Reader }

func (opened) Close() error                 { return nil }
func (o opened) Stat() (fs.FileInfo, error) { return o, nil }
func (opened) Name() string                 { return "" }
func (opened) Mode() fs.FileMode            { return 0o444 }
func (opened) ModTime() time.Time           { return time.Time{} }
func (opened) IsDir() bool                  { return false }
func (opened) Sys() any                     { return nil }

// TestClones checks that the index of a world has the clones of each project, and that a clone differs from the project by
// its name and by the names of what it requires.
func TestClones(t *testing.T) {
	w := world{Factor: 4, Clones: map[string]int{"flask": 4, "werkzeug": 2, "dill": 4}}
	folder := w.of(pypitest.Slice())
	names, err := pypitest.Names(folder)
	if err != nil {
		t.Fatal(err)
	}
	for project, want := range map[string][]string{
		"flask": {"flask", "flask-x2", "flask-x3", "flask-x4"}, "werkzeug": {"werkzeug", "werkzeug-x2"}, "six": {"six"}, "dill": {"dill", "dill-x2", "dill-x3", "dill-x4"},
	} {
		got := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name != project && !strings.HasPrefix(name, project+"-x") })
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", project, diff)
		}
	}
	for _, k := range []struct{ file, want string }{
		{"flask-x3", `"flask_x3-3.1.3-py3-none-any.whl"`},
		{"flask-x3", `\nName: flask-x3\n`},
		{"flask-x3", `\nRequires-Dist: werkzeug-x2`}, // the third and the fourth copy share it
		{"flask-x2", `\nRequires-Dist: werkzeug\u003e`},
		{"flask-x2", `\nRequires-Dist: click\u003e`},
		{"dill-x2", `"dill_x2-0.2.9/dill_x2.egg-info/PKG-INFO"`},
	} {
		file, err := folder.Open(k.file + recordedEnding)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), k.want) {
			t.Errorf("%s lacks %s", k.file, k.want)
		}
	}
}
