package endtoend

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/workflow"
)

// rowsOf returns what `rows` prints for a copy of the reference configuration.
func rowsOf(t *testing.T) (data []byte, rows workflow.Exported) {
	t.Helper()
	r := execute(t, copied(t), nil, nil, "rows")
	if r.status != 0 || r.stderr != "" {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil {
		t.Fatal(err)
	}
	return []byte(r.stdout), rows
}

// TestRows checks that each environment that CI runs is in exactly one row, and that rows have the services of their suites.
func TestRows(t *testing.T) {
	_, all := rowsOf(t)
	if all.Version != workflow.ExportVersion || all.Tox != "tox.ini" || all.Source == nil || all.Source.Path != "sdk" {
		t.Errorf("it begins with %+v", all)
	}
	rows := map[string]int{}
	services := map[string]bool{}
	for _, row := range all.Rows {
		for _, l := range []*workflow.ExportedLabel{row.Parallel, row.Serial} {
			if l == nil {
				continue
			}
			for _, e := range l.Environments {
				rows[e]++
			}
		}
		for _, s := range row.Services {
			services[s.Name] = true
		}
	}
	for name, n := range rows {
		if n != 1 || strings.HasSuffix(name, "-latest") {
			t.Errorf("%s is in %d rows", name, n)
		}
	}
	if len(rows) != 624 {
		t.Errorf("%d environments are in rows, not 624", len(rows))
	}
	if diff := cmp.Diff([]string{"clickhouse", "docker", "java", "mysql", "postgres", "redis"}, slices.Sorted(maps.Keys(services))); diff != "" {
		t.Errorf("services (-want +got)\n%s", diff)
	}
}

// example matches a named program in docs/ci.md.
var example = regexp.MustCompile("(?s)<!-- (\\S+\\.py) -->\n```python\n(.*?)```\n<!-- end -->")

// TestRowsExamples runs the programs of docs/ci.md on the rows. Each label has to be in their results exactly once.
func TestRowsExamples(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: python3 is not on PATH, so the programs of docs/ci.md are not run")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	data, all := rowsOf(t)
	programs := map[string]string{}
	for _, m := range example.FindAllStringSubmatch(string(text), -1) {
		programs[m[1]] = m[2]
	}
	// nox itself is not needed to see which sessions a noxfile has.
	const nox = `
class nox:
    def session(name, python):
        print("SESSION", name)
        return lambda run: run(nox)
    def run(*command, external):
        print(*command)
`
	noxfile := strings.Replace(programs["noxfile.py"], "import nox\n", nox, 1)
	for name, program := range map[string]string{"gitlab": programs["ci/gitlab.py"], "buildkite": programs["ci/buildkite.py"], "nox": noxfile} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			put(t, folder, map[string]string{"rows.json": string(data), "program.py": program})
			command := exec.Command(python, "program.py")
			command.Dir = folder
			command.Stdin = strings.NewReader(string(data))
			var errors strings.Builder
			command.Stderr = &errors
			out, err := command.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &errors)
			}
			if name != "nox" && !json.Valid(out) {
				t.Errorf("the result is no JSON:\n%s", out)
			}
			for _, row := range all.Rows {
				for _, l := range []*workflow.ExportedLabel{row.Parallel, row.Serial} {
					if l == nil {
						continue
					}
					if n := len(regexp.MustCompile(`-m `+regexp.QuoteMeta(l.Label)+`["\n]`).FindAllString(string(out), -1)); n != 1 {
						t.Errorf("%s is run %d times", l.Label, n)
					}
				}
			}
		})
	}
}
