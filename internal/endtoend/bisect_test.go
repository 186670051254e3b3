package endtoend

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"toxgen/internal/bisect"
	"toxgen/internal/pypitest"
	"toxgen/internal/sdktest"
)

// realTox lets TestRealBisect install tox and pytest from the package index.
var realTox = flag.Bool("bisect", false, "bisect with real tox and pytest, which are installed from the package index into a temporary folder")

// bisected is the configuration of an SDK whose tests get red. Its index, Python, patch release and further variables are
// inserted.
const bisected = `project: {name: some-sdk}
pythons:
  - {version: "%[2]s", patch: %[3]s}
platform: {system: linux, machine: x86_64, libc: glibc-2.28}
index: %[1]s
suites:
  app: {package: app, test-path: tests, install: none, requires: [{when: "*", add: [bee, cat, dog, emu, fox, gnu]}]}
static:
  common: {pythons: [py%[2]s], test-path: tests, skip-install: true, min-tests: 1, requires: [{when: "*", add: [cat]}]}
testenv:
  commands: ["python -m pytest -q -p no:cacheprovider --junitxml={work_dir}/coverage/junit-{env_name}.xml {env:TESTPATH:{env:_TESTPATH}}"]
  pass-env: [COUNTER]
  set-env: [{name: PYTHONDONTWRITEBYTECODE, value: "1"}%[4]s]
`

// A reddened is an SDK in a git repository whose tests get red by an update.
type reddened struct {
	*testing.T
	folder, environment string
	variables           []string
	index               *pypitest.Server
	minor               string
}

// newRed returns an SDK whose first commit is green. In the second one everything moved from 1.0 to 2.0; app 2.0 requires bee
// 2.0 and ant, which app 1.0 does not.
func newRed(t *testing.T, minor, patch, more string, files map[string]string) *reddened {
	t.Helper()
	index := pypitest.New(t)
	r := &reddened{T: t, folder: projectOf(t, fmt.Sprintf(bisected, index.URL, minor, patch, more)), environment: "py" + minor + "-app-v2.0", index: index, minor: minor}
	r.variables = append(against(index, t.TempDir()), "TMPDIR="+t.TempDir(), "COUNTER="+filepath.Join(t.TempDir(), "counter"))
	put(t, r.folder, files)
	r.git("init", "--quiet")
	names := []string{"ant", "app", "bee", "cat", "dog", "emu", "fox", "gnu"}
	r.update("green", names, "1.0")
	r.update("red", names, "1.0", "2.0")
	return r
}

// update offers versions of projects, updates, and commits.
func (r *reddened) update(message string, names []string, versions ...string) {
	r.Helper()
	for _, name := range names {
		var files []pypitest.File
		for _, v := range versions {
			headers := []string{"Requires-Python: >=3.9", "Classifier: Programming Language :: Python :: " + r.minor}
			if name == "app" && v == "2.0" {
				headers = append(headers, "Requires-Dist: bee>=2", "Requires-Dist: ant")
			}
			f := aged(30, pypitest.Wheel(name, v, headers...))
			f.Members = append(f.Members, pypitest.Member{Name: name + ".py", Text: "version = " + v + "\n"})
			files = append(files, f)
		}
		r.index.Set(pypitest.Project{Name: name, Files: files})
	}
	online(r.T, r.folder, r.index, 0, "update")
	r.commit(message)
}

// git runs git in the repository.
func (r *reddened) git(arguments ...string) string {
	r.Helper()
	command := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, arguments...)...)
	command.Dir = r.folder
	out, err := command.CombinedOutput()
	if err != nil {
		r.Fatalf("git %s: %v\n%s", arguments[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits everything in the tree.
func (r *reddened) commit(message string) {
	r.Helper()
	r.git("add", ".")
	r.git("commit", "--quiet", "--message="+message)
}

// bisect runs the target. It changes nothing in the tree and leaves nothing in the temporary folder.
func (r *reddened) bisect(arguments ...string) result {
	r.Helper()
	got := execute(r.T, r.folder, r.variables, nil, append([]string{"bisect"}, arguments...)...)
	r.clean()
	return got
}

// clean expects a tree without changes and an empty temporary folder.
func (r *reddened) clean() {
	r.Helper()
	if status := r.git("status", "--porcelain"); status != "" {
		r.Errorf("the tree was changed:\n%s", status)
	}
	for _, v := range r.variables {
		if folder, is := strings.CutPrefix(v, "TMPDIR="); is {
			if left, err := filepath.Glob(filepath.Join(folder, "toxgen-*")); err != nil || len(left) > 0 {
				r.Errorf("left: %v, %v", left, err)
			}
		}
	}
}

// A redCase is a test that gets red, and what bisect says. The test passes under a condition of Python, in which bee, cat and so
// on are versions, and the same condition of a shell, in which `new bee` is true of version 2.0.
type redCase struct {
	name, python, shell string
	status              int
	// says are regular expressions of the output, runs is the number of runs, or 0.
	says []string
	runs int
}

var redCases = []redCase{
	{"one pin", "dog < 2", "! new dog", 0, []string{`(?m)^py\S+-app-v2\.0: 7 pins moved since [0-9a-f]{12}$`, `the tests fail with dog 1\.0 → 2\.0\n  .*1 failed`,
		`verified: the tests pass with all moves but dog 1\.0 → 2\.0\n`, `  - \{requirement: "dog!=2\.0", suites: \[app\], reason: "the tests of py\S+-app-v2\.0 fail with dog 2\.0"\}\n`}, 11},
	{"a pair", "cat < 2 or gnu < 2", "! new cat || ! new gnu", 0, []string{`the tests fail with cat 1\.0 → 2\.0 together with gnu 1\.0 → 2\.0, and pass without any one of these\n`,
		`verified: the tests pass with all moves but cat 1\.0 → 2\.0\n`, `"cat!=2\.0"`}, 22},
	{"two causes", "emu < 2 and fox < 2", "! new emu && ! new fox", 0, []string{`the tests fail with emu 1\.0 → 2\.0\n`, `the tests fail with fox 1\.0 → 2\.0\n`,
		`verified: the tests pass with all moves but emu 1\.0 → 2\.0 and fox 1\.0 → 2\.0\n`, `"emu!=2\.0"`, `"fox!=2\.0"`}, 17},
	{"the release, which brings others", "app < 2", "! new app", 0, []string{`the tests fail with app 1\.0 → 2\.0 together with bee 1\.0 → 2\.0\n`,
		`no mixture that could be tested has the others without bee 1\.0 → 2\.0\n`, `which brings ant==2\.0\n`, `toxgen hold app '==2\.0' -reason='the tests of py\S+-app-v2\.0 fail with app 2\.0'\n`}, 11},
	{"a pin that a release needs", "bee < 2", "! new bee", 0, []string{`the tests fail with bee 1\.0 → 2\.0\n`, `verified: the tests pass with all moves but bee 1\.0 → 2\.0, and but what depends on these: app 1\.0 → 2\.0\n`}, 10},
	{"skipped in between", "dog < 2 or gnu < 2 and pytest.skip()", `if new dog; then ! new gnu && junit "<testsuite/>"; fi`, 0, []string{`the tests fail with dog 1\.0 → 2\.0 together with gnu 1\.0 → 2\.0\n`,
		`no mixture that could be tested has the others without gnu 1\.0 → 2\.0\n`, `run \d+: nothing tested with `, `verified: the tests pass with all moves but dog 1\.0 → 2\.0\n`}, 19},
	{"skipped", "pytest.skip()", `junit "<testsuite/>"`, 1, []string{`nothing is tested in py\S+-app-v2\.0 with the pins of the tree: no test passed or failed\n`}, 0},
	{"flaky", "flaky()", "flaky", 1, []string{`the tests of py\S+ are flaky: with the pins of the tree, runs of them ended as "failed" and "passed"\n`}, 0},
	{"green", "True", "true", 1, []string{`pass with the pins of the tree: there is nothing to find`}, 0},
	{"red before", "False", "false", 1, []string{`fail with the pins of commit [0-9a-f]{12} as well: what moved since is not the cause\n  hint: name a commit in which they passed: ` + "`toxgen bisect py"}, 0},
}

// expect compares what bisect printed.
func (c redCase) expect(t *testing.T, got result) {
	t.Helper()
	says := c.says
	if c.runs > 0 {
		says = append([]string{fmt.Sprintf(`(?m)^%d runs; `, c.runs)}, says...)
	}
	for _, want := range says {
		if got.status != c.status || !regexp.MustCompile(want).MatchString(got.stdout+got.stderr) {
			t.Errorf("status %d, want %d and %s\n%s%s", got.status, c.status, want, got.stdout, got.stderr)
		}
	}
}

// redTest is the test with a condition.
const redTest = `import importlib, os, pytest

app, bee, cat, dog, emu, fox, gnu = (importlib.import_module(n).version for n in "app bee cat dog emu fox gnu".split())


def flaky():
    try:
        os.mkdir(os.environ["COUNTER"])
    except FileExistsError:
        os.rmdir(os.environ["COUNTER"])
        return True
    return False


def test_app():
    assert %s
`

// TestRealBisect bisects with real tox, which installs real wheels from an index, and real pytest.
func TestRealBisect(t *testing.T) {
	if !*realTox {
		t.Skip("SKIPPED: nothing is bisected with real tox and pytest; `-args -bisect` does so")
	}
	venv := t.TempDir()
	python := filepath.Join(venv, "bin", "python")
	for _, command := range [][]string{{"python3", "-m", "venv", venv}, {python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "tox", "tox-uv", "pytest"}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: tox and pytest cannot be installed: %v\n%s", err, out)
		}
	}
	out, err := exec.Command(python, "-c", "import sys, sysconfig; print('%d.%d %d' % sys.version_info[:3], sysconfig.get_path('purelib'))").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := strings.Fields(string(out))
	r := newRed(t, version[0], version[1], fmt.Sprintf(", {name: PYTHONPATH, value: %q}", version[2]), map[string]string{"tests/test_app.py": ""})
	r.variables = append(r.variables, "PATH="+filepath.Dir(python)+string(os.PathListSeparator)+os.Getenv("PATH"), "UV_CACHE_DIR="+t.TempDir())
	for _, c := range redCases {
		t.Run(c.name, func(t *testing.T) {
			r := r.in(t)
			put(t, r.folder, map[string]string{"tests/test_app.py": fmt.Sprintf(redTest, c.python)})
			r.commit(c.name)
			c.expect(t, r.bisect(r.environment))
		})
	}
}

// in returns the same SDK for a subtest.
func (r *reddened) in(t *testing.T) *reddened {
	one := *r
	one.T = t
	return &one
}

// fakeTox is a script in place of tox. It notes how it was called, sources the script in TEST, and reports the result as tox does.
const fakeTox = `#!/bin/sh
has() { grep -q "$1==$2\.0" "$ini"; }
new() { has "$1" 2; }
flaky() { if mkdir "$COUNTER" 2>/dev/null; then return 1; fi; rmdir "$COUNTER"; }
junit() { mkdir -p "$TOX_WORK_DIR/coverage"; printf "$1" >"$TOX_WORK_DIR/coverage/junit-$environment.xml"; }
report() { printf '{"testenvs": {"%s": %s}}' "$environment" "$1" >"$TOX_RESULT_JSON"; }
ini=$2 environment=$5
echo "$* in $(pwd -P), root $TOX_ROOT_DIR, work ${TOX_WORK_DIR#$(dirname "$ini")/}" >>"$CALLS"
echo "noise $ini"
if . "$TEST"; then
  report '{"result": {"success": true}, "test": [{"output": "1 passed\n", "retcode": 0}]}'
else
  report '{"result": {"success": false}, "test": [{"output": "why\n\u001b1 failed\n", "retcode": 1}, {"output": "after\n", "retcode": 0}]}'
  exit 1
fi
`

// newFake returns an SDK that is tested by the script in place of tox.
func newFake(t *testing.T) *reddened {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: there is no shell")
	}
	r := newRed(t, "3.12", "13", "", map[string]string{"tests/test_app.py": ""})
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "tox"), []byte(fakeTox), 0o777); err != nil {
		t.Fatal(err)
	}
	r.variables = append(r.variables, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "CALLS="+r.scratch("calls"), "TEST="+r.scratch("test"))
	return r
}

// scratch returns the path of a file beside the project.
func (r *reddened) scratch(name string) string { return filepath.Join(r.folder, "..", name) }

// tests replaces the script that decides about the outcome.
func (r *reddened) tests(script string) {
	r.Helper()
	put(r.T, filepath.Dir(r.folder), map[string]string{"test": script + "\n", "calls": ""})
}

// calls returns how tox was called, a line for each run.
func (r *reddened) calls() []string {
	data, err := os.ReadFile(r.scratch("calls"))
	if err != nil {
		r.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// TestBisect bisects with a script in place of tox, one run at a time and several.
func TestBisect(t *testing.T) {
	r := newFake(t)
	for _, c := range redCases {
		t.Run(c.name, func(t *testing.T) {
			r := r.in(t)
			r.tests(c.shell)
			got := r.bisect(r.environment)
			c.expect(t, got)
			root, err := filepath.EvalSymlinks(r.folder)
			if err != nil {
				t.Fatal(err)
			}
			call := regexp.MustCompile(`^-c /\S+/tox\.ini run -e py3\.12-app-v[12]\.0 in ` + root + `, root ` + r.folder + `, work work$`)
			for _, line := range r.calls() {
				if !call.MatchString(line) {
					t.Errorf("tox was called as %s", line)
				}
			}
			if c.name == "flaky" {
				return
			}
			beside := r.bisect(r.environment, "-j=3")
			// more runs are made, whose number decides which logs are named
			sameRuns := regexp.MustCompile(`(?m)^\d+ runs; .*\n|run-\d+\.log`)
			if diff := cmp.Diff(sameRuns.ReplaceAllString(got.stdout, ""), sameRuns.ReplaceAllString(beside.stdout, "")); diff != "" {
				t.Errorf("with -j=3 (-one at a time +three):\n%s", diff)
			}
		})
	}
}

// TestBisectOptions checks the arguments, and what is said where nothing can be found out. In each row, the script decides about
// the outcome.
func TestBisectOptions(t *testing.T) {
	r := newFake(t)
	root := r.git("rev-list", "--max-parents=0", "HEAD")[:12]
	for _, test := range []struct {
		name, script string
		arguments    string
		status       int
		want         string
	}{
		{"the alias", "! new dog", "py3.12-app-latest", 0, `^py3\.12-app-v2\.0: 7 pins moved since ` + root + `\n`},
		{"an environment whose pins stayed", "false", "py3.12-app-v1.0", 1, "no commit has other pins for py3\\.12-app-v1\\.0 than the tree, or none that can be tested\n  hint: name a commit in which they passed: `toxgen bisect"},
		{"a static suite", "junit '<testsuite><testcase/></testsuite>'; ! new cat", "py3.12-common", 0, "the tests fail with cat 1\\.0 → 2\\.0\n"},
		{"too few tests", "new cat && junit '<testsuite/>' || junit '<testsuite><testcase/></testsuite>'", "py3.12-common", 0,
			"the tests fail with cat 1\\.0 → 2\\.0\n  0 tests passed, and min-tests is 1\n"},
		{"a commit", "! new dog", "py3.12-app-v2.0 -good=HEAD~1", 0, "since " + root},
		{"a red commit", "false", "py3.12-app-v2.0 -good=" + root, 1, "fail with the pins of commit " + root + " as well: what moved since is not the cause\n  hint: name another commit with -good, or leave it out"},
		{"a commit without a difference", "! new dog", "py3.12-app-v2.0 -good=HEAD", 1, "the pins of commit HEAD cannot be compared with those of the tree: none of its pins moved since: name another one with -good"},
		{"no commit", "! new dog", "py3.12-app-v2.0 -good=nothing", 1, `"nothing" is not a commit of this repository`},
		{"an option as a commit", "! new dog", "py3.12-app-v2.0 -good=--all", 1, `"--all" is not a revision`},
		{"an unknown environment", "true", "py3.12-nothing", 2, `tox.ini has no environment "py3.12-nothing"\nError`},
		{"one near others", "true", "py3.12-app-v3", 2, `no environment "py3.12-app-v3"\n  hint: suite app has on this Python py3.12-app-v1.0, py3.12-app-v2.0\n`},
		{"no runs at a time", "true", "py3.12-app-v2.0 -j=0", 2, "-j=0 is not a number of runs"},
		{"two good commits", "true", "py3.12-app-v2.0 -good=HEAD -base=results", 2, "-good and -base both name the commit in which the tests passed: leave one out"},
		{"results that are not there", "true", "py3.12-app-v2.0 -base=nothing", 1, "nothing: no such file or directory"},
		{"a command without a file", "true", "py3.12-app-v2.0 -command=tox", 2, `the command "tox" does not name \{ini\}`},
		{"a command that is not there", "true", "py3.12-app-v2.0 -command=nothing-like-tox\x00{ini}", 1, `"nothing-like-tox": executable file not found`},
		{"a command that is no tox", "exit 7", "py3.12-app-v2.0", 1, `ended with status 7: it wrote no result of tox, which TOX_RESULT_JSON asks for: what it printed is in \.git/toxgen/bisect-py3\.12-app-v2\.0/run-001\.log\n`},
		{"a result of another environment", "environment=other", "py3.12-app-v2.0", 1, `there is no environment other`},
		{"a broken result", `echo '[' >"$TOX_RESULT_JSON"; exit 1`, "py3.12-app-v2.0", 1, `it is not a result file of tox`},
		{"not installed", `report '{"result": {"success": false}, "setup": [{"err": "no wheel", "retcode": 1}]}'; exit 1`, "py3.12-app-v2.0", 1,
			`run 1: could not be installed with the pins of the tree, in \S+: no wheel\n[\s\S]*py3\.12-app-v2\.0 could not be installed with the pins of the tree\n`},
		{"not installed before", `new app || report '{"result": {"success": false}}'; new app || exit 1; false`, "py3.12-app-v2.0", 1,
			`could not be installed with the pins of commit ` + root},
		{"skipped", `report '{"result": {"success": true, "skipped": true}}'; exit 0`, "py3.12-app-v2.0", 1, `could not be installed with the pins of the tree, in \S+: tox did not run it\n`},
		{"all tests skipped", `junit '<testsuite><testcase><skipped/></testcase></testsuite>'`, "py3.12-app-v2.0", 1,
			`run 1: nothing tested with the pins of the tree, in \S+\n[\s\S]*nothing is tested in py3\.12-app-v2\.0 with the pins of the tree: no test passed or failed\n  hint: see the logs in`},
		{"no test found", `report '{"result": {"success": false}, "test": [{"output": "no tests ran\n", "retcode": 5}]}'; exit 5`, "py3.12-app-v2.0", 1,
			`run 1: nothing tested with the pins of the tree, in \S+: no tests ran\n`},
		{"all tests skipped before", `new app || junit '<testsuite/>'; ! new app`, "py3.12-app-v2.0", 1, `nothing is tested in py3\.12-app-v2\.0 with the pins of commit ` + root + `: no test`},
		{"text of a test", "! new dog", "py3.12-app-v2.0", 0, `\n  \\x1b1 failed\n`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := r.in(t)
			r.tests(test.script)
			arguments := strings.Fields(test.arguments)
			for i := range arguments {
				arguments[i] = strings.ReplaceAll(arguments[i], "\x00", " ")
			}
			got := r.bisect(arguments...)
			if got.status != test.status || !regexp.MustCompile(test.want).MatchString(got.stdout+got.stderr) {
				t.Errorf("status %d, want %d and %s\n%s%s", got.status, test.status, test.want, got.stdout, got.stderr)
			}
		})
	}
}

// newWeeks returns an SDK with five weeks: after those of newFake, dog, gnu and cat got a release each, one a week.
func newWeeks(t *testing.T) *reddened {
	t.Helper()
	r := newFake(t)
	for _, name := range []string{"dog", "gnu", "cat"} {
		r.update(name, []string{name}, "1.0", "2.0", "3.0")
	}
	return r
}

// TestBisectBack bisects without a good commit: earlier ones are tried, the newest first, and what is found is what is guilty in
// the tree. In wants, names of commits stand for the commits.
func TestBisectBack(t *testing.T) {
	r := newWeeks(t)
	commits := map[string]string{}
	for i, name := range []string{"CAT", "GNU", "DOG", "RED", "GREEN"} {
		commits[name] = r.git("rev-parse", fmt.Sprintf("HEAD~%d", i))[:12]
	}
	for _, test := range []struct {
		name, script string
		status       int
		wants        []string
	}{
		{"the last week", "! has cat 3", 0, []string{`: 1 pin moved since GNU\nthe tests fail with cat 2\.0 → 3\.0\n`, `(?m)^4 runs; `}},
		{"the week before", "! has gnu 3", 0, []string{`: 2 pins moved since DOG\n  tried by their pins: GNU failed, DOG passed\nthe tests fail with gnu 2\.0 → 3\.0\n`, `verified: .* all moves but gnu 2`, `(?m)^8 runs; `}},
		{"earlier", "! new emu", 0, []string{`: 7 pins moved since GREEN\n  tried by their pins: GNU failed, DOG failed, GREEN passed\nthe tests fail with emu 1\.0 → 2\.0\n`, `"emu!=2\.0"`, `(?m)^14 runs; `}},
		{"a version that only the tree has is guilty, and an older one was, too", "has dog 1", 0, []string{`since GREEN\n`, `fail with dog 1\.0 → 3\.0\n`, `"dog!=3\.0"`}},
		{"a week that cannot be installed", `if has gnu 3 && ! has cat 3; then report '{"result": {"success": false}, "setup": [{"retcode": 1, "err": "no wheel"}]}'; exit 1; fi; ! has cat 3`, 0,
			[]string{`could not be installed with the pins of commit GNU, in \S+: no wheel`, `: 2 pins moved since DOG\n  tried by their pins: GNU could not be installed, DOG passed\nthe tests fail with cat 2\.0 → 3\.0\n`}},
		{"a week in which nothing is tested", `has cat 3 || ! has gnu 3 || junit '<testsuite/>'; ! has cat 3`, 0, []string{`2 pins moved since DOG\n  tried by their pins: GNU nothing tested, DOG passed\nthe tests fail with cat 2\.0 → 3\.0\n`}},
		{"never", "false", 1, []string{`the tests of py3\.12-app-v2\.0 passed with the pins of no commit that was tried: GNU failed, DOG failed, GREEN failed, RED failed\n  hint: name a commit in which they passed: ` + "`toxgen bisect py3.12-app-v2.0 -good=REV`"}},
		{"flaky where it passes", `has dog 3 && return 1; flaky`, 1, []string{`are flaky: with the pins of commit RED, runs of them ended as `}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := r.in(t)
			r.tests(test.script)
			got := r.bisect(r.environment)
			for _, want := range test.wants {
				for name, commit := range commits {
					want = strings.ReplaceAll(want, name, commit)
				}
				if got.status != test.status || !regexp.MustCompile(want).MatchString(got.stdout+got.stderr) {
					t.Errorf("status %d, want %d and %s\n%s%s", got.status, test.status, want, got.stdout, got.stderr)
				}
			}
			if test.status > 0 {
				return
			}
			beside := r.bisect(r.environment, "-j=3")
			sameRuns := regexp.MustCompile(`(?m)^\d+ runs; .*\n|run-\d+\.log`)
			if diff := cmp.Diff(sameRuns.ReplaceAllString(got.stdout, ""), sameRuns.ReplaceAllString(beside.stdout, "")); diff != "" {
				t.Errorf("with -j=3 (-one at a time +three):\n%s", diff)
			}
		})
	}
}

// TestBisectHistory checks which commits are passed over, and what is said where the history ends.
func TestBisectHistory(t *testing.T) {
	r := newWeeks(t)
	r.tests("! has gnu 3")
	t.Run("a shallow clone", func(t *testing.T) {
		r := r.in(t)
		shallow := filepath.Join(t.TempDir(), "shallow")
		r.git("clone", "--quiet", "--depth=1", "file://"+r.folder, shallow)
		r.folder = shallow
		want := "no commit has other pins for py3.12-app-v2.0 than the tree, or none that can be tested\n  hint: this clone is shallow: `git fetch --unshallow` brings older commits\n"
		if got := r.bisect(r.environment); got.status != 1 || !strings.Contains(got.stderr, want) {
			t.Errorf("status %d\n%s", got.status, got.stderr)
		}
		r.git("fetch", "--quiet", "--depth=2")
		want = "as well: what moved since is not the cause\n  hint: this clone is shallow: `git fetch --unshallow` brings older commits\n"
		if got := r.bisect(r.environment); got.status != 1 || !strings.Contains(got.stderr, want) {
			t.Errorf("status %d\n%s", got.status, got.stderr)
		}
		r.git("fetch", "--quiet", "--unshallow")
		if got := r.bisect(r.environment); got.status != 0 {
			t.Errorf("status %d\n%s", got.status, got.stderr)
		}
	})
	ini, err := os.ReadFile(filepath.Join(r.folder, "tox.ini"))
	if err != nil {
		t.Fatal(err)
	}
	// Between the week of dog, which passes, and that of gnu, other commits; the tree is the same.
	tree := r.git("rev-parse", "HEAD")
	r.git("checkout", "--quiet", "--detach", "HEAD~2")
	var between []string
	for _, text := range []string{"", "[tox", strings.ReplaceAll(string(ini), "app", "application"), strings.ReplaceAll(string(ini), "gnu==3.0", "gnu==7.0"), ""} {
		put(t, r.folder, map[string]string{"tox.ini": text})
		r.commit("between")
		between = append(between, r.git("rev-parse", "HEAD")[:12])
	}
	r.git("rm", "--quiet", "tox.ini")
	r.git("commit", "--quiet", "--message=without")
	for _, week := range []string{tree + "~1", tree} {
		r.git("checkout", "--quiet", week, "--", ".")
		r.commit("again")
	}
	want := `the pins of commit HEAD~2 cannot be compared with those of the tree: it has no environment of suite "app" for Python 3.12: name another one with -good`
	if got := r.bisect(r.environment, "-good=HEAD~2"); got.status != 1 || !strings.Contains(got.stderr, want) {
		t.Errorf("status %d, want %s\n%s", got.status, want, got.stderr)
	}
	got := r.bisect(r.environment)
	for _, want := range []string{"since " + r.git("rev-parse", "HEAD~8")[:12], "fail with gnu 2.0 → 3.0\n", "commit " + between[3] + " is passed over: registry/ does not have what is needed to install gnu==7.0\n",
		`passed over, since they have no environment of suite "app" for Python 3.12: ` + r.git("rev-parse", "HEAD~2")[:12] + ", " + between[4] + ", " + between[2] + ", 2 more\n"} {
		if got.status != 0 || !strings.Contains(got.stdout+got.stderr, want) {
			t.Errorf("status %d, want %s\n%s%s", got.status, want, got.stdout, got.stderr)
		}
	}
}

// TestBisectBase takes the commit in which the tests passed from results.
func TestBisectBase(t *testing.T) {
	r := newWeeks(t)
	r.tests("! new emu")
	green := r.git("rev-parse", "HEAD~4")
	const passed, failed = `{"result": {"success": true}, "test": [{"retcode": 0}]}`, `{"result": {"success": false}, "test": [{"retcode": 1}]}`
	for _, test := range []struct {
		name, commit, environment, result string
		status                            int
		want                              string
	}{
		{"passed, in the release before", green + "\n", "py3.12-app-v1.0", passed, 0, `7 pins moved since ` + green[:12] + `\nthe tests fail with emu 1\.0 → 2\.0\n`},
		{"failed", green, "py3.12-app-v1.0", failed, 1, `the results do not say that py3\.12-app-v1\.0 passed at commit ` + green[:12] + `: failed\n  hint: name a commit in which the tests passed with -good, or leave -base out`},
		{"not installed", green, "py3.12-app-v1.0", `{"result": {"success": false}}`, 1, `passed at commit ` + green[:12] + `: could not be installed\n`},
		{"nothing tested", green, "py3.12-app-v1.0", `{"result": {"success": true}}`, 1, `passed at commit ` + green[:12] + `: nothing tested\n`},
		{"not among them", green, "py3.12-common", passed, 1, `passed at commit ` + green[:12] + `: they do not have it\n`},
		{"of an unknown commit", strings.Repeat("ab", 20), "py3.12-app-v1.0", passed, 1, `than this clone has: "abababababababababababababababababababab" is not a commit of this repository\n  hint: .*git fetch`},
		{"of a branch", "master", "py3.12-app-v1.0", passed, 1, "the results do not name their commit: there is no file `commit` with its full name\n"},
		{"of no commit", "", "py3.12-app-v1.0", passed, 1, "the results do not name their commit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, folder := r.in(t), t.TempDir()
			put(t, folder, map[string]string{"All-py3.12/parallel.json": fmt.Sprintf(`{"testenvs": {%q: %s}}`, test.environment, test.result)})
			if test.commit != "" {
				put(t, folder, map[string]string{"commit": test.commit})
			}
			got := r.bisect(r.environment, "-base="+folder)
			if got.status != test.status || !regexp.MustCompile(test.want).MatchString(got.stdout+got.stderr) {
				t.Errorf("status %d, want %d and %s\n%s%s", got.status, test.status, test.want, got.stdout, got.stderr)
			}
		})
	}
}

// TestBisectJSON checks the form for programs.
func TestBisectJSON(t *testing.T) {
	r := newFake(t)
	r.tests("! new dog")
	var got bisect.Report
	if err := json.Unmarshal([]byte(r.bisect(r.environment, "-json").stdout), &got); err != nil {
		t.Fatal(err)
	}
	moved := func(names ...string) (list []bisect.Moved) {
		for _, name := range names {
			list = append(list, bisect.Moved{Project: name, From: "1.0", To: "2.0"})
		}
		return list
	}
	want := bisect.Report{Version: 1, Environment: "py3.12-app-v2.0", Good: r.git("rev-parse", "HEAD~1"), Verdict: bisect.Found, Moves: moved("app", "bee", "cat", "dog", "emu", "fox", "gnu"),
		Causes: []bisect.ReportCause{{Moves: moved("dog"), Last: "\x1b1 failed", Log: ".git/toxgen/bisect-py3.12-app-v2.0/run-010.log"}},
		Hold:   []bisect.Hold{{Moved: moved("dog")[0], Constraint: `{requirement: "dog!=2.0", suites: [app], reason: "the tests of py3.12-app-v2.0 fail with dog 2.0"}`}},
		Runs:   11, Logs: ".git/toxgen/bisect-py3.12-app-v2.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestBisectInterrupted interrupts a search, whose tests are killed although they ignore that, and goes on with it: no run
// that ended is made again, whether it was one of a commit that was tried or one of a mixture.
func TestBisectInterrupted(t *testing.T) {
	r := newWeeks(t)
	for _, test := range []struct{ ended, left int }{{3, 11}, {9, 5}} {
		t.Run(fmt.Sprintf("after %d runs", test.ended), func(t *testing.T) {
			r := r.in(t)
			r.tests("! new emu")
			whole := r.bisect(r.environment)
			r.tests(fmt.Sprintf(`if [ "$(wc -l <"$CALLS")" -gt %d ]; then trap '' INT; sleep 1000 & echo $! >"$CALLS.pid"; kill -INT "$PPID"; wait; wait; fi; ! new emu`, test.ended))
			got := r.bisect(r.environment)
			if got.status == 0 || !strings.Contains(got.stderr, "interrupted: the same command goes on where this one stopped") {
				t.Errorf("status %d\n%s", got.status, got.stderr)
			}
			pid, err := os.ReadFile(r.scratch("calls.pid"))
			if err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat"); err == nil && !strings.Contains(string(data), ") Z ") {
				t.Errorf("a process of the tests goes on: %s", data)
			}
			r.tests("! new emu")
			got = r.bisect(r.environment)
			if calls := len(r.calls()); calls != test.left || !strings.Contains(got.stderr, fmt.Sprintf("going on with a search that was interrupted after %d runs\n", test.ended)) {
				t.Errorf("%d runs were made after the interruption\n%s", calls, got.stderr)
			}
			if want := strings.Replace(whole.stdout, "14 runs; ", fmt.Sprintf("%d runs, and %d of an interrupted search; ", test.left, test.ended), 1); got.stdout != want {
				t.Errorf("got\n%swant\n%s", got.stdout, want)
			}
			// what was remembered is forgotten when the search has ended
			if r.tests("! new emu"); len(r.calls()) > 1 {
				t.Fatal(r.calls())
			}
			if again := r.bisect(r.environment); again.stdout != whole.stdout {
				t.Errorf("after the end:\n%s", again.stdout)
			}
		})
	}
}

// bisectEach bisects environments of an SDK in its second week: what each of its pins is guilty of, by as many runs as there
// have to be.
func bisectEach(t *testing.T, sdk *sdktest.SDK) {
	t.Helper()
	newest := sdk.Pythons[len(sdk.Pythons)-1]
	for _, test := range []struct {
		environment string
		status      int
		want        string
	}{
		{"-release-v2.0", 0, `the tests fail with release 1\.0 → 2\.0\n[\s\S]*toxgen hold release '==2\.0' [\s\S]*\n4 runs; `},
		{"-one-v1.0", 0, `the tests fail with shared 1\.0 → 2\.0\n[\s\S]*"shared!=2\.0"[\s\S]*\n4 runs; `},
		{"-pair-v1.0", 0, `the tests fail with left 1\.0 → 2\.0 together with right 1\.0 → 2\.0, and pass without any one of these\n[\s\S]*\n7 runs; `},
		{"-unbuilt-v2.0", 1, `could not be installed with the pins of the tree\n`},
	} {
		r := execute(t, sdk.Folder, sdk.Environ(), nil, "bisect", newest+test.environment, "-j=2", "-command="+sdk.Tox()+" run -q -c {ini} -e {env}")
		if r.status != test.status || !regexp.MustCompile(test.want).MatchString(r.stdout+r.stderr) {
			t.Errorf("bisect %s: status %d, want %s\n%s%s", test.environment, r.status, test.want, r.stdout, r.stderr)
		}
	}
}
