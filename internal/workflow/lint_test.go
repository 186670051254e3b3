package workflow

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// checkout writes files to a directory as in a repository.
func checkout(t *testing.T, files []File) (root string, paths []string) {
	t.Helper()
	root = t.TempDir()
	for _, f := range files {
		p := filepath.Join(root, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	return root, paths
}

// variants returns the examples and changed configurations that use other parts of the templates.
func variants(t *testing.T) map[string][]File {
	edits := map[string]func(string) string{
		"the SDK's own repository": replace(t, "  source: {repository: example/sdk, ref: 0123456789abcdef0123456789abcdef01234567, path: sdk}\n", ""),
		"no report": func(text string) string {
			start, end := strings.Index(text, "  report:\n"), strings.Index(text, "  actions:\n")
			return text[:start] + text[end:]
		},
		"a report without permissions": replace(t, "    permissions: {contents: read, pull-requests: write}\n", ""),
		"one image for all":            replace(t, "python:3.7@sha256:eedf63967cdb57d8214db38ce21f105003ed4e4d0358f02bedc057341bcf92a0", "python:3.6@sha256:f8652afaf88c25f0d22354d547d892591067aa4026a7fa9a6819df9f300af6fc"),
		"three images":                 replace(t, `"3.10", patch: 20`, `"3.10", patch: 20, container: "python:3.10@sha256:9a8afca54e7861fd90fab5fdf4c42477a6b1cb7d293595148e674e0a3181de15"`),
		"an index with credentials":    withIndex(t),
		"results beside coverage":      withResults(t),
		"plain tox":                    plainTox(t),
		"a runner with two labels":     replace(t, "  runs-on: ubuntu-24.04\n", "  runs-on: [ubuntu-24.04, x64]\n"),
	}
	all := map[string][]File{}
	for name := range environments {
		all[name] = load(t, name).render(t)
	}
	for name, e := range rowExamples(t) {
		all["rows "+name] = e.render(t)
	}
	for name, edit := range edits {
		all[name] = load(t, "full", edit).render(t)
	}
	return all
}

func TestActionlint(t *testing.T) {
	for name, files := range variants(t) {
		t.Run(name, func(t *testing.T) {
			root, paths := checkout(t, files)
			linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
			if err != nil {
				t.Fatal(err)
			}
			project, err := actionlint.NewProject(root)
			if err != nil {
				t.Fatal(err)
			}
			findings, err := linter.LintFiles(paths, project)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Error(f)
			}
		})
	}
}

func TestZizmor(t *testing.T) {
	zizmor, err := exec.LookPath("zizmor")
	if err != nil {
		t.Skip("NOT CHECKED: zizmor is not on PATH, so nobody audits the generated workflows here (pip install zizmor)")
	}
	for name, files := range variants(t) {
		t.Run(name, func(t *testing.T) {
			root, _ := checkout(t, files)
			out, err := exec.Command(zizmor, "--offline", "--strict-collection", "--persona=auditor", root).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
