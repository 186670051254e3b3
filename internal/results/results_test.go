package results

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// rows are the environments of the tests and their rows.
var rows = Rows{"py3.12-flask-v3.1.2": "web-py3.12", "py3.12-django-v5.2": "web-py3.12", "py3.13-flask-v3.1.2": "web-py3.13"}

// environment returns what tox writes of one environment.
func environment(result, test, setup string) string {
	return fmt.Sprintf(`{"python": {"version": "3.12"}, "result": %s, "setup": [%s], "test": [%s]}`, result, setup, test)
}

// report returns a result file with one environment.
func reportOf(name, content string) string {
	return fmt.Sprintf(`{"reportversion": "1", "toxversion": "4.67.15", "testenvs": {%q: %s}}`, name, content)
}

const (
	success = `{"success": true, "exit_code": 0, "duration": 2.36, "skipped": false}`
	failure = `{"success": false, "exit_code": 1, "duration": 1e999, "skipped": false}`
	skipped = `{"success": true, "exit_code": 0, "duration": 0.5, "skipped": true}`
	ran     = `{"command": ["pytest"], "output": "== 1 passed ==\n", "err": "", "retcode": 0, "elapsed": 0.3}`
	broke   = `{"command": ["pytest"], "output": "FAILED a\r\n\u001b[31m=== \u001b[1m1 failed\u001b[0m in 0.07s ===\u001b[0m\n\n", "err": "x", "retcode": 1}`
	none    = `{"command": ["pytest"], "output": "= no tests ran in 0.01s =\n", "err": "", "retcode": 5}`
	after   = `{"command": ["true"], "output": "after\n", "err": "", "retcode": 2}`
	refused = `{"command": ["uv"], "output": "", "err": "Resolving\nerror: no such release\n", "retcode": 1}`
)

func TestOutcomes(t *testing.T) {
	const name = "py3.12-flask-v3.1.2"
	for _, test := range []struct {
		name, report, junit string
		want                Environment
	}{
		{"passed", environment(success, ran, ""), `<testsuites><testsuite><testcase/></testsuite></testsuites>`, Environment{Outcome: Passed, Tests: 1}},
		{"passed, without a junit file", environment(success, ran, ""), "", Environment{Outcome: Passed}},
		{"failed, with the line of pytest", environment(failure, ran+","+broke+","+after, ""), `<testsuite><testcase><failure/></testcase></testsuite>`,
			Environment{Outcome: Failed, Line: "1 failed in 0.07s"}},
		{"failed without output", environment(failure, `{"retcode": -9, "output": "", "err": "Killed\n"}`, ""), "", Environment{Outcome: Failed, Line: "Killed"}},
		{"could not be installed", environment(failure, "", refused), "", Environment{Outcome: NotInstalled, Line: "error: no such release"}},
		{"nothing tested: all skipped", environment(success, ran, ""), `<testsuite><testcase><skipped/></testcase></testsuite>`, Environment{Outcome: NothingTested, Untested: true}},
		{"nothing tested: no tests", environment(success, ran, ""), `<testsuites><testsuite tests="0"/></testsuites>`, Environment{Outcome: NothingTested, Untested: true}},
		{"passed without a command", environment(success, "", ""), "", Environment{Outcome: Passed, Untested: true}},
		{"passed, since pytest's finding no test was ignored", environment(success, none, ""), "", Environment{Outcome: Passed, Untested: true}},
		{"failed, since pytest found no test", environment(failure, ran+","+none, ""), "", Environment{Outcome: Failed, Line: "no tests ran in 0.01s", Untested: true}},
		{"failed, since pytest found no test, with a junit file", environment(failure, none, ""), `<testsuite/>`, Environment{Outcome: Failed, Line: "no tests ran in 0.01s", Untested: true}},
		{"failed by the status 5 with tests", environment(failure, none, ""), `<testsuite><testcase/></testsuite>`, Environment{Outcome: Failed, Line: "no tests ran in 0.01s", Tests: 1}},
		{"failed beside pytest, which found no test", environment(failure, none+","+broke, ""), "", Environment{Outcome: Failed, Line: "no tests ran in 0.01s"}},
		{"failed, whatever was tested", environment(failure, broke, ""), `<testsuite/>`, Environment{Outcome: Failed, Line: "1 failed in 0.07s"}},
		{"an environment that was only looked at", `{"python": {}}}, "py3.12-flask-latest": {}, "py3.12-x": {"result": null`, "", Environment{Outcome: NotRun}},
		{"the interpreter is missing", environment(skipped, "", refused), "", Environment{Outcome: NotRun}},
		{"no result, as tox was stopped", `{"python": {}}`, "", Environment{Outcome: NotRun}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{"web-py3.12/parallel.json": {Data: []byte(reportOf(name, test.report))}}
			if test.junit != "" {
				files["web-py3.12/coverage/junit-"+name+".xml"] = &fstest.MapFile{Data: []byte(test.junit)}
			}
			got, err := Read(files, ".", rows)
			if err != nil || len(got.Faults) > 0 {
				t.Errorf("%v %q", err, got.Faults)
			}
			if d := cmp.Diff(test.want, got.Environments[name]); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if other := got.Environments["py3.13-flask-v3.1.2"]; other != (Environment{Outcome: NotRun}) {
				t.Errorf("an environment without a result: %v", other)
			}
		})
	}
}

// TestFaults reads what no tox and no pytest writes: it costs the file, or the environment, and is reported.
func TestFaults(t *testing.T) {
	const name, other = "py3.12-flask-v3.1.2", "py3.13-flask-v3.1.2"
	passed := environment(success, ran, "")
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	nested := strings.Repeat("[", 150) + strings.Repeat("]", 150)
	for _, test := range []struct {
		name, file, content, want string
	}{
		{"empty", "a.json", "", "a.json: it is not a result file of tox"},
		{"no object", "a.json", "[]", "not a result file"},
		{"cut off", "a.json", `{"testenvs": {"a": {"result": {"success": tr`, "not a result file"},
		{"two values", "a.json", "{} {}", "not a result file"},
		{"a key twice", "a.json", `{"testenvs": {}, "testenvs": {}}`, "not a result file"},
		{"an environment twice", "a.json", `{"testenvs": {"a": {}, "a": {}}}`, "not a result file"},
		{"environments that are no object", "a.json", `{"testenvs": []}`, "not a result file"},
		{"an environment that is no object", "a.json", `{"testenvs": {"a": 1}}`, "not a result file"},
		{"a command that is no object", "a.json", reportOf(name, environment(success, `"x"`, "")), "not a result file"},
		{"nested", "a.json", `{"x": ` + nested + `}`, "a.json: its values are nested too deep"},
		{"a million environments", "a.json", `{"testenvs": {` + many(`"py3.12-e%d": {},`, 1_000_000) + `"z": {}}}`, "more than 100000 environments"},
		{"an unknown environment", "a.json", reportOf("py3.12-flask-v9", passed), "a.json: there is no environment py3.12-flask-v9"},
		{"a name", "a.json", reportOf(strings.Repeat("n", 500), passed), "a.json: there is no environment nnn"},
		{"an environment of another row", "web-py3.13/parallel.json", reportOf(name, passed), "belongs to another row"},
		{"a second result", "web-py3.12/serial.json", reportOf(name, environment(failure, broke, "")), "has a second result, and the worse one counts"},
		{"no XML", "junit-" + name + ".xml", "junit", "xml: it is not a junit file"},
		{"another document", "junit-" + name + ".xml", "<html/>", "it is not a junit file"},
		{"a document type", "junit-" + name + ".xml", `<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>`, "it declares a document type"},
		{"an entity", "junit-" + name + ".xml", `<testsuite>&a;</testsuite>`, "it is not a junit file"},
		{"another encoding", "junit-" + name + ".xml", `<?xml version="1.0" encoding="utf-7"?><testsuite/>`, "it is not a junit file"},
		{"cut off", "junit-" + name + ".xml", `<testsuite><testcase>`, "it is not a junit file"},
		{"nested elements", "junit-" + name + ".xml", "<testsuite>" + strings.Repeat("<a>", 200), "nested more than 100 deep"},
		{"two junit files", "web-py3.12/b/junit-" + name + ".xml", "<testsuite/>", "second junit file, which does not count"},
		{"a junit file of no environment", "junit-x.xml", "<testsuite/>", "there is no environment x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{
				"web-py3.12/parallel.json": {Data: []byte(reportOf(name, passed))},
				"web-py3.13/parallel.json": {Data: []byte(reportOf(other, passed))},
				test.file:                  {Data: []byte(test.content)},
			}
			if strings.Contains(test.want, "second junit file") {
				files["web-py3.12/a/junit-"+name+".xml"] = &fstest.MapFile{Data: []byte("<testsuite><testcase/></testsuite>")}
			}
			got, err := Read(files, ".", rows)
			if err != nil || len(got.Faults) != 1 || !strings.Contains(got.Faults[0], test.want) {
				t.Errorf("%v: got %q, want %q", err, got.Faults, test.want)
			}
			want := Passed
			if strings.HasSuffix(test.file, "serial.json") {
				want = Failed
			}
			if len(got.Environments) != len(rows) || got.Environments[name].Outcome != want {
				t.Errorf("got %v", got.Environments)
			}
		})
	}
}

// TestBounds reads folders and files that are too large.
func TestBounds(t *testing.T) {
	t.Run("a large file", func(t *testing.T) {
		files := fstest.MapFS{"a.json": {Data: slices.Concat([]byte(`{"x": "`), bytes.Repeat([]byte("a"), maximumFile), []byte(`"}`))}}
		if got, err := Read(files, ".", rows); err != nil || len(got.Faults) != 1 || !strings.Contains(got.Faults[0], "it has more than 67108864 bytes") {
			t.Errorf("%v %q", err, got.Faults)
		}
	})
	t.Run("many faults", func(t *testing.T) {
		files := fstest.MapFS{}
		for i := range 100 {
			files[fmt.Sprintf("%03d.json", i)] = &fstest.MapFile{Data: []byte("no")}
		}
		if got, err := Read(files, ".", rows); err != nil || len(got.Faults) != maximumFaults+1 || got.Faults[maximumFaults] != "80 more faults" {
			t.Errorf("%v %q", err, got.Faults)
		}
	})
	t.Run("nested folders", func(t *testing.T) {
		files := fstest.MapFS{strings.Repeat("a/", 150) + "a.json": {Data: []byte("{}")}}
		if got, err := Read(files, ".", rows); err != nil || len(got.Faults) != 1 || !strings.Contains(got.Faults[0], "nested too deep") {
			t.Errorf("%v %q", err, got.Faults)
		}
	})
	t.Run("no such folder", func(t *testing.T) {
		if _, err := Read(fstest.MapFS{}, "results", rows); err == nil {
			t.Error("no error")
		}
	})
}

func TestMerge(t *testing.T) {
	run := func(e Environment) Run { return Run{Environments: map[string]Environment{"a": e}} }
	passed, failed, notRun := Environment{Outcome: Passed}, Environment{Outcome: Failed, Line: "l"}, Environment{Outcome: NotRun}
	unsteady := Environment{Outcome: Failed, Line: "l", Unsteady: true}
	for _, test := range []struct {
		name string
		runs []Run
		want Environment
	}{
		{"one", []Run{run(failed)}, failed},
		{"red in one of two", []Run{run(passed), run(failed)}, unsteady},
		{"in the other order", []Run{run(failed), run(passed)}, unsteady},
		{"red in both", []Run{run(failed), run(failed)}, failed},
		{"a run that did not reach it", []Run{run(notRun), run(failed), run(notRun)}, failed},
		{"three", []Run{run(failed), run(passed), run(failed)}, unsteady},
	} {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, Merge(test.runs...).Environments["a"]); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
