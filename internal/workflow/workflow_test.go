package workflow

import (
	"flag"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/config"
	"toxgen/internal/finding"
	"toxgen/internal/matrix"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// environments holds the environments of each example: a suite without facts keeps those in tox.ini.
var environments = map[string][]string{
	"full": {
		"py3.6-celery-v5.1", "py3.7-celery-v5.1", "py3.10-celery-v5.6", "py3.14-celery-v5.6",
		"py3.7-redis-v3.5", "py3.14-redis-v7.0", "py3.14t-redis-v7.0",
		"py3.10-spark-v4.0", "py3.14-spark-v4.0",
		"py3.7-django-v3.2", "py3.10-django-v5.2", "py3.14t-django-v6.0", "py3.14-django-v6.0",
		"py3.10-flask-v3.1", "py3.14-flask-v3.1",
	},
	"systems": {
		"py3.10-flask-v3.1", "py3.11-flask-v3.1", "py3.12-flask-v3.1", "py3.13-flask-v3.1", "py3.14-flask-v3.1", "py3.14t-flask-v3.1",
		"py3.11-redis-v7.0", "py3.12-redis-v7.0",
	},
	"rows": {
		"py3.7-django-v3.2", "py3.12-django-v4.2", "py3.12-django-v5.2", "py3.13-django-v5.2",
		"py3.12-flask-v3.0", "py3.12-flask-v3.1", "py3.13-flask-v3.1", "py3.12-celery-v5.6", "py3.13-celery-v5.6",
	},
	"plain":   {"py3.12-flask-v3.0", "py3.12-flask-v3.1", "py3.13-flask-v3.1"},
	"triage":  {"py3.12-flask-v3.0", "py3.13-django-v6.0"},
	"results": {"py3.12-flask-v3.0", "py3.12-django-v5.2", "py3.13-django-v6.0"},
}

// ciByHand is a hand-written workflow that pins actions/checkout.
var ciByHand = File{Path: ".github/workflows/ci.yml", Data: []byte(`name: CI
on: [push]
jobs:
  ci:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - run: make
`)}

// An example is a folder of testdata with its matrix and its pins.
type example struct {
	config  *config.Config
	matrix  *matrix.Matrix
	actions Actions
}

func load(t *testing.T, name string, edit ...func(text string) string) example {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, e := range edit {
		text = e(text)
	}
	c, findings := config.Parse(config.FileName, []byte(text))
	if c == nil {
		t.Fatal(findings)
	}
	selected := matrix.Select(c, nil, matrix.Before{Environments: environments[name]})
	m, findings := selected.Matrix, selected.Findings
	if err := findings.Err(); err != nil {
		t.Fatal(err)
	}
	var byHand []File
	if name == "full" {
		byHand = []File{ciByHand}
	}
	actions, findings := ReadActions(byHand, c)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return example{c, m, actions}
}

// replace returns an edit of an example's configuration. The replaced text must exist.
func replace(t *testing.T, old, with string) func(string) string {
	return func(text string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("there is no %q to replace", old)
		}
		return strings.ReplaceAll(text, old, with)
	}
}

// withIndex returns an edit that declares an index and the secret with its credentials.
func withIndex(t *testing.T) func(string) string {
	return replace(t, "workflow:\n", "index: https://packages.example.org/simple/\n\nworkflow:\n  netrc: INDEX_NETRC\n")
}

// withResults returns an edit that lets rows hand over results.
func withResults(t *testing.T) func(string) string {
	return replace(t, "  report:\n", "  results: [\"coverage/junit-*.xml\"]\n  report:\n")
}

// plainTox returns an edit by which plain tox runs the rows.
func plainTox(t *testing.T) func(string) string {
	return replace(t, `tox-uv: "1.37.1"`, `virtualenv: "21.15.11"`)
}

func embedded(name string) (string, error) {
	data, err := os.ReadFile(filepath.Join("..", "..", "templates", name))
	return string(data), err
}

func (e example) render(t *testing.T) []File {
	t.Helper()
	files, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return files
}

func TestRenderGolden(t *testing.T) {
	for name := range environments {
		t.Run(name, func(t *testing.T) {
			golden := map[string]string{}
			paths, _ := filepath.Glob(filepath.Join("testdata", name, "*.yml"))
			for _, p := range paths {
				data, err := os.ReadFile(p)
				if err != nil {
					t.Fatal(err)
				}
				golden[".github/workflows/"+filepath.Base(p)] = string(data)
			}
			got := map[string]string{}
			for _, f := range load(t, name).render(t) {
				got[f.Path] = string(f.Data)
				if !Owned(f.Data) {
					t.Errorf("%s is not marked as generated", f.Path)
				}
			}
			if *update {
				for _, p := range paths {
					os.Remove(p)
				}
				for p, text := range got {
					if err := os.WriteFile(filepath.Join("testdata", name, path.Base(p)), []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				return
			}
			if d := cmp.Diff(golden, got); d != "" {
				t.Errorf("differs (-want +got):\n%s", d)
			}
		})
	}
}

func TestRenderNothing(t *testing.T) {
	e := load(t, "plain")
	files, findings := Render(t.Context(), e.config, &matrix.Matrix{}, e.actions, embedded)
	if len(files) > 0 || len(findings) > 0 {
		t.Errorf("got %v and %v", files, findings)
	}
}

func TestOwned(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{markOf(&config.Config{File: "toxgen.yaml"}) + "\nname: x\n", true},
		{markOf(&config.Config{File: "other.yaml"}) + "\r\nname: x\n", true},
		{"name: x\n" + markOf(&config.Config{File: "toxgen.yaml"}) + "\n", false},
		{"\n" + markOf(&config.Config{File: "toxgen.yaml"}), false},
		{"", false},
	}
	for _, tt := range tests {
		if got := Owned([]byte(tt.text)); got != tt.want {
			t.Errorf("Owned(%q) = %t", tt.text, got)
		}
	}
}

// texts returns findings as text.
func texts(l finding.List) []string {
	var all []string
	for _, f := range l {
		all = append(all, f.String())
	}
	return all
}
