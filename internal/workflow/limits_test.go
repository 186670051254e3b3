package workflow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLimits(t *testing.T) {
	limit := func(text string) func(string) string {
		return replace(t, "  actions:\n", "  limits: {"+text+"}\n  actions:\n")
	}
	tests := []struct {
		name string
		edit func(string) string
		want []string
	}{
		{"rows at the limit", limit("rows: 3"), nil},
		{"rows", limit("rows: 2"), []string{
			`toxgen.yaml:60:5: error: group "Common": 3 rows in the matrix of one job, more than 2` + "\n  hint: split the group",
			`toxgen.yaml:62:5: error: group "Tasks": 3 rows in the matrix of one job, more than 2` + "\n  hint: split the group",
			`toxgen.yaml:63:5: error: group "Web 1": 3 rows in the matrix of one job, more than 2` + "\n  hint: split the group",
		}},
		{"reusables at the limit", limit("reusables: 4"), nil},
		{"reusables", limit("reusables: 3"), []string{
			`toxgen.yaml:63:5: error: group "Web 1" is number 4: a workflow may call 3 reusable workflows` + "\n  hint: merge groups",
		}},
		{"an expression in a command", replace(t, `hello, $WHOM`, `hello, ${{ github.actor }}`), []string{
			"toxgen.yaml:26:7: error: step \"Say hello\": GitHub pastes the value of an expression in `run` into the command\n  hint: pass the value through `env`",
		}},
		{"an expression in a service", replace(t, `touch license.txt`, `touch ${{ github.actor }}`), []string{
			"toxgen.yaml:54:3: error: service \"license\": GitHub pastes the value of an expression in `run` into the command\n  hint: pass the value through `env`",
		}},
		{"a variable that is taken", replace(t, `EXAMPLE_LOG: `, `LABEL: `), []string{
			`toxgen.yaml:24:9: error: workflow.env sets LABEL, which toxgen sets itself`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := load(t, "full", tt.edit)
			files, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
			if d := cmp.Diff(tt.want, texts(findings)); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			if (files == nil) != (len(tt.want) > 0) {
				t.Errorf("%d files", len(files))
			}
		})
	}
}

func TestLimitOfBytes(t *testing.T) {
	e := load(t, "full")
	limit, largest := &e.config.Workflow.Limits.Bytes, 0
	for _, f := range e.render(t) {
		largest = max(largest, len(f.Data))
	}
	*limit = largest
	e.render(t)

	*limit--
	files, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
	want := []string{fmt.Sprintf(`toxgen.yaml:62:5: error: group "Web 1": .github/workflows/test-integrations-web-1.yml would have %d bytes; `+
		"GitHub ignores a workflow of more than %d\n  hint: give it fewer rows or shorter steps", largest, largest-1)}
	if d := cmp.Diff(want, texts(findings)); d != "" || files != nil {
		t.Errorf("%d files (-want +got):\n%s", len(files), d)
	}
}

func TestLimitOfRun(t *testing.T) {
	long := "echo " + strings.Repeat("ä", 19_995)
	e := load(t, "full", replace(t, "touch license.txt", long))
	e.render(t)

	e = load(t, "full", replace(t, "touch license.txt", long+"x"))
	files, findings := Render(t.Context(), e.config, e.matrix, e.actions, embedded)
	want := []string{"toxgen.yaml:61:5: error: group \"Tasks\": job runner, step \"Set up license\": `run` has 20001 characters, more than 20000\n  hint: put the command into a file"}
	if d := cmp.Diff(want, texts(findings)); d != "" || files != nil {
		t.Errorf("%d files (-want +got):\n%s", len(files), d)
	}
}
