package workflow

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script returns the command of the first step with a name.
func script(t *testing.T, step string) string {
	t.Helper()
	for _, j := range jobs(t, load(t, "full").render(t)) {
		for _, s := range j.Steps {
			if s.Name == step {
				return s.Run
			}
		}
	}
	t.Fatalf("no step %q", step)
	return ""
}

// run writes a command to a file and runs a program with that file.
func run(t *testing.T, program, text string, env ...string) (output string, status int) {
	t.Helper()
	interpreter, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("NOT CHECKED: %s is not on PATH, so the workflows' own command is not run here", program)
	}
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(interpreter, file)
	command.Env = append(os.Environ(), env...)
	out, err := command.CombinedOutput()
	if err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func TestGate(t *testing.T) {
	tests := map[string]int{
		"success": 0, "success success": 0,
		"failure": 1, "success cancelled": 1, "skipped success": 1, "success failure success": 1,
	}
	gate := script(t, "Every group has to succeed")
	for results, want := range tests {
		if out, got := run(t, "bash", gate, "RESULTS="+results); got != want {
			t.Errorf("%q ends with %d, not %d: %s", results, got, want, out)
		}
	}
}

func TestTestsAreTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	out, status := run(t, "bash", script(t, "Tell the tests about postgres"), "GITHUB_ENV="+file,
		"VARIABLES=EXAMPLE_HOST EXAMPLE_NOTE", "EXAMPLE_HOST=a b*", "EXAMPLE_NOTE=$(x)\ntwo=2")
	got, _ := os.ReadFile(file)
	want := "EXAMPLE_HOST<<end_of_value\na b*\nend_of_value\nEXAMPLE_NOTE<<end_of_value\n$(x)\ntwo=2\nend_of_value\n"
	if d := cmp.Diff(want, string(got)); d != "" || status != 0 {
		t.Errorf("status %d: %s\n%s", status, out, d)
	}
}

// uv is a program that records how it is called and finds an interpreter.
const uv = `#!/bin/sh
echo "$UV_PYTHON_INSTALL_DIR|$*" >>"$CALLS"
case "$*" in *find*) echo "$FOUND" ;; esac
`

// TestTools runs the step that installs Python and tox, for uv and for pip, on the runner and in a container.
func TestTools(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"uv": uv, "python": "#!/bin/sh\necho Python 3.7.17\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const install = "/temp/python|python install --no-bin 3.7.17\n"
	for _, test := range []struct {
		name, job         string
		edit              []func(string) string
		calls, path, vars string
	}{
		{"uv on the runner", "runner", nil,
			install + "|tool install --managed-python --python 3.14.4 --with tox-uv==1.37.1 --with uv==0.13.9 tox==4.67.15\n", "/temp/tools/bin\n", ""},
		{"uv in a container", "container", nil,
			"|python find --no-project cpython3.7\n|tool install --managed-python --python 3.14.4 --with tox-uv==1.37.1 --with uv==0.13.9 tox==4.67.15\n", "/temp/tools/bin\n", ""},
		{"pip on the runner", "runner", []func(string) string{plainTox(t)},
			install + "/temp/python|python find --no-project --managed-python 3.7.17\n|tool install --managed-python --python 3.14.4 --with virtualenv==21.15.11 tox==4.67.15\n",
			"/temp/tools/bin\n", "TOX_DISCOVER=" + folder + "/python\n"},
		{"pip in a container", "container", []func(string) string{plainTox(t)},
			"|python find --no-project cpython3.7\n|tool install --managed-python --python 3.14.4 --with virtualenv==21.15.11 tox==4.67.15\n",
			"/temp/tools/bin\n", "TOX_DISCOVER=" + folder + "/python\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var command string
			var environment []string
			for name, j := range jobs(t, load(t, "full", test.edit...).render(t)) {
				for _, s := range j.Steps {
					if strings.HasSuffix(name, " "+test.job) && s.Name == "Install Python and tox" {
						command, environment = s.Run, nil
						for name, value := range s.Env {
							value = strings.NewReplacer("${{ matrix.release }}", "3.7.17", "${{ matrix.python }}", "3.7").Replace(value)
							environment = append(environment, name+"="+value)
						}
					}
					if _, isForUV := s.Env["UV_PYTHON_DOWNLOADS"]; strings.HasPrefix(s.Run, "tox run") && isForUV != (test.vars == "") {
						t.Errorf("%s: step %q has the variables %v", name, s.Name, s.Env)
					}
				}
			}
			calls, path, vars := filepath.Join(t.TempDir(), "calls"), filepath.Join(t.TempDir(), "path"), filepath.Join(t.TempDir(), "vars")
			environment = append(environment, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"), "CALLS="+calls, "FOUND="+folder+"/python",
				"GITHUB_PATH="+path, "GITHUB_ENV="+vars, "RUNNER_TEMP=/temp")
			out, status := run(t, "bash", "set -euo pipefail\n"+command, environment...)
			if status != 0 {
				t.Fatalf("status %d\n%s", status, out)
			}
			for file, want := range map[string]string{calls: test.calls, path: test.path, vars: test.vars} {
				got, _ := os.ReadFile(file)
				if d := cmp.Diff(want, string(got)); d != "" {
					t.Errorf("%s (-want +got)\n%s", filepath.Base(file), d)
				}
			}
		})
	}
}

const summaryHead = "| Environment | Outcome | Time |\n|---|---|---:|\n"

// result returns an environment as in tox's JSON report.
func result(success bool, duration float64) map[string]any {
	return map[string]any{"result": map[string]any{"success": success, "exit_code": 0, "duration": duration, "skipped": false}}
}

func TestSummary(t *testing.T) {
	many := map[string]any{}
	for i := range 1000 {
		many[fmt.Sprintf("py3.12-suite-v%04d", i)] = result(true, 1)
	}
	tests := []struct {
		name     string
		parallel any
		serial   any
		limit    int
		want     string
	}{
		{"nothing ran", nil, nil, 1 << 20, ""},
		{"not JSON", "{", nil, 1 << 20, ""},
		{"tox ended before it ran environments", `{}`, nil, 1 << 20, ""},
		{"failures first", map[string]any{"b": result(true, 1.26), "a": result(true, 0), "unselected": map[string]any{}}, map[string]any{"z": result(false, 61)}, 1 << 20,
			summaryHead + "| `z` | **failed** | 61.0 s |\n| `a` | passed | 0.0 s |\n| `b` | passed | 1.3 s |\n"},
		{"skipped", map[string]any{"a": map[string]any{"result": map[string]any{"skipped": true}}}, nil, 1 << 20,
			summaryHead + "| `a` | skipped | 0.0 s |\n"},
		{"names are code", map[string]any{"a|b`c\n# d": result(true, 2)}, nil, 1 << 20, summaryHead + "| `` a\\|b`c # d `` | passed | 2.0 s |\n"},
		{"cut at whole rows", many, nil, 300, summaryHead + "| `py3.12-suite-v0000` | passed | 1.0 s |\n| `py3.12-suite-v0001` | passed | 1.0 s |\n" +
			"\n998 more do not fit here.\n"},
	}
	summarize := script(t, "Summarize")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := t.TempDir()
			for name, value := range map[string]any{"parallel.json": tt.parallel, "serial.json": tt.serial} {
				data, isText := value.(string)
				if environments, isMap := value.(map[string]any); isMap {
					encoded, err := json.Marshal(map[string]any{"testenvs": environments})
					if err != nil {
						t.Fatal(err)
					}
					data, isText = string(encoded), true
				}
				if isText {
					if err := os.WriteFile(filepath.Join(temp, name), []byte(data), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			summary := filepath.Join(temp, "summary")
			out, status := run(t, "python3", summarize, "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+summary, fmt.Sprintf("LIMIT=%d", tt.limit))
			got, _ := os.ReadFile(summary)
			if d := cmp.Diff(tt.want, string(got)); d != "" || status != 0 {
				t.Errorf("status %d: %s\n(-want +got)\n%s", status, out, d)
			}
			if strings.Count(string(got), "\n") > 0 && len(got) > tt.limit {
				t.Errorf("%d bytes, more than %d", len(got), tt.limit)
			}
		})
	}
}
