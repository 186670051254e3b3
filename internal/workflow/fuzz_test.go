package workflow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/reference"
)

// workflows returns the generated workflows in testdata and the hand-written one of the reference configuration.
func workflows(tb testing.TB) []File {
	tb.Helper()
	paths, err := filepath.Glob("testdata/*/*.yml")
	if err != nil || len(paths) == 0 {
		tb.Fatal(paths, err)
	}
	files := []File{ciByHand, {Path: ".github/workflows/ci.yml", Data: reference.Files()[".github/workflows/ci.yml"]}}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, File{Path: path, Data: data})
	}
	return files
}

// FuzzReadUses checks that any workflow gives an error, or actions at different positions in the file. Findings hold no
// control characters, and two workflows with the same content do not contradict each other.
func FuzzReadUses(f *testing.F) {
	for _, file := range workflows(f) {
		f.Add(file.Data)
	}
	f.Add([]byte("jobs: &a {b: {steps: [{uses: c/d@e}, *a]}, c: *a}"))
	f.Add([]byte("jobs: {a: &a {steps: &s [&t {uses: c/d@e}, *t]}, b: *a, c: {steps: *s}}"))
	f.Add([]byte("jobs:\n  a: {uses: ./local}\n  b: {uses: \"docker://x@y\"}\n  c: {uses: a/b@1 # v1\n}\n"))
	f.Add([]byte(`jobs: {a: {uses: "actions/checkout@\e[2J\u202e"}, b: {uses: "a\nb@c"}}`))
	c := reference.Config(f)
	pins, _ := ReadActions([]File{ciByHand}, c)
	f.Fuzz(func(t *testing.T, data []byte) {
		Owned(data)
		file := File{Path: "a.yml", Data: data}
		uses, err := readUses(file)
		if err != nil && len(uses) > 0 {
			t.Errorf("%v, and %d uses", err, len(uses))
		}
		type place struct{ line, column int }
		seen := map[place]bool{}
		for _, u := range uses {
			at := place{u.Line, u.Column}
			if seen[at] || u.File != file.Path || u.Line < 1 || u.Line > len(data)+1 || u.Column < 1 || u.Column > len(data)+1 ||
				strings.HasPrefix(u.action, ".") || strings.ContainsAny(u.action, "@:") || strings.ContainsAny(u.Version, " \t\n#") {
				t.Errorf("%#v", u)
			}
			seen[at] = true
		}
		actions, findings := ReadActions([]File{file}, c)
		for _, u := range uses {
			if pin, found := actions.pin(u.action); found && !fullSHA.MatchString(pin.SHA) {
				t.Errorf("%s is pinned to %q", u.action, pin.SHA)
			}
		}
		again, findingsAgain := ReadActions([]File{file, file}, c)
		if diff := cmp.Diff(actions.pins, again.pins); diff != "" {
			t.Errorf("the same workflow twice has other pins:\n%s", diff)
		}
		if (findings.Err() == nil) != (findingsAgain.Err() == nil) {
			t.Errorf("%v, and twice %v", findings, findingsAgain)
		}
		MovedPins([]File{file}, c, pins)
	})
}
