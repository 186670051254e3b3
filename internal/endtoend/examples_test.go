package endtoend

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "generate the files of examples/ again, from their facts, and write what commands print into the pages of the documentation")

// examples are the names of the folders in examples/, with the file that tox reads there.
var examples = map[string]string{"monorepo": "tox.ini", "pyproject": "tox.ini", "services": "tox-matrix.ini"}

// exampleFolder returns the path of an example's folder.
func exampleFolder(name string) string { return filepath.Join("..", "..", "examples", name) }

// TestExamples checks that each example is in sync, without any finding, also when actionlint, zizmor and tox read it.
func TestExamples(t *testing.T) {
	entries, err := os.ReadDir(exampleFolder("."))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, entry := range entries {
		if entry.IsDir() {
			got[entry.Name()] = examples[entry.Name()]
		}
	}
	if diff := cmp.Diff(examples, got); diff != "" {
		t.Errorf("the folders in examples/ (-want +got)\n%s", diff)
	}
	for name, ini := range examples {
		t.Run(name, func(t *testing.T) {
			if *update {
				r := execute(t, exampleFolder(name), []string{"TOXGEN_CACHE=" + t.TempDir()}, nil, "workflows")
				if r.status != 0 {
					t.Fatalf("status %d\n%s", r.status, r.stderr)
				}
			}
			folder := copyOf(t, exampleFolder(name))
			if r := execute(t, folder, nil, nil, "check"); r.status != 0 || r.stdout+r.stderr != "" {
				t.Errorf("status %d\n%s%sif it is the program that changed: go test ./internal/endtoend -run TestExamples -update", r.status, r.stdout, r.stderr)
			}
			t.Run("zizmor", func(t *testing.T) { audit(t, folder) })
			t.Run("tox", func(t *testing.T) { readByTox(t, folder, ini) })
		})
	}
}

// tryExamples returns the stage of examples/README.md: a copy of an example.
func tryExamples() map[string]func(*testing.T, *stage) {
	return map[string]func(*testing.T, *stage){"try": func(t *testing.T, s *stage) {
		if err := os.CopyFS(s.folder, os.DirFS(exampleFolder("pyproject"))); err != nil {
			t.Fatal(err)
		}
	}}
}

// audit lets zizmor audit the workflows of a folder.
func audit(t *testing.T, folder string) {
	t.Helper()
	zizmor, err := exec.LookPath("zizmor")
	if err != nil {
		t.Skip("NOT CHECKED: zizmor is not on PATH, so nobody audits these workflows here (pip install zizmor)")
	}
	if out, err := exec.Command(zizmor, "--offline", "--strict-collection", "--persona=auditor", folder).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// readByTox lets tox list the environments of a folder, and evaluate what each of them installs and runs.
func readByTox(t *testing.T, folder, ini string) {
	t.Helper()
	tox, err := exec.LookPath("tox")
	if err != nil {
		t.Skip("SKIPPED: tox is not on PATH, so it reads none of this")
	}
	run := func(arguments ...string) string {
		command := exec.Command(tox, append([]string{"-c", ini}, arguments...)...)
		command.Dir = folder
		out, err := command.Output()
		if err != nil {
			t.Fatalf("tox %s: %v", strings.Join(arguments, " "), err)
		}
		return string(out)
	}
	names := strings.Fields(run("list", "--no-desc"))
	config := run("config", "-k", "deps", "commands", "set_env", "-e", strings.Join(names, ","))
	if got := strings.Count("\n"+config, "\n[testenv:"); got != len(names) || got == 0 {
		t.Errorf("tox lists %d environments, and shows %d", len(names), got)
	}
	if strings.Contains(config, "= # Exception") {
		t.Errorf("tox cannot evaluate all of it\n%s", config)
	}
	for _, section := range strings.Split("\n"+config, "\n[testenv:")[1:] {
		name, rest, _ := strings.Cut(section, "]")
		if suite, release, found := strings.Cut(name, "-v"); found && !strings.Contains(rest, "=="+release) {
			t.Errorf("%s does not install release %s of what %s follows\n%s", name, release, suite, rest)
		}
	}
}
