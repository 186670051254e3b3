package workflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script returns the command of the first step with a name.
func script(t *testing.T, step string) string {
	t.Helper()
	for _, j := range jobs(t, load(t, "full", withResults(t)).render(t)) {
		for _, s := range j.Steps {
			if s.Name == step {
				return s.Run
			}
		}
	}
	t.Fatalf("no step %q", step)
	return ""
}

// run writes a command to a file and runs a program with that file in an empty folder.
func run(t *testing.T, program, text string, env ...string) (output string, status int) {
	t.Helper()
	return runIn(t, t.TempDir(), program, text, env...)
}

// runIn is like run in a given folder.
func runIn(t *testing.T, folder, program, text string, env ...string) (output string, status int) {
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
	command.Dir, command.Env = folder, append(os.Environ(), env...)
	out, err := command.CombinedOutput()
	if err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func TestGate(t *testing.T) {
	tests := map[string]string{
		"success Web 1":                                    "",
		"success Web 1\nsuccess Common":                    "",
		"failure Web 1":                                    "::error::group Web 1 ended with failure\n",
		"skipped Web 1\nsuccess Common":                    "::error::group Web 1 ended with skipped\n",
		"success A\nfailure Web 1\nsuccess C\ncancelled D": "::error::group Web 1 ended with failure\n::error::group D ended with cancelled\n",
	}
	gate := script(t, "Every group has to succeed")
	for results, want := range tests {
		out, status := run(t, "bash", "set -eo pipefail\n"+gate, "RESULTS="+results)
		if out != want || (status == 0) != (want == "") {
			t.Errorf("%q ends with %d: %s", results, status, out)
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

// summaryHead is the head of the table, after the numbers of environments by outcome.
func summaryHead(numbers string) string {
	return numbers + ".\n\n| Environment | Outcome | Tests | Time |\n|---|---|---|---:|\n"
}

// result returns an environment as in tox's JSON report.
func result(success bool, duration float64) map[string]any {
	return map[string]any{"setup": []any{map[string]any{"retcode": 0}}, "test": []any{map[string]any{"retcode": 0}},
		"result": map[string]any{"success": success, "exit_code": 0, "duration": duration, "skipped": false}}
}

// reported writes a report of tox.
func reported(t *testing.T, path string, environments map[string]any) {
	t.Helper()
	data, err := json.Marshal(map[string]any{"testenvs": environments})
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
}

// ran returns a command as in tox's JSON report.
func ran(code, output, errors any) map[string]any {
	return map[string]any{"retcode": code, "output": output, "err": errors}
}

// with returns an environment with other commands under a key.
func with(key string, environment map[string]any, commands ...any) map[string]any {
	environment[key] = commands
	return environment
}

// write writes a file and makes its folder.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSummary(t *testing.T) {
	many := map[string]any{}
	for i := range 1000 {
		many[fmt.Sprintf("py3.12-suite-v%04d", i)] = result(true, 1)
	}
	without := func(key string, r map[string]any) map[string]any {
		delete(r, key)
		return r
	}
	unreadable := "The results in parallel.json cannot be read: it is not a report of tox.\n\n"
	tests := []struct {
		name     string
		parallel any
		serial   any
		limit    int
		want     string
	}{
		{"nothing ran", nil, nil, 1 << 20, ""},
		{"tox ended before it ran environments", `{}`, nil, 1 << 20, ""},
		{"not JSON", "{", nil, 1 << 20, unreadable},
		{"not UTF-8", "{\"testenvs\": {\"\xff\": {}}}", nil, 1 << 20, unreadable},
		{"a list", `[]`, nil, 1 << 20, unreadable},
		{"a list of environments", `{"testenvs": []}`, nil, 1 << 20, unreadable},
		{"nested deep", strings.Repeat(`{"testenvs":`, 100_000), nil, 1 << 20, unreadable},
		{"one report cannot be read", "{", map[string]any{"z": result(true, 1)}, 1 << 20, unreadable + summaryHead("1 passed") + "| `z` | passed |  | 1.0 s |\n"},
		{"a long number", `{"testenvs": {"a": {"result": {"duration": ` + strings.Repeat("9", 10_000_000) + `}}}}`, nil, 1 << 20,
			summaryHead("1 could not be installed") + "| `a` | **could not be installed** |  | 0.0 s |\n"},
		{"odd values", `{"testenvs": {"\ud800": {"result": {"success": 1, "skipped": "no", "duration": 1e999}}, "b": {"result": []}, "c": {"result": {"duration": "1"}}}}`, nil, 1 << 20,
			summaryHead("2 could not be installed") + "| `c` | **could not be installed** |  | 0.0 s |\n| ` ` | **could not be installed** |  | 0.0 s |\n"},
		{"failures first", map[string]any{"b": result(true, 1.26), "a": result(true, 0), "unselected": map[string]any{}}, map[string]any{"z": result(false, 61)}, 1 << 20,
			summaryHead("1 failed, 2 passed") + "| `z` | **failed** |  | 61.0 s |\n| `a` | passed |  | 0.0 s |\n| `b` | passed |  | 1.3 s |\n"},
		{"not installed", map[string]any{"a": without("test", result(false, 3))}, nil, 1 << 20, summaryHead("1 could not be installed") + "| `a` | **could not be installed** |  | 3.0 s |\n"},
		{"the last line of what failed", map[string]any{
			"a": with("test", result(false, 1), ran(0, "before\n", ""), ran(1.0, "x\n\x1b[31m=== \x1b[1m1 failed | @team\x1b[0m ===\x1b[0m\n \n", "no"), ran(1, "after", "")),
			"b": with("setup", without("test", result(false, 1)), ran(0, "", ""), ran(2, "", "Resolving\nerror: no such release")),
			"c": with("test", result(false, 1), ran(true, 3, []any{}), 7, ran("1", strings.Repeat("x", 5000)+"\n"+strings.Repeat("y", 5000), nil)),
			"d": with("test", result(true, 1), ran(1, "ignored", ""))}, nil, 1 << 20,
			summaryHead("2 failed, 1 could not be installed, 1 passed") + "| `a` | **failed**: `1 failed \\| @team` |  | 1.0 s |\n" +
				"| `b` | **could not be installed**: `error: no such release` |  | 1.0 s |\n| `c` | **failed**: `" + strings.Repeat("y", 200) + "` |  | 1.0 s |\n| `d` | passed |  | 1.0 s |\n"},
		{"no commands", map[string]any{"a": without("test", result(true, 3))}, nil, 1 << 20, summaryHead("1 passed") + "| `a` | passed |  | 3.0 s |\n"},
		{"skipped", map[string]any{"a": map[string]any{"result": map[string]any{"success": true, "skipped": true}}}, nil, 1 << 20,
			summaryHead("1 skipped") + "| `a` | skipped |  | 0.0 s |\n"},
		{"names are code", map[string]any{"a|b`c\n# d": result(true, 2)}, nil, 1 << 20, summaryHead("1 passed") + "| `` a\\|b`c # d `` | passed |  | 2.0 s |\n"},
		{"long names are cut", map[string]any{strings.Repeat("`", 1_000_000): result(true, 2)}, nil, 1 << 20,
			summaryHead("1 passed") + "| " + strings.Repeat("`", 201) + " " + strings.Repeat("`", 200) + " " + strings.Repeat("`", 201) + " | passed |  | 2.0 s |\n"},
		{"cut at whole rows", many, nil, 400, summaryHead("1000 passed") + "| `py3.12-suite-v0000` | passed |  | 1.0 s |\n| `py3.12-suite-v0001` | passed |  | 1.0 s |\n" +
			"\n998 more do not fit here.\n"},
	}
	summarize := script(t, "Summarize")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := t.TempDir()
			for name, value := range map[string]any{"parallel.json": tt.parallel, "serial.json": tt.serial} {
				switch value := value.(type) {
				case string:
					write(t, filepath.Join(temp, name), value)
				case map[string]any:
					reported(t, filepath.Join(temp, name), value)
				}
			}
			summary := filepath.Join(temp, "summary")
			out, status := run(t, "python3", summarize, "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+summary, fmt.Sprintf("LIMIT=%d", tt.limit))
			got, _ := os.ReadFile(summary)
			if d := cmp.Diff(tt.want, string(got)); d != "" || status != 0 || out != "" {
				t.Errorf("status %d: %s\n(-want +got)\n%s", status, out, d)
			}
			if strings.Count(string(got), "\n") > 0 && len(got) > tt.limit {
				t.Errorf("%d bytes, more than %d", len(got), tt.limit)
			}
		})
	}
}

// junit returns a junit file as pytest writes it.
func junit(cases ...string) string {
	return `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" tests="99">` + strings.Join(cases, "") + `</testsuite></testsuites>`
}

// These are tests in a junit file.
const (
	passing  = `<testcase name="a" time="0.1"><system-out>x</system-out></testcase>`
	skipping = `<testcase name="a"><skipped message="x">y</skipped></testcase>`
	failing  = `<testcase name="a"><failure message="x"/></testcase>`
)

// TestCounts counts the tests of many environments in one run, each with another junit file. A minimum that none reaches makes
// each an error, which says how many passed.
func TestCounts(t *testing.T) {
	text := func(text string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o644) }
	}
	const few = "passed, **too few tests** | "
	tests := map[string]struct {
		// put makes the junit file.
		put func(path string) error
		// row is the outcome and the numbers of the row, problem the message. %s stands for the junit file.
		row, problem string
	}{
		"skips":     {text(junit(passing, strings.Repeat(skipping, 56))), few + "1 passed, 56 skipped", "1 of its tests passed"},
		"fails":     {text(junit(passing, failing, `<testcase><error/></testcase>`)), few + "2 failed, 1 passed", "1 of its tests passed"},
		"repeats":   {text(junit(`<testcase><skipped/><error/><failure/><skipped/></testcase>`)), few + "1 failed", "0 of its tests passed"},
		"suite":     {text(`<testsuite>` + passing + `</testsuite>`), few + "1 passed", "1 of its tests passed"},
		"outside":   {text(junit(`<properties><error/><skipped/></properties>`, passing, `<failure/>`)), few + "1 passed", "1 of its tests passed"},
		"nested":    {text(junit(`<testcase>` + passing + `</testcase>`)), few + "1 passed", "1 of its tests passed"},
		"many":      {text(junit(strings.Repeat(passing, 100_000))), few + "100000 passed", "100000 of its tests passed"},
		"none":      {text(junit()), "**nothing tested** | ", "0 of its tests passed"},
		"all":       {text(junit(skipping, skipping)), "**nothing tested** | 2 skipped", "0 of its tests passed"},
		"absent":    {func(string) error { return nil }, few, "there is no junit file %s"},
		"empty":     {text(""), few, "its junit file %s: it is not XML"},
		"cut":       {text(junit(passing)[:100]), few, "its junit file %s: it is not XML"},
		"two":       {text(junit(passing) + junit(passing)), few, "its junit file %s: it is not XML"},
		"binary":    {text("\x00\xff"), few, "its junit file %s: it is not XML"},
		"encoding":  {text(`<?xml version="1.0" encoding="rot13"?><testsuites/>`), few, "its junit file %s: it is not XML"},
		"multibyte": {text(`<?xml version="1.0" encoding="utf-7"?><testsuites/>`), few, "its junit file %s: it is not XML"},
		"page":      {text("<html><testcase/></html>"), few, "its junit file %s: it is not a junit file"},
		"deep":      {text(junit(strings.Repeat("<a>", 200_000))), few, "its junit file %s: its elements are nested too deep"},
		"entities":  {text(`<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuites>&b;</testsuites>`), few, "its junit file %s: it declares a document type"},
		"external":  {text(`<!DOCTYPE testsuites SYSTEM "/etc/passwd"><testsuites/>`), few, "its junit file %s: it declares a document type"},
		"entity":    {text(`<testsuites>&b;</testsuites>`), few, "its junit file %s: it is not XML"},
		"pipe":      {func(path string) error { return exec.Command("mkfifo", path).Run() }, few, "its junit file %s: it is not a regular file"},
		"folder":    {func(path string) error { return os.Mkdir(path, 0o755) }, few, "its junit file %s: it is not a regular file"},
		"link":      {func(path string) error { return os.Symlink("junit-py3.12-a-many.xml", path) }, few, "its junit file %s: it cannot be opened"},
		"large": {func(path string) error { return errors.Join(text("")(path), os.Truncate(path, 1<<26+1)) }, few,
			"its junit file %s: it has more than 67108864 bytes"},
		// A name that leads to another folder.
		"v/../../x": {func(path string) error {
			return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), text(junit(passing))(path))
		}, few,
			"tox.ini has no environment of this name"},
	}
	folder, temp := t.TempDir(), t.TempDir()
	environments, want := map[string]any{}, map[string]string{}
	write(t, filepath.Join(folder, ".tox", "coverage", "junit-py3.12-a-v", "file"), "")
	for name, tt := range tests {
		name = "py3.12-a-" + name
		file := ".tox/coverage/junit-" + name + ".xml"
		if err := tt.put(filepath.Join(folder, filepath.FromSlash(file))); err != nil {
			t.Fatal(name, err)
		}
		environments[name] = result(true, 1)
		want[name] = tt.row + "\n" + strings.Replace(tt.problem, "%s", file, 1)
	}
	reported(t, filepath.Join(temp, "parallel.json"), environments)
	out, status := runIn(t, folder, "python3", script(t, "Summarize"), "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"), "LIMIT=1000000", "MINIMUMS=a=1000000")
	summary, _ := os.ReadFile(filepath.Join(temp, "summary"))
	got := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(.*)` \\| (.* \\| .*) \\| 1\\.0 s \\|$").FindAllStringSubmatch(string(summary), -1) {
		problem := regexp.MustCompile("(?m)^::error::environment " + regexp.QuoteMeta(strings.ReplaceAll(m[1], "/", "?")) + ": (.*); min-tests is 1000000$").FindStringSubmatch(out)
		if problem != nil {
			got[m[1]] = m[2] + "\n" + problem[1]
		}
	}
	if d := cmp.Diff(want, got); d != "" || status != 1 || strings.Count(out, "\n") != len(tests) {
		t.Errorf("status %d: %s\n(-want +got)\n%s", status, out, d)
	}
}

// TestMinTests checks when too few tests are an error of the row.
func TestMinTests(t *testing.T) {
	skipped := map[string]any{"result": map[string]any{"success": true, "skipped": true}}
	for _, tt := range []struct {
		name, minimums, environment string
		result                      any
		passed                      int
		// want is the last words of the error. If it is empty, there is none.
		want string
	}{
		{"enough", "flask=5", "py3.12-flask-v3.1.2", result(true, 1), 5, ""},
		{"too few", "flask=5", "py3.12-flask-v3.1.2", result(true, 1), 4, "4 of its tests passed; min-tests is 5"},
		{"another suite", "django=5 flask-login=5", "py3.12-flask-v3.1.2", result(true, 1), 4, ""},
		{"the second suite", "django=1 flask=5", "py3.14t-flask-v3.1.2", result(true, 1), 4, "4 of its tests passed; min-tests is 5"},
		{"a suite with several factors", "flask-login=5", "py3.12-flask-login-v1.0", result(true, 1), 4, "4 of its tests passed; min-tests is 5"},
		{"a static suite of one environment", "lint=5", "lint", result(true, 1), 4, "4 of its tests passed; min-tests is 5"},
		{"failed, which is an error already", "flask=5", "py3.12-flask-v3.1.2", result(false, 1), 4, ""},
		{"skipped by tox", "flask=5", "py3.12-flask-v3.1.2", skipped, 0, "0 of its tests passed; min-tests is 5"},
		{"results that cannot be read", "flask=5", "py3.12-flask-v3.1.2", "{", 4,
			"the results in parallel.json cannot be read, so that no tests can be counted: it is not a report of tox"},
		{"nothing ran", "flask=5", "py3.12-flask-v3.1.2", nil, 0, ""},
		{"a command in a name", "flask=5", "flask-\n::set-output::%0A##[error]x", result(true, 1), 0,
			"environment flask-???set-output???0A???error?x: tox.ini has no environment of this name; min-tests is 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder, temp := t.TempDir(), t.TempDir()
			switch r := tt.result.(type) {
			case string:
				write(t, filepath.Join(temp, "parallel.json"), r)
			case map[string]any:
				reported(t, filepath.Join(temp, "parallel.json"), map[string]any{tt.environment: r})
			}
			if !strings.Contains(tt.environment, "\n") {
				write(t, filepath.Join(folder, ".tox", "coverage", "junit-"+tt.environment+".xml"), junit(strings.Repeat(passing, tt.passed)))
			}
			out, status := runIn(t, folder, "python3", script(t, "Summarize"), "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+filepath.Join(temp, "summary"), "LIMIT=1000000", "MINIMUMS="+tt.minimums)
			switch {
			case tt.want == "" && (status != 0 || out != ""):
				t.Errorf("status %d: %s", status, out)
			case tt.want != "" && (status != 1 || !strings.HasPrefix(out, "::error::") || !strings.HasSuffix(out, tt.want+"\n") || strings.Count(out, "\n") != 1):
				t.Errorf("status %d: %s\nwant %s", status, out, tt.want)
			}
		})
	}
}

// embeddedPython returns the Python program in the command of a step.
func embeddedPython(t *testing.T, step string) string {
	t.Helper()
	_, program, found := strings.Cut(script(t, step), "<<'EOF'\n")
	program, end := strings.CutSuffix(program, "EOF\n")
	if !found || !end {
		t.Fatalf("step %q has no program", step)
	}
	return program
}

// TestResults collects the results of a row.
func TestResults(t *testing.T) {
	const small = "1000"
	for _, tt := range []struct {
		name, patterns, files, bytes string
		// want are the files that are copied, out that which is printed.
		want, out string
	}{
		{"one pattern", "coverage/junit-*.xml", small, small, "coverage/junit-a.xml coverage/junit-b.xml", ""},
		{"two that overlap", "coverage/*.xml\ncoverage/junit-a.xml", small, small, "coverage/junit-a.xml coverage/junit-b.xml coverage/other.xml", ""},
		{"a file", "logs/deep/er/a.log", small, small, "logs/deep/er/a.log", ""},
		{"all below a folder", "logs/**", small, small, "logs/b.log logs/deep/er/a.log", ""},
		{"a hidden file", "coverage/.c*", small, small, "coverage/.coverage-a", ""},
		{"nothing", "nothing/*\nnothing/**", small, small, "", ""},
		{"what is no regular file", "odd/*", small, small, "odd/file", ""},
		{"a folder behind a link", "link/*", small, small, "", ""},
		{"of two folders", "b.log\ncoverage/junit-a.xml\njunit-b.xml", small, small, "b.log coverage/junit-a.xml junit-b.xml", ""},
		{"the first of two folders", "coverage/*\nb.log", "2", small, "b.log coverage/junit-a.xml",
			"::warning::2 files are left out: there are more than 2 results, or they have more than 1000 bytes\n"},
		{"too many", "coverage/*", "2", small, "coverage/junit-a.xml coverage/junit-b.xml",
			"::warning::1 files are left out: there are more than 2 results, or they have more than 1000 bytes\n"},
		{"too large", "coverage/junit-*", small, "15", "coverage/junit-a.xml",
			"::warning::1 files are left out: there are more than 1000 results, or they have more than 15 bytes\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			for _, name := range []string{"coverage/junit-a.xml", "coverage/junit-b.xml", "coverage/other.xml", "coverage/.coverage-a", "logs/b.log", "logs/deep/er/a.log", "odd/file"} {
				write(t, filepath.Join(folder, ".tox", filepath.FromSlash(name)), "1234567890")
			}
			write(t, filepath.Join(folder, "secret", "key"), "secret")
			for link, target := range map[string]string{"odd/link": "../../secret/key", "odd/inside": "file", "odd/broken": "nothing", "link": "../secret"} {
				if err := os.Symlink(filepath.FromSlash(target), filepath.Join(folder, ".tox", filepath.FromSlash(link))); err != nil {
					t.Fatal(err)
				}
			}
			if err := exec.Command("mkfifo", filepath.Join(folder, ".tox", "odd", "pipe")).Run(); err != nil {
				t.Fatal(err)
			}
			out, status := runIn(t, folder, "python3", embeddedPython(t, "Collect the results"), "FROM=.tox/logs\n.tox/coverage\n.tox", "TO=.tox/.results/web-py3.12", "FILES="+tt.files, "BYTES="+tt.bytes, "PATTERNS="+tt.patterns)
			var got []string
			target := filepath.Join(folder, ".tox", ".results", "web-py3.12")
			_ = filepath.WalkDir(target, func(path string, entry os.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					name, _ := filepath.Rel(target, path)
					got = append(got, filepath.ToSlash(name))
				}
				return nil
			})
			if d := cmp.Diff(tt.want, strings.Join(got, " ")); d != "" || out != tt.out || status != 0 {
				t.Errorf("status %d: %s\n(-want +got)\n%s", status, out, d)
			}
		})
	}
}

// TestResultsName names the commit that results are of, over whatever a row handed over under this name. Where there are no results,
// there is nothing to upload.
func TestResultsName(t *testing.T) {
	name := script(t, "Name their commit")
	for _, there := range []bool{true, false} {
		folder, want := t.TempDir(), ""
		if there {
			write(t, filepath.Join(folder, "results", "commit"), "forged")
			want = "0123abcd\n"
		}
		out, status := runIn(t, folder, "bash", "set -eo pipefail\n"+name, "GITHUB_SHA=0123abcd")
		got, _ := os.ReadFile(filepath.Join(folder, "results", "commit"))
		if string(got) != want || out != "" || status != 0 {
			t.Errorf("with results %t: %q, status %d: %s", there, got, status, out)
		}
	}
}

// fakeCoverage is a module in the place of coverage. Its methods raise what FAULT says.
const fakeCoverage = `import os

class Coverage:
    def set_option(self, name, value): pass
    def combine(self, files, strict): self.reach("combine")
    def save(self): pass
    def xml_report(self, **options): self.reach("report")
    def reach(self, step):
        if os.environ["FAULT"] == step:
            raise RuntimeError("bad\n::error::%0A##[error]data " + "x" * 1000)
`

// TestCombine checks that what the rows measured ends in a sentence if it cannot be combined.
func TestCombine(t *testing.T) {
	const reason = "bad ::error:: 0A  [error]data "
	for _, tt := range []struct {
		name, fault string
		data        bool
		want        string
		status      int
	}{
		{"combined", "", true, "", 0},
		{"no row measured anything", "", false, "::error::no row measured anything: let COVERAGE_FILE be {work_dir}/coverage/.coverage-{env_name}, and see whether the tests ran\n", 1},
		{"data that cannot be read", "combine", true, "::error::coverage cannot combine what the rows measured: RuntimeError: " + reason, 1},
		{"no source was measured", "report", true, "::error::coverage cannot combine what the rows measured: RuntimeError: " + reason, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, filepath.Join(folder, "modules", "coverage.py"), fakeCoverage)
			if tt.data {
				write(t, filepath.Join(folder, "coverage", ".coverage-py3.12-flask-v3.1"), "data")
			}
			out, status := runIn(t, folder, "python3", embeddedPython(t, "Combine"), "GITHUB_WORKSPACE="+folder, "SOURCES=a", "FAULT="+tt.fault, "PYTHONPATH="+filepath.Join(folder, "modules"))
			if !strings.HasPrefix(out, tt.want) || status != tt.status || strings.Count(out, "\n") != tt.status || len(out) > 500 {
				t.Errorf("status %d: %s\nwant %s", status, out, tt.want)
			}
		})
	}
}
