package registry_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/pep440"
	"toxgen/internal/reference"
	"toxgen/internal/registry"
)

var equalProjects = cmp.Comparer(func(a, b pep440.Version) bool { return a.String() == b.String() })

// FuzzParse checks that every fault lies within the file, and that formatting and parsing a project returns an equal
// project with the same text.
func FuzzParse(f *testing.F) {
	f.Add([]byte(registry.SampleText))
	f.Add([]byte("<<<<<<< a\n{\"version\":\"1\"}\n=======\n{\"version\":\"1.0\"}\n>>>>>>> b\n"))
	f.Add([]byte("{\"version\":\"2\"}\r\n{\"version\":\"1\",\"yanked\":\"\\ud83d\\ude00\"}\n{\"version\":\"2\"}\n"))
	for line := range strings.Lines(registry.SampleText) {
		f.Add([]byte(line))
	}
	files := reference.Files()
	for i, path := range slices.Sorted(maps.Keys(files)) {
		lines := slices.Collect(bytes.Lines(files[path]))
		if i%4 == 0 && strings.HasPrefix(path, registry.Folder+"/") {
			f.Add(bytes.Join(lines[max(len(lines)-3, 0):], nil)) // the newest releases have the most facts
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, disagreements, faults := registry.Parse("example", data)
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > bytes.Count(data, []byte("\n"))+1 || fault.Column < 0 || fault.Column > len(data)+1 ||
				fault.Message == "" || fault.Hint == "" || strings.ContainsFunc(fault.Message, unicode.IsControl) {
				t.Errorf("%#v", fault)
			}
		}
		if p == nil {
			if len(faults) == 0 || disagreements != nil {
				t.Errorf("%v, %v", faults, disagreements)
			}
			return
		}
		text := registry.Format(p)
		if len(p.Releases) == 0 {
			return
		}
		again, disagreements, faults := registry.Parse("example", text)
		if len(faults)+len(disagreements) > 0 {
			t.Fatalf("%s: %v, %v", text, faults, disagreements)
		}
		if diff := cmp.Diff(p, again, equalProjects); diff != "" {
			t.Errorf("read again (-first +second):\n%s", diff)
		}
		if !bytes.Equal(registry.Format(again), text) {
			t.Errorf("%s is written as %s", text, registry.Format(again))
		}
	})
}
