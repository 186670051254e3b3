// Package endtoend runs the compiled program on whole projects. Each file in testdata/script is one test case: first the
// commands, then the files that it adds.
//
// A test case starts in a folder with the reference configuration and everything generated from it, in sync. It has
// these commands in addition to those of testscript:
//
//	status N [ARGUMENT…]         run the program and expect exit status N
//	red N PLACE HINT             run `check` and expect exit status N, a finding at PLACE, a finding with HINT
//	                             (regular expressions), and that nothing is written; then run restore
//	edit FILE OLD NEW            replace the first OLD; \n is a line end
//	append FILE TEXT             append a text; \n is a line end
//	unchanged                    expect that every file is as it was at the start
//	restore                      restore every file to what it was at the start
//	index FILE                   start an index and let later runs ask it. Each line of the file is a release: a project, a
//	                             version, and headers of its wheel's metadata, each after ` | `
package endtoend

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	compiler "toxgen/internal/program"
	"toxgen/internal/pypitest"
	"toxgen/internal/reference"
)

// program is the path of the compiled program. project is the folder that each test case starts with a copy of.
var program, project string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "toxgen-endtoend-")
	if err == nil {
		err = prepare(folder)
	}
	code := 1
	if err == nil {
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(folder)
	os.Exit(code)
}

// prepare compiles the program and generates the project.
func prepare(folder string) error {
	program, project = filepath.Join(folder, "toxgen"), filepath.Join(folder, "project")
	if err := compiler.Compile(program); err != nil {
		return err
	}
	if err := os.MkdirAll(project, 0o777); err != nil {
		return err
	}
	for name, data := range reference.Files() {
		target := filepath.Join(project, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o666); err != nil {
			return err
		}
	}
	command := exec.Command(program)
	command.Dir = project
	command.Env = append(os.Environ(), "TOXGEN_OFFLINE=1", "TOXGEN_CACHE="+filepath.Join(folder, "cache"))
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("the project cannot be generated: %w\n%s", err, out)
	}
	return nil
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "TOXGEN_OFFLINE=1", "TOXGEN_CACHE="+filepath.Join(e.WorkDir, ".cache"), "GITHUB_ACTIONS=", "CI=", "PROGRAM="+program)
			e.Cd = filepath.Join(e.WorkDir, "project")
			if err := os.CopyFS(e.Cd, os.DirFS(project)); err != nil {
				return err
			}
			beginning, err := remember(e.Cd)
			e.Values[memoryKey{}], e.Values[testKey{}] = beginning, e.T()
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":    status,
			"edit":      edit,
			"append":    appendText,
			"red":       red,
			"index":     startIndex,
			"restore":   func(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(memoryOf(ts).restore()) },
			"unchanged": func(ts *testscript.TestScript, _ bool, _ []string) { memoryOf(ts).compare(ts) },
		},
	})
}

// status runs the program and compares its exit status.
func status(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) == 0 {
		ts.Fatalf("usage: status N [ARGUMENT…]")
	}
	run(ts, arguments[0], arguments[1:]...)
}

// mageCommand matches a line that names a command of mage.
var mageCommand = regexp.MustCompile("(?m)^.*(?:`mage[ `]|mage hold).*$")

// run runs the program and expects an exit status. Its texts must name it as it was called.
func run(ts *testscript.TestScript, status string, arguments ...string) {
	ts.Check(compiler.ReadSources())
	got := 0
	if err := ts.Exec(program, arguments...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if named := mageCommand.FindString(ts.ReadFile("stdout") + ts.ReadFile("stderr")); named != "" {
		ts.Fatalf("a text names a command that the reader of the binary does not have: %q", named)
	}
	if strconv.Itoa(got) != status {
		ts.Fatalf("exit status %d, not %s", got, status)
	}
}

// red runs check, expects findings, and restores the project.
func red(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 3 {
		ts.Fatalf("usage: red N PLACE HINT")
	}
	place, hint := regexp.MustCompile(arguments[1]), regexp.MustCompile(arguments[2])
	before, err := remember(ts.MkAbs("."))
	ts.Check(err)
	run(ts, arguments[0], "check")
	before.compare(ts)
	findings := regexp.MustCompile(`(?m)^\S+: (?:error|out of sync|warning): `).Split(ts.ReadFile("stderr"), -1)
	places := regexp.MustCompile(`(?m)^(\S+): (?:error|out of sync): .*`).FindAllString(ts.ReadFile("stderr"), -1)
	matched := false
	for _, p := range places {
		matched = matched || place.MatchString(p)
	}
	if !matched {
		ts.Fatalf("no finding is at %q", arguments[1])
	}
	if !slices.ContainsFunc(findings, func(f string) bool { return hint.MatchString(f) }) {
		ts.Fatalf("no finding has the hint %q", arguments[2])
	}
	ts.Check(memoryOf(ts).restore())
}

// edit replaces a text in a file.
func edit(ts *testscript.TestScript, _ bool, arguments []string) {
	if len(arguments) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r")
	before := ts.ReadFile(arguments[0])
	after := strings.Replace(before, unescape.Replace(arguments[1]), unescape.Replace(arguments[2]), 1)
	if before == after {
		ts.Fatalf("%s does not contain %q", arguments[0], arguments[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), []byte(after), 0o666))
}

// appendText appends a text to a file.
func appendText(ts *testscript.TestScript, _ bool, arguments []string) {
	if len(arguments) != 2 {
		ts.Fatalf("usage: append FILE TEXT")
	}
	text := ts.ReadFile(arguments[0]) + strings.ReplaceAll(arguments[1], `\n`, "\n")
	ts.Check(os.WriteFile(ts.MkAbs(arguments[0]), []byte(text), 0o666))
}

// A testKey is the key of the [testing.TB] in the values of a test case.
type testKey struct{}

// startIndex starts an index with the releases that a file lists, a line each: project, version, and headers of the metadata. With the
// header `Upload-Time: unknown` the page does not state when the release was uploaded.
func startIndex(ts *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) != 1 {
		ts.Fatalf("usage: index FILE")
	}
	projects := map[string][]pypitest.File{}
	for line := range strings.Lines(ts.ReadFile(arguments[0])) {
		release, headers, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
		project, version, found := strings.Cut(release, " ")
		if !found {
			ts.Fatalf("%q is not a project and a version", release)
		}
		file := pypitest.Wheel(project, version, strings.Split(headers, " | ")...)
		if _, python, has := strings.Cut(headers, "Requires-Python: "); has {
			file.RequiresPython, _, _ = strings.Cut(python, " | ")
		}
		if strings.Contains(headers, "Upload-Time: unknown") {
			file.Uploaded = time.Time{}
		}
		projects[project] = append(projects[project], file)
	}
	index := pypitest.New(ts.Value(testKey{}).(testing.TB))
	for name, files := range projects {
		index.Set(pypitest.Project{Name: name, Files: files})
	}
	ts.Setenv("TOXGEN_OFFLINE", "")
	ts.Setenv("TOXGEN_INDEX_URL", index.URL)
}

// A memory has the contents of the files below a folder at one time.
type memory struct {
	folder string
	files  map[string]string
}

// A memoryKey is the key of the memory in the values of a test case.
type memoryKey struct{}

// memoryOf returns the memory of a test case's project at the start.
func memoryOf(ts *testscript.TestScript) *memory { return ts.Value(memoryKey{}).(*memory) }

// remember reads all files below a folder.
func remember(folder string) (*memory, error) {
	m := &memory{folder, map[string]string{}}
	return m, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path == filepath.Join(folder, ".git") { // a link to where git has its data
			return err
		}
		data, err := os.ReadFile(path)
		m.files[path] = string(data)
		return err
	})
}

// differences returns the paths of the files that are new, gone or changed since.
func (m *memory) differences() ([]string, error) {
	now, err := remember(m.folder)
	if err != nil {
		return nil, err
	}
	var paths []string
	for path, data := range now.files {
		if before, there := m.files[path]; !there || before != data {
			paths = append(paths, path)
		}
	}
	for path := range m.files {
		if _, there := now.files[path]; !there {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths, nil
}

// compare fails if a file is new, gone or changed since.
func (m *memory) compare(ts *testscript.TestScript) {
	paths, err := m.differences()
	ts.Check(err)
	if len(paths) > 0 {
		ts.Fatalf("changed: %s", strings.Join(paths, ", "))
	}
}

// restore restores the remembered files and removes new ones.
func (m *memory) restore() error {
	paths, err := m.differences()
	for _, path := range paths {
		if data, was := m.files[path]; !was {
			err = errors.Join(err, os.Remove(path))
		} else {
			err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(data), 0o666))
		}
	}
	return err
}

// A wantedLine is a regular expression for a line, and whether a text has such a line.
type wantedLine struct {
	name, line string
	want       bool
}

// hasLines checks which lines a text has.
func hasLines(t *testing.T, text string, lines []wantedLine) {
	t.Helper()
	for _, l := range lines {
		if regexp.MustCompile(`(?m)`+l.line).MatchString(text) != l.want {
			t.Errorf("%s: there is a line %s: %v", l.name, l.line, !l.want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
