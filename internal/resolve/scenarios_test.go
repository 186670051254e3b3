package resolve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/metadata"
	"toxgen/internal/pep440"
	"toxgen/internal/pep508"
	"toxgen/internal/requirements"
	"toxgen/internal/vectors"
	"toxgen/internal/wheel"
)

// scenario is one small universe with a problem and pip's answer; testdata/README.md names the sources.
type scenario struct {
	Name, Topic, Python string
	Requirements        []string
	Constraints         []string
	Index               map[string]releases
	Expected            struct {
		Packages map[string]string
		Error    bool
		Mentions []string
	}
	ChosenFiles map[string]string `json:"chosen-files"`
	// Rounds is the number of rounds that pip's search took; only the random universes have it.
	Rounds int
}

// releases are in the order in which they are written, which is that of the files on the page.
type releases []releaseEntry

type releaseEntry struct {
	version string
	fields  fields
}

// fields are the keys of a release or of a file. Those of a file override those of its release.
type fields map[string]json.RawMessage

func (r *releases) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		version, err := d.Token()
		if err != nil {
			return err
		}
		entry := releaseEntry{version: version.(string)}
		if err := d.Decode(&entry.fields); err != nil {
			return err
		}
		*r = append(*r, entry)
	}
	return nil
}

func get[T any](f fields, key string, otherwise T) T {
	if raw, found := f[key]; found {
		value := otherwise
		if err := json.Unmarshal(raw, &value); err != nil {
			panic(fmt.Sprintf("%s: %v", key, err))
		}
		return value
	}
	return otherwise
}

// index returns the universe of a scenario as an index would serve it.
func (s *scenario) index() *memoryIndex {
	x := newMemoryIndex()
	for project, list := range s.Index {
		name := pep508.NormalizeName(project)
		var files []File
		var entries []fields
		var versions []string
		for _, r := range list {
			for _, f := range filesOf(project, r) {
				file, ok := fileOf(name, r.fields, f)
				if ok {
					files, entries, versions = append(files, file), append(entries, over(r.fields, f)), append(versions, r.version)
				}
			}
		}
		for i := range files {
			files[i].Source = reader(func() (*metadata.Metadata, error) {
				return metadataOf(project, versions[i], entries[i], files[i].Sdist)
			})
		}
		x.projects[name] = NewProject(files)
	}
	return x
}

func over(release, file fields) fields {
	merged := fields{}
	for _, f := range [...]fields{release, file} {
		for key, value := range f {
			merged[key] = value
		}
	}
	return merged
}

func filesOf(project string, r releaseEntry) []fields {
	if _, listed := r.fields["files"]; listed {
		return get[[]fields](r.fields, "files", nil)
	}
	name := strings.ReplaceAll(pep508.NormalizeName(project), "-", "_")
	text, _ := json.Marshal(name + "-" + strings.ReplaceAll(r.version, "-", "_") + "-py3-none-any.whl")
	return []fields{{"filename": text}}
}

func fileOf(project string, release, entry fields) (File, bool) {
	f := File{Filename: get(entry, "filename", "")}
	if w, err := wheel.ParseWheel(f.Filename); err == nil && w.Name == project {
		f.Version, f.Tags, f.Build = w.Version, w.Tags, w.Build
	} else if s, err := wheel.ParseSdistOf(project, f.Filename); err == nil {
		f.Version, f.Sdist, f.SdistPython = s.Version, true, s.Python
	} else {
		return f, false
	}
	f.RequiresPython = get(over(release, entry), "requires-python", "")
	if _, stated := entry["index-requires-python"]; stated {
		f.RequiresPython = get(entry, "index-requires-python", "")
	}
	switch yanked := get[any](over(release, entry), "yanked", false).(type) {
	case bool:
		f.Yanked = yanked
	case string:
		f.Yanked, f.YankedReason = yanked != "", yanked
	}
	return f, true
}

// metadataOf returns what a client can read of a file without running anything.
func metadataOf(project, version string, entry fields, sdist bool) (*metadata.Metadata, error) {
	core := get[any](entry, "core-metadata", !sdist)
	if core == "mismatch" {
		return nil, fmt.Errorf("the metadata of %s are not what the index promised", get(entry, "filename", ""))
	}
	if text, whole := entry["metadata-text"]; whole {
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, err
		}
		m := metadata.Parse([]byte(s))
		return &m, nil
	}
	m := &metadata.Metadata{
		Name: get(entry, "metadata-name", project), Version: get(entry, "metadata-release", version),
		RequiresPython: get(entry, "requires-python", ""), RequiresDist: get[[]string](entry, "requires", nil), ProvidesExtra: get[[]string](entry, "extras", nil),
	}
	if core != false {
		return m, nil
	}
	switch get(entry, "sdist", "2.2") {
	case "dynamic", "bare":
		return nil, &UnreadableError{"its requirements are known only to its build"}
	case "legacy":
		var err error
		m.RequiresDist, m.ProvidesExtra, err = metadata.ParseRequires([]byte(get(entry, "requires-txt", "")))
		return m, err
	}
	return m, nil
}

// problem returns the requirements and constraints of a scenario.
func (s *scenario) problem() (*Problem, error) {
	roots, err := rootsOf("requirements.txt", s.Requirements)
	if err != nil {
		return nil, err
	}
	constraints, err := rootsOf("constraints.txt", s.Constraints)
	return &Problem{Roots: roots, Constraints: constraints}, err
}

// rootsOf returns the requirements of a file with the given lines.
func rootsOf(name string, lines []string) (roots []Root, err error) {
	list, findings := requirements.Parse(name, []byte(strings.Join(lines, "\n")))
	for _, r := range list {
		roots = append(roots, Root{r.Requirement, fmt.Sprintf("%s:%d", name, r.Place.Line)})
	}
	return roots, findings.Err()
}

// target returns the universe of a scenario as the scenario's Python sees it.
func (s *scenario) target(tb testing.TB, x Index) *Target {
	return NewUniverse(x, 0).Target(interpreter(tb, s.Python).On(linux))
}

// mentions reports whether a text contains the name of a project, in any spelling.
func mentions(text, name string) bool {
	pattern := `(?i)(^|[^a-z0-9])` + strings.ReplaceAll(regexp.QuoteMeta(name), "-", "[-_.]+") + `([^a-z0-9]|$)`
	return regexp.MustCompile(pattern).MatchString(text)
}

func TestScenarios(t *testing.T) {
	list := vectors.Read[[]*scenario](t, "scenarios")
	vectors.Rows(t, "scenarios", list, 253)
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p, err := s.problem()
			var got *Result
			if err == nil {
				got, err = s.target(t, s.index()).Resolve(context.Background(), p)
			}
			if s.Expected.Error {
				s.checkError(t, got, err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(s.pins(), pinsOf(got)); diff != "" {
				t.Errorf("pins (-want +got):\n%s", diff)
			}
		})
	}
}

func (s *scenario) checkError(t *testing.T, got *Result, err error) {
	if err == nil {
		t.Fatalf("got %s, want an error", got.text())
	}
	for _, name := range s.Expected.Mentions {
		if !mentions(err.Error(), name) {
			t.Errorf("the error does not mention %s:\n%v", name, err)
		}
	}
}

// pinned is a version in normal form without trailing zeros, so that equal versions have equal texts, and the file
// that was chosen.
type pinned struct{ Version, File string }

func (s *scenario) pins() map[string]pinned {
	pins := map[string]pinned{}
	for name, version := range s.Expected.Packages {
		file, err := url.PathUnescape(s.ChosenFiles[name])
		if err != nil {
			panic(err)
		}
		pins[name] = pinned{pep440.MustParse(version).Canonical(), file}
	}
	return pins
}

func pinsOf(r *Result) map[string]pinned {
	pins := map[string]pinned{}
	for _, pin := range r.Pins {
		pins[pin.Name] = pinned{pin.Version.Canonical(), pin.File.Filename}
	}
	return pins
}
