//go:build unix

package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"toxgen/internal/config"
	"toxgen/internal/pep508"
	"toxgen/internal/reference"
	"toxgen/internal/registry"
	"toxgen/internal/tox"
)

// A world is several times the reference: an index of projects and a configuration that follows them. Each suite of the
// reference has Factor copies, in Factor copies of its group.
//
// A copy of a suite follows a project of its own: a clone with the releases, files and requirements of the recorded one.
// So closures keep their sizes, and whatever can be resolved in the reference can be resolved here. How many clones
// another project has depends on how many suites of the reference install it: if all do, there is one, which all copies
// share, like typing-extensions; if one does, each copy has its own. The seed decides which copies share a clone.
type world struct {
	Factor int
	Seed   uint64
	// Clones is the number of clones of each project: a divisor of Factor. The first clone is the project itself.
	Clones map[string]int
}

// newWorld returns a world of several times the reference.
func newWorld(b *testing.B, factor int) world {
	w := world{Factor: factor, Seed: 12, Clones: map[string]int{}}
	c := reference.Config(b)
	l, fault := tox.ReadLock(c, reference.Files()[tox.FileName], nil)
	if fault != nil {
		b.Fatal(fault)
	}
	users := map[string]map[string]bool{}
	for _, p := range selected(b) {
		for name := range l.Environments[p.environment.Name()] {
			if users[name] == nil {
				users[name] = map[string]bool{}
			}
			users[name][p.environment.Suite.Name] = true
		}
	}
	suites := len(c.Suites) + len(c.Static)
	for name, by := range users {
		// One user of all suites: all the clones. All suites: one clone. Between them, geometrically.
		w.Clones[name] = w.divisor(math.Pow(float64(factor), 1-math.Log(float64(len(by)))/math.Log(float64(suites))))
	}
	for i := range c.Suites {
		w.Clones[c.Suites[i].Value.Package.Key] = factor
	}
	w.share(c, reference.Facts(b))
	return w
}

// share gives each project at least as many clones as what it requires has. So the clones of one project that a copy
// installs are one: a copy could otherwise have two, of different versions that were never installed together.
func (w world) share(c *config.Config, facts registry.Facts) {
	extras := map[string]map[string]bool{} // those that anything asks for, by project
	asks := func(r pep508.Requirement) {
		for _, extra := range r.Extras {
			if extras[r.Key()] == nil {
				extras[r.Key()] = map[string]bool{}
			}
			extras[r.Key()][extra] = true
		}
	}
	for _, s := range c.Suites {
		asks(pep508.Requirement{Name: s.Value.Package.Key, Extras: s.Value.Package.Extras})
		for _, rule := range s.Value.Requires {
			for _, r := range rule.Add {
				asks(r.Requirement)
			}
		}
	}
	requires := map[string][]pep508.Requirement{}
	for name, p := range facts {
		requires[name] = requirements(p)
		for _, r := range requires[name] {
			asks(r)
		}
	}
	for changed := true; changed; {
		changed = false
		for name, all := range requires {
			for _, r := range all {
				if n := w.Clones[r.Key()]; n > w.Clones[name] && applies(r, extras[name]) {
					w.Clones[name], changed = n, true
				}
			}
		}
	}
}

// requirements returns what the releases of a project require.
func requirements(p *registry.Project) (all []pep508.Requirement) {
	for _, release := range p.Releases {
		for _, m := range release.Metadata {
			if m.Requirements == nil {
				continue
			}
			for _, text := range m.Requirements.Dist {
				if r, err := pep508.ParseRequirement(text); err == nil {
					all = append(all, r)
				}
			}
		}
	}
	return all
}

var extraName = regexp.MustCompile(`extra *== *["']([^"']*)`)

// applies reports whether a requirement belongs to no extra, or to one of the given ones.
func applies(r pep508.Requirement, extras map[string]bool) bool {
	if r.Marker == nil {
		return true
	}
	m := extraName.FindStringSubmatch(r.Marker.String())
	return m == nil || extras[m[1]]
}

// divisor returns the greatest divisor of the factor that is not above a number. The divisors of which it returns one form a
// chain, each a divisor of the next. So copies that share a project also share what it requires, if that has fewer clones.
func (w world) divisor(most float64) int {
	n, rest := 1, w.Factor
	for p := 2; rest > 1; p++ {
		for ; rest%p == 0; rest /= p {
			if float64(n*p) > most+1e-9 {
				return n
			}
			n *= p
		}
	}
	return n
}

// clone returns the name of the clone of a project that a copy uses.
func (w world) clone(project string, copy int) string {
	if n := w.Clones[project]; n > 1 {
		if block := copy * n / w.Factor; block > 0 {
			return fmt.Sprintf("%s-x%d", project, block+1)
		}
	}
	return project
}

// order returns a permutation of the copies, which decides for a suite which of its copies share a clone.
func (w world) order(suite string) []int {
	h := w.Seed
	for _, c := range []byte(suite) {
		h = h*1099511628211 + uint64(c)
	}
	return rand.New(rand.NewPCG(w.Seed, h)).Perm(w.Factor)
}

// requirementName matches the name at the beginning of a requirement.
var requirementName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`)

// requirement returns a requirement with the name of the clone that a copy uses.
func (w world) requirement(text string, copy int) string {
	name := requirementName.FindString(text)
	normal := pep508.NormalizeName(name)
	if clone := w.clone(normal, copy); clone != normal {
		return clone + text[len(name):]
	}
	return text
}

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
		for copy := range max(1, c.Clones[project]) {
			all = append(all, c.clone(project, copy*c.Factor/max(1, c.Clones[project]))+recordedEnding)
		}
	}
	slices.Sort(all)
	return all, err
}

var cloneName = regexp.MustCompile(`^(.*)-x([0-9]+)$`)

// Open implements [fs.FS].
func (c cloned) Open(name string) (fs.File, error) {
	project, copy := strings.TrimSuffix(name, recordedEnding), 0
	if m := cloneName.FindStringSubmatch(project); m != nil && c.Clones[m[1]] > 1 {
		var number int
		if _, err := fmt.Sscan(m[2], &number); err == nil && number > 1 && number <= c.Clones[m[1]] {
			project, copy = m[1], (number-1)*c.Factor/c.Clones[m[1]]
		}
	}
	file, err := c.recorded.Open(project + recordedEnding)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := c.rewritten(file, project, copy)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return opened{bytes.NewReader(data)}, nil
}

// rewritten returns the record of a project as that of the clone that a copy uses.
func (c cloned) rewritten(packed io.Reader, project string, copy int) ([]byte, error) {
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	r := renaming{c.world, copy, project, c.clone(project, copy)}
	write := json.NewEncoder(z)
	for lines := json.NewDecoder(unpacked); ; {
		var line any
		if err := lines.Decode(&line); err == io.EOF {
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
	copy          int
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
			line = prefix + r.requirement(rest, r.copy)
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

// projects returns the number of projects of which the world has clones, and of the clones.
func (w world) projects() (recorded, clones int) {
	for n := range maps.Values(w.Clones) {
		clones += n
	}
	return len(w.Clones), clones
}
