//go:build unix

package trial

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"toxgen/internal/bisect"
)

// TestRun runs scripts in place of tox. report in them writes a result of tox.
func TestRun(t *testing.T) {
	const report = `report() { printf '{"testenvs": {"env": %s}}' "$1" >"$TOX_RESULT_JSON"; }; ` +
		`passes() { report '{"result": {"success": true}, "test": [{"retcode": 0, "output": ""}]}'; }; ` +
		`junit() { mkdir -p "$TOX_WORK_DIR/coverage"; echo "$1" >"$TOX_WORK_DIR/coverage/junit-env.xml"; }; `
	for _, test := range []struct {
		name, script string
		limit        time.Duration
		want         bisect.Outcome
		last, err    string
	}{
		{"passed", `passes`, time.Hour, bisect.Passed, "", ""},
		{"failed", `report '{"result": {"success": false}, "test": [{"retcode": 1, "output": "a\nlast\n"}]}'; exit 1`, time.Hour, bisect.Failed, "last", ""},
		{"not installed", `report '{"result": {"success": false}, "setup": [{"retcode": 1, "err": "no wheel\n"}]}'; exit 1`, time.Hour, bisect.NotInstalled, "no wheel", ""},
		{"not run", `report '{"result": {"success": true, "skipped": true}}'`, time.Hour, bisect.NotInstalled, "tox did not run it", ""},
		{"tests that passed", `passes; junit '<testsuite><testcase/></testsuite>'`, time.Hour, bisect.Passed, "", ""},
		{"all tests skipped", `passes; junit '<testsuite><testcase><skipped/></testcase></testsuite>'`, time.Hour, bisect.NothingTested, "", ""},
		{"all tests skipped, and the command fails", `passes; junit '<testsuite/>'; exit 3`, time.Hour, bisect.NothingTested, "", ""},
		{"no test found", `report '{"result": {"success": false}, "test": [{"retcode": 5, "output": "no tests ran\n"}]}'; exit 5`, time.Hour, bisect.NothingTested, "no tests ran", ""},
		{"no command", `report '{"result": {"success": true}}'`, time.Hour, bisect.NothingTested, "", ""},
		{"a link as junit file", `passes; junit; ln -sf /etc/passwd "$TOX_WORK_DIR/coverage/junit-env.xml"`, time.Hour, bisect.Passed, "", ""},
		{"a link as the folder of the junit file", `passes; mkdir "$TOX_WORK_DIR"; ln -s /etc "$TOX_WORK_DIR/coverage"`, time.Hour, bisect.Passed, "", ""},
		{"the command fails though tox does not", `passes; exit 3`, time.Hour, bisect.Failed, "the command ended with status 3", ""},
		{"endless", `sleep 1000`, 100 * time.Millisecond, bisect.Failed, "it did not end within 100ms", ""},
		{"endless, and deaf", `trap '' INT; sleep 1000 & wait; wait`, 100 * time.Millisecond, bisect.Failed, "it did not end within 100ms", ""},
		{"endless in the background", `passes; sleep 1000 &`, time.Hour, bisect.Passed, "", ""},
		{"no result", `true`, time.Hour, "", "", "ended with status 0: it wrote no result of tox, which TOX_RESULT_JSON asks for"},
		{"no result of tox", `echo '[]' >"$TOX_RESULT_JSON"; exit 2`, time.Hour, "", "", "ended with status 2: results/tox.json: it is not a result file of tox"},
		{"a link as result", `ln -s /etc/passwd "$TOX_RESULT_JSON"`, time.Hour, "", "", "results/tox.json: it is not a regular file"},
		{"a link as the folder of the results", `rm -r "$(dirname "$TOX_RESULT_JSON")"; ln -s /etc "$(dirname "$TOX_RESULT_JSON")"`, time.Hour, "", "", "path escapes"},
		{"a pipe as result", `mkfifo "$TOX_RESULT_JSON"`, time.Hour, "", "", "ended with status 0: results/tox.json: it is not a regular file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			log := filepath.Join(t.TempDir(), "log")
			trial := Trial{Command: []string{"sh", "-c", report + `cat "$1"; echo " $2 $(pwd)"; ` + test.script, "sh", "{ini}", "<{env}>"},
				Root: t.TempDir(), Environment: "env", Ini: []byte("[tox]"), Log: log, Limit: test.limit}
			got, err := trial.Run(t.Context())
			if got.Outcome != test.want || got.Last != test.last || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %+v, %v", got, err)
			}
			if printed, err := os.ReadFile(log); err != nil || string(printed) != "[tox] <env> "+trial.Root+"\n" {
				t.Errorf("the log has %q, %v", printed, err)
			}
			if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// TestMinTests: where a suite says how many tests have to pass, fewer are a failure, and none are no other outcome.
func TestMinTests(t *testing.T) {
	const success, failure, none, broken = `{"result": {"success": true}, "test": [{"retcode": 0}]}`, `{"result": {"success": false}, "test": [{"retcode": 1, "output": "1 failed"}]}`,
		`{"result": {"success": false}, "test": [{"retcode": 5, "output": "no tests ran"}]}`, `{"result": {"success": false}}`
	for _, test := range []struct {
		name, result, junit string
		want                bisect.Outcome
		last                string
	}{
		{"enough", success, "<testsuite><testcase/><testcase/></testsuite>", bisect.Passed, ""},
		{"too few", success, "<testsuite><testcase/><testcase><skipped/></testcase></testsuite>", bisect.Failed, "1 tests passed, and min-tests is 2"},
		{"none", success, "<testsuite/>", bisect.Failed, "0 tests passed, and min-tests is 2"},
		{"no test found", none, "<testsuite/>", bisect.Failed, "no tests ran"},
		{"no junit file", success, "", bisect.Failed, "0 tests passed, and min-tests is 2"},
		{"failed", failure, "<testsuite><testcase/><testcase/><testcase><failure/></testcase></testsuite>", bisect.Failed, "1 failed"},
		{"not installed", broken, "", bisect.NotInstalled, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			script := `mkdir -p "$TOX_WORK_DIR/coverage"; printf '{"testenvs": {"env": %s}}' "$1" >"$TOX_RESULT_JSON"; [ -z "$2" ] || echo "$2" >"$TOX_WORK_DIR/coverage/junit-env.xml"`
			trial := Trial{Command: []string{"sh", "-c", script, "{ini}", test.result, test.junit}, Root: t.TempDir(), Environment: "env", MinTests: 2,
				Log: filepath.Join(t.TempDir(), "log"), Limit: time.Hour}
			if got, err := trial.Run(t.Context()); err != nil || got.Outcome != test.want || got.Last != test.last {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestRunCancelled: a trial whose context ends has no outcome, and leaves nothing.
func TestRunCancelled(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	started := filepath.Join(t.TempDir(), "started")
	go func() {
		for {
			if _, err := os.Stat(started); err == nil {
				cancel(why)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	trial := Trial{Command: []string{"sh", "-c", "touch " + started + "; sleep 1000"}, Root: t.TempDir(), Environment: "env", Log: filepath.Join(t.TempDir(), "log"), Limit: time.Hour}
	if got, err := trial.Run(ctx); !errors.Is(err, why) || got.Outcome != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestLimitedWriter: what is beyond the limit is dropped, and is no error for the writer.
func TestLimitedWriter(t *testing.T) {
	var kept bytes.Buffer
	w := &limitedWriter{&kept, 5}
	for _, text := range []string{"abc", "def", "ghi"} {
		if n, err := w.Write([]byte(text)); n != 3 || err != nil {
			t.Errorf("%s: %d, %v", text, n, err)
		}
	}
	if kept.String() != "abcde" {
		t.Errorf("kept %q", kept.String())
	}
}

func TestWords(t *testing.T) {
	if got, err := Words(" uvx  tox -c {ini}"); err != nil || strings.Join(got, "|") != "uvx|tox|-c|{ini}" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := Words(DefaultCommand); err != nil || len(got) != 6 {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := Words("tox run"); err == nil {
		t.Errorf("got %q", got)
	}
}
