package endtoend

import (
	"encoding/json"
	"maps"
	"os/exec"
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

// nox is a stand-in for the program nox: it runs the sessions of a noxfile, in which a command is printed. nox itself is not needed to
// see what it would run.
const nox = `exec python3 -c '
import sys, types

class Session:
    def run(self, *command, external):
        print(*command)

def session(name, python):
    return lambda run: sys.argv[1:] in ([], ["-s", name]) and run(Session())

module = sys.modules["nox"] = types.ModuleType("nox")
module.session, module.Session = session, Session
exec(open("noxfile.py").read())
' "$@"
`

// otherSystems returns the stages of docs/ci.md: the reference configuration. Each label has to be exactly once in what the programs
// of a story make.
func otherSystems() map[string]func(*testing.T, *stage) {
	set := func(made string) func(*testing.T, *stage) {
		return func(t *testing.T, s *stage) {
			if _, err := exec.LookPath("python3"); err != nil {
				t.Skip("SKIPPED: python3 is not on PATH, so the programs of docs/ci.md are not run")
			}
			referred(t, s)
			s.link(t)
			s.script(t, "buildkite-agent", "cat >pipeline.json\n")
			s.script(t, "nox", nox)
			s.then = func(t *testing.T) {
				data, all := rowsOf(t)
				if rows := content(t, s.folder)["rows.json"]; rows != "" && rows != string(data) {
					t.Errorf("rows.json has other rows")
				}
				out := s.run(t, made)
				for _, row := range all.Rows {
					for _, l := range []*workflow.ExportedLabel{row.Parallel, row.Serial} {
						if l == nil {
							continue
						}
						if n := len(regexp.MustCompile(`-m `+regexp.QuoteMeta(l.Label)+`["\n]`).FindAllString(out, -1)); n != 1 {
							t.Errorf("%s is run %d times", l.Label, n)
						}
					}
				}
			}
		}
	}
	return map[string]func(*testing.T, *stage){
		"gitlab":    set("python3 -m json.tool matrix.yml"),
		"buildkite": set("python3 -m json.tool pipeline.json"),
		"nox":       set("nox"),
	}
}
