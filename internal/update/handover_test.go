package update

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// handedOver returns a folder with files; a name that ends with a slash is that of a folder.
func handedOver(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, data := range files {
		place := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			t.Fatal(err)
		}
		err := os.MkdirAll(place, 0o755)
		if !strings.HasSuffix(name, "/") {
			_ = os.Remove(place)
			err = os.WriteFile(place, []byte(data), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// made is a tox.ini with nothing but the mark of what toxgen made.
const made = "# Made by `mage toxgen` from toxgen.yaml\n"

func TestReadHandover(t *testing.T) {
	files := map[string]string{"tox.ini": made, "build-constraints.txt": "", "summary.json": "{}", "registry/a-b.jsonl": "a"}
	h, err := ReadHandover(handedOver(t, files), "tox.ini")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, data := range h {
		if data == nil {
			t.Errorf("%s is nil, as if it was not there", name)
		}
		got[name] = string(data)
	}
	if diff := cmp.Diff(files, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestReadHandoverRefuses: whatever does not belong to a hand-over is an error, all of it at once.
func TestReadHandoverRefuses(t *testing.T) {
	const unknown = "an update hands over nothing of this name"
	for _, test := range []struct {
		name  string
		files map[string]string
		spoil func(folder string) error
		want  []string
	}{
		{"nothing", nil, nil, []string{"tox.ini: it is missing"}},
		{"facts alone", map[string]string{"registry/a.jsonl": ""}, nil, []string{"tox.ini: it is missing"}},
		{"names", map[string]string{"tox.ini": "", "toxgen.yaml": "", "registry/A.jsonl": "", "registry/a.json": "", "registry/sub/a.jsonl": "", ".git/config": "", "x/registry/a.jsonl": ""}, nil,
			[]string{".git: " + unknown, "registry/A.jsonl: " + unknown, "registry/a.json: " + unknown, "registry/sub: " + unknown, "toxgen.yaml: " + unknown, "x: " + unknown}},
		{"a newer format", map[string]string{"tox.ini": "# Made by `mage toxgen` from toxgen.yaml\n# toxgen format 2\n"}, nil,
			[]string{"tox.ini: the file has format 2, of a newer toxgen: this one knows format 1: update toxgen"}},
		{"an empty folder", map[string]string{"tox.ini": "", "templates/": ""}, nil, []string{"templates: " + unknown}},
		{"a folder in place of a file", map[string]string{"tox.ini/": ""}, nil, []string{"tox.ini: " + unknown}},
		{"a link", map[string]string{"tox.ini": ""}, func(folder string) error { return os.Symlink("tox.ini", filepath.Join(folder, "summary.json")) },
			[]string{"summary.json: it is a link or something else than a file"}},
		{"a link in place of the facts", map[string]string{"tox.ini": ""}, func(folder string) error { return os.Symlink("/", filepath.Join(folder, "registry")) },
			[]string{"registry: it is a link or something else than a file"}},
		{"an executable", map[string]string{"tox.ini": ""}, func(folder string) error { return os.Chmod(filepath.Join(folder, "tox.ini"), 0o755) },
			[]string{"tox.ini: its mode is -rwxr-xr-x: only plain files are taken over"}},
		{"too large", map[string]string{"tox.ini": ""}, func(folder string) error { return os.Truncate(filepath.Join(folder, "tox.ini"), maximumHandedBytes+1) },
			[]string{": there are more than 67108864 bytes"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := handedOver(t, test.files)
			if test.spoil != nil {
				if err := test.spoil(folder); err != nil {
					t.Fatal(err)
				}
			}
			_, err := ReadHandover(folder, "tox.ini")
			var got []string
			for message := range strings.Lines(messageOf(err)) {
				message = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(message), folder), "/")
				got = append(got, strings.Replace(message, ": error: ", ": ", 1))
			}
			if slices.Sort(got); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if _, err := ReadHandover(filepath.Join(t.TempDir(), "not-there"), "tox.ini"); !os.IsNotExist(err) {
		t.Errorf("a folder that is not there gives %v", err)
	}
}

func TestHandedSummary(t *testing.T) {
	for _, test := range []struct{ name, summary, want string }{
		{"none", "", ""},
		{"one", `{"format":1,"before":{"releases":1,"environments":2,"rows":3},"after":{"releases":1,"environments":2,"rows":3}}`, ""},
		{"an unknown key", `{"body":"closes #1"}`, `summary.json: error: not a summary: json: unknown field "body": if a newer toxgen wrote it, update toxgen`},
		{"another format", `{"format":2}`, "summary.json: error: the summary has format 2, of a newer toxgen: this one knows format 1: update toxgen"},
		{"no JSON", "x", "summary.json: error: not a summary: invalid character 'x' looking for beginning of value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := Handover{}
			if test.summary != "" {
				h[SummaryFile] = []byte(test.summary)
			}
			s, err := h.Summary()
			if messageOf(err) != test.want || (s == nil) != (err != nil) {
				t.Errorf("got %v, %v; want %q", s, err, test.want)
			}
		})
	}
}

// TestHanded: the names that an update hands over are exact.
func TestHanded(t *testing.T) {
	names := map[string]bool{"build-constraints.txt": true, "summary.json": true, "registry/a.jsonl": true, "registry/a-1.jsonl": true,
		"Tox.ini": false, "registry/A.jsonl": false, "registry/a_b.jsonl": false, "registry/a.b.jsonl": false, "registry/.jsonl": false, "registry/-a.jsonl": false,
		"registry/a/b.jsonl": false, "registry/../tox.jsonl": false, "a.jsonl": false, "registry/a.jsonl.jsonl": false, "registry": false, "": false}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if got := handed(name); got != names[name] {
			t.Errorf("%q: got %v", name, got)
		}
	}
}
