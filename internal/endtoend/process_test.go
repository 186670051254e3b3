package endtoend

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	compiler "toxgen/internal/program"
)

// copied returns a new copy of the generated project.
func copied(t *testing.T) string {
	t.Helper()
	return copyOf(t, project)
}

// copyOf returns a new copy of a project.
func copyOf(t *testing.T, original string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "project")
	if err := os.CopyFS(folder, os.DirFS(original)); err != nil {
		t.Fatal(err)
	}
	return folder
}

// touch appends a line to a generated file, so that it has to be written again.
func touch(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(data, "# edited\n"...), 0o666); err != nil {
		t.Fatal(err)
	}
}

// A result is the result of a run of the program.
type result struct {
	status         int
	stdout, stderr string
}

// execute runs the program in a folder, with additional environment variables. how may change the command before it
// starts.
func execute(t *testing.T, folder string, environment []string, how func(*exec.Cmd), arguments ...string) result {
	t.Helper()
	if err := compiler.ReadSources(); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, arguments...)
	var stdout, stderr bytes.Buffer
	command.Dir, command.Stdout, command.Stderr = folder, &stdout, &stderr
	command.Env = append(os.Environ(), append([]string{"TOXGEN_OFFLINE=1", "TOXGEN_CACHE=" + filepath.Join(folder, "..", "cache"), "GITHUB_ACTIONS="}, environment...)...)
	if how != nil {
		how(command)
	}
	err := command.Run()
	status := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		status = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return result{status, stdout.String(), stderr.String()}
}

// TestSurroundings generates everything again in different environments: the files are the same, no other program is
// called, and nothing is written elsewhere.
func TestSurroundings(t *testing.T) {
	want, err := remember(project)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name        string
		environment []string
		before      string
	}{
		{"one processor", []string{"GOMAXPROCS=1"}, ""},
		{"another time zone", []string{"TZ=Pacific/Kiritimati"}, ""},
		{"another locale", []string{"LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"}, ""},
		{"another umask", nil, "umask 077"},
		{"no home", []string{"HOME=", "XDG_CACHE_HOME="}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := copied(t)
			touch(t, filepath.Join(folder, "tox.ini"))
			for _, generated := range []string{"toxgen.schema.json", ".github/workflows/test.yml", ".github/workflows/test-integrations-ai.yml"} {
				if err := os.Remove(filepath.Join(folder, generated)); err != nil {
					t.Fatal(err)
				}
			}
			around := surround(t)
			r := execute(t, folder, append(around.environment, test.environment...), func(c *exec.Cmd) {
				if test.before != "" {
					c.Path, c.Args = "/bin/sh", []string{"sh", "-c", test.before + "; exec " + program}
				}
			})
			if r.status != 0 {
				t.Fatalf("status %d\n%s", r.status, r.stderr)
			}
			around.untouched(t)
			got, err := remember(folder)
			if err != nil {
				t.Fatal(err)
			}
			for path, data := range want.files {
				relative, _ := filepath.Rel(project, path)
				if got.files[filepath.Join(folder, relative)] != data {
					t.Errorf("%s differs", relative)
				}
			}
			if len(got.files) != len(want.files) {
				t.Errorf("%d files, not %d", len(got.files), len(want.files))
			}
		})
	}
}

// TestTwoProcesses starts several writing runs in one checkout at the same time: all succeed, and the files are complete.
func TestTwoProcesses(t *testing.T) {
	want, err := remember(project)
	if err != nil {
		t.Fatal(err)
	}
	folder := copied(t)
	touch(t, filepath.Join(folder, "tox.ini"))
	const processes = 4
	results := make(chan result, processes)
	for range processes {
		go func() { results <- execute(t, folder, nil, nil) }()
	}
	written := 0
	for range processes {
		r := <-results
		if r.status != 0 {
			t.Errorf("status %d\n%s", r.status, r.stderr)
		}
		written += strings.Count(r.stderr, "changed tox.ini")
	}
	if written != 1 {
		t.Errorf("%d processes wrote tox.ini", written)
	}
	got, err := remember(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.files) != len(want.files) {
		t.Errorf("%d files, not %d", len(got.files), len(want.files))
	}
}

// TestBot changes an action's pin in all workflows, as the commit of a bot does.
func TestBot(t *testing.T) {
	replace := func(t *testing.T, folder, action, sha, version string) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(folder, ".github", "workflows", "*.yml"))
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for line := range strings.Lines(string(data)) {
				if before, _, found := strings.Cut(line, "uses: "+action+"@"); found {
					line = fmt.Sprintf("%suses: %s@%s # %s\n", before, action, sha, version)
					count++
				}
				b.WriteString(line)
			}
			if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if count == 0 {
			t.Fatalf("no workflow uses %s", action)
		}
	}
	sha := strings.Repeat("0123456789abcdef0123", 2)

	t.Run("an action that a workflow written by hand names", func(t *testing.T) {
		folder := copied(t)
		replace(t, folder, "actions/checkout", sha, "v9.9.9")
		if r := execute(t, folder, nil, nil, "check"); r.status != 0 || r.stderr != "" {
			t.Errorf("status %d\n%s", r.status, r.stderr)
		}
	})
	t.Run("another action", func(t *testing.T) {
		folder := copied(t)
		replace(t, folder, "astral-sh/setup-uv", sha, "v99.0.0")
		r := execute(t, folder, nil, nil, "check")
		hint := "write `sha: " + sha + ", version: v99.0.0` in toxgen.yaml:"
		if r.status != 3 || !strings.Contains(r.stderr, hint) {
			t.Fatalf("status %d, without %q\n%s", r.status, hint, r.stderr)
		}
		// Follow the hint.
		data, err := os.ReadFile(filepath.Join(folder, "toxgen.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(data), "\n")
		for i, line := range lines {
			if before, _, found := strings.Cut(line, "astral-sh/setup-uv: {"); found {
				lines[i] = before + "astral-sh/setup-uv: {sha: " + sha + `, version: v99.0.0}`
			}
		}
		if err := os.WriteFile(filepath.Join(folder, "toxgen.yaml"), []byte(strings.Join(lines, "\n")), 0o666); err != nil {
			t.Fatal(err)
		}
		if r := execute(t, folder, nil, nil, "check"); r.status != 0 {
			t.Errorf("status %d\n%s", r.status, r.stderr)
		}
	})
}
